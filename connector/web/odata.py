"""The OData v4 feed: service document, description, rows, counts.

https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part1-protocol.html
"""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from connector.web.guard import sign_in
from connector.web.odata_bodies import ErrorBody, FeedQuery, RowsBody, ServiceBody
from connector.web.odata_problems import register_odata_problems
from connector.web.routes import KEY_SCHEMES

_ERROR = {"application/json": {"schema": ErrorBody.model_json_schema()}}

odata = APIBlueprint("odata", __name__, url_prefix="/odata", tag="OData")
odata.before_request(sign_in)
register_odata_problems(odata)


def _described(kind: str, schema: dict[str, Any], *more: int) -> dict[int | str, Any]:
    """Describe the answers of an address for the OpenAPI document."""
    meanings = {
        400: "The address or its options cannot be understood.",
        401: "No API key, or one that is unknown or revoked.",
        403: "The key does not open the workspace.",
        404: "There is no such entity set.",
        406: "None of the wanted formats is there.",
        410: "The data changed since the first page.",
        501: "OData allows this and the feed does not do it.",
        503: "Nothing is wrong with the request; it may work later.",
    }
    answers: dict[int | str, Any] = {200: {"description": "The answer.", "content": {kind: {"schema": schema}}}}
    for status in (400, 401, 403, 406, 501, 503, *more):
        answers[status] = {"description": meanings[status], "content": _ERROR}
    return answers


@odata.get("/<workspace>/", strict_slashes=False)
@odata.input(FeedQuery, location="query", arg_name="_query")
@odata.doc(security=KEY_SCHEMES, responses=_described("application/json", ServiceBody.model_json_schema()))
def get_service(**_address: Any) -> Response:
    """List the entity sets: one for each report type."""
    return _answer()


@odata.get("/<workspace>/$metadata")
@odata.input(FeedQuery, location="query", arg_name="_query")
@odata.doc(security=KEY_SCHEMES, responses=_described("application/xml", {"type": "string"}))
def get_metadata(**_address: Any) -> Response:
    """Describe every property of every entity set (CSDL; as JSON by `$format=json`)."""
    return _answer()


@odata.get("/<workspace>/<entity_set>")
@odata.input(FeedQuery, location="query", arg_name="_query")
@odata.doc(security=KEY_SCHEMES, responses=_described("application/json", RowsBody.model_json_schema(), 404, 410))
def get_rows(**_address: Any) -> Response:
    """Answer with rows: grouped by the selected dimensions, with the selected figures."""
    return _answer()


@odata.get("/<workspace>/<entity_set>/$count")
@odata.input(FeedQuery, location="query", arg_name="_query")
@odata.doc(security=KEY_SCHEMES, responses=_described("text/plain", {"type": "string"}, 404))
def get_count(**_address: Any) -> Response:
    """Count the rows that an entity set would answer with."""
    return _answer()


@odata.post("/<workspace>/$batch")
@odata.doc(hide=True)
def post_batch(**_address: Any) -> Response:
    """Refuse a batch in words, since clients try it."""
    return _answer()


@odata.get("/<path:rest>")
@odata.doc(hide=True)
def other(**_address: Any) -> Response:
    """Everything else below the prefix; also names of workspaces with a slash in them."""
    return _answer()


def _answer() -> Response:
    from connector.web.odata_answers import answer  # noqa: PLC0415 -- a new process is ready sooner without it

    return answer()
