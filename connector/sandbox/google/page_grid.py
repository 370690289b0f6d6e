"""The grid of one sheet as HTML: cells with their looks, what lies over them, what is frozen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.conditional_formats import lies_in
from connector.sandbox.google.grid import Error, Formula, Json
from connector.sandbox.google.page_measures import CHART_HEIGHT, CHART_WIDTH, Measures, measure
from connector.sandbox.google.page_style import Classes, text_style
from connector.sandbox.google.references import column_name
from connector.sandbox.google.views import Spot, View

Place = tuple[int, int]


@dataclass
class GridPage:
    """One sheet on its way to a page."""

    view: View
    sheet: Sheet
    classes: Classes
    first: int = 0
    """The first row that is shown, beside the frozen ones."""
    base: str = ""
    """Address of the spreadsheet, under which its charts are."""
    measures: Measures = field(init=False)
    spans: dict[Place, tuple[int, int]] = field(default_factory=dict)
    covered: set[Place] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.measures = measure(self.view, self.sheet, self.first)
        for part in self.sheet.merges:
            self._merge(part)

    def html(self) -> str:
        """Return the grid with everything that lies over it."""
        bare = " bare" if self.sheet.properties["gridProperties"].get("hideGridlines") else ""
        rows = "".join(self._row(row) for row in self.measures.rows)
        head = f"<colgroup>{self._widths()}</colgroup>{self._letters()}"
        table = f'<table class="grid{bare}">{head}<tbody>{rows}</tbody></table>'
        return (
            f'<div class="paper {self._paper_class()}">{table}{"".join(self._charts())}{"".join(self._slicers())}</div>'
        )

    def _paper_class(self) -> str:
        width = self.measures.left(1 << 40)
        return self.classes.name(f"width: {width}px")

    def _widths(self) -> str:
        sizes = [self.classes.name("width: 46px")]
        sizes += [self.classes.name(f"width: {self.measures.widths[column]}px") for column in self.measures.columns]
        return "".join(f'<col class="{name}">' for name in sizes)

    def _letters(self) -> str:
        cells = ['<th class="corner"></th>']
        for column in self.measures.columns:
            gap = "gap" if column + 1 not in self.measures.lefts and column != self.measures.columns[-1] else ""
            sticky = (
                self.classes.name(f"left: {self.measures.lefts[column]}px; z-index: 50")
                if self._is_left(column)
                else ""
            )
            cells.append(f'<th class="{gap} {sticky}">{column_name(column)}</th>')
        return f"<thead><tr>{''.join(cells)}</tr></thead>"

    def _row(self, row: int) -> str:
        pixels = self.measures.heights[row]
        height = f"{self.classes.name(f'height: {pixels}px')} {self._clipped(pixels)}"
        gap = " gap" if row + 1 not in self.measures.tops and row != self.measures.rows[-1] else ""
        sticky = ""
        if self._is_top(row):
            sticky = self.classes.name(f"top: {self.measures.tops[row]}px; z-index: 45")
        cells = "".join(
            self._cell(row, column) for column in self.measures.columns if (row, column) not in self.covered
        )
        return f'<tr class="{height}"><th class="number{gap} {sticky}">{row + 1}</th>{cells}</tr>'

    def _clipped(self, pixels: int) -> str:
        """A row stays as high as it is, however much its cells hold."""
        return self.classes.name(f"max-height: {pixels - 1}px", "> td > div")

    # Cells

    def _cell(self, row: int, column: int) -> str:
        spot = self.view.spot(self.sheet, row, column)
        names = [
            *self.classes.of(spot.format),
            *self._kind(spot),
            *self._frozen(row, column),
            *self._marks(row, column, spot),
        ]
        span = self.spans.get((row, column))
        spans = f' rowspan="{span[0]}" colspan="{span[1]}"' if span else ""
        tip = self._tip(spot)
        attributes = f"{f' title={_quoted(tip)}' if tip else ''}{spans}"
        words = self._words(spot)
        if not words:
            return f'<td class="{" ".join(names)}"{attributes}></td>' if names else f"<td{attributes}></td>"
        wide = self._wide(row, column, spot)
        inner = f' class="{wide}"' if wide else ""
        return f'<td class="{" ".join(names)}"{attributes}><div{inner}>{words}</div></td>'

    def _words(self, spot: Spot) -> str:
        condition = (spot.cell.validation or {}).get("condition") or {}
        if condition.get("type") == "BOOLEAN":
            return "☑" if spot.value is True else "☐"
        if not spot.cell.runs or spot.text != spot.value:
            return escape(spot.text)
        starts = [int(run.get("startIndex") or 0) for run in spot.cell.runs] + [len(spot.text)]
        parts = [escape(spot.text[: starts[0]])]
        for run, begin, end in zip(spot.cell.runs, starts, starts[1:], strict=False):
            style = text_style(run.get("format") or {}, self.view)
            name = f' class="{self.classes.name(style)}"' if style else ""
            parts.append(f"<span{name}>{escape(spot.text[begin:end])}</span>")
        return f"<span>{''.join(parts)}</span>"

    def _kind(self, spot: Spot) -> list[str]:
        if isinstance(spot.value, bool | Error):
            return ["b"]
        return ["n"] if isinstance(spot.value, int | float) else []

    def _tip(self, spot: Spot) -> str:
        """Return what is shown on hover: the formula, an error's reason, a link, the note."""
        formula = spot.cell.entered.text if isinstance(spot.cell.entered, Formula) else ""
        reason = spot.value.message if isinstance(spot.value, Error) else ""
        link = str(((spot.format.get("textFormat") or {}).get("link") or {}).get("uri") or "")
        return "\n".join(part for part in (formula, reason, link, spot.cell.note) if part)

    def _marks(self, row: int, column: int, spot: Spot) -> Iterator[str]:
        if spot.cell.note:
            yield "note"
        condition = (spot.cell.validation or {}).get("condition") or {}
        if condition.get("type") in ("ONE_OF_LIST", "ONE_OF_RANGE"):
            yield "chosen"
        if any(lies_in(area_of(part.get("range") or {}), row, column) for part in self.sheet.protected_ranges):
            yield "locked"
        grid = (self.sheet.basic_filter or {}).get("range")
        if grid is not None and row == (grid.get("startRowIndex") or 0) and lies_in(area_of(grid), row, column):
            yield "filter"

    def _wide(self, row: int, column: int, spot: Spot) -> str:
        """Let a text flow over the empty cells to its right, as Sheets does unless it is told to clip or wrap."""
        look = spot.format
        if not isinstance(spot.value, str) or look.get("wrapStrategy") not in (None, "OVERFLOW_CELL"):
            return ""
        if look.get("horizontalAlignment") not in (None, "LEFT") or (row, column) in self.spans:
            return ""
        place = self.measures.columns.index(column) + 1
        width = self.measures.widths[column]
        while place < len(self.measures.columns) and self._is_empty(row, self.measures.columns[place]):
            width += self.measures.widths[self.measures.columns[place]]
            place += 1
        if width == self.measures.widths[column]:
            return ""
        return f"wide {self.classes.name(f'width: {width - 2}px')}"

    def _is_empty(self, row: int, column: int) -> bool:
        free = (row, column) not in self.covered and (row, column) not in self.spans
        return free and self.view.value(self.sheet, row, column) in (None, "")

    # What is frozen and merged

    def _is_top(self, row: int) -> bool:
        return row < int(self.sheet.properties["gridProperties"].get("frozenRowCount") or 0)

    def _is_left(self, column: int) -> bool:
        return column < int(self.sheet.properties["gridProperties"].get("frozenColumnCount") or 0)

    def _frozen(self, row: int, column: int) -> Iterator[str]:
        top, left = self._is_top(row), self._is_left(column)
        if top or left:
            places = [f"top: {self.measures.tops[row]}px"] if top else []
            places += [f"left: {self.measures.lefts[column]}px"] if left else []
            yield "frozen"
            yield self.classes.name("; ".join(places))
        if top and left:
            yield "corner"
        if top and not self._is_top(row + 1):
            yield "lastrow"
        if left and not self._is_left(column + 1):
            yield "lastcolumn"

    def _merge(self, part: Json) -> None:
        top, left, bottom, right = area_of(part).closed(self.sheet.row_count, self.sheet.column_count)
        rows = [row for row in self.measures.rows if top <= row < bottom]
        columns = [column for column in self.measures.columns if left <= column < right]
        if rows and columns and rows[0] == top and columns[0] == left:
            self.spans[top, left] = (len(rows), len(columns))
            self.covered |= {(row, column) for row in rows for column in columns} - {(top, left)}

    # What lies over the cells

    def _place(self, position: Json, width: int, height: int) -> str:
        overlay = position.get("overlayPosition") or {}
        anchor = overlay.get("anchorCell") or {}
        left = self.measures.left(anchor.get("columnIndex") or 0) + (overlay.get("offsetXPixels") or 0)
        top = self.measures.top(anchor.get("rowIndex") or 0) + (overlay.get("offsetYPixels") or 0)
        size = f"width: {overlay.get('widthPixels') or width}px; height: {overlay.get('heightPixels') or height}px"
        return self.classes.name(f"left: {left}px; top: {top}px; {size}")

    def _charts(self) -> Iterator[str]:
        for part in self.sheet.charts:
            name, spec = self._place(part.get("position") or {}, CHART_WIDTH, CHART_HEIGHT), part.get("spec") or {}
            source = f"{self.base}/charts/{int(part.get('chartId') or 0)}.svg?version={self.view.book.version}"
            words = str(spec.get("altText") or spec.get("title") or "Chart")
            yield f'<img class="chart {name}" src="{escape(source)}" alt={_quoted(words)}>'

    def _slicers(self) -> Iterator[str]:
        for part in self.sheet.slicers:
            name = self._place(part.get("position") or {}, 200, 40)
            yield f'<div class="slicer {name}">{escape(str((part.get("spec") or {}).get("title") or "Slicer"))}</div>'


def _quoted(text: str) -> str:
    """Return a text as an attribute's value with its quotes."""
    return f'"{escape(text)}"'
