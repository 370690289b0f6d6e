"""List pages read straight into columns: the same rows as the general way gives, from whatever a vendor writes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import VendorUnavailable
from connector.http.answer import Parse, parse_json
from connector.sources.hubspot.answers import Answer
from connector.sources.hubspot.catalogue import OBJECTS
from connector.sources.hubspot.columns import Shape
from connector.sources.hubspot.plain_pages import PlainPage, PlainPages
from connector.sources.hubspot.records import Records
from connector.sources.hubspot.versions import DEFAULT_VERSION, find_version
from tests.sources.hubspot.test_columns import NAMES, pages

Record = dict[str, Any]


def record(number: str, **properties: object) -> Record:
    moment = "2026-01-01T00:00:00Z"
    return {"id": number, "properties": properties, "createdAt": moment, "updatedAt": moment, "archived": False}


def printed(*records: object, **more: object) -> bytes:
    return orjson.dumps({"results": records, **more})


def reader(
    *first: object, names: tuple[str, ...] = ("amount", "dealname"), histories: tuple[str, ...] = ()
) -> PlainPages:
    """A reader that has seen its first page."""
    made = PlainPages(Shape(names, histories))
    made.read(printed(*(first or (record("1", amount="1", dealname="A"),))))
    return made


def listed(page: PlainPage) -> dict[str, list[str | None]]:
    return {name: list(cells) for name, cells in page.columns.items()}


@given(pages(), pages(), st.lists(st.sampled_from([*NAMES, "nowhere"]), unique=True), st.booleans())
def test_pages_give_the_same_rows_either_way(
    first: list[Record], records: list[Record], names: list[str], histories: bool
) -> None:
    shape = Shape(names, ["amount"] if histories else [])
    quick = PlainPages(shape)
    assert quick.read(printed(*first)) == parse_json(printed(*first))
    data = printed(*records, paging={"next": {"after": "7"}})
    found = quick.read(data)
    if isinstance(found, PlainPage):
        (slow,) = shape.parts(records, "deals")
        assert listed(found) == {name: list(cells) for name, cells in slow.items()}
        assert found.paging == {"next": {"after": "7"}}
    else:
        assert found == parse_json(data)


def test_the_second_page_of_texts_goes_the_quick_way() -> None:
    found = reader().read(printed(record("2", dealname="B", amount=None), record("3", amount="", dealname="é😀")))
    assert isinstance(found, PlainPage)
    assert listed(found) == {
        "id": ["2", "3"],
        "createdAt": ["2026-01-01T00:00:00Z"] * 2,
        "updatedAt": ["2026-01-01T00:00:00Z"] * 2,
        "archived": ["false", "false"],
        "archivedAt": [None, None],
        "properties.amount": [None, ""],
        "properties.dealname": ["B", "é😀"],
    }
    assert found.paging is None


def test_archived_records_say_since_when() -> None:
    gone = {**record("2", amount="1", dealname="B"), "archived": True, "archivedAt": "1767225600000"}
    found = reader().read(printed(gone, record("3", amount="2", dealname="C")))
    assert isinstance(found, PlainPage)
    assert found.columns["archived"] == ["true", "false"]
    assert found.columns["archivedAt"] == ["2026-01-01T00:00:00.000+00:00", None]


def test_an_empty_moment_of_archiving_is_none() -> None:
    found = reader().read(printed({**record("2", amount="1", dealname="B"), "archivedAt": ""}))
    assert isinstance(found, PlainPage)
    assert found.columns["archivedAt"] == [None]


def test_broken_letters_are_no_fault_in_what_nobody_asked_for() -> None:
    data = printed(record("2", amount="1", dealname="B", other="?"))
    found = reader().read(data.replace(b'"?"', b'"\xff"'))
    assert isinstance(found, PlainPage)
    assert found.columns["properties.dealname"] == ("B",)


def test_a_property_that_appears_later_has_a_column_from_then_on() -> None:
    pages = reader(record("1", amount="1", dealname="A"), names=("amount", "dealname", "later"))
    without = pages.read(printed(record("2", amount="1", dealname="A")))
    among = pages.read(printed(record("2", amount="1", dealname="A"), record("3", amount="1", dealname="A", later="x")))
    empty = pages.read(printed(record("3", amount="1", dealname="A", later=None)))
    assert isinstance(without, PlainPage)
    assert isinstance(among, PlainPage)
    assert isinstance(empty, PlainPage)
    assert "properties.later" not in without.columns
    assert among.columns["properties.later"] == [None, "x"]
    assert empty.columns["properties.later"] == [None]


def test_a_page_without_records_teaches_nothing() -> None:
    pages = PlainPages(Shape(["amount", "dealname"]))
    odd = [b'{"results":[{"properties":%b}]}' % bag for bag in (b"null", b"7", b'"amount"', b'["amount"]')]
    for answer in (
        b'{"results":[]}',
        b'{"results":[7]}',
        b'{"results":[{"id":"1"}]}',
        b'{"total":0}',
        b"[]",
        b"null",
        *odd,
    ):
        assert pages.read(answer) == parse_json(answer)
    assert not isinstance(pages.read(printed(record("1", amount="1", dealname="A"))), PlainPage)
    assert isinstance(pages.read(printed(record("1", amount="1", dealname="A"))), PlainPage)


@pytest.mark.parametrize(
    "odd",
    [
        {"properties": {"amount": 12.5, "dealname": "A"}},
        {"properties": {"amount": "1"}},
        {"properties": None},
        {"properties": [["amount", "1"]]},
        {"id": 7},
        {"id": ""},
        {"id": "7a"},
        {"id": "\u0667"},
        {"id": "-7"},
        {"createdAt": "1767225600000"},
        {"updatedAt": ""},
        {"updatedAt": None},
        {"archived": "false"},
        {"archived": None},
        {"archivedAt": 1767225600000},
    ],
)
def test_what_is_no_plain_text_goes_the_general_way(odd: Record) -> None:
    data = printed({**record("2", amount="1", dealname="B"), **odd}, record("3", amount="1", dealname="C"))
    assert reader().read(data) == parse_json(data)


@pytest.mark.parametrize("missing", ["id", "properties", "createdAt", "updatedAt", "archived"])
def test_what_a_record_lacks_is_looked_at_in_the_general_way(missing: str) -> None:
    one = record("2", amount="1", dealname="B")
    del one[missing]
    assert reader().read(printed(one)) == {"results": [one]}


def test_a_refusal_is_given_as_it_is() -> None:
    assert reader().read(b'{"status":"error","message":"no"}') == {"status": "error", "message": "no"}
    assert reader().read(b'{"results":[]}') == {"results": []}
    assert reader().read(b'{"results":null}') == {"results": None}


@pytest.mark.parametrize("name", ['say "so"', "back\\slash", "line\nbreak", "\u202eright to left", "id", "properties"])
def test_odd_names_are_read_all_the_same(name: str) -> None:
    pages = reader(record("1", **{name: "x", "amount": "1"}), names=("amount", name))
    data = printed(record("2", **{name: "y", "amount": "2"}))
    found = pages.read(data)
    if isinstance(found, PlainPage):
        assert found.columns[f"properties.{name}"] == ("y",)
    else:
        assert found == parse_json(data)
        assert {'"', "\\", "\n"} & set(name)


def test_a_shape_of_one_property_or_none_is_read_the_general_way() -> None:
    for names in ((), ("amount",)):
        data = printed(record("2", amount="1"))
        assert reader(record("1", amount="1"), names=names).read(data) == parse_json(data)


def test_two_thousand_properties_in_another_order() -> None:
    names = tuple(f"näme {number}" for number in range(2_000))
    pages = reader(record("1", **dict.fromkeys(reversed(names), "x")), names=names)
    found = pages.read(printed(*(record(str(number), **{name: name for name in names}) for number in range(1, 4))))
    assert isinstance(found, PlainPage)
    assert all(found.columns[f"properties.{name}"] == (name,) * 3 for name in names)


def test_former_values_come_as_their_json() -> None:
    told = {**record("1", amount="1", dealname="A"), "propertiesWithHistory": {"amount": [{"value": "1"}]}}
    pages = reader(told, histories=("amount", "dealname"))
    found = pages.read(printed(told, {**told, "id": "2", "propertiesWithHistory": {}}))
    assert isinstance(found, PlainPage)
    assert found.columns["history.amount"] == ['[{"value":"1"}]', None]
    assert "history.dealname" not in found.columns
    silent = printed({**told, "propertiesWithHistory": None})
    assert pages.read(silent) == parse_json(silent)


@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1e300"])
def test_large_numbers_in_former_values_end_no_sync(number: str) -> None:
    told = {**record("1", amount="1", dealname="A"), "propertiesWithHistory": {"amount": [{"value": "1", "by": 7}]}}
    found = reader(told, histories=("amount",)).read(printed(told).replace(b"7}", number.encode() + b"}"))
    if isinstance(found, PlainPage):
        (history,) = found.columns["history.amount"]
        assert float(orjson.loads(str(history))[0]["by"]) == float(number)
    else:
        (entry,) = found["results"][0]["propertiesWithHistory"]["amount"]
        assert float(entry["by"]) == float(number)


def test_former_values_nested_deeper_than_the_printer_likes_are_printed_all_the_same() -> None:
    deep = b"[" * 300 + b"]" * 300
    told = {**record("1", amount="1", dealname="A"), "propertiesWithHistory": {"amount": "here"}}
    pages = reader({**told, "propertiesWithHistory": {"amount": []}}, histories=("amount",))
    found = pages.read(printed(told).replace(b'"here"', deep))
    assert isinstance(found, PlainPage)
    assert found.columns["history.amount"] == [deep.decode()]


@pytest.mark.parametrize("data", [b"", b"<html>", b'{"results":[', b'{"results":[]} x', b"\xff", b'{"results":"\xff"}'])
def test_what_is_no_json_is_a_fault(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader().read(data)


def test_half_an_emoji_is_mended_in_the_general_way() -> None:
    data = printed(record("2", amount="1", dealname="B")).replace(b'"B"', b'"B\\ud83d"')
    found = reader().read(data)
    assert found["results"][0]["properties"]["dealname"] == "B\ufffd"


def test_deep_nesting_in_what_nobody_asked_for_is_no_crash() -> None:
    data = printed(record("2", amount="1", dealname="B"))[:-1] + b',"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(ValueError, match=r"."):
        reader().read(data)


# --- what becomes of them --------------------------------------------------------------------------------------


def records_of(*bodies: bytes) -> Records:
    """The calls for deals, answered with these bodies in turn."""
    left = iter(bodies)

    def call(*_: object, parse: Parse | None = None, **__: object) -> Answer:
        return Answer(200, (parse or parse_json)(next(left)), place="GET deals")

    shape = Shape(["amount", "dealname"])
    kind = next(kind for kind in OBJECTS if kind.stream == "deals")
    return Records(call, find_version(DEFAULT_VERSION), kind, shape, PlainPages(shape))


FIRST = printed(record("1", amount="1", dealname="A"), paging={"next": {"after": "1"}})
SECOND = printed(
    record("2", amount="2", dealname="B"), record("3", amount="3", dealname="C"), paging={"next": {"after": "3"}}
)


def test_a_list_page_says_its_ids_and_what_comes_next_either_way() -> None:
    records = records_of(FIRST, SECOND, printed(record("4", amount="4", dealname="D")))
    first, second, last = records.page(""), records.page("1"), records.page("3")
    assert (first.ids, first.after, first.columns) == ({"1"}, "1", None)
    assert (second.ids, second.after, second.records) == ({"2", "3"}, "3", ())
    assert second.columns is not None
    assert second.columns["properties.dealname"] == ("B", "C")
    assert (last.ids, last.after) == ({"4"}, "")


@pytest.mark.parametrize("way", [{"bare": True}, {"archived": True}])
def test_pages_that_are_looked_at_record_by_record_stay_records(way: dict[str, bool]) -> None:
    records = records_of(FIRST, SECOND, SECOND)
    assert records.page("").columns is None
    assert records.page("1").columns is not None
    page = records.page("1", **way)
    assert page.columns is None
    assert [one["id"] for one in page.records] == ["2", "3"]


def test_a_plain_page_with_an_unreadable_cursor_is_an_error_with_its_place() -> None:
    records = records_of(FIRST, SECOND.replace(b'{"next":{"after":"3"}}', b"7"))
    records.page("")
    with pytest.raises(VendorUnavailable, match="paging"):
        records.page("1")
