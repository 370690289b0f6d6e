"""Brands as the state database keeps them: one for each workspace that has one, and a default for all."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from connector.model.brand import Brand, Logo
from connector.store import models

DEFAULT: Final = "default"
"""Owner of the brand that holds where a workspace has none of its own."""


def read_brand(state: sa.Connection, owner: str) -> Brand:
    """Return the brand of a workspace id or of :data:`DEFAULT`; one that says nothing when there is none."""
    table = models.brands
    row = state.execute(sa.select(table).where(table.c.owner == owner)).first()
    if row is None:
        return Brand()
    colours = (row.primary_colour, row.accent_colour, row.neutral_colour)
    return Brand(
        row.name,
        colours if all(colours) else None,
        row.font,
        None if row.logo is None else Logo(bytes(row.logo), row.logo_type or "image/png"),
    )


def keep_brand(state: sa.Connection, owner: str, brand: Brand, now: datetime) -> None:
    """Replace the brand of an owner."""
    forget_brand(state, owner)
    primary, accent, neutral = brand.colours or (None, None, None)
    values: dict[str, Any] = {
        "owner": owner, "name": brand.name, "primary_colour": primary, "accent_colour": accent,
        "neutral_colour": neutral, "font": brand.font, "updated_at": now,
        "logo": None if brand.logo is None else brand.logo.content,
        "logo_type": None if brand.logo is None else brand.logo.kind,
    }  # fmt: skip
    state.execute(models.brands.insert().values(values))


def forget_brand(state: sa.Connection, owner: str) -> bool:
    """Remove the brand of an owner; say whether there was one."""
    return state.execute(sa.delete(models.brands).where(models.brands.c.owner == owner)).rowcount > 0
