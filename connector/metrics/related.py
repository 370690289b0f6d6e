"""A dimension whose record is one of several entities, such as what an activity belongs to."""

from __future__ import annotations

from connector.metrics.definitions import DimensionDefinition
from connector.metrics.relation import Relation, Value
from connector.metrics.sql import identifier, literal
from connector.model.schema import ENTITIES


def first_reference(relation: Relation, names: tuple[str, ...]) -> Value:
    """The key of the first reference that is filled, its entity before it: ids of two entities may be equal."""
    found = [relation.path(name) for name in names]
    cases = " ".join(
        f"WHEN {value.sql} IS NOT NULL THEN {literal(f'{value.target}:')} || {value.sql}" for value in found
    )
    return Value(f"(CASE {cases} END)", "text")


def related_label(
    definition: DimensionDefinition, key: str, alias: str, names: dict[str, str]
) -> tuple[str, str, set[str]]:
    """Return SQL of the name behind a key, the joins it needs, and the entities they read.

    ``names`` maps an entity to its naming column where it is not ``name``. A lead is called as its contact.
    """
    targets = {
        ENTITIES[entity].columns[column].target or "" for entity, held in definition.one_of.items() for column in held
    }
    joins, parts = "", []
    for number, target in enumerate(sorted(targets)):
        own = f"{alias}x{number}"
        joins += f" LEFT JOIN {identifier(target)} AS {own} ON {literal(f'{target}:')} || {own}.id = {key}"
        if target == "lead":
            joins += f" LEFT JOIN contact AS {own}c ON {own}c.id = {own}.contact_id"
            parts.append(f"{own}c.full_name")
        else:
            parts.append(f"{own}.{names.get(target, 'name')}")
    entities = targets | ({"contact"} if "lead" in targets else set())
    return f"COALESCE({', '.join(parts)}, {key})", joins, entities
