"""Choices of a reader that no figure knows are refused, never taken for the default."""

from __future__ import annotations

import pytest

from connector.errors import QueryError
from connector.metrics.evaluate import evaluate
from connector.model.query import Query
from tests.metrics.memory import NOW, MemoryReader


@pytest.mark.parametrize(
    ("name", "value", "says"), [("cycle_start", "leed", "lead or deal"), ("include_lost", "yes", "0 or 1")]
)
def test_a_choice_of_the_sales_cycle_that_is_none_is_refused_by_name(name: str, value: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        evaluate(MemoryReader(), Query(("sales_cycle_avg",), parameters={name: value}), NOW)
    assert caught.value.place == f"parameter {name}"
    assert says in caught.value.remedy
