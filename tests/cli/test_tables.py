"""Tables on narrow terminals: whatever the width, no column and no digit is lost."""

from __future__ import annotations

import pytest

from connector.cli.tables import print_rows

HEADS = ("Team", "Owner", "Total sales", "Deals won", "Win rate", "Average deal size", "Sales cycle length")
ROWS = [
    ("Central Asia and the Caucasus", "Константин Длиннов", "1,234,567.89", "11", "40.74%", "$31,337.00", "47 d"),
    ("East", "Ann", "12.00", "1", "1.00%", "$12.00", "3.0 d"),
]  # fmt: skip


@pytest.mark.parametrize("width", [30, 50, 80, 120, 200])
def test_no_column_is_lost(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    print_rows(HEADS, ROWS, right=frozenset(range(2, 7)))
    shown = capsys.readouterr().out
    for cell in ("1,234,567.89", "40.74%", "$31,337.00", "47 d", "length", "cycle"):
        assert cell in shown


def test_text_is_folded_to_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    print_rows(HEADS, ROWS, right=frozenset(range(2, 7)))
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 90
