"""Every failure as one small JSON document: what happened, where, what to do, and the id to find it in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Final

from apiflask import APIFlask, HTTPError
from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from connector.errors import NotSignedIn, PuenteError, TryLater, quote
from connector.model.messages import told, told_error

TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5
TABLE_PATHS: Final = ("/odata", "/v1/data")
"""Addresses that programs for tables ask."""

_SENTENCES: Final[dict[int, tuple[str, str, str]]] = {
    400: ("bad_request", "The request cannot be read.", "Send one JSON object in UTF-8."),
    404: ("not_found", "There is no such address.", "The addresses are listed in /openapi.json."),
    405: ("method_not_allowed", "This address does not know the method.", "The header Allow names those it knows."),
    413: ("too_large", "The request is too large.", "Ask for less at once."),
    415: ("not_json", "The request is not JSON.", "Send the header Content-Type: application/json."),
    422: ("invalid_request", "The request does not have the right form.", "The form is described in /openapi.json."),
}
"""Code, sentence and remedy of the failures that never reach our own code."""

_log = logging.getLogger(__name__)


def problem(status: int, error: PuenteError, code: str = "", mistakes: Sequence[str] = ()) -> Response:
    """Return a failure as an answer in the caller's language; ``code`` stands in for the one of the error's class.

    ``mistakes`` follow the sentence and are in the caller's language already.
    """
    sentence, place, remedy = told_error(error)
    sentence = " ".join(filter(None, (sentence, " | ".join(mistakes))))
    body = {
        "code": code or error.code,
        "sentence": sentence,
        "place": place,
        "remedy": remedy,
        "request_id": g.get("request_id", ""),
    }
    return Response(json.dumps(body), status, content_type=TYPE)


def register_problems(app: APIFlask) -> None:
    """Answer every error of the application, expected or not, with a problem document."""
    app.error_processor(_refused)
    app.register_error_handler(HTTPException, _http_failure)
    app.register_error_handler(PuenteError, _failure)
    app.register_error_handler(Exception, _broken)


def _failure(error: PuenteError) -> Response:
    if error.http_status >= 500 and not isinstance(error, TryLater):
        return _broken(error)
    answer = problem(error.http_status, error)
    if isinstance(error, NotSignedIn):
        for challenge in _challenges():
            answer.headers.add("WWW-Authenticate", challenge)
    if isinstance(error, TryLater):
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        _log.warning("The request has to be repeated later.", extra={"facts": {"reason": str(error)}})
    return answer


def _challenges() -> list[str]:
    """Return how one may sign in here. Excel and Power BI, which read tables, look at the first one only."""
    given = ', error="invalid_token"' if "Authorization" in request.headers else ""
    ways = [f'Bearer realm="puente"{given}', 'Basic realm="puente", charset="UTF-8"']
    return ways[::-1] if request.path.startswith(TABLE_PATHS) else ways


def _broken(error: Exception) -> Response:
    """A bug: the log gets everything, the caller only the id to ask about."""
    _log.error("The request failed.", exc_info=error)
    sentence = PuenteError("Something inside Puente broke.", remedy="Give the request id to whoever runs this service.")
    return problem(500, sentence, "bug")


def _refused(error: HTTPError) -> Response:
    """A body or parameter of the wrong form: the sentence lists every mistake with its place."""
    places: dict[str, list[str]] = next(iter(error.detail.values()), {}) if isinstance(error.detail, dict) else {}
    mistakes = [f"{quote(place)}: {'; '.join(map(told, texts))}" for place, texts in places.items()]
    if not mistakes:
        return _http_failure(error)
    code, sentence, remedy = _SENTENCES[422]
    return problem(422, PuenteError(sentence, place="request", remedy=remedy), code, mistakes[:20])


def _http_failure(error: HTTPException | HTTPError) -> Response:
    status = getattr(error, "status_code", None) or getattr(error, "code", None) or 500
    fallback = (f"http_{status}", "The request cannot be answered.", "")
    code, sentence, remedy = _SENTENCES.get(status, fallback)
    answer = problem(status, PuenteError(sentence, place=quote(request.path), remedy=remedy), code)
    if isinstance(error, HTTPException):
        # Allow of a 405, for one, belongs to the answer.
        kept = [(name, value) for name, value in error.get_headers() if name.lower() not in _OWN_HEADERS]
        answer.headers.extend(kept)
    return answer


_OWN_HEADERS: Final = frozenset({"content-type", "content-length"})
