"""``demo``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import click

from connector.cli.session import Session, pass_session
from connector.cli.speech import say, say_head
from connector.model.filters import AllOf
from connector.model.messages import spoken
from connector.model.query import Query


@click.command("demo")
@click.option("--once", is_flag=True, help="Produce everything and end, without serving the pages.")
@click.option("--files", is_flag=True, help="Start from exported files instead of the CRM.")
@pass_session
def demo_command(session: Session, once: bool, files: bool) -> None:
    """Show the main job on a made-up company, without any account.

    Starts the company's HubSpot and a Google on this machine, connects both, syncs, puts the reports into spreadsheets,
    lets a day pass, syncs what changed, refreshes the spreadsheets, asks questions, writes reports to files, and serves
    the pages on http://127.0.0.1:8080/demo/ and the spreadsheets until stopped. With --files the company's exports are
    imported instead.
    """
    from connector.actions.demo import FILES_WORKSPACE, WORKSPACE  # noqa: PLC0415 - heavy

    demo = session.demo()
    demo.folder.mkdir(parents=True, exist_ok=True)
    workspace = FILES_WORKSPACE if files else WORKSPACE
    google = demo.start_google()
    try:
        sheets = _Spreadsheets(session, google, workspace)
        if files:
            _import_twice(session, demo, sheets)
        else:
            _sync_twice(session, demo, sheets)
        _show_results(session, demo, workspace)
        sheets.show(once=once)
        if not once:
            settings = session.settings
            say(f"Serving the pages on http://{settings.host}:{settings.port}/demo/ - stop with Ctrl+C.")
            session.serve(demo.folder)
    finally:
        google.stop()


class _Spreadsheets:
    """The reports of the demo in a Google of this machine."""

    def __init__(self, session: Session, google: Any, workspace: str) -> None:
        self._session = session
        self._google = google
        self._workspace = workspace
        self._written: list[Any] = []

    def make(self, now: datetime) -> None:
        """Put every report into a spreadsheet, as of ``now``."""
        from connector.actions.demo import connect_demo_google, make_demo_sheets  # noqa: PLC0415 - heavy

        store = self._session.store
        connect_demo_google(store, self._google, now, self._workspace)
        self._follow(make_demo_sheets(store, now, self._workspace))
        say(f"{len(self._written)} reports are now Google Sheets, in a Google of this machine.\n")

    def refresh(self, now: datetime) -> None:
        """Write what is new as of ``now``."""
        from connector.actions.demo import refresh_demo_sheets  # noqa: PLC0415 - heavy

        self._follow(refresh_demo_sheets(self._session.store, now, self._workspace))
        cells = sum(each.cells for each in self._written)
        say(f"{len(self._written)} spreadsheets are refreshed in place: {cells:,} cells of data were written.\n")

    def show(self, *, once: bool) -> None:
        """Say where each spreadsheet can be looked at."""
        say_head("5. Google Sheets:")
        widest = max(len(each.title) for each in self._written)
        for each in sorted(self._written, key=lambda written: written.title):
            click.echo(f"{each.title:{widest}}  {each.address}")  # an address in one piece can be clicked
        if once:
            say("They went with the demo: without --once they can be opened in the browser.")

    def _follow(self, each: Iterable[Any]) -> None:
        from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

        self._written = []
        with shown_progress() as progress:
            for written in each:
                self._written.append(written)
                progress.told(f"Google Sheets: {written.title}", len(self._written), 0)
        failed = next((written.error for written in self._written if written.error is not None), None)
        if failed is not None:
            raise failed


def _show_results(session: Session, demo: Any, workspace: str) -> None:
    from connector.actions.demo import write_demo_reports  # noqa: PLC0415 - heavy

    say_head("3. Questions:")
    _show_questions(session, workspace)
    say_head("4. Reports:")
    index = write_demo_reports(session.store, demo, session.now(), workspace)
    say(f"{len(list(demo.folder.glob('*.xlsx')))} workbooks and their pages: open {index}")
    say(f"Ask on: python -m connector query -w {workspace} --metrics total_sales --dimensions owner")


def _sync_twice(session: Session, demo: Any, sheets: _Spreadsheets) -> None:
    from connector.actions.demo import connect_demo, sync_demo  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy
    from connector.cli.syncs import print_sync  # noqa: PLC0415 - heavy

    crm = demo.start_crm(session.now())

    def synced() -> Any:
        with shown_progress() as progress:
            settings = session.settings
            return sync_demo(
                session.store, crm, settings.memory_limit, settings.threads,
                lambda step, rows: progress.told(f"{step}: {rows:,} rows" if rows else step, 0, 0),
            )  # fmt: skip

    try:
        say_head("1. A company's HubSpot is connected and read whole; its own counts are compared.")
        connect_demo(session.store, crm, session.now())
        print_sync(synced())
        say()
        sheets.make(crm.now)
        day = crm.pass_day()
        say_head("2. A day passes: ", nl=False)
        say(
            f"{day.won} deals are won, {day.lost} lost, {day.repriced} change their amount, {day.created} are new,"
            f" {day.archived} go to the bin; two contacts are merged, one is deleted for good, a field is added."
        )
        print_sync(synced())
        say()
        sheets.refresh(session.now())
    finally:
        crm.stop()


def _import_twice(session: Session, demo: Any, sheets: _Spreadsheets) -> None:
    from connector.actions.demo import import_demo  # noqa: PLC0415 - heavy
    from connector.cli.imports import print_outcome  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

    now = session.now()
    yesterday = now.date() - timedelta(days=1)
    say_head("1. A company exports its CRM: 19 files, four languages, several encodings, some dirt.")
    with shown_progress() as progress:
        outcome = import_demo(session.store, demo, now, yesterday, changed=False, progress=progress.told)
    print_outcome(outcome)
    say(f"The rows that could not be read are in {outcome.reject_file}\n")
    sheets.make(now - timedelta(days=1))
    say_head("2. One day later it exports again: what changed is updated, nothing is counted twice.")
    with shown_progress() as progress:
        outcome = import_demo(session.store, demo, now, yesterday, changed=True, progress=progress.told)
    say(f"{outcome.rows.get('deal', 0)} deals, {outcome.rows.get('deal_history', 0)} intervals of history.\n")
    sheets.refresh(now)


def _show_questions(session: Session, workspace: str) -> None:
    from connector.actions.answers import shown_table  # noqa: PLC0415 - heavy
    from connector.actions.query import query  # noqa: PLC0415 - heavy
    from connector.cli.queries import print_shown  # noqa: PLC0415 - heavy

    questions = (
        Query(
            ("total_sales", "deals_won", "win_rate"), ("team",), AllOf(), "this_quarter", language=spoken(), totals=True
        ),
        Query(
            ("pipeline_value", "weighted_pipeline", "deals_overdue"),
            ("stage",),
            AllOf(),
            "as_of_today",
            language=spoken(),
            totals=True,
        ),
    )
    for question in questions:
        say(f"query --metrics {','.join(question.metrics)} --dimensions {','.join(question.dimensions)} ...")
        table = query(session.store, workspace, question, session.now())
        print_shown(shown_table(session.store, workspace, question, table))
        say()
