"""Records as printed, turned into columns."""

from __future__ import annotations

from connector.sources.hubspot.columns import Shape, losers, merged, table, tombstones


def record(number: str, **properties: object) -> dict[str, object]:
    return {"id": number, "properties": properties, "createdAt": "2026-01-01T00:00:00Z", "archived": False}


def test_absent_null_and_empty_differ() -> None:
    page = Shape(["amount", "dealname", "gone"]).columns(
        [record("1", amount=None, dealname=""), record("2", amount="12.50", dealname="A")]
    )
    assert list(page["properties.amount"]) == [None, "12.50"]
    assert list(page["properties.dealname"]) == ["", "A"]
    assert "properties.gone" not in page


def test_a_property_missing_in_one_record_is_empty_there() -> None:
    page = Shape(["amount", "dealname"]).columns([record("1", amount="1"), record("2", amount="2", dealname="B")])
    assert page["properties.dealname"] == [None, "B"]


def test_a_single_property_and_none_at_all_are_columns_too() -> None:
    assert Shape(["amount"]).columns([record("7", amount="1")])["properties.amount"] == ["1"]
    assert set(Shape([]).columns([record("7", amount="1")])) == {
        "id",
        "createdAt",
        "updatedAt",
        "archived",
        "archivedAt",
    }


def test_values_that_are_no_text_become_their_json() -> None:
    page = Shape(["amount", "flag"]).columns([record("1", amount=12.5, flag=True), record("2", amount="x", flag=None)])
    assert page["properties.amount"] == ["12.5", "x"]
    assert page["properties.flag"] == ["true", None]


def test_a_property_called_like_one_of_ours_stays_apart() -> None:
    page = Shape(["id", "archived"]).columns([record("1", id="theirs", archived="maybe")])
    assert page["id"] == ["1"]
    assert page["archived"] == ["false"]
    assert page["properties.id"] == ("theirs",)
    assert page["properties.archived"] == ("maybe",)


def test_histories_are_json_newest_first_as_they_came() -> None:
    versions = [{"value": "won", "timestamp": "2026-02-01T00:00:00Z"}, {"value": "open", "timestamp": "2026-01-01"}]
    page = Shape(["dealstage"], ["dealstage"]).columns(
        [
            {**record("1", dealstage="won"), "propertiesWithHistory": {"dealstage": versions}},
            {**record("2", dealstage="open"), "propertiesWithHistory": {"dealstage": []}},
        ]
    )
    assert page["history.dealstage"] == [
        '[{"value":"won","timestamp":"2026-02-01T00:00:00Z"},{"value":"open","timestamp":"2026-01-01"}]',
        None,
    ]


def test_the_records_that_one_has_swallowed_are_named() -> None:
    page = Shape(["hs_merged_object_ids", "email"]).columns(
        [record("9", hs_merged_object_ids="1; 2;9;", email="a"), record("8", hs_merged_object_ids=None, email="b")]
    )
    assert losers(page) == [("1", "9"), ("2", "9")]
    assert merged(losers(page)) == {"id": ["1", "2"], "archived": ["true", "true"], "merged_into": ["9", "9"]}


def test_a_tombstone_has_an_id_and_nothing_else_to_overwrite() -> None:
    assert tombstones(["4", "5"]) == {"id": ["4", "5"], "archived": ["true", "true"]}


def test_tables_show_numbers_lists_and_flags_as_text() -> None:
    rows = [{"id": "1", "rate": 1.36, "shown": True, "teams": [{"id": "7"}]}, {"id": "2"}]
    assert table(rows, ("id", "rate", "shown", "teams")) == {
        "id": ["1", "2"],
        "rate": ["1.36", None],
        "shown": ["true", None],
        "teams": ['[{"id":"7"}]', None],
    }
