"""What Google's refusals mean: which are waited for, and who has to act on the others.

Sources: the limits pages of Sheets and Drive, Drive's page of error reasons, recorded answers (sheets.md 1.2, 2.1, 2.8
and 5.2). Sheets says ``error.status`` and ``error.message``; Drive says ``error.errors[0].reason`` as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connector.errors import MissingScope, NotAllowed, NotInAccount, PuenteError, UserError, quote
from connector.http.answer import Response, body_facts
from connector.http.retry import RULES, Backoff, Policy, Rule

REASON: Final = "error.errors.reason"
CODED_REASON: Final = "error.details.reason"
TOO_FAST: Final = ("rateLimitExceeded", "userRateLimitExceeded", "backendError")
TOO_MUCH_TODAY: Final = ("dailyLimitExceeded", "quotaExceeded", "sharingRateLimitExceeded")
"""Reasons of a 403 that are about quotas (``usageLimits``); every other 403 means that somebody has to act."""

GOOGLE_RULES: Final = (
    Rule("wait", (403,), facts={REASON: TOO_FAST}),
    Rule("quota", (403,), facts={REASON: TOO_MUCH_TODAY}),
    Rule("fail", (400, 403, 404, 409, 410, 412, 413)),
    *RULES,
)
PATIENCE: Final = Backoff(tries=8, total_seconds=300.0, base_seconds=1.0, cap_seconds=64.0)
"""Quotas are refilled every minute; the cap is the one that Google's page on back-off names."""

SOMEBODY: Final = "the account that Puente uses"
"""Who signs in, where his address is not known."""
PACIFIC: Final = "America/Los_Angeles"
"""Quotas of a day begin anew at midnight there."""


def _midnight(_response: Response, now: datetime) -> datetime:
    local = now.astimezone(ZoneInfo(PACIFIC))
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo).astimezone(UTC)


POLICY: Final = Policy(
    vendor="Google",
    rules=GOOGLE_RULES,
    backoff=PATIENCE,
    quota_returns=_midnight,
    reconnect="Connect Google again: connect google --workspace NAME.",
)


class RangeProtected(NotAllowed):
    """Somebody else has protected cells that have to be written. ``me`` is who may not, as sentences call him."""

    me: str = SOMEBODY


def _protected(me: str, place: str) -> PuenteError:
    error = RangeProtected(
        f"A range that Puente has to write is protected, and {me} is not among those who may edit it.",
        place=place,
        remedy=f"Whoever protected it can add {me} as an editor of the range, or let the protection only warn.",
    )
    error.me = me
    return error


def _too_many_cells(_me: str, place: str) -> PuenteError:
    return UserError(
        "The spreadsheet would have more than 10,000,000 cells, which is the most that Google allows.",
        place=place,
        remedy="Delete tabs, or empty rows and columns, or give the report a filter or a shorter range.",
    )


def _workbook(_me: str, place: str) -> PuenteError:
    return UserError(
        "This file is an Excel workbook that lies in Google Drive, not a Google spreadsheet.",
        place=place,
        remedy="Open it, choose File, Save as Google Sheets, and use the address of the new file.",
    )


def _no_room(me: str, place: str) -> PuenteError:
    return NotAllowed(
        f"{me} has no room in Google Drive for a new file; a service account never has any.",
        place=place,
        remedy=f"Make an empty spreadsheet, share it with {me} as an editor and name it with --into. Or connect as a"
        " person with --oauth.",
    )


def _no_scope(me: str, place: str) -> PuenteError:
    return MissingScope(
        f"The sign-in of {me} does not include the right to do this.",
        place=place,
        remedy="Connect Google again and allow everything that it asks for: connect google --workspace NAME.",
    )


def _switched_off(me: str, place: str) -> PuenteError:
    return NotAllowed(
        f"The Google Cloud project of {me} has not switched on the Google Sheets API or the Google Drive API.",
        place=place,
        remedy="Whoever manages the project can do so: console.cloud.google.com, APIs & Services, Library.",
    )


def _not_shared(me: str, place: str) -> PuenteError:
    return NotAllowed(
        f"Google does not let {me} share this file.",
        place=place,
        remedy="Whoever owns the file can share it, or whoever manages the Google Workspace domain can allow it.",
    )


def not_editor(me: str, place: str) -> PuenteError:
    """Return the error for a spreadsheet that we may not write."""
    return NotAllowed(
        f"{me} may not change this spreadsheet.",
        place=place,
        remedy=f"Whoever owns it can share it with {me} as an editor.",
    )


def _not_there(me: str, place: str) -> PuenteError:
    return NotInAccount(
        f"Google knows no such spreadsheet: it was deleted, its address is wrong, or it is not shared with {me}.",
        place=place,
        remedy=f"Share it with {me} as an editor, restore it from the bin, or make a new one: sheet create.",
    )


Refusal = Callable[[str, str], PuenteError]
SAID: Final[tuple[tuple[tuple[str, ...], Refusal], ...]] = (
    (("protected cell", "protected range", "protected sheet", "protected object"), _protected),
    (("limit of 10000000 cells", "limit of 10,000,000 cells"), _too_many_cells),
    (("operation is not supported for this document",), _workbook),
    (("storagequotaexceeded", "do not have storage quota", "storage quota has been exceeded"), _no_room),
    (("insufficient authentication scopes", "insufficientpermissions", "scope_insufficient"), _no_scope),
    (("has not been used in project", "service_disabled", "accessnotconfigured"), _switched_off),
    (("shareoutnotpermitted", "cannotshare", "invalidsharingrequest"), _not_shared),
)
"""Words of which one stands in Google's message or reason, in small letters, and the error that they mean."""


def google_refusal(response: Response, place: str, who: str, *, creates: bool = False) -> PuenteError:
    """Return the error for an answer that the table leaves to the caller. ``who`` is the address that we sign in with.

    Google's own words are quoted where no sentence of ours says more. ``creates``: a new file was asked for.
    """
    facts = body_facts(response)
    said = facts.get("error.message") or facts.get("error_description") or facts.get("error") or ""
    heard = " ".join((said, facts.get(REASON, ""), facts.get(CODED_REASON, ""))).lower()
    me = who or SOMEBODY
    known = next((refusal for words, refusal in SAID if any(word in heard for word in words)), None)
    if known is not None:
        return known(me, place)
    if response.status in (404, 410):
        return _not_there(me, place)
    if response.status == 403:
        return _no_room(me, place) if creates else not_editor(me, place)
    return UserError(
        f"Google refuses this: {quote(said or f'status {response.status}', 300)}.",
        place=place,
        remedy="If nobody has changed the spreadsheet, please report this.",
    )
