"""The connector script under gas-local, over HTTP to the real service, on the Maven CRM data.

Thousands of random charts go through getData and are made up as Looker Studio would; every one must equal what pandas
gives for the same chart straight from the published files.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

from connector.actions.keys import create_key
from connector.app import Doors
from connector.settings import Settings
from connector.web.application import create_app
from tests.conformance.conftest import NOW, Dataset, Load
from tests.looker.charts import Chart, request, shown
from tests.looker.studio import HERE, SCRIPT, ScriptError, Studio, serving

pytestmark = pytest.mark.conformance
FILES = ("accounts", "products", "sales_pipeline", "sales_teams")
CHARTS = 2_000
DIMENSIONS = ("owner", "team", "branch", "account", "industry", "country", "deal_status", "product")
TIMES = ("date", "month", "quarter", "year", "week", "day_of_week")
METRICS = (
    "total_sales", "deals_won", "deals_lost", "win_rate", "avg_deal_size", "sales_cycle_avg", "sales_cycle_median",
    "deals_created",
)  # fmt: skip
CONFIG = {"workspace": "maven_crm", "report_type": "everything"}


@dataclass
class Running:
    studio: Studio
    key: str
    data: pd.DataFrame
    schema: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def running(load: Load, shared_dir: Path) -> Iterator[Running]:
    maven: Dataset = load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))
    key = create_key(maven.store, "maven_crm", "looker", NOW).text
    app = create_app(Doors(maven.store, Settings(), lambda: NOW))
    with serving(app) as address, Studio(address) as studio:
        assert studio.sign_in(key) == "NONE"
        fields = studio.call("getSchema", {"configParams": CONFIG})["schema"]
        yield Running(studio, key, deals(shared_dir / "data" / "maven_crm"), {each["name"]: each for each in fields})


def deals(folder: Path) -> pd.DataFrame:
    """Return the published deals with their dimensions, named as the connector names them."""
    data = pd.read_csv(folder / "sales_pipeline.csv", dtype={"account": "object"})
    data["product"] = data["product"].replace("GTXPro", "GTX Pro")
    data = data.merge(pd.read_csv(folder / "sales_teams.csv"), on="sales_agent")
    data = data.merge(pd.read_csv(folder / "products.csv"), on="product")
    accounts = pd.read_csv(folder / "accounts.csv")
    accounts["sector"] = accounts["sector"].replace("technolgy", "technology")
    accounts["office_location"] = accounts["office_location"].replace("Philipines", "Philippines")
    data = data.merge(accounts, on="account", how="left")
    for name in ("engage_date", "close_date"):
        data[name] = pd.to_datetime(data[name])
    status = {"Won": "won", "Lost": "lost"}
    data["deal_status"] = data["deal_stage"].map(lambda stage: status.get(stage, "open"))
    names = {
        "sales_agent": "owner", "manager": "team", "regional_office": "branch", "sector": "industry",
        "office_location": "country", "deal_stage": "stage", "series": "product_category",
    }  # fmt: skip
    for anchor in ("engage_date", "close_date"):
        for time in TIMES:
            values = written(data[anchor], time).astype("object")
            data[f"{anchor}:{time}"] = [None if pd.isna(value) else str(value) for value in values]
    return data.rename(columns=names).astype({"account": "object"})


def written(days: pd.Series, time: str) -> pd.Series:
    """Return days as the field types write them, by pandas' own calendar."""
    if time == "day_of_week":
        return ((days.dt.day_of_week + 1) % 7).astype("Int64")
    if time == "week":
        iso = days.dt.isocalendar()
        return iso.year * 100 + iso.week
    pattern = {"date": "%Y%m%d", "month": "%Y%m", "year": "%Y"}.get(time)
    if pattern is None:
        return (days.dt.year * 10 + days.dt.quarter).astype("Int64")
    return days.dt.strftime(pattern)


