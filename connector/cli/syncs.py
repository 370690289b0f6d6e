"""``connect``, ``sync`` and ``totals``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from connector.cli.session import Session, pass_session, read_parameters, workspace_option
from connector.cli.speech import say
from connector.errors import RowsRejected
from connector.model.messages import told

if TYPE_CHECKING:
    from connector.actions.sync import SyncOutcome
    from connector.actions.tie_out import TieOut

connection_option = click.option("--connection", default="", help="Name of the connection, where there are several.")


@click.command("connect")
@click.argument("system")
@workspace_option
@click.option("--name", default="", help="Name of the connection. Default: that of the system.")
@click.option("--oauth", is_flag=True, help="Sign in in the browser through an app of yours, without a key.")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="google: key of a service account, or client file with --oauth."
)
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Option of the system; may be repeated.")
@pass_session
def connect_command(session: Session, system: str, workspace: str, name: str, **given: Any) -> None:
    """Connect an account of SYSTEM (hubspot, google) to a workspace, which is created when it is new.

    The key is asked for and not shown, or taken from PUENTE_TOKEN. It is tried at once and kept sealed. With --oauth
    it is the client secret of your app: an address is shown to open in a browser of this machine, and the access that
    is allowed there within five minutes is kept sealed and renewed when it ends.

    \b
    Options of hubspot:
      base_url       address of the API, for a gateway or the sandbox
      api            2026-03 (default) or v3
      rate           requests in 10 seconds: 190, 110 with --oauth, or 100 for free and starter editions
      search_rate    searches a second: 4
      without        streams that are not read, separated by commas
      histories      no: former values of deals are not read
      client_id      with --oauth: client id of the app
      redirect_port  with --oauth: port of the redirect address, http://localhost:8765/callback by default

    \b
    Options of google, where reports go; connector/deliver/sheets/SETUP.md goes through it step by step:
      access         with --oauth: files that Puente makes (default), or all your spreadsheets
      subject        person for whom the service account acts, where an administrator allows that
      rate           reads and writes in a minute: 60
      base_url       address of the API, for a gateway or the sandbox
      redirect_port  with --oauth: port to come back to, a free one by default

    \b
    Examples:
      connect hubspot -w acme
      connect hubspot -w acme --oauth --option client_id=...
      connect google -w acme --key-file service-account.json
      connect google -w acme --oauth --key-file client.json
      PUENTE_TOKEN=... PUENTE_ALLOWED_HOSTS=127.0.0.1 connect hubspot -w try --option base_url=http://127.0.0.1:8090
    """
    from connector.actions.connect import ConnectRequest, connect  # noqa: PLC0415 - heavy
    from connector.actions.systems import find_system  # noqa: PLC0415 - heavy

    if system.strip().lower() == "google":
        from connector.cli.sheets import connect_account  # noqa: PLC0415 - heavy

        connect_account(session, workspace, name, given, _show_address)
        return
    entry = find_system(system)
    settings = session.settings
    asked = "Client secret of the app" if given["oauth"] else entry.secret
    token = settings.token.reveal() or click.prompt(
        told(asked), hide_input=True, default="", show_default=False, err=True
    )
    request = ConnectRequest(workspace, entry.name, token, name, read_parameters(given["options"]), given["oauth"])
    done = connect(session.store, request, settings.allowed_hosts, session.now(), _show_address)
    facts = [text for text in (done.account.time_zone, done.account.currency) if text]
    say(f"Connected: {done.account.label or done.account.id} ({', '.join(facts) or entry.label}).")
    other = f" --connection {done.connection}" if done.connection != entry.name else ""
    say(f"Next: sync --workspace {done.workspace}{other}")


def _show_address(address: str) -> None:
    """Show the address to open. It is for the eyes of a person, so it stays out of what a script reads."""
    say(f"Open this address in a browser of this machine and allow access:\n\n  {address}\n", err=True)


@click.command("sync")
@workspace_option
@connection_option
@click.option("--full", is_flag=True, help="Read everything again, not only what changed.")
@click.option("--reconcile", is_flag=True, help="Also compare the ids of all records, which finds hard deletes.")
@click.option("--workers", type=click.IntRange(1, 16), default=6, show_default=True, help="Streams read at a time.")
@pass_session
def sync_command(session: Session, workspace: str, connection: str, **given: Any) -> None:
    """Read what changed in a connected account, publish it whole, and compare the vendor's counts with ours.

    A sync that is cut short (a quota, a vendor that does not answer, a kill) goes on where it stopped when it is run
    again; until then the last good state stays. Exit code 4 says that it was cut short.

    \b
    Examples:
      sync -w acme
      sync -w acme --reconcile
    """
    from connector.actions.connect import find_connection, open_connection  # noqa: PLC0415 - heavy
    from connector.actions.sync import SyncRequest, raise_for, sync  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

    settings = session.settings
    found = find_connection(session.store, workspace, connection)
    mode: Literal["changes", "full", "reconcile"] = (
        "full" if given["full"] else "reconcile" if given["reconcile"] else "changes"
    )
    request = SyncRequest(
        workspace,
        found,
        mode,
        given["workers"],
        _share(settings.memory_limit),
        settings.threads,
        settings.lock_wait_seconds,
    )
    system = open_connection(session.store, found, settings.allowed_hosts)
    try:
        with shown_progress() as progress:

            def tell(step: str, rows: int) -> None:
                progress.told(f"{step}: {rows:,} rows" if rows else step, 0, 0)

            outcome = sync(session.store, request, system, session.now(), tell)
    finally:
        system.source.close()
    print_sync(outcome)
    raise_for(outcome)
    if outcome.rejected:
        raise RowsRejected(
            f"{outcome.rejected} rows could not be read; the rest is published.",
            remedy=f"They are in {outcome.reject_file}, each with its reason.",
        )


@click.command("totals")
@workspace_option
@connection_option
@pass_session
def totals_command(session: Session, workspace: str, connection: str) -> None:
    """Compare what the vendor counts now with what is published here."""
    from connector.actions.connect import find_connection, open_connection  # noqa: PLC0415 - heavy
    from connector.actions.totals import totals  # noqa: PLC0415 - heavy

    found = find_connection(session.store, workspace, connection)
    system = open_connection(session.store, found, session.settings.allowed_hosts)
    try:
        compared = totals(session.store, workspace, found, system, session.now())
    finally:
        system.source.close()
    print_tie_out(compared, every=True)


def _share(memory_limit: str) -> str:
    """Return three quarters of a size such as 512MB: the rest is for the pages that are being read."""
    number, unit = re.fullmatch(r"(\d+) ?(\w+)", memory_limit).groups()  # type: ignore[union-attr]  # a setting is checked
    megabytes = int(number) * (1024 if unit.startswith("G") else 1)
    return f"{max(64, megabytes * 3 // 4)}MB"


def print_sync(outcome: SyncOutcome) -> None:
    """Show what a sync did: streams, changed fields, counts beside the vendor's."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    for change in outcome.changes:
        say(f"Changed in the account: {change.sentence}")
    shown = [each for each in outcome.streams if each.rows or each.status != "read"]
    if shown:
        rows = [(told(each.label), told(f"{each.rows:,}"), told(each.status), told(each.note)) for each in shown]
        print_rows(["stream", "rows read", "", "note"], rows, right=frozenset({1}))
        say()
    if outcome.published:
        listed = [(name, told(f"{count:,}")) for name, count in sorted(outcome.rows.items())]
        print_rows([f"now in {outcome.workspace}", "rows"], listed, right=frozenset({1}))
    elif not outcome.partial:
        say(f"Nothing new in {outcome.account}; {outcome.workspace} is up to date.")
    if outcome.tie_out:
        say()
        print_tie_out(outcome.tie_out, every=False)
    for note in outcome.notes:
        say(note)


def print_tie_out(compared: tuple[TieOut, ...] | list[TieOut], *, every: bool) -> None:
    """Show counts side by side: totals and differences, or all of them."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [
        (
            told(each.stream),
            f"{each.column.removeprefix('properties.')} = {each.value}" if each.column else told("all"),
            told(f"{each.vendor:,}"),
            told(f"{each.ours:,}"),
            told("agree" if each.agrees else f"{each.ours - each.vendor:+,}"),
            told(each.cause),
        )
        for each in compared
        if every or not each.column or not each.agrees
    ]
    print_rows(["count of", "where", "vendor", "ours", "", "known cause"], rows, right=frozenset({2, 3}))
