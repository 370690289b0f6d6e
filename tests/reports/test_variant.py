"""Variants applied to templates: other dimensions and charts, and everything that cannot be."""

from __future__ import annotations

import pytest

from connector.errors import PuenteError, UnknownName, UserError
from connector.model.query import LANGUAGES
from connector.model.workspace import Profile
from connector.reports.lint import mistakes_of
from connector.reports.template import BlockTemplate, LoadedTemplate, load_template
from connector.reports.variant import VariantSettings, read_settings, with_settings


def applied(name: str = "total_sales", **settings: object) -> LoadedTemplate:
    return with_settings(load_template(name), VariantSettings.model_validate(settings), Profile())


def block(loaded: LoadedTemplate, name: str) -> BlockTemplate:
    return next(block for tab in loaded.template.tabs for block in tab.blocks if block.id == name)


def test_nothing_said_changes_nothing() -> None:
    loaded = load_template("total_sales")
    assert with_settings(loaded, VariantSettings(), Profile()) is loaded


def test_another_dimension_is_taken_everywhere_the_block_names_it() -> None:
    loaded = applied(groupings={"by_owner": {"owner": "team"}})
    changed = block(loaded, "by_owner")
    assert changed.dimensions == ["team"]
    assert [chart.x for chart in changed.charts] == ["team"]
    assert not changed.show_empty, "people without rows make no sense among teams"
    assert changed.title is not None
    assert [changed.title.get(language) for language in LANGUAGES] == [
        "Total sales: Team", "Ventas totales: Equipo", "Vendas totais: Equipe", "Объём продаж: Команда",
    ]  # fmt: skip
    tab = next(tab for tab in loaded.template.tabs if tab.id == "owner")
    assert tab.title.en == "Team", "a tab is not named by what it no longer shows"
    assert block(loaded, "by_source") == block(load_template("total_sales"), "by_source")
    assert mistakes_of(loaded.template, loaded.catalogue, "total_sales") == []


def test_a_list_of_records_that_is_regrouped_links_to_nothing() -> None:
    changed = block(applied(groupings={"won_deals": {"deal": "region"}}), "won_deals")
    assert (changed.dimensions[0], changed.link) == ("region", "")


def test_a_series_is_renamed_too() -> None:
    changed = block(applied("pipeline_overview", groupings={"by_stage_and_owner": {"owner": "team"}}),
                    "by_stage_and_owner")  # fmt: skip
    assert [chart.series for chart in changed.charts] == ["team"]


def test_charts_change_their_kind_or_go() -> None:
    changed = applied(charts={"by_month": "line", "by_source": "pie", "by_owner": "off"})
    assert [chart.kind for chart in block(changed, "by_month").charts] == ["line", "line"]
    assert [(chart.kind, chart.limit) for chart in block(changed, "by_source").charts] == [("pie", 6)]
    assert block(changed, "by_owner").charts == []
    first_only = applied("stage_distribution", charts={"balance.1": "off"})
    assert len(block(first_only, "balance").charts) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"groupings": {"gone": {"owner": "team"}}}, "total_sales has no block 'gone' in its version 3"),
        ({"charts": {"gone": "off"}}, "no block 'gone'"),
        ({"groupings": {"by_owner": {"team": "owner"}}}, "not grouped by 'team'"),
        ({"groupings": {"by_owner": {"owner": "nonsense"}}}, "no dimension 'nonsense'"),
        ({"groupings": {"won_deals": {"deal": "owner"}}}, "grouped by 'owner' twice"),
        ({"charts": {"by_month": "heatmap"}}, "cannot be drawn as 'heatmap'"),
        ({"charts": {"by_month": "<svg>"}}, "cannot be drawn as '<svg>'"),
        ({"charts": {"by_month.3": "line"}}, "no chart '3'"),
        ({"charts": {"by_month.x": "line"}}, "no chart 'x'"),
        ({"charts": {"cards": "off"}}, "no chart"),
    ],
)
def test_what_cannot_be_is_told_with_the_place_and_what_could(settings: dict[str, object], words: str) -> None:
    with pytest.raises(PuenteError) as caught:
        applied(**settings)
    assert isinstance(caught.value, (UserError, UnknownName))
    assert words in caught.value.sentence
    assert caught.value.place == "variant"
    assert caught.value.remedy


def test_settings_of_another_puente_are_told_not_guessed() -> None:
    assert read_settings({"date_range": "this_year"}, "north").date_range == "this_year"
    with pytest.raises(UserError, match="cannot be read: 'moods'"):
        read_settings({"moods": 3}, "north")
    with pytest.raises(UserError, match=r"'charts\.by_month'"):
        read_settings({"charts": {"by_month": 7}}, "north")


def test_what_is_said_now_goes_before_what_was_saved_and_the_rest_stays() -> None:
    saved = VariantSettings(
        date_range="this_year", language="ru", parameters={"a": "1", "b": "2"}, charts={"x": "bar"},
        groupings={"one": {"owner": "team"}},
    )  # fmt: skip
    said = VariantSettings(
        date_range="last_month", parameters={"b": "3"}, charts={"y": "off"}, groupings={"one": {"stage": "deal"}}
    )
    assert said.over(saved) == VariantSettings(
        date_range="last_month", language="ru", parameters={"a": "1", "b": "3"}, charts={"x": "bar", "y": "off"},
        groupings={"one": {"owner": "team", "stage": "deal"}},
    )  # fmt: skip
    assert VariantSettings().over(saved) == saved
