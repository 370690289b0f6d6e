"""Reports in Google Sheets: made, refreshed, and questions placed in any spreadsheet.

One process at a time writes a spreadsheet. Whatever goes wrong is kept beside the spreadsheet's entry and, where it can
still be written, said in its status strip; the last good figures stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.actions.google_access import Google, find_google, open_google
from connector.actions.report import ReportRequest
from connector.actions.sheet_layouts import layout_of
from connector.actions.sheet_runs import Done, File, SheetTurn, found_file, made_file, place_here, put_into, run_again
from connector.actions.sheet_settings import Question, kept_question, kept_report
from connector.deliver.sheets.google_api import spreadsheet_id
from connector.deliver.sheets.layout import Layout
from connector.errors import PuenteError, TryLater, UnknownName, UserError
from connector.http.clock import REAL, Clock
from connector.store.records import new_id
from connector.store.sheets import Problem, SheetBinding
from connector.store.store import Store, Workspace


@dataclass(frozen=True, slots=True)
class SheetMeans:
    """What every verb here needs besides the store. ``allowed_hosts`` are those the operator has listed."""

    allowed_hosts: frozenset[str]
    max_rows: int = 100_000
    wait_seconds: float = 60
    clock: Clock = REAL
    new_id: Callable[[], str] = new_id


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """Which report goes into a spreadsheet: a new one (in a folder, if one is named), or ``into`` one that is there.

    ``share`` names those who shall get it (:func:`connector.actions.sheet_create.make_sheet`).
    """

    workspace: str
    report: ReportRequest
    into: str = ""
    folder: str = ""
    share: tuple[str, ...] = ()
    connection: str = ""


@dataclass(frozen=True, slots=True)
class QuestionRequest:
    """Which question to place at which cell (``Tab!B3``) of which spreadsheet."""

    workspace: str
    spreadsheet: str
    place: str
    question: Question
    connection: str = ""


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """What to refresh: one spreadsheet, or all; of one workspace where it is named."""

    spreadsheet: str = ""
    workspace: str = ""
    every: bool = False
    restore: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one spreadsheet. ``findings`` are English sentences about what people changed in it."""

    title: str
    address: str
    state: str
    findings: tuple[str, ...] = ()
    cells: int = 0
    error: PuenteError | None = field(default=None, repr=False)


def create_sheet(store: Store, request: SheetRequest, means: SheetMeans, now: datetime) -> Written:
    """Put a report into a spreadsheet and remember it; nobody gets it yet. Raises what evaluation and Google raise."""
    workspace = store.workspace(request.workspace)
    connection = find_google(store, request.workspace, request.connection)
    into = spreadsheet_id(request.into) if request.into else ""
    if into:
        _check_free(store, into)
    language = request.report.language or request.report.default_language
    binding = SheetBinding(
        means.new_id(), workspace.id, connection.id, into, "", "report", "", language, kept_report(request.report), now
    )
    layout = layout_of(store, workspace, binding, now, means.max_rows)
    with open_google(store, connection, means.allowed_hosts, means.clock) as google:
        file = found_file(google, into) if into else made_file(google, layout.title, binding.id, request.folder)
        bound = file.bind(binding, layout.title)
        with store.writing_sheet(file.id, means.wait_seconds):
            done = _put(store, google, file, bound, layout, SheetTurn(means.new_id(), now))
        return written(done, google.page(file.id))


def _put(store: Store, google: Google, file: File, binding: SheetBinding, layout: Layout, turn: SheetTurn) -> Done:
    """Put a report into a spreadsheet and remember it; a file that was made for it is remembered first.

    So a run that breaks off leaves an entry, with which ``sheet refresh`` goes on, and no file that nobody knows of.
    """
    if file.is_new:
        store.add_sheet(binding)
    try:
        done = put_into(google, file, layout, turn)
    except PuenteError as error:
        if file.is_new:
            store.note_sheet(binding, problem_of(error), turn.now)
        raise
    if not file.is_new:
        store.add_sheet(binding)
    store.note_sheet(binding, done.good, turn.now)
    return done


def place_question(store: Store, request: QuestionRequest, means: SheetMeans, now: datetime) -> Written:
    """Place the answer to a question at a cell and remember it. Raises UserError where cells hold something."""
    workspace = store.workspace(request.workspace)
    connection = find_google(store, request.workspace, request.connection)
    number = means.new_id()
    binding = SheetBinding(
        number, workspace.id, connection.id, spreadsheet_id(request.spreadsheet), f"query-{number}", "query", "",
        request.question.query.language, kept_question(request.question), now,
    )  # fmt: skip
    layout = layout_of(store, workspace, binding, now, means.max_rows)
    with open_google(store, connection, means.allowed_hosts, means.clock) as google:
        file = found_file(google, binding.spreadsheet_id)
        bound = file.bind(binding, file.name)
        with store.writing_sheet(file.id, means.wait_seconds):
            done = place_here(google, file, layout, request.place, SheetTurn(means.new_id(), now))
            store.add_sheet(bound)
            store.note_sheet(bound, done.good, now)
        return written(done, google.page(file.id))


