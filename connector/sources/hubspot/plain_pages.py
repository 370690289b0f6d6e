"""List pages whose records are all plain text, read from JSON straight into columns.

The path of every record of a first load: msgspec reads a page into objects made for its properties, without a
dictionary for each record. A page with anything else in it is read the general way, to the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from connector.http.answer import parse_json
from connector.sources.hubspot.columns import MOMENT_LENGTH, Shape, moment_of
from connector.sources.stream import Columns

_FLAGS = {False: "false", True: "true"}


@dataclass(frozen=True, slots=True)
class PlainPage:
    """The records of a page as columns, and what the page says under ``paging``."""

    columns: Columns
    paging: Any


@dataclass(frozen=True, slots=True)
class _Form:
    """How pages are read, as the first of them showed; ``doubtful`` are labels of the properties that it lacked."""

    decode: Callable[[bytes], Any]
    cells_of: Callable[[Any], tuple[Any, ...]]
    doubtful: Sequence[str]
    absent: Any


class PlainPages:
    """Reads the list pages of one shape. Safe for threads: what two of them learn at once is as good.

    The first page shows which properties the vendor writes for every record, and in which order: there they are found
    at once. A page where one of them is missing is read the general way.
    """

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._form: _Form | None = None
        self._is_plain = len(shape.names) > 1  # of one property there is no tuple to take

    def read(self, data: bytes) -> Any:
        """Return a page of records as :class:`PlainPage`, any other answer as its JSON value.

        Raises ValueError for what is no JSON. Broken letters are no fault where they are in what nobody asked for.
        """
        form = self._form
        if form is None:
            value = parse_json(data)
            if self._is_plain:
                self._learn(value)
            return value
        try:
            page = form.decode(data)
            return PlainPage(self._columns(page.results, form), page.paging)
        except (ValueError, TypeError, RecursionError):  # something is missing, or no text, or there is no record
            return parse_json(data)

    def _learn(self, value: Any) -> None:
        import msgspec  # noqa: PLC0415  only a sync pays for it

        names = self._shape.names
        try:
            bag = value["results"][0]["properties"]
        except (KeyError, IndexError, TypeError):  # a refusal, or nobody there yet
            return
        if not isinstance(bag, dict):
            return
        known = set(names)
        written = [name for name in bag if name in known]
        fields = {name: f"p{number}" for number, name in enumerate(dict.fromkeys([*written, *names]))}
        text, absent = str | None, msgspec.UNSET
        cells: list[Any] = [(fields[name], text) for name in written]
        cells += [(field, text | msgspec.UnsetType, absent) for name, field in fields.items() if name not in bag]
        try:
            bags = msgspec.defstruct("Bag", cells, rename={field: name for name, field in fields.items()}, gc=False)
        except ValueError:  # a name with a quotation mark or a control character
            self._is_plain = False
            return
        told = [("id", str), ("createdAt", str), ("updatedAt", str), ("archived", bool), ("properties", bags)]
        told += [("propertiesWithHistory", dict[str, Any])] if self._shape.histories else []
        record: Any = msgspec.defstruct("Record", [*told, ("archivedAt", text, None)], gc=False)
        page = msgspec.defstruct("Page", [("results", list[record]), ("paging", Any, None)], gc=False)
        doubtful = [label for label, name in zip(self._shape.labels, names, strict=True) if name not in bag]
        cells_of = attrgetter(*(fields[name] for name in names))
        self._form = _Form(msgspec.json.Decoder(page).decode, cells_of, doubtful, absent)

    def _columns(self, records: Sequence[Any], form: _Form) -> Columns:
        """Return the columns of records. Raises ValueError for those that are read the general way."""
        ids = [record.id for record in records]
        created, updated = [record.createdAt for record in records], [record.updatedAt for record in records]
        joined = "".join(ids)
        if not (all(ids) and joined.isascii() and joined.isdecimal()):
            raise ValueError("ids")
        if min(map(len, chain(created, updated))) < MOMENT_LENGTH:
            raise ValueError("moments")
        since = [record.archivedAt for record in records]
        found: dict[str, Sequence[str | None]] = {
            "id": ids,
            "createdAt": created,
            "updatedAt": updated,
            "archived": [_FLAGS[record.archived] for record in records],
            "archivedAt": [moment_of(each) for each in since] if any(since) else [None] * len(since),
        }
        cells = zip(*[form.cells_of(record.properties) for record in records], strict=True)
        found |= zip(self._shape.labels, cells, strict=True)
        for label in form.doubtful:
            texts = found.pop(label)
            if any(each is not form.absent for each in texts):
                found[label] = [None if each is form.absent else each for each in texts]
        if self._shape.histories:
            found |= self._shape.histories_of([record.propertiesWithHistory for record in records])
        return found
