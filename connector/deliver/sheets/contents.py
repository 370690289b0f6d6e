"""What the cells of a region shall hold, and what has to be written so that they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from connector.deliver.sheets.cells import Held, digest, digest_of_rows, plain, same, shown, trimmed
from connector.deliver.sheets.edits import say_edits
from connector.deliver.sheets.ground import Extent, Sheet
from connector.deliver.sheets.layout import Row, Scalar
from connector.deliver.sheets.metadata import ColumnRecord, RegionRecord
from connector.deliver.sheets.places import a1_range
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab, Staged
from connector.deliver.sheets.rows import put_mark
from connector.deliver.sheets.writing import Line, clear, compare

Body = dict[str, Any]
MOST_ROWS_KNOWN: Final = 1_500
"""Longer bodies are remembered by one fingerprint, not row by row."""


@dataclass(slots=True)
class Content:
    """The lines of a region by row, over its columns; ``heading`` is the row where a person may rename."""

    columns: list[int]
    lines: dict[int, Line]
    heads: list[Line]
    body: list[tuple[Scalar, ...]]
    rows: Extent

    def digest(self) -> str:
        """Fingerprint of everything but the heading."""
        values = [tuple(shown(value) for value in line) for line in self.heads]
        return digest([values, digest_of_rows(self.body)], 12)


def write_tab(plan: Plan, settled: SettledTab) -> dict[str, RegionRecord]:
    """Plan what the regions of a tab need; return their records."""
    records = dict(settled.kept)
    for region, known in settled.resting.items():
        records[region] = _empty(plan, settled, region, known)
    for region, known in settled.dropped.items():
        _empty(plan, settled, region, known)
        for mark in [mark for mark in settled.sheet.marks if (mark.tab, mark.region) == (settled.tab.id, region)]:
            put_mark(plan, settled, mark, None)
    for part in settled.regions:
        records[part.region.id] = _write(plan, settled, part)
    return records


def _write(plan: Plan, settled: SettledTab, part: SettledRegion) -> RegionRecord:
    content = content_of(plan, settled, part)
    is_large = (settled.tab.id, part.region.id) in plan.large
    record = _record(part, content, is_large=is_large)
    known = part.known
    if known is not None and not settled.new_slots and not is_large:
        say_edits(plan, settled, part, content.heads, content.body, is_same=known.digest == record.digest)
    lines = content.lines
    if is_large:
        is_same = known is not None and (known.digest, known.rows) == (record.digest, record.rows)
        if not is_same or plan.restore or plan.before is not None:
            _stage(plan, settled, part, content, record.digest)
        lines = {row: line for row, line in lines.items() if row in set(content.rows.heads.values())}
    compare(plan, settled.sheet, lines, content.columns + _left_over(plan, settled, part), part.region.is_strip)
    return record


def content_of(plan: Plan, settled: SettledTab, part: SettledRegion) -> Content:
    """Return what a region's cells shall hold, a renamed heading as the person named it."""
    region, extent = part.region, settled.extent(part.region.id)
    places, columns = [place for _, place, _ in part.columns], settled.positions(part)
    is_read = (settled.tab.id, region.id) not in plan.large
    lines: dict[int, Line] = {}
    heads: list[Line] = []
    for number, row in extent.heads.items():
        cells = _line(region.head[number], places) if number < len(region.head) else (None,) * len(places)
        if number == region.heading:
            lines[row] = _renamed(plan, settled, part, cells, row)
            continue
        lines[row] = _as_it_stands(settled.sheet, row, columns, cells)
        heads.append(lines[row])
    body = [_line(row, places) for row in region.body]
    if is_read:
        known = zip(extent.body, body, strict=False)
        body[: len(extent.body)] = [_as_it_stands(settled.sheet, row, columns, cells) for row, cells in known]
    blank = (None,) * len(places)
    for number, row in enumerate(extent.body):
        lines[row] = body[number] if number < len(body) else blank
    return Content(columns, lines, heads, body, extent)


def _line(row: Row, places: Sequence[int]) -> tuple[Scalar, ...]:
    """Return the cells of a row for the columns that are there; a title alone in its row goes into the first one."""
    if places and places[0] != 0 and len(trimmed(row)) == 1:
        return (plain(row[0]), *(None,) * (len(places) - 1))
    return tuple(plain(row[place]) if place < len(row) else None for place in places)


