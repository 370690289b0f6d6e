"""What happens around every request: an id for the log, the key, the kind of body, safe headers, one log line."""

from __future__ import annotations

import logging
import secrets
import time
import unicodedata
from typing import Final, cast

from apiflask import APIFlask
from flask import Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from connector.actions.keys import KEY_PREFIX
from connector.errors import NotAllowed, NotSignedIn, QueryError, quote
from connector.log import redact, run_id
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


def opened(name: str = "", remedy: str = "Sign in with a key of that workspace.") -> str:
    """Return the workspace that is asked for, or without a name the one that the key opens.

    Raises QueryError without a name where the key opens several, and NotAllowed in the same words for a workspace that
    does not exist and for one of somebody else.
    """
    mine = caller().workspaces
    asked = " ".join(unicodedata.normalize("NFC", name).split())
    if asked in mine:
        g.workspace = asked
        return asked
    if name:
        raise NotAllowed(f"The key does not open the workspace {quote(name)}.", place="workspace", remedy=remedy)
    if len(mine) > 1:
        raise QueryError(
            "The key opens several workspaces.",
            place="workspace",
            remedy=f"Name one of them: {', '.join(map(quote, mine))}.",
        )
    g.workspace = mine[0]
    return mine[0]


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
    """Find out who asks: ``Authorization: Bearer KEY``, or ``Basic`` with the key as password. Raises NotSignedIn."""
    key = _given_key()
    found = service().sign_in(key) if key else None
    if found is None:
        raise NotSignedIn(
            "The request carries no valid API key.", place="header Authorization", remedy=_sign_in_remedy()
        )
    g.caller = found


def _given_key() -> str:
    given = request.authorization
    if given is None:
        return ""
    # Excel and Power BI ask for a name and a password; who types what as the name is all the same.
    return (given.token if given.type == "bearer" else given.password if given.type == "basic" else "") or ""


def _sign_in_remedy() -> str:
    if any(value.startswith(KEY_PREFIX) for value in request.args.values()):
        return (
            "A key never stands in an address: make a link to the one question, with: python -m connector links create."
        )
    # Who looks at a chart or a table cannot make keys, and sends no headers.
    if request.path.startswith("/v1/looker"):
        return "The owner of the data source must connect it again with a valid API key."
    if request.path.startswith("/odata"):
        return "Sign in again with any user name and a valid API key as the password."
    return "Send Authorization: Bearer KEY; make a key with: python -m connector keys create."


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
    _log.info("Request answered.", extra={"facts": _facts(answer)})
    return answer


def _facts(answer: Response) -> dict[str, object]:
    asked: Caller | None = g.get("caller")
    only = asked.workspaces[0] if asked and len(asked.workspaces) == 1 else ""
    workspace = g.get("workspace", only)
    return {
        "method": quote(request.method, 12),
        "path": quote(_logged_path()),
        "status": answer.status_code,
        "milliseconds": round((time.perf_counter() - g.began) * 1000),
        "workspace": quote(workspace) if workspace else "",
        "key": asked.key_id if asked else g.get("link_id", ""),
    }


def _logged_path() -> str:
    """Return the path of the request without a token: whoever reads the log must not be able to use a link."""
    if request.url_rule is not None and "token" in (request.view_args or {}):
        return request.url_rule.rule
    return redact(request.path)


def _end(error: BaseException | None) -> None:  # noqa: ARG001 -- Flask passes it
    # The thread goes on to other requests.
    run_id.set("")
