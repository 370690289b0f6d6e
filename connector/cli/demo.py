"""``demo``."""

from __future__ import annotations

from datetime import timedelta

import click

from connector.cli.session import Session, pass_session
from connector.model.filters import AllOf
from connector.model.query import Query


@click.command("demo")
@click.option("--once", is_flag=True, help="Produce everything and end, without serving the pages.")
@pass_session
def demo_command(session: Session, once: bool) -> None:
    """Show the main job on a made-up company, without any account.

    Writes its CRM exports, imports them, asks questions, writes three reports, imports the exports of the next day,
    and serves the pages on http://127.0.0.1:8080/demo/ until stopped.
    """
    from connector.actions.demo import import_demo, write_demo_reports  # noqa: PLC0415 - heavy
    from connector.cli.imports import print_outcome  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

    demo = session.demo()
    demo.folder.mkdir(parents=True, exist_ok=True)
    now = session.now()
    yesterday = now.date() - timedelta(days=1)
    click.secho("1. A company exports its CRM: 19 files, four languages, several encodings, some dirt.", bold=True)
    with shown_progress() as progress:
        outcome = import_demo(session.store, demo, now, yesterday, changed=False, progress=progress.told)
    print_outcome(outcome)
    click.echo(f"The rows that could not be read are in {outcome.reject_file}\n")
    click.secho("2. One day later it exports again: what changed is updated, nothing is counted twice.", bold=True)
    with shown_progress() as progress:
        outcome = import_demo(session.store, demo, now, yesterday, changed=True, progress=progress.told)
    click.echo(f"{outcome.rows.get('deal', 0)} deals, {outcome.rows.get('deal_history', 0)} intervals of history.\n")
    click.secho("3. Questions:", bold=True)
    _show_questions(session)
    click.secho("4. Reports:", bold=True)
    index = write_demo_reports(session.store, demo, now)
    click.echo(f"{len(list(demo.folder.glob('*.xlsx')))} workbooks and their pages: open {index}")
    if not once:
        settings = session.settings
        click.echo(f"Serving them on http://{settings.host}:{settings.port}/demo/ - stop with Ctrl+C.")
        session.serve(demo.folder)


def _show_questions(session: Session) -> None:
    from connector.actions.answers import shown_table  # noqa: PLC0415 - heavy
    from connector.actions.demo import WORKSPACE  # noqa: PLC0415 - heavy
    from connector.actions.query import query  # noqa: PLC0415 - heavy
    from connector.cli.queries import print_shown  # noqa: PLC0415 - heavy

    questions = (
        Query(("total_sales", "deals_won", "win_rate"), ("team",), AllOf(), "this_quarter", totals=True),
        Query(
            ("pipeline_value", "weighted_pipeline", "deals_overdue"), ("stage",), AllOf(), "as_of_today", totals=True
        ),
    )
    for question in questions:
        click.echo(f"query --metrics {','.join(question.metrics)} --dimensions {','.join(question.dimensions)} ...")
        table = query(session.store, WORKSPACE, question, session.now())
        print_shown(shown_table(session.store, WORKSPACE, question, table))
        click.echo()
