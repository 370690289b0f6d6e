"""References in formulas: how they are read, and that they keep their meaning. The judge tracks each cell by itself."""

from __future__ import annotations

from dataclasses import dataclass

import ironcalc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.google.areas import Area
from connector.sandbox.google.edits import BandEdit, BlockMoved, Deleted, Inserted, LineEdit, Moved, SheetDeleted
from connector.sandbox.google.formulas import Titles, areas, copied, followed, renamed
from connector.sandbox.google.references import Reference, tokens

ROWS, COLUMNS = 9, 7
LETTERS = "ABCDEFG"
TITLES = Titles({0: "Deals", 1: "Ann's sheet", 2: "Q1"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("=SUM(A1:B2)+$C$4:D", ["A1:B2", "$C$4:D"]),
        ('=a1&"B2 ""C3"""&\'It\'\'s B2\'!C3', ["A1", "'It''s B2'!C3"]),
        ("=LOG10(2)+foo_A1+Q1_x+1.5+1E5+A1.b", []),
        ("=A1:INDEX(B:B,3)", ["A1", "B:B"]),
        ("=B5:A1+2:3+B2:2", ["A1:B5", "2:3", "B2:2"]),
        ("=Deals[Amount]+TRUE+#REF!A1", []),
        ("={A1,B2;C3}%", ["A1", "B2", "C3"]),
        ("=Ünï!A1+Sheet2!$A1", ["Ünï!A1", "Sheet2!$A1"]),
    ],
)
def test_references_are_found_and_nothing_else(text: str, found: list[str]) -> None:
    assert [str(token) for token in tokens(text) if isinstance(token, Reference)] == found


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Deleted(5, 7)), "=SUM(A5:A11)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Deleted(3, 14)), "=SUM(#REF!)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Deleted(2, 6)), "=SUM(A3:A9)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Inserted(4, 2)), "=SUM(A7:A15)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Inserted(5, 2)), "=SUM(A5:A15)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Inserted(12, 2)), "=SUM(A5:A15)"),
        ("=SUM(A5:A13)", LineEdit(0, "ROWS", Inserted(13, 2)), "=SUM(A5:A13)"),
        ("=SUM($A$2:A)", LineEdit(0, "ROWS", Inserted(1, 3)), "=SUM($A$5:A)"),
        ("=SUM(A:A)+SUM(2:3)", LineEdit(0, "ROWS", Inserted(0, 1)), "=SUM(A:A)+SUM(3:4)"),
        ("=SUM(A:C)", LineEdit(0, "COLUMNS", Deleted(0, 2)), "=SUM(A:A)"),
        ("=Q1!A5+A5", LineEdit(2, "ROWS", Inserted(0, 1)), "='Q1'!A6+A5"),
        ("=Q1!A5+A5", SheetDeleted(2), "=#REF!+A5"),
        ("=A1+A3", LineEdit(0, "ROWS", Moved(0, 1, 5)), "=A5+A2"),
        ("=SUM(B2:B5)+SUM(B2:C5)", BandEdit(0, "ROWS", Inserted(2, 1), (1, 2)), "=SUM(B2:B6)+SUM(B2:C5)"),
        ("=SUM(A1:B2)+A1+C9", BlockMoved(Area(0, 0, 2, 0, 2), 0, 4, 3), "=SUM(D5:E6)+D5+C9"),
        ("=A1+B7", BlockMoved(Area(0, 0, 2, 0, 2), 1, 0, 0), "='Ann''s sheet'!A1+B7"),
    ],
)
def test_a_formula_follows_an_edit(before: str, edit: LineEdit, after: str) -> None:
    assert followed(before, 0, TITLES, edit) == after


def test_a_formula_moved_to_another_sheet_still_means_the_same() -> None:
    edit = BlockMoved(Area(0, 0, 1, 0, 2), 1, 3, 3)
    assert followed("=B1+C1+'Ann''s sheet'!A1", 0, TITLES, edit, home_after=1) == "=E4+Deals!C1+'Ann''s sheet'!A1"


