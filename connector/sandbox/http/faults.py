"""The faults that a stand-in can show, and the rules by which they fall upon requests.

``rate_limit,every=7;drop,nth=3,path=/search`` is two faults. Each has a name of :data:`FAULTS` and settings of the
form ``name=value``. The rule counts the requests that the fault fits: ``nth`` is the one it falls upon, ``every``
each k-th, ``from`` all from the k-th on; ``times`` bounds how often, ``path`` picks requests whose path holds a text
or fits a pattern with stars, ``method`` those of one method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock

from connector.sandbox.http.message import Request


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One fault that can be declared: what it does, its settings and their usual values, its usual rule."""

    name: str
    help: str
    rule: str = "every=7"
    settings: str = ""
    needs: str = ""
    """``cursor``: only requests for a further page; ``batch``: only batches; ``page``: only answers with rows;
    ``records``: only requests about records."""


FAULTS = {
    kind.name: kind
    for kind in (
        FaultKind("rate_limit", "429 with Retry-After", settings="seconds=1"),
        FaultKind("rate_limit_silent", "429 without Retry-After"),
        FaultKind("error_500", "500 with the vendor's error body"),
        FaultKind("html_502", "502 with a page of HTML"),
        FaultKind("drop", "the connection is closed without an answer"),
        FaultKind("drip", "the body comes in parts with pauses", settings="seconds=0.02"),
        FaultKind("truncate", "the body ends before the announced length"),
        FaultKind("malformed", "the body is JSON cut in its middle"),
        FaultKind("latency", "every answer comes late", rule="every=1", settings="seconds=0.1"),
        FaultKind("expired_token", "401 in the middle of a run; OAuth tokens must be refreshed", rule="nth=5"),
        FaultKind("expired_cursor", "400 on a further page", rule="nth=3", needs="cursor"),
        FaultKind("repeat_page", "a page comes a second time, cursor included", rule="every=3,times=3", needs="cursor"),
        FaultKind("reorder_page", "the rows of a page come in another order", rule="every=2", needs="page"),
        FaultKind("change_while_paging", "records change between two pages", "every=2,times=10", "count=3", "cursor"),
        FaultKind("delete_while_paging", "records go away between two pages", "every=3,times=5", "count=2", "cursor"),
        FaultKind("partial_207", "a batch lacks rows that exist", "every=2,times=5", "count=1", "batch"),
        FaultKind("clock_skew", "the server's clock is wrong from the start", rule="from=1", settings="seconds=240"),
        FaultKind(
            "late_commit", "a change appears with a time before now", "every=4,times=5", "seconds=90,count=1", "records"
        ),
        FaultKind("property_removed", "a property vanishes", "nth=6", "type=deals,name=contract_months", "records"),
        FaultKind("daily_quota", "429 for the rest of the day", rule="from=20"),
    )
}
"""Every fault of a vendor that is only read."""
WRITE_FAULTS = {
    kind.name: kind
    for kind in (
        *(FAULTS[name] for name in ("rate_limit", "rate_limit_silent", "error_500", "html_502", "drip", "truncate")),
        *(FAULTS[name] for name in ("malformed", "latency", "expired_token")),
        FaultKind("drop", "the connection is closed; nothing was done"),
        FaultKind("error_503", "503; nothing was done"),
        FaultKind("error_503_after", "503 although everything was done"),
        FaultKind("lost_reply", "everything is done, then the connection is closed without an answer"),
        FaultKind("late_reply", "everything is done, the answer comes late", settings="seconds=0.5"),
    )
}
"""Every fault of a vendor that is also written to: whether a change was made before the answer was lost matters."""
RULE = ("nth", "every", "from", "times", "path", "method")


class FaultError(ValueError):
    """A text that declares no faults; the message says what is wrong and what is possible."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which of the requests that a fault fits it falls upon; 0 and empty are not set."""

    nth: int = 0
    every: int = 0
    start: int = 0
    times: int = 0
    path: str = ""
    method: str = ""

    def fits(self, request: Request) -> bool:
        """Say whether the rule counts a request at all."""
        if self.method and request.method != self.method:
            return False
        return self.path in request.path or fnmatchcase(request.path, self.path)

    def hits(self, number: int, done: int) -> bool:
        """Say whether the fault falls upon the request with this number (from 1) when it has fallen ``done`` times."""
        if self.times and done >= self.times:
            return False
        if self.nth and number == self.nth:
            return True
        if self.every and number % self.every == 0:
            return True
        return bool(self.start) and number >= self.start


@dataclass(slots=True)
class Fault:
    """One declared fault, with how many requests it has counted and fallen upon."""

    kind: FaultKind
    rule: Rule
    settings: dict[str, str] = field(default_factory=dict)
    seen: int = 0
    done: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def name(self) -> str:
        return self.kind.name

    def number(self, name: str) -> float:
        return float(self.settings[name])

    def falls(self, request: Request, traits: frozenset[str]) -> bool:
        """Count a request and say whether the fault falls upon it. ``traits`` tells what kind of request it is."""
        if (self.kind.needs and self.kind.needs not in traits) or not self.rule.fits(request):
            return False
        with self._lock:
            self.seen += 1
            hit = self.rule.hits(self.seen, self.done)
            self.done += hit
            return hit


def parse_faults(text: str, kinds: Mapping[str, FaultKind] = FAULTS) -> list[Fault]:
    """Return the faults that a text declares, in order; empty for an empty text. Raises FaultError.

    ``kinds`` are those that the vendor can show.
    """
    return [_fault(part.strip(), kinds) for part in text.split(";") if part.strip()]


def _fault(text: str, kinds: Mapping[str, FaultKind]) -> Fault:
    name, *pairs = (part.strip() for part in text.split(","))
    kind = kinds.get(name)
    if kind is None:
        raise FaultError(f"There is no fault {name!r}. There are: {', '.join(kinds)}.")
    given = _pairs(name, pairs)
    settings = _pairs(name, kind.settings.split(",") if kind.settings else [])
    unknown = [key for key in given if key not in RULE and key not in settings]
    if unknown:
        possible = ", ".join([*RULE, *settings])
        raise FaultError(f"The fault {name} has no setting {unknown[0]!r}. It has: {possible}.")
    usual = _pairs(name, kind.rule.split(","))
    rule = given if any(key in given for key in ("nth", "every", "from")) else usual | given
    settings |= {key: value for key, value in given.items() if key in settings}
    _check_numbers(name, settings)
    return Fault(kind, _rule(name, {key: value for key, value in rule.items() if key in RULE}), settings)


def _pairs(name: str, parts: list[str]) -> dict[str, str]:
    found = {}
    for part in parts:
        key, sign, value = part.partition("=")
        if part == "once":
            key, sign, value = "times", "=", "1"
        if not sign:
            raise FaultError(f"The fault {name} has {part!r}, which is not of the form name=value.")
        found[key.strip()] = value.strip()
    return found


def _rule(name: str, given: dict[str, str]) -> Rule:
    numbers = {}
    for key in ("nth", "every", "from", "times"):
        text = given.get(key, "0")
        if not text.isdecimal() or (key in given and int(text) < 1):
            raise FaultError(f"The fault {name} has {key}={text}; {key} must be a whole number from 1 on.")
        numbers["start" if key == "from" else key] = int(text)
    return Rule(**numbers, path=given.get("path", ""), method=given.get("method", "").upper())


def _check_numbers(name: str, settings: dict[str, str]) -> None:
    for key in ("seconds", "count"):
        if key in settings:
            try:
                float(settings[key])
            except ValueError:
                raise FaultError(f"The fault {name} has {key}={settings[key]}; {key} must be a number.") from None
