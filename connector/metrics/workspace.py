"""Metrics whose meaning depends on the workspace.

What revenue and conversions are, its owner decides in the mapping. Who is a rep, and until when a customer stays
one, depends on what its sources hold.
"""

from __future__ import annotations

import re
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

BUYING: Final = (
    "EXISTS(deal WHERE deal.account_id = account.id AND deal.status = 'won' AND deal.closed_at < as_of AND "
    "deal.closed_at >= months_before(as_of, $activity_window_months)) OR "
    "EXISTS(subscription WHERE subscription.account_id = account.id AND subscription.started_on <= report_date AND "
    "(subscription.cancelled_on IS NULL OR subscription.cancelled_on > report_date) AND "
    "(subscription.ends_on IS NULL OR subscription.ends_on > report_date))"
)
"""An account that is a customer, where the source does not say since when it is none."""


def for_workspace(catalogue: Catalogue, profile: Profile) -> Catalogue:
    """Return the catalogue with the metrics that the workspace means in its own way.

    Raises QueryError when a column is named that cannot mean it.
    """
    own: dict[str, MetricDefinition] = {}
    if profile.revenue:
        own["revenue"] = _meant(catalogue.metric("revenue"), _revenue(profile.revenue))
        lifetime = _lifetime(profile.revenue)
        if lifetime:
            own["customer_lifetime_value"] = _meant(catalogue.metric("customer_lifetime_value"), lifetime)
    if profile.conversion:
        own["conversions"] = _meant(catalogue.metric("conversions"), " + ".join(map(_conversion, profile.conversion)))
    if _lacks(profile, "owner", "role"):
        per_rep = catalogue.metric("sales_per_rep")
        own["sales_per_rep"] = _meant(per_rep, per_rep.text.replace(" AND owner.role = 'rep'", ""))
    if _lacks(profile, "account", "churned_at"):
        for name in ("active_customers", "clients_count"):
            own[name] = _meant(catalogue.metric(name), f"COUNT(account.id WHERE {BUYING})")
    return replace(catalogue, metrics=catalogue.metrics | own) if own else catalogue


def _lacks(profile: Profile, entity: str, column: str) -> bool:
    """True when the workspace has rows of an entity and none has the column."""
    return bool(profile.rows.get(entity)) and column not in profile.filled.get(entity, ())


def _meant(definition: MetricDefinition, text: str) -> MetricDefinition:
    return replace(definition, text=text, tree=parse_formula(text, f"mapping, {definition.id}"))


def _revenue(path: str) -> str:
    entity = path.partition(".")[0]
    if entity not in EARNED:
        raise QueryError(
            f"{quote(path)} cannot mean revenue.", place="mapping", remedy=f"Name money of {', '.join(sorted(EARNED))}."
        )
    return f"SUM({path} WHERE {EARNED[entity]})"


def _lifetime(path: str) -> str:
    """Historic lifetime value over what the workspace calls revenue; nothing where its rows name no customer."""
    entity = path.partition(".")[0]
    if entity == "web_daily":
        return ""
    since = r"\1 >= account.first_won_at AND \1 < as_of AND account.first_won_at < period_end"
    earned = re.sub(r"(\S+) IN period", since, EARNED[entity])
    return f"SUM({path} WHERE {earned}) / COUNT(account.id WHERE account.first_won_at < period_end)"


def _conversion(path: str) -> str:
    entity = path.partition(".")[0]
    return f"COUNT({entity}.id WHERE {path} IN period)"
