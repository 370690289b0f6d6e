"""POST /v1/query: what is asked reaches the service as meant, and the answer is exact."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from connector.model.filters import AllOf, AnyOf, Condition
from connector.model.query import Query, Sort
from connector.web.application import MAX_REQUEST_BYTES
from tests.web.stand_in import StandIn


def ask(client: FlaskClient, **body: object) -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/query", json={"metrics": ["deals_won"], **body})
    return answer.status_code, json.loads(answer.get_data(), parse_float=Decimal)


def test_every_part_of_a_question_reaches_the_service(client: FlaskClient, stand_in: StandIn) -> None:
    status, _ = ask(
        client,
        metrics=["deals_won", "largest=MAX(deal.amount)"],
        dimensions=["created_date:month", "owner"],
        filter={
            "all": [
                {"field": "country", "operator": "in_list", "values": ["Spain", "Peru"]},
                {"any": [{"field": "amount", "operator": "greater", "values": [12.5], "exclude": True}]},
            ]
        },
        date_range="last_quarter",
        compare="previous_year",
        sort=[{"field": "deals_won", "descending": True}, {"field": "owner"}],
        limit=10,
        time_zone="America/Lima",
        currency="PEN",
        language="es",
        parameters={"small_sample_n": 5, "strict": True, "stage": "Won"},
        totals=True,
    )
    assert status == 200
    expected = Query(
        metrics=("deals_won", "largest=MAX(deal.amount)"),
        dimensions=("created_date:month", "owner"),
        filter=AllOf(
            (
                Condition("country", "in_list", ("Spain", "Peru")),
                AnyOf((Condition("amount", "greater", ("12.5",), exclude=True),)),
            )
        ),
        date_range="last_quarter",
        compare="previous_year",
        sort=(Sort("deals_won", descending=True), Sort("owner")),
        limit=10,
        time_zone="America/Lima",
        currency="PEN",
        language="es",
        parameters={"small_sample_n": "5", "strict": "true", "stage": "Won"},
        totals=True,
    )
    assert stand_in.asked == [("Acme", expected)]


def test_the_least_question_has_the_defaults_of_the_service(client: FlaskClient, stand_in: StandIn) -> None:
    stand_in.language = "pt"
    assert ask(client)[0] == 200
    assert stand_in.asked == [("Acme", Query(metrics=("deals_won",), language="pt"))]


def test_filters_may_be_texts_that_all_hold(client: FlaskClient, stand_in: StandIn) -> None:
    assert ask(client, filter=["owner = 'Ana'", "amount >= 10"])[0] == 200
    assert stand_in.asked[0][1].filter == AllOf(
        (Condition("owner", "equals", ("Ana",)), Condition("amount", "greater_or_equal", ("10",)))
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"from": "2024-01-01", "to": "2024-03-31"}, "2024-01-01..2024-03-31"),
        ({"from": "2024-01-01"}, "2024-01-01.."),
        ({"to": "2024-03-31"}, "..2024-03-31"),
        ({"date_range": "this_month"}, "this_month"),
    ],
)
def test_days_and_tokens_become_one_range(
    client: FlaskClient, stand_in: StandIn, given: dict[str, str], expected: str
) -> None:
    assert ask(client, **given)[0] == 200
    assert stand_in.asked[0][1].date_range == expected


def test_the_answer_is_exact_and_complete(client: FlaskClient) -> None:
    _, answer = ask(client, dimensions=["created_date:month"], totals=True)
    assert list(answer) == ["columns", "rows", "totals", "notes", "freshness", "small"]
    assert answer["rows"] == [["2024-01-01", Decimal("12345678901234.5670")]]
    assert answer["totals"] == answer["rows"][0]
    assert answer["columns"][1] == {
        "id": "deals_won", "label": "Deals_Won", "unit": "money", "role": "metric", "grain": "", "of": "",
        "direction": "up",
    }  # fmt: skip
    assert answer["notes"] == [{"code": "no_rate", "text": "3 rows without rate", "level": "warning", "count": 3}]
    assert answer["freshness"] == {
        "data_through": "2024-03-31T22:00:00+00:00", "history_since": None, "rows_rejected": 2, "generation": 7,
    }  # fmt: skip
    assert answer["small"] == [{"row": 0, "column": 0, "n": 4}]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"metrics": []}, "metrics"),
        ({"metrics": "deals_won"}, "metrics"),
        ({"limit": "10"}, "limit"),
        ({"limit": 0}, "limit"),
        ({"limt": 10}, "limt"),
        ({"language": "de"}, "language"),
        ({"compare": "last_year"}, "compare"),
        ({"currency": "euro"}, "currency"),
        ({"from": "1/2/2024"}, "from"),
        ({"sort": ["owner"]}, "sort.0"),
        ({"filter": {"field": "a", "operator": "like", "values": ["x"]}}, "filter.condition.operator"),
        ({"filter": {"all": [{"any": [5]}]}}, "filter.all.all.0.any.any.0"),
        ({"parameters": {"a": [1]}}, "parameters.a"),
        ({"parameters": {"a": 10**400}}, "parameters.a"),
    ],
)
def test_a_wrong_form_is_refused_with_the_place(
    client: FlaskClient, stand_in: StandIn, body: dict[str, object], named: str
) -> None:
    status, answer = ask(client, **body)
    assert (status, answer["code"]) == (422, "invalid_request")
    assert f"'{named}" in str(answer["sentence"])
    assert not stand_in.asked


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"filter": ["owner ="]}, "ends where a value should come"),
        ({"from": "2024-02-30"}, "'2024-02-30' is no date"),
        ({"from": "2024-01-01", "date_range": "today"}, "given together"),
        ({"filter": {"field": "a", "operator": "between", "values": ["1"]}}, "wrong number of values"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_in_a_sentence(
    client: FlaskClient, body: dict[str, object], words: str
) -> None:
    status, answer = ask(client, **body)
    assert (status, answer["code"]) == (422, "query")
    assert words in str(answer["sentence"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"metrics": [NaN]}',
        '{"metrics": ["\\ud800"]}',
        "\xff\xfe",
        "9" * 9_000,
    ],
)
def test_what_is_no_json_is_refused(client: FlaskClient, text: str) -> None:
    answer = client.post("/v1/query", data=text.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["code"] == "bad_request"


def test_a_body_must_say_that_it_is_json(client: FlaskClient) -> None:
    answer = client.post("/v1/query", data='{"metrics": ["deals_won"]}')
    assert (answer.status_code, answer.get_json()["code"]) == (415, "not_json")


def test_a_large_body_is_refused(client: FlaskClient, stand_in: StandIn) -> None:
    body = json.dumps({"metrics": ["deals_won"], "time_zone": "x" * MAX_REQUEST_BYTES})
    answer = client.post("/v1/query", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")
    assert not stand_in.asked
