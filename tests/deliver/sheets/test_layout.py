"""A report as a layout: every figure exact, every text a text, every chart one that Google's documents allow."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.deliver.sheets.layout import Layout, Region, Rule, Scalar
from connector.deliver.sheets.report_layout import report_layout
from connector.deliver.sheets.sheet_strip import PROBLEM_ROW, problem_strip
from connector.model.query import Query
from connector.model.report import Block, ChartSpec, Report, ScoreCard, Tab
from connector.model.table import Cell, Freshness, Table, TableColumn, Unit
from tests.deliver.files.gallery import awkward, gallery, ordinary
from tests.deliver.files.sample_reports import data_quality, pipeline_overview, report, total_sales
from tests.deliver.hostile_reports import GROUPS, hostile_report
from tests.deliver.sheets.layout_reading import check, compare

LANGUAGES = ("en", "es", "pt", "ru")
SAMPLES = (total_sales, pipeline_overview, data_quality)


def one_table(table: Table, language: str = "en", **parts: Any) -> Report:
    return report("t", "A report", (Tab("one", "One", (Block("b", "Block", table=table, **parts),)),), language)


def column(name: str, unit: Unit = "text", role: Any = "dimension", **more: Any) -> TableColumn:
    return TableColumn(name, name.capitalize(), unit, role, **more)


def region(layout: Layout, name: str) -> Region:
    return next(region for tab in layout.tabs for region in tab.regions if region.id == name)


def texts(found: Region) -> list[Scalar]:
    return [value for row in (*found.head, *found.body) for value in row if value is not None]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_figure_stands_in_the_layout_exactly(sample: Any, language: str) -> None:
    given = sample(language)
    layout = report_layout(given)
    check(layout)
    assert compare(given, layout) > 10


def test_every_kind_of_chart_is_one_that_google_knows() -> None:
    layout = report_layout(gallery())
    check(layout)
    specs = [chart.spec for tab in layout.tabs for chart in tab.charts]
    kinds = {name for spec in specs for name in spec if name.endswith("Chart")}
    assert kinds == {"basicChart", "pieChart", "waterfallChart", "candlestickChart"}
    types = {spec["basicChart"]["chartType"] for spec in specs if "basicChart" in spec}
    assert types == {"BAR", "COLUMN", "LINE", "COMBO"}


@pytest.mark.parametrize("block", [*ordinary(), *awkward()], ids=lambda block: str(block.id))
def test_charts_draw_what_the_block_shows(block: Block) -> None:
    layout = report_layout(gallery(blocks=[block]))
    check(layout)
    shown = [chart for tab in layout.tabs for chart in tab.charts]
    grids = [region for tab in layout.tabs for region in tab.regions if region.id.endswith(".grid")]
    rules = [rule for tab in layout.tabs for rule in tab.rules]
    if block.table is not None and any(cell is not None for row in block.table.rows for cell in row[2:] or row[1:]):
        assert shown or grids or rules


def test_a_damaged_spec_is_noticed() -> None:
    """The judge of these tests can say no."""
    layout = report_layout(gallery(blocks=ordinary()[:1]))
    chart = layout.tabs[0].charts[0]
    bad = replace(
        chart, spec=json.loads(json.dumps(dict(chart.spec), default=lambda _: {}).replace("STACKED", "PILED"))
    )
    bad = replace(bad, spec={**bad.spec, "colour": "red"})
    with pytest.raises(AssertionError):
        check(replace(layout, tabs=(replace(layout.tabs[0], charts=(bad,)), *layout.tabs[1:])))


# --- values -----------------------------------------------------------------------------------------


CELLS: list[tuple[Cell, TableColumn, Scalar]] = [
    (Decimal("1234.5600"), column("v", "money", "metric"), 1234.56),
    (0.1, column("v", "number", "metric"), 0.1),
    (7, column("v", "count", "metric"), 7),
    (None, column("v", "money", "metric"), None),
    (float("nan"), column("v", "money", "metric"), None),
    (float("-inf"), column("v", "ratio", "metric"), None),
    (Decimal("Infinity"), column("v", "money", "metric"), None),
    (5400, column("v", "duration_s", "metric"), 0.0625),
    (True, column("v", "boolean"), True),
    (date(2026, 11, 22), column("v", "date"), 46348),
    (date(2024, 2, 29), column("v", "period", grain="month"), 45351),
    (date(2024, 4, 1), column("v", "period", grain="quarter"), "Q2 2024"),
    (date(1899, 5, 1), column("v", "date"), "1 May 1899"),
    (datetime(2026, 7, 1, 12, 0, tzinfo=UTC), column("v", "instant"), 46204 + 8 / 24),
    (None, column("v"), "(not set)"),
    ("006123456789012345678", column("v"), "006123456789012345678"),
    (6123456789012345678, column("v"), "6123456789012345678"),
    ("a\ufffdb", column("v"), "a\ufffdb"),
    ("lone \ud800 half", column("v"), "lone \ufffd half"),
    ("zero \x00 byte", column("v"), "zero   byte"),
]


@pytest.mark.parametrize(("cell", "under", "wanted"), CELLS, ids=[repr(cell)[:30] for cell, _, _ in CELLS])
def test_a_cell_becomes_what_a_spreadsheet_holds(cell: Cell, under: TableColumn, wanted: Scalar) -> None:
    layout = report_layout(one_table(Table((under,), ((cell,),))))
    assert region(layout, "b").body == ((wanted,),)
    assert type(region(layout, "b").body[0][0]) is type(wanted)


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: str(names[0]))
def test_text_of_customers_stays_text_wherever_it_stands(names: tuple[str, ...]) -> None:
    given = hostile_report(*names)
    layout = report_layout(given)
    check(layout)
    for tab, made in zip(given.tabs, layout.tabs, strict=False):
        table = next(one for one in made.regions if one.id == "b")
        assert all(isinstance(row[0], str) and isinstance(row[1], str) for row in table.body)
        assert all(one.format["numberFormat"]["type"] == "TEXT" for one in table.columns if one.kind == "text")
        text = tab.title
        if text.isprintable() and len(text) < 50_000:
            assert table.body[0][:2] == (text, text)
            assert table.body[1][0] == f"x{text}"


def test_a_text_that_no_cell_holds_is_cut_and_said() -> None:
    layout = report_layout(one_table(Table((column("v"),), (("x" * 50_001,), ("😀" * 30_000,), ("y" * 50_000,)))))
    first, second, third = (row[0] for row in region(layout, "b").body)
    assert [len(str(text)) for text in (first, second)] == [50_000, 25_000]
    assert str(first).endswith("x…")
    assert str(second).endswith("😀…")
    assert third == "y" * 50_000
    assert texts(region(layout, "notes")) == ["• Texts longer than a cell of 50,000 characters, cut at its end: 2"]


# --- parts ------------------------------------------------------------------------------------------


def test_the_strip_says_what_the_figures_are_worth() -> None:
    given = total_sales("es")
    for tab, made in zip(given.tabs, report_layout(given).tabs, strict=False):
        strip = made.regions[0]
        assert strip.is_strip
        assert strip.head[0][0] == f"Nordwind · Ventas totales — {tab.title}"
        assert str(strip.head[1][0]).startswith("Nordwind Sensors  ·  1–31 de mayo de 2026")
        assert strip.head[2][:3] == ("Datos hasta", "Filas rechazadas", "Historial desde")
        assert strip.head[3][:2] == ("18/05/2026 08:15", "3")
        assert strip.head[PROBLEM_ROW] == (None,)
        assert strip.body == (("⚠ 2 filas sin tipo de cambio quedan fuera de las sumas.",),)


def test_a_problem_is_said_on_every_tab_and_nothing_else_changes() -> None:
    layout = report_layout(total_sales())
    said = problem_strip(layout, ["Share the file with us.", "Anna must act."])
    assert all(
        tab.regions[0].head[PROBLEM_ROW] == ("⚠ Share the file with us. Anna must act.",) for tab in said.tabs[:2]
    )
    assert problem_strip(said, []) == layout


def test_the_total_stands_under_the_headings() -> None:
    table = Table((column("v"), column("n", "count", "metric")), (("a", 1), ("b", 2)), (None, 3))
    found = region(report_layout(one_table(table)), "b")
    assert found.head == (("Block",), ("V", "N"), ("Total", 3))
    assert found.heading == 1
    assert found.body == (("a", 1), ("b", 2))


def test_rows_come_and_go_but_heads_and_columns_stay() -> None:
    """An empty selection has the same head, the same columns and its words below."""
    columns = (column("v"), column("n", "count", "metric"))
    asked = Query(("n",), ("v", "deal.external_url"), totals=True)
    full = report_layout(
        one_table(Table(columns, (("a", 1),), (None, 1)), links={0: "https://crm.example/1"}, question=asked)
    )
    empty = report_layout(one_table(Table(columns, ()), question=asked))
    for name in ("b", "strip"):
        one, other = region(full, name), region(empty, name)
        assert [column.id for column in one.columns] == [column.id for column in other.columns]
        assert len(one.head) == len(other.head)
    assert texts(region(empty, "b.notes")) == ["• There are no rows for this selection."]


def test_records_have_their_address_in_a_column_of_its_own() -> None:
    table = Table((column("deal"),), (("A",), ("B",), ("C",)))
    links = {0: "https://crm.example/1", 1: "javascript:alert(1)"}
    found = region(report_layout(one_table(table, "ru", links=links)), "b")
    assert [(one.id, one.title) for one in found.columns] == [("deal", "Deal"), ("link", "Ссылка")]
    assert [row[1] for row in found.body] == ["https://crm.example/1", None, None]


def test_what_is_missing_or_wrong_is_said_in_words() -> None:
    columns = (column("record"), column("phone"), column("amount", "money"))
    marks: Any = {(0, 1): "missing", (0, 2): "wrong", (1, 1): "missing"}
    found = region(report_layout(one_table(Table(columns, (("A", None, -5), ("B", None, 3))), marks=marks)), "b")
    assert [row[3] for row in found.body] == [
        "Missing value: “Phone” · Value breaks a rule: “Amount”", "Missing value: “Phone”",
    ]  # fmt: skip
    assert found.body[0][1] is None


def test_marks_are_coloured_by_what_the_row_says() -> None:
    """A rule reads the words of the row; a name that could end a text within a formula gets none."""
    names = {"record": "Record", "phone": "Phone (work)", "odd": 'a" & EVIL() & "', "brace": "{row}"}
    columns = tuple(TableColumn(name, label, "text", "dimension") for name, label in names.items())
    marks: Any = {(0, place): "missing" for place in range(4)}
    layout = report_layout(one_table(Table(columns, (("A", None, None, None),)), marks=marks))
    check(layout)
    rules = [rule for rule in layout.tabs[0].rules if rule.over[0].column != "record"]
    assert {rule.over[0].column for rule in rules} == {"phone"}
    formulas = [rule.rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"] for rule in rules]
    assert formulas == [
        '=AND(ISBLANK({column}{row}),ISNUMBER(FIND("“Phone (work)”",{column:marks}{row})))',
        '=AND(NOT(ISBLANK({column}{row})),ISNUMBER(FIND("“Phone (work)”",{column:marks}{row})))',
    ]


def test_the_headings_of_an_only_table_stay_in_sight() -> None:
    table = Table((column("v"),), (("a",),), (None,))
    layout = report_layout(one_table(table))
    assert layout.tabs[0].frozen_rows == 5 + 1 + 1 + 3, "strip, its warning, its end, and the head of the table"
    assert report_layout(total_sales()).tabs[0].frozen_rows == 0


def test_few_cases_behind_a_figure_are_said_in_words() -> None:
    columns = (column("v"), column("rate", "percent", "metric"))
    table = Table(columns, (("a", 0.5), ("b", 1.0)), small=frozenset({(0, 1), (1, 1)}), small_n={(0, 1): 2})
    layout = report_layout(one_table(table))
    assert texts(region(layout, "b.notes")) == ["• Fewer than 5 cases behind “Rate”: a (n=2), b (n<5)"]
    assert region(layout, "b").body == (("a", 0.5), ("b", 1.0))


def test_cards_have_room_for_a_comparison_that_has_no_figure_this_time() -> None:
    def cards(comparison: Cell, label: str) -> Region:
        card = ScoreCard("m", "Won", "count", 5, comparison, label, None)
        asked = Query(("m",), compare="previous_period")
        tab = Tab("one", "One", (Block("b", "", cards=(card,), question=asked),))
        return region(report_layout(report("t", "A report", (tab,), "en")), "b.cards")

    assert len(cards(None, "").head) == len(cards(4, "April").head) == 5


def test_a_change_is_green_where_it_is_good_news() -> None:
    directions: list[Any] = ["up", "down", "neutral"]
    cards = tuple(ScoreCard(name, name, "count", 2, 1, "before", 1.0, name) for name in directions)
    changes = [TableColumn(f"c_{name}", name, "percent", "change", direction=name) for name in directions]
    blocks = (Block("b", "B", cards=cards), Block("t", "T", table=Table((column("v"), *changes), (("a", 1, 1, 1),))))
    layout = report_layout(report("t", "R", (Tab("a", "A", blocks),), "en"))
    check(layout)
    rules = {
        (rule.over[0].column, rule.rule["booleanRule"]["condition"]["type"]): (rule.head, ink(rule))
        for rule in layout.tabs[0].rules
    }
    assert rules == {
        ("card1", "NUMBER_GREATER"): (3, "green"), ("card1", "NUMBER_LESS"): (3, "red"),
        ("card2", "NUMBER_GREATER"): (3, "red"), ("card2", "NUMBER_LESS"): (3, "green"),
        ("c_up", "NUMBER_GREATER"): (None, "green"), ("c_up", "NUMBER_LESS"): (None, "red"),
        ("c_down", "NUMBER_GREATER"): (None, "red"), ("c_down", "NUMBER_LESS"): (None, "green"),
    }  # fmt: skip
    assert region(layout, "b.cards").head[3] == (1.0, 1.0, 1.0)


def ink(rule: Rule) -> str:
    found = rule.rule["booleanRule"]["format"]["textFormat"]["foregroundColorStyle"]["rgbColor"]
    return max(("red", "green", "blue"), key=lambda name: float(found[name]))


@pytest.mark.parametrize(
    ("language", "locale", "money", "day"),
    [
        ("en", "en_US", '"$"#,##0.00;-"$"#,##0.00', "d mmm yyyy"),
        ("es", "es_ES", '#,##0.00"\u00a0€"', "dd/mm/yyyy"),
        ("pt", "pt_BR", '"R$\u00a0"#,##0.00;-"R$\u00a0"#,##0.00', "dd/mm/yyyy"),
        ("ru", "ru_RU", '#,##0.00"\u00a0₽"', "dd.mm.yyyy"),
    ],
)
def test_figures_have_the_formats_of_the_language(language: str, locale: str, money: str, day: str) -> None:
    units: list[Unit] = ["money", "date", "percent", "duration_s", "count", "days"]
    table = Table(tuple(column(unit, unit, "metric") for unit in units), ())
    layout = report_layout(one_table(table, language))
    patterns = [one.format["numberFormat"]["pattern"] for one in region(layout, "b").columns]
    assert layout.locale == locale
    assert patterns == [money, day, "0.00%", "[h]:mm:ss", "#,##0", "#,##0.0"]


def test_no_part_of_a_running_period_is_drawn_as_if_it_were_over() -> None:
    months = [(date(2026, month, 1), 10 * month) for month in (1, 2, 3)]
    table = Table((column("month", "period", grain="month"), column("n", "count", "metric")), tuple(months))
    given = one_table(
        table,
        charts=(ChartSpec("column", "N", "month", ("n",)), ChartSpec("line", "N", "month", ("n",))),
        running_x=date(2026, 3, 1),
    )
    layout = report_layout(given)
    assert [row[1:] for row in region(layout, "b.chart1").body] == [(10, None), (20, None), (None, 30)]
    assert [row[1:] for row in region(layout, "b.chart2").body] == [(10, None), (20, 20), (None, 30)]
    column_spec, line_spec = (chart.spec["basicChart"] for chart in layout.tabs[0].charts)
    assert column_spec["stackedType"] == "STACKED"
    assert line_spec["series"][1]["lineStyle"]["type"] == "MEDIUM_DASHED"


def test_a_waterfall_keeps_its_steps_when_one_has_no_figure() -> None:
    columns = (column("step"), column("n", "count", "metric"))
    rows = (("open", 5), ("up", None), ("down", -2), ("close", 3))
    chart = ChartSpec("waterfall", "Moves", "step", ("n",), totals=("open", "close"))
    layout = report_layout(one_table(Table(columns, rows), charts=(chart,)))
    assert region(layout, "b.chart1").body == rows
    series = layout.tabs[0].charts[0].spec["waterfallChart"]["series"][0]
    assert [one["subtotalIndex"] for one in series["customSubtotals"]] == [0, 3]


def test_ids_are_the_same_whatever_the_figures_and_the_language() -> None:
    names = [
        [
            (tab.id, one.id, [column.id for column in one.columns])
            for tab in report_layout(total_sales(language)).tabs
            for one in tab.regions
        ]
        for language in LANGUAGES
    ]
    assert all(other == names[0] for other in names[1:])


def test_a_report_without_tabs_or_brand_is_a_layout_too() -> None:
    bare = Report(
        "t",
        "",
        "",
        "xx",
        "",
        "Nowhere/Land",
        None,
        None,
        "",
        "",
        datetime(2026, 1, 1, tzinfo=UTC),
        (Tab("a", "", ()),),
        freshness=Freshness(),
    )
    layout = report_layout(bare)
    check(layout)
    assert (layout.locale, layout.time_zone, layout.language) == ("en_US", "UTC", "en")
