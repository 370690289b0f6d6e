"""Evaluates a template for a workspace: every output renders the object that comes out of here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import cast

from connector.errors import NotApplicable, QueryError
from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import TIME_AXES, request_dimension
from connector.metrics.evaluate import evaluate
from connector.metrics.evaluation import Reader
from connector.metrics.window import PERIOD, calendar_of
from connector.model.filter_text import parse_filter
from connector.model.filters import AllOf, Condition, Filter, conditions
from connector.model.period import Calendar, Comparison, Days, compared, day_text, resolve, start_of
from connector.model.query import Language, Query, Sort
from connector.model.report import Block, ChartSpec, Report, ScoreCard, Tab, Theme
from connector.model.table import Cell, Note, Table
from connector.reports.averages import with_team_average
from connector.reports.choices import WHOLE_PERIODS, choice_note
from connector.reports.empty_rows import with_listed, with_people, with_unset
from connector.reports.records import field_label, problem_records, repaired_values
from connector.reports.template import BlockTemplate, LoadedTemplate, Template
from connector.reports.words import days_text, entity_name, word

NO_HISTORY = frozenset({"opportunity_score", "deals_without_next_step", "pipeline_coverage"})
"""Figures of which no past state is known: they stand without a comparison."""
GROWTHS = {"sales_growth": "total_sales"}
"""Metrics that say the change of another."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader chooses when he asks for a report; empty means the template's own choice."""

    language: Language = "en"
    date_range: str = ""
    compare: str = ""
    filter: Filter = field(default_factory=AllOf)
    filter_text: str = ""
    time_zone: str = ""
    currency: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    theme: Theme = field(default_factory=Theme)
    workspace: str = ""


def evaluate_report(reader: Reader, loaded: LoadedTemplate, options: Options, now: datetime) -> Report:
    """Return the evaluated report as of ``now``. Raises QueryError when the template's entities are missing."""
    return _Evaluator(reader, loaded, options, now).report()


