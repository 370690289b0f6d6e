"""What a column says of itself: whether its rows add up to the total, and of what it is a share."""

from __future__ import annotations

from connector.metrics.evaluate import evaluate
from connector.model.query import Query
from tests.metrics.memory import NOW
from tests.metrics.worlds import reader_of


def columns(metrics: tuple[str, ...], dimension: str, compare: bool = False) -> dict[str, tuple[bool, str]]:
    query = Query(metrics, (dimension,), date_range="this_month", compare="previous_period" if compare else None)
    found = evaluate(reader_of(1), query, NOW).columns
    return {column.id: (column.adds, column.share_of) for column in found if column.role != "dimension"}


def test_flows_add_up_and_so_do_their_comparisons() -> None:
    assert columns(("total_sales", "win_rate"), "owner", compare=True) == {
        "total_sales": (True, ""), "total_sales__comparison": (True, ""), "total_sales__change": (False, ""),
        "win_rate": (False, ""), "win_rate__comparison": (False, ""), "win_rate__change": (False, ""),
    }  # fmt: skip


def test_stocks_add_up_over_people_and_stages_and_not_over_time() -> None:
    assert columns(("pipeline_value",), "owner") == {"pipeline_value": (True, "")}
    assert columns(("pipeline_value",), "expected_close_date") == {"pipeline_value": (True, "")}
    assert columns(("pipeline_value",), "month") == {"pipeline_value": (False, "")}


def test_a_share_names_the_metric_it_is_a_part_of() -> None:
    own = "half=@total_sales / 2"
    assert columns(("sales_share", "deal_size_index", own), "owner") == {
        "sales_share": (False, "total_sales"), "deal_size_index": (False, ""), "half": (False, ""),
    }  # fmt: skip
