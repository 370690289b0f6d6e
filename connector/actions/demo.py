"""The main job on a demo organisation: a CRM is connected and synced, a day passes, finished reports come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from connector.actions.brand import theme_of
from connector.actions.connect import ConnectRequest, connect, find_connection, open_connection
from connector.actions.google_access import connect_google
from connector.actions.import_files import ImportOutcome, ImportRequest, Progress, import_files
from connector.actions.report import ReportRequest, evaluate_each, write_files
from connector.actions.sheets import (
    RefreshRequest,
    SheetMeans,
    SheetRequest,
    Written,
    create_sheet,
    refresh_sheets,
)
from connector.actions.sync import SyncOutcome, SyncRequest, Tell, sync
from connector.actions.templates import list_templates
from connector.deliver.files.index_page import IndexEntry, write_index
from connector.errors import UnknownName
from connector.model.messages import spoken, told
from connector.model.query import LANGUAGES
from connector.store.store import Store

WORKSPACE: Final = "demo"
FILES_WORKSPACE: Final = "demo-files"
LANGUAGE_NAMES: Final = {"en": "English", "es": "Español", "pt": "Português", "ru": "Русский"}
SANDBOX_HOSTS: Final = frozenset({"127.0.0.1"})

WriteExports = Callable[[Path, date, bool], list[Path]]
"""Writes the exports of the demo organisation of a day into a folder; True: as they are one day later."""


class DemoCrm(Protocol):
    """The demo organisation's CRM, running on this machine as it was yesterday."""

    url: str
    token: str
    now: datetime

    def pass_day(self) -> Any:
        """Let the day pass; say what happened."""
        ...

    def stop(self) -> None:
        """Stop it."""
        ...


class DemoGoogle(Protocol):
    """A Google running on this machine, with an account that a service account may act for."""

    url: str
    key: str
    subject: str

    def stop(self) -> None:
        """Stop it."""
        ...


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo works and what it is made of."""

    folder: Path
    mapping: Path
    write_exports: WriteExports
    start_crm: Callable[[datetime], DemoCrm]
    start_google: Callable[[], DemoGoogle]


def connect_demo(store: Store, crm: DemoCrm, now: datetime) -> None:
    """Connect the demo organisation's CRM to a fresh workspace ``demo``; an earlier demo is removed."""
    with suppress(UnknownName):
        store.remove_workspace(store.workspace(WORKSPACE), now)
    options = {"base_url": crm.url, "rate": "1000", "search_rate": "1000"}  # nobody shares the sandbox
    connect(store, ConnectRequest(WORKSPACE, "hubspot", crm.token, options=options), SANDBOX_HOSTS, now)


def sync_demo(store: Store, crm: DemoCrm, memory_limit: str, threads: int | None, tell: Tell) -> SyncOutcome:
    """Sync the demo organisation as of the day its CRM has."""
    connection = find_connection(store, WORKSPACE)
    system = open_connection(store, connection, SANDBOX_HOSTS)
    request = SyncRequest(WORKSPACE, connection, "reconcile", memory_limit=memory_limit, threads=threads)
    try:
        return sync(store, request, system, crm.now, tell)
    finally:
        system.source.close()


def connect_demo_google(store: Store, google: DemoGoogle, now: datetime, workspace: str) -> None:
    """Connect the demo's Google; what an earlier demo wrote went with the Google it was written to."""
    options = {"base_url": google.url, "subject": google.subject, "rate": "1000"}
    connect_google(store, ConnectRequest(workspace, "google", google.key, options=options), SANDBOX_HOSTS, now)
    for binding in store.sheets(store.workspace(workspace)):
        store.forget_sheet(binding)


def make_demo_sheets(store: Store, now: datetime, workspace: str) -> Iterator[Written]:
    """Put every report into a spreadsheet of its own; yield each as it is done."""
    for template in list_templates(spoken()):
        report = ReportRequest(template.id, language=spoken())
        yield create_sheet(store, SheetRequest(workspace, report), SheetMeans(SANDBOX_HOSTS), now)


def refresh_demo_sheets(store: Store, now: datetime, workspace: str) -> Iterator[Written]:
    """Refresh the spreadsheets of the demo; yield each as it is done."""
    request = RefreshRequest(workspace=workspace, every=True)
    return refresh_sheets(store, request, SheetMeans(SANDBOX_HOSTS), now)


def import_demo(
    store: Store, demo: Demo, now: datetime, day: date, *, changed: bool, progress: Progress
) -> ImportOutcome:
    """Write the exports of ``day`` (or of the day after it) and import them."""
    folder = demo.folder / "exports" / ("2-next-day" if changed else "1-first-day")
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(demo.write_exports(folder, day, changed))
    request = ImportRequest(FILES_WORKSPACE, files, demo.mapping)
    return import_files(store, request, now, lambda _: True, progress)


def write_demo_reports(store: Store, demo: Demo, now: datetime, workspace: str = WORKSPACE) -> Path:
    """Write every report as page in four languages, and as workbook and PDF; return the page that lists them."""
    templates = list_templates(spoken())
    requests = [ReportRequest(each.id, language=language) for each in templates for language in LANGUAGES]
    pages: dict[str, list[tuple[str, Path]]] = {each.id: [] for each in templates}
    papers: dict[str, list[tuple[str, Path]]] = {each.id: [] for each in templates}
    for request, report in evaluate_each(store, workspace, requests, now):
        language = request.language or "en"
        page = demo.folder / f"{request.template}.{language}.html"
        pages[request.template] += [(LANGUAGE_NAMES[language], path) for path in write_files(report, page)]
        if language == spoken():
            book, paper = (demo.folder / f"{request.template}{ending}" for ending in (".xlsx", ".pdf"))
            papers[request.template] += [(told("Workbook"), path) for path in write_files(report, book)]
            papers[request.template] += [("PDF", path) for path in write_files(report, paper)]
    entries = [IndexEntry(each.title, each.question, (*papers[each.id], *pages[each.id])) for each in templates]
    index = demo.folder / "index.html"
    introduction = told("Reports on a made-up company, from its CRM.")
    write_index(told("Puente demo"), introduction, entries, index, spoken(), theme_of(store, workspace))
    return index
