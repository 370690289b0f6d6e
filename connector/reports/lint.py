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
from connector.reports.template import BlockTemplate, Chart, Template

_SHEET_LIMIT = 31


def mistakes_of(template: Template, catalogue: Catalogue, folder: str) -> list[str]:
    """Return one sentence for each mistake; empty when the template is sound."""
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
            found += [f"block {block.id}: {mistake}" for mistake in _block_mistakes(block, catalogue)]
    return found


def _range_mistakes(token: str, place: str) -> list[str]:
    try:
        resolve(token, date(2024, 5, 15), calendar_of(Profile()))
    except PuenteError as error:
        return [f"{place}: {error.sentence}"]
    return []


def _block_mistakes(block: BlockTemplate, catalogue: Catalogue) -> list[str]:
    found = _range_mistakes(block.range, "range") if block.range else []
    for token in block.within.values():
        found += _range_mistakes(token, "within")
    found += [f"there is no entity {name}" for name in block.needs if name not in ENTITIES]
    try:
        if block.metrics:
            make_plan(tuple(block.metrics), catalogue, compare=False)
        for name in (*block.dimensions, *block.within):
            request_dimension(name, catalogue, Profile(), "en")
        for text in block.filter:
            for condition in conditions(parse_filter(text)):
                if condition.field not in block.metrics:
                    request_dimension(condition.field, catalogue, Profile(), "en")
    except PuenteError as error:
        found.append(error.sentence)
    held = {*block.metrics, *block.dimensions}
    found += [f"sort by {name} which is not shown" for name in block.sort if name.lstrip("-") not in held]
    found += [f"compares {name} which is not shown" for name in block.compared if name not in block.metrics]
    for chart in block.charts:
        found += _chart_mistakes(chart, block)
    return found


def _chart_mistakes(chart: Chart, block: BlockTemplate) -> list[str]:
    found = [f"the chart shows {name}, its table does not" for name in chart.y if name not in block.metrics]
    drawn = [name for name in (chart.x, chart.series) if name]
    return found + [
        f"the chart is drawn over {name}, its table is not" for name in drawn if name not in block.dimensions
    ]
