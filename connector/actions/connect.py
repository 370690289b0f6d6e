"""Connect a vendor's account to a workspace: sign in once, then keep what it takes, sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.actions.sync import System
from connector.actions.systems import SystemMeans, check_options, find_system
from connector.errors import ConnectionRefused, UnknownName, UserError, quote
from connector.sources.stream import Account
from connector.store.store import Connection, Store


@dataclass(frozen=True, slots=True, repr=False)
class ConnectRequest:
    """What to connect. It prints as nothing: ``token`` is a secret."""

    workspace: str
    system: str
    token: str
    name: str = ""
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """An account that let us in."""

    workspace: str
    connection: str
    system: str
    account: Account


def connect(store: Store, request: ConnectRequest, allowed_hosts: frozenset[str], now: datetime) -> Connected:
    """Sign in and keep the connection; the workspace is created when it is new.

    Nothing is kept of an account that does not let us in. A connection of the same name gets the new key. Raises
    UnknownName, UserError, ConnectionRefused, MissingScope, TryLater.
    """
    entry = find_system(request.system)
    options = dict(request.options or {})
    check_options(entry, options)
    if not request.token.strip():
        raise ConnectionRefused(
            f"No key was given for {entry.label}.", remedy="Type it when asked, or set PUENTE_TOKEN for this command."
        )
    secrets = {"token": request.token.strip()}
    trial = entry.open(options, secrets, SystemMeans(store.data_dir, allowed_hosts, "connecting"))
    try:
        account = trial.source.account()
    finally:
        trial.source.close()
    try:
        workspace = store.workspace(request.workspace)
    except UnknownName:
        workspace = store.create_workspace(request.workspace, now)
    connection = store.connection(workspace, request.name or entry.name, entry.name, now)
    kept = store.account(connection)
    if kept is not None and kept.options.get("account_id", account.id) != account.id:
        raise UserError(
            f"The connection {quote(connection.name)} belongs to the account {quote(kept.options['account_id'])};"
            f" this key opens {quote(account.id)}.",
            remedy="Give the new account a name of its own with --name.",
        )
    known = {"account_id": account.id, "time_zone": account.time_zone}
    store.keep_account(connection, options | known, secrets, now)
    return Connected(workspace.name, connection.name, entry.name, account)


def open_connection(store: Store, connection: Connection, allowed_hosts: frozenset[str]) -> System:
    """Open the account of a connection. Raises UserError when it has none, SettingsError for a lost key."""
    entry = find_system(connection.system)
    kept = store.account(connection)
    if kept is None:
        raise UserError(
            f"The connection {quote(connection.name)} has no account.",
            remedy=f"Connect it: connect {connection.system} --workspace NAME --name {connection.name}.",
        )
    return entry.open(kept.options, kept.secrets, SystemMeans(store.data_dir, allowed_hosts, connection.id))


def find_connection(store: Store, workspace: str, name: str = "") -> Connection:
    """Return the connection of a name; without one, the only one that reads a vendor. Raises UnknownName, UserError."""
    found = [one for one in store.connections(store.workspace(workspace)) if one.system != "file"]
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
