"""What metrics and dimensions mean is said for each, in every language, with the date that the formula uses."""

from __future__ import annotations

import re

import pytest

from connector.metrics.definitions import FOLDER, load_catalogue, read_yaml
from connector.metrics.descriptions import describe_dimension, describe_metric, moment_of
from connector.model.query import LANGUAGES, Language

CATALOGUE = load_catalogue()
MOMENTS = read_yaml(FOLDER / "descriptions" / "moments.yaml")
LONGEST = 250
"""Characters that are still read when the pointer rests on a field."""


@pytest.mark.parametrize("kind", ["metrics", "dimensions", "moments"])
def test_each_is_said_in_every_language_and_as_a_sentence(kind: str) -> None:
    for name, texts in read_yaml(FOLDER / "descriptions" / f"{kind}.yaml").items():
        assert set(texts) - {"when"} == set(LANGUAGES), name
        for language in LANGUAGES:
            text = texts[language]
            assert text == text.strip(), name
            assert text.endswith("."), name
            assert text[0].isupper(), name
        assert texts["en"] not in (texts["es"], texts["pt"], texts["ru"]), f"{name} is not translated"
        assert re.search("[а-яё]", texts["ru"]), name
        assert not re.search("[а-яё]", texts["en"] + texts["es"] + texts["pt"]), name


def test_everything_that_can_be_asked_for_is_described_and_nothing_else() -> None:
    assert read_yaml(FOLDER / "descriptions" / "metrics.yaml").keys() == CATALOGUE.metrics.keys()
    assert read_yaml(FOLDER / "descriptions" / "dimensions.yaml").keys() == CATALOGUE.dimensions.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_descriptions_are_short(language: Language) -> None:
    texts = [describe_metric(name, language) for name in CATALOGUE.metrics]
    texts += [describe_dimension(name, language) for name in CATALOGUE.dimensions]
    assert [text for text in texts if len(text) > LONGEST] == []


def test_every_date_that_a_formula_uses_has_words_and_no_other_has() -> None:
    named = {texts["when"] for texts in read_yaml(FOLDER / "descriptions" / "metrics.yaml").values() if "when" in texts}
    used = {moment_of(each) for each in CATALOGUE.metrics.values()} | named
    assert used - {""} == set(MOMENTS)


@pytest.mark.parametrize(
    ("metric", "moment"),
    [
        ("total_sales", "deal.closed_at"), ("deals_created", "deal.created_at"), ("new_leads", "lead.created_at"),
        ("win_rate", "deal.closed_at"), ("pipeline_value", "stock"), ("pm_won", "between"), ("cost_per_lead", "mixed"),
        ("forecast_amount", "deal.forecast"), ("cases_handled", "service_case.ended"), ("field_fill_rate", "check"),
        ("goal_attainment", "goal"), ("opportunity_score", "now"), ("campaigns_count", ""),
    ],
)  # fmt: skip
def test_the_date_of_a_metric_is_that_of_its_formula(metric: str, moment: str) -> None:
    assert moment_of(CATALOGUE.metrics[metric]) == moment
    if moment:
        assert describe_metric(metric, "pt").endswith(MOMENTS[moment]["pt"])


def test_what_is_not_in_the_catalogue_has_no_description() -> None:
    assert describe_metric("nonsense", "en") == describe_dimension("nonsense", "ru") == ""
