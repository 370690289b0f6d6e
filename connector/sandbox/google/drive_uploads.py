"""Uploads to Drive: the bytes alone, or with the file's description in a body of two parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import orjson

from connector.sandbox.google.drive_files import Seen, stamp
from connector.sandbox.google.drive_refusals import DriveRefused
from connector.sandbox.http.message import Request


@dataclass(frozen=True, slots=True)
class Upload:
    """What was uploaded: the bytes, their media type, and what the request says about the file."""

    content: bytes
    media: str
    body: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the bytes as text. Raises DriveRefused for what a spreadsheet cannot be made of."""
        if not self.media.startswith("text/"):
            raise DriveRefused(400, "badRequest", f"The sandbox makes spreadsheets of text/csv, not of {self.media}.")
        return self.content.decode("utf-8-sig", errors="replace")


def read_upload(request: Request) -> Upload:
    """Return what a request uploads. Raises DriveRefused for a body that cannot be read."""
    media = request.headers.get("content-type", "application/octet-stream")
    if not media.startswith("multipart/"):
        return Upload(request.body, media.partition(";")[0])
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + media.encode() + b"\r\n\r\n" + request.body)
    parts = list(whole.iter_parts())
    try:
        described, content = parts
        body = orjson.loads(_octets(described) or b"{}")
    except ValueError:
        raise DriveRefused(400, "badContent", "Malformed multipart body.") from None
    return Upload(_octets(content), content.get_content_type(), dict(body))


def _octets(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def v2_shape(seen: Seen, url: str) -> dict[str, Any]:
    """Return a file as version 2 of the API shows it, as much as anybody reads after an upload."""
    file = seen.file
    return {
        "kind": "drive#file",
        "id": file.id,
        "title": seen.files.name(file),
        "mimeType": file.mime,
        "alternateLink": f"{url}/spreadsheets/d/{file.id}/edit",
        "createdDate": stamp(file.made),
        "modifiedDate": stamp(seen.files.changed(file)),
        "editable": True,
        "copyable": True,
        "shared": len(file.permissions) > 1,
        "labels": {"trashed": file.is_trashed, "starred": file.is_starred, "hidden": False, "restricted": False},
        "capabilities": {"canEdit": True, "canCopy": True},
    }
