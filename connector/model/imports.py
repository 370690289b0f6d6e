"""A raw import: the rows of one file as they arrived, kept so that a changed mapping can read them again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class RawImport:
    """One dataset of one import.

    ``dataset`` is the stable name that a mapping matches: the file name, or ``book.xlsx#Sheet``. ``path`` is
    the Parquet file below the data directory, with the file's columns as text and ``_line``. ``sequence``
    ascends within a connection; ``replace`` says that rows absent from this import are gone.
    """

    id: str
    dataset: str
    sequence: int
    imported_at: datetime
    replace: bool
    path: str
    sha256: str
    rows: int
    columns: tuple[str, ...]
    problems: int = 0
    """Rows that the reader itself could not read; they lie beside ``path`` as ``.problems.csv``."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; :meth:`from_json` reads it back."""
        return asdict(self) | {"imported_at": self.imported_at.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RawImport:
        """Rebuild an import; keys of a newer version are ignored."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        known["imported_at"] = datetime.fromisoformat(known["imported_at"])
        known["columns"] = tuple(known["columns"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be read: where it stands, what it held, why it was refused."""

    file: str
    line: int
    column: str
    value: str
    reason: str
