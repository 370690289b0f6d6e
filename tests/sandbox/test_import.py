"""The demo mapping reads the exports whole: what the import counts is what the generator says it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connector.actions.import_files import ImportOutcome, ImportRequest, import_files
from connector.model.schema import ENTITIES
from connector.sandbox.exports import MAPPING, ExpectedDirt, expected_dirt
from connector.store.store import Store

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
Exports = Any


@dataclass(frozen=True)
class Imported:
    """The store after an import, and what should be in it."""

    store: Store
    outcome: ImportOutcome
    facts: ExpectedDirt
    day: date
    """Day of the newest exports."""

    def ask(self, sql: str, *entities: str) -> list[tuple[Any, ...]]:
        with self.store.reader(self.store.workspace("demo")) as reader:
            return list(reader.run(sql, entities).rows)


def run(store: Store, exports: Exports, now: datetime) -> ImportOutcome:
    files = tuple(sorted(exports.directory.iterdir()))

    def ask(*_: object) -> Any:
        raise AssertionError("a given mapping asks nothing")

    return import_files(store, ImportRequest("demo", files, MAPPING), now, ask)


@pytest.fixture(scope="module")
def once(first: Exports, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The first exports, imported."""
    with Store(tmp_path_factory.mktemp("once"), "") as store:
        yield Imported(store, run(store, first, NOW), expected_dirt(TODAY), TODAY)


@pytest.fixture(scope="module")
def twice(first: Exports, second: Exports, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The exports of both days, one import after the other."""
    with Store(tmp_path_factory.mktemp("twice"), "") as store:
        run(store, first, NOW)
        outcome = run(store, second, NOW + timedelta(days=1))
        yield Imported(store, outcome, expected_dirt(TODAY, changed=True), TODAY + timedelta(days=1))


@pytest.fixture(params=["once", pytest.param("twice", marks=pytest.mark.conformance)])
def imported(request: pytest.FixtureRequest) -> Imported:
    found: Imported = request.getfixturevalue(request.param)
    return found


def test_every_record_arrives_and_only_unreadable_rows_are_refused(imported: Imported) -> None:
    rows = {entity: imported.outcome.rows.get(entity, 0) for entity in imported.facts.records}
    assert rows == imported.facts.records
    assert imported.outcome.rows["product"] == 12
    assert imported.outcome.rows["stage"] == 8
    assert imported.outcome.rejected == imported.facts.unreadable_rows == 3
    assert {count.file for count in imported.outcome.reject_counts} == {"deals.csv"}


def test_won_deals_add_up_by_currency(imported: Imported) -> None:
    rows = imported.ask("SELECT currency, sum(amount) FROM deal WHERE status = 'won' GROUP BY currency", "deal")
    assert dict(rows) == imported.facts.won_amount


def test_mistakes_are_where_they_should_be(imported: Imported) -> None:
    facts, day = imported.facts, imported.day
    (found,) = imported.ask(
        "SELECT count(*) FILTER (owner_id IS NULL), count(*) FILTER (amount IS NULL), count(*) FILTER (amount = 0),"
        " count(*) FILTER (closed_at < created_at),"
        f" count(*) FILTER (status = 'open' AND expected_close_date < DATE '{day}'),"
        " count(*) FILTER (status = 'open'), count(*) FILTER (starts_with(name, '=HYPERLINK('))"
        " FROM deal",
        "deal",
    )
    assert found == (
        facts.deals_without_owner,
        facts.deals_without_amount,
        facts.deals_zero_amount,
        facts.deals_closed_before_created,
        facts.open_deals_overdue,
        facts.open_deals,
        facts.formula_names,
    )
    (found,) = imported.ask(
        "SELECT count(*) FILTER (owner_id IS NULL), count(*) FILTER (dedupe_key IS NULL),"
        " count(dedupe_key) - count(DISTINCT dedupe_key), count(*) FILTER (source IS NULL) FROM lead",
        "lead",
    )
    assert found == (
        facts.leads_without_owner,
        facts.leads_without_email,
        facts.repeated_leads,
        facts.leads_without_source,
    )
    countries = dict(imported.ask("SELECT country, count(*) FROM account GROUP BY country", "account"))
    usual = {"United States", "Spain", "Brazil", "Kazakhstan"}
    assert {name: count for name, count in countries.items() if name not in usual} == facts.countries_wrong


def test_aliases_repair_what_they_should_and_are_counted(imported: Imported) -> None:
    repairs = {(column, found): rows for column, found, _, rows in imported.outcome.repairs}
    for wrong, count in imported.facts.lines_misspelt.items():
        assert repairs["deal_line.product_id", wrong] == count
    for spelling, count in imported.facts.countries_repairable.items():
        assert repairs["account.country", spelling] == count


def test_every_reference_finds_its_record(imported: Imported) -> None:
    orphans = {}
    fed = {entity for entity, rows in imported.outcome.rows.items() if rows}
    for entity in sorted(fed):
        for column in ENTITIES[entity].columns.values():
            if column.kind == "ref" and column.target in fed:
                missing = f'"{column.name}" IS NOT NULL AND "{column.name}" NOT IN (SELECT id FROM "{column.target}")'
                ((count,),) = imported.ask(f'SELECT count(*) FROM "{entity}" WHERE {missing}', entity, column.target)
                if count:
                    orphans[f"{entity}.{column.name}"] = count
    assert orphans == {}


def test_days_and_moments_are_read_in_the_zone_of_their_system(once: Imported, first: Exports) -> None:
    touched = {row["Activity ID"]: row["Due"] for row in first.rows("activities.csv")}
    rows = once.ask(
        "SELECT id, strftime(due_at AT TIME ZONE 'America/New_York', '%m/%d/%Y %I:%M %p') FROM activity", "activity"
    )
    assert dict(rows) == touched
    closed = {row["Código"]: row["Fecha de cierre"] or None for row in first.rows("Negocios España.csv")}
    rows = once.ask(
        "SELECT id, strftime(closed_at AT TIME ZONE 'Europe/Madrid', '%d/%m/%Y') FROM deal WHERE id LIKE 'ES-%'",
        "deal",
    )
    assert dict(rows) == closed
    goals = once.ask("SELECT id, period_end FROM goal WHERE id IN ('quota/U201/2024-12', 'quota/U201/2025-02')", "goal")
    assert dict(goals) == {"quota/U201/2024-12": date(2024, 12, 31), "quota/U201/2025-02": date(2025, 2, 28)}
