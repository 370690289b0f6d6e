"""Where the table begins in a file, whether its first row is a header, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connector.errors import FileError, quote
from connector.sources.files.options import Limits, ReadOptions

Row = Sequence[str]

LINE = "_line"
"""Name of the column with the physical line of each row; no column of a file may bear it."""

_NUMBER = re.compile(r"[-+(]?\s?[^\w\s]{0,3}\s?[-+]?\d[\d\s .,']*\s?(?:[%)]|[^\w\s]{1,3}|[A-Z]{3})?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?|\d{1,2}:\d{2}.*|\d{4}-\d{2}")
_PERIOD = re.compile(r"(?:19|20)\d{2}(?:-\d{2}(?:-\d{2})?)?")
_DATUM = re.compile(r"[^@\s]+@[^@\s]+\.\w+|https?://.*|[0-9a-fA-F-]{32,36}")
_FOOTER = re.compile(
    r"copyright|©|\(c\) ?(?:19|20)\d\d|confidential information|all rights reserved|generated (?:by|on|at)"
    r"|exported (?:by|on|at|from)|report (?:generated|created|run)|end of (?:report|file)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The table found among the first rows of a file."""

    columns: tuple[str, ...]
    header: int | None
    """Position of the header among the rows; None when there is none."""
    first: int
    """Position of the first row of data."""
    width: int
    """Cells that a row has; those behind the last column are empty."""
    least: int
    """Cells that a row must have at least: less than ``width`` only where all rows of the sample stop short."""


def is_footer(text: str) -> bool:
    """Say whether a lone cell below the table is what report exports print under their rows."""
    return bool(_FOOTER.search(text))


def shape_of(rows: Sequence[Row], options: ReadOptions, limits: Limits, place: str) -> Shape:
    """Find the table among the first rows of a file; rows are as read, blank ones included.

    Raises FileError when there are too many columns, a header that is no header, or names that do not fit.
    """
    body = _body_width(rows)
    at = _start(rows, body, options)
    has_header = options.header
    if has_header is None:
        has_header = at < len(rows) and _looks_like_header(rows[at], rows[at + 1 :])
    if not has_header:
        at = next((at for at, row in enumerate(rows) if len(row) >= body and any(row)), len(rows))
    header = rows[at] if has_header and at < len(rows) else None
    first = at if header is None else at + 1
    _check_header(header or (), body, options, limits, place)
    count, width, least = _fit(header, [row for row in rows[first:] if any(row)])
    if options.columns:
        _check_names(options.columns, _least_names(header, rows[first:], count), max(width, count), place)
        names, least = options.columns, min(least, len(options.columns))
    else:
        names = column_names([header[at] if header and at < len(header) else "" for at in range(count)])
    return Shape(names, None if header is None else at, first, max(width, 1), least)


def _check_header(header: Row, body: int, options: ReadOptions, limits: Limits, place: str) -> None:
    if max(body, len(header)) > limits.columns:
        raise FileError(
            f"The file has {max(body, len(header))} columns; more than {limits.columns} are refused.",
            place=place,
            remedy="Check the separator, or export fewer columns.",
        )
    long = next((cell for cell in header if len(cell) > limits.header_chars), None)
    if long is not None and not options.columns:
        raise FileError(
            f"The name of a column has {len(long)} characters: {quote(long)}.",
            place=place,
            remedy="Check that the first row is a header and that its quotes are closed.",
        )


def _body_width(rows: Sequence[Row]) -> int:
    """Return the commonest number of cells of a row; rows of one cell count only when there are no others."""
    widths = Counter(len(row) for row in rows if any(row))
    wide = Counter({width: count for width, count in widths.items() if width > 1})
    return max((wide or widths).items(), key=lambda item: (item[1], item[0]), default=(0, 0))[0]


