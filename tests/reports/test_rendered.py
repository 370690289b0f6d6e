"""Every report of the demo organisation, in four languages, as a person sees it: nothing empty, cut or untranslated."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connector.actions.report import ReportRequest, evaluate
from connector.deliver.files.display import Display
from connector.deliver.files.frames import block_frames
from connector.deliver.files.page import page_html
from connector.deliver.files.strip import block_notes
from connector.deliver.sheets.report_layout import report_layout
from connector.model.query import Language
from connector.model.report import Report, ScoreCard
from connector.reports.template import template_ids
from tests.deliver.sheets.layout_reading import check, compare
from tests.reports.conftest import Demo

LANGUAGES: tuple[Language, ...] = ("en", "es", "pt", "ru")
WIDTHS = (1280, 390)
SAME_WORDS = {
    "es": {"Lead", "Leads", "Pipeline"},
    "pt": {"Lead", "Leads", "Pipeline", "Prospects"},
    "ru": set[str](),
}
"""Words that are the same in English, and so prove nothing."""


@pytest.fixture(scope="module", params=template_ids())
def reports(request: pytest.FixtureRequest, demo: Demo) -> dict[Language, Report]:
    """One report of the demo organisation in each language."""
    return {
        language: evaluate(demo.store, demo.workspace, ReportRequest(request.param, language=language), demo.now)
        for language in LANGUAGES
    }


def test_no_block_is_empty_without_words(reports: dict[Language, Report]) -> None:
    """A block has figures, or says in words why it has none; cards of dashes alone say nothing."""
    for language, report in reports.items():
        for tab in report.tabs:
            for block in tab.blocks:
                place = (language, tab.id, block.id)
                filled = block.table is not None and block.table.rows
                assert filled or block.cards or block.text.strip(), place
                assert not block.cards or any(card.value is not None for card in block.cards), place


def test_every_chart_with_figures_is_drawn(reports: dict[Language, Report]) -> None:
    for language, report in reports.items():
        display = Display(report.language, report.currency, report.time_zone)
        page = page_html(report)
        figures = 0
        for tab in report.tabs:
            for block in tab.blocks:
                drawn = block_frames(block, display)
                expected = len(block.charts) if block.table is not None and block.table.rows else 0
                assert len(drawn) == expected, (language, tab.id, block.id)
                figures += expected
        assert page.count("<figure") == figures, language


def test_a_tab_says_each_note_once(reports: dict[Language, Report]) -> None:
    for report in reports.values():
        for tab in report.tabs:
            said = [note.text for block in tab.blocks for note in block_notes(block, tab)]
            assert len(said) == len(set(said)), tab.id
            assert {note.text for block in tab.blocks for note in block.notes} <= set(said), tab.id


def test_days_in_sentences_stand_in_the_order_of_the_language(reports: dict[Language, Report]) -> None:
    for language, report in reports.items():
        notes = [*report.notes, *(note for tab in report.tabs for block in tab.blocks for note in block.notes)]
        iso = [note.text for note in notes if re.search(r"\d{4}-\d{2}-\d{2}", note.text)]
        assert iso == [], language


def test_every_label_is_translated(reports: dict[Language, Report]) -> None:
    """Label by label beside the English report; only data and words that both languages share stay."""
    english = labels(reports["en"])
    for language in LANGUAGES[1:]:
        others = labels(reports[language])
        assert len(others) == len(english), language
        same = {text for text, other in zip(english, others, strict=True) if text == other and words_in(text)}
        assert same - SAME_WORDS[language] == set(), language
        if language == "ru":
            assert [text for text in others if words_in(text) and not re.search("[А-Яа-яЁё]", text)] == []


def test_a_spreadsheet_can_hold_every_report_and_holds_its_figures_exactly(reports: dict[Language, Report]) -> None:
    """Google's own documents allow each chart, rule and format; heads and columns are the same in every language."""
    made = {language: report_layout(report) for language, report in reports.items()}
    for language, layout in made.items():
        check(layout)
        assert compare(reports[language], layout) > 0, language
    shapes = {
        language: [
            (tab.id, region.id, [column.id for column in region.columns], len(region.head))
            for tab in layout.tabs
            for region in tab.regions
            if not tab.hidden
        ]
        for language, layout in made.items()
    }
    assert all(shape == shapes["en"] for shape in shapes.values())


def words_in(text: str) -> bool:
    return re.search(r"[^\W\d_]{2}", text) is not None


def labels(report: Report) -> list[str]:
    """Every text of a report that we wrote ourselves, in order."""
    found = [report.title, *(note.text for note in report.notes)]
    for tab in report.tabs:
        found.append(tab.title)
        for block in tab.blocks:
            found += [block.title, block.text, *(note.text for note in block.notes)]
            found += [text for card in block.cards for text in card_labels(card)]
            found += [chart.title for chart in block.charts]
            if block.table is not None:
                found += [column.label for column in block.table.columns]
    return found


