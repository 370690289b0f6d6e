"""Formats: given to a region when it is made, to a column when it is made or becomes another, and never again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from connector.deliver.sheets.cells import digest
from connector.deliver.sheets.layout import Column, Look
from connector.deliver.sheets.places import runs, span
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab

Body = dict[str, Any]


def dress_tab(plan: Plan, settled: SettledTab) -> None:
    """Plan the formats of what is new on a tab."""
    sheet, font = settled.sheet, plan.layout.font
    if sheet.is_new:
        if font:
            look = {"textFormat": {"fontFamily": font}}
            plan.looks.append(_repeat({"sheetId": sheet.id}, look))
        plan.looks += _widths(settled)
    for part in settled.regions:
        if part.known is None and not sheet.is_new and font:
            rows, columns = settled.extent(part.region.id).rows, settled.positions(part)
            plan.looks += _over(sheet.id, rows, columns, {"textFormat": {"fontFamily": font}})
        _dress_columns(plan, settled, part)
        _dress_head(plan, settled, part)


def _widths(settled: SettledTab) -> Iterator[Body]:
    start = 0
    for width, group in groupby(settled.tab.widths):
        end = start + len(list(group))
        bounds = {"sheetId": settled.sheet.id, "dimension": "COLUMNS", "startIndex": start, "endIndex": end}
        yield {
            "updateDimensionProperties": {"range": bounds, "properties": {"pixelSize": width}, "fields": "pixelSize"}
        }
        start = end


def _dress_columns(plan: Plan, settled: SettledTab, part: SettledRegion) -> None:
    """Give the body its columns' formats; neighbours with the same one in one request."""
    body = settled.extent(part.region.id).body
    if not body:
        return
    pairs = zip(part.columns, settled.positions(part), strict=True)
    fresh = [(column, position) for (column, _, slot), position in pairs if _is_fresh(settled, part, column, slot)]
    for _, group in groupby(sorted(fresh, key=lambda pair: pair[1]), key=lambda pair: digest(dict(pair[0].format))):
        same = list(group)
        plan.looks += _over(settled.sheet.id, body, [position for _, position in same], same[0][0].format)


def _is_fresh(settled: SettledTab, part: SettledRegion, column: Column, slot: int) -> bool:
    if not column.format:
        return False
    if part.known is None or slot in settled.new_slots or slot >= len(part.known.columns):
        return True
    before = part.known.columns[slot]
    return before is None or before.format != digest(dict(column.format))


def _dress_head(plan: Plan, settled: SettledTab, part: SettledRegion) -> None:
    """Give the looks of the head to a new region, to new rows of it, or only to new columns."""
    is_whole = part.known is None or part.new_heads
    extent, slots = settled.extent(part.region.id), settled.sheet.slots_of(settled.tab.id)
    columns = {place: slots[slot] for _, place, slot in part.columns if is_whole or slot in settled.new_slots}
    if not columns:
        return
    lines = [*(extent.heads.get(number) for number in range(len(part.region.head))), *extent.body]
    for look in part.region.looks:
        last = look.last_row if look.last_row is not None else len(part.region.head) or len(lines)
        rows = [row for row in lines[look.first_row : last] if row is not None]
        wanted = [column for place, column in columns.items() if _covers(look, place)]
        plan.looks += _over(settled.sheet.id, rows, wanted, look.format)
        if look.merge and part.known is None and len(runs(rows)) == 1 == len(runs(wanted)):
            bounds = span(settled.sheet.id, runs(rows)[0], runs(wanted)[0])
            plan.looks.append({"mergeCells": {"range": bounds, "mergeType": "MERGE_ALL"}})


def _covers(look: Look, place: int) -> bool:
    return look.first_column <= place and (look.last_column is None or place < look.last_column)


def _over(sheet: int, rows: Sequence[int], columns: Sequence[int], look: Mapping[str, Any]) -> Iterator[Body]:
    if not look:
        return
    for top, bottom in runs(rows):
        for left, right in runs(columns):
            yield _repeat(span(sheet, (top, bottom), (left, right)), look)


def _repeat(bounds: Body, look: Mapping[str, Any]) -> Body:
    """Set only the parts that a look names, so that one look can lie over another."""
    names = [
        f"textFormat.{part}" if name == "textFormat" else name
        for name, value in look.items()
        for part in (value if name == "textFormat" else ("",))
    ]
    fields = ",".join(f"userEnteredFormat.{name}" for name in names)
    return {"repeatCell": {"range": bounds, "cell": {"userEnteredFormat": dict(look)}, "fields": fields}}
