"""Connect a vendor's account to a workspace: sign in once, then keep what it takes, sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.actions.grants import CLIENT_SECRET, AccountGrants, stored
from connector.actions.sync import System
from connector.actions.systems import SYSTEMS, Show, SystemEntry, SystemMeans, check_options, find_system
from connector.errors import ConnectionRefused, UnknownName, UserError, quote
from connector.http.clock import REAL, Clock
from connector.sources.stream import Account
from connector.store.grants import ACCESS
from connector.store.store import Connection, Store


@dataclass(frozen=True, slots=True, repr=False)
class ConnectRequest:
    """What to connect. It prints as nothing: ``token`` is a secret, with ``oauth`` the client secret of an app."""

    workspace: str
    system: str
    token: str
    name: str = ""
    options: Mapping[str, str] | None = None
    oauth: bool = False


@dataclass(frozen=True, slots=True)
class Connected:
    """An account that let us in."""

    workspace: str
    connection: str
    system: str
    account: Account


def connect(
    store: Store, request: ConnectRequest, allowed_hosts: frozenset[str], now: datetime, show: Show | None = None
) -> Connected:
    """Sign in and keep the connection; the workspace is created when it is new.

    With ``oauth`` a person is sent to the address that ``show`` is given. Nothing is kept of an account that does not
    let us in. A connection of the same name gets the new key. Raises UnknownName, UserError, ConnectionRefused,
    MissingScope, TryLater.
    """
    entry = find_system(request.system)
    options = dict(request.options or {})
    check_options(entry, options)
    means = SystemMeans(store.data_dir, allowed_hosts, "connecting")
    secrets = _consented(entry, request, options, means, show) if request.oauth else _given(entry, request, options)
    trial = entry.open(options, {"token": secrets.get("token") or secrets[ACCESS]}, means)
    try:
        account = trial.source.account()
    finally:
        trial.source.close()
    known = {"account_id": account.id, "time_zone": account.time_zone}
    return keep_connection(store, replace(request, system=entry.name, options=options | known), account, secrets, now)


def keep_connection(
    store: Store, request: ConnectRequest, account: Account, secrets: Mapping[str, str], now: datetime
) -> Connected:
    """Keep an account that let us in, with the options of the request. Raises UserError where another one is kept."""
    connection = _connection(store, request, account, now)
    # Whoever renews the grant that was here before must not put it in the place of this one.
    with store.grants(connection, lambda: now).exchange_under_lock():
        store.keep_account(connection, request.options or {}, secrets, now)
    return Connected(store.workspace_of(connection.workspace_id).name, connection.name, request.system, account)


def _given(entry: SystemEntry, request: ConnectRequest, options: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of an account that is opened with a key."""
    if "client_id" in options:
        raise UserError("The client id of an app is for OAuth.", place="--option client_id", remedy="Add --oauth.")
    return {"token": _secret(request.token, f"No key was given for {entry.label}.")}


def _consented(
    entry: SystemEntry, request: ConnectRequest, options: Mapping[str, str], means: SystemMeans, show: Show | None
) -> dict[str, str]:
    """Return the secrets of an account whose owner allows an app to read it."""
    if entry.consent is None or show is None:
        raise UserError(f"{entry.label} is not connected by OAuth here.", remedy="Leave --oauth out and give a key.")
    secret = _secret(request.token, f"No client secret was given for the app of {entry.label}.")
    entry.open(options, {}, means).source.close()  # an option of no use is said before anyone is sent anywhere
    grant = entry.consent(options, secret, means, show)
    if not grant.refresh:
        raise ConnectionRefused(
            f"{entry.label} gave access that ends and cannot be renewed.",
            place="sign-in",
            remedy="Let the app ask for offline access (a refresh token), then connect again.",
        )
    return {CLIENT_SECRET: secret, **stored(grant).secrets()}


def _secret(text: str, sentence: str) -> str:
    if not text.strip():
        raise ConnectionRefused(sentence, remedy="Type it when asked, or set PUENTE_TOKEN for this command.")
    return text.strip()


def _connection(store: Store, request: ConnectRequest, account: Account, now: datetime) -> Connection:
    """Return the connection to keep an account in. Raises UserError when it holds another account."""
    try:
        workspace = store.workspace(request.workspace)
    except UnknownName:
        workspace = store.create_workspace(request.workspace, now)
    connection = store.connection(workspace, request.name or request.system, request.system, now)
    kept = store.account(connection)
    if kept is not None and kept.options.get("account_id", account.id) != account.id:
        raise UserError(
            f"The connection {quote(connection.name)} belongs to the account {quote(kept.options['account_id'])};"
            f" this key opens {quote(account.id)}.",
            remedy="Give the new account a name of its own with --name.",
        )
    return connection


def open_connection(store: Store, connection: Connection, allowed_hosts: frozenset[str], clock: Clock = REAL) -> System:
    """Open the account of a connection. Raises UserError when it has none, SettingsError for a lost key."""
    entry = find_system(connection.system)
    kept = store.account(connection)
    if kept is None:
        raise UserError(
            f"The connection {quote(connection.name)} has no account.",
            remedy=f"Connect it: connect {connection.system} --workspace NAME --name {connection.name}.",
        )
    grants = AccountGrants(store.grants(connection, clock.now))
    means = SystemMeans(store.data_dir, allowed_hosts, connection.id, grants, clock)
    return entry.open(kept.options, kept.secrets, means)


def find_connection(store: Store, workspace: str, name: str = "") -> Connection:
    """Return the connection of a name; without one, the only one that reads a vendor. Raises UnknownName, UserError."""
    found = [one for one in store.connections(store.workspace(workspace)) if one.system in SYSTEMS]
    named = [one for one in found if one.name == name] if name else found
    if len(named) == 1:
        return named[0]
    names = ", ".join(quote(one.name) for one in found) or "none"
    if name or not found:
        what = f"no connection {quote(name)}" if name else "nothing connected"
        raise UnknownName(
            f"There is {what} in {quote(workspace)} (connected: {names}).",
            remedy="Connect an account: connect hubspot --workspace NAME.",
        )
    raise UserError(f"{quote(workspace)} has several connections: {names}.", remedy="Name one with --connection.")
