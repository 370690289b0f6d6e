"""What Google's reference pages say of requests and no schema can: charts, ranges, metadata, sizes.

https://developers.google.com/sheets/api/reference/rest (charts, DimensionRange, GridRange, DeveloperMetadata) and the
limits page. :func:`reference_faults` judges every body; :func:`data_faults` is what we hold ourselves to: data goes out
as data, never as something that Google would read like a person's typing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CHART_KINDS = {
    "basicChart", "pieChart", "bubbleChart", "candlestickChart", "orgChart", "histogramChart", "waterfallChart",
    "treemapChart", "scorecardChart",
}  # fmt: skip
MOST_REQUESTS = 100_000
MOST_CHARACTERS = 50_000
PLACES = {"startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex", "startIndex", "endIndex", "dimension"}
RUNS = {"textFormatRuns", "chipRuns"}
"""Parts of a text begin at an index too."""
OVER = (("startRowIndex", "endRowIndex"), ("startColumnIndex", "endColumnIndex"), ("startIndex", "endIndex"))


def reference_faults(body: Any) -> list[str]:
    """Return each fault of a body of JSON; empty when the reference pages allow it."""
    found = [f"{len(body.get('requests'))} requests in one batch"] if _is_long(body) else []
    return found + [fault for name, part in _objects("", body) for fault in _object_faults(name, part)]


def data_faults(body: Any) -> list[str]:
    """Return where a body would have Google read text as if it were typed: a formula, or another input than RAW."""
    found = []
    for name, part in _objects("", body):
        if "formulaValue" in part:
            found.append(f"{name} holds the formula {part['formulaValue']!r}")
        if part.get("valueInputOption", "RAW") != "RAW" or "pasteData" in part:
            found.append("values are sent to be read like typing")
    return found


def _is_long(body: Any) -> bool:
    return isinstance(body, dict) and len(body.get("requests") or []) > MOST_REQUESTS


def _objects(name: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield name, value
        for inner, part in value.items():
            if not (inner == "values" and _is_table(part)):
                yield from _objects(inner, part)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(name, part)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, list) for row in value)


def _object_faults(name: str, part: dict[str, Any]) -> Iterator[str]:
    for first, last in OVER:
        if last in part and part[last] <= part.get(first, 0):
            yield f"{name} ends before it begins: {part}"
    if PLACES & part.keys() and name not in RUNS:
        yield from _place_faults(name, part)
    if name in ("chart", "charts", "updateChartSpec"):
        yield from _chart_faults(part.get("spec", {}))
    if name == "sourceRange":
        yield from (f"a source is wider than one row or column: {one}" for one in part["sources"] if not _is_line(one))
    if name == "createDeveloperMetadata":
        yield from _metadata_faults(part.get("developerMetadata", {}))
    if name == "rule" and "ranges" in part and ("booleanRule" in part) == ("gradientRule" in part):
        yield "a conditional format needs a boolean rule or a gradient"
    if len(str(part.get("stringValue", ""))) > MOST_CHARACTERS:
        yield f"a cell of more than {MOST_CHARACTERS} characters"


def _place_faults(name: str, part: dict[str, Any]) -> Iterator[str]:
    if "sheetId" not in part:
        yield f"{name} does not say which sheet it is on: {part}"
    if "startIndex" in part and part.get("dimension") not in ("ROWS", "COLUMNS"):
        yield f"{name} does not say whether it means rows or columns: {part}"


def _chart_faults(spec: dict[str, Any]) -> Iterator[str]:
    kinds = CHART_KINDS & spec.keys()
    if len(kinds) != 1:
        yield f"a chart needs one kind, not {sorted(kinds)}"
    basic = spec.get("basicChart")
    if basic is not None and not (basic.get("domains") and basic.get("series") and basic.get("chartType")):
        yield "a basic chart needs a type, domains and series"
    if basic is not None and "series" in basic:
        sizes = {len(_sources(one.get("series", {}))) for one in basic["series"]}
        sizes |= {len(_sources(one.get("domain", {}))) for one in basic.get("domains", [])}
        if len(sizes) > 1:
            yield "the domain and the series of a chart have different numbers of sources"
    pie = spec.get("pieChart")
    if pie is not None and not ("domain" in pie and "series" in pie):
        yield "a pie needs a domain and a series"


def _sources(data: dict[str, Any]) -> list[Any]:
    found: list[Any] = data.get("sourceRange", {}).get("sources", [])
    return found


def _is_line(grid: dict[str, Any]) -> bool:
    def length(first: str, last: str) -> int | None:
        return grid[last] - grid.get(first, 0) if last in grid else None

    return 1 in (length("startRowIndex", "endRowIndex"), length("startColumnIndex", "endColumnIndex"))


def _metadata_faults(metadata: dict[str, Any]) -> Iterator[str]:
    for name in ("metadataKey", "visibility", "location"):
        if not metadata.get(name):
            yield f"metadata without {name}"
    location = metadata.get("location", {})
    given = {"spreadsheet", "sheetId", "dimensionRange"} & location.keys()
    if len(given) != 1:
        yield f"metadata needs one place, not {sorted(given)}"
    span = location.get("dimensionRange")
    if span is not None and span.get("endIndex", 0) - span.get("startIndex", 0) != 1:
        yield f"metadata of more than one row or column: {span}"