def _as_it_stands(sheet: Sheet, row: int, columns: Sequence[int], cells: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Return a line with numbers as the cells hold them already, where they differ by no more than rounding.

    Sums come out of several threads in any order, so the last digits of a figure vary from one answer to the next.
    What is remembered has to be what the cells hold: else the next refresh takes such a digit for a person's edit.
    """
    found = list(cells)
    for place, (value, column) in enumerate(zip(cells, columns, strict=True)):
        there = sheet.held(row, column) if isinstance(value, int | float) else None
        if isinstance(there, int | float) and same(there, value):
            found[place] = there
    return tuple(found)


def _renamed(plan: Plan, settled: SettledTab, part: SettledRegion, line: Line, row: int) -> Line:
    """Return the heading with the names that a person has given to columns."""
    sheet, slots = settled.sheet, settled.sheet.slots_of(settled.tab.id)
    place = (settled.tab.id, part.region.id)
    names = _names(settled, part, row) if plan.before is None else plan.before.names.get(place, {})
    plan.memory.names[place] = names
    found: list[Held] = []
    for (column, _, slot), title in zip(part.columns, line, strict=True):
        name = names.get(column.id, title)
        if name != title:
            cell_name = a1_range(sheet.title, [row], [slots[slot]])
            plan.say("heading_renamed", settled.tab, part.region, column=shown(title), place=cell_name, old=shown(name))
        found.append(name)
    return tuple(found)


def _names(settled: SettledTab, part: SettledRegion, row: int) -> dict[str, Held]:
    """Return what stands over the columns that are not called as we wrote it, by the id of the column.

    Nothing where a row of figures stands there: no column has its name, and some are called a number. Somebody has
    sorted the headings among the rows, or a batch was laid there by a process that died before it could see that the
    rows had moved.
    """
    sheet, slots = settled.sheet, settled.sheet.slots_of(settled.tab.id)
    names: dict[str, Held] = {}
    is_one_left = False
    for slot, known in enumerate(part.known.columns if part.known else ()):
        stands = sheet.held(row, slots[slot]) if known is not None and slot in slots else None
        if known is None or not known.title or stands is None:
            continue
        if digest(shown(stands)) == known.title:
            is_one_left = True
        else:
            names[known.id] = stands
    if not is_one_left and any(isinstance(name, int | float) for name in names.values()):
        return {}
    return names


def _record(part: SettledRegion, content: Content, *, is_large: bool) -> RegionRecord:
    region = part.region
    titles = region.head[region.heading] if region.heading is not None and region.heading < len(region.head) else ()
    width = max((slot + 1 for _, _, slot in part.columns), default=0)
    columns: list[ColumnRecord | None] = [None] * width
    for column, place, slot in part.columns:
        title = digest(shown(plain(titles[place]))) if place < len(titles) else ""
        columns[slot] = ColumnRecord(column.id, title, digest(dict(column.format)) if column.format else "")
    lines = [*content.heads, *content.body]
    is_short = not is_large and not region.is_strip and len(lines) <= MOST_ROWS_KNOWN
    return RegionRecord(
        columns=tuple(columns),
        gone=part.gone,
        heads=len(region.head),
        heading=region.heading,
        problem=len(region.head) - 1 if region.is_strip and region.head else None,
        rows=len(content.rows.body),
        digest="" if region.is_strip else content.digest(),
        rows_digest="".join(digest(list(trimmed(line))) for line in lines) if is_short else "",
    )


def _left_over(plan: Plan, settled: SettledTab, part: SettledRegion) -> list[int]:
    """Return the columns where the region stood and now does not."""
    slots = settled.sheet.slots_of(settled.tab.id)
    used = {slot for _, _, slot in part.columns}
    place = (settled.tab.id, part.region.id)
    width = max(part.known.width if part.known else 0, plan.before.widths.get(place, 0) if plan.before else 0)
    plan.memory.widths[place] = width
    return [slots[slot] for slot in range(width) if slot in slots and slot not in used]


def _stage(plan: Plan, settled: SettledTab, part: SettledRegion, content: Content, mark: str) -> None:
    """Plan to empty the body of a large region and to paste its rows from a staging tab."""
    sheet, columns = settled.sheet, content.columns + _left_over(plan, settled, part)
    clear(plan, sheet.id, content.rows.body, columns)
    if content.body and content.columns:
        rows = content.rows.body[: len(content.body)]
        staged = Staged(settled.tab.id, part.region.id, mark, content.body, sheet.id, rows, tuple(content.columns))
        plan.staged.append(staged)


def close_gaps(plan: Plan) -> None:
    """Move the rows of tables together that stand beside those of this layout, where rows were inserted into them.

    Only where their cells were read; a large one closes its gap when it is refreshed itself.
    """
    mine = {settled.tab.id for settled in plan.tabs}
    for tab, found in plan.ground.tabs.items():
        sheet = found.sheet
        if tab in mine or plan.large or not sheet.inserted:
            continue
        slots = sheet.slots_of(tab)
        for region, known in found.record.regions.items():
            extent = sheet.extent(tab, region, known)
            columns = [slots[slot] for slot, column in enumerate(known.columns) if column and slot in slots]
            if extent is None or not columns or sheet.inserted.isdisjoint(extent.body):
                continue
            kept = [row for row in extent.body if row not in sheet.inserted]
            lines = [tuple(sheet.held(row, column) for column in columns) for row in kept]
            blank = [(None,) * len(columns)] * (len(extent.body) - len(kept))
            compare(plan, sheet, dict(zip(extent.body, [*lines, *blank], strict=True)), columns)


def _empty(plan: Plan, settled: SettledTab, region: str, known: RegionRecord) -> RegionRecord:
    """Plan to empty a region, as far as it is there."""
    extent = settled.sheet.extent(settled.tab.id, region, known)
    slots = settled.sheet.slots_of(settled.tab.id)
    columns = [slots[slot] for slot, column in enumerate(known.columns) if column and slot in slots]
    if extent is None or not columns:
        return known
    if plan.large and known.digest:
        clear(plan, settled.sheet.id, extent.rows, columns)
    elif not plan.large:
        compare(plan, settled.sheet, {row: (None,) * len(columns) for row in extent.rows}, columns)
    return replace(known, digest="", rows_digest="")
