"""Cells of ours that a person has changed: found by fingerprints of what was written, said with what stood there."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from connector.deliver.sheets.cells import DIGEST_LETTERS, Held, day_text, digest, same, shown, trimmed
from connector.deliver.sheets.ground import Extent
from connector.deliver.sheets.metadata import RegionRecord
from connector.deliver.sheets.places import a1_range, runs
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab

MOST_NAMED: Final = 10
"""More changed places than these are said as one."""
NOTHING: Final = digest([])
"""Fingerprint of an empty row."""
Line = tuple[Held, ...]


def say_edits(
    plan: Plan, settled: SettledTab, part: SettledRegion, heads: Sequence[Line], body: Sequence[Line], *, is_same: bool
) -> None:
    """Say which cells of a region do not hold what was written into them.

    ``is_same`` tells that the report has not changed since: then every difference is a person's, and is named by its
    cell. Otherwise a row is named as a whole, for nobody can tell which of its cells the report would have changed.
    """
    known = part.known
    if known is None or part.region.is_strip or not known.digest:
        return
    extent = settled.extent(part.region.id)
    columns = _columns(settled, known)
    if not columns or len(columns) < sum(column is not None for column in known.columns):
        return
    rows = _rows(extent, part)
    lines = [tuple(settled.sheet.held(row, column) for column in columns) for row in rows]
    wanted = [*heads, *body]
    places = _cells(lines, wanted) if is_same and not known.rows_digest else _changed(lines, wanted, known, is_same)
    places += _emptied(lines, wanted, len(heads), known, is_same)
    made = settled.sheet.inserted  # a row that a person deleted is no row that he emptied
    found = [(rows[row], [columns[each] for each in cells]) for row, cells in places if rows[row] not in made]
    _say(plan, settled, part, sorted(found))


def _columns(settled: SettledTab, known: RegionRecord) -> list[int]:
    slots = settled.sheet.slots_of(settled.tab.id)
    return [slots[slot] for slot, column in enumerate(known.columns) if column is not None and slot in slots]


def _rows(extent: Extent, part: SettledRegion) -> list[int]:
    return [*(row for number, row in extent.heads.items() if number != part.region.heading), *extent.body]


def _cells(lines: Sequence[Line], wanted: Sequence[Line]) -> list[tuple[int, list[int]]]:
    """Return the cells that differ, row by row."""
    found = []
    for number, line in enumerate(lines):
        if not any(value is not None for value in line):
            continue
        other = wanted[number] if number < len(wanted) else ()
        cells = [place for place, value in enumerate(line) if not _equal(value, other, place)]
        if cells:
            found.append((number, cells))
    return found


def _equal(value: Held, other: Line, place: int) -> bool:
    return same(value, other[place] if place < len(other) else None)


def _changed(
    lines: Sequence[Line], wanted: Sequence[Line], known: RegionRecord, is_same: bool
) -> list[tuple[int, list[int]]]:
    """Return the rows whose fingerprint nobody wrote, with the cells that a person filled there."""
    if not known.rows_digest:
        return []
    letters = DIGEST_LETTERS
    before = [known.rows_digest[at : at + letters] for at in range(0, len(known.rows_digest), letters)]
    now = [digest(list(trimmed(line))) for line in lines]
    ours = set(before)  # a row that a person has sorted elsewhere is still as it was written
    found: list[tuple[int, list[int]]] = []
    for kind, old, old_end, new, new_end in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind not in ("replace", "insert"):
            continue
        for number in (each for each in range(new, new_end) if trimmed(lines[each]) and now[each] not in ours):
            pair = old + number - new
            is_pair = is_same and pair < old_end and pair < len(wanted)
            cells = [
                place
                for place, value in enumerate(lines[number])
                if (not _equal(value, wanted[pair], place) if is_pair else value is not None)
            ]
            if cells:
                found.append((number, cells))
    return found


def _emptied(
    lines: Sequence[Line], wanted: Sequence[Line], heads: int, known: RegionRecord, is_same: bool
) -> list[tuple[int, list[int]]]:
    """Return the rows in which nothing is left of what was written, with the cells that held something."""
    blank = [not any(value is not None for value in line) for line in lines]
    width = len(lines[0]) if lines else 0
    if known.rows_digest:
        before = [
            known.rows_digest[at : at + DIGEST_LETTERS] for at in range(0, len(known.rows_digest), DIGEST_LETTERS)
        ]
        now = [digest(list(trimmed(line))) for line in lines]
        pairs = SequenceMatcher(None, before, now, autojunk=False).get_opcodes()
        rows = [
            new + number
            for kind, old, old_end, new, new_end in pairs
            if kind == "replace"
            for number in range(min(old_end - old, new_end - new))
            if blank[new + number] and before[old + number] not in (NOTHING, *now)
        ]
    else:
        rows = [row for row, is_blank in enumerate(blank) if is_blank and (is_same or all(blank[heads:]))]
    found = []
    for row in rows:
        line = wanted[row] if row < len(wanted) else ()
        cells = [place for place, value in enumerate(line) if value is not None] if is_same else list(range(width))
        if cells:
            found.append((row, cells))
    return found


def _say(plan: Plan, settled: SettledTab, part: SettledRegion, found: Sequence[tuple[int, list[int]]]) -> None:
    sheet, tab, region = settled.sheet, settled.tab, part.region
    emptied = [(row, cells) for row, cells in found if all(sheet.held(row, column) is None for column in cells)]
    changed = [each for each in found if each not in emptied]
    _say_changed(plan, settled, part, changed)
    spans = runs(row for row, _ in emptied)
    if len(spans) > MOST_NAMED:
        spans = [(spans[0][0], spans[-1][1])]
    for top, bottom in spans:
        columns = [column for row, cells in emptied if top <= row < bottom for column in cells]
        plan.say("cells_emptied", tab, region, place=a1_range(sheet.title, (top, bottom - 1), columns))


def _say_changed(plan: Plan, settled: SettledTab, part: SettledRegion, found: Sequence[tuple[int, list[int]]]) -> None:
    sheet, tab, region = settled.sheet, settled.tab, part.region
    if len(found) > MOST_NAMED:
        columns = [column for _, cells in found for column in cells]
        place = a1_range(sheet.title, [row for row, _ in found], columns)
        plan.say("cells_changed", tab, region, place=place)
        return
    body = set(settled.extent(region.id).body)
    positions = zip(part.columns, settled.positions(part), strict=True)
    dates = {position for (column, _, _), position in positions if column.kind == "date"}
    for row, cells in found:
        place = a1_range(sheet.title, [row], cells)
        held = [(sheet.held(row, column), column in dates and row in body) for column in cells]
        old = " | ".join(day_text(value) if is_date else shown(value) for value, is_date in held)
        plan.say("cell_changed" if len(cells) == 1 else "row_changed", tab, region, place=place, old=old)
