"""What stands around the grid: title, downloads, what lies beneath, tabs; and the list of all spreadsheets."""

from __future__ import annotations

from html import escape

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.drive_files import SPREADSHEET, File, Files, stamp
from connector.sandbox.google.grid import Json
from connector.sandbox.google.page_grid import GridPage
from connector.sandbox.google.page_measures import MOST_ROWS
from connector.sandbox.google.references import column_name
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.views import View, colour

NAME = "Sandbox - not Google"
MOST_LINES = 200


def framed(files: Files, view: View, grid: GridPage) -> str:
    """Return the page of one sheet; ``<!--style-->`` stands for the classes of its cells."""
    book, title = view.book, str(view.book.properties.get("title") or "")
    body = f"{_head(files, book, grid)}{_bar(view, grid.sheet)}"
    window = f'<div class="window">{grid.html()}{_more(grid)}</div>'
    language = escape(str(book.properties.get("locale") or "en")[:2])
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/style.css">'
        f"{_placed(f'{body}{window}{_tabs(view, grid)}')}</html>"
    )


def _placed(body: str) -> str:
    """The style comes after the body is made, so that it knows every class."""
    return f'<!--style--></head><body class="book">{body}</body>'


def _head(files: Files, book: Book, grid: GridPage) -> str:
    file = files.find(book.id) if files.knows(book.id) else None
    owner = files.owner(file) if file is not None else None
    changed = stamp(files.changed(file))[:19].replace("T", " ") + " UTC" if file is not None else ""
    facts = [NAME, owner.email if owner else "", f"last changed {changed}" if changed else ""]
    facts += ["in the bin"] if file is not None and file.is_trashed else []
    gid = f"&amp;gid={grid.sheet.id}"
    links = [("XLSX", "format=xlsx"), ("PDF", "format=pdf"), ("CSV of this tab", f"format=csv{gid}")]
    nav = "".join(f'<a href="{grid.base}/export?{query}">{name}</a>' for name, query in links)
    return (
        f'<header><a href="/" title="All spreadsheets"><div class="mark"></div></a>'
        f"<div><h1>{escape(str(book.properties.get('title') or ''))}</h1>"
        f"<p>{escape(' · '.join(fact for fact in facts if fact))}</p></div><nav>{nav}</nav></header>"
    )


def _bar(view: View, sheet: Sheet) -> str:
    """Say what cannot be seen in the grid: named and protected ranges, rules, filters, developer metadata."""
    book = view.book
    metadata = [part for part in book.metadata if _concerns(part, sheet)]
    groups = [
        ("Named ranges", (_named(book, part) for part in book.named_ranges)),
        ("Protected ranges", (_protected(book, part) for part in sheet.protected_ranges)),
        ("Conditional formats", (_rule(book, part) for part in sheet.conditional_formats)),
        ("Filter views", (str(part.get("title")) for part in sheet.filter_views)),
        ("Tables", (_named(book, part) for part in sheet.tables)),
        ("Developer metadata", (_metadata(part) for part in metadata)),
    ]  # fmt: skip
    size = f"{sheet.row_count:,} rows × {sheet.column_count:,} columns"
    locale = f"{book.properties.get('locale')} · {book.properties.get('timeZone')}"
    found = "".join(_details(name, list(lines)) for name, lines in groups)
    return f'<div class="bar"><span>{escape(size)}</span><span>{escape(locale)}</span>{found}</div>'


def _details(name: str, lines: list[str]) -> str:
    if not lines:
        return ""
    shown = "".join(f"<li>{escape(line)}</li>" for line in lines[:MOST_LINES])
    rest = f"<li>and {len(lines) - MOST_LINES} more</li>" if len(lines) > MOST_LINES else ""
    kind = ' class="protected"' if name.startswith("Protected") else ""
    shown = f'<div class="pop"><ul>{shown}{rest}</ul></div>'
    return f"<details{kind}><summary>{name} ({len(lines)})</summary>{shown}</details>"


def range_words(book: Book, grid: Json) -> str:
    """Return a GridRange as people write it: ``Tab!A1:B2``; open ends stay open."""
    try:
        sheet = book.sheet(grid.get("sheetId"))
    except Refused:
        return "#REF!"
    area = area_of(grid)
    first = f"{column_name(area.left or 0)}{(area.top or 0) + 1}"
    last = f"{column_name((area.right or sheet.column_count) - 1)}{area.bottom or ''}"
    return f"{sheet.title}!{first}:{last}"


