"""Where a file ends up: written beside its target under another name, then put in place in one step."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.errors import FileError, PuenteError, StorageFull, quote

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield the path of a new, empty file; on success it takes the place of ``target`` in one step.

    Nothing is left behind and ``target`` keeps its old content when the block fails. Raises FileError when
    the target cannot be a file there, StorageFull when the disk is full.
    """
    _check(target)
    temporary = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb"):
            pass
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(target)
    except OSError as error:
        raise _sentence(error, target) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(target: Path, content: bytes) -> None:
    """Put ``content`` at ``target`` in one step. Raises as :func:`replacing` does."""
    with replacing(target) as temporary:
        temporary.write_bytes(content)


def _check(target: Path) -> None:
    place = quote(target, 200)
    if "\0" in str(target):
        raise FileError("A file name cannot hold a NUL character.", place=place, remedy="Choose another name.")
    try:
        if not target.parent.is_dir():
            remedy = f"Create the folder {quote(target.parent, 200)} or name another one."
            raise FileError("The folder to write to does not exist.", place=place, remedy=remedy)
        if target.exists() and not target.is_file():
            raise FileError("This is no ordinary file.", place=place, remedy="Name a file to write, not a folder.")
    except OSError as error:
        raise _sentence(error, target) from error


def _sentence(error: OSError, target: Path) -> PuenteError:
    place = quote(target, 200)
    if error.errno in _FULL:
        remedy = "Free some space or write somewhere else; nothing was changed."
        return StorageFull("The disk is full or a file may not grow that large.", place=place, remedy=remedy)
    if error.errno == errno.ENAMETOOLONG:
        return FileError("The file name is too long.", place=place, remedy="Choose a shorter name.")
    reason = error.strerror or type(error).__name__
    remedy = "Check that you may write to this folder, or name another one."
    return FileError(f"The file cannot be written: {reason}.", place=place, remedy=remedy)
