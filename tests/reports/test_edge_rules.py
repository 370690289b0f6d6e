"""Choices of a reader that no figure knows are refused, never taken for the default."""

from __future__ import annotations

import pytest

from connector.errors import QueryError, UnknownName
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


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"funel_mode": "visited"}, "There is no parameter 'funel_mode'"),
        ({"forecast_haircut": "2"}, "'2' is no fitting number"),
        ({"forecast_haircut": "20%"}, "'20%' is no fitting number"),
        ({"cycle_cut_days": "abc"}, "'abc' is no fitting number"),
        ({"conversion_mode": "cohorts"}, "'cohorts' is no conversion_mode"),
    ],
)
def test_a_parameter_that_nothing_reads_or_that_makes_no_sense_is_refused(
    parameters: dict[str, str], said: str
) -> None:
    """A misspelt parameter must not give the default figures unasked."""
    with pytest.raises((QueryError, UnknownName)) as caught:
        evaluate(MemoryReader(), Query(("total_sales",), parameters=parameters), NOW)
    assert said in str(caught.value).replace("“", "'").replace("”", "'").replace('"', "'")
    assert caught.value.remedy


@pytest.mark.parametrize("code", ["eur", "eur1", "E'R", "EURO"])
def test_a_currency_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(QueryError, match="is no currency"):
        evaluate(MemoryReader(), Query(("total_sales",), currency=code), NOW)
