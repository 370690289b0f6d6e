"""A variant applied to its template: other dimensions, other charts, charts left out; checked as the template is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connector.errors import PuenteError, TemplateError, UnknownName, UserError, quote
from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import request_dimension
from connector.model.query import Language
from connector.model.report import ChartKind
from connector.model.workspace import Profile
from connector.reports.lint import mistakes_of
from connector.reports.template import BlockTemplate, Chart, LoadedTemplate, TabTemplate, Template, Texts

OFF: Final = "off"
_ALIKE: Final[tuple[frozenset[ChartKind], ...]] = (
    frozenset({"bar", "column", "line", "pie", "funnel"}),
    frozenset({"stacked_bar", "stacked_column", "percent_bar", "line", "heatmap"}),
)
"""Kinds that draw the same data: one dimension, and one dimension by another."""


class VariantSettings(BaseModel):
    """What a variant says; empty is the template's own choice.

    ``groupings`` map a block id to {its dimension: another dimension}; ``charts`` map ``BLOCK`` or ``BLOCK.NUMBER``
    (from 1) to a kind of chart or ``off``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    date_range: str = Field(default="", max_length=50)
    compare: str = Field(default="", pattern=r"^(previous_period|previous_year|previous_month_end|none|)$")
    filters: tuple[str, ...] = Field(default=(), max_length=50)
    language: Language | None = None
    time_zone: str = Field(default="", max_length=64)
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    parameters: dict[str, str] = {}
    groupings: dict[str, dict[str, str]] = {}
    charts: dict[str, str] = {}

    def over(self, below: VariantSettings) -> VariantSettings:
        """Return these settings with what they leave open taken from others."""
        mine, theirs = self.model_dump(), below.model_dump()
        merged = {name: mine[name] or theirs[name] for name in mine}
        for name in ("parameters", "charts"):
            merged[name] = theirs[name] | mine[name]
        merged["groupings"] = {
            block: theirs["groupings"].get(block, {}) | mine["groupings"].get(block, {})
            for block in (*theirs["groupings"], *mine["groupings"])
        }
        return VariantSettings.model_construct(**merged)


def read_settings(stored: Mapping[str, Any], name: str) -> VariantSettings:
    """Read the stored settings of a variant. Raises UserError when an older or newer Puente wrote other ones."""
    try:
        return VariantSettings.model_validate(dict(stored))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in entry["loc"]) for entry in error.errors()}))
        raise UserError(
            f"The settings of the variant {quote(name)} cannot be read: {quote(fields, 200)}.",
            remedy="Reset it with: variants reset.",
        ) from None


def with_settings(
    loaded: LoadedTemplate, settings: VariantSettings, profile: Profile, place: str = "variant"
) -> LoadedTemplate:
    """Return the template with the groupings and charts of a variant; ``profile`` knows the workspace's own columns.

    Raises UnknownName for a block that the template does not have (any more), UserError for what cannot be.
    """
    if not settings.groupings and not settings.charts:
        return loaded
    blocks = {block.id: block for tab in loaded.template.tabs for block in tab.blocks}
    for name in (*settings.groupings, *(target.partition(".")[0] for target in settings.charts)):
        if name not in blocks:
            raise _no_block(loaded.template, name, place)
    for name, replaced in settings.groupings.items():
        regrouped = _regrouped(blocks[name], replaced, place)
        try:
            title = _title(regrouped, loaded.catalogue, profile)
        except PuenteError as error:
            raise UserError(error.sentence, place=place, remedy=error.remedy) from None
        charts = [chart.model_copy(update={"title": title}) for chart in regrouped.charts]
        blocks[name] = regrouped.model_copy(update={"title": title, "charts": charts})
    for target, kind in settings.charts.items():
        name, _, number = target.partition(".")
        blocks[name] = _recharted(blocks[name], number, kind, place)
    template = _rebuilt(loaded, blocks, settings, profile)
    mistakes = mistakes_of(template, loaded.catalogue, template.id, profile)
    if mistakes:
        remedy = "Choose other dimensions or charts; see: dimensions."
        raise UserError("; ".join(mistakes), place=place, remedy=remedy)
    return LoadedTemplate(template, loaded.catalogue, loaded.warnings)


def _rebuilt(
    loaded: LoadedTemplate, blocks: dict[str, BlockTemplate], settings: VariantSettings, profile: Profile
) -> Template:
    tabs = []
    for tab in loaded.template.tabs:
        tables = [block.id for block in tab.blocks if block.kind == "table"]
        title = tab.title
        if len(tables) == 1 and tables[0] in settings.groupings:  # the tab is named by what it was grouped by
            title = _labels(blocks[tables[0]], loaded.catalogue, profile)
        tabs.append(TabTemplate(id=tab.id, title=title, blocks=[blocks[block.id] for block in tab.blocks]))
    return loaded.template.model_copy(update={"tabs": tabs})


