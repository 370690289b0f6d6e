"""``templates publish`` and ``templates copy``: reports of Looker Studio, from one master to many clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connector.cli.session import Session, language_option, pass_session
from connector.cli.speech import say

to_option = click.option(
    "--to", "target", type=click.Choice(["looker"]), help="Reports of Looker Studio instead of Google Sheets and files."
)
_looker_only = click.option(
    "--to", "target", required=True, type=click.Choice(["looker"]), help="Where the copies are made."
)


@click.command("publish")
@click.argument("template")
@_looker_only
@click.option("--report-id", "report", default="", help="Id or address of the report that was built.")
@click.option("--forget", is_flag=True, help="Take it out of the register.")
@language_option
@pass_session
def publish_template(session: Session, template: str, report: str, forget: bool, language: Any, target: str) -> None:
    """Register the report built from TEMPLATE as the master that copies are made of, one for each language.

    \b
    Examples:
      templates publish sales_overview --to looker --report-id https://datastudio.google.com/reporting/0f3a.../page/1
      templates publish sales_overview --to looker --language es --forget
    """
    from connector.actions.looker_links import forget_master, publish_master  # noqa: PLC0415 - heavy
    from connector.errors import UserError  # noqa: PLC0415

    del target  # the only one there is
    spoken = language or session.settings.language
    if forget == bool(report):
        raise UserError("Name one of --report-id and --forget.", place="templates publish")
    if forget:
        found = forget_master(session.store, template, spoken)
        say("The master report is forgotten." if found else "There was no master report.")
        return
    master = publish_master(session.store, template, report, spoken, session.now())
    say(f"Registered {master.report_id} as the master report of {master.template} in the language {master.language}.")


@click.command("copy")
@click.argument("template")
@_looker_only
@click.option("--workspace", "-w", "workspaces", multiple=True, help="Name of a workspace; may be repeated.")
@click.option("--all", "every", is_flag=True, help="All workspaces.")
@click.option("--language", type=click.Choice(["en", "es", "pt", "ru"]), help="Language of report and fields.")
@click.option("--currency", default="", help="Currency of all amounts. Default: that of the workspace.")
@click.option("--time-zone", default="", help="IANA zone. Default: that of the workspace.")
@click.option("--hide-personal", is_flag=True, help="Leave out fields that name people.")
@click.option("--connector-id", default="", help="Deployment of the connector. Default: PUENTE_LOOKER_CONNECTOR.")
@click.option("--explain", is_flag=True, help="Let Looker Studio show how it understood the link.")
@click.option("--sources", is_flag=True, help="Show the links that make only the data sources too.")
@click.option("--out", "file", type=click.Path(path_type=Path), help="Write the links to a .csv file.")
@pass_session
def copy_template(session: Session, template: str, target: str, **given: Any) -> None:
    """Make links that copy the master report of TEMPLATE for workspaces, data sources configured.

    Whoever opens a link gets a copy of his own and signs in to the connector once, with a key of the workspace; the
    link holds no secret. --sources shows links that make data sources without a report.

    \b
    Examples:
      templates copy sales_overview --to looker -w acme
      templates copy executive_summary --to looker --all --language pt --currency EUR --out links.csv
    """
    from connector.actions.looker_links import SourceChoice, Studio, copy_links, write_links  # noqa: PLC0415 - heavy
    from connector.errors import UserError  # noqa: PLC0415

    del target  # the only one there is
    if bool(given["workspaces"]) == given["every"]:
        raise UserError("Name one of --workspace and --all.", place="templates copy")
    settings = session.settings
    names = [each.name for each in session.store.workspaces()] if given["every"] else list(given["workspaces"])
    choice = SourceChoice(
        given["language"] or settings.language, given["time_zone"], given["currency"],
        "hide" if given["hide_personal"] else "show",
    )  # fmt: skip
    studio = Studio(settings.looker_host, given["connector_id"] or settings.looker_connector)
    links = copy_links(session.store, template, names, choice, studio, explain=given["explain"])
    if given["file"] is not None:
        write_links(links, given["file"])
        say(f"Wrote {given['file']}")
        return
    for each in links:
        click.echo(f"{each.report_name}\n{each.link}")
        for alias, link in each.sources.items() if given["sources"] else ():
            click.echo(f"{alias}: {link}")
