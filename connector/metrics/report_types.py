"""Report types of the Looker Studio data source, from ``looker_schemas/report_types.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from connector.errors import UnknownName, quote
from connector.metrics.definitions import FOLDER, Catalogue, Labels, load_catalogue, read_yaml

ALWAYS: Final = "time"
"""Group of dimensions that every report type has."""


@dataclass(frozen=True, slots=True)
class ReportType:
    """One report type: ids of what it offers, in the order of the definitions, and what a new chart shows."""

    id: str
    labels: Labels
    descriptions: Labels
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    metric: str
    dimension: str
    has_own_columns: bool = False
    """Whether the workspace's own columns belong to it."""


@cache
def load_report_types() -> dict[str, ReportType]:
    """Return every report type by id, in the order of the file."""
    catalogue = load_catalogue()
    found = (_report_type(entry, catalogue) for entry in read_yaml(FOLDER / "report_types.yaml"))
    return {each.id: each for each in found}


def report_type(name: str) -> ReportType:
    """Return a report type. Raises UnknownName."""
    types = load_report_types()
    if name not in types:
        raise UnknownName(
            f"There is no report type {quote(name)}.", remedy=f"There are {', '.join(types)}.", place="report_type"
        )
    return types[name]


def _report_type(entry: dict[str, Any], catalogue: Catalogue) -> ReportType:
    categories, groups = set(entry["categories"]), {ALWAYS, *entry["groups"]}
    metrics = tuple(
        each.id
        for each in catalogue.metrics.values()
        if categories & {"all", each.category} or each.id in entry.get("metrics", ())
    )
    dimensions = tuple(each.id for each in catalogue.dimensions.values() if groups & {"all", each.group})
    return ReportType(
        entry["id"], entry["label"], entry["description"], metrics, dimensions, entry["metric"], entry["dimension"],
        "all" in groups,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceField:
    """One field about the data themselves: how fresh they are, how complete."""

    id: str
    labels: Labels
    descriptions: Labels


@cache
def load_service_fields() -> dict[str, ServiceField]:
    """Return the fields about the data by id."""
    entries = read_yaml(FOLDER / "service_fields.yaml")
    return {entry["id"]: ServiceField(entry["id"], entry["label"], entry["description"]) for entry in entries}


@cache
def load_field_groups() -> dict[str, Labels]:
    """Return how groups of dimensions and categories of metrics are called."""
    groups: dict[str, Labels] = read_yaml(FOLDER / "field_groups.yaml")
    return groups