def refresh_sheets(store: Store, request: RefreshRequest, means: SheetMeans, now: datetime) -> Iterator[Written]:
    """Refresh what is asked for; yield each as it is done. One that fails does not keep the others from it."""
    bindings = chosen(store, request.spreadsheet, request.workspace)
    if not request.spreadsheet and not request.every:
        raise UserError("No spreadsheet was named.", remedy="Give its address, or --all to refresh all.")
    with ExitStack() as opened:
        accounts: dict[str, Google] = {}
        for binding in bindings:
            done = _refreshed(store, binding, means, now, _Opener(store, means, opened, accounts), request.restore)
            if done.error is not None and len(bindings) > 1:  # a single error is raised, and said by that
                done = replace(done, findings=(said_of(done.error),))
            yield done


@dataclass(frozen=True, slots=True)
class _Opener:
    """Opens each Google account once for a whole refresh."""

    store: Store
    means: SheetMeans
    opened: ExitStack
    accounts: dict[str, Google]

    def google(self, workspace: Workspace, connection_id: str) -> Google:
        if connection_id not in self.accounts:
            connection = next(one for one in self.store.connections(workspace) if one.id == connection_id)
            entering = open_google(self.store, connection, self.means.allowed_hosts, self.means.clock)
            self.accounts[connection_id] = self.opened.enter_context(entering)
        return self.accounts[connection_id]


def _refreshed(
    store: Store, binding: SheetBinding, means: SheetMeans, now: datetime, opener: _Opener, restore: bool
) -> Written:
    workspace = store.workspace_of(binding.workspace_id)
    address = ""
    try:
        google = opener.google(workspace, binding.connection_id)
        address = google.page(binding.spreadsheet_id)
        turn = SheetTurn(means.new_id(), now, restore)
        with store.writing_sheet(binding.spreadsheet_id, means.wait_seconds):
            done = run_again(google, binding, turn, lambda: layout_of(store, workspace, binding, now, means.max_rows))
            store.note_sheet(binding, done.good, now)
        return written(done, address)
    except PuenteError as error:
        store.note_sheet(binding, problem_of(error), now)
        return Written(binding.title, address, "not refreshed", error=error)


def written(done: Done, address: str) -> Written:
    """Return what became of a run."""
    return Written(done.title, address, done.state, done.findings, done.cells)


def problem_of(error: PuenteError) -> Problem:
    """Return an error as it is kept beside the spreadsheet's entry."""
    return Problem(error.sentence, error.place, error.remedy, error.code)


def said_of(error: PuenteError) -> str:
    """Return what an error says to the people of a spreadsheet: what is wrong and who must act, without the place."""
    return f"{error.sentence} {error.remedy}".strip()


def chosen(store: Store, spreadsheet: str, workspace: str) -> list[SheetBinding]:
    """Return the entries that a person means. Raises UnknownName, UserError."""
    owner = store.workspace(workspace) if workspace else None
    if not spreadsheet:
        return store.sheets(owner)
    found = store.sheets(owner, spreadsheet_id(spreadsheet))
    if not found:
        raise UnknownName(
            "Puente has written nothing into this spreadsheet.",
            place=spreadsheet,
            remedy="List those that it writes with: sheet status. Make one with: sheet create.",
        )
    return found


def raise_for(done: Sequence[Written]) -> None:
    """Raise for the refreshes that failed: the error itself for one, a sum of them for several."""
    errors = [each.error for each in done if each.error is not None]
    if len(done) == 1 and errors:
        raise errors[0]
    if errors:
        later = all(isinstance(error, TryLater) for error in errors)
        kind = TryLater if later else UserError
        raise kind(
            f"{len(errors)} of {len(done)} could not be refreshed; they keep their last good figures.",
            remedy="Each says above what is wrong and who must act.",
        )


def _check_free(store: Store, spreadsheet: str) -> None:
    if any(not each.region for each in store.sheets(spreadsheet_id=spreadsheet)):
        raise UserError(
            "This spreadsheet holds a report already.",
            place=spreadsheet,
            remedy="Use another spreadsheet, or let go of that report first: sheet forget.",
        )
