"""How the files refer to each other: by id, by name or e-mail, or under a slightly different spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from connector.model.schema import ENTITIES
from connector.normalise.propose_drafts import Draft
from connector.normalise.propose_entities import looks_like_id
from connector.normalise.propose_folding import unaccented
from connector.normalise.propose_values import Facts

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "owner": ("name", "email"), "account": ("name", "domain"), "contact": ("full_name", "email"),
    "product": ("name", "sku"), "deal": ("name",), "campaign": ("name",), "pipeline": ("name",), "stage": ("name",),
    "team": ("name",), "service_case": ("number",), "invoice": ("number",), "lead": ("dedupe_key",), "asset": ("name",),
}  # fmt: skip
"""Columns other than the id by which people refer to a record."""

MOST: Final = 0.9
HALF: Final = 0.5
MANY_ALIASES: Final = 50
FEW_VALUES: Final = 3

GOAL_SCOPES: Final = ("owner", "team", "campaign", "product")


@dataclass(frozen=True, slots=True)
class Link:
    """How the values of a reference find their record: ``by`` is the column that holds them."""

    by: str
    share: float
    draft: Draft
    known: frozenset[str]


def join(drafts: Sequence[Draft]) -> None:
    """Decide for every reference whether it is an id or has to be looked up, and propose spellings."""
    for draft in drafts:
        for target in list(draft.chosen):
            entity = target_entity(draft, target)
            if entity is not None and draft.column(target) is not None:
                _join_one(draft, target, entity, drafts)


def target_entity(draft: Draft, target: str) -> str | None:
    """The entity that a column refers to."""
    if draft.entity == "goal" and target == "scope_id":
        scope = draft.chosen.get("scope_type")
        name = str(scope.rule.get("constant")) if scope else None
        return name if name in GOAL_SCOPES else None
    column = ENTITIES[draft.entity].columns.get(target)
    return column.target if column is not None and column.kind == "ref" else None


def best_link(values: set[str], entity: str, drafts: Sequence[Draft]) -> Link | None:
    """The column of the entity's records that holds most of the values; the id wins a draw."""
    links = [
        Link(by, len(values & known) / max(len(values), 1), draft, frozenset(known))
        for draft in drafts
        if draft.entity == entity and draft.is_main and "id" in draft.chosen
        for by in ("id", *NAMES.get(entity, ()))
        if (known := draft.values(by))
    ]
    return max(links, key=lambda link: (link.share, link.by == "id"), default=None)


def _join_one(draft: Draft, target: str, entity: str, drafts: Sequence[Draft]) -> None:
    facts = draft.facts(target)
    link = best_link(set(facts.counts) if facts else set(), entity, drafts)
    if facts is None or link is None or not facts.filled:
        return
    by = link.by if link.share else _expected(facts, link.draft, entity)
    rule = dict(draft.chosen[target].rule)
    reason = f"{draft.chosen[target].reason}; {_evidence(link, by, entity)}"
    if by != "id" and draft.column(target) and link.draft.column(by) != link.draft.column("id"):
        rule["lookup"] = {"entity": entity, "by": by}
    if link.share >= HALF and (aliases := spellings(set(facts.counts) - link.known, link.known)):
        rule["aliases"] = aliases
        reason += f"; {len(aliases)} values are spelt differently there"
    draft.chosen[target] = replace(draft.chosen[target], rule=rule, reason=reason)


def _expected(facts: Facts, other: Draft, entity: str) -> str:
    """No value is found in the sample: decide by what the ids look like."""
    ids = other.facts("id")
    name = NAMES.get(entity, ("id",))[0]
    opaque = ids is not None and (ids.opaque >= MOST or ids.numbers >= MOST)
    same = facts.opaque >= MOST or facts.numbers >= MOST or looks_like_id(facts.name, facts)
    return name if opaque and not same and name in other.chosen else "id"


def _evidence(link: Link, by: str, entity: str) -> str:
    where = f"{entity}.{by} in {link.draft.sample.name}"
    return f"{link.share:.0%} of its values are {where}" if link.share else f"none of its values is among {where}"


def folded(value: str) -> str:
    """A value without case, accents, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unaccented(value.lower()))


def spellings(found: set[str], known: frozenset[str]) -> dict[str, str]:
    """Pair values with the known ones that differ only in case, accents, spaces or punctuation."""
    by_fold: dict[str, set[str]] = {}
    for value in known:
        by_fold.setdefault(folded(value), set()).add(value)
    pairs = {
        value: next(iter(meant))
        for value in sorted(found)
        if folded(value) and len(meant := by_fold.get(folded(value), set())) == 1
    }
    return pairs if len(pairs) <= MANY_ALIASES else {}


def found_by_value(draft: Draft, column: str, drafts: Sequence[Draft]) -> tuple[str, Link] | None:
    """A reference that no header gave away: nearly all values of the column are ids or names of other records."""
    facts = draft.sample.columns[column]
    values = set(facts.counts)
    if len(values) < FEW_VALUES or facts.dates >= HALF or facts.is_boolean or max(map(len, values)) < FEW_VALUES:
        return None
    for target, schema in ENTITIES[draft.entity].columns.items():
        if schema.kind != "ref" or schema.derived or target in draft.chosen or schema.target is None:
            continue
        link = best_link(values, schema.target, [other for other in drafts if other.sample is not draft.sample])
        if link is not None and link.share >= MOST and (facts.numbers < HALF or facts.mean_length >= 5):
            return target, link
    return None
