"""List what can be asked for: metrics and dimensions, labelled in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from connector.metrics.definitions import load_catalogue
from connector.model.query import Language
from connector.model.table import Unit
from connector.store.store import Store


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


@dataclass(frozen=True, slots=True)
class DimensionEntry:
    """One dimension. A workspace's own columns have the group ``custom``."""

    id: str
    label: str
    group: str
    type: str
    note: str = ""


def list_metrics(language: Language) -> list[MetricEntry]:
    """Return every metric, in the order of the definitions."""
    return [
        MetricEntry(
            each.id, each.labels[language], each.category, each.unit, each.direction, each.aggregation, each.text,
            each.note,
        )
        for each in load_catalogue().metrics.values()
    ]  # fmt: skip


def list_dimensions(language: Language) -> list[DimensionEntry]:
    """Return every dimension that each workspace has, in the order of the definitions."""
    return [
        DimensionEntry(each.id, each.labels[language], each.group, each.type, each.note)
        for each in load_catalogue().dimensions.values()
    ]


def meant_by(text: str) -> frozenset[str]:
    """Return the ids of metrics and dimensions that people also call like this, in part or whole."""
    wanted = text.strip().lower()
    known = load_catalogue().synonyms if wanted else {}
    return frozenset(found for words, ids in known.items() if wanted in words for found in ids)


def list_own_dimensions(store: Store, workspace: str) -> list[DimensionEntry]:
    """Return a workspace's own columns; their labels are the owner's words, in no other language."""
    return [
        DimensionEntry(f"{own.entity}.custom.{own.name}", own.label, "custom", own.kind)
        for own in store.reader(store.workspace(workspace)).profile.custom
    ]
