"""Pieces of every conversation with Drive: bodies, the fields that are shown, scopes."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.drive_files import File
from connector.sandbox.google.drive_refusals import DriveRefused, invalid_value, no_scope
from connector.sandbox.google.masks import MaskError, project, read_mask
from connector.sandbox.google.tokens import Pass
from connector.sandbox.http.message import Answer, Request

SCOPE = "https://www.googleapis.com/auth/"
WIDE = {f"{SCOPE}{name}" for name in ("drive", "drive.readonly", "drive.metadata.readonly")}
"""Scopes that show every file; ``drive.file`` shows only those of the app."""

TYPES = (
    dict.fromkeys(("id", "name", "mimeType", "description", "type", "role", "emailAddress", "domain"), "text")
    | dict.fromkeys(("trashed", "starred", "copyRequiresWriterPermission", "allowFileDiscovery"), "truth")
    | {"parents": "texts", "appProperties": "pairs", "properties": "pairs", "expirationTime": "text"}
)
"""What the fields of bodies are that the sandbox reads."""


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON body; an empty one where there is none. Raises DriveRefused."""
    body = request.json
    if body is None and not request.body.strip():
        return {}
    if not isinstance(body, dict):
        raise DriveRefused(400, "parseError", "Parse Error")
    for name, value in body.items():
        if value is not None and not _fits(TYPES.get(name, ""), value):
            raise invalid_value(name, f"Invalid value for: {name}")
    return body


def _fits(kind: str, value: object) -> bool:
    """Say whether a value is of a kind of Drive's: text, truth, a list of texts, pairs of texts."""
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(part, str) for part in value)
    if kind == "pairs":
        return isinstance(value, dict) and all(isinstance(part, str | None) for part in value.values())
    return isinstance(value, bool if kind == "truth" else str) or not kind


def patch(file: File, body: dict[str, Any]) -> None:
    """Change what a body names; null takes a property away."""
    file.description = str(body.get("description", file.description) or "")
    file.is_starred = bool(body.get("starred", file.is_starred))
    file.is_trashed = bool(body.get("trashed", file.is_trashed))
    file.blocks_readers = bool(body.get("copyRequiresWriterPermission", file.blocks_readers))
    for pairs, given in ((file.app_properties, "appProperties"), (file.properties, "properties")):
        for key, value in (body.get(given) or {}).items():
            if len(f"{key}{value}".encode()) > 124:
                raise invalid_value(given, "Property size exceeds the limit of 124 bytes.")
            if value is None:
                pairs.pop(key, None)
            else:
                pairs[key] = str(value)


def shown(shape: dict[str, Any], request: Request, usual: str) -> Answer:
    """Answer as much of a resource as ``fields`` names, or what Drive usually shows. Raises DriveRefused."""
    text = request.first("fields") or usual
    try:
        mask = read_mask(text)
    except MaskError:
        message = f"Invalid field selection {text}"
        raise DriveRefused(400, "invalidParameter", message, "fields") from None
    return Answer(200, project(shape, mask), {"Content-Type": "application/json; charset=UTF-8"})


def whole(text: str, name: str) -> int:
    """Return a parameter that is a whole number from 0 on. Raises DriveRefused, 400."""
    if not (text.isascii() and text.isdecimal()):
        raise invalid_value(name)
    return int(text)


def is_only_own(opens: Pass) -> bool:
    """Say whether a token sees only what the app made or was handed."""
    return not WIDE & opens.scopes


def check_scope(request: Request, opens: Pass) -> None:
    """Raise DriveRefused, 403, for a token that was given for something else."""
    writes = {f"{SCOPE}drive", f"{SCOPE}drive.file"}
    if not (writes | WIDE if request.method == "GET" else writes) & opens.scopes:
        raise no_scope()