def expected(data: pd.DataFrame, chart: Chart) -> dict[Any, list[Any]]:
    """Return the chart from the published rows: each metric by the day it belongs to."""
    found: dict[Any, dict[str, Any]] = {}
    for metric in chart.metrics:
        anchor = "engage_date" if metric == "deals_created" else "close_date"
        rows = data[(data[anchor] >= chart.first) & (data[anchor] <= chart.last)]
        rows = rows.assign(**{time: rows[f"{anchor}:{time}"] for time in TIMES})
        for group in chart.filters:
            keep = pd.Series(False, index=rows.index)
            for condition in group:
                keep |= matching(rows, condition)
            rows = rows[keep]
        if chart.coarser:
            rows["date"] = rows["date"].str[:6]
        for key, value in figures(rows, metric, list(chart.dimensions)).items():
            plain = tuple(None if pd.isna(part) else part for part in key)
            found.setdefault(plain, {})[metric] = None if pd.isna(value) else value
    return {key: [values.get(metric) for metric in chart.metrics] for key, values in found.items()}


def figures(rows: pd.DataFrame, metric: str, dimensions: list[str]) -> dict[tuple[Any, ...], Any]:
    """Return a metric by the values of its dimensions, straight from its definition."""
    won, lost = rows["stage"] == "Won", rows["stage"] == "Lost"
    kept = {"deals_won": won, "deals_lost": lost, "deals_created": won | True, "win_rate": won | lost}.get(metric, won)
    value = {
        "total_sales": rows["close_value"], "avg_deal_size": rows["close_value"], "win_rate": won.astype(float),
        "sales_cycle_avg": (rows["close_date"] - rows["engage_date"]).dt.days,
        "sales_cycle_median": (rows["close_date"] - rows["engage_date"]).dt.days,
    }.get(metric, won.astype(float))  # fmt: skip
    how = {"total_sales": "sum", "sales_cycle_median": "median"}.get(metric, "mean")
    how = "size" if metric.startswith("deals_") else how
    some = rows.assign(_value=value, _all="all")[kept]
    by = dimensions or ["_all"]
    grouped = some.groupby(by, dropna=False)["_value"].agg(how)
    keys = [key if isinstance(key, tuple) else (key,) for key in grouped.index]
    return {key if dimensions else (): number for key, number in zip(keys, grouped.tolist(), strict=True)}


def matching(rows: pd.DataFrame, condition: dict[str, Any]) -> pd.Series:
    values, texts = rows[condition["fieldName"]], condition["values"]
    there = values.notna()
    text = values.where(there, "").astype(str)
    keep = {
        "EQUALS": lambda: text == texts[0],
        "IN_LIST": lambda: text.isin(texts),
        "CONTAINS": lambda: text.str.contains(texts[0], regex=False),
        "REGEXP_PARTIAL_MATCH": lambda: text.str.contains(texts[0]),
        "REGEXP_EXACT_MATCH": lambda: text.str.fullmatch(texts[0]),
        "BETWEEN": lambda: (text >= texts[0]) & (text <= texts[1]),
        "IS_NULL": lambda: ~there,
    }[condition["operator"]]()
    keep = keep & there if condition["operator"] != "IS_NULL" else keep
    return ~keep if condition["type"] == "EXCLUDE" else keep


PATTERNS = ("a", "^D", "n$", "GTX", "Lost|Won", "^(?:Won|Prospecting)$", ".+", "[A-M]", "o.*s")


def random_condition(random: Random, data: pd.DataFrame, time: str) -> dict[str, Any]:
    if time and random.random() < 0.25:
        days = sorted(data[f"close_date:{time}"].dropna().unique())
        values = sorted(random.choices(days, k=2))
        operator = random.choice(("BETWEEN", "EQUALS", "IN_LIST") if time != "day_of_week" else ("EQUALS", "IN_LIST"))
        values = values[:1] if operator == "EQUALS" else values
        return {
            "fieldName": time,
            "operator": operator,
            "values": values,
            "type": random.choice(("INCLUDE", "EXCLUDE")),
        }
    name = random.choice(tuple(each for each in DIMENSIONS if each != "product"))
    known = sorted(str(value) for value in data[name].dropna().unique())
    operator = random.choice(
        ("EQUALS", "IN_LIST", "CONTAINS", "REGEXP_PARTIAL_MATCH", "REGEXP_EXACT_MATCH", "IS_NULL")
    )  # fmt: skip
    values = {
        "EQUALS": lambda: [random.choice([*known, "nobody"])],
        "IN_LIST": lambda: random.sample(known, min(len(known), random.randint(1, 4))),
        "CONTAINS": lambda: [random.choice(("a", "G", "son", ".", "on", "(", "Won"))],
        "IS_NULL": list,
    }.get(operator, lambda: [random.choice(PATTERNS)])()
    return {"fieldName": name, "operator": operator, "values": values, "type": random.choice(("INCLUDE", "EXCLUDE"))}


