"""The vendors that can be connected: one entry each. What it takes to sign in, and how its source is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connector.actions.hubspot_system import REDIRECT_PORT, ask_hubspot_consent, open_hubspot_system
from connector.actions.sync import System
from connector.errors import UnknownName, UserError, quote
from connector.http.clock import REAL, Clock
from connector.http.tokens import Grant, GrantStore


@dataclass(frozen=True, slots=True)
class SystemMeans:
    """What opening a source needs besides options and secrets. ``allowed_hosts`` are those the operator has listed."""

    data_dir: Path
    allowed_hosts: frozenset[str]
    account_key: str
    """Names the connection in budgets that all processes share."""
    grants: GrantStore | None = None
    """Where the grant of the connection is renewed, when it signs in by OAuth."""
    clock: Clock = REAL


Show = Callable[[str], None]
"""Shows a person the address to open in a browser."""


@dataclass(frozen=True, slots=True)
class SystemEntry:
    """One vendor. ``options`` maps what ``--option`` takes to its line of help."""

    name: str
    label: str
    secret: str
    """What a person is asked for."""
    options: Mapping[str, str]
    open: Callable[[Mapping[str, str], Mapping[str, str], SystemMeans], System]
    consent: Callable[[Mapping[str, str], str, SystemMeans, Show], Grant] | None = None
    """Asks a person in the browser to allow reading, with the client secret of an app; None: OAuth is not offered."""


SYSTEMS: Final[Mapping[str, SystemEntry]] = {
    "hubspot": SystemEntry(
        name="hubspot",
        label="HubSpot",
        secret="Access token of the private app",
        options={
            "base_url": "Address of the API, for a gateway or the sandbox; its host must be in PUENTE_ALLOWED_HOSTS.",
            "api": "Version of the API: 2026-03 (default) or v3.",
            "rate": "Requests in 10 seconds that the account allows: 190 (default), 110 with OAuth (default then), "
            "100 for free and starter editions.",
            "search_rate": "Searches a second: 4 (default), which leaves one of the account's five to others.",
            "without": "Streams that are not read, separated by commas: emails,email_associations.",
            "histories": "no: former values of deals are not read, which halves the first load.",
            "client_id": "With --oauth: client id of the app.",
            "redirect_port": f"With --oauth: port of the redirect address that the app lists ({REDIRECT_PORT}).",
        },
        open=open_hubspot_system,
        consent=ask_hubspot_consent,
    ),
}


def find_system(name: str) -> SystemEntry:
    """Return the entry of a vendor. Raises UnknownName."""
    entry = SYSTEMS.get(name.strip().lower())
    if entry is None:
        raise UnknownName(
            f"{quote(name)} is no system that can be connected.",
            remedy=f"There are: {', '.join((*SYSTEMS, 'google'))}.",
        )
    return entry


def check_options(entry: SystemEntry, options: Mapping[str, str]) -> None:
    """Refuse options that the system does not have. Raises UserError."""
    for name in options:
        if name not in entry.options:
            raise UserError(
                f"{entry.label} has no option {quote(name)}.",
                place="--option",
                remedy=f"There are: {', '.join(entry.options)}.",
            )
