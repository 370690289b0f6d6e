"""What a file is, judged by its first bytes, before anything reads it. Nothing here trusts a file's name."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from connector.errors import FileError, StorageFull, quote

Kind = Literal["text", "gzip", "xlsx"]

EXPORT_AGAIN = "Export the data again as CSV (UTF-8) or as an .xlsx workbook."
_SAVE_AS = "Open it in Excel or LibreOffice and save it as an .xlsx workbook or as CSV."

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a media file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"PK\x03\x04", "a ZIP archive or a workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
)
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<body", b"<meta", b"<head", b"<style", b"<!--")
_JSON = (b'{"', b'[{"', b"[{", b'{ "', b"[[")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT_CONTROLS = b"\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f\x01"
_CONTROLS = bytes(code for code in range(32) if code not in _TEXT_CONTROLS and code != 0)


def shown(path: Path) -> str:
    """Return a path as a place in a message: long enough to end in the file's name."""
    text = str(path)
    return quote(text if len(text) <= 200 else f"…{text[-199:]}", 200)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the operating system says while a file is read into a sentence about that file."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileError("There is no such file.", place=shown(path), remedy="Check its name and folder.") from error
    except PermissionError as error:
        raise FileError(
            "The file may not be read.", place=shown(path), remedy="Give this user the right to read it."
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("The disk is full.", place=shown(path), remedy="Free some space and repeat.") from error
        raise FileError(
            f"The file cannot be read: {error.strerror or type(error).__name__}.",
            place=shown(path),
            remedy="Check the file and the disk it lies on.",
        ) from error


def regular_size(path: Path) -> int:
    """Return the size of a regular file in bytes; directories, devices, pipes and empty files are refused."""
    with reading(path):
        state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        raise FileError("This is a folder, not a file.", place=shown(path), remedy="Name the files inside it.")
    if not stat.S_ISREG(state.st_mode):
        raise FileError(
            "This is a device or a pipe, not a file.", place=shown(path), remedy="Save the data to a file first."
        )
    if state.st_size == 0:
        raise FileError("The file is empty.", place=shown(path), remedy=EXPORT_AGAIN)
    return state.st_size


def kind_of(path: Path) -> Kind:
    """Return how a regular file is to be opened. Raises FileError for any other kind of file."""
    with reading(path), path.open("rb") as file:
        head = file.read(1 << 16)
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        raise _old_office(path)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    refuse_foreign(path, head)
    return "text"


def _old_office(path: Path) -> FileError:
    """Return what to say about a compound document: an encrypted workbook, or one of Excel 97-2003.

    The latter is refused because its reader can be made to ask for any amount of memory, which ends the process.
    """
    with reading(path), path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1 << 24)
    if encrypted:
        return FileError("The workbook is encrypted.", place=shown(path), remedy="Save it without a password.")
    return FileError(
        "This is a document of Office 97-2003 (.xls, .doc), which is not read.",
        place=shown(path),
        remedy="Open it in Excel or LibreOffice and save it as .xlsx or as CSV.",
    )


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise FileError when text was expected and the first bytes show something else."""
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise FileError(f"This is {name}, not a table.", place=shown(path), remedy=EXPORT_AGAIN)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith(_MARKUP):
        raise FileError(
            "This is a web page or XML, even if its name says otherwise; some systems export that as .xls.",
            place=shown(path),
            remedy=_SAVE_AS,
        )
    if start.startswith(_JSON):
        raise FileError("This is JSON, not a table.", place=shown(path), remedy=EXPORT_AGAIN)


def refuse_binary(path: Path, text: bytes) -> None:
    """Raise FileError when what should be text is full of control characters or zero bytes."""
    zeros = text.count(b"\0")
    controls = len(text) - len(text.translate(None, _CONTROLS))
    if controls > max(4, len(text) // 50) or zeros > max(4, len(text) // 4):
        raise FileError(
            "This is not text, or not in the encoding that was named: it is full of control characters.",
            place=shown(path),
            remedy=EXPORT_AGAIN,
        )
