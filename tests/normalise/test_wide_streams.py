"""Streams with very many columns, and text that no SQL statement can hold."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connector.model.quoting import literal
from connector.normalise.engine import roomy
from connector.normalise.fold import FoldRules, fold


def test_a_stream_with_very_many_columns_is_folded_with_a_small_limit(tmp_path: Path) -> None:
    columns = {f"properties.p{number:04}": [f"v{number}", None] for number in range(1_200)}
    pq.write_table(pa.table({"id": ["1", "2"], **columns}), tmp_path / "chunk.parquet")
    rules = FoldRules(memory_limit="96MB", threads=2)
    done = fold([tmp_path / "chunk.parquet"], None, tmp_path / "folded.parquet", rules)
    assert (done.rows, len(done.columns)) == (2, 1_204)


def test_only_wide_relations_get_more_room() -> None:
    assert roomy("256MB", 4, 100) == ("256MB", 4)
    assert roomy("256MiB", 4, 2_000) == ("800MB", 1)
    assert roomy("2GB", None, 2_000) == ("2000MB", 1)


def test_a_zero_character_goes_into_a_statement_and_comes_back() -> None:
    text = "it's\0 a \0name"
    assert duckdb.execute(f"SELECT {literal(text)}, {literal('plain')}").fetchone() == (text, "plain")
    assert duckdb.execute(f"SELECT {literal(text)} IN ({literal('other')}, {literal(text)})").fetchone() == (True,)
