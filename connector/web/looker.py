"""The endpoints behind the Looker Studio connector script."""

from __future__ import annotations

from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response

from connector.actions.looker_config import configured, language_of
from connector.web.guard import caller, need_json, opened, service, sign_in
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
from connector.web.routes import KEY_SCHEMES, packed_json, problems

SIGN_IN_AGAIN: Final = "Sign in with a key of that workspace: remove the connector's credentials and connect again."

looker = APIBlueprint("looker", __name__, url_prefix="/v1/looker", tag="Looker Studio")
looker.before_request(sign_in)
looker.before_request(need_json)


@looker.get("/auth")
@looker.output(SignedIn)
@looker.doc(security=KEY_SCHEMES, responses=problems(401, 503))
def get_auth() -> dict[str, Any]:
    """Say whether the key is good, and which workspaces it opens."""
    mine = caller().workspaces
    return {"valid": True, "workspaces": list(mine), "workspace": mine[0]}


@looker.post("/config")
@looker.input(ConfigBody, arg_name="body")
@looker.output(ConfigAnswer)
@looker.doc(security=KEY_SCHEMES, responses=problems(400, 401, 404, 413, 415, 422, 503))
def post_config(body: ConfigBody) -> dict[str, Any]:
    """Answer getConfig: the questions to ask next."""
    mine, answers = caller().workspaces, answers_of(body.configParams)
    if answers.get("workspace", "") not in mine:
        # Of a source that was made with another key: the person has to choose again, so this is no failure.
        answers.pop("workspace", None)
    return service().looker_config(mine, language_of(body.languageCode), answers)


@looker.post("/schema")
@looker.input(SchemaBody, arg_name="body")
@looker.output(SchemaAnswer)
@looker.doc(security=KEY_SCHEMES, responses=problems(400, 401, 403, 404, 413, 415, 422, 503))
def post_schema(body: SchemaBody) -> dict[str, Any]:
    """Answer getSchema: every field of the configured source."""
    answers = answers_of(body.configParams)
    workspace = opened(answers.get("workspace", ""), SIGN_IN_AGAIN)
    return {"schema": service().looker_schema(workspace, configured(answers))}


@looker.post("/data")
@looker.input(DataBody, arg_name="body")
@looker.output(DataAnswer)
@looker.doc(security=KEY_SCHEMES, responses=problems(400, 401, 403, 404, 413, 415, 422, 503))
def post_data(body: DataBody) -> Response:
    """Answer getData: the rows of one chart."""
    answers = answers_of(body.configParams)
    workspace = opened(answers.get("workspace", ""), SIGN_IN_AGAIN)
    return packed_json(service().looker_data(workspace, body.to_request(configured(answers))))
