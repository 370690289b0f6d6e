"""Field masks choose parts of answers and of changes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sandbox.google.masks import MaskError, change, paths, project, read_mask
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.schema import read_fields
from connector.sandbox.google.update_masks import read_update

TREE: dict[str, Any] = {"a": {"b": 1, "c": {"d": 2, "e": [3]}}, "list": [{"x": 1, "y": 2}, {"y": 3}], "z": "last"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["whole"]),
        ("*", ["whole"]),
        ("a,z", ["a", "z"]),
        ("a.b,a.c", ["a.b", "a.c"]),
        ("a(b,c(d)),z", ["a.b", "a.c.d", "z"]),
        ("a/b", ["a.b"]),
        ("a.c,a", ["a"]),
        ("a.*", ["a"]),
        ("row_data.values.user_entered_value", ["rowData.values.userEnteredValue"]),
        (" a ( b , c ) ", ["a.b", "a.c"]),
        ("a(b,c)/d", ["a.b.d", "a.c.d"]),
    ],
)
def test_masks_are_read(text: str, found: list[str]) -> None:
    assert (list(paths(read_mask(text))) or ["whole"]) == found


@pytest.mark.parametrize("text", ["a(b", "a-b", "a b!"])
def test_what_is_no_mask_is_refused(text: str) -> None:
    with pytest.raises(MaskError):
        read_mask(text)


def test_parts_are_chosen_and_empty_messages_stay() -> None:
    assert project(TREE, read_mask("a.c.e,list.x")) == {"a": {"c": {"e": [3]}}, "list": [{"x": 1}, {}]}
    assert project(TREE, read_mask("a.nothing")) == {"a": {}}
    assert project(TREE, {}) == TREE


@given(st.sets(st.sampled_from(["a.b", "a.c.d", "a.c.e", "a.c", "a", "list.x", "list.y", "list", "z"])))
def test_a_mask_of_several_paths_chooses_what_each_of_them_chooses(chosen: set[str]) -> None:
    together = project(TREE, read_mask(",".join(chosen))) if chosen else {}
    for path in chosen:
        assert project(together, read_mask(path)) == project(TREE, read_mask(path))
    if chosen:
        assert set(together) == {path.partition(".")[0] for path in chosen}


def test_a_change_sets_what_the_mask_names_and_takes_away_what_is_not_given() -> None:
    before = {"title": "Old", "grid": {"rows": 5, "columns": 3}, "hidden": True}
    after = change(before, {"title": "New", "grid": {"rows": 9}}, read_mask("grid.rows,hidden"))
    assert after == {"title": "Old", "grid": {"rows": 9, "columns": 3}}
    assert before["hidden"] is True


def test_paths_that_google_does_not_know_are_refused() -> None:
    assert list(paths(read_fields("sheets(properties/title,charts)", "Spreadsheet"))) == [
        "sheets.properties.title",
        "sheets.charts",
    ]
    with pytest.raises(Refused) as refused:
        read_fields("sheets.propertis", "Spreadsheet")
    assert refused.value.message == "Request contains an invalid argument."
    assert refused.value.details
    assert "for path 'sheets.propertis'" in refused.value.details[0]["fieldViolations"][0]["description"]


def test_masks_of_changes_are_checked_against_what_they_change() -> None:
    assert read_update("properties.title", "SheetProperties", "properties") == {"title": {}}
    assert read_update("*", "CellData") == {}
    with pytest.raises(Refused, match="At least one field must be listed"):
        read_update("", "CellData")
    with pytest.raises(Refused, match="Invalid field: colour"):
        read_update("title,colour", "SheetProperties")
