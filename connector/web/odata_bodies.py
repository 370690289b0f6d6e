"""What the OData feed is asked and answers, for the OpenAPI document. The options are read in ``odata_options``."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FeedQuery(BaseModel):
    """Query options, as texts. Others that OData defines are refused with 501."""

    model_config = ConfigDict(extra="ignore")

    select: str | None = Field(default=None, alias="$select", description="Names of properties with commas between.")
    filter: str = Field(
        default="", alias="$filter", description="A condition: `date ge 2024-01-01 and owner eq 'Ana'`."
    )
    orderby: str | None = Field(
        default=None, alias="$orderby", description="Names of properties, each with `asc` or `desc`."
    )
    top: str | None = Field(default=None, alias="$top", description="Most rows of the answer.")
    skip: str | None = Field(default=None, alias="$skip", description="Rows to leave out at the beginning.")
    count: str | None = Field(default=None, alias="$count", description="`true`: count all rows that pass the filter.")
    format: str | None = Field(default=None, alias="$format", description="`json`, or a media type with parameters.")
    language: str | None = Field(default=None, description="Language of labels and values: en, es, pt, ru.")
    currency: str | None = Field(default=None, description="Report currency, ISO 4217; the workspace's without it.")
    time_zone: str | None = Field(default=None, description="IANA zone of the report; the workspace's without it.")
    personal: str | None = Field(default=None, description="`hide` leaves out properties that name people.")


class ServiceBody(BaseModel):
    """The service document: entity sets with `name`, `kind`, `url` and `title`."""

    context: str | None = Field(default=None, alias="@odata.context")
    value: list[dict[str, str]]


class RowsBody(BaseModel):
    """A page of rows."""

    context: str | None = Field(default=None, alias="@odata.context")
    count: int | str | None = Field(default=None, alias="@odata.count")
    next_link: str | None = Field(default=None, alias="@odata.nextLink")
    value: list[dict[str, Any]]


class ErrorBody(BaseModel):
    """A failure: `code`, `message`, the `target` it is about, and the id to find it in the log."""

    error: dict[str, Any]
