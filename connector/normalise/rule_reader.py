"""Value rules and conditions of a mapping file, read from YAML nodes into dataclasses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

import yaml

from connector.errors import quote
from connector.model.schema import ENTITIES, STORED, Column, Kind
from connector.normalise import currency, words
from connector.normalise.document import (
    Mistakes,
    choice,
    integer,
    is_absent,
    items,
    known_pairs,
    line_of,
    nearest,
    pairs,
    text,
    texts,
)  # fmt: skip
from connector.normalise.mapping import (
    CUSTOM_KINDS,
    CUSTOM_PREFIX,
    DATE_ORDERS,
    AllowedFrom,
    Comparison,
    Condition,
    Lookup,
    Pick,
    Shift,
    ValueRule,
)  # fmt: skip

SOURCES: Final = ("column", "columns", "text", "constant")
_KEYS: Final = tuple(entry.name for entry in fields(ValueRule) if entry.name != "line")
_MOMENTS: Final = ("date", "instant")
_NUMBERS: Final = ("number", "money", "integer")
_DIRECTIVES: Final = re.compile(r"%(?:[-]?[dmyYHIMSjp]|[bBaAfzZgnu]|%)")
_CUSTOM_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SYSTEM_COLUMNS: Final = ("custom", "source_system", "synced_at")


@dataclass(frozen=True, slots=True)
class Target:
    """The entity column that a rule fills; ``column`` is None for a custom one."""

    entity: str
    name: str
    column: Column | None
    grouped: bool

    @property
    def label(self) -> str:
        return f"{self.entity}.{self.name}"


def target_column(entity: str, name: str, line: int, grouped: bool, mistakes: Mistakes) -> Target | None:
    """Return the column a rule is for, or None after noting why it cannot be filled by a mapping."""
    if name.startswith(CUSTOM_PREFIX):
        if not _CUSTOM_NAME.fullmatch(name.removeprefix(CUSTOM_PREFIX)):
            mistakes.add(
                line,
                f"{quote(name)} is no name of a custom column; `custom.` is followed by small letters, digits and _",
            )
            return None
        return Target(entity, name, None, grouped)
    column = ENTITIES[entity].columns.get(name)
    if column is None or name in _SYSTEM_COLUMNS:
        close = nearest(name, (one for one in ENTITIES[entity].columns if one not in _SYSTEM_COLUMNS))
        hint = close or "; a column of your own is called `custom.<name>`"
        mistakes.add(line, f"{entity} has no column {quote(name)} that a mapping can fill{hint}")
        return None
    if column.derived:
        mistakes.add(
            line, f"{entity}.{name} is computed ({column.doc.removeprefix('derived: ')}); a mapping cannot fill it"
        )
        return None
    return Target(entity, name, column, grouped)


def read_rule(node: yaml.Node, target: Target, mistakes: Mistakes) -> ValueRule | None:
    """Read one rule, short form (the name of a column) or long; None when it is not usable."""
    if isinstance(node, yaml.ScalarNode):
        if is_absent(node):
            mistakes.add(line_of(node), f"{target.label} has no rule; write the name of a column of the file")
            return None
        return ValueRule(column=str(node.value), line=line_of(node))
    return _RuleReader(node, target, mistakes).read()


def rule_kind(target: Target, declared: Kind | None) -> Kind:
    """Type of the values of a column."""
    return target.column.kind if target.column is not None else (declared or "text")


class _RuleReader:
    """Reads the keys of one long rule. One instance per rule; ``values`` collects the fields of the dataclass."""

    def __init__(self, node: yaml.Node, target: Target, mistakes: Mistakes) -> None:
        self.node = node
        self.target = target
        self.mistakes = mistakes
        self.keys = known_pairs(node, target.label, _KEYS, mistakes)

    def read(self) -> ValueRule | None:
        before = len(self.mistakes.found)
        values = {name: self._value(name, node) for name, node in self.keys.items()}
        given = [name for name in SOURCES if name in self.keys]
        if len(given) != 1:
            has = f"has {' and '.join(given)}" if given else "says not where its value comes from"
            self._note(self.node, f"{has}; give exactly one of {', '.join(SOURCES)}")
        self._check_fit(values)
        if len(self.mistakes.found) > before or None in values.values():
            return None
        rule = ValueRule(**values, line=line_of(self.node))
        self._check_literals(rule)
        return rule

    def _note(self, node: yaml.Node, sentence: str) -> None:
        self.mistakes.add(line_of(node), f"{self.target.label} {sentence}")

    def _value(self, name: str, node: yaml.Node) -> Any:
        what = f"{self.target.label}: `{name}`"
        if name in ("columns", "empty"):
            return texts(node, what, self.mistakes)
        if name == "when":
            return read_conditions(node, self.target.label, self.mistakes)
        if name == "type":
            return choice(node, what, CUSTOM_KINDS, self.mistakes)
        if name == "on_error":
            return choice(node, what, ("reject", "empty"), self.mistakes)
        if name == "pick":
            return choice(node, what, get_args(Pick), self.mistakes)
        if name == "decimal":
            return choice(node, what, (".", ","), self.mistakes)
        reader = {
            "aliases": self._aliases, "scale": self._scale, "add": self._shift, "lookup": self._lookup,
            "allowed": self._allowed, "dates": self._dates, "time_zone": self._zone,
        }.get(name)  # fmt: skip
        return reader(node, what) if reader else text(node, what, self.mistakes)

    def _aliases(self, node: yaml.Node, what: str) -> tuple[tuple[str, str], ...]:
        found = []
        for name, value, _line in pairs(node, what, self.mistakes):
            found.append((name.strip(), "" if is_absent(value) else text(value, what, self.mistakes)))
        return tuple(found)

    def _scale(self, node: yaml.Node, what: str) -> Decimal | None:
        found = text(node, what, self.mistakes)
        try:
            factor = Decimal(found)
        except InvalidOperation:
            factor = Decimal("NaN")
        if not factor.is_finite() or factor == 0:
            self._note(node, f"has the scale {quote(found)}; it must be a number other than 0")
            return None
        return factor

    def _shift(self, node: yaml.Node, what: str) -> Shift:
        keys = known_pairs(node, what, ("years", "months", "weeks", "days"), self.mistakes)
        read = {
            name: integer(value, f"{what} {name}", self.mistakes, -100_000, 100_000) for name, value in keys.items()
        }
        return Shift(**{name: value or 0 for name, value in read.items()})

    def _lookup(self, node: yaml.Node, what: str) -> Lookup | None:
        keys = known_pairs(node, what, ("entity", "by", "take"), self.mistakes)
        entity = read_entity(keys["entity"], self.mistakes) if "entity" in keys else None
        if entity is None or "by" not in keys:
            if "entity" not in keys or "by" not in keys:
                self._note(node, "looks up without saying where; give `entity` and `by`")
            return None
        by = self._column_of(entity, keys["by"])
        take = self._column_of(entity, keys["take"]) if "take" in keys else "id"
        return Lookup(entity, by, take)

    def _column_of(self, entity: str, node: yaml.Node) -> str:
        name = text(node, self.target.label, self.mistakes)
        if name not in ENTITIES[entity].columns and not name.startswith(CUSTOM_PREFIX):
            self._note(node, f"looks at {entity}.{name}, which does not exist{nearest(name, ENTITIES[entity].columns)}")
        return name

    def _allowed(self, node: yaml.Node, what: str) -> tuple[str, ...] | AllowedFrom | None:
        if not isinstance(node, yaml.MappingNode):
            return texts(node, what, self.mistakes)
        keys = known_pairs(node, what, ("entity", "column"), self.mistakes)
        entity = read_entity(keys["entity"], self.mistakes) if "entity" in keys else None
        if entity is None or "column" not in keys:
            self._note(node, "allows the values of a column without naming `entity` and `column`")
            return None
        return AllowedFrom(entity, self._column_of(entity, keys["column"]))

    def _dates(self, node: yaml.Node, what: str) -> str | None:
        return read_dates(node, what, self.mistakes)

    def _zone(self, node: yaml.Node, what: str) -> str | None:
        return read_zone(node, what, self.mistakes)

    def _check_fit(self, values: dict[str, Any]) -> None:
        """Keys that make no sense for the type of the column."""
        kind = rule_kind(self.target, values.get("type"))
        fitting = {
            "scale": _NUMBERS, "decimal": _NUMBERS, "add": _MOMENTS, "dates": _MOMENTS, "time_zone": _MOMENTS,
        }  # fmt: skip
        for name, kinds in fitting.items():
            if name in values and kind not in kinds:
                self._note(self.keys[name], f"is of type {kind}; `{name}` is for {', '.join(kinds)}")
        for name in ("type", "label"):
            if name in values and self.target.column is not None:
                self._note(self.keys[name], f"is a column of the fixed schema; `{name}` is for custom columns")
        if "pick" in values and not self.target.grouped:
            self._note(self.keys["pick"], "has `pick`, which is for records with `group: true`")
        if values.get("pick") in ("sum", "count") and kind not in _NUMBERS:
            self._note(self.keys["pick"], f"is of type {kind}; only numbers can be picked by {values['pick']}")
        if self.target.name == "id" and any(name in values for name in ("lookup", "pick")):
            self._note(self.node, "cannot be looked up or picked: it says which record a row belongs to")

    def _check_literals(self, rule: ValueRule) -> None:
        if rule.text is not None and not rule.placeholders():
            self._note(self.keys["text"], "has a `text` without any {column}; use `constant` for a fixed value")
        if rule.text is not None and re.search(r"[{}]", re.sub(r"\{\{|\}\}|\{[^{}]+\}", "", rule.text)):
            self._note(
                self.keys["text"], "has a `text` with a bracket that is not closed; write {{ and }} for brackets"
            )
        kind = rule_kind(self.target, rule.type)
        for name, value in (("constant", rule.constant), ("default", rule.default)):
            if value is None or (name == "constant" and (rule.lookup or rule.dates or rule.aliases or rule.decimal)):
                continue
            reason = literal_problem(value, kind, self.target.column)
            if reason:
                self._note(self.keys[name], f"has the {name} {quote(value)}: {reason}")


def read_entity(node: yaml.Node, mistakes: Mistakes) -> str | None:
    """Read the name of a stored entity."""
    name = text(node, "`entity`", mistakes)
    if name in STORED:
        return name
    if name in ENTITIES:
        mistakes.add(line_of(node), f"the entity {quote(name)} is computed; no file can feed it")
    else:
        mistakes.add(line_of(node), f"there is no entity {quote(name)}{nearest(name, STORED)}")
    return None


def read_dates(node: yaml.Node, what: str, mistakes: Mistakes) -> str | None:
    """Read the order of a date's parts, or a strptime format."""
    found = text(node, what, mistakes)
    if found in DATE_ORDERS:
        return found
    if "%" in found and "%" not in _DIRECTIVES.sub("", found):
        return found
    orders = ", ".join(DATE_ORDERS)
    mistakes.add(line_of(node), f"{what} is {quote(found)}; it can be {orders} or a format such as %d/%m/%Y %H:%M")
    return None


