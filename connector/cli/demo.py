"""``demo``."""

from __future__ import annotations

from datetime import timedelta
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

    Starts the company's HubSpot on this machine, connects it, syncs it, lets a day pass, syncs what changed, asks
    questions, writes reports, and serves the pages on http://127.0.0.1:8080/demo/ until stopped. With --files its
    exports are imported instead.
    """
    from connector.actions.demo import FILES_WORKSPACE, WORKSPACE, write_demo_reports  # noqa: PLC0415 - heavy

    demo = session.demo()
    demo.folder.mkdir(parents=True, exist_ok=True)
    workspace = FILES_WORKSPACE if files else WORKSPACE
    if files:
        _import_twice(session, demo)
    else:
        _sync_twice(session, demo)
    say_head("3. Questions:")
    _show_questions(session, workspace)
    say_head("4. Reports:")
    index = write_demo_reports(session.store, demo, session.now(), workspace)
    say(f"{len(list(demo.folder.glob('*.xlsx')))} workbooks and their pages: open {index}")
    say(f"Ask on: python -m connector query -w {workspace} --metrics total_sales --dimensions owner")
    if not once:
        settings = session.settings
        say(f"Serving them on http://{settings.host}:{settings.port}/demo/ - stop with Ctrl+C.")
        session.serve(demo.folder)


def _sync_twice(session: Session, demo: Any) -> None:
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
        day = crm.pass_day()
        say_head("\n2. A day passes: ", nl=False)
        say(
            f"{day.won} deals are won, {day.lost} lost, {day.repriced} change their amount, {day.created} are new,"
            f" {day.archived} go to the bin; two contacts are merged, one is deleted for good, a field is added."
        )
        print_sync(synced())
        say()
    finally:
        crm.stop()


def _import_twice(session: Session, demo: Any) -> None:
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
    say_head("2. One day later it exports again: what changed is updated, nothing is counted twice.")
    with shown_progress() as progress:
        outcome = import_demo(session.store, demo, now, yesterday, changed=True, progress=progress.told)
    say(f"{outcome.rows.get('deal', 0)} deals, {outcome.rows.get('deal_history', 0)} intervals of history.\n")


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
