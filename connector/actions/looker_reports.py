"""Described reports of Looker Studio: list them, show one, write the sheet it is built by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.actions.brand import theme_of
from connector.actions.looker_build_sheet import build_sheet
from connector.actions.looker_preview import display_of, preview
from connector.deliver.looker.build_sheet import check_target, markdown, write_build_sheet
from connector.metrics.report_types import load_report_types
from connector.model.query import LANGUAGES, Language
from connector.model.report import Theme
from connector.reports.looker_report import StudioReport, load_report, report_ids
from connector.store.masters import MasterReport
from connector.store.store import Store


@dataclass(frozen=True, slots=True)
class StudioReportEntry:
    """One described report in a list. ``masters`` are the languages in which a master report is registered."""

    id: str
    title: str
    question: str
    sources: str
    masters: str


def list_reports(store: Store, language: Language, search: str = "") -> list[StudioReportEntry]:
    """Return the described reports whose id, title or question holds a text in any language. Raises TemplateError."""
    held = store.master_reports()
    reports = [each for each in map(load_report, report_ids()) if _holds(each, search.strip().lower())]
    return [
        StudioReportEntry(
            each.id, each.title.get(language), each.question.get(language),
            ", ".join(load_report_types()[kind].labels[language] for kind in each.sources),
            ", ".join(_registered(master, each) for master in held if master.template == each.id),
        )
        for each in reports
    ]  # fmt: skip


def _holds(report: StudioReport, text: str) -> bool:
    spoken = (part.get(language) for part in (report.title, report.question) for language in LANGUAGES)
    return text in "\n".join((report.id, *spoken)).lower()


def _registered(master: MasterReport, report: StudioReport) -> str:
    """Return the language of a master; with the version it was built from where the description has changed since."""
    older = master.template_version != report.version
    return f"{master.language} (v{master.template_version})" if older else master.language


def show_report(name: str, language: Language, theme: Theme) -> str:
    """Return the sheet that a report is built by, as Markdown. Raises UnknownName, TemplateError."""
    return markdown(build_sheet(load_report(name), language, theme))


def write_report_sheet(
    store: Store, name: str, language: Language, target: Path, now: datetime, workspace: str = ""
) -> None:  # fmt: skip
    """Write the sheet that a report is built by, as .html or .md.

    With a workspace it has the colours of its brand, and its figures in the drawings. Raises UnknownName,
    TemplateError, FileError, TryLater.
    """
    report, theme = load_report(name), theme_of(store, workspace)
    check_target(target)
    if not workspace:
        write_build_sheet(build_sheet(report, language, theme), target)
        return
    shown, display = preview(store, workspace, report, language, now), display_of(store, workspace, language)
    write_build_sheet(build_sheet(report, language, theme, shown, display), target)
