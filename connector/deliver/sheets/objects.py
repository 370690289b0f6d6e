"""What lies over the cells of a report: charts, conditional formats, named ranges, protection that only warns.

They are made together with the regions they belong to, and then they are a person's to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.deliver.sheets.cells import digest, shown
from connector.deliver.sheets.ground import Extent
from connector.deliver.sheets.layout import Chart, ColumnRange, Region, Rule
from connector.deliver.sheets.places import free_id, letters, range_name, runs, span
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab

Body = dict[str, Any]
Spot = tuple[SettledTab, SettledRegion, int]
NO_TITLE: Final = digest(shown(None))
"""Fingerprint of a heading that is empty."""
PROTECTION: Final = "Puente"
"""Description of our protected ranges, the same in every language."""


def lay_objects(plan: Plan) -> None:
    """Plan the objects of everything that is new."""
    names = set(plan.outline.named) if plan.outline else set()
    for settled in plan.tabs:
        _lay_charts(plan, settled)
        for rule in reversed(settled.tab.rules):  # each goes to the top, so the first ends there
            plan.objects += _rule(plan, rule)
        for part in settled.regions:
            plan.objects += _name(plan, settled, part, names)
            plan.objects += _protect(settled, part)


# --- places --------------------------------------------------------------------------------------------


def _spot(plan: Plan, wanted: ColumnRange) -> Spot | None:
    """Return the tab, region and column that a range means; None when a person has deleted it."""
    for settled in plan.tabs:
        if settled.tab.id == wanted.tab:
            for part in settled.regions:
                pairs = zip(part.columns, settled.positions(part), strict=True)
                found = (
                    at for (column, _, _), at in pairs if (part.region.id, column.id) == (wanted.region, wanted.column)
                )
                position = next(found, None)
                if position is not None:
                    return settled, part, position
    return None


def _range(spot: Spot, *, with_heading: bool, head: int | None = None) -> Body:
    settled, part, position = spot
    extent, region = settled.extent(part.region.id), part.region
    rows = extent.body or tuple(extent.rows[-1:])
    if head is not None:
        rows = (extent.heads.get(head, extent.rows[0]),)
    top = _top(extent, region, rows[0]) if with_heading else rows[0]
    return span(settled.sheet.id, (top, rows[-1] + 1), (position, position + 1))


def _top(extent: Extent, region: Region, start: int) -> int:
    """Return the row of the headings, or where the figures start if a person has moved the headings away."""
    heading = extent.heads.get(region.heading, start) if region.heading is not None else start
    return min(heading, start)


# --- charts --------------------------------------------------------------------------------------------


def _lay_charts(plan: Plan, settled: SettledTab) -> None:
    known = settled.charts
    for chart in settled.tab.charts:
        is_there = known.get(chart.id) in settled.sheet.charts
        if chart.id in known and not is_there and not plan.restore:
            plan.say("chart_deleted", settled.tab, column=chart.id)
        elif chart.id not in known or (plan.restore and (not is_there or _lost_its_cells(plan, chart))):
            if is_there:
                plan.objects.append({"deleteEmbeddedObject": {"objectId": known[chart.id]}})
            _add_chart(plan, settled, chart)
        elif _lacks_series(plan, chart):
            _redraw(plan, settled, chart)
    if plan.is_upgrade:
        for name in set(known) - {chart.id for chart in settled.tab.charts}:
            number = known.pop(name)
            if number in settled.sheet.charts:
                plan.objects.append({"deleteEmbeddedObject": {"objectId": number}})


def _lacks_series(plan: Plan, chart: Chart) -> bool:
    """Whether a column that the chart shall draw had no name until now: it had nothing to draw, and was left out."""
    for wanted in _ranges(chart.spec):
        spot = _spot(plan, wanted)
        if spot is None or spot[1].known is None:
            continue
        before = {column.id: column.title for column in spot[1].known.columns if column is not None}
        titles = {column.id: column.title for column in spot[1].region.columns}
        if titles[wanted.column] and before.get(wanted.column) == NO_TITLE:
            return True
    return False


def _redraw(plan: Plan, settled: SettledTab, chart: Chart) -> None:
    """Plan to draw a chart anew where it stands: without all of its parts it would show a wrong picture."""
    spots = {wanted: spot for wanted in _ranges(chart.spec) if (spot := _spot(plan, wanted)) is not None}
    if all(wanted in spots for wanted in _ranges(chart.spec)):
        spec = _with_places(chart.spec, spots)
        plan.objects.append({"updateChartSpec": {"chartId": settled.charts[chart.id], "spec": spec}})
        plan.say("chart_redrawn", settled.tab, column=str(chart.spec.get("title") or chart.id))


def _lost_its_cells(plan: Plan, chart: Chart) -> bool:
    """Whether cells that a chart shows are made anew, so that it has to be pointed at them again."""
    spots = [_spot(plan, each) for each in _ranges(chart.spec)]
    return any(spot is not None and (spot[1].known is None or spot[0].new_slots) for spot in spots)


def _ranges(value: object) -> Iterator[ColumnRange]:
    if isinstance(value, ColumnRange):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _ranges(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _ranges(each)


def _add_chart(plan: Plan, settled: SettledTab, chart: Chart) -> None:
    spots = {wanted: _spot(plan, wanted) for wanted in _ranges(chart.spec)}
    part = next((part for part in settled.regions if part.region.id == chart.region), None)
    if part is None or None in spots.values():
        return
    taken = {number for sheet in plan.ground.sheets.values() for number in sheet.charts}
    number = free_id(taken, "chart", settled.sheet.id, chart.id)
    settled.sheet.charts.add(number)
    settled.charts[chart.id] = number
    slots = settled.sheet.slots_of(settled.tab.id)
    anchor = {
        "sheetId": settled.sheet.id,
        "rowIndex": settled.extent(part.region.id).rows[0] + chart.row,
        "columnIndex": min(_column(slots, chart.slot), settled.sheet.columns - 1),
    }
    place = {"anchorCell": anchor, "widthPixels": chart.width, "heightPixels": chart.height}
    spec = _with_places(chart.spec, {wanted: spot for wanted, spot in spots.items() if spot is not None})
    body = {"chartId": number, "spec": spec, "position": {"overlayPosition": place}}
    plan.objects.append({"addChart": {"chart": body}})


def _column(slots: Mapping[int, int], slot: int) -> int:
    """Return where a slot stands, or would stand if the tab had so many."""
    below = max((number for number in slots if number <= slot), default=None)
    return slot if below is None else slots[below] + slot - below


def _with_places(value: Any, spots: Mapping[ColumnRange, Spot]) -> Any:
    if isinstance(value, ColumnRange):
        return _range(spots[value], with_heading=value.with_heading)
    if isinstance(value, Mapping):
        return {name: _with_places(each, spots) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_places(each, spots) for each in value]
    return value


# --- rules, names, protection --------------------------------------------------------------------------


def _rule(plan: Plan, rule: Rule) -> Iterator[Body]:
    spots = [spot for spot in (_spot(plan, wanted) for wanted in rule.over) if spot is not None]
    if not any(spot[1].known is None for spot in spots):
        return
    ranges = [_range(spot, with_heading=False, head=rule.head) for spot in spots]
    row, column = ranges[0]["startRowIndex"] + 1, letters(ranges[0]["startColumnIndex"])
    others = zip(spots[0][1].columns, spots[0][0].positions(spots[0][1]), strict=True)
    words = {f"{{column:{other.id}}}": letters(at) for (other, _, _), at in others}
    filled = _filled(rule.rule, {"{column}": column, "{row}": str(row)} | words)
    if "{column:" in str(filled):
        return  # it compares with a column that a person has deleted
    yield {"addConditionalFormatRule": {"rule": {**filled, "ranges": ranges}, "index": 0}}


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for place, word in words.items():
            value = value.replace(place, word)
        return value
    if isinstance(value, Mapping):
        return {name: _filled(each, words) for name, each in value.items()}
    return [_filled(each, words) for each in value] if isinstance(value, list | tuple) else value


def _name(plan: Plan, settled: SettledTab, part: SettledRegion, names: set[str]) -> Iterator[Body]:
    """Name a table so that people can use it in formulas; a name that is there follows new columns."""
    region = part.region
    if region.is_strip or not part.columns or (region.heading is None and region.body):
        return
    bounds = _bounds(settled, part)
    mine = range_name((), settled.tab.id, region.id)
    there = plan.outline.named.get(mine) if plan.outline else None
    if there is not None and (part.known is None or settled.new_slots):
        named = {"namedRangeId": there["namedRangeId"], "range": bounds}
        yield {"updateNamedRange": {"namedRange": named, "fields": "range"}}
    elif part.known is None:
        name = range_name(names, settled.tab.id, region.id)
        names.add(name)
        yield {"addNamedRange": {"namedRange": {"name": name, "range": bounds}}}


def _bounds(settled: SettledTab, part: SettledRegion) -> Body:
    extent, columns = settled.extent(part.region.id), settled.positions(part)
    rows = extent.body or tuple(extent.rows)
    return span(settled.sheet.id, (_top(extent, part.region, rows[0]), rows[-1] + 1), (min(columns), max(columns) + 1))


def _protect(settled: SettledTab, part: SettledRegion) -> Iterator[Body]:
    """Let Google warn before a cell of ours is changed by hand; nobody is kept from it."""
    slots = settled.sheet.slots_of(settled.tab.id)
    fresh = [slots[slot] for _, _, slot in part.columns if part.known is None or slot in settled.new_slots]
    for top, bottom in runs(settled.extent(part.region.id).rows):
        for left, right in runs(fresh):
            bounds = span(settled.sheet.id, (top, bottom), (left, right))
            warning = {"range": bounds, "description": PROTECTION, "warningOnly": True}
            yield {"addProtectedRange": {"protectedRange": warning}}
