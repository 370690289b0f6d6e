"""The endpoints: health, readiness, the query and the catalogue of what it can be asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from apiflask import APIBlueprint
from flask import Response, request

from connector.actions.direct import PackedTable, TableRequest
from connector.actions.query import range_text
from connector.model.filter_text import parse_filters
from connector.model.filters import AllOf, Filter
from connector.model.messages import spoken
from connector.web.bodies import (
    AnswerBody,
    DimensionsBody,
    LanguageQuery,
    MetricsBody,
    ProblemBody,
    QueryBody,
    StatusBody,
)
from connector.web.guard import need_json, opened, service, sign_in
from connector.web.problems import TYPE

if TYPE_CHECKING:
    from connector.actions.looker import PackedAnswer

KEY_SCHEME: Final = "ApiKey"
BASIC_SCHEME: Final = "ApiKeyAsPassword"
KEY_SCHEMES: Final[list[str | dict[str, list[Any]]]] = [KEY_SCHEME, BASIC_SCHEME]
"""Either of the two opens what a key opens."""
EXAMPLE: Final = {
    "metrics": ["deals_won", "win_rate"],
    "dimensions": ["owner"],
    "filter": ["source is not null"],
    "from": "2024-01-01",
    "to": "2024-03-31",
    "sort": [{"field": "deals_won", "descending": True}],
}

health = APIBlueprint("health", __name__, tag="Health")
v1 = APIBlueprint("v1", __name__, url_prefix="/v1", tag="Figures")
v1.before_request(sign_in)
v1.before_request(need_json)


Described = dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]
"""Answers of an endpoint by status, as the OpenAPI document has them."""


def problems(*statuses: int) -> Described:
    """Describe the failures of an endpoint for the OpenAPI document."""
    meanings = {
        400: "The body is no JSON.",
        403: "The key does not open the workspace.",
        401: "No API key, or one that is unknown or revoked.",
        404: "A metric, dimension or workspace does not exist.",
        413: "The body is too large.",
        415: "The body does not say it is JSON.",
        422: "The request cannot be answered as asked.",
        503: "Nothing is wrong with the request; it may work later.",
    }
    schema = ProblemBody.model_json_schema()
    return {status: {"description": meanings[status], "content": {TYPE: {"schema": schema}}} for status in statuses}


@health.get("/healthz")
@health.output(StatusBody)
def get_health() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@health.get("/readyz")
@health.output(StatusBody)
@health.doc(responses=problems(503))
def get_readiness() -> dict[str, str]:
    """The state database, the data directory and, once since the process began, the bucket can be used."""
    service().check_ready()
    return {"status": "ready"}


@health.get("/_ah/warmup")
@health.output(StatusBody)
@health.doc(hide=True)
def get_warm() -> dict[str, str]:
    """App Engine asks this before it sends requests to a new instance: load what the first one would wait for."""
    service().check_ready()
    service().metrics("", spoken())
    return {"status": "ready"}


@v1.post("/query")
@v1.input(QueryBody, arg_name="body", example=EXAMPLE)
@v1.output(AnswerBody)
@v1.doc(security=KEY_SCHEMES, responses=problems(400, 401, 403, 404, 413, 415, 422, 503))
def post_query(body: QueryBody) -> Response:
    """Ask for figures of a workspace that the key opens."""
    workspace = opened(body.workspace)
    days = range_text(body.date_range, body.first_day, body.last_day)
    question = body.to_query(_filter(body), days, spoken())
    return packed_json(service().table(workspace, TableRequest(question, "json")))


def packed_json(answer: PackedTable | PackedAnswer) -> Response:
    """Return a compressed JSON answer, unpacked for those who cannot do it."""
    if request.accept_encodings["gzip"]:
        headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(answer.gzip, content_type="application/json", headers=headers)
    return Response(answer.plain(), content_type="application/json", headers={"Vary": "Accept-Encoding"})


def _filter(body: QueryBody) -> Filter:
    if body.filter is None:
        return AllOf()
    return parse_filters(body.filter) if isinstance(body.filter, list) else body.filter.to_filter()


@v1.get("/metrics")
@v1.input(LanguageQuery, location="query", arg_name="asked")
@v1.output(MetricsBody)
@v1.doc(security=KEY_SCHEMES, responses=problems(401, 403, 422, 503))
def get_metrics(asked: LanguageQuery) -> dict[str, Any]:
    """List every metric that can be asked for."""
    entries = service().metrics(opened(asked.workspace), asked.language or spoken())
    return {"metrics": [asdict(entry) for entry in entries]}


@v1.get("/dimensions")
@v1.input(LanguageQuery, location="query", arg_name="asked")
@v1.output(DimensionsBody)
@v1.doc(security=KEY_SCHEMES, responses=problems(401, 403, 404, 422, 503))
def get_dimensions(asked: LanguageQuery) -> dict[str, Any]:
    """List every dimension that can be asked for, the workspace's own columns included."""
    entries = service().dimensions(opened(asked.workspace), asked.language or spoken())
    return {"dimensions": [asdict(entry) for entry in entries]}
