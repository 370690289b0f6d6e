"""A page that lists report files, so that a folder of them opens with one click."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote as url_quote

from connector.deliver.files.targets import write_bytes
from connector.deliver.files.theme import INK, MUTED, palette, readable_on_white
from connector.model.report import Theme

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = Template(
    'body{font:16px/1.5 "$font",system-ui,sans-serif;color:$ink;max-width:46rem;margin:3rem auto;padding:0 1rem}'
    "h1{color:$title;font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{margin:.2rem 0;color:$muted}"
    "a{color:$title;margin-right:1rem}img{max-height:40px;max-width:220px;vertical-align:middle;margin-right:12px}"
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One report: its title, what it answers, and its files by the text of their links."""

    title: str
    question: str
    files: tuple[tuple[str, Path], ...]


def write_index(
    title: str,
    introduction: str,
    entries: list[IndexEntry],
    target: Path,
    language: str = "en",
    theme: Theme | None = None,
) -> None:
    """Write the page; links are relative to it, texts are in ``language``. Raises FileError, StorageFull."""
    brand = theme or Theme()
    colours = palette(brand)
    style = _STYLE.substitute(font=colours.font, ink=INK, muted=MUTED, title=readable_on_white(colours.primary))
    parts = [
        f"<!doctype html><html lang='{escape(language)}'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<meta http-equiv='Content-Security-Policy' content=\"{_POLICY}\">",
        f"<title>{escape(title)}</title><style>{style}</style></head><body>",
        _brand(brand),
        f"<h1>{escape(title)}</h1><p>{escape(introduction)}</p>",
    ]
    for entry in entries:
        links = "".join(
            f"<a href='{url_quote(path.relative_to(target.parent).as_posix())}'>{escape(text)}</a>"
            for text, path in entry.files
        )
        parts.append(f"<h2>{escape(entry.title)}</h2><p>{escape(entry.question)}</p><p>{links}</p>")
    parts.append("</body></html>\n")
    write_bytes(target, "".join(parts).encode())


def _brand(theme: Theme) -> str:
    """Return logo and name of the brand as one line; nothing without them."""
    data = base64.b64encode(theme.logo).decode("ascii")
    logo = f"<img src='data:{theme.logo_type};base64,{data}' alt=''>" if theme.logo else ""
    return f"<p>{logo}{escape(theme.name)}</p>" if logo or theme.name else ""
