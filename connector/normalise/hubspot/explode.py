"""What HubSpot keeps inside a row as rows of their own: former values, links, stages, lines of deals.

Every dataset here is made from the folded files of some streams by one statement and is a raw import like them:
VARCHAR columns and ``_line``. The mapping reads both.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from os.path import commonpath
from pathlib import Path
from typing import Final

import duckdb

from connector.normalise.engine import open_engine
from connector.normalise.hubspot.histories import deal_stage_events, deal_versions, lead_status_events
from connector.normalise.hubspot.links import ACTIVITIES, activity_links, deal_contacts, deal_lines, first_links
from connector.normalise.hubspot.people import owner_links
from connector.normalise.hubspot.stages import deal_stages, lead_links, ticket_links
from connector.normalise.hubspot.tables import Recipe, Tables
from connector.normalise.quoting import identifier, literal

RECIPES: Final[Mapping[str, Recipe]] = {
    "owner_links": Recipe(("owners",), owner_links),
    "deal_stages": Recipe(("deal_pipelines",), deal_stages),
    "deal_versions": Recipe(("deals",), deal_versions),
    "deal_links": Recipe(("deal_associations", "deals"), first_links("deal_associations", "deals")),
    "deal_stage_events": Recipe(("deals",), deal_stage_events),
    "deal_contacts": Recipe(("deal_associations",), deal_contacts),
    "deal_lines": Recipe(("line_items", "line_item_associations"), deal_lines),
    "contact_links": Recipe(("contact_associations", "contacts"), first_links("contact_associations", "contacts")),
    "lead_links": Recipe(("leads",), lead_links, ("lead_associations", "lead_pipelines", "deals")),
    "lead_status_events": Recipe(("leads",), lead_status_events, ("lead_pipelines",)),
    "ticket_links": Recipe(("tickets",), ticket_links, ("ticket_associations", "ticket_pipelines")),
    "quote_links": Recipe(("quote_associations", "quotes"), first_links("quote_associations", "quotes")),
    "feedback_links": Recipe(
        ("feedback_submission_associations", "feedback_submissions"),
        first_links("feedback_submission_associations", "feedback_submissions"),
    ),
    **{
        f"{one}_links": Recipe((f"{one}_associations", stream), activity_links(one, stream))
        for one, stream in ACTIVITIES.items()
    },
}
"""Dataset to the streams it is made from (``needs`` must be there, ``uses`` may be) and the statement."""


def inputs(dataset: str) -> tuple[str, ...]:
    """Return the streams that a dataset is made from: while none of them changes, neither does the dataset."""
    return RECIPES[dataset].needs + RECIPES[dataset].uses


def explode(
    folded: Mapping[str, Path],
    out: Path,
    only: Collection[str] | None = None,
    *,
    memory_limit: str = "512MB",
    threads: int | None = None,
) -> dict[str, Path]:
    """Write ``<out>/<dataset>.parquet`` for every dataset whose streams are there, or ``only`` some of them.

    ``folded`` gives the file of each stream by its name. A dataset without rows is left out. Raises StorageFull and
    TryLater.
    """
    wanted = [
        name
        for name, recipe in RECIPES.items()
        if folded.keys() >= set(recipe.needs) and (only is None or name in only)
    ]
    if not wanted:
        return {}
    out.mkdir(parents=True, exist_ok=True)
    work = out / ".work"
    folder = Path(commonpath([path.parent.resolve() for path in folded.values()]))
    try:
        with open_engine(folder, work, memory_limit, threads) as connection:
            tables = Tables(connection, folded)
            written = {name: _write(tables, name, work) for name in wanted}
        return {name: path.replace(out / path.name) for name, path in written.items() if path is not None}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(tables: Tables, name: str, work: Path) -> Path | None:
    """Write one dataset; None when the streams do not have what it is made from, or it has no rows."""
    query = RECIPES[name].query(tables)
    if query is None:
        return None
    path = work / f"{name}.parquet"
    text = _as_text(tables.connection, query)
    row = tables.connection.execute(
        f"COPY (SELECT {text}, row_number() OVER () AS _line FROM ({query})) TO {literal(path)}"
        " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440)"
    ).fetchone()
    return path if row is not None and row[0] else None


def _as_text(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """SQL of all columns of a query as text: moments in ISO form in UTC."""
    cells = []
    for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall():
        column = identifier(name)
        text = (
            f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%S.%fZ')"
            if "TIME ZONE" in kind
            else f"{column}::VARCHAR"
        )
        cells.append(f"{text} AS {column}")
    return ", ".join(cells)
