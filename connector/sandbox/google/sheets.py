"""The Sheets API over HTTP messages: finds the method, checks the request, changes a draft, answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from connector.sandbox.google import batch, value_calls
from connector.sandbox.google.a1 import find_range
from connector.sandbox.google.answers import View, spreadsheet
from connector.sandbox.google.book import Book, Books
from connector.sandbox.google.calls import Call, read_call
from connector.sandbox.google.creation import copied_sheet, created
from connector.sandbox.google.data_filters import ranges
from connector.sandbox.google.grid import Json
from connector.sandbox.google.masks import below, project
from connector.sandbox.google.metadata import metadata, search
from connector.sandbox.google.readings import Rendering, value_range
from connector.sandbox.google.refusals import Refused, invalid
from connector.sandbox.google.value_calls import Place
from connector.sandbox.google.zeros import tidied
from connector.sandbox.http.message import Answer, Request

TRUE = {"true", "True", "1", "t", "y", "yes"}
MADE = frozenset({"sheets", "updatedSpreadsheet"})
"""Parts of answers that are made by the mask."""


class GoogleSheets:
    """Answers the Sheets API. ``now`` is the clock (aware) by which books remember their last change."""

    def __init__(self, books: Books, now: Callable[[], datetime] | None = None) -> None:
        self.books = books
        self.now = now

    def answer(self, request: Request, user: str = "") -> Answer:
        """Answer one request of a user (e-mail address) whose token has been found good."""
        try:
            call = read_call(request, user)
            if call is None:
                return Answer(404, {"error": {"code": 404, "message": "Method not found.", "status": "NOT_FOUND"}})
            with self.books.lock:
                content = getattr(self, "_" + call.method.removeprefix("spreadsheets.").replace(".", "_"))(call)
        except Refused as refused:
            return Answer(refused.status, refused.body())
        return Answer(200, project(content, call.mask, MADE))

    # Books

    def _read(self, call: Call) -> Book:
        book = self.books.find(call.path["book"])
        self.books.may(book.id, call.user, False)
        return book

    def _draft(self, call: Call) -> Book:
        book = self.books.find(call.path["book"])
        self.books.may(book.id, call.user, True)
        return book.draft(call.user, self.now() if self.now else None)

    def _create(self, call: Call) -> Json:
        book = created(self.books.fresh_id(), call.body, call.user, self.now() if self.now else None)
        self.books.keep(book)
        self.books.made(book)
        return spreadsheet(book, View(mask=call.mask, user=call.user))

    def _get(self, call: Call) -> Json:
        book = self._read(call)
        names = call.request.query.get("ranges", [])
        asked = [find_range(book, name) for name in names] if names else None
        return spreadsheet(book, View(asked, call.mask, call.query("includeGridData") in TRUE, call.user))

    def _getByDataFilter(self, call: Call) -> Json:  # noqa: N802 - Google's name
        book = self._read(call)
        # Filters that meet nothing are like no filters: every sheet comes.
        found = ranges(book, call.body.get("dataFilters", [])) or None
        return spreadsheet(book, View(found, call.mask, bool(call.body.get("includeGridData")), call.user))

    def _batchUpdate(self, call: Call) -> Json:  # noqa: N802
        draft = self._draft(call)
        replies = batch.apply(draft, call.body.get("requests", []))
        answer: Json = {"spreadsheetId": draft.id, "replies": replies}
        if call.body.get("includeSpreadsheetInResponse"):
            names = call.body.get("responseRanges")
            asked = [find_range(draft, name) for name in names] if names else None
            inner = below(call.mask, "updatedSpreadsheet")
            if inner is not None:
                view = View(asked, inner, bool(call.body.get("responseIncludeGridData")), call.user)
                answer["updatedSpreadsheet"] = spreadsheet(draft, view)
        self.books.keep(draft)
        return answer

    def _sheets_copyTo(self, call: Call) -> Json:  # noqa: N802
        source = self._read(call)
        target = self.books.find(call.body.get("destinationSpreadsheetId", ""))
        self.books.may(target.id, call.user, True)
        draft = target.draft(call.user, self.now() if self.now else None)
        properties = copied_sheet(source, int(call.path["sheet"]), draft)
        self.books.keep(draft)
        return properties

    # Developer metadata

    def _developerMetadata_get(self, call: Call) -> Json:  # noqa: N802
        return tidied(metadata(self._read(call), int(call.path["metadata"])))

    def _developerMetadata_search(self, call: Call) -> Json:  # noqa: N802
        return tidied(search(self._read(call), call.body))

    # Values

    def _values_get(self, call: Call) -> Json:
        return value_calls.get(self._read(call), call.path["range"], call.query)

    def _values_batchGet(self, call: Call) -> Json:  # noqa: N802
        return value_calls.batch_get(self._read(call), call.request.query.get("ranges", []), call.query)

    def _values_update(self, call: Call) -> Json:
        draft = self._draft(call)
        answer = value_calls.update(draft, call.path["range"], call.body, call.query)
        self.books.keep(draft)
        return answer

    def _values_append(self, call: Call) -> Json:
        draft = self._draft(call)
        answer = value_calls.append(draft, call.path["range"], call.body, call.query)
        batch.check_size(draft)
        self.books.keep(draft)
        return answer

    def _values_clear(self, call: Call) -> Json:
        draft = self._draft(call)
        cleared = value_calls.clear(draft, find_range(draft, call.path["range"]))
        self.books.keep(draft)
        return {"spreadsheetId": draft.id, "clearedRange": cleared}

    def _values_batchClear(self, call: Call) -> Json:  # noqa: N802
        draft = self._draft(call)
        places = [find_range(draft, name) for name in call.body.get("ranges", [])]
        return self._cleared(draft, places)

    def _values_batchClearByDataFilter(self, call: Call) -> Json:  # noqa: N802
        draft = self._draft(call)
        return self._cleared(draft, ranges(draft, call.body.get("dataFilters", [])))

    def _cleared(self, draft: Book, places: Sequence[Place]) -> Json:
        cleared = [value_calls.clear(draft, place) for place in places]
        self.books.keep(draft)
        return {"spreadsheetId": draft.id} | ({"clearedRanges": cleared} if cleared else {})

    def _values_batchUpdate(self, call: Call) -> Json:  # noqa: N802
        draft = self._draft(call)
        answer = value_calls.batch_update(draft, call.body, lambda data: [find_range(draft, data.get("range", ""))])
        self.books.keep(draft)
        return answer

    def _values_batchUpdateByDataFilter(self, call: Call) -> Json:  # noqa: N802
        draft = self._draft(call)
        answer = value_calls.batch_update(draft, call.body, lambda data: ranges(draft, [data.get("dataFilter", {})]))
        self.books.keep(draft)
        return answer

    def _values_batchGetByDataFilter(self, call: Call) -> Json:  # noqa: N802
        book, body = self._read(call), call.body
        rendering = Rendering.of(
            body.get("valueRenderOption"), body.get("dateTimeRenderOption"), body.get("majorDimension")
        )
        matched: dict[str, Json] = {}
        for number, one in enumerate(body.get("dataFilters", [])):
            for place in _met(book, number, one):
                given = value_range(book, *place, rendering)
                entry = {"valueRange": given, "dataFilters": [], "place": place}
                matched.setdefault(given["range"], entry)["dataFilters"].append(one)
        in_order = sorted(matched.values(), key=lambda entry: _where(book, entry.pop("place")))
        return {"spreadsheetId": book.id} | ({"valueRanges": in_order} if in_order else {})


def _where(book: Book, place: Place) -> tuple[int, ...]:
    """Return by what answers to data filters are ordered: the sheet, then the column, then the row."""
    sheet, rect = place
    return (book.sheets.index(sheet), rect.left, rect.top, rect.right, rect.bottom)


def _met(book: Book, number: int, data_filter: Json) -> Sequence[Place]:
    """Return what one of several filters meets; a refusal says which one it is about."""
    try:
        return ranges(book, [data_filter])
    except Refused as refused:
        if refused.status != 400:
            raise
        raise invalid(f"Invalid dataFilter[{number}]: {refused.message}") from None
