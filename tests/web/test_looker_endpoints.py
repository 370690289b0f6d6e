"""The endpoints behind the connector script, as the script asks them."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from connector.actions.answer_cache import AnswerCache
from connector.actions.looker_config import QUESTIONS
from connector.errors import QueryError, TryLater
from connector.metrics.report_types import load_report_types
from tests.web.stand_in import AGENCY_KEY, OTHER_KEY, StandIn

CHART = {
    "configParams": {"workspace": "Acme", "report_type": "sales"},
    "scriptParams": {"lastRefresh": "1758425096065"},
    "dateRange": {"startDate": "2024-01-01", "endDate": "2024-03-31"},
    "fields": [{"name": "owner"}, {"name": "total_sales"}, {"name": "deal_status", "forFilterOnly": True}],
    "dimensionsFilters": [
        [{"fieldName": "deal_status", "values": ["won"], "type": "INCLUDE", "operator": "EQUALS"}]
    ],
}  # fmt: skip


def config(client: FlaskClient, answers: dict[str, Any] | None, language: str = "en") -> Any:
    answer = client.post("/v1/looker/config", json={"languageCode": language, "configParams": answers})
    assert answer.status_code == 200
    return answer.get_json()


def test_a_good_key_is_said_to_be_good(client: FlaskClient, stranger: FlaskClient) -> None:
    assert client.get("/v1/looker/auth").get_json() == {"valid": True, "workspaces": ["Acme"], "workspace": "Acme"}
    assert stranger.get("/v1/looker/auth").status_code == 401


def test_the_steps_only_add_questions_and_end(client: FlaskClient) -> None:
    first, second = config(client, None), config(client, {"workspace": "Acme", "report_type": "leads"})
    assert first["isSteppedConfig"] is True
    assert second["isSteppedConfig"] is False
    assert second["configParams"][: len(first["configParams"])] == first["configParams"]
    asked = [each["name"] for each in second["configParams"] if each["type"] != "INFO"]
    assert asked == list(QUESTIONS)
    assert config(client, {"workspace": "Acme", "report_type": "leads"}) == second


def test_a_link_that_answers_everything_leaves_nothing_to_ask(client: FlaskClient) -> None:
    answers = {"workspace": "Acme", "report_type": "sales", "language": "es", "time_zone": "", "personal": "hide"}
    assert config(client, answers)["isSteppedConfig"] is False


@pytest.mark.parametrize(
    ("code", "word"), [("en", "Sales"), ("es-419", "Ventas"), ("pt_BR", "Vendas"), ("ru", "Продажи"), ("de", "Sales")]
)
def test_questions_are_asked_in_the_language_of_the_person(client: FlaskClient, code: str, word: str) -> None:
    kinds = next(each for each in config(client, None, code)["configParams"] if each["name"] == "report_type")
    assert kinds["options"][0] == {"label": word, "value": "sales"}
    assert [option["value"] for option in kinds["options"]] == list(load_report_types())


def test_dynamic_questions_cannot_be_overridden(client: FlaskClient) -> None:
    for question in config(client, {"workspace": "Acme", "report_type": "sales"})["configParams"]:
        assert not (question.get("isDynamic") and question.get("parameterControl", {}).get("allowOverride"))


def test_the_schema_has_the_shape_of_the_contract(client: FlaskClient) -> None:
    answer = client.post("/v1/looker/schema", json={"configParams": {"report_type": "everything"}})
    fields = answer.get_json()["schema"]
    assert len({field["name"] for field in fields}) == len(fields)
    for field in fields:
        assert field["name"].isascii()
        assert field["name"].replace("_", "").isalnum()
        semantics = field["semantics"]
        assert ("isReaggregatable" in semantics) == (semantics["conceptType"] == "METRIC")
        assert not (field.get("formula") and field.get("isHidden"))
        assert ("defaultAggregationType" in field) <= semantics.get("isReaggregatable", False)
        assert {"name", "label", "dataType", "semantics", "group"} <= field.keys()
    assert {each["semantics"]["conceptType"] for each in fields if each.get("isDefault")} == {"DIMENSION", "METRIC"}


def agency(client: FlaskClient, path: str, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {AGENCY_KEY}"}
    return client.post(f"/v1/looker/{path}", json=body, headers=headers)


def test_a_key_of_several_workspaces_offers_all_of_them(client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {AGENCY_KEY}"}
    auth = client.get("/v1/looker/auth", headers=headers).get_json()
    assert auth == {"valid": True, "workspaces": ["Acme", "Globex"], "workspace": "Acme"}
    first = agency(client, "config", {"languageCode": "en", "configParams": None}).get_json()
    assert first["isSteppedConfig"] is True
    choice = next(each for each in first["configParams"] if each["name"] == "workspace")
    assert [option["value"] for option in choice["options"]] == ["Acme", "Globex"]
    for workspace, currency in (("Acme", "USD"), ("Globex", "BRL")):
        answers = {"workspace": workspace, "report_type": "sales"}
        second = agency(client, "config", {"languageCode": "en", "configParams": answers}).get_json()
        offered = next(each for each in second["configParams"] if each["name"] == "currency")["options"][0]["label"]
        assert offered == f"{currency} (as in the workspace)"
        for path in ("schema", "data"):
            assert agency(client, path, CHART | {"configParams": answers}).status_code == 200


def test_a_source_that_names_no_workspace_cannot_be_asked_with_a_key_of_several(client: FlaskClient) -> None:
    for path in ("schema", "data"):
        answer = agency(client, path, CHART | {"configParams": {"report_type": "sales"}})
        assert (answer.status_code, answer.get_json()["place"]) == (422, "workspace")


def test_a_source_of_a_workspace_that_the_key_no_longer_opens_can_be_changed(client: FlaskClient) -> None:
    asked = config(client, {"workspace": "Globex", "report_type": "sales"})
    assert asked["isSteppedConfig"] is True
    choice = next(each for each in asked["configParams"] if each["name"] == "workspace")
    assert [option["value"] for option in choice["options"]] == ["Acme"]


def test_data_name_the_shown_fields_in_order_and_leave_out_the_others(client: FlaskClient) -> None:
    body = client.post("/v1/looker/data", json=CHART).get_json()
    assert [field["name"] for field in body["schema"]] == ["owner", "total_sales"]
    assert body["filtersApplied"] is True
    assert body["rows"] == []


def test_data_are_packed_for_those_who_can_unpack_them(client: FlaskClient) -> None:
    plain = client.post("/v1/looker/data", json=CHART)
    packed = client.post("/v1/looker/data", json=CHART, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.get_json()
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize("path", ["schema", "data"])
def test_a_key_opens_no_other_workspace(client: FlaskClient, stand_in: StandIn, path: str) -> None:
    body = CHART | {"configParams": {"workspace": "Globex", "report_type": "sales"}}
    answer = client.post(f"/v1/looker/{path}", json=body)
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "not_allowed"
    other = client.post(f"/v1/looker/{path}", json=body, headers={"Authorization": f"Bearer {OTHER_KEY}"})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"fields": [{"name": "nonsense"}]}, 422, "no field"),
        ({"fields": []}, 422, "fields"),
        (
            {"fields": [{"name": "owner"}, {"name": "web_visits"}], "configParams": {}},
            422,
            "'Website visits' cannot be split by 'Owner / rep'",
        ),
        ({"configParams": {"report_type": "x"}}, 404, "report type"),
        ({"configParams": {"time_zone": "Mars/Base"}}, 422, "time_zone"),
        ({"configParams": {"language": "xx"}}, 422, "language"),
        ({"configParams": {"currency": "euro"}}, 422, "currency"),
        ({"configParams": {"personal": "maybe"}}, 422, "personal"),
        ({"configParams": {"personal": 0.0}}, 422, "configParams"),
        ({"dateRange": {"startDate": "2024-02-31", "endDate": "2024-03-01"}}, 422, "2024-02-31"),
        ({"dateRange": {"startDate": "2024-03-02", "endDate": "2024-03-01"}}, 422, "2024-03-02"),
        ({"dimensionsFilters": [[{"fieldName": "owner", "operator": "LIKE", "values": ["x"]}]]}, 422, "operator"),
    ],
)
def test_a_wrong_request_is_told_what_to_do(
    client: FlaskClient, changed: dict[str, Any], status: int, words: str
) -> None:
    answer = client.post("/v1/looker/data", json=CHART | changed)
    assert answer.status_code == status
    problem = answer.get_json()
    assert words in problem["sentence"] + problem["place"]
    assert problem["remedy"]


@pytest.mark.parametrize(
    "filters",
    [
        [{"fieldName": "owner", "operator": "EQUALS", "values": ["x"]}] * 201,
        [{"fieldName": "owner", "operator": "REGEXP_EXACT_MATCH", "values": ["(" * 40]}],
        [{"fieldName": "owner", "operator": "EQUALS", "values": ["y" * 1_500]}],
        [{"fieldName": "owner", "operator": "BETWEEN", "values": ["1"]}],
        [{"fieldName": "nobody", "operator": "IS_NULL", "values": []}],
    ],
)
def test_filters_that_cannot_be_applied_are_left_to_looker_studio(client: FlaskClient, filters: list[Any]) -> None:
    body = client.post("/v1/looker/data", json=CHART | {"dimensionsFilters": [filters]}).get_json()
    assert body["filtersApplied"] is False
    assert [field["name"] for field in body["schema"]] == ["owner", "total_sales", "deal_status"]


@pytest.mark.parametrize(
    "filters",
    [
        [[{"fieldName": "owner", "operator": "EQUALS", "values": ["x"]}]] * 201,
        [[{"fieldName": "owner", "operator": "EQUALS", "values": ["y" * 2_500]}]],
        [[{"fieldName": "owner", "operator": "IN_LIST", "values": [str(number) for number in range(20_001)]}]],
    ],
)
def test_many_and_long_filters_are_left_to_looker_studio_too(client: FlaskClient, filters: list[Any]) -> None:
    answer = client.post("/v1/looker/data", json=CHART | {"dimensionsFilters": filters})
    assert (answer.status_code, answer.get_json()["filtersApplied"]) == (200, False)


def test_a_chart_of_too_many_fields_says_to_remove_some(client: FlaskClient) -> None:
    body = {"configParams": {"workspace": "Acme", "report_type": "everything"}}
    known = client.post("/v1/looker/schema", json=body).get_json()["schema"]
    metrics = [{"name": each["name"]} for each in known if each["semantics"]["conceptType"] == "METRIC"]
    answer = client.post("/v1/looker/data", json=body | {"fields": metrics[:80]})
    assert (answer.status_code, answer.get_json()["remedy"]) == (422, "Remove fields from the chart.")


def test_equal_questions_at_the_same_time_are_answered_by_one_computation() -> None:
    cache, made, go, results = AnswerCache(lambda: 0.0), [], threading.Event(), []

    def make() -> bytes:
        made.append(1)
        assert go.wait(10)
        return b"answer"

    threads = [threading.Thread(target=lambda: results.append(cache.answer("q", make))) for _ in range(10)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(10)
    assert results == [b"answer"] * 10
    assert len(made) == 1


def test_a_question_that_is_refused_is_refused_to_all_who_wait_for_it() -> None:
    cache, made, go, results = AnswerCache(lambda: 0.0), [], threading.Event(), []

    def refuse() -> bytes:
        made.append(1)
        assert go.wait(10)
        raise QueryError("It takes too long.")

    def ask() -> None:
        try:
            cache.answer("q", refuse)
        except QueryError as error:
            results.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for _ in range(100_000):
        busy = cache._busy.get("q")
        if busy is not None and len(busy.done._cond._waiters) == 9:  # type: ignore[attr-defined]
            break
        threading.Event().wait(0.001)
    go.set()
    for thread in threads:
        thread.join(10)
    assert results == ["It takes too long."] * 10
    assert len(made) == 1
    with pytest.raises(QueryError):
        cache.answer("q", refuse)


def test_an_answer_is_kept_for_a_while_and_a_failure_is_not() -> None:
    now = [0.0]
    cache = AnswerCache(lambda: now[0], most_bytes=400, life_seconds=60)
    assert cache.answer("a", lambda: b"1") == b"1"
    assert cache.answer("a", lambda: b"2") == b"1"
    now[0] = 61
    assert cache.answer("a", lambda: b"2") == b"2"

    def fail() -> bytes:
        raise TryLater("Not now.")

    with pytest.raises(TryLater):
        cache.answer("b", fail)
    assert cache.answer("b", lambda: b"3") == b"3"
    for number in range(20):
        cache.answer(number, lambda: b"x" * 90)
    assert cache.answer("a", lambda: b"4") == b"4", "the least recently asked is thrown out"
    assert cache.answer("big", lambda: b"y" * 500) == b"y" * 500
    assert cache.answer("big", lambda: b"z") == b"z", "what is too large is not kept"
