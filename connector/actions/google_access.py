"""Google: connected once, by a service account's key or a person's consent, then opened for Sheets and Drive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from connector.actions.connect import Connected, ConnectRequest, keep_connection
from connector.actions.google_options import base_url_of, check_options, pace_of, port_of, scopes_of
from connector.actions.grants import CLIENT_SECRET, AccountGrants, stored
from connector.actions.systems import Show, SystemMeans
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.sign_in import (
    BACK_TO,
    SERVICE_SCOPES,
    AppKey,
    Proof,
    TokenDesk,
    consent_url,
    read_app_key,
    read_service_key,
    service_token,
)
from connector.deliver.sheets.transport import GOOGLE_TIMEOUTS, HOSTS, Route, google_limits
from connector.errors import ConnectionRefused, PuenteError, UnknownName, UserError, quote
from connector.http.budget import Budget
from connector.http.client import Client, ClientOptions
from connector.http.clock import REAL, Clock
from connector.http.loopback import Loopback
from connector.http.redaction import Token
from connector.http.retry import Rule
from connector.http.tokens import Grant, OAuthToken, StaticToken, TokenSource
from connector.sources.stream import Account
from connector.store.grants import ACCESS, REFRESH
from connector.store.store import Connection, Store

if TYPE_CHECKING:
    from connector.deliver.sheets.google_api import GoogleSheets
    from connector.deliver.sheets.google_drive import GoogleDrive

SYSTEM: Final = "google"
SERVICE_KEY: Final = "service_key"
CONSENT_SECONDS: Final = 300.0
DOCS: Final = "https://docs.google.com"
GUIDE: Final = "connector/deliver/sheets/SETUP.md"


@dataclass(frozen=True, slots=True)
class Google:
    """An open Google account."""

    sheets: GoogleSheets
    drive: GoogleDrive
    email: str
    """Whose account it is: the address that spreadsheets are shared with."""
    is_service: bool
    route: Route = field(repr=False)
    """What both are sent by, for whoever has to ask more."""
    base_url: str = ""

    def page(self, spreadsheet: str) -> str:
        """Return the address under which a person opens a spreadsheet."""
        return f"{self.base_url.rstrip('/') or DOCS}/spreadsheets/d/{spreadsheet}/edit"

    def close(self) -> None:
        """Close idle connections."""
        self.sheets.close()


def connect_google(
    store: Store,
    request: ConnectRequest,
    allowed_hosts: frozenset[str],
    now: datetime,
    show: Show | None = None,
    clock: Clock = REAL,
) -> Connected:
    """Sign in to Google and keep the account, sealed; the workspace is created when it is new.

    ``request.token`` is the text of a service account's key file; with ``request.oauth`` that of an app's client file,
    or the app's secret beside the option ``client_id``, and a person is sent to the address that ``show`` is given.
    Raises FileError, UserError, ConnectionRefused, NotAllowed, TryLater.
    """
    options = dict(request.options or {})
    check_options(options)
    means = SystemMeans(store.data_dir, allowed_hosts, "connecting", None, clock)
    if request.oauth:
        options, secrets = _consented(request.token, options, means, show)
    else:
        options, secrets = _given(request.token, options)
    with _naming(request.workspace), _opened(options, secrets, means) as google:
        told = google.drive.whoami()
    account = Account(str(told.get("emailAddress", "")), str(told.get("emailAddress", "")))
    kept = replace(request, system=SYSTEM, options=options | {"account_id": account.id})
    return keep_connection(store, kept, account, secrets, now)


def find_google(store: Store, workspace: str, name: str = "") -> Connection:
    """Return the Google connection of a name, or the only one of a workspace. Raises UnknownName, UserError."""
    found = [one for one in store.connections(store.workspace(workspace)) if one.system == SYSTEM]
    named = [one for one in found if one.name == name] if name else found
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        names = ", ".join(quote(one.name) for one in named)
        raise UserError(
            f"{quote(workspace)} has several Google accounts: {names}.", remedy="Name one with --connection."
        )
    raise UnknownName(
        f"No Google account is connected to {quote(workspace)}.",
        remedy=f"Connect one: connect google --workspace {workspace}. {GUIDE} describes it step by step.",
    )


@contextmanager
def open_google(
    store: Store, connection: Connection, allowed_hosts: frozenset[str], clock: Clock = REAL
) -> Iterator[Google]:
    """Open the account of a connection for a block. Raises UserError when it has none, SettingsError."""
    kept, workspace = store.account(connection), store.workspace_of(connection.workspace_id).name
    if kept is None:
        raise UserError(
            f"The connection {quote(connection.name)} has no account.",
            remedy=f"Connect one: connect google --workspace {workspace}.",
        )
    grants = AccountGrants(store.grants(connection, clock.now))
    means = SystemMeans(store.data_dir, allowed_hosts, connection.id, grants, clock)
    with _naming(workspace), _opened(kept.options, kept.secrets, means) as google:
        yield google


@contextmanager
def _naming(workspace: str) -> Iterator[None]:
    """Put a workspace's name into what the remedies of a block tell to run."""
    try:
        yield
    except PuenteError as error:
        error.remedy = error.remedy.replace("--workspace NAME", f"--workspace {workspace}")
        raise


