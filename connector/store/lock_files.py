"""Files that are held for a while; whoever waits for one needs no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


class LockTimeout(Exception):
    """The lock was not free in time."""


@contextmanager
def file_lock(path: Path, wait_seconds: float = -1) -> Iterator[None]:
    """Hold a lock file; the operating system frees it when the process dies. A negative wait has no end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LockTimeout from None
    try:
        yield
    finally:
        lock.release()
