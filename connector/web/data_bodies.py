"""What GET /v1/data takes: the parts of a question as parameters of an address."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from connector.actions.direct import TableRequest
from connector.actions.query import range_text
from connector.errors import QueryError, quote
from connector.model.commas import split_list
from connector.model.filter_text import parse_filters
from connector.model.period import Comparison
from connector.model.query import Language, Query, Sort
from connector.web.bodies import WORKSPACE

Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Texts = Annotated[list[Text], Field(max_length=100)]
DAY: Final = r"^\d{4}-\d{2}-\d{2}$"
SEVERAL: Final = frozenset({"metrics", "dimensions", "filter", "sort", "param"})
"""Parameters that may stand several times."""


class DataQuery(BaseModel):
    """A question and the form of its answer. Lists are written with commas, or as the same parameter several times."""

    model_config = ConfigDict(extra="forbid")

    workspace: str = Field(default="", max_length=200, description=WORKSPACE)
    metrics: Texts = Field(min_length=1, description="Ids of metrics, or formulas written `name=FORMULA`.")
    dimensions: Texts = Field(default=[], description="Ids; a time dimension may carry a grain: `created_date:month`.")
    filter: Texts = Field(default=[], description="Texts such as `owner = 'Ana'`; all of them have to hold.")
    range: str | None = Field(
        default=None, min_length=1, max_length=50, description="`this_month`, `last_30_days`, `all_time` (the default)."
    )
    first_day: str | None = Field(default=None, alias="from", pattern=DAY, description="First day; needs no `to`.")
    last_day: str | None = Field(default=None, alias="to", pattern=DAY, description="Last day, included.")
    compare: Comparison | None = None
    sort: Texts = Field(default=[], description="Columns to order by; `-total_sales` for the largest first.")
    limit: int | None = Field(default=None, ge=1, le=10_000_000)
    language: Language | None = Field(default=None, description="Language of labels and values.")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="ISO 4217; else the workspace's.")
    time_zone: str = Field(default="", max_length=64, description="IANA zone; else the workspace's.")
    param: Texts = Field(default=[], description="`NAME=VALUE` for the `$names` that metric definitions use.")
    format: Literal["csv", "json"] = Field(default="csv", description="`json` is the answer of POST /v1/query.")
    header: Literal["ids", "labels"] = Field(default="ids", description="What the first line of CSV holds.")
    bom: Literal["true", "false"] = Field(
        default="false", description="Begin CSV with a byte order mark, by which Excel knows UTF-8."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_all(cls, given: Any) -> Any:
        """Take every value of a parameter that may stand several times; what was parsed holds the first ones only."""
        known = request.args
        found: dict[str, Any] = {
            name: known.getlist(name) if name in SEVERAL else value for name, value in given.items()
        }
        return found | {name: known.getlist(name) for name in given if len(known.getlist(name)) > 1}

    def to_request(self, language: Language) -> TableRequest:
        """Return the question in the words of the model. Raises QueryError for what makes no sense."""
        question = Query(
            metrics=split_list(self.metrics),
            dimensions=split_list(self.dimensions),
            filter=parse_filters(self.filter),
            date_range=range_text(self.range, self.first_day, self.last_day),
            compare=self.compare,
            sort=tuple(Sort(text.lstrip("-"), text.startswith("-")) for text in split_list(self.sort)),
            limit=self.limit,
            time_zone=self.time_zone,
            currency=self.currency,
            language=self.language or language,
            parameters=dict(map(_parameter, self.param)),
        )
        return TableRequest(question, self.format, "label" if self.header == "labels" else "id", self.bom == "true")


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (equals and name.strip()):
        raise QueryError(f"{quote(text)} is no parameter.", place="param", remedy="Write param=NAME=VALUE.")
    return name.strip(), value.strip()
