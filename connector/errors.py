"""Every error Puente raises on purpose, grouped by who acts next.

Each class has a stable ``code`` and an ``exit_code`` for the command line; each instance has a sentence
that a person can act on, the place it is about (file, line, column, setting, metric ...) and a remedy.
Messages never carry secrets; text from a vendor or a file is quoted and shortened by :func:`quote`.

Exit codes: 0 done; 1 a bug in Puente; 2 the user must change something, nothing was changed;
3 done, but rows were rejected; 4 nothing is wrong with the input, try again later.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


def quote(value: object, limit: int = 60) -> str:
    """Return untrusted text as a short quoted literal without control characters."""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return f"'{text[: limit - 1]}…'" if len(text) > limit else f"'{text}'"


class PuenteError(Exception):
    """Base of all errors. ``str()`` gives sentence, place and remedy in one line."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, sentence: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f" {self.remedy}" if self.remedy else ""
        return f"{where}{self.sentence}{then}"


# --- the user acts: change the input, the request or the settings -----------------------------------


class UserError(PuenteError):
    """Something the person who asked can put right. Nothing was changed."""

    code = "user_error"
    exit_code = 2
    http_status = 422


class SettingsError(UserError):
    """One or more settings are wrong; the sentence lists all of them."""

    code = "settings"


class UnknownName(UserError):
    """A workspace, metric, dimension, template, column or file that does not exist."""

    code = "unknown_name"
    http_status = 404


class QueryError(UserError):
    """A query that cannot be answered as asked: a wrong filter, date, formula or combination."""

    code = "query"


class NotApplicable(QueryError):
    """A metric lacks a dimension that the query splits or filters by; ``dimension`` names it."""

    code = "not_applicable"

    def __init__(self, sentence: str, *, dimension: str, place: str = "", remedy: str = "") -> None:
        super().__init__(sentence, place=place, remedy=remedy)
        self.dimension = dimension


class FilterNotApplied(QueryError):
    """A condition that cannot be put to the rows as asked; who can filter the answer himself may ask without it."""


class FormulaError(QueryError):
    """A formula that cannot be read or is not allowed; ``place`` points at the character."""

    code = "formula"


class MappingError(UserError):
    """A mapping that contradicts itself, the schema or the file; the sentence lists every mistake."""

    code = "mapping"


class FileError(UserError):
    """A file that cannot be used at all: missing, empty, of the wrong kind or hostile."""

    code = "file"


class TemplateError(UserError):
    """A report template that breaks the format; the sentence lists every mistake."""

    code = "template"


class NotBuilt(UserError):
    """A request that its standard allows and Puente does not answer."""

    code = "not_built"
    http_status = 501


class NotAcceptable(UserError):
    """None of the formats that a client takes is there."""

    code = "not_acceptable"
    http_status = 406


class DataChanged(UserError):
    """The rest of an answer that was begun before the data changed."""

    code = "data_changed"
    http_status = 410


class NotAllowed(UserError):
    """The caller has no right to do this."""

    code = "not_allowed"
    http_status = 403


class NotSignedIn(UserError):
    """No key, or one that is unknown or revoked."""

    code = "not_signed_in"
    http_status = 401


class ConnectionRefused(UserError):
    """A vendor does not let us in: the key or token is wrong, expired for good or revoked."""

    code = "connection_refused"


class MissingScope(UserError):
    """A vendor lets us in but not at this; the sentence names the scopes that are missing."""

    code = "missing_scope"

    def __init__(self, sentence: str, *, scopes: tuple[str, ...] = (), place: str = "", remedy: str = "") -> None:
        super().__init__(sentence, place=place, remedy=remedy)
        self.scopes = scopes


class NotInAccount(UserError):
    """The account or its edition does not have this kind of record."""

    code = "not_in_account"


# --- the data: this row or field is reported and the run goes on ------------------------------------


class RowsRejected(PuenteError):
    """The run is done and published; some rows could not be read and lie in the reject file."""

    code = "rows_rejected"
    exit_code = 3
    http_status = 200


# --- nobody yet: the same call can work later --------------------------------------------------------


class TryLater(PuenteError):
    """Nothing is wrong with the input; the same call may work later."""

    code = "try_later"
    exit_code = 4
    http_status = 503


class WorkspaceBusy(TryLater):
    """Another process is writing this workspace and did not finish in time."""

    code = "workspace_busy"


class StorageFull(TryLater):
    """The disk or quota is full; the last whole state is untouched."""

    code = "storage_full"


class VendorUnavailable(TryLater):
    """A vendor did not answer, or answered with what nobody can read, as often as we tried."""

    code = "vendor_unavailable"


class QuotaExhausted(TryLater):
    """A vendor's quota is used up; ``until`` is the aware moment it comes back, None when not told."""

    code = "quota_exhausted"

    def __init__(self, sentence: str, *, until: datetime | None = None, place: str = "", remedy: str = "") -> None:
        super().__init__(sentence, place=place, remedy=remedy)
        self.until = until


class CursorLost(TryLater):
    """A vendor no longer knows the place where we were in a list; the pass begins again."""

    code = "cursor_lost"


# --- us ----------------------------------------------------------------------------------------------


class Bug(PuenteError):
    """A state that the code believes impossible."""

    code = "bug"
