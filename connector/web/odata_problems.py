"""Failures in the shape OData gives them: ``{"error": {"code", "message", "target", "innererror"}}``."""

from __future__ import annotations

import json
import logging
from typing import Final

from apiflask import APIBlueprint
from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from connector.errors import NotSignedIn, PuenteError, TryLater, quote
from connector.model.messages import told_error
from connector.web.problems import RETRY_AFTER_SECONDS

_log = logging.getLogger(__name__)
_CHALLENGES: Final = ('Basic realm="puente", charset="UTF-8"', 'Bearer realm="puente"')
"""Excel and Power BI ask for a name and a password when they see the first."""


def register_odata_problems(blueprint: APIBlueprint) -> None:
    """Answer every failure of the feed in OData's shape."""
    blueprint.register_error_handler(PuenteError, _failure)
    blueprint.register_error_handler(HTTPException, _http_failure)
    blueprint.register_error_handler(Exception, _broken)


def _failure(error: PuenteError) -> Response:
    status = 400 if error.http_status == 422 else error.http_status
    if status >= 500 and status != 501 and not isinstance(error, TryLater):
        return _broken(error)
    answer = _sent(status, error, error.code)
    if isinstance(error, NotSignedIn):
        for challenge in _CHALLENGES:
            answer.headers.add("WWW-Authenticate", challenge)
    if isinstance(error, TryLater):
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        _log.warning("The request has to be repeated later.", extra={"facts": {"reason": str(error)}})
    return answer


def _http_failure(error: HTTPException) -> Response:
    status = error.code or 500
    sentence = PuenteError("The request cannot be answered.", place=quote(request.path))
    return _sent(status, sentence, f"http_{status}")


def _broken(error: Exception) -> Response:
    """A bug: the log gets everything, the caller only the id to ask about."""
    _log.error("The request failed.", exc_info=error)
    sentence = PuenteError("Something inside Puente broke.", remedy="Give the request id to whoever runs this service.")
    return _sent(500, sentence, "bug")


def _sent(status: int, error: PuenteError, code: str) -> Response:
    sentence, place, remedy = told_error(error)
    message = f"{sentence} {remedy}".strip()
    found: dict[str, object] = {"code": code, "message": message}
    found |= {"target": place} if place else {}
    found["innererror"] = {"request_id": g.get("request_id", "")}
    kind = "application/json;charset=utf-8"
    return Response(json.dumps({"error": found}), status, content_type=kind, headers={"OData-Version": "4.0"})
