"""A service that stands where the store and the metrics would: two workspaces, two keys, a few metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connector.actions.catalogue import DimensionEntry, MetricEntry
from connector.actions.looker import ChartRequest, PackedAnswer, chart_answer
from connector.actions.looker_config import configuration
from connector.actions.looker_fields import Source, source_fields
from connector.deliver.looker.packed import packed
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
        return {KEY: Caller("Acme", "key1"), OTHER_KEY: Caller("Globex", "key2")}.get(key)

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

    def looker_config(self, workspace: str, language: Language, answers: Mapping[str, str]) -> dict[str, Any]:
        return configuration([workspace], Profile(), language, answers)

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
