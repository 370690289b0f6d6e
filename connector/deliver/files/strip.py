"""The head of every delivered report: title lines and the status strip, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from connector.deliver.files.display import Display
from connector.model.report import Block, Report, Tab
from connector.model.table import Note


@dataclass(frozen=True, slots=True)
class StripEntry:
    """One fact of the status strip; ``warns`` when the reader should look twice."""

    label: str
    value: str
    warns: bool = False


def strip(report: Report, display: Display) -> list[StripEntry]:
    """Return how fresh and how complete the figures are: data through, rejects, history, currency, zone."""
    words, fresh = display.words, report.freshness
    through = display.instant(fresh.data_through) if fresh.data_through else "–"
    since = display.instant(fresh.history_since) if fresh.history_since else words["reconstructed"]
    entries = [
        StripEntry(words["data_through"], through, warns=fresh.data_through is None),
        StripEntry(words["rows_rejected"], display.whole(fresh.rows_rejected), warns=fresh.rows_rejected > 0),
        StripEntry(words["history_since"], since),
        StripEntry(words["currency"], report.currency),
        StripEntry(words["time_zone"], report.time_zone),
        StripEntry(words["generated"], display.instant(report.generated_at)),
    ]
    return [entry for entry in entries if entry.value]


def range_line(report: Report, display: Display) -> str:
    """Return the line under the title: workspace, range, comparison, filters."""
    words = display.words
    parts = [
        report.workspace,
        report.range_label,
        report.comparison_label,
        f"{words['filters']}: {report.filters_label}" if report.filters_label else "",
    ]
    return "  ·  ".join(part for part in parts if part)


def tab_title(report: Report, tab: Tab) -> str:
    """Return the title of a tab, which names the report too."""
    return report.title if tab.title in ("", report.title) else f"{report.title} — {tab.title}"


def block_title(block: Block, tab: Tab) -> str:
    """Return the title of a block; none when it only repeats the tab's."""
    return "" if block.title == tab.title else block.title


def block_notes(block: Block, tab: Tab) -> list[Note]:
    """Return the notes of a block and of its table that no earlier block of its tab has said."""
    said = {note.text for other in tab.blocks[: tab.blocks.index(block)] for note in _notes_of(other)}
    return [note for note in dict.fromkeys(_notes_of(block)) if note.text not in said]


def _notes_of(block: Block) -> tuple[Note, ...]:
    return (*block.notes, *(block.table.notes if block.table else ()))
