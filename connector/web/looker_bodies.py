"""What the Looker Studio connector sends and is answered: the contract of getConfig, getSchema and getData."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from connector.actions.looker import ChartRequest
from connector.actions.looker_fields import Source
from connector.actions.looker_filters import LookerFilter, LookerOperator
from connector.model.period import parse_day

Name = Annotated[str, Field(min_length=1, max_length=200)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Answers = Annotated[dict[Name, Annotated[str, Field(max_length=500)] | StrictBool | None], Field(max_length=50)]


class _Loose(BaseModel):
    """Looker Studio adds keys over time; those that are not known are left alone."""

    model_config = ConfigDict(extra="ignore")


class ConfigBody(_Loose):
    """The request of getConfig. `configParams` holds the answers given so far."""

    languageCode: Annotated[str, Field(max_length=35)]  # noqa: N815 - the contract's name
    configParams: Answers | None = None  # noqa: N815


class SchemaBody(_Loose):
    """The request of getSchema."""

    configParams: Answers | None  # noqa: N815


class FieldName(_Loose):
    """A field of the chart. One `forFilterOnly` is not shown."""

    name: Name
    forFilterOnly: bool = False  # noqa: N815


class FilterBody(_Loose):
    """One condition; inner lists are joined by OR, the outer one by AND.

    Only the size of the whole request bounds how many there are: too many are left to Looker Studio, not refused.
    """

    fieldName: Name  # noqa: N815
    operator: LookerOperator
    type: Literal["INCLUDE", "EXCLUDE"] = "INCLUDE"
    values: list[str] | None = None


class DaysBody(_Loose):
    """Both days belong to the range."""

    startDate: Day  # noqa: N815
    endDate: Day  # noqa: N815


class ScriptBody(_Loose):
    """`sampleExtraction`: a few rows are enough. `lastRefresh` changes when a person asks for fresh data."""

    lastRefresh: Annotated[str, Field(max_length=50)] = ""  # noqa: N815
    sampleExtraction: bool = False  # noqa: N815


class DataBody(SchemaBody):
    """The request of getData."""

    fields: list[FieldName] = Field(min_length=1)
    dateRange: DaysBody | None = None  # noqa: N815
    dimensionsFilters: list[list[FilterBody]] | None = None  # noqa: N815
    scriptParams: ScriptBody | None = None  # noqa: N815

    def to_request(self, source: Source) -> ChartRequest:
        """Return what is asked in the words of ``actions``. Raises QueryError for a day that does not exist."""
        days = self.dateRange
        return ChartRequest(
            source, tuple(each.name for each in self.fields),
            frozenset(each.name for each in self.fields if each.forFilterOnly),
            tuple(tuple(map(_filter, group)) for group in self.dimensionsFilters or ()),
            parse_day(days.startDate) if days else None, parse_day(days.endDate) if days else None,
            bool(self.scriptParams and self.scriptParams.sampleExtraction),
        )  # fmt: skip


def _filter(body: FilterBody) -> LookerFilter:
    return LookerFilter(body.fieldName, body.operator, tuple(body.values or ()), body.type == "EXCLUDE")


def answers_of(given: dict[str, Any] | None) -> dict[str, str]:
    """Return answers as texts; a checkbox comes as a boolean."""
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in (given or {}).items()}
    return {name: value for name, value in texts.items() if value is not None}


class SignedIn(BaseModel):
    """The key is good."""

    valid: Literal[True]
    workspaces: list[str] = Field(description="All that the key opens, in order.")
    workspace: str = Field(description="The first of them, for scripts that know one.")


class ConfigAnswer(BaseModel):
    """The answer of getConfig."""

    configParams: list[dict[str, Any]]  # noqa: N815
    dateRangeRequired: bool  # noqa: N815
    isSteppedConfig: bool  # noqa: N815


class SchemaAnswer(BaseModel):
    """The answer of getSchema."""

    schema_: list[dict[str, Any]] = Field(alias="schema")


class RowBody(BaseModel):
    """One row, in the order of the schema."""

    values: list[str | float | bool | None]


class DataAnswer(SchemaAnswer):
    """The answer of getData. `filtersApplied` is true when all filters were applied, false when none was."""

    filtersApplied: bool  # noqa: N815
    rows: list[RowBody]
