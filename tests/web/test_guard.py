"""Keys, headers, problem documents and the log line around every request."""

from __future__ import annotations

import base64
import json
import logging

import pytest
from flask.testing import FlaskClient

from connector.errors import Bug, WorkspaceBusy
from connector.web.guard import SAFE_HEADERS
from tests.web.stand_in import AGENCY_KEY, KEY, OTHER_KEY, StandIn

GUARDED = ["/v1/metrics", "/v1/dimensions"]
QUESTION = {"metrics": ["deals_won"]}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Bearer puente_wrong", KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer \xff\xfe",
        f"Digest {KEY}", f"Bearer key={KEY}", "Basic", "Basic !", "Basic /w==", basic("ana", "wrong"), basic(KEY, ""),
        basic("ana", KEY + "x"), "Basic " + "A" * 5_000,
    ],
)  # fmt: skip
def test_no_valid_key_no_figures(stranger: FlaskClient, stand_in: StandIn, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answers = [stranger.get(path, headers=headers) for path in GUARDED]
    answers.append(stranger.post("/v1/query", json=QUESTION, headers=headers))
    for answer in answers:
        assert answer.status_code == 401
        ways = answer.headers.get_all("WWW-Authenticate")
        assert [way.partition(",")[0] for way in ways] == ['Bearer realm="puente"', 'Basic realm="puente"']
        assert answer.get_json()["code"] == "not_signed_in"
    assert not stand_in.asked


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/metrics", "Authorization: Bearer KEY"), ("/v1/looker/auth", "owner of the data source"),
        ("/odata/Acme/", "as the password"),
    ],
)  # fmt: skip
def test_who_is_not_let_in_is_told_what_he_can_do(stranger: FlaskClient, path: str, words: str) -> None:
    answer = stranger.get(path, headers={"Authorization": f"Bearer {KEY}x"})
    assert answer.status_code == 401
    assert words in answer.get_data(as_text=True)
    assert ("Bearer KEY" in answer.get_data(as_text=True)) == (path == "/v1/metrics")


@pytest.mark.parametrize("user", ["", "ana", "ana@acme.example", "Ана", KEY])
def test_a_key_may_come_as_a_password_with_any_name(stranger: FlaskClient, stand_in: StandIn, user: str) -> None:
    headers = {"Authorization": basic(user, KEY)}
    assert stranger.post("/v1/query", json=QUESTION, headers=headers).status_code == 200
    assert [workspace for workspace, _ in stand_in.asked] == ["Acme"]


def test_programs_for_tables_are_asked_for_a_password_first(stranger: FlaskClient) -> None:
    ways = stranger.get("/v1/data?metrics=deals_won").headers.get_all("WWW-Authenticate")
    assert [way.partition(" ")[0] for way in ways] == ["Basic", "Bearer"]


def test_a_key_of_several_workspaces_needs_the_name_of_one(stranger: FlaskClient, stand_in: StandIn) -> None:
    headers = {"Authorization": f"Bearer {AGENCY_KEY}"}
    for name in ("Globex", "Acme", "  Globex "):
        asked = {**QUESTION, "workspace": name}
        assert stranger.post("/v1/query", json=asked, headers=headers).status_code == 200
    assert [workspace for workspace, _ in stand_in.asked] == ["Globex", "Acme", "Globex"]
    for path in GUARDED:
        assert stranger.get(f"{path}?workspace=Globex", headers=headers).status_code == 200
        assert stranger.get(path, headers=headers).status_code == 422
    answer = stranger.post("/v1/query", json=QUESTION, headers=headers)
    assert (answer.status_code, answer.get_json()["remedy"]) == (422, "Name one of them: 'Acme', 'Globex'.")


def test_a_workspace_of_others_and_one_that_does_not_exist_are_told_alike(
    client: FlaskClient, stand_in: StandIn
) -> None:
    told = []
    for name in ("Globex", "Nobody"):
        for answer in (
            client.post("/v1/query", json={**QUESTION, "workspace": name}),
            *(client.get(f"{path}?workspace={name}") for path in GUARDED),
        ):
            assert answer.status_code == 403
            told.append(
                {**answer.get_json(), "request_id": ""} | {"sentence": answer.get_json()["sentence"].replace(name, "?")}
            )
    assert all(each == told[0] for each in told)
    assert not stand_in.asked


