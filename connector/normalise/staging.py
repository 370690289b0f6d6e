"""The finished entities as Parquet files in the staging folder, and the rows nothing describes but references."""

from __future__ import annotations

from typing import Final

from connector.model.quoting import identifier, literal
from connector.model.schema import ENTITIES, STORED
from connector.normalise.extract import typed_null
from connector.normalise.merge import Relation, stored
from connector.normalise.workbench import Workbench

ROW_GROUP: Final = 61_440
"""Rows that each thread holds back for a row group: twice as many cost 80 MB more."""
REWRITTEN: Final = ("deal",)
"""Entities whose files are always written again with their derived columns: no strong compression, short row groups."""
SHORT_ROW_GROUP: Final = 20_480
"""Rows that each thread holds back for a file that is read once: a third of the memory, and no slower."""
QUICK: Final = "COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"
"""To try a dictionary with names and moments, which hardly repeat, costs a quarter more."""

STUBBED: Final = ("owner", "team", "account", "pipeline", "product", "campaign")
"""Entities that, when no record feeds them, are made from the values that refer to them; stages likewise."""


def write_entities(bench: Workbench) -> None:
    for entity in STORED:
        if entity in bench.relations:
            _write(bench, entity, bench.relations[entity])
    for entity in STUBBED:
        if entity not in bench.relations:
            _write_stubs(bench, entity)


def _write(bench: Workbench, entity: str, relation: Relation) -> None:
    bench.tell(f"writing {entity}")
    folder = bench.staging / entity
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "part-0.parquet"
    sql = stored(entity, relation, bench.options.system, bench.mapping.workspace.currency)
    how = (QUICK, SHORT_ROW_GROUP) if entity in REWRITTEN else ("COMPRESSION zstd", ROW_GROUP)
    row = bench.connection.execute(
        f"COPY ({sql}) TO {literal(target)} (FORMAT parquet, {how[0]}, ROW_GROUP_SIZE {how[1]})"
    ).fetchone()
    count = int(row[0]) if row is not None else 0
    if not count:
        target.unlink()
        folder.rmdir()
        return
    bench.rows[entity] = count
    bench.written[entity] = _completed(bench, entity, f"read_parquet({literal(target)})")


def _completed(bench: Workbench, entity: str, read: str) -> str:
    """SQL of a staged file with the columns that it lacks."""
    present = {row[0] for row in bench.connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    lacking = [column.name for column in ENTITIES[entity].storage() if column.name not in present]
    empty = ", ".join(f"{typed_null(entity, name)} AS {identifier(name)}" for name in lacking)
    return f"(SELECT *, {empty} FROM {read})" if empty else read


def _write_stubs(bench: Workbench, entity: str) -> None:
    """Make the rows of an entity that no file describes: its id and name are the value that refers to it."""
    references = [
        f"SELECT {identifier(column.name)} AS id, max(synced_at) AS synced_at FROM {scan} GROUP BY 1"
        for owner, scan in bench.written.items()
        for column in ENTITIES[owner].columns.values()
        if column.target == entity and _is_filled(bench, owner, column.name)
    ]
    if not references:
        return
    listed = " UNION ALL ".join(references)
    sql = (
        f"SELECT id, id AS name, max(synced_at) AS synced_at, NULL::TIMESTAMPTZ AS gone_at FROM ({listed})"
        f" WHERE id IS NOT NULL GROUP BY id"
    )
    bench.create(entity, sql, ("id", "name"))
    _write(bench, entity, bench.relations[entity])


def _is_filled(bench: Workbench, entity: str, column: str) -> bool:
    return column in bench.relations[entity].columns
