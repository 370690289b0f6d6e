"""Loads ``looker_schemas/``: the one definition of every dimension and metric.

A metric is an entry with labels, a unit, an aggregation class and a formula; a dimension says on which
entities it can be read and along which references. Nothing here knows a workspace.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from connector.errors import UnknownName, quote
from connector.metrics.formula import parse_formula, parse_row_expression
from connector.metrics.syntax import Node
from connector.model.query import Language
from connector.model.table import Unit

FOLDER: Final = Path(__file__).resolve().parents[2] / "looker_schemas"

Labels = dict[Language, str]
AggregationClass = Literal[
    "sum", "sum_except_time", "sum_two_dates", "distinct", "ratio", "share", "row_level", "none", "by_metric"
]
_SPOKEN: Final = ("unit_labels", "category_labels", "group_labels", "type_labels", "parameter_notes")
DimensionType = Literal["ref", "text", "enum", "date", "period", "integer", "boolean", "band"]


@dataclass(frozen=True)
class MetricDefinition:
    """One metric. ``history`` marks a stock of deals that is read from deal_history for past dates.

    ``tree`` is the formula, or reads it: a process that answers one chart reads few of the hundreds there are.
    """

    id: str
    labels: Labels
    category: str
    unit: Unit
    direction: Literal["up", "down", "neutral"]
    aggregation: AggregationClass
    text: str
    tree: Node | Callable[[], Node]
    history: bool = False
    note: str = ""

    @cached_property
    def formula(self) -> Node:
        """What the figure is computed from. Raises FormulaError for a definition that cannot be read."""
        return self.tree() if callable(self.tree) else self.tree


@dataclass(frozen=True, slots=True)
class DimensionDefinition:
    """One dimension.

    ``paths`` maps an entity (or ``entity@anchor``, for figures placed in time by that column) to the path of
    references that leads to the value. ``of`` is (dimension, column): the value is a column of the record
    that other dimension names. ``target`` is the entity whose name labels the ids. ``ordered`` values stand in the
    order they are listed, after the records where the dimension has both.
    """

    id: str
    labels: Labels
    group: str
    type: DimensionType
    paths: dict[str, str]
    of: tuple[str, str] | None = None
    target: str = ""
    null_label: str = ""
    values: dict[str, Labels] | None = None
    ordered: bool = False
    edges: tuple[float, ...] = ()
    note: str = ""
    expressions: dict[str, Node] = field(default_factory=dict)
    """Entity to what is computed on each of its rows, where no path leads to the value."""
    one_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity to references of which the first one filled is taken; keys are written ``deal:17``."""
    personal: bool = False
    """Its values name people outside, or what was written to them."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All definitions by id, and the words for empty groups."""

    metrics: dict[str, MetricDefinition]
    dimensions: dict[str, DimensionDefinition]
    null_labels: dict[str, Labels]
    synonyms: dict[str, tuple[str, ...]]
    """What people also call things, in small letters, to the ids it can mean."""
    """Wrong or foreign terms, lower case, to the id that is meant."""
    defaults: dict[str, str]
    """Parameters of formulas that a request may leave out."""
    words: dict[str, dict[str, Labels]] = field(default_factory=dict)
    """What units, categories, groups and types are called, and what parameters do: kind of word, id, text."""

    def metric(self, name: str) -> MetricDefinition:
        """Return a metric. Raises UnknownName with the nearest ids."""
        found = self.metrics.get(name)
        if found is None:
            raise UnknownName(f"There is no metric {quote(name)}.", remedy=_nearest(name, self.metrics, self.synonyms))
        return found

    def dimension(self, name: str) -> DimensionDefinition:
        """Return a dimension. Raises UnknownName with the nearest ids."""
        found = self.dimensions.get(name)
        if found is None:
            raise UnknownName(
                f"There is no dimension {quote(name)}.", remedy=_nearest(name, self.dimensions, self.synonyms)
            )
        return found


def _nearest(name: str, known: dict[str, Any], synonyms: dict[str, tuple[str, ...]]) -> str:
    """Say what a name can mean: another word for it, its label in any language, or an id that is spelt alike."""
    text = name.strip().lower()
    meant = [found for found in synonyms.get(text, ()) if found in known]
    labelled = [each.id for each in known.values() if text in (label.lower() for label in each.labels.values())]
    near = meant or labelled or difflib.get_close_matches(name, known, 3, 0.5)
    if not near:
        return "List them with 'metrics' and 'dimensions'."
    return f"Did you mean {' or '.join(str(candidate) for candidate in near)}?"


def _metric(entry: dict[str, Any], category: str) -> MetricDefinition:
    return MetricDefinition(
        id=entry["id"],
        labels=entry["label"],
        category=category,
        unit=entry["unit"],
        direction=entry["direction"],
        aggregation=entry["agg"],
        text=" ".join(str(entry["formula"]).split()),
        tree=partial(parse_formula, str(entry["formula"]), f"looker_schemas/metrics/{category}.yaml, {entry['id']}"),
        history=bool(entry.get("history", False)),
        note=entry.get("note", ""),
    )


def _dimension(entry: dict[str, Any]) -> DimensionDefinition:
    of = entry.get("of")
    return DimensionDefinition(
        id=entry["id"],
        labels=entry["label"],
        group=entry["group"],
        type=entry["type"],
        paths=dict(entry.get("paths") or {}),
        of=tuple(of.split(".", 1)) if of else None,
        target=entry.get("target", ""),
        null_label=entry.get("null_label") or "",
        values=entry.get("values"),
        ordered=bool(entry.get("ordered", False)),
        edges=tuple(entry.get("edges", ())),
        note=entry.get("note", ""),
        expressions={
            entity: parse_row_expression(text, f"looker_schemas/dimensions.yaml, {entry['id']}")
            for entity, text in (entry.get("expressions") or {}).items()
        },
        one_of={entity: tuple(names) for entity, names in (entry.get("one_of") or {}).items()},
        personal=bool(entry.get("personal", False)),
    )


def read_yaml(path: Path) -> Any:
    """Read one definition file of ours, or one that claims to be."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader


@cache
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Load every definition once per process."""
    metrics: dict[str, MetricDefinition] = {}
    for path in sorted((folder / "metrics").glob("*.yaml")):
        for entry in read_yaml(path):
            metrics[entry["id"]] = _metric(entry, path.stem)
    dimensions = {entry["id"]: _dimension(entry) for entry in read_yaml(folder / "dimensions.yaml")}
    words = read_yaml(folder / "words.yaml")
    synonyms: dict[str, tuple[str, ...]] = {}
    for entry in words["synonyms"]:
        for text in entry["texts"]:
            synonyms[text.lower()] = (*synonyms.get(text.lower(), ()), entry["id"])
    defaults = {name: str(value) for name, value in words["defaults"].items()}
    spoken = {name.removesuffix("_labels").removesuffix("_notes"): words[name] for name in _SPOKEN}
    return Catalogue(metrics, dimensions, words["null_labels"], synonyms, defaults, spoken)
