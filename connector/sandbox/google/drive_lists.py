"""Drive's ``files.list``: what a person sees, by the conditions of ``q``, page after page."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.drive_files import Files, Seen, root_of
from connector.sandbox.google.drive_query import parse_query
from connector.sandbox.google.drive_refusals import DriveRefused, invalid_value
from connector.sandbox.google.drive_requests import is_only_own, shown, whole
from connector.sandbox.google.drive_shapes import file_shape
from connector.sandbox.google.tokens import Pass
from connector.sandbox.http.message import Answer, Request

USUAL = "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,driveId,teamDriveId)"
MOST = 1000
ORDERS = ("name", "name_natural", "createdTime", "modifiedTime", "modifiedByMeTime", "viewedByMeTime", "folder")
PAGE = "~!!~sandbox-"


def listed(files: Files, opens: Pass, request: Request, url: str) -> Answer:
    """Answer a list of files."""
    only_own = is_only_own(opens)
    drives = request.first("includeItemsFromAllDrives").lower() in ("true", "1")
    test = parse_query(
        request.first("q"), lambda folder: files.knows(folder) or folder in ("root", root_of(opens.person))
    )
    found = []
    for file in files:
        seen = Seen(files, file, opens.person)
        if file.is_drive or not seen.is_listed() or (only_own and not file.by_app):
            continue
        if (drives or files.drive_of(file) is None) and test(seen):
            found.append(seen)
    return _page(_ordered(found, request.first("orderBy")), request, url)


def _page(found: list[Seen], request: Request, url: str) -> Answer:
    start, size = whole(request.first("pageToken", PAGE + "0").removeprefix(PAGE), "pageToken"), _size(request)
    part = found[start : start + size]
    body: dict[str, Any] = {
        "kind": "drive#fileList",
        "incompleteSearch": False,
        "files": [file_shape(seen, url) for seen in part],
    }
    if start + size < len(found):
        body["nextPageToken"] = f"{PAGE}{start + size}"
    return shown(body, request, USUAL)


def _size(request: Request) -> int:
    size = whole(request.first("pageSize", "100"), "pageSize")
    if not 1 <= size <= MOST:
        message = f"Invalid value '{size}'. Values must be within the range: [1, {MOST}]"
        raise DriveRefused(400, "invalidParameter", message, "pageSize")
    return size


def _ordered(found: list[Seen], text: str) -> list[Seen]:
    """Sort by ``orderBy``; without it the last changed come first."""
    for part in reversed([one.strip() for one in (text or "modifiedTime desc").split(",")]):
        name, _, way = part.partition(" ")
        if name not in ORDERS:
            raise invalid_value("orderBy")
        found.sort(key=_fact(name), reverse=way.strip() == "desc")
    return found


def _fact(name: str) -> Any:
    if name == "folder":
        return lambda seen: not seen.fact("mimeType").endswith(".folder")
    asked = {"name_natural": "name", "modifiedByMeTime": "modifiedTime"}.get(name, name)
    return lambda seen: str(seen.fact(asked)).casefold()
