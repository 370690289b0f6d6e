"""The two shapes of HubSpot's paths, numbered (``/crm/v3/objects``) and dated (``/crm/objects/2026-03``)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = r"(?P<version>v[1-4]|20\d\d-(?:03|09))"
_SHAPES = [
    re.compile(pattern)
    for pattern in (
        rf"/crm/{_VERSION}/(?P<area>objects|owners|properties|pipelines|associations|lists|schemas)(?P<rest>/.*)?",
        rf"/crm/(?P<area>objects|owners|properties|pipelines|associations|lists)/{_VERSION}(?P<rest>/.*)?",
        rf"/crm-object-schemas/{_VERSION}/(?P<area>schemas)(?P<rest>/.*)?",
        rf"/(?P<area>account-info)/{_VERSION}(?P<rest>/.*)?",
        rf"/(?P<area>oauth)/{_VERSION}(?P<rest>/.*)?",
        rf"/marketing/{_VERSION}/(?P<area>campaigns)(?P<rest>/.*)?",
        rf"/marketing/(?P<area>campaigns)/{_VERSION}(?P<rest>/.*)?",
        rf"/settings/{_VERSION}/(?P<area>currencies|users)(?P<rest>/.*)?",
        rf"/settings/(?P<area>currencies|users)/{_VERSION}(?P<rest>/.*)?",
        rf"/(?P<area>properties)/{_VERSION}(?P<rest>/.*)?",
    )
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads: the area, the parts behind it and the version in which it was asked."""

    area: str
    version: str
    rest: tuple[str, ...]


def locate(path: str) -> Place | None:
    """Return where a path leads; None where HubSpot has nothing."""
    for shape in _SHAPES:
        match = shape.fullmatch(path)
        if match is not None:
            rest = tuple(part for part in (match["rest"] or "").split("/") if part)
            return Place(match["area"], match["version"], rest)
    return None
