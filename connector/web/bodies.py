"""What requests may hold and what answers hold: the models behind validation and the OpenAPI document.

Unknown keys and wrong types are refused, not guessed: ``"10"`` is no number. Answers are written by
``actions`` straight from the table; their models here describe them, and the tests hold them to it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from connector.model.filters import AllOf, AnyOf, Condition, Filter, Operator
from connector.model.period import Comparison
from connector.model.query import Language, Query, Sort
from connector.model.table import Role, Unit

Id = Annotated[str, Field(min_length=1, max_length=200)]
Formula = Annotated[str, Field(min_length=1, max_length=2_000)]
Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
Real = Annotated[float, Field(allow_inf_nan=False)]
Scalar = Annotated[str, Field(max_length=1_000)] | bool | Whole | Real


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


# --- the question --------------------------------------------------------------------------------------


class ConditionBody(_Strict):
    """One condition. `exclude` keeps the rows that do not match, those without a value included."""

    field: Id
    operator: Operator
    values: list[Scalar] = Field(default=[], max_length=1_000)
    exclude: bool = False

    def to_filter(self) -> Filter:
        return Condition(self.field, self.operator, tuple(map(as_text, self.values)), self.exclude)


class AllBody(_Strict):
    """Every part holds."""

    all: list[FilterBody] = Field(max_length=500)

    def to_filter(self) -> Filter:
        return AllOf(tuple(part.to_filter() for part in self.all))


class AnyBody(_Strict):
    """At least one part holds."""

    any: list[FilterBody] = Field(max_length=500)

    def to_filter(self) -> Filter:
        return AnyOf(tuple(part.to_filter() for part in self.any))


def _kind(part: Any) -> str:
    if isinstance(part, list):
        return "texts"
    for kind in ("all", "any"):
        if (isinstance(part, dict) and kind in part) or hasattr(part, kind):
            return kind
    return "condition"


_Tree = Annotated[AllBody, Tag("all")] | Annotated[AnyBody, Tag("any")] | Annotated[ConditionBody, Tag("condition")]
_Texts = Annotated[list[Formula], Field(max_length=100), Tag("texts")]
FilterBody = Annotated[_Tree, Discriminator(_kind)]


class SortBody(_Strict):
    """Order by a metric or dimension of the query; rows without a value come last either way."""

    field: Formula
    descending: bool = False


WORKSPACE: Final = "Name of the workspace; may be left out where the key opens one."


class QueryBody(_Strict):
    """A question: metrics, by dimensions, over days, filtered, compared, sorted."""

    workspace: str = Field(default="", max_length=200, description=WORKSPACE)
    metrics: list[Formula] = Field(
        min_length=1, max_length=50, description="Ids of metrics, or formulas written `name=FORMULA`."
    )
    dimensions: list[Id] = Field(
        default=[], max_length=20, description="Ids; a time dimension may carry a grain: `created_date:month`."
    )
    filter: Annotated[_Tree | _Texts, Discriminator(_kind)] | None = Field(
        default=None, description="A tree of conditions, or texts such as `owner = 'Ana'` that all have to hold."
    )
    date_range: Annotated[str, Field(min_length=1, max_length=50)] | None = Field(
        default=None,
        description="`this_month`, `last_30_days`, `all_time` (the default), `2024-01-01..2024-03-31`; "
        "or give `from` and `to` instead.",
    )
    first_day: str | None = Field(
        default=None, alias="from", pattern=r"^\d{4}-\d{2}-\d{2}$", description="First day; needs no `to`."
    )
    last_day: str | None = Field(
        default=None, alias="to", pattern=r"^\d{4}-\d{2}-\d{2}$", description="Last day, included."
    )
    compare: Comparison | None = None
    sort: list[SortBody] = Field(default=[], max_length=20)
    limit: int | None = Field(default=None, ge=1, le=10_000_000)
    time_zone: str = Field(default="", max_length=64, description="IANA zone; empty means the workspace's.")
    currency: str = Field(
        default="", pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty means the workspace's report currency."
    )
    language: Language | None = Field(default=None, description="Language of labels and notes.")
    parameters: dict[Id, Scalar] = Field(
        default={}, max_length=50, description="Values of the `$names` that metric definitions use."
    )
    totals: bool = Field(default=False, description="Ask for a total row, computed from the rows behind it.")

    def to_query(self, tree: Filter, date_range: str, language: Language) -> Query:
        """Return the question in the words of the model; the texts among its parts are read by ``actions``."""
        return Query(
            metrics=tuple(self.metrics),
            dimensions=tuple(self.dimensions),
            filter=tree,
            date_range=date_range,
            compare=self.compare,
            sort=tuple(Sort(each.field, each.descending) for each in self.sort),
            limit=self.limit,
            time_zone=self.time_zone,
            currency=self.currency,
            language=self.language or language,
            parameters={name: as_text(value) for name, value in self.parameters.items()},
            totals=self.totals,
        )


class LanguageQuery(_Strict):
    """Parameters of the catalogue endpoints."""

    workspace: str = Field(default="", max_length=200, description=WORKSPACE)
    language: Language | None = None


def as_text(value: str | bool | float) -> str:
    """Return a JSON scalar as the text that filters and parameters hold."""
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the answers ---------------------------------------------------------------------------------------


class ColumnBody(BaseModel):
    """One column. `percent` cells are fractions, `period` cells the first day of the period."""

    id: str
    label: str
    unit: Unit
    role: Role
    grain: str = Field(description="Length of a period column: day, week, month ...")
    of: str = Field(description="For comparison and change columns: the id of their metric.")
    direction: Literal["up", "down", "neutral"]


class NoteBody(BaseModel):
    """A sentence the reader must see beside the figures."""

    code: str
    text: str
    level: Literal["info", "warning"]
    count: int | None


class FreshnessBody(BaseModel):
    """How old the figures are and what they cover."""

    data_through: datetime | None
    history_since: datetime | None
    rows_rejected: int
    generation: int


class SmallBody(BaseModel):
    """A ratio whose denominator `n` is under 5; show the two together."""

    row: int
    column: int
    n: int | None


Cell = str | float | bool | None


class AnswerBody(BaseModel):
    """A table of unformatted figures: money and other decimals are exact JSON numbers, dates ISO texts."""

    columns: list[ColumnBody]
    rows: list[list[Cell]]
    totals: list[Cell] | None
    notes: list[NoteBody]
    freshness: FreshnessBody
    small: list[SmallBody]


class MetricBody(BaseModel):
    """One metric of the catalogue."""

    id: str
    label: str
    category: str
    unit: Unit
    direction: Literal["up", "down", "neutral"]
    aggregation: str
    formula: str
    description: str = Field(description="What it counts and on which date it stands.")
    note: str


class MetricsBody(BaseModel):
    """Every metric that can be asked for."""

    metrics: list[MetricBody]


class DimensionBody(BaseModel):
    """One dimension of the catalogue."""

    id: str
    label: str
    group: str
    type: str
    description: str = Field(description="What its values are.")
    note: str


class DimensionsBody(BaseModel):
    """Every dimension that can be asked for, the workspace's own columns included."""

    dimensions: list[DimensionBody]


class StatusBody(BaseModel):
    """The service is there."""

    status: Literal["ok", "ready"]


class ProblemBody(BaseModel):
    """What went wrong, for a person: the sentence, the place it is about, what to do, and the id for the log."""

    code: str
    sentence: str
    place: str
    remedy: str
    request_id: str
