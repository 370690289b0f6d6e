"""The methods below ``spreadsheets.values``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from connector.sandbox.google.a1 import Rect, check_room, find_range, range_name
from connector.sandbox.google.appending import append_rows
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.readings import Rendering, value_range
from connector.sandbox.google.refusals import Refused, invalid
from connector.sandbox.google.writings import Written, check_option, clear_values, rows_of, write

Place = tuple[Sheet, Rect]
Query = Callable[[str], str | None]


def get(book: Book, name: str, query: Query) -> Json:
    """``values.get``."""
    rendering = Rendering.of(query("valueRenderOption"), query("dateTimeRenderOption"), query("majorDimension"))
    return value_range(book, *find_range(book, name), rendering)


def batch_get(book: Book, names: Sequence[str], query: Query) -> Json:
    """``values.batchGet``."""
    answer: Json = {"spreadsheetId": book.id}
    if names:
        answer["valueRanges"] = [get(book, name, query) for name in names]
    return answer


def update(book: Book, name: str, body: Json, query: Query) -> Json:
    """``values.update``."""
    _check_range(body, name)
    written = _write(book, find_range(book, name), body, query("valueInputOption"), name)
    answer = written.body(book.id)
    if query("includeValuesInResponse") in ("true", "True", "1"):
        answer["updatedData"] = _read_back(book, written, query, body)
    return answer


def _check_range(body: Json, name: str) -> None:
    if body.get("range") and body["range"] != name:
        raise invalid(f"Requested writing within range [{name}], but the body names [{body['range']}]")


def _write(book: Book, place: Place, body: Json, option: str | None, name: str = "") -> Written:
    parsed = check_option(option)
    rows = rows_of(body.get("values"), body.get("majorDimension"))
    if name:
        check_room(book, name, len(rows), max(map(len, rows), default=0))
    return write(book, *place, rows, parsed=parsed)


def _read_back(book: Book, written: Written, query: Query, body: Json) -> Json:
    rendering = Rendering.of(
        query("responseValueRenderOption"), query("responseDateTimeRenderOption"), body.get("majorDimension")
    )
    return value_range(book, written.sheet, written.rect, rendering)


def batch_update(book: Book, body: Json, find: Callable[[Json], Sequence[Place]]) -> Json:
    """``values.batchUpdate`` and its twin by data filter; ``find`` gives the places of one piece of ``data``."""
    responses: list[Json] = []
    rows: set[tuple[int, int]] = set()
    columns: set[tuple[int, int]] = set()
    sheets: set[int] = set()
    cells = 0
    check_option(body.get("valueInputOption"))
    for number, data in enumerate(body.get("data", [])):
        for written in _write_piece(book, number, body, find):
            responses.append(_response(book, written, body, data))
            rows |= {(written.sheet.id, written.rect.top + row) for row in written.rows}
            columns |= {(written.sheet.id, written.rect.left + column) for column in written.columns}
            sheets |= {written.sheet.id} if written.cells else set()
            cells += written.cells
    totals = {"Rows": len(rows), "Columns": len(columns), "Cells": cells, "Sheets": len(sheets)}
    answer: Json = {"spreadsheetId": book.id}
    answer |= {f"totalUpdated{name}": count for name, count in totals.items() if count}
    return answer | ({"responses": responses} if responses else {})


def _write_piece(book: Book, number: int, body: Json, find: Callable[[Json], Sequence[Place]]) -> Iterator[Written]:
    """Write one piece of ``data``; a refusal says which one it is about."""
    data = body["data"][number]
    try:
        for place in find(data):
            yield _write(book, place, data, body.get("valueInputOption"), data.get("range", ""))
    except Refused as refused:
        if refused.status != 400:
            raise
        raise invalid(f"Invalid data[{number}]: {refused.message}") from None


def _response(book: Book, written: Written, body: Json, data: Json) -> Json:
    answer = written.body(book.id)
    if "dataFilter" in data:
        answer["dataFilter"] = data["dataFilter"]
    if body.get("includeValuesInResponse"):
        answer["updatedData"] = _read_back(book, written, body.get, data)
    return answer


def append(book: Book, name: str, body: Json, query: Query) -> Json:
    """``values.append``."""
    parsed = check_option(query("valueInputOption"))
    rows = rows_of(body.get("values"), body.get("majorDimension"))
    table, written = append_rows(
        book, find_range(book, name), rows, insert=query("insertDataOption") == "INSERT_ROWS", parsed=parsed
    )
    answer: Json = {"spreadsheetId": book.id}
    if table is not None:
        answer["tableRange"] = range_name(written.sheet, table)
    updates = written.body(book.id)
    if query("includeValuesInResponse") in ("true", "True", "1"):
        updates["updatedData"] = _read_back(book, written, query, body)
    return answer | {"updates": updates}


def clear(book: Book, place: Place) -> str:
    """Empty one range and return its name."""
    clear_values(book, *place)
    return range_name(*place)


def names(body: Any) -> list[str]:
    """Return the ranges that a body names."""
    return list(body.get("ranges", []))
