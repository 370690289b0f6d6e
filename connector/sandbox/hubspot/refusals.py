"""What HubSpot says when it does not answer: shapes as recorded, wordings of its pages where none was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any
from uuid import UUID

from connector.sandbox.http.message import Answer

_numbers = count(1)


def correlation() -> str:
    """Return the next correlation id, a UUID."""
    return str(UUID(int=next(_numbers) + (0x4F2A << 112), version=4))


def refusal(status: int, message: str, category: str = "VALIDATION_ERROR", **more: Any) -> Answer:
    """Return the ordinary error body. ``more`` holds context, errors, subCategory."""
    body = {"status": "error", "message": message, "correlationId": correlation(), **more}
    if category:
        body["category"] = category
    return Answer(status, body)


def unknown_type(name: str) -> Answer:
    """As recorded: the only refusal without a category."""
    return refusal(400, f"Unable to infer object type from: {name}", category="")


def not_found(message: str = "resource not found") -> Answer:
    return refusal(404, message, "OBJECT_NOT_FOUND")


def no_such_path() -> Answer:
    return refusal(404, "resource not found", "OBJECT_NOT_FOUND")


def bad_request(message: str, **context: list[str]) -> Answer:
    return refusal(400, message, context=context) if context else refusal(400, message)


def missing_scopes(scopes: Iterable[str]) -> Answer:
    context = {"requiredGranularScopes": sorted(scopes), "links": ["https://developers.hubspot.com/scopes"]}
    return refusal(403, "One or more of the following scopes are required.", "MISSING_SCOPES", context=context)


def unknown_token() -> Answer:
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return refusal(401, message, "INVALID_AUTHENTICATION")


def expired_token(expired_at: str) -> Answer:
    message = "The OAuth token used to make this call expired 4 minute(s) ago."
    return refusal(401, message, "EXPIRED_AUTHENTICATION", context={"expire time": [expired_at]})


def too_many(policy: str, retry_after_seconds: float | None = None) -> Answer:
    """As the documentation prints it; ``policyName`` tells which limit was hit."""
    messages = {
        "DAILY": "You have reached your daily limit.",
        "SECONDLY": "You have reached your secondly limit.",
        "TEN_SECONDLY_ROLLING": "You have reached your ten_secondly_rolling limit.",
    }
    body = {
        "status": "error",
        "message": messages[policy],
        "errorType": "RATE_LIMIT",
        "correlationId": correlation(),
        "policyName": policy,
        "requestId": correlation(),
    }
    headers = {} if retry_after_seconds is None else {"Retry-After": f"{retry_after_seconds:g}"}
    return Answer(429, body, headers)


def broken() -> Answer:
    return Answer(500, {"status": "error", "message": "internal error", "correlationId": correlation()})


def bad_gateway() -> Answer:
    """A page of the front server, as Airbyte and others saw it."""
    page = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>"
    return Answer(502, raw=page, headers={"Content-Type": "text/html"})


def too_long() -> Answer:
    page = b"<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n<body></body>\r\n</html>"
    return Answer(414, raw=page, headers={"Content-Type": "text/html"})


def missing_entry(message: str, category: str = "OBJECT_NOT_FOUND", **context: list[str]) -> dict[str, Any]:
    """Return one entry of ``errors`` in a 207."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": context,
        "errors": [],
        "links": {},
    }
