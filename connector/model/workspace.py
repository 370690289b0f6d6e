"""What a workspace's owner has decided and what its published data look like.

A ``Profile`` travels with the manifest: metrics and reports read it, they never see a mapping.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from connector.model.schema import Kind


@dataclass(frozen=True, slots=True)
class CustomColumn:
    """A column of the customer's own, usable as ``<entity>.custom.<name>``."""

    entity: str
    name: str
    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Repair:
    """How many rows a value alias put right in one column: ``found`` was read as ``meant``."""

    entity: str
    column: str
    found: str
    meant: str
    rows: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings and facts of one workspace that figures depend on."""

    currency: str = "USD"
    """Report currency, ISO 4217."""
    time_zone: str = "UTC"
    week_start: str = "monday"
    fiscal_year_start: int = 1
    """Month number in which the fiscal year begins."""
    revenue: str = ""
    """``entity.column`` of the money column that means revenue; empty means won deals."""
    conversion: tuple[str, ...] = ()
    """``entity.column`` of each date or instant column whose being filled means a conversion."""
    custom: tuple[CustomColumn, ...] = ()
    allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """``entity.column`` to the values the owner allows; any other breaks the rule wrong_label."""
    repairs: tuple[Repair, ...] = ()
    currencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity to the currencies its money rows hold."""
    rows: dict[str, int] = field(default_factory=dict)
    """Entity to its number of live rows."""
    filled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Entity to the columns that hold at least one value."""
    history_since: str = ""
    """ISO instant from which deal_history can be trusted; empty means it was only reconstructed."""
    data_through: str = ""
    """ISO instant of the newest import or sync behind the published tables."""
    rejected: int = 0
    """Rows of the live imports that could not be read."""
    typed: bool = False
    """The rows of this connection were typed in Puente: its references say the connection of the record they mean."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; :meth:`from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Profile:
        """Rebuild a profile; keys of a newer version are ignored, missing ones take their default."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        for key in ("allowed", "currencies", "filled"):
            known[key] = {name: tuple(values) for name, values in known.get(key, {}).items()}
        known["conversion"] = tuple(known.get("conversion", ()))
        known["custom"] = tuple(CustomColumn(**entry) for entry in known.get("custom", ()))
        known["repairs"] = tuple(Repair(**entry) for entry in known.get("repairs", ()))
        return cls(**known)