def test_a_copy_shifts_what_is_not_fixed() -> None:
    assert copied("=A1+$A1+A$1+$A$1+SUM(B2:C)", 2, 1) == "=B3+$A3+B$1+$A$1+SUM(C4:D)"
    assert copied("=A1+B2", -1, 0) == "=#REF!+B1"


def test_a_renamed_sheet_is_named_in_formulas() -> None:
    assert renamed('=Deals!A1+deals!B2+Other!A1+"Deals!A1"', "Deals", "My deals") == (
        "='My deals'!A1+'My deals'!B2+Other!A1+\"Deals!A1\""
    )


# The judge: a grid of cells that know who they are.


@dataclass(frozen=True)
class Done:
    """An edit, and the grid of cells after it: None is a new cell."""

    edit: LineEdit
    grid: list[list[tuple[int, int] | None]]


def cells() -> list[list[tuple[int, int] | None]]:
    return [[(row, column) for column in range(COLUMNS)] for row in range(ROWS)]


def turned(grid: list[list[tuple[int, int] | None]]) -> list[list[tuple[int, int] | None]]:
    return [list(line) for line in zip(*grid, strict=True)]


@st.composite
def edits(draw: st.DrawFn) -> Done:
    by_rows = draw(st.booleans())
    grid = cells() if by_rows else turned(cells())
    kind, size = draw(st.sampled_from(["insert", "delete", "move"])), len(grid)
    start = draw(st.integers(0, size - 1))
    end = draw(st.integers(start + 1, size))
    if kind == "insert":
        lines = [[None] * len(grid[0]) for _ in range(end - start)]
        grid[start:start] = lines
        done = LineEdit(0, "ROWS" if by_rows else "COLUMNS", Inserted(start, end - start))
    elif kind == "delete":
        del grid[start:end]
        done = LineEdit(0, "ROWS" if by_rows else "COLUMNS", Deleted(start, end))
    else:
        to = draw(st.integers(0, size))
        lines, left = grid[start:end], grid[:start] + grid[end:]
        if not start <= to <= end:
            place = to if to < start else to - len(lines)
            grid = left[:place] + lines + left[place:]
        done = LineEdit(0, "ROWS" if by_rows else "COLUMNS", Moved(start, end, to))
    return Done(done, grid if by_rows else turned(grid) if grid else [])


@st.composite
def corners(draw: st.DrawFn) -> tuple[int, int, int, int]:
    top, left = draw(st.integers(0, ROWS - 1)), draw(st.integers(0, COLUMNS - 1))
    return top, left, draw(st.integers(top + 1, ROWS)), draw(st.integers(left + 1, COLUMNS))


def box(places: set[tuple[int, int]]) -> tuple[int, int, int, int]:
    rows, columns = [row for row, _ in places], [column for _, column in places]
    return min(rows), min(columns), max(rows) + 1, max(columns) + 1


def expected(done: Done, meant: set[tuple[int, int]]) -> tuple[int, int, int, int] | None:
    """Where the cells that were meant are now. Of moved lines that do not stay with the others, the others."""
    where = {cell: (row, column) for row, line in enumerate(done.grid) for column, cell in enumerate(line)}
    there = {where[cell] for cell in meant if cell in where}
    if not there:
        return None
    found = box(there)
    if isinstance(done.edit.line, Moved) and len(there) != (found[2] - found[0]) * (found[3] - found[1]):
        line, axis = done.edit.line, 0 if done.edit.axis == "ROWS" else 1
        return box({where[cell] for cell in meant if not line.start <= cell[axis] < line.end})
    return found


