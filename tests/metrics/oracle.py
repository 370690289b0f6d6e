"""An independent calculation of figures, in plain Python, written from the specification's text.

It knows nothing of the evaluator: no SQL, no formulas, no definitions. Rules in brackets are those of the report
catalogue. Slow and simple on purpose: every record is looked at for every question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from connector.model.filters import AllOf, AnyOf, Condition, Filter
from tests.metrics.worlds import Row, World, world

Key = tuple[Any, ...]
AXES = ("date", "week", "month", "quarter", "year", "fiscal_period")
CLOCKS = ("day_of_week", "hour_of_day")
STATUS_OF_CLOSED = ("won", "lost", "unqualified")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Asked:
    """A question in plain words: whole local days, both included; None means all of time."""

    seed: int
    now: datetime
    dimensions: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    zone: str = ""
    currency: str = "USD"
    filter: Filter = field(default_factory=AllOf)

    @property
    def world(self) -> World:
        return world(self.seed)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone or self.world.profile.time_zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.tz).date()

    def day(self, moment: datetime) -> date:
        """[E7] days are cut at local midnight of the report zone."""
        return moment.astimezone(self.tz).date()

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.tz).astimezone(UTC)

    def holds(self, day: date) -> bool:
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def as_of(self, last: date | None) -> datetime:
        """min(now, the local midnight after the last day)."""
        return self.now if last is None else min(self.now, self.midnight(last + timedelta(days=1)))

    def report_date(self, last: date | None) -> date:
        return self.today if last is None else min(self.today, last)

    def table(self, entity: str) -> dict[str, Row]:
        return {row["id"]: row for row in self.world.tables.get(entity, [])}


@dataclass(frozen=True)
class Part:
    """A record, or for deals split by product the part of it that lies in one product."""

    row: Row
    amount: Decimal | None
    product: str | None = None
    at: datetime | date | None = None
    closing: bool = False
    step: date | None = None
    report_date: date | None = None


@dataclass(frozen=True)
class Metric:
    """How a metric is calculated: which parts belong to it, and one figure from the parts of a group."""

    parts: Callable[[Asked], Iterator[Part]]
    figure: Callable[[Asked, list[Part]], Any]
    kind: str
    """flow, stock"""
    entity: str = "deal"


# --- money [E3] ---------------------------------------------------------------------------------------


def rate(asked: Asked, currency: str, day: date) -> float | None:
    if currency == asked.currency:
        return 1.0
    stored = [(r["from_currency"], r["to_currency"], r["date"], r["rate"]) for r in asked.world.tables["fx_rate"]]
    straight = [(when, value) for a, b, when, value in stored if (a, b) == (currency, asked.currency)]
    turned = [(when, 1 / value) for a, b, when, value in stored if (b, a) == (currency, asked.currency)]
    for known in (straight, turned):
        if known:
            return _latest(known, day)
    both = [(a, b, when, value) for a, b, when, value in stored]
    both += [(b, a, when, 1 / value) for a, b, when, value in stored]
    for middle in sorted({b for a, b, _, _ in both if a == currency}):
        one = _latest([(w, v) for a, b, w, v in both if (a, b) == (currency, middle)], day)
        two = _latest([(w, v) for a, b, w, v in both if (a, b) == (middle, asked.currency)], day)
        if one is not None and two is not None:
            return one * two
    return None


def _latest(known: list[tuple[date, float]], day: date) -> float | None:
    before = [(when, value) for when, value in known if when <= day]
    return max(before)[1] if before else None


def base(asked: Asked, part: Part) -> float | None:
    """The amount in the report currency, at the rate of the closing day, of the report date while open."""
    if part.amount is None:
        return None
    closed = part.row["closed_at"] if part.row["status"] != "open" else None
    day = asked.day(closed) if closed else part.report_date or asked.report_date(asked.last)
    value = rate(asked, part.row["currency"], day)
    return None if value is None else float(part.amount) * value


# --- records in time ----------------------------------------------------------------------------------


def flow(entity: str, anchor: str, test: Callable[[Row], bool] = lambda _: True) -> Callable[[Asked], Iterator[Part]]:
    """Records whose anchor lies in the period, deleted ones left out [E8]."""

    def parts(asked: Asked) -> Iterator[Part]:
        for row in asked.world.tables[entity]:
            moment = row.get(anchor)
            if row.get("is_deleted") or moment is None or not test(row) or not asked.holds(asked.day(moment)):
                continue
            yield Part(row, row.get("amount"), at=moment, closing=anchor == "closed_at")

    return parts


def steps(asked: Asked) -> list[tuple[date | None, date | None]]:
    """(label, last day) of each moment a stock is read at: the period's end, or the end of each step of the axis."""
    axis = next((name for name in asked.dimensions if name in AXES), None)
    if axis is None:
        return [(None, asked.last)]
    assert asked.first is not None
    assert asked.last is not None
    found: dict[date, date] = {}
    day = asked.first
    while day <= asked.last:
        label = unit(asked, day, axis)
        if asked.midnight(max(label, asked.first)) <= asked.now or not found:
            found[label] = day
        day += timedelta(days=1)
    return list(found.items())


