"""List what can be asked for: metrics and dimensions, labelled in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from connector.metrics.definitions import load_catalogue
from connector.metrics.descriptions import describe_dimension, describe_metric
from connector.metrics.parameters import LISTED, NUMBERS
from connector.metrics.quality import DEFAULT_STALE_DAYS
from connector.model.query import Language
from connector.model.table import Unit
from connector.store.store import Store

_ANY: Final = 1_000_000
"""A limit that no one comes near."""


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """One metric. ``aggregation`` says how it re-aggregates, ``formula`` how it is computed."""

    id: str
    label: str
    category: str
    unit: Unit
    direction: Literal["up", "down", "neutral"]
    aggregation: str
    formula: str
    note: str
    category_label: str = ""
    unit_label: str = ""
    description: str = ""
    """What it counts and on which date it stands."""


@dataclass(frozen=True, slots=True)
class DimensionEntry:
    """One dimension. A workspace's own columns have the group ``custom``."""

    id: str
    label: str
    group: str
    type: str
    note: str = ""
    group_label: str = ""
    type_label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """One parameter that a request may set. ``values`` are those it takes; ``default`` holds where it is not set."""

    name: str
    values: str
    default: str
    note: str


def list_metrics(language: Language) -> list[MetricEntry]:
    """Return every metric, in the order of the definitions."""
    words = load_catalogue().words
    return [
        MetricEntry(
            each.id, each.labels[language], each.category, each.unit, each.direction, each.aggregation, each.text,
            each.note, words["category"][each.category][language], words["unit"][each.unit][language],
            describe_metric(each.id, language),
        )
        for each in load_catalogue().metrics.values()
    ]  # fmt: skip


def list_dimensions(language: Language) -> list[DimensionEntry]:
    """Return every dimension that each workspace has, in the order of the definitions."""
    words = load_catalogue().words
    return [
        DimensionEntry(
            each.id, each.labels[language], each.group, each.type, each.note, words["group"][each.group][language],
            words["type"][each.type][language], describe_dimension(each.id, language),
        )
        for each in load_catalogue().dimensions.values()
    ]  # fmt: skip


def list_parameters(language: Language) -> list[ParameterEntry]:
    """Return every parameter of queries and reports, by name."""
    known = load_catalogue()
    defaults = known.defaults | {"stale_days": str(DEFAULT_STALE_DAYS)}
    return [
        ParameterEntry(name, _values(name), defaults.get(name, ""), texts[language])
        for name, texts in sorted(known.words["parameter"].items())
    ]


def _values(name: str) -> str:
    if name in NUMBERS:
        least, most = NUMBERS[name]
        return f"{least:g} .. {most:g}" if most < _ANY else f"{least:g} .."
    return " | ".join(LISTED.get(name, ()))


def meant_by(text: str) -> frozenset[str]:
    """Return the ids of metrics and dimensions that people also call like this, in part or whole."""
    wanted = text.strip().lower()
    known = load_catalogue().synonyms if wanted else {}
    return frozenset(found for words, ids in known.items() if wanted in words for found in ids)


def list_own_dimensions(store: Store, workspace: str, language: Language = "en") -> list[DimensionEntry]:
    """Return a workspace's own columns; their labels are the owner's words, in no other language."""
    words = load_catalogue().words
    return [
        DimensionEntry(
            f"{own.entity}.custom.{own.name}",
            own.label,
            "custom",
            own.kind,
            "",
            words["group"]["custom"][language],
            words["type"][own.kind][language],
        )
        for own in store.reader(store.workspace(workspace)).profile.custom
    ]
