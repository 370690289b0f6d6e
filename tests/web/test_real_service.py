"""The endpoints over the real store and metrics: two workspaces, their keys, exact figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from connector.actions.catalogue import list_dimensions, list_metrics
from connector.actions.keys import create_key, list_keys, revoke_key
from connector.app import Doors, open_store
from connector.model.workspace import CustomColumn, Profile
from connector.settings import Settings
from connector.store.store import Publication, Store
from connector.web.application import create_app
from tests.store.staged import stage
from tests.web.fuzzing import load
from tests.web.stand_in import StandIn

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
WON = {
    "id": "'d' || i",
    "name": "'Deal ' || i",
    "owner_id": "CASE WHEN i % 3 > 0 THEN 'o' || (i % 3) END",
    "closing_owner_id": "CASE WHEN i % 3 > 0 THEN 'o' || (i % 3) END",
    "status": "'won'",
    "amount": "0.1 + i",
    "currency": "'USD'",
    "created_at": "TIMESTAMPTZ '2024-01-10 12:00:00+00' + to_days(CAST(i AS INTEGER))",
    "closed_at": "TIMESTAMPTZ '2024-03-10 12:00:00+00'",
    "custom": "MAP {'region': CASE WHEN i < 2 THEN 'north' ELSE 'south' END}",
    "is_deleted": "false",
}


@dataclass
class Running:
    """A store with data, its application, and a key of each workspace."""

    store: Store
    client: FlaskClient
    keys: dict[str, str]

    def ask(self, workspace: str = "Acme", **body: object) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bearer {self.keys[workspace]}"}
        answer = self.client.post("/v1/query", json=body, headers=headers)
        return answer.status_code, json.loads(answer.get_data(), parse_float=Decimal)


def fill(store: Store, name: str, rows: int) -> str:
    """Publish won deals and their owners in a new workspace; return a key of it."""
    workspace = store.create_workspace(name, NOW)
    connection = store.connection(workspace, "exports", "file", NOW)
    profile = Profile(custom=(CustomColumn("deal", "region", "text", "Region"),))
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", WON, rows)
        stage(writing.staging, "owner", {"id": "'o' || (i + 1)", "name": "['Ana', 'Ben'][i + 1]"}, 2)
        writing.publish(connection, Publication(writing.staging, (), "", profile), NOW)
    return create_key(store, name, "test", NOW).text


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("real"), threads=1, max_rows=4)
    with open_store(settings) as store:
        keys = {"Acme": fill(store, "Acme", 6), "Globex": fill(store, "Globex", 2)}
        app = create_app(Doors(store, settings, lambda: NOW))
        yield Running(store, app.test_client(), keys)


def test_figures_are_those_of_the_workspace_of_the_key(running: Running) -> None:
    for workspace, total, count in (("Acme", "15.6000", 6), ("Globex", "1.2000", 2)):
        status, answer = running.ask(workspace, metrics=["total_sales", "deals_won"])
        assert (status, answer["rows"]) == (200, [[Decimal(total), count]])


def test_groups_totals_and_the_unassigned(running: Running) -> None:
    status, answer = running.ask(metrics=["total_sales"], dimensions=["owner"], totals=True)
    assert status == 200
    assert answer["totals"] == [None, Decimal("15.6000")]
    assert sum(row[1] for row in answer["rows"]) == Decimal("15.6")
    assert {row[0] for row in answer["rows"]} == {"Ana", "Ben", "(unassigned)"}


def test_filters_as_text_and_as_tree_agree(running: Running) -> None:
    tree = {"field": "deal.custom.region", "operator": "equals", "values": ["north"]}
    answers = [running.ask(metrics=["deals_won"], filter=each) for each in (["deal.custom.region = north"], tree)]
    assert [answer["rows"] for _, answer in answers] == [[[2]], [[2]]]


def test_open_ranges_end_today_and_begin_at_the_beginning(running: Running) -> None:
    cases = [("from", "2024-03-11", 0), ("from", "2024-03-01", 6), ("from", "2024-06-01", 0), ("to", "2024-03-10", 6)]
    for end, day, count in cases:
        assert running.ask(metrics=["deals_won"], **{end: day})[1]["rows"] == [[count]]


def test_an_answer_that_would_be_cut_is_refused(running: Running) -> None:
    status, answer = running.ask(metrics=["deals_won"], dimensions=["deal.name"])
    assert (status, answer["code"]) == (422, "query")
    assert "more than 4 rows" in str(answer["sentence"])
    assert len(running.ask(metrics=["deals_won"], dimensions=["deal.name"], limit=4)[1]["rows"]) == 4
    assert running.ask(metrics=["deals_won"], dimensions=["deal.name"], limit=5)[0] == 422


def test_an_unknown_metric_is_named_with_the_nearest(running: Running) -> None:
    status, answer = running.ask(metrics=["deals_one"])
    assert (status, answer["code"]) == (404, "unknown_name")
    assert "deals_won" in str(answer["remedy"])


@pytest.mark.parametrize(
    "metric",
    ["x=SUM(deal.amount); DROP TABLE deal", "x=read_csv('/etc/passwd')", "x=SUM(deal.amount) --", "x=" + "(" * 900],
)
def test_a_hostile_formula_is_refused(running: Running, metric: str) -> None:
    status, answer = running.ask(metrics=[metric])
    assert status in (404, 422)
    assert answer["sentence"]


def test_the_catalogue_lists_the_workspace_s_own_columns(running: Running) -> None:
    headers = {"Authorization": f"Bearer {running.keys['Acme']}"}
    listed = running.client.get("/v1/dimensions?language=es", headers=headers).get_json()["dimensions"]
    own = {"id": "deal.custom.region", "label": "Region", "group": "custom", "type": "text"}
    assert own | {"note": "", "description": ""} in listed
    metrics = running.client.get("/v1/metrics?language=ru", headers=headers).get_json()["metrics"]
    assert len({each["id"] for each in metrics}) == len(metrics) > 10


def test_a_revoked_key_opens_nothing(running: Running) -> None:
    made = create_key(running.store, "Acme", "short", NOW)
    running.keys["short"] = made.text
    assert running.ask("short", metrics=["deals_won"])[0] == 200
    revoke_key(running.store, "Acme", made.id, NOW)
    assert running.ask("short", metrics=["deals_won"])[0] == 401
    assert [key.revoked_at for key in list_keys(running.store, "Acme") if key.id == made.id] == [NOW]


def test_the_key_is_kept_only_as_a_hash(running: Running) -> None:
    written = b"".join(path.read_bytes() for path in running.store.data_dir.rglob("*") if path.is_file())
    assert b"Acme" in written
    for key in running.keys.values():
        assert key.encode() not in written


def get(running: Running, rest: str, workspace: str = "Acme") -> Any:
    return running.client.get(f"/v1/data?{rest}", headers={"Authorization": f"Bearer {running.keys[workspace]}"})


def test_a_table_by_get_is_exact_and_has_the_workspace_s_own_columns(running: Running) -> None:
    rest = "metrics=total_sales,deals_won&dimensions=deal.custom.region&sort=deal.custom.region"
    assert get(running, rest).get_data(as_text=True) == (
        "deal.custom.region,total_sales,deals_won\r\nnorth,1.2000,2\r\nsouth,14.4000,4\r\n"
    )
    labels = get(running, rest + "&header=labels&language=ru&bom=true").get_data(as_text=True)
    assert labels.startswith("\ufeffRegion,Объём продаж,Выигранные сделки\r\n")
    _, asked = running.ask(
        metrics=["total_sales"], dimensions=["owner"], filter=["owner = Ana"], compare="previous_year"
    )
    given = get(running, "metrics=total_sales&dimensions=owner&filter=owner=Ana&compare=previous_year&format=json")
    assert json.loads(given.get_data(), parse_float=Decimal) == asked


def test_an_amount_without_rates_is_null_with_a_note_where_notes_have_a_place(running: Running) -> None:
    answer = get(running, "metrics=total_sales,deals_won&currency=JPY&format=json").get_json()
    assert answer["rows"] == [[None, 6]]
    assert [(note["code"], note["count"]) for note in answer["notes"]] == [("without_rate", 6)]
    assert get(running, "metrics=deals_won&currency=JPY").data == b"deals_won\r\n6\r\n"


def test_a_table_by_get_that_would_be_cut_is_refused(running: Running) -> None:
    answer = get(running, "metrics=deals_won&dimensions=deal.name")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "query")
    assert "more than 4 rows" in answer.get_json()["sentence"]


@pytest.mark.parametrize(
    ("rest", "status", "words"),
    [
        ("metrics=total_sales&dimensions=nonsense", 404, "'nonsense'"),
        ("metrics=web_visits&dimensions=owner", 422, "owner"),
        ("metrics=total_sales&filter=owner%20matches%20'(((((a*)*)*)*'", 422, "'"),
        ("metrics=total_sales&filter=" + "(" * 60 + "owner=a" + ")" * 60, 422, "brackets"),
        ("metrics=total_sales&dimensions=created_date:hour&range=2010-01-01..2020-01-01", 422, "hour"),
        ("metrics=pipeline_value&dimensions=date&range=2010-01-01..2020-01-01", 422, "1000 steps"),
        ("metrics=total_sales&currency=JPY", 422, "6 records have no exchange rate into JPY"),
        ("metrics=total_sales&currency=ZZZ", 422, "'ZZZ' is no currency"),
        ("metrics=total_sales&time_zone=Mars/Base", 422, "Mars/Base"),
        ("metrics=x=1;DROP%20TABLE%20deal", 422, ""),
        ("metrics=x=read_csv('/etc/passwd')", 422, ""),
    ],
)
def test_what_cannot_be_answered_is_told_in_a_sentence(running: Running, rest: str, status: int, words: str) -> None:
    answer = get(running, rest)
    problem = answer.get_json()
    assert answer.status_code == status, problem
    assert words in problem["sentence"] + problem["place"]
    assert problem["sentence"]


def test_heavy_patterns_and_many_conditions_are_answered(running: Running) -> None:
    bomb = quote("owner matches '(a+)+(a|aa)+(.*a){20}b$'")
    assert get(running, f"metrics=deals_won&filter={bomb}").get_data(as_text=True) == "deals_won\r\n0\r\n"
    many = quote(" or ".join(f"owner = 'x{number}'" for number in range(200)) + " or owner = 'Ana'")
    assert get(running, f"metrics=deals_won&filter={many}").get_data(as_text=True) == "deals_won\r\n2\r\n"


def test_an_empty_workspace_has_answers_without_rows(running: Running) -> None:
    running.store.create_workspace("Empty", NOW)
    running.keys["Empty"] = create_key(running.store, "Empty", "test", NOW).text
    assert get(running, "metrics=total_sales&dimensions=owner", "Empty").data == b"owner,total_sales\r\n"
    assert get(running, "metrics=deals_won", "Empty").data == b"deals_won\r\n0\r\n"


def test_text_that_would_be_a_formula_is_guarded_in_csv_and_left_in_json(running: Running) -> None:
    workspace = running.store.create_workspace("Hostile", NOW)
    connection = running.store.connection(workspace, "exports", "file", NOW)
    texts = ["=1+1", "+1", "@SUM(1)", "\t=1"]
    with running.store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", WON | {"name": "(['=1+1', '+1', '@SUM(1)', chr(9) || '=1'])[i + 1]"}, 4)
        writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)
    running.keys["Hostile"] = create_key(running.store, "Hostile", "test", NOW).text
    answer = get(running, "metrics=deals_won&dimensions=deal.name", "Hostile")
    read = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))
    assert {row[0] for row in read[1:]} == {"'=1+1", "'+1", "'@SUM(1)", "'\t'=1"}
    plain = get(running, "metrics=deals_won&dimensions=deal.name&format=json", "Hostile").get_json()
    assert {row[0] for row in plain["rows"]} == set(texts)


def test_the_tag_of_a_table_changes_with_its_figures_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", threads=1)
    with open_store(settings) as store:
        key, now = fill(store, "Acme", 2), [NOW]
        client = create_app(Doors(store, settings, lambda: now[0])).test_client()

        def tag() -> str:
            answer = client.get("/v1/data?metrics=total_sales", headers={"Authorization": f"Bearer {key}"})
            return str(answer.headers["ETag"])

        first = tag()
        now[0] = NOW.replace(hour=20)
        workspace = store.workspace("Acme")
        connection = store.connection(workspace, "exports", "file", NOW)
        tags = [tag()]
        for rows in (2, 3):
            with store.writing(workspace, "import", NOW) as writing:
                stage(writing.staging, "deal", WON, rows)
                writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)
            tags.append(tag())
        assert tags[0] == tags[1] == first, "published anew with the same figures"
        assert tags[2] != first


def test_readiness_follows_the_data_directory(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with open_store(settings) as store:
        client = create_app(Doors(store, settings, lambda: NOW)).test_client()
        assert client.get("/readyz").status_code == 200
        settings.data_dir.rename(tmp_path / "moved")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["place"]) == (503, "PUENTE_DATA_DIR")


class Switch:
    """A WSGI application that the tests are collected with; each test puts the running one behind it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


