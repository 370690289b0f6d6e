"""Every entry of ``looker_schemas/`` works on a filled and on an empty workspace, and keeps its promises."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from connector.actions.catalogue import list_parameters
from connector.actions.documents import TARGET, reference_text
from connector.errors import NotApplicable
from connector.metrics.definitions import MetricDefinition, load_catalogue
from connector.metrics.evaluate import _prepare, evaluate
from connector.metrics.parameters import LISTED, NUMBERS, OTHERS
from connector.metrics.plan import make_plan
from connector.metrics.relation import UNDATED
from connector.metrics.statement import Statement
from connector.model.query import LANGUAGES, Query
from connector.model.schema import ENTITIES, STORED, Column
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

CATALOGUE = load_catalogue()
METRICS = list(CATALOGUE.metrics.values())
IDS = Path(__file__).parent / "ids.txt"
DAY = datetime(2024, 5, 3, 9, 30, tzinfo=UTC)
NOT_YET = {"web_goal", "touchpoint", "goal", "goal_scope"}
"""Dimensions of entities that no metric of the catalogue reads yet."""
CUSTOM = {"text", "number", "money", "date", "instant", "boolean"}
"""Types that a customer's own column may have."""
EMPTY_AS_NULL = ("ratio", "share", "row_level", "none")


def cell_of(column: Column, entity: str, number: int) -> Any:
    """A plausible value for any column: references meet records, dates lie in the running month."""
    if column.kind == "ref":
        return f"{column.target}{number}"
    if column.kind == "enum":
        return column.values[number % len(column.values)]
    days: dict[str, Any] = {
        "key": f"{entity}{number}", "text": f"text {number}", "currency": "USD", "money": 100 + number,
        "number": 0.5 + number, "integer": 3 + number, "boolean": number % 2 == 0,
        "date": date(2024, 5, 3 + number), "instant": DAY.replace(day=3 + number), "map": None,
    }  # fmt: skip
    return days[column.kind]


@cache
def filled() -> MemoryReader:
    """Four rows of every entity with every column filled; deals of every status."""
    reader = MemoryReader(Profile(currency="USD"))
    for name in STORED:
        rows = []
        for number in range(4):
            row = {column.name: cell_of(column, name, number) for column in ENTITIES[name].storage()}
            rows.append(row | {"is_deleted": False})
        reader.add(name, *rows)
    return reader


@cache
def empty() -> MemoryReader:
    return MemoryReader(Profile(currency="USD"))


TURNS: Final = 4


def readings(metric: MetricDefinition) -> frozenset[tuple[object, ...]]:
    """What a metric reads; metrics that read the same have the same dimensions."""
    return _readings(metric.id)


@cache
def _readings(name: str) -> frozenset[tuple[object, ...]]:
    groups = make_plan((name,), CATALOGUE, compare=False).groups
    return frozenset((key.entity, key.anchor, key.stock, key.history, key.total) for key in groups)


def with_dimension(dimension: str) -> list[MetricDefinition]:
    """Metrics to try with a dimension: of each reading one, of the readings that it splits every :data:`TURNS`-th.

    Joins are made for what is read, and not for what is made of it; neighbouring dimensions try other readings. The
    first that can be split is always tried. That all metrics stand beside each other is tried above.
    """
    one_each = {readings(metric): metric for metric in sorted(METRICS, key=lambda one: one.aggregation == "sum")}
    splits = [metric for metric in one_each.values() if _splits(metric, dimension)]
    return splits[list(CATALOGUE.dimensions).index(dimension) % TURNS % max(1, len(splits)) :: TURNS]


def _splits(metric: MetricDefinition, dimension: str) -> bool:
    try:
        Statement(_prepare(empty(), Query((metric.id,), (dimension,), date_range="this_month"), NOW, CATALOGUE))
    except NotApplicable:
        return False
    return True


def test_a_metric_over_no_rows_is_what_its_class_says() -> None:
    for begin in range(0, len(METRICS), 50):
        metrics = METRICS[begin : begin + 50]
        query = Query(tuple(m.id for m in metrics), date_range="this_month", compare="previous_period")
        (row,) = evaluate(empty(), query, NOW).rows
        for number, metric in enumerate(metrics):
            nothing = None if metric.aggregation in EMPTY_AS_NULL else 0
            assert row[3 * number : 3 * number + 3] == (nothing, nothing, None), metric.id


def test_every_metric_runs_beside_every_other_and_alike_alone() -> None:
    """Joins never multiply: many metrics in one statement equal the metrics one by one."""
    for begin in range(0, len(METRICS), 50):
        names = tuple(metric.id for metric in METRICS[begin : begin + 50])
        together = evaluate(filled(), Query(names, date_range="this_month"), NOW).rows[0]
        for name, value in zip(names, together, strict=True):
            alone = evaluate(filled(), Query((name,), date_range="this_month"), NOW).rows[0][0]
            assert alone == value, name


