"""The rows of one request: computed, tested, sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from typing import Any, Final, TypeVar

from connector.actions.chart_currency import check_currency, without_rate
from connector.actions.odata_feeds import USUAL_METRICS, FeedFields, feed_fields
from connector.actions.odata_filters import Divided, divide, unknown_property
from connector.actions.odata_requests import FeedRequest
from connector.deliver.odata.model import KEY, FeedProperty
from connector.deliver.odata.payload import packed_rows
from connector.deliver.odata.values import typed
from connector.errors import NotApplicable, NotBuilt, QueryError, quote
from connector.metrics.definitions import Catalogue, load_catalogue
from connector.metrics.evaluate import MAX_COLUMNS, evaluate
from connector.metrics.evaluation import Answer, Reader
from connector.metrics.window import calendar_of
from connector.model.query import Query, Sort
from connector.model.table import Cell, Freshness, Table
from connector.model.workspace import Profile
from connector.store.read import Result

MOST_ROWS: Final = 1_000_000
ROWS_AT_ONCE: Final = 100
"""Rows between two looks at the clock: the longest condition on as many takes some tenths of a second."""
Column = Sequence[Cell]
T = TypeVar("T")


class Question:
    """One request being answered from one state of a workspace. Raises as :func:`connector.actions.odata.feed_rows`."""

    def __init__(self, reader: Reader, asked: FeedRequest, now: datetime) -> None:
        self.reader, self.asked, self.now = reader, asked, now
        self.fields: FeedFields = feed_fields(asked.feed, reader.profile, asked.choice)
        base = load_catalogue()
        self.catalogue: Catalogue = replace(base, metrics=base.metrics | self.fields.parts)
        self._check_names()

    def _check_names(self) -> None:
        for place, names in (
            ("$select", self.asked.select),
            ("$orderby", [each.property for each in self.asked.order]),
        ):
            for name in names:
                if name not in self.fields.feed.properties:
                    raise unknown_property(name, self.fields, place)
        if any(each.property == KEY for each in self.asked.order):
            raise NotBuilt("Rows cannot be sorted by row_id.", place="$orderby", remedy="Sort by another property.")
        hidden = [each.property for each in self.asked.order if self._is_hidden(each.property)]
        if hidden:
            raise NotBuilt(
                f"Rows cannot be sorted by {quote(hidden[0])}, which they are not split by.",
                place="$orderby",
                remedy="Add it to $select.",
            )

    def _is_hidden(self, name: str) -> bool:
        return self._property(name).role == "dimension" and name not in self.dimensions

    def _property(self, name: str) -> FeedProperty:
        return self.fields.feed.properties[name]

    @cached_property
    def dimensions(self) -> list[str]:
        """Properties that rows are split by."""
        if not self.asked.select:
            return [self.fields.type.dimension]
        return [name for name in dict.fromkeys(self.asked.select) if self._property(name).role == "dimension"]

    @cached_property
    def divided(self) -> Divided:
        choice = self.asked.choice
        calendar = calendar_of(self.reader.profile, choice.time_zone)
        return divide(
            self.asked.filter, self.fields, self.dimensions, self.catalogue, calendar, choice.language
        )  # fmt: skip

    @cached_property
    def shown(self) -> list[str]:
        """Properties of the answer, in order."""
        if self.asked.select:
            return list(dict.fromkeys(self.asked.select))
        return [KEY, *self.dimensions, *self._usual_metrics()]

    @cached_property
    def most(self) -> int | None:
        """How many rows are enough, None for all of them: nothing is sorted or taken out after they are computed."""
        asked = self.asked
        if asked.top is None or asked.needs_count or asked.order or self.divided.after:
            return None
        most = asked.skip + asked.top
        return most if most <= MOST_ROWS else None

    def packed(self) -> bytes:
        """Return the rows as lines, see :func:`~connector.deliver.odata.payload.packed_rows`."""
        shown = [self._property(name) for name in self.shown]
        columns, rows = ([[] for _ in shown], 0) if self._is_empty else self._columns()
        return b"".join(self._in_time(packed_rows(self.fields.feed, shown, columns, rows, self.asked.form)))

    def _in_time(self, parts: Iterable[T], at_once: int = 1) -> Iterator[T]:
        """Pass on what is worked on, ``at_once`` parts between two looks at the clock, as long as there is time."""
        left = iter(parts)
        while group := list(islice(left, at_once)):
            self.reader.check_time()
            yield from group

    @property
    def _is_empty(self) -> bool:
        return self.divided.is_empty or self.most == 0

    # -- figures

    def _usual_metrics(self) -> list[str]:
        """Figures that can be split and filtered so; they are found without reading anything."""
        dry = _Dry(self.reader.profile, self.reader.freshness)
        kind = self.fields.type
        return [name for name in USUAL_METRICS.get(kind.id, (kind.metric,)) if self._applies(dry, name)]

    def _applies(self, dry: Reader, name: str) -> bool:
        try:
            evaluate(dry, self._query([name]), self.now, self.catalogue)
        except QueryError:
            return False
        return True

    def _query(self, metrics: Sequence[str], limit: int | None = None) -> Query:
        choice = self.asked.choice
        dimensions = tuple(self.fields.names[name] for name in self.dimensions)
        return Query(
            tuple(metrics), dimensions, self.divided.before, self.divided.days.token or "all_time",
            sort=tuple(Sort(name) for name in dimensions), limit=limit, time_zone=choice.time_zone,
            currency=choice.currency, language=choice.language, is_unworded=True,
        )  # fmt: skip

    def _metrics(self) -> list[str]:
        """Figures to compute: those shown, and those that conditions and order need."""
        named = [*self.shown, *sorted(self.divided.named_after), *(each.property for each in self.asked.order)]
        return [name for name in dict.fromkeys(named) if self._property(name).role == "metric"]

    def _table(self) -> Table:
        metrics = self._metrics()
        if len(metrics) + len(self.dimensions) > MAX_COLUMNS:
            raise QueryError(
                f"Rows of more than {MAX_COLUMNS} columns are not computed.",
                place="$select",
                remedy="Choose the columns to keep, not those to remove.",
            )
        most = self.most
        if not (metrics or self.dimensions):
            return Table((), ((),), freshness=self.reader.freshness)
        query = self._query([self.fields.names[name] for name in metrics], MOST_ROWS + 1 if most is None else most)
        if metrics:
            table = evaluate(self.reader, query, self.now, self.catalogue)
            check_currency(table, self.asked.choice.currency, self.reader.profile.currency)
            return table
        return self._only_dimensions(query)

    def _only_dimensions(self, query: Query) -> Table:
        """A list of values has no figure of its own: it holds the values that some figure of the report type has."""
        refused: NotApplicable | None = None
        for name in dict.fromkeys((self.fields.type.metric, *self.fields.type.metrics)):
            try:
                return evaluate(self.reader, replace(query, metrics=(name,)), self.now, self.catalogue)
            except NotApplicable as error:
                refused = refused or error
        assert refused is not None
        raise refused

    # -- rows

    def _columns(self) -> tuple[list[Column], int]:
        """Return the cells of each shown property, and the number of rows."""
        table = self._table()
        if len(table.rows) > MOST_ROWS:
            raise QueryError(
                f"The answer would have more than {MOST_ROWS} rows.",
                place="$select",
                remedy="Select fewer dimensions, or filter by date.",
            )
        count = len(table.rows)
        cells = list(zip(*table.rows, strict=True)) if count else []
        columns = {name: self._column(name, table, cells) for name in self._all_names()}
        kept = self._kept(columns, count)
        if kept is None:
            return [columns[name] for name in self.shown], count
        return [[columns[name][number] for number in kept] for name in self.shown], len(kept)

    def _kept(self, columns: dict[str, Column], count: int) -> list[int] | None:
        """Return the numbers of the rows that pass the conditions, in order; None for all as they are."""
        if not (self.divided.after or self.asked.order):
            return None
        kinds = [self._property(name) for name in columns]
        values = [[typed(cell, each.type) for cell in columns[each.id]] for each in self._in_time(kinds)]
        tests = self.divided.tests(kinds)
        rows = self._in_time(enumerate(zip(*values, strict=True)), ROWS_AT_ONCE)
        kept = [number for number, row in rows if all(test(row) for test in tests)]
        places = list(columns)
        for order in self._in_time(reversed(self.asked.order)):
            column = values[places.index(order.property)]
            kept.sort(key=_sort_key(column), reverse=order.descending)
        return kept if count else []

    def _all_names(self) -> list[str]:
        """Properties of the rows while they are computed: those shown first."""
        named = [*sorted(self.divided.named_after), *(each.property for each in self.asked.order)]
        return list(dict.fromkeys([*self.shown, *named]))

    def _column(self, name: str, table: Table, cells: list[tuple[Cell, ...]]) -> Column:
        each, count = self._property(name), len(table.rows)
        if each.role == "key":
            rows = self._in_time(enumerate(table.rows), ROWS_AT_ONCE)
            return [self._row_id(table, number, row) for number, row in rows]
        if each.role == "service":
            return [_service_value(name, table)] * count
        if not count:
            return []
        return cells[table.index(self.fields.names[name])]

    def _row_id(self, table: Table, number: int, row: Sequence[Cell]) -> str:
        parts = [*row[: len(self.dimensions)], *(table.keys[number] if table.keys else ())]
        text = repr(list(zip([*self.dimensions, *self.dimensions], map(repr, parts), strict=False)))
        return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _sort_key(column: Column) -> Callable[[int], tuple[bool, Any]]:
    """Null comes before every value (OData, 5.1.6); rows that are equal stay in the order of their dimensions."""
    return lambda number: (False, 0) if column[number] is None else (True, column[number])


def _service_value(name: str, table: Table) -> Cell:
    through, rejected, missing = table.freshness.data_through, table.freshness.rows_rejected, without_rate(table)
    if name == "puente_data_through":
        return through
    if name == "puente_rows_rejected":
        return rejected
    if name == "puente_rows_without_rate":
        return missing
    return None if through is None else "incomplete" if rejected or missing else "complete"


@dataclass(frozen=True, slots=True)
class _Dry:
    """A reader that reads nothing: enough to find out whether a question can be asked."""

    profile: Profile
    freshness: Freshness

    def run(self, sql: str, entities: Iterable[str]) -> Answer:  # noqa: ARG002 - nothing is read
        return Result([], [])

    def check_time(self) -> None:
        """There are no rows that could take long."""