def read_zone(node: yaml.Node, what: str, mistakes: Mistakes) -> str | None:
    """Read the IANA name of a time zone."""
    found = text(node, what, mistakes)
    try:
        ZoneInfo(found)
    except (ValueError, OSError, KeyError):
        mistakes.add(
            line_of(node), f"{what} is {quote(found)}; it must be the IANA name of a zone, such as Europe/Madrid"
        )
        return None
    return found


def read_conditions(node: yaml.Node, what: str, mistakes: Mistakes) -> tuple[Condition, ...]:
    """Read a list of conditions, or a single one."""
    nodes = [node] if isinstance(node, yaml.MappingNode) else items(node, f"{what}: a condition", mistakes)
    return tuple(one for one in (_condition(entry, what, mistakes) for entry in nodes) if one is not None)


def _condition(node: yaml.Node, what: str, mistakes: Mistakes) -> Condition | None:
    comparisons = get_args(Comparison)
    keys = known_pairs(node, f"{what}: a condition", ("column", *comparisons), mistakes)
    given: list[Comparison] = [name for name in comparisons if name in keys]
    if "column" not in keys or len(given) != 1:
        mistakes.add(line_of(node), f"{what}: a condition needs `column` and exactly one of {', '.join(comparisons)}")
        return None
    name = given[0]
    values = texts(keys[name], f"{what}: `{name}`", mistakes)
    if name not in ("in", "not_in") and len(values) != 1:
        mistakes.add(line_of(node), f"{what}: `{name}` takes one value")
        return None
    if name in ("empty", "filled"):
        if values[0] not in ("true", "false"):
            mistakes.add(line_of(node), f"{what}: `{name}` is true or false")
            return None
        opposite: Comparison = "filled" if name == "empty" else "empty"
        name, values = (name if values[0] == "true" else opposite), ()
    if name == "matches" and (problem := _expression_problem(values[0])):
        mistakes.add(line_of(node), f"{what}: {quote(values[0])} is no regular expression: {problem}")
        return None
    return Condition(
        text(keys["column"], what, mistakes), name, tuple(value.strip() for value in values), line_of(node)
    )


