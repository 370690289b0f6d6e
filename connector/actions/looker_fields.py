"""The fields of a Looker Studio source: generated from the definitions, with ids that never change."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Literal

from connector.deliver.looker.fields import Field, dimension_type, metric_type
from connector.metrics.definitions import Catalogue, DimensionDefinition, MetricDefinition, load_catalogue
from connector.metrics.descriptions import describe_dimension, describe_metric
from connector.metrics.parts import DENOMINATOR, NUMERATOR, ratio_parts
from connector.metrics.report_types import ReportType, load_field_groups, load_service_fields
from connector.model.query import Language
from connector.model.workspace import CustomColumn, Profile

Personal = Literal["show", "hide"]
OWN_KINDS: Final = {"date": "date", "instant": "date", "boolean": "boolean"}
MOST_KEPT: Final = 500
"""Sources whose fields are kept; a workspace's own columns make others of them."""
_KEPT: dict[Hashable, SourceFields] = {}
_LOCK = Lock()
_OTHER = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Source:
    """A configured source: what getSchema and getData are asked about."""

    type: ReportType
    language: Language
    currency: str
    time_zone: str
    personal: Personal = "show"


@dataclass(frozen=True, slots=True)
class SourceFields:
    """Every field of a source by id, in order, and the metrics that stand for the parts of ratios."""

    fields: dict[str, Field]
    parts: dict[str, MetricDefinition]
    columns: dict[str, str]
    """Field id of a workspace's own column to the name queries know it by."""


def source_fields(source: Source, catalogue: Catalogue, profile: Profile) -> SourceFields:
    """Return the fields of a source: dimensions, the workspace's own columns, metrics with their parts, freshness.

    Every chart needs them, so those of the catalogue that comes with Puente are kept.
    """
    if catalogue is not load_catalogue():
        return _found(source, catalogue, profile)
    key = (source.type.id, source.language, source.currency, source.personal, profile.custom)
    with _LOCK:
        found = _KEPT.get(key)
    if found is None:
        found = _found(source, catalogue, profile)
        with _LOCK:
            if len(_KEPT) >= MOST_KEPT:
                _KEPT.clear()
            _KEPT[key] = found
    return found


def _found(source: Source, catalogue: Catalogue, profile: Profile) -> SourceFields:
    parts = dict(_parts(source.type, catalogue))
    columns = dict(_own_columns(source, profile))
    found = [
        *_dimensions(source, catalogue),
        *(_own_dimension(name, own, source.language) for name, own in columns.items()),
        *_metrics(source, catalogue, parts),
        *_service(source),
    ]
    own = {name: f"{column.entity}.custom.{column.name}" for name, column in columns.items()}
    return SourceFields({each.id: each for each in found}, parts, own)


def described(field: Field, language: Language) -> Field:
    """Return a field with what it means: the list of fields shows that, charts need it not.

    The parts of ratios have no description; nobody sees them.
    """
    if field.description:
        return field
    describe = describe_dimension if field.concept == "DIMENSION" else describe_metric
    return replace(field, description=describe(field.id, language))


def _dimensions(source: Source, catalogue: Catalogue) -> Iterator[Field]:
    for name in source.type.dimensions:
        each = catalogue.dimensions[name]
        if source.personal == "hide" and each.personal:
            continue
        yield Field(
            each.id, each.labels[source.language], "DIMENSION", _dimension_type(each),
            _group(each.group, source.language), is_default=each.id == source.type.dimension,
        )  # fmt: skip


def _dimension_type(each: DimensionDefinition) -> str:
    return dimension_type(each.id, "text" if each.edges or each.type == "band" else each.type)


def _own_columns(source: Source, profile: Profile) -> Iterator[tuple[str, CustomColumn]]:
    """A workspace's own columns may hold anything about anybody, so they go with the personal fields."""
    if source.type.has_own_columns and source.personal == "show":
        for own in profile.custom:
            yield own_field_id(own.entity, own.name), own


def own_field_id(entity: str, name: str) -> str:
    """Return the id of a workspace's own column: letters, digits and _ only, and another one for another name."""
    return f"{entity}__own__{_OTHER.sub(lambda found: f'_{ord(found[0]):x}_', name)}"


def _own_dimension(name: str, own: CustomColumn, language: Language) -> Field:
    kind = dimension_type("", OWN_KINDS.get(own.kind, "text"))
    return Field(name, own.label or own.name, "DIMENSION", kind, _group("custom", language))


def _parts(kind: ReportType, catalogue: Catalogue) -> Iterator[tuple[str, MetricDefinition]]:
    for name in kind.metrics:
        found = ratio_parts(catalogue.metrics[name], catalogue)
        if found is not None:
            yield from ((part.id, part) for part in found)


def _metrics(source: Source, catalogue: Catalogue, parts: dict[str, MetricDefinition]) -> Iterator[Field]:
    for name in source.type.metrics:
        each = catalogue.metrics[name]
        field = Field(
            each.id, each.labels[source.language], "METRIC", metric_type(each.unit, source.currency),
            _group(each.category, source.language),
            adds_up=each.aggregation == "sum", is_default=each.id == source.type.metric,
        )  # fmt: skip
        if each.id + NUMERATOR not in parts:
            yield field
            continue
        above, below = parts[each.id + NUMERATOR], parts[each.id + DENOMINATOR]
        yield replace(field, formula=f"SUM(${above.id}) / SUM(${below.id})")
        for part, sign in ((above, "numerator"), (below, "denominator")):
            yield replace(
                field, id=part.id, label=f"{field.label} ({sign})", type="NUMBER",
                description="", adds_up=True, is_hidden=True, is_default=False,
            )  # fmt: skip


def _service(source: Source) -> Iterator[Field]:
    kinds: dict[str, tuple[Literal["DIMENSION", "METRIC"], str]] = {
        "puente_data_through": ("DIMENSION", "YEAR_MONTH_DAY_SECOND"),
        "puente_data_status": ("DIMENSION", "TEXT"),
        "puente_rows_rejected": ("METRIC", "NUMBER"),
        "puente_rows_without_rate": ("METRIC", "NUMBER"),
    }
    for each in load_service_fields().values():
        concept, kind = kinds[each.id]
        yield Field(
            each.id, each.labels[source.language], concept, kind, _group("service_fields", source.language),
            each.descriptions[source.language],
        )  # fmt: skip


def _group(name: str, language: Language) -> str:
    return load_field_groups()[name][language]
