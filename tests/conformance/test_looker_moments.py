"""Random charts of Looker Studio over HTTP, on moments with a time of day, in other time zones and currencies.

Every chart must equal what plain Python gives for it straight from the tables that were imported: filters of all eleven
operators, joined by AND and OR, on what is shown; days, weeks and hours by the clock of the zone; amounts at the rate
of the day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from statistics import mean, median
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from connector.actions.import_files import ImportRequest, import_files
from connector.store.store import Store
from tests.conformance.conftest import NOW
from tests.looker.charts import Chart
from tests.looker.endpoint import Endpoint, endpoint
from tests.looker.moments import HOME, ZONES, Tables, company, write

pytestmark = pytest.mark.conformance
CHARTS: Final = 240
SEED: Final = 20261122
REPORTS: Final = ("EUR", "USD")
OWN: Final = {
    "deal__own__signed": "signed", "deal__own__due": "due", "deal__own__score": "score", "deal__own__vip": "vip",
    "deal__own__code": "code",
}  # fmt: skip
DAYS: Final = ("created_date", "close_date", "deal__own__signed", "deal__own__due")
TEXTS: Final = ("owner", "industry", "currency", "deal_status", "deal__own__score", "deal__own__code")
DIMENSIONS: Final = (*TEXTS, *DAYS, "deal__own__vip")
AXES: Final = ("date", "week", "month", "quarter", "year", "day_of_week", "hour_of_day")
ADDING: Final = ("total_sales", "deals_won", "deals_lost", "deals_created", "win_rate", "avg_deal_size")
METRICS: Final = (*ADDING, "sales_cycle_avg", "sales_cycle_median")
LISTED: Final = ("EQUALS", "IN_LIST", "IS_NULL")
PATTERNS: Final = ("CONTAINS", "REGEXP_PARTIAL_MATCH", "REGEXP_EXACT_MATCH")
NUMERIC: Final = (
    "BETWEEN", "NUMERIC_GREATER_THAN", "NUMERIC_GREATER_THAN_OR_EQUAL", "NUMERIC_LESS_THAN",
    "NUMERIC_LESS_THAN_OR_EQUAL",
)  # fmt: skip
OPERATORS: Final = (*LISTED, *PATTERNS, *NUMERIC)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return company(SEED)


@pytest.fixture(scope="module")
def looker(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("moments")
    store = Store(folder / "store", memory_limit="256MB", threads=1)
    request = ImportRequest("moments", write(tables, folder), folder / "moments.yaml")
    import_files(store, request, NOW, lambda _: False)
    with endpoint(store, "moments", NOW) as running:
        yield running
    store.close()


# -- what has to come out


@dataclass(frozen=True)
class View:
    """The deals as they are shown in a time zone and a currency: ``rows`` by the moment that places them in time."""

    rows: dict[str, list[Row]]

    def values(self, name: str) -> list[str]:
        """Every value of a dimension, as filters write it."""
        return sorted({text(row[name]) for row in self.rows["closed"] if row[name] is not None})


def view(tables: Tables, zone: str, currency: str) -> View:
    """Return the deals with every dimension as Looker Studio has it, by the clock of ``zone``."""
    names = {row["id"]: row["name"] or row["id"] for row in tables["owners"]}
    sectors = {row["id"]: row["sector"] for row in tables["accounts"]}
    rates = Rates(tables)
    rows: dict[str, list[Row]] = {"created": [], "closed": []}
    for deal in tables["deals"]:
        moments = {
            name: deal[name] and deal[name].astimezone(ZoneInfo(zone)) for name in ("created", "closed", "signed")
        }
        days = {name: moment and f"{moment:%Y%m%d}" for name, moment in moments.items()}
        row = {
            "stage": deal["stage"], "deal_status": deal["stage"].lower(), "owner": names.get(deal["owner"]),
            "industry": sectors.get(deal["account"]) or None, "currency": deal["currency"],
            "created_date": days["created"], "close_date": days["closed"], "deal__own__signed": days["signed"],
            "deal__own__due": deal["due"] and f"{deal['due']:%Y%m%d}", "deal__own__vip": deal["vip"],
            "deal__own__score": None if deal["score"] is None else str(float(deal["score"])),
            "deal__own__code": deal["code"], "worth": None, "cycle": None,
        }  # fmt: skip
        if deal["closed"]:
            row["cycle"] = (deal["closed"] - deal["created"]) / timedelta(days=1)
            if deal["amount"] is not None:
                of_day = rates.rate(deal["currency"], currency, moments["closed"].date())
                row["worth"] = round(deal["amount"] * of_day, 4)
        for anchor, placed in rows.items():
            if moments[anchor]:
                placed.append(row | {axis: written(moments[anchor], axis) for axis in AXES})
    return View(rows)


def written(moment: datetime, axis: str) -> str:
    """Weeks begin on Sunday and are called by the ISO week of their Monday."""
    if axis == "week":
        year, week, _ = (moment.date() + timedelta(days=moment.weekday() == 6)).isocalendar()
        return f"{year}{week:02}"
    if axis == "quarter":
        return f"{moment.year}{(moment.month + 2) // 3}"
    pattern = {"date": "%Y%m%d", "month": "%Y%m", "year": "%Y", "day_of_week": "%w", "hour_of_day": "%H"}[axis]
    return moment.strftime(pattern)


class Rates:
    """The latest rate that is not after a day: as stored, else turned round, else through a third currency."""

    def __init__(self, tables: Tables) -> None:
        self._known: dict[tuple[str, str], list[tuple[date, float]]] = {}
        for row in tables["rates"]:
            self._known.setdefault((row["from"], row["to"]), []).append((row["day"], row["rate"]))

    def rate(self, one: str, other: str, day: date) -> float:
        if one == other:
            return 1.0
        direct = self._leg(one, other, day)
        if direct is not None:
            return direct
        legs = [(self._leg(one, third, day), self._leg(third, other, day)) for third in REPORTS]
        (found,) = [first * second for first, second in legs if first is not None and second is not None]
        return found

    def _leg(self, one: str, other: str, day: date) -> float | None:
        known = {pair: [rate for when, rate in rates if when <= day] for pair, rates in self._known.items()}
        if (one, other) in known:
            return known[one, other][-1]
        return 1 / known[other, one][-1] if (other, one) in known else None


def expected(data: View, chart: Chart) -> dict[Any, list[Any]]:
    """Return a chart from the deals: each metric by the moment it belongs to."""
    found: dict[Any, dict[str, Any]] = {}
    first, last = chart.first.replace("-", ""), chart.last.replace("-", "")
    for metric in chart.metrics:
        grouped: dict[tuple[Any, ...], list[Row]] = {}
        for row in data.rows["created" if metric == "deals_created" else "closed"]:
            if first <= row["date"] <= last and all(any(holds(each, row) for each in some) for some in chart.filters):
                key = tuple(shown_as(row[name], name, coarser=chart.coarser) for name in chart.dimensions)
                grouped.setdefault(key, []).append(row)
        for key, members in grouped.items():
            found.setdefault(key, {})[metric] = figure_of(metric, members)
    return {key: [values.get(metric) for metric in chart.metrics] for key, values in found.items()}


def shown_as(value: Any, name: str, *, coarser: bool) -> Any:
    return value[:6] if coarser and value and name in (*DAYS, "date") else value


def figure_of(metric: str, rows: list[Row]) -> float | None:
    won = [row for row in rows if row["stage"] == "Won"]
    lost = [row for row in rows if row["stage"] == "Lost"]
    worth = [row["worth"] for row in won if row["worth"] is not None]
    cycles = [row["cycle"] for row in won]
    if metric == "win_rate":
        return len(won) / (len(won) + len(lost)) if won or lost else None
    if metric in ("sales_cycle_avg", "sales_cycle_median"):
        return (mean if metric.endswith("avg") else median)(cycles) if won else None
    if metric == "avg_deal_size":
        return sum(worth) / len(worth) if worth else None
    counts = {"deals_won": len(won), "deals_lost": len(lost), "deals_created": len(rows), "total_sales": sum(worth)}
    return counts[metric]


def holds(condition: dict[str, Any], row: Row) -> bool:
    """Whether a row passes a condition on what is shown of it; what has no value passes only what excludes."""
    value, texts, operator = row[condition["fieldName"]], condition["values"], condition["operator"]
    passes = value is not None and matches(operator, text(value), texts)
    passes = value is None if operator == "IS_NULL" else passes
    return passes != (condition["type"] == "EXCLUDE")


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def matches(operator: str, shown: str, texts: list[str]) -> bool:
    if operator in NUMERIC:
        numbers = [number(each) for each in texts]
        return number(shown) is not None and compares(operator, number(shown), numbers)
    return {
        "EQUALS": lambda: shown == texts[0],
        "IN_LIST": lambda: shown in texts,
        "CONTAINS": lambda: texts[0] in shown,
        "REGEXP_PARTIAL_MATCH": lambda: re.search(texts[0], shown) is not None,
        "REGEXP_EXACT_MATCH": lambda: re.fullmatch(texts[0], shown) is not None,
    }.get(operator, lambda: False)()


def compares(operator: str, value: Any, numbers: list[Any]) -> bool:
    sign = operator.removeprefix("NUMERIC_")
    return bool(
        {
            "BETWEEN": lambda: numbers[0] <= value <= numbers[1],
            "GREATER_THAN": lambda: value > numbers[0],
            "GREATER_THAN_OR_EQUAL": lambda: value >= numbers[0],
            "LESS_THAN": lambda: value < numbers[0],
            "LESS_THAN_OR_EQUAL": lambda: value <= numbers[0],
        }[sign]()
    )


@cache
def number(shown: str) -> Decimal | None:
    return Decimal(shown) if re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", shown) else None


# -- charts


def random_condition(random: Random, data: View, axis: str, *, adds: bool) -> dict[str, Any]:
    name = random.choice((*DIMENSIONS, *TEXTS, *([axis] * 6 if axis else [])))
    known = data.values(name)
    operator = random.choice(operators(name, adds=adds))
    return {
        "fieldName": name, "operator": operator, "values": random_values(random, operator, known),
        "type": random.choice(("INCLUDE", "EXCLUDE")),
    }  # fmt: skip


def operators(name: str, *, adds: bool) -> tuple[str, ...]:
    """What a person can choose for a field; where Looker Studio may have to filter, its figures must add up."""
    if name in TEXTS:
        return OPERATORS if adds or name == "deal__own__score" else (*LISTED, *PATTERNS)
    if name in ("day_of_week", "deal__own__vip"):
        return OPERATORS if adds and name == "day_of_week" else LISTED
    return OPERATORS if adds else (*LISTED, *NUMERIC)


def random_values(random: Random, operator: str, known: list[str]) -> list[str]:
    if operator == "IS_NULL":
        return []
    if operator == "IN_LIST":
        return random.sample(known, min(len(known), random.randint(1, 4)))
    if operator in NUMERIC:
        usable = [each for each in known if number(each) is not None] or ["1", "7", "1e3", "42"]
        count = 2 if operator == "BETWEEN" else 1
        return sorted(random.choices(usable, k=count), key=lambda each: number(each) or 0)
    whole = random.choice(known)
    if operator == "EQUALS":
        return [whole]
    start = random.randrange(len(whole))
    part = whole[start : start + random.randint(1, 4)]
    if operator == "CONTAINS":
        return [random.choice((part, part.swapcase(), "nobody"))]
    return [random.choice((re.escape(part), "^" + re.escape(part), ".*" + re.escape(part) + ".*", "a|o", "[A-Z].+"))]


def random_chart(random: Random, data: View) -> Chart:
    axis = random.choice((*AXES, "", ""))
    dimensions = random.sample(DIMENSIONS, random.randint(0, 2)) + ([axis] if axis else [])
    random.shuffle(dimensions)
    adds = random.random() < 0.5
    coarser = adds and axis == "date" and random.random() < 0.4
    first = date(2018, 1, 1) + timedelta(days=random.randrange(480))
    last = first + timedelta(days=random.choice((0, 1, 6, 40, 200, 500, 500)))
    filters = tuple(
        tuple(random_condition(random, data, axis, adds=adds) for _ in range(random.randint(1, 3)))
        for _ in range(random.choice((0, 1, 1, 2, 3)))
    )
    metrics = tuple(random.sample(ADDING if adds else METRICS, random.randint(1, 3)))
    return Chart(tuple(dimensions), metrics, first.isoformat(), last.isoformat(), filters, coarser)


def filled(table: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Leave out rows in which nothing happened; a sum of nothing and nothing are alike here."""
    plain = {key: [0 if value is None else value for value in values] for key, values in table.items()}
    return {key: values for key, values in plain.items() if any(values)}


