"""Random small workspaces as plain rows: owners, teams, accounts, deals in several currencies, lines, leads, history.

A world is a function of its seed, so a failure can be looked at again. The rows are handed both to the evaluator
(through :class:`MemoryReader`) and to the oracle, which reads nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from connector.model.workspace import Profile
from tests.metrics.memory import MemoryReader

Row = dict[str, Any]

FIRST = datetime(2024, 1, 20, tzinfo=UTC)
DAYS = 115
"""Records are created over these days; the clock of the tests stands on day 117, so none comes from the future."""
LAST_CHANGE = datetime(2024, 5, 15, tzinfo=UTC)
"""Nothing was learnt of a deal later, so that what is known last is how it stands now."""
SOURCES = ("Web", "Fair", "web form", None)


@dataclass(frozen=True, repr=False)
class World:
    seed: int
    profile: Profile
    tables: dict[str, list[Row]]

    def __repr__(self) -> str:
        return f"world({self.seed})"

    def reader(self) -> MemoryReader:
        made = MemoryReader(self.profile)
        for entity, rows in self.tables.items():
            if rows:
                made.add(entity, *rows)
        return made


@cache
def world(seed: int) -> World:
    """Return the world of a seed."""
    random = Random(seed)
    profile = Profile(
        currency="USD",
        time_zone=random.choice(("UTC", "Europe/Madrid", "America/Sao_Paulo")),
        week_start=random.choice(("monday", "sunday", "saturday")),
        fiscal_year_start=random.choice((1, 2, 7)),
    )
    tables: dict[str, list[Row]] = {
        "team": [{"id": "t1", "name": "North"}, {"id": "t2", "name": "South"}],
        "owner": _owners(),
        "account": [
            {"id": f"a{n}", "name": f"Acme {n}", "industry": random.choice(("Tech", "Food", None)),
             "country": random.choice(("ES", None))}
            for n in range(4)
        ],
        "product": [
            {"id": "p1", "name": "One", "category": "X"}, {"id": "p2", "name": "Two", "category": "X"},
            {"id": "p3", "name": "Three"},
        ],
        "stage": [
            {"id": f"s{n}", "name": f"S{n}", "position": n, "kind": "open", "pipeline_id": "pipe"} for n in (1, 2, 3)
        ],
        "fx_rate": _rates(random),
    }  # fmt: skip
    tables["deal"] = [_deal(random, f"d{n}") for n in range(26)]
    tables["deal_line"] = _lines(random, tables["deal"])
    tables["deal_history"] = [version for deal in tables["deal"] for version in _versions(random, deal)]
    tables["lead"] = [_lead(random, f"l{n}") for n in range(18)]
    tables["activity"] = [_activity(random, f"x{n}") for n in range(18)]
    return World(seed, profile, tables)


@cache
def reader_of(seed: int) -> MemoryReader:
    """Return a door to the world of a seed; it is only read, so tests share it."""
    return world(seed).reader()


def _owners() -> list[Row]:
    return [
        {"id": "o1", "name": "Ana", "team_id": "t1", "is_active": True, "branch": "Lugo"},
        {"id": "o2", "name": "Bo", "team_id": "t2", "is_active": True},
        {"id": "o3", "name": "Cy", "team_id": "t2", "is_active": False, "branch": "Vigo"},
        {"id": "o4", "name": "Di", "is_active": True},
    ]


def _rates(random: Random) -> list[Row]:
    """EUR straight, GBP only the other way round, BRL only through EUR, JPY not at all."""
    pairs = (("EUR", "USD"), ("USD", "GBP"), ("BRL", "EUR"))
    days = [(pair, day) for pair in pairs for day in sorted(random.sample(range(130), 5))]
    return [
        {
            "id": f"{one}{day}", "date": (FIRST + timedelta(days=day)).date(), "from_currency": one,
            "to_currency": other, "rate": round(random.uniform(0.2, 2.0), 4),
        }
        for (one, other), day in days
    ]  # fmt: skip


def _moment(random: Random) -> datetime:
    """An instant; every third lies within three hours of a midnight of some zone."""
    day = FIRST + timedelta(days=random.randrange(DAYS))
    if random.random() < 0.33:
        return day + timedelta(hours=random.choice((-6, -5, -3, 0, 1, 2, 13)), minutes=random.choice((-1, 1, 59)))
    return day + timedelta(minutes=random.randrange(1, 1439))


def _amount(random: Random) -> Decimal | None:
    return random.choice((None, Decimal(0), *(Decimal(random.randrange(1, 500_000)) / 100 for _ in range(5))))


def _deal(random: Random, name: str) -> Row:
    created = _moment(random)
    status = random.choice(("open", "open", "won", "won", "lost", "unqualified"))
    closed = created + timedelta(minutes=random.randrange(-2000, 60_000)) if status != "open" else None
    owner = random.choice(("o1", "o2", "o3", "o4", None))
    return {
        "id": name, "name": f"Deal {name}", "status": status, "amount": _amount(random),
        "currency": random.choice(("USD", "USD", "EUR", "GBP", "BRL", "JPY")), "created_at": created,
        "closed_at": closed, "owner_id": owner,
        "closing_owner_id": random.choice((owner, owner, "o1")) if closed else owner,
        "team_id": random.choice((None, "t1")), "account_id": random.choice(("a0", "a1", "a2", None)),
        "source": random.choice(SOURCES), "type": random.choice(("new", "renewal", None)),
        "expected_close_date": random.choice((None, created.date() + timedelta(days=random.randrange(90)))),
        "probability": random.choice((None, 0.1, 0.5, 0.9)), "stage_id": random.choice(("s1", "s2", "s3", None)),
        "is_deleted": random.random() < 0.08,
    }  # fmt: skip


def _lines(random: Random, deals: list[Row]) -> list[Row]:
    lines: list[Row] = []
    for deal in deals:
        for _ in range(random.choice((0, 0, 1, 2, 3))):
            lines.append({
                "id": f"n{len(lines)}", "deal_id": deal["id"], "product_id": random.choice(("p1", "p2", "p3", None)),
                "amount": Decimal(random.randrange(1, 100_000)) / 100, "currency": deal["currency"],
                "is_deleted": random.random() < 0.1,
            })  # fmt: skip
    return lines


def _versions(random: Random, deal: Row) -> list[Row]:
    """What was known of a deal over time; the last version is how it stands now."""
    now = {name: deal[name] for name in ("status", "amount", "currency", "probability", "expected_close_date")}
    now |= {"owner_id": deal["owner_id"], "stage_id": deal["stage_id"], "is_deleted": deal["is_deleted"]}
    before = now | {
        "status": "open", "amount": _amount(random), "owner_id": random.choice(("o1", "o2", None)),
        "stage_id": "s1", "probability": 0.2, "is_deleted": False,
    }  # fmt: skip
    turn = deal["closed_at"] or deal["created_at"] + timedelta(minutes=random.randrange(1, 40_000))
    turn = min(turn, LAST_CHANGE)
    versions = [before | {"valid_from": deal["created_at"], "valid_to": turn}, now | {"valid_from": turn}]
    if turn <= deal["created_at"]:
        versions = [now | {"valid_from": deal["created_at"]}]
    return [
        version | {"id": f"{deal['id']}/{number}", "deal_id": deal["id"]} for number, version in enumerate(versions)
    ]


def _lead(random: Random, name: str) -> Row:
    created = _moment(random)

    def later() -> datetime | None:
        return random.choice((None, created + timedelta(minutes=random.randrange(1, 60_000))))

    return {
        "id": name, "created_at": created, "owner_id": random.choice(("o1", "o2", None)),
        "account_id": random.choice(("a1", "a3", None)), "source": random.choice(SOURCES),
        "dedupe_key": random.choice((None, "k1", "k2")), "mql_at": later(), "converted_at": later(),
        "disqualified_at": later(), "status": random.choice(("new", "working", "qualified")),
        "is_deleted": random.random() < 0.1,
    }  # fmt: skip


def _activity(random: Random, name: str) -> Row:
    return {
        "id": name, "owner_id": random.choice(("o1", "o2", "o3", None)), "account_id": random.choice(("a0", None)),
        "type": random.choice(("call", "email", "meeting")), "status": random.choice(("done", "done", "planned")),
        "completed_at": _moment(random), "due_at": _moment(random),
    }  # fmt: skip


def days_between(first: date, last: date) -> list[date]:
    """Every day from first through last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
