"""Amounts without a rate in answers that have no place for notes: CSV, charts of Looker Studio, rows of OData."""

from __future__ import annotations

from connector.errors import QueryError
from connector.metrics.rates import WITHOUT_RATE
from connector.model.table import Table


def without_rate(table: Table) -> int:
    """Return how many records an amount of the answer leaves out because no rate is stored for them."""
    return max((note.count or 0 for note in table.notes if note.code == WITHOUT_RATE), default=0)


def check_currency(table: Table, chosen: str, own: str) -> None:
    """Refuse a currency that was chosen and that not every amount can be brought into; ``own`` is the workspace's.

    In its own currency a workspace gets what can be added up, and the status of the data says that it is incomplete.
    Raises QueryError.
    """
    missing = without_rate(table)
    if missing and chosen and chosen != own:
        raise QueryError(
            f"{missing} records have no exchange rate into {chosen}.",
            place="currency",
            remedy="Import exchange rates, or choose the workspace's currency.",
        )
