"""Developer metadata: notes that programs fasten to a spreadsheet, a sheet, a row or a column.

They move with their row or column and are deleted with it (see ``following``); a copy of a sheet has copies of them
under ids of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connector.sandbox.google.book import Book, twin
from connector.sandbox.google.changes import change
from connector.sandbox.google.data_filters import located, matching
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid, not_found
from connector.sandbox.google.update_masks import updated
from connector.sandbox.google.zeros import tidy

MOST_CHARACTERS = 30_000
"""Of keys and values together: of the spreadsheet, and again of each sheet with its rows and columns."""
IN_USE = "Cannot add developer metadata with ID [{}] because developer metadata with that ID already exists."
VISIBILITIES = {"DOCUMENT", "PROJECT"}


@change("createDeveloperMetadata")
def create_metadata(book: Book, request: Json) -> Json:
    """Fasten developer metadata to a place."""
    asked = dict(request.get("developerMetadata", {}))
    number = asked.get("metadataId")
    if number is None:
        number = fresh_number(book)
    elif number < 1:
        raise invalid(f"Invalid developerMetadata.metadataId: {number} is not positive.")
    elif any(entry["metadataId"] == number for entry in book.metadata):
        raise invalid(IN_USE.format(number))
    entry = _checked(book, asked | {"metadataId": number})
    book.metadata.append(entry)
    _check_size(book, entry)
    return {"developerMetadata": tidy(entry)}


@change("updateDeveloperMetadata")
def update_metadata(book: Book, request: Json) -> Json:
    """Change all developer metadata that the filters select."""
    chosen = _chosen(book, request.get("dataFilters", ()))
    source = dict(request.get("developerMetadata", {}))
    changed = []
    for entry in chosen:
        new = updated(entry, source, request.get("fields"), "DeveloperMetadata", "developerMetadata")
        new = _checked(book, new | {"metadataId": entry["metadataId"]})
        book.metadata[_index(book, entry)] = new
        _check_size(book, new)
        changed.append(new)
    return {"developerMetadata": tidy(changed)}


@change("deleteDeveloperMetadata")
def delete_metadata(book: Book, request: Json) -> Json:
    """Remove all developer metadata that the filter selects."""
    gone = matching(book, request.get("dataFilter", {}))
    numbers = {entry["metadataId"] for entry in gone}
    book.metadata[:] = [entry for entry in book.metadata if entry["metadataId"] not in numbers]
    return {"deletedDeveloperMetadata": tidy(gone)}


def search(book: Book, body: Json) -> Json:
    """Answer ``developerMetadata:search``: each entry once, with every filter that selects it."""
    found: dict[int, Json] = {}
    for data_filter in body.get("dataFilters", ()):
        for entry in matching(book, data_filter):
            match = found.setdefault(entry["metadataId"], {"developerMetadata": tidy(entry), "dataFilters": []})
            match["dataFilters"].append(data_filter)
    return {"matchedDeveloperMetadata": list(found.values())} if found else {}


def metadata(book: Book, number: int) -> Json:
    """Answer ``developerMetadata.get``. Raises Refused."""
    for entry in book.metadata:
        if entry["metadataId"] == number:
            return dict(tidy(entry))
    raise not_found(f"No developer metadata with ID {number}")


def fresh_number(book: Book) -> int:
    """Return a number for new developer metadata."""
    taken = {entry["metadataId"] for entry in book.metadata}
    while (number := book.fresh.randrange(1, 1 << 31)) in taken:
        pass
    return number


def copy_metadata(book: Book, entries: Iterable[Json], sheet_id: int) -> None:
    """Fasten copies of developer metadata, under new numbers, to the same places of another sheet."""
    for entry in list(entries):
        copied: Json = dict(twin(entry), metadataId=fresh_number(book))  # type: ignore[call-overload]
        place = copied["location"].get("dimensionRange", copied["location"])
        place["sheetId"] = sheet_id
        book.metadata.append(copied)


def of_sheet(book: Book, sheet_id: int) -> list[Json]:
    """Return the developer metadata of a sheet, its rows and its columns."""
    return [entry for entry in book.metadata if _owner(entry) == sheet_id]


def _owner(entry: Json) -> int | None:
    location = entry["location"]
    if location["locationType"] == "SPREADSHEET":
        return None
    return int(location.get("dimensionRange", location).get("sheetId") or 0)


def _chosen(book: Book, filters: Sequence[Json]) -> list[Json]:
    numbers = {entry["metadataId"] for data_filter in filters for entry in matching(book, data_filter)}
    return [entry for entry in book.metadata if entry["metadataId"] in numbers]


def _index(book: Book, entry: Json) -> int:
    return next(place for place, other in enumerate(book.metadata) if other["metadataId"] == entry["metadataId"])


def _checked(book: Book, asked: Json) -> Json:
    """The entry as it is kept: it has a key, a visibility and a place. Raises Refused."""
    if not asked.get("metadataKey"):
        raise invalid("developerMetadata.metadataKey must be specified.")
    if asked.get("visibility") not in VISIBILITIES:
        raise invalid("developerMetadata.visibility must be specified.")
    names = ("metadataId", "metadataKey", "metadataValue")
    entry = {name: asked[name] for name in names if asked.get(name) is not None}
    place = {name: value for name, value in (asked.get("location") or {}).items() if name != "locationType"}
    return entry | {"location": located(book, place), "visibility": asked["visibility"]}


def _check_size(book: Book, entry: Json) -> None:
    owner = _owner(entry)
    mates = (other for other in book.metadata if _owner(other) == owner)
    size = sum(len(other["metadataKey"]) + len(other.get("metadataValue", "")) for other in mates)
    if size > MOST_CHARACTERS:
        where = "the spreadsheet" if owner is None else "a sheet"
        raise invalid(f"Developer metadata of {where} would exceed the limit of {MOST_CHARACTERS} characters.")
