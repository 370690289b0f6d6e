"""Time and chance, passed in so that no test has to wait and no run depends on luck."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time and chance come from. ``sleep`` may raise to end a run that somebody stopped.

    ``now`` is aware and shared by all processes of a machine; ``monotonic`` counts seconds inside this one;
    ``random`` gives [0, 1). Time limits on sockets always use the real clock.
    """

    now: Callable[[], datetime] = _now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


REAL = Clock()
