"""What a vendor declares so that the shared suite can try its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.actions.sync_tables import Normaliser
from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.stand_in import StandIn
from connector.sources.stream import Source

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SPARE = "spare_text"
"""A text property of the account's own that every kind of record in the small CRM has and nothing depends on."""


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Part:
    """One stream. ``path`` is a text that the paths of its requests hold.

    ``kind`` is the kind of record in the sandbox that its rows are, empty for what is no record; ``children`` are the
    kinds at the other end when the rows are links of records of that kind.
    """

    stream: str
    path: str
    kind: str = ""
    children: tuple[str, ...] = ()

    @property
    def records(self) -> bool:
        return bool(self.kind) and not self.children


@dataclass(frozen=True, slots=True)
class Vendor:
    """One source and its sandbox.

    ``fill`` makes a small CRM with so many records of each kind, all of them long ago; ``start`` serves it, with the
    faults that a text declares, to a key that may use some scopes, all when None; ``open`` signs in, by OAuth when told
    to.
    """

    name: str
    parts: tuple[Part, ...]
    fill: Callable[[Hands, int], Crm]
    start: Callable[[Crm, Sequence[str] | None, str], StandIn]
    open: Callable[[StandIn, Hands, bool], Source]
    lag: Callable[[StandIn, float], None]
    """Let the index behind changes be so many seconds late."""
    kind: str
    """Kind of record that the cases of the suite are tried on."""
    links: str
    """Stream of the links of that kind to ``linked``."""
    linked: str
    scopes: Sequence[str]
    """All that a key may do, ``optional_scope`` left out."""
    optional: str
    """Stream that an account may lack; without ``scopes`` of its own it is skipped."""
    normaliser: Callable[[], Normaliser]
    page: int
    """Rows of the longest page of a list or search."""
    wall: str
    """Name of the sandbox's number of rows after which a query shows no more; empty where there is no such wall."""
    core: frozenset[str]
    """Streams of which whole syncs are tried under each fault alone: records, their links, and what is read whole."""
    link: Callable[[Crm, str, str], None]
    """Link a record of ``kind`` to one of ``linked``."""

    def part(self, stream: str) -> Part:
        return next(part for part in self.parts if part.stream == stream)

    @property
    def streams(self) -> Mapping[str, Part]:
        return {part.stream: part for part in self.parts}
