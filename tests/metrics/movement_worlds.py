"""Histories of deals at random, and an oracle that walks them moment by moment to say how the pipeline moved.

The oracle shares nothing with the product but the rows: it looks at every state of a deal in turn, as
metrics.yaml, PIPELINE MOVEMENT, tells it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from connector.model.workspace import Profile
from tests.metrics.memory import MemoryReader

Row = dict[str, Any]
Inside = Callable[[Row], bool]

CLOSED = ("won", "lost", "unqualified")
LEGS = (
    "opening", "added", "reopened", "increased", "decreased", "won", "lost", "unqualified", "removed", "closing",
)  # fmt: skip
SIGNS = dict.fromkeys(LEGS, 1) | dict.fromkeys(("decreased", "won", "lost", "unqualified", "removed"), -1)
FIRST = datetime(2024, 4, 22, tzinfo=UTC)
"""Histories begin in the three weeks from here; the clock of the tests stands at NOW, in the fourth."""
STAGES = {"p1": ("s1", "s2", "s3"), "p2": ("q1", "q2")}
CLOSING_STAGES = {"won": "w", "lost": "x", "unqualified": "u"}
TEAMS = {"o1": "t1", "o2": "t1", "o3": "t2"}
RATES = {"USD": Decimal(1), "EUR": Decimal("1.25"), "GBP": Decimal(2)}
"""Rates of the later of two days; JPY has none."""


def states(random: Random, name: str) -> list[Row]:
    """Return one deal's states over time, one after the other without a gap."""
    state = _born(random)
    at = FIRST + timedelta(hours=random.choice((0, 3, 24, 48, random.randrange(500))))
    found = [state | {"valid_from": at}]
    for _ in range(random.choice((0, 1, 1, 2, 3, 4, 6, 9))):
        at += timedelta(hours=random.choice((1, 5, 24, 48, 100)), minutes=random.choice((0, 0, 59)))
        state = _changed(random, state)
        found[-1]["valid_to"] = at
        found.append(state | {"valid_from": at})
    return [row | {"id": f"{name}/{n}", "deal_id": name} for n, row in enumerate(found)]


def _born(random: Random) -> Row:
    pipeline = random.choice(("p1", "p1", "p2"))
    return {
        "pipeline_id": pipeline, "stage_id": random.choice(STAGES[pipeline]), "amount": _amount(random),
        "status": random.choice(("open", "open", "open", "won", "lost")), "currency": _currency(random),
        "owner_id": random.choice(("o1", "o2", "o3", None)), "is_deleted": random.random() < 0.05,
    }  # fmt: skip


def _amount(random: Random) -> Decimal | None:
    return random.choice((None, Decimal(0), *(Decimal(random.randrange(1, 900_000)) / 100 for _ in range(6))))


def _currency(random: Random) -> str:
    return random.choice(("USD", "USD", "USD", "EUR", "GBP", "JPY"))


def _changed(random: Random, state: Row) -> Row:
    """One thing that happens to a deal, or two at once."""
    new = dict(state)
    for _ in range(random.choice((1, 1, 2))):
        what = random.choice(("close", "close", "reopen", "price", "currency", "stage", "pipeline", "owner", "gone"))
        if what == "close":
            new["status"] = random.choice(CLOSED)
            new["stage_id"] = CLOSING_STAGES[new["status"]]
        elif what == "reopen":
            new |= {"status": "open", "stage_id": random.choice(STAGES[new["pipeline_id"]])}
        elif what == "price":
            new["amount"] = _amount(random)
        elif what == "currency":
            new["currency"] = _currency(random)
        elif what == "stage" and new["status"] == "open":
            new["stage_id"] = random.choice((*STAGES[new["pipeline_id"]], None))
        elif what == "pipeline":
            new["pipeline_id"] = random.choice(("p1", "p2"))
        elif what == "owner":
            new["owner_id"] = random.choice(("o1", "o2", "o3", None))
        elif what == "gone":  # deleted or merged away, or restored
            new["is_deleted"] = not new["is_deleted"]
    return new


@dataclass(frozen=True, repr=False)
class Histories:
    """Deals with all their states, and what a workspace must hold beside them."""

    seed: int
    zone: str
    deals: dict[str, list[Row]]
    sources: dict[str, str | None]
    lines: list[Row]

    def __repr__(self) -> str:
        return f"histories({self.seed})"

    def reader(self) -> MemoryReader:
        made = MemoryReader(Profile(time_zone=self.zone, history_since="2020-01-01T00:00:00+00:00"))
        made.add("team", {"id": "t1", "name": "North"}, {"id": "t2", "name": "South"})
        made.add("owner", *({"id": owner, "name": owner, "team_id": team} for owner, team in TEAMS.items()))
        listed = [(stage, pipeline, n) for pipeline, stages in STAGES.items() for n, stage in enumerate(stages)]
        made.add(
            "stage", *({"id": s, "name": s, "pipeline_id": p, "position": n, "kind": "open"} for s, p, n in listed)
        )
        made.add("stage", *({"id": stage, "name": stage, "kind": kind} for kind, stage in CLOSING_STAGES.items()))
        made.add("pipeline", {"id": "p1", "name": "First"}, {"id": "p2", "name": "Second"})
        made.add("product", {"id": "a", "name": "A"}, {"id": "b", "name": "B"})
        for currency, rate in RATES.items():
            for day, worth in (("2024-04-01", rate), ("2024-05-02", rate), ("2099-01-01", 99 * rate)):
                key = {"id": f"{currency}{day}", "date": day, "from_currency": currency, "to_currency": "USD"}
                made.add("fx_rate", key | {"rate": worth})
        made.add("deal", *(self._deal(name, rows) for name, rows in self.deals.items()))
        made.add("deal_history", *(row for rows in self.deals.values() for row in rows))
        return made.add("deal_line", *self.lines) if self.lines else made

    def _deal(self, name: str, rows: list[Row]) -> Row:
        now = {key: value for key, value in rows[-1].items() if not key.startswith(("valid_", "deal_"))}
        return now | {"id": name, "name": name, "source": self.sources[name], "created_at": rows[0]["valid_from"]}