def random_chart(random: Random, data: pd.DataFrame) -> Chart:
    time = random.choice((*TIMES, "", "", ""))
    dimensions = random.sample(DIMENSIONS, random.randint(0, 2))
    dimensions += [time] if time else []
    random.shuffle(dimensions)
    coarser = time == "date" and random.random() < 0.4
    metrics = [name for name in METRICS if name != "sales_cycle_median"] if coarser else METRICS
    first = date(2016, 10, 1) + timedelta(days=random.randrange(400))
    last = first + timedelta(days=random.choice((0, 6, 30, 90, 200, 460)))
    filters = tuple(
        tuple(random_condition(random, data, time) for _ in range(random.randint(1, 2)))
        for _ in range(random.choice((0, 0, 1, 1, 2)))
    )
    return Chart(
        tuple(dimensions), tuple(random.sample(metrics, random.randint(1, 3))), first.isoformat(), last.isoformat(),
        filters, coarser,
    )  # fmt: skip


def filled(table: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Leave out rows in which nothing happened; a sum of nothing and nothing are alike here."""
    plain = {key: [0 if value is None else value for value in values] for key, values in table.items()}
    return {key: values for key, values in plain.items() if any(values)}


def test_random_charts_equal_the_published_rows(running: Running, figure: Callable[[str], None]) -> None:
    random, rows, by_service = Random(20261122), 0, 0
    for number in range(CHARTS):
        chart = random_chart(random, running.data)
        asked = request(chart, running.schema, CONFIG)
        answer = running.studio.call("getData", asked)
        found = filled(shown(chart, running.schema, asked, answer))
        wanted = filled(expected(running.data, chart))
        assert found.keys() == wanted.keys(), (number, chart)
        for key, values in wanted.items():
            assert found[key] == pytest.approx(values, rel=1e-9), (number, chart, key)
        rows += len(wanted)
        by_service += answer["filtersApplied"]
    figure(f"Looker Studio: {CHARTS} charts, {rows} rows equal; filters of {by_service} charts applied by the service")
    assert by_service > 0.9 * CHARTS
    assert rows > 20 * CHARTS


def test_published_figures_through_looker_studio(running: Running, load: Load) -> None:
    maven = load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))
    chart = Chart(("owner",), ("total_sales", "deals_won", "deals_lost"), "2016-10-01", "2018-01-01")
    asked = request(chart, running.schema, CONFIG)
    found = filled(shown(chart, running.schema, asked, running.studio.call("getData", asked)))
    published = {row[0]: row[1:4] for row in maven.expected("by_agent")}
    assert {key[0]: values for key, values in found.items()} == {
        name: pytest.approx([float(value) for value in values]) for name, values in published.items()
    }


def test_wrong_keys_and_addresses_are_not_taken(running: Running) -> None:
    studio = running.studio
    assert studio.sign_in("puente_" + "x" * 43) == "INVALID_CREDENTIALS"
    for path in ("http://puente.test", "https://puente.test?x=1", "javascript:alert(1)", "", "https://nobody.test"):
        assert studio.sign_in(running.key, path) == "INVALID_CREDENTIALS", path
    assert studio.sign_in(running.key, "https://puente.test/") == "NONE"
    assert studio.call("isAuthValid") is True
    kept = studio.call("properties", "user")
    assert kept == {"dscc.path": "https://puente.test", "dscc.key": running.key}
    studio.call("resetAuth")
    assert studio.call("isAuthValid") is False
    assert studio.call("properties", "user") == {}
    assert studio.sign_in(running.key) == "NONE"


def test_errors_say_what_to_do_and_where_to_look(running: Running) -> None:
    studio = running.studio
    wrong = {"configParams": CONFIG, "fields": [{"name": "nonsense"}], "dateRange": None}
    with pytest.raises(ScriptError) as refused:
        studio.call("getData", wrong)
    assert "nonsense" in refused.value.text
    assert "Refresh the fields" in refused.value.text
    assert "status 422" in refused.value.debug
    assert "execution" in refused.value.debug
    for message, words in (
        ("Address unavailable: https://puente.test", "cannot be reached"),
        ("Service invoked too many times for one day: urlfetch.", "no more requests today"),
        ("Something odd", "could not be asked"),
    ):
        studio.call("breakNetwork", message)
        with pytest.raises(ScriptError, match=words):
            studio.call("getSchema", {"configParams": CONFIG})
    studio.call("breakNetwork", "")
    logged = studio.call("logged")
    assert logged
    assert not any(running.key in line for line in logged)


def test_the_script_knows_what_it_says_about_itself(running: Running) -> None:
    assert running.studio.call("getAuthType")["type"] == "PATH_KEY"
    assert running.studio.call("isAdminUser") is False
    running.studio.call("setScriptProperty", "puente.debug", "true")
    assert running.studio.call("isAdminUser") is True


def test_configuration_goes_step_by_step_through_the_script(running: Running) -> None:
    answers: dict[str, str] = {}
    asked: list[list[str]] = []
    for _ in range(5):
        config = running.studio.call("getConfig", {"languageCode": "es", "configParams": answers or None})
        asked.append([each["name"] for each in config["configParams"]])
        if not config["isSteppedConfig"]:
            break
        answers = {each["name"]: each["options"][0]["value"] for each in config["configParams"] if each.get("options")}
    assert len(asked) == 2
    assert asked[1][: len(asked[0])] == asked[0]
    assert config["dateRangeRequired"] is True


def test_one_sign_in_offers_every_workspace_of_the_key(running: Running, load: Load) -> None:
    maven = load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))
    maven.store.create_workspace("client two", NOW)
    agency = create_key(maven.store, ["maven_crm", "client two"], "agency", NOW).text
    studio = running.studio
    assert studio.sign_in(agency) == "NONE"
    try:
        first = studio.call("getConfig", {"languageCode": "en", "configParams": None})
        choice = next(each for each in first["configParams"] if each["name"] == "workspace")
        assert [each["value"] for each in choice["options"]] == ["client two", "maven_crm"]
        chart = Chart((), ("deals_won",), "2016-10-01", "2018-01-01")
        for workspace, won in (("maven_crm", [[4238]]), ("client two", [[0]])):
            asked = request(chart, running.schema, CONFIG | {"workspace": workspace})
            assert [row["values"] for row in studio.call("getData", asked)["rows"]] == won
        for config, words in (
            ({"report_type": "sales"}, "opens several workspaces. Name one of them: 'client two', 'maven_crm'"),
            ({"report_type": "sales", "workspace": "nobody"}, "remove the connector's credentials"),
        ):
            with pytest.raises(ScriptError) as refused:
                studio.call("getSchema", {"configParams": config})
            assert words in refused.value.text
    finally:
        assert studio.sign_in(running.key) == "NONE"


def test_a_chart_that_takes_too_long_says_what_to_narrow(running: Running, load: Load) -> None:
    maven = load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))
    hurried = Settings(answer_seconds=0)
    asked = request(Chart(("owner",), ("total_sales",), "2016-10-01", "2018-01-01"), running.schema, CONFIG)
    app = create_app(Doors(maven.store, hurried, lambda: NOW))
    with serving(app) as address, Studio(address) as studio:
        assert studio.sign_in(running.key) == "NONE"
        with pytest.raises(ScriptError) as refused:
            studio.call("getData", asked)
    assert "took longer than 0 seconds. Ask for fewer days" in refused.value.text
    assert "status 422" in refused.value.debug


def test_types_of_the_script_are_right() -> None:
    command = [
        str(HERE / "node_modules" / ".bin" / "tsc"), "--allowJs", "--checkJs", "--noEmit", "--lib", "es2020",
        "--target", "es2020", "--types", "gas-types-detailed", "--skipLibCheck", "--typeRoots",
        str(HERE / "node_modules"), str(SCRIPT / "Code.js"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
