"""The paths of HubSpot's interface, version by version: the one place that knows how they are spelt.

Bodies are the same in all of them. Dated versions come every March and September; v1 to v4 are unsupported from
March and September 2027 on (developers.hubspot.com/changelog, "what's going unsupported and when").
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.errors import SettingsError, quote


@dataclass(frozen=True, slots=True)
class Version:
    """Paths with ``{object}``, ``{id}``, ``{parent}`` and ``{child}`` to be filled in by :meth:`path`."""

    name: str
    records: str
    record: str
    search: str
    batch: str
    associations: str
    linked: str
    owners: str
    pipelines: str
    properties: str
    account: str
    lists: str
    campaigns: str
    currencies: str
    token: str

    def path(self, kind: str, **parts: str) -> str:
        """Return the path of a kind of call, ``path("search", object="deals")``."""
        template: str = getattr(self, kind)
        return template.format(**parts)


def dated(day: str) -> Version:
    """Return the paths of a dated version such as ``2026-03``."""
    records = f"/crm/objects/{day}/{{object}}"
    return Version(
        name=day,
        records=records,
        record=f"{records}/{{id}}",
        search=f"{records}/search",
        batch=f"{records}/batch/read",
        associations=f"/crm/associations/{day}/{{parent}}/{{child}}/batch/read",
        linked=f"/crm/objects/{day}/{{parent}}/{{id}}/associations/{{child}}",
        owners=f"/crm/owners/{day}",
        pipelines=f"/crm/pipelines/{day}/{{object}}",
        properties=f"/crm/properties/{day}/{{object}}",
        account=f"/account-info/{day}/details",
        lists=f"/crm/lists/{day}/search",
        campaigns=f"/marketing/campaigns/{day}",
        currencies=f"/settings/currencies/{day}/exchange-rates",
        token=f"/oauth/{day}/token",
    )


V3 = Version(
    name="v3",
    records="/crm/v3/objects/{object}",
    record="/crm/v3/objects/{object}/{id}",
    search="/crm/v3/objects/{object}/search",
    batch="/crm/v3/objects/{object}/batch/read",
    associations="/crm/v4/associations/{parent}/{child}/batch/read",
    linked="/crm/v4/objects/{parent}/{id}/associations/{child}",
    owners="/crm/v3/owners",
    pipelines="/crm/v3/pipelines/{object}",
    properties="/crm/v3/properties/{object}",
    account="/account-info/v3/details",
    lists="/crm/v3/lists/search",
    campaigns="/marketing/v3/campaigns",
    currencies="/settings/v3/currencies/exchange-rates",
    token="/oauth/v1/token",
)

VERSIONS = {version.name: version for version in (dated("2026-03"), V3)}
"""By name; the first is the one used unasked."""

DEFAULT_VERSION = "2026-03"


def find_version(name: str) -> Version:
    """Return a version by name. Raises SettingsError for one that is not in the table."""
    if name not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise SettingsError(f"HubSpot's interface has no version {quote(name)} here.", remedy=f"Choose one of {known}.")
    return VERSIONS[name]
