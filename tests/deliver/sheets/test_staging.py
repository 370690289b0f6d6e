"""Large tables: staged out of sight, put in place by one batch, in as few calls and bytes as they need."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gspread
import pytest

from connector.deliver.sheets import observation, planning, staging
from connector.deliver.sheets.api import Body
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.reading import COLUMNS
from connector.deliver.sheets.transport import Route
from connector.errors import UserError, VendorUnavailable
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from tests.deliver.sheets.sized_layouts import large_table
from tests.deliver.sheets.small_layouts import Desk, report, shown

LARGE = 120


def large(seed: int, rows: int = LARGE) -> Layout:
    """A large table on a tab of its own, beside the two tabs of the small report."""
    [tab] = large_table(seed, rows=rows).tabs
    return replace(report(), tabs=(*report().tabs, tab))


def values(layout: Layout) -> list[tuple[object, ...]]:
    table = layout.tabs[2].regions[1]
    return [*table.head, *table.body]


def found(desk: Desk, count: int) -> list[tuple[object, ...]]:
    sheet = desk.book.worksheet("Large")
    return [tuple(row) for row in sheet.get(f"A3:O{count + 2}", value_render_option="UNFORMATTED_VALUE")]


@pytest.fixture(autouse=True)
def _a_table_of_some_rows_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "SMALL_BYTES", 20_000)


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person, large(1)).make()


def test_a_large_report_is_made_whole(desk: Desk) -> None:
    assert desk.calls() == ["POST", "batchUpdate", "batchUpdate", "batchUpdate", "GET"]
    assert found(desk, LARGE + 1) == values(large(1))
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "More", "Large"]


def test_a_large_table_comes_in_few_calls_and_small_ones_ride_with_it(desk: Desk) -> None:
    more = (("Ana", 1, 1), ("Zoe", 2, 2), ("Yan", 3, 3), ("Xi", 4, 4), ("Will", 5, 5))
    layout = replace(large(2, LARGE + 50), tabs=(*report(more).tabs, large(2, LARGE + 50).tabs[2]))
    outcome = desk.refresh(layout)
    assert desk.calls() == ["getByDataFilter", "getByDataFilter", "batchUpdate", "batchUpdate", "batchUpdate"]
    assert (outcome.reads, outcome.writes, outcome.changed) == (2, 3, True)
    assert found(desk, LARGE + 51) == values(layout)
    assert desk.table() == shown(more)
    assert len(desk.book.worksheets()) == 3


def test_an_unchanged_large_table_is_not_sent(desk: Desk) -> None:
    outcome = desk.refresh(large(1))
    assert (outcome.changed, outcome.writes, outcome.reads) == (False, 0, 2)
    more = (("Ana", 1, 1), ("Zoe", 2, 2))
    outcome = desk.refresh(replace(large(1), tabs=(*report(more).tabs, large(1).tabs[2])))
    assert (outcome.changed, outcome.writes) == (True, 1)
    assert desk.table() == shown(more)


def test_a_large_table_that_becomes_small_leaves_nothing_behind(desk: Desk) -> None:
    desk.refresh(large(3, 5))
    assert found(desk, LARGE + 1) == values(large(3, 5))
    desk.refresh(large(4, LARGE - 7))
    assert found(desk, LARGE + 1) == values(large(4, LARGE - 7))


class Short(GoogleSheets):
    """Answers that are bounded tightly, as those of a very large table are by the transport."""

    def find(self, spreadsheet: str, filters: Sequence[Mapping[str, Any]], *, fields: str) -> Body:
        if "userEnteredValue" in fields and len(filters) == len(COLUMNS):
            raise VendorUnavailable("The answer was too long.")
        return super().find(spreadsheet, filters, fields=fields)


def test_a_table_too_large_to_be_read_can_become_small(
    desk: Desk, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observation, "MOST_READ", 1_000)
    desk.api = Short(route)
    desk.refresh(large(3, 5))
    assert found(desk, LARGE + 1) == values(large(3, 5))
    assert desk.table() == shown()
    desk.refresh(large(4, 6))
    assert found(desk, LARGE + 1) == values(large(4, 6))


def test_moved_columns_of_a_large_table_are_followed(desk: Desk) -> None:
    move = {"source": desk.lines("COLUMNS", 0, 1, "Large"), "destinationIndex": 3}
    desk.ask({"moveDimension": move})
    desk.refresh(large(2))
    turned = [(line[1], line[2], line[0], *line[3:]) for line in values(large(2))]
    assert found(desk, LARGE + 1) == turned


def test_bytes_and_calls_are_what_the_values_need(desk: Desk) -> None:
    rows = [list(row) for row in values(large(2))]
    compact = len(json.dumps({"values": rows}, separators=(",", ":"), ensure_ascii=False).encode())
    desk.refresh(large(2))
    sent = sum(call.request_bytes for call in desk.google.traffic)
    assert sent <= compact * 1.05 + 13_000  # what does not grow with the rows: guards, marks, records, masks
    assert desk.calls().count("batchUpdate") <= 2 + -(-compact // staging.PIECE_BYTES)


def test_pieces_are_as_few_as_fit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "PIECE_BYTES", 5_000)
    rows = [list(row) for row in values(large(2))]
    compact = len(json.dumps({"values": rows}, separators=(",", ":"), ensure_ascii=False).encode())
    desk.refresh(large(2))
    pieces = [call for call in desk.google.traffic if call.path.endswith("values:batchUpdate")]
    assert len(pieces) == -(-compact // 5_000)
    assert all(call.request_bytes <= 5_000 for call in pieces)
    assert found(desk, LARGE + 1) == values(large(2))


@pytest.mark.parametrize("nth", [3, 4, 5])
@pytest.mark.parametrize("fault", ["lost_reply", "error_503", "drop"])
def test_a_lost_reply_is_made_good(desk: Desk, fault: str, nth: int) -> None:
    desk.google.faults[:] = parse_faults(f"{fault},nth={nth}", WRITE_FAULTS)
    outcome = desk.refresh(large(2))
    assert found(desk, LARGE + 1) == values(large(2))
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "More", "Large"]
    assert (outcome.run, outcome.changed) == ("run-2", True)


def test_what_a_dead_run_left_is_deleted_by_the_next(desk: Desk) -> None:
    desk.google.faults[:] = parse_faults("error_503,from=5", WRITE_FAULTS)
    with pytest.raises(VendorUnavailable):
        desk.refresh(large(2))
    desk.google.faults.clear()
    assert len(desk.book.worksheets()) > 3
    assert found(desk, LARGE + 1) == values(large(1))
    desk.refresh(large(3))
    assert found(desk, LARGE + 1) == values(large(3))
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "More", "Large"]


def test_too_many_cells_are_refused_before_anything_is_sent(desk: Desk) -> None:
    desk.ask(
        {"addSheet": {"properties": {"title": "Full", "gridProperties": {"rowCount": 9_981_000, "columnCount": 1}}}}
    )
    before = desk.values()
    with pytest.raises(UserError, match="Google allows 10,000,000"):
        desk.refresh(large(2, 5 * LARGE))
    assert desk.values() == before
    assert "values:batchUpdate" not in [call.path.rpartition("/")[2] for call in desk.google.traffic]
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "More", "Large", "Full"]


def test_what_is_large_is_decided_by_bytes() -> None:
    assert planning.large_regions(report()) == frozenset()
    assert planning.large_regions(large(1)) == {("large", "table")}


EDITS: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "rows above": lambda desk: {"insertDimension": {"range": desk.lines("ROWS", 0, 2, "Large")}},
    "rows gone": lambda desk: {"deleteDimension": {"range": desk.lines("ROWS", 8, 20, "Large")}},
    "columns before": lambda desk: {"insertDimension": {"range": desk.lines("COLUMNS", 0, 2, "Large")}},
}


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "without guards"])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_in_between_is_noticed_and_put_right(desk: Desk, edit: str, nth: int, is_guarded: bool) -> None:
    if not is_guarded:
        desk.drop_guards()
    desk.before_write(lambda: desk.ask(EDITS[edit](desk)), nth)
    desk.refresh(large(2))
    lines = desk.book.worksheet("Large").get_all_values(value_render_option="UNFORMATTED_VALUE")
    left = 2 if edit == "columns before" else 0
    filled = [tuple(line[left : left + 15]) for line in lines if any(cell != "" for cell in line)]
    assert filled[1:] == values(large(2))
    assert not any(cell != "" for line in lines for cell in (*line[:left], *line[left + 15 :]))
    if is_guarded:
        assert sum(call.path.endswith("values:batchUpdate") for call in desk.google.traffic) == 1, "staged once"
        assert 400 in [call.status for call in desk.google.traffic]
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "More", "Large"]
