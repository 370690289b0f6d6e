"""What a Looker Studio source asks: its configuration, its fields, the rows of one chart."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import Final

from connector.actions.answer_cache import AnswerCache
from connector.actions.chart_currency import check_currency, without_rate
from connector.actions.looker_fields import Source, SourceFields, described, source_fields
from connector.actions.looker_filters import LookerFilter, filter_tree
from connector.deliver.looker.fields import Field
from connector.deliver.looker.packed import packed, unpacked
from connector.deliver.looker.values import Value, column_encoder, encoder
from connector.errors import FilterNotApplied, NotApplicable, QueryError, quote
from connector.metrics.definitions import Catalogue, load_catalogue
from connector.metrics.evaluate import MAX_COLUMNS, evaluate
from connector.metrics.evaluation import Reader
from connector.metrics.window import calendar_of
from connector.model.filters import AllOf, Filter
from connector.model.query import Query
from connector.model.table import Cell, Table
from connector.store.store import Store

MOST_ROWS: Final = 1_000_000
"""Rows of one answer, by the contract of getData."""
DETECTION_ROWS: Final = 100
"""Rows that the detection of types is given."""
USUAL_DAYS: Final = 28
SERVICE: Final = "puente_"
GROUP: Final = 2_000
"""Rows that are turned into values together."""

_REFUSED: Final = re.compile(r"(\w+) cannot be (?:split|filtered) by .+\.")

Take = Callable[[Sequence[Sequence[Cell]], int], Iterable[Value]]
"""Takes the columns of some rows and their number, returns the values of one field."""


@dataclass(frozen=True, slots=True)
class ChartRequest:
    """What one chart asks of a source. Without days it means the last 28 days before today, as Looker Studio does."""

    source: Source
    fields: tuple[str, ...]
    for_filter_only: frozenset[str] = frozenset()
    filters: tuple[tuple[LookerFilter, ...], ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    is_sample: bool = False

    def key(self) -> Hashable:
        """Return what two requests have in common when they have the same answer."""
        source = self.source
        settings = (source.type.id, source.language, source.currency, source.time_zone, source.personal)
        days = (self.first_day, self.last_day, self.is_sample)
        return (settings, self.fields, self.for_filter_only, self.filters, days)


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """Rows of values in the order of ``fields``. ``filters_applied``: all filters were; else none was."""

    fields: tuple[Field, ...]
    rows: Iterator[Sequence[Value]]
    row_count: int
    filters_applied: bool


@dataclass(frozen=True, slots=True)
class PackedAnswer:
    """The JSON of getData, compressed."""

    gzip: bytes

    def plain(self) -> Iterator[bytes]:
        """Yield the JSON piece by piece, for those who cannot unpack it."""
        return unpacked(self.gzip)


def chart_data(
    store: Store, workspace: str, asked: ChartRequest, now: datetime, cache: AnswerCache, *, most_rows: int = MOST_ROWS
) -> PackedAnswer:
    """Answer a chart as :func:`chart_answer` does, as the JSON of getData; kept until the data change or it is old."""
    held = store.workspace(workspace)
    with store.reader(held) as reader:

        def make() -> bytes:
            answer = chart_answer(reader, asked, now, most_rows)
            return packed(answer.fields, answer.rows, filters_applied=answer.filters_applied)

        return PackedAnswer(cache.answer((held.id, reader.generation, asked.key()), make))


def fields_of(store: Store, workspace: str, source: Source) -> list[Field]:
    """Return the fields of a source in the order they are shown. Raises UnknownName."""
    with store.reader(store.workspace(workspace)) as reader:
        found = source_fields(_settled(source, reader), load_catalogue(), reader.profile).fields
        return [described(each, source.language) for each in found.values()]


def chart_answer(reader: Reader, asked: ChartRequest, now: datetime, most_rows: int = MOST_ROWS) -> ChartAnswer:
    """Answer a chart as of ``now`` (aware), grouped by exactly the dimensions it asks for.

    Raises UnknownName for fields that the source lacks, NotApplicable for a metric without the asked dimension,
    QueryError for an answer of more than ``most_rows`` rows, TryLater.
    """
    return _Chart(reader, replace(asked, source=_settled(asked.source, reader)), now, most_rows).answer()


def _settled(source: Source, reader: Reader) -> Source:
    """Return a source with the workspace's currency and time zone where it leaves them open."""
    profile = reader.profile
    return replace(
        source, currency=source.currency or profile.currency, time_zone=source.time_zone or profile.time_zone
    )


