"""The sheet that a described report is built by: what to set at each chart, in the words of a language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final, cast

from connector.actions.looker_config import LANGUAGE_NAMES
from connector.actions.looker_fields import Source, source_fields
from connector.deliver.files.display import Display
from connector.deliver.looker.build_sheet import BuildSheet, BuiltPage, BuiltPart
from connector.deliver.looker.fields import Field
from connector.deliver.looker.wireframe import WIDTH, Box, Filling, Kind
from connector.metrics.definitions import load_catalogue
from connector.metrics.report_types import load_report_types, report_type
from connector.model.query import Language
from connector.model.report import Theme
from connector.model.workspace import Profile
from connector.reports.looker_report import COLUMNS, Chart, ChartFilter, Control, Page, StudioReport
from connector.reports.looker_words import AUTO, heads, word

COLUMN: Final = WIDTH // COLUMNS
ROW: Final = 50
"""Pixels of a column and of a row of the grid."""
FRESHNESS: Final = ("puente_data_through", "puente_data_status")
REJECTED: Final = "puente_rows_rejected"


def build_sheet(
    report: StudioReport, language: Language, theme: Theme, shown: Mapping[str, Filling] | None = None,
    display: Display | None = None,
) -> BuildSheet:  # fmt: skip
    """Return everything a person sets to build a report, in a language, with the colours of a brand.

    ``shown`` maps ids of charts to what they show in the drawings, written by ``display``.
    """
    pages = tuple(_filled(_page(report, page, language), page, shown or {}) for page in report.pages)
    return BuildSheet(
        report.title.get(language), report.question.get(language), language, tuple(_before(report, language, theme)),
        heads(language), pages, tuple(_after(report, language)), theme, display or Display(language),
    )  # fmt: skip


def _before(report: StudioReport, language: Language, theme: Theme) -> Iterator[str]:
    yield word("steps", "create", language, title=report.title.get(language))
    for kind in report.sources:
        label = load_report_types()[kind].labels[language]
        yield word("steps", "source", language, kind=label, spoken=LANGUAGE_NAMES[language])
        yield word("steps", "alias", language, alias=kind)
    colours = {"primary": theme.primary, "accent": theme.accent, "neutral": theme.neutral}
    yield word("steps", "theme", language, width=WIDTH, **colours)
    yield word("steps", "range", language, text=word("ranges", report.range, language))
    yield word("steps", "pages", language)


def _after(report: StudioReport, language: Language) -> Iterator[str]:
    named = f"{report.id} --to looker --language {language}"
    yield word("steps", "share", language)
    yield word(
        "steps", "publish", language, command=f"python -m connector templates publish {named} --report-id ADDRESS"
    )
    yield word("steps", "copy", language, command=f"python -m connector templates copy {named} -w WORKSPACE")


def _page(report: StudioReport, page: Page, language: Language) -> BuiltPage:
    height = max(item.at[1] + item.at[3] for item in page.items) * ROW
    parts = [
        _chart(report, item, number, language)
        if isinstance(item, Chart)
        else _control(report, page, item, number, language)
        for number, item in enumerate(_ordered(page), 1)
    ]
    title = word("steps", "page", language, title=page.title.get(language), height=height)
    return BuiltPage(title, height, tuple(parts))


def _ordered(page: Page) -> list[Control | Chart]:
    """Return what stands on a page as it is read: from the top, from the left."""
    return sorted(page.items, key=lambda item: (item.at[1], item.at[0]))


def _filled(built: BuiltPage, page: Page, shown: Mapping[str, Filling]) -> BuiltPage:
    parts = [
        replace(part, box=replace(part.box, filling=shown.get(item.id) if isinstance(item, Chart) else None))
        for part, item in zip(built.parts, _ordered(page), strict=True)
    ]
    return replace(built, parts=tuple(parts))


def _pixels(at: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = at
    return left * COLUMN, top * ROW, width * COLUMN, height * ROW


def _control(report: StudioReport, page: Page, control: Control, number: int, language: Language) -> BuiltPart:
    source = next(chart.source for chart in page.charts if chart.asks)
    place = _pixels(control.at)
    if control.kind == "date_range":
        label, settings = (
            word("kinds", "date_range", language),
            word("phrases", "range", language, text=word("ranges", AUTO, language)),
        )
        cells = (label, "", "", "", settings, _place(place))
        return BuiltPart(Box(number, "control", word("ranges", report.range, language), place), cells)
    field = _field(source, control.field, language)
    cells = (
        word("kinds", "list", language),
        "",
        source,
        word("phrases", "control", language, text=field),
        "",
        _place(place),
    )
    return BuiltPart(Box(number, "control", _label(source, control.field, language), place), cells)


def _chart(report: StudioReport, chart: Chart, number: int, language: Language) -> BuiltPart:
    place = _pixels(chart.at)
    title = _title(chart, language)
    cells = (
        word("kinds", chart.kind, language), title, chart.source if chart.asks else "",
        "; ".join(_fields(chart, language)), "; ".join(_settings(report, chart, language)), _place(place),
    )  # fmt: skip
    return BuiltPart(Box(number, cast("Kind", chart.kind), title, place, chart.colour), cells)


def _title(chart: Chart, language: Language) -> str:
    if chart.title is not None:
        return chart.title.get(language)
    names = chart.metrics if chart.kind == "card" else FRESHNESS
    return ", ".join(_label(chart.source, name, language) for name in names)


def _fields(chart: Chart, language: Language) -> Iterator[str]:
    def named(names: tuple[str, ...]) -> str:
        return ", ".join(_field(chart.source, name, language) for name in names)

    if chart.kind == "freshness":
        yield word("phrases", "dimension", language, text=named(FRESHNESS))
        yield word("phrases", "metrics", language, text=named((REJECTED,)))
        return
    if chart.kind == "pivot":
        yield word("phrases", "rows", language, text=named((chart.dimension,)))
        yield word("phrases", "columns", language, text=named((chart.breakdown,)))
    elif chart.kind == "table" and chart.dimensions:
        yield word("phrases", "dimension", language, text=named(chart.dimensions))
    elif chart.dimension:
        yield word("phrases", "dimension", language, text=named((chart.dimension,)))
        if chart.breakdown:
            yield word("phrases", "breakdown", language, text=named((chart.breakdown,)))
    if chart.metrics:
        yield word("phrases", "metrics", language, text=named(chart.metrics))


def _settings(report: StudioReport, chart: Chart, language: Language) -> Iterator[str]:
    if chart.kind == "combo":
        yield word("phrases", "secondary", language, text=_label(chart.source, chart.metrics[-1], language))
    if chart.sort:
        order = "descending" if chart.sort.startswith("-") else "ascending"
        yield word("phrases", order, language, text=_label(chart.source, chart.sort.lstrip("-"), language))
    if chart.rows:
        yield word("phrases", "limit", language, text=chart.rows)
    for each in chart.filter:
        operator, values = word("operators", each.operator, language), ", ".join(shown_values(each, language))
        field = _label(chart.source, each.field, language)
        yield word(
            "phrases", "exclude" if each.exclude else "include", language, field=field, operator=operator, text=values
        )
    if chart.range:
        yield word("phrases", "range", language, text=word("ranges", chart.range, language))
    if chart.compare:
        yield word("phrases", "compared", language, text=word("comparisons", report.compare, language))
    if chart.summary:
        yield word("phrases", "summary", language)
    if chart.kind not in ("text", "freshness", "table"):
        yield word("phrases", "colour", language, text=word("colours", chart.colour, language))


def shown_values(condition: ChartFilter, language: Language) -> list[str]:
    """Return the values of a condition as Looker Studio shows them: listed values by their labels."""
    labels = load_catalogue().dimensions[condition.field].values or {}
    return [labels[value][language] if value in labels else value for value in condition.values]


@cache
def _known(source: str, language: Language) -> dict[str, Field]:
    asked = Source(report_type(source), language, "", "UTC")
    return source_fields(asked, load_catalogue(), Profile()).fields


def _label(source: str, name: str, language: Language) -> str:
    return _known(source, language)[name].label


def _field(source: str, name: str, language: Language) -> str:
    """Return the label of a field and the group that it is listed under."""
    field = _known(source, language)[name]
    return f"{field.label} ({field.group})"


def _place(pixels: tuple[int, int, int, int]) -> str:
    return ", ".join(map(str, pixels))
