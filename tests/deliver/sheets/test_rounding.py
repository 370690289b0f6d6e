"""Figures whose last digits vary from one answer to the next: no write, and nobody is blamed for an edit."""

from __future__ import annotations

import gspread
import pytest

from connector.deliver.sheets.cells import digest_of_rows
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Row
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.small_layouts import ROWS, Desk, report

SUM = 0.9962781627712762


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person, layout=report(rows(SUM))).make()


def rows(amount: float) -> tuple[Row, ...]:
    return (("Aya", amount, 5), *ROWS)


def test_another_order_of_summing_changes_nothing(desk: Desk) -> None:
    for amount in (0.9962781627712767, 0.9962781627712787, SUM):
        outcome = desk.refresh(report(rows(amount)))
        assert (outcome.changed, outcome.writes, outcome.findings) == (False, 0, ())


def test_nor_does_it_look_like_an_edit_when_something_else_has_changed(desk: Desk) -> None:
    outcome = desk.refresh(report((*rows(0.9962781627712767), ("Zoe", 1, 1))))
    assert (outcome.changed, outcome.findings) == (True, ())
    outcome = desk.refresh(report((*rows(SUM), ("Zoe", 1, 1))))
    assert (outcome.changed, outcome.findings) == (False, ())


def test_a_difference_that_can_be_seen_is_written(desk: Desk) -> None:
    outcome = desk.refresh(report(rows(SUM + 1e-9)))
    assert (outcome.changed, outcome.findings) == (True, ())


def test_a_large_table_is_not_staged_anew_for_a_last_digit() -> None:
    assert digest_of_rows([("a", SUM)]) == digest_of_rows([("a", 0.9962781627712767)])
    assert digest_of_rows([("a", SUM)]) != digest_of_rows([("a", SUM + 1e-9)])
    assert digest_of_rows([("a", True)]) != digest_of_rows([("a", 1)])
