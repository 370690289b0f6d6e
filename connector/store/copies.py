"""Local copies of files in the bucket: fetched once, kept while somebody uses them, the longest unused removed first.

A copy lies below the data directory where the file itself would lie without a bucket, and is read-only: that tells it
from a file that is still being written or was never put into the bucket, which is never removed here. Whoever uses a
copy holds a shared lock on it; the lock dies with its process, and what nobody has locked may go. So any number of
processes may work on one data directory, and none of them removes what another one reads.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final, Self

from connector.errors import TryLater, quote
from connector.store.bucket import Bucket
from connector.store.faults import is_full
from connector.store.lock_files import LockTimeout, file_lock

AREAS: Final = ("tables", "raw", "rejects", "sync")
"""Folders of the data directory whose files lie in the bucket."""
_STRIPES: Final = 64
_AT_ONCE: Final = 8
_TRIES: Final = 20
_READ_ONLY: Final = 0o444


class Hold:
    """Files that must stay here. Made by :meth:`Copies.hold`, added to by it, ended by :meth:`release`."""

    def __init__(self, copies: Copies | None = None) -> None:
        self._copies = copies
        self._names: set[str] = set()
        self._lock = Lock()

    def add(self, names: Iterable[str]) -> None:
        """Bring further files here and keep them. Raises TryLater, SettingsError, StorageFull."""
        if self._copies is None:
            return
        with self._lock:
            fresh = [name for name in dict.fromkeys(names) if name not in self._names]
            if fresh:
                self._copies.take(fresh)
                self._names.update(fresh)

    def release(self) -> None:
        """Let the files go when room is needed."""
        if self._copies is not None:
            with self._lock:
                self._copies.give_back(self._names)
                self._names.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Copies:
    """The copies below one data directory, up to ``limit_bytes`` of those that nobody uses. Safe for threads."""

    def __init__(self, root: Path, bucket: Bucket, limit_bytes: int) -> None:
        self.bucket = bucket
        self._root = root
        self._limit = limit_bytes
        self._locks = root / "locks"
        self._held: dict[str, tuple[int, int]] = {}
        """Name to the open file that carries our lock, and how many use it."""
        self._guard = Lock()

    def take(self, names: list[str]) -> None:
        """Bring files here and keep each until it was given back as often as it was taken."""
        missing = [name for name in names if not (self._root / name).exists()]
        if len(missing) > 1:
            with ThreadPoolExecutor(_AT_ONCE, "fetch") as pool:
                list(pool.map(self._fetch, missing))
        taken: list[str] = []
        try:
            for name in names:
                self._take(name)
                taken.append(name)
        except BaseException:
            self.give_back(taken)
            raise
        if missing:
            self.make_room()

    def give_back(self, names: Iterable[str]) -> None:
        """Say that files are no longer used by one who took them."""
        with self._guard:
            for name in names:
                descriptor, users = self._held[name]
                if users > 1:
                    self._held[name] = (descriptor, users - 1)
                else:
                    del self._held[name]
                    os.close(descriptor)  # the lock goes with it

    def put(self, names: Iterable[str]) -> None:
        """Put files that lie here into the bucket, those that are in it already left out; they are copies from then on.

        The bucket has them all when this returns. Raises TryLater, SettingsError.
        """
        fresh = [name for name in dict.fromkeys(names) if self._is_only_here(self._root / name)]
        if len(fresh) > 1:
            with ThreadPoolExecutor(_AT_ONCE, "put") as pool:
                list(pool.map(self._put, fresh))
        elif fresh:
            self._put(fresh[0])
        if fresh:
            self.make_room()

    def names(self, folders: Sequence[str]) -> list[str]:
        """Return the names of all files in the bucket below some folders."""
        with ThreadPoolExecutor(_AT_ONCE, "list") as pool:
            return [name for some in pool.map(self.bucket.names, folders) for name in some]

    def size(self, name: str) -> int:
        """Return the length of a file in bytes, wherever it lies."""
        with suppress(FileNotFoundError):
            return (self._root / name).stat().st_size
        return self.bucket.size(name)

    def make_room(self, limit_bytes: int | None = None) -> None:
        """Remove the longest unused copies until the rest fits, but none that anybody uses."""
        limit = self._limit if limit_bytes is None else limit_bytes
        with suppress(LockTimeout), file_lock(self._locks / "copies.lock", wait_seconds=0):  # else another one does it
            found = self._copies()
            total = sum(size for _, size, _ in found)
            for _, size, path in sorted(found):
                if total <= limit:
                    break
                if _remove_unused(path):
                    total -= size
            for path in self._root.glob("incoming/*"):
                _remove_unused(path)  # of a process that died while it fetched

    def _take(self, name: str) -> None:
        with self._guard:
            if name in self._held:
                descriptor, users = self._held[name]
                self._held[name] = (descriptor, users + 1)
                return
        descriptor = self._locked(name)
        with self._guard:
            if name in self._held:  # another thread was first
                os.close(descriptor)
                descriptor, users = self._held[name]
                self._held[name] = (descriptor, users + 1)
            else:
                self._held[name] = (descriptor, 1)

    def _locked(self, name: str) -> int:
        """Open a copy, fetched where it is missing, with our lock on it, and note that it was used just now."""
        path = self._root / name
        for _ in range(_TRIES):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                self._fetch(name)
                continue
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if _is_same(descriptor, path):
                with suppress(OSError):
                    os.utime(path)
                return descriptor
            os.close(descriptor)  # it was removed between opening and locking
        raise TryLater(f"The copy of {quote(name, 200)} is removed again and again.", remedy="Try again.")

    def _fetch(self, name: str) -> None:
        """Bring one file here; of several threads and processes that want it one does."""
        path = self._root / name
        with file_lock(self._locks / f"fetch-{zlib.crc32(name.encode()) % _STRIPES:02}.lock"):
            if path.exists():
                return
            try:
                self._fetch_now(name, path)
            except FileNotFoundError:
                raise TryLater("The figures were replaced while they were being read.", remedy="Ask again.") from None
            except OSError as error:
                if not is_full(error):
                    raise
                self.make_room(0)
                self._fetch_now(name, path)

    def _fetch_now(self, name: str, path: Path) -> None:
        draft = self._root / "incoming" / secrets.token_hex(12)
        draft.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            self.bucket.fetch(name, draft)
            os.fsync(descriptor)
            draft.chmod(_READ_ONLY)
            _place(draft, path)
        finally:
            os.close(descriptor)
            draft.unlink(missing_ok=True)

    def _put(self, name: str) -> None:
        path = self._root / name
        self.bucket.put(path, name)
        path.chmod(_READ_ONLY)

    def _is_only_here(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            return bool(path.stat().st_mode & stat.S_IWUSR)
        return False

    def _copies(self) -> list[tuple[float, int, Path]]:
        """When each copy was used last, its length and path."""
        found = []
        for area in AREAS:
            for directory, _, names in os.walk(self._root / area):
                for name in names:
                    with suppress(FileNotFoundError):
                        path = Path(directory, name)
                        status = path.stat()
                        if not status.st_mode & stat.S_IWUSR:
                            found.append((status.st_mtime, status.st_size, path))
        return found


def _place(draft: Path, path: Path) -> None:
    """Give a finished copy its name; its folder may be removed by who tidies up in the same moment."""
    for _ in range(_TRIES):
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            draft.rename(path)
            return
    raise TryLater("The folder of a copy is removed again and again.", remedy="Try again.")


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _remove_unused(path: Path) -> bool:
    """Remove a copy unless somebody has a lock on it; say whether it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
