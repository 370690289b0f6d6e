"""``workspace``."""

from __future__ import annotations

import click

from connector.cli.brand import brand_command
from connector.cli.session import Session, pass_session
from connector.cli.speech import confirmed, moment, say
from connector.model.messages import told


@click.group("workspace")
def workspace_command() -> None:
    """Create, list or show workspaces: one for each company whose numbers stand apart."""


@workspace_command.command("create")
@click.argument("name")
@pass_session
def create(session: Session, name: str) -> None:
    """Create the workspace NAME (import does it too)."""
    from connector.actions.workspace import create_workspace  # noqa: PLC0415 - heavy

    create_workspace(session.store, name, session.now())
    say(f"Created the workspace {name}.")


@workspace_command.command("list")
@pass_session
def list_all(session: Session) -> None:
    """List the workspaces."""
    from connector.actions.workspace import list_workspaces  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    rows = [(e.name, e.rows, moment(e.data_through), e.rejected) for e in list_workspaces(session.store)]
    print_rows(["workspace", "rows", "data through", "rejected"], rows, right=frozenset({1, 3}))


@workspace_command.command("show")
@click.argument("name")
@pass_session
def show(session: Session, name: str) -> None:
    """Show what the workspace NAME holds: rows, settings, files, last runs."""
    from connector.actions.workspace import describe_workspace  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    facts = describe_workspace(session.store, name)
    print_rows(["workspace", name], [(told(fact), _shown(fact, value)) for fact, value in facts.settings])
    say()
    print_rows(["entity", "rows"], facts.rows, right=frozenset({1}))
    say()
    files = [(file, moment(imported), rows, unread) for file, imported, rows, unread in facts.files]
    print_rows(["file", "imported", "rows", "unreadable"], files, right=frozenset({2, 3}))
    say()
    runs = [(run, told(kind), moment(started), told(state)) for run, kind, started, state in facts.runs]
    print_rows(["run", "kind", "started", "state"], runs)


def _shown(fact: str, value: str) -> str:
    return moment(value) if fact in ("data through", "history since") else told(value)


@workspace_command.command("remove")
@click.argument("name")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pass_session
def remove(session: Session, name: str, yes: bool) -> None:
    """Remove the workspace NAME with its tables, imports, connections and keys, for good."""
    from connector.actions.workspace import remove_workspace  # noqa: PLC0415 - heavy

    if not yes and not confirmed(f"Remove {name} and everything in it?"):
        raise click.Abort
    remove_workspace(session.store, name, session.now())
    say(f"Removed the workspace {name}.")


workspace_command.add_command(brand_command)
