"""The design rules: each is broken once and told; the shipped templates keep them all."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.actions.templates import lint
from connector.errors import TemplateError
from connector.reports.template import check_template, load_template, template_ids


def texts(en: str, es: str = "", pt: str = "", ru: str = "") -> dict[str, str]:
    return {"en": en, "es": es or f"{en} es", "pt": pt or f"{en} pt", "ru": ru or f"{en} по-русски"}


def chart(kind: str, x: str = "owner", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "title": texts("Chart"), "x": x, "y": ["total_sales"]} | more


def table(dimensions: list[str], *charts: dict[str, Any], **more: Any) -> dict[str, Any]:
    metrics = ["total_sales", "deals_won", "deals_lost", "win_rate"]
    return {"id": "rows", "kind": "table", "metrics": metrics, "dimensions": dimensions, "charts": [*charts]} | more


CARDS: dict[str, Any] = {"id": "cards", "kind": "cards", "metrics": ["total_sales", "forecast_amount"]}


def template(*blocks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "sound", "version": 1, "audience": ["exec"], "cadence": ["weekly"], "title": texts("Sound"),
        "question": texts("Is it sound?"), "entities": ["deal"], "range": "this_month", "compare": "previous_period",
        "tabs": [{"id": "one", "title": texts("One"), "blocks": copy.deepcopy(list(blocks) or [CARDS])}],
    } | changes  # fmt: skip


def written(folder: Path, made: dict[str, Any]) -> Path:
    (folder / "sound").mkdir(exist_ok=True)
    file = folder / "sound" / "template.yaml"
    file.write_text(yaml.safe_dump(made, allow_unicode=True), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", template_ids())
def test_the_shipped_templates_keep_every_design_rule(name: str) -> None:
    assert load_template(name).warnings == ()


@pytest.mark.parametrize(
    "made",
    [
        template(),
        template(CARDS, table(["owner"], chart("bar"), chart("pie", limit=6))),
        template(CARDS, table(["month"], chart("line", "month"), chart("column", "month"))),
        template(CARDS, table(["owner", "team"], chart("stacked_bar", series="team"), chart("heatmap", series="team"))),
        template({**CARDS, "metrics": ["total_sales"]}, audience=["manager", "exec"], compare="none"),
        template(title=texts("CRM", "CRM", "CRM", "CRM")),
    ],
)
def test_a_sound_design_has_no_warning(tmp_path: Path, made: dict[str, Any]) -> None:
    assert check_template(written(tmp_path, made)).warnings == ()


MANY = [f"many{number}=COUNT(deal.id)" for number in range(9)]
BREACHES: list[tuple[dict[str, Any], str]] = [
    (template(CARDS, table(["owner"], chart("pie"))), "a pie of 15 slices cannot be read"),
    (
        template(CARDS, table(["owner"], chart("pie", limit=5, y=["total_sales", "deals_won"]))),
        "a pie shows one figure",
    ),
    (template(CARDS, table(["owner"], chart("line"))), "a line joins the values of owner"),
    (template(CARDS, table(["month"], chart("pie", "month", limit=6))), "a pie chart hides the course of time"),
    (template(CARDS, table(["close_date:week"], chart("funnel", "close_date:week"))), "hides the course of time"),
    (template(CARDS, table(["owner"], chart("stacked_bar"))), "stacks nothing"),
    (template(CARDS, table(["owner"], chart("heatmap"))), "heatmap chart needs a second dimension"),
    (template(CARDS, table(["owner"], chart("bar", limit=40))), "40 bars cannot be compared"),
    (template(CARDS, table(["owner"], chart("diverging_bar"))), "needs two figures"),
    (template(CARDS, table(["owner"], chart("box"))), "needs five figures"),
    (
        template(CARDS, table(["owner"], chart("bar", y=["total_sales", "deals_won", "deals_lost", "win_rate"]))),
        "4 figures in one chart; 3 at most",
    ),
    (template(CARDS, table(["owner"], chart("bar"), chart("bar"), chart("bar"))), "3 charts of one table; 2 at most"),
    (template(CARDS, {**CARDS, "id": "more", "metrics": MANY}), "9 cards; only key figures"),
    (template(CARDS, table(["owner"], metrics=[*MANY, *(f"more{n}=COUNT(deal.id)" for n in range(4))])), "13 figures"),
    (template(table(["owner"])), "the report begins with rows; begin with the cards"),
    (template(*[{**CARDS, "id": f"c{number}"} for number in range(8)]), "8 blocks crowd it"),
    (template(CARDS, table(["deal"], link="deal"), {**CARDS, "id": "late"}), "come after the list rows"),
    (
        template(tabs=[{"id": f"t{n}", "title": texts("T"), "blocks": [{**CARDS, "id": f"c{n}"}]} for n in range(11)]),
        "11 tabs are too many",
    ),
    (
        template(
            tabs=[
                {"id": "a", "title": texts("A"), "blocks": [CARDS, table(["deal"], link="deal")]},
                {"id": "b", "title": texts("B"), "blocks": [{**CARDS, "id": "c"}]},
            ]
        ),
        "a list of records stands on the first tab",
    ),
    (template(compare="none"), "without the past"),
    (template(range="last_quarter"), "without the present"),
    (template({**CARDS, "metrics": ["total_sales"]}), "without a forecast"),
    (template(title=texts("x" * 46)), "46 characters in en are too long"),
    (template(title=texts("Total sales", es="Total sales")), "the text in es is not translated: 'Total sales'"),
    (template(title=texts("Sales", ru="Sales")), "the text in ru is not translated"),
    (template(title=texts("Sales", es="Ventаs")), "Cyrillic letters in a text of another language"),
]


@pytest.mark.parametrize(("made", "words"), BREACHES, ids=[words[:40] for _, words in BREACHES])
def test_every_breach_is_told_and_still_a_report(tmp_path: Path, made: dict[str, Any], words: str) -> None:
    warnings = check_template(written(tmp_path, made)).warnings
    assert any(words in warning for warning in warnings), warnings


def test_the_linter_warns_and_refuses_only_when_strict(tmp_path: Path) -> None:
    file = written(tmp_path, template(compare="none"))
    lines = lint([file])
    assert lines[0] == "sound: right, 1 tabs, 1 blocks"
    assert lines[1].startswith("  design: for executives, but without the past")
    with pytest.raises(TemplateError, match="without the past"):
        lint([file], strict=True)
