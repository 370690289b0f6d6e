"""Drive's permissions: who may do what with a file, given, changed and taken over HTTP."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.drive_files import OWN, ROLES, WRITE, File, Files, Permission
from connector.sandbox.google.drive_refusals import DriveRefused, invalid_value, not_enough, permission_not_found
from connector.sandbox.google.drive_requests import body_of
from connector.sandbox.google.identity import Person, person_of
from connector.sandbox.http.message import Request

TYPES = ("user", "group", "domain", "anyone")


def create(files: Files, file: File, person: Person, request: Request) -> Permission:
    """Give a permission, and send the e-mail that Drive sends unless it is told not to."""
    body = body_of(request)
    permission = _asked(body)
    _check_may_give(files, file, person, permission.role, request)
    known = file.permissions.get(permission.id)
    if known is not None and (known.rank >= permission.rank or known.role == "owner"):
        return known
    if permission.role == "owner":
        _take_ownership(file)
    file.permissions[permission.id] = permission
    notify = request.first("sendNotificationEmail", "true").lower() not in ("false", "0")
    if permission.type in ("user", "group") and notify:
        files.mails.append((file.id, permission.email))
    return permission


def update(files: Files, file: File, person: Person, number: str, request: Request) -> Permission:
    """Change the role of a permission."""
    known, body = find(file, number), body_of(request)
    role = str(body.get("role") or known.role)
    if role not in ROLES:
        raise invalid_value("permission.role", f"The specified role is invalid: {role}")
    is_taking = role == "owner" and known.is_pending and known.fits(person)
    _check_may_give(files, file, (files.owner(file) if is_taking else None) or person, role, request)
    if known.role == "owner" and role != "owner":
        raise not_enough()
    if role == "owner":
        _take_ownership(file)
    known.role, known.is_pending = role, bool(body.get("pendingOwner", known.is_pending)) and role == "writer"
    known.ends = str(body.get("expirationTime") or known.ends)
    return known


def delete(files: Files, file: File, person: Person, number: str) -> None:
    """Take a permission; anybody may give up their own."""
    known = find(file, number)
    is_own = known.fits(person) and known.type == "user"
    if known.role == "owner" or (files.rank(file, person) < WRITE and not is_own):
        raise not_enough()
    del file.permissions[number]


def find(file: File, number: str) -> Permission:
    """Return a permission. Raises DriveRefused, 404."""
    if number not in file.permissions:
        raise permission_not_found(number)
    return file.permissions[number]


def _asked(body: dict[str, Any]) -> Permission:
    kind, role = str(body.get("type") or ""), str(body.get("role") or "")
    if not kind:
        raise DriveRefused(400, "required", "The permission type field is required.", "permission.type")
    if not role:
        raise DriveRefused(400, "required", "The permission role field is required.", "permission.role")
    if kind not in TYPES or role not in ROLES:
        raise invalid_value("permission.type" if kind not in TYPES else "permission.role")
    email, domain = str(body.get("emailAddress") or ""), str(body.get("domain") or "")
    if kind in ("user", "group") and "@" not in email:
        raise DriveRefused(400, "invalidSharingRequest", "The specified emailAddress is invalid or not applicable.")
    if kind == "domain" and not domain:
        raise DriveRefused(400, "required", "The domain field is required.", "permission.domain")
    number = {"anyone": "anyoneWithLink", "domain": f"{domain}k"}.get(kind) or person_of(email).number
    ends = str(body.get("expirationTime") or "")
    return Permission(number, kind, role, email, domain, bool(body.get("allowFileDiscovery")), ends)


def _check_may_give(files: Files, file: File, person: Person, role: str, request: Request) -> None:
    rank = files.rank(file, person)
    if rank < WRITE or (role == "owner" and rank < OWN):
        raise not_enough()
    if role == "owner" and request.first("transferOwnership").lower() != "true":
        message = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        raise DriveRefused(403, "forbidden", message, "transferOwnership")


def _take_ownership(file: File) -> None:
    """The owner until now becomes a writer."""
    for one in file.permissions.values():
        if one.role == "owner":
            one.role = "writer"
