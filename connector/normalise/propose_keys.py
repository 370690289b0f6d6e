"""What tells one record from another where a file has no id column."""

from __future__ import annotations

from typing import Final

from connector.normalise.propose_drafts import Chosen, Draft
from connector.normalise.propose_entities import NEVER_IDS

NATURAL_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "owner": ("name", "email"), "team": ("name",), "account": ("name", "domain"), "contact": ("email", "full_name"),
    "product": ("sku", "name"), "pipeline": ("name",), "stage": ("name",), "campaign": ("name",), "asset": ("name",),
    "invoice": ("number",), "service_case": ("number",), "lead": ("dedupe_key",),
}  # fmt: skip
"""Columns that can stand in for an id when their values are unique."""

LASTING: Final[dict[str, tuple[str, ...]]] = {
    "deal": ("name", "account_id", "contact_id", "created_at", "owner_id"),
    "lead": ("dedupe_key", "created_at", "source"),
    "activity": ("type", "owner_id", "created_at", "due_at", "started_at", "subject", "account_id", "contact_id"),
    "payment": ("invoice_id", "account_id", "received_at", "expected_at", "amount"),
}  # fmt: skip
"""Columns that hardly ever change: where there is no id, the first of them that are unique together make one."""


def identify(draft: Draft) -> None:
    """Take a unique natural key as the id, else lasting columns that are unique together, else nothing.

    Without an id a row's hash is its id, and a changed row would be another record.
    """
    if "id" in draft.chosen or draft.entity in NEVER_IDS:
        return
    for target in NATURAL_KEYS.get(draft.entity, ()):
        facts = draft.facts(target)
        if facts is not None and facts.is_unique and facts.filled >= facts.rows * 0.95:
            draft.fill("id", facts.name, 0.7, f"there is no id column, and every {target} is different")
            _first(draft, "id")
            return
    columns: list[str] = []
    for target in LASTING.get(draft.entity, ()):
        column = draft.column(target)
        if column is None or "{" in column or "}" in column or column in columns:
            continue
        columns.append(column)
        if len({tuple(row.values()) for row in draft.rows(tuple(columns))}) == draft.sample.rows:
            text = " ".join("{" + column + "}" for column in columns)
            rule = {"column": columns[0]} if len(columns) == 1 else {"text": text}
            reason = "there is no id column; these are different in every row and hardly ever change"
            draft.chosen["id"] = Chosen(rule, tuple(columns), 0.4, reason)
            _first(draft, "id")
            return


def _first(draft: Draft, target: str) -> None:
    draft.chosen = {target: draft.chosen[target]} | draft.chosen


def depends_on(draft: Draft, column: str, on: str) -> bool:
    """Whether one column of the sample is decided by another, and says something: each value has one partner."""
    pairs = {(row[on], row[column]) for row in draft.rows((on, column)) if row[on] and row[column]}
    keys = {first for first, _ in pairs}
    return bool(pairs) and len(pairs) <= len(keys) * 1.05 and draft.sample.columns[on].filled > len(keys)
