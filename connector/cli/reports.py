"""``report`` and ``templates``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connector.cli.queries import asking_options
from connector.cli.session import Session, language_option, pass_session, read_parameters, workspace_option


@click.command("report")
@click.argument("template")
@workspace_option
@click.option(
    "--out", "target", required=True, type=click.Path(path_type=Path),
    help="File to write: .xlsx, .html, .json, or a folder for .csv files.",
)  # fmt: skip
@asking_options
@pass_session
def report_command(session: Session, template: str, workspace: str, target: Path, **given: Any) -> None:
    """Write the report TEMPLATE of a workspace to a file.

    \b
    Examples:
      report total_sales -w acme --out sales.xlsx --range last_month
      report pipeline_overview -w acme --out pipeline.html --language ru
      report data_quality -w acme --out quality.xlsx --param required=deal.amount,deal.owner_id
    """
    from connector.actions.query import range_text  # noqa: PLC0415 - heavy
    from connector.actions.report import ReportRequest, write_report  # noqa: PLC0415 - heavy

    asked = given["token"] or given["first"] or given["last"]
    request = ReportRequest(
        template=template,
        date_range=range_text(given["token"], given["first"], given["last"]) if asked else "",
        compare=given["compare"] or "",
        filters=given["filters"],
        language=given["language"] or session.settings.language,
        time_zone=given["time_zone"],
        currency=given["currency"],
        parameters=read_parameters(given["parameters"]),
    )
    for path in write_report(session.store, workspace, request, target, session.now()):
        click.echo(f"Wrote {path}")


@click.group("templates")
def templates_command() -> None:
    """List, show or check report templates."""


@templates_command.command("list")
@language_option
@pass_session
def list_templates(session: Session, language: Any) -> None:
    """List the report templates."""
    from connector.actions.templates import list_templates as listed  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    entries = listed(language or session.settings.language)
    print_rows(["template", "title", "question", "for"], [(e.id, e.title, e.question, e.audience) for e in entries])


@templates_command.command("show")
@click.argument("template")
@language_option
@pass_session
def show_template(session: Session, template: str, language: Any) -> None:
    """Show what the report TEMPLATE needs and holds."""
    from connector.actions.templates import describe_template  # noqa: PLC0415 - heavy

    click.echo(describe_template(template, language or session.settings.language))


@templates_command.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def lint_templates(paths: tuple[Path, ...]) -> None:
    """Check template files (or folders), all of ours when none is named; list every mistake."""
    from connector.actions.templates import lint  # noqa: PLC0415 - heavy

    for line in lint(paths):
        click.echo(line)
