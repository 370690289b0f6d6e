"""What the writer asks of Google: few calls, each of them one HTTP request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Body = dict[str, Any]


class SheetsApi(Protocol):
    """The Sheets calls. Every one raises the errors of :mod:`connector.errors`:

    NotInAccount for a spreadsheet that is not there (404), NotAllowed for one that may not be read or written (403),
    ConnectionRefused for a sign-in that Google does not accept, QuotaExhausted, UserError with Google's words for
    another refusal (400), and VendorUnavailable when there was no answer. After a write VendorUnavailable means that
    nobody knows whether it was done: a write is never repeated by these calls themselves.
    """

    def create(self, body: Body, *, fields: str) -> Body:
        """``spreadsheets.create``: return the spreadsheet, as much as ``fields`` names."""
        ...

    def get(self, spreadsheet: str, *, fields: str, ranges: Sequence[str] = ()) -> Body:
        """``spreadsheets.get``."""
        ...

    def find(self, spreadsheet: str, filters: Sequence[Mapping[str, Any]], *, fields: str) -> Body:
        """``spreadsheets.getByDataFilter``: what of the spreadsheet the filters meet."""
        ...

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        """``spreadsheets.batchUpdate``: all of the requests or none."""
        ...

    def write_values(self, spreadsheet: str, data: Sequence[Mapping[str, Any]]) -> Body:
        """``spreadsheets.values.batchUpdate`` with RAW: ranges by A1 text, null leaves a cell alone."""
        ...


class DriveApi(Protocol):
    """The Drive calls; errors as in :class:`SheetsApi`."""

    def describe(self, file: str) -> Body:
        """``files.get``: id, name, trashed, webViewLink, capabilities, appProperties."""
        ...

    def copy(self, file: str, name: str, key: str) -> Body:
        """``files.copy`` with ``key`` in appProperties, by which a copy that was made already is found again."""
        ...

    def find(self, key: str) -> Sequence[Body]:
        """``files.list`` of the files, not in the bin, that were made under this key."""
        ...

    def share(self, file: str, address: str, role: str) -> Body:
        """``permissions.create`` for one person; no e-mail is sent."""
        ...

    def export(self, file: str, media_type: str) -> bytes:
        """``files.export``, bounded."""
        ...
