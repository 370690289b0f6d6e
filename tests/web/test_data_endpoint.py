"""GET /v1/data and /v1/links: a question in an address, its answer as a file."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal

import pandas as pd
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.errors import TryLater
from connector.model.filters import AllOf, Condition
from connector.model.query import Query, Sort
from tests.web.stand_in import KEY, LINK, StandIn

EVERYTHING = (
    "/v1/data?workspace=Acme&metrics=deals_won,largest=MAX(deal.amount)&metrics=n%3DCOUNT(deal,%20'a,b')"
    "&dimensions=created_date:month,owner&filter=country%20in%20(Spain,%20Peru)&filter=amount%20%3E=%2012.5"
    "&range=last_quarter&compare=previous_year&sort=-deals_won,owner&limit=10&time_zone=America/Lima&currency=PEN"
    "&language=es&param=small_sample_n=5&param=stage=Won%20=%20yes"
)


def ask(client: FlaskClient, rest: str = "", **headers: str) -> TestResponse:
    return client.get("/v1/data?metrics=deals_won&dimensions=owner" + rest, headers=headers)


def test_every_part_of_a_question_reaches_the_service(client: FlaskClient, stand_in: StandIn) -> None:
    assert client.get(EVERYTHING).status_code == 200
    expected = Query(
        metrics=("deals_won", "largest=MAX(deal.amount)", "n=COUNT(deal, 'a,b')"),
        dimensions=("created_date:month", "owner"),
        filter=AllOf(
            (Condition("country", "in_list", ("Spain", "Peru")), Condition("amount", "greater_or_equal", ("12.5",)))
        ),
        date_range="last_quarter",
        compare="previous_year",
        sort=(Sort("deals_won", descending=True), Sort("owner")),
        limit=10,
        time_zone="America/Lima",
        currency="PEN",
        language="es",
        parameters={"small_sample_n": "5", "stage": "Won = yes"},
    )
    assert stand_in.asked == [("Acme", expected)]


def test_csv_has_ids_unformatted_figures_and_iso_days(client: FlaskClient) -> None:
    answer = ask(client)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.get_data(as_text=True) == "owner,deals_won\r\n2024-01-01,12345678901234.5670\r\n"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="deals_won_by_owner.csv"'
    frame = pd.read_csv(io.BytesIO(answer.data))
    assert list(frame.columns) == ["owner", "deals_won"]


def test_the_first_line_may_hold_labels_and_excel_gets_its_mark(client: FlaskClient) -> None:
    answer = ask(client, "&header=labels&bom=true")
    assert answer.data.startswith(b"\xef\xbb\xbfOwner,Deals_Won\r\n")
    assert not ask(client, "&header=labels").data.startswith(b"\xef\xbb\xbf")


def test_json_is_the_answer_of_the_query_endpoint(client: FlaskClient) -> None:
    answer = ask(client, "&format=json")
    assert answer.content_type == "application/json"
    asked = client.post("/v1/query", json={"metrics": ["deals_won"], "dimensions": ["owner"]})
    assert answer.data == asked.data
    assert json.loads(answer.data, parse_float=Decimal)["rows"][0][1] == Decimal("12345678901234.5670")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_answer_is_packed_for_those_who_can_unpack_it(client: FlaskClient, form: str) -> None:
    plain, packed = ask(client, f"&format={form}"), ask(client, f"&format={form}", **{"Accept-Encoding": "gzip"})
    assert (packed.headers["Content-Encoding"], gzip.decompress(packed.data)) == ("gzip", plain.data)
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_an_answer_that_is_known_is_not_sent_again(client: FlaskClient, stand_in: StandIn) -> None:
    first = ask(client)
    tag = first.headers["ETag"]
    again = ask(client, **{"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert ask(client, **{"If-None-Match": '"other"'}).status_code == 200
    assert ask(client, "&header=labels", **{"If-None-Match": tag}).status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache", "kept by nobody between, and asked about each time"
    stand_in.fault = TryLater("Not now.")
    assert ask(client, **{"If-None-Match": tag}).status_code == 503


def test_a_name_of_a_file_holds_ids_only(client: FlaskClient) -> None:
    answer = client.get('/v1/data?metrics=a"%0d%0aX:=COUNT(deal)&dimensions=../../x,é')
    name = answer.headers["Content-Disposition"].partition("filename=")[2]
    assert name == '"a_X__by__x.csv"'
    assert "X" not in answer.headers


@pytest.mark.parametrize(
    ("rest", "status", "words"),
    [
        ("&metrics=", 422, "metrics"),
        ("&limit=ten", 422, "'limit'"),
        ("&limit=0", 422, "'limit'"),
        ("&limit=1&limit=2", 422, "'limit'"),
        ("&limt=1", 422, "'limt'"),
        ("&format=xlsx", 422, "'format'"),
        ("&header=names", 422, "'header'"),
        ("&language=de", 422, "'language'"),
        ("&currency=euro", 422, "'currency'"),
        ("&from=1/2/2024", 422, "'from'"),
        ("&from=2024-02-30", 422, "'2024-02-30' is no date"),
        ("&from=2024-01-01&range=today", 422, "given together"),
        ("&filter=owner%20=", 422, "ends where a value should come"),
        ("&param=odd", 422, "'odd' is no parameter"),
        ("&workspace=Globex", 403, "does not open the workspace 'Globex'"),
        ("&workspace=Nowhere", 403, "does not open the workspace 'Nowhere'"),
        ("&metrics=nonsense", 404, "no metric 'nonsense'"),
        ("".join(f"&filter=owner={number}" for number in range(101)), 422, "'filter'"),
    ],
)
def test_a_wrong_question_is_told_what_to_do(client: FlaskClient, rest: str, status: int, words: str) -> None:
    answer = ask(client, rest)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    problem = answer.get_json()
    assert words in problem["sentence"] + problem["place"]
    assert problem["remedy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_in_an_address_opens_nothing_and_is_told_of_links(stranger: FlaskClient, stand_in: StandIn) -> None:
    for address in (f"/v1/data?metrics=deals_won&key={KEY}", f"/v1/data?metrics=deals_won&workspace={KEY}"):
        answer = stranger.get(address)
        assert answer.status_code == 401
        assert "links create" in answer.get_json()["remedy"]
    assert stranger.get(f"/v1/links/{KEY}.csv").status_code == 404
    assert not stand_in.asked


# --- links ----------------------------------------------------------------------------------------------


def test_a_link_answers_its_question_without_a_key(stranger: FlaskClient, stand_in: StandIn) -> None:
    answer = stranger.get(f"/v1/links/{LINK}.csv")
    assert answer.get_data(as_text=True) == "owner,deals_won\r\n2024-01-01,12345678901234.5670\r\n"
    assert answer.headers["Content-Language"] == "es"
    assert stranger.get(f"/v1/links/{LINK}.json").get_json()["columns"][0]["id"] == "owner"
    assert stranger.get(f"/v1/links/{LINK}.csv", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert {workspace for workspace, _ in stand_in.asked} == {"Acme"}


def test_a_link_answers_nothing_else(stranger: FlaskClient, stand_in: StandIn) -> None:
    rest = "?metrics=total_sales&workspace=Globex&dimensions=deal.name&limit=5"
    assert stranger.get(f"/v1/links/{LINK}.csv{rest}").status_code == 200
    assert stand_in.asked == [("Acme", Query(("deals_won",), ("owner",), language="es"))]
    for token in (LINK[:-1], LINK + "x", LINK.upper(), "x", "%00"):
        answer = stranger.get(f"/v1/links/{token}.csv")
        assert (answer.status_code, answer.get_json()["place"]) == (404, "link")
    for header in (f"Bearer {LINK}", f"Basic {LINK}"):
        assert stranger.get("/v1/metrics", headers={"Authorization": header}).status_code == 401
    assert stranger.post(f"/v1/links/{LINK}.csv").status_code == 405


def test_a_token_is_in_no_log_line_and_goes_on_to_nobody(
    stranger: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    paths = (f"/v1/links/{LINK}.csv", f"/v1/links/{LINK}.json", f"/v1/links/{LINK}x.csv", f"/v1/links/{LINK}.xlsx",
             f"/v1/links/{LINK}", f"/v1/links/{LINK}.csv/more", "/v1/links/half-of-a-token.csv")  # fmt: skip
    for path in paths:
        answer = stranger.get(path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    told = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert "/v1/links/<token>.csv" in told
    assert "link1" in told, "which link it was stays known"
    assert "llll" not in told
    assert "half-of-a-token" not in told
