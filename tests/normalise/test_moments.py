"""Dates as people write them, read by one engine and checked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.normalise import cells, moments, words
from connector.normalise.mapping import Shift

NEW_YORK = "America/New_York"


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(cells.MACROS)
        yield connection


def value(engine: duckdb.DuckDBPyConnection, sql: str, text: str) -> object:
    row = engine.execute(f"SELECT {sql} FROM (SELECT ? AS t)", [text]).fetchone()
    assert row is not None
    return row[0]


def read_all(
    engine: duckdb.DuckDBPyConnection, texts: Sequence[str], sql: str, order: moments.Order = "DMY"
) -> dict[str, object]:
    """Turn texts into ISO text ``v`` and evaluate something over it, in one query."""
    source = f"SELECT t, {moments.iso_text('t', order)} AS v FROM (SELECT unnest(?) AS t)"
    return dict(engine.execute(f"SELECT t, {sql} FROM ({source})", [list(texts)]).fetchall())


def as_dates(
    engine: duckdb.DuckDBPyConnection, texts: Sequence[str], order: moments.Order = "DMY"
) -> dict[str, object]:
    return read_all(engine, texts, moments.cast("v", "date", NEW_YORK, zoned=True), order)


def as_instants(engine: duckdb.DuckDBPyConnection, texts: Sequence[str], zone: str = NEW_YORK) -> dict[str, object]:
    return read_all(engine, texts, moments.cast("v", "instant", zone, zoned=True))


def refused(engine: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> set[object]:
    """Reasons for texts none of which is a date."""
    assert set(as_dates(engine, texts).values()) == {None}
    return set(read_all(engine, texts, moments.reason("v")).values())


def test_one_day_in_many_ways_of_writing(engine: duckdb.DuckDBPyConnection) -> None:
    texts = [
        "2024-03-31",
        "2024-3-31",
        "2024/03/31",
        "2024.03.31",
        "31/03/2024",
        "31.03.2024",
        "31-03-2024",
        "31/3/24",
        "20240331",
        "31-Mar-2024",
        "31/Mar/24",
        "31 Mar 2024",
        "Mar 31, 2024",
        "March 31st, 2024",
        "31st of March 2024",
        "Sunday, March 31, 2024",
        "31 de marzo de 2024",
        "31 de mar. de 2024",
        "domingo, 31 de marzo de 2024",
        "31 de março de 2024",
        "31/mar/2024",
        "31 марта 2024 г.",
        "31 марта 2024",
        "вс, 31 мар. 2024",
        "45382",
        "2024-03-31 00:00:00",
        "2024-03-31T00:00:00.000Z",
        "20240331000000",
    ]
    assert as_dates(engine, texts) == dict.fromkeys(texts, date(2024, 3, 31))


def test_every_month_word_is_understood(engine: duckdb.DuckDBPyConnection) -> None:
    forms = ("7 {}  2023", "{} 7, 2023", "7-{}-23")
    expected = {
        form.format(text): date(2023, number, 7)
        for word, number in words.MONTHS.items()
        for text in (word, word.capitalize(), word.upper())
        for form in forms
    }
    assert as_dates(engine, list(expected)) == expected


def test_the_order_decides_where_the_day_stands(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["03/04/2024", "03/04/99", "2024-03-04"]
    assert list(as_dates(engine, texts, "DMY").values()) == [date(2024, 4, 3), date(1999, 4, 3), date(2024, 3, 4)]
    assert list(as_dates(engine, texts, "MDY").values()) == [date(2024, 3, 4), date(1999, 3, 4), date(2024, 3, 4)]
    assert as_dates(engine, ["03/04/05"], "YMD") == {"03/04/05": date(2003, 4, 5)}


def test_a_month_alone_is_its_first_day(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["2024-03", "03/2024", "Mar 2024", "março de 2024", "Mar-24", "2024 March"]
    assert as_dates(engine, texts) == dict.fromkeys(texts, date(2024, 3, 1))


def test_impossible_dates_are_refused_as_such(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["2024-02-30", "31/02/2024", "2023-02-29", "00/01/2024", "32/01/2024", "15/13/2024"]
    assert refused(engine, texts) == {"impossible date"}


def test_what_is_no_date_is_refused_as_such(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["soon", "Q1 2024", "12", "1.5", "2024", "10:15", "31/03", "Monday - 13th Jan", "=NOW()"]
    assert refused(engine, texts) == {"not a date"}


def test_years_no_report_could_show_are_refused(engine: duckdb.DuckDBPyConnection) -> None:
    texts = ["9999-12-31", "0001-01-01", "1899-12-31", "2201-01-01", "01/01/0001"]
    assert refused(engine, texts) == {"year outside 1900 to 2200"}


def test_times_without_an_offset_are_of_the_zone(engine: duckdb.DuckDBPyConnection) -> None:
    expected = {
        "31/03/2024 10:15": (10, 15, 0),
        "31/03/2024 10:15:30": (10, 15, 30),
        "31/03/2024, 22:15": (22, 15, 0),
        "31.03.2024 10.15.30": (10, 15, 30),
        "31/3/2024": (0, 0, 0),
        "31/03/2024 10:15 PM": (22, 15, 0),
        "31/03/2024 12:15 AM": (0, 15, 0),
        "31/03/2024 12:15 pm": (12, 15, 0),
        "31/03/2024 10:15:30 p. m.": (22, 15, 30),
        "31 марта 2024 г., 10:15": (10, 15, 0),
        "31/03/2024 5 PM": (17, 0, 0),
        "2024-03-31T10:15:00": (10, 15, 0),
        "45382.5": (12, 0, 0),
        "Mar 31, 2024 5:07 PM": (17, 7, 0),
        "2024-03-31 2:20:51": (2, 20, 51),
    }
    zone = ZoneInfo(NEW_YORK)
    assert as_instants(engine, list(expected)) == {
        text: datetime(2024, 3, 31, *time, tzinfo=zone) for text, time in expected.items()
    }


def test_times_with_an_offset_are_that_moment(engine: duckdb.DuckDBPyConnection) -> None:
    texts = [
        "2024-03-31T14:15:00Z",
        "2024-03-31 14:15:00 UTC",
        "2024-03-31T14:15:00.000+0000",
        "2024-03-31T16:15:00+02:00",
        "2024-03-31 16:15:00 +02",
        "31/03/2024 16:15 +02:00",
        "31/03/2024 14:15:00 GMT",
        "1711894500",
        "1711894500000",
        "2024-03-31 16:15:00 Europe/Madrid",
    ]
    assert as_instants(engine, texts) == dict.fromkeys(texts, datetime(2024, 3, 31, 14, 15, tzinfo=UTC))


def test_a_date_alone_is_local_midnight_even_where_that_hour_does_not_exist(engine: duckdb.DuckDBPyConnection) -> None:
    assert as_instants(engine, ["2024-07-01"]) == {"2024-07-01": datetime(2024, 7, 1, 4, tzinfo=UTC)}
    # Clocks in São Paulo went from 23:59 to 01:00 on this day.
    found = as_instants(engine, ["2018-11-04"], "America/Sao_Paulo")
    assert found == {"2018-11-04": datetime(2018, 11, 4, 3, tzinfo=UTC)}


def test_a_date_column_takes_the_local_day_of_a_time_but_midnight_is_a_date(engine: duckdb.DuckDBPyConnection) -> None:
    expected = {
        "2024-04-01T02:00:00Z": date(2024, 3, 31),
        "2024-04-01T00:00:00Z": date(2024, 4, 1),
        "2024-04-01 23:59": date(2024, 4, 1),
    }
    assert as_dates(engine, list(expected)) == expected


def test_a_stated_format_is_read_and_iso_beside_it(engine: duckdb.DuckDBPyConnection) -> None:
    read = moments.cast_format("t", "%d-%m-%Y %H:%M:%S", "instant", "UTC")
    assert value(engine, read, "05-01-2024 07:08:09") == datetime(2024, 1, 5, 7, 8, 9, tzinfo=UTC)
    assert value(engine, read, "2024-01-05") is None
    assert value(engine, moments.cast_iso("t", "instant", "UTC"), "2024-01-05") == datetime(2024, 1, 5, tzinfo=UTC)
    offset = moments.cast_format("t", "%Y-%m-%dT%H:%M:%S%z", "instant", NEW_YORK)
    assert value(engine, offset, "2024-01-05T00:00:00+0200") == datetime(2024, 1, 4, 22, tzinfo=UTC)


def test_seconds_since_1970(engine: duckdb.DuckDBPyConnection) -> None:
    assert value(engine, moments.cast_epoch("t", 1_000_000, "instant", NEW_YORK), "0") == datetime(
        1970, 1, 1, tzinfo=UTC
    )
    assert value(engine, moments.cast_epoch("t", 1_000, "date", NEW_YORK), "0") == date(1969, 12, 31)
    assert value(engine, moments.cast_epoch("t", 1_000, "date", NEW_YORK), "x") is None


def test_calendar_time_is_added_by_the_local_calendar(engine: duckdb.DuckDBPyConnection) -> None:
    day = moments.shifted("t::DATE", Shift(months=3, days=-1), "date", NEW_YORK)
    assert value(engine, day, "2022-05-30") == date(2022, 8, 29)
    across = moments.shifted("t::TIMESTAMPTZ", Shift(days=1), "instant", NEW_YORK)
    # The night of 10 March 2024 had 23 hours in New York.
    assert value(engine, across, "2024-03-09 17:00:00+00") == datetime(2024, 3, 10, 16, tzinfo=UTC)


FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y, %H:%M:%S",
    "%d %B %Y %H:%M:%S",
    "%B %d, %Y %I:%M:%S %p",
    "%Y%m%d%H%M%S",
    "%d/%m/%Y %I:%M:%S %p",
)


@settings(deadline=None, max_examples=15)
@given(
    moments_written=st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), min_size=1, max_size=20),
    form=st.sampled_from(FORMS),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Bogota"]),
)
def test_what_strftime_writes_is_read_back(
    engine: duckdb.DuckDBPyConnection, moments_written: list[datetime], form: str, zone: str
) -> None:
    expected = {}
    for moment in moments_written:
        whole = moment.replace(microsecond=0)
        expected[whole.strftime(form)] = whole.replace(tzinfo=ZoneInfo(zone))
    assert as_instants(engine, list(expected), zone) == expected


@pytest.mark.parametrize("kind", ["date", "instant"])
@pytest.mark.parametrize("zone", ["UTC", NEW_YORK, "Asia/Kolkata", "Pacific/Auckland"])
def test_sure_instants_in_utc_are_what_any_others_are(
    engine: duckdb.DuckDBPyConnection, kind: Literal["date", "instant"], zone: str
) -> None:
    texts = [
        "1900-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2024-03-10T06:59:59.999Z", "2024-03-10T07:00:00.000Z",
        "2024-11-03T05:30:00Z", "2024-06-30T00:00:00.000Z", "2024-06-30 00:00:00.001Z", "2200-12-31T23:59:59.999Z",
    ]  # fmt: skip
    for text in texts:
        sure = value(engine, moments.cast_sure("t", kind, zone, utc=True), text)
        assert sure is not None
        assert sure == value(engine, moments.cast("t", kind, zone, zoned=True), text)