# --- signing in ---------------------------------------------------------------------------------------------


def _given(key: str, options: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return options and secrets of a service account."""
    if not key.strip():
        raise ConnectionRefused(
            "No key file of a service account was given.",
            remedy=f"Name it with --key-file, or connect as a person with --oauth. {GUIDE} tells how to get one.",
        )
    read_service_key(key)
    return dict(options), {SERVICE_KEY: key}


def _consented(
    key: str, options: dict[str, str], means: SystemMeans, show: Show | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return options and secrets of a person who allowed an app in the browser."""
    app = AppKey(options["client_id"], Token(key.strip())) if options.get("client_id") else read_app_key(key)
    if show is None:
        raise UserError("Nobody can be sent to Google from here.", remedy="Connect with a service account's key.")
    port, proof, base_url = port_of(options), Proof(), base_url_of(options, means)
    with _desk(base_url, means) as desk, Loopback(port, "Google", BACK_TO) as waiting:
        show(consent_url(app, waiting.redirect_uri, waiting.state, proof, scopes_of(options), base_url))
        code = waiting.wait(CONSENT_SECONDS, means.clock)
        grant = desk.by_code(app, code, waiting.redirect_uri, proof.verifier)
    if not grant.refresh:
        raise ConnectionRefused(
            "Google gave access that ends and cannot be renewed.",
            place="sign-in",
            remedy="Take the app's access back in your Google account, under Security, then connect again.",
        )
    secrets = {CLIENT_SECRET: app.client_secret.reveal(), **stored(grant).secrets()}
    return options | {"client_id": app.client_id}, secrets


@contextmanager
def _opened(options: Mapping[str, str], secrets: Mapping[str, str], means: SystemMeans) -> Iterator[Google]:
    from connector.deliver.sheets.google_api import GoogleSheets  # noqa: PLC0415 - heavy
    from connector.deliver.sheets.google_drive import GoogleDrive  # noqa: PLC0415 - heavy

    base_url, email = base_url_of(options, means), _email(options, secrets)
    with _desk(base_url, means) as desk:
        pace = google_limits(pace_of(options))
        budget = Budget(means.data_dir / "budgets.db", f"google {email or means.account_key}", pace, means.clock)
        client = Client(
            means.allowed_hosts | HOSTS,
            _token(options, secrets, desk, means),
            budget,
            ClientOptions(POLICY, GOOGLE_TIMEOUTS, clock=means.clock),
        )
        route = Route(client, email, base_url)
        google = Google(GoogleSheets(route), GoogleDrive(route), email, SERVICE_KEY in secrets, route, base_url)
        try:
            yield google
        finally:
            google.close()


def _email(options: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    known = options.get("account_id", "")
    if known or SERVICE_KEY not in secrets:
        return known
    return options.get("subject") or read_service_key(secrets[SERVICE_KEY]).email


def _token(options: Mapping[str, str], secrets: Mapping[str, str], desk: TokenDesk, means: SystemMeans) -> TokenSource:
    if SERVICE_KEY in secrets:
        key = read_service_key(secrets[SERVICE_KEY], options.get("subject", ""))
        return service_token(desk, key, SERVICE_SCOPES, means.clock)
    if means.grants is None or REFRESH not in secrets:  # the moment after the consent: nothing is kept yet
        return StaticToken(secrets.get(ACCESS, ""))
    app = AppKey(options.get("client_id", ""), Token(secrets.get(CLIENT_SECRET, "")))

    def exchange(refresh: Token) -> Grant:
        return desk.by_refresh(app, refresh)

    return OAuthToken(means.grants, exchange, means.clock)


@contextmanager
def _desk(base_url: str, means: SystemMeans) -> Iterator[TokenDesk]:
    # What the token endpoint refuses is told in the words of a sign-in. It does not count against any limit.
    policy = replace(POLICY, rules=(Rule("fail", range(400, 404)), *POLICY.rules))
    client = Client(means.allowed_hosts | HOSTS, None, None, ClientOptions(policy, clock=means.clock))
    try:
        yield TokenDesk(client, base_url)
    finally:
        client.close()
