"""``sheet``, and ``connect google``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.queries import asking_options, question_of
from connector.cli.reports import report_request
from connector.cli.session import Session, pass_session, read_parameters, workspace_option
from connector.cli.speech import moment, say
from connector.errors import FileError, quote
from connector.model.messages import told

if TYPE_CHECKING:
    from connector.actions.sheets import SheetMeans, Written

connection_option = click.option(
    "--connection", default="", help="Name of the Google connection, if there are several."
)


def connect_account(
    session: Session, workspace: str, name: str, given: dict[str, Any], show: Callable[[str], None]
) -> None:
    """Connect a Google account: the part of ``connect`` that only Google needs."""
    from connector.actions.connect import ConnectRequest  # noqa: PLC0415 - heavy
    from connector.actions.google_access import connect_google  # noqa: PLC0415 - heavy

    settings, options = session.settings, read_parameters(given["options"])
    key = _key(given["key_file"], settings.token.reveal(), by_secret=bool(given["oauth"] and options.get("client_id")))
    request = ConnectRequest(workspace, "google", key, name, options, given["oauth"])
    done = connect_google(session.store, request, settings.allowed_hosts, session.now(), show)
    say(f"Connected: {done.account.label}.")
    if done.account.label.endswith(".gserviceaccount.com"):
        say(f"Share spreadsheets that Puente shall write with {done.account.label}, as an editor.")
    say(f"Next: sheet create total_sales --workspace {done.workspace}")


def _key(path: Path | None, token: str, *, by_secret: bool) -> str:
    """Return the text of a key file, of PUENTE_TOKEN, or what a person types: a file's name, or the app's secret."""
    from connector.actions.google_options import read_key_file  # noqa: PLC0415 - heavy

    if path is None and token:
        return token
    if path is None and by_secret:
        return str(
            click.prompt(told("Client secret of the app"), hide_input=True, default="", show_default=False, err=True)
        )
    named = path or Path(
        click.prompt(told("Key file from the Google Cloud console"), default="", show_default=False, err=True)
    )
    try:
        return read_key_file(named.expanduser().read_bytes())
    except OSError:
        raise FileError(
            f"The file {quote(named)} cannot be read.", place="--key-file", remedy="Check its name and who may read it."
        ) from None


@click.group("sheet")
def sheet_command() -> None:
    """Reports in Google Sheets: make them, refresh them, see how they are.

    A refresh writes only what Puente owns. What people add to a spreadsheet stays: columns, formulas, notes, formats,
    tabs, charts. connector/deliver/sheets/CONTRACT.md says exactly what is whose.
    """


@sheet_command.command("create")
@click.argument("template")
@workspace_option
@click.option("--into", default="", metavar="SPREADSHEET", help="Existing spreadsheet (address or id) to write into.")
@click.option(
    "--folder", default="", metavar="FOLDER", help="Folder (address or id) to make it in, e.g. of a shared drive."
)
@click.option(
    "--share", multiple=True, metavar="EMAIL", help="Share it with this person as an editor; may be repeated."
)
@click.option("--variant", default="", help="Run the report as saved under this name; options named here go first.")
@connection_option
@asking_options
@pass_session
def create(session: Session, template: str, workspace: str, **given: Any) -> None:
    """Make a spreadsheet of the report TEMPLATE, with native charts, which sheet refresh keeps fresh.

    \b
    Examples:
      sheet create total_sales -w acme --share ana@acme.example
      sheet create win_loss -w acme --language es --range last_quarter
      sheet create pipeline_overview -w acme --into https://docs.google.com/spreadsheets/d/.../edit
    """
    from connector.actions.sheet_create import make_sheet  # noqa: PLC0415 - heavy
    from connector.actions.sheets import SheetRequest, raise_for  # noqa: PLC0415 - heavy

    request = SheetRequest(
        workspace,
        report_request(session, template, given["variant"], given),
        given["into"],
        given["folder"],
        given["share"],
        given["connection"],
    )
    made = make_sheet(session.store, request, _means(session), session.now())
    _print_written(made)
    raise_for([made])


@sheet_command.command("query")
@click.argument("spreadsheet")
@workspace_option
@click.option("--at", "place", required=True, metavar="'TAB!B3'", help="Cell where its first row goes.")
@click.option(
    "--metrics", "-m", multiple=True, required=True, metavar="A,B", help="Metric ids or name=FORMULA, comma between."
)
@click.option("--dimensions", "-d", multiple=True, metavar="X,Y", help="Dimension ids; time ones take a grain.")
@click.option("--title", default="", help="Title above it. Default: the names of the metrics.")
@connection_option
@asking_options
@click.option("--sort", multiple=True, metavar="F", help="Column to sort by; -F for largest first.")
@click.option("--limit", type=click.IntRange(1), help="Write at most this many rows.")
@click.option("--totals/--no-totals", default=True, help="Write the total under the headings.")
@pass_session
def query(session: Session, spreadsheet: str, workspace: str, **given: Any) -> None:
    """Place the answer to a question at a cell of any SPREADSHEET; it is refreshed with the rest.

    Cells that hold something are never covered: choose a place with room to the right and below.

    \b
    Examples:
      sheet query https://docs.google.com/spreadsheets/d/.../edit -w acme -m total_sales -d owner --at "Board!B3"
    """
    from connector.actions.sheet_query import place_with_room  # noqa: PLC0415 - heavy
    from connector.actions.sheet_settings import Question  # noqa: PLC0415 - heavy
    from connector.actions.sheets import QuestionRequest  # noqa: PLC0415 - heavy

    asked = question_of(session, {**given, "form": "table"})
    question = Question(asked, given["filters"], given["title"])
    request = QuestionRequest(workspace, spreadsheet, given["place"], question, given["connection"])
    _print_written(place_with_room(session.store, request, _means(session), session.now()))


@sheet_command.command("refresh")
@click.argument("spreadsheet", default="")
@click.option("--workspace", "-w", default="", help="Only what belongs to this workspace.")
@click.option("--all", "every", is_flag=True, help="Refresh every spreadsheet (of the workspace, if one is named).")
@click.option("--restore", is_flag=True, help="Make tabs, tables and columns anew that were deleted.")
@pass_session
def refresh(session: Session, spreadsheet: str, workspace: str, every: bool, restore: bool) -> None:
    """Write the newest figures into SPREADSHEET (address or id), or into all.

    Nothing is seen of it until all of it is there. When nothing has changed, no cell of data is written. A report that
    cannot be refreshed keeps its last good figures and says why.

    \b
    Examples:
      sheet refresh https://docs.google.com/spreadsheets/d/.../edit
      sheet refresh --all
    """
    from connector.actions.sheets import RefreshRequest, raise_for, refresh_sheets  # noqa: PLC0415 - heavy

    is_all = every or bool(workspace and not spreadsheet)
    request = RefreshRequest(spreadsheet, workspace, is_all, restore)
    done = []
    for written in refresh_sheets(session.store, request, _means(session), session.now()):
        _print_written(written)
        done.append(written)
    if not done:
        say("There are no spreadsheets yet. Make one with: sheet create.")
    raise_for(done)


@sheet_command.command("status")
@click.argument("spreadsheet", default="")
@click.option("--workspace", "-w", default="", help="Only what belongs to this workspace.")
@pass_session
def status(session: Session, spreadsheet: str, workspace: str) -> None:
    """List the spreadsheets and how they are; with SPREADSHEET, look into it and say what people changed there."""
    from connector.actions.sheet_list import inspect_sheet, list_sheets  # noqa: PLC0415 - heavy
    from connector.cli.tables import print_rows  # noqa: PLC0415 - heavy

    entries = list_sheets(session.store, spreadsheet, workspace)
    if not entries:
        say("There are no spreadsheets yet. Make one with: sheet create.")
        return
    rows = [(each.workspace, each.what, each.title, moment(each.last_good_at) or told("never")) for each in entries]
    print_rows(["workspace", "report", "spreadsheet", "last good"], rows)
    for each in entries:
        click.echo(f"{each.title}  {each.address}")
        line = f"  {each.what}: {told(each.state)}"  # a sentence is too long for a column
        click.echo("".join(char if char.isprintable() else " " for char in line))
    if spreadsheet:
        for line in inspect_sheet(session.store, spreadsheet, workspace, _means(session), session.now()):
            say(line)


@sheet_command.command("forget")
@click.argument("spreadsheet")
@click.option("--workspace", "-w", default="", help="Only what belongs to this workspace.")
@pass_session
def forget(session: Session, spreadsheet: str, workspace: str) -> None:
    """Refresh SPREADSHEET no more. The spreadsheet itself stays as it is."""
    from connector.actions.sheet_list import forget_sheets  # noqa: PLC0415 - heavy

    for title in forget_sheets(session.store, spreadsheet, workspace):
        say(f"Forgotten: {title}. The spreadsheet itself is untouched.")


def _means(session: Session) -> SheetMeans:
    from connector.actions.sheets import SheetMeans  # noqa: PLC0415 - heavy

    settings = session.settings
    return SheetMeans(settings.allowed_hosts, settings.max_rows, settings.lock_wait_seconds)


def _print_written(written: Written) -> None:
    """Say what happened to one spreadsheet, and what its people should know."""
    click.echo(f"{written.title}: {told(written.state)}  {written.address}")
    for line in written.findings:
        click.echo(f"  - {told(line)}")
