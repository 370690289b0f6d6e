"""One run on one spreadsheet: the file is looked at, the writer does its work, a problem is said where it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connector.actions.google_access import Google
from connector.actions.sheet_settings import known_language
from connector.deliver.sheets.creation import place
from connector.deliver.sheets.drift import Drift
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.outcome import Counted
from connector.deliver.sheets.placing import Spot, place_region
from connector.deliver.sheets.problems import say
from connector.deliver.sheets.refresh import Errand, converge, refresh
from connector.deliver.sheets.refusals import not_editor
from connector.deliver.sheets.sheet_strip import problem_strip
from connector.errors import (
    ConnectionRefused,
    MissingScope,
    NotInAccount,
    PuenteError,
    TryLater,
    UnknownName,
    UserError,
    VendorUnavailable,
    quote,
)
from connector.model.messages import told
from connector.store.sheets import MADE_BY_PUENTE, Good, SheetBinding

SPREADSHEET_TYPE: Final = "application/vnd.google-apps.spreadsheet"
QUIET: Final = (ConnectionRefused, MissingScope, NotInAccount, TryLater)
"""Problems that also keep the strip from being written, or that are over by the next refresh."""
_CELL: Final = re.compile(r"\$?(?P<letters>[A-Za-z]{1,3})\$?(?P<row>[1-9][0-9]{0,7})")
_FOLDER: Final = re.compile(r"/folders/([A-Za-z0-9_-]{5,200})(?:[/?#]|\Z)")


@dataclass(frozen=True, slots=True)
class SheetTurn:
    """One run: its number, when it is, and whether deleted parts are made anew."""

    run: str
    now: datetime
    restore: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A spreadsheet that is there and may be written. ``is_new``: nobody has opened it yet."""

    id: str
    name: str
    is_new: bool = False

    def bind(self, binding: SheetBinding, title: str) -> SheetBinding:
        """Return an entry for what is put into it."""
        settings = {**binding.settings, MADE_BY_PUENTE: self.is_new}
        return replace(binding, spreadsheet_id=self.id, title=(self.name or title)[:300], settings=settings)


@dataclass(frozen=True, slots=True)
class Done:
    """A run that went well. ``lost`` are sentences about parts that somebody deleted, ``findings`` all sentences."""

    run: str
    title: str
    state: str
    findings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    cells: int = 0

    @property
    def good(self) -> Good:
        """What is kept of it."""
        return Good(self.run, self.title, self.lost)


def found_file(google: Google, spreadsheet: str) -> File:
    """Return a spreadsheet. Raises NotInAccount for one that is gone or in the bin, NotAllowed, UserError."""
    try:
        told = google.drive.describe(spreadsheet)
    except (NotInAccount, MissingScope):
        # Drive hides what Sheets may still open, by the scopes that a person has allowed.
        told = google.sheets.get(spreadsheet, fields="properties(title)").get("properties", {})
        return File(spreadsheet, _plain(told.get("title")))
    name = _plain(told.get("name"))
    if told.get("trashed"):
        raise NotInAccount(
            f"The spreadsheet {quote(name)} lies in the bin of Google Drive.",
            place="Google Drive",
            remedy="Whoever owns it can restore it. To refresh it no more: sheet forget.",
        )
    if told.get("mimeType", SPREADSHEET_TYPE) != SPREADSHEET_TYPE:
        raise UserError(
            f"{quote(name)} is no Google spreadsheet.",
            place="Google Drive",
            remedy="An Excel workbook becomes one by File, Save as Google Sheets.",
        )
    if told.get("capabilities", {}).get("canEdit") is False:
        raise not_editor(google.email, name)
    return File(spreadsheet, name)


def _plain(title: object) -> str:
    """Return the title that a person gave a file, without what a terminal would take for a command."""
    return "".join(char if char.isprintable() else " " for char in str(title or ""))


def made_file(google: Google, name: str, key: str, folder: str = "") -> File:
    """Make an empty spreadsheet; ``key`` finds it again when Google's answer was lost. Raises NotAllowed."""
    place = _FOLDER.search(folder)
    try:
        told = google.drive.make(name, key, place[1] if place else folder)
    except VendorUnavailable:
        told = next(iter(google.drive.find(key)), {})
        if not told:
            raise
    return File(str(told["id"]), name, is_new=True)


def put_into(google: Google, file: File, layout: Layout, turn: SheetTurn) -> Done:
    """Put a report into a spreadsheet that has none. Raises UserError where another report of ours stands."""
    if file.is_new:
        errand = Errand(Counted(google.sheets), file.id, layout, turn.now, turn.run, is_first=True)
        errand.deletes = _prepared(google, file, layout)
        converge(errand)
        return _done(turn.run, file.name, "made", tuple(errand.findings), errand.cells)
    made = place(google.sheets, file.id, layout, turn.now, turn.run)
    return _done(turn.run, file.name, "made", made.findings, made.cells)