def _start(rows: Sequence[Row], body: int, options: ReadOptions) -> int:
    """Return the position of the first row that is no title: about as wide as the body and half filled."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    first = next((at for at, count in enumerate(filled) if count), len(rows))
    if options.header and options.skip_rows:
        return first
    for at, row in enumerate(rows):
        if body <= 2 and filled[at] and len(row) >= body:
            title = body == 2 and filled[at] == 1 and filled[at + 1 : at + 2] in ([0], [2])
            if not title:
                return at
        elif body > 2 and len(row) * 2 > body and filled[at] * 2 >= body:
            return at
    return first


def _fit(header: Row | None, data: Sequence[Row]) -> tuple[int, int, int]:
    """Return how many columns there are, how many cells a row has, and how many it must have at least.

    Unnamed columns at the end that are empty throughout the sample are dropped. Rows shorter than the header
    are allowed only when all of them are.
    """
    widths = Counter(map(len, data))
    usual = max(widths.items(), key=lambda item: (item[1], item[0]), default=(len(header or ()), 0))[0]
    if header is None:
        return usual, usual, usual
    unanimous = len(widths) == 1
    reach = usual if unanimous and usual > len(header) else len(header)
    filled = max((_filled_width(row) for row in data if len(row) <= reach), default=0)
    count = max(_filled_width(header), filled, 1)
    if unanimous and usual < count:
        return count, usual, usual
    return count, usual if usual >= count else max(len(header), count), count


def _least_names(header: Row | None, data: Sequence[Row], count: int) -> int:
    """Return how many columns must be named at least: those up to the last that is named or filled."""
    if header is not None:
        return count
    return max((_filled_width(row) for row in data if len(row) <= count), default=0)


def _check_names(names: tuple[str, ...], least: int, most: int, place: str) -> None:
    if most and not least <= len(names) <= most:
        raise FileError(
            f"{len(names)} columns are named, but the file has {most}.",
            place=place,
            remedy="Name every column of the file, in its order, and check the separator.",
        )


def _filled_width(row: Row) -> int:
    return max((at + 1 for at, cell in enumerate(row) if cell.strip()), default=0)


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns: stripped, ``column_N`` for an empty one, ``name (2)`` for a repeated one.

    Names that differ only in case count as the same, for SQL does not tell them apart.
    """
    taken = {LINE}  # the first column called _line becomes "_line (2)"
    names = []
    for number, text in enumerate(header, start=1):
        base = text.strip() or f"column_{number}"
        name, copy = base, 1
        while name.lower() in taken:
            copy += 1
            name = f"{base} ({copy})"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def _looks_like_header(row: Row, below: Sequence[Row]) -> bool:
    rows = [other for other in below if any(other)][:200]
    columns = [
        (cell.strip(), [other[at].strip() for other in rows if at < len(other) and other[at].strip()])
        for at, cell in enumerate(row)
    ]
    columns = [(cell, values) for cell, values in columns if cell]
    periods = _periods(columns)
    votes = sum(_vote(cell, values) for cell, values in columns if values and cell not in periods)
    if votes or periods:
        return votes + len(periods) > 0
    data = any(_kind(cell) != "text" or _DATUM.fullmatch(cell) for cell, _ in columns)
    return not data and len({cell.lower() for cell, _ in columns}) == len(columns)


def _periods(columns: list[tuple[str, list[str]]]) -> list[str]:
    """Return the years or months that head the columns of a wide file: several, in order, over other values."""
    found = [cell for cell, values in columns if _PERIOD.fullmatch(cell) and not any(map(_PERIOD.fullmatch, values))]
    ordered = found in (sorted(set(found)), sorted(set(found), reverse=True))
    return found if ordered and len(found) > 1 else []


def _vote(cell: str, below: list[str]) -> float:
    """Return above 0 when a cell looks like the name of the column below it, under 0 when like one of its values."""
    kind, count = Counter(map(_kind, below)).most_common(1)[0]
    own = _kind(cell)
    if kind != "text" and count >= 0.9 * len(below):
        return 1.0 if own == "text" else -1.0
    if own != "text" or _DATUM.fullmatch(cell):
        return -1.0
    if cell in below:
        return -2.0
    lengths = {len(value) for value in below}
    if len(below) > 2 and len(lengths) == 1 and next(iter(lengths)) > 5:
        return 1.0 if len(cell) not in lengths else -0.5
    return 0.0


def _kind(text: str) -> str:
    if _DATE.fullmatch(text):
        return "date"
    return "number" if _NUMBER.fullmatch(text) else "text"