@pytest.mark.parametrize("dimension", [name for name in CATALOGUE.dimensions if name != "tag"])
def test_metrics_run_split_by_a_dimension_and_what_is_additive_adds_up(dimension: str) -> None:
    """Sums re-aggregate over every split, product and time included where the class says so, the tag left out."""
    metrics = with_dimension(dimension)
    assert metrics or dimension in NOT_YET, "no metric has this dimension"
    for begin in range(0, len(metrics), 50):
        names = tuple(metric.id for metric in metrics[begin : begin + 50])
        table = evaluate(filled(), Query(names, (dimension,), date_range="this_month", totals=True), NOW)
        assert len(set(table.keys)) == len(table.rows) or not any(any(key) for key in table.keys)
        assert table.totals is not None
        for place, metric in enumerate(metrics[begin : begin + 50], start=1):
            if _adds_up(metric, dimension):
                added = sum(row[place] or 0 for row in table.rows)
                assert float(added) == pytest.approx(float(table.totals[place])), metric.id


def _adds_up(metric: MetricDefinition, dimension: str) -> bool:
    """Class sum over all dimensions; a stock not over time; what splits a deal over products only in money."""
    times = ("date", "week", "month", "quarter", "year", "fiscal_period")
    if dimension in ("product", "product_category") and "deal" in _entities(metric):
        return metric.aggregation == "sum" and metric.unit == "money" and "deal.paid" not in metric.text
    return metric.aggregation == "sum" or (metric.aggregation == "sum_except_time" and dimension not in times)


def _entities(metric: MetricDefinition) -> set[str]:
    return {str(read[0]) for read in readings(metric)}


def test_every_entity_column_works_as_a_dimension() -> None:
    for name in ("deal", "lead", "account", "contact", "activity", "service_case"):
        formula = f"n=COUNT({name}.id)"
        for column in ENTITIES[name].columns:
            table = evaluate(filled(), Query((formula,), (f"{name}.{column}",)), NOW)
            assert sum(row[1] for row in table.rows) == 4, column


def test_every_label_is_there_in_four_languages_and_none_is_used_twice() -> None:
    for entries in (CATALOGUE.metrics, CATALOGUE.dimensions):
        for entry in entries.values():
            assert set(entry.labels) == set(LANGUAGES), entry.id
            assert all(text.strip() == text != "" for text in entry.labels.values()), entry.id
    for values in CATALOGUE.dimensions.values():
        for labels in (values.values or {}).values():
            assert set(labels) == set(LANGUAGES), values.id
    for labels in CATALOGUE.null_labels.values():
        assert set(labels) == set(LANGUAGES)


def test_every_reference_of_a_dimension_leads_somewhere() -> None:
    for dimension in CATALOGUE.dimensions.values():
        assert not dimension.null_label or dimension.null_label in CATALOGUE.null_labels, dimension.id
        assert not dimension.target or dimension.target in ENTITIES, dimension.id
        for start in dimension.paths:
            assert start.partition("@")[0] in ENTITIES or start.startswith(("goal_day", "dq_result")), dimension.id


def test_dates_that_may_be_missing_are_dates_of_the_schema() -> None:
    for path in UNDATED:
        entity, _, column = path.partition(".")
        assert ENTITIES[entity].columns[column].kind in ("date", "instant")
        assert "id" in ENTITIES[entity].columns


def test_over_all_time_an_event_without_its_date_did_not_happen() -> None:
    reader = MemoryReader().add("lead", {"id": "1", "mql_at": DAY}, {"id": "2", "created_at": DAY}, {"id": "3"})
    reader.add("deal", {"id": "d", "status": "won", "amount": 5}, {"id": "e", "status": "open", "created_at": DAY})
    reader.add("survey_response", {"id": "s", "kind": "nps", "score": 10}, {"id": "t", "kind": "nps"})
    closed = "closed=COUNT(deal.id WHERE deal.closed_at IN period)"
    names = ("mql_count", "new_leads", "converted_leads", "deals_won", "nps", closed)
    names = tuple(name for name in names if "=" in name or name in CATALOGUE.metrics)
    found = dict(zip(names, evaluate(reader, Query(names), NOW).rows[0], strict=True))
    assert found["mql_count"] == 1
    assert found["new_leads"] == 3
    assert (found["deals_won"], found[closed], found["nps"]) == (1, 1, 100)
    month = evaluate(reader, Query(names, date_range="this_month"), NOW).rows[0]
    assert dict(zip(names, month, strict=True))["deals_won"] == 0


