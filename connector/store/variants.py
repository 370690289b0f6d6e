"""Variants of reports as the state database keeps them: settings under a name, for their author or for everyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connector.errors import UnknownName, UserError, quote
from connector.store import models
from connector.store.records import checked_name, new_id


@dataclass(frozen=True, slots=True)
class Variant:
    """A saved way to run a template. ``audience`` is empty for everyone, else the one author who sees it.

    ``settings`` are read by :mod:`connector.reports.variant`. ``deleted_at`` marks one that a clean-up will remove.
    """

    id: str
    workspace_id: str
    template: str
    template_version: int
    name: str
    author: str
    audience: str
    settings: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VariantName:
    """Where a variant is looked for: workspace, template, and the person who asks."""

    workspace_id: str
    template: str
    name: str
    person: str


def all_variants(state: sa.Connection, workspace_id: str, person: str) -> list[Variant]:
    """Return what a person sees: the variants of everyone and the person's own, deleted ones too."""
    table = models.variants
    rows = state.execute(
        sa.select(table)
        .where((table.c.workspace_id == workspace_id) & table.c.audience.in_(("", person)))
        .order_by(table.c.template, table.c.name_key, table.c.created_at, table.c.id)
    )
    return [_variant(row) for row in rows]


def find_variant(state: sa.Connection, wanted: VariantName, *, deleted: bool = False) -> Variant:
    """Return the person's own variant of a name, else that of everyone; the last deleted one when asked.

    Raises UnknownName that lists what there is, or says that it was deleted.
    """
    seen = [
        each for each in all_variants(state, wanted.workspace_id, wanted.person) if each.template == wanted.template
    ]
    right = [each for each in seen if (each.deleted_at is not None) == deleted]
    found = [each for each in right if _key(each.name) == _key(wanted.name)]
    if found:
        return max(found, key=lambda each: (each.audience != "", each.deleted_at or each.updated_at))
    what = "deleted variant" if deleted else "variant"
    names = ", ".join(quote(each.name) for each in right)
    remedy = f"There are {names}." if names else "List them with: variants list."
    if not deleted and any(_key(each.name) == _key(wanted.name) for each in seen):
        remedy = f"It was deleted. Bring it back with: variants restore {wanted.template} {quote(wanted.name)}."
    raise UnknownName(
        f"There is no {what} {quote(wanted.name)} of {wanted.template}.",
        remedy=remedy,
    )


def add_variant(state: sa.Connection, variant: Variant) -> Variant:
    """Keep a new variant. Returns it with its id. Raises UserError for a name that is taken or cannot be used."""
    name = checked_name(variant.name, "variant")
    made = Variant(
        new_id(), variant.workspace_id, variant.template, variant.template_version, name, variant.author,
        variant.audience, variant.settings, variant.created_at, variant.updated_at,
    )  # fmt: skip
    values = {
        "id": made.id, "workspace_id": made.workspace_id, "template": made.template,
        "template_version": made.template_version, "name": made.name, "name_key": _key(made.name),
        "author": made.author, "audience": made.audience, "settings": dict(made.settings),
        "created_at": made.created_at, "updated_at": made.updated_at, "deletion": "",
    }  # fmt: skip
    try:
        state.execute(models.variants.insert().values(values))
    except sa.exc.IntegrityError:
        raise _taken(name, made.template) from None
    return made


def change_variant(
    state: sa.Connection, variant: Variant, settings: Mapping[str, Any], version: int, now: datetime
) -> None:
    """Replace the settings of a variant; ``version`` is that of the template they were made for."""
    _update(state, variant, settings=dict(settings), template_version=version, updated_at=now)


def mark_variant(state: sa.Connection, variant: Variant, now: datetime) -> None:
    """Mark a variant for deletion; its name is free at once."""
    _update(state, variant, deleted_at=now, deletion=variant.id)


def restore_variant(state: sa.Connection, variant: Variant) -> None:
    """Undo a deletion. Raises UserError when the name has been given to another one."""
    try:
        _update(state, variant, deleted_at=None, deletion="")
    except sa.exc.IntegrityError:
        raise _taken(variant.name, variant.template) from None


def remove_marked(state: sa.Connection, workspace_id: str, before: datetime) -> int:
    """Remove for good what was marked for deletion until ``before``; return how many."""
    table = models.variants
    old = (table.c.workspace_id == workspace_id) & (table.c.deleted_at <= before)
    return state.execute(sa.delete(table).where(old)).rowcount


def _update(state: sa.Connection, variant: Variant, **values: Any) -> None:
    table = models.variants
    state.execute(table.update().where(table.c.id == variant.id).values(**values))


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _taken(name: str, template: str) -> UserError:
    return UserError(
        f"There is already a variant {quote(name)} of {template}.",
        remedy="Choose another name, or delete the other one.",
    )


def _variant(row: sa.Row[tuple[object, ...]]) -> Variant:
    return Variant(
        row.id, row.workspace_id, row.template, row.template_version, row.name, row.author, row.audience,
        row.settings, row.created_at, row.updated_at, row.deleted_at,
    )  # fmt: skip
