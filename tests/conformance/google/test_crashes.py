"""The crash matrix: at no point does a refresh that dies leave a report that is half old and half new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import gspread
import pytest

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.transport import Route
from connector.errors import PuenteError
from connector.sandbox.google.start import RunningGoogle, start_google
from tests.conformance.google.crashes import Killed, Mortal, Size, version_of
from tests.conftest import ROOT
from tests.google.judge import Judge
from tests.google.redirect import redirected
from tests.http.vendor import FakeClock, client_of

pytestmark = pytest.mark.conformance

NOW = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)
DOCUMENT = ROOT / "connector" / "deliver" / "sheets" / "CRASHES.md"
SIZES = (
    Size("3 tabs, growing", 3, (5, 12)),
    Size("3 tabs, shrinking", 3, (12, 5)),
    Size("10 tabs, growing", 10, (3, 6)),
    Size("3 tabs, large, growing", 3, (30, 55), large=True),
    Size("3 tabs, large, shrinking", 3, (80, 50), large=True),
    Size("10 tabs, large, growing", 10, (9, 14), large=True),
)
EDITS = (
    "nobody", "rows above", "a row inside", "a column left", "rows above gone", "our column moved", "our row gone",
    "typing beside", "another name",
)  # fmt: skip
TELLING = {
    ("10 tabs, growing", "nobody"), ("10 tabs, growing", "rows above"), ("10 tabs, growing", "our row gone"),
    ("3 tabs, large, growing", "rows above"), ("3 tabs, large, shrinking", "our column moved"),
    ("10 tabs, large, growing", "nobody"),
}  # fmt: skip
"""Cells of large reports and of many tabs that are tried without ``--write-matrix``."""
FATES = ("killed before", "killed after", "not sent", "reply lost")
MOST_CALLS = 20


class Desk:
    """A spreadsheet with the old report, and a person who has put something of his own into it."""

    def __init__(self, google: RunningGoogle, api: GoogleSheets, person: gspread.Client, size: Size) -> None:
        self.size, self.api = size, api
        self.old, self.new = size.layout(is_new=False), size.layout(is_new=True)
        self.spreadsheet = create(api, self.old, NOW, "run-old").spreadsheet
        self.book = person.open_by_key(self.spreadsheet)
        self.first = self.book.worksheets()[0]
        self.first.update([["mine 1"], ["mine 2"]], "H4:H5")
        self.mine = 2
        self.lost: Counter[Any] = Counter()

    def reader(self) -> dict[str, Counter[Any]]:
        """Return what stands on the visible tabs, without what is the person's."""
        found: dict[str, Counter[Any]] = {}
        sheets = [sheet for sheet in self.book.worksheets(exclude_hidden=True) if not sheet.title.startswith("Mine")]
        self.found_mine = 0
        for number, sheet in enumerate(sheets):
            values = [cell for row in sheet.get_all_values(value_render_option="UNFORMATTED_VALUE") for cell in row]
            kept = [value for value in values if value != ""]
            self.found_mine += sum(str(value).startswith("mine") for value in kept)
            found[f"tab{number}"] = Counter(value for value in kept if not str(value).startswith("mine"))
        return found

    def version(self) -> str:
        """Say what a reader sees; the person's own cells must all be there."""
        seen = version_of(self.reader(), self.old, self.new, self.lost)
        return seen if self.found_mine == self.mine else f"bad: {self.found_mine} of {self.mine} cells of the person"

    def staged(self) -> int:
        return sum(sheet.title.startswith("__") for sheet in self.book.worksheets())

    def edits(self) -> dict[str, Callable[[], object]]:
        """What a person may do in the same moment."""

        def rows_above() -> None:
            self.first.insert_rows([[], []], 2)

        def row_inside() -> None:
            self.first.insert_rows([[]], 5)

        def column_left() -> None:
            self.first.insert_cols([[]], 1)

        def rows_above_gone() -> None:
            self.first.delete_rows(1, 2)

        def column_moved() -> None:
            source = {"sheetId": self.first.id, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
            self.book.batch_update({"requests": [{"moveDimension": {"source": source, "destinationIndex": 4}}]})

        def row_gone() -> None:
            row = self.first.row_values(5, value_render_option="UNFORMATTED_VALUE")
            self.lost = Counter(value for value in row if value != "" and not str(value).startswith("mine"))
            self.mine -= sum(str(value).startswith("mine") for value in row)
            self.first.delete_rows(5)

        def typing() -> None:
            self.first.update([["mine 3"]], "H6")
            self.mine = 3

        def other_name() -> None:
            self.first.update_title("Renamed")

        return {
            "nobody": lambda: None, "rows above": rows_above, "a row inside": row_inside,
            "a column left": column_left, "rows above gone": rows_above_gone, "our column moved": column_moved,
            "our row gone": row_gone, "typing beside": typing, "another name": other_name,
        }  # fmt: skip


Matrix = dict[tuple[str, str], tuple[int, int, int, int]]


@pytest.fixture(scope="module")
def matrix(write_matrix: bool) -> Iterator[Matrix]:
    """Collect what is found; at the end write it, when told to, else compare it with what is written."""
    found: Matrix = {}
    yield found
    lines = [line_of(size, edit, cells) for (size, edit), cells in found.items()]
    if write_matrix:
        DOCUMENT.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    else:
        written = DOCUMENT.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if line not in written] == [], "write it anew: --write-matrix"


