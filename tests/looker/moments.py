"""A small company whose deals are created and closed at times of day around changes of the clock, in four currencies.

Names, sectors and codes are such that a filter which takes a text for a pattern, a number or a key shows it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

ZONES: Final = (
    "America/New_York", "America/Sao_Paulo", "Europe/Madrid", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Auckland", "America/St_Johns", "Asia/Beirut",
)  # fmt: skip
"""In Sao Paulo and Beirut the clock changed at midnight, on Lord Howe by half an hour."""
HOME: Final = "America/New_York"
FIRST: Final = datetime(2018, 1, 1, tzinfo=UTC)
DAYS: Final = 500
DEALS: Final = 700
OWNERS: Final = (
    "Ana Núñez", "O'Brien, Pat", "Ли Вэй", "ann", "Ann", "A.B (x)", "100%", "o2", "7", "Zoë_Ünder", "back\\slash", "",
)  # fmt: skip
"""``o2`` is also the key of another owner, ``7`` a number; who has no name is shown by the key."""
SECTORS: Final = (
    "Retail", "retail", "Retail trade", "C++ | C#", "[x]", "42", "042", "42.0", "(not set)",
    "São Paulo", "50%", "a_b", "a.b", "aXb", "",
)  # fmt: skip
Tables = dict[str, list[dict[str, Any]]]
CURRENCIES: Final = ("EUR", "USD", "JPY", "BRL")
MAPPING: Final = f"""
version: 1
workspace: {{currency: EUR, time_zone: {HOME}, week_start: sunday, fiscal_year_start: 4}}
stages: [{{name: Open, kind: open}}, {{name: Won, kind: won}}, {{name: Lost, kind: lost}}]
files:
  - {{file: rates.csv, records: [{{entity: fx_rate, columns: {{id: id, date: day, from_currency: from, to_currency: to,
      rate: rate}}}}]}}
  - {{file: owners.csv, records: [{{entity: owner, columns: {{id: id, name: name}}}}]}}
  - {{file: accounts.csv, records: [{{entity: account, columns: {{id: id, name: name, industry: sector}}}}]}}
  - file: deals.csv
    records:
      - entity: deal
        columns:
          id: id
          stage_id: stage
          owner_id: owner
          account_id: account
          created_at: created
          closed_at: closed
          amount: amount
          currency: currency
          custom.signed: {{column: signed, type: instant, label: Signed}}
          custom.due: {{column: due, type: date, label: Due}}
          custom.score: {{column: score, type: number, label: Score}}
          custom.vip: {{column: vip, type: boolean, label: VIP}}
          custom.code: {{column: code, type: text, label: Code}}
"""


def changes() -> list[datetime]:
    """Return the moments at which the clock of a zone changes, and the midnights around them."""
    found: list[datetime] = []
    for zone in map(ZoneInfo, ZONES):
        hours = [FIRST + timedelta(hours=hour) for hour in range(DAYS * 24)]
        for before, after in pairwise(hours):
            if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                day = after.astimezone(zone).replace(hour=0, minute=0, second=0)
                found += [after, day.astimezone(UTC), (day + timedelta(days=1)).astimezone(UTC)]
    return found


def company(seed: int) -> Tables:
    """Return the tables of the company: ``owners``, ``accounts``, ``deals``, ``rates``; moments in UTC."""
    random = Random(seed)
    edges = changes()

    def moment(after: datetime = FIRST) -> datetime:
        edge = random.choice(edges) + timedelta(seconds=random.choice((-1, 0, 0, 1, 1800, -1800, 3600, -5400, 40_000)))
        anywhere = FIRST + timedelta(seconds=random.randrange(DAYS * 86_400))
        return max(edge if random.random() < 0.6 else anywhere, after + timedelta(seconds=random.randrange(1, 9_999)))

    rows = []
    for number in range(DEALS):
        created = moment().replace(second=17)
        stage = random.choice(("Open", "Won", "Won", "Won", "Lost"))
        rows.append(
            {
                "id": f"d{number}", "stage": stage, "owner": random.choice((None, *_keys("o", OWNERS))),
                "account": random.choice((None, *_keys("a", SECTORS))), "created": created,
                "closed": moment(created) if stage != "Open" else None,
                "amount": random.choice((None, *[round(random.uniform(1, 90_000), 2)] * 15)),
                "currency": random.choice(CURRENCIES), "signed": random.choice((None, moment(), moment())),
                "due": random.choice((None, (FIRST + timedelta(days=random.randrange(DAYS))).date())),
                "score": random.choice((None, 0, 7, 7.5, -3, 42, 1000, 0.25)),
                "vip": random.choice((None, True, False)),
                "code": random.choice((None, "7", "07", "7.0", "x-7", "A*", "a*", "1e3", "TRUE", "^a")),
            }
        )  # fmt: skip
    return {
        "owners": [{"id": key, "name": name} for key, name in zip(_keys("o", OWNERS), OWNERS, strict=True)],
        "accounts": [
            {"id": key, "name": f"Company {key}", "sector": name}
            for key, name in zip(_keys("a", SECTORS), SECTORS, strict=True)
        ],
        "deals": rows,
        "rates": list(_rates(random)),
    }


def _keys(letter: str, names: tuple[str, ...]) -> list[str]:
    return [f"{letter}{number}" for number in range(1, len(names) + 1)]


def _rates(random: Random) -> Iterator[dict[str, Any]]:
    """One pair directly, one only the other way round, one only into a third currency; not on every day."""
    for one, other, usual in (("USD", "EUR", 0.85), ("EUR", "JPY", 130.0), ("BRL", "USD", 0.27)):
        day = FIRST.date() - timedelta(days=40)
        while day < FIRST.date() + timedelta(days=DAYS):
            rate = round(usual * random.uniform(0.8, 1.2), 5)
            yield {"id": f"{one}{other}{day}", "day": day, "from": one, "to": other, "rate": rate}
            day += timedelta(days=random.randrange(1, 9))


def write(tables: Tables, folder: Path) -> tuple[Path, ...]:
    """Write the tables as CSV files with moments in UTC, and the mapping beside them; return the files of data."""
    (folder / "moments.yaml").write_text(MAPPING, encoding="utf-8")
    paths = []
    for name, rows in tables.items():
        paths.append(folder / f"{name}.csv")
        with paths[-1].open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)
    return tuple(paths)


def _text(value: Any) -> Any:
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
