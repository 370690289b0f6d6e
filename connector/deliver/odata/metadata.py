"""The feed described in CSDL 4.0, as XML and as JSON.

One model of elements is written in both forms. Rows are transient: their key tells them apart within one answer and is
no address, which ``IndexableByKey`` says.
https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01/odata-csdl-xml-v4.01.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from connector.deliver.odata.functions import FUNCTIONS
from connector.deliver.odata.model import CONTAINER, DECIMALS, KEY, NAMESPACE, Feed, FeedProperty
from connector.deliver.odata.values import printable

EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
_VOCABULARIES: Final = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
CORE: Final = "Org.OData.Core.V1"
CAPABILITIES: Final = "Org.OData.Capabilities.V1"
MEASURES: Final = "Org.OData.Measures.V1"
SUMS: Final = f"{NAMESPACE}.Sums"

Annotation = tuple[str, Any]
"""A term and its value: a text, a boolean, a list of texts, or a dict that is a record."""

_WHOLE: Final[tuple[Annotation, ...]] = (
    (f"{CAPABILITIES}.ConformanceLevel", "Org.OData.Capabilities.V1.ConformanceLevelType/Minimal"),
    (f"{CAPABILITIES}.SupportedFormats", ["application/json;odata.metadata=minimal"]),
    (f"{CAPABILITIES}.FilterFunctions", [*FUNCTIONS]),
    (f"{CAPABILITIES}.AsynchronousRequestsSupported", False),
    (f"{CAPABILITIES}.BatchSupported", False),
    (f"{CAPABILITIES}.CrossJoinSupported", False),
    (f"{CAPABILITIES}.KeyAsSegmentSupported", False),
)  # fmt: skip
_OF_SETS: Final[tuple[Annotation, ...]] = (
    (f"{CAPABILITIES}.TopSupported", True),
    (f"{CAPABILITIES}.SkipSupported", True),
    (f"{CAPABILITIES}.IndexableByKey", False),
    (f"{CAPABILITIES}.CountRestrictions", {"Countable": True}),
    (f"{CAPABILITIES}.ExpandRestrictions", {"Expandable": False}),
    (f"{CAPABILITIES}.SearchRestrictions", {"Searchable": False}),
    (f"{CAPABILITIES}.InsertRestrictions", {"Insertable": False}),
    (f"{CAPABILITIES}.UpdateRestrictions", {"Updatable": False}),
    (f"{CAPABILITIES}.DeleteRestrictions", {"Deletable": False}),
)  # fmt: skip
_SUMS_TEXT: Final = (
    "Whether figures of this property may be added up: 'always'; 'not_over_time', over everything but time; or "
    "'never', they are exact for the rows they stand in only."
)


def csdl_xml(feeds: Iterable[Feed]) -> bytes:
    """Return the description of feeds as XML."""
    root = ET.Element("edmx:Edmx", {"xmlns:edmx": EDMX, "Version": "4.0"})
    for namespace in (CORE, CAPABILITIES, MEASURES):
        reference = ET.SubElement(root, "edmx:Reference", {"Uri": f"{_VOCABULARIES}/{namespace}.xml"})
        ET.SubElement(reference, "edmx:Include", {"Namespace": namespace})
    schema = ET.SubElement(
        ET.SubElement(root, "edmx:DataServices"), "Schema", {"xmlns": EDM, "Namespace": NAMESPACE}
    )  # fmt: skip
    listed = list(feeds)
    for feed in listed:
        _type_xml(schema, feed)
    own = {"Name": "Sums", "Type": "Edm.String", "Nullable": "false", "AppliesTo": "Property"}
    term = ET.SubElement(schema, "Term", own)
    _annotate_xml(term, [(f"{CORE}.Description", _SUMS_TEXT)])
    container = ET.SubElement(schema, "EntityContainer", {"Name": CONTAINER})
    for feed in listed:
        attributes = {"Name": feed.name, "EntityType": f"{NAMESPACE}.{feed.type_name}"}
        _annotate_xml(ET.SubElement(container, "EntitySet", attributes), _of_set(feed))
    _annotate_xml(container, _WHOLE)
    body: bytes = ET.tostring(root, encoding="unicode").encode()
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def csdl_json(feeds: Iterable[Feed]) -> bytes:
    """Return the description of feeds as CSDL JSON (version 4.0 of the model)."""
    listed = list(feeds)
    schema: dict[str, Any] = {}
    for feed in listed:
        schema[feed.type_name] = {"$Kind": "EntityType", "$Key": [KEY]} | {
            each.id: _property_json(each) for each in feed.properties.values()
        }
    schema["Sums"] = {"$Kind": "Term", "$AppliesTo": ["Property"], f"@{CORE}.Description": _SUMS_TEXT}
    container: dict[str, Any] = {"$Kind": "EntityContainer"} | _annotations_json(_WHOLE)
    for feed in listed:
        of_set = {"$Collection": True, "$Type": f"{NAMESPACE}.{feed.type_name}"}
        container[feed.name] = of_set | _annotations_json(_of_set(feed))
    schema[CONTAINER] = container
    references = {
        f"{_VOCABULARIES}/{namespace}.json": {"$Include": [{"$Namespace": namespace}]}
        for namespace in (CORE, CAPABILITIES, MEASURES)
    }
    document = {
        "$Version": "4.0", "$EntityContainer": f"{NAMESPACE}.{CONTAINER}", "$Reference": references, NAMESPACE: schema
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class _Facets:
    """What a type is written with beside its name."""

    xml: dict[str, str]
    json: dict[str, Any]


_FACETS: Final = {
    "Edm.Decimal": _Facets({"Precision": "38", "Scale": str(DECIMALS)}, {"$Precision": 38, "$Scale": DECIMALS}),
    "Edm.DateTimeOffset": _Facets({"Precision": "6"}, {"$Precision": 6}),
}


def _type_xml(schema: ET.Element, feed: Feed) -> None:
    kind = ET.SubElement(schema, "EntityType", {"Name": feed.type_name})
    ET.SubElement(ET.SubElement(kind, "Key"), "PropertyRef", {"Name": KEY})
    for each in feed.properties.values():
        nullable = {"Nullable": "false"} if each.role == "key" else {}
        facets = _FACETS[each.type].xml if each.type in _FACETS else {}
        element = ET.SubElement(kind, "Property", {"Name": each.id, "Type": each.type, **nullable, **facets})
        _annotate_xml(element, _of_property(each))


def _property_json(each: FeedProperty) -> dict[str, Any]:
    kind = {} if each.type == "Edm.String" else {"$Type": each.type}
    nullable = {} if each.role == "key" else {"$Nullable": True}
    facets = _FACETS[each.type].json if each.type in _FACETS else {}
    return {**kind, **nullable, **facets, **_annotations_json(_of_property(each))}


def _of_property(each: FeedProperty) -> Iterator[Annotation]:
    if each.label:
        yield f"{CORE}.Description", printable(each.label)
    if each.description:
        yield f"{CORE}.LongDescription", printable(each.description)
    if each.sums:
        yield SUMS, each.sums
    if each.currency:
        yield f"{MEASURES}.ISOCurrency", each.currency


def _of_set(feed: Feed) -> list[Annotation]:
    described = [(f"{CORE}.Description", feed.label), (f"{CORE}.LongDescription", feed.description)]
    return [*described, *_OF_SETS]


def _annotate_xml(element: ET.Element, annotations: Iterable[Annotation]) -> None:
    for term, value in annotations:
        of_term = ET.SubElement(element, "Annotation", {"Term": term})
        if isinstance(value, bool):
            of_term.set("Bool", str(value).lower())
        elif isinstance(value, list):
            collection = ET.SubElement(of_term, "Collection")
            for text in value:
                ET.SubElement(collection, "String").text = text
        elif isinstance(value, dict):
            record = ET.SubElement(of_term, "Record")
            for name, flag in value.items():
                ET.SubElement(record, "PropertyValue", {"Property": name, "Bool": str(flag).lower()})
        else:
            of_term.set("EnumMember" if term.endswith(".ConformanceLevel") else "String", value)


def _annotations_json(annotations: Iterable[Annotation]) -> dict[str, Any]:
    """An enumeration's value is its member's name alone."""
    return {
        f"@{term}": value.rpartition("/")[2] if term.endswith(".ConformanceLevel") else value
        for term, value in annotations
    }
