"""The brand of a workspace, or the default of all: set, shown, taken back, and asked for by every output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from connector.actions.logo import read_logo
from connector.errors import UserError
from connector.model.brand import Brand, Logo, checked_brand_name, checked_colours, checked_font
from connector.model.report import Theme
from connector.store.store import Store, Workspace


@dataclass(frozen=True, slots=True)
class BrandRequest:
    """What to change; empty keeps what there is. ``without_logo`` shows none, even where the default has one."""

    name: str = ""
    primary: str = ""
    accent: str = ""
    neutral: str = ""
    font: str = ""
    logo: Path | None = None
    without_logo: bool = False


@dataclass(frozen=True, slots=True)
class BrandLine:
    """One fact of a brand: its value, and where that comes from (workspace, default, Puente)."""

    fact: str
    value: str
    origin: str


def set_brand(store: Store, workspace: str, request: BrandRequest, now: datetime) -> None:
    """Change the brand of a workspace; an empty name of one changes the default of all.

    Nothing is changed when one thing is wrong. Raises UnknownName, UserError, FileError.
    """
    if request == BrandRequest():
        raise UserError(
            "Nothing to change was named.",
            place="workspace brand",
            remedy="Add --name, --logo, --primary ..., or --show.",
        )
    if request.logo is not None and request.without_logo:
        raise UserError("A logo cannot be set and left out.", place="--no-logo", remedy="Name one of the two.")
    owner = _owner(store, workspace)
    before = store.brand(owner)
    brand = replace(
        before,
        name=checked_brand_name(request.name) if request.name else before.name,
        font=checked_font(request.font) if request.font else before.font,
        logo=_logo(request, before),
    )
    if request.primary or request.accent or request.neutral:
        plain = before.over(store.brand(None)).theme()
        brand = replace(
            brand,
            colours=checked_colours(
                request.primary or plain.primary, request.accent or plain.accent, request.neutral or plain.neutral
            ),
        )
    store.keep_brand(owner, brand, now)


def reset_brand(store: Store, workspace: str) -> bool:
    """Take a brand back, so that the default (or Puente's own looks) holds; say whether there was one."""
    return store.forget_brand(_owner(store, workspace))


def describe_brand(store: Store, workspace: str) -> list[BrandLine]:
    """Return what outputs of a workspace show, or of any workspace without a brand, and why. Raises UnknownName."""
    owner = _owner(store, workspace)
    own, default = (store.brand(owner) if owner else Brand()), store.brand(None)
    theme = own.over(default).theme()
    logo = f"{len(theme.logo):,} bytes, {theme.logo_type}" if theme.logo else "none"
    return [
        BrandLine("name", theme.name or "none", _origin(own.name, default.name)),
        BrandLine("logo", logo, _origin(own.logo, default.logo)),
        BrandLine("primary", theme.primary, _origin(own.colours, default.colours)),
        BrandLine("accent", theme.accent, _origin(own.colours, default.colours)),
        BrandLine("neutral", theme.neutral, _origin(own.colours, default.colours)),
        BrandLine("font", theme.font, _origin(own.font, default.font)),
    ]


def theme_of(store: Store, workspace: str = "") -> Theme:
    """Return the looks of a workspace's outputs; of outputs for all workspaces when none is named."""
    owner = _owner(store, workspace)
    own = store.brand(owner) if owner else Brand()
    return own.over(store.brand(None)).theme()


def _owner(store: Store, workspace: str) -> Workspace | None:
    return store.workspace(workspace) if workspace else None


def _logo(request: BrandRequest, before: Brand) -> Logo | None:
    if request.without_logo:
        return Logo(b"")
    return before.logo if request.logo is None else read_logo(request.logo)


def _origin(own: object, default: object) -> str:
    return "workspace" if own is not None else "default" if default is not None else "Puente"
