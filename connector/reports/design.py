"""Design rules of report templates (spec features.md, part 8): few figures, fit charts, past, present and forecast.

A breach is a warning: the report still works. The templates we ship have none, and ``templates lint --strict``
refuses those of others. The rule of three colours is kept by construction: a template names no colour, a brand has
three, and charts with more series use tints of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import TIME_AXES
from connector.reports.template import BlockTemplate, Chart, Template, Texts

MOST_CARDS: Final = 8
MOST_COLUMNS: Final = 12
"""Metrics of one table; the comparison adds two columns to each that is compared."""
MOST_BLOCKS: Final = 7
MOST_TABS: Final = 10
MOST_CHARTS: Final = 2
MOST_SLICES: Final = 6
MOST_BARS: Final = 20
MOST_LINES_DRAWN: Final = 3
"""Metrics of one chart: a brand has three colours, and tints of one are hard to tell from another."""
LONGEST: Final = {"report": 45, "block": 70, "chart": 75}
"""Characters of a title in any language."""
FORWARD: Final = frozenset({"weighted_pipeline", "win_probability", "pipeline_coverage", "deals_expected"})
"""Metrics outside of the categories forecast and goals that look ahead."""
_TIMELESS: Final = frozenset({"pie", "funnel", "diverging_bar"})
_BARS: Final = frozenset({"bar", "stacked_bar", "percent_bar", "diverging_bar"})
_STACKED: Final = frozenset({"stacked_bar", "stacked_column", "percent_bar"})
_CYRILLIC: Final = re.compile("[а-яё]", re.IGNORECASE)


def design_warnings(template: Template, catalogue: Catalogue) -> list[str]:
    """Return one sentence for each design rule that a template breaks."""
    found = [*_layout(template), *_text_warnings("report", template.title, LONGEST["report"])]
    found += _text_warnings("question", template.question)
    for tab in template.tabs:
        found += _text_warnings(f"tab {tab.id}", tab.title)
        if len(tab.blocks) > MOST_BLOCKS:
            found.append(f"tab {tab.id}: {len(tab.blocks)} blocks crowd it; {MOST_BLOCKS} are enough")
        for block in tab.blocks:
            found += [f"block {block.id}: {warning}" for warning in _block_warnings(block)]
    if template.audience[0] == "exec":  # made for executives, not only read by them too
        found += _time_mix(template, catalogue)
    return found


# --- the order and the amount


def _layout(template: Template) -> Iterator[str]:
    """Most used first: figures, then what explains them, lists of records last."""
    if len(template.tabs) > MOST_TABS:
        yield f"{len(template.tabs)} tabs are too many to find anything; {MOST_TABS} are enough"
    first = template.tabs[0].blocks
    if first[0].kind != "cards":
        yield f"tab {template.tabs[0].id}: the report begins with {first[0].id}; begin with the cards of key figures"
    for tab in template.tabs:
        listed = ""
        for block in tab.blocks:
            if block.kind == "cards" and listed:
                yield f"tab {tab.id}: the cards {block.id} come after the list {listed}; lists of records come last"
            listed = listed or (block.id if block.link or block.kind == "records" else "")
    if len(template.tabs) > 1 and any(block.link or block.kind == "records" for block in first):
        yield f"tab {template.tabs[0].id}: a list of records stands on the first tab; give it a tab of its own"


def _block_warnings(block: BlockTemplate) -> Iterator[str]:
    if block.kind == "cards" and len(block.metrics) > MOST_CARDS:
        yield f"{len(block.metrics)} cards; only key figures belong there, {MOST_CARDS} at most"
    if block.kind == "table" and len(block.metrics) > MOST_COLUMNS:
        yield f"{len(block.metrics)} figures in a row cannot be read; {MOST_COLUMNS} at most"
    if len(block.charts) > MOST_CHARTS:
        yield f"{len(block.charts)} charts of one table; {MOST_CHARTS} at most"
    if block.title is not None:
        yield from _text_warnings("title", block.title, LONGEST["block"])
    if block.text is not None:
        yield from _text_warnings("text", block.text)
    for number, chart in enumerate(block.charts, start=1):
        yield from (f"chart {number}: {warning}" for warning in _chart_warnings(chart))


# --- charts


def _chart_warnings(chart: Chart) -> Iterator[str]:
    yield from _text_warnings("title", chart.title, LONGEST["chart"])
    yield from _shape_warnings(chart)
    if chart.kind == "pie" and chart.limit > MOST_SLICES:
        yield f"a pie of {chart.limit} slices cannot be read; limit it to {MOST_SLICES}, or draw bars"
    if chart.kind == "line" and not _is_time(chart.x):
        yield f"a line joins the values of {chart.x}, which have no order in time; draw bars"
    if chart.kind in _TIMELESS and _is_time(chart.x):
        yield f"a {chart.kind} chart hides the course of time; draw columns or a line"
    if chart.kind in _BARS and chart.limit > MOST_BARS:
        yield f"{chart.limit} bars cannot be compared; {MOST_BARS} at most"
    drawn = len(chart.y) + len(chart.lines)
    if chart.kind != "box" and drawn > MOST_LINES_DRAWN:
        yield f"{drawn} figures in one chart; {MOST_LINES_DRAWN} at most"


def _shape_warnings(chart: Chart) -> Iterator[str]:
    """What a kind of chart is drawn from."""
    if chart.kind == "pie" and (len(chart.y) > 1 or chart.series):
        yield "a pie shows one figure by one dimension"
    if chart.kind in _STACKED and not chart.series and len(chart.y) < 2:
        yield f"a {chart.kind} chart stacks nothing: name a series or a second figure"
    if chart.kind in ("heatmap", "flow") and not chart.series:
        yield f"a {chart.kind} chart needs a second dimension as its series"
    if chart.kind == "diverging_bar" and len(chart.y) != 2:
        yield "a diverging_bar chart needs two figures: to the right and to the left"
    if chart.kind == "box" and len(chart.y) != 5:
        yield "a box chart needs five figures: low, first quartile, median, third quartile, high"


def _is_time(dimension: str) -> bool:
    name, colon, _ = dimension.partition(":")
    return dimension in TIME_AXES or bool(colon) or name.endswith(("_date", "_at"))


# --- time


def _time_mix(template: Template, catalogue: Catalogue) -> Iterator[str]:
    blocks = [block for tab in template.tabs for block in tab.blocks if block.kind in ("cards", "table")]
    ranges = [(block.range or template.range) for block in blocks]
    if not any(_looks_back(block, template) for block in blocks):
        yield "for executives, but without the past: compare with an earlier period or look back over months"
    if not any(token.startswith(("this_", "as_of_today")) for token in ranges):
        yield "for executives, but without the present: show the running period or the state of today"
    if not any(_looks_ahead(block, catalogue) for block in blocks):
        yield "for executives, but without a forecast: add figures of the categories forecast or goals"


def _looks_back(block: BlockTemplate, template: Template) -> bool:
    how = template.compare if block.compare is None else block.compare
    return how != "none" or (block.range or template.range).startswith(("last_", "previous_"))


def _looks_ahead(block: BlockTemplate, catalogue: Catalogue) -> bool:
    ids = [name.partition("=")[0] for name in block.metrics]
    known = [catalogue.metrics[name] for name in ids if name in catalogue.metrics]
    if any(metric.category in ("forecast", "goals") or metric.id in FORWARD for metric in known):
        return True
    return any(name.startswith("expected_close_date") for name in (*block.dimensions, *block.within))


# --- words


def _text_warnings(what: str, texts: Texts, longest: int = 0) -> Iterator[str]:
    """Titles are short in every language; a text that was not translated is told."""
    for language in ("en", "es", "pt", "ru"):
        text = str(getattr(texts, language)).strip()
        if longest and len(text) > longest:
            yield f"{what}: {len(text)} characters in {language} are too long; {longest} at most"
        if language != "en" and _looks_untranslated(text, texts.en, language):
            yield f"{what}: the text in {language} is not translated: {text[:60]!r}"
    if _CYRILLIC.search(texts.en + texts.es + texts.pt):
        yield f"{what}: Cyrillic letters in a text of another language"


def _looks_untranslated(text: str, english: str, language: str) -> bool:
    """Russian needs Cyrillic letters; elsewhere one word may be the same (Total), several hardly."""
    if not any(char.isalpha() for char in english):
        return False
    if language == "ru":
        return not _CYRILLIC.search(text) and any(char.islower() for char in text)
    return text == english and len(english.split()) > 1
