"""HubSpot as a system: its source over our HTTP client, and what its streams need to become entities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connector.actions.account_mapping import AccountMapping
from connector.actions.grants import CLIENT_SECRET
from connector.actions.sync import System
from connector.errors import UserError, quote
from connector.http.addresses import check_host, is_loopback, origin
from connector.http.budget import Budget, Limit
from connector.http.client import Client, ClientOptions
from connector.http.pool import VendorPool
from connector.http.redaction import Token
from connector.http.retry import Rule
from connector.http.tokens import Grant, OAuthToken, StaticToken, TokenSource
from connector.normalise.hubspot.default_mapping import MOST_CUSTOM, default_mapping, left_out
from connector.normalise.hubspot.explode import RECIPES, explode, inputs
from connector.sources.hubspot.catalogue import all_streams
from connector.sources.hubspot.oauth import CONSENT_URL, OAuthApp, TokenDesk, consent_url, hubspot_loopback
from connector.sources.hubspot.policy import (
    HUBSPOT_RULES,
    OAUTH_APP,
    PRIVATE_APP,
    SEARCHES,
    hubspot_policy,
    limits,
    route,
)
from connector.sources.hubspot.source import BASE_URL, HubspotOptions, open_hubspot
from connector.sources.hubspot.versions import DEFAULT_VERSION, find_version
from connector.sources.stream import Account, Property
from connector.store.grants import is_granted

if TYPE_CHECKING:
    from connector.actions.systems import SystemMeans

REDIRECT_PORT: Final = 8765
CONSENT_SECONDS: Final = 300.0
"""So long a person has to sign in, choose the account and allow."""
LAST_PORT: Final = 65535
MOST_REQUESTS = 1000
_OWN_HOSTS = frozenset({"api.hubapi.com"})


class HubspotNormaliser:
    """See :class:`connector.actions.sync_tables.Normaliser`."""

    made_from: Mapping[str, tuple[str, ...]] = {name: inputs(name) for name in RECIPES}

    def explode(
        self, folded: Mapping[str, Path], before: Mapping[str, Path], out: Path, only: frozenset[str],
        memory_limit: str, threads: int | None,
    ) -> dict[str, Path]:  # fmt: skip
        """Write the datasets of ``only`` that are made from streams."""
        return explode(folded, out, only, before, memory_limit=memory_limit, threads=threads)

    most_custom = MOST_CUSTOM

    def default_mapping(
        self, columns: Mapping[str, Sequence[str]], properties: Mapping[str, Sequence[Property]], account: Account,
        preferred: Mapping[str, Sequence[str]],
    ) -> AccountMapping:  # fmt: skip
        """Return the mapping that works unasked."""
        text = default_mapping(columns, properties, account, preferred)
        return AccountMapping(text, left_out(columns, properties, preferred))


def open_hubspot_system(options: Mapping[str, str], secrets: Mapping[str, str], means: SystemMeans) -> System:
    """Open an account; nothing is asked of it yet. Raises UserError for options that cannot be used."""
    read = HubspotOptions(
        base_url=_base_url(options, means),
        version=options.get("api", DEFAULT_VERSION),
        histories=options.get("histories", "yes").lower() not in ("no", "false", "0"),
        without=_without(options.get("without", "")),
        clock=means.clock.now,
    )
    client = Client(
        means.allowed_hosts | _OWN_HOSTS,
        hubspot_token(options, secrets, means),
        Budget(means.data_dir / "budgets.db", means.account_key, hubspot_limits(options, secrets), means.clock),
        ClientOptions(hubspot_policy(options.get("time_zone", "")), clock=means.clock),
    )
    return System(open_hubspot(read, VendorPool(client, route)), HubspotNormaliser())


def hubspot_limits(options: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, tuple[Limit, ...]]:
    """Return the limits of an account: those that are given, else those of the way it signs in. Raises UserError."""
    usual = OAUTH_APP if is_granted(secrets) else PRIVATE_APP
    return limits(_number(options, "rate", usual), _number(options, "search_rate", SEARCHES))


def hubspot_token(options: Mapping[str, str], secrets: Mapping[str, str], means: SystemMeans) -> TokenSource:
    """Return what an account signs in with: a grant that is renewed where there is one, else a token that stays."""
    if means.grants is None or not is_granted(secrets):
        return StaticToken(secrets.get("token", ""))

    def exchange(refresh: Token) -> Grant:
        with _desk(options, secrets.get(CLIENT_SECRET, ""), means) as desk:
            return desk.exchange_refresh(refresh)

    return OAuthToken(means.grants, exchange, means.clock)


def ask_hubspot_consent(
    options: Mapping[str, str], client_secret: str, means: SystemMeans, show: Callable[[str], None]
) -> Grant:
    """Send a person to HubSpot and return what they allowed; ``show`` is given the address to open.

    Waits some minutes. Raises UserError for options that cannot be used, ConnectionRefused when the person does not
    come back or the app is not known.
    """
    if not options.get("client_id"):
        raise UserError(
            "The client id of the app is missing.",
            place="--option client_id",
            remedy="Copy it from the app's page in HubSpot, under Auth: --option client_id=...",
        )
    port = _port(options)
    with _desk(options, client_secret, means) as desk, hubspot_loopback(port) as waiting:
        show(consent_url(desk.app, waiting.redirect_uri, waiting.state, _consent_page(desk.base_url)))
        return desk.exchange_code(waiting.wait(CONSENT_SECONDS, means.clock), waiting.redirect_uri)


@contextmanager
def _desk(options: Mapping[str, str], client_secret: str, means: SystemMeans) -> Iterator[TokenDesk]:
    """Open the place where tokens are had. It has no budget: token endpoints do not count against the limits."""
    # Whatever the desk refuses is told in the words of a sign-in, not in those of a key.
    policy = replace(hubspot_policy(), rules=(Rule("fail", range(400, 404)), *HUBSPOT_RULES))
    client = Client(means.allowed_hosts | _OWN_HOSTS, None, None, ClientOptions(policy, clock=means.clock))
    app = OAuthApp(options.get("client_id", ""), Token(client_secret))
    version = find_version(options.get("api", DEFAULT_VERSION))
    try:
        yield TokenDesk(client, version, _base_url(options, means), app)
    finally:
        client.close()


def _consent_page(base_url: str) -> str:
    """Return the page where people allow: the sandbox has its own; behind a gateway it is HubSpot's all the same."""
    return f"{base_url}/oauth/authorize" if is_loopback(origin(base_url)[1]) else CONSENT_URL


def _base_url(options: Mapping[str, str], means: SystemMeans) -> str:
    return check_host(options.get("base_url", BASE_URL), means.allowed_hosts | _OWN_HOSTS)


def _port(options: Mapping[str, str]) -> int:
    text = options.get("redirect_port", str(REDIRECT_PORT))
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise UserError(
            f"{quote(text)} is no port.",
            place="--option redirect_port",
            remedy=f"Leave it out, or write {REDIRECT_PORT}.",
        )
    return int(text)


def _without(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    known = [stream.name for stream in all_streams()]
    for name in sorted(names - set(known)):
        raise UserError(
            f"HubSpot has no stream {quote(name)}.", place="--option without", remedy=f"There are: {', '.join(known)}."
        )
    return names


def _number(options: Mapping[str, str], name: str, usual: int) -> int:
    text = options.get(name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= MOST_REQUESTS:
        raise UserError(
            f"{quote(text)} is no number of requests.",
            place=f"--option {name}",
            remedy=f"Leave it out, or write {usual}.",
        )
    return int(text)
