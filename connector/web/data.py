"""Figures by GET, as CSV or JSON: for notebooks, Excel and scripts with a key, and for IMPORTDATA by a link."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from apiflask import APIBlueprint
from flask import Response, g, request

from connector.actions.direct import Form, PackedTable, TableRequest
from connector.errors import UnknownName
from connector.model.messages import spoken
from connector.web.bodies import AnswerBody
from connector.web.data_bodies import DataQuery
from connector.web.guard import opened, service, sign_in
from connector.web.routes import KEY_SCHEMES, Described, problems

TYPES: Final[dict[Form, str]] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
UNCHANGED: Final[Described] = {304: {"description": "The figures are those of the ETag that was sent."}}
AS_CSV: Final[Described] = {
    **UNCHANGED,
    200: {"description": "The figures.", "content": {"text/csv": {"schema": {"type": "string"}}}},
}
LONGEST_NAME: Final = 80
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")

data = APIBlueprint("data", __name__, url_prefix="/v1", tag="Tables")
links = APIBlueprint("links", __name__, url_prefix="/v1/links", tag="Tables")
data.before_request(sign_in)


@data.get("/data")
@data.input(DataQuery, location="query", arg_name="asked")
@data.output(AnswerBody)
@data.doc(security=KEY_SCHEMES, responses=AS_CSV | problems(401, 403, 404, 422, 503))
def get_data(asked: DataQuery) -> Response:
    """Ask for figures of a workspace that the key opens, as CSV or JSON."""
    workspace = opened(asked.workspace)
    table = asked.to_request(spoken())
    return _answer(table, service().table(workspace, table))


@links.get("/<token>.csv")
@links.doc(responses=AS_CSV | problems(404, 422, 503))
def get_link_csv(token: str) -> Response:
    """Answer the one question of a link as CSV. It needs no key: whoever knows the address may read the answer."""
    return _linked(token, "csv")


@links.get("/<token>.json")
@links.output(AnswerBody)
@links.doc(responses=UNCHANGED | problems(404, 422, 503))
def get_link_json(token: str) -> Response:
    """Answer the one question of a link as JSON."""
    return _linked(token, "json")


def _linked(token: str, form: Form) -> Response:
    found = service().open_link(token)
    if found is None:
        raise UnknownName(
            "There is no such link, or it was revoked.", place="link", remedy="Make one with: links create."
        )
    g.link_id, g.workspace = found.link_id, found.workspace
    table = replace(found.table, form=form)
    return _answer(table, service().table(found.workspace, table))


def _answer(asked: TableRequest, found: PackedTable) -> Response:
    packed = bool(request.accept_encodings["gzip"])
    answer = Response(found.gzip if packed else found.plain(), content_type=TYPES[asked.form])
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.vary.update(("Accept-Encoding", "Authorization"))
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file_name(asked)}"'
    answer.headers["Content-Language"] = asked.question.language
    # Weak, because the compressed and the plain answer are the same figures.
    answer.set_etag(found.tag, weak=True)
    answer.make_conditional(request)
    return answer


def _file_name(asked: TableRequest) -> str:
    """Return what the answer is called when a browser keeps it: ids only, nothing that a customer wrote."""
    question = asked.question
    names = [name.partition("=")[0] for name in question.metrics]
    text = "_".join(names) + ("_by_" + "_".join(question.dimensions) if question.dimensions else "")
    return f"{_UNFIT.sub('_', text)[:LONGEST_NAME].strip('_') or 'figures'}.{asked.form}"
