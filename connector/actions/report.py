"""Evaluate a report template for a workspace and write it to a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connector.errors import UserError, quote
from connector.model.filter_text import parse_filters
from connector.model.query import Language
from connector.model.report import Report, Theme
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template
from connector.store.store import Store

ENDINGS = (".xlsx", ".html", ".json")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Which report, over which days, for whom. Empty fields take the template's or the workspace's choice."""

    template: str
    date_range: str = ""
    compare: str = ""
    filters: tuple[str, ...] = ()
    language: Language = "en"
    time_zone: str = ""
    currency: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    theme: Theme = field(default_factory=Theme)


def evaluate(store: Store, workspace: str, request: ReportRequest, now: datetime) -> Report:
    """Return the evaluated report as of ``now``. Raises UnknownName, QueryError, TemplateError."""
    loaded = load_template(request.template)
    options = Options(
        language=request.language,
        date_range=request.date_range,
        compare=request.compare,
        filter=parse_filters(request.filters),
        filter_text="; ".join(request.filters),
        time_zone=request.time_zone,
        currency=request.currency,
        parameters=request.parameters,
        theme=request.theme,
        workspace=workspace,
    )
    with store.reader(store.workspace(workspace)) as reader:
        return evaluate_report(reader, loaded, options, now)


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
    return write_files(report, target)


def write_files(report: Report, target: Path) -> list[Path]:
    """Write an evaluated report to ``target`` in the form its ending names."""
    from connector.deliver.files.csv_file import write_csv_folder  # noqa: PLC0415 - only what is asked for loads
    from connector.deliver.files.json_file import write_json  # noqa: PLC0415
    from connector.deliver.files.page import write_page  # noqa: PLC0415
    from connector.deliver.files.workbook import write_workbook  # noqa: PLC0415

    ending = target.suffix.lower()
    if ending not in ENDINGS:
        return write_csv_folder(report, target)
    {".xlsx": write_workbook, ".html": write_page, ".json": write_json}[ending](report, target)
    return [target]
