"""What dlt needs to bring deals into DuckDB: the yardstick of a sync. Run by the Python that dlt is installed in.

python sync_dlt.py URL ROWS FOLDER reads all deals of a responder (responder.py) with the rest_api source, writes
Parquet and loads it, and fails unless exactly ROWS different deals are in the table. It appends, without a merge, and
sends nothing home: as little work as dlt can be asked for.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dlt
import duckdb
from dlt.sources.rest_api import rest_api_source
from sync_pages import DEAL_PROPERTIES


def load(url: str, folder: Path) -> Path:
    """Read everything and return the database with the table ``hubspot.deals``."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(folder), "DLT_PROJECT_DIR": str(folder)}
    source = rest_api_source(
        {
            "client": {
                "base_url": url,
                "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
            },
            "resources": [
                {
                    "name": "deals",
                    "primary_key": "id",
                    "write_disposition": "append",
                    "endpoint": {
                        "path": "/crm/v3/objects/deals",
                        "params": {"limit": 100, "properties": ",".join(DEAL_PROPERTIES)},
                        "data_selector": "results",
                    },
                }
            ],
        }
    )
    database = folder / "dlt.duckdb"
    pipeline = dlt.pipeline(
        "deals", destination=dlt.destinations.duckdb(str(database)), dataset_name="hubspot", pipelines_dir=str(folder)
    )
    pipeline.run(source, loader_file_format="parquet").raise_on_failed_jobs()
    return database


def check(database: Path, rows: int) -> None:
    """Stop unless all deals arrived, each once, with their properties."""
    statement = "SELECT COUNT(*), COUNT(DISTINCT id), COUNT(properties__dealstage) FROM hubspot.deals"
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(statement).fetchone()
    if found != (rows, rows, rows):
        raise SystemExit(f"dlt brought {found} rows, different ids and stages, not {rows}")
    print(f"{rows} deals with DuckDB {duckdb.__version__}")


if __name__ == "__main__":
    check(load(sys.argv[1], Path(sys.argv[3])), int(sys.argv[2]))
