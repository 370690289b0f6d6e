"""The Flask application, built from a :class:`~connector.web.service.Service` and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from apiflask import APIFlask
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json

from connector.web.data import data, links
from connector.web.guard import EXTENSION, register_guard
from connector.web.looker import looker
from connector.web.odata import odata
from connector.web.pages import page_files
from connector.web.problems import register_problems
from connector.web.routes import BASIC_SCHEME, KEY_SCHEME, health, v1
from connector.web.service import Service

API_VERSION: Final = "1.0.0"
MAX_REQUEST_BYTES: Final = 1_000_000


class _StrictJson(DefaultJSONProvider):
    """Reads JSON as the standard has it: no NaN, no lone surrogates, no nesting that exhausts the stack."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        return from_json(s, allow_inf_nan=False)


def create_app(service: Service, pages: Path | None = None) -> APIFlask:
    """Return the WSGI application. Several may live in one process, each with its own service.

    ``pages`` is a folder whose files are shown to everyone under /demo/; without it there is no such address.
    """
    # The document is served; a page that shows it would load scripts from other hosts.
    app = APIFlask("connector.web", title="Puente", version=API_VERSION, docs_path=None)
    app.json = _StrictJson(app)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
        DESCRIPTION="Figures of a workspace, computed from its CRM data. A key opens one workspace, or several.",
        LICENSE={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        SECURITY_SCHEMES={
            KEY_SCHEME: {"type": "http", "scheme": "bearer", "description": "An API key: puente_ and 43 characters."},
            BASIC_SCHEME: {"type": "http", "scheme": "basic", "description": "Any user name, the API key as password."},
        },
    )
    app.spec_processor(_require_bodies)
    app.extensions[EXTENSION] = service
    register_guard(app)
    register_problems(app)
    app.register_blueprint(health)
    app.register_blueprint(v1)
    app.register_blueprint(data)
    app.register_blueprint(links)
    app.register_blueprint(looker)
    app.register_blueprint(odata)
    if pages is not None:
        app.register_blueprint(page_files(pages))
    return app


def _require_bodies(document: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """APIFlask leaves out that a body it validates must be there."""
    assert isinstance(document, dict), "the document is served as JSON"
    for path in document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    return document
