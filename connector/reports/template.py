"""Report templates: ``sheets_templates/<id>/template.yaml`` as checked data.

A template names metrics, dimensions and charts; it holds no logic. ``load_template`` reads one and lists
every mistake at once, so ``templates lint`` and ``report`` say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connector.errors import FormulaError, TemplateError, UnknownName, quote
from connector.metrics.definitions import Catalogue, MetricDefinition, load_catalogue, read_yaml
from connector.metrics.formula import parse_formula
from connector.model.query import Language
from connector.model.report import ChartKind
from connector.model.table import Unit

FOLDER: Final = Path(__file__).resolve().parents[2] / "sheets_templates"
Compare = Literal["previous_period", "previous_year", "previous_month_end", "none"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Strict):
    """One text in every language."""

    en: str = Field(min_length=1)
    es: str = Field(min_length=1)
    pt: str = Field(min_length=1)
    ru: str = Field(min_length=1)

    def get(self, language: Language) -> str:
        """Return the text in a language."""
        return str(getattr(self, language))


class Formula(_Strict):
    """A figure that only this template shows."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: Texts
    unit: Unit
    direction: Literal["up", "down", "neutral"] = "neutral"
    formula: str


class Chart(_Strict):
    """A chart over the table of its block."""

    kind: ChartKind
    title: Texts
    x: str
    y: list[str] = Field(min_length=1, max_length=5)
    series: str = ""
    limit: int = Field(default=15, ge=2, le=60)
    lines: list[str] = Field(default_factory=list, max_length=2)
    labels: list[str] = Field(default_factory=list, max_length=2)
    panels: str = ""
    totals: list[str] = Field(default_factory=list)


class BlockTemplate(_Strict):
    """Cards, a table, a drill-down list of records, the record table of data quality, repaired values, a text."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["cards", "table", "records", "repairs", "text"]
    title: Texts | None = None
    text: Texts | None = None
    metrics: list[str] = Field(default_factory=list, max_length=15)
    dimensions: list[str] = Field(default_factory=list, max_length=8)
    sort: list[str] = Field(default_factory=list)
    filter: list[str] = Field(default_factory=list)
    within: dict[str, str] = Field(default_factory=dict)
    """Date dimension to a range token: only rows whose date lies in it."""
    range: str = ""
    compare: Compare | None = None
    compared: list[str] = Field(default_factory=list)
    """Metrics of the table that are compared; empty means all."""
    limit: int = Field(default=500, ge=1, le=5000)
    totals: bool = False
    show_empty: bool = False
    """Active owners without rows appear with 0 (rule E12), and so do the values of an ordered dimension."""
    show_unset: bool = False
    """The group without a value appears with 0 where nothing fell into it (rule E19)."""
    average: list[str] = Field(default_factory=list)
    """Metrics of a table by owner that get a column with the team average, ``<metric>__average``."""
    needs: list[str] = Field(default_factory=list)
    """Entities without which this block is left out, and said so."""
    parameters: dict[str, str] = Field(default_factory=dict)
    """Parameters of formulas this block is asked with, such as funnel_mode; a reader's own choice wins."""
    asks: list[str] = Field(default_factory=list)
    """Parameters that a reader has to give; without them the block is left out, and said so."""
    follow_range: bool = False
    """A range of its own, such as this_year, is that of the range a reader chose."""
    entity: str = ""
    """For kind records: the entity whose records are shown."""
    link: str = ""
    """Entity of the dimension whose record the row links to."""
    charts: list[Chart] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> BlockTemplate:
        if self.kind in ("cards", "table") and not self.metrics:
            raise ValueError("a block of cards or a table needs metrics")
        if self.kind == "table" and not self.dimensions:
            raise ValueError("a table needs dimensions")
        if self.average and (self.dimensions != ["owner"] or not set(self.average) <= set(self.metrics)):
            raise ValueError("a team average needs a table by owner that shows the metric")
        if self.kind == "records" and self.entity not in ("deal", "lead", "contact", "account"):
            raise ValueError("records needs an entity: deal, lead, contact or account")
        if self.kind == "text" and self.text is None:
            raise ValueError("a text block needs a text")
        return self