def card_labels(card: ScoreCard) -> list[str]:
    return [card.label, card.note]


MEASURE = r"""
const inside = (doc, width) => {
  const found = [], seen = el => el.getClientRects().length > 0;
  const say = (what, text) => found.push(`${width} ${what}: ${(text || '').trim().slice(0, 60)}`);
  const root = doc.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) say('page is wider than the screen', String(root.scrollWidth));
  for (const el of doc.querySelectorAll('h1,h2,h3,p,dt,dd,li,figcaption,nav a,th,td,.card,.card *')) {
    const cut = el.clientWidth > 0 && el.scrollWidth > el.clientWidth + 1;
    if (seen(el) && cut) say(el.className || el.tagName, el.textContent);
  }
  for (const svg of doc.querySelectorAll('svg')) {
    if (!seen(svg)) continue;
    const box = svg.getBoundingClientRect(), flat = [];
    for (const text of svg.querySelectorAll('text')) {
      const r = text.getBoundingClientRect(), words = text.lastChild.textContent;
      const air = r.height * 0.22;
      const out = r.left < box.left - 1 || r.right > box.right + 1;
      if (out || r.top + air < box.top - 1 || r.bottom - air > box.bottom + 1)
        say('leaves its chart', words);
      if (!text.hasAttribute('transform')) flat.push([r.left, r.right, r.top + air, r.bottom - air, words]);
    }
    flat.sort((a, b) => a[2] - b[2]);
    for (let i = 0; i < flat.length; i++) for (let j = i + 1; j < flat.length && flat[j][2] < flat[i][3]; j++) {
      const a = flat[i], b = flat[j];
      if (Math.min(a[1], b[1]) - Math.max(a[0], b[0]) > 1 && Math.min(a[3], b[3]) - Math.max(a[2], b[2]) > 1)
        say('texts overlap', a[4] + ' / ' + b[4]);
    }
  }
  return {found, charts: [...doc.querySelectorAll('svg')].filter(seen).length};
};
addEventListener('load', () => {
  const told = {};
  for (const frame of document.querySelectorAll('iframe'))
    told[frame.id] = inside(frame.contentDocument, frame.width);
  document.getElementById('told').textContent = JSON.stringify(told);
});
"""


def measured(pages: dict[str, tuple[str, int]], folder: Path) -> dict[str, Any]:
    """Show pages of a given width in a browser; return what it measures in each of them."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    frames = "\n".join(
        f'<iframe id="{name}" width="{width}" height="800" srcdoc="{html.escape(page)}"></iframe>'
        for name, (page, width) in pages.items()
    )
    around = f'<!DOCTYPE html><meta charset="utf-8"><pre id="told"></pre><script>{MEASURE}</script>{frames}'
    (folder / "all.html").write_text(around, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--dump-dom"]
    shown = subprocess.run(
        [browser, *flags, (folder / "all.html").as_uri()], check=True, capture_output=True, text=True, timeout=240
    )
    told = re.search(r'<pre id="told">(.*?)</pre>', shown.stdout, re.DOTALL)
    assert told is not None, "the browser measured nothing"
    held: dict[str, Any] = json.loads(html.unescape(told[1]))
    return held


@pytest.mark.browser
def test_no_text_is_cut_or_overlaps_on_a_laptop_and_on_a_phone(reports: dict[Language, Report], tmp_path: Path) -> None:
    drawn = {language: page_html(report) for language, report in reports.items()}
    told = measured({f"{lang}-{width}": (page, width) for lang, page in drawn.items() for width in WIDTHS}, tmp_path)
    assert {name: one["found"] for name, one in told.items() if one["found"]} == {}
    for language, page in drawn.items():
        charts = page.count("<figure")
        assert [told[f"{language}-{width}"]["charts"] for width in WIDTHS] == [charts] * len(WIDTHS)


@pytest.mark.browser
def test_the_browser_sees_what_is_wrong(tmp_path: Path) -> None:
    """Cut cards, overlapping labels, labels past the edge and pages too wide are found."""
    card = (
        '<div class="card" style="width:60px"><div class="value" style="white-space:nowrap">744.009,36 US$</div></div>'
    )
    texts = (
        '<text x="5" y="20">one label</text><text x="30" y="22">another</text><text x="190" y="60">past the edge</text>'
    )
    chart = f'<svg width="200" height="80" viewBox="0 0 200 80" font-size="12">{texts}</svg>'
    told = measured({"bad": (f"{card}{chart}", 390), "good": ("<p>Fine</p>", 390)}, tmp_path)
    found = " | ".join(told["bad"]["found"])
    assert "744.009,36" in found
    assert "texts overlap" in found
    assert "leaves its chart: past the edge" in found
    assert told["good"]["found"] == []
