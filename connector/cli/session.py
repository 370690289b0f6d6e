"""What the commands are handed: settings, the store behind the verbs, the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import click

from connector.errors import UserError, quote
from connector.model.commas import split_list
from connector.model.query import Language
from connector.settings import Settings

__all__ = ["Session", "language_option", "pass_session", "read_parameters", "split_list", "workspace_option"]


class Session(Protocol):
    """Built by ``app.py``; opens the store at first use."""

    language: Language | None
    """Language that the command line names; it goes before the setting."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Any:
        """The store that the verbs of ``actions`` take; commands only pass it on."""

    def limits(self) -> Any:
        """What one file may take, by the settings."""

    def now(self) -> datetime: ...
    def person(self) -> str:
        """Who types: ``user:`` and the user's name on this machine."""

    def serve(self, pages: Path | None = None) -> None:
        """Run the web server; ``pages`` is a folder of files shown under /demo/."""

    def demo(self) -> Any:
        """The demo organisation: where its files go and how they are made."""

    def sandbox(self, system: str, port: int, faults: str, seed: int | None) -> Any:
        """Start the stand-in of a vendor; it has ``url``, ``token`` and ``stop()``."""

    def close(self) -> None: ...


def pass_session(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command the session as its first argument."""
    return click.pass_obj(command)


workspace_option = click.option("--workspace", "-w", required=True, help="Name of the workspace.")
language_option = click.option(
    "--language", type=click.Choice(["en", "es", "pt", "ru"]), help="Language of labels. Default: the setting."
)


def read_parameters(pairs: tuple[str, ...]) -> dict[str, str]:
    """Read ``name=value`` pairs. Raises UserError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UserError(f"{quote(pair)} is no parameter.", place="--param", remedy="Write --param name=value.")
        found[name.strip()] = value.strip()
    return found
