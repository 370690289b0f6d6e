"""The derived columns of deal lines, leads, contacts and accounts. A column that the source filled stays as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from connector.store import sql
from connector.store.derive_deals import IS_DONE, IS_FIRST_ACTION
from connector.store.derive_staging import Staging

_FIRST_CHANGES: Final = {
    "qualified_at": "qualified",
    "mql_at": "mql",
    "sql_at": "sql",
    "sal_at": "sal",
    "converted_at": "converted",
}
"""Column of a lead and the status whose first change fills it."""


def derive_lines(staging: Staging) -> None:
    """Give deal lines without a currency that of their deal."""
    lines = staging.scan("deal_line")
    if not staging.rows("deal_line") or not staging.rows("deal"):
        return
    if not staging.number(f"SELECT count(*) FROM {lines} WHERE currency IS NULL"):
        return
    deals = f"(SELECT id, currency AS deal_currency FROM {staging.scan('deal')}) d"
    staging.rewrite("deal_line", {"currency": "coalesce(r.currency, deal_currency)"},
                    f"{lines} r LEFT JOIN {deals} ON d.id = r.deal_id")  # fmt: skip


def derive_leads(staging: Staging) -> None:
    """Fill a lead's first action from activities and its milestones from its status history.

    ``disqualified_at`` is the last change to unqualified, of leads that are unqualified now.
    """
    if not staging.rows("lead"):
        return
    fills, joins = {}, ""
    if staging.rows("activity"):
        joins += f""" LEFT JOIN (
            SELECT lead_id, min(coalesce(started_at, completed_at)) AS acted_at FROM {staging.scan("activity")}
            WHERE lead_id IS NOT NULL AND is_deleted IS NOT TRUE AND {IS_FIRST_ACTION} GROUP BY lead_id
        ) a ON a.lead_id = r.id"""
        fills["first_action_at"] = "coalesce(r.first_action_at, a.acted_at)"
    if staging.rows("lead_status_history"):
        first = ", ".join(
            f"min(changed_at) FILTER (word = {sql.literal(word)}) AS {column}"
            for column, word in _FIRST_CHANGES.items()
        )
        joins += f""" LEFT JOIN (
            SELECT lead_id, {first}, max(changed_at) FILTER (word = 'unqualified') AS disqualified_at
            FROM (SELECT *, lower(trim(to_status)) AS word FROM {staging.scan("lead_status_history")})
            WHERE is_deleted IS NOT TRUE GROUP BY lead_id
        ) h ON h.lead_id = r.id"""
        fills |= {column: f"coalesce(r.{column}, h.{column})" for column in _FIRST_CHANGES}
        fills["disqualified_at"] = (
            "coalesce(r.disqualified_at, CASE WHEN r.status = 'unqualified' THEN h.disqualified_at END)"
        )
    if fills:
        staging.rewrite("lead", fills, f"{staging.scan('lead')} r {joins}")


def derive_contacts(staging: Staging) -> None:
    """Fill a contact's dedupe key (rule E24: email, else the digits of the phone) and the last contact with it."""
    if not staging.rows("contact"):
        return
    email, digits = "nullif(lower(trim(r.email)), '')", "nullif(regexp_replace(r.phone, '[^0-9]', '', 'g'), '')"
    fills = {"dedupe_key": f"coalesce(r.dedupe_key, {email}, {digits})"}
    source = f"{staging.scan('contact')} r"
    if staging.rows("activity"):
        source += f""" LEFT JOIN (
            SELECT contact_id, max(coalesce(completed_at, started_at)) AS contacted_at
            FROM {staging.scan("activity")}
            WHERE contact_id IS NOT NULL AND is_deleted IS NOT TRUE AND {IS_DONE}
              AND coalesce(type, '') NOT IN ('note', 'task')
            GROUP BY contact_id
        ) a ON a.contact_id = r.id"""
        fills["last_contacted_at"] = "coalesce(r.last_contacted_at, a.contacted_at)"
    staging.rewrite("contact", fills, source)


def derive_accounts(staging: Staging, now: datetime) -> None:
    """Fill an account's first won deal and whether it is a customer at ``now``. Needs the finished deals."""
    if not staging.rows("account"):
        return
    first_won, source = "r.first_won_at", f"{staging.scan('account')} r"
    if staging.rows("deal"):
        first_won = "coalesce(r.first_won_at, w.won_at)"
        source += f""" LEFT JOIN (
            SELECT account_id, min(closed_at) AS won_at FROM {staging.scan("deal")}
            WHERE status = 'won' AND is_deleted IS NOT TRUE AND account_id IS NOT NULL GROUP BY account_id
        ) w ON w.account_id = r.id"""
    moment = f"TIMESTAMPTZ {sql.literal(now.isoformat())}"
    is_customer = f"coalesce({first_won} <= {moment} AND coalesce(r.churned_at > {moment}, true), false)"
    fills = {"first_won_at": first_won, "is_customer": f"coalesce(r.is_customer, {is_customer})"}
    staging.rewrite("account", fills, source)
