"""The linter of templates: every kind of mistake is told, all at once, and the shipped templates have none."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.errors import TemplateError, UnknownName
from connector.reports.template import FOLDER, check_template, load_template, template_ids


def texts(text: str) -> dict[str, str]:
    return dict.fromkeys(("en", "es", "pt", "ru"), text)


SOUND: dict[str, Any] = {
    "id": "sound", "version": 1, "audience": ["manager"], "cadence": ["weekly"], "title": texts("Sound"),
    "question": texts("Is it?"), "entities": ["deal"], "range": "this_month",
    "formulas": [{"id": "largest", "label": texts("Largest"), "unit": "money", "formula": "MAX(deal.amount)"}],
    "tabs": [
        {
            "id": "one", "title": texts("One"),
            "blocks": [
                {"id": "cards", "kind": "cards", "metrics": ["total_sales", "largest"]},
                {
                    "id": "owners", "kind": "table", "metrics": ["total_sales"], "dimensions": ["owner"],
                    "sort": ["-total_sales"], "filter": ["deal_status = won"], "within": {"close_date": "this_quarter"},
                    "charts": [{"kind": "bar", "title": texts("Bar"), "x": "owner", "y": ["total_sales"]}],
                },
            ],
        }
    ],
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sound template with one value changed; ``DEL`` takes it away."""
    made = copy.deepcopy(SOUND)
    place: Any = made
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        place = place[step]
    if value == "DEL":
        del place[last]
    else:
        place[last] = value
    return made


def lint(folder: Path, template: Any, name: str = "sound") -> None:
    (folder / name).mkdir(exist_ok=True)
    file = folder / name / "template.yaml"
    file.write_text(template if isinstance(template, str) else yaml.safe_dump(template), encoding="utf-8")
    check_template(file)


BLOCKS = "tabs/0/blocks"
MISTAKES: dict[str, tuple[str, Any, str]] = {
    "unknown metric": (f"{BLOCKS}/0/metrics", ["totl_sales"], "no metric 'totl_sales'"),
    "unknown dimension": (f"{BLOCKS}/1/dimensions", ["ownr"], "no dimension 'ownr'"),
    "unknown column": (f"{BLOCKS}/1/dimensions", ["deal.price"], "no column 'deal.price'"),
    "unknown dimension in a filter": (f"{BLOCKS}/1/filter", ["colour = red"], "no dimension 'colour'"),
    "a filter that cannot be read": (f"{BLOCKS}/1/filter", ["deal_status ="], "value"),
    "unknown dimension within": (f"{BLOCKS}/1/within", {"someday": "this_month"}, "no dimension 'someday'"),
    "bad range within": (f"{BLOCKS}/1/within", {"close_date": "this_moon"}, "'this_moon' is no date range"),
    "unknown entity": ("entities", ["deal", "dragon"], "no entity dragon"),
    "unknown entity of a block": (f"{BLOCKS}/0/needs", ["dragon"], "no entity dragon"),
    "chart of a column not shown": (f"{BLOCKS}/1/charts/0/y", ["deals_won"], "deals_won, its table does not"),
    "chart over a column not shown": (f"{BLOCKS}/1/charts/0/x", "team", "team, its table is not"),
    "chart series not shown": (f"{BLOCKS}/1/charts/0/series", "team", "team, its table is not"),
    "unknown kind of chart": (f"{BLOCKS}/1/charts/0/kind", "pie3d", "kind"),
    "chart without figures": (f"{BLOCKS}/1/charts/0/y", [], "y"),
    "sort by a column not shown": (f"{BLOCKS}/1/sort", ["-deals_won"], "sort by -deals_won"),
    "compares a column not shown": (f"{BLOCKS}/1/compared", ["deals_won"], "compares deals_won"),
    "chart line not shown": (f"{BLOCKS}/1/charts/0/lines", ["total_sales__average"], "total_sales__average, its table"),
    "team average of a column not shown": (f"{BLOCKS}/1/average", ["deals_won"], "team average needs a table by owner"),
    "duplicate block id": (f"{BLOCKS}/1/id", "cards", "block id cards is used twice"),
    "missing language": ("title", {"en": "T", "es": "T", "pt": "T"}, "title.ru"),
    "empty text": ("question", texts("") | {"en": "Q"}, "question.es"),
    "missing language of a chart": (f"{BLOCKS}/1/charts/0/title", {"en": "Bar"}, "title.es"),
    "missing key": ("range", "DEL", "range"),
    "unknown key": (f"{BLOCKS}/1/colour", "red", "colour"),
    "unknown key of a template": ("sql", "SELECT 1", "sql"),
    "title too long for a sheet": ("tabs/0/title", texts("T" * 32), "longer than 31"),
    "bad range": ("range", "this_moon", "'this_moon' is no date range"),
    "bad range of a block": (f"{BLOCKS}/0/range", "2024-05-02..2024-05-01", "before it begins"),
    "bad comparison": ("compare", "last_week", "compare"),
    "id other than the folder": ("id", "other", "not the name of its folder"),
    "id that is no id": ("id", "../evil", "id"),
    "no tabs": ("tabs", [], "tabs"),
    "cards without metrics": (f"{BLOCKS}/0/metrics", [], "needs metrics"),
    "table without dimensions": (f"{BLOCKS}/1/dimensions", [], "needs dimensions"),
    "records without entity": (f"{BLOCKS}/0/kind", "records", "records needs an entity"),
    "text without text": (f"{BLOCKS}/0/kind", "text", "needs a text"),
    "too many rows": (f"{BLOCKS}/1/limit", 100_000, "limit"),
    "a limit in words": (f"{BLOCKS}/1/limit", "many", "limit"),
    "a hostile formula": ("formulas/0/formula", "SUM(deal.amount); DROP TABLE deal", "not allowed at character 17"),
    "a wrong formula": ("formulas/0/formula", "SUM(deal.name)", "needs a number"),
    "a formula named like a metric": ("formulas/0/id", "total_sales", "name of a metric"),
    "a table instead of text": ("title", ["T"], "title"),
}  # fmt: skip