def _expression_problem(expression: str) -> str:
    try:
        re.compile(expression)
    except re.error as error:
        return str(error)
    forbidden = re.search(r"\(\?(?:[=!]|<[=!]|P=|\()|\\[1-9]", expression)
    return f"{forbidden.group(0)} is not supported" if forbidden else ""


def literal_problem(value: str, kind: Kind, column: Column | None) -> str:
    """Say why a text written in the mapping is no value of a type; nothing when it is one."""
    return next(iter(_literal_problems(value, kind, column)), "")


def _literal_problems(value: str, kind: Kind, column: Column | None) -> Iterator[str]:
    if kind == "enum" and column is not None and words.key(value) not in words.enumerated(column.values):
        yield f"it can be {', '.join(column.values)}"
    elif kind == "currency" and value.upper() not in currency.CODES:
        yield "it is no ISO 4217 code"
    elif kind == "boolean" and value.strip().lower() not in words.TRUE | words.FALSE:
        yield "it must be true or false"
    elif kind in _NUMBERS and not _is_number(value, whole=kind == "integer"):
        yield "it must be a whole number" if kind == "integer" else "it must be a plain number such as 1234.5"
    elif kind in _MOMENTS and not _is_iso_date(value):
        yield "it must be a date such as 2024-03-31"


def _is_number(value: str, whole: bool) -> bool:
    try:
        parsed = Decimal(value)
    except InvalidOperation:
        return False
    return parsed.is_finite() and (not whole or parsed == parsed.to_integral_value())


def _is_iso_date(value: str) -> bool:
    try:
        return len(value) >= 10 and date.fromisoformat(value[:10]) is not None
    except ValueError:
        return False
