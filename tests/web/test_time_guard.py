"""A question that would take too long is refused at every address, says what to narrow, and harms no other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from connector.actions import direct
from connector.actions.direct import TableRequest
from connector.actions.keys import create_key
from connector.actions.links import LinkRequest, create_link
from connector.app import Doors, open_store
from connector.model.query import Query
from connector.model.workspace import Profile
from connector.settings import Settings
from connector.store.store import Publication
from connector.web.application import create_app
from tests.store.staged import stage

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
DEALS = {
    "id": "'d' || i", "name": "'Deal ' || md5(i::VARCHAR)", "status": "'won'", "amount": "i % 1000",
    "currency": "'USD'",
    "created_at": "TIMESTAMPTZ '2024-01-10 12:00:00+00'", "closed_at": "TIMESTAMPTZ '2024-03-10 12:00:00+00'",
    "is_deleted": "false",
}  # fmt: skip
HEAVY = {"metrics": ["m=MEDIAN(deal.amount)", "total_sales"], "dimensions": ["deal.name"], "limit": 5}
CHART = {
    "configParams": {},
    "fields": [{"name": "deal"}, {"name": "total_sales"}],
    "dateRange": {"startDate": "2024-01-01", "endDate": "2024-12-31"},
}
HURRIED = 0.01
"""Seconds in which the heavy question cannot be answered: it sorts and groups all deals by their names."""


@dataclass
class Service:
    """The service over one store: one that has hardly any time, and one that has plenty."""

    hurried: FlaskClient
    patient: FlaskClient
    link: str


@contextmanager
def serving(folder: Path, deals: int, seconds: float) -> Iterator[Service]:
    settings = Settings(data_dir=folder, threads=2)
    with open_store(settings) as store:
        workspace = store.create_workspace("Acme", NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, deals)
            writing.publish(connection, Publication(writing.staging, (), "", Profile()), NOW)
        key = create_key(store, "Acme", "test", NOW).text
        heavy = Query(("m=MEDIAN(deal.amount)", "total_sales"), ("deal.name",), limit=5)
        link = create_link(store, "Acme", LinkRequest(TableRequest(heavy)), NOW).token

        def client(allowed: float) -> FlaskClient:
            doors = Doors(store, replace(settings, answer_seconds=allowed), lambda: NOW)
            made = create_app(doors).test_client()
            made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
            return made

        yield Service(client(seconds), client(3_600), link)


def asked(client: FlaskClient, link: str) -> Iterator[tuple[str, Any]]:
    """Ask the same heavy question at every address that answers one."""
    yield "query", client.post("/v1/query", json=HEAVY)
    yield "data", client.get("/v1/data?metrics=m=MEDIAN(deal.amount),total_sales&dimensions=deal.name&limit=5")
    yield "link", client.get(f"/v1/links/{link}.csv")
    yield "chart", client.post("/v1/looker/data", json=CHART)
    yield "feed", client.get("/odata/Acme/everything?$select=deal,total_sales")


def test_a_service_without_time_refuses_at_every_address_and_says_what_to_narrow(tmp_path: Path) -> None:
    with serving(tmp_path / "data", 3, 0) as served:
        for place, answer in asked(served.hurried, served.link):
            assert answer.status_code in (400, 422), place
            assert "The answer took longer than 0 seconds." in answer.get_data(as_text=True), place
            assert "Ask for fewer days" in answer.get_data(as_text=True), place
        russian = served.hurried.post("/v1/query", json=HEAVY, headers={"Accept-Language": "ru"}).get_json()
        assert russian["sentence"] == "Ответ занял больше отведённого времени (0 с)."
        for place, answer in asked(served.patient, served.link):
            assert answer.status_code == 200, place


def test_the_writing_of_an_answer_counts_into_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_pieces(*_: object) -> Iterator[str]:
        for number in range(40):
            yield str(number) * 70_000
            time.sleep(0.05)
            written.append(number)

    written: list[int] = []
    question = {"metrics": ["deals_won"]}
    with serving(tmp_path / "data", 3, 1) as served:
        assert served.hurried.post("/v1/query", json=question).status_code == 200
        monkeypatch.setattr(direct, "_pieces", slow_pieces)
        asking = [
            lambda: served.hurried.post("/v1/query", json={**question, "dimensions": ["owner"]}),
            lambda: served.hurried.get("/v1/data?metrics=deals_won&dimensions=owner"),
        ]
        for ask in asking:
            answer = ask()
            assert answer.status_code in (400, 422)
            assert "The answer took longer than 1 seconds." in answer.get_data(as_text=True)
            assert 0 < len(written) < 39
            written.clear()


@pytest.mark.conformance
def test_a_question_that_takes_too_long_is_ended_and_others_are_answered(tmp_path: Path) -> None:
    with serving(tmp_path / "data", 300_000, HURRIED) as served:
        for _ in range(2):
            for place, answer in asked(served.hurried, served.link):
                assert answer.status_code in (400, 422), place
                assert f"The answer took longer than {HURRIED} seconds." in answer.get_data(as_text=True), place
            answer = served.patient.post("/v1/query", json={"metrics": ["deals_won"]})
            assert answer.get_json()["rows"] == [[300_000]]
        for place, answer in asked(served.patient, served.link):
            assert answer.status_code == 200, place
