"""``variants``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from connector.cli.queries import asking_options
from connector.cli.session import Session, pass_session, read_parameters, workspace_option
from connector.cli.speech import moment, say
from connector.errors import UserError, quote
from connector.model.messages import told

for_all_option = click.option("--for-all", is_flag=True, help="Everyone sees it. Default: only you.")


@click.group("variants")
def variants_command() -> None:
    """Save how a report is run under a name: filters, groupings, range, charts, language; run it with
    report TEMPLATE --variant NAME.

    On the command line, "you" is the user of this machine. Your own variant of a name is found before everyone's.
    """


@variants_command.command("list")
@workspace_option
@pass_session
def list_variants(session: Session, workspace: str) -> None:
    """List your variants and those for everyone, deleted ones too."""
    from connector.actions.variants import list_variants as listed  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [
        (each.template, each.name, told(each.audience), each.author, moment(each.updated_at), told(each.state))
        for each in listed(session.store, workspace, session.person())
    ]
    print_rows(["template", "variant", "for", "made by", "saved", "state"], rows)


@variants_command.command("save")
@click.argument("template")
@click.argument("name")
@workspace_option
@for_all_option
@click.option("--group", "groups", multiple=True, metavar="BLOCK:OLD=NEW", help="Group a block by another dimension.")
@click.option(
    "--chart", "charts", multiple=True, metavar="BLOCK=KIND",
    help="Draw the charts of a block as another kind, or off; BLOCK.2=KIND means the second one.",
)  # fmt: skip
@asking_options
@pass_session
def save_variant(
    session: Session, template: str, name: str, workspace: str, for_all: bool, groups: tuple[str, ...], **given: Any
) -> None:
    """Save a variant NAME of the report TEMPLATE; one that exists is changed in what is named.

    \b
    Examples:
      variants save total_sales "North, by team" -w acme --filter "region = 'North'" --group by_owner:owner=team
      variants save total_sales "North, by team" -w acme --range last_quarter --chart by_month=line --for-all
    """
    from connector.actions.query import range_text  # noqa: PLC0415 - heavy
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import save_variant as save  # noqa: PLC0415 - heavy

    asked = given["token"] or given["first"] or given["last"]
    settings = {
        "date_range": range_text(given["token"], given["first"], given["last"]) if asked else "",
        "compare": given["compare"] or "",
        "filters": given["filters"],
        "language": given["language"],
        "time_zone": given["time_zone"],
        "currency": given["currency"],
        "parameters": read_parameters(given["parameters"]),
        "groupings": _read_groups(groups),
        "charts": dict(_pair(text, "--chart", "BLOCK=KIND") for text in given["charts"]),
    }
    request = VariantRequest(workspace, template, name, session.person())
    new = save(session.store, request, settings, session.now(), for_all=for_all)
    say(f"{'Saved' if new else 'Changed'} the variant {name}.")


@variants_command.command("show")
@click.argument("template")
@click.argument("name")
@workspace_option
@pass_session
def show_variant(session: Session, template: str, name: str, workspace: str) -> None:
    """Show what the variant NAME of the report TEMPLATE says."""
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import show_variant as shown  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    lines = shown(session.store, VariantRequest(workspace, template, name, session.person()))
    print_rows(
        [template, name], [(told(what), moment(value) if what == "saved" else told(value)) for what, value in lines]
    )


@variants_command.command("clone")
@click.argument("template")
@click.argument("name")
@click.argument("copy")
@workspace_option
@for_all_option
@pass_session
def clone_variant(session: Session, template: str, name: str, copy: str, workspace: str, for_all: bool) -> None:
    """Copy the variant NAME of the report TEMPLATE under the name COPY."""
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import clone_variant as clone  # noqa: PLC0415 - heavy

    request = VariantRequest(workspace, template, name, session.person())
    clone(session.store, request, copy, session.now(), for_all=for_all)
    say(f"Saved the variant {copy}.")


@variants_command.command("reset")
@click.argument("template")
@click.argument("name")
@workspace_option
@pass_session
def reset_variant(session: Session, template: str, name: str, workspace: str) -> None:
    """Give the variant NAME the standard settings of the report TEMPLATE back."""
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import reset_variant as reset  # noqa: PLC0415 - heavy

    reset(session.store, VariantRequest(workspace, template, name, session.person()), session.now())
    say(f"The variant {name} has the standard settings.")


@variants_command.command("delete")
@click.argument("template")
@click.argument("name")
@workspace_option
@pass_session
def delete_variant(session: Session, template: str, name: str, workspace: str) -> None:
    """Mark the variant NAME of the report TEMPLATE for deletion; restore undoes it until the clean-up."""
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import delete_variant as delete  # noqa: PLC0415 - heavy

    delete(session.store, VariantRequest(workspace, template, name, session.person()), session.now())
    say(f"Deleted the variant {name}. Undo it with: variants restore.")


@variants_command.command("restore")
@click.argument("template")
@click.argument("name")
@workspace_option
@pass_session
def restore_variant(session: Session, template: str, name: str, workspace: str) -> None:
    """Undo the deletion of the variant NAME of the report TEMPLATE."""
    from connector.actions.variants import VariantRequest  # noqa: PLC0415 - heavy
    from connector.actions.variants import restore_variant as restore  # noqa: PLC0415 - heavy

    restore(session.store, VariantRequest(workspace, template, name, session.person()))
    say(f"Restored the variant {name}.")


@variants_command.command("clean")
@workspace_option
@click.option("--days", type=click.IntRange(0, 3650), default=30, show_default=True, help="Deleted so long ago.")
@pass_session
def clean_variants(session: Session, workspace: str, days: int) -> None:
    """Remove deleted variants for good."""
    from connector.actions.variants import clean_variants as clean  # noqa: PLC0415 - heavy

    say(f"Removed for good: {clean(session.store, workspace, session.now(), timedelta(days=days))}")


def _read_groups(texts: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        place, new = _pair(text, "--group", "BLOCK:OLD=NEW")
        block, colon, old = place.partition(":")
        if not colon or not block or not old:
            raise UserError(f"{quote(text)} is no grouping.", place="--group", remedy="Write BLOCK:OLD=NEW.")
        found.setdefault(block, {})[old] = new
    return found


def _pair(text: str, place: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UserError(f"{quote(text)} cannot be read.", place=place, remedy=f"Write {form}.")
    return name.strip(), value.strip()