def _prepared(google: Google, file: File, layout: Layout) -> tuple[int, ...]:
    """Give a new file the report's locale and time zone; return its empty tabs, which go when the report is there."""
    properties = {"locale": layout.locale, "timeZone": layout.time_zone}
    change = {"updateSpreadsheetProperties": {"properties": properties, "fields": "locale,timeZone"}}
    answer = google.sheets.change(
        file.id,
        {"requests": [change], "includeSpreadsheetInResponse": True},
        fields="updatedSpreadsheet(sheets(properties(sheetId)))",
    )
    return tuple(int(sheet["properties"].get("sheetId", 0)) for sheet in answer["updatedSpreadsheet"]["sheets"])


def place_here(google: Google, file: File, layout: Layout, place: str, turn: SheetTurn) -> Done:
    """Put the one table of a layout at a cell (``Tab!B3``). Raises UserError where cells hold something."""
    sheet, row, column = cell_at(google, file.id, place)
    tab = layout.tabs[0]
    made = place_region(google.sheets, file.id, layout, Spot(sheet, row, column), turn.now, turn.run)
    return _done(turn.run, file.name or tab.title, "placed", made.findings, made.cells)


def run_again(google: Google, binding: SheetBinding, turn: SheetTurn, make: Callable[[], Layout]) -> Done:
    """Refresh what an entry holds; ``make`` gives the layout as of now.

    A problem that leaves the spreadsheet writable is said in its strip before it is raised.
    """
    file = found_file(google, binding.spreadsheet_id)
    try:
        return _refreshed(google, file, binding, turn, make())
    except QUIET:
        raise
    except PuenteError as error:
        with suppress(PuenteError):  # what is wrong may also keep the strip from being written: the first error is told
            _say(google, binding, (error.sentence, error.remedy))
        raise


def _refreshed(google: Google, file: File, binding: SheetBinding, turn: SheetTurn, layout: Layout) -> Done:
    known = () if turn.restore else binding.notice
    try:
        outcome = refresh(google.sheets, file.id, _noted(layout, known, binding), turn.now, turn.run, turn.restore)
    except NotInAccount:
        if binding.kind == "report" and binding.last_good_at is None:  # making it was broken off
            return put_into(google, replace(file, is_new=bool(binding.settings.get(MADE_BY_PUENTE))), layout, turn)
        raise
    state = "refreshed" if outcome.changed else "up to date"
    done = _done(outcome.run, file.name or binding.title, state, outcome.findings, outcome.cells)
    if done.lost != known:
        _say(google, binding, done.lost)
    return done


def _noted(layout: Layout, notice: tuple[str, ...], binding: SheetBinding) -> Layout:
    """Return a layout whose strip says what is known to be deleted, so that an unchanged report stays unchanged."""
    return problem_strip(layout, _told(notice, binding)) if binding.kind == "report" else layout


def _say(google: Google, binding: SheetBinding, sentences: tuple[str, ...]) -> None:
    """Write what is wrong into the strip of a report; a placed question has none."""
    if binding.kind == "report":
        say(google.sheets, binding.spreadsheet_id, _told(sentences, binding))


def _told(sentences: tuple[str, ...], binding: SheetBinding) -> tuple[str, ...]:
    return tuple(told(sentence, known_language(binding.language)) for sentence in sentences if sentence)


def _done(run: str, title: str, state: str, findings: tuple[Drift, ...], cells: int) -> Done:
    lost = tuple(dict.fromkeys(each.sentence for each in findings if each.is_loss))
    return Done(run, title, state, tuple(dict.fromkeys(each.sentence for each in findings)), lost, cells)


def cell_at(google: Google, spreadsheet: str, place: str) -> tuple[int, int, int]:
    """Return sheetId, row and column, counted from 0, of a place such as ``Board!B3``. Raises UserError."""
    title, _, cell = place.strip().rpartition("!")
    found = _CELL.fullmatch(cell.strip())
    if found is None:
        raise UserError(
            f"{quote(place)} is no place in a spreadsheet.", place="--at", remedy="Write it as Tab!B3, or B3."
        )
    title = title[1:-1].replace("''", "'") if title[:1] == "'" == title[-1:] and len(title) > 1 else title
    sheets = google.sheets.get(spreadsheet, fields="sheets(properties(sheetId,title))").get("sheets", [])
    known = {str(each["properties"].get("title", "")): int(each["properties"].get("sheetId", 0)) for each in sheets}
    sheet = known.get(title) if title else next(iter(known.values()), None)
    if sheet is None:
        names = ", ".join(quote(name) for name in list(known)[:20])
        raise UnknownName(f"There is no tab {quote(title)}.", place="--at", remedy=f"There are {names}.")
    return sheet, int(found["row"]) - 1, _column(found["letters"])


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
