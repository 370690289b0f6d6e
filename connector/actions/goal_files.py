"""Goals in a table: the columns that an import takes, and the same written out."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from connector.actions.goal_scopes import scope_of_word
from connector.errors import FileError, quote
from connector.sources.files.options import Limits
from connector.sources.files.reader import convert, open_datasets

FORM: Final = "metric, for (or owner, team, department, branch), period (or from, to), target"
COLUMNS: Final = ("metric", "for", "period", "target")
_HEADS: Final = {
    "metric": ("metric", "metric id", "indicator", "kpi", "métrica", "metrica", "indicador", "показатель", "метрика"),
    "for": ("for", "scope", "whose", "para", "ámbito", "escopo", "для", "уровень"),
    "period": ("period", "month", "quarter", "período", "periodo", "mes", "mês", "период", "месяц"),
    "from": ("from", "start", "period start", "desde", "inicio", "início", "de", "с", "начало"),
    "to": ("to", "end", "period end", "hasta", "fin", "até", "fim", "по", "конец"),
    "target": ("target", "goal", "plan", "quota", "meta", "objetivo", "cuota", "план", "цель"),
}
"""Column to its headers, in the four languages."""


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One row of a goal file as text. ``heads`` names the file's own column of each part."""

    line: int
    metric: str
    scope: str
    period: str
    target: str
    mistake: str = ""
    heads: Mapping[str, str] = field(default_factory=dict)

    def column(self, part: str) -> str:
        """Return the file's header of a part of the goal."""
        return quote(self.heads.get(part, part))


def read_goal_file(path: Path, staging: Path, limits: Limits | None = None) -> list[GoalRow]:
    """Return the rows of a goal file, CSV or XLSX with one sheet. Raises FileError, also for missing columns."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    datasets = open_datasets(path, None, limits)
    if len(datasets) != 1:
        raise FileError(
            f"The workbook has {len(datasets)} sheets.", place=path.name, remedy="Keep the one of the goals."
        )
    raw = staging / "raw" / "goals.parquet"
    raw.parent.mkdir(parents=True, exist_ok=True)
    done = convert(datasets[0], raw, limits)
    if done.problems:
        raise FileError(
            f"{done.problems} rows cannot be read as a table.", place=path.name, remedy="Save the file as CSV or XLSX."
        )
    heads = _heads(datasets[0].columns, path.name)
    return [_row(row, heads) for row in pq.read_table(raw).to_pylist()]


def _heads(columns: Sequence[str], file: str) -> dict[str, str]:
    """Return part of a goal to the file's column. Raises FileError for missing, double and unknown columns."""
    known = {_plain(text): part for part, texts in _HEADS.items() for text in texts}
    heads: dict[str, str] = {}
    for column in columns:
        part = known.get(_plain(column)) or scope_of_word(column)
        if part is None or part in heads:
            what = "is not known" if part is None else f"says the same as {quote(heads[part])}"
            raise FileError(f"The column {quote(column)} {what}.", place=quote(file), remedy=f"Columns are {FORM}.")
        heads[part] = column
    lacking = [part for part in ("metric", "target") if part not in heads]
    if "period" not in heads and not {"from", "to"} <= heads.keys():
        lacking.append("period")
    if lacking:
        raise FileError(
            f"The column {', '.join(map(quote, lacking))} is missing.", place=quote(file),
            remedy=f"Columns are {FORM}.",
        )  # fmt: skip
    return heads


def _row(cells: Mapping[str, Any], heads: Mapping[str, str]) -> GoalRow:
    def text(part: str) -> str:
        return str(cells.get(heads.get(part, "")) or "").strip()

    scopes = [(name, text(name)) for name in ("owner", "team", "department", "branch") if text(name)]
    named = text("for")
    mistake = ""
    if len(scopes) + bool(named) > 1:
        names = [heads[name] for name, _ in scopes] + ([heads["for"]] if named else [])
        mistake = f"{' and '.join(map(quote, names))} are both filled; a goal is for one of them."
    scope = named or (":".join(scopes[0]) if scopes else "company")
    told = dict(heads) | ({"for": heads[scopes[0][0]]} if scopes else {})
    period = text("period")
    if not period:
        period = f"{text('from')[:10]}..{text('to')[:10]}"
        told["period"] = heads.get("from", heads.get("period", "period"))
    return GoalRow(int(cells["_line"]), text("metric"), scope, period, text("target"), mistake, told)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").split())


def write_goal_file(path: Path, rows: Sequence[GoalRow]) -> None:
    """Write goals as CSV or XLSX. Raises FileError for another kind of file or one that cannot be written."""
    cells = [(row.metric, row.scope, row.period, row.target) for row in rows]
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise FileError(f"{quote(path.name)} is neither CSV nor XLSX.", place="--out", remedy="Name it goals.csv.")
    try:
        if kind == ".csv":
            _write_csv(path, cells)
        else:
            _write_xlsx(path, cells)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise FileError(f"The file cannot be written: {reason}.", place=str(path), remedy="Choose another.") from None


def _write_csv(path: Path, cells: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(tuple(_inert(cell) for cell in row) for row in cells)


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write_xlsx(path: Path, cells: Sequence[tuple[str, ...]]) -> None:
    import xlsxwriter  # noqa: PLC0415 - heavy

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Goals")
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for number, row in enumerate(cells, start=1):
            for place, text in enumerate(row[:3]):
                sheet.write_string(number, place, text)
            sheet.write_number(number, 3, float(row[3]))
        sheet.set_column(0, 3, 24)
