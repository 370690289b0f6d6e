"""What HubSpot nests in a cell becomes rows: histories, links, stages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connector.normalise.hubspot.explode import RECIPES, explode, inputs
from tests.normalise.hubspot.streams import exploded, folded, link, read, version

T1, T2, T3, T4 = (f"2026-05-0{day}T10:00:00.000Z" for day in (1, 2, 3, 4))


def deal(key: str = "7", **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "createdAt": T1,
        "updatedAt": T4,
        "archived": "false",
        "properties.dealstage": "won",
        "properties.amount": "300",
        "properties.hubspot_owner_id": "11",
        "properties.pipeline": "default",
        "properties.closedate": T4,
        "properties.deal_currency_code": "EUR",
        **more,
    }


def moment(text: str) -> str:
    return text.replace(".000Z", ".000000Z")


# --- histories ----------------------------------------------------------------------------------------------


def test_each_entry_into_a_stage_carries_the_amount_and_owner_of_its_moment(tmp_path: Path) -> None:
    row = deal(
        **{
            "history.dealstage": [version("won", T3, "5"), version("demo", T2), version("new", T1)],
            "history.amount": [version("300", T3), version("100", T1)],
            "history.hubspot_owner_id": [version("11", T2)],
        }
    )
    events = exploded(tmp_path, {"deals": [row]})["deal_stage_events"]
    assert [
        (one["deal_id"], one["stage_id"], one["entered_at"], one["amount"], one["owner_id"], one["changed_by"])
        for one in sorted(events, key=lambda one: one["entered_at"])
    ] == [
        ("7", "new", moment(T1), "100", None, None),
        ("7", "demo", moment(T2), "100", "11", None),
        ("7", "won", moment(T3), "300", "11", "5"),
    ]
    assert len({one["id"] for one in events}) == 3


def test_a_stage_said_twice_in_a_row_is_one_entry_whatever_the_order_told(tmp_path: Path) -> None:
    told = [version("new", T1), version("demo", T4), version("new", T2), version("new", T1), version("new", "")]
    events = exploded(tmp_path, {"deals": [deal(**{"history.dealstage": told})]})["deal_stage_events"]
    assert sorted((one["stage_id"], one["entered_at"]) for one in events) == [("demo", moment(T4)), ("new", moment(T1))]


def test_moments_in_milliseconds_count_like_those_in_iso_form(tmp_path: Path) -> None:
    at = str(int(datetime.fromisoformat(T2).timestamp() * 1000))
    odd = [version("won", T3), version("demo", at), version("lost", "9223372036854775807"), version("new", T1)]
    events = exploded(tmp_path, {"deals": [deal(**{"history.dealstage": odd})]})["deal_stage_events"]
    assert sorted((one["entered_at"], one["stage_id"]) for one in events) == [
        (moment(T1), "new"), (moment(T2), "demo"), (moment(T3), "won"),
    ]  # fmt: skip


@pytest.mark.parametrize("odd", [{"a": 1}, ["a"], [None], '"x"', [], [version("a\x00b", "soon")]], ids=str)
def test_a_history_of_another_shape_tells_nothing_and_harms_no_other(tmp_path: Path, odd: object) -> None:
    rows = [deal("7", **{"history.dealstage": odd}), deal("8", **{"history.dealstage": [version("new", T1)]})]
    events = exploded(tmp_path, {"deals": rows})["deal_stage_events"]
    assert [(one["deal_id"], one["stage_id"]) for one in events] == [("8", "new")]


def test_a_deal_that_came_back_to_a_stage_has_entered_it_twice(tmp_path: Path) -> None:
    told = [version("new", T3), version("demo", T2), version("new", T1)]
    events = exploded(tmp_path, {"deals": [deal(**{"history.dealstage": told})]})["deal_stage_events"]
    assert [one["stage_id"] for one in sorted(events, key=lambda one: one["entered_at"])] == ["new", "demo", "new"]


def test_versions_say_how_a_deal_stood_after_each_change_and_the_last_is_its_own_row(tmp_path: Path) -> None:
    row = deal(
        **{
            "properties.amount": "350",
            "history.dealstage": [version("won", T3), version("new", T1)],
            "history.amount": [version("300", T2), version("100", T1)],
            "history.closedate": [version("2026-08-01T00:00:00Z", T1)],
        }
    )
    never_changed = deal("8", **{"history.dealstage": [version("new", T1)], "history.amount": [version("1", T1)]})
    versions = exploded(tmp_path, {"deals": [row, never_changed]})["deal_versions"]
    assert [(one["id"], one["updated_at"], one["stage_id"], one["amount"], one["close_date"]) for one in versions] == [
        ("7", moment(T1), "new", "100", "2026-08-01T00:00:00Z"),
        ("7", moment(T2), "new", "300", "2026-08-01T00:00:00Z"),
        ("7", moment(T3), "won", "300", "2026-08-01T00:00:00Z"),
        ("7", moment(T4), "won", "350", T4),
    ]
    assert {one["owner_id"] for one in versions} == {"11"}


def test_deals_without_histories_make_neither_events_nor_versions(tmp_path: Path) -> None:
    assert exploded(tmp_path, {"deals": [deal()]}) == {}
    assert exploded(tmp_path / "empty", {"deals": [deal(**{"history.dealstage": None})]}) == {}


def test_changes_of_a_leads_stage_are_told_in_our_words(tmp_path: Path) -> None:
    stages = [
        {"id": "new-stage-id", "stage_label": "New", "is_closed": "false"},
        {"id": "s1", "stage_label": "Attempting", "is_closed": "false"},
        {"id": "s2", "stage_label": "Disqualified", "is_closed": "true"},
        {"id": "s3", "stage_label": "Sales qualified", "is_closed": "true"},
    ]
    told = [version("s3", T4), version("s2", T3), version("s1", T2), version("new-stage-id", T1)]
    lead = {"id": "1", "updatedAt": T4, "properties.hs_pipeline_stage": "s3", "history.hs_pipeline_stage": told}
    found = exploded(tmp_path, {"leads": [lead], "lead_pipelines": stages})
    events = sorted(found["lead_status_events"], key=lambda one: one["changed_at"])
    assert [(one["from_status"], one["to_status"]) for one in events] == [
        (None, "new"),
        ("new", "working"),
        ("working", "unqualified"),
        ("unqualified", "qualified"),
    ]
    assert [one["status"] for one in found["lead_links"]] == ["qualified"]


# --- links --------------------------------------------------------------------------------------------------


def test_the_primary_link_counts_and_otherwise_the_lowest_id_as_a_number(tmp_path: Path) -> None:
    links = [
        {
            "id": "1",
            "companies": [link("100", 341), link("9", 341), link("300", 5, 341)],
            "contacts": [link("20", 3), link("3", 3)],
        },
        {"id": "2", "companies": [link("100", 341), link("9", 7, labels=["Primary"])], "contacts": []},
        {"id": "3", "companies": [], "contacts": []},
        {"id": "404", "companies": [link("1", 341)], "contacts": []},
    ]
    found = exploded(tmp_path, {"deal_associations": links, "deals": [deal("1"), deal("2"), deal("3")]})
    assert found["deal_links"] == [
        {"id": "1", "contact_id": "3", "account_id": "300"},
        {"id": "2", "contact_id": None, "account_id": "9"},
    ]


def test_every_person_of_a_deal_has_a_row_with_the_label(tmp_path: Path) -> None:
    people = [link("20", 3, 91, labels=["Decision maker"]), link("3", 3), link("4", 3, labels=["Primary", "Champion"])]
    found = exploded(tmp_path, {"deal_associations": [{"id": "1", "contacts": people}], "deals": [deal("1")]})
    assert found["deal_contacts"] == [
        {"id": "1/20", "deal_id": "1", "contact_id": "20", "role": "Decision maker", "is_primary": "false"},
        {"id": "1/3", "deal_id": "1", "contact_id": "3", "role": None, "is_primary": "false"},
        {"id": "1/4", "deal_id": "1", "contact_id": "4", "role": "Champion", "is_primary": "true"},
    ]
    assert found["deal_links"] == [{"id": "1", "contact_id": "4"}]


def test_lines_belong_to_deals_and_those_of_quotes_are_left_out(tmp_path: Path) -> None:
    line = {"properties.quantity": "3", "properties.hs_cost_of_goods_sold": "2.5"}
    found = exploded(
        tmp_path,
        {
            "line_items": [{"id": "1", **line}, {"id": "2", **line}],
            "line_item_associations": [
                {"id": "1", "deals": [link("7", 20)], "quotes": []},
                {"id": "2", "deals": [], "quotes": [link("5", 68)]},
            ],
        },
    )
    (one,) = found["deal_lines"]
    assert (one["id"], one["deal_id"], float(one["line_cost"])) == ("1", "7", 7.5)


@pytest.mark.parametrize("kind", ["call", "email", "meeting", "task", "note"])
def test_activities_say_what_they_belong_to(tmp_path: Path, kind: str) -> None:
    stream = f"{kind}s"
    linked = {
        "contacts": [link("3", 194)],
        "companies": [],
        "deals": [link("7", 206)],
        "leads": [],
        "tickets": [link("9", 220)],
    }
    found = exploded(tmp_path, {stream: [{"id": "1"}], f"{kind}_associations": [{"id": "1", **linked}]})
    assert found[f"{kind}_links"] == [
        {"id": "1", "contact_id": "3", "account_id": None, "deal_id": "7", "lead_id": None, "case_id": "9"}
    ]


def test_a_lead_with_a_deal_is_converted_when_the_deal_was_created(tmp_path: Path) -> None:
    found = exploded(
        tmp_path,
        {
            "leads": [{"id": "1", "properties.hs_pipeline_stage": "connected-stage-id"}, {"id": "2"}],
            "lead_associations": [
                {"id": "1", "contacts": [link("3", 578)], "companies": [], "deals": [link("7", 583)]}
            ],
            "deals": [deal("7")],
        },
    )
    assert found["lead_links"] == [
        {
            "id": "1",
            "contact_id": "3",
            "account_id": None,
            "deal_id": "7",
            "converted_at": moment(T1),
            "status": "converted",
        },
        {"id": "2", "contact_id": None, "account_id": None, "deal_id": None, "converted_at": None, "status": None},
    ]


def test_a_deal_whose_creation_is_told_in_milliseconds_dates_the_conversion(tmp_path: Path) -> None:
    at = str(int(datetime.fromisoformat(T2).timestamp() * 1000))
    streams = {
        "leads": [{"id": "1"}],
        "lead_associations": [{"id": "1", "deals": [link("7", 583)]}],
        "deals": [deal("7", **{"properties.createdate": at})],
    }
    assert exploded(tmp_path, streams)["lead_links"][0]["converted_at"] == moment(T2)


# --- stages and people --------------------------------------------------------------------------------------


def test_closed_with_certainty_is_won_and_closed_otherwise_lost(tmp_path: Path) -> None:
    stages = [
        {
            "id": key,
            "pipeline_id": "p",
            "pipeline_label": "Sales",
            "stage_label": key.title(),
            "display_order": order,
            "is_closed": closed,
            "probability": chance,
        }
        for order, (key, closed, chance) in enumerate(
            [
                ("a", "false", "0.2"),
                ("b", "false", "1.0"),
                ("c", "true", "1.0"),
                ("d", "true", "0.0"),
                ("e", None, "1.0"),
                ("f", "true", None),
            ]
        )
    ]
    found = exploded(
        tmp_path, {"deal_pipelines": [{**row, "display_order": str(row["display_order"])} for row in stages]}
    )
    assert {row["id"]: row["kind"] for row in found["deal_stages"]} == {
        "a": "open",
        "b": "open",
        "c": "won",
        "d": "lost",
        "e": "won",
        "f": "lost",
    }


def test_a_ticket_has_the_status_of_its_stage_and_the_pipeline_as_queue(tmp_path: Path) -> None:
    stages = [
        {
            "id": str(place),
            "pipeline_id": "0",
            "pipeline_label": "Support",
            "stage_label": label,
            "display_order": str(place),
            "is_closed": closed,
        }
        for place, (label, closed) in enumerate(
            [("New", "false"), ("Waiting on contact", "false"), ("Being repaired", "false"), ("Closed", "true")]
        )
    ]
    tickets = [{"id": f"t{place}", "properties.hs_pipeline_stage": str(place)} for place in range(5)]
    found = exploded(tmp_path, {"ticket_pipelines": stages, "tickets": tickets})
    assert {row["id"]: (row["status"], row["queue"]) for row in found["ticket_links"]} == {
        "t0": ("new", "Support"),
        "t1": ("waiting", "Support"),
        "t2": ("in_progress", "Support"),
        "t3": ("closed", "Support"),
        "t4": (None, None),
    }


def test_an_owner_has_a_name_and_the_primary_team(tmp_path: Path) -> None:
    owners = [
        {
            "id": "1",
            "firstName": "Ana",
            "lastName": "Ruiz",
            "email": "a@x.io",
            "teams": [{"id": "5", "name": "A", "primary": False}, {"id": "9", "name": "B", "primary": True}],
        },
        {"id": "2", "firstName": "", "lastName": None, "email": "b@x.io", "teams": []},
    ]
    assert exploded(tmp_path, {"owners": owners})["owner_links"] == [
        {"id": "1", "name": "Ana Ruiz", "team_id": "9"},
        {"id": "2", "name": "b@x.io", "team_id": None},
    ]


def test_only_the_datasets_asked_for_are_made(tmp_path: Path) -> None:
    streams = folded(tmp_path, {"deals": [deal(**{"history.dealstage": [version("new", T1), version("won", T2)]})]})
    found = explode(streams, tmp_path / "out", ["deal_stage_events"], memory_limit="256MB")
    assert list(found) == ["deal_stage_events"]
    assert explode({}, tmp_path / "none") == {}


def test_every_dataset_names_its_streams() -> None:
    assert inputs("lead_links") == ("leads", "lead_associations", "lead_pipelines", "deals")
    assert all(inputs(name) for name in RECIPES)


# --- what did not change ------------------------------------------------------------------------------------

HISTORIES = ("deal_stage_events", "deal_versions")


def told(key: str, *stages: str, amount: str = "100", **more: Any) -> dict[str, Any]:
    moments = (T1, T2, T3, T4)
    steps = [version(stage, moment) for stage, moment in zip(stages, moments, strict=False)]
    return deal(key, **{"history.dealstage": steps[::-1], "history.amount": [version(amount, T1)], **more})


def again(folder: Path, before: dict[str, Path], rows: list[dict[str, Any]]) -> dict[str, Path]:
    """Explode other rows with what an earlier explosion has left; return the files, the stream's among them."""
    streams = folded(folder, {"deals": rows})
    return streams | explode(streams, folder / "out", HISTORIES, before, memory_limit="256MB", threads=1)


