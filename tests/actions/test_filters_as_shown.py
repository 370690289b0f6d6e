"""Where other programs filter what they are shown, a name is a name: no key stands for it, no word for no value."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Final

import pytest

from connector.actions.answer_cache import AnswerCache
from connector.actions.looker import ChartRequest, chart_answer
from connector.actions.looker_fields import Source
from connector.actions.looker_filters import LookerFilter, LookerOperator
from connector.actions.odata import FeedRequest, rows_of
from connector.actions.odata_feeds import FeedChoice
from connector.deliver.odata.payload import Frame, page
from connector.deliver.odata.syntax import parse_filter
from connector.metrics.evaluate import evaluate
from connector.metrics.report_types import report_type
from connector.model.filter_text import parse_filters
from connector.model.query import Query
from tests.metrics.memory import NOW, MemoryReader

NO_OWNER: Final = "(unassigned)"
OWNERS: Final = {"o1": "Ana", "o2": "o1", "o3": NO_OWNER, "7": "40", "o5": None}
"""The second bears the key of the first for a name; the third the word for nobody; the last is shown by the key."""
SHOWN: Final = frozenset({"Ana", "o1", NO_OWNER, "40", "o5", None})
CASES: Final[list[tuple[LookerOperator, tuple[str, ...], str, set[str | None]]]] = [
    ("EQUALS", ("o1",), "owner eq 'o1'", {"o1"}),
    ("EQUALS", ("o2",), "owner eq 'o2'", set()),
    ("EQUALS", ("o5",), "owner eq 'o5'", {"o5"}),
    ("EQUALS", (NO_OWNER,), f"owner eq '{NO_OWNER}'", {NO_OWNER}),
    ("IN_LIST", ("Ana", "7", NO_OWNER), f"owner in ('Ana','7','{NO_OWNER}')", {"Ana", NO_OWNER}),
    ("IS_NULL", (), "owner eq null", {None}),
]


@pytest.fixture(scope="module")
def reader() -> MemoryReader:
    reader = MemoryReader()
    for number, (key, name) in enumerate([*OWNERS.items(), (None, None)]):
        if key is not None:
            reader.add("owner", {"id": key, "name": name, "is_active": True})
        won = datetime(2024, 3, 1, tzinfo=UTC)
        deal = {"id": f"d{number}", "owner_id": key, "status": "won", "created_at": won, "closed_at": won, "amount": 1}
        reader.add("deal", deal)
    return reader


def charted(reader: MemoryReader, only: LookerFilter) -> set[object]:
    source = Source(report_type("everything"), "en", "", "")
    days = (date(2024, 1, 1), date(2024, 5, 1))
    answer = chart_answer(reader, ChartRequest(source, ("owner", "deals_won"), frozenset(), ((only,),), *days), NOW)
    assert answer.filters_applied
    return {row[0] for row in answer.rows}


@pytest.mark.parametrize(("operator", "values", "_", "owners"), CASES)
def test_a_chart_is_filtered_by_what_it_shows(
    reader: MemoryReader, operator: LookerOperator, values: tuple[str, ...], _: str, owners: set[str | None]
) -> None:
    assert charted(reader, LookerFilter("owner", operator, values)) == owners
    assert charted(reader, LookerFilter("owner", operator, values, is_exclude=True)) == SHOWN - owners


def test_a_number_is_compared_with_the_name(reader: MemoryReader) -> None:
    assert charted(reader, LookerFilter("owner", "NUMERIC_GREATER_THAN", ("20",))) == {"40"}
    assert charted(reader, LookerFilter("owner", "BETWEEN", ("5", "9"))) == set()


@pytest.mark.parametrize(("_", "__", "text", "owners"), CASES)
def test_a_feed_is_filtered_by_what_it_holds(
    reader: MemoryReader, _: str, __: tuple[str, ...], text: str, owners: set[str | None]
) -> None:
    asked = FeedRequest("sales", FeedChoice("en"), ("owner", "deals_won"), parse_filter(text, {}), ())
    found = rows_of(reader, "state", 1, asked, NOW, AnswerCache(lambda: 0.0, 0))
    body = b"".join(page(found.packed, 0, found.kept, Frame("c"), asked.form))
    assert {row["owner"] for row in json.loads(body)["value"]} == owners


def test_a_question_takes_keys_and_words_as_well(reader: MemoryReader) -> None:
    for text, count in (("owner = o2", 1), ("owner = o1", 2), (f"owner = {NO_OWNER!r}", 1)):
        asked = Query(("deals_won",), (), parse_filters((text,)))
        assert evaluate(reader, asked, NOW).rows == ((count,),), text