def line_of(size: str, edit: str, cells: tuple[int, int, int, int]) -> str:
    return f"| {size} | {edit} | " + " | ".join(map(str, cells)) + " |"


HEAD = """# A refresh that dies

Written by the tests (`pytest -m conformance --write-matrix tests/conformance/google/test_crashes.py`), which fail when
it no longer holds. At every request of a refresh, one after the other: the process is killed before it, killed after it
with the reply lost, nothing is sent, or the reply is lost; at the same moment a person does nothing or edits. After
each a reader looks at the whole report. Then the next refresh runs, and the report must be the new one with no hidden
tab left and every cell of the person in place; it was, every time.

- **old**, **new**: the reader saw the whole old report, or the whole new one. Where the person has deleted a row of the
  report, the old one is the report without that row.
- **neither**: anything else, such as figures beside their place. It never happened.

## What this leans on

A change of several requests is made whole or not at all: Google says so. Google knows no write on a condition, though,
and rows or columns may move between our reading and our writing. Each change therefore begins with **guards**: hidden
notes (developer metadata) on rows and columns of ours. The change removes each *if it stands where it was read*, and
makes it anew there under the same id. A guard that has moved is not found there, its id is taken, and Google refuses
the whole change; the spreadsheet is read again, and the change is made for the places of now. Of Google's description
of developer metadata this takes that an entry stays with its row or column, that a lookup by id and place meets only
what has both, and that ids are unique in a spreadsheet; and of a change that its requests are carried out one after
another. The sandbox does all of this. `make live-check` (11) asks a live account.

- Should Google refuse guards that have not moved, the change is sent again without them; should it take those that
  have, nothing but guards was touched by it. Then there is the second net, as for spreadsheets that have no guards yet
  (those that an older version has written get them with their next change): the answer to the change tells where our
  marks stand, and what fell beside its place is put right at once. Only who dies in the moment of the write without
  guards leaves figures beside their place until the next refresh, and for good what fell into rows or columns that the
  person inserted in that moment.
- Guards see rows and columns. Cells that a person types or sorts between our reading and our writing are written over
  where the report writes, and stay as he left them elsewhere until the next refresh.
- A tab with more than 100 columns of ours has a guard on every second, third ... and the last; one whose columns leave
  no room in the metadata has none. Nor has a table in the moment in which `sheet query` places it for the first time.

| Report | The person meanwhile | Points | old | new | neither |
|---|---|---|---|---|---|
"""


@pytest.fixture
def desk_of() -> Iterator[Callable[[Size], Desk]]:
    clock, judge, opened = FakeClock(), Judge(), []

    def made(size: Size) -> Desk:
        google = start_google(clock=clock.now).__enter__()
        google.witness = judge
        client = client_of(google.token, policy=POLICY, clock=clock).__enter__()
        session, _ = redirected(google.url, google.token)
        opened.append((google, client, session))
        person = gspread.Client(auth=None, session=session)  # type: ignore[arg-type]
        return Desk(google, GoogleSheets(Route(client, "owner@example.org", google.url)), person, size)

    yield made
    for google, client, session in opened:
        session.close()
        client.close()
        google.stop()
    judge.check()


def attempt(desk: Desk, at: int, fate: str, edit: str) -> tuple[str, int]:
    """Refresh with a fate at one call; return what a reader then sees, and how many calls were made."""
    if edit == "rows above gone":
        desk.first.insert_rows([[], []], 1)
    mortal = Mortal(desk.api, at, fate, desk.edits()[edit])
    with suppress(Killed, PuenteError):
        refresh(mortal, desk.spreadsheet, desk.new, NOW, f"run-{at}-{fate[:8]}")
    return desk.version(), mortal.calls


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All of the matrix where it is written, which takes long; else small reports and the telling cells."""
    if "edit" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--write-matrix")
        cells = [
            pytest.param(size, edit, id=f"{size.name}-{edit}")
            for size in SIZES
            for edit in EDITS
            if whole or size in SIZES[:2] or (size.name, edit) in TELLING
        ]
        metafunc.parametrize(("size", "edit"), cells)


def test_a_refresh_that_dies_leaves_the_old_report_or_the_new_one(
    desk_of: Callable[[Size], Desk], size: Size, edit: str, figure: Callable[[str], None], matrix: Matrix
) -> None:
    trials, states = 0, Counter[str]()
    for fate in FATES:
        for at in range(1, MOST_CALLS + 1):
            desk = desk_of(size)
            seen, calls = attempt(desk, at, fate, edit)
            if calls < at:
                break
            trials += 1
            states[seen if seen in ("old", "new") else "neither"] += 1
            assert seen in ("old", "new"), (fate, at, seen)
            refresh(desk.api, desk.spreadsheet, desk.new, NOW, f"run-next-{at}")
            assert desk.version() == "new", (fate, at, desk.version())
            assert desk.staged() == 0, (fate, at, "staging is left")
        else:
            raise AssertionError(f"a refresh of more than {MOST_CALLS} calls")
    matrix[size.name, edit] = (trials, states["old"], states["new"], states["neither"])
    figure(f"crash matrix, {size.name}, {edit}: {trials} points, {dict(states)}")
