"""``keys``."""

from __future__ import annotations

import click

from connector.cli.session import Session, pass_session, workspace_option
from connector.cli.speech import moment, say


@click.group("keys")
def keys_command() -> None:
    """Create, list, change or revoke API keys. A key opens one workspace or several; it is shown once, kept hashed."""


@keys_command.command("create")
@click.option(
    "--workspace",
    "-w",
    "workspaces",
    multiple=True,
    required=True,
    help="Name of a workspace that it opens; repeatable.",
)
@click.option("--label", default="", help="What the key is for.")
@pass_session
def create_key(session: Session, workspaces: tuple[str, ...], label: str) -> None:
    """Create a key for one workspace, or for each of several, and show it this once.

    \b
    Examples:
      keys create -w acme --label "Monday notebook"
      keys create -w acme -w globex --label "Looker Studio of the agency"
    """
    from connector.actions.keys import create_key as create_one  # noqa: PLC0415 - heavy

    made = create_one(session.store, workspaces, label, session.now())
    click.echo(made.text)
    say(f"Key {made.id} opens {', '.join(made.workspaces)}. It is not shown again: keep it safe.", err=True)


@keys_command.command("list")
@workspace_option
@pass_session
def list_keys(session: Session, workspace: str) -> None:
    """List the keys that open a workspace, revoked ones too."""
    from connector.actions.keys import list_keys as listed  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [
        (key.id, key.label, ", ".join(key.workspaces), moment(key.created_at), moment(key.last_used_at),
         moment(key.revoked_at))
        for key in listed(session.store, workspace)
    ]  # fmt: skip
    print_rows(["key", "label", "opens", "created", "last used", "revoked"], rows)


@keys_command.command("open")
@click.argument("key_id")
@workspace_option
@pass_session
def open_with_key(session: Session, key_id: str, workspace: str) -> None:
    """Let the key KEY_ID open one more workspace, for those who hold it already."""
    from connector.actions.keys import open_with_key as open_one  # noqa: PLC0415 - heavy

    open_one(session.store, key_id, workspace)
    say(f"The key {key_id} opens {workspace}.")


@keys_command.command("close")
@click.argument("key_id")
@workspace_option
@pass_session
def close_to_key(session: Session, key_id: str, workspace: str) -> None:
    """Let the key KEY_ID no longer open one of its workspaces."""
    from connector.actions.keys import close_to_key as close_one  # noqa: PLC0415 - heavy

    close_one(session.store, key_id, workspace)
    say(f"The key {key_id} no longer opens {workspace}.")


@keys_command.command("revoke")
@click.argument("key_id")
@click.option("--workspace", "-w", default="", help="Only if the key opens this workspace.")
@pass_session
def revoke_key(session: Session, key_id: str, workspace: str) -> None:
    """Make the key KEY_ID useless for good, for every workspace that it opens."""
    from connector.actions.keys import revoke_key as revoke  # noqa: PLC0415 - heavy

    revoke(session.store, workspace, key_id, session.now())
    say(f"Revoked {key_id}.")
