"""Conditional formats when cells are pasted: those of the source hold in the target, those of the target no longer."""

from __future__ import annotations

from connector.sandbox.google.areas import Area, area_of, grid_range
from connector.sandbox.google.book import Book, Sheet, twin
from connector.sandbox.google.edits import BlockMoved
from connector.sandbox.google.formulas import copied
from connector.sandbox.google.grid import Json
from connector.sandbox.google.parts import formulas_within


def paste_rules(book: Book, source: Area, covered: Area, corners: list[tuple[int, int]]) -> None:
    """Let the rules over ``source`` hold at each corner as well, and no other rule hold in ``covered``."""
    origin, target = book.sheet(source.sheet_id), book.sheet(covered.sheet_id)
    pasted = [(rule, _pieces(rule, source, covered.sheet_id, corners)) for rule in origin.conditional_formats]
    if not any(pieces for _rule, pieces in pasted) and not target.conditional_formats:
        return
    _leave(target, covered)
    for rule, pieces in pasted:
        if pieces and origin is target:
            rule["ranges"] += [grid_range(area) for area in pieces]
        elif pieces:
            target.conditional_formats.append(_elsewhere(rule, pieces))
    _drop_empty(target)


def drop_rules(sheet: Sheet, covered: Area) -> None:
    """Let no rule of a sheet hold in an area; what held nowhere else is gone."""
    _leave(sheet, covered)
    _drop_empty(sheet)


def _leave(sheet: Sheet, covered: Area) -> None:
    for rule in sheet.conditional_formats:
        left = (piece for part in rule["ranges"] for piece in without(area_of(part), covered))
        rule["ranges"] = [grid_range(area) for area in left]


def _drop_empty(sheet: Sheet) -> None:
    sheet.conditional_formats[:] = [rule for rule in sheet.conditional_formats if rule["ranges"]]


def without(area: Area, hole: Area) -> list[Area]:
    """Return an area in pieces, without the part that another covers."""
    if not area.meets(hole):
        return [area]
    top, bottom, left, right = hole.top or 0, hole.bottom, hole.left or 0, hole.right
    pieces = []
    if (area.top or 0) < top:
        pieces.append(Area(area.sheet_id, area.top, top, area.left, area.right))
    if bottom is not None and (area.bottom is None or bottom < area.bottom):
        pieces.append(Area(area.sheet_id, bottom, area.bottom, area.left, area.right))
    middle_top = max(area.top or 0, top)
    bottoms = [end for end in (area.bottom, bottom) if end is not None]
    middle_bottom = min(bottoms) if bottoms else None
    if (area.left or 0) < left:
        pieces.append(Area(area.sheet_id, middle_top, middle_bottom, area.left, left))
    if right is not None and (area.right is None or right < area.right):
        pieces.append(Area(area.sheet_id, middle_top, middle_bottom, right, area.right))
    return pieces


def common(first: Area, second: Area) -> Area | None:
    """Return the cells two areas of one sheet share; None where they share none."""
    if not first.meets(second):
        return None
    bottoms = [end for end in (first.bottom, second.bottom) if end is not None]
    rights = [end for end in (first.right, second.right) if end is not None]
    return Area(
        first.sheet_id,
        max(first.top or 0, second.top or 0),
        min(bottoms) if bottoms else None,
        max(first.left or 0, second.left or 0),
        min(rights) if rights else None,
    )


def _pieces(rule: Json, source: Area, sheet_id: int, corners: list[tuple[int, int]]) -> list[Area]:
    """Where a rule holds too after the paste."""
    shared = [area for area in (common(area_of(part), source) for part in rule["ranges"]) if area is not None]
    moved = (BlockMoved(source, sheet_id, *corner).area(area) for corner in corners for area in shared)
    return [area for area in moved if area is not None]


def _elsewhere(rule: Json, pieces: list[Area]) -> Json:
    """The rule on another sheet; its formulas are written for the first cell of its range there."""
    first, there = area_of(rule["ranges"][0]), pieces[0]
    down, across = (there.top or 0) - (first.top or 0), (there.left or 0) - (first.left or 0)
    moved = formulas_within(twin(rule), lambda text: copied(text, down, across))
    return dict(moved) | {"ranges": [grid_range(area) for area in pieces]}
