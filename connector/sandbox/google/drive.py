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
    no_storage,
    not_enough,
)
from connector.sandbox.google.drive_requests import body_of, check_scope, is_only_own, patch, shown, whole
from connector.sandbox.google.drive_shapes import USUAL_FILE, USUAL_PERMISSION, file_shape, permission_shape, user_shape
from connector.sandbox.google.drive_uploads import Upload, read_upload, v2_shape
from connector.sandbox.google.exports import export
from connector.sandbox.google.imports import import_csv
from connector.sandbox.google.tokens import Pass
from connector.sandbox.http.message import Answer, Request

_PLACE = re.compile(r"/(?P<upload>upload/)?drive/v(?P<version>[23])/(?P<rest>.*)")


class Drive:
    """Answers Drive's requests. ``url`` is where the sandbox answers."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.url = ""
        self._uploads: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request, opens: Pass) -> Answer:
        """Answer one request of somebody who is known; refusals in Drive's words."""
        try:
            with self.files.books.lock:
                check_scope(request, opens)
                return self._route(request, opens)
        except DriveRefused as refused:
            return refused.answer()

    def _route(self, request: Request, opens: Pass) -> Answer:
        place = _PLACE.fullmatch(request.path)
        rest = tuple(part for part in place["rest"].split("/") if part) if place is not None else ()
        if place is not None and place["upload"]:
            return self._upload(request, opens, rest, place["version"])
        if rest == ("about",):
            return shown({"kind": "drive#about", "user": user_shape(opens.person, opens.person)}, request, "")
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
            return self._file(self._create(body_of(request), opens), request, opens)
        if rest == ("generateIds",) and method == "GET":
            ids = [self.files.books.fresh_id() for _ in range(min(whole(request.first("count", "10"), "count"), 1000))]
            return shown({"kind": "drive#generatedIds", "space": "drive", "ids": ids}, request, "")
        if rest and method == "GET":
            file = self._open(rest[0], opens)
            return self._content(file) if request.first("alt") == "media" else self._file(file, request, opens)
        if rest and method == "PATCH":
            return self._file(self._update(rest[0], body_of(request), request, opens), request, opens)
        if rest and method == "DELETE":
            self.files.delete(self._open(rest[0], opens, OWN))
            return Answer(204, raw=b"", headers={"Content-Type": "text/html"})
        raise DriveRefused(404, "notFound", "Not Found")

    def _of_file(self, request: Request, opens: Pass, name: str, rest: tuple[str, ...]) -> Answer:
        file, method = self._open(name, opens), request.method
        if rest == ("copy",) and method == "POST":
            return self._file(self._copy(file, body_of(request), opens), request, opens)
        if rest == ("export",) and method == "GET":
            return self._export(file, request)
        if rest == ("comments",):
            return shown({"comments": []}, request, "")
        if rest[:1] == ("permissions",):
            return self._permissions(request, opens, file, rest[1:])
        raise DriveRefused(404, "notFound", "Not Found")

    def _permissions(self, request: Request, opens: Pass, file: File, rest: tuple[str, ...]) -> Answer:
        method, person = request.method, opens.person
        if not rest and method == "GET":
            return self._permission_list(file, request, opens)
        if not rest and method == "POST":
            found = permissions.create(self.files, file, person, request)
        elif len(rest) == 1 and method == "DELETE":
            permissions.delete(self.files, file, person, rest[0])
            return Answer(204, raw=b"", headers={"Content-Type": "text/html"})
        elif len(rest) == 1 and method == "PATCH":
            found = permissions.update(self.files, file, person, rest[0], request)
        elif len(rest) == 1 and method == "GET":
            found = permissions.find(file, rest[0])
        else:
            raise DriveRefused(404, "notFound", "Not Found")
        return shown(permission_shape(found), request, USUAL_PERMISSION)

    def _permission_list(self, file: File, request: Request, opens: Pass) -> Answer:
        if self.files.rank(file, opens.person) < WRITE:
            raise not_enough()
        found = [permission_shape(one) for one in file.permissions.values()]
        usual = f"kind,permissions({USUAL_PERMISSION})"
        return shown({"kind": "drive#permissionList", "permissions": found}, request, usual)

    def _drives(self, request: Request, opens: Pass) -> Answer:
        drives = [one for one in self.files if one.is_drive and self.files.rank(one, opens.person)]
        found = [{"kind": "drive#drive", "id": one.id, "name": one.name} for one in drives]
        return shown({"kind": "drive#driveList", "drives": found}, request, "")

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
        patch(file, body)
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
        patch(file, {key: value for key, value in body.items() if key != "mimeType"})
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
        patch(file, {key: value for key, value in body.items() if key != "name"})
        if set(body) - {"starred", "appProperties", "properties"}:
            file.changed = self.files.now()
        return file

    def _upload(self, request: Request, opens: Pass, rest: tuple[str, ...], version: str) -> Answer:
        """Answer an upload: simple, multipart, or resumable in one piece."""
        kind, number = request.first("uploadType", "media"), request.first("upload_id")
        if kind == "resumable" and not number:
            number = f"upload-{len(self._uploads) + 1}"
            self._uploads[number] = body_of(request)
            joint = "&" if "?" in request.target else "?"
            return Answer(200, raw=b"", headers={"Location": f"{self.url}{request.target}{joint}upload_id={number}"})
        begun = self._uploads.pop(number, None)
        upload = read_upload(request)
        if begun is not None:
            upload = Upload(upload.content, upload.media, begun)
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
        return shown(file_shape(Seen(self.files, file, opens.person), self.url), request, USUAL_FILE)

    def _content(self, file: File) -> Answer:
        if file.mime in (SPREADSHEET, FOLDER):
            message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
            raise DriveRefused(403, "fileNotDownloadable", message, "alt")
        return Answer(200, raw=file.content, headers={"Content-Type": file.mime})
