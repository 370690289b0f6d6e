"""Checks a template against the catalogue: every name exists, every chart shows what its table holds."""

from __future__ import annotations

from datetime import date

from connector.errors import PuenteError
from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import request_dimension
from connector.metrics.plan import make_plan
from connector.metrics.window import calendar_of
from connector.model.filter_text import parse_filter
from connector.model.filters import conditions
from connector.model.period import resolve
from connector.model.schema import ENTITIES
from connector.model.workspace import Profile
from connector.reports.averages import AVERAGE
from connector.reports.template import BlockTemplate, Chart, Template

_SHEET_LIMIT = 31


def mistakes_of(template: Template, catalogue: Catalogue, folder: str, profile: Profile | None = None) -> list[str]:
    """Return one sentence for each mistake; empty when the template is sound.

    ``profile`` adds the dimensions of a workspace's own columns.
    """
    profile = profile or Profile()
    found: list[str] = []
    if template.id != folder:
        found.append(f"the id {template.id} is not the name of its folder {folder}")
    found += [f"there is no entity {name}" for name in template.entities if name not in ENTITIES]
    found += _range_mistakes(template.range, "range")
    tabs = [tab.id for tab in template.tabs]
    blocks = [block.id for tab in template.tabs for block in tab.blocks]
    found += [f"the tab id {name} is used twice" for name in sorted({n for n in tabs if tabs.count(n) > 1})]
    found += [f"the block id {name} is used twice" for name in sorted({n for n in blocks if blocks.count(n) > 1})]
    for tab in template.tabs:
        for text in (tab.title.en, tab.title.es, tab.title.pt, tab.title.ru):
            if len(text) > _SHEET_LIMIT:
                found.append(f"tab {tab.id}: the title {text!r} is longer than {_SHEET_LIMIT} characters")
        for block in tab.blocks:
            found += [f"block {block.id}: {mistake}" for mistake in _block_mistakes(block, catalogue, profile)]
    return found


def _range_mistakes(token: str, place: str) -> list[str]:
    try:
        resolve(token, date(2024, 5, 15), calendar_of(Profile()))
    except PuenteError as error:
        return [f"{place}: {error.sentence}"]
    return []


def _block_mistakes(block: BlockTemplate, catalogue: Catalogue, profile: Profile) -> list[str]:
    found = _range_mistakes(block.range, "range") if block.range else []
    for token in block.within.values():
        found += _range_mistakes(token, "within")
    found += [f"there is no {_what(name)} {name}" for name in block.needs if not _is_stored(name)]
    try:
        if block.metrics:
            make_plan(tuple(block.metrics), catalogue, compare=False, parameters=block.parameters)
        for name in (*block.dimensions, *block.within):
            request_dimension(name, catalogue, profile, "en")
        for text in block.filter:
            for condition in conditions(parse_filter(text)):
                if condition.field not in block.metrics:
                    request_dimension(condition.field, catalogue, profile, "en")
    except PuenteError as error:
        found.append(error.sentence)
    held = {*block.metrics, *block.dimensions}
    found += [f"sort by {name} which is not shown" for name in block.sort if name.lstrip("-") not in held]
    found += [f"compares {name} which is not shown" for name in block.compared if name not in block.metrics]
    found += [
        f"{name} has no team average: it is neither a sum nor a ratio"
        for name in block.average
        if name not in catalogue.metrics or catalogue.metrics[name].aggregation in ("share", "none")
    ]
    for chart in block.charts:
        found += _chart_mistakes(chart, block)
    return found


def _what(name: str) -> str:
    return "column" if "." in name else "entity"


def _is_stored(name: str) -> bool:
    """True for an entity, and for a column of one (``deal.territory``)."""
    entity, dot, column = name.partition(".")
    return entity in ENTITIES and (not dot or column in ENTITIES[entity].columns)


def _chart_mistakes(chart: Chart, block: BlockTemplate) -> list[str]:
    found = [f"the chart shows {name}, its table does not" for name in chart.y if name not in block.metrics]
    held = {*block.metrics, *(f"{name}{AVERAGE}" for name in block.average)}
    beside = [name for name in (*chart.lines, *chart.labels) if name not in held]
    found += [f"the chart draws {name}, its table does not have it" for name in beside]
    drawn = [name for name in (chart.x, chart.series) if name]
    return found + [
        f"the chart is drawn over {name}, its table is not" for name in drawn if name not in block.dimensions
    ]