class _Evaluator:
    """Evaluates block after block of one template."""

    def __init__(self, reader: Reader, loaded: LoadedTemplate, options: Options, now: datetime) -> None:
        self._reader = reader
        self._template: Template = loaded.template
        self._catalogue: Catalogue = loaded.catalogue
        self._options = options
        self._language: Language = options.language
        self._now = now
        self._rules: Calendar = calendar_of(reader.profile, options.time_zone)
        self._today = self._rules.local_date(now)
        self._notes: list[Note] = []
        self._filter = options.filter

    def report(self) -> Report:
        self._check_entities()
        if self._template.one_pipeline:
            self._choose_pipeline()
        days = resolve(self._range(), self._today, self._rules)
        other = self._compared(days, self._compare())
        tabs = tuple(
            Tab(tab.id, tab.title.get(self._language), tuple(self._block(block) for block in tab.blocks))
            for tab in self._template.tabs
        )
        profile = self._reader.profile
        return Report(
            template=self._template.id,
            title=self._template.title.get(self._language),
            workspace=self._options.workspace,
            language=self._language,
            currency=self._options.currency or profile.currency,
            time_zone=str(self._rules.zone),
            first_day=None if days.is_all_time else days.first,
            last_day=None if days.is_all_time else days.last,
            range_label=days_text(days, self._language),
            comparison_label=self._comparison_label(days, other),
            generated_at=self._now,
            tabs=tabs,
            notes=tuple(self._notes),
            freshness=self._reader.freshness,
            filters_label=self._options.filter_text,
            theme=self._options.theme,
        )

    # -- the frame

    def _check_entities(self) -> None:
        rows = self._reader.profile.rows
        missing = [name for name in self._template.entities if not rows.get(name)]
        if missing:
            names = ", ".join(entity_name(name, self._language) for name in missing)
            raise QueryError(
                f"The report {self._template.id} needs {names}, and this workspace has none.",
                remedy="Import a file that holds them, then ask again.",
            )

    def _range(self) -> str:
        return self._options.date_range or self._template.range

    def _block_range(self, block: BlockTemplate) -> str:
        """Range of a block; a look back such as last_12_months ends where a range that was chosen ends."""
        follows = block.follow_range or block.range.startswith("last_")
        if not block.range or not self._options.date_range or not follows:
            return block.range or self._range()
        chosen = resolve(self._options.date_range, self._today, self._rules)
        days = resolve(block.range, min(self._today, chosen.last), self._rules)
        return f"{days.first}..{days.last}"

    def _compare(self) -> Comparison | None:
        name = self._options.compare or self._template.compare
        return None if name == "none" else cast("Comparison", name)

    def _block_compare(self, block: BlockTemplate) -> Comparison | None:
        """What a block is compared with: its own choice, else that of the report."""
        if block.compare is None:
            return self._compare()
        return None if block.compare == "none" else block.compare

    def _compared(self, days: Days, how: Comparison | None) -> Days | None:
        return compared(days, how, self._today) if how is not None else None

    def _comparison_label(self, days: Days, other: Days | None) -> str:
        if other is None:
            return ""
        other_text = (
            day_text(other.last, self._language) if other.first == other.last else days_text(other, self._language)
        )
        label = word("compared", self._language, label=other_text)
        running = days.first <= self._today < days.last
        return f"{label} ({word('cut', self._language)})" if running else label

    def _choose_pipeline(self) -> None:
        """Filter by the pipeline with most open deals, then the smallest id, unless one was chosen."""
        if any(condition.field == "pipeline" for condition in conditions(self._filter)):
            return
        found = self._ask(Query(("open_opportunities",), ("pipeline",), language=self._language))
        pipelines = [(key[0], row) for key, row in zip(found.keys, found.rows, strict=True) if key[0] is not None]
        if len(pipelines) < 2:
            return
        key, row = min(pipelines, key=lambda pair: (-cast("int", pair[1][1]), str(pair[0])))
        self._filter = AllOf((self._filter, Condition("pipeline", "equals", (str(key),))))
        self._notes.append(Note("pipeline", word("pipeline", self._language, name=row[0])))

    # -- blocks

    def _block(self, block: BlockTemplate) -> Block:
        title = block.title.get(self._language) if block.title else ""
        lack = self._lack(block)
        if lack:
            return Block(block.id, title, text=lack)
        if block.kind == "text" and block.text is not None:
            return Block(block.id, title, text=block.text.get(self._language))
        if block.kind == "repairs":
            return self._repairs(block, title)
        if block.kind == "records":
            return self._records(block, title)
        try:
            return self._cards(block, title) if block.kind == "cards" else self._table(block, title)
        except NotApplicable as error:
            if error.dimension != PERIOD:
                raise
            return Block(block.id, title, text=word("needs_range", self._language))

    def _lack(self, block: BlockTemplate) -> str:
        """What a block cannot be shown without, in words; empty when everything is there."""
        profile = self._reader.profile
        missing = [name for name in block.needs if "." not in name and not profile.rows.get(name)]
        if missing == ["goal"]:
            return self._no_goal(block)
        if missing:
            names = ", ".join(entity_name(name, self._language) for name in missing)
            return word("missing_entity", self._language, entity=names)
        columns = [name.split(".") for name in block.needs if "." in name]
        empty = [(entity, column) for entity, column in columns if column not in profile.filled.get(entity, ())]
        if empty:
            labels = ", ".join(field_label(column, self._language, entity) for entity, column in empty)
            return word("missing_column", self._language, field=labels)
        if any(not self._options.parameters.get(name) for name in block.asks):
            return word("missing_parameter", self._language, name=", ".join(block.asks))
        return ""

    def _no_goal(self, block: BlockTemplate) -> str:
        """That no goal is set for the metric of a block, and how to set one."""
        metric = (self._catalogue.defaults | block.parameters | self._options.parameters)["metric"]
        days = resolve(self._block_range(block), self._today, self._rules)
        first = self._today if days.first <= self._today <= days.last else days.first
        return word(
            "no_goal", self._language, metric=self._catalogue.metric(metric).labels[self._language], id=metric,
            workspace=self._options.workspace, month=f"{first:%Y-%m}",
        )  # fmt: skip

    def _request_parts(self) -> tuple[datetime, dict[str, str], str, str]:
        currency = self._options.currency or self._reader.profile.currency
        parameters = self._catalogue.defaults | self._options.parameters
        return self._now, parameters, currency, self._options.time_zone

    def _repairs(self, block: BlockTemplate, title: str) -> Block:
        repaired = repaired_values(block.id, title, self._reader.profile, self._language)
        lacking = list(dict.fromkeys(condition.field for condition in conditions(self._filter)))
        return replace(repaired, notes=(*repaired.notes, *self._unfiltered(lacking)), filtered=not lacking)

    def _records(self, block: BlockTemplate, title: str) -> Block:
        """The record table; a filter of the report that the records lack is left out and named."""
        lacking: list[str] = []
        tree = self._filter
        while True:
            try:
                found = problem_records(
                    self._reader, block, title, self._request_parts(), language=self._language, tree=tree
                )
            except NotApplicable as error:
                lacking.append(error.dimension)
                tree = _without(tree, error.dimension)
                continue
            return replace(found, notes=(*found.notes, *self._unfiltered(lacking)), filtered=not lacking)

    def _query(self, block: BlockTemplate) -> Query:
        own: list[Filter] = [parse_filter(text) for text in block.filter]
        for name, token in block.within.items():
            days = resolve(token, self._today, self._rules)
            own.append(Condition(name, "between", (days.first.isoformat(), days.last.isoformat())))
        how = self._block_compare(block)
        dimensions = list(block.dimensions)
        if block.link:
            dimensions.append(f"{block.link}.external_url")
        return Query(
            metrics=tuple(block.metrics),
            dimensions=tuple(dimensions),
            filter=AllOf((*own, self._filter)),
            date_range=self._block_range(block),
            compare=None if block.link else how,
            sort=tuple(Sort(name.lstrip("-"), name.startswith("-")) for name in block.sort),
            limit=block.limit + 1 if block.dimensions else None,
            time_zone=self._options.time_zone,
            currency=self._options.currency,
            language=self._language,
            parameters=block.parameters | self._options.parameters,
            totals=block.totals,
        )

    def _ask(self, query: Query) -> Table:
        return evaluate(self._reader, query, self._now, self._catalogue)

    def _ask_applicable(self, query: Query) -> tuple[Table, Query, list[str]]:
        """Answer a query; a filter of the report that a block lacks is left out and named.

        Returns the answer, the query as it was asked in the end, and the filters left out.
        """
        lacking: list[str] = []
        while True:
            try:
                return self._ask(query), query, lacking
            except NotApplicable as error:
                shared = {condition.field for condition in conditions(self._filter)}
                if error.dimension in lacking or error.dimension not in shared:
                    raise
                lacking.append(error.dimension)
                query = replace(query, filter=_without(query.filter, error.dimension))

    def _own_range(self, block: BlockTemplate) -> tuple[Note, ...]:
        """That a block looks at other days than the report: its total is then not that of the cards."""
        token = self._block_range(block)
        days, others = (resolve(each, self._today, self._rules) for each in (token, self._range()))
        if (days.first, days.last) == (others.first, others.last):
            return ()
        return (Note("own_range", word("own_range", self._language, days=days_text(days, self._language))),)

    def _unfiltered(self, lacking: list[str]) -> tuple[Note, ...]:
        profile = self._reader.profile
        names = [request_dimension(name, self._catalogue, profile, self._language).label for name in lacking]
        return tuple(Note("not_filtered", word("not_filtered", self._language, field=name)) for name in names)

    def _cards(self, block: BlockTemplate, title: str) -> Block:
        table, asked, lacking = self._ask_applicable(self._query(block))
        row = table.rows[0]
        days = resolve(self._block_range(block), self._today, self._rules)
        other = self._compared(days, self._block_compare(block))
        label = days_text(other, self._language) if other is not None else ""
        cards = tuple(self._card(block, table, row, name.partition("=")[0], label) for name in block.metrics)
        if "goal" in block.needs and all(card.value is None for card in cards):
            return Block(block.id, title, text=self._no_goal(block))
        notes = (*self._own_range(block), *table.notes, *self._unfiltered(lacking))
        return Block(block.id, title, cards=cards, notes=notes, filtered=not lacking, question=asked)

    def _card(self, block: BlockTemplate, table: Table, row: tuple[Cell, ...], metric: str, label: str) -> ScoreCard:
        place = table.index(metric)
        column = table.columns[place]
        known = any(c.of == metric for c in table.columns) and metric not in NO_HISTORY
        comparison = row[table.index(f"{metric}__comparison")] if known else None
        change = row[table.index(f"{metric}__change")] if known else None
        parameters = self._catalogue.defaults | block.parameters | self._options.parameters
        noted = [choice_note(metric, self._catalogue, parameters, self._language)]
        days = resolve(self._block_range(block), self._today, self._rules)
        if metric in WHOLE_PERIODS and days.first <= self._today < days.last:
            noted.append(word("still_running", self._language))
        return ScoreCard(
            metric, column.label, column.unit, row[place], comparison,
            label if known and comparison is not None else "",
            float(cast("float", change)) if change is not None else None, column.direction,
            ". ".join(text for text in noted if text),
        )  # fmt: skip

    def _table(self, block: BlockTemplate, title: str) -> Block:
        table, asked, lacking = self._ask_applicable(self._query(block))
        notes = [*self._own_range(block), *table.notes, *self._unfiltered(lacking)]
        if len(table.rows) > block.limit:
            table = _first_rows(table, block.limit)
            notes.append(Note("cut_rows", word("cut_rows", self._language, count=block.limit)))
        links: dict[int, str] = {}
        if block.link:
            table, links = _take_links(table, f"{block.link}.external_url")
        if block.compared:
            table = _only_compared(table, block.compared)
        table = self._with_empty_rows(table, block)
        if block.average and block.dimensions == ["owner"]:
            table = with_team_average(
                table, block.average, asked, lambda query: self._ask_applicable(query)[0], self._catalogue
            )
        table = replace(table, notes=())
        return Block(
            block.id, title, table=table, charts=self._charts(block), links=links, notes=tuple(notes),
            filtered=not lacking, running_x=self._running(block), question=asked,
        )  # fmt: skip

    def _charts(self, block: BlockTemplate) -> tuple[ChartSpec, ...]:
        return tuple(
            ChartSpec(
                c.kind, c.title.get(self._language), c.x, tuple(c.y), c.series, c.limit, tuple(c.lines),
                tuple(c.labels), c.panels, tuple(c.totals),
            )
            for c in block.charts
        )  # fmt: skip

    def _running(self, block: BlockTemplate) -> date | None:
        """First day of the step of the time axis that is still running."""
        days = resolve(self._block_range(block), self._today, self._rules)
        for name in block.dimensions[:1]:
            if name in TIME_AXES and days.first <= self._today <= days.last:
                return start_of(self._today, TIME_AXES[name], self._rules)
        return None

    def _with_empty_rows(self, table: Table, block: BlockTemplate) -> Table:
        """Add active owners without rows (rule E12), and the group without a value (rule E19)."""
        if block.show_unset and len(block.dimensions) == 1:
            definition = self._catalogue.dimension(block.dimensions[0])
            label = self._catalogue.null_labels[definition.null_label or "not_set"][self._language]
            return with_unset(table, label, self._catalogue)
        if not block.show_empty or len(block.dimensions) != 1:
            return table
        listed = self._catalogue.dimensions.get(block.dimensions[0])
        if listed is not None and listed.ordered and not block.sort:
            return with_listed(table, listed, self._language, self._catalogue)
        if block.dimensions != ["owner"]:
            return table
        query = Query(
            ("people=COUNT(owner.id WHERE COALESCE(owner.is_active, true) = true)",),
            ("owner",),
            self._filter,
            language=self._language,
        )
        people, _, _ = self._ask_applicable(query)
        rising = bool(block.sort) and not block.sort[0].startswith("-")
        return with_people(table, people, self._catalogue, rising=rising)


