"""Evaluate a report template for a workspace and write it to a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from connector.actions.brand import theme_of
from connector.actions.variants import VariantRequest, variant_settings
from connector.errors import UserError, quote
from connector.model.filter_text import parse_filters
from connector.model.query import Language
from connector.model.report import Report, Theme
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template
from connector.reports.variant import VariantSettings, with_settings
from connector.store.read import Reader
from connector.store.store import Store

ENDINGS = (".xlsx", ".html", ".pdf", ".json")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report, over which days, for whom. Empty fields take the template's or the workspace's choice."""

    template: str
    date_range: str = ""
    compare: str = ""
    filters: tuple[str, ...] = ()
    language: Language | None = None
    time_zone: str = ""
    currency: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    theme: Theme | None = None
    """Looks of the report; None means the brand of the workspace."""
    default_language: Language = "en"
    variant: str = ""
    """Name of a saved variant; what the request says itself goes first, its filters are added."""
    pdf_engine: Literal["built_in", "weasyprint"] = "built_in"
    """What draws a PDF: Puente itself, or the extra WeasyPrint."""
    person: str = ""
    """Who asks, for variants of one person (:mod:`connector.actions.variants`)."""


def evaluate(store: Store, workspace: str, request: ReportRequest, now: datetime) -> Report:
    """Return the evaluated report as of ``now``. Raises UnknownName, QueryError, TemplateError."""
    load_template(request.template)  # a wrong name is said before a workspace is looked for
    with store.reader(store.workspace(workspace)) as reader:
        return _evaluated(store, reader, workspace, request, now)


def evaluate_each(
    store: Store, workspace: str, requests: Iterable[ReportRequest], now: datetime
) -> Iterator[tuple[ReportRequest, Report]]:
    """Yield evaluated reports of one published state, one after the other.

    Cheaper than one at a time: what several reports and languages ask alike is answered once.
    """
    with store.reader(store.workspace(workspace)) as reader:
        for request in requests:
            yield request, _evaluated(store, reader, workspace, request, now)


def _evaluated(store: Store, reader: Reader, workspace: str, request: ReportRequest, now: datetime) -> Report:
    loaded = load_template(request.template)
    theme = theme_of(store, workspace) if request.theme is None else request.theme
    saved = _saved(store, workspace, request)
    chosen = _said(request).over(saved)
    filters = tuple(dict.fromkeys((*saved.filters, *request.filters)))
    options = Options(
        language=chosen.language or request.default_language,
        date_range=chosen.date_range,
        compare=chosen.compare,
        filter=parse_filters(filters),
        filter_text="; ".join(filters),
        time_zone=chosen.time_zone,
        currency=chosen.currency,
        parameters=chosen.parameters,
        theme=theme,
        workspace=workspace,
    )
    shaped = with_settings(loaded, saved, reader.profile, f"variant {quote(request.variant)}")
    return evaluate_report(reader, shaped, options, now)


def _saved(store: Store, workspace: str, request: ReportRequest) -> VariantSettings:
    if not request.variant:
        return VariantSettings()
    return variant_settings(store, VariantRequest(workspace, request.template, request.variant, request.person))


def _said(request: ReportRequest) -> VariantSettings:
    """What a request says itself, as settings that go over those of a variant; its words are checked later."""
    return VariantSettings.model_construct(
        date_range=request.date_range, compare=request.compare, language=request.language,
        time_zone=request.time_zone, currency=request.currency, parameters=request.parameters,
    )  # fmt: skip


def write_report(store: Store, workspace: str, request: ReportRequest, target: Path, now: datetime) -> list[Path]:
    """Write a report; the ending of ``target`` decides the form, a folder gets a CSV file for each table.

    Returns the files written. Raises UserError for an ending it does not know, before anything is computed.
    """
    ending = target.suffix.lower()
    if ending not in ENDINGS and not (ending == "" or target.is_dir()):
        raise UserError(
            f"{quote(target.name)} has an ending that no output writes.",
            place="--out",
            remedy=f"Use {', '.join(ENDINGS)}, or a folder for CSV files.",
        )
    report = evaluate(store, workspace, request, now)
    if target.suffix.lower() == ".pdf" and request.pdf_engine == "weasyprint":
        from connector.deliver.files.pdf_weasyprint import write_pdf  # noqa: PLC0415 - an extra

        write_pdf(report, target)
        return [target]
    return write_files(report, target)


def write_files(report: Report, target: Path) -> list[Path]:
    """Write an evaluated report to ``target`` in the form its ending names."""
    from connector.deliver.files.csv_file import write_csv_folder  # noqa: PLC0415 - only what is asked for loads
    from connector.deliver.files.json_file import write_json  # noqa: PLC0415
    from connector.deliver.files.page import write_page  # noqa: PLC0415
    from connector.deliver.files.pdf import write_pdf  # noqa: PLC0415
    from connector.deliver.files.workbook import write_workbook  # noqa: PLC0415

    ending = target.suffix.lower()
    if ending not in ENDINGS:
        return write_csv_folder(report, target)
    {".xlsx": write_workbook, ".html": write_page, ".pdf": write_pdf, ".json": write_json}[ending](report, target)
    return [target]
