"""Named ranges."""

from __future__ import annotations

import re

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import addressed
from connector.sandbox.google.book import Book
from connector.sandbox.google.changes import change
from connector.sandbox.google.following import write_formulas
from connector.sandbox.google.grid import Json
from connector.sandbox.google.portable_formulas import name_replaced
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.update_masks import updated

NAME = re.compile(r"(?!\d)(?!(?i:true|false)\b)\w{1,250}")
A_PLACE = re.compile(r"(?i)[a-z]{1,3}\d+|r\d*c\d*|c\d+|r\d+")


@change("addNamedRange")
def add_named_range(book: Book, request: Json) -> Json:
    """Give a range a name."""
    asked = addressed(request.get("namedRange", {}))
    number = asked.get("namedRangeId") or str(book.fresh.randrange(1, 1 << 31))
    if any(named["namedRangeId"] == number for named in book.named_ranges):
        raise invalid(f"Cannot add a named range with the ID {number}, it is already in use.")
    named = _checked(book, {"namedRangeId": number, "name": asked.get("name"), "range": asked.get("range")})
    book.named_ranges.append(named)
    return {"namedRange": named}


@change("updateNamedRange")
def update_named_range(book: Book, request: Json) -> None:
    """Change the name or the place of a named range; formulas go by the new name."""
    asked = addressed(request.get("namedRange", {}))
    before = _find(book, asked.get("namedRangeId"))
    new = updated(before, asked, request.get("fields"), "NamedRange", "namedRange")
    after = _checked(book, new | {"namedRangeId": before["namedRangeId"]})
    book.named_ranges[book.named_ranges.index(before)] = after
    if after["name"] != before["name"]:
        write_formulas(book, lambda text: name_replaced(text, before["name"], after["name"]))


@change("deleteNamedRange")
def delete_named_range(book: Book, request: Json) -> None:
    """Take the name away; the cells stay."""
    book.named_ranges.remove(_find(book, request.get("namedRangeId")))


def _find(book: Book, number: object) -> Json:
    for named in book.named_ranges:
        if named["namedRangeId"] == number:
            return named
    raise invalid(f"No named range with ID: {number}")


def _checked(book: Book, named: Json) -> Json:
    name = str(named.get("name") or "")
    if not NAME.fullmatch(name) or A_PLACE.fullmatch(name):
        raise invalid("The name given to this range is invalid")
    if any(
        other["name"].casefold() == name.casefold() and other["namedRangeId"] != named["namedRangeId"]
        for other in book.named_ranges
    ):
        raise invalid(f"Cannot add named range with name {name}, a named range with that name already exists.")
    if not named.get("range"):
        raise invalid("namedRange.range is required.")
    rect_of(book, named["range"])
    return named