def open_deals(asked: Asked) -> Iterator[Part]:
    """Deals open at a moment: now from the deals, at a past one from what was known of them [E4]."""
    has_axis = any(name in AXES for name in asked.dimensions)
    deals = asked.table("deal")
    for label, last in steps(asked):
        moment, day = asked.as_of(last), asked.report_date(last)
        rows = list(deals.values())
        if has_axis or day < asked.today:
            rows = [
                deals[v["deal_id"]] | {name: v[name] for name in v if name not in ("id", "deal_id")}
                for v in asked.world.tables["deal_history"]
                if v["valid_from"] < moment and (v.get("valid_to") is None or v["valid_to"] >= moment)
            ]
        for row in rows:
            if row["status"] == "open" and not row["is_deleted"]:
                yield Part(row, row["amount"], step=label, report_date=day)


def open_leads(asked: Asked) -> Iterator[Part]:
    for label, last in steps(asked):
        moment = asked.as_of(last)
        for row in asked.world.tables["lead"]:
            ended = [row[name] for name in ("converted_at", "disqualified_at") if row[name] is not None]
            if row["created_at"] < moment and all(end >= moment for end in ended) and not row["is_deleted"]:
                yield Part(row, None, step=label)


def split(asked: Asked, part: Part) -> list[Part]:
    """[E14] value by deal lines, what they leave under no product; the parts of a deal without amount have none."""
    lines = [
        line for line in asked.world.tables["deal_line"]
        if line["deal_id"] == part.row["id"] and not line["is_deleted"]
    ]  # fmt: skip
    held: dict[str | None, Decimal] = defaultdict(Decimal)
    for line in lines:
        held[line["product_id"]] += line["amount"]
    rest = part.amount - sum(held.values(), Decimal(0)) if part.amount is not None else None
    if not lines or rest:
        held[None] += rest or Decimal(0)
    return [
        Part(part.row, None if part.amount is None else amount, product, part.at, part.closing, part.step,
             part.report_date)
        for product, amount in held.items()
    ]  # fmt: skip


# --- dimensions ---------------------------------------------------------------------------------------