def histories(seed: int, count: int = 24) -> Histories:
    """Return the histories of a seed."""
    random = Random(seed)
    names = [f"d{n}" for n in range(count)]
    deals = {name: states(random, name) for name in names}
    sources = {name: random.choice(("Web", "Fair", None)) for name in names}
    lines = [
        {"id": f"l{n}", "deal_id": random.choice(names), "product_id": random.choice(("a", "b", None)),
         "amount": Decimal(random.randrange(1, 300_000)) / 100}
        for n in range(random.choice((0, 16)))
    ]  # fmt: skip
    return Histories(seed, random.choice(("UTC", "America/Sao_Paulo", "Asia/Tokyo")), deals, sources, lines)


# -- the oracle


@dataclass(frozen=True)
class Moved:
    """What one deal does to the pipeline: the value of each leg (None without a rate), and its group."""

    values: dict[str, Decimal | None]
    owner: str | None
    stage: str | None
    happened: str


def is_open(row: Row | None, inside: Inside) -> bool:
    return row is not None and not row["is_deleted"] and row["status"] == "open" and inside(row)


def is_closed(row: Row | None) -> bool:
    return row is not None and not row["is_deleted"] and row["status"] in CLOSED


def standing(rows: list[Row], before: datetime) -> Row | None:
    """The state at the last instant before a moment."""
    found = [row for row in rows if row["valid_from"] < before]
    return found[-1] if found and (found[-1].get("valid_to") is None or found[-1]["valid_to"] >= before) else None


def moved(rows: list[Row], start: datetime, end: datetime, inside: Inside) -> Moved | None:
    """Return what a deal did between the last instants before two moments; None when it was never there."""
    first, last = standing(rows, start), standing(rows, end)
    within: Row | None = None
    open_within: Row | None = None
    came = False
    for number, row in enumerate(rows):
        if row["valid_from"] >= end:
            break
        before = rows[number - 1] if number else None
        at_once = is_closed(row) and inside(row) and not is_closed(before)
        if is_open(row, inside) or at_once:
            within = row
            over = row.get("valid_to")
            came = came or (row["valid_from"] >= start if at_once else over is None or over > start)
        if is_open(row, inside):
            open_within = row
    was_open, stays = is_open(first, inside), is_open(last, inside)
    new = not was_open and not is_closed(first) and came
    reopened = is_closed(first) and stays
    if not (was_open or new or reopened):
        return None
    assert within is not None
    gone = last is None or last["is_deleted"] or not inside(last)
    outcome = "closing" if stays else "removed" if gone else last["status"]  # type: ignore[index]
    begun = "opening" if was_open else "reopened" if reopened else "added"
    values = _values(first if was_open else None, within, begun, outcome)
    stage = open_within if open_within is not None and open_within["valid_from"] >= _seen_from(rows, start) else within
    return Moved(values, within["owner_id"], stage["stage_id"], _happened(first, last, values, begun, outcome))


def _seen_from(rows: list[Row], start: datetime) -> datetime:
    """Where the state at the start began: an open stage of long ago is not where a deal of today closed from."""
    first = standing(rows, start)
    return first["valid_from"] if first is not None else start


def _values(first: Row | None, within: Row, begun: str, outcome: str) -> dict[str, Decimal | None]:
    last_value, first_value = _worth(within), _worth(first) if first is not None else Decimal(0)
    if last_value is None or first_value is None:
        return dict.fromkeys((begun, outcome))
    values: dict[str, Decimal | None] = {begun: first_value if first is not None else last_value, outcome: last_value}
    if first is not None and last_value != first_value:
        values["increased" if last_value > first_value else "decreased"] = abs(last_value - first_value)
    return values


def _worth(row: Row) -> Decimal | None:
    rate = RATES.get(row["currency"])
    return (row["amount"] or Decimal(0)) * rate if rate is not None else None


def _happened(first: Row | None, last: Row | None, values: dict[str, Any], begun: str, outcome: str) -> str:
    if outcome != "closing" or begun != "opening":
        return outcome if outcome != "closing" else begun
    assert first is not None
    assert last is not None
    order = {stage: n for stages in STAGES.values() for n, stage in enumerate(stages)}
    places = order.get(first["stage_id"]), order.get(last["stage_id"])
    if places[0] is not None and places[1] is not None and places[0] != places[1]:
        return "advanced" if places[1] > places[0] else "moved_back"
    for leg in ("increased", "decreased"):
        if leg in values:
            return leg
    same = all(first[name] == last[name] for name in ("stage_id", "amount", "currency"))
    return "unchanged" if same else "other"
