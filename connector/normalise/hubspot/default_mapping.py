"""The mapping that an account gets unasked: its own fields where it has them, in the language of mapping files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from textwrap import wrap
from types import MappingProxyType
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from connector.model.schema import ENTITIES, Kind
from connector.normalise.currency import CODES
from connector.normalise.hubspot.fields import LEADS_FROM_CONTACTS, OF_STREAM, RECORDS, Field, Record, column_name
from connector.normalise.mapping import (
    CUSTOM_PREFIX,
    FileMapping,
    RecordMapping,
    ValueRule,
    WorkspaceRules,
)  # fmt: skip
from connector.normalise.mapping import Mapping as MappingFile
from connector.normalise.mapping_writer import mapping_to_text

MOST_CUSTOM: Final = 250
"""Custom properties of one stream that become columns; the others stay in the raw rows, for a mapping to take."""
LINE_WIDTH: Final = 118
MOST_CHOICES: Final = 200
"""Choices whose labels are written into the mapping."""

_PLAIN_KINDS: Final[frozenset[Kind]] = frozenset({"text", "ref", "key"})
_CUSTOM_KINDS: Final[dict[str, Kind]] = {
    "number": "number",
    "date": "date",
    "datetime": "instant",
    "bool": "boolean",
}
"""Type of a property to that of the column; everything else is text."""
_NAME_LENGTH: Final = 50


class Property(Protocol):
    """One field that the account has; ``options`` are value and label of each choice."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def custom(self) -> bool: ...
    @property
    def options(self) -> Sequence[tuple[str, str]]: ...


