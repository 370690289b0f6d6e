"""What Google says when it does not do what was asked."""

from __future__ import annotations

from typing import Any

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Refused(Exception):
    """A request that is refused: the HTTP status, Google's name for it, and Google's words."""

    def __init__(self, status: int, code: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, Any]:
        """Return the body of the answer, as the Sheets API words it."""
        error: dict[str, Any] = {"code": self.status, "message": self.message, "status": self.code}
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str) -> Refused:
    """A request that makes no sense: 400 INVALID_ARGUMENT. Within a batch the words are without
    ``Invalid requests[0].kind: ``, which is put before them there."""
    return Refused(400, STATUS_NAMES[400], message)


def not_found(message: str = "Requested entity was not found.") -> Refused:
    """A file, or a thing within it, that is not there."""
    return Refused(404, STATUS_NAMES[404], message)


def denied(message: str = "The caller does not have permission") -> Refused:
    """Something that this caller may not do."""
    return Refused(403, STATUS_NAMES[403], message)