@settings(max_examples=600, deadline=None)
@given(edits(), corners())
def test_a_range_means_the_same_cells_after_an_edit(done: Done, corner: tuple[int, int, int, int]) -> None:
    top, left, bottom, right = corner
    meant = {(row, column) for row in range(top, bottom) for column in range(left, right)}
    for text in (f"{LETTERS[left]}${top + 1}:${LETTERS[right - 1]}{bottom}", f"${LETTERS[left]}{top + 1}"):
        if ":" not in text:
            meant = {(top, left)}
        after = followed(f"=SUM({text})", 0, TITLES, done.edit)
        found = [area.closed(99, 99) for area in areas(after, 0, TITLES)]
        want = expected(done, meant)
        assert found == ([] if want is None else [want])
        assert (after == "=SUM(#REF!)") == (want is None)


@settings(max_examples=300, deadline=None)
@given(edits(), corners())
def test_an_open_range_stays_open_and_keeps_its_start(done: Done, corner: tuple[int, int, int, int]) -> None:
    top, left, _bottom, right = corner
    after = followed(f"=SUM({LETTERS[left]}{top + 1}:{LETTERS[right - 1]})", 0, TITLES, done.edit)
    columns = expected(done, {(row, column) for row in range(ROWS) for column in range(left, right)})
    if done.edit.axis == "COLUMNS" and columns is None:
        assert after == "=SUM(#REF!)"
        return
    [area] = areas(after, 0, TITLES)
    assert area.bottom is None
    if done.edit.axis == "COLUMNS":
        assert columns is not None
        assert (area.top, area.left, area.right) == (top, columns[1], columns[3])
        return
    assert (area.left, area.right) == (left, right)
    rows = expected(done, {(row, 0) for row in range(top, ROWS)})
    if isinstance(done.edit.line, Deleted) and rows is None:
        assert area.top == done.edit.line.start
    elif not isinstance(done.edit.line, Moved):
        assert rows is not None
        assert area.top == rows[0]


@settings(max_examples=300, deadline=None)
@given(edits(), corners())
def test_whole_columns_and_rows_stay_whole(done: Done, corner: tuple[int, int, int, int]) -> None:
    top, left, bottom, right = corner
    across = followed(f"={LETTERS[left]}:{LETTERS[right - 1]}", 0, TITLES, done.edit)
    down = followed(f"={top + 1}:{bottom}", 0, TITLES, done.edit)
    for text, axis, span, size in ((across, "COLUMNS", (left, right), ROWS), (down, "ROWS", (top, bottom), COLUMNS)):
        whole = {(place, other) for place in range(*span) for other in range(size)}
        want = expected(done, whole if axis == "ROWS" else {(other, place) for place, other in whole})
        if done.edit.axis != axis:
            assert [area.along(axis) for area in areas(text, 0, TITLES)] == [span]
        elif want is None:
            assert text == "=#REF!"
        else:
            assert [area.along(axis) for area in areas(text, 0, TITLES)] == [
                (want[0], want[2]) if axis == "ROWS" else (want[1], want[3])
            ]


@settings(max_examples=150, deadline=None)
@given(corners(), st.booleans(), st.integers(0, 9), st.integers(1, 3))
def test_another_engine_moves_references_alike_when_lines_are_inserted(
    corner: tuple[int, int, int, int], by_rows: bool, at: int, count: int
) -> None:
    top, left, bottom, right = corner
    first, last = f"{LETTERS[left]}{top + 1}", f"{LETTERS[right - 1]}{bottom}"
    text = f"=SUM({first}:{last})+{first}*$A${bottom}+S1!{last}"
    model = ironcalc.create("judge", "en", "UTC")
    model.rename_sheet(0, "S0")
    model.add_sheet("S1")
    model.update_cell_with_formula(0, 30, 30, text)
    titles = Titles({0: "S0", 1: "S1"})
    for sheet in (0, 1):
        if by_rows:
            model.insert_rows(sheet, at + 1, count)
        else:
            model.insert_columns(sheet, at + 1, count)
        text = followed(text, 0, titles, LineEdit(sheet, "ROWS" if by_rows else "COLUMNS", Inserted(at, count)))
    place = (30 + count, 30) if by_rows else (30, 30 + count)
    assert model.get_cell_formula(0, *place) == text.replace("S0!", "")
