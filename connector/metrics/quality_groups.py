"""Data-quality results counted by groups of records that are alike, instead of one row for each record and rule.

A million records with a dozen rules are twelve million results, but only a few thousand kinds of record: those with
one owner whose rules apply and fail alike. One scan of an entity tells its records' rules as bits, the groups are
spread over their rules, and each figure adds up the records of groups.
"""

from __future__ import annotations

from typing import Final

from connector.metrics.quality import DataQuality, Rule, quality_rules
from connector.metrics.relation import Request
from connector.metrics.sql import identifier, literal
from connector.metrics.syntax import Aggregate, Binary, ColumnRef, Constant, Exists, Leaf, Node, Text, conjuncts, walk
from connector.model.schema import ENTITIES

GROUPS: Final = "dq_group"
"""Name of the groups in a statement."""
MOST_RULES: Final = 62
"""Rules of one entity that find place in the bits of a BIGINT."""
_SAME: Final = frozenset({"entity", "owner_id", "checked_at", "last_modified_by"})
"""What all results of a group have in common."""
_OF_RULE: Final = frozenset({"field", "rule_id", "is_violation"})
_RECORD: Final = ("entity", "record_id")
_DUPLICATES: Final = ("entity", "duplicate_group_id")


def groups_suffice(request: Request, leaves: list[Leaf], asked: set[str]) -> bool:
    """True when groups give the same figures as results. ``asked``: columns of dq_result in keys and filters.

    Records are counted once each only where keys and filters do not tell the results of one record apart.
    """
    rules = quality_rules(request)
    most = max((sum(rule.entity == each.entity for each in rules) for rule in rules), default=0)
    if not 0 < most <= MOST_RULES or not asked <= _SAME | _OF_RULE:
        return False
    return all(_is_countable(leaf.aggregate, by_rule=bool(asked & _OF_RULE)) for leaf in leaves)


def count_of_groups(node: Aggregate) -> tuple[str, list[str]]:
    """SQL of a count over groups, and the conditions it needs beyond its own."""
    if not node.distinct:
        return "SUM(t.records)", []
    if _names(node) == _DUPLICATES:
        return "COUNT(DISTINCT (t.entity, t.duplicate_group_id))", ["t.duplicate_group_id IS NOT NULL"]
    return "SUM(t.records)", [f"t.{_first(node)}"]


def _is_countable(node: Aggregate, *, by_rule: bool) -> bool:
    parts = list(walk(node.where)) if node.where is not None else []
    read = {part.column for part in parts if isinstance(part, ColumnRef) and part.entity == "dq_result"}
    if node.function != "COUNT" or not read <= _SAME | _OF_RULE or any(isinstance(part, Exists) for part in parts):
        return False
    names = _names(node)
    if not node.distinct:
        return names in ((), ("record_id",))
    if names == _DUPLICATES:
        return _is_violated(node)
    return names == _RECORD and not by_rule and bool(_first(node))


def _names(node: Aggregate) -> tuple[str, ...]:
    """Columns of dq_result that are counted; an argument that is none has no name."""
    return tuple(
        part.column if isinstance(part, ColumnRef) and part.entity == "dq_result" else "" for part in node.arguments
    )


def _first(node: Aggregate) -> str:
    """Column that is true in one row a record among those a condition keeps; empty when there is none."""
    others = [part for part in conjuncts(node.where) if not _asks(part, "is_violation", Constant)]
    if len(others) > 1 or not all(_asks(part, "rule_id", Text) for part in others):
        return ""
    return f"first{'_of_rule' if others else ''}{'_violated' if _is_violated(node) else ''}"


def _is_violated(node: Aggregate) -> bool:
    return any(_asks(part, "is_violation", Constant) for part in conjuncts(node.where))


def _asks(part: Node, name: str, kind: type[Text | Constant]) -> bool:
    """True for ``column = 'text'`` and ``column = true``."""
    if not isinstance(part, Binary) or part.op != "=" or not isinstance(part.left, ColumnRef):
        return False
    if part.left.entity != "dq_result" or part.left.column != name or not isinstance(part.right, kind):
        return False
    return isinstance(part.right, Text) or part.right.value is True


# -- rows


def group_relation(request: Request) -> DataQuality:
    """Return the groups, each once for every rule that applies to its records, and the entities they are made of."""
    rules = quality_rules(request)
    entities = {rule.entity for rule in rules}
    selects = [_select(entity, rules, request.window.moment("now")) for entity in sorted(entities)]
    targets = {ENTITIES[rule.entity].columns[rule.name].target or "" for rule in rules if rule.rule == "invalid"}
    return DataQuality(" UNION ALL ".join(selects), entities | targets - {""})


def _select(entity: str, rules: list[Rule], checked_at: str) -> str:
    own = sorted((rule for rule in rules if rule.entity == entity), key=lambda rule: rule.rule)
    listed = ", ".join(_row(rule, place, own) for place, rule in enumerate(own))
    return (
        f"SELECT {literal(entity)} AS entity, r.field, r.rule_id, (g.violated & r.own) <> 0 AS is_violation, "
        f"{checked_at} AS checked_at, g.owner_id, CAST(NULL AS VARCHAR) AS last_modified_by, "
        "CASE WHEN r.rule_id = 'duplicate' THEN g.duplicate_group_id END AS duplicate_group_id, g.records, "
        "(g.checked & r.before) = 0 AS first, (g.violated & r.before) = 0 AS first_violated, "
        "(g.checked & r.before & r.alike) = 0 AS first_of_rule, "
        "(g.violated & r.before & r.alike) = 0 AS first_of_rule_violated "
        f"FROM ({_groups(entity, own)}) AS g JOIN (VALUES {listed}) AS r(field, rule_id, own, before, alike) "
        "ON (g.checked & r.own) <> 0"
    )


def _row(rule: Rule, place: int, own: list[Rule]) -> str:
    """A rule with its bit, the bits before it, and those of rules with its name."""
    alike = sum(1 << number for number, other in enumerate(own) if other.rule == rule.rule)
    bits = ", ".join(f"CAST({number} AS BIGINT)" for number in (1 << place, (1 << place) - 1, alike))
    return f"({literal(rule.name)}, {literal(rule.rule)}, {bits})"


def _groups(entity: str, own: list[Rule]) -> str:
    owner = "t.owner_id" if "owner_id" in ENTITIES[entity].columns else "CAST(NULL AS VARCHAR)"
    checked = [(place, f"({rule.where})") for place, rule in enumerate(own)]
    violated = [(place, f"({rule.where}) AND ({rule.violated})") for place, rule in enumerate(own)]
    keys = [(rule.group, 1 << place) for place, rule in enumerate(own) if rule.rule == "duplicate"]
    key, bit = keys[0] if keys else ("CAST(NULL AS VARCHAR)", 0)
    records = (
        f"SELECT {owner} AS owner_id, {key} AS duplicate_key, {_bits(checked)} AS checked, {_bits(violated)} "
        f"AS violated FROM {identifier(entity)} AS t WHERE t.is_deleted IS NOT TRUE"
    )
    return (
        f"SELECT owner_id, CASE WHEN violated & {bit} <> 0 THEN duplicate_key END AS duplicate_group_id, checked, "
        f"violated, COUNT(*) AS records FROM ({records}) GROUP BY 1, 2, 3, 4"
    )


def _bits(conditions: list[tuple[int, str]]) -> str:
    return " + ".join(f"CASE WHEN {sql} THEN CAST({1 << place} AS BIGINT) ELSE 0 END" for place, sql in conditions)
