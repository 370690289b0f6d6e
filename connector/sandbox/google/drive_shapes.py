"""Files and permissions as the Drive API shows them."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.drive_files import (
    FOLDER,
    ORGANIZE,
    OWN,
    ROLES,
    SPREADSHEET,
    WRITE,
    File,
    Files,
    Permission,
    Seen,
    stamp,
)
from connector.sandbox.google.identity import Person, person_of

Json = dict[str, Any]
EXPORTS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""Media types that a spreadsheet can be exported to. Google knows ods and zipped HTML as well."""
USUAL_FILE = "kind,id,name,mimeType,driveId,teamDriveId"
USUAL_PERMISSION = "kind,id,type,role,allowFileDiscovery"


def user_shape(person: Person, asking: Person) -> Json:
    """Return a User."""
    return {
        "kind": "drive#user",
        "displayName": person.name,
        "me": person == asking,
        "permissionId": person.number,
        "emailAddress": person.email,
    }


def permission_shape(permission: Permission) -> Json:
    """Return a Permission."""
    shown: Json = {
        "kind": "drive#permission",
        "id": permission.id,
        "type": permission.type,
        "role": permission.role,
        "deleted": False,
        "pendingOwner": permission.is_pending,
    }
    if permission.email:
        person = person_of(permission.email)
        shown |= {"emailAddress": permission.email, "displayName": person.name}
    if permission.domain:
        shown |= {"domain": permission.domain, "displayName": permission.domain}
    if permission.type in ("anyone", "domain"):
        shown["allowFileDiscovery"] = permission.is_discoverable
    if permission.ends:
        shown["expirationTime"] = permission.ends
    return shown


def file_shape(seen: Seen, url: str) -> Json:
    """Return a File. ``url`` is where the sandbox answers, for links that open."""
    files, file = seen.files, seen.file
    rank = files.rank(file, seen.person)
    owner = files.owner(file)
    shown: Json = {
        "kind": "drive#file",
        "id": file.id,
        "name": files.name(file),
        "mimeType": file.mime,
        "starred": file.is_starred,
        "trashed": file.is_trashed,
        "explicitlyTrashed": file.is_trashed,
        "parents": list(file.parents),
        "spaces": ["drive"],
        "version": str(_version(files, file)),
        "webViewLink": f"{url}/spreadsheets/d/{file.id}/edit" if file.mime == SPREADSHEET else f"{url}/",
        "createdTime": stamp(file.made),
        "modifiedTime": stamp(files.changed(file)),
        "shared": len(file.permissions) > 1 or files.drive_of(file) is not None,
        "capabilities": _capabilities(rank, file),
        "writersCanShare": True,
        "viewersCanCopyContent": not file.blocks_readers,
        "copyRequiresWriterPermission": file.blocks_readers,
        "quotaBytesUsed": str(len(file.content) or 1024),
    }
    if file.description:
        shown["description"] = file.description
    if file.app_properties:
        shown["appProperties"] = dict(file.app_properties)
    if file.properties:
        shown["properties"] = dict(file.properties)
    return shown | _belonging(seen, owner, rank, url)


def _belonging(seen: Seen, owner: Person | None, rank: int, url: str) -> Json:
    """Whose a file is: its owner, or the shared drive it lies in, and who else may use it."""
    files, file = seen.files, seen.file
    shown: Json = {}
    drive = files.drive_of(file)
    if drive is not None:
        shown |= {"driveId": drive.id, "teamDriveId": drive.id}
    if owner is not None:
        shown |= {"owners": [user_shape(owner, seen.person)], "ownedByMe": owner == seen.person}
    if rank >= WRITE:
        shown["permissions"] = [permission_shape(one) for one in file.permissions.values()]
        shown["permissionIds"] = list(file.permissions)
    if file.mime == SPREADSHEET:
        export = f"{url}/spreadsheets/export?id={file.id}&exportFormat="
        shown["exportLinks"] = {media: f"{export}{name}" for media, name in EXPORTS.items()}
    elif file.mime != FOLDER:
        shown["size"] = str(len(file.content))
    return shown


def _version(files: Files, file: File) -> int:
    return files.books.find(file.id).version + 1 if file.mime == SPREADSHEET else 1


def _capabilities(rank: int, file: File) -> Json:
    edits, copies = rank >= WRITE, rank >= (WRITE if file.blocks_readers else 1)
    return {
        "canEdit": edits,
        "canComment": rank >= ROLES.index("commenter") + 1,
        "canCopy": copies,
        "canDownload": copies,
        "canRename": edits,
        "canShare": edits,
        "canModifyContent": edits,
        "canReadRevisions": edits,
        "canTrash": rank >= ORGANIZE,
        "canUntrash": rank >= ORGANIZE,
        "canDelete": rank >= OWN - 1,
        "canAddChildren": edits and file.mime == FOLDER,
        "canListChildren": file.mime == FOLDER,
    }
