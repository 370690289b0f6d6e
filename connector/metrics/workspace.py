"""Metrics whose meaning the owner of a workspace decides in the mapping: revenue and conversions."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from connector.errors import QueryError, quote
from connector.metrics.definitions import Catalogue, MetricDefinition
from connector.metrics.formula import parse_formula
from connector.model.workspace import Profile

EARNED: Final = {
    "deal": "deal.status = 'won' AND deal.closed_at IN period",
    "deal_line": "deal.status = 'won' AND deal.closed_at IN period",
    "invoice": "invoice.issued_at IN period AND invoice.status NOT IN ('draft', 'void')",
    "payment": "payment.status = 'received' AND payment.received_at IN period",
    "contract": "contract.signed_at IN period AND contract.cancelled_at IS NULL",
    "web_daily": "web_daily.date IN period",
    "subscription": "subscription.started_on IN period",
}
"""Entities whose money can mean revenue, and when a row of them has earned it."""


def for_workspace(catalogue: Catalogue, profile: Profile) -> Catalogue:
    """Return the catalogue with ``revenue`` and ``conversions`` as the workspace means them.

    Raises QueryError when a column is named that cannot mean it.
    """
    own: dict[str, MetricDefinition] = {}
    if profile.revenue:
        own["revenue"] = _meant(catalogue.metric("revenue"), _revenue(profile.revenue))
    if profile.conversion:
        own["conversions"] = _meant(catalogue.metric("conversions"), " + ".join(map(_conversion, profile.conversion)))
    return replace(catalogue, metrics=catalogue.metrics | own) if own else catalogue


def _meant(definition: MetricDefinition, text: str) -> MetricDefinition:
    return replace(definition, text=text, formula=parse_formula(text, f"mapping, {definition.id}"))


def _revenue(path: str) -> str:
    entity = path.partition(".")[0]
    if entity not in EARNED:
        raise QueryError(
            f"{quote(path)} cannot mean revenue.", place="mapping", remedy=f"Name money of {', '.join(sorted(EARNED))}."
        )
    return f"SUM({path} WHERE {EARNED[entity]})"


def _conversion(path: str) -> str:
    entity = path.partition(".")[0]
    return f"COUNT({entity}.id WHERE {path} IN period)"
