"""A page that lists report files, so that a folder of them opens with one click."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote as url_quote

from connector.deliver.files.targets import write_bytes

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#1b2733;max-width:46rem;margin:3rem auto;padding:0 1rem}"
    "h1{color:#1F4E79;font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{margin:.2rem 0;color:#5F6B7A}"
    "a{color:#1F4E79;margin-right:1rem}"
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One report: its title, what it answers, and its files by the text of their links."""

    title: str
    question: str
    files: tuple[tuple[str, Path], ...]


def write_index(title: str, introduction: str, entries: list[IndexEntry], target: Path) -> None:
    """Write the page; links are relative to it. Raises FileError, StorageFull."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
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
