"""Reports and tables as JSON: numbers unformatted and exact, days and moments in ISO form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import readable
from connector.model.report import Block, ChartSpec, Report, ScoreCard
from connector.model.table import Cell, Freshness, Note, Table


def table_answer(table: Table) -> dict[str, Any]:
    """Return ``{columns, rows, totals, notes, freshness, small}`` of plain data; Decimals stay Decimals.

    A row is a list of cells in the order of ``columns``. ``small`` lists the cells with a denominator under
    5 (rule E16) as ``{row, column, n}``.
    """
    return {
        "columns": [
            {
                "id": column.id, "label": column.label, "unit": column.unit, "role": column.role,
                "grain": column.grain, "of": column.of, "direction": column.direction,
            }
            for column in table.columns
        ],
        "rows": [[plain(cell) for cell in row] for row in table.rows],
        "totals": None if table.totals is None else [plain(cell) for cell in table.totals],
        "notes": [_note(note) for note in table.notes],
        "freshness": _freshness(table.freshness),
        "small": [
            {"row": row, "column": column, "n": table.small_n.get((row, column))} for row, column in sorted(table.small)
        ],
    }  # fmt: skip


def report_answer(report: Report) -> dict[str, Any]:
    """Return a report as plain data, its tables as :func:`table_answer` gives them."""
    return {
        "template": report.template,
        "title": report.title,
        "workspace": report.workspace,
        "language": report.language,
        "currency": report.currency,
        "time_zone": report.time_zone,
        "first_day": plain(report.first_day),
        "last_day": plain(report.last_day),
        "range": report.range_label,
        "comparison": report.comparison_label,
        "filters": report.filters_label,
        "generated_at": plain(report.generated_at),
        "notes": [_note(note) for note in report.notes],
        "freshness": _freshness(report.freshness),
        "tabs": [
            {"id": tab.id, "title": tab.title, "blocks": [_block(block) for block in tab.blocks]} for tab in report.tabs
        ],
    }


def plain(cell: Cell) -> str | int | float | Decimal | bool | None:
    """Return a cell as JSON data: days ISO, moments ISO in UTC, NaN and infinity None."""
    if isinstance(cell, datetime):
        return (cell.astimezone(UTC) if cell.tzinfo else cell).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return cell if cell.is_finite() else None
    if isinstance(cell, float) and not abs(cell) < float("inf"):
        return None
    return cell


def json_text(answer: object) -> str:
    """Return plain data as JSON text. A Decimal becomes a number with exactly its digits."""
    return "".join(json_pieces(answer))


def write_json(report: Report | Table, target: Path) -> None:
    """Write a report or a table as UTF-8 JSON in one step. Raises FileError, StorageFull."""
    answer = table_answer(report) if isinstance(report, Table) else report_answer(report)
    write_bytes(target, (json_text(answer) + "\n").encode())


def json_pieces(value: object) -> Iterator[str]:
    """Yield the text of :func:`json_text` piece by piece, a value at a time."""
    if isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items()):
            yield ("," if number else "{") + json.dumps(str(key), ensure_ascii=False) + ":"
            yield from json_pieces(inner)
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield "," if number else "["
            yield from json_pieces(inner)
        yield "]" if value else "[]"
    else:
        yield _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, str):
        return json.dumps(readable(value), ensure_ascii=False)
    return json.dumps(value, allow_nan=False)


def _block(block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "title": block.title,
        "text": block.text,
        "filtered": block.filtered,
        "running_x": plain(block.running_x),
        "cards": [_card(card) for card in block.cards],
        "table": None if block.table is None else table_answer(block.table),
        "charts": [_chart(chart) for chart in block.charts],
        "marks": [{"row": row, "column": column, "mark": mark} for (row, column), mark in sorted(block.marks.items())],
        "links": [{"row": row, "address": address} for row, address in sorted(block.links.items())],
        "notes": [_note(note) for note in block.notes],
    }


def _card(card: ScoreCard) -> dict[str, Any]:
    return {
        "metric": card.metric, "label": card.label, "unit": card.unit, "value": plain(card.value),
        "comparison": plain(card.comparison), "comparison_label": card.comparison_label,
        "change": plain(card.change), "direction": card.direction, "note": card.note,
    }  # fmt: skip


def _chart(chart: ChartSpec) -> dict[str, Any]:
    return {
        "kind": chart.kind, "title": chart.title, "x": chart.x, "y": list(chart.y), "series": chart.series,
        "limit": chart.limit,
    }  # fmt: skip


def _note(note: Note) -> dict[str, Any]:
    return {"code": note.code, "text": note.text, "level": note.level, "count": note.count}


def _freshness(freshness: Freshness) -> dict[str, Any]:
    return {
        "data_through": plain(freshness.data_through),
        "history_since": plain(freshness.history_since),
        "rows_rejected": freshness.rows_rejected,
        "generation": freshness.generation,
    }