class TabTemplate(_Strict):
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Texts
    blocks: list[BlockTemplate] = Field(min_length=1)


class Template(_Strict):
    """A report template. ``entities`` must hold rows, else the report is not available."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: Annotated[int, Field(ge=1)]
    audience: list[Literal["exec", "manager", "analyst", "rep"]] = Field(min_length=1)
    cadence: list[Literal["daily", "weekly", "monthly", "quarterly"]] = Field(min_length=1)
    title: Texts
    question: Texts
    entities: list[str] = Field(min_length=1)
    range: str
    compare: Compare = "none"
    one_pipeline: bool = False
    """Figures of several pipelines are never mixed: the one with most open deals unless another is chosen."""
    formulas: list[Formula] = Field(default_factory=list)
    tabs: list[TabTemplate] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class LoadedTemplate:
    """A checked template with the catalogue it is evaluated with: ours and its own formulas.

    ``warnings`` are the design rules it breaks (:mod:`connector.reports.design`).
    """

    template: Template
    catalogue: Catalogue
    warnings: tuple[str, ...] = field(default=())


def template_ids(folder: Path = FOLDER) -> list[str]:
    """Return the ids of all templates, in order."""
    return sorted(path.parent.name for path in folder.glob("*/template.yaml"))


def load_template(name: str, folder: Path = FOLDER) -> LoadedTemplate:
    """Load and check a template by id. Raises UnknownName, TemplateError."""
    known = template_ids(folder)
    if name not in known:
        raise UnknownName(f"There is no template {quote(name)}.", remedy=f"There are {', '.join(known)}.")
    return check_template(folder / name / "template.yaml")


@cache
def _catalogue() -> Catalogue:
    return load_catalogue()


def check_template(path: Path) -> LoadedTemplate:
    """Read a template file. Raises TemplateError that lists every mistake."""
    from connector.reports.design import design_warnings  # noqa: PLC0415 - both read the classes above
    from connector.reports.lint import mistakes_of  # noqa: PLC0415

    place = f"{path.parent.name}/{path.name}"
    try:
        data = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise TemplateError("The file cannot be read as YAML.", place=place, remedy=str(error)[:300]) from None
    template = _validated(data, place)
    catalogue = _with_formulas(template, place)
    mistakes = mistakes_of(template, catalogue, path.parent.name)
    if mistakes:
        raise TemplateError("; ".join(mistakes), place=place, remedy="Correct each and run 'templates lint'.")
    return LoadedTemplate(template, catalogue, tuple(design_warnings(template, catalogue)))


def _validated(data: Any, place: str) -> Template:
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        found = [f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}" for entry in error.errors()]
        raise TemplateError("; ".join(found), place=place, remedy="The format is described in README.") from None


def _with_formulas(template: Template, place: str) -> Catalogue:
    catalogue = _catalogue()
    own: dict[str, MetricDefinition] = {}
    for entry in template.formulas:
        if entry.id in catalogue.metrics:
            raise TemplateError(f"formula {entry.id} has the name of a metric", place=place, remedy="Rename it.")
        labels: dict[Language, str] = {
            "en": entry.label.en,
            "es": entry.label.es,
            "pt": entry.label.pt,
            "ru": entry.label.ru,
        }
        try:
            tree = parse_formula(entry.formula, f"formula {entry.id}")
        except FormulaError as error:
            raise TemplateError(f"formula {entry.id}: {error.sentence}", place=place, remedy=error.remedy) from None
        own[entry.id] = MetricDefinition(
            entry.id,
            labels,
            "template",
            entry.unit,
            entry.direction,
            "none",
            entry.formula,
            tree,
        )
    return Catalogue(
        catalogue.metrics | own, catalogue.dimensions, catalogue.null_labels, catalogue.synonyms, catalogue.defaults
    )