def test_a_key_opens_its_own_workspace(stranger: FlaskClient, stand_in: StandIn) -> None:
    for key in (OTHER_KEY, KEY):
        headers = {"Authorization": f"bearer {key}"}
        assert stranger.post("/v1/query", json=QUESTION, headers=headers).status_code == 200
    assert [workspace for workspace, _ in stand_in.asked] == ["Globex", "Acme"]
    own = stranger.get("/v1/dimensions", headers={"Authorization": f"Bearer {OTHER_KEY}"}).get_json()
    assert [each["id"] for each in own["dimensions"]] == ["owner"]


def test_the_key_is_checked_before_the_body(stranger: FlaskClient) -> None:
    assert stranger.post("/v1/query", data="{", content_type="application/json").status_code == 401


def test_health_needs_no_key_and_readiness_asks_the_service(stranger: FlaskClient, stand_in: StandIn) -> None:
    assert stranger.get("/healthz").get_json() == {"status": "ok"}
    assert stranger.get("/readyz").get_json() == {"status": "ready"}
    stand_in.fault = WorkspaceBusy("The state database does not answer.", place="state database", remedy="Wait.")
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.get_json() | {"request_id": ""} == {
        "code": "workspace_busy", "sentence": "The state database does not answer.", "place": "state database",
        "remedy": "Wait.", "request_id": "",
    }  # fmt: skip
    assert stranger.get("/healthz").status_code == 200


def test_the_catalogue_comes_in_the_language_asked_for(client: FlaskClient, stand_in: StandIn) -> None:
    stand_in.language = "es"
    assert client.get("/v1/metrics").get_json()["metrics"][0]["label"] == "Negocios ganados"
    assert client.get("/v1/metrics?language=ru").get_json()["metrics"][0]["label"] == "Выигранные сделки"
    assert client.get("/v1/dimensions").get_json()["dimensions"][0]["label"] == "Propietario"
    assert client.get("/v1/dimensions?language=pt").get_json()["dimensions"][0]["label"] == "Proprietário"
    assert client.get("/v1/metrics?language=xx").status_code == 422
    own = {"id": "deal.custom.region", "label": "Region", "group": "custom", "type": "text"}
    assert own | {"note": "", "description": ""} in client.get("/v1/dimensions").get_json()["dimensions"]


def test_an_unknown_metric_is_named_with_the_nearest(client: FlaskClient) -> None:
    answer = client.post("/v1/query", json={"metrics": ["nonsense"]})
    assert answer.status_code == 404
    assert answer.get_json()["sentence"] == "There is no metric 'nonsense'."
    assert answer.get_json()["remedy"] == "Did you mean deals_won?"


@pytest.mark.parametrize(
    "fault", [ZeroDivisionError("password=hunter2"), Bug("impossible: hunter2"), RecursionError("hunter2")]
)
def test_a_bug_tells_the_log_and_not_the_caller(
    client: FlaskClient, stand_in: StandIn, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in.fault = fault
    answer = client.post("/v1/query", json=QUESTION)
    assert (answer.status_code, answer.get_json()["code"]) == (500, "bug")
    assert "hunter2" not in answer.get_data(as_text=True)
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.exc_info[1] for record in failures] == [fault]


def test_every_answer_carries_the_safe_headers_and_an_id(client: FlaskClient) -> None:
    answers = [client.get("/healthz"), client.get("/nowhere"), client.get("/v1/query"), client.get("/openapi.json")]
    for answer in answers:
        assert {name: answer.headers[name] for name in SAFE_HEADERS} == SAFE_HEADERS
        assert "Strict-Transport-Security" not in answer.headers
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == len(answers)
    assert "Strict-Transport-Security" in client.get("/healthz", base_url="https://localhost").headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/static/../../settings.py", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/v1/query", 405, "method_not_allowed"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
    ],
)
def test_other_addresses_and_methods_get_a_problem_document(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    body = answer.get_json()
    assert set(body) == {"code", "sentence", "place", "remedy", "request_id"}
    assert (body["code"], body["request_id"]) == (code, answer.headers["X-Request-Id"])
    if status == 405:
        assert "Allow" in answer.headers


def test_html_in_a_request_stays_text(client: FlaskClient) -> None:
    answer = client.get("/<script>alert(1)</script>")
    assert answer.content_type == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_each_request_leaves_one_line_without_its_key(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = client.post("/v1/query?x=1\n2", json=QUESTION)
    lines = [record for record in caplog.records if record.name == "connector.web"]
    assert len(lines) == 1
    facts = lines[0].facts
    assert facts.pop("milliseconds") >= 0
    assert facts == {"method": "'POST'", "path": "'/v1/query'", "status": 200, "workspace": "'Acme'", "key": "key1"}
    assert answer.status_code == 200
    assert KEY not in json.dumps([record.__dict__ for record in caplog.records], default=str)
