"""``mapping``."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.session import Session, pass_session, workspace_option
from connector.cli.speech import say

connection_option = click.option(
    "--connection",
    default="files",
    show_default=True,
    help="Whose rows: imported files, or an account such as hubspot.",
)


@click.group("mapping")
def mapping_command() -> None:
    """Propose, show or check how files are read. The format is described in README."""


@mapping_command.command("propose")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the mapping here; default: print it.")
@pass_session
def propose(session: Session, files: tuple[Path, ...], out: Path | None) -> None:
    """Propose a mapping for FILES without importing anything."""
    from connector.actions.mapping import propose_mapping  # noqa: PLC0415 - heavy
    from connector.cli.imports import print_question  # noqa: PLC0415 - heavy

    question = propose_mapping(files, session.limits())
    if out is None:
        click.echo(question.text, nl=False)
        return
    print_question(question)
    out.write_text(question.text, encoding="utf-8")
    say(f"Wrote {out}. Adjust it, then import with --mapping {out}.")


@mapping_command.command("show")
@workspace_option
@connection_option
@pass_session
def show(session: Session, workspace: str, connection: str) -> None:
    """Print the mapping by which a workspace reads imported files, or an account (--connection hubspot)."""
    from connector.actions.mapping import remembered_mapping  # noqa: PLC0415 - heavy

    click.echo(remembered_mapping(session.store, workspace, connection), nl=False)


@mapping_command.command("use")
@click.argument("mapping", type=click.Path(path_type=Path))
@workspace_option
@connection_option
@pass_session
def use(session: Session, mapping: Path, workspace: str, connection: str) -> None:
    """Read everything that was imported or synced again, with another MAPPING; no file and no account is needed.

    \b
    Examples:
      mapping use mine.yaml -w acme
      mapping use mine.yaml -w acme --connection hubspot
    """
    from connector.actions.import_files import ImportRequest, use_mapping  # noqa: PLC0415 - heavy
    from connector.cli.imports import print_outcome, raise_rejected  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

    settings = session.settings
    request = ImportRequest(
        workspace, (), mapping, connection=connection, memory_limit=settings.memory_limit, threads=settings.threads,
        wait_seconds=settings.lock_wait_seconds,
    )  # fmt: skip
    with shown_progress() as progress:
        outcome = use_mapping(session.store, request, session.now(), progress.told)
    if outcome.unchanged:
        say(f"Nothing new: {outcome.workspace} is read by this mapping already.")
        return
    print_outcome(outcome)
    raise_rejected(outcome)


@mapping_command.command("check")
@click.argument("mapping", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--workspace", "-w", default="", help="Check it against the rows that this workspace keeps.")
@connection_option
@pass_session
def check(session: Session, mapping: Path, files: tuple[Path, ...], workspace: str, connection: str) -> None:
    """Check a mapping file, and that FILES (or the rows kept in a workspace) have every column it names.

    All mistakes are listed.
    """
    from connector.actions.mapping import check_mapping_file, check_mapping_of_connection  # noqa: PLC0415 - heavy

    check_mapping_file(mapping, files, session.limits())
    if workspace:
        check_mapping_of_connection(session.store, mapping, workspace, connection)
    say(f"{mapping}: right.")
