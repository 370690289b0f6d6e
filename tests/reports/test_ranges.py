"""What ranges and comparisons of templates are called in each language."""

from __future__ import annotations

from datetime import date

import pytest

from connector.actions.templates import describe_template
from connector.metrics.window import calendar_of
from connector.model.period import resolve
from connector.model.query import LANGUAGES
from connector.model.workspace import Profile
from connector.reports.ranges import range_words
from connector.reports.template import load_template, template_ids


@pytest.mark.parametrize("name", template_ids())
def test_every_range_and_comparison_of_a_template_has_words_and_keeps_its_name(name: str) -> None:
    template = load_template(name).template
    for token in (template.range, template.compare):
        shown = {language: range_words(token, language) for language in LANGUAGES}
        assert all(text.endswith(f" ({token})") for text in shown.values()), shown
        assert len(set(shown.values())) >= 3, shown
        assert all(shown[language] in describe_template(name, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("last_6_months", {"en": "the last 6 months", "es": "los últimos 6 meses", "ru": "последние 6 мес."}),
        ("next_2_weeks", {"en": "the next 2 weeks", "es": "las próximas 2 semanas", "pt": "as próximas 2 semanas"}),
        ("this_year", {"pt": "este ano"}),
    ],
)
def test_counted_ranges_agree_with_their_unit(token: str, words: dict[str, str]) -> None:
    assert resolve(token, date(2024, 5, 15), calendar_of(Profile())).first
    for language, text in words.items():
        assert range_words(token, language) == f"{text} ({token})"  # type: ignore[arg-type]


def test_days_and_unknown_words_stand_as_they_are() -> None:
    for token in ("2024-01-01..2024-03-31", "last_5_moons", "last_month_but_one"):
        assert range_words(token, "ru") == token
