"""Large tables on their way: values go to hidden tabs in pieces, and one batch puts all of them in place.

No reader sees a staging tab, and what a dead run has left behind is found by its mark and deleted by the next one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.budget import check_cells
from connector.deliver.sheets.cells import trimmed
from connector.deliver.sheets.layout import Scalar
from connector.deliver.sheets.metadata import mark_stage
from connector.deliver.sheets.places import free_id, free_title, letters, on_tab, runs, span
from connector.deliver.sheets.plan import Plan, Staged
from connector.deliver.sheets.reading import outline_of
from connector.errors import VendorUnavailable

Body = dict[str, Any]
PIECE_BYTES: Final = 2_000_000
"""Google advises requests of at most 2 MB: https://developers.google.com/workspace/sheets/api/limits"""
ENVELOPE_BYTES: Final = 200
"""What stands around the rows of one piece."""
TRIES: Final = 3
SIZES: Final = "updatedSpreadsheet(sheets(properties(sheetId,title,gridProperties(rowCount,columnCount))))"


@dataclass(frozen=True, slots=True)
class Stage:
    """A staging tab that holds the rows of one region."""

    sheet: int
    title: str
    digest: str


Stages = dict[tuple[str, str], Stage]


def stage(api: SheetsApi, spreadsheet: str, plan: Plan, run_id: str, stages: Stages) -> None:
    """Put the rows of large regions onto staging tabs, as far as ``stages`` does not hold them already.

    Raises UserError before any row is sent when the spreadsheet would have too many cells, and VendorUnavailable.
    """
    there = plan.ground.stages
    wanted = {(each.tab, each.region): each for each in plan.staged}
    for key, known in list(stages.items()):
        if key not in wanted or known.digest != wanted[key].digest or known.sheet not in there:
            del stages[key]
    new = [each for key, each in wanted.items() if key not in stages]
    if not new:
        return
    made = _make_tabs(api, spreadsheet, plan, _Making(run_id, new, stages))
    for piece in _pieces([(made[each.tab, each.region].title, each) for each in new]):
        _send(api, spreadsheet, piece)
    stages |= made


@dataclass(frozen=True, slots=True)
class _Making:
    run_id: str
    new: Sequence[Staged]
    kept: Stages


def _make_tabs(api: SheetsApi, spreadsheet: str, plan: Plan, making: _Making) -> Stages:
    """Make the tabs, each as large as its rows, and delete those of dead runs."""
    run_id, new, kept = making.run_id, making.new, making.kept
    titles = {sheet.id: sheet.title for sheet in plan.ground.sheets.values()}
    titles |= plan.outline.titles if plan.outline else {}
    dead = set(plan.ground.stages) - {known.sheet for known in kept.values()}
    requests: list[Body] = [{"deleteSheet": {"sheetId": sheet}} for sheet in sorted(dead)]
    made: Stages = {}
    for number, each in enumerate(new):
        name = f"__stg_{re.sub(r'[^A-Za-z0-9]', '', run_id)[:40]}_{number}"
        sheet, title = free_id(titles, "stage", run_id, number), free_title(name, titles.values())
        titles[sheet] = title
        grid = {"rowCount": len(each.values), "columnCount": len(each.columns)}
        properties = {"sheetId": sheet, "title": title, "hidden": True, "gridProperties": grid}
        requests += [{"addSheet": {"properties": properties}}, mark_stage(run_id, sheet)]
        made[each.tab, each.region] = Stage(sheet, title, each.digest)
    answer = api.change(spreadsheet, {"requests": requests, "includeSpreadsheetInResponse": True}, fields=SIZES)
    plan.ground.stages = {}
    try:
        check_cells(outline_of(answer.get("updatedSpreadsheet", {})).cells, plan.more_cells, spreadsheet)
    except Exception:
        api.change(spreadsheet, {"requests": [{"deleteSheet": {"sheetId": each.sheet}} for each in made.values()]})
        raise
    return made


def _send(api: SheetsApi, spreadsheet: str, piece: Sequence[Body]) -> None:
    """Send one piece; it goes to fixed places on a tab that nobody sees, so it may be sent again."""
    for left in reversed(range(TRIES)):
        try:
            api.write_values(spreadsheet, piece)
        except VendorUnavailable:
            if not left:
                raise
        else:
            return


def _pieces(tables: Sequence[tuple[str, Staged]]) -> Iterator[list[Body]]:
    """Cut tables into pieces of about the same size, as few as fit; each is the data of one values.batchUpdate."""
    sizes = {title: [len(_json(_sent(row)).encode()) + 1 for row in staged.values] for title, staged in tables}
    total = sum(sum(lines) for lines in sizes.values())
    room = PIECE_BYTES - ENVELOPE_BYTES * len(tables)
    each = total / max(1, -(-total // room))
    piece: list[Body] = []
    taken = start = 0
    for title, staged in tables:
        start = 0
        for row, size in enumerate(sizes[title]):
            if taken and (taken >= each or taken + size > room):
                yield [*piece, *_part(title, staged, start, row)]
                piece, taken, start = [], 0, row
            taken += size
        piece += _part(title, staged, start, len(staged.values))
    if piece:
        yield piece


def _part(title: str, staged: Staged, start: int, end: int) -> list[Body]:
    if start == end:
        return []
    cells = f"A{start + 1}:{letters(len(staged.columns) - 1)}{end}"
    return [{"range": on_tab(title, cells), "values": [_sent(row) for row in staged.values[start:end]]}]


def _sent(row: Sequence[Scalar]) -> list[Scalar]:
    """An empty text leaves a cell of a new tab empty and is shorter than null."""
    return ["" if value is None else value for value in trimmed(row)]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def swap(plan: Plan, stages: Stages) -> list[Body]:
    """Return the requests that put staged rows in place, at equal sizes, for Google would repeat or overflow others."""
    requests: list[Body] = []
    for staged in plan.staged:
        source = stages[staged.tab, staged.region].sheet
        for top, bottom in runs(staged.rows):
            first = staged.rows.index(top)
            for left, right, start in _neighbours(staged.columns):
                height, width = bottom - top, right - left
                requests.append({
                    "copyPaste": {
                        "source": span(source, (first, first + height), (start, start + width)),
                        "destination": span(staged.sheet, (top, bottom), (left, right)),
                        "pasteType": "PASTE_VALUES",
                    }
                })  # fmt: skip
    return requests


def _neighbours(columns: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield runs of columns that stand side by side in the order of the staging tab: left, right, first staged one."""
    for _, group in groupby(enumerate(columns), key=lambda pair: pair[1] - pair[0]):
        run = list(group)
        yield run[0][1], run[-1][1] + 1, run[0][0]


def clean(plan: Plan, stages: Stages) -> list[Body]:
    """Return the requests that delete the staging tabs: ours after the swap, and those of dead runs."""
    sheets = sorted({*plan.ground.stages, *(each.sheet for each in stages.values())})
    return [{"deleteSheet": {"sheetId": sheet}} for sheet in sheets]
