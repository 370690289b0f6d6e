"""How dates and numbers are written is decided for a whole column, by what its values prove."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.normalise.built import Built, records, run
from tests.normalise.raw_files import write_raw

D, M = date(2024, 4, 3), date(2024, 3, 4)
"""3 April and 4 March: what 03/04/2024 means with the day or the month first."""


def dates(
    tmp_path: Path, cells: Sequence[str], rule: str = "a", zone: str = "UTC", **extra: Sequence[str]
) -> list[Any]:
    """Read a column of dates beside other columns; return its values in order."""
    rows = [
        {"id": f"{n:03}", "a": cell, **{name: column[n] for name, column in extra.items()}}
        for n, cell in enumerate(cells)
    ]
    columns = f"id: id, expected_close_date: {rule}" + "".join(
        f", custom.{name}: {{column: {name}, type: date}}" for name in extra
    )
    mapping = records("deal", columns).replace("America/New_York", zone)
    return list(
        run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path).column("deal", "expected_close_date").values()
    )


def amounts(tmp_path: Path, cells: Sequence[str], rule: str = "a", **extra: Sequence[str]) -> Built:
    rows = [
        {"id": f"{n:03}", "a": cell, **{name: column[n] for name, column in extra.items()}}
        for n, cell in enumerate(cells)
    ]
    columns = f"id: id, amount: {rule}" + "".join(
        f", custom.{name}: {{column: {name}, type: number}}" for name in extra
    )
    return run(records("deal", columns), [write_raw(tmp_path, "data.csv", rows)], tmp_path)


def values(built: Built) -> list[Any]:
    return list(built.column("deal", "amount").values())


def test_one_value_that_proves_the_order_decides_for_the_column(tmp_path: Path) -> None:
    assert dates(tmp_path, ["03/04/2024", "31/01/2024"]) == [D, date(2024, 1, 31)]
    assert dates(tmp_path, ["03/04/2024", "01/31/2024"]) == [M, date(2024, 1, 31)]
    assert dates(tmp_path, ["03/04/2024 10:15 PM", "01/31/2024"]) == [M, date(2024, 1, 31)]


def test_else_another_date_column_of_the_file_decides(tmp_path: Path) -> None:
    assert dates(tmp_path, ["03/04/2024", None], b=["12/25/2023", "01/02/2024"]) == [M, None]  # type: ignore[list-item]
    assert dates(tmp_path, ["03/04/2024", "05/06/2024"], b=["25/12/2023", "01/02/2024"])[0] == D


def test_else_the_mapping_decides_and_it_goes_before_everything(tmp_path: Path) -> None:
    assert dates(tmp_path, ["03/04/2024"], "{column: a, dates: MDY}") == [M]
    assert dates(tmp_path, ["03/04/2024"], "{column: a, dates: DMY}", zone="America/New_York") == [D]
    assert dates(tmp_path, ["03/04/2024", "31/01/2024"], "{column: a, dates: MDY, on_error: empty}") == [M, None]
    assert dates(tmp_path, ["2024-04-03", "03/04/2024"], "{column: a, dates: ISO, on_error: empty}") == [D, None]
    assert dates(tmp_path, ["03/04/2024", "2024-04-03"], "{column: a, dates: '%d/%m/%Y'}") == [D, D]
    assert dates(tmp_path, ["1712102400"], "{column: a, dates: epoch_s}") == [D]
    assert dates(tmp_path, ["1712102400000"], "{column: a, dates: epoch_ms}") == [D]


@pytest.mark.parametrize(("zone", "found"), [("America/Chicago", M), ("Europe/Madrid", D), ("America/Sao_Paulo", D)])
def test_else_the_convention_of_the_workspaces_zone_decides_and_is_told(tmp_path: Path, zone: str, found: date) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "a": "03/04/2024"}])
    mapping = records("deal", "id: id, expected_close_date: a").replace("America/New_York", zone)
    built = run(mapping, [raw], tmp_path)
    assert built.one("deal", "1")["expected_close_date"] == found
    (assumed,) = built.result.assumptions
    assert (assumed.file, assumed.column) == ("data.csv", "a")
    assert ("the month first" if found == M else "the day first") in assumed.reading


def test_nothing_is_assumed_where_something_is_proven(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "a": "31/01/2024"}, {"id": "2", "a": "2024-01-05"}])
    assert run(records("deal", "id: id, expected_close_date: a"), [raw], tmp_path).result.assumptions == ()


def test_pieces_of_one_export_are_decided_together_and_contradicting_exports_each_by_itself(tmp_path: Path) -> None:
    mapping = records("deal", "id: id, expected_close_date: a", file="d*.csv").replace("America/New_York", "UTC")
    clear = write_raw(tmp_path, "d1.csv", [{"id": "1", "a": "12/25/2023"}])
    vague = write_raw(tmp_path, "d2.csv", [{"id": "2", "a": "03/04/2024"}], sequence=2)
    assert run(mapping, [vague, clear], tmp_path).one("deal", "2")["expected_close_date"] == M
    us = write_raw(tmp_path, "d3.csv", [{"id": "3", "a": "12/25/2023"}, {"id": "4", "a": "03/04/2024"}], sequence=3)
    eu = write_raw(tmp_path, "d4.csv", [{"id": "5", "a": "25/12/2023"}, {"id": "6", "a": "03/04/2024"}], sequence=4)
    found = run(mapping, [us, eu], tmp_path).column("deal", "expected_close_date")
    assert (found["4"], found["6"]) == (M, D)


def test_a_column_in_both_orders_takes_the_more_frequent_one_and_says_so(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "a": "25/12/2023"},
        {"id": "2", "a": "26/12/2023"},
        {"id": "3", "a": "12/27/2023"},
        {"id": "4", "a": "03/04/2024"},
    ]
    built = run(records("deal", "id: id, expected_close_date: a"), [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert built.column("deal", "expected_close_date") == {
        "1": date(2023, 12, 25), "2": date(2023, 12, 26), "4": D,
    }  # fmt: skip
    assert built.result.refused.samples[0].reason == "impossible date"
    assert "both orders" in built.result.assumptions[0].reading


def test_two_digit_years_and_mixed_ways_of_writing(tmp_path: Path) -> None:
    assert dates(tmp_path, ["03/04/24", "31/12/99", "2024-04-03", "3 de abril de 2024", "45385"]) == [
        D, date(1999, 12, 31), D, D, D,
    ]  # fmt: skip


def test_one_value_that_proves_the_decimal_sign_decides_for_the_column(tmp_path: Path) -> None:
    assert values(amounts(tmp_path, ["1.234", "12,50"])) == [1234, Decimal("12.5")]
    assert values(amounts(tmp_path, ["1,234", "12.50"])) == [1234, Decimal("12.5")]
    assert values(amounts(tmp_path, ["1.234", "0.125"])) == [Decimal("1.234"), Decimal("0.125")]
    assert values(amounts(tmp_path, ["1.234", "1.234.567"])) == [1234, 1234567]
    assert values(amounts(tmp_path, ["1.234", "12.5"])) == [Decimal("1.234"), Decimal("12.5")]


def test_else_another_number_column_decides_else_the_mapping_else_a_point(tmp_path: Path) -> None:
    assert values(amounts(tmp_path, ["1.234", "5"], b=["0,5", "1"])) == [1234, 5]
    assert values(amounts(tmp_path, ["1.234"], '{column: a, decimal: ","}')) == [1234]
    vague = amounts(tmp_path, ["1.234", "999"])
    assert values(vague) == [Decimal("1.234"), 999]
    assert "1.234" in vague.result.assumptions[0].reading
    assert values(amounts(tmp_path, ["1,234"])) == [1234]


def test_the_mapping_goes_before_the_values(tmp_path: Path) -> None:
    rule = '{column: a, decimal: ",", on_error: empty}'
    assert values(amounts(tmp_path, ["1.234,5", "12.5"], rule)) == [Decimal("1234.5"), None]


def test_a_column_that_mixes_signs_refuses_only_what_is_unclear(tmp_path: Path) -> None:
    built = amounts(tmp_path, ["1,234.56", "1.234,56", "7", "1.234"])
    assert values(built) == [Decimal("1234.56"), Decimal("1234.56"), 7]
    assert built.result.refused.samples[0].reason == "number with an unclear decimal sign"


def test_how_a_file_is_read_holds_for_all_its_columns(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": "1", "a": "1.234", "b": "03/04/2024", "c": "2024-04-03 00:30"}])
    mapping = records(
        "deal", "id: id, amount: a, expected_close_date: b, closed_at: c, created_at: {column: c, time_zone: UTC}",
        extra='    read: {decimal: ",", dates: MDY, time_zone: Asia/Tokyo}\n',
    )  # fmt: skip
    deal = run(mapping, [raw], tmp_path).one("deal", "1")
    assert (deal["amount"], deal["expected_close_date"]) == (1234, M)
    assert deal["closed_at"].isoformat() == "2024-04-02T15:30:00+00:00"
    assert deal["created_at"].isoformat() == "2024-04-03T00:30:00+00:00"