def test_ids_never_change() -> None:
    """A published id lives for ever: sheets and Looker sources name it. New ids are added to the list."""
    published = set(IDS.read_text(encoding="utf-8").split())
    now = {f"metric:{name}" for name in CATALOGUE.metrics} | {f"dimension:{name}" for name in CATALOGUE.dimensions}
    assert not published - now, "these ids are gone; bring them back"
    assert not now - published, f"add these ids to {IDS.name}"


def test_the_generated_reference_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference_text(CATALOGUE), "run python -m connector docs"


def test_labels_avoid_the_known_wrong_translations(shared_dir: Path) -> None:
    spec = yaml.load((shared_dir / "spec" / "metrics.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    wrong = {
        _plain(text)
        for trap in spec["label_traps"]
        for name, texts in trap.items() if name.startswith("wrong_")
        for text in texts.split(",")
    }  # fmt: skip
    assert len(wrong) > 10
    invoice = "счет"  # rightly the label of an invoice, wrongly of a company
    for entry in (*CATALOGUE.metrics.values(), *CATALOGUE.dimensions.values()):
        for label in entry.labels.values():
            assert _plain(label) not in wrong - ({invoice} if entry.id == "invoice" else set()), entry.id


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower().replace("ё", "е")


BETTER_LABELS = {
    ("won_deals_goal_attainment", "ru"): "Выполнение плана по выигранным сделкам",  # "сделкам" alone says any deal
    ("pm_moved_back", "ru"): "Сделки, вернувшиеся назад",  # "откатившиеся" is slang, and not the word of the dimension
    ("pm_increased", "pt"): "Aumento de valor",  # the leg is an event, as in the other languages
    ("pm_decreased", "pt"): "Redução de valor",
}
"""Labels that a native reader corrected, by metric and language, with the reason."""


def test_ids_and_labels_are_those_of_the_specification(shared_dir: Path) -> None:
    spec = yaml.load((shared_dir / "spec" / "metrics.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    told = {entry["id"]: entry for entry in spec["metrics"]}
    for metric in METRICS:
        if metric.id in told:
            for language, label in told[metric.id]["label"].items():
                assert metric.labels[language] == BETTER_LABELS.get((metric.id, language), label), metric.id
            assert metric.unit == told[metric.id]["unit"], metric.id
            assert metric.direction == told[metric.id]["direction"], metric.id
            assert metric.aggregation == told[metric.id]["agg"], metric.id
    assert len(told.keys() & CATALOGUE.metrics.keys()) > 200
    assert all(told[name]["label"][language] != label for (name, language), label in BETTER_LABELS.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_carry_the_label_of_the_language(language: Any) -> None:
    table = evaluate(filled(), Query(("total_sales",), ("owner",), language=language), NOW)
    wanted = [CATALOGUE.dimensions["owner"].labels[language], CATALOGUE.metrics["total_sales"].labels[language]]
    assert [column.label for column in table.columns] == wanted


def test_every_unit_category_group_type_and_parameter_has_words_in_every_language() -> None:
    """Lists of what can be asked for show no ids of ours where a word stands."""
    dimensions = CATALOGUE.dimensions.values()
    used = {
        "unit": {metric.unit for metric in METRICS}, "category": {metric.category for metric in METRICS},
        "group": {each.group for each in dimensions} | {"custom"}, "type": {each.type for each in dimensions} | CUSTOM,
        "parameter": set(CATALOGUE.defaults) | OTHERS | set(LISTED) | set(NUMBERS),
    }  # fmt: skip
    for kind, names in used.items():
        assert names <= set(CATALOGUE.words[kind]), kind
        for name in names:
            assert set(CATALOGUE.words[kind][name]) == set(LANGUAGES), (kind, name)
            assert all(CATALOGUE.words[kind][name].values()), (kind, name)


@pytest.mark.parametrize("name", LISTED)
def test_the_note_of_a_parameter_says_what_each_word_means_and_the_first_is_the_default(name: str) -> None:
    assert CATALOGUE.defaults[name] == ("lead" if name == "cycle_start" else LISTED[name][0])
    for language in LANGUAGES:
        note = CATALOGUE.words["parameter"][name][language]
        assert all(value in note for value in LISTED[name] if not value.isdigit() and name != "cycle_start"), language


def test_parameters_are_listed_with_their_values_and_defaults() -> None:
    listed = {each.name: each for each in list_parameters("es")}
    assert (listed["deal_basis"].values, listed["deal_basis"].default) == ("restated | as_recorded", "restated")
    assert listed["forecast_haircut"].values == "0 .. 1"
    assert listed["stale_days"].default == "30"
    assert "etapa" in listed["include_open"].note
