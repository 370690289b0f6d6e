"""Building entities from raw imports: each rule of the mapping by example."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from connector.errors import FileError, MappingError
from connector.model.schema import ENTITIES
from connector.normalise.build import BuildOptions, build
from connector.normalise.mapping_reader import parse_mapping
from tests.normalise.built import read_staged, records, run
from tests.normalise.raw_files import write_raw

MIDNIGHT = datetime(2024, 1, 5, 5, tzinfo=UTC)
"""5 January 2024, 00:00 in New York."""


def test_staged_files_have_the_columns_of_the_schema_that_something_fills(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "amount": "10", "code": "a"}])
    built = run(records("deal", "id: id, amount: amount, custom.code: code, account_id: code"), [raw], tmp_path)
    always = {"id", "source_system", "synced_at", "is_deleted", "deleted_at"}
    filled = {"deal": {"amount", "custom", "account_id", "currency"}, "account": {"name", "currency"}}
    assert {*built.tables} == {*filled}
    for entity, more in filled.items():
        with duckdb.connect() as connection:
            found = connection.execute(f"DESCRIBE SELECT * FROM '{built.staging}/{entity}/*.parquet'").fetchall()
        wanted = [(one.name, one.storage_type) for one in ENTITIES[entity].storage() if one.name in always | more]
        assert [(name, kind) for name, kind, *_ in found] == wanted


def test_values_take_the_types_of_their_columns(tmp_path: Path) -> None:
    raw = write_raw(
        tmp_path,
        "data.csv",
        [
            {
                "id": " D1 ",
                "name": "n/a",
                "value": "1234.56",
                "p": "0.4",
                "close": "2024-01-05",
                "at": "2024-01-05 10:00:00",
                "n": "3",
                "kind": "Closed Won",
                "cur": "eur",
                "hot": "Hot",
                "gone": "no",
            }
        ],
    )
    columns = (
        "id: id, name: name, amount: value, probability: p, expected_close_date: close, closed_at: close,"
        " created_at: at, reopened_count: n, status: kind, currency: cur, rating: hot, is_deleted: gone"
    )
    deal = run(records("deal", columns), [raw], tmp_path, system="test").one("deal", "D1")
    assert deal["name"] is None
    assert deal["amount"] == Decimal("1234.56")
    assert deal["probability"] == 0.4
    assert deal["expected_close_date"] == date(2024, 1, 5)
    assert deal["closed_at"] == MIDNIGHT
    assert deal["created_at"] == datetime(2024, 1, 5, 15, tzinfo=UTC)
    assert deal["reopened_count"] == 3
    assert (deal["status"], deal["currency"], deal["rating"]) == ("won", "EUR", "hot")
    assert deal["is_deleted"] is False
    assert deal["source_system"] == "test"
    assert deal["synced_at"] == raw.imported_at
    assert deal["closing_owner_id"] is None


def test_every_key_of_a_rule_in_its_order_of_effect(tmp_path: Path) -> None:
    raw = write_raw(
        tmp_path,
        "data.csv",
        [
            {"id": "1", "v": "12,5", "s": "yes", "d": "30-05-2022", "t": "x"},
            {"id": "2", "v": "TBD", "s": "yes", "d": None, "t": None},
            {"id": "3", "v": "7", "s": "no", "d": "01-02-2022", "t": "x"},
            {"id": "4", "v": "dozen", "s": "yes", "d": "01-02-2022", "t": "x"},
        ],
    )
    columns = (
        'id: id, amount: {column: v, when: {column: s, equals: "yes"}, empty: [TBD], aliases: {dozen: "12"}, '
        'decimal: ",", scale: 1000, default: 1}, '
        "expected_close_date: {column: d, dates: '%d-%m-%Y', add: {months: 3, days: -1}},"
        " source: {constant: web}, tags: {text: '{s}/{t}'}, loss_reason: {columns: [t, s]}"
    )
    built = run(records("deal", columns), [raw], tmp_path)
    assert built.column("deal", "amount") == {"1": 12500, "2": 1, "3": 1, "4": 12000}
    assert built.one("deal", "1")["expected_close_date"] == date(2022, 8, 29)
    assert built.one("deal", "2")["expected_close_date"] is None
    assert set(built.column("deal", "source").values()) == {"web"}
    assert built.column("deal", "tags") == {"1": "yes/x", "2": "yes/", "3": "no/x", "4": "yes/x"}
    assert built.column("deal", "loss_reason")["2"] == "yes"


def test_a_file_can_feed_several_entities_and_filters_choose_rows(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "rep": "Ann", "boss": "Zoe", "kind": "deal"},
        {"id": "2", "rep": None, "boss": None, "kind": "deal"},
        {"id": "3", "rep": "Bob", "boss": "Zoe", "kind": "junk"},
        {"id": "Total", "rep": None, "boss": None, "kind": None},
    ]
    mapping = (
        "version: 1\nfiles:\n- file: data.csv\n  where: [{column: id, not_equals: Total}]\n  records:\n"
        "  - {entity: deal, where: [{column: kind, equals: deal}], columns: {id: id, owner_id: rep}}\n"
        "  - {entity: owner, columns: {id: rep, name: rep, team_id: boss}}\n"
        "  - {entity: team, columns: {id: boss, name: boss}}\n"
    )
    built = run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert built.column("deal", "owner_id") == {"1": "Ann", "2": None}
    assert built.column("owner", "team_id") == {"Ann": "Zoe", "Bob": "Zoe"}
    assert list(built.column("team", "name")) == ["Zoe"]
    assert built.result.refused.rows == 0


def test_several_files_can_feed_one_entity_the_first_wins_column_by_column(tmp_path: Path) -> None:
    people = write_raw(
        tmp_path, "people.csv", [{"id": "1", "name": "Ann", "mail": None}, {"id": "2", "name": "Bob", "mail": "b@x"}]
    )
    extra = write_raw(
        tmp_path,
        "extra.csv",
        [{"id": "1", "name": "ANN", "mail": "a@x", "team": "T"}, {"id": "3", "name": "Cid", "mail": None}],
        sequence=2,
    )
    mapping = (
        "version: 1\nfiles:\n"
        "- {file: people.csv, records: [{entity: owner, columns: {id: id, name: name, email: mail}}]}\n"
        "- {file: extra.csv, records: [{entity: owner, columns: {id: id, name: name, email: mail, team_id: team}}]}\n"
    )
    for imports in ([people, extra], [extra, people]):
        built = run(mapping, imports, tmp_path)
        assert built.column("owner", "name") == {"1": "Ann", "2": "Bob", "3": "Cid"}
        assert built.column("owner", "email") == {"1": "a@x", "2": "b@x", "3": None}
        assert built.column("owner", "team_id") == {"1": "T", "2": None, "3": None}
        assert list(built.column("team", "name")) == ["T"]


def test_a_reference_can_be_found_by_another_column(tmp_path: Path) -> None:
    accounts = write_raw(
        tmp_path,
        "accounts.csv",
        [
            {"id": "A1", "name": "Acme", "tier": "gold"},
            {"id": "A2", "name": "Beta", "tier": None},
            {"id": "A3", "name": "acme", "tier": "tin"},
            {"id": "A4", "name": "Twin", "tier": "x"},
            {"id": "A5", "name": "Twin", "tier": "y"},
        ],
    )
    deals = write_raw(
        tmp_path,
        "deals.csv",
        [
            {"id": "1", "company": "Acme"},
            {"id": "2", "company": "BETA"},
            {"id": "3", "company": "acme"},
            {"id": "4", "company": "Nobody"},
            {"id": "5", "company": None},
            {"id": "6", "company": "Twin"},
        ],
    )
    mapping = (
        "version: 1\nfiles:\n"
        "- {file: deals.csv, records: [{entity: deal, columns: {id: id,"
        " account_id: {column: company, lookup: {entity: account, by: name}},"
        " territory: {column: company, lookup: {entity: account, by: name, take: segment}, default: none at all}}}]}\n"
        "- {file: accounts.csv, records: [{entity: account, columns: {id: id, name: name, segment: tier}}]}\n"
    )
    built = run(mapping, [accounts, deals], tmp_path)
    assert built.column("deal", "account_id") == {
        "1": "A1",
        "2": "A2",
        "3": "A3",
        "4": "Nobody",
        "5": None,
        "6": "A4",
    }
    assert built.column("deal", "territory") == {
        "1": "gold",
        "2": "none at all",
        "3": "tin",
        "4": "none at all",
        "5": "none at all",
        "6": "x",
    }
    assert len(built.tables["account"]) == 5


def test_a_lookup_into_a_file_that_has_not_come_yet_keeps_the_text(tmp_path: Path) -> None:
    deals = write_raw(tmp_path, "deals.csv", [{"id": "1", "rep": "Ann"}])
    mapping = (
        "version: 1\nfiles:\n"
        "- {file: deals.csv, records: [{entity: deal, columns: {id: id,"
        " owner_id: {column: rep, lookup: {entity: owner, by: name}}}}]}\n"
        "- {file: people.csv, records: [{entity: owner, columns: {id: id, name: name}}]}\n"
    )
    built = run(mapping, [deals], tmp_path)
    assert built.column("deal", "owner_id") == {"1": "Ann"}
    assert built.column("owner", "name") == {"Ann": "Ann"}
    people = write_raw(tmp_path, "people.csv", [{"id": "7", "name": "Ann"}], sequence=2)
    assert run(mapping, [deals, people], tmp_path).column("deal", "owner_id") == {"1": "7"}


def test_an_entity_nobody_feeds_is_made_from_references_and_only_then(tmp_path: Path) -> None:
    deals = write_raw(
        tmp_path,
        "deals.csv",
        [
            {"id": "1", "rep": "Ann", "co": "Acme", "stage": "Won", "pipe": None, "who": "P1", "prod": "X"},
            {"id": "2", "rep": "Bob", "co": None, "stage": "Talk", "pipe": None, "who": None, "prod": None},
        ],
    )
    owners = write_raw(tmp_path, "owners.csv", [{"id": "Ann"}])
    mapping = (
        "version: 1\nfiles:\n"
        "- {file: deals.csv, records: [{entity: deal, columns: {id: id, owner_id: rep, account_id: co, stage_id: stage,"
        " contact_id: who}}, {entity: deal_line, columns: {id: id, product_id: prod}}]}\n"
        "- {file: owners.csv, records: [{entity: owner, columns: {id: id}}]}\n"
    )
    built = run(mapping, [deals, owners], tmp_path)
    assert list(built.column("owner", "name")) == ["Ann"]
    assert built.column("account", "name") == {"Acme": "Acme"}
    assert built.column("stage", "kind") == {"Talk": "open", "Won": "won"}
    assert built.column("product", "name") == {"X": "X"}
    assert "contact" not in built.tables
    assert built.one("deal", "2")["owner_id"] == "Bob"


def test_rows_without_an_id_rule_are_told_apart_by_their_content(tmp_path: Path) -> None:
    rows = [
        {"day": "2024-01-01", "spend": "10"},
        {"day": "2024-01-01", "spend": "10"},
        {"day": "2024-01-02", "spend": "5"},
        {"day": None, "spend": None},
    ]
    first = write_raw(tmp_path, "data.csv", rows)
    again = write_raw(tmp_path, "data.csv", list(reversed(rows)), sequence=2)
    mapping = records("cost", "date: day, amount: spend")
    one, two = run(mapping, [first], tmp_path), run(mapping, [first, again], tmp_path)
    assert sorted(row["amount"] for row in one.tables["cost"]) == [5, 10, 10]
    assert one.settled() == two.settled()


def test_a_wide_file_becomes_rows(tmp_path: Path) -> None:
    rows = [
        {"rep": "Ann", "2024-01": "10", "2024-02": None, "2024-03": "30"},
        {"rep": "Bob", "2024-01": "-", "2024-02": "5", "2024-03": "x"},
    ]
    raw = write_raw(tmp_path, "data.csv", rows)
    mapping = records(
        "goal",
        "id: {text: '{rep}/{month}'}, scope_id: rep, period_start: month, target_value: {column: v, on_error: empty}",
        extra="    unpivot: {except: [rep], name: month, value: v}\n",
    )
    built = run(mapping, [raw], tmp_path)
    assert built.column("goal", "target_value") == {
        "Ann/2024-01": 10,
        "Ann/2024-03": 30,
        "Bob/2024-02": 5,
        "Bob/2024-03": None,
    }
    assert built.one("goal", "Ann/2024-03")["period_start"] == date(2024, 3, 1)
    assert built.column("goal", "scope_id")["Bob/2024-02"] == "Bob"


EVENTS = """
version: 1
workspace: {time_zone: UTC}
files:
  - file: "events*.csv"
    records:
      - entity: lead
        group: true
        columns:
          id: lead
          created_at: {column: at, pick: min}
          mql_at: {column: at, when: {column: kind, equals: mql}}
          source: {column: src, pick: first}
          form_id: src
          score: {column: n, pick: sum}
          custom.events: {column: kind, type: number, pick: count}
          custom.best: {column: n, type: number, pick: max}
