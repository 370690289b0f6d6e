"""Pieces of a report put on pages: what belongs together stays together, a table's head comes again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from connector.deliver.files.pdf_canvas import Area, moved

WIDTH: Final = 842.0
HEIGHT: Final = 595.0
"""A4, landscape, in points."""
SIDE: Final = 40.0
TOP: Final = 58.0
BOTTOM: Final = 40.0
ROOM: Final = WIDTH - 2 * SIDE
"""Width between the margins."""
BODY: Final = HEIGHT - TOP - BOTTOM
"""Height between the running head and the foot."""
_APART: Final = 14.0
"""Points between two parts that share a page."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a page that is never cut: ``svg`` drawn from its own top left corner, ``height`` points high.

    ``stays`` keeps it on the page of the next piece. ``head`` comes first when a page begins with the piece.
    ``fresh`` begins a page unless the ``whole`` part it opens, so many points high after it, fits the page too;
    ``bookmark`` is its name in the contents of the file, ``running`` in the page's head.
    """

    height: float
    svg: str = ""
    links: tuple[Area, ...] = ()
    stays: bool = False
    head: Piece | None = None
    fresh: bool = False
    bookmark: str = ""
    whole: float = 0.0


@dataclass(slots=True)
class Page:
    """One page under construction."""

    used: float = 0.0
    parts: list[str] = field(default_factory=list)
    links: list[Area] = field(default_factory=list)
    bookmarks: list[str] = field(default_factory=list)
    running: str = ""

    def put(self, piece: Piece) -> None:
        top = TOP + self.used
        if piece.svg:
            self.parts.append(moved(SIDE, top, piece.svg))
        self.links += [replace(link, x=link.x + SIDE, y=link.y + top) for link in piece.links]
        if piece.bookmark:
            self.bookmarks.append(piece.bookmark)
            self.running = self.running or piece.bookmark
        self.used += piece.height


def paginate(pieces: list[Piece]) -> list[Page]:
    """Put pieces on pages, in order. There is always at least one page."""
    pages = [Page()]
    for group in _groups(pieces):
        page = pages[-1]
        height = sum(piece.height for piece in group)
        first = group[0]
        full = page.used + height > BODY or (first.fresh and page.used + _APART + first.height + first.whole > BODY)
        if full and page.used > 0:
            page = Page(running=_last_name(pages[-1]))
            if group[0].bookmark:
                page.running = ""
            pages.append(page)
        elif first.fresh and page.used > 0:
            page.used += _APART
        for number, piece in enumerate(group):
            if number and page.used + piece.height > BODY:  # a group higher than a page
                page = Page(running=page.running)
                pages.append(page)
            if page.used == 0 and piece.head is not None and not piece.fresh:
                page.put(piece.head)
            page.put(piece)
    return pages


def _groups(pieces: list[Piece]) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    open_group = False
    for piece in pieces:
        if open_group:
            groups[-1].append(piece)
        else:
            groups.append([piece])
        open_group = piece.stays
    return groups


def _last_name(page: Page) -> str:
    return page.bookmarks[-1] if page.bookmarks else page.running
