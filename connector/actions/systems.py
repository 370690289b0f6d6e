"""The vendors that can be connected: one entry each. What it takes to sign in, and how its source is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connector.actions.hubspot_system import open_hubspot_system
from connector.actions.sync import System
from connector.errors import UnknownName, UserError, quote


@dataclass(frozen=True, slots=True)
class SystemMeans:
    """What opening a source needs besides options and secrets. ``allowed_hosts`` are those the operator has listed."""

    data_dir: Path
    allowed_hosts: frozenset[str]
    account_key: str
    """Names the connection in budgets that all processes share."""


@dataclass(frozen=True, slots=True)
class SystemEntry:
    """One vendor. ``options`` maps what ``--option`` takes to its line of help."""

    name: str
    label: str
    secret: str
    """What a person is asked for."""
    options: Mapping[str, str]
    open: Callable[[Mapping[str, str], Mapping[str, str], SystemMeans], System]


SYSTEMS: Final[Mapping[str, SystemEntry]] = {
    "hubspot": SystemEntry(
        name="hubspot",
        label="HubSpot",
        secret="Access token of the private app",
        options={
            "base_url": "Address of the API, for a gateway or the sandbox; its host must be in PUENTE_ALLOWED_HOSTS.",
            "api": "Version of the API: 2026-03 (default) or v3.",
            "rate": "Requests in 10 seconds that the account allows: 190 (default), 100 for free and starter editions.",
            "search_rate": "Searches a second: 4 (default), which leaves one of the account's five to others.",
            "histories": "no: former values of deals are not read, which halves the first load.",
        },
        open=open_hubspot_system,
    ),
}


def find_system(name: str) -> SystemEntry:
    """Return the entry of a vendor. Raises UnknownName."""
    entry = SYSTEMS.get(name.strip().lower())
    if entry is None:
        raise UnknownName(
            f"{quote(name)} is no system that can be connected.", remedy=f"There are: {', '.join(SYSTEMS)}."
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
