"""Runs in the environment of gspread-dataframe: writes tables into a spreadsheet the ways that others do.

Arguments: the way (``update``, ``frame``, ``append``), the stand-in's address, a token, the spreadsheet, and a file
of JSON with title to rows, the headings first. Who called counts what was asked, at the stand-in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gspread
import pandas as pd
import requests
from gspread_dataframe import set_with_dataframe
from requests.adapters import HTTPAdapter

Rows = list[list[Any]]


class Redirect(HTTPAdapter):
    """Sends what is meant for Google to the stand-in."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            request.url = (request.url or "").replace(host, self.base, 1)
        return super().send(request, **more)


def with_update(book: gspread.Spreadsheet, title: str, rows: Rows) -> None:
    """Plain gspread: the new rows over the old ones."""
    book.worksheet(title).update(rows, "A1", raw=True)


def with_frame(book: gspread.Spreadsheet, title: str, rows: Rows) -> None:
    """gspread-dataframe with its usual settings."""
    set_with_dataframe(book.worksheet(title), pd.DataFrame(rows[1:], columns=rows[0]))


def with_append(book: gspread.Spreadsheet, title: str, rows: Rows) -> None:
    """Clear the tab, then append all rows."""
    sheet = book.worksheet(title)
    sheet.clear()
    sheet.append_rows(rows, value_input_option=gspread.utils.ValueInputOption.raw)


WAYS: dict[str, Callable[[gspread.Spreadsheet, str, Rows], None]] = {
    "update": with_update,
    "frame": with_frame,
    "append": with_append,
}


def main(way: str, url: str, token: str, spreadsheet: str, file: str) -> None:
    session = requests.Session()
    session.mount("https://", Redirect(url))
    session.headers["Authorization"] = f"Bearer {token}"
    client = gspread.Client(auth=None, session=session)
    book = client.open_by_key(spreadsheet)
    for title, rows in json.loads(Path(file).read_text(encoding="utf-8")).items():
        WAYS[way](book, title, rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
