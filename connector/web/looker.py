"""The endpoints behind the Looker Studio connector script."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response, request

from connector.actions.looker_config import configured, language_of
from connector.web.guard import caller, need_json, service, sign_in
from connector.web.looker_bodies import (
    ConfigAnswer,
    ConfigBody,
    DataAnswer,
    DataBody,
    SchemaAnswer,
    SchemaBody,
    SignedIn,
    answers_of,
)
from connector.web.routes import KEY_SCHEME, problems

JSON: Final = "application/json"

looker = APIBlueprint("looker", __name__, url_prefix="/v1/looker", tag="Looker Studio")
looker.before_request(sign_in)
looker.before_request(need_json)


@looker.get("/auth")
@looker.output(SignedIn)
@looker.doc(security=KEY_SCHEME, responses=problems(401, 503))
def get_auth() -> dict[str, Any]:
    """Say whether the key is good, and which workspace it opens."""
    return {"valid": True, "workspace": caller().workspace}


@looker.post("/config")
@looker.input(ConfigBody, arg_name="body")
@looker.output(ConfigAnswer)
@looker.doc(security=KEY_SCHEME, responses=problems(400, 401, 404, 413, 415, 422, 503))
def post_config(body: ConfigBody) -> dict[str, Any]:
    """Answer getConfig: the questions to ask next."""
    language = language_of(body.languageCode)
    return service().looker_config(caller().workspace, language, answers_of(body.configParams))


@looker.post("/schema")
@looker.input(SchemaBody, arg_name="body")
@looker.output(SchemaAnswer)
@looker.doc(security=KEY_SCHEME, responses=problems(400, 401, 403, 404, 413, 415, 422, 503))
def post_schema(body: SchemaBody) -> dict[str, Any]:
    """Answer getSchema: every field of the configured source."""
    source = configured(answers_of(body.configParams), caller().workspace)
    return {"schema": service().looker_schema(caller().workspace, source)}


@looker.post("/data")
@looker.input(DataBody, arg_name="body")
@looker.output(DataAnswer)
@looker.doc(security=KEY_SCHEME, responses=problems(400, 401, 403, 404, 413, 415, 422, 503))
def post_data(body: DataBody) -> Response:
    """Answer getData: the rows of one chart."""
    source = configured(answers_of(body.configParams), caller().workspace)
    answer = service().looker_data(caller().workspace, body.to_request(source))
    if request.accept_encodings["gzip"]:
        return Response(answer.gzip, content_type=JSON, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
    return Response(answer.plain(), content_type=JSON, headers={"Vary": "Accept-Encoding"})
