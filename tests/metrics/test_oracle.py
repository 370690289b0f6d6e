"""Every answer equals an independent calculation on random workspaces (see ``oracle.py``)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from connector.metrics.evaluate import evaluate
from connector.model.filters import AllOf, AnyOf, Condition, Filter
from connector.model.query import Query
from connector.model.table import Table
from tests.metrics.oracle import AXES, DIMENSIONS, METRICS, PRODUCTS, Asked, Key, answer, fields_of, nothing, unit
from tests.metrics.worlds import SOURCES, reader_of, world

NOW = datetime(2024, 5, 16, 2, 30, tzinfo=UTC)
SEEDS = range(4)
ZONES = ("", "UTC", "Europe/Madrid", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Auckland")
BOUNDED = settings(
    max_examples=90,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)


def values_of(table: Table, dimensions: tuple[str, ...], column: str) -> dict[Key, Any]:
    """A column of a table by the keys of its rows: the id behind a name, None for an empty group."""
    place, found = table.index(column), {}
    for keys, row in zip(table.keys, table.rows, strict=True):
        key = tuple(_key(name, keys[number], row[number]) for number, name in enumerate(dimensions))
        assert key not in found, f"the group {key} stands twice"
        found[key] = row[place]
    return found


def _key(name: str, key: str | None, shown: Any) -> Any:
    if name in ("owner", "team", "account", "stage", "product"):
        return key
    return None if isinstance(shown, str) and shown.startswith("(") else shown


def assert_same(metric: str, found: dict[Key, Any], expected: dict[Key, Any], note: object) -> None:
    for key in found.keys() | expected.keys():
        got, wanted = found.get(key, nothing(metric)), expected.get(key, nothing(metric))
        if wanted is None:
            assert got is None, (metric, key, got, note)
        else:
            assert got is not None, (metric, key, wanted, note)
            assert float(got) == pytest.approx(float(wanted), rel=1e-9, abs=0.002), (metric, key, note)


def conditions() -> st.SearchStrategy[Condition]:
    names = st.sampled_from(["Ana", "Bo", "Cy", "o1", "nobody"])
    texts = st.sampled_from(["Web", "web", "Fair", "a"])
    days = st.tuples(st.dates(date(2024, 1, 1), date(2024, 6, 1)), st.integers(0, 60))
    return st.one_of(
        st.builds(lambda n, x: Condition("owner", "equals", (n,), x), names, st.booleans()),
        st.builds(lambda n, m, x: Condition("owner", "in_list", (n, m), x), names, names, st.booleans()),
        st.builds(lambda t: Condition("lead_source", "contains", (t,)), texts),
        st.builds(lambda t, x: Condition("lead_source", "starts_with", (t,), x), texts, st.booleans()),
        st.builds(lambda f, x: Condition(f, "is_null", (), x), st.sampled_from(["team", "industry"]), st.booleans()),
        st.builds(lambda n: Condition("account", "contains", (n,)), st.sampled_from(["acme 1", "a", "2"])),
        st.builds(
            lambda d: Condition(
                "created_date", "between", (d[0].isoformat(), (d[0] + timedelta(days=d[1])).isoformat())
            ),
            days,
        ),
        st.builds(lambda p, x: Condition("product", "equals", (p,), x), st.sampled_from(["One", "p2"]), st.booleans()),
        st.builds(lambda: Condition("product_category", "equals", ("X",))),
    )


def trees() -> st.SearchStrategy[Filter]:
    """Filters; a product stands only under AND, as the evaluator demands and says."""
    plain = conditions().filter(lambda c: c.field not in PRODUCTS)
    either = st.lists(plain, min_size=1, max_size=2).map(lambda parts: AnyOf(tuple(parts)))
    part = st.one_of(conditions(), either)
    return st.one_of(st.just(AllOf()), st.lists(part, min_size=1, max_size=2).map(lambda parts: AllOf(tuple(parts))))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Asked, tuple[str, ...], str]:
    metrics = tuple(draw(st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=4, unique=True)))
    common = [d for d in DIMENSIONS["deal"] if all(d in DIMENSIONS[METRICS[m].entity] for m in metrics)]
    if all(METRICS[name].kind == "flow" for name in metrics):
        common += ["day_of_week", "hour_of_day"]
    dimensions = draw(st.lists(st.sampled_from(common), max_size=3, unique=True))
    axes = [name for name in dimensions if name in AXES]
    dimensions = [name for name in dimensions if name not in axes[1:]]
    tree = draw(trees().filter(lambda t: all(f in common for f in fields_of(t))))
    first = draw(st.dates(date(2024, 1, 10), date(2024, 5, 10)))
    last = first + timedelta(days=draw(st.sampled_from([0, 6, 30, 75])))
    stocks = any(METRICS[name].kind == "stock" for name in metrics)
    everything = draw(st.booleans()) and not (axes and stocks)
    asked = Asked(
        draw(st.sampled_from(SEEDS)), NOW, tuple(dimensions), None if everything else first,
        None if everything else last, draw(st.sampled_from(ZONES)), draw(st.sampled_from(["USD", "USD", "EUR"])), tree,
    )  # fmt: skip
    return asked, metrics, "all_time" if everything else f"{first}..{last}"


def ask(asked: Asked, metrics: tuple[str, ...], token: str, **more: Any) -> Table:
    query = Query(metrics, asked.dimensions, asked.filter, token, time_zone=asked.zone, currency=asked.currency, **more)
    return evaluate(reader_of(asked.seed), query, NOW)


@BOUNDED
@given(questions())
def test_any_question_has_the_answer_of_an_independent_calculation(
    question: tuple[Asked, tuple[str, ...], str],
) -> None:
    asked, metrics, token = question
    table = ask(asked, metrics, token, totals=True)
    whole = Asked(asked.seed, NOW, (), asked.first, asked.last, asked.zone, asked.currency, asked.filter)
    assert table.totals is not None
    for metric in metrics:
        found = values_of(table, asked.dimensions, metric)
        assert_same(metric, found, answer(asked, metric), (asked, token))
        total = {(): table.totals[table.index(metric)]}
        assert_same(metric, total, answer(whole, metric), ("total", asked, token))


@settings(BOUNDED, max_examples=25)
@given(questions(), st.sampled_from(["previous_period", "previous_year"]))
def test_a_comparison_has_the_answer_of_the_days_before(question: tuple[Asked, tuple[str, ...], str], how: Any) -> None:
    asked, metrics, token = question
    dimensions = tuple(name for name in asked.dimensions if name not in AXES)
    if asked.first is None or asked.last is None:
        return
    other_first, other_last = days_before(asked.first, asked.last, asked.today, how)
    now = Asked(asked.seed, NOW, dimensions, asked.first, asked.last, asked.zone, asked.currency, asked.filter)
    then = Asked(asked.seed, NOW, dimensions, other_first, other_last, asked.zone, asked.currency, asked.filter)
    table = ask(now, metrics, token, compare=how)
    for metric in metrics:
        found = values_of(table, dimensions, f"{metric}__comparison")
        assert_same(metric, values_of(table, dimensions, metric), answer(now, metric), (now, how))
        assert_same(metric, found, answer(then, metric), (then, how))


def days_before(first: date, last: date, today: date, how: str) -> tuple[date, date]:
    """[E18] the days before, of the same number, or the same dates a year ago; cut to what has elapsed."""
    until = today if first <= today < last else last
    if how == "previous_year":
        return _year_ago(first), _year_ago(until)
    length = (last - first).days + 1
    begin = first - timedelta(days=length)
    return begin, begin + (until - first)


def _year_ago(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


@settings(BOUNDED, max_examples=25)
@given(
    st.sampled_from(SEEDS), st.sampled_from(["day", "week", "month", "quarter"]),
    st.dates(date(2024, 2, 1), date(2024, 4, 20)), st.sampled_from([20, 45, 70]), st.sampled_from(ZONES),
)  # fmt: skip
@example(0, "month", date(2024, 3, 10), 70, "Europe/Madrid")
def test_a_stock_over_time_is_the_stock_asked_at_the_end_of_each_step(
    seed: int, grain: str, first: date, length: int, zone: str
) -> None:
    axis = "date" if grain == "day" else grain
    last = first + timedelta(days=length)
    stocks = ("open_opportunities", "pipeline_value", "weighted_pipeline", "prospects")
    asked = Asked(seed, NOW, (axis,), first, last, zone)
    table = ask(asked, stocks, f"{first}..{last}")
    for row in table.rows[:: max(1, len(table.rows) // 5)]:
        begin = max(row[0], first)  # type: ignore[type-var]
        end = _end_of(asked, row[0], last)
        alone = ask(Asked(seed, NOW, (), begin, end, zone), stocks, f"{begin}..{end}")
        assert row[1:] == alone.rows[0], (row[0], begin, end)


def _end_of(asked: Asked, label: Any, last: date) -> date:
    day = label
    while day < last and unit(asked, day + timedelta(days=1), asked.dimensions[0]) == label:
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize("grain", ["week", "month", "quarter", "year"])
@pytest.mark.parametrize("token", ["2024-03-05..2024-04-18", "this_month", "last_quarter"])
@pytest.mark.parametrize("how", ["previous_period", "previous_year"])
def test_compared_steps_stand_beside_the_steps_of_the_period(grain: str, token: str, how: Any) -> None:
    """Every key is the first day of its own unit, and nothing of the comparison is lost or counted twice."""
    asked = Asked(1, NOW, (grain,))
    table = ask(asked, ("deals_created", "total_sales"), token, compare=how)
    whole = ask(Asked(1, NOW), ("deals_created", "total_sales"), token, compare=how)
    for metric in ("deals_created", "total_sales", "deals_created__comparison", "total_sales__comparison"):
        found = values_of(table, (grain,), metric)
        assert all(key == (unit(asked, key[0], grain),) for key in found), found
        assert sum(value or 0 for value in found.values()) == (whole.rows[0][whole.index(metric)] or 0)


def test_the_worlds_hold_what_the_rules_are_about() -> None:
    """A world that lost its odd cases would make every test above pass for nothing."""
    deals = [deal for seed in SEEDS for deal in world(seed).tables["deal"]]
    assert {deal["status"] for deal in deals} == {"open", "won", "lost", "unqualified"}
    assert {deal["currency"] for deal in deals} == {"USD", "EUR", "GBP", "BRL", "JPY"}
    assert {deal["source"] for deal in deals} == set(SOURCES)
    assert any(deal["amount"] is None for deal in deals)
    assert any(deal["is_deleted"] for deal in deals)
    assert any(deal["closing_owner_id"] != deal["owner_id"] for deal in deals)
    assert any(deal["closed_at"] and deal["closed_at"] < deal["created_at"] for deal in deals)
