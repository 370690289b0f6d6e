"""What must hold for any files: the tables are a function of the imports, and joins never multiply."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.model.imports import RawImport
from tests.normalise.built import Built, run
from tests.normalise.raw_files import write_raw

Row = dict[str, str | None]

MAPPING = """
version: 1
workspace: {currency: EUR, time_zone: America/Sao_Paulo}
files:
  - file: "deals*"
    records:
      - entity: deal
        columns:
          id: id
          name: name
          pipeline_id: pipe
          stage_id: stage
          amount: amount
          closed_at: closed
          owner_id: {column: rep, lookup: {entity: owner, by: name}}
          account_id: company
          territory: {column: company, lookup: {entity: account, by: name, take: segment}}
          custom.tier: {column: tier, aliases: {a: A}}
          source_updated_at: at
      - entity: deal_line
        columns: {id: {text: "{id}/{tier}"}, deal_id: id, product_id: tier, amount: amount}
  - file: "people*"
    records:
      - entity: owner
        columns: {id: id, name: name, team_id: team}
  - file: "firms*"
    records:
      - entity: account
        columns: {id: id, name: name, segment: seg}
  - file: "costs*"
    records:
      - entity: cost
        columns: {date: day, amount: spend}
  - file: "events*"
    records:
      - entity: lead
        group: true
        columns:
          id: lead
          created_at: {column: at, pick: min}
          score: {column: n, pick: sum}
          source: {column: src, pick: max}
