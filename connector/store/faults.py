"""Which failures of the disk, DuckDB, Delta or the state database mean that there is no room left."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from connector.errors import PuenteError, StorageFull

_FULL_CODES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# DuckDB, delta-rs and SQLite hand the operating system's words on, not its number.
_FULL_WORDS = (
    "no space left on device",
    "database or disk is full",
    "disk quota exceeded",
    "file too large",
    "max_temp_directory_size",
    "could not extend file",
)


def is_full(error: BaseException | None) -> bool:
    """Say whether an error, or one that caused it, means a full disk or an exhausted quota."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _FULL_CODES:
            return True
        text = str(error).lower()
        if any(words in text for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def full_disk(place: str) -> Iterator[None]:
    """Turn a full disk inside the block into StorageFull; every other error passes unchanged."""
    try:
        yield
    except PuenteError:
        raise
    except Exception as error:
        if not is_full(error):
            raise
        raise StorageFull(
            "There is no room left on the disk or in its quota.",
            place=place,
            remedy="Free some space, or move PUENTE_DATA_DIR, and run the same command again; nothing was changed.",
        ) from error