def _no_block(template: Template, name: str, place: str) -> PuenteError:
    known = ", ".join(block.id for tab in template.tabs for block in tab.blocks if block.dimensions or block.charts)
    return UnknownName(
        f"{template.id} has no block {quote(name)} in its version {template.version}.",
        place=place,
        remedy=f"It has {known}. A variant of an older version is made good with: variants reset.",
    )


def _labels(block: BlockTemplate, catalogue: Catalogue, profile: Profile) -> Texts:
    """Return the names of what a block is grouped by, short enough for a sheet."""

    def text(language: Language) -> str:
        return " · ".join(request_dimension(name, catalogue, profile, language).label for name in block.dimensions)[:31]

    return Texts(en=text("en"), es=text("es"), pt=text("pt"), ru=text("ru"))


def _title(block: BlockTemplate, catalogue: Catalogue, profile: Profile) -> Texts:
    """Name a block by what it shows, because its own title tells of the old dimension."""
    labels = _labels(block, catalogue, profile)

    def text(language: Language) -> str:
        return f"{catalogue.metric(block.metrics[0]).labels[language]}: {labels.get(language)}"

    return Texts(en=text("en"), es=text("es"), pt=text("pt"), ru=text("ru"))


def _regrouped(block: BlockTemplate, replaced: Mapping[str, str], place: str) -> BlockTemplate:
    """Replace dimensions of a block everywhere it names them; what only fits the old one is left out."""
    for old in replaced:
        if old not in block.dimensions:
            known = ", ".join(block.dimensions) or "no dimension"
            raise UserError(
                f"The block {block.id} is not grouped by {quote(old)}.", place=place, remedy=f"It has {known}."
            )
    dimensions = [replaced.get(name, name) for name in block.dimensions]
    twice = sorted({name for name in dimensions if dimensions.count(name) > 1})
    if twice:
        raise UserError(
            f"The block {block.id} would be grouped by {quote(twice[0])} twice.",
            place=place,
            remedy="Choose another one.",
        )

    def renamed(name: str) -> str:
        sign = "-" if name.startswith("-") else ""
        return sign + replaced.get(name.removeprefix("-"), name.removeprefix("-"))

    charts = [
        chart.model_copy(
            update={
                "x": renamed(chart.x),
                "series": renamed(chart.series),
                "panels": renamed(chart.panels),
                "totals": [],
            }
        )
        for chart in block.charts
    ]
    changes: dict[str, Any] = {
        "dimensions": dimensions,
        "sort": [renamed(name) for name in block.sort],
        "charts": charts,
    }
    if block.link in replaced:
        changes["link"] = ""
    if "owner" in replaced:
        changes["show_empty"] = False
    return block.model_copy(update=changes)


def _recharted(block: BlockTemplate, number: str, kind: str, place: str) -> BlockTemplate:
    """Draw a chart of a block (all, when no number is given) as another kind, or leave it out."""
    count = len(block.charts)
    if count == 0 or (number and (not number.isdecimal() or not 1 <= int(number) <= count)):
        raise UnknownName(
            f"The block {block.id} has no chart{' ' + quote(number) if number else ''}.",
            place=place,
            remedy=f"It has {count}.",
        )
    kept: list[Chart] = []
    for position, chart in enumerate(block.charts, start=1):
        if number and position != int(number):
            kept.append(chart)
        elif kind != OFF:
            kept.append(_redrawn(block, chart, kind, place))
    return block.model_copy(update={"charts": kept})


def _redrawn(block: BlockTemplate, chart: Chart, kind: str, place: str) -> Chart:
    family = _ALIKE[1] if chart.series else _ALIKE[0]
    allowed: frozenset[str] = family | {chart.kind} if chart.kind in family else frozenset({chart.kind})
    if kind not in allowed:
        raise UserError(
            f"The {chart.kind} chart of {block.id} cannot be drawn as {quote(kind)}.",
            place=place,
            remedy=f"It can be {', '.join(sorted(allowed | {OFF}))}.",
        )
    changes: dict[str, Any] = {"kind": kind}
    if kind == "pie":
        changes |= {"limit": min(chart.limit, 6), "y": chart.y[:1], "lines": []}
    try:
        return Chart.model_validate(chart.model_dump() | changes)
    except ValidationError as error:  # pragma: no cover - the kinds above all pass
        raise TemplateError(str(error), place=place) from None
