"""Spreadsheets in memory. What is only kept is kept in the JSON shapes of the Sheets API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import RLock

import orjson

from connector.sandbox.google.grid import Grid, Json, Result
from connector.sandbox.google.refusals import invalid, not_found

MOST_CELLS = 10_000_000
SHEET_ID_LIMIT = 1 << 31
ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Place = tuple[int, int, int]
"""Sheet id, row, column."""


def twin(part: object) -> object:
    """Return a deep copy of a piece of JSON."""
    return orjson.loads(orjson.dumps(part))


@dataclass
class Sheet:
    """One sheet. The lists hold Google's resources of the same name; every GridRange in them has its ``sheetId``,
    zero included (zeros are left out when an answer is made)."""

    properties: Json
    """SheetProperties; ``sheetId``, ``title`` and ``gridProperties`` are always there, the book keeps ``index``."""
    cells: Grid = field(default_factory=Grid)
    row_properties: dict[int, Json] = field(default_factory=dict)
    """DimensionProperties without developerMetadata, only of rows that differ from the usual."""
    column_properties: dict[int, Json] = field(default_factory=dict)
    merges: list[Json] = field(default_factory=list)
    charts: list[Json] = field(default_factory=list)
    """EmbeddedChart, each with ``chartId``."""
    conditional_formats: list[Json] = field(default_factory=list)
    banded_ranges: list[Json] = field(default_factory=list)
    protected_ranges: list[Json] = field(default_factory=list)
    filter_views: list[Json] = field(default_factory=list)
    basic_filter: Json | None = None
    slicers: list[Json] = field(default_factory=list)
    tables: list[Json] = field(default_factory=list)
    row_groups: list[Json] = field(default_factory=list)
    column_groups: list[Json] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.properties["sheetId"])

    @property
    def title(self) -> str:
        return str(self.properties["title"])

    @property
    def row_count(self) -> int:
        return int(self.properties["gridProperties"].get("rowCount", 0))

    @row_count.setter
    def row_count(self, count: int) -> None:
        self.properties["gridProperties"]["rowCount"] = count

    @property
    def column_count(self) -> int:
        return int(self.properties["gridProperties"].get("columnCount", 0))

    @column_count.setter
    def column_count(self, count: int) -> None:
        self.properties["gridProperties"]["columnCount"] = count

    def copy(self) -> Sheet:
        """Return a twin: cells shared until written, everything else its own."""
        parts = {name: twin(value) for name, value in vars(self).items() if name not in KEPT_APART and value}
        return Sheet(
            cells=self.cells.copy(),
            row_properties={place: dict(value) for place, value in self.row_properties.items()},
            column_properties={place: dict(value) for place, value in self.column_properties.items()},
            **parts,  # type: ignore[arg-type]
        )


KEPT_APART = {"cells", "row_properties", "column_properties"}


@dataclass
class Book:
    """One spreadsheet. A change is made in a :meth:`draft`, which then takes the book's place or is forgotten."""

    id: str
    properties: Json
    """SpreadsheetProperties."""
    sheets: list[Sheet] = field(default_factory=list)
    """In their order; ``properties.index`` follows it (:meth:`number_sheets`)."""
    named_ranges: list[Json] = field(default_factory=list)
    metadata: list[Json] = field(default_factory=list)
    """DeveloperMetadata of every kind of place, each with ``metadataId`` and ``location``."""
    version: int = 0
    """Grows with every change that was kept."""
    results: Mapping[Place, Result] | None = None
    """What formulas and pivots came to; None while that is not known. Not entered here: plain values."""
    user: str = ""
    """E-mail address of whoever makes the present change."""
    owner: str = ""
    now: datetime | None = None
    fresh: Random = field(default_factory=Random)
    """Where new ids come from."""

    def draft(self, user: str = "", now: datetime | None = None) -> Book:
        """Return a twin to change; cells are copied where they are written."""
        return Book(
            self.id,
            _json(twin(self.properties)),
            [sheet.copy() for sheet in self.sheets],
            list(map(_json, _list(twin(self.named_ranges)))),
            list(map(_json, _list(twin(self.metadata)))),
            self.version + 1,
            None,
            user,
            self.owner,
            now or self.now,
            self.fresh,
        )

    def sheet(self, sheet_id: object, noun: str = "grid") -> Sheet:
        """Return the sheet with this id. Raises Refused in the words of batchUpdate, which says ``sheet`` instead of
        ``grid`` where a sheet is changed as a whole."""
        for sheet in self.sheets:
            if sheet.id == (sheet_id or 0):
                return sheet
        raise invalid(f"No {noun} with id: {sheet_id or 0}")

    def sheet_titled(self, title: str) -> Sheet | None:
        """Return the sheet with this title, in whatever case it is written; None where there is none."""
        folded = title.casefold()
        exact = [sheet for sheet in self.sheets if sheet.title == title]
        return next(iter(exact or [sheet for sheet in self.sheets if sheet.title.casefold() == folded]), None)

    def number_sheets(self) -> None:
        """Write the places of the sheets into their properties."""
        for index, sheet in enumerate(self.sheets):
            sheet.properties["index"] = index

    def count_cells(self) -> int:
        """Return how many cells the grids have, empty ones included: what Google's limit counts."""
        return sum(sheet.row_count * sheet.column_count for sheet in self.sheets)

    def fresh_id(self, taken: Iterator[int] | None = None) -> int:
        """Return an id that no sheet has and that is not among ``taken``."""
        used = {sheet.id for sheet in self.sheets} | set(taken or ())
        while True:
            number = self.fresh.randrange(1, SHEET_ID_LIMIT)
            if number not in used:
                return number


def _json(part: object) -> Json:
    assert isinstance(part, dict)
    return part


def _list(part: object) -> list[object]:
    assert isinstance(part, list)
    return part


def _anyone(book_id: str, user: str, write: bool) -> None:
    """Everybody may, as long as there is no Drive."""


def _nobody_told(book: Book) -> None:
    """Without Drive there is no file to be made."""


class Books:
    """Every spreadsheet there is. Whoever looks at or changes one holds :attr:`lock`."""

    def __init__(self, seed: int | None = 0) -> None:
        self.fresh = Random(seed)  # noqa: S311 - ids of a stand-in
        self.lock = RLock()
        self._books: dict[str, Book] = {}
        self.may: Callable[[str, str, bool], None] = _anyone
        """Raises Refused where a user (second) may not read a book (first), or write it (third): Drive knows."""
        self.made: Callable[[Book], None] = _nobody_told
        """Told of each book that was made through Sheets, so that Drive has a file for it."""

    def find(self, book_id: str) -> Book:
        """Return a book. Raises Refused, 404."""
        if book_id not in self._books:
            raise not_found()
        return self._books[book_id]

    def keep(self, book: Book) -> None:
        """Put a book, or a draft in the place of its book."""
        book.results = None  # what was looked at while it was changed is not what it came to
        self._books[book.id] = book

    def drop(self, book_id: str) -> None:
        """Forget a book that was deleted for good."""
        self._books.pop(book_id, None)

    def __iter__(self) -> Iterator[Book]:
        return iter(list(self._books.values()))

    def fresh_id(self) -> str:
        """Return an id as Google's look: 44 letters and digits."""
        return "1" + "".join(self.fresh.choice(ID_LETTERS) for _ in range(43))
