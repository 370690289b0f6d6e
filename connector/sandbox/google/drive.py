"""The Drive API, version 3 (and the upload of version 2 that gspread uses): files, copies, permissions, exports."""

from __future__ import annotations

import re
from typing import Any

from connector.sandbox.google import drive_permissions as permissions
from connector.sandbox.google.defaults import new_book
from connector.sandbox.google.drive_files import (
    FOLDER,
    ORGANIZE,
    OWN,
    SPREADSHEET,
    WRITE,
    File,
    Files,
    Seen,
    root_of,
)
from connector.sandbox.google.drive_lists import listed
from connector.sandbox.google.drive_refusals import (
    DriveRefused,
    invalid_value,
    no_scope,
    no_storage,
    not_enough,
)
from connector.sandbox.google.drive_shapes import USUAL_FILE, USUAL_PERMISSION, file_shape, permission_shape, user_shape
from connector.sandbox.google.drive_uploads import Upload, read_upload, v2_shape
from connector.sandbox.google.exports import export
from connector.sandbox.google.imports import import_csv
from connector.sandbox.google.masks import MaskError, project, read_mask
from connector.sandbox.google.tokens import Pass
from connector.sandbox.http.message import Answer, Request

SCOPE = "https://www.googleapis.com/auth/"
CHANGEABLE = ("name", "description", "mimeType", "starred", "trashed", "copyRequiresWriterPermission")
_PLACE = re.compile(r"/(?P<upload>upload/)?drive/v(?P<version>[23])/(?P<rest>.*)")


