"""The main job on a demo organisation: exports in, right numbers and three finished reports out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from connector.actions.import_files import ImportOutcome, ImportRequest, Progress, import_files
from connector.actions.report import ReportRequest, write_report
from connector.actions.templates import list_templates
from connector.deliver.files.index_page import IndexEntry, write_index
from connector.model.query import LANGUAGES
from connector.store.store import Store

WORKSPACE: Final = "demo"
LANGUAGE_NAMES: Final = {"en": "English", "es": "Español", "pt": "Português", "ru": "Русский"}

WriteExports = Callable[[Path, date, bool], list[Path]]
"""Writes the exports of the demo organisation of a day into a folder; True: as they are one day later."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo works and what it is made of."""

    folder: Path
    mapping: Path
    write_exports: WriteExports


def import_demo(
    store: Store, demo: Demo, now: datetime, day: date, *, changed: bool, progress: Progress
) -> ImportOutcome:
    """Write the exports of ``day`` (or of the day after it) and import them."""
    folder = demo.folder / "exports" / ("2-next-day" if changed else "1-first-day")
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(demo.write_exports(folder, day, changed))
    request = ImportRequest(WORKSPACE, files, demo.mapping)
    return import_files(store, request, now, lambda _: True, progress)


def write_demo_reports(store: Store, demo: Demo, now: datetime) -> Path:
    """Write every report as workbook and, in four languages, as page; return the page that lists them."""
    entries: list[IndexEntry] = []
    for template in list_templates("en"):
        files: list[tuple[str, Path]] = []
        book = demo.folder / f"{template.id}.xlsx"
        files += [("Workbook", path) for path in write_report(store, WORKSPACE, ReportRequest(template.id), book, now)]
        for language in LANGUAGES:
            page = demo.folder / f"{template.id}.{language}.html"
            request = ReportRequest(template.id, language=language)
            files += [(LANGUAGE_NAMES[language], path) for path in write_report(store, WORKSPACE, request, page, now)]
        entries.append(IndexEntry(template.title, template.question, tuple(files)))
    index = demo.folder / "index.html"
    write_index("Puente demo", "Three reports on a made-up company, from its CRM exports.", entries, index)
    return index