def test_random_charts_equal_the_tables(looker: Endpoint, tables: Tables, figure: Callable[[str], None]) -> None:
    random, rows, by_service, used = Random(SEED), 0, 0, set()
    views = [(zone, REPORTS[place % 2]) for place, zone in enumerate(("", *ZONES[1:]))]
    for place, (zone, currency) in enumerate(views):
        data = view(tables, zone or HOME, currency)
        source = looker.configured(time_zone=zone, currency=currency)
        for count in range(CHARTS // len(views)):
            chart = random_chart(random, data)
            answer = source.show(chart)
            found, wanted = filled(answer.figures), filled(expected(data, chart))
            assert found.keys() == wanted.keys(), (place, count, chart)
            for key, values in wanted.items():
                assert found[key] == pytest.approx(values, rel=1e-9, abs=1e-4), (place, count, chart, key)
            rows += len(wanted)
            by_service += answer.by_service
            used |= {(each["operator"], each["type"]) for group in chart.filters for each in group}
    figure(
        f"Looker Studio in {len(views)} time zones: {CHARTS} charts, {rows} rows equal, filters of {by_service} ours"
    )
    assert len(used) == 2 * len(OPERATORS)
    assert rows > 5 * CHARTS
    assert 0.5 * CHARTS < by_service < CHARTS
