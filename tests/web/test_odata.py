"""The OData feed over the real store and metrics: documents, rows, pages, formats, sign-in, refusals."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.actions.answer_cache import AnswerCache
from connector.actions.odata import Continuation, FeedRequest, FeedRows, feed_rows
from connector.actions.odata_feeds import FeedChoice
from connector.app import Doors, open_store
from connector.metrics.report_types import load_report_types
from connector.model.workspace import Profile
from connector.settings import Settings
from connector.store.store import Publication, Store
from connector.web.application import create_app
from tests.store.staged import stage
from tests.web.test_real_service import WON, fill

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
NORTH = "Юг / север"
POWER_QUERY = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)


@dataclass
class Clock:
    now: datetime = NOW


@dataclass
class Running:
    """A store with three workspaces, its application, and a key of each."""

    store: Store
    client: FlaskClient
    keys: dict[str, str]
    clock: Clock

    def get(self, path: str, workspace: str = "Acme", **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self.keys[workspace]}"} | {
            name.replace("_", "-"): text for name, text in headers.items()
        }
        path = path.removeprefix("http://localhost")
        place = path if path.startswith("/") else f"/odata/{quote(workspace, safe='')}/{path}"
        return self.client.get(place, headers=given)

    def rows(self, path: str, workspace: str = "Acme", **headers: str) -> list[dict[str, Any]]:
        answer = self.get(path, workspace, **headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found = json.loads(answer.get_data(), parse_float=Decimal)["value"]
        return [{name: value for name, value in row.items() if name != "@odata.id"} for row in found]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("odata"), threads=1)
    clock = Clock()
    with open_store(settings) as store:
        keys = {"Acme": fill(store, "Acme", 6), "Globex": fill(store, "Globex", 2), NORTH: fill(store, NORTH, 3)}
        app = create_app(Doors(store, settings, lambda: clock.now))
        yield Running(store, app.test_client(), keys, clock)


# --- documents -----------------------------------------------------------------------------------------


def test_the_service_document_lists_every_report_type(running: Running) -> None:
    answer = running.get("")
    assert answer.headers.getlist("OData-Version") == ["4.0"]
    body = answer.get_json()
    assert body["@odata.context"] == "http://localhost/odata/Acme/$metadata"
    assert [each["url"] for each in body["value"]] == list(load_report_types())
    assert running.get("", Accept_Language="es").get_json()["value"][0]["title"] == "Ventas"


def test_the_description_names_types_labels_and_what_may_be_summed(running: Running) -> None:
    answer = running.get("$metadata", Accept=POWER_QUERY)
    assert answer.content_type.startswith("application/xml")
    schema = ET.fromstring(answer.get_data())[-1][0]
    kind = next(each for each in schema.iter(f"{EDM}EntityType") if each.get("Name") == "everything_row")
    properties = {each.get("Name"): each for each in kind.iter(f"{EDM}Property")}
    types = {
        name: properties[name].get("Type") for name in ("row_id", "date", "month", "owner", "total_sales", "deals_won")
    }
    assert types == {
        "row_id": "Edm.String", "date": "Edm.Date", "month": "Edm.Date", "owner": "Edm.String",
        "total_sales": "Edm.Decimal", "deals_won": "Edm.Int64",
    }  # fmt: skip
    said = {
        name: {each.get("Term"): each.get("String") for each in properties[name].iter(f"{EDM}Annotation")}
        for name in ("total_sales", "win_rate", "pipeline_value", "deal__own__region")
    }
    assert said["total_sales"]["Puente.Sums"] == "always"
    assert said["total_sales"]["Org.OData.Measures.V1.ISOCurrency"] == "USD"
    assert said["win_rate"]["Puente.Sums"] == "never"
    assert said["pipeline_value"]["Puente.Sums"] == "not_over_time"
    assert said["deal__own__region"]["Org.OData.Core.V1.Description"] == "Region"


def test_the_description_speaks_the_caller_s_language_and_leaves_people_out_on_demand(running: Running) -> None:
    spanish = running.get("$metadata", Accept_Language="es").get_data(as_text=True)
    assert "Se puede sumar." in spanish
    hidden = running.get("$metadata?personal=hide").get_data(as_text=True)
    assert 'Name="contact"' in spanish
    assert 'Name="contact"' not in hidden
    assert 'Name="deal__own__region"' not in hidden


@pytest.mark.parametrize(
    ("wanted", "status", "kind"),
    [
        ({"Accept": "application/json"}, 200, "application/json"), ({"Accept": "*/*"}, 200, "application/xml"),
        ({"Accept": "text/html"}, 406, "application/json"), ({}, 200, "application/xml"),
    ],
)  # fmt: skip
def test_the_description_comes_as_xml_unless_only_json_is_taken(
    running: Running, wanted: dict[str, str], status: int, kind: str
) -> None:
    answer = running.get("$metadata", **wanted)
    assert (answer.status_code, answer.mimetype) == (status, kind)
    assert running.get("$metadata?$format=json").get_json()["$EntityContainer"] == "Puente.Container"


# --- rows ----------------------------------------------------------------------------------------------


def test_rows_are_grouped_by_exactly_the_selected_dimensions(running: Running) -> None:
    assert running.rows("sales?$select=owner,total_sales,deals_won") == [
        {"owner": "Ana", "total_sales": Decimal("5.2"), "deals_won": 2},
        {"owner": "Ben", "total_sales": Decimal("7.2"), "deals_won": 2},
        {"owner": None, "total_sales": Decimal("3.2"), "deals_won": 2},
    ]
    assert running.rows("sales?$select=total_sales") == [{"total_sales": Decimal("15.6")}]
    assert running.rows("sales?$select=owner") == [{"owner": "Ana"}, {"owner": "Ben"}, {"owner": None}]
    assert running.rows("everything?$select=deal__own__region,deals_won") == [
        {"deal__own__region": "north", "deals_won": 2}, {"deal__own__region": "south", "deals_won": 4},
    ]  # fmt: skip


def test_rows_without_a_selection_are_days_with_the_usual_figures_and_a_key(running: Running) -> None:
    rows = running.rows("sales")
    assert list(rows[0])[:4] == ["row_id", "date", "total_sales", "deals_won"]
    assert [row["date"] for row in rows] == [f"2024-01-{day}" for day in range(10, 16)] + ["2024-03-10"]
    assert len({row["row_id"] for row in rows}) == len(rows)
    assert rows == running.rows("sales?$select=*")
    context = running.get("sales?$top=1").get_json()["@odata.context"]
    assert context.startswith("http://localhost/odata/Acme/$metadata#sales(row_id,date,total_sales,")


def test_every_entity_set_answers_without_a_selection(running: Running) -> None:
    for name in load_report_types():
        assert running.get(name).status_code == 200, name


def test_a_filter_on_dates_takes_each_figure_on_its_own_date(running: Running) -> None:
    asked = "sales?$select=deals_created,deals_won&$filter=date ge {} and date lt {}"
    assert running.rows(asked.format("2024-01-11", "2024-01-13")) == [{"deals_created": 2, "deals_won": 0}]
    assert running.rows(asked.format("2024-03-10T00:00:00Z", "2024-03-11T00:00:00Z")) == [
        {"deals_created": 0, "deals_won": 6}
    ]
    assert running.rows(asked.format("2024-03-11", "2024-03-11")) == []
    months = running.rows("sales?$select=month,deals_won&$filter=month gt 2024-02-15 and year(date) eq 2024")
    assert months == [{"month": "2024-03-01", "deals_won": 6}]
    assert running.rows("sales?$select=month,deals_won&$filter=month lt 2024-03-01 and deals_won gt 0") == []


@pytest.mark.parametrize(
    ("condition", "owners"),
    [
        ("owner eq 'Ana'", {"Ana"}), ("owner ne 'Ana'", {"Ben", None}), ("owner eq null", {None}),
        ("'Ana' eq owner", {"Ana"}), ("owner in ('Ana','Cid')", {"Ana"}), ("not (owner in ('Ana'))", {"Ben", None}),
        ("contains(owner,'n')", {"Ana", "Ben"}), ("not contains(owner,'a')", {"Ben"}), ("contains(owner,'.')", set()),
        ("startswith(owner,'A') or owner eq null", {"Ana", None}), ("endswith(tolower(owner),'na')", {"Ana"}),
        ("tolower(owner) eq 'ANA'", set()), ("toupper(owner) ne 'ANA'", {"Ben", None}),
        ("owner gt 'B'", {"Ben"}), ("length(owner) eq 3 and total_sales gt 6", {"Ben"}),
        ("total_sales lt 4 or owner eq 'Ana'", {"Ana", None}), ("total_sales mul 2 eq 14.4", {"Ben"}),
        ("deals_created eq 2 and deal_status eq 'won'", {"Ana", "Ben", None}), ("deal_status ne 'won'", set()),
        ("owner eq 'O''Brien'", set()), ("true", {"Ana", "Ben", None}), ("false or 1 gt 2", set()),
        ("owner eq '(unassigned)'", set()), ("owner eq 'o1'", set()), ("owner in (null,'o1')", {None}),
        ("owner ne null", {"Ana", "Ben"}), ("owner eq 'ana'", set()), ("null eq null", {"Ana", "Ben", None}),
        ("1 div 0 eq null", {"Ana", "Ben", None}), ("owner eq @name", {"Ben"}),
        ("win_rate eq 1.0 and lost_value eq 0", {"Ana", "Ben", None}),
    ],
)  # fmt: skip
def test_filters(running: Running, condition: str, owners: set[str | None]) -> None:
    rows = running.rows(f"sales?$select=owner,total_sales&$filter={quote(condition)}&@name='Ben'")
    assert {row["owner"] for row in rows} == owners
    assert all(set(row) == {"owner", "total_sales"} for row in rows)
    count = running.get(f"sales/$count?$select=owner&$filter={quote(condition)}&@name='Ben'")
    assert count.get_data(as_text=True) == str(len(owners))
    assert count.mimetype == "text/plain"


@pytest.mark.parametrize(
    ("condition", "sales"),
    [
        ("owner eq '(unassigned)'", "0"), ("owner eq null", "3.2"), ("owner ne null", "12.4"),
        ("contains(owner,'n')", "12.4"), ("date ge 2024-01-01T00:00:00Z and date lt 2025-01-01T00:00:00Z", "15.6"),
        ("length(owner) gt 3", None), ("owner gt 'M'", None),
    ],
)  # fmt: skip
def test_filters_hold_for_the_records_behind_figures_as_the_document_says(
    running: Running, condition: str, sales: str | None
) -> None:
    path = f"sales?$select=total_sales&$filter={quote(condition)}"
    if sales is None:
        assert running.get(path).status_code == 501
    else:
        assert running.rows(path) == [{"total_sales": Decimal(sales)}]


def test_order_puts_null_first_and_keeps_equal_rows_in_their_order(running: Running) -> None:
    def owners(order: str) -> list[str | None]:
        return [row["owner"] for row in running.rows(f"sales?$select=owner,total_sales&$orderby={order}")]

    assert owners("owner") == [None, "Ana", "Ben"]
    assert owners("owner desc") == ["Ben", "Ana", None]
    assert owners("total_sales desc") == ["Ben", "Ana", None]
    assert owners("deals_won desc,lost_value") == ["Ana", "Ben", None]


def test_top_skip_and_count(running: Running) -> None:
    body = running.get("sales?$select=owner&$top=1&$skip=1&$count=true").get_json()
    assert (body["@odata.count"], body["value"]) == (3, [{"@odata.id": None, "owner": "Ben"}])
    assert "@odata.nextLink" not in body
    assert running.get("sales?$select=owner&$top=0&$count=true").get_json()["@odata.count"] == 3
    assert running.rows("sales?$select=owner&$skip=3") == []


# --- pages ---------------------------------------------------------------------------------------------


def pages(running: Running, path: str, size: int) -> Iterator[dict[str, Any]]:
    link = path
    for _ in range(20):
        answer = running.get(link, Prefer=f"odata.maxpagesize={size}")
        assert answer.headers["Preference-Applied"] == f"odata.maxpagesize={size}"
        body = answer.get_json()
        yield body
        if "@odata.nextLink" not in body:
            return
        link = body["@odata.nextLink"]
    raise AssertionError("the pages do not end")


def test_pages_together_are_the_answer(running: Running) -> None:
    path = "sales?$select=date,deals_created,deals_won&$orderby=deals_won,date desc&$count=true"
    path += "&$skip=1&$top=5&language=es"
    whole = running.get(path).get_json()
    found = list(pages(running, path, 2))
    assert [len(page["value"]) for page in found] == [2, 2, 1]
    assert [row for page in found for row in page["value"]] == whole["value"]
    assert {page["@odata.count"] for page in found} == {7}
    assert "language=es" in found[0]["@odata.nextLink"]


def test_a_page_of_data_that_are_gone_is_refused(running: Running) -> None:
    settings_key = fill(running.store, "Changing", 4)
    running.keys["Changing"] = settings_key
    first = running.get("sales?$select=date,deals_created", "Changing", Prefer="odata.maxpagesize=1").get_json()
    link = first["@odata.nextLink"]
    assert running.get(link, "Changing").status_code == 200
    workspace = running.store.workspace("Changing")
    connection = running.store.connection(workspace, "exports", "file", NOW)
    with running.store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", WON, 5)
        writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)
    answer = running.get(link, "Changing")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (410, "data_changed")


def test_a_page_is_of_the_moment_of_the_first_one(running: Running) -> None:
    """Ages grow while pages are read; a page asked for a day later is refused."""
    link = running.get("sales?$select=date,deals_created", Prefer="odata.maxpagesize=1").get_json()["@odata.nextLink"]
    try:
        running.clock.now = NOW + timedelta(hours=23)
        assert running.get(link).status_code == 200
        running.clock.now = NOW + timedelta(hours=25)
        assert running.get(link).status_code == 410
    finally:
        running.clock.now = NOW
    assert running.get("sales?$skiptoken=1-1-99999999999").status_code == 410


OPEN = WON | {"status": "'open'", "closed_at": "NULL", "closing_owner_id": "NULL"}


def test_no_page_is_cut_from_an_answer_of_another_moment(running: Running) -> None:
    """A page asked for late is computed for its own moment, and is no answer for requests of now."""
    workspace, seconds = running.store.create_workspace("Ages", NOW), [0.0]
    connection = running.store.connection(workspace, "exports", "file", NOW)
    with running.store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", OPEN, 3)
        writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)
    cache = AnswerCache(lambda: seconds[0], life_seconds=300)
    asked = FeedRequest("everything", FeedChoice("en"), ("owner", "deal_age_avg"))

    def ask(after: Continuation | None = None) -> FeedRows:
        return feed_rows(running.store, "Ages", asked, NOW + timedelta(seconds=seconds[0]), cache, after)

    first = ask()
    second_page = first.after(1)
    seconds[0] = 200
    assert (ask().as_of, ask(second_page).packed) == (NOW, first.packed)
    seconds[0] = 7_200
    assert (ask(second_page).as_of, ask(second_page).packed) == (NOW, first.packed)
    fresh = ask()
    assert fresh.as_of == NOW + timedelta(hours=2)
    assert fresh.packed != first.packed, "the deals are two hours older"
    assert ask(second_page).packed == first.packed
    seconds[0] = 7_300
    assert ask(ask().after(1)).packed == fresh.packed


@pytest.mark.parametrize(
    "condition",
    [
        "floor(INF) eq 1", "round(NaN) eq 1", "substring('abc',INF) eq 'a'", "substring(owner,INF) eq 'a'",
        "ceiling(win_rate mul 1e308 mul 1e308) gt 1", f"win_rate eq {' mul '.join(['9' * 60] * 7)}",
        f"win_rate gt {' mul '.join(['9' * 60] * 7)}", " eq ".join(["false"] * 499),
        " or ".join(["total_sales lt 0"] * 249), " or ".join(["false"] * 500),
        " or ".join(["owner eq 'Nobody'"] * 249), "not (" * 23 + "total_sales ge 0" + ")" * 23,
    ],
)  # fmt: skip
def test_arithmetic_and_length_break_nothing(running: Running, condition: str) -> None:
    answer = running.get(f"sales?$select=owner,total_sales,win_rate&$filter={quote(condition)}")
    if " eq false" in condition:
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "query")
    else:
        assert (answer.status_code, answer.get_json()["value"]) == (200, [])


# --- forms ---------------------------------------------------------------------------------------------


def test_formats(running: Running) -> None:
    asked = "sales?$select=date,deals_created,deals_won,total_sales&$top=1&$count=true"
    minimal = running.get(f"{asked}&$format=json")
    assert minimal.content_type == "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
    none = running.get(asked, Accept="application/json;odata.metadata=none")
    assert none.get_json()["value"] == [{"date": "2024-01-10", "deals_created": 1, "deals_won": 0, "total_sales": 0}]
    assert "@odata.context" not in none.get_json()
    full = running.get(asked, Accept="application/json;odata.metadata=full").get_json()["value"][0]
    assert (full["@odata.type"], full["deals_won@odata.type"], full["date@odata.type"]) == (
        "#Puente.sales_row", "#Int64", "#Date",
    )  # fmt: skip
    texts = running.get(asked, Accept="application/json;IEEE754Compatible=true")
    assert texts.get_json()["value"][0]["total_sales"] == "0.0000"
    assert texts.get_json()["@odata.count"] == "7"
    assert "IEEE754Compatible=true" in texts.content_type


def test_packed_and_plain_answers_are_the_same(running: Running) -> None:
    packed = running.get("sales", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == running.get("sales").get_data()


def test_values_speak_the_language_that_is_asked_for_and_filters_any(running: Running) -> None:
    for condition in ("ganado", "won"):
        rows = running.rows(f"sales?$select=deal_status&language=es&$filter=deal_status eq '{condition}'")
        assert rows == ([{"deal_status": "ganado"}] if condition == "ganado" else [])
    assert running.rows("sales?$select=deal_status", Accept_Language="ru") == [{"deal_status": "выиграна"}]


def test_the_report_currency_can_be_chosen(running: Running) -> None:
    """There is no rate, so no amount can be added up in it, and none is made up."""
    assert running.rows("sales?$select=deals_won&currency=EUR") == [{"deals_won": 6}]
    answer = running.get("sales?$select=total_sales,deals_won&currency=EUR")
    assert (answer.status_code, answer.get_json()["error"]["target"]) == (400, "currency")
    assert "no exchange rate into EUR" in answer.get_json()["error"]["message"]
    assert 'String="EUR"' in running.get("$metadata?currency=EUR").get_data(as_text=True)


# --- who may read --------------------------------------------------------------------------------------


def test_excel_is_asked_for_a_password_and_the_key_is_one(running: Running) -> None:
    answer = running.client.get("/odata/Acme/")
    assert answer.status_code == 401
    assert answer.headers.getlist("WWW-Authenticate")[0] == 'Basic realm="puente", charset="UTF-8"'
    assert answer.get_json()["error"]["code"] == "not_signed_in"
    basic = base64.b64encode(f"anybody:{running.keys['Acme']}".encode()).decode()
    assert running.client.get("/odata/Acme/", headers={"Authorization": f"Basic {basic}"}).status_code == 200


@pytest.mark.parametrize("place", ["", "$metadata", "sales", "sales/$count", "nothing", "$batch"])
def test_another_workspace_and_none_at_all_are_refused_alike(running: Running, place: str) -> None:
    texts = []
    for name in ("Globex", "Nowhere"):
        answer = running.get(f"/odata/{name}/{place}")
        assert answer.status_code == 403
        texts.append(answer.get_json()["error"]["message"].replace(name, ""))
    assert texts[0] == texts[1]


def test_names_of_workspaces_may_hold_anything(running: Running) -> None:
    root = f"http://localhost/odata/{quote(NORTH, safe='')}"
    for place in ("", "sales?$select=owner&$top=1", "$metadata", "sales/$count"):
        assert running.get(place, NORTH).status_code == 200, place
    assert running.get("", NORTH).get_json()["@odata.context"] == f"{root}/$metadata"
    body = running.get("sales?$select=date,deals_created", NORTH, Prefer="odata.maxpagesize=1").get_json()
    assert body["@odata.nextLink"].startswith(f"{root}/sales?")
    assert running.get(body["@odata.nextLink"], NORTH).get_json()["value"] != body["value"]
    assert running.get("/odata/Acme").status_code == 200


# --- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "code", "words"),
    [
        ("nothing", 404, "unknown_name", "sales"), ("sales('x')", 501, "not_built", "$filter"),
        ("sales/owner", 501, "not_built", "address"), ("$batch", 501, "not_built", "batches"),
        ("sales?$apply=groupby((owner))", 501, "not_built", "$select"),
        ("sales?$expand=x", 501, "not_built", "$expand"),
        ("sales?$search=x", 501, "not_built", "$search"), ("sales?$nothing=1", 400, "query", "'$nothing'"),
        ("sales?top=5", 400, "query", "$top"), ("sales?$top=1&$top=2", 400, "query", "twice"),
        ("sales?$top=-1", 400, "query", "'-1'"), ("sales?$count=1", 400, "query", "true"),
        ("sales?$skiptoken=x", 400, "query", "token"), ("sales/$count?$top=1", 400, "query", "$top"),
        ("sales?$select=nothing", 400, "query", "'nothing'"), ("sales?$select=owner/name", 501, "not_built", "select"),
        ("sales?$select=owner;drop", 400, "query", "name"), ("sales?$orderby=nothing", 400, "query", "'nothing'"),
        ("sales?$orderby=owner", 501, "not_built", "$select"),
        ("sales?$orderby=length(owner)", 501, "not_built", "properties"),
        ("sales?$select=row_id&$orderby=row_id", 501, "not_built", "row_id"),
        ("sales?$filter=row_id eq 'x'", 501, "not_built", "row_id"),
        ("sales?$filter=nothing eq 1", 400, "query", "'nothing'"), ("sales?$filter=owner eq", 400, "query", "end"),
        ("sales?$filter=owner eq 5", 400, "query", "number"), ("sales?$filter=owner", 400, "query", "boolean"),
        ("sales?$filter=owner eq 'x", 400, "query", "quotes"),
        ("sales?$filter=date ge 2024-02-30", 400, "query", "2024-02-30"),
        ("sales?$filter=owner gt 'A'", 501, "not_built", "'owner'"),
        ("sales?$filter=nothing(owner)", 501, "not_built", "contains"),
        ("sales?$filter=contains(owner)", 400, "query", "2"),
        ("sales?$filter=owner/any(o:o eq 'x')", 501, "not_built", "owner"),
        ("sales?$filter=owner in [1]", 501, "not_built", "list"),
        ("sales?$filter=" + "(" * 60 + "true" + ")" * 60, 400, "query", "50"),
        ("sales?$filter=" + " or ".join(["deals_won eq 1"] * 600), 400, "query", "1000"),
        ("sales?$filter=owner eq '" + "x" * 1001 + "'", 400, "query", "1000"),
        ("sales?$format=atom", 406, "not_acceptable", "JSON"), ("sales?language=de", 400, "query", "'de'"),
        ("sales?currency=eur", 400, "query", "EUR"), ("sales?time_zone=Mars/One", 400, "query", "zone"),
        ("sales?$select=activity_type,total_sales", 400, "query", "'activity_type'"),
        ("everything?$select=activity_type,total_sales", 400, "not_applicable", "total_sales"),
        ("sales?$select=" + ",".join(load_report_types()["sales"].metrics), 400, "query", "60"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_words(
    running: Running, asked: str, status: int, code: str, words: str
) -> None:
    answer = running.get(asked)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), error
    assert words in error["message"], error
    assert answer.headers["OData-Version"] == "4.0"
    assert error["innererror"]["request_id"] == answer.headers["X-Request-Id"]


def test_refusals_speak_the_caller_s_language(running: Running) -> None:
    said = {
        language: running.get("sales?$apply=x", Accept_Language=language).get_json()["error"]["message"]
        for language in ("en", "es", "pt", "ru")
    }
    assert len(set(said.values())) == 4


def test_a_client_of_an_older_version_is_refused(running: Running) -> None:
    assert running.get("", OData_MaxVersion="3.0").status_code == 400
    assert [running.get("", OData_MaxVersion=most).status_code for most in ("4.0", "4.01")] == [200, 200]


def test_only_reading_is_possible(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.keys['Acme']}"}
    assert running.client.post("/odata/Acme/$batch", headers=headers).status_code == 501
    assert running.client.post("/odata/Acme/sales", headers=headers, json={}).status_code == 405
    assert running.client.head("/odata/Acme/sales", headers=headers).get_data() == b""
