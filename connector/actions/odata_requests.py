"""What is asked of an entity set and what comes back."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connector.actions.odata_feeds import FeedChoice
from connector.deliver.odata.model import Feed
from connector.deliver.odata.payload import Form, Frame, Metadata, page, row_count
from connector.deliver.odata.syntax import Expression, Order, parse_filter, parse_orderby, walk
from connector.deliver.odata.tokens import Constant
from connector.errors import DataChanged

__all__ = [
    "Continuation", "FeedRequest", "FeedRows", "Form", "Frame", "Metadata", "parse_filter", "parse_orderby",
]  # fmt: skip

USUAL_FORM: Final = Form()
LIFE_SECONDS: Final = 86_400
"""How long the pages of one answer may be read."""


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What is asked of an entity set. An empty ``select`` means its usual properties; ``top`` None all rows."""

    feed: str
    choice: FeedChoice
    select: tuple[str, ...] = ()
    filter: Expression | None = None
    order: tuple[Order, ...] = ()
    skip: int = 0
    top: int | None = None
    needs_count: bool = False
    form: Form = USUAL_FORM

    def key(self, most: int | None) -> Hashable:
        """Return what requests have in common when they have the same rows; ``most``: as many are enough.

        Constants count as they are written: 2 divides otherwise than 2.0 does, and a moment otherwise than the same one
        in another zone is another day.
        """
        parts = () if self.filter is None else walk(self.filter)
        written = tuple(repr(part.value) for part in parts if isinstance(part, Constant))
        return ("odata", self.feed, self.choice, self.select, self.filter, written, self.order, self.form, most)


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where a further page begins: the state of the data, the rows passed, when the first page was read (Unix time)."""

    generation: int
    passed: int
    read_at: int

    def moment(self, generation: int, now: datetime) -> datetime:
        """Return the moment the answer is of. Raises DataChanged where its state is gone or it is too old."""
        if generation != self.generation or not -60 <= now.timestamp() - self.read_at <= LIFE_SECONDS:
            raise DataChanged(
                "The data have changed since the first page was read.",
                place="$skiptoken",
                remedy="Refresh again from the beginning.",
            )
        return datetime.fromtimestamp(self.read_at, UTC)


@dataclass(frozen=True, slots=True)
class FeedRows:
    """Rows as :func:`~connector.deliver.odata.payload.packed_rows` writes them, from the first one on.

    ``count`` rows pass the filter, None where they were not all looked for. ``generation`` is the state of the data,
    ``as_of`` the moment (aware, whole seconds) they are of.
    """

    feed: Feed
    shown: tuple[str, ...]
    packed: bytes
    count: int | None
    generation: int
    as_of: datetime

    def after(self, passed: int) -> Continuation:
        """Return where the page after ``passed`` rows begins."""
        return Continuation(self.generation, passed, int(self.as_of.timestamp()))

    @property
    def kept(self) -> int:
        """Number of rows that are here."""
        return row_count(self.packed)

    def page(self, start: int, rows: int, frame: Frame, form: Form) -> Iterator[bytes]:
        """Yield the JSON of ``rows`` rows from the one numbered ``start`` on, piece by piece."""
        return page(self.packed, start, rows, frame, form)
