"""Reports of Looker Studio as described in ``looker_schemas/reports/<id>.yaml``.

No programming interface creates a report there, so a description says what a person builds once: pages, charts with
their fields, controls, where everything stands. From it come the build sheet, the checks, and the links that copy it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connector.errors import TemplateError, UnknownName, quote
from connector.metrics.definitions import FOLDER as SCHEMAS
from connector.reports.template import Texts

FOLDER: Final = SCHEMAS / "reports"
COLUMNS: Final = 12
"""Columns of a page; everything stands on whole ones."""
MOST_ROWS: Final = 24
"""Rows of the longest page."""

Kind = Literal[
    "card", "table", "bar", "column", "stacked_column", "line", "combo", "donut", "pivot", "text", "freshness"
]  # fmt: skip
Colour = Literal["primary", "accent", "neutral"]
Range = Literal[
    "today", "this_week", "last_week", "this_month", "last_month", "this_quarter", "last_quarter", "this_year",
    "last_year",
]  # fmt: skip
"""Date ranges that both Looker Studio and Puente know; weeks as the workspace begins them."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Spot = tuple[int, int, int, int]
"""Column, row, width and height on the page."""
Operator = Literal["equals", "in_list", "is_null"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChartFilter(_Strict):
    """A condition on a dimension. ``values`` are keys of listed values (``won``), or texts where there are none."""

    field: Name
    operator: Operator
    values: tuple[str, ...] = ()
    exclude: bool = False


class Item(_Strict):
    """What stands on a page, at a place of its grid."""

    at: Spot

    def overlaps(self, other: Item) -> bool:
        """Say whether two items cover a common part of the page."""
        left, top, width, height = self.at
        x, y, w, h = other.at
        return left < x + w and x < left + width and top < y + h and y < top + height


class Control(Item):
    """What a viewer chooses: the days, or values of a dimension."""

    kind: Literal["date_range", "list"]
    field: str = ""


class Chart(Item):
    """A chart, a score card, a heading, or the fields that say how fresh the data are.

    ``dimension`` is its axis or its rows; ``breakdown`` its series, or the second dimension of a table. ``sort`` is
    one of its fields, with ``-`` from the largest down. ``range`` is given where it differs from the page's.
    """

    id: Name
    kind: Kind
    source: str = ""
    title: Texts | None = None
    dimension: str = ""
    breakdown: str = ""
    metrics: tuple[str, ...] = Field(default=(), max_length=10)
    sort: str = ""
    rows: int = Field(default=0, ge=0, le=500)
    filter: tuple[ChartFilter, ...] = ()
    range: Range | None = None
    compare: bool = False
    colour: Colour = "primary"
    summary: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions that the chart shows, in order."""
        return tuple(name for name in (self.dimension, self.breakdown) if name)

    @property
    def asks(self) -> bool:
        """Whether it asks the source for anything."""
        return self.kind != "text"


class Page(_Strict):
    """One page of a report."""

    id: Name
    title: Texts
    controls: tuple[Control, ...] = ()
    charts: tuple[Chart, ...] = Field(min_length=1)

    @property
    def items(self) -> tuple[Control | Chart, ...]:
        """All that stands on the page."""
        return (*self.controls, *self.charts)


class StudioReport(_Strict):
    """A described report. ``sources`` are report types; each is one data source, whose alias is its name."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: Texts
    question: Texts
    sources: tuple[str, ...] = Field(min_length=1, max_length=5)
    range: Range
    compare: Literal["previous_period", "previous_year", "none"]
    pages: tuple[Page, ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="before")
    @classmethod
    def _charts_name_their_source(cls, data: Any) -> Any:
        """A chart without a source takes the first one of the report."""
        if not (isinstance(data, dict) and isinstance(data.get("sources"), list) and data["sources"]):
            return data
        for page in data.get("pages") or ():
            for chart in (page.get("charts") or ()) if isinstance(page, dict) else ():
                if isinstance(chart, dict):
                    chart.setdefault("source", data["sources"][0])
        return data

    def charts(self) -> Iterator[tuple[Page, Chart]]:
        """Yield every chart with its page."""
        for page in self.pages:
            for chart in page.charts:
                yield page, chart


@dataclass(frozen=True, slots=True)
class Described:
    """A description with what tells its lines: where a mistake is named, the line stands beside it."""

    report: StudioReport
    root: yaml.Node

    def line(self, *path: str | int) -> int:
        """Return the line of a part, such as ``pages, 0, charts, 2``; of the nearest part that has one."""
        return _line(self.root, path)


def report_ids(folder: Path = FOLDER) -> list[str]:
    """Return the ids of all described reports, in order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


@cache
def load_report(name: str, folder: Path = FOLDER) -> StudioReport:
    """Load and check a described report once per process. Raises UnknownName, TemplateError."""
    known = report_ids(folder)
    if name not in known:
        raise UnknownName(
            f"There is no report {quote(name)} for Looker Studio.", remedy=f"There are {', '.join(known)}."
        )
    return check_report(folder / f"{name}.yaml")


def check_report(path: Path) -> StudioReport:
    """Read a description. Raises TemplateError that lists every mistake with its line."""
    from connector.reports.looker_check import mistakes_of  # noqa: PLC0415 - it reads the classes above

    described = _read(path)
    mistakes = mistakes_of(described, path.stem)
    if mistakes:
        raise _refused(mistakes, path)
    return described.report


def _refused(mistakes: list[str], path: Path) -> TemplateError:
    """The mistakes stand below the sentence, a line each."""
    return TemplateError(
        "\n".join(["The description is not right:", *(f"  {mistake}" for mistake in mistakes), ""]),
        place=path.name,
        remedy="The format is in looker_schemas/reports/README.md; run 'templates lint' again.",
    )


def _read(path: Path) -> Described:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=loader)
        data = yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise TemplateError("The file cannot be read as YAML.", place=path.name, remedy=str(error)[:300]) from None
    if root is None:
        raise TemplateError("The file is empty.", place=path.name, remedy="Copy one of the others and change it.")
    try:
        return Described(StudioReport.model_validate(data), root)
    except ValidationError as error:
        found = [
            f"line {_line(root, entry['loc'])}, {'.'.join(map(str, entry['loc']))}: {entry['msg']}"
            for entry in error.errors()
        ]
        raise _refused(found, path) from None


def _line(node: yaml.Node, path: tuple[str | int, ...]) -> int:
    line = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == part]
            if not found:
                break
            node = found[0]
        else:
            break
        line = node.start_mark.line
    return int(line) + 1