SWITCH = Switch(create_app(StandIn()))
SCHEMA = load(SWITCH, {"phases": {"coverage": {"enabled": False}}})


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=25, deadline=None, derandomize=True, database=None)
def test_nothing_asked_over_http_breaks_the_real_service(case: schemathesis.Case, running: Running) -> None:
    SWITCH.app = running.client.application
    answer = case.call(headers={"Authorization": f"Bearer {running.keys['Acme']}"})
    assert answer.status_code < 500
    assert answer.status_code != 401 or "Authorization" not in answer.request.headers


METRICS = [each.id for each in list_metrics("en")]
DIMENSIONS = [each.id for each in list_dimensions("en")]


@hypothesis.settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(METRICS), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(DIMENSIONS), max_size=2, unique=True),
    st.sampled_from([None, "this_month", "all_time", "2024-01-01..2024-03-31"]),
    st.sampled_from([None, "previous_period", "previous_year"]),
)
def test_every_question_over_the_catalogue_has_an_answer_or_a_sentence(
    running: Running, metrics: list[str], dimensions: list[str], date_range: str | None, compare: str | None
) -> None:
    status, answer = running.ask(metrics=metrics, dimensions=dimensions, date_range=date_range, compare=compare)
    assert status in (200, 422), answer
    assert answer.get("rows") is not None or answer["sentence"]
