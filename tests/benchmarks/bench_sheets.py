"""Calls and bytes of refreshes of Google Sheets, ours and others', as the sandbox counts them; no time is measured.

Theirs run in an environment of their own (``sheets_peers.py``): gspread's ``update`` of each tab, gspread-dataframe,
clear and append. Bytes are those of the bodies that went to the sandbox. ``PUENTE_BENCH_SHEET_ROWS`` changes the size
of the large table (default 100,000 rows of 15 columns).
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Protocol

import gspread

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.transport import GOOGLE_TIMEOUTS, Route
from connector.http.client import Client, ClientOptions
from connector.http.tokens import StaticToken
from connector.sandbox.google.start import RunningGoogle, start_google
from tests.deliver.sheets.sized_layouts import eight_tabs, large_table, values_bytes
from tests.google.redirect import redirected

HERE = Path(__file__).resolve().parent
PEER = HERE.parents[1] / ".peers" / "frame" / "bin" / "python"
NOW = datetime(2026, 5, 18, 6, 0, tzinfo=UTC)
CHUNK = 2_000_000
"""Bytes of one request at most, as Google advises."""
ROWS = int(os.environ.get("PUENTE_BENCH_SHEET_ROWS", "100000"))
TABS = 400
"""Rows of each of the eight tabs: ten columns wide, so that they are 32,000 cells."""
WAYS = {"update": "gspread update", "frame": "gspread-dataframe", "append": "clear and append"}


class Line(Protocol):
    """Prints one figure; see ``run.py``."""

    def __call__(self, name: str, ours: float, theirs: float | None, target: str, *, good: bool) -> bool: ...


@dataclass(frozen=True)
class Asked:
    """What one way of writing asked and sent."""

    reads: int
    writes: int
    sent: int
    most: int
    """Bytes of its largest request."""

    @property
    def megabytes(self) -> float:
        return self.sent / 1e6


def bench_sheets(line: Line) -> bool:
    """Print the figures of small and large reports; False where a target is missed."""
    with served() as (google, api), tempfile.TemporaryDirectory(prefix="puente-bench-") as folder:
        results = [*_eight_tabs(line, google, api, Path(folder)), *_large_table(line, google, api, Path(folder))]
    return all(results)


@contextmanager
def served() -> Iterator[tuple[RunningGoogle, GoogleSheets]]:
    """A sandbox Google and our way to it."""
    with start_google(clock=lambda: NOW) as google:
        options = ClientOptions(timeouts=GOOGLE_TIMEOUTS)
        client = Client(frozenset({"127.0.0.1"}), StaticToken(google.token), options=options)
        yield google, GoogleSheets(Route(client, base_url=google.url))
        client.close()


def counted(google: RunningGoogle, work: Callable[[], object]) -> Asked:
    """Do something and return what the sandbox was asked meanwhile."""
    before = len(google.traffic)
    work()
    calls = google.traffic[before:]
    kinds = [call.counted for call in calls]
    sizes = [call.request_bytes for call in calls]
    return Asked(kinds.count("read"), kinds.count("write"), sum(sizes), max(sizes, default=0))


def theirs(google: RunningGoogle, way: str, layout: Layout, folder: Path) -> Asked:
    """Let others write the same tables into a spreadsheet that has the tabs already."""
    tables = {tab.title: tab.regions[1] for tab in layout.tabs}
    session, _ = redirected(google.url, google.token)
    book = gspread.Client(auth=None, session=session).create("Theirs")  # type: ignore[arg-type]
    for title, table in tables.items():
        book.add_worksheet(title, len(table.body) + 1, len(table.columns))
    session.close()
    file = folder / "tables.json"
    file.write_text(json.dumps({title: [*table.head, *table.body] for title, table in tables.items()}))
    command = [str(PEER), str(HERE / "sheets_peers.py"), way, google.url, google.token, book.id, str(file)]
    return counted(google, lambda: subprocess.run(command, check=True))


def _eight_tabs(line: Line, google: RunningGoogle, api: GoogleSheets, folder: Path) -> Iterator[bool]:
    old, new = eight_tabs(1, rows=TABS), eight_tabs(2, rows=TABS)
    book = create(api, old, NOW, "one").spreadsheet
    ours = counted(google, lambda: refresh(api, book, new, NOW, "two"))
    same = counted(google, lambda: refresh(api, book, new, NOW, "three"))
    later = eight_tabs(2, rows=TABS, said="Data through May 19")
    strip = counted(google, lambda: refresh(api, book, later, NOW, "four"))
    for way, name in WAYS.items():
        other = theirs(google, way, new, folder)
        yield line(f"8 tabs, reads; {name}", ours.reads, other.reads, "<= 2", good=ours.reads <= 2)
        yield line(f"8 tabs, writes; {name}", ours.writes, other.writes, "<= 1", good=ours.writes <= 1)
        small = ours.most <= CHUNK
        yield line(f"8 tabs, MB sent; {name}", ours.megabytes, other.megabytes, "<= 2 a request", good=small)
        if way == "update":
            yield line("8 tabs unchanged, reads", same.reads, other.reads, "<= 1", good=same.reads <= 1)
            yield line("8 tabs unchanged, writes", same.writes, other.writes, "<= 1", good=same.writes <= 1)
            yield line("8 tabs, only the strip, writes", strip.writes, other.writes, "<= 1", good=strip.writes <= 1)
            few = strip.sent < 0.05 * other.sent
            yield line("8 tabs, only the strip, MB", strip.megabytes, other.megabytes, "< 0.05 x", good=few)


def _large_table(line: Line, google: RunningGoogle, api: GoogleSheets, folder: Path) -> Iterator[bool]:
    old, new = large_table(1, rows=ROWS), large_table(2, rows=ROWS)
    needed = values_bytes(new)
    most = 2 + ceil(needed / CHUNK)
    book = create(api, old, NOW, "one").spreadsheet
    ours = counted(google, lambda: refresh(api, book, new, NOW, "two"))
    same = counted(google, lambda: refresh(api, book, new, NOW, "three"))
    size = f"{ROWS:,} x 15"
    yield line(f"{size}, reads; reference", ours.reads, 2, "<= 2", good=ours.reads <= 2)
    yield line(f"{size}, writes; reference", ours.writes, most, f"<= {most}", good=ours.writes <= most)
    lean = ours.sent <= 1.05 * needed
    yield line(f"{size}, MB sent; compact values", ours.megabytes, needed / 1e6, "<= 1.05 x", good=lean)
    yield line(f"{size}, MB of one request", ours.most / 1e6, CHUNK / 1e6, "<= 1 x", good=ours.most <= CHUNK)
    yield line(f"{size} unchanged, calls", same.reads + same.writes, 2, "<= 2", good=same.reads + same.writes <= 2)
    for way, name in WAYS.items():
        other = theirs(google, way, new, folder)
        lean = ours.sent <= 1.05 * other.sent
        yield line(f"{size}, MB sent; {name}", ours.megabytes, other.megabytes, "<= 1.05 x", good=lean)
