"""Bodies of other shapes than usual: each gives the right rows, or an error that names the place and a remedy.

The first test changes every member of a usual body to every kind of value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from connector.errors import VendorUnavailable
from tests.sources.hubspot.bodies import BODIES, Body, deal, page, read_whole
from tests.sources.hubspot.desk import Store

STRANGE: tuple[Any, ...] = (
    ..., None, "", " ", "true", "false", "abc", "1,000", "NaN", "a;b;", "\x00", "a\x1b\u202eb", "😀" * 40, 0, -1, 7.5,
    10**15, 1_700_000_000_000, "1700000000000", True, False, [], {}, [None], ["abc"], [[]], [{}], {"abc": None},
)  # fmt: skip


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where a body has values, itself included."""
    yield path
    if isinstance(body, dict):
        for name, value in body.items():
            yield from places(value, (*path, name))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from places(value, (*path, number))


def changed(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a body with another value at a place, or without what is there."""
    if not path:
        return None if value is ... else value
    made = deepcopy(body)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return made


LOSES = ("archived", "deletedAt")
"""Members by which HubSpot says that a row is gone."""


def spared(body: Any, path: tuple[Any, ...]) -> set[str]:
    """Return the rows that a change at a place has nothing to do with, or only with their values."""
    rows = {}
    for place in places(body):
        row = body
        for step in place:
            row = row[step]
        if isinstance(row, dict):
            told = row.get("from", row)
            key = str(told.get("listId", told.get("id")))
            if key in ("11", "12") and "from" not in place:
                rows[key] = place
    hit = set()
    for key, place in rows.items():
        inside = path[len(place) :] if path[: len(place)] == place else ()
        named = bool(inside) and inside[0] in ("id", "listId", "from", *LOSES)
        if path == place[: len(path)] or named or path[-1] in LOSES:
            hit.add(key)
    return set(rows) - hit


@pytest.mark.parametrize("stream", BODIES)
def test_any_value_in_any_place_gives_all_rows_or_a_clear_error(stream: str) -> None:
    refused = 0
    for call, usual in BODIES[stream].items():
        for path in places(usual):
            for value in STRANGE:
                told = f"{path} = {str(value)[:40]!r}"
                found = outcome(stream, {**BODIES[stream], call: changed(usual, path, value)})
                if isinstance(found, VendorUnavailable):
                    assert (found.place == "") + (found.remedy == "") == 0, told
                    refused += 1
                else:
                    assert spared(usual, path) <= set(found.live(stream)), told
    assert refused > len(STRANGE)


def outcome(stream: str, bodies: Mapping[str, Body]) -> Store | VendorUnavailable:
    try:
        return read_whole(stream, bodies)
    except VendorUnavailable as refused:
        return refused


def test_the_usual_bodies_are_read_as_they_are() -> None:
    for stream, bodies in BODIES.items():
        assert set(read_whole(stream, bodies).live(stream)) == {"11", "12"}, stream
    row = read_whole("deals", BODIES["deals"]).rows["deals"]["11"]
    assert (row["properties.amount"], row["updatedAt"]) == ("100", "2026-02-03T10:00:00.000Z")
    assert json.loads(str(row["history.dealstage"]))[1]["sourceId"] == "x"
    links = read_whole("deal_associations", BODIES["deal_associations"]).rows["deal_associations"]
    assert json.loads(str(links["11"]["contacts"])) == [{"id": "501", "labels": ["Primary"], "types": [3]}]
    assert links["12"]["companies"] == "[]"


VALUES: tuple[tuple[Any, str | None], ...] = (
    (None, None),
    ("", ""),
    ("1e3", "1e3"),
    ("1,000", "1,000"),
    ("NaN", "NaN"),
    ("a;b;", "a;b;"),
    ("\x00\x1b\x7f", "\x00\x1b\x7f"),
    ("<b>&amp;</b>\r\n", "<b>&amp;</b>\r\n"),
    ("\u202eשלום", "\u202eשלום"),
    ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ("x" * 65_536, "x" * 65_536),
    (7, "7"),
    (7.5, "7.5"),
    (9_007_199_254_740_993, "9007199254740993"),
    (True, "true"),
    (False, "false"),
    (["a"], '["a"]'),
)


@pytest.mark.parametrize(("sent", "kept"), VALUES, ids=[str(number) for number in range(len(VALUES))])
def test_a_value_of_a_property_is_kept_as_it_is(sent: Any, kept: str | None) -> None:
    odd = deal("11", properties={"amount": sent, "dealname": "A", "dealstage": "a", "unknown": {"x": 1}})
    rows = read_whole("deals", {"GET /objects/2026-03/deals": page(odd, deal("12"))}).rows["deals"]
    assert rows["11"]["properties.amount"] == kept
    assert rows["12"]["properties.amount"] == "100"
    assert "properties.unknown" not in rows["11"]


STANDING: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"id": 11}, {"id": "11"}),
    ({"updatedAt": "2026-02-03T10:00:00Z"}, {"updatedAt": "2026-02-03T10:00:00Z"}),
    ({"updatedAt": 1_770_112_800_123}, {"updatedAt": "2026-02-03T10:00:00.123+00:00"}),
    ({"createdAt": "1770112800000"}, {"createdAt": "2026-02-03T10:00:00.000+00:00"}),
    ({"updatedAt": ...}, {"updatedAt": None}),
    ({"updatedAt": None, "createdAt": ""}, {"updatedAt": None, "createdAt": None}),
    ({"updatedAt": "soon"}, {"updatedAt": "soon"}),
    ({"updatedAt": "9223372036854775807"}, {"updatedAt": None}),
    ({"archived": ...}, {"archived": "false"}),
    ({"archived": None}, {"archived": "false"}),
    ({"archived": "false"}, {"archived": "false"}),
    ({"archived": "true", "archivedAt": 1_770_112_800_000}, {"archived": "true"}),
    ({"archived": ..., "archivedAt": "2026-02-03T10:00:00Z"}, {"archived": "true"}),
    ({"propertiesWithHistory": ...}, {"properties.amount": "100", "history.dealstage": "absent"}),
    ({"propertiesWithHistory": None}, {"properties.amount": "100", "history.dealstage": "absent"}),
    ({"propertiesWithHistory": {"dealstage": None}}, {"history.dealstage": None}),
    ({"properties": ...}, {"properties.amount": "absent", "updatedAt": "2026-02-03T10:00:00.000Z"}),
    ({"properties": None}, {"properties.amount": "absent"}),
    ({"properties": []}, {"properties.amount": "absent"}),
    ({"associations": None, "objectWriteTraceId": "x", "warnings": [1]}, {"properties.amount": "100"}),
    ({"associations": {"contacts": {"results": [], "paging": {"next": {"after": "1"}}}}}, {"id": "11"}),
)


@pytest.mark.parametrize(("change", "expected"), STANDING, ids=[str(change)[:50] for change, _ in STANDING])
def test_what_a_record_says_of_itself_is_read_in_every_form(
    change: dict[str, Any], expected: dict[str, str | None]
) -> None:
    bodies = {"GET /objects/2026-03/deals": page(deal("12"), deal("11", **change))}
    rows = read_whole("deals", bodies).rows["deals"]
    assert {name: rows["11"].get(name, "absent") for name in expected} == expected
    assert rows["12"]["history.dealstage"]
    assert (rows["12"]["archived"], rows["12"]["properties.amount"]) == ("false", "100")


def test_swallowed_records_are_ids_and_nothing_else() -> None:
    odd = deal("11", properties={**deal()["properties"], "hs_merged_object_ids": "5; 6;x;;11;"})
    rows = read_whole("deals", {"GET /objects/2026-03/deals": page(odd)}).rows["deals"]
    assert {key: row.get("merged_into") for key, row in rows.items()} == {"11": None, "5": "11", "6": "11"}
