"""What a manifest remembers and how the profiles of several connections become one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model.imports import RawImport
from connector.model.workspace import CustomColumn, Profile, Repair
from connector.store import records
from connector.store.manifest import Manifest, Part, merged_profile, schema_mark
from connector.store.state import State
from tests.store.conftest import NOW

names = st.sampled_from(["deal", "account", "lead"])
texts = st.text(max_size=5)
days = st.sampled_from(["", "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"])
profiles = st.builds(
    Profile,
    currency=st.sampled_from(["USD", "EUR"]),
    conversion=st.lists(names, max_size=2, unique=True).map(tuple),
    custom=st.lists(st.builds(CustomColumn, names, texts, st.just("text"), texts), max_size=2, unique=True).map(tuple),
    allowed=st.dictionaries(names, st.lists(texts, max_size=2, unique=True).map(tuple), max_size=2),
    repairs=st.lists(st.builds(Repair, names, texts, texts, texts, st.integers(1, 9)), max_size=2).map(tuple),
    currencies=st.dictionaries(names, st.lists(texts, max_size=2, unique=True).map(tuple), max_size=2),
    rows=st.dictionaries(names, st.integers(0, 99)),
    filled=st.dictionaries(names, st.lists(texts, max_size=2, unique=True).map(tuple), max_size=2),
    history_since=days,
    data_through=days,
    rejected=st.integers(0, 99),
)


@settings(deadline=None)
@given(st.lists(profiles, min_size=2, max_size=4))
def test_merged_facts_do_not_depend_on_the_order_of_connections(entries: list[Profile]) -> None:
    forth = merged_profile({str(number): entry for number, entry in enumerate(entries)})
    back = merged_profile({str(number): entry for number, entry in enumerate(entries[::-1])})
    assert forth.rejected == back.rejected == sum(entry.rejected for entry in entries)
    for name in ("deal", "account", "lead"):
        total = sum(entry.rows.get(name, 0) for entry in entries)
        assert forth.rows.get(name, 0) == back.rows.get(name, 0) == total
        for field in ("currencies", "filled", "allowed"):
            union = {value for entry in entries for value in getattr(entry, field).get(name, ())}
            assert set(getattr(forth, field).get(name, ())) == set(getattr(back, field).get(name, ())) == union
    assert (forth.history_since, forth.data_through) == (back.history_since, back.data_through)
    assert forth.currency == entries[-1].currency
    assert len(forth.repairs) == sum(len(entry.repairs) for entry in entries)


@settings(deadline=None)
@given(profiles)
def test_a_single_profile_stays_as_it_is(profile: Profile) -> None:
    assert merged_profile({"only": profile}) == profile


def test_history_is_trusted_from_where_every_connection_with_deals_has_it() -> None:
    january, march = (
        Profile(rows={"deal": 1}, history_since=f"2026-{month}-01T00:00:00+00:00") for month in ("01", "03")
    )
    without_deals, reconstructed = Profile(rows={"account": 5}), Profile(rows={"deal": 1})
    assert merged_profile({"a": march, "b": january, "c": without_deals}).history_since == march.history_since
    assert merged_profile({"a": march, "b": reconstructed}).history_since == ""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    folder = tmp_path_factory.mktemp("state")
    opened = State(f"sqlite:///{folder / 'state.db'}", folder / "locks")
    yield opened
    opened.close()


@settings(deadline=None)
@given(entries=st.dictionaries(st.sampled_from(["one", "two"]), profiles))
def test_a_manifest_comes_back_from_the_state_as_it_went_in(state: State, entries: dict[str, Profile]) -> None:
    raw = RawImport("i1", "a.csv", 1, NOW, True, "raw/a.parquet", "0" * 64, 5, ("Id", "Näme"), 2)
    manifest = Manifest(
        "acme", 3, "run", NOW, {"deal": {"one": Part(7, {"tables/deal/a.parquet": 5}, schema_mark("deal"), ("name",))}},
        {"one": (raw,)}, entries, {"one": "rejects/x.csv"},
    )  # fmt: skip
    with state.writing() as transaction:
        workspace = records.add_workspace(transaction, f"w{records.new_id()}", NOW)
        mine = replace(manifest, workspace_id=workspace.id)
        records.add_manifest(transaction, mine)
        found = records.latest_manifest(transaction, workspace.id)
    assert found == mine
    assert list(found.profiles) == list(mine.profiles), "the last key is the connection published last"
    unread = "raw/a.parquet.problems.csv"
    assert found.files() == {"tables/deal/a.parquet", "raw/a.parquet", unread, "rejects/x.csv"}
