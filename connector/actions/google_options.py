"""What ``connect google`` takes besides a key: options, read and checked before anything is asked of Google."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector.actions.systems import SystemMeans
from connector.deliver.sheets.sign_in import ALL_SHEETS_SCOPES, PERSON_SCOPES
from connector.deliver.sheets.transport import PACE
from connector.errors import FileError, UserError, quote
from connector.http.addresses import check_host

LAST_PORT: Final = 65535
FASTEST: Final = 10_000
OPTIONS: Final = ("base_url", "rate", "access", "subject", "redirect_port", "client_id")
"""What ``--option`` takes; each is described in the help of ``connect``."""


def check_options(options: Mapping[str, str]) -> None:
    """Refuse options that Google does not have, or whose values cannot be. Raises UserError."""
    for name in options:
        if name not in OPTIONS:
            raise UserError(
                f"Google has no option {quote(name)}.", place="--option", remedy=f"There are: {', '.join(OPTIONS)}."
            )
    scopes_of(options)
    pace_of(options)


def scopes_of(options: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a person is asked to allow. Raises UserError."""
    access = options.get("access", "files")
    if access not in ("files", "all"):
        raise UserError(
            f"{quote(access)} is no kind of access.",
            place="--option access",
            remedy="Write files (what Puente makes, the default) or all (every spreadsheet of yours).",
        )
    return ALL_SHEETS_SCOPES if access == "all" else PERSON_SCOPES


def base_url_of(options: Mapping[str, str], means: SystemMeans) -> str:
    """Return the address that stands in for Google, empty for Google itself. Raises UserError for one not allowed."""
    given = options.get("base_url", "")
    return check_host(given, means.allowed_hosts) if given else ""


def port_of(options: Mapping[str, str]) -> int:
    """Return the port to come back to, 0 for a free one. Raises UserError."""
    return whole(options, "redirect_port", 0, LAST_PORT, least=0)


def whole(options: Mapping[str, str], name: str, usual: int, most: int, *, least: int = 1) -> int:
    """Return a whole number among the options, ``usual`` where it is not given. Raises UserError."""
    text = options.get(name, str(usual))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise UserError(
            f"{quote(text)} is no fitting number.",
            place=f"--option {name}",
            remedy=f"Give a number from {least} to {most}, such as {usual}.",
        )
    return int(text)


def read_key_file(text: bytes) -> str:
    """Return the text of a key file. Raises FileError for what cannot be one."""
    try:
        if len(text) <= 100_000:
            return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    raise FileError(
        "This is no key file.", place="key file", remedy="Name the JSON file that the Google Cloud console gave you."
    )


def pace_of(options: Mapping[str, str]) -> int:
    """Return the reads, and the writes, that Google allows in a minute. Raises UserError."""
    return whole(options, "rate", PACE, FASTEST)
