"""What lives in which spreadsheet: remembered, noted, forgotten; one writer at a time among all processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.errors import UserError, WorkspaceBusy
from connector.store.sheets import Good, Problem, SheetBinding
from connector.store.store import Store
from tests.store.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data") as made:
        yield made


def binding_of(store: Store, name: str = "acme") -> SheetBinding:
    workspace = store.create_workspace(name, NOW)
    connection = store.connection(workspace, "google", "google", NOW)
    settings = {"template": "total_sales", "filters": ["owner = 'Ana'"]}
    return SheetBinding(
        f"b-{name}", workspace.id, connection.id, f"sheet-{name}", "", "report", "Sales", "ru", settings, NOW
    )


def test_what_lives_in_a_spreadsheet_comes_back_as_it_was_kept(store: Store) -> None:
    binding = binding_of(store)
    store.add_sheet(binding)
    assert store.sheets() == [binding]
    assert store.sheets(store.workspace("acme"), "sheet-acme") == [binding]
    assert store.sheets(spreadsheet_id="other") == []


def test_a_spreadsheet_holds_one_report_and_any_number_of_questions(store: Store) -> None:
    binding = binding_of(store)
    store.add_sheet(binding)
    with pytest.raises(UserError, match="holds a report already"):
        store.add_sheet(replace(binding, id="b2"))
    store.add_sheet(replace(binding, id="b3", region="query-1", kind="query"))
    store.add_sheet(replace(binding, id="b4", region="query-2", kind="query"))
    assert [each.region for each in store.sheets()] == ["", "query-1", "query-2"]


def test_what_was_known_of_a_spreadsheet_that_has_just_been_made_is_stale(store: Store) -> None:
    binding = binding_of(store)
    store.add_sheet(binding)
    store.add_sheet(replace(binding, id="b2", region="query-1", kind="query"))
    other = replace(binding, id="b3", spreadsheet_id="other")
    store.add_sheet(other)
    fresh = replace(binding, id="b4", settings={**binding.settings, "made_by_puente": True})
    store.add_sheet(fresh)
    assert sorted(each.id for each in store.sheets()) == ["b3", "b4"]


def test_a_problem_stays_until_a_refresh_goes_well(store: Store) -> None:
    binding = binding_of(store)
    store.add_sheet(binding)
    problem = Problem("The sheet is gone.", "Sales", "Restore it.", "not_in_account")
    store.note_sheet(binding, problem, NOW)
    (kept,) = store.sheets()
    assert (kept.problem, kept.problem_at, kept.last_good_at) == (problem, NOW, None)
    store.note_sheet(binding, Good("run7", "Sales of Acme", ("Somebody deleted it.",)), LATER)
    (kept,) = store.sheets()
    assert (kept.problem, kept.problem_at) == (None, None)
    assert (kept.last_run_id, kept.last_good_at, kept.title) == ("run7", LATER, "Sales of Acme")
    assert kept.notice == ("Somebody deleted it.",)


def test_forgetting_and_removing_a_workspace_leave_nothing(store: Store) -> None:
    first, second = binding_of(store), binding_of(store, "globex")
    store.add_sheet(first)
    store.add_sheet(second)
    store.forget_sheet(first)
    assert store.sheets() == [second]
    store.remove_workspace(store.workspace("globex"), LATER)
    assert store.sheets() == []


def test_a_spreadsheet_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with Store(tmp_path / "data") as one, Store(tmp_path / "data") as other:
        with one.writing_sheet("abc", 0):
            with pytest.raises(WorkspaceBusy, match="writing the spreadsheet"), other.writing_sheet("abc", 0):
                pass
            with other.writing_sheet("def", 0):
                pass
        with other.writing_sheet("abc", 0):
            pass