class Account(Protocol):
    """The account that is read; texts are empty where it does not tell."""

    @property
    def id(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def ui_host(self) -> str: ...


Columns = Mapping[str, Sequence[str]]
"""Dataset to its columns, exploded datasets included."""
Properties = Mapping[str, Sequence[Property]]
"""Stream to the properties of its records."""


def default_mapping(
    columns: Columns, properties: Properties, account: Account, preferred: Columns = MappingProxyType({})
) -> str:
    """Return the text of a mapping for the datasets at hand. Only columns that they have are named.

    Where an account has too many properties of its own, those of ``preferred`` (columns by dataset) come first.

    Values that cannot be read are left out and reported, never the whole row: a record of the CRM is never lost.
    """
    writer = _Writer(columns, properties, account, preferred)
    files: dict[str, list[RecordMapping]] = {}
    for one in (*RECORDS, LEADS_FROM_CONTACTS):
        made = writer.record(one)
        if made is not None:
            files.setdefault(one.dataset, []).append(made)
    entries = tuple(FileMapping(name, tuple(records)) for name, records in files.items())
    text = mapping_to_text(MappingFile(entries, _workspace(account)))
    return f"{_head(left_out(columns, properties, preferred))}{text}"


def left_out(
    columns: Columns, properties: Properties, preferred: Columns = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """Return, by stream, the custom properties that the default mapping has no room for, those missed most first."""
    found = {}
    for one in RECORDS:
        stream = OF_STREAM.get(one.dataset, one.dataset)
        names = tuple(each.name for each in _ranked(columns, properties, one.dataset, preferred)[MOST_CUSTOM:])
        if names:
            found[stream] = names
    return found


def mapping_table() -> str:
    """Return the default mapping as a table in Markdown, for the documents."""
    lines = ["| Column | HubSpot | Notes |", "|---|---|---|"]
    for one in (*RECORDS, LEADS_FROM_CONTACTS):
        for name, field in one.columns.items():
            lines.append(f"| `{one.entity}.{name}` | {_source_words(one, field)} | {_notes(one, field)} |")
    return "\n".join(lines) + "\n"


def _source_words(one: Record, field: Field) -> str:
    if field.constant is not None:
        return f"always `{field.constant}`"
    stream = OF_STREAM.get(one.dataset, one.dataset)
    return " or ".join(f"{stream}: `{source.removeprefix('@')}`" for source in field.sources)


def _notes(one: Record, field: Field) -> str:
    found = []
    if field.aliases and not field.labels:
        found.append(", ".join(f"{theirs} = {ours}" for theirs, ours in field.aliases))
    if field.default is not None:
        found.append(f"else {field.default}")
    if field.labels:
        found.append("label of the choice")
    if field.scale is not None:
        found.append(f"times {field.scale}")
    found += [
        f"when `{test.column.removeprefix('properties.')}` {test.comparison} {', '.join(test.values)}".rstrip()
        for test in (*field.when, *one.where)
    ]
    if field.unless or one.unless:
        found.append(f"without {field.unless or one.unless}")
    return "; ".join(found)


def _workspace(account: Account) -> WorkspaceRules:
    found = WorkspaceRules(revenue="deal.amount", conversion=("lead.converted_at",))
    currency = account.currency.upper() if account.currency.upper() in CODES else found.currency
    zone = account.time_zone if _is_zone(account.time_zone) else found.time_zone
    return WorkspaceRules(currency, zone, revenue=found.revenue, conversion=found.conversion)


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ValueError, OSError, KeyError):
        return False


def _head(missing: Mapping[str, Sequence[str]]) -> str:
    lines = [
        "# What Puente reads of HubSpot, and where it goes. Made from the account's own fields; change what you like."
    ]
    for stream, names in missing.items():
        lines.append(f"# {len(names)} more custom properties of {stream} are kept but not mapped: add those you need.")
        listed = ", ".join(_shown(name) for name in sorted(names))
        lines += wrap(listed, LINE_WIDTH, initial_indent="#   ", subsequent_indent="#   ", break_on_hyphens=False)
    return "".join(f"{line}\n" for line in lines)


def _custom(columns: Columns, properties: Properties, dataset: str) -> list[Property]:
    """Return the custom properties that a dataset has columns for, in the order of their names."""
    known = set(columns.get(dataset, ()))
    listed = properties.get(OF_STREAM.get(dataset, dataset), ())
    return sorted((each for each in listed if each.custom and f"properties.{each.name}" in known), key=lambda p: p.name)


def _ranked(columns: Columns, properties: Properties, dataset: str, preferred: Columns) -> list[Property]:
    """Return the same properties, those to be chosen first in front."""
    ranks = {name: rank for rank, name in enumerate(preferred.get(dataset, ()))}
    found = _custom(columns, properties, dataset)
    return sorted(found, key=lambda each: ranks.get(f"properties.{each.name}", len(ranks)))


class _Writer:
    """Writes the records of one mapping. ``taken`` are the custom columns of each entity with their types."""

    def __init__(self, columns: Columns, properties: Properties, account: Account, preferred: Columns) -> None:
        self.preferred = preferred
        self.columns = columns
        self.properties = properties
        self.account = account
        self.taken: defaultdict[str, dict[str, Kind]] = defaultdict(dict)

    def record(self, one: Record) -> RecordMapping | None:
        """Return the rules for the columns that the dataset has, None when that leaves nothing to say."""
        known = frozenset(self.columns.get(one.dataset, ()))
        if one.unless in self.columns or not known.issuperset(test.column for test in one.where):
            return None
        rules = {}
        for name, field in one.columns.items():
            rule = self._rule(one, name, field, known)
            if rule is not None:
                rules[name] = rule
        if "id" not in rules:
            return None
        rules |= dict(self._address(one))
        if one.columns.keys() >= {"merged_into_id"} and one is not LEADS_FROM_CONTACTS:
            rules |= dict(self._own_properties(one))
        if len(rules) == 1:
            return None
        return RecordMapping(one.entity, rules, one.where)

    def _rule(self, one: Record, name: str, field: Field, known: frozenset[str]) -> ValueRule | None:
        # A column that is not there holds none of the values that a condition excludes.
        when = tuple(test for test in field.when if test.column in known or test.comparison != "not_in")
        if field.unless in self.columns or not known.issuperset(test.column for test in when):
            return None
        source = next((source for source in field.needed if source in known), None)
        if field.constant is not None or (source is None and field.default is not None):
            return ValueRule(constant=field.constant or field.default)
        if source is None:
            return None
        custom = name.startswith(CUSTOM_PREFIX)
        if custom:
            self.taken[one.entity][name] = "text"
        kind: Kind = "text" if custom else ENTITIES[one.entity].columns[name].kind
        text = self._text(field, known)
        return ValueRule(
            column=source if text is None else None,
            text=text,
            aliases=field.aliases or self._choices(one, source, field),
            scale=Decimal(field.scale) if field.scale is not None else None,
            default=field.default,
            when=when,
            lookup=field.lookup,
            on_error="reject" if kind in _PLAIN_KINDS else "empty",
            type="text" if custom else None,
            label=field.label or None,
        )

    def _text(self, field: Field, known: frozenset[str]) -> str | None:
        """Return the text of a field with the columns that the dataset has; None when there is none."""
        if field.text is None:
            return None
        named = field.text
        for source in field.sources:
            there = column_name(source) in known
            named = named.replace(f"{{{source}}}", f"{{{column_name(source)}}}" if there else "")
        return named.strip()

    def _choices(self, one: Record, source: str, field: Field) -> tuple[tuple[str, str], ...]:
        if not field.labels:
            return ()
        listed = self.properties.get(OF_STREAM.get(one.dataset, one.dataset), ())
        found = next((each for each in listed if f"properties.{each.name}" == source), None)
        return _labels(found) if found is not None else ()

    def _address(self, one: Record) -> Iterator[tuple[str, ValueRule]]:
        host = self.account.ui_host or "app.hubspot.com"
        if one.object_type and self.account.id.isalnum() and re.fullmatch(r"[A-Za-z0-9.:-]+", host):
            path = f"https://{host}/contacts/{self.account.id}/record/{one.object_type}/{{id}}"
            yield "external_url", ValueRule(text=path)

    def _own_properties(self, one: Record) -> Iterator[tuple[str, ValueRule]]:
        chosen = _ranked(self.columns, self.properties, one.dataset, self.preferred)[:MOST_CUSTOM]
        for each in sorted(chosen, key=lambda each: each.name):
            kind = _CUSTOM_KINDS.get(each.type, "text")
            name = self._free_name(one, each.name, kind)
            yield (
                name,
                ValueRule(
                    column=f"properties.{each.name}",
                    aliases=_labels(each) if kind == "text" else (),
                    type=kind,
                    label=_shown(each.label) or None,
                    on_error="reject" if kind == "text" else "empty",
                ),
            )

    def _free_name(self, one: Record, name: str, kind: Kind) -> str:
        """Return a name for a custom column that neither the schema nor another property has.

        Calls and e-mails are rows of one entity: properties of one name and type share their column.
        """
        plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
        plain = (plain if plain[:1].isalpha() and plain[:1].isascii() else f"p_{plain}")[:_NAME_LENGTH]
        if plain in ENTITIES[one.entity].columns:
            plain = f"{plain}_hubspot"
        taken, number, free = self.taken[one.entity], 1, f"{CUSTOM_PREFIX}{plain}"
        while free in taken and not (one.entity == "activity" and taken[free] == kind):
            number += 1
            free = f"{CUSTOM_PREFIX}{plain}_{number}"
        taken[free] = kind
        return free


def _labels(field: Property) -> tuple[tuple[str, str], ...]:
    """Return value and label of the choices that are called otherwise than they are stored."""
    found = {value: _shown(label) for value, label in field.options if value.strip() and _shown(label)}
    shown = tuple((value.strip(), label) for value, label in found.items() if value.strip() != label)
    return shown if len(shown) <= MOST_CHOICES else ()


def _shown(label: str) -> str:
    return "".join(char if char.isprintable() else " " for char in label).strip()[:80]
