"""``links``."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.queries import question_of, question_options
from connector.cli.session import Session, pass_session, workspace_option
from connector.cli.speech import moment, say
from connector.errors import UserError, quote


@click.group("links")
def links_command() -> None:
    """Create, list or revoke links: addresses that answer one question each, for programs that can send no key."""


@links_command.command("create")
@workspace_option
@question_options
@click.option(
    "--header", type=click.Choice(["ids", "labels"]), default="ids", show_default=True,
    help="What the first line holds.",
)  # fmt: skip
@click.option("--bom", is_flag=True, help="Begin with a byte order mark, by which Excel knows UTF-8.")
@click.option("--label", default="", help="What the link is for.")
@click.option("--service", metavar="ADDRESS", help="Address at which others reach the service.")
@pass_session
def create_link(session: Session, **given: Any) -> None:
    """Create an address that answers this one question anew each time, and show it this once.

    Whoever knows the address can read the answer, and nothing else. In Google Sheets the address goes into IMPORTDATA.

    \b
    Example:
      links create -w acme -m total_sales -d owner --range this_month --service https://puente.example.com
      =IMPORTDATA("https://puente.example.com/v1/links/....csv")
    """
    from connector.actions.direct import TableRequest  # noqa: PLC0415 - heavy
    from connector.actions.links import LinkRequest  # noqa: PLC0415 - heavy
    from connector.actions.links import create_link as create_one  # noqa: PLC0415 - heavy

    service = _service(session, given["service"])
    question = question_of(session, given | {"form": "csv", "totals": False})
    table = TableRequest(question, first_line="label" if given["header"] == "labels" else "id", marked=given["bom"])
    request = LinkRequest(table, given["filters"], given["label"])
    most = session.settings.max_rows
    made = create_one(session.store, given["workspace"], request, session.now(), max_rows=most)
    click.echo(f"{service}/v1/links/{made.token}.csv")
    say(f"Link {made.id} is made. Rows that it answers with now: {made.rows}. It is not shown again: keep it safe.",
        err=True)  # fmt: skip


@links_command.command("list")
@workspace_option
@pass_session
def list_links(session: Session, workspace: str) -> None:
    """List the links of a workspace, revoked ones too."""
    from connector.actions.links import list_links as listed  # noqa: PLC0415 - heavy
    from connector.actions.links import told_question  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [
        (link.id, link.label, told_question(link), moment(link.created_at), moment(link.last_used_at),
         moment(link.revoked_at))
        for link in listed(session.store, workspace)
    ]  # fmt: skip
    print_rows(["link", "label", "question", "created", "last used", "revoked"], rows)


@links_command.command("revoke")
@click.argument("link_id")
@workspace_option
@pass_session
def revoke_link(session: Session, link_id: str, workspace: str) -> None:
    """Make the link LINK_ID useless for good."""
    from connector.actions.links import revoke_link as revoke  # noqa: PLC0415 - heavy

    revoke(session.store, workspace, link_id, session.now())
    say(f"Revoked {link_id}.")


def _service(session: Session, given: str | None) -> str:
    """Return the address of the service without a slash at its end. Raises UserError for what is none."""
    if given is None:
        host = session.settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{session.settings.port}"
    if not given.startswith(("https://", "http://")) or not given.isascii() or not given.isprintable() or " " in given:
        raise UserError(
            f"{quote(given)} is no address.", place="--service", remedy="Write it like https://puente.example.com."
        )
    return given.rstrip("/")
