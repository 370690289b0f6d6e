"""Ready pages of a folder, shown as they are."""

from __future__ import annotations

from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, send_from_directory


def page_files(folder: Path) -> APIBlueprint:
    """Return a blueprint that shows the files directly in ``folder`` under /demo/, its index.html first."""
    blueprint = APIBlueprint("pages", __name__, url_prefix="/demo", enable_openapi=False)

    @blueprint.get("/")
    def index() -> Response:
        return send_from_directory(folder.absolute(), "index.html")

    @blueprint.get("/<name>")
    def file(name: str) -> Response:
        return send_from_directory(folder.absolute(), name)

    return blueprint
