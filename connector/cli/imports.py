"""``import``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.session import Session, pass_session, workspace_option
from connector.cli.speech import confirmed, say
from connector.errors import RowsRejected
from connector.model.messages import told

SURE = 0.8
"""Choices below this are marked."""

if TYPE_CHECKING:
    from connector.actions.import_files import ImportOutcome
    from connector.actions.mapping import MappingQuestion


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@workspace_option
@click.option(
    "--mapping", "mapping", type=click.Path(path_type=Path), metavar="FILE",
    help="How to read the files (YAML); remembered. Nothing is asked then.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Rows absent from these files are gone. Default: they stay.")
@click.option("--connection", default="files", show_default=True, help="Keep imports of several systems apart.")
@click.option("--yes", "-y", is_flag=True, help="Accept the proposed mapping without asking.")
@pass_session
def import_command(session: Session, files: tuple[Path, ...], workspace: str, **given: Any) -> None:
    """Read CSV, TSV or XLSX exports into a workspace, which is created when it is new.

    The mapping (which column is what) is the one given, else the one remembered, else one proposed from headers and
    values and shown. A second import of an export updates and adds. Rows that cannot be read are counted, kept in a
    reject file and never stop the rest; the exit code is 3 then.

    \b
    Examples:
      import deals.csv owners.csv products.xlsx -w acme
      import exports/*.csv -w acme --mapping acme.yaml
      import deals.csv -w acme --replace
    """
    from connector.actions.import_files import ImportRequest, import_files  # noqa: PLC0415 - heavy
    from connector.cli.progress import shown_progress  # noqa: PLC0415 - heavy

    settings = session.settings
    request = ImportRequest(
        workspace=workspace,
        files=files,
        mapping=given["mapping"],
        replace=given["replace"],
        connection=given["connection"],
        limits=session.limits(),
        memory_limit=settings.memory_limit,
        threads=settings.threads,
        wait_seconds=settings.lock_wait_seconds,
    )
    with shown_progress() as progress:

        def ask(question: MappingQuestion) -> bool:
            progress.pause()
            return _ask(question, sure=given["yes"])

        outcome = import_files(session.store, request, session.now(), ask, progress.told)
    print_outcome(outcome)
    raise_rejected(outcome)


def raise_rejected(outcome: ImportOutcome) -> None:
    """End with code 3 when rows were rejected. Raises RowsRejected."""
    if outcome.rejected and not outcome.unchanged:
        raise RowsRejected(
            f"{outcome.rejected} rows could not be read; the rest is published.",
            remedy=f"They are in {outcome.reject_file}, each with its reason. Correct and import the file again.",
        )


def _ask(question: MappingQuestion, *, sure: bool) -> bool:
    """Show a proposal; ask only a person at a terminal."""
    print_question(question)
    if sure or not sys.stdin.isatty():
        say("This mapping is used and remembered. To change it: mapping show, edit, import --mapping.\n", err=True)
        return True
    return confirmed("Use this mapping?", default=True)


def print_question(question: MappingQuestion) -> None:
    """Show what each column is taken for, unsure choices marked."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    say("New columns:" if question.only_new else "Proposed mapping:")
    rows = [
        (
            each.dataset,
            each.column,
            each.target or told("(left out)"),
            "" if each.confidence >= SURE else "?",
            told(each.reason),
        )
        for each in question.choices
    ]
    print_rows(["file", "column", "means", "sure", "because"], rows)
    for name in question.skipped:
        say(f"{name}: looks like nothing Puente knows; it is left out.")


def print_outcome(outcome: ImportOutcome) -> None:
    """Show what an import did."""
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    if outcome.unchanged:
        say(f"Nothing new: these files are in {outcome.workspace} already.")
        return
    print_rows(["file", "rows", "unreadable"], outcome.files, right=frozenset({1, 2}))
    say()
    print_rows([f"now in {outcome.workspace}", "rows"], sorted(outcome.rows.items()), right=frozenset({1}))
    if outcome.repairs:
        say("\nRepaired by an alias:")
        print_rows(["column", "found", "read as", "rows"], outcome.repairs, right=frozenset({3}))
    for line in outcome.assumptions:
        say(f"Assumed: {line}")
    if outcome.reject_counts:
        say("\nCould not be read:")
        rows = [
            (
                each.file,
                each.column,
                told(each.reason),
                each.rows,
                told("value left out" if each.dropped else "row rejected"),
            )
            for each in outcome.reject_counts
        ]
        print_rows(["file", "column", "reason", "rows", "what happened"], rows, right=frozenset({3}))
        for sample in outcome.reject_samples[:5]:
            say(f"  {sample.file}, line {sample.line}, {sample.column}: {sample.reason}")
