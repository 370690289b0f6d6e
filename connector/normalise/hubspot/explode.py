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

from connector.model.quoting import identifier, literal
from connector.normalise.engine import open_engine
from connector.normalise.hubspot.earlier import MADE, Earlier, fingerprint
from connector.normalise.hubspot.histories import READ, deal_stage_events, deal_versions, lead_status_events
from connector.normalise.hubspot.links import ACTIVITIES, activity_links, deal_contacts, deal_lines, first_links
from connector.normalise.hubspot.people import owner_links
from connector.normalise.hubspot.stages import deal_stages, lead_links, ticket_links
from connector.normalise.hubspot.tables import Recipe, Tables

RECIPES: Final[Mapping[str, Recipe]] = {
    "owner_links": Recipe(("owners",), owner_links),
    "deal_stages": Recipe(("deal_pipelines",), deal_stages),
    "deal_versions": Recipe(("deals",), deal_versions, owner="id", reads=READ),
    "deal_links": Recipe(("deal_associations", "deals"), first_links("deal_associations", "deals")),
    "deal_stage_events": Recipe(("deals",), deal_stage_events, owner="deal_id", reads=READ),
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
    before: Mapping[str, Path] | None = None,
    *,
    memory_limit: str = "512MB",
    threads: int | None = None,
) -> dict[str, Path]:
    """Write ``<out>/<dataset>.parquet`` for every dataset whose streams are there, or ``only`` some of them.

    ``folded`` gives the file of each stream by its name. A dataset without rows is left out. ``before`` gives earlier
    files of streams and of the datasets made of them: what rows that did not change have become is taken over, and a
    dataset of which nothing changed is the earlier file itself. Raises StorageFull and TryLater.
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
    before = before or {}
    folder = Path(commonpath([path.parent.resolve() for path in (*folded.values(), *before.values())]))
    try:
        with open_engine(folder, work, memory_limit, threads) as connection:
            tables = Tables(connection, folded)
            earlier = Earlier(tables, before)
            written = {name: _write(tables, name, work, earlier) for name in wanted}
        return {
            name: path.replace(out / path.name) if path.parent == work else path
            for name, path in written.items()
            if path is not None
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(tables: Tables, name: str, work: Path, earlier: Earlier) -> Path | None:
    """Write one dataset; None when the streams do not have what it is made from, or it has no rows."""
    recipe = RECIPES[name]
    query = recipe.query(tables)
    if query is None:
        return None
    made = fingerprint(query, tables.files)
    rows = _texts(tables.connection, query)
    if earlier.fits(name, recipe, made):
        if not earlier.changed(recipe):
            return earlier.files[name]
        some = recipe.query(earlier.narrowed(recipe))
        assert some is not None
        rows = f"({_texts(tables.connection, some)}) UNION ALL BY NAME ({earlier.kept(name, recipe)})"
    path = work / f"{name}.parquet"
    row = tables.connection.execute(
        f"COPY (SELECT *, row_number() OVER () AS _line FROM ({rows})) TO {literal(path)}"
        " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 61440,"
        f" KV_METADATA {{{MADE}: {literal(made)}}})"
    ).fetchone()
    return path if row is not None and row[0] else None


def _texts(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """SQL of the rows of a query with all columns as text: moments in ISO form in UTC."""
    cells = []
    for name, kind, *_ in connection.execute(f"DESCRIBE {query}").fetchall():
        column = identifier(name)
        text = (
            f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%S.%fZ')"
            if "TIME ZONE" in kind
            else f"{column}::VARCHAR"
        )
        cells.append(f"{text} AS {column}")
    return f"SELECT {', '.join(cells)} FROM ({query})"
