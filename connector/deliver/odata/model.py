"""The feed's model: entity sets and their properties, in the words of OData's entity data model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

EdmType = Literal[
    "Edm.String", "Edm.Boolean", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double", "Edm.Date", "Edm.DateTimeOffset"
]
Sums = Literal["always", "not_over_time", "never"]
NAMESPACE: Final = "Puente"
CONTAINER: Final = "Container"
KEY: Final = "row_id"
DECIMALS: Final = 6
"""Digits behind the point of money; records hold four, converted ones six."""
MOST_LETTERS: Final = 128
"""Longest name of a property, by CSDL (SimpleIdentifier)."""


@dataclass(frozen=True, slots=True)
class FeedProperty:
    """One property of the rows of a feed. ``sums`` says over what a figure may be added up; empty for others."""

    id: str
    type: EdmType
    role: Literal["key", "dimension", "metric", "service"]
    label: str = ""
    description: str = ""
    sums: Sums | Literal[""] = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One entity set. ``properties`` by id, in order, the key first."""

    name: str
    label: str
    description: str
    properties: dict[str, FeedProperty]

    @property
    def type_name(self) -> str:
        """Name of the type of its rows; never that of a property."""
        return f"{self.name}_row"
