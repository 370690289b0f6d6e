"""Answers kept for those who ask the same again, and one computation for all who ask it at the same time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 64_000_000
LIFE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    until: float


class AnswerCache:
    """Bodies by key, the least recently asked thrown out first. Safe for many threads.

    A page of ten charts asks ten times at once: equal questions wait for the first of them. What fails is not kept,
    and each that waited then tries for itself.
    """

    def __init__(
        self, clock: Callable[[], float], most_bytes: int = MOST_BYTES, life_seconds: float = LIFE_SECONDS
    ) -> None:
        """``clock`` gives monotonic seconds; ``most_bytes`` 0 keeps nothing, equal questions still wait."""
        self._clock, self._most, self._life = clock, most_bytes, life_seconds
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0
        self._busy: dict[Hashable, threading.Event] = {}
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
                    self._busy[key] = threading.Event()
                    break
            waiting.wait()
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
            return body
        finally:
            with self._lock:
                self._busy.pop(key).set()

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
