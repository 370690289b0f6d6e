"""The sandbox's spreadsheets in a browser: a list of them, each with its tabs, its grid and its charts."""

from __future__ import annotations

import re
import secrets
from html import escape
from urllib.parse import quote

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.charts_drawn import draw
from connector.sandbox.google.drive_files import Files
from connector.sandbox.google.drive_refusals import DriveRefused
from connector.sandbox.google.exports import ENDINGS, export
from connector.sandbox.google.page_frame import framed, listed
from connector.sandbox.google.page_grid import GridPage
from connector.sandbox.google.page_measures import CHART_HEIGHT, CHART_WIDTH
from connector.sandbox.google.page_style import STYLE, Classes
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.views import View, shown_sheets
from connector.sandbox.http.message import Answer, Request

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
BOOK = re.compile(r"/spreadsheets/d/(?P<book>[\w-]+)(?:/(?P<rest>.*))?")
CHART = re.compile(r"charts/(?P<chart>\d+)\.svg")
KEPT_VIEWS = 8


class Page:
    """Answers what a browser asks. Nobody signs in: whoever reaches this machine's port sees everything."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._views: dict[tuple[str, int], View] = {}

    def answer(self, request: Request) -> Answer:
        """Answer one request of a browser."""
        if request.method != "GET":
            return _words(405, "This can only be looked at.")
        if request.path in ("/", "/spreadsheets", "/spreadsheets/"):
            return _html(listed(self.files))
        if request.path == "/style.css":
            return Answer(200, raw=STYLE.encode(), headers=HEADERS | {"Content-Type": "text/css; charset=utf-8"})
        if request.path == "/spreadsheets/export":
            return self._of_book(request, request.first("id"), "export")
        match = BOOK.fullmatch(request.path)
        return self._of_book(request, match["book"], match["rest"] or "edit") if match else _words(404, "Not found.")

    def _of_book(self, request: Request, number: str, rest: str) -> Answer:
        try:
            book = self.files.books.find(number)
        except Refused:
            return _words(404, "There is no such spreadsheet.")
        chart = CHART.fullmatch(rest)
        if chart is not None:
            return self._chart(book, int(chart["chart"]))
        if rest == "export":
            return self._export(book, request)
        if rest in ("edit", "view", "preview", "htmlview", ""):
            return self._sheet(book, request)
        return _words(404, "Not found.")

    def _sheet(self, book: Book, request: Request) -> Answer:
        view, sheet = self._view(book), _asked_sheet(book, request)
        asked = request.first("from", "0")
        first = int(asked) if asked.isascii() and asked.isdecimal() else 0
        first = min(first, max(sheet.row_count - 1, 0))
        classes = Classes(view)
        base = f"/spreadsheets/d/{quote(book.id)}"
        grid = GridPage(view, sheet, classes, first, base)
        body = framed(self.files, view, grid)
        nonce = secrets.token_urlsafe(16)
        style = f'<style nonce="{nonce}">{classes.css()}</style>'
        return _html(body.replace("<!--style-->", style, 1), nonce)

    def _chart(self, book: Book, number: int) -> Answer:
        view = self._view(book)
        for sheet in book.sheets:
            for part in sheet.charts:
                if part.get("chartId") == number:
                    overlay = (part.get("position") or {}).get("overlayPosition") or {}
                    size = overlay.get("widthPixels") or CHART_WIDTH, overlay.get("heightPixels") or CHART_HEIGHT
                    picture = draw(view, part.get("spec") or {}, *size)
                    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
                    kind = {"Content-Type": "image/svg+xml; charset=utf-8"}
                    return Answer(200, raw=picture.encode(), headers=HEADERS | policy | kind)
        return _words(404, "There is no such chart.")

    def _export(self, book: Book, request: Request) -> Answer:
        ending = request.first("format") or request.first("exportFormat") or "xlsx"
        sheet = _asked_sheet(book, request) if request.first("gid") else None
        try:
            answer = export(book, ENDINGS.get(ending, ""), sheet)
        except DriveRefused as refused:
            return _words(refused.status, refused.message)
        title = str(book.properties.get("title") or "spreadsheet")
        answer.headers |= HEADERS | {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(title)}.{quote(ending)}"
        }
        return answer

    def _view(self, book: Book) -> View:
        """Return what a book looks like; calculated once for each version of it."""
        key = (book.id, book.version)
        if key not in self._views or self._views[key].book is not book:
            self._views[key] = View(book)
            for old in list(self._views)[:-KEPT_VIEWS]:
                self._views.pop(old, None)
        return self._views[key]


def _asked_sheet(book: Book, request: Request) -> Sheet:
    """Return the sheet that ``gid`` names, else the first that is shown."""
    number = request.first("gid")
    for sheet in book.sheets:
        if number and str(sheet.id) == number:
            return sheet
    return next(iter(shown_sheets(book)), book.sheets[0])


def _html(body: str, nonce: str = "") -> Answer:
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    closed = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    policy = f"default-src 'none'; img-src 'self'; style-src {style}; {closed}"
    kind = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Answer(200, raw=body.encode("utf-8", "replace"), headers=HEADERS | kind)


def _words(status: int, words: str) -> Answer:
    body = f"<!doctype html><meta charset=utf-8><title>{status}</title><p>{escape(words)}</p>"
    return Answer(status, raw=body.encode(), headers=_html("").headers)
