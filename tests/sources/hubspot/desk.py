"""What the tests of this source share: a stand-in account over HTTP, and a plain store that folds pages by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.http.client import Client, ClientOptions
from connector.http.clock import Clock
from connector.http.pool import VendorPool
from connector.http.tokens import StaticToken
from connector.http.wire import Timeouts
from connector.sandbox.crm.crm import Crm
from connector.sandbox.hubspot.world import empty_crm
from connector.sources.hubspot import HubspotOptions, HubspotSource, open_hubspot
from connector.sources.hubspot.policy import hubspot_policy, route
from connector.sources.stream import Mode, Page, Property, Reading, State

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def small_account(hands: Hands, deals: int = 7) -> Crm:
    """An account with a few records of the main kinds, all of them a year old."""
    crm = empty_crm(hands)
    hands.now = START - timedelta(days=365)
    for number in range(deals):
        crm.create("deals", {"dealname": f"Deal {number}", "amount": str(100 * number), "dealstage": "qualified"})
    for number in range(3):
        crm.create("contacts", {"email": f"person{number}@example.com", "firstname": "Ana"})
        crm.create("companies", {"name": f"Company {number}"})
    hands.now = START
    return crm


@dataclass
class Store:
    """Rows by stream and id, newest reading wins; answers what :class:`connector.sources.stream.Known` asks."""

    rows: dict[str, dict[str, dict[str, str | None]]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    brought: dict[str, set[str]] = field(default_factory=dict)
    pages: list[tuple[str, Page]] = field(default_factory=list)

    def keep(self, stream: str, page: Page) -> None:
        held = self.rows.setdefault(stream, {})
        if page.first:
            for row in held.values():
                row["archived"] = "true"
        names = list(page.columns)
        for values in zip(*page.columns.values(), strict=True):
            row = dict(zip(names, values, strict=True))
            held.setdefault(str(row["id"]), {}).update(row)
            self.brought.setdefault(stream, set()).add(str(row["id"]))
        self.states[stream] = page.state
        self.pages.append((stream, page))

    def live(self, stream: str) -> dict[str, dict[str, str | None]]:
        return {id_: row for id_, row in self.rows.get(stream, {}).items() if row.get("archived") != "true"}

    def values(self, stream: str) -> dict[str, dict[str, str]]:
        """Properties of the live rows that have a value, as the stand-in's own truth has them."""
        return {
            id_: {name[11:]: value for name, value in row.items() if name.startswith("properties.") and value}
            for id_, row in self.live(stream).items()
        }

    # --- what a source asks --------------------------------------------------------------------------

    def ids(self, stream: str) -> Iterator[Sequence[str]]:
        yield list(self.live(stream))

    def ids_where(self, stream: str, column: str, values: frozenset[str]) -> Iterator[Sequence[str]]:
        yield [id_ for id_, row in self.live(stream).items() if row.get(column) in values]

    def ids_since(self, stream: str, column: str, moment: datetime) -> Iterator[Sequence[str]]:
        rows = self.rows.get(stream, {}).items()
        yield [id_ for id_, row in rows if row.get(column) and datetime.fromisoformat(str(row[column])) >= moment]

    def changed(self, stream: str) -> Iterator[Sequence[str]]:
        yield sorted(self.brought.get(stream, ()))


def connect(url: str, hands: Hands, *, token: str = "sandbox-token", **options: Any) -> HubspotSource:
    """Return a source over the real client; its pauses move the clock of the client, not the real one."""
    clock = Clock(now=hands, sleep=lambda _seconds: None, random=lambda: 0.5)
    client = Client(
        frozenset({"127.0.0.1"}),
        StaticToken(token),
        None,
        ClientOptions(policy=hubspot_policy(), clock=clock, timeouts=Timeouts(connect=5, read=5, total=10)),
    )
    return open_hubspot(HubspotOptions(base_url=url, clock=hands, **options), VendorPool(client, route))


def run(
    source: HubspotSource,
    store: Store,
    streams: Sequence[str],
    started_at: datetime,
    mode: Mode = "changes",
    properties: Mapping[str, Sequence[Property]] | None = None,
) -> None:
    """Read some streams to their end, as a sync does."""
    store.brought.clear()
    listed = source.properties() if properties is None else properties
    for stream in streams:
        reading = Reading(started_at, mode, store, listed)
        done = False
        for page in source.read(stream, store.states.get(stream, {}), reading):
            assert not done, f"{stream}: a page after the last one"
            store.keep(stream, page)
            done = page.done
        assert done, f"{stream}: no page says that it is the last"
