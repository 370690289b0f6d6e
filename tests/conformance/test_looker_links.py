"""A link read as Looker Studio reads it: the connector script has nothing left to ask, and answers with its values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connector.actions.keys import create_key
from connector.actions.looker_links import CopyLink, SourceChoice, copy_links, publish_master
from connector.actions.looker_links import Studio as StudioPlace
from connector.actions.query import query
from connector.app import Doors
from connector.model.query import Query
from connector.reports.looker_report import load_report
from connector.settings import Settings
from connector.store.store import Store
from connector.web.application import create_app
from tests.conformance.conftest import NOW, Dataset, Load
from tests.looker.charts import Chart, request, shown
from tests.looker.studio import ScriptError, Studio, serving

pytestmark = pytest.mark.conformance
FILES = ("accounts", "products", "sales_pipeline", "sales_teams")
ABOUT_THE_SOURCE = ("connector", "connectorId", "datasourceName", "keepDatasourceName", "refreshFields")
"""Parameters of a data source that are not answers of its configuration."""


@dataclass
class Running:
    studio: Studio
    store: Store
    link: CopyLink
    key: str


@pytest.fixture(scope="module")
def running(load: Load) -> Iterator[Running]:
    maven: Dataset = load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))
    publish_master(maven.store, "executive_summary", "0f3a1b2c-1111-2222-3333-444455556666", "pt", NOW)
    choice, place = SourceChoice("pt", "America/Sao_Paulo"), StudioPlace(Settings().looker_host, "AKfycbw_x")
    (link,) = copy_links(maven.store, "executive_summary", ["maven_crm"], choice, place)
    key = create_key(maven.store, ["maven_crm"], "links", NOW).text
    with serving(create_app(Doors(maven.store, Settings(), lambda: NOW))) as address, Studio(address) as studio:
        assert studio.sign_in(key) == "NONE"
        yield Running(studio, maven.store, link, key)


def configurations(link: str) -> dict[str, dict[str, str]]:
    """Return the answers of each data source of a link, by alias."""
    found: dict[str, dict[str, str]] = {}
    for name, value in parse_qsl(urlsplit(link).query, keep_blank_values=True, strict_parsing=True):
        part, _, rest = name.partition(".")
        alias, _, key = rest.partition(".")
        if part == "ds" and key not in ABOUT_THE_SOURCE:
            found.setdefault(alias, {})[key] = value
    return found


def check_configured(studio: Studio, answers: dict[str, str]) -> None:
    """Fail unless the first step is the last one, and each answer is one that the question offers."""
    config = studio.call("getConfig", {"languageCode": "pt-BR", "configParams": answers})
    assert config["isSteppedConfig"] is False
    asked = {each["name"]: each for each in config["configParams"] if each["type"] != "INFO"}
    assert asked.keys() == answers.keys()
    for name, value in answers.items():
        assert value in [option["value"] for option in asked[name]["options"]], name


def test_a_link_leaves_nothing_to_ask_and_its_charts_answer(running: Running) -> None:
    studio, report = running.studio, load_report("executive_summary")
    found = configurations(running.link.link)
    assert list(found) == list(report.sources)
    for alias, answers in found.items():
        check_configured(studio, answers)
        schema = {each["name"]: each for each in studio.call("getSchema", {"configParams": answers})["schema"]}
        assert schema["month"]["label"] == "Mês"
        assert schema["month"]["description"].startswith("Mês em que")
        charts = [chart for _, chart in report.charts() if chart.source == alias and chart.metrics]
        assert charts
        for chart in charts:
            drawn = Chart(chart.dimensions, chart.metrics, "2017-07-01", "2017-09-30")
            body = request(drawn, schema, answers)
            values = shown(drawn, schema, body, studio.call("getData", body))
            question = Query(
                chart.metrics, chart.dimensions, date_range="2017-07-01..2017-09-30", language="pt",
                time_zone="America/Sao_Paulo",
            )  # fmt: skip
            table = query(running.store, "maven_crm", question, NOW)
            own = sorted(float(row[-1]) for row in table.rows if row[-1] is not None)
            assert sorted(row[-1] for row in values.values() if row[-1] is not None) == pytest.approx(own)


def test_a_link_to_a_data_source_alone_leaves_nothing_to_ask(running: Running) -> None:
    for kind, link in running.link.sources.items():
        answers = json.loads(dict(parse_qsl(urlsplit(link).query))["connectorConfig"])
        assert answers["report_type"] == kind
        check_configured(running.studio, answers)


def test_an_altered_link_is_refused_with_what_to_do(running: Running) -> None:
    answers = configurations(running.link.link)["sales"]
    for change, words in (
        ({"workspace": "somebody else"}, "does not open"), ({"report_type": "nonsense"}, "no report type"),
        ({"time_zone": "Mars/Base"}, "Mars/Base"), ({"currency": "<b>"}, "no answer to currency"),
        ({"personal": "maybe"}, "no answer to personal"), ({"language": "xx"}, "no answer to language"),
    ):  # fmt: skip
        with pytest.raises(ScriptError) as refused:
            running.studio.call("getSchema", {"configParams": answers | change})
        assert words in refused.value.text, change


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([502], [1]), ([503, 504], [1, 2]), ([502, "Address unavailable: https://puente.test", 503], [1, 2, 4]),
    ],
)  # fmt: skip
def test_what_passes_by_itself_is_tried_again(running: Running, answers: list[Any], waits: list[int]) -> None:
    config = {"configParams": configurations(running.link.link)["sales"]}
    running.studio.call("slept")
    running.studio.call("failNext", answers)
    assert running.studio.call("getSchema", config)["schema"]
    assert running.studio.call("slept") == [seconds * 1000 for seconds in waits]


@pytest.mark.parametrize(
    ("answers", "tries", "words"),
    [
        ([502] * 4, 4, "status 502"), ([500], 1, "status 500"), ([404], 1, "status 404"),
        (["Timeout: https://puente.test"], 1, "cannot be reached"),
        (["Service invoked too many times for one day: urlfetch."], 1, "no more requests today"),
    ],
)  # fmt: skip
def test_nothing_else_is_and_there_is_an_end(
    running: Running, answers: list[Any], tries: int, words: str
) -> None:  # fmt: skip
    running.studio.call("slept")
    running.studio.call("failNext", answers)
    with pytest.raises(ScriptError) as refused:
        running.studio.call("getSchema", {"configParams": configurations(running.link.link)["sales"]})
    assert words in refused.value.text
    assert "execution" in refused.value.debug
    assert len(running.studio.call("slept")) == tries - 1
    assert running.studio.call("getSchema", {"configParams": None})["schema"]


def test_credentials_come_in_any_of_the_shapes_that_are_reported(running: Running) -> None:
    path = "https://puente.test"
    for given in (
        {"pathKey": {"path": path, "key": running.key}},
        {"userPass": {"path": path, "password": running.key}},
        {"path": path, "key": running.key},
    ):
        assert running.studio.call("setCredentials", given) == {"errorCode": "NONE"}
        assert running.studio.call("properties", "user")["dscc.path"] == path


def test_the_manifest_is_one_that_google_takes() -> None:
    script = Path(__file__).resolve().parents[2] / "connector" / "deliver" / "looker" / "script"
    manifest = json.loads((script / "appsscript.json").read_text(encoding="utf-8"))
    about = manifest["dataStudio"]
    required = {"name", "company", "companyUrl", "logoUrl", "addonUrl", "supportUrl", "description"}
    assert required <= about.keys()
    assert len(about["name"]) <= 28
    assert len(about["shortDescription"]) <= 114
    assert about["authType"] == ["PATH_KEY"]
    assert manifest["oauthScopes"] == ["https://www.googleapis.com/auth/script.external_request"]
    assert "urlFetchWhitelist" not in manifest, "each customer has a host of his own"
    assert manifest["runtimeVersion"] == "V8"
