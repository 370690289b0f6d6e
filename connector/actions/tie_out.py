"""The vendor's own counts beside ours, after a sync and whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from connector.sources.stream import Count
from connector.store.store import Connection, Reader

ENTITIES: Final[Mapping[str, tuple[str, str]]] = {
    "companies": ("account", ""),
    "contacts": ("contact", ""),
    "leads": ("lead", ""),
    "deals": ("deal", ""),
    "calls": ("activity", "type = 'call'"),
    "emails": ("activity", "type = 'email'"),
    "meetings": ("activity", "type = 'meeting'"),
    "tasks": ("activity", "type = 'task'"),
    "notes": ("activity", "type = 'note'"),
    "products": ("product", ""),
    "line_items": ("deal_line", ""),
    "tickets": ("service_case", ""),
    "feedback_submissions": ("survey_response", ""),
    "goal_targets": ("goal", ""),
}
"""Stream to the entity that its rows become, and the condition that tells them from others."""

COLUMNS: Final[Mapping[tuple[str, str], str]] = {
    ("deals", "properties.dealstage"): "stage_id",
}
"""Column of a stream to that of its entity."""

UNPLACED: Final[Mapping[str, str]] = {
    "line_items": "all were read; line items that belong to no deal make no row",
}
"""Why rows of a stream that were read may be missing from its entity."""


@dataclass(frozen=True, slots=True)
class TieOut:
    """One comparison: live rows of a stream, or of one value of a column, as the vendor counts them and as stored."""

    stream: str
    vendor: int
    ours: int
    column: str = ""
    value: str = ""
    cause: str = ""
    """What may explain a difference."""

    @property
    def agrees(self) -> bool:
        return self.vendor == self.ours

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def tie_out(
    reader: Reader, connection: Connection, counts: Iterable[Count], cause: str, read: Callable[[str], int]
) -> list[TieOut]:
    """Compare what the vendor counts with the published rows of a connection.

    ``cause`` explains rows that were not read; ``read`` tells how many live rows of a stream were.
    """
    found = []
    for count in counts:
        if count.stream not in ENTITIES or (count.column and (count.stream, count.column) not in COLUMNS):
            continue
        ours = _rows(reader, connection, count)
        why = "" if ours == count.rows else _cause(count, cause, read)
        found.append(TieOut(count.stream, count.rows, ours, count.column, count.value, why))
    return found


def _cause(count: Count, cause: str, read: Callable[[str], int]) -> str:
    if not count.column and read(count.stream) == count.rows:
        return UNPLACED.get(count.stream, "all were read; those that lack what a row of ours needs are left out")
    return cause


def _rows(reader: Reader, connection: Connection, count: Count) -> int:
    entity, condition = ENTITIES[count.stream]
    tests = ["is_deleted IS NOT TRUE", "connection_id = ?", *([condition] if condition else [])]
    parameters: list[object] = [connection.id]
    if count.column:
        column = COLUMNS[count.stream, count.column]
        tests.append(f"({column} = ? OR {column} = ?)")  # with several connections ids carry that of theirs in front
        parameters += [count.value, f"{connection.id}:{count.value}"]
    found = reader.run(f"SELECT count(*) FROM {entity} WHERE {' AND '.join(tests)}", [entity], parameters)
    return int(found.rows[0][0])