class Drive:
    """Answers Drive's requests. ``url`` is where the sandbox answers."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.url = ""
        self._uploads: dict[str, tuple[str, dict[str, Any], Request]] = {}

    def answer(self, request: Request, opens: Pass) -> Answer:
        """Answer one request of somebody who is known; refusals in Drive's words."""
        try:
            with self.files.books.lock:
                _check_scope(request, opens)
                return self._route(request, opens)
        except DriveRefused as refused:
            return refused.answer()

    def _route(self, request: Request, opens: Pass) -> Answer:
        place = _PLACE.fullmatch(request.path)
        rest = tuple(part for part in place["rest"].split("/") if part) if place is not None else ()
        if place is not None and place["upload"]:
            return self._upload(request, opens, rest, place["version"])
        if rest == ("about",):
            return _shown({"kind": "drive#about", "user": user_shape(opens.person, opens.person)}, request, "")
        if rest[:1] == ("drives",):
            return self._drives(request, opens)
        if rest[:1] == ("files",) and len(rest) <= 2:
            return self._files(request, opens, rest[1:])
        if rest[:1] == ("files",):
            return self._of_file(request, opens, rest[1], rest[2:])
        raise DriveRefused(404, "notFound", "Not Found")

    def _files(self, request: Request, opens: Pass, rest: tuple[str, ...]) -> Answer:
        method = request.method
        if not rest and method == "GET":
            return listed(self.files, opens, request, self.url)
        if not rest and method == "POST":
            return self._file(self._create(_body(request), opens), request, opens)
        if rest == ("generateIds",):
            ids = [self.files.books.fresh_id() for _ in range(int(request.first("count", "10")))]
            return _shown({"kind": "drive#generatedIds", "space": "drive", "ids": ids}, request, "")
        if rest and method == "GET":
            file = self._open(rest[0], opens)
            return self._content(file) if request.first("alt") == "media" else self._file(file, request, opens)
        if rest and method == "PATCH":
            return self._file(self._update(rest[0], _body(request), request, opens), request, opens)
        if rest and method == "DELETE":
            self.files.delete(self._open(rest[0], opens, OWN))
            return Answer(204, raw=b"", headers={"Content-Type": "text/html"})
        raise DriveRefused(404, "notFound", "Not Found")

    def _of_file(self, request: Request, opens: Pass, name: str, rest: tuple[str, ...]) -> Answer:
        file, method = self._open(name, opens), request.method
        if rest == ("copy",) and method == "POST":
            return self._file(self._copy(file, _body(request), opens), request, opens)
        if rest == ("export",) and method == "GET":
            return self._export(file, request)
        if rest == ("comments",):
            return _shown({"comments": []}, request, "")
        if rest[:1] == ("permissions",):
            return self._permissions(request, opens, file, rest[1:])
        raise DriveRefused(404, "notFound", "Not Found")

    def _permissions(self, request: Request, opens: Pass, file: File, rest: tuple[str, ...]) -> Answer:
        method, person = request.method, opens.person
        if not rest and method == "GET":
            if self.files.rank(file, person) < WRITE:
                raise not_enough()
            found = [permission_shape(one) for one in file.permissions.values()]
            usual = f"kind,permissions({USUAL_PERMISSION})"
            return _shown({"kind": "drive#permissionList", "permissions": found}, request, usual)
        if not rest and method == "POST":
            made = permissions.create(self.files, file, person, request)
            return _shown(permission_shape(made), request, USUAL_PERMISSION)
        if method == "DELETE":
            permissions.delete(self.files, file, person, rest[0])
            return Answer(204, raw=b"", headers={"Content-Type": "text/html"})
        found_one = (
            permissions.update(self.files, file, person, rest[0], request)
            if method == "PATCH"
            else permissions.find(file, rest[0])
        )
        return _shown(permission_shape(found_one), request, USUAL_PERMISSION)

    def _drives(self, request: Request, opens: Pass) -> Answer:
        drives = [one for one in self.files if one.is_drive and self.files.rank(one, opens.person)]
        found = [{"kind": "drive#drive", "id": one.id, "name": one.name} for one in drives]
        return _shown({"kind": "drive#driveList", "drives": found}, request, "")

    # What is done

    def _open(self, file: str, opens: Pass, rank: int = 1) -> File:
        if file == "root":
            file = root_of(opens.person)
        return self.files.open(file, opens.person, rank, only_app=is_only_own(opens))

    def _create(self, body: dict[str, Any], opens: Pass, content: Upload | None = None) -> File:
        now, mime = self.files.now(), str(body.get("mimeType") or "application/octet-stream")
        number = str(body.get("id") or self.files.books.fresh_id())
        if self.files.knows(number):
            raise DriveRefused(409, "fileIdInUse", "A file already exists with the provided ID.", "fileId")
        file = File(number, str(body.get("name") or "Untitled"), mime, now, now, by_app=True)
        self._place(file, body, opens)
        _patch(file, body)
        if mime == SPREADSHEET:
            book = new_book(file.id, file.name, opens.person.email, now)
            self.files.books.keep(import_csv(book, content.text(), file.name) if content is not None else book)
        elif content is not None:
            file.content = content.content
        return self.files.add(file, opens.person)

    def _place(self, file: File, body: dict[str, Any], opens: Pass) -> None:
        """Put a new file into its folder. A service account owns no storage, so it can only use a shared drive."""
        roots = {"root", root_of(opens.person)}
        parents = [str(parent) for parent in body.get("parents") or () if parent not in roots]
        for parent in parents:
            folder = self.files.open(parent, opens.person, WRITE)
            if folder.mime != FOLDER and not folder.is_drive:
                raise DriveRefused(403, "parentNotAFolder", "The specified parent is not a folder.")
        file.parents = parents
        if not opens.person.has_storage and file.mime != FOLDER and self.files.drive_of(file) is None:
            raise no_storage()

    def _copy(self, source: File, body: dict[str, Any], opens: Pass) -> File:
        if source.blocks_readers and self.files.rank(source, opens.person) < WRITE:
            raise DriveRefused(403, "cannotCopyFile", "This file cannot be copied by the user.")
        if source.mime == FOLDER:
            raise DriveRefused(403, "cannotCopyFile", "This file cannot be copied by the user.")
        now, number = self.files.now(), self.files.books.fresh_id()
        name = str(body.get("name") or f"Copy of {self.files.name(source)}")
        file = File(number, name, source.mime, now, now, by_app=True, content=source.content)
        file.app_properties, file.properties = dict(source.app_properties), dict(source.properties)
        file.description = source.description
        self._place(file, body, opens)
        if source.mime == SPREADSHEET:
            book = self.files.books.find(source.id).draft(opens.person.email, now)
            book.id, book.owner, book.version = number, opens.person.email, 0
            book.properties["title"] = name
            self.files.books.keep(book)
        _patch(file, {key: value for key, value in body.items() if key != "mimeType"})
        return self.files.add(file, opens.person)

    def _update(self, name: str, body: dict[str, Any], request: Request, opens: Pass) -> File:
        file = self._open(name, opens, WRITE)
        if "trashed" in body and bool(body["trashed"]) != file.is_trashed:
            self.files.open(name, opens.person, ORGANIZE)
        for gone in request.names("removeParents"):
            file.parents = [one for one in file.parents if one != gone]
        for new in request.names("addParents"):
            self.files.open(new, opens.person, WRITE)
            file.parents.append(new)
        if body.get("name"):
            self.files.rename(file, str(body["name"]))
        _patch(file, {key: value for key, value in body.items() if key != "name"})
        if set(body) - {"starred", "appProperties", "properties"}:
            file.changed = self.files.now()
        return file

    def _upload(self, request: Request, opens: Pass, rest: tuple[str, ...], version: str) -> Answer:
        """Answer an upload: simple, multipart, or resumable in one piece."""
        kind, number = request.first("uploadType", "media"), request.first("upload_id")
        if kind == "resumable" and not number:
            number = f"upload-{len(self._uploads) + 1}"
            self._uploads[number] = (request.method, _body(request), request)
            joint = "&" if "?" in request.target else "?"
            return Answer(200, raw=b"", headers={"Location": f"{self.url}{request.target}{joint}upload_id={number}"})
        begun = self._uploads.pop(number, None)
        upload = read_upload(request)
        if begun is not None:
            upload = Upload(upload.content, upload.media, begun[1])
        if not rest[1:]:
            return self._file(self._create({"mimeType": upload.media} | upload.body, opens, upload), request, opens)
        file = self._open(rest[1], opens, WRITE)
        self._update(file.id, upload.body, request, opens)
        if file.mime == SPREADSHEET:
            draft = self.files.books.find(file.id).draft(opens.person.email, self.files.now())
            self.files.books.keep(import_csv(draft, upload.text(), self.files.name(file)))
        file.content, file.changed = upload.content, self.files.now()
        seen = Seen(self.files, file, opens.person)
        return Answer(200, v2_shape(seen, self.url)) if version == "2" else self._file(file, request, opens)

    def _export(self, file: File, request: Request) -> Answer:
        if file.mime != SPREADSHEET:
            raise DriveRefused(403, "fileNotExportable", "Export only supports Docs Editors files.")
        return export(self.files.books.find(file.id), request.first("mimeType"))

    def _file(self, file: File, request: Request, opens: Pass) -> Answer:
        return _shown(file_shape(Seen(self.files, file, opens.person), self.url), request, USUAL_FILE)

    def _content(self, file: File) -> Answer:
        if file.mime in (SPREADSHEET, FOLDER):
            message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise DriveRefused(403, "fileNotDownloadable", message, "alt")
        return Answer(200, raw=file.content, headers={"Content-Type": file.mime})


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if body is None and not request.body.strip():
        return {}
    if not isinstance(body, dict):
        raise DriveRefused(400, "parseError", "Parse Error")
    return body


def _patch(file: File, body: dict[str, Any]) -> None:
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


def _shown(shape: dict[str, Any], request: Request, usual: str) -> Answer:
    text = request.first("fields") or usual
    try:
        mask = read_mask(text)
    except MaskError:
        message = f"Invalid field selection {text}"
        raise DriveRefused(400, "invalidParameter", message, "fields") from None
    return Answer(200, project(shape, mask), {"Content-Type": "application/json; charset=UTF-8"})


def is_only_own(opens: Pass) -> bool:
    """Say whether a token sees only what the app made or was handed."""
    wide = {f"{SCOPE}{name}" for name in ("drive", "drive.readonly", "drive.metadata.readonly")}
    return not wide & opens.scopes


def _check_scope(request: Request, opens: Pass) -> None:
    reads = {f"{SCOPE}{name}" for name in ("drive", "drive.file", "drive.readonly", "drive.metadata.readonly")}
    writes = {f"{SCOPE}drive", f"{SCOPE}drive.file"}
    if not (reads if request.method == "GET" else writes) & opens.scopes:
        raise no_scope()
