"""What happens around every request: an id for the log, the key, the kind of body, safe headers, one log line."""

from __future__ import annotations

import logging
import secrets
import time
from typing import Final, cast

from apiflask import APIFlask
from flask import Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from connector.errors import NotSignedIn, quote
from connector.log import run_id
from connector.model.messages import speak, spoken
from connector.model.query import LANGUAGES
from connector.web.service import Caller, Service

EXTENSION: Final = "puente"
SAFE_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_log = logging.getLogger("connector.web")


def service() -> Service:
    """Return what ``app.py`` handed to the application of the current request."""
    return cast("Service", current_app.extensions[EXTENSION])


def caller() -> Caller:
    """Return who asks. Only inside requests that passed :func:`sign_in`."""
    return cast("Caller", g.caller)


def register_guard(app: APIFlask) -> None:
    """Put the guard around every request of the application."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.began = time.perf_counter()
    run_id.set(g.request_id)
    asked = request.accept_languages.best_match(LANGUAGES)
    speak(next((known for known in LANGUAGES if known == asked), service().language))


def sign_in() -> None:
    """Find out who asks, by the header ``Authorization: Bearer puente_...``. Raises NotSignedIn."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = service().sign_in(key.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise NotSignedIn(
            "The request carries no valid API key.",
            place="header Authorization",
            remedy="Send Authorization: Bearer KEY; make a key with: python -m connector keys create.",
        )
    g.caller = found


def need_json() -> None:
    """Refuse a body that does not say it is JSON or is too large. Raises the HTTP errors 415 and 413."""
    if request.method != "POST":
        return
    if not request.is_json:
        raise UnsupportedMediaType
    # Werkzeug cuts a body of unsaid length at the limit without a word; one that fills it was longer.
    if len(request.get_data()) == request.max_content_length:
        raise RequestEntityTooLarge


def _finish(answer: Response) -> Response:
    for name, value in SAFE_HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    answer.headers["X-Request-Id"] = g.request_id
    answer.headers.setdefault("Content-Language", spoken())
    answer.vary.add("Accept-Language")
    asked = g.get("caller")
    facts = {
        "method": quote(request.method, 12),
        "path": quote(request.path),
        "status": answer.status_code,
        "milliseconds": round((time.perf_counter() - g.began) * 1000),
        "workspace": quote(asked.workspace) if asked else "",
        "key": asked.key_id if asked else "",
    }
    _log.info("Request answered.", extra={"facts": facts})
    return answer


def _end(error: BaseException | None) -> None:  # noqa: ARG001 -- Flask passes it
    # The thread goes on to other requests.
    run_id.set("")
