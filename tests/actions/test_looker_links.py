"""Links that copy a master report: what stands in them, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connector.actions.brand import BrandRequest, set_brand
from connector.actions.keys import create_key
from connector.actions.looker_config import QUESTIONS
from connector.actions.looker_links import (
    LONGEST,
    SourceChoice,
    Studio,
    copy_links,
    forget_master,
    publish_master,
    source_answers,
    write_links,
)
from connector.actions.workspace import create_workspace
from connector.errors import PuenteError, QueryError, UnknownName, UserError
from connector.model.query import LANGUAGES
from connector.reports.looker_report import load_report, report_ids
from connector.store.store import Store

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
REPORT = "0f3a1b2c-1111-2222-3333-444455556666"
STUDIO = Studio("https://datastudio.google.com", "AKfycbw_deployment-1")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with two clients and a master report in English and Portuguese; each test leaves these as they are."""
    with Store(tmp_path_factory.mktemp("links")) as opened:
        for name in ("acme", "Globex España"):
            create_workspace(opened, name, NOW)
        for language in ("en", "pt"):
            publish_master(opened, "executive_summary", REPORT, language, NOW)
        yield opened


def read(link: str) -> dict[str, str]:
    """Return the parameters of a link as Looker Studio reads them; a parameter that stands twice fails."""
    pairs = parse_qsl(urlsplit(link).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_a_link_names_the_master_the_connector_and_an_answer_to_every_question(store: Store) -> None:
    choice = SourceChoice("pt", "America/Sao_Paulo", "BRL", "hide")
    (made,) = copy_links(store, "executive_summary", ["Globex España"], choice, STUDIO)
    assert made.link.startswith("https://datastudio.google.com/reporting/create?c.reportId=")
    found = read(made.link)
    assert "+" not in made.link, "a blank is %20: not every reader takes a plus for one"
    assert made.link.isascii()
    assert found["c.reportId"] == REPORT
    assert found["c.mode"] == "edit"
    assert "c.explain" not in found
    assert found["r.reportName"] == made.report_name == "Resumo executivo · Globex España"
    for alias in load_report("executive_summary").sources:
        own = {name.removeprefix(f"ds.{alias}."): value for name, value in found.items() if f".{alias}." in name}
        assert own.pop("connector") == "community"
        assert own.pop("connectorId") == STUDIO.connector_id
        assert own.pop("refreshFields") == "true"
        assert own.pop("datasourceName").endswith("· Globex España")
        assert list(own) == list(QUESTIONS)
        assert own == {
            "workspace": "Globex España", "report_type": alias, "language": "pt", "time_zone": "America/Sao_Paulo",
            "currency": "BRL", "personal": "hide",
        }  # fmt: skip


def test_a_link_to_a_data_source_alone_carries_the_same_answers(store: Store) -> None:
    (made,) = copy_links(store, "executive_summary", ["acme"], SourceChoice(), STUDIO)
    assert list(made.sources) == ["sales", "pipeline"]
    for kind, link in made.sources.items():
        assert link.startswith("https://datastudio.google.com/datasources/create?")
        found = read(link)
        assert found["connectorId"] == STUDIO.connector_id
        assert json.loads(found["connectorConfig"]) == source_answers("acme", kind, SourceChoice())


def test_the_brand_of_the_client_stands_in_the_names_and_nothing_secret_anywhere(store: Store) -> None:
    create_workspace(store, "branded", NOW)
    key = create_key(store, ["branded"], "agency", NOW).text
    set_brand(store, "branded", BrandRequest(name="Acme & Söhne = 100 %"), NOW)
    (made,) = copy_links(store, "executive_summary", ["branded"], SourceChoice(), STUDIO, explain=True)
    found = read(made.link)
    assert found["r.reportName"] == "Executive summary · Acme & Söhne = 100 %"
    assert found["c.explain"] == "true"
    assert key not in made.link + "".join(made.sources.values())
    assert not any(word in name.lower() for name in found for word in ("key", "token", "password", "secret"))


def test_forty_clients_at_once_make_a_file(store: Store, tmp_path: Path) -> None:
    names = [f"client {number:02}, Ltd" for number in range(40)]
    for name in names:
        create_workspace(store, name, NOW)
    links = copy_links(store, "executive_summary", [*names, names[0]], SourceChoice(), STUDIO)
    write_links(links, tmp_path / "links.csv")
    with (tmp_path / "links.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["workspace"] for row in rows] == names
    assert rows[0].keys() == {"workspace", "report", "link", "source_sales", "source_pipeline"}
    for row in rows:
        assert len(row["link"]) < LONGEST
        assert read(row["link"])["ds.pipeline.workspace"] == row["workspace"]


def test_every_described_report_can_be_copied_in_every_language(tmp_path: Path) -> None:
    store = Store(tmp_path)
    create_workspace(store, "Globex España", NOW)
    for name in report_ids():
        for language in LANGUAGES:
            publish_master(
                store, name, f"https://lookerstudio.google.com/u/0/reporting/{REPORT}/page/1M", language, NOW
            )
            (made,) = copy_links(store, name, ["Globex España"], SourceChoice(language), STUDIO)
            assert read(made.link)["c.reportId"] == REPORT
    store.close()


def test_a_master_can_be_replaced_and_forgotten(store: Store) -> None:
    publish_master(store, "pipeline_review", REPORT, "es", NOW)
    for name in ("first-report-id", "second-report-id"):
        publish_master(store, "pipeline_review", name, "en", NOW)
        (made,) = copy_links(store, "pipeline_review", ["acme"], SourceChoice(), STUDIO)
        assert read(made.link)["c.reportId"] == name
    assert forget_master(store, "pipeline_review", "en")
    assert not forget_master(store, "pipeline_review", "en")
    with pytest.raises(UnknownName) as refused:
        copy_links(store, "pipeline_review", ["acme"], SourceChoice(), STUDIO)
    assert "There is one in: es." in str(refused.value)


@pytest.mark.parametrize(
    "report", ["", "create", "https://datastudio.google.com/reporting/create?c.reportId=x", "../../etc", "a b" * 9, "x"]
)
def test_what_is_no_report_is_not_registered(store: Store, report: str) -> None:
    with pytest.raises(UserError, match="no report of Looker Studio"):
        publish_master(store, "executive_summary", report, "en", NOW)


@pytest.mark.parametrize(
    ("template", "workspace", "choice", "studio", "kind", "words"),
    [
        ("nonsense", "acme", SourceChoice(), STUDIO, UnknownName, "no report 'nonsense'"),
        ("executive_summary", "nobody", SourceChoice(), STUDIO, UnknownName, "no workspace 'nobody'"),
        ("executive_summary", "acme", SourceChoice("ru"), STUDIO, UnknownName, "No master report"),
        ("sales_overview", "acme", SourceChoice(), STUDIO, UnknownName, "templates show sales_overview"),
        ("executive_summary", "acme", SourceChoice(), Studio(STUDIO.host, ""), UserError, "deployment"),
        ("executive_summary", "acme", SourceChoice(), Studio("http://x.test", "AK"), UserError, "no https"),
        ("executive_summary", "acme", SourceChoice("en", "Mars/Base"), STUDIO, QueryError, "Mars/Base"),
        ("executive_summary", "acme", SourceChoice("en", "", "euro"), STUDIO, QueryError, "euro"),
        ("executive_summary", "acme", SourceChoice("en", "", "XAU"), STUDIO, QueryError, "no currency 'XAU'"),
    ],
)  # fmt: skip
def test_what_cannot_be_linked_is_named(  # noqa: PLR0917 - what is asked and what is answered
    store: Store, template: str, workspace: str, choice: SourceChoice, studio: Studio,
    kind: type[PuenteError], words: str,
) -> None:  # fmt: skip
    with pytest.raises(kind) as refused:
        copy_links(store, template, [workspace], choice, studio)
    assert words in str(refused.value)


def test_a_link_that_gets_too_long_is_refused_not_cut(store: Store) -> None:
    create_workspace(store, "Ж" * 100, NOW)
    with pytest.raises(QueryError, match="1999 are possible"):
        copy_links(store, "executive_summary", ["Ж" * 100], SourceChoice(), STUDIO)
