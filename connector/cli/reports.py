"""``report`` and ``templates``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.looker_templates import copy_template, publish_template, to_option
from connector.cli.queries import asking_options
from connector.cli.session import Session, language_option, pass_session, read_parameters, workspace_option
from connector.cli.speech import say
from connector.errors import UserError

if TYPE_CHECKING:
    from connector.actions.report import ReportRequest


@click.command("report")
@click.argument("template")
@workspace_option
@click.option(
    "--out", "target", required=True, type=click.Path(path_type=Path),
    help="File to write: .xlsx, .html, .pdf, .json, or a folder for .csv files.",
)  # fmt: skip
@click.option("--variant", default="", help="Run it as saved under this name; options named here go first.")
@asking_options
@pass_session
def report_command(session: Session, template: str, workspace: str, target: Path, variant: str, **given: Any) -> None:
    """Write the report TEMPLATE of a workspace to a file.

    \b
    Examples:
      report total_sales -w acme --out sales.xlsx --range last_month
      report pipeline_overview -w acme --out pipeline.html --language ru
      report total_sales -w acme --out board.pdf --variant "North, by team"
      report data_quality -w acme --out quality.xlsx --param required=deal.amount,deal.owner_id
    """
    from connector.actions.report import write_report  # noqa: PLC0415 - heavy

    request = report_request(session, template, variant, given)
    for path in write_report(session.store, workspace, request, target, session.now()):
        say(f"Wrote {path}")


def report_request(session: Session, template: str, variant: str, given: dict[str, Any]) -> ReportRequest:
    """Return the request for a report by the options of the commands that make one. Raises QueryError."""
    from connector.actions.query import range_text  # noqa: PLC0415 - heavy
    from connector.actions.report import ReportRequest  # noqa: PLC0415 - heavy

    asked = given["token"] or given["first"] or given["last"]
    return ReportRequest(
        template=template,
        date_range=range_text(given["token"], given["first"], given["last"]) if asked else "",
        compare=given["compare"] or "",
        filters=given["filters"],
        language=given["language"],
        time_zone=given["time_zone"],
        currency=given["currency"],
        parameters=read_parameters(given["parameters"]),
        default_language=session.settings.language,
        variant=variant,
        person=session.person(),
        pdf_engine=session.settings.pdf_engine,
    )


@click.group("templates")
def templates_command() -> None:
    """List, show, check or copy report templates."""


templates_command.add_command(publish_template)
templates_command.add_command(copy_template)


@templates_command.command("list")
@click.argument("search", default="")
@to_option
@language_option
@pass_session
def list_templates(session: Session, search: str, target: str | None, language: Any) -> None:
    """List the report templates, or those whose id, title or question holds SEARCH in any language."""
    if target == "looker":
        _list_looker(session, search, language or session.settings.language)
        return
    from connector.actions.templates import list_templates as listed  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    entries = listed(language or session.settings.language, search)
    print_rows(["template", "title", "question", "for"], [(e.id, e.title, e.question, e.audience) for e in entries])


def _list_looker(session: Session, search: str, language: Any) -> None:
    from connector.actions.looker_reports import list_reports  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    entries = list_reports(session.store, language, search)
    print_rows(
        ["template", "title", "question", "data sources", "master reports"],
        [(e.id, e.title, e.question, e.sources, e.masters) for e in entries],
    )


@templates_command.command("show")
@click.argument("template")
@to_option
@click.option("--workspace", "-w", default="", help="With --to looker: colours and figures of this workspace.")
@click.option(
    "--out", "file", type=click.Path(path_type=Path),
    help="With --to looker: write the sheet to a .html file, with drawings, or to a .md file.",
)  # fmt: skip
@language_option
@pass_session
def show_template(
    session: Session, template: str, target: str | None, workspace: str, file: Path | None, language: Any
) -> None:  # fmt: skip
    """Show what the report TEMPLATE needs and holds; with --to looker, how it is built in Looker Studio, step by step.

    \b
    Examples:
      templates show total_sales
      templates show executive_summary --to looker --language es --out build.html
    """
    spoken = language or session.settings.language
    if target == "looker":
        _show_looker(session, template, workspace, file, spoken)
        return
    from connector.actions.templates import describe_template  # noqa: PLC0415 - heavy

    if workspace or file is not None:
        raise UserError("--workspace and --out go with --to looker.", place="templates show")
    say(describe_template(template, spoken))


def _show_looker(session: Session, template: str, workspace: str, file: Path | None, language: Any) -> None:
    from connector.actions.brand import theme_of  # noqa: PLC0415 - heavy
    from connector.actions.looker_reports import show_report, write_report_sheet  # noqa: PLC0415 - heavy

    if file is None:
        click.echo(show_report(template, language, theme_of(session.store, workspace)), nl=False)
        return
    write_report_sheet(session.store, template, language, file, session.now(), workspace)
    say(f"Wrote {file}")


@templates_command.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Refuse a template that breaks a design rule.")
def lint_templates(paths: tuple[Path, ...], strict: bool) -> None:
    """Check template files (or folders), all of ours when none is named; list every mistake and design warning."""
    from connector.actions.templates import lint  # noqa: PLC0415 - heavy

    for line in lint(paths, strict=strict):
        say(line)
