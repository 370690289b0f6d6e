"""Files in, figures out, through the verbs alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.actions.import_files import ImportOutcome, ImportRequest, import_files, use_mapping
from connector.actions.query import query
from connector.errors import FileError, QueryError
from connector.model.query import Query
from connector.store.store import Store

NOW = datetime(2024, 5, 15, 12, 0, tzinfo=UTC)
MAPPING = """
version: 1
workspace: {currency: USD, time_zone: UTC, rates: [{date: 2024-01-01, from: KZT, to: USD, rate: 0.002}]}
files:
  - file: deals.csv
    records:
      - entity: deal
        columns: {id: id, owner_id: owner, amount: amount, currency: currency, stage_id: stage, created_at: created,
                  closed_at: closed, source_updated_at: updated}
  - file: events.csv
    records:
      - entity: deal_stage_history
        columns: {deal_id: deal, stage_id: stage, entered_at: at, amount: amount}
"""
HEADER = "id,owner,amount,currency,stage,created,closed,updated\n"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data") as opened:
        yield opened


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def bring(store: Store, folder: Path, *files: Path, now: datetime = NOW, **more: Any) -> ImportOutcome:
    mapping = write(folder, "mapping.yaml", MAPPING)
    return import_files(store, ImportRequest("acme", files, mapping, **more), now, lambda _: False)


def ask(store: Store, *metrics: str, now: datetime = NOW, **more: Any) -> tuple[Any, ...]:
    return query(store, "acme", Query(metrics, **more), now).rows[0]


def test_the_money_of_a_stage_log_is_in_the_currency_of_its_deal(store: Store, tmp_path: Path) -> None:
    deals = write(tmp_path, "deals.csv", HEADER + "1,Ana,1000000,KZT,Demo,2024-03-01,,2024-04-20\n")
    events = write(
        tmp_path, "events.csv", "deal,stage,at,amount\n1,Lead,2024-03-01,500000\n1,Demo,2024-04-20,1000000\n"
    )
    bring(store, tmp_path, deals, events)
    row = ask(store, "pipeline_value", date_range="as_of_today", compare="previous_month_end")
    assert row[:2] == (Decimal(2000), Decimal(2000))
    assert ask(store, "pipeline_value", date_range="2024-04-01..2024-04-10") == (Decimal(1000),)


def test_a_second_export_updates_and_adds_and_absent_rows_stay(store: Store, tmp_path: Path) -> None:
    first = "1,Ana,10,USD,Won,2024-01-01,2024-02-01,2024-02-01\n2,Bo,20,USD,Won,2024-01-01,2024-02-01,2024-02-01\n"
    bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + first))
    second = "2,Bo,25,USD,Won,2024-01-01,2024-02-01,2024-03-01\n3,Bo,30,USD,Won,2024-01-01,2024-02-01,2024-03-01\n"
    bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + second), now=NOW + timedelta(days=1))
    assert ask(store, "total_sales", "deals_won") == (Decimal(65), 3)


def test_with_replace_rows_that_are_absent_are_gone(store: Store, tmp_path: Path) -> None:
    rows = [f"{n},Ana,{n}0,USD,Won,2024-01-01,2024-02-01,2024-02-01\n" for n in (1, 2)]
    bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + "".join(rows)))
    path = write(tmp_path, "deals.csv", HEADER + rows[1])
    bring(store, tmp_path, path, now=NOW + timedelta(days=1), replace=True)
    assert ask(store, "total_sales", "deals_won") == (Decimal(20), 1)


def test_the_same_file_twice_changes_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "deals.csv", HEADER + "1,Ana,10,USD,Won,2024-01-01,2024-02-01,2024-02-01\n")
    first = bring(store, tmp_path, path)
    second = bring(store, tmp_path, path, now=NOW + timedelta(days=1))
    assert second.unchanged
    assert second.generation == first.generation


def test_a_changed_mapping_reads_the_raw_rows_again_without_the_files(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "deals.csv", HEADER + "1,Ana,10,USD,Won,2024-01-01,2024-02-01,2024-02-01\n")
    bring(store, tmp_path, path)
    path.unlink()
    scaled = MAPPING.replace("amount: amount, currency", "amount: {column: amount, scale: 1000}, currency")
    request = ImportRequest("acme", (), write(tmp_path, "scaled.yaml", scaled))
    use_mapping(store, request, NOW)
    assert ask(store, "total_sales") == (Decimal(10_000),)
    assert use_mapping(store, request, NOW).unchanged


def test_unreadable_rows_are_counted_and_the_rest_is_in(store: Store, tmp_path: Path) -> None:
    rows = "".join(
        f"{row},2024-02-01,\n"
        for row in ("1,Ana,ten,USD,Won,2024-01-01", "2,Bo,20,USD,Won,2024-02-30", "3,Cy,30,USD,Won,2024-01-01")
    )
    outcome = bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + rows))
    assert outcome.rejected == 2
    assert {(each.column, each.line) for each in outcome.reject_samples} == {("amount", 2), ("created", 3)}
    assert outcome.reject_file is not None
    assert "ten" in outcome.reject_file.read_text(encoding="utf-8")
    assert ask(store, "total_sales") == (Decimal(30),)


def test_a_first_import_that_fails_leaves_no_workspace_behind(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "deals.csv", HEADER + "1,Ana,ten,USD,Won,2024-01-01,2024-02-01,\n")
    with pytest.raises(FileError, match="none of the 1 rows can be read"):
        bring(store, tmp_path, path)
    assert store.workspaces() == []
    good = write(tmp_path, "deals.csv", HEADER + "1,Ana,10,USD,Won,2024-01-01,2024-02-01,\n")
    bring(store, tmp_path, good)
    with pytest.raises(FileError):
        bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + "2,Bo,ten,USD,Won,2024-01-01,2024-02-01,\n"))
    assert ask(store, "total_sales") == (Decimal(10),)


def test_a_figure_that_no_number_can_hold_is_refused_in_words(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, write(tmp_path, "deals.csv", HEADER + "1,Ana,10,USD,Won,2024-01-01,2024-02-01,\n"))
    with (
        store.reader(store.workspace("acme")) as reader,
        pytest.raises(QueryError, match="too large"),
    ):
        reader.run("SELECT CAST(SUM(amount) * 1e40 AS DECIMAL(38, 6)) FROM deal", ["deal"])
