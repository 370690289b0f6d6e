"""What a refresh asks and sends, counted by the sandbox: numbers of calls and bytes, no times.

``tests/benchmarks/bench_sheets.py`` measures the same at full size beside what others send.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

import pytest

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.refresh import refresh
from connector.sandbox.google.start import Call, RunningGoogle
from tests.deliver.sheets.sized_layouts import eight_tabs, large_table, values_bytes

NOW = datetime(2026, 5, 18, 6, 0, tzinfo=UTC)
CHUNK = 2_000_000
"""Bytes of one request at most, as Google advises."""
LONG = " and sons, purveyors of sensors" * 40


@dataclass(frozen=True)
class Asked:
    """The calls of one piece of work."""

    calls: tuple[Call, ...]

    @property
    def counts(self) -> tuple[int, int]:
        """Reads and writes, as Google's quotas count them."""
        kinds = [call.counted for call in self.calls]
        assert set(kinds) <= {"read", "write"}
        return kinds.count("read"), kinds.count("write")

    @property
    def sent(self) -> int:
        return sum(call.request_bytes for call in self.calls)


@pytest.fixture
def asked(google: RunningGoogle) -> Callable[[Callable[[], object]], Asked]:
    """Does something and tells what was asked meanwhile."""

    def ask(work: Callable[[], object]) -> Asked:
        before = len(google.traffic)
        work()
        return Asked(tuple(google.traffic[before:]))

    return ask


Ask = Callable[[Callable[[], object]], Asked]


def made(api: GoogleSheets, layout: Layout) -> str:
    return create(api, layout, NOW, "first").spreadsheet


def test_a_report_of_eight_tabs_is_made_by_two_writes(api: GoogleSheets, asked: Ask) -> None:
    assert asked(lambda: made(api, eight_tabs(1, rows=40))).counts == (0, 2)


def test_a_report_of_eight_tabs_is_refreshed_by_one_read_and_one_write(api: GoogleSheets, asked: Ask) -> None:
    book = made(api, eight_tabs(1, rows=40))
    assert asked(lambda: refresh(api, book, eight_tabs(2, rows=40), NOW, "second")).counts == (1, 1)
    assert asked(lambda: refresh(api, book, eight_tabs(3, rows=9), NOW, "fewer rows")).counts == (1, 1)
    reads, writes = asked(lambda: refresh(api, book, eight_tabs(4, rows=60), NOW, "more rows")).counts
    assert (reads <= 2, writes) == (True, 1)


def test_an_unchanged_report_is_read_once_and_no_figure_is_sent(api: GoogleSheets, asked: Ask) -> None:
    book = made(api, eight_tabs(1, rows=40))
    assert asked(lambda: refresh(api, book, eight_tabs(1, rows=40), NOW, "second")).counts == (1, 0)
    later = eight_tabs(1, rows=40, said="Data through May 19")
    strip = asked(lambda: refresh(api, book, later, NOW, "third"))
    assert strip.counts == (1, 1)
    assert strip.sent < 10_000


def test_a_large_report_is_sent_in_as_few_calls_and_bytes_as_its_values_need(api: GoogleSheets, asked: Ask) -> None:
    book = made(api, large_table(1, rows=2700, padding=LONG))
    layout = large_table(2, rows=2700, padding=LONG)
    needed = values_bytes(layout)
    assert needed > 1.5 * CHUNK, "else there is nothing to be sent in parts"
    refreshed = asked(lambda: refresh(api, book, layout, NOW, "second"))
    reads, writes = refreshed.counts
    assert reads <= 2
    assert writes <= 2 + ceil(needed / CHUNK)
    assert refreshed.sent <= 1.05 * needed
    assert max(call.request_bytes for call in refreshed.calls) <= CHUNK


@pytest.mark.parametrize("word", [" and sons", " и сыновья", "和他的儿子们"], ids=["Latin", "Cyrillic", "Chinese"])
def test_no_request_is_larger_than_google_advises_whatever_the_alphabet(
    api: GoogleSheets, asked: Ask, word: str
) -> None:
    padding = word * (4500 // len(word))
    for rows in (120, 230, 380):
        sent = asked(lambda rows=rows: made(api, large_table(1, rows=rows, padding=padding)))
        assert max(call.request_bytes for call in sent.calls) <= CHUNK


def test_a_large_report_of_figures_is_as_compact_as_values_and_sent_once(api: GoogleSheets, asked: Ask) -> None:
    layout = large_table(1, rows=2700)
    books: list[str] = []
    first = asked(lambda: books.append(made(api, layout)))
    assert first.sent <= 1.05 * values_bytes(layout)
    again = asked(lambda: refresh(api, books[0], layout, NOW, "second"))
    assert again.counts[0] <= 2
    assert again.counts[1] == 0
    assert sum(call.response_bytes for call in again.calls) < 0.05 * values_bytes(layout)
