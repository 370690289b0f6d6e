"""The bytes of a text file: plain or gzipped, in any encoding, handed on as blocks of UTF-8."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.errors import FileError
from connector.sources.files.encoding import Encoding, to_utf8, utf8_decoder
from connector.sources.files.guard import EXPORT_AGAIN, reading, shown
from connector.sources.files.options import Limits

_HEAD = 1 << 16
_SAMPLE = 1 << 18
_LINES_WITH_HIGH_BYTES = re.compile(rb"[^\n\r]{0,200}[\x80-\xff][^\n\r]{0,200}")


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a file shows."""

    sha256: str
    """Of the file as it lies there, packed or not."""
    head: bytes
    """The first bytes of the text."""
    sample: bytes
    """Pieces of lines with bytes above 127, from anywhere in the file; empty when it is plain ASCII."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def survey(path: Path, gzipped: bool, limits: Limits) -> Survey:
    """Read the whole file once. Raises FileError when it is damaged or unpacks to more than the limits allow."""
    head = sample = b""
    with bytes_of(path, gzipped, limits) as (read, _):
        while (block := read(limits.block_bytes)) and (gzipped or len(sample) < _SAMPLE):
            head = head or block[:_HEAD]
            if not block.isascii() and len(sample) < _SAMPLE:
                # Only so much of each block: a file's first page may be in another language than the rest.
                found = _LINES_WITH_HIGH_BYTES.findall(block[: 4 * _SAMPLE]) or _LINES_WITH_HIGH_BYTES.findall(block)
                sample += b"\n".join(found)[: _SAMPLE // 4]
    return Survey(digest(path), head, sample)


@contextmanager
def bytes_of(path: Path, gzipped: bool, limits: Limits) -> Iterator[tuple[Callable[[int], bytes], Callable[[], int]]]:
    """Give a function that reads the next bytes of the text inside the file, and one for the place in the file."""
    with reading(path), path.open("rb") as file:
        if not gzipped:
            yield file.read, file.tell
            return
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield _guarded(path, file, unpacked, limits), file.tell
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileError("The .gz file is cut short or damaged.", place=shown(path), remedy=EXPORT_AGAIN) from error


def _guarded(path: Path, packed: BinaryIO, unpacked: gzip.GzipFile, limits: Limits) -> Callable[[int], bytes]:
    done = 0

    def read(size: int) -> bytes:
        nonlocal done
        block = unpacked.read(size)
        done += len(block)
        bomb = done > limits.ratio_floor and done > limits.ratio * packed.tell()
        if bomb or done > limits.gzip_bytes:
            raise FileError(
                f"The .gz file unpacks to more than {done >> 20} MB, out of all proportion to its size.",
                place=shown(path),
                remedy="If it is sound, unpack it yourself and import the text.",
            )
        return block

    return read


def utf8_blocks(
    path: Path, gzipped: bool, encoding: Encoding, limits: Limits, tell: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Yield the text as UTF-8, without its byte order mark, in blocks of about ``limits.block_bytes``.

    Bytes that the encoding does not allow come out as bytes that are no valid UTF-8. ``tell`` is called with the
    bytes of the file read so far.
    """
    decoder = None if encoding.name in ("utf-8", "ascii") else utf8_decoder(encoding.name)
    with bytes_of(path, gzipped, limits) as (read, position):
        read(encoding.mark)
        while block := read(limits.block_bytes):
            if tell is not None:
                tell(position())
            yield block if decoder is None else to_utf8(decoder.decode(block))
        if decoder is not None and (rest := to_utf8(decoder.decode(b"", final=True))):
            yield rest
