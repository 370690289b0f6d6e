"""The questions of which no document and no recording knows the answer. Each returns what Google did, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.errors import PuenteError
from tests.live_check.guards import guards_hold
from tests.live_check.scratch import Scratch, refused, seconds_of

Check = Callable[[Scratch], str]


def span(sheet: int, rows: tuple[int, int], columns: tuple[int, int]) -> dict[str, int]:
    return {
        "sheetId": sheet, "startRowIndex": rows[0], "endRowIndex": rows[1],
        "startColumnIndex": columns[0], "endColumnIndex": columns[1],
    }  # fmt: skip


def is_atomic(scratch: Scratch) -> str:
    """Values of several ranges in one request: all or none? How much in one?"""
    sheet, title = scratch.tab(1000, 26)
    said = refused(lambda: scratch.put((f"'{title}'!A1", [["first"]]), ("'no such tab'!A1", [["second"]])))
    first = bool(scratch.values(f"'{title}'!A1"))
    told = f"refused: {bool(said)}, first range written: {first}"
    for megabytes in (2, 8):
        rows = [["x" * 1000] * 20 for _ in range(megabytes * 50)]
        failure = ""
        try:
            took = seconds_of(lambda rows=rows: scratch.put((f"'{title}'!A1", rows)))  # type: ignore[misc]
        except PuenteError as error:
            took, failure = 0.0, f" {error}"
        told += f"; {megabytes} MB in one request: {took:.1f} s{failure}"
    scratch.drop(sheet)
    return told


def copy_paste(scratch: Scratch) -> str:
    """copyPaste of many cells: how long? Under a filter, and with hidden rows: where do the values go?"""
    told = []
    for cells in (200_000, 1_000_000):
        rows = cells // 20
        source, title = scratch.tab(rows, 20)
        target, _ = scratch.tab(rows, 20)
        scratch.put((f"'{title}'!A1", [["v"]]), (f"'{title}'!T{rows}", [["end"]]))
        took = seconds_of(lambda s=source, t=target, r=rows: scratch.change(_paste(s, t, r, 20)))  # type: ignore[misc]
        told.append(f"{cells:,} cells: {took:.1f} s")
        scratch.drop(source, target)
    return "; ".join([*told, _hidden(scratch)])


def _paste(source: int, target: int, rows: int, columns: int) -> dict[str, Any]:
    return {
        "copyPaste": {
            "source": span(source, (0, rows), (0, columns)),
            "destination": span(target, (0, rows), (0, columns)),
            "pasteType": "PASTE_VALUES",
        }
    }


def _hidden(scratch: Scratch) -> str:
    source, from_title = scratch.tab(10, 2)
    target, to_title = scratch.tab(10, 2)
    scratch.put(
        (f"'{from_title}'!A1:A5", [[n] for n in range(1, 6)]),
        (f"'{to_title}'!A1:A5", [["k"], ["x"], ["y"], ["x"], ["y"]]),
    )
    hide = {"hiddenValues": ["x"]}
    scratch.change(
        {"setBasicFilter": {"filter": {"range": span(target, (0, 5), (0, 1)), "criteria": {"0": hide}}}},
        _paste(source, target, 5, 1),
    )
    found = [row[0] if row else "" for row in scratch.values(f"'{to_title}'!A1:A5")]
    scratch.drop(source, target)
    return f"1..5 pasted over rows of which a filter hides two: {found}"


def past_the_end(scratch: Scratch) -> str:
    """Values past the last row: does the sheet become longer?"""
    sheet, title = scratch.tab(10, 3)
    said = refused(lambda: scratch.put((f"'{title}'!A11:A12", [["a"], ["b"]])))
    scratch.drop(sheet)
    return said or "written: the sheet became longer"


def copied_marks(scratch: Scratch) -> str:
    """A copy of the file: which ids and marks does it keep?"""
    sheet, _ = scratch.tab(20, 5)
    mark = {
        "metadataKey": "puente.check",
        "metadataValue": "1",
        "location": {"sheetId": sheet},
        "visibility": "DOCUMENT",
    }
    where = {"overlayPosition": {"anchorCell": {"sheetId": sheet, "rowIndex": 0, "columnIndex": 0}}}
    scratch.change(
        {"createDeveloperMetadata": {"developerMetadata": mark}},
        {"addChart": {"chart": {"chartId": 4711, "spec": _chart(sheet, 5), "position": where}}},
        {"addProtectedRange": {"protectedRange": {"range": span(sheet, (0, 1), (0, 1)), "warningOnly": True}}},
    )
    fields = "sheets(properties(sheetId),developerMetadata,charts(chartId),protectedRanges)"
    copy = scratch.google.drive.copy(scratch.spreadsheet, "Puente live check (copy)", "puente-live-check")
    there = Scratch(scratch.google, str(copy["id"])).ask("GET", "", fields=fields)
    scratch.drop(sheet)
    kept = [each for each in there["sheets"] if each["properties"].get("sheetId", 0) == sheet]
    if not kept:
        return f"sheetIds changed; delete the copy by hand: {copy['id']}"
    found = kept[0]
    marks, charts = len(found.get("developerMetadata", [])), [c["chartId"] for c in found.get("charts", [])]
    return (
        f"sheetId kept, {marks} marks, charts {charts}, {len(found.get('protectedRanges', []))} protected;"
        f" delete the copy by hand: {copy['id']}"
    )


def _chart(sheet: int, rows: int | None) -> dict[str, Any]:
    def source(column: int) -> dict[str, Any]:
        place = span(sheet, (0, rows or 0), (column, column + 1))
        if rows is None:
            del place["endRowIndex"]
        return {"sourceRange": {"sources": [place]}}

    return {
        "title": "check",
        "basicChart": {
            "chartType": "COLUMN",
            "headerCount": 1,
            "domains": [{"domain": source(0)}],
            "series": [{"series": source(1)}],
        },
    }


def open_charts(scratch: Scratch) -> str:
    """A chart whose source has no last row: taken, and kept open?"""
    sheet, _ = scratch.tab(20, 5)
    where = {"overlayPosition": {"anchorCell": {"sheetId": sheet, "rowIndex": 0, "columnIndex": 3}}}
    said = refused(lambda: scratch.change({"addChart": {"chart": {"spec": _chart(sheet, None), "position": where}}}))
    answer = scratch.ask("GET", "", fields="sheets(properties(sheetId),charts(spec))")
    scratch.drop(sheet)
    specs = [
        c["spec"] for s in answer["sheets"] if s["properties"].get("sheetId") == sheet for c in s.get("charts", [])
    ]
    sources = [s["basicChart"]["series"][0]["series"]["sourceRange"]["sources"][0] for s in specs]
    return said or f"taken; read back as {sources}"


def dollars(scratch: Scratch) -> str:
    """``$`` in an address of values."""
    sheet, title = scratch.tab(5, 5)
    scratch.put((f"'{title}'!A1", [["here"]]))
    said = refused(lambda: scratch.values(f"'{title}'!$A$1:$B$2"))
    scratch.drop(sheet)
    return said or "taken"


def own_files_only(scratch: Scratch) -> str:
    """What a sign-in for own files only sees of others."""
    if scratch.google.is_service:
        return "needs a person's sign-in (--oauth): a service account has the wide scope"
    return "name a public template that Puente never opened: " + refused(
        lambda: scratch.google.drive.describe("1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms")
    )


def export_delay(scratch: Scratch) -> str:
    """An export right after a write: old or new?"""
    sheet, title = scratch.tab(5, 5)
    scratch.change({"updateSheetProperties": {"properties": {"sheetId": sheet, "index": 0}, "fields": "index"}})
    scratch.put((f"'{title}'!A1", [["before"]]))
    tries = 0
    for tries in range(1, 11):
        scratch.put((f"'{title}'!A1", [[f"after {tries}"]]))
        if f"after {tries}".encode() not in scratch.google.drive.export(scratch.spreadsheet, "text/csv"):
            break
    else:
        tries = 0
    scratch.drop(sheet)
    return f"write number {tries} was not in the export" if tries else "ten times in a row the export had the new value"


def chart_round_trip(scratch: Scratch) -> str:
    """Every chart of the spreadsheet read and written back: is anything lost?"""
    fields = "sheets(charts(chartId,spec))"
    before = [c for s in scratch.ask("GET", "", fields=fields)["sheets"] for c in s.get("charts", [])]
    if not before:
        return "the spreadsheet has no chart: make one by hand with trend lines and own colours, then run this again"
    scratch.change(*({"updateChartSpec": {"chartId": c["chartId"], "spec": c["spec"]}} for c in before))
    after = [c for s in scratch.ask("GET", "", fields=fields)["sheets"] for c in s.get("charts", [])]
    lost = [c["chartId"] for c, d in zip(before, after, strict=True) if c["spec"] != d["spec"]]
    return f"{len(before)} charts, different afterwards: {lost or 'none'}; compare them by eye as well"


def packed_requests(scratch: Scratch) -> str:
    """A compressed request."""
    sheet, title = scratch.tab(5, 5)
    said = refused(lambda: scratch.put((f"'{title}'!A1", [["packed"]]), packed=True))
    there = scratch.values(f"'{title}'!A1")
    scratch.drop(sheet)
    return said or f"taken, {there}"


CHECKS: tuple[tuple[str, Check], ...] = (
    ("1 values of several ranges are all or nothing", is_atomic),
    ("2 copyPaste of many cells, filters, hidden rows", copy_paste),
    ("3 values past the last row", past_the_end),
    ("4 what a copy of the file keeps", copied_marks),
    ("5 charts without a last row", open_charts),
    ("6 $ in addresses", dollars),
    ("7 drive.file and other people's files", own_files_only),
    ("8 export after a write", export_delay),
    ("9 charts read and written back", chart_round_trip),
    ("10 compressed requests", packed_requests),
    ("11 a change is refused when rows or columns have moved", guards_hold),
)
