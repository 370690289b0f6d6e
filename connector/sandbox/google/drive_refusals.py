"""What the Drive API says when it does not do what was asked: its errors carry a domain and a reason."""

from __future__ import annotations

from typing import Any

from connector.sandbox.http.message import Answer

NO_STORAGE = (
    "Service Accounts do not have storage quota. Leverage shared drives "
    "(https://developers.google.com/workspace/drive/api/guides/about-shareddrives), or use OAuth delegation "
    "(http://support.google.com/a/answer/7281227) instead."
)


class DriveRefused(Exception):
    """A request that is refused: status, reason, words, and where in the request the cause is."""

    def __init__(self, status: int, reason: str, message: str, location: str = "", domain: str = "global") -> None:
        super().__init__(message)
        self.status, self.reason, self.message, self.location, self.domain = status, reason, message, location, domain

    def answer(self) -> Answer:
        """Return the refusal as Drive words it."""
        error: dict[str, Any] = {"message": self.message, "domain": self.domain, "reason": self.reason}
        if self.location:
            error |= {"location": self.location, "locationType": "header" if self.status == 401 else "parameter"}
        body: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [error]}
        if self.status == 401:
            body["status"] = "UNAUTHENTICATED"
        return Answer(self.status, {"error": body}, {"Content-Type": "application/json; charset=UTF-8"})


def file_not_found(file: str) -> DriveRefused:
    return DriveRefused(404, "notFound", f"File not found: {file}.", "fileId")


def permission_not_found(number: str) -> DriveRefused:
    return DriveRefused(404, "notFound", f"Permission not found: {number}.", "permissionId")


def not_enough() -> DriveRefused:
    """The person may see the file, but not do this with it."""
    words = "The user does not have sufficient permissions for this file."
    return DriveRefused(403, "insufficientFilePermissions", words)


def no_storage() -> DriveRefused:
    return DriveRefused(403, "storageQuotaExceeded", NO_STORAGE, domain="usageLimits")


def rate_limited() -> DriveRefused:
    return DriveRefused(403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits")


def invalid_value(location: str, message: str = "Invalid Value") -> DriveRefused:
    return DriveRefused(400, "invalid", message, location)


def no_credentials() -> DriveRefused:
    return DriveRefused(401, "authError", "Invalid Credentials", "Authorization")


def no_scope() -> DriveRefused:
    return DriveRefused(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