@pytest.mark.parametrize(
    "changed",
    [
        [told("1", "new", "demo", "won"), told("2", "new"), told("3", "new", "lost")],
        [told("1", "new", "demo"), told("2", "new", amount="7"), told("3", "new", "lost"), told("4", "new", "won")],
        [told("1", "new", "demo", **{"properties.amount": ""}), told("2", "new"), told("3", "new", "lost")],
        [told("1"), told("2", "new", "demo", "new"), told("3")],
        [deal("1"), deal("2"), deal("3", **{"history.dealstage": [version("lost", T2), version("new", T1)]})],
    ],
)
def test_what_is_taken_over_is_what_would_be_made_anew(tmp_path: Path, changed: list[dict[str, Any]]) -> None:
    first = again(tmp_path / "first", {}, [told("1", "new", "demo"), told("2", "new"), told("3", "new", "lost")])
    taken_over = again(tmp_path / "then", first, changed)
    anew = again(tmp_path / "anew", {}, changed)
    assert taken_over.keys() == anew.keys()
    for name in taken_over.keys() & set(HISTORIES):
        assert read(taken_over[name]) == read(anew[name])


def test_only_rows_that_changed_are_made_anew(tmp_path: Path) -> None:
    rows = [told("1", "new", "demo"), told("2", "new", "won")]
    first = again(tmp_path / "first", {}, rows)
    marked = tmp_path / "first" / "marked.parquet"
    with duckdb.connect() as connection:
        made = connection.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata('{first['deal_stage_events']}')"
        ).fetchall()[0][0]
        connection.execute(
            f"COPY (SELECT * REPLACE ('kept' AS source) FROM read_parquet('{first['deal_stage_events']}'))"
            f" TO '{marked}' (FORMAT parquet, KV_METADATA {{made: '{made}'}})"
        )
    first["deal_stage_events"] = marked
    then = again(tmp_path / "then", first, [told("1", "new", "demo", "lost"), rows[1]])
    events = read(then["deal_stage_events"])
    assert {(one["deal_id"], one["source"]) for one in events} == {("1", "CRM_UI"), ("2", "kept")}


def test_a_dataset_of_which_nothing_changed_is_the_file_it_was(tmp_path: Path) -> None:
    rows = [told("1", "new", "demo")]
    first = again(tmp_path / "first", {}, rows)
    renamed = again(tmp_path / "then", first, [rows[0] | {"properties.dealname": "Other"}])
    assert {name: renamed[name] for name in HISTORIES} == {name: first[name] for name in HISTORIES}


def test_a_dataset_that_another_statement_made_is_made_anew(tmp_path: Path) -> None:
    rows = [told("1", "new", "demo")]
    first = again(tmp_path / "first", {}, rows)
    old = tmp_path / "first" / "old.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM '{first['deal_stage_events']}' LIMIT 1) TO '{old}' (FORMAT parquet)")
    first["deal_stage_events"] = old
    assert len(read(again(tmp_path / "then", first, rows)["deal_stage_events"])) == 2
