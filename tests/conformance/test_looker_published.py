"""What others have published about the Maven CRM data, shown by charts of Looker Studio over HTTP.

A figure that no field holds is put together from fields as a person would by a calculated field in the chart.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.conformance.conftest import NOW, Dataset, Load
from tests.looker.charts import Chart
from tests.looker.endpoint import Endpoint, endpoint

pytestmark = pytest.mark.conformance
FILES = ("accounts", "products", "sales_pipeline", "sales_teams")
FIRST, LAST = "2016-10-01", "2026-11-30"
"""To the day of the chart, so that open deals are those that are open now."""
RESULTS = ("deals_won", "deals_lost", "open_opportunities")
PRICE = "deal__own__list_5f_price"
Rows = dict[str, list[Any]]


@pytest.fixture(scope="module")
def maven(load: Load) -> Dataset:
    return load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))


@pytest.fixture(scope="module")
def looker(maven: Dataset) -> Iterator[Endpoint]:
    with endpoint(maven.store, maven.name, NOW) as running:
        yield running


def show(looker: Endpoint, dimensions: str, metrics: Iterable[str], **more: Any) -> dict[Any, list[Any]]:
    """Rows of a chart in which something happened, by their dimension, or by a tuple of several."""
    names = tuple(dimensions.split())
    found = looker.show(Chart(names, tuple(metrics), FIRST, LAST, **more)).figures
    kept = {key: values for key, values in found.items() if any(values)}
    return {key[0] if len(names) == 1 else key: values for key, values in kept.items()}


def published(maven: Dataset, name: str, *places: int) -> Rows:
    """Columns of a reference answer by its first."""
    return {row[0]: [row[place] for place in places] for row in maven.expected(name)}


def check(found: dict[Any, list[Any]], wanted: Rows) -> None:
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        assert [float(value) for value in found[key]] == pytest.approx([float(v) for v in values], abs=5e-7), key


def test_stages(looker: Endpoint, maven: Dataset) -> None:
    """Deals that nobody has engaged yet have no day of creation; they are among the open ones alone."""
    shown = show(looker, "stage", ("deals_created", "open_opportunities"))
    check({stage: [max(values)] for stage, values in shown.items()}, published(maven, "stage_counts", 1))


def test_totals(looker: Endpoint, maven: Dataset) -> None:
    (row,) = show(looker, "", ("total_sales", "deals_won", "avg_deal_size")).values()
    largest = max(values[0] for values in show(looker, "deal", ("total_sales",)).values())
    check({"all": [*row, largest]}, {"all": maven.expected("won_totals")[0]})


def test_agents(looker: Endpoint, maven: Dataset) -> None:
    shown = show(looker, "owner", (*RESULTS, "total_sales", "win_rate", "avg_deal_size", "sales_cycle_avg"))
    found = {
        agent: [sales, won, lost, won + lost + left, 100 * rate, 100 * won / (won + lost + left), size, days,
                sales / (won + lost)]
        for agent, (won, lost, left, sales, rate, size, days) in shown.items()
    }  # fmt: skip
    check(found, published(maven, "by_agent", *range(1, 10)))


def test_products(looker: Endpoint, maven: Dataset) -> None:
    shown = show(looker, "product", ("deals_won", "deals_lost", "win_rate", "total_sales", "sales_cycle_avg"))
    found = {name: [won, lost, 100 * rate, *others] for name, (won, lost, rate, *others) in shown.items()}
    check(found, published(maven, "by_product", 1, 2, 3, 4, 5))


def test_offices(looker: Endpoint, maven: Dataset) -> None:
    shown = show(looker, "branch", (*RESULTS, "win_rate", "total_sales", "avg_deal_size"))
    found = {
        office: [won + lost + left, won, won + lost, 100 * rate, *others]
        for office, (won, lost, left, rate, *others) in shown.items()
    }
    check(found, published(maven, "by_region", 1, 2, 3, 4, 5, 6))


def test_quarters_and_the_change_on_the_one_before(looker: Endpoint, maven: Dataset) -> None:
    shown = show(looker, "quarter", ("total_sales", "deals_won"))
    sales = {quarter: values[0] for quarter, values in sorted(shown.items())}
    changes = [100 * (now / before - 1) for before, now in zip(sales.values(), list(sales.values())[1:], strict=False)]
    wanted = {f"{row[0][:4]}{(int(row[0][5:7]) + 2) // 3}": row[1:] for row in maven.expected("revenue_by_quarter")}
    check(shown, {quarter: row[:2] for quarter, row in wanted.items()})
    assert changes == pytest.approx([row[2] for row in wanted.values()][1:], abs=5e-7)


def test_months(looker: Endpoint, maven: Dataset) -> None:
    wanted = {row[0][:7].replace("-", ""): row[1:] for row in maven.expected("monthly")}
    days = ("deals_won", "deals_lost", "total_sales")
    check(show(looker, "month", days), wanted)
    added = show(looker, "date", days, coarser=True)  # a chart by day whose owner shows it by month
    check(added, wanted)


def test_the_cycle_of_won_deals(looker: Endpoint, maven: Dataset) -> None:
    names = ("sales_cycle_avg", "sales_cycle_median", "sales_cycle_low", "sales_cycle_high")
    (row,) = show(looker, "", names).values()
    check({"Won": row}, {"Won": published(maven, "sales_cycle", 1, 2, 3, 4)["Won"]})


def test_the_cycle_by_month_of_engagement(looker: Endpoint, maven: Dataset) -> None:
    """Averages of days are made up to those of months from what they consist of."""
    shown = show(looker, "created_date", ("sales_cycle_avg", "deals_won"), coarser=True)
    wanted = {row[0].replace("-", ""): row[1:] for row in maven.expected("cycle_by_engage_month")}
    check(shown, {month: row[:2] for month, row in wanted.items() if row[1]})
    for month, (_, _, still_open) in wanted.items():
        days = {"fieldName": "created_date", "operator": "BETWEEN", "values": days_of(month), "type": "INCLUDE"}
        chart = show(looker, "", ("open_opportunities",), filters=((days,),))
        assert sum(values[0] for values in chart.values()) == still_open, month


def days_of(month: str) -> list[str]:
    """The first and the last day of a month, as Looker Studio writes days."""
    return [f"{month}01", f"{month}{monthrange(int(month[:4]), int(month[4:]))[1]}"]


def test_the_open_pipeline_at_list_price(looker: Endpoint, maven: Dataset) -> None:
    wanted = published(maven, "open_pipeline", 1, 2, 3, 4)
    found = {stage: [0, Decimal(0), 0, 0] for stage in wanted}
    for (stage, price), (count,) in show(looker, f"stage {PRICE}", ("open_opportunities",)).items():
        found[stage][0] += count
        found[stage][1] += count * Decimal(price)
    for place, dimension in ((2, "account"), (3, "created_date")):
        nothing = {"fieldName": dimension, "operator": "IS_NULL", "values": [], "type": "INCLUDE"}
        for stage, (count,) in show(looker, "stage", ("open_opportunities",), filters=((nothing,),)).items():
            found[stage][place] = count
    check(found, wanted)


def test_the_whole_pipeline_at_list_price(looker: Endpoint, maven: Dataset) -> None:
    by_price = [
        (Decimal(price), *values) for price, values in show(looker, PRICE, (*RESULTS, "total_sales")).items()
    ]  # fmt: skip
    every = sum(price * int(won + lost + left) for price, won, lost, left, _ in by_price)
    lost_at_list = sum(price * int(lost) for price, _, lost, _, _ in by_price)
    sales = sum(row[-1] for row in by_price)
    beside = [sold - float(price) for (_, price), (sold,) in show(looker, f"deal {PRICE}", ("total_sales",)).items()]
    found = [
        every, lost_at_list, sales, 100 * sales / float(every), sum(each for each in beside if each < 0),
        sum(each for each in beside if each > 0),
    ]  # fmt: skip
    check({"all": found}, {"all": maven.expected("pipeline_at_list")[0]})


def test_missing_values(looker: Endpoint, maven: Dataset) -> None:
    (wanted,) = maven.expected("data_quality")
    found = show(looker, "dq_field", ("missing_fields",))
    check(found, {"Customer / company": wanted[:1], "Created on": wanted[1:2], "Amount": wanted[3:4]})
