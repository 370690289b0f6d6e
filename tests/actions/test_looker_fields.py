"""The field list of a Looker Studio source tells what each field means; charts do without."""

from __future__ import annotations

from datetime import date

import pytest

from connector.actions.looker import ChartRequest, chart_answer
from connector.actions.looker_fields import Source, described, source_fields
from connector.metrics.definitions import load_catalogue
from connector.metrics.report_types import load_report_types, report_type
from connector.model.query import LANGUAGES, Language
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

CATALOGUE = load_catalogue()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_that_is_shown_is_described(language: Language) -> None:
    for kind in load_report_types().values():
        for field in source_fields(Source(kind, language, "EUR", "UTC"), CATALOGUE, Profile()).fields.values():
            text = described(field, language).description
            assert field.is_hidden or text.endswith("."), field.id
            assert not (field.is_hidden and text), field.id


def test_a_description_says_what_is_counted_and_on_which_date() -> None:
    fields = source_fields(Source(report_type("sales"), "es", "EUR", "UTC"), CATALOGUE, Profile()).fields
    found = described(fields["deals_won"], "es").to_json()
    assert found["description"] == "Número de negocios ganados. Por día de cierre del negocio."


def test_the_answer_of_a_chart_carries_no_descriptions() -> None:
    asked = ChartRequest(
        Source(report_type("sales"), "en", "", ""), ("owner", "deals_won", "puente_data_status"),
        first_day=date(2024, 1, 1), last_day=date(2024, 1, 31),
    )  # fmt: skip
    owner, won, _ = chart_answer(MemoryReader(), asked, NOW).fields
    assert owner.description == won.description == ""
