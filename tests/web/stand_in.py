"""A service that stands where the store and the metrics would: two workspaces, two keys, a few metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from connector.actions.answer_cache import AnswerCache
from connector.actions.catalogue import DimensionEntry, MetricEntry
from connector.actions.direct import PackedTable, TableRequest, packed_table
from connector.actions.links import OpenLink
from connector.actions.looker import ChartRequest, PackedAnswer, chart_answer
from connector.actions.looker_config import configuration
from connector.actions.looker_fields import Source, source_fields
from connector.actions.odata import Continuation, FeedRequest, FeedRows, rows_of
from connector.actions.odata_feeds import FeedChoice, feeds
from connector.deliver.looker.packed import packed
from connector.deliver.odata.metadata import csdl_json, csdl_xml
from connector.errors import QueryError, UnknownName, quote
from connector.metrics.definitions import load_catalogue
from connector.model.filters import ARITY, conditions
from connector.model.query import Language, Query
from connector.model.table import Cell, Freshness, Note, Table, TableColumn
from connector.model.workspace import Profile
from connector.web.service import Caller
from tests.metrics.memory import NOW, MemoryReader

KEY = "puente_" + "k" * 43
OTHER_KEY = "puente_" + "o" * 43
LINK = "puente_link_" + "l" * 43
AGENCY_KEY = "puente_" + "a" * 43
CURRENCIES = {"Acme": "USD", "Globex": "BRL"}
DATA_THROUGH = datetime(2024, 3, 31, 22, 0, tzinfo=UTC)


@dataclass
class StandIn:
    """Answers like the real service does, from nothing: every metric is a fixed figure."""

    language: Language = "en"
    asked: list[tuple[str, Query]] = field(default_factory=list)
    fault: Exception | None = None

    def check_ready(self) -> None:
        if self.fault is not None:
            raise self.fault

    def sign_in(self, key: str) -> Caller | None:
        known = {KEY: ("Acme",), OTHER_KEY: ("Globex",), AGENCY_KEY: ("Acme", "Globex")}
        return Caller(known[key], f"key{list(known).index(key) + 1}") if key in known else None

    def query(self, workspace: str, question: Query) -> Table:
        self.asked.append((workspace, question))
        if self.fault is not None:
            raise self.fault
        if any(metric == "nonsense" for metric in question.metrics):
            raise UnknownName("There is no metric 'nonsense'.", remedy="Did you mean deals_won?")
        for condition in conditions(question.filter):
            least, most = ARITY[condition.operator]
            if not least <= len(condition.values) <= most:
                raise QueryError(f"{quote(condition.field)} has the wrong number of values.", place="filter")
        columns = [TableColumn(name, name.title(), "text", "dimension") for name in question.dimensions]
        columns += [TableColumn(name, name.title(), "money", "metric", direction="up") for name in question.metrics]
        row: list[Cell] = [date(2024, 1, 1) for _ in question.dimensions]
        row += [Decimal("12345678901234.5670") for _ in question.metrics]
        return Table(
            tuple(columns), (tuple(row),), tuple(row) if question.totals else None,
            (Note("no_rate", "3 rows without rate", "warning", 3),), Freshness(DATA_THROUGH, None, 2, 7),
            small=frozenset({(0, 0)}), small_n={(0, 0): 4},
        )  # fmt: skip

    def table(self, workspace: str, asked: TableRequest) -> PackedTable:
        return packed_table(self.query(workspace, asked.question), asked)

    def open_link(self, token: str) -> OpenLink | None:
        if self.fault is not None:
            raise self.fault
        question = Query(("deals_won",), ("owner",), language="es")
        return OpenLink("link1", "Acme", TableRequest(question)) if token == LINK else None

    def looker_config(
        self, workspaces: Sequence[str], language: Language, answers: Mapping[str, str]
    ) -> dict[str, Any]:
        chosen = answers.get("workspace") or workspaces[0]
        return configuration(workspaces, Profile(currency=CURRENCIES[chosen]), language, answers)

    def looker_schema(self, workspace: str, source: Source) -> list[dict[str, Any]]:
        if self.fault is not None:
            raise self.fault
        return [field.to_json() for field in source_fields(source, load_catalogue(), Profile()).fields.values()]

    def looker_data(self, workspace: str, asked: ChartRequest) -> PackedAnswer:
        """Answer over an empty workspace, in which every question has its form and no row."""
        if self.fault is not None:
            raise self.fault
        answer = chart_answer(MemoryReader(), asked, NOW)
        return PackedAnswer(packed(answer.fields, answer.rows, filters_applied=answer.filters_applied))

    def metrics(self, workspace: str, language: Language) -> list[MetricEntry]:
        label = {"en": "Deals won", "es": "Negocios ganados", "pt": "Negócios ganhos", "ru": "Выигранные сделки"}
        return [MetricEntry("deals_won", label[language], "sales", "count", "up", "distinct", "COUNT(deal)", "")]

    def dimensions(self, workspace: str, language: Language) -> list[DimensionEntry]:
        own = [DimensionEntry("deal.custom.region", "Region", "custom", "text")] if workspace == "Acme" else []
        label = {"en": "Owner", "es": "Propietario", "pt": "Proprietário", "ru": "Ответственный"}
        return [DimensionEntry("owner", label[language], "people", "ref"), *own]

    def odata_metadata(self, workspace: str, choice: FeedChoice, *, as_json: bool) -> bytes:
        if self.fault is not None:
            raise self.fault
        return _described(choice, as_json=as_json)

    def odata_rows(self, workspace: str, asked: FeedRequest, after: Continuation | None = None) -> FeedRows:
        """Answer over an empty workspace, in which every question has its form and no row."""
        if self.fault is not None:
            raise self.fault
        moment = NOW if after is None else after.moment(1, NOW)
        return rows_of(MemoryReader(), workspace, 1, asked, moment, AnswerCache(lambda: 0.0))


@cache
def _described(choice: FeedChoice, *, as_json: bool) -> bytes:
    return (csdl_json if as_json else csdl_xml)(feeds(MemoryReader(), choice))
