"""``sandbox start``."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any

import click

from connector.cli.session import Session, pass_session
from connector.cli.speech import say

PORTS = {"hubspot": 8090, "google": 8091}
KEY_FILE = "sandbox-google-key.json"


@click.group("sandbox")
def sandbox_command() -> None:
    """Run a stand-in of a vendor on this machine: a made-up company behind the vendor's own HTTP."""


@sandbox_command.command("start")
@click.argument("system", default="hubspot")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="0 takes a free one. Default: 8090 for hubspot, 8091 for google."
)
@click.option("--faults", default="", metavar="LIST", help="Faults, for example 'rate_limit,every=7;drop,nth=3'.")
@click.option("--seed", type=int, help="Another seed makes another company; for google it fixes the ids of files.")
@pass_session
def start(session: Session, system: str, port: int | None, faults: str, seed: int | None) -> None:
    """Serve the sandbox of SYSTEM (hubspot, google) until it is stopped with Ctrl+C.

    \b
    Faults of hubspot (separated by ;): rate_limit, rate_limit_silent, error_500, html_502, drop, drip, truncate,
    malformed, expired_token, expired_cursor, repeat_page, reorder_page, change_while_paging, delete_while_paging,
    partial_207, clock_skew, late_commit, property_removed, daily_quota; each with every=N, nth=N, path=PART, times=N.

    \b
    Faults of google: rate_limit, rate_limit_silent, error_500, error_503, error_503_after, html_502, drop, lost_reply,
    late_reply, drip, truncate, malformed, latency, expired_token

    After lost_reply and error_503_after everything is done although nobody is told; after drop and error_503 nothing
    is.
    """
    running = session.sandbox(system, PORTS.get(system, 0) if port is None else port, faults, seed)
    try:
        say(f"{system} is at {running.url} with the token {running.token}; stop it with Ctrl+C.")
        say(_command_for_google(session, running) if system == "google" else _command_for_hubspot(running))
        _wait_for_the_end()
    finally:
        running.stop()


def _wait_for_the_end() -> None:
    """Wait for SIGINT or SIGTERM, also where whoever started the process has them ignored."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    told.wait()
    for number, handler in before.items():
        signal.signal(number, handler)


def _command_for_hubspot(running: Any) -> str:
    return (
        f"PUENTE_ALLOWED_HOSTS=127.0.0.1 PUENTE_TOKEN={running.token}"
        f" python -m connector connect hubspot -w try --option base_url={running.url}"
    )


def _command_for_google(session: Session, running: Any) -> str:
    """Write the service account's key file of the sandbox, which opens nothing else, and return how to connect."""
    path = session.settings.data_dir / KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(running.key_file()), encoding="utf-8")
    path.chmod(0o600)
    return (
        f"PUENTE_ALLOWED_HOSTS=127.0.0.1 python -m connector connect google -w try --key-file {path}"
        f" --option base_url={running.url} --option subject={running.owner}"
    )