def _without(tree: Filter, name: str) -> Filter:
    """Drop the top-level parts of a filter that use a dimension."""
    if isinstance(tree, AllOf):
        return AllOf(tuple(_without(p, name) for p in tree.parts if not (isinstance(p, Condition) and p.field == name)))
    return AllOf() if any(condition.field == name for condition in conditions(tree)) else tree


def _keep_columns(table: Table, kept: list[int]) -> Table:
    """Return a table with some of its columns; the first ones, the dimensions, must be among them."""

    def cells(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(row[place] for place in kept)

    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(map(cells, table.rows)),
        totals=cells(table.totals) if table.totals is not None else None,
        small=frozenset((row, kept.index(place)) for row, place in table.small if place in kept),
        small_n={(row, kept.index(place)): n for (row, place), n in table.small_n.items() if place in kept},
    )


def _only_compared(table: Table, metrics: list[str]) -> Table:
    """Keep the comparisons of some metrics; a change that stands there as a figure of its own is not shown twice."""
    shown = {column.id for column in table.columns}
    told = {f"{metric}__change" for growth, metric in GROWTHS.items() if growth in shown}
    kept = [
        number
        for number, column in enumerate(table.columns)
        if (not column.of or column.of in metrics) and column.id not in told
    ]
    return _keep_columns(table, kept)


def _first_rows(table: Table, limit: int) -> Table:
    small_n = {place: n for place, n in table.small_n.items() if place[0] < limit}
    rows, keys = table.rows[:limit], table.keys[:limit]
    return replace(table, rows=rows, keys=keys, small=frozenset(small_n), small_n=small_n)


def _take_links(table: Table, name: str) -> tuple[Table, dict[int, str]]:
    """Move the address column of a drill-down list out of the table; only http and https pass."""
    place = table.index(name)
    links = {
        number: str(row[place])
        for number, row in enumerate(table.rows)
        if str(row[place]).lower().startswith(("https://", "http://"))
    }

    kept = [position for position in range(len(table.columns)) if position != place]
    keys = tuple((*key[:place], *key[place + 1 :]) for key in table.keys)
    return replace(_keep_columns(table, kept), keys=keys), links
