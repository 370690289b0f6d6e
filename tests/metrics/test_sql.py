"""Text in statements: whatever a record is called, it is found by its name."""

from __future__ import annotations

import duckdb
import pytest

from connector.metrics.sql import literal


@pytest.mark.parametrize("text", ["", "a\0b", "\0", "it's", "'; DROP TABLE deal; --", "\\", "a\nb", "Ж"])
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert duckdb.connect().execute(f"SELECT {literal(text)}").fetchall() == [(text,)]