"""


def test_an_event_log_becomes_one_record_per_id(tmp_path: Path) -> None:
    rows = [
        {"lead": "1", "kind": "visit", "at": "2024-01-03", "src": None, "n": "1"},
        {"lead": "1", "kind": "mql", "at": "2024-01-05", "src": "ads", "n": "2"},
        {"lead": "2", "kind": "visit", "at": "2024-01-04", "src": "web", "n": None},
        {"lead": "1", "kind": "mql", "at": "2024-01-02", "src": "mail", "n": "5"},
        {"lead": "1", "kind": "visit", "at": "2024-01-09", "src": None, "n": "5"},
    ]
    raw = write_raw(tmp_path, "events.csv", rows)
    built = run(EVENTS, [raw], tmp_path)
    one = built.one("lead", "1")
    assert one["created_at"] == datetime(2024, 1, 2, tzinfo=UTC)
    assert one["mql_at"] == datetime(2024, 1, 2, tzinfo=UTC)
    assert (one["source"], one["form_id"], one["score"]) == ("ads", "mail", 13)
    assert one["custom"] == {"events": "4", "best": "5"}
    assert built.one("lead", "2")["score"] is None

    again = write_raw(tmp_path, "events.csv", rows, sequence=2)
    assert run(EVENTS, [raw, again], tmp_path).settled() == built.settled()
    parts = [write_raw(tmp_path, f"events{n}.csv", rows[n * 2 : n * 2 + 2], sequence=9 - n) for n in range(3)]
    assert run(EVENTS, parts, tmp_path).settled() == built.settled()


def test_the_newest_version_wins_by_update_time_then_by_import_then_by_line(tmp_path: Path) -> None:
    def deal(key: str, name: str, at: str | None) -> dict[str, str | None]:
        return {"id": key, "name": name, "at": at}

    first = write_raw(
        tmp_path,
        "data.csv",
        [deal("1", "new", "2024-02-01"), deal("2", "old", None), deal("3", "a", None), deal("3", "b", None)],
    )
    second = write_raw(tmp_path, "data.csv", [deal("1", "stale", "2024-01-01"), deal("2", "newer", None)], sequence=2)
    built = run(records("deal", "id: id, name: name, source_updated_at: at"), [second, first], tmp_path)
    assert built.column("deal", "name") == {"1": "new", "2": "newer", "3": "b"}


def test_records_of_one_row_are_of_one_age(tmp_path: Path) -> None:
    old = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "1", "at": "2024-01-01"}], sequence=2)
    new = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "2", "at": "2024-02-01"}], sequence=1)
    mapping = records("deal", "id: id, amount: v, source_updated_at: at")
    mapping += "      - {entity: deal_line, columns: {id: id, amount: v}}\n"
    built = run(mapping, [old, new], tmp_path)
    assert built.one("deal", "1")["amount"] == built.one("deal_line", "1")["amount"] == 2


def test_rows_that_a_replacing_import_lacks_are_gone_but_kept(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "a"}, {"id": "2", "v": "b"}, {"id": "3", "v": "c"}])
    other = write_raw(tmp_path, "other.csv", [{"id": "9", "v": "z"}], sequence=2)
    full = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "A"}], sequence=3, replace=True)
    later = write_raw(tmp_path, "data.csv", [{"id": "3", "v": "C"}], sequence=4)
    mapping = records("deal", "id: id, name: v", file="*.csv")

    built = run(mapping, [first, other, full, later], tmp_path)
    assert built.column("deal", "is_deleted") == {"1": False, "2": True, "3": False, "9": False}
    assert built.column("deal", "name") == {"1": "A", "2": "b", "3": "C", "9": "z"}
    assert built.one("deal", "2")["deleted_at"] == full.imported_at
    assert built.one("deal", "1")["deleted_at"] is None
    gone = [row for row in built.tables["deal_version"] if row["id"] == "2"]
    assert [(row["observed_at"], row["is_deleted"]) for row in gone] == [
        (first.imported_at, False),
        (full.imported_at, True),
    ]


def test_an_update_time_does_not_bring_back_what_was_replaced(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "a", "at": "2030-01-01"}])
    full = write_raw(tmp_path, "data.csv", [{"id": "2", "v": "b", "at": "2024-01-01"}], sequence=2, replace=True)
    built = run(records("deal", "id: id, name: v, source_updated_at: at"), [first, full], tmp_path)
    assert built.column("deal", "is_deleted") == {"1": True, "2": False}


def test_a_record_that_was_brought_back_may_keep_its_newer_version(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "newer", "at": "2030-01-01"}])
    full = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "older", "at": "2024-01-01"}], sequence=2, replace=True)
    deal = run(records("deal", "id: id, name: v, source_updated_at: at"), [first, full], tmp_path).one("deal", "1")
    assert (deal["name"], deal["is_deleted"], deal["deleted_at"]) == ("newer", False, None)


def test_a_deletion_that_the_file_states_counts_too(tmp_path: Path) -> None:
    raw = write_raw(
        tmp_path, "data.csv", [{"id": "1", "gone": "1"}, {"id": "2", "gone": None}, {"id": "3", "gone": "FALSE"}]
    )
    built = run(records("deal", "id: id, is_deleted: gone"), [raw], tmp_path)
    assert built.column("deal", "is_deleted") == {"1": True, "2": False, "3": False}


def test_versions_of_deals_are_kept_where_they_differ(tmp_path: Path) -> None:
    names = "id: id, stage_id: stage, amount: v, owner_id: rep, source_updated_at: at"
    first = write_raw(
        tmp_path,
        "data.csv",
        [
            {"id": "1", "stage": "Talk", "v": "10", "rep": "Ann", "at": "2024-01-01"},
            {"id": "2", "stage": "Talk", "v": "5", "rep": "Bob", "at": "2024-01-01"},
        ],
    )
    second = write_raw(
        tmp_path, "data.csv", [{"id": "1", "stage": "Won", "v": "12", "rep": "Ann", "at": "2024-02-01"}], sequence=2
    )
    built = run(records("deal", names), [first, second], tmp_path)
    assert [(row["id"], row["stage_id"], row["amount"], row["currency"]) for row in built.tables["deal_version"]] == [
        ("1", "Talk", 10, "USD"),
        ("1", "Won", 12, "USD"),
        ("2", "Talk", 5, "USD"),
    ]
    assert built.tables["deal_version"][1]["observed_at"] == datetime(2024, 2, 1, 5, tzinfo=UTC)
    assert built.result.deal_versions == 3

    same = write_raw(
        tmp_path,
        "data.csv",
        [{"id": "1", "stage": "Won", "v": "12.0", "rep": "Ann", "at": "2024-03-01"}],
        sequence=3,
    )
    repeated = run(records("deal", names), [first, second, same], tmp_path).tables["deal_version"]
    assert [(row["id"], row["observed_at"].month) for row in repeated] == [("1", 1), ("1", 2), ("2", 1)]

    again = write_raw(
        tmp_path, "data.csv", [{"id": "2", "stage": "Talk", "v": "5.00", "rep": "Bob", "at": "2024-01-01"}], sequence=3
    )
    assert "deal_version" not in run(records("deal", names), [first, again], tmp_path).tables


def test_a_stage_is_one_of_its_pipeline_when_deals_name_one(tmp_path: Path) -> None:
    deals = write_raw(
        tmp_path,
        "deals.csv",
        [
            {"id": "1", "pipe": "Sales", "stage": "New"},
            {"id": "2", "pipe": "Renewals", "stage": "New"},
            {"id": "3", "pipe": "Sales", "stage": "Won"},
            {"id": "4", "pipe": None, "stage": "New"},
        ],
    )
    visits = write_raw(
        tmp_path,
        "visits.csv",
        [
            {"id": "v1", "deal": "2", "stage": "New", "at": "2024-01-01"},
            {"id": "v2", "deal": "3", "stage": "Offer", "at": "2024-01-01"},
        ],
    )
    mapping = (
        "version: 1\nstages:\n- {name: New, probability: 0.2, norm_days: 2}\n- {name: Offer, pipeline: Sales}\n"
        "- {name: Talk}\nfiles:\n"
        "- {file: deals.csv, records: [{entity: deal, columns: {id: id, pipeline_id: pipe, stage_id: stage}}]}\n"
        "- {file: visits.csv, records: [{entity: deal_stage_history,"
        " columns: {id: id, deal_id: deal, stage_id: stage, entered_at: at}}]}\n"
    )
    built = run(mapping, [deals, visits], tmp_path)
    assert built.column("deal", "stage_id") == {"1": "Sales/New", "2": "Renewals/New", "3": "Sales/Won", "4": "New"}
    assert built.column("deal_stage_history", "stage_id") == {"v1": "Renewals/New", "v2": "Sales/Offer"}
    assert built.column("deal_stage_history", "pipeline_id") == {"v1": "Renewals", "v2": "Sales"}
    assert built.column("stage", "position") == {
        "New": 1,
        "Renewals/New": 1,
        "Renewals/Talk": 2,
        "Sales/New": 1,
        "Sales/Offer": 2,
        "Sales/Talk": 3,
        "Sales/Won": None,
    }
    new = built.one("stage", "Renewals/New")
    assert (new["name"], new["pipeline_id"], new["probability"], new["norm_seconds"]) == (
        "New",
        "Renewals",
        0.2,
        172_800,
    )
    assert built.one("stage", "Sales/Won")["probability"] == 1
    assert list(built.column("pipeline", "name")) == ["Renewals", "Sales"]


def test_stages_that_a_file_brings_are_completed_and_numbered(tmp_path: Path) -> None:
    stages = write_raw(
        tmp_path,
        "stages.csv",
        [
            {"id": "s1", "label": "Offer", "order": "5", "p": "0.5"},
            {"id": "s0", "label": "Talk", "order": "0", "p": None},
            {"id": "s2", "label": "Closed Won", "order": "9", "p": None},
            {"id": "s3", "label": "Perdido", "order": "10", "p": None},
        ],
    )
    mapping = (
        "version: 1\nstages: [{name: Talk, forecast_category: commit}]\nfiles:\n"
        "- {file: stages.csv, records: [{entity: stage, columns: {id: id, name: label, position: order, probability: p,"
        " external_url: label}}]}\n"
    )
    built = run(mapping, [stages], tmp_path)
    assert built.column("stage", "position") == {"s0": 1, "s1": 2, "s2": None, "s3": None}
    assert built.column("stage", "kind") == {"s0": "open", "s1": "open", "s2": "won", "s3": "lost"}
    assert built.column("stage", "probability") == {"s0": None, "s1": 0.5, "s2": 1, "s3": 0}
    assert built.column("stage", "forecast_category") == {"s0": "commit", "s1": None, "s2": "closed", "s3": "omitted"}
    assert built.one("stage", "s1")["external_url"] == "Offer"


def test_a_column_with_too_many_stages_is_no_stage(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": str(n), "s": f"text {n}"} for n in range(5_100)])
    with pytest.raises(MappingError, match="more than 5,000 different values"):
        run(records("deal", "id: id, stage_id: s"), [raw], tmp_path)


def test_money_takes_the_currency_of_the_row_the_cell_or_the_workspace(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "v": "€ 1,200.50", "c": "GBP"},
        {"id": "2", "v": "$5", "c": None},
        {"id": "3", "v": "7 brl", "c": "€"},
        {"id": "4", "v": None, "c": None},
    ]
    raw = write_raw(tmp_path, "data.csv", rows)
    own = run(records("deal", "id: id, amount: v, currency: c"), [raw], tmp_path)
    assert own.column("deal", "currency") == {"1": "GBP", "2": "USD", "3": "EUR", "4": "USD"}
    beside = run(records("deal", "id: id, amount: v"), [raw], tmp_path)
    assert beside.column("deal", "currency") == {"1": "EUR", "2": "USD", "3": "BRL", "4": "USD"}
    assert beside.column("deal", "amount") == {"1": Decimal("1200.5"), "2": 5, "3": 7, "4": None}
    assert "currency" in own.tables["account"][0] if "account" in own.tables else True


def test_rates_of_the_mapping_are_rows_and_go_before_those_of_files(tmp_path: Path) -> None:
    raw = write_raw(
        tmp_path,
        "data.csv",
        [
            {"d": "2024-01-01", "a": "EUR", "b": "USD", "r": "9"},
            {"d": "2024-01-02", "a": "EUR", "b": "USD", "r": "1.2"},
        ],
    )
    head = "  rates: [{date: 2024-01-01, from: EUR, to: USD, rate: 1.08}]\n"
    mapping = records("fx_rate", "id: d, date: d, from_currency: a, to_currency: b, rate: r")
    listed = mapping.replace("workspace: {currency: USD, time_zone: America/New_York}\n", f"workspace:\n{head}")
    built = run(listed, [raw], tmp_path)
    assert [(row["date"].day, row["rate"]) for row in built.tables["fx_rate"]] == [(1, 1.08), (2, 1.2)]
    unfed = listed.replace("fx_rate", "product").replace(
        "date: d, from_currency: a, to_currency: b, rate: r", "name: a"
    )
    alone = run(unfed, [raw], tmp_path)
    assert alone.column("fx_rate", "rate") == {"2024-01-01/EUR/USD": 1.08}


def test_custom_columns_keep_canonical_text(tmp_path: Path) -> None:
    raw = write_raw(
        tmp_path,
        "data.csv",
        [
            {"id": "1", "a": " x ", "n": "1,200.0", "m": "7.5", "d": "31/12/2023", "t": "2024-01-05 10:00", "b": "Sí"},
            {"id": "2", "a": None, "n": "0.25", "m": None, "d": None, "t": None, "b": "nein"},
        ],
    )
    columns = (
        "id: id, custom.a: a, custom.n: {column: n, type: number}, custom.m: {column: m, type: money, label: Margin},"
        " custom.d: {column: d, type: date}, custom.t: {column: t, type: instant},"
        " custom.b: {column: b, type: boolean, on_error: empty}"
    )
    built = run(records("deal", columns), [raw], tmp_path)
    assert built.one("deal", "1")["custom"] == {
        "a": "x",
        "n": "1200",
        "m": "7.5000",
        "d": "2023-12-31",
        "t": "2024-01-05 15:00:00.000000+00",
        "b": "true",
    }
    assert built.one("deal", "2")["custom"] == {"a": None, "n": "0.25", "m": None, "d": None, "t": None, "b": None}
    assert [(one.entity, one.name, one.kind, one.label) for one in built.result.profile.custom] == [
        ("deal", "a", "text", "a"),
        ("deal", "n", "number", "n"),
        ("deal", "m", "money", "Margin"),
        ("deal", "d", "date", "d"),
        ("deal", "t", "instant", "t"),
        ("deal", "b", "boolean", "b"),
    ]


def test_the_profile_carries_settings_repairs_and_allowed_values(tmp_path: Path) -> None:
    products = write_raw(tmp_path, "products.csv", [{"p": "GTX Pro"}, {"p": "MG"}])
    lines = write_raw(
        tmp_path,
        "lines.csv",
        [
            {"id": "1", "p": "GTXPro"},
            {"id": "2", "p": "gtxpro"},
            {"id": "3", "p": "MG"},
            {"id": "1", "p": "GTXPro"},
            {"id": "4", "p": None},
        ],
    )
    mapping = (
        "version: 1\nworkspace: {currency: EUR, time_zone: Europe/Madrid, week_start: sunday, fiscal_year_start: 7,"
        " revenue: deal_line.amount, conversion: [lead.converted_at]}\nfiles:\n"
        "- {file: lines.csv, records: [{entity: deal_line, columns: {id: id,"
        " product_id: {column: p, aliases: {GTXPro: GTX Pro}, allowed: {entity: product, column: name}},"
        " custom.p: {column: p, aliases: {GTXPro: GTX Pro}, allowed: [MG]}}}]}\n"
        "- {file: products.csv, records: [{entity: product, columns: {id: p, name: p}}]}\n"
    )
    profile = run(mapping, [products, lines], tmp_path).result.profile
    assert (profile.currency, profile.time_zone, profile.week_start, profile.fiscal_year_start) == (
        "EUR",
        "Europe/Madrid",
        "sunday",
        7,
    )
    assert (profile.revenue, profile.conversion) == ("deal_line.amount", ("lead.converted_at",))
    assert profile.allowed == {"deal_line.product_id": ("GTX Pro", "MG"), "deal_line.custom.p": ("MG",)}
    assert [(one.entity, one.column, one.found, one.meant, one.rows) for one in profile.repairs] == [
        ("deal_line", "product_id", "GTXPro", "GTX Pro", 1),
        ("deal_line", "product_id", "gtxpro", "GTX Pro", 1),
    ]


def test_an_older_import_may_lack_a_column_that_a_newer_one_has(tmp_path: Path) -> None:
    old = write_raw(tmp_path, "data.csv", [{"id": "1", "name": "a"}])
    new = write_raw(tmp_path, "data.csv", [{"id": "2", "name": "b", "owner": "Ann"}], sequence=2)
    built = run(records("deal", "id: id, name: name, owner_id: owner"), [old, new], tmp_path)
    assert built.column("deal", "owner_id") == {"1": None, "2": "Ann"}
    with pytest.raises(MappingError, match="has no column 'owner'"):
        run(records("deal", "id: id, name: name, owner_id: owner"), [old], tmp_path)


def test_files_the_mapping_does_not_name_are_told(tmp_path: Path) -> None:
    data = write_raw(tmp_path, "data.csv", [{"id": "1"}])
    other = write_raw(tmp_path, "dictionary.csv", [{"x": "1"}])
    assert run(records("deal", "id: id"), [data, other], tmp_path).result.unused == ("dictionary.csv",)
    with pytest.raises(MappingError, match=r"names none of the files 'dictionary\.csv'"):
        run(records("deal", "id: id"), [other], tmp_path)


def test_an_import_without_rows_gives_empty_tables(tmp_path: Path) -> None:
    empty = write_raw(tmp_path, "data.csv", [], columns=["id", "stage", "v"])
    built = run(records("deal", "id: id, stage_id: stage, amount: v, owner_id: v"), [empty], tmp_path)
    assert built.tables == {}
    assert built.result.rows == {}


def test_text_from_files_is_never_sql_or_a_path(tmp_path: Path) -> None:
    evil = "x'; DROP TABLE refused; --"
    column = 'a" OR "b\' ../../etc/passwd {0} %s'
    raw = write_raw(
        tmp_path,
        "data.csv",
        [{"id": evil, column: '=HYPERLINK("x")', "when": "{x}"}, {"id": "2", column: evil, "when": None}],
    )
    quoted = column.replace('"', '\\"')
    mapping = records("deal", f'id: id, name: "{quoted}", source: {{column: when, aliases: {{"{{x}}": "{evil}"}}}}')
    built = run(mapping, [raw], tmp_path)
    assert built.column("deal", "name") == {evil: '=HYPERLINK("x")', "2": evil}
    assert built.one("deal", evil)["source"] == evil


def test_nothing_is_left_beside_the_staged_files(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "2"}])
    built = run(records("deal", "id: id, amount: v"), [raw], tmp_path)
    assert sorted(path.name for path in built.staging.iterdir()) == ["deal"]


@pytest.mark.parametrize(
    ("rule", "extra", "ids"),
    [
        ("id: id", "", ["1", "1", "2"]),
        ("id: other", "", ["7"]),
        ("id: {column: id, aliases: {'1': '2'}}", "", ["2"]),
        ("id: {column: id, when: [{column: id, equals: '1'}]}", "", ["1"]),
        ("id: {text: '{id}'}", "", ["1", "2"]),
        ("id: id", "    unpivot: {except: [id], name: month, value: v}\n", ["1", "2"]),
    ],
)
def test_only_the_very_id_of_a_row_is_taken_for_its_own(tmp_path: Path, rule: str, extra: str, ids: list[str]) -> None:
    """The first dataset breaks the promise that its ids differ, and shows by it that nobody looked."""
    raw = write_raw(tmp_path, "data.csv", [{"id": each, "other": "7", "more": "8"} for each in ("1", "1", "2")])
    options = BuildOptions(memory_limit="256MB", threads=1, keyed=frozenset({"data.csv"}))
    staging = tmp_path / "staging"
    build(parse_mapping(records("deal", rule, extra=extra)), [raw], tmp_path, staging, options)
    assert [row["id"] for row in read_staged(staging)["deal"]] == ids


def test_each_step_is_told_to_whoever_waits(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1"}])
    told: list[str] = []
    build(
        parse_mapping(records("deal", "id: id")),
        [raw],
        tmp_path,
        tmp_path / "staging",
        BuildOptions(progress=told.append, memory_limit="256MB", threads=1),
    )
    assert told == ["reading data.csv", "writing deal"]


def test_a_regular_expression_the_engine_cannot_use_is_the_mappings_mistake(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1"}])
    mapping = records("deal", "id: id", extra="    where: [{column: id, matches: '(?s-u:x)++'}]\n")
    with pytest.raises(MappingError, match="regular expression"):
        run(mapping, [raw], tmp_path)


def test_a_file_of_which_no_row_can_be_read_stages_nothing(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "v": "ten"}, {"id": "2", "v": "many"}, {"id": None, "v": "3"}])
    with pytest.raises(FileError) as caught:
        run(records("deal", "id: id, amount: v"), [raw], tmp_path)
    assert caught.value.place == "data.csv, line 2, column 'v'"
    assert "none of the 3 rows can be read; most often 'ten' is not a number" in str(caught.value)
    assert [path.name for path in (tmp_path / "staging").iterdir()] == []