"""

IDS = st.sampled_from([f"id{n}" for n in range(6)])
NAMES = st.sampled_from(["Ann", "ann", "Bob", "Cid", None])
FIRMS = st.sampled_from(["Acme", "ACME", "Beta", "n/a", None])
DAYS = st.sampled_from(["2024-01-05", "31/12/2023", "05.02.2024", "2024-03-01 10:00", None])
AMOUNTS = st.sampled_from(["10", "1,234.50", "(7)", "n/a", "x", None])
TIMES = st.integers(0, 10_000).map(lambda n: f"2024-01-{1 + n // 1440 % 28:02d} {n // 60 % 24:02d}:{n % 60:02d}:00")


def fixed(**columns: Any) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries(columns)


DEAL = fixed(
    id=IDS, name=NAMES, pipe=st.sampled_from(["P", "Q", None]), stage=st.sampled_from(["New", "Won", "Lost"]),
    amount=AMOUNTS, closed=DAYS, rep=NAMES, company=FIRMS, tier=st.sampled_from(["a", "A", "b", None]), at=TIMES,
)  # fmt: skip
DEALS = st.lists(DEAL, min_size=1, max_size=12, unique_by=lambda row: (row["id"], row["at"]))
"""Exports of deals; two versions of one deal never carry the same update time."""

PEOPLE = st.lists(fixed(id=IDS, name=NAMES, team=NAMES), max_size=5, unique_by=lambda row: row["id"])
FIRM_ROWS = st.lists(fixed(id=IDS, name=FIRMS, seg=NAMES), max_size=5, unique_by=lambda row: row["id"])
COSTS = st.lists(fixed(day=DAYS, spend=st.sampled_from(["1", "2.5", None])), max_size=6)
EVENTS = st.lists(
    fixed(lead=IDS, at=DAYS, n=st.sampled_from(["1", "2", None]), src=NAMES), max_size=8,
    unique_by=lambda row: tuple(row.values()),
)  # fmt: skip

EXAMPLES: Final = 3
"""An example builds all tables two or three times, which takes seconds."""
FAST = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def build(imports: Sequence[RawImport], data_dir: Path) -> Built:
    return run(MAPPING, imports, data_dir)


def companions(data_dir: Path, people: list[Row], firms: list[Row], sequence: int = 90) -> list[RawImport]:
    return [
        write_raw(data_dir, "people.csv", people, columns=["id", "name", "team"], sequence=sequence),
        write_raw(data_dir, "firms.csv", firms, columns=["id", "name", "seg"], sequence=sequence + 1),
    ]


def readable(rows: list[Row]) -> list[Row]:
    """At least one row that can be read, so that the file is not refused as a whole."""
    return [*rows, {**rows[0], "id": "sure", "amount": "5", "closed": "2024-01-01"}]


@FAST
@given(rows=DEALS.map(readable), people=PEOPLE, firms=FIRM_ROWS, costs=COSTS, events=EVENTS)
def test_the_same_import_twice_changes_nothing(
    rows: list[Row], people: list[Row], firms: list[Row], costs: list[Row], events: list[Row]
) -> None:
    def imports(data_dir: Path, sequence: int) -> list[RawImport]:
        return [
            write_raw(data_dir, "deals.csv", rows, sequence=sequence),
            *companions(data_dir, people, firms, sequence + 10),
            write_raw(data_dir, "costs.csv", costs, columns=["day", "spend"], sequence=sequence),
            write_raw(data_dir, "events.csv", events, columns=["lead", "at", "n", "src"], sequence=sequence),
        ]

    with folder() as data_dir:
        first = imports(data_dir, 1)
        once = build(first, data_dir)
        twice = build([*first, *imports(data_dir, 50)], data_dir)
    assert twice.settled() == once.settled()
    assert twice.result.refused.rows == once.result.refused.rows
    assert twice.result.profile.repairs == once.result.profile.repairs


@FAST
@given(rows=DEALS.map(readable), people=PEOPLE, firms=FIRM_ROWS, data=st.data())
def test_pieces_in_any_order_give_the_same_tables(
    rows: list[Row], people: list[Row], firms: list[Row], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    pieces = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    order = data.draw(st.permutations(range(len(pieces))))
    with folder() as data_dir:
        whole = build([write_raw(data_dir, "deals.csv", rows), *companions(data_dir, people, firms)], data_dir)
        imports = []
        for sequence, piece in enumerate(order, 2):
            # A piece none of whose rows can be read would be refused as a file; that is another rule.
            part = [*pieces[piece], rows[-1]]
            imports.append(write_raw(data_dir, f"deals{piece}.csv", part, columns=list(rows[0]), sequence=sequence))
        parts = build([*companions(data_dir, people, firms), *imports], data_dir)
    assert parts.settled() == whole.settled()


@FAST
@given(exports=st.lists(DEALS.map(readable), min_size=2, max_size=3), data=st.data())
def test_exports_with_update_times_give_the_same_tables_in_any_order(
    exports: list[list[Row]], data: st.DataObject
) -> None:
    seen: set[tuple[str | None, str | None]] = set()
    distinct = []
    for rows in exports:
        fresh = [row for row in rows if (row["id"], row["at"]) not in seen]
        seen |= {(row["id"], row["at"]) for row in fresh}
        distinct.append([*fresh, {**rows[0], "id": f"only{len(distinct)}", "amount": "1", "closed": None}])
    order = data.draw(st.permutations(range(len(distinct))))
    with folder() as data_dir:
        straight = [write_raw(data_dir, "deals.csv", rows, sequence=n + 1) for n, rows in enumerate(distinct)]
        shuffled = [write_raw(data_dir, "deals.csv", distinct[n], sequence=20 + place) for place, n in enumerate(order)]
        one, other = build(straight, data_dir), build(shuffled, data_dir)
    assert one.settled() == other.settled()


@FAST
@given(rows=DEALS.map(readable), people=PEOPLE, firms=FIRM_ROWS)
def test_joins_and_lookups_never_multiply_and_stubs_fill_only_what_nobody_feeds(
    rows: list[Row], people: list[Row], firms: list[Row]
) -> None:
    with folder() as data_dir:
        built = build([write_raw(data_dir, "deals.csv", rows), *companions(data_dir, people, firms)], data_dir)
    for entity, table in built.tables.items():
        if entity != "deal_version":
            assert len({row["id"] for row in table}) == len(table), entity
    bad = {row["id"] for row in rows if row["amount"] == "x"}
    good = {row["id"] for row in rows if row["amount"] != "x"}
    assert set(built.column("deal", "id")) == good
    assert bad - good <= {row["id"] for row in rows} - set(built.column("deal", "id"))
    assert {row["id"] for row in people} == set(built.column("owner", "id"))
    assert {row["id"] for row in firms} == set(built.column("account", "id"))
    assert set(built.column("stage", "id")) == set(built.column("deal", "stage_id").values())
    assert set(built.column("pipeline", "id")) == set(built.column("deal", "pipeline_id").values()) - {None}
    assert set(built.column("team", "id")) == set(built.column("owner", "team_id").values()) - {None}
    assert set(built.column("product", "id")) == set(built.column("deal_line", "product_id").values()) - {None}


@FAST
@given(rows=DEALS.map(readable))
def test_the_winner_is_the_newest_readable_version(rows: list[Row]) -> None:
    """Independent calculation in plain Python."""
    expected: dict[str | None, str | None] = {}
    for row in sorted(rows, key=lambda row: row["at"] or ""):
        if row["amount"] != "x":
            expected[row["id"]] = row["name"]
    with folder() as data_dir:
        built = build([write_raw(data_dir, "deals.csv", rows)], data_dir)
    assert built.column("deal", "name") == expected