def _named(book: Book, part: Json) -> str:
    return f"{part.get('name')}: {range_words(book, part.get('range') or {})}"


def _protected(book: Book, part: Json) -> str:
    how = "warns" if part.get("warningOnly") else "closed"
    return f"{range_words(book, part.get('range') or {})} - {how} {part.get('description') or ''}".strip()


def _rule(book: Book, part: Json) -> str:
    where = ", ".join(range_words(book, grid) for grid in part.get("ranges") or [])
    condition = (part.get("booleanRule") or {}).get("condition") or {}
    values = " ".join(str(value.get("userEnteredValue") or "") for value in condition.get("values") or [])
    return f"{where}: {condition.get('type') or 'colour scale'} {values}".strip()


def _concerns(part: Json, sheet: Sheet) -> bool:
    location = part.get("location") or {}
    if location.get("spreadsheet"):
        return True
    grid = location.get("dimensionRange") or {"sheetId": location.get("sheetId")}
    return (grid.get("sheetId") or 0) == sheet.id


def _metadata(part: Json) -> str:
    location = part.get("location") or {}
    dimension = location.get("dimensionRange") or {}
    where = str(location.get("locationType") or "").lower()
    if dimension:
        where = f"{where} {(dimension.get('startIndex') or 0) + 1}"
    return f"{where} · {part.get('metadataKey')} = {part.get('metadataValue', '')}"


def _more(grid: GridPage) -> str:
    last = grid.measures.rows[-1] + 1 if grid.measures.rows else 0
    used = grid.view.used(grid.sheet).bottom
    links = []
    if grid.first:
        links.append((max(grid.first - MOST_ROWS, 0), "Rows before"))
    if last < used:
        links.append((last, f"Rows from {last + 1:,} on, of {used:,}"))
    shown = " · ".join(f'<a href="?gid={grid.sheet.id}&amp;from={start}">{words}</a>' for start, words in links)
    return f'<div class="more">{shown}</div>' if links else ""


def _tabs(view: View, grid: GridPage) -> str:
    shown = sorted(view.book.sheets, key=lambda sheet: bool(sheet.properties.get("hidden")))
    return f"<footer>{''.join(_tab(view, grid, sheet) for sheet in shown)}</footer>"


def _tab(view: View, grid: GridPage, sheet: Sheet) -> str:
    names = ["here"] if sheet.id == grid.sheet.id else []
    hidden = bool(sheet.properties.get("hidden"))
    names += ["hidden"] if hidden else []
    paint = colour(sheet.properties, "tabColor", view.theme)
    names += [grid.classes.name(f"border-bottom-color: {paint}")] if paint else []
    lock = "🔒 " if any(not _is_bounded(part) for part in sheet.protected_ranges) else ""
    words = f"{lock}{sheet.title}{' (hidden)' if hidden else ''}"
    return f'<a class="{" ".join(names)}" href="?gid={sheet.id}">{escape(words)}</a>'


def _is_bounded(part: Json) -> bool:
    return bool({"startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex"} & set(part.get("range") or {}))


def listed(files: Files) -> str:
    """Return the page with all spreadsheets."""
    found = sorted((file for file in files if file.mime == SPREADSHEET), key=files.changed, reverse=True)
    rows = "".join(_line(files, file) for file in found)
    table = (
        f"<table><thead><tr><th>Name</th><th>Owner</th><th>Last changed</th></tr></thead><tbody>{rows}</tbody></table>"
        if found
        else "<p>There is no spreadsheet yet.</p>"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Spreadsheets</title>'
        '<link rel="stylesheet" href="/style.css"></head><body>'
        f'<header><div class="mark"></div><div><h1>Spreadsheets</h1><p>{NAME}</p></div></header>'
        f'<main class="list">{table}</main></body></html>'
    )


def _line(files: Files, file: File) -> str:
    owner = files.owner(file)
    bin_words = " (in the bin)" if file.is_trashed else ""
    return (
        f'<tr><td><a href="/spreadsheets/d/{escape(file.id)}/edit">{escape(files.name(file))}</a>{bin_words}</td>'
        f'<td class="quiet">{escape(owner.email if owner else "shared drive")}</td>'
        f'<td class="quiet">{escape(stamp(files.changed(file))[:16].replace("T", " "))}</td></tr>'
    )
