"""Formulas rewritten when what they point at moves, is copied, renamed or gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from connector.sandbox.google.areas import Area
from connector.sandbox.google.edits import Edit
from connector.sandbox.google.references import BROKEN, Reference, tokens


@dataclass(frozen=True)
class Titles:
    """The titles of a book's sheets; formulas name sheets in whatever case."""

    names: dict[int, str]
    """Sheet id to title."""
    ids: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.ids.update({title.casefold(): sheet_id for sheet_id, title in self.names.items()})


def sheet_of(reference: Reference, home: int, titles: Titles) -> int | None:
    """Return the id of the sheet a reference means when it stands on ``home``; None where there is no such sheet."""
    return home if reference.title is None else titles.ids.get(reference.title.casefold())


def areas(text: str, home: int, titles: Titles) -> list[Area]:
    """Return the areas a formula on the sheet ``home`` points at."""
    found = ((token, sheet_of(token, home, titles)) for token in tokens(text) if isinstance(token, Reference))
    return [reference.area(sheet_id) for reference, sheet_id in found if sheet_id is not None]


def followed(text: str, home: int, titles: Titles, edit: Edit, home_after: int | None = None) -> str:
    """Return a formula of the sheet ``home`` as it reads after an edit. ``home_after`` is the sheet it stands on then,
    where that is another one. ``titles`` are those from before the edit."""

    def follow(reference: Reference) -> str:
        sheet_id = sheet_of(reference, home, titles)
        if sheet_id is None:
            return str(reference)
        area = edit.area(reference.area(sheet_id))
        if area is None:
            return BROKEN
        title = reference.title
        if area.sheet_id != sheet_id or (title is None and home_after not in {None, home}):
            here = home if home_after is None else home_after
            title = None if area.sheet_id == here else titles.names[area.sheet_id]
        return str(replace(reference.moved_to(area), title=title))

    return _rewritten(text, follow)


def copied(text: str, rows: int, columns: int) -> str:
    """Return what a copy of a formula says, so many rows down and columns to the right."""

    def shift(reference: Reference) -> str:
        shifted = reference.shifted(rows, columns)
        return BROKEN if shifted is None else str(shifted)

    return _rewritten(text, shift)


def renamed(text: str, old: str, new: str) -> str:
    """Return a formula after a sheet got another title."""
    folded = old.casefold()

    def rename(reference: Reference) -> str:
        same = reference.title is not None and reference.title.casefold() == folded
        return str(replace(reference, title=new) if same else reference)

    return _rewritten(text, rename)


def _rewritten(text: str, write: Callable[[Reference], str]) -> str:
    if not text.startswith("="):
        return text
    pieces = tokens(text)
    if all(isinstance(piece, str) for piece in pieces):
        return text
    return "".join(piece if isinstance(piece, str) else write(piece) for piece in pieces)
