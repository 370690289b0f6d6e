"""Which method a request calls, checked against Google's description of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from connector.sandbox.google.grid import Json
from connector.sandbox.google.masks import Mask
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.schema import check_query, method_of, read, read_fields
from connector.sandbox.http.message import Request

NAME = r"(?P<book>[^/:]+)"
ROUTES = tuple(
    (verb, re.compile(rf"/v4/spreadsheets{path}"), method)
    for verb, path, method in (
        ("POST", "", "spreadsheets.create"),
        ("GET", f"/{NAME}", "spreadsheets.get"),
        ("POST", f"/{NAME}:getByDataFilter", "spreadsheets.getByDataFilter"),
        ("POST", f"/{NAME}:batchUpdate", "spreadsheets.batchUpdate"),
        ("GET", rf"/{NAME}/developerMetadata/(?P<metadata>\d+)", "spreadsheets.developerMetadata.get"),
        ("POST", f"/{NAME}/developerMetadata:search", "spreadsheets.developerMetadata.search"),
        ("POST", rf"/{NAME}/sheets/(?P<sheet>\d+):copyTo", "spreadsheets.sheets.copyTo"),
        ("GET", f"/{NAME}/values:batchGet", "spreadsheets.values.batchGet"),
        ("POST", f"/{NAME}/values:batchUpdate", "spreadsheets.values.batchUpdate"),
        ("POST", f"/{NAME}/values:batchClear", "spreadsheets.values.batchClear"),
        ("POST", f"/{NAME}/values:batchGetByDataFilter", "spreadsheets.values.batchGetByDataFilter"),
        ("POST", f"/{NAME}/values:batchUpdateByDataFilter", "spreadsheets.values.batchUpdateByDataFilter"),
        ("POST", f"/{NAME}/values:batchClearByDataFilter", "spreadsheets.values.batchClearByDataFilter"),
        ("POST", f"/{NAME}/values/(?P<range>.+):append", "spreadsheets.values.append"),
        ("POST", f"/{NAME}/values/(?P<range>.+):clear", "spreadsheets.values.clear"),
        ("PUT", f"/{NAME}/values/(?P<range>.+)", "spreadsheets.values.update"),
        ("GET", f"/{NAME}/values/(?P<range>.+)", "spreadsheets.values.get"),
    )
)
BODY_NAMES = {"ValueRange": "data", "Spreadsheet": "spreadsheet"}
"""What Google calls a body that is a part of its request."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the method's name, the parts of its path, the query, the body after Google's check."""

    method: str
    path: dict[str, str]
    request: Request
    body: Json
    mask: Mask
    user: str

    def query(self, name: str) -> str | None:
        """Return a query parameter; None where it is not there."""
        return self.request.first(name) or None


def read_call(request: Request, user: str) -> Call | None:
    """Return which call a request is, checked against Google's description; None for an unknown address."""
    path = request.target.partition("?")[0]
    for verb, pattern, method in ROUTES:
        match = pattern.fullmatch(path) if verb == request.method else None
        if match:
            description = method_of(method)
            check_query(request.query, method)
            body = _body(request, description)
            mask = read_fields(request.first("fields"), description["response"]["$ref"])
            parts = {name: unquote(part) for name, part in match.groupdict().items()}
            return Call(method, parts, request, body, mask, user)
    return None


def _body(request: Request, description: dict[str, Any]) -> Json:
    schema = description.get("request", {}).get("$ref")
    if schema is None:
        return {}
    if request.body and request.json is None and request.body.strip() != b"null":
        raise invalid("Invalid JSON payload received. Unexpected token.")
    return read(request.json or {}, schema, BODY_NAMES.get(schema, ""))
