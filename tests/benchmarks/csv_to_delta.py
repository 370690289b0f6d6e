"""What DuckDB and delta-rs need to read a CSV file into one Delta table: the yardstick of an import."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import duckdb
from deltalake import write_deltalake

with tempfile.TemporaryDirectory() as folder:
    rows = duckdb.connect().execute("SELECT * FROM read_csv(?)", [sys.argv[1]]).to_arrow_reader(122_880)
    write_deltalake(str(Path(folder) / "deals"), rows)
