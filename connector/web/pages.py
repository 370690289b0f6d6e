"""Ready pages of a folder, shown as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from apiflask import APIBlueprint
from flask import Response, send_from_directory

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""Pages carry their style and pictures inside; nothing else may load or run."""


def page_files(folder: Path) -> APIBlueprint:
    """Return a blueprint that shows the files directly in ``folder`` under /demo/, its index.html first."""
    blueprint = APIBlueprint("pages", __name__, url_prefix="/demo", enable_openapi=False)

    @blueprint.get("/")
    def index() -> Response:
        return send_from_directory(folder.absolute(), "index.html")

    @blueprint.get("/<name>")
    def file(name: str) -> Response:
        return send_from_directory(folder.absolute(), name)

    @blueprint.after_request
    def allow_style(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    return blueprint
