"""``sandbox start``."""

from __future__ import annotations

import threading

import click

from connector.cli.session import Session, pass_session
from connector.cli.speech import say


@click.group("sandbox")
def sandbox_command() -> None:
    """Run a stand-in of a vendor on this machine: a made-up company behind the vendor's own HTTP."""


@sandbox_command.command("start")
@click.argument("system", default="hubspot")
@click.option("--port", type=click.IntRange(0, 65_535), default=8090, show_default=True, help="0 takes a free one.")
@click.option("--faults", default="", metavar="LIST", help="Faults, for example 'rate_limit,every=7;drop,nth=3'.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes another company.")
@pass_session
def start(session: Session, system: str, port: int, faults: str, seed: int) -> None:
    """Serve the sandbox until it is stopped with Ctrl+C.

    \b
    Faults (separated by ;): rate_limit, rate_limit_silent, error_500, html_502, drop, drip, truncate, malformed,
    expired_token, expired_cursor, repeat_page, reorder_page, change_while_paging, delete_while_paging, partial_207,
    clock_skew, late_commit, property_removed, daily_quota; each with every=N, nth=N, path=PART, times=N.
    """
    running = session.sandbox(system, port, faults, seed)
    try:
        say(f"{system} is at {running.url} with the token {running.token}; stop it with Ctrl+C.")
        say(
            f"PUENTE_ALLOWED_HOSTS=127.0.0.1 PUENTE_TOKEN={running.token}"
            f" python -m connector connect {system} -w try --option base_url={running.url}"
        )
        threading.Event().wait()
    finally:
        running.stop()
