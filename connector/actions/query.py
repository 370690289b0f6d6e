"""Ask a question of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from connector.errors import QueryError
from connector.metrics.evaluate import evaluate
from connector.metrics.window import calendar_of
from connector.model.period import EARLIEST, parse_day
from connector.model.query import Query
from connector.model.table import Table
from connector.model.workspace import Profile
from connector.store.store import Store

MAX_ROWS: Final = 100_000


def query(store: Store, workspace: str, question: Query, now: datetime, *, max_rows: int = MAX_ROWS) -> Table:
    """Answer a question as of ``now`` (aware, UTC).

    ``question.date_range`` may be open (``2024-01-01..``, through today in the zone of the question, and
    ``..2024-03-31``). Raises UnknownName, QueryError (also for an answer of more than ``max_rows`` rows: a
    cut answer would look whole) and TryLater.
    """
    return timed_query(store, workspace, question, now, max_rows)[0]


def timed_query(
    store: Store, workspace: str, question: Query, now: datetime, max_rows: int
) -> tuple[Table, Callable[[], None]]:
    """Answer like :func:`query`, and return what to call while the answer is written.

    It raises QueryError once question and writing together have taken as long as the store lets an answer take.
    """
    if question.limit is not None and question.limit > max_rows:
        raise QueryError(f"The limit is over {max_rows}.", place="limit", remedy="Ask for fewer rows.")
    with store.reader(store.workspace(workspace)) as reader:
        question = replace(question, date_range=closed(question, reader.profile, now))
        table = evaluate(reader, question if question.limit else replace(question, limit=max_rows + 1), now)
    if len(table.rows) > max_rows:
        raise QueryError(
            f"The answer has more than {max_rows} rows.", remedy="Set a limit, a filter or fewer dimensions."
        )
    return table, reader.check_time


def closed(question: Query, profile: Profile, now: datetime) -> str:
    """Return the date range of a question with the end that was left open."""
    first, dots, last = question.date_range.partition("..")
    if not dots or (first and last):
        return question.date_range
    today = calendar_of(profile, question.time_zone).local_date(now)
    return f"{first or EARLIEST}..{last or max(today, parse_day(first))}"


def range_text(token: str | None, first: str | None, last: str | None) -> str:
    """Return the date range that a caller meant: a token, or the days ``first`` and ``last``, one of them enough.

    Nothing at all means all time. Raises QueryError when both a token and days are given.
    """
    if not (first or last):
        return token or "all_time"
    if token:
        raise QueryError("A date range and single days are given together.", remedy="Give one of the two.")
    for day in (first, last):
        if day:
            parse_day(day)
    return f"{first or ''}..{last or ''}"
