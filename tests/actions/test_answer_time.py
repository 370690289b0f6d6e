"""The time for an answer ends what is done with its rows, however many they are and whatever is asked of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from connector.actions import odata_conditions
from connector.actions.answer_cache import AnswerCache
from connector.actions.looker import GROUP, ChartRequest, chart_answer
from connector.actions.looker_fields import Source
from connector.actions.odata import FeedRequest, rows_of
from connector.actions.odata_feeds import FeedChoice
from connector.actions.odata_question import ROWS_AT_ONCE
from connector.deliver.looker.packed import packed
from connector.deliver.odata.syntax import parse_filter, parse_orderby
from connector.errors import QueryError
from connector.metrics.report_types import report_type
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

ROWS = 4_000
LATE = "The time is up."


@dataclass
class Timed(MemoryReader):
    """Its clock is moved by hand and by each look at it; ``limit`` is the moment at which the time is up."""

    now: float = 0.0
    a_look: float = 0.0
    limit: float = float("inf")
    looks: int = 0

    def check_time(self) -> None:
        self.looks += 1
        self.now += self.a_look
        if self.now >= self.limit:
            raise QueryError(LATE)

    def filled(self) -> Timed:
        """Won deals of ROWS names."""
        self.make("deal")
        self.connection.execute(
            "INSERT INTO deal (id, name, status, amount, currency, created_at, closed_at, is_deleted)"
            " SELECT 'd' || i, 'Deal ' || i, 'won', i, 'USD', TIMESTAMPTZ '2024-01-10 12:00:00+00',"
            f" TIMESTAMPTZ '2024-03-10 12:00:00+00', false FROM range({ROWS}) t(i)"
        )
        self._describe("deal")
        return self


def timed(**times: float) -> Timed:
    return Timed(Profile(currency="USD"), **times).filled()


def feed(reader: Timed, text: str = "", order: str = "", **more: Any) -> int:
    tree = parse_filter(text, {}) if text else None
    more = {"select": ("deal", "total_sales")} | more
    asked = FeedRequest("sales", FeedChoice("en"), filter=tree, order=parse_orderby(order) if order else (), **more)
    return rows_of(reader, "state", 1, asked, NOW, AnswerCache(lambda: 0.0, 0)).kept


def test_many_conditions_on_many_rows_end_a_little_after_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, terms, a_term, limit = timed(), 60, 0.001, 30.0
    plain = odata_conditions.FUNCTIONS["length"]

    def slow(text: str) -> Any:
        reader.now += a_term
        return plain.compute(text)

    monkeypatch.setitem(odata_conditions.FUNCTIONS, "length", replace(plain, compute=slow))
    text = " or ".join(f"length(deal) add total_sales eq {number}.5" for number in range(terms))
    assert feed(reader, text) == 0
    assert reader.now == pytest.approx(ROWS * terms * a_term), "each condition is computed for each row"
    reader.now, reader.limit = 0.0, limit
    with pytest.raises(QueryError, match=LATE):
        feed(reader, text)
    assert limit <= reader.now <= limit + ROWS_AT_ONCE * terms * a_term


def test_every_part_of_the_work_on_a_feed_looks_at_the_clock() -> None:
    def looks(**asked: Any) -> int:
        reader = timed()
        assert feed(reader, **asked) == asked.get("top", ROWS)
        return reader.looks

    plain, sorted_once = looks(), looks(order="deal")
    assert plain >= looks(top=1) + ROWS / 1_000 - 1, "while the lines are written"
    assert looks(select=("row_id", "deal", "total_sales")) >= plain + ROWS / ROWS_AT_ONCE
    assert sorted_once >= plain + ROWS / ROWS_AT_ONCE
    assert looks(order="deal,total_sales,deal") >= sorted_once + 2


def test_wherever_the_time_ends_there_is_no_answer() -> None:
    asked: dict[str, Any] = {"text": "length(deal) gt 0", "order": "deal", "select": ("row_id", "deal", "total_sales")}
    reader = timed(a_look=1.0)
    feed(reader, **asked)
    for limit in range(1, reader.looks + 1, 9):
        reader.now, reader.limit = 0.0, limit
        with pytest.raises(QueryError, match=LATE):
            feed(reader, **asked)
        assert reader.now == limit
    reader.now, reader.limit = 0.0, reader.limit * 1_000
    assert feed(reader, **asked) == ROWS


def test_the_rows_of_a_chart_end_with_the_time() -> None:
    fields = ("deal", "total_sales")
    asked = ChartRequest(
        Source(report_type("sales"), "en", "", ""), fields, first_day=date(2024, 1, 1), last_day=date(2024, 12, 31)
    )
    reader = timed(a_look=1.0)
    answer = chart_answer(reader, asked, NOW)
    before = reader.looks
    packed(answer.fields, answer.rows, filters_applied=True)
    assert reader.looks == before + -(-ROWS // GROUP)

    reader.now, reader.limit = 0.0, before + 2
    answer, taken = chart_answer(reader, asked, NOW), []
    with pytest.raises(QueryError, match=LATE):
        packed(answer.fields, (taken.append(row) or row for row in answer.rows), filters_applied=True)
    assert len(taken) == GROUP
