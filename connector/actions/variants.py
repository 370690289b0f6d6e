"""Variants of reports: saved, listed, shown, changed, cloned, reset, deleted and restored.

A person is a name such as ``user:ana`` (command line: the user of the machine) or ``key:abc`` (an API key). It says
whose variants are shown and found first; it is no right: who can run the command line can read the data directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from connector.errors import NotAllowed, UnknownName, UserError, quote
from connector.metrics.dimension import request_dimension
from connector.metrics.window import calendar_of
from connector.model.filter_text import parse_filters
from connector.model.filters import conditions
from connector.model.period import resolve
from connector.reports.template import LoadedTemplate, load_template, template_ids
from connector.reports.variant import VariantSettings, read_settings, with_settings
from connector.store.store import Store
from connector.store.variants import Variant, VariantName

CLEANED_AFTER = timedelta(days=30)
"""How long a deleted variant can be restored, unless the clean-up is told otherwise."""


@dataclass(frozen=True, slots=True)
class VariantRequest:
    """Which variant of which workspace, asked for by whom."""

    workspace: str
    template: str
    name: str
    person: str


@dataclass(frozen=True, slots=True)
class VariantEntry:
    """One variant in the list; ``state`` is empty, ``deleted``, or why it may not run as saved."""

    template: str
    name: str
    audience: str
    author: str
    updated_at: datetime
    state: str


def list_variants(store: Store, workspace: str, person: str) -> list[VariantEntry]:
    """Return the variants that a person sees: everyone's and the person's own. Raises UnknownName."""
    known = set(template_ids())
    return [
        VariantEntry(
            each.template, each.name, "everyone" if not each.audience else "only me", each.author, each.updated_at,
            _state(each, known),
        )
        for each in store.variants(store.workspace(workspace), person)
    ]  # fmt: skip


def save_variant(
    store: Store, request: VariantRequest, given: Mapping[str, Any], now: datetime, *, for_all: bool = False
) -> bool:
    """Save settings under a name; one that exists is changed: what is given replaces, the rest stays.

    Returns True for a new variant. Nothing is saved when a setting cannot be read, or when the template cannot be
    shown with it. Raises UnknownName, UserError, QueryError.
    """
    loaded = load_template(request.template)
    settings = _settings(given)
    try:
        there: Variant | None = store.variant(_wanted(store, request))
    except UnknownName:
        there = None
    if there is not None and for_all and there.audience:
        there = None  # the person's own variant stays; everyone gets one of that name
    if there is not None:
        _check_author(there, request.person)
        settings = settings.over(read_settings(there.settings, there.name))
    _check(store, request, loaded, settings)
    if there is not None:
        store.change_variant(there, _stored(settings), loaded.template.version, now)
        return False
    store.add_variant(_new(store, request, loaded, settings, now, audience="" if for_all else request.person))
    return True


def show_variant(store: Store, request: VariantRequest) -> list[tuple[str, str]]:
    """Return what a variant says, line by line. Raises UnknownName, UserError."""
    variant = store.variant(_wanted(store, request))
    settings = read_settings(variant.settings, variant.name)
    lines = [
        ("for", "everyone" if not variant.audience else "only me"),
        ("made by", variant.author),
        ("saved", str(variant.updated_at)),
        ("range", settings.date_range),
        ("compared with", settings.compare),
        *(("filter", text) for text in settings.filters),
        ("language", settings.language or ""),
        ("time zone", settings.time_zone),
        ("currency", settings.currency),
        *((f"parameter {name}", value) for name, value in settings.parameters.items()),
        *((f"grouping of {block}", f"{new} instead of {old}")
          for block, pairs in settings.groupings.items() for old, new in pairs.items()),
        *((f"chart of {target}", kind) for target, kind in settings.charts.items()),
    ]  # fmt: skip
    said = [(name, value) for name, value in lines if value]
    return said if len(said) > 3 else [*said, ("settings", "the standard ones")]


def reset_variant(store: Store, request: VariantRequest, now: datetime) -> None:
    """Give a variant the standard settings of its template back. Raises UnknownName, NotAllowed."""
    variant = store.variant(_wanted(store, request))
    _check_author(variant, request.person)
    version = load_template(request.template).template.version
    store.change_variant(variant, _stored(VariantSettings()), version, now)


def clone_variant(store: Store, request: VariantRequest, name: str, now: datetime, *, for_all: bool = False) -> None:
    """Copy a variant under another name. Raises UnknownName, UserError when the name is taken."""
    variant = store.variant(_wanted(store, request))
    audience = "" if for_all else request.person
    store.add_variant(
        replace(variant, name=name, author=request.person, audience=audience, created_at=now, updated_at=now)
    )


def delete_variant(store: Store, request: VariantRequest, now: datetime) -> None:
    """Mark a variant for deletion; until the clean-up it can be restored. Raises UnknownName, NotAllowed."""
    variant = store.variant(_wanted(store, request))
    _check_author(variant, request.person)
    store.mark_variant(variant, now)


def restore_variant(store: Store, request: VariantRequest) -> None:
    """Undo the last deletion of that name. Raises UnknownName, NotAllowed, UserError when the name is taken."""
    variant = store.variant(_wanted(store, request), deleted=True)
    _check_author(variant, request.person)
    store.restore_variant(variant)


def clean_variants(store: Store, workspace: str, now: datetime, after: timedelta = CLEANED_AFTER) -> int:
    """Remove for good what was deleted longer than ``after`` ago; return how many. Raises UnknownName."""
    return store.remove_marked_variants(store.workspace(workspace), now - after)


def variant_settings(store: Store, request: VariantRequest) -> VariantSettings:
    """Return the settings of a variant, to run its report. Raises UnknownName, UserError."""
    variant = store.variant(_wanted(store, request))
    return read_settings(variant.settings, variant.name)


def _wanted(store: Store, request: VariantRequest) -> VariantName:
    return VariantName(store.workspace(request.workspace).id, request.template, request.name, request.person)


def _settings(given: Mapping[str, Any]) -> VariantSettings:
    try:
        return VariantSettings.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{quote(first['input'])} cannot be saved as {field}: {first['msg']}.",
            place="variants save",
            remedy="Give another value.",
        ) from None


def _check(store: Store, request: VariantRequest, loaded: LoadedTemplate, settings: VariantSettings) -> None:
    """Read everything once, so that a variant that is saved also runs."""
    with store.reader(store.workspace(request.workspace)) as reader:
        profile = reader.profile
    with_settings(loaded, settings, profile, f"variant {quote(request.name)}")
    for condition in conditions(parse_filters(settings.filters)):
        if condition.field not in loaded.catalogue.metrics:
            request_dimension(condition.field, loaded.catalogue, profile, "en")
    calendar = calendar_of(profile, settings.time_zone)
    if settings.date_range:
        resolve(settings.date_range, datetime(2024, 5, 15, tzinfo=calendar.zone).date(), calendar)


def _check_author(variant: Variant, person: str) -> None:
    """A variant for everyone belongs to who made it; on the command line everyone is the owner of the machine."""
    if variant.author != person and not person.startswith("user:"):
        raise NotAllowed(
            f"The variant {quote(variant.name)} was made by someone else.", remedy="Clone it and change the copy."
        )


def _new(
    store: Store,
    request: VariantRequest,
    loaded: LoadedTemplate,
    settings: VariantSettings,
    now: datetime,
    *,
    audience: str,
) -> Variant:
    return Variant(
        "", store.workspace(request.workspace).id, request.template, loaded.template.version, request.name,
        request.person, audience, _stored(settings), now, now,
    )  # fmt: skip


def _stored(settings: VariantSettings) -> dict[str, Any]:
    return settings.model_dump(mode="json", exclude_defaults=True)


def _state(variant: Variant, known: set[str]) -> str:
    if variant.deleted_at is not None:
        return "deleted"
    if variant.template not in known:
        return "its template is gone"
    current = load_template(variant.template).template.version
    return "" if current == variant.template_version else f"made for version {variant.template_version}"
