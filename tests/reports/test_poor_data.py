"""Reports on poor data: what is missing is said in words, and everything else on the report stays right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connector.actions.report import write_files
from connector.errors import QueryError
from connector.model.report import Block, Report
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.records import field_label
from connector.reports.template import load_template, template_ids
from connector.reports.words import entity_name
from tests.metrics.memory import MemoryReader
from tests.reports.conftest import DEMO_NOW, Demo

LONG = "Очень длинное название подразделения и должности сотрудника, которое никуда не помещается " * 3


def copied(demo: Demo, *without: str) -> MemoryReader:
    """The rows of the demo organisation in memory, so that a test can spoil them."""
    reader = MemoryReader()
    with demo.store.reader(demo.store.workspace(demo.workspace)) as stored:
        reader.profile, reader.freshness = stored.profile, stored.freshness
        for entity in sorted(stored.tables - set(without)):
            files = ", ".join(f"'{path}'" for path in stored.file_uris(entity))
            rows = f"SELECT * FROM read_parquet([{files}], union_by_name = true)"
            reader.make(entity)
            reader.connection.execute(f'INSERT INTO "{entity}" BY NAME {rows}')
    for entity, column in [name.split(".") for name in without if "." in name]:
        held = tuple(name for name in reader.profile.filled.get(entity, ()) if name != column)
        reader.profile = replace(reader.profile, filled=reader.profile.filled | {entity: held})
    for entity in [name for name in without if "." not in name]:
        reader.profile = replace(
            reader.profile,
            rows={name: rows for name, rows in reader.profile.rows.items() if name != entity},
            filled={name: names for name, names in reader.profile.filled.items() if name != entity},
        )
    return reader


MANY_OWNERS = [
    "sales_by_owner",
    *(pytest.param(name, marks=pytest.mark.conformance) for name in ("win_loss", "data_quality", "forecasted_sales")),
]
"""Reports that show owners in different ways."""


def evaluated(reader: MemoryReader, name: str, **options: Any) -> Report:
    return evaluate_report(reader, load_template(name), Options(**options), DEMO_NOW)


def blocks(report: Report) -> dict[str, Block]:
    return {block.id: block for tab in report.tabs for block in tab.blocks}


def words_of(block: Block) -> str:
    return " ".join([block.text, *(note.text for note in block.notes)])


def called(need: str) -> str:
    """What a reader calls an entity or a column that a block needs."""
    entity, dot, column = need.partition(".")
    return field_label(column, "en", entity) if dot else entity_name(entity, "en")


@pytest.mark.parametrize("name", template_ids())
def test_a_workspace_without_data_is_told_what_to_bring(name: str) -> None:
    with pytest.raises(QueryError) as caught:
        evaluated(MemoryReader(), name)
    assert "Import" in caught.value.remedy or "sync" in caught.value.remedy.lower()


@pytest.mark.parametrize("name", template_ids())
def test_a_missing_entity_is_named_and_the_rest_is_unchanged(demo: Demo, name: str) -> None:
    """Every entity that single blocks need is taken away in turn, all at once for the blocks of that entity."""
    template = load_template(name).template
    needed = sorted({need for tab in template.tabs for block in tab.blocks for need in block.needs})
    needed = [need for need in needed if need not in template.entities]
    if not needed:
        pytest.skip("no block of this report needs more than the report itself")
    whole = blocks(evaluated(copied(demo), name))
    lacking = blocks(evaluated(copied(demo, *needed), name))
    touched = 0
    for tab in template.tabs:
        for block in tab.blocks:
            mine = [need for need in block.needs if need in needed]
            if mine:
                named = [need for need in mine if "." not in need] or mine  # columns of what is not there are not
                assert all(called(need) in words_of(lacking[block.id]) for need in named), block.id
                assert not lacking[block.id].cards
                touched += 1
            elif whole[block.id].table is not None and lacking[block.id].table is not None:
                ours, theirs = whole[block.id].table, lacking[block.id].table
                assert ours is not None
                assert theirs is not None
                assert [column.id for column in theirs.columns] == [column.id for column in ours.columns]
                assert len(theirs.rows) > 0 or not ours.rows, block.id
    assert touched


@pytest.mark.parametrize("name", template_ids())
def test_stages_without_order_and_a_currency_without_rate(demo: Demo, name: str) -> None:
    """Nothing crashes, deals without a rate are counted and said, and the rest of the sums is right."""
    reader = copied(demo)
    reader.connection.execute("UPDATE stage SET position = NULL")
    reader.connection.execute("DELETE FROM fx_rate WHERE from_currency = 'BRL'")
    report = evaluated(reader, name)
    said = " ".join(words_of(block) for block in blocks(report).values())
    money = any(
        column.unit == "money" for block in blocks(report).values() if block.table for column in block.table.columns
    )
    if money and name != "data_quality":
        assert "rate" in said


@pytest.mark.parametrize("name", MANY_OWNERS)
def test_ten_thousand_owners_with_long_names_fit_every_output(demo: Demo, name: str, tmp_path: Path) -> None:
    reader = copied(demo)
    reader.connection.execute(
        f"INSERT INTO owner (id, name, is_active, is_deleted, team_id) SELECT 'many-' || i, '{LONG[:196]}' || i, true, "
        "false, NULL FROM range(10000) AS t(i)"
    )
    reader.connection.execute(
        "UPDATE deal SET owner_id = 'many-' || (hash(id) % 10000), closing_owner_id = 'many-' || (hash(id) % 10000)"
    )
    report = evaluated(reader, name, language="ru")
    for ending in ("html", "xlsx"):
        target = tmp_path / f"r.{ending}"
        write_files(report, target)
        assert target.stat().st_size < 20_000_000
