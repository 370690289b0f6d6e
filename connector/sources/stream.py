"""What a source is: streams of the vendor's own rows, read page by page with a state that can be resumed.

A source never sees an entity, a table or a file. It yields :class:`Page` objects; whoever reads them keeps rows and
state of a page in one transaction, so that a run that dies is taken up again at the page after the last one kept.
Reading a page twice is harmless: rows are folded by id, the newest version wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from connector.model.packed import PackedColumns

Columns = Mapping[str, Sequence[str | None]]
"""Rows column by column, all of one length, every value the vendor's own text.

``id`` is always there. A column that is not there was not known when the page was read (its older values stay);
None is a value that the vendor says is empty. CRM objects have ``createdAt``, ``updatedAt``, ``archived``
(``true`` or ``false``), ``archivedAt``, ``properties.<name>`` for every property, ``history.<name>`` (JSON text:
[{"value", "timestamp", "sourceType", ...}], newest first) and ``merged_into`` (id of the surviving record). A row
with ``archived`` = ``true`` that has nothing but an id says that the record is gone.
"""

State = Mapping[str, Any]
"""JSON data that only the source understands; ``{}`` is a stream never read."""

Mode = Literal["changes", "full", "reconcile"]
"""``changes``: what changed since the last run (a first load where there was none). ``full``: everything again.
``reconcile``: changes, and then the ids of all records compared with those known here."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of row. ``after`` names streams that must have been read before in the same run."""

    name: str
    label: str
    after: tuple[str, ...] = ()
    snapshot: bool = False
    """Always read whole: rows that a finished pass did not bring are gone."""
    optional: bool = False
    """An account or a token may lack it: that is reported, not an error."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one stream and the state to go on with after them. ``done`` marks the last page of the run."""

    columns: Columns
    state: State
    done: bool = False
    first: bool = False
    """The first page of a pass over a ``snapshot`` stream: what an earlier, unfinished pass brought is void."""

    @property
    def rows(self) -> int:
        columns = self.columns
        return columns.rows if isinstance(columns, PackedColumns) else len(columns.get("id", ()))


@dataclass(frozen=True, slots=True)
class Property:
    """One field that the vendor's account has for the rows of a stream."""

    name: str
    label: str
    type: str
    custom: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are signed in as. ``time_zone`` is an IANA name, ``currency`` an ISO code; empty when not told."""

    id: str
    label: str = ""
    time_zone: str = ""
    currency: str = ""
    ui_host: str = ""
    """Host under which people open the vendor's pages; empty when unknown."""


@dataclass(frozen=True, slots=True)
class Count:
    """What the vendor itself counts: live rows of a stream, or of one value of one of its columns."""

    stream: str
    rows: int
    column: str = ""
    value: str = ""


class Known(Protocol):
    """What is stored here already, this run's pages included."""

    def ids(self, stream: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all live rows of a stream, in batches, each id once."""
        ...

    def ids_where(self, stream: str, column: str, values: frozenset[str]) -> Iterator[Sequence[str]]:
        """Yield the ids of live rows whose column holds one of the values."""
        ...

    def ids_since(self, stream: str, column: str, moment: datetime) -> Iterator[Sequence[str]]:
        """Yield the ids of rows, archived ones included, whose column holds an instant at or after a moment."""
        ...

    def changed(self, stream: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the rows that this run has brought."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a run hands to a source. ``started_at`` is the aware moment the run began."""

    started_at: datetime
    mode: Mode
    known: Known
    properties: Mapping[str, Sequence[Property]] = field(default_factory=dict)
    """As :meth:`Source.properties` gave them at the start of the run."""


class Source(Protocol):
    """One connected account. Safe for one thread per stream. All methods raise the errors of ``connector.errors``."""

    system: str
    lag: timedelta
    """How long before the start of a run its rows may end: changes younger than this are left to the next run."""

    def account(self) -> Account:
        """Sign in and say who we are. Raises NotSignedIn, MissingScope, TryLater."""
        ...

    def streams(self) -> Sequence[Stream]:
        """Return every stream, those that others need first."""
        ...

    def properties(self) -> Mapping[str, Sequence[Property]]:
        """Return the fields of every stream whose fields an account can change."""
        ...

    def read(self, stream: str, state: State, reading: Reading) -> Iterator[Page]:
        """Yield the pages of a stream from a state on.

        Raises NotInAccount for an optional stream that the account or token lacks; QuotaExhausted (with the moment
        it comes back) or another TryLater when the run must stop here; what was yielded before stays good.
        """
        ...

    def counts(self, reading: Reading) -> Iterator[Count]:
        """Yield what the vendor counts, for the tie-out after a sync."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...
