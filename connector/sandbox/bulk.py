"""Large deal files for benchmarks: ``python -m connector.sandbox.bulk --rows 1000000 --out deals.csv``.

``--visits visits.csv`` also writes the stages that these deals went through, three to four a deal.

The same number of rows and seed give the same bytes, and a longer file begins with the rows of a shorter one.
Rows are put together from prepared pieces, because a million calls per column would cost most of the time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

COLUMNS: Final = (
    "id", "name", "owner", "team", "account", "pipeline", "stage", "status", "amount", "currency", "source", "created",
    "closed", "expected close", "updated",
)  # fmt: skip
VISIT_COLUMNS: Final = ("id", "deal", "stage", "entered")
OPEN_STAGES: Final = ("Qualification", "Discovery", "Demo", "Proposal", "Negotiation")
SOURCES: Final = ("Website", "Google Ads", "LinkedIn", "Trade show", "Webinar", "Referral", "Partner", "")
CURRENCIES: Final = ("USD", "USD", "USD", "EUR", "EUR", "BRL")
TEAMS: Final = 20
OWNERS: Final = 200
ACCOUNTS: Final = 20_000
FIRST_DAY: Final = datetime(2023, 1, 1, tzinfo=UTC)
DAYS: Final = 1000
POOL: Final = 65_536
"""Prepared ends and beginnings of rows; coprime strides pair them without early repeats."""
CHUNK: Final = 50_000


def main(arguments: list[str] | None = None) -> int:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m connector.sandbox.bulk", description="Write a CSV of made-up deals."
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="number of deals (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.add_argument("--seed", type=int, default=7, help="other seeds give other deals (default: %(default)s)")
    parser.add_argument("--visits", type=Path, help="file to write with the stages these deals went through")
    options = parser.parse_args(arguments)
    write_deals(options.out, options.rows, options.seed)
    if options.visits:
        write_visits(options.visits, options.rows, options.seed)
    sys.stdout.write(f"{options.rows} deals written to {options.out}\n")
    return 0


def write_deals(target: Path, rows: int, seed: int = 7) -> None:
    """Write ``rows`` deals as UTF-8 CSV with the header :data:`COLUMNS`; ids run from D0000001.

    About a third of the deals is open, 27 % won, 40 % lost; 2 % have no owner, 2 % no amount. Money is in the
    currency of the row, times are ISO with ``Z``, the expected close is a date.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for chunk in deal_chunks(rows, seed):
            file.write(chunk)


def deal_chunks(rows: int, seed: int = 7) -> Iterator[str]:
    """Yield the rows as text, many at a time."""
    rng = Random(seed)  # noqa: S311 - benchmark data
    people = [_people(rng) for _ in range(POOL)]
    ends = [_outcome(rng).text for _ in range(POOL)]
    for start in range(0, rows, CHUNK):
        yield "".join(
            [
                f"D{number:07},Deal {number}{people[number * 40_503 % POOL]}{ends[_end_of(number)]}"
                for number in range(start + 1, min(start + CHUNK, rows) + 1)
            ]
        )


def write_visits(target: Path, rows: int, seed: int = 7) -> None:
    """Write the stages that the deals of :func:`write_deals` went through, as CSV with :data:`VISIT_COLUMNS`.

    The first is entered when the deal is created; the last is its stage, and a closed deal enters it when it closes.
    """
    rng = Random(seed)  # noqa: S311 - benchmark data
    for _ in range(POOL):
        _people(rng)
    ends = [_outcome(rng) for _ in range(POOL)]
    paths = [_path(end, rng) for end in ends]
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(VISIT_COLUMNS) + "\n")
        for number in range(1, rows + 1):
            key = f"D{number:07}"
            file.write("".join([f"{key}-{visit},{key},{text}" for visit, text in enumerate(paths[_end_of(number)])]))


def _path(end: Outcome, rng: Random) -> list[str]:
    """Columns from stage to entered of a deal's visits, with the line ends."""
    last = OPEN_STAGES.index(end.stage) if end.status == "open" else len(OPEN_STAGES)
    passed = sorted(rng.sample(range(last), min(last, rng.choice((2, 3, 3)))))
    length = end.closed_or_changed - end.created
    moments = [end.created, *(end.created + length * part for part in sorted(rng.random() for _ in passed[1:]))]
    stages = [OPEN_STAGES[place] for place in passed]
    visits = [*zip(stages, moments, strict=True)] if stages else []
    visits.append((end.stage, end.closed_or_changed if stages else end.created))
    return [f"{stage},{moment:%Y-%m-%dT%H:%M:%SZ}\n" for stage, moment in visits]


def _end_of(number: int) -> int:
    """Which of the prepared ends the deal of a number has."""
    return (number * 25_717 + number // POOL) % POOL


def _people(rng: Random) -> str:
    """Columns from owner to pipeline, with the separator before them."""
    owner = rng.randrange(OWNERS)
    name = "" if rng.random() < 0.02 else f"Rep {owner:03}"
    return f",{name},Team {owner % TEAMS:02},Account {rng.randrange(ACCOUNTS):05},Sales"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deal went, and its columns from stage to updated with the separator before them and the line end."""

    stage: str
    status: str
    created: datetime
    closed_or_changed: datetime
    text: str


def _outcome(rng: Random) -> Outcome:
    created = FIRST_DAY + timedelta(days=rng.randrange(DAYS), seconds=rng.randrange(86_400))
    cycle = timedelta(days=min(rng.expovariate(1 / 60), 400) + 0.05, seconds=rng.randrange(3600))
    draw = rng.random()
    status = "open" if draw < 0.33 else "won" if draw < 0.6 else "lost"
    stage = rng.choice(OPEN_STAGES) if status == "open" else f"Closed {status.title()}"
    amount = "" if rng.random() < 0.02 else f"{rng.lognormvariate(9.2, 0.9):.2f}"
    closed = "" if status == "open" else f"{created + cycle:%Y-%m-%dT%H:%M:%SZ}"
    updated = created + (cycle if closed else cycle * rng.random())
    text = (
        f",{stage},{status},{amount},{rng.choice(CURRENCIES)},{rng.choice(SOURCES)},{created:%Y-%m-%dT%H:%M:%SZ},"
        f"{closed},{created + cycle:%Y-%m-%d},{updated:%Y-%m-%dT%H:%M:%SZ}\n"
    )
    return Outcome(stage, status, created, updated, text)


if __name__ == "__main__":
    sys.exit(main())
