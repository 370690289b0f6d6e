"""HubSpot as a system: its source over our HTTP client, and what its streams need to become entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from connector.actions.sync import System
from connector.errors import UserError, quote
from connector.http.addresses import check_host
from connector.http.budget import Budget
from connector.http.client import Client, ClientOptions
from connector.http.pool import VendorPool
from connector.http.tokens import StaticToken
from connector.normalise.hubspot.default_mapping import default_mapping
from connector.normalise.hubspot.explode import RECIPES, explode, inputs
from connector.sources.hubspot.policy import PRIVATE_APP, SEARCHES, hubspot_policy, limits, route
from connector.sources.hubspot.source import BASE_URL, HubspotOptions, open_hubspot
from connector.sources.hubspot.versions import DEFAULT_VERSION
from connector.sources.stream import Account, Property

if TYPE_CHECKING:
    from connector.actions.systems import SystemMeans

MOST_REQUESTS = 1000
_OWN_HOSTS = frozenset({"api.hubapi.com"})


class HubspotNormaliser:
    """See :class:`connector.actions.sync_tables.Normaliser`."""

    made_from: Mapping[str, tuple[str, ...]] = {name: inputs(name) for name in RECIPES}

    def explode(
        self, folded: Mapping[str, Path], out: Path, only: frozenset[str], memory_limit: str, threads: int | None
    ) -> dict[str, Path]:
        """Write the datasets of ``only`` that are made from streams."""
        return explode(folded, out, only, memory_limit=memory_limit, threads=threads)

    def default_mapping(
        self, columns: Mapping[str, Sequence[str]], properties: Mapping[str, Sequence[Property]], account: Account
    ) -> str:
        """Return the mapping that works unasked."""
        return default_mapping(columns, properties, account)


def open_hubspot_system(options: Mapping[str, str], secrets: Mapping[str, str], means: SystemMeans) -> System:
    """Open an account; nothing is asked of it yet. Raises UserError for options that cannot be used."""
    base_url = check_host(options.get("base_url", BASE_URL), means.allowed_hosts | _OWN_HOSTS)
    allowed = limits(_number(options, "rate", PRIVATE_APP), _number(options, "search_rate", SEARCHES))
    budget = Budget(means.data_dir / "budgets.db", means.account_key, allowed)
    client = Client(
        means.allowed_hosts | _OWN_HOSTS, StaticToken(secrets.get("token", "")), budget,
        ClientOptions(hubspot_policy(options.get("time_zone", ""))),
    )  # fmt: skip
    read = HubspotOptions(
        base_url=base_url,
        version=options.get("api", DEFAULT_VERSION),
        histories=options.get("histories", "yes").lower() not in ("no", "false", "0"),
    )
    return System(open_hubspot(read, VendorPool(client, route)), HubspotNormaliser())


def _number(options: Mapping[str, str], name: str, usual: int) -> int:
    text = options.get(name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= MOST_REQUESTS:
        raise UserError(
            f"{quote(text)} is no number of requests.",
            place=f"--option {name}",
            remedy=f"Leave it out, or write {usual}.",
        )
    return int(text)