class _Chart:
    """One chart being answered."""

    def __init__(self, reader: Reader, asked: ChartRequest, now: datetime, most_rows: int) -> None:
        self.reader, self.asked, self.now, self.most_rows = reader, asked, now, most_rows
        self.catalogue = load_catalogue()
        self.known: SourceFields = source_fields(asked.source, self.catalogue, reader.profile)

    def answer(self) -> ChartAnswer:
        asked = self.asked
        names = tuple(dict.fromkeys(asked.fields))
        if not names:
            raise QueryError("The chart asks for no field.", place="fields", remedy="Add a dimension or a metric.")
        wanted = [self._field(name) for name in names]
        try:
            tree = self._tree()
        except QueryError as refused:
            return self._unfiltered(wanted, refused)
        shown = [field for field in wanted if field.id not in asked.for_filter_only]
        try:
            table, order = self._table(shown, tree)
        except FilterNotApplied as refused:
            return self._unfiltered(wanted, refused)
        return ChartAnswer(tuple(shown), self._rows(table, shown, order), len(table.rows), filters_applied=True)

    def _unfiltered(self, wanted: Sequence[Field], refused: QueryError) -> ChartAnswer:
        """Leave all filters to Looker Studio, with every field they need. Raises ``refused`` where that cannot be.

        Looker Studio could not add up what is left of a figure that does not add up, nor of too many rows.
        """
        if any(each.concept == "METRIC" and not (each.adds_up or each.id.startswith(SERVICE)) for each in wanted):
            raise refused
        table, order = self._table(wanted, AllOf(), refused)
        return ChartAnswer(tuple(wanted), self._rows(table, wanted, order), len(table.rows), filters_applied=False)

    def _field(self, name: str) -> Field:
        found = self.known.fields.get(name)
        if found is None:
            raise QueryError(
                f"The data source has no field {quote(name)}.",
                place="fields",
                remedy="Refresh the fields of the data source, or choose another field in the chart.",
            )
        return found

    def _tree(self) -> Filter:
        return filter_tree(
            self.asked.filters, self.known.fields, self.catalogue.dimensions, self.known.columns,
            self.asked.source.language, calendar_of(self.reader.profile, "").week_start,
        )  # fmt: skip

    def _table(
        self, shown: Sequence[Field], tree: Filter, refused: QueryError | None = None
    ) -> tuple[Table, list[str]]:
        """Return the figures, and the ids of its columns as fields. ``refused``: why no filter makes the rows fewer."""
        dimensions = [each.id for each in shown if each.concept == "DIMENSION" and not each.id.startswith(SERVICE)]
        metrics = [each.id for each in shown if each.concept == "METRIC" and not each.id.startswith(SERVICE)]
        if not (dimensions or metrics):
            return Table((), ((),), freshness=self.reader.freshness), []
        if len(dimensions) + len(metrics) > MAX_COLUMNS:
            raise QueryError(
                f"The chart has more than {MAX_COLUMNS} fields.", place="fields", remedy="Remove fields from the chart."
            )
        query = Query(
            tuple(metrics), tuple(self.known.columns.get(name, name) for name in dimensions), tree, self._days(),
            time_zone=self.asked.source.time_zone, currency=self.asked.source.currency,
            language=self.asked.source.language, limit=self._limit(), is_bare=True, is_unworded=True,
        )  # fmt: skip
        table = self._evaluated(query)
        check_currency(table, self.asked.source.currency, self.reader.profile.currency)
        if len(table.rows) > self.most_rows:
            raise refused or QueryError(
                f"The chart would get more than {self.most_rows} rows.",
                place="chart",
                remedy="Remove a dimension, add a filter or choose fewer days.",
            )
        return table, [*dimensions, *metrics]

    def _limit(self) -> int:
        return DETECTION_ROWS if self.asked.is_sample else self.most_rows + 1

    def _days(self) -> str:
        asked, calendar = self.asked, calendar_of(self.reader.profile, self.asked.source.time_zone)
        today = calendar.local_date(self.now)
        last = asked.last_day or today - timedelta(days=1)
        first = asked.first_day or last - timedelta(days=USUAL_DAYS - 1)
        if first > last:
            raise QueryError(
                f"The days from {first} to {last} are none.", place="date range", remedy="Put the earlier day first."
            )
        return f"{first}..{last}"

    def _evaluated(self, query: Query) -> Table:
        catalogue = replace(self.catalogue, metrics=self.catalogue.metrics | self.known.parts)
        try:
            if query.metrics:
                return evaluate(self.reader, query, self.now, catalogue)
            return self._only_dimensions(query, catalogue)
        except NotApplicable as error:
            raise self._in_labels(error) from error

    def _in_labels(self, error: NotApplicable) -> NotApplicable:
        """Return a refusal with the names that Looker Studio shows in place of ids."""
        found = _REFUSED.fullmatch(error.sentence)
        if found is None:
            return error
        metrics, language = self.catalogue.metrics, self.asked.source.language
        fields = {self.known.columns.get(each.id, each.id): each.label for each in self.known.fields.values()}
        named = {found[1]: metrics[found[1]].labels[language]} if found[1] in metrics else {}

        def shown(text: str) -> str:
            return re.sub(ids, lambda each: quote((named | fields).get(each[1], each[1])), text)

        ids = rf"(?<![\w.])'?({re.escape(found[1])}|{re.escape(error.dimension)})'?(?![\w:])"
        return NotApplicable(shown(error.sentence), dimension=error.dimension, remedy=shown(error.remedy))

    def _only_dimensions(self, query: Query, catalogue: Catalogue) -> Table:
        """A list of values has no figure of its own: it holds the values that some figure of the report type has."""
        kind = self.asked.source.type
        refused: NotApplicable | None = None
        for name in dict.fromkeys((kind.metric, *kind.metrics)):
            try:
                return evaluate(self.reader, replace(query, metrics=(name,)), self.now, catalogue)
            except NotApplicable as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def _rows(self, table: Table, shown: Sequence[Field], order: list[str]) -> Iterator[Sequence[Value]]:
        zone = self.asked.source.time_zone
        service = _service_values(table, zone)
        takes: list[Take] = []
        for field in shown:
            if field.id in service:
                takes.append(_always(service[field.id]))
            else:
                takes.append(_taken(order.index(field.id), column_encoder(field.type, zone)))
        for start in range(0, len(table.rows), GROUP):
            self.reader.check_time()
            group = table.rows[start : start + GROUP]
            columns = tuple(zip(*group, strict=True))
            yield from zip(*[take(columns, len(group)) for take in takes], strict=True)


def _always(value: Value) -> Take:
    return lambda _columns, count: repeat(value, count)


def _taken(place: int, encode: Callable[[Sequence[Cell]], Iterable[Value]]) -> Take:
    return lambda columns, _count: encode(columns[place])


def _service_values(table: Table, zone: str) -> dict[str, Value]:
    through, rejected = table.freshness.data_through, table.freshness.rows_rejected
    missing = without_rate(table)
    status = None if through is None else "incomplete" if rejected or missing else "complete"
    return {
        "puente_data_through": encoder("YEAR_MONTH_DAY_SECOND", zone)(through),
        "puente_data_status": status,
        "puente_rows_rejected": rejected,
        "puente_rows_without_rate": missing,
    }