def test_the_sound_template_is_sound(tmp_path: Path) -> None:
    lint(tmp_path, SOUND)


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES.values(), ids=MISTAKES)
def test_each_kind_of_mistake_is_told_with_its_place(tmp_path: Path, path: str, value: Any, said: str) -> None:
    with pytest.raises((TemplateError, UnknownName, ValueError)) as caught:
        lint(tmp_path, changed(path, value))
    assert said in str(caught.value)
    assert "sound/template.yaml" in str(caught.value)
    assert isinstance(caught.value, TemplateError)


def test_duplicate_tabs_are_told(tmp_path: Path) -> None:
    template = copy.deepcopy(SOUND)
    template["tabs"].append(copy.deepcopy(template["tabs"][0]))
    with pytest.raises(TemplateError, match="tab id one is used twice") as caught:
        lint(tmp_path, template)
    assert "block id owners is used twice" in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    template = changed("entities", ["dragon"])
    template["range"] = "this_moon"
    template["tabs"][0]["blocks"][0]["metrics"] = ["nothing_known"]
    with pytest.raises(TemplateError) as caught:
        lint(tmp_path, template)
    for said in ("dragon", "this_moon", "nothing_known"):
        assert said in str(caught.value)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Nine lists of nine of the one before: 387 million texts where each is written out."""
NO_TEMPLATES = [
    "", "- a\n- b", "{", "a: [", "!!python/object/apply:os.system [ls]", "\x00", "42", "? [1]\n: 2",
    "a: &a [*a]\ntabs: *a", f"{LAUGHS}tabs: *i\ntitle: *i\n",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_TEMPLATES, ids=range(len(NO_TEMPLATES)))
def test_a_file_that_is_no_template_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError, match=r"sound/template\.yaml"):
        lint(tmp_path, text)


@pytest.mark.parametrize("name", ["nothing", "../total_sales", "total_sales/..", "", "/etc/passwd"])
def test_only_known_templates_open(name: str) -> None:
    with pytest.raises(UnknownName):
        load_template(name)


@pytest.mark.parametrize("name", template_ids())
def test_the_shipped_templates_have_no_mistake(name: str) -> None:
    assert load_template(name).template.id == name


def test_the_first_three_templates_are_there() -> None:
    assert {"total_sales", "pipeline_overview", "data_quality"} <= set(template_ids())
    assert all((FOLDER / name).is_dir() for name in template_ids())
