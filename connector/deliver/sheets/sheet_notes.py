"""Sentences as regions: the text of a block, and the notes that stand below its figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from connector.deliver.files.display import DASH
from connector.deliver.files.theme import INK, MUTED
from connector.deliver.sheets.layout import Column, Look, Region
from connector.deliver.sheets.report_sheet import ReportSheet
from connector.model.report import Block
from connector.model.table import Note, Table

MOST_SMALL: Final = 12
"""Rows named for a figure with few cases; the others are counted."""


def text_region(sheet: ReportSheet, block: Block, title: str, pixels: int) -> Region:
    """Return the text of a block, a line in a cell; lines are as long as a tab of so many pixels is wide."""
    lines = [line for given in block.text.split("\n") for line in _lines(given, pixels, 6.2)]
    head = ((sheet.scalars.text(title),),) if title else ()
    looks = (Look(sheet.looks.heading(), 0, 1),) if title else ()
    body = tuple((sheet.scalars.text(line),) for line in lines)
    return Region(f"{block.id}.text", (Column("text", format=sheet.looks.line(INK)),), head, body, looks=looks)


def notes_region(sheet: ReportSheet, name: str, sentences: Iterable[str], pixels: int) -> Region:
    """Return notes in small type, each beginning on a line of its own."""
    lines = [
        f"{'  ' if number else '• '}{line}"
        for sentence in sentences
        for number, line in enumerate(_lines(" ".join(sentence.split()), pixels, 5.4))
    ]
    body = tuple((sheet.scalars.text(line),) for line in lines)
    return Region(name, (Column("note", format=sheet.looks.line(MUTED, 9)),), body=body)


def note_sentences(notes: Iterable[Note]) -> list[str]:
    """Return the sentences of notes; a warning carries its sign."""
    return [f"⚠ {note.text}" if note.level == "warning" else note.text for note in notes]


def legend_sentences(sheet: ReportSheet, table: Table) -> list[str]:
    """Say in words what other outputs grey out: few cases behind a figure (rule E16); and a selection without rows."""
    words = sheet.display.words
    if not table.rows:
        return [words["no_rows"]]
    return [_few(sheet, table, place, rows) for place, rows in _small(table).items()]


def cut_sentence(sheet: ReportSheet) -> list[str]:
    """Say how many texts were longer than a cell."""
    cut = sheet.scalars.cut
    return [sheet.display.words["texts_cut"].format(count=sheet.display.whole(cut))] if cut else []


def _small(table: Table) -> dict[int, list[int]]:
    """Return the rows with few cases behind a figure, by column."""
    found: dict[int, list[int]] = {}
    for row, place in sorted(table.small, key=lambda spot: (spot[1], spot[0])):
        found.setdefault(place, []).append(row)
    return found


def _few(sheet: ReportSheet, table: Table, place: int, rows: Sequence[int]) -> str:
    words = sheet.display.words
    named = [f"{_name(sheet, table, row)} ({_cases(table, row, place)})" for row in rows[:MOST_SMALL]]
    if len(rows) > MOST_SMALL:
        named.append(words["and_others"].format(count=sheet.display.whole(len(rows) - MOST_SMALL)))
    return words["few_cases"].format(label=table.columns[place].label, rows=", ".join(named))


def _name(sheet: ReportSheet, table: Table, row: int) -> str:
    cells = [
        sheet.display.words["not_set"] if cell is None else sheet.display.cell(cell, column.unit, column.grain)
        for cell, column in zip(table.rows[row], table.columns, strict=True)
        if column.role == "dimension"
    ]
    return " / ".join(cells) or DASH


def _cases(table: Table, row: int, place: int) -> str:
    return f"n={table.small_n[row, place]}" if (row, place) in table.small_n else "n<5"


def _lines(text: str, pixels: int, each: float) -> list[str]:
    return textwrap.wrap(text, max(40, int(pixels / each)), break_long_words=False, break_on_hyphens=False) or [""]