def unit(asked: Asked, day: date, axis: str) -> date:
    """First day of the calendar unit that holds a day."""
    if axis == "week":
        start = WEEKDAYS.index(asked.world.profile.week_start)
        while day.weekday() != start:
            day -= timedelta(days=1)
        return day
    if axis == "month":
        return day.replace(day=1)
    if axis == "quarter":
        return date(day.year, {1: 1, 2: 4, 3: 7, 4: 10}[(day.month + 2) // 3], 1)
    if axis == "year":
        return date(day.year, 1, 1)
    if axis == "fiscal_period":
        first = date(day.year, asked.world.profile.fiscal_year_start, 1)
        return first if day >= first else first.replace(year=day.year - 1)
    return day


def _referred(asked: Asked, entity: str, name: str | None, column: str) -> Any:
    return asked.table(entity).get(name or "", {}).get(column)


def cell(asked: Asked, part: Part, name: str) -> Any:
    """Value of a dimension for a part: an id for records, else the text, number or day."""
    row = part.row
    owner = row.get("closing_owner_id") if part.closing else row.get("owner_id")  # [E13]
    if name in AXES:
        return part.step if part.at is None else unit(asked, asked.day(_moment(part)), name)
    if name == "day_of_week":
        return asked.day(_moment(part)).isoweekday()
    if name == "hour_of_day":
        return _moment(part).astimezone(asked.tz).hour
    if name.startswith("created_date"):
        grain = name.partition(":")[2] or "date"
        return unit(asked, asked.day(row["created_at"]), grain)
    plain: dict[str, Any] = {
        "owner": owner, "account": row.get("account_id"), "lead_source": row.get("source"),
        "stage": row.get("stage_id"),
        "deal_status": row.get("status"), "deal_type": row.get("type"), "product": part.product,
        "expected_close_date": row.get("expected_close_date"),
    }  # fmt: skip
    if name in plain:
        return plain[name]
    if name == "team":
        team = _referred(asked, "owner", owner, "team_id")
        return team if team is not None else row.get("team_id")
    if name == "branch":
        return _referred(asked, "owner", owner, "branch")
    if name == "industry":
        return _referred(asked, "account", row.get("account_id"), "industry")
    if name == "product_category":
        return _referred(asked, "product", part.product, "category")
    raise KeyError(name)


def _moment(part: Part) -> datetime:
    assert isinstance(part.at, datetime)
    return part.at


REFERENCES = {"owner": "owner", "account": "account", "team": "team", "product": "product", "stage": "stage"}
PRODUCTS = ("product", "product_category")


def shown(asked: Asked, name: str, value: Any) -> str | None:
    """What a reader sees of a value: the name of the record, else the text."""
    if value is None:
        return None
    target = REFERENCES.get(name)
    return _referred(asked, target, value, "name") or str(value) if target else str(value)


def passes(asked: Asked, part: Part, tree: Filter) -> bool:
    if isinstance(tree, AllOf):
        return all(passes(asked, part, each) for each in tree.parts)
    if isinstance(tree, AnyOf):
        return any(passes(asked, part, each) for each in tree.parts)
    return _matches(asked, part, tree) != tree.exclude


def _matches(asked: Asked, part: Part, condition: Condition) -> bool:
    value = cell(asked, part, condition.field)
    text = shown(asked, condition.field, value)
    if condition.operator == "is_null":
        return value is None
    if value is None or text is None:
        return False
    if condition.operator in ("equals", "in_list"):
        return text in condition.values or str(value) in condition.values
    if condition.operator == "contains":
        return condition.values[0].lower() in text.lower()
    if condition.operator == "starts_with":
        return text.lower().startswith(condition.values[0].lower())
    assert condition.operator == "between"
    return condition.values[0] <= value.isoformat() <= condition.values[1]


# --- figures ------------------------------------------------------------------------------------------


def fields_of(tree: Filter) -> list[str]:
    return [tree.field] if isinstance(tree, Condition) else [name for part in tree.parts for name in fields_of(part)]


def groups(asked: Asked, metric: Metric) -> dict[Key, list[Part]]:
    """Parts of a metric by the cells of the dimensions; a deal stands once in each group."""
    splits = metric.entity == "deal" and any(n in PRODUCTS for n in (*asked.dimensions, *fields_of(asked.filter)))
    found: dict[Key, dict[str, Part]] = defaultdict(dict)
    for whole in metric.parts(asked):
        for part in split(asked, whole) if splits else [whole]:
            if not passes(asked, part, asked.filter):
                continue
            key = tuple(cell(asked, part, name) for name in asked.dimensions)
            held = found[key].get(part.row["id"])
            amount = part.amount
            if held is not None:
                amount = None if amount is None or held.amount is None else held.amount + amount
            found[key][part.row["id"]] = replace(part, amount=amount)
    return {key: list(parts.values()) for key, parts in found.items()}


def count(asked: Asked, parts: list[Part]) -> int:
    return len(parts)


def money(asked: Asked, parts: list[Part]) -> float | None:
    """[E10] deals without amount and [E3] without rate are in no sum."""
    return _added(asked, parts, [base(asked, part) for part in parts])


def weighted(asked: Asked, parts: list[Part]) -> float | None:
    values = [(base(asked, part), part.row["probability"]) for part in parts]
    return _added(asked, parts, [None if None in both else both[0] * both[1] for both in values])


def _added(asked: Asked, parts: list[Part], values: list[float | None]) -> float | None:
    """The sum, which is unknown where amounts are there and none of them can be added for want of a rate [E3]."""
    known = [value for value in values if value is not None]
    lacks = any(part.amount is not None and base(asked, part) is None for part in parts)
    return None if lacks and not known else sum(known)


def _status(*wanted: str) -> Callable[[Row], bool]:
    return lambda row: row["status"] in wanted


def win_rate(asked: Asked, parts: list[Part]) -> float | None:
    won = sum(part.row["status"] == "won" for part in parts)
    return won / len(parts) if parts else None  # [E1]


def average(asked: Asked, parts: list[Part]) -> float | None:
    """Sum over won deals by their number; those without amount [E10] or rate [E3] are in neither."""
    values = [value for part in parts if (value := base(asked, part)) is not None]
    return sum(values) / len(values) if values else None


def distinct_keys(asked: Asked, parts: list[Part]) -> int:
    return len({part.row["dedupe_key"] or part.row["id"] for part in parts})  # [E24]


def _cycle_days(parts: list[Part]) -> list[float]:
    """[E7] elapsed time, [E11] without those that closed before they began."""
    return [
        (part.row["closed_at"] - part.row["created_at"]).total_seconds() / 86400
        for part in parts
        if part.row["closed_at"] >= part.row["created_at"]
    ]


def cycle_median(asked: Asked, parts: list[Part]) -> float | None:
    days = _cycle_days(parts)
    return median(days) if days else None


def cycle_average(asked: Asked, parts: list[Part]) -> float | None:
    days = _cycle_days(parts)
    return sum(days) / len(days) if days else None


METRICS: dict[str, Metric] = {
    "deals_created": Metric(flow("deal", "created_at"), count, "flow"),
    "deals_created_value": Metric(flow("deal", "created_at"), money, "flow"),
    "deals_won": Metric(flow("deal", "closed_at", _status("won")), count, "flow"),
    "deals_lost": Metric(flow("deal", "closed_at", _status("lost")), count, "flow"),
    "total_sales": Metric(flow("deal", "closed_at", _status("won")), money, "flow"),
    "lost_value": Metric(flow("deal", "closed_at", _status("lost")), money, "flow"),
    "win_rate": Metric(flow("deal", "closed_at", _status("won", "lost")), win_rate, "flow"),
    "avg_deal_size": Metric(flow("deal", "closed_at", _status("won")), average, "flow"),
    "sales_cycle_median": Metric(flow("deal", "closed_at", _status("won")), cycle_median, "flow"),
    "sales_cycle_avg": Metric(flow("deal", "closed_at", _status("won")), cycle_average, "flow"),
    "open_opportunities": Metric(open_deals, count, "stock"),
    "pipeline_value": Metric(open_deals, money, "stock"),
    "weighted_pipeline": Metric(open_deals, weighted, "stock"),
    "new_leads": Metric(flow("lead", "created_at"), count, "flow", "lead"),
    "unique_leads": Metric(flow("lead", "created_at"), distinct_keys, "flow", "lead"),
    "mql_count": Metric(flow("lead", "mql_at"), count, "flow", "lead"),
    "prospects": Metric(open_leads, count, "stock", "lead"),
    "activities_done": Metric(flow("activity", "completed_at", _status("done")), count, "flow", "activity"),
    "activities_scheduled": Metric(flow("activity", "due_at", _status("planned")), count, "flow", "activity"),
}

SHARED = ("owner", "team", "branch", "account", "industry", *AXES)
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "deal": (*SHARED, "lead_source", "deal_status", "deal_type", "stage", "created_date:month", "created_date",
             "expected_close_date", "product", "product_category"),
    "lead": (*SHARED, "lead_source", "created_date:month", "created_date"),
    "activity": SHARED,
}  # fmt: skip


def answer(asked: Asked, metric: str) -> dict[Key, Any]:
    """The figure of a metric for each group that has rows."""
    known = METRICS[metric]
    return {key: known.figure(asked, parts) for key, parts in groups(asked, known).items()}


def nothing(metric: str) -> Any:
    """[E1] a ratio or median over nothing is null; a count or sum is 0."""
    return None if metric in ("win_rate", "avg_deal_size", "sales_cycle_median", "sales_cycle_avg") else 0
