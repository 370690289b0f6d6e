"""The grid of cells against a plain dictionary: same content, and twins that never see each other's changes."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.google.grid import EMPTY, Cell, Formula, Grid, moved

Model = dict[tuple[int, int], Cell]
SIDE = 6
places = st.integers(0, SIDE - 1)
cells = st.sampled_from(
    [
        EMPTY,
        Cell(1),
        Cell("text"),
        Cell(Formula("=A1")),
        Cell(2.5, format={"textFormat": {"bold": True}}),
        Cell(note="kept"),
        Cell(pivot={"rows": []}),
    ]
)


def shifted(model: Model, row_after: Callable[[int], int | None], column_after: Callable[[int], int | None]) -> Model:
    fresh: Model = {}
    for (row, column), cell in model.items():
        place = row_after(row), column_after(column)
        if place[0] is not None and place[1] is not None:
            fresh[place[0], place[1]] = cell
    return fresh


def same(place: int) -> int:
    return place


def inserted(at: int) -> Callable[[int], int]:
    return lambda place: place + 2 if place >= at else place


def deleted(at: int) -> Callable[[int], int | None]:
    return lambda place: None if at <= place < at + 2 else place - 2 if place >= at + 2 else place


def step(grid: Grid, model: Model, kind: str, row: int, column: int, cell: Cell) -> Model:
    """Do one thing to both; return the model after it."""
    if kind == "put":
        grid.put(row, column, cell)
        return {**model, (row, column): cell}
    if kind == "enter":
        grid.enter(row, column, cell.entered)
        return {**model, (row, column): model.get((row, column), EMPTY)._replace(entered=cell.entered)}
    if kind == "line":
        grid.enter_line(row, column, [1, None, "", Formula("=B2")])
        fresh = dict(model)
        for place, value in ((column, 1), (column + 2, None), (column + 3, Formula("=B2"))):
            fresh[row, place] = fresh.get((row, place), EMPTY)._replace(entered=value)
        return fresh
    if kind == "insert rows":
        grid.insert_rows(row, 2)
        return shifted(model, inserted(row), same)
    if kind == "delete columns":
        grid.delete_columns(column, column + 2)
        return shifted(model, same, deleted(column))
    if kind == "delete rows":
        grid.delete_rows(row, row + 2)
        return shifted(model, deleted(row), same)
    if kind == "insert columns":
        grid.insert_columns(column, 2)
        return shifted(model, same, inserted(column))
    if kind == "move rows":
        grid.move_rows(row, row + 1, column)
        return shifted(model, lambda place: moved(place, row, row + 1, column), same)
    grid.clear(row, column, row + 2, column + 2)
    return {
        place: kept for place, kept in model.items() if not (0 <= place[0] - row < 2 and 0 <= place[1] - column < 2)
    }


KINDS = (
    "put", "enter", "line", "insert rows", "delete columns", "delete rows", "insert columns", "move rows", "clear",
)  # fmt: skip


def agrees(grid: Grid, model: Model) -> bool:
    filled = {place: cell for place, cell in model.items() if cell != EMPTY}
    held = {(row, column): cell for row, column, cell in grid.cells()}
    formulas = {place for place, cell in filled.items() if isinstance(cell.entered, Formula)}
    pivots = {place for place, cell in filled.items() if cell.pivot}
    return held == filled and grid.formulas == formulas and grid.pivots == pivots


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(KINDS), places, places, cells, st.booleans()), max_size=12))
def test_a_grid_and_its_twins_hold_what_was_put_into_each(steps: list[tuple[str, int, int, Cell, bool]]) -> None:
    grid, model = Grid(), {}
    twins: list[tuple[Grid, Model]] = []
    for kind, row, column, cell, is_copied in steps:
        if is_copied:
            twins.append((grid.copy(), dict(model)))
        model = step(grid, model, kind, row, column, cell)
        assert agrees(grid, model)
    for twin, held in twins:
        assert agrees(twin, held)
        twin.put(0, 0, Cell("only here"))
    assert agrees(grid, model)


def test_reading_by_rectangle_gives_the_part_in_order() -> None:
    grid = Grid()
    for row, column in ((5, 3), (1, 4), (1, 2), (9, 9)):
        grid.enter(row, column, f"{row},{column}")
    assert [place[:2] for place in grid.cells(1, 2, 6, 5)] == [(1, 2), (1, 4), (5, 3)]
    assert [(row, [column for column, _ in line]) for row, line in grid.lines(0, 3, 6, 9)] == [(1, [4]), (5, [3])]
    assert grid.rows() == [1, 5, 9]
