"""Answers kept for those who ask the same again, and one computation for all who ask it at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from connector.errors import UserError

MOST_BYTES: Final = 64_000_000
LIFE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    until: float


@dataclass(slots=True)
class _Busy:
    """A computation on its way, and how it was refused."""

    done: threading.Event = field(default_factory=threading.Event)
    refusal: UserError | None = None


class AnswerCache:
    """Bodies by key, the least recently asked thrown out first. Safe for many threads.

    A page of ten charts asks ten times at once: equal questions wait for the first of them. What fails is not kept.
    Where the question is to blame (UserError: it takes too long, for one), those who waited for it fail alike; after
    any other failure each that waited tries for itself.
    """

    def __init__(
        self, clock: Callable[[], float], most_bytes: int = MOST_BYTES, life_seconds: float = LIFE_SECONDS
    ) -> None:
        """``clock`` gives monotonic seconds; ``most_bytes`` 0 keeps nothing, equal questions still wait."""
        self._clock, self._most, self._life = clock, most_bytes, life_seconds
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0
        self._busy: dict[Hashable, _Busy] = {}
        self._lock = threading.Lock()

    def answer(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the body for a key, made by ``make`` unless one is there or on its way."""
        while True:
            with self._lock:
                found = self._found(key)
                if found is not None:
                    return found
                waiting = self._busy.get(key)
                if waiting is None:
                    self._busy[key] = _Busy()
                    break
            waiting.done.wait()
            if waiting.refusal is not None:
                raise waiting.refusal.with_traceback(None)
            with self._lock:
                found = self._found(key)
            if found is not None:
                return found
        return self._made(key, make)

    def _made(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        try:
            body = make()
            with self._lock:
                self._keep(key, body)
        except UserError as refusal:
            self._busy[key].refusal = refusal
            raise
        else:
            return body
        finally:
            with self._lock:
                self._busy.pop(key).done.set()

    def _found(self, key: Hashable) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until < self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return kept.body

    def _keep(self, key: Hashable, body: bytes) -> None:
        if len(body) > self._most // 4:
            return
        self._drop(key)
        self._kept[key] = _Kept(body, self._clock() + self._life)
        self._bytes += len(body)
        while self._bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= len(kept.body) if kept is not None else 0
