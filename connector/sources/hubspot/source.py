"""A connected HubSpot account as a source: signs in, lists its streams and fields, reads and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.errors import Bug, MissingScope, NotInAccount, UserError, VendorUnavailable, quote
from connector.sources.hubspot.answers import LATER, Answer, flag, key_of, refuse, rows_of
from connector.sources.hubspot.calls import HubspotCalls, Transport
from connector.sources.hubspot.catalogue import (
    KINDS,
    LINKS_BY_STREAM,
    OBJECTS,
    ObjectKind,
    all_streams,
    needed_scopes,
)
from connector.sources.hubspot.columns import Shape
from connector.sources.hubspot.links import Links
from connector.sources.hubspot.objects import Walk
from connector.sources.hubspot.place import read_place
from connector.sources.hubspot.plain_pages import PlainPages
from connector.sources.hubspot.records import Records
from connector.sources.hubspot.snapshots import Snapshots
from connector.sources.hubspot.versions import DEFAULT_VERSION, find_version
from connector.sources.stream import Account, Count, Page, Property, Reading, State, Stream

BASE_URL = "https://api.hubapi.com"
LAG = timedelta(minutes=5)
"""How far the index behind HubSpot's search may be behind its store (sources.md 3.4)."""


def utc_now() -> datetime:
    """Return the aware moment it is."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class HubspotOptions:
    """How an account is read. ``histories``: whether former values are asked for (stages, amounts, owners)."""

    base_url: str = BASE_URL
    version: str = DEFAULT_VERSION
    histories: bool = True
    without: frozenset[str] = frozenset()
    """Names of streams that are not read."""
    clock: Callable[[], datetime] = utc_now


class HubspotSource:
    """One connected HubSpot account, see :class:`connector.sources.stream.Source`."""

    system = "hubspot"
    lag = LAG

    def __init__(self, options: HubspotOptions, pool: Transport) -> None:
        self._options = options
        self._pool = pool
        self._version = find_version(options.version)
        self._call = HubspotCalls(options.base_url, pool, options.clock)
        self._snapshots = Snapshots(self._call, self._version)

    def account(self) -> Account:
        """Return who the key belongs to. Raises ConnectionRefused, MissingScope, TryLater."""
        answer = self._call("GET", self._version.account)
        if not answer.ok:
            refuse(answer, "account", scopes=("oauth",))
        told: Mapping[str, Any] = answer.body if isinstance(answer.body, dict) else {}
        portal = str(told.get("portalId") or "")
        if not portal:
            raise VendorUnavailable("HubSpot did not say which account this is.", place="account", remedy=LATER)
        return Account(
            id=portal,
            label=f"HubSpot {portal}",
            time_zone=str(told.get("timeZone") or ""),
            currency=str(told.get("companyCurrency") or ""),
            ui_host=str(told.get("uiDomain") or ""),
        )

    def streams(self) -> Sequence[Stream]:
        """Return every stream that is read, those that others need first."""
        return [stream for stream in all_streams() if stream.name not in self._options.without]

    def _kinds(self) -> list[ObjectKind]:
        return [kind for kind in OBJECTS if kind.stream not in self._options.without]

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes that a key needs to read everything."""
        return needed_scopes()

    def properties(self) -> Mapping[str, Sequence[Property]]:
        """Return the properties of every kind of record that the account and the key have."""
        found: dict[str, Sequence[Property]] = {}
        for kind in self._kinds():
            try:
                found[kind.stream] = self._properties(kind)
            except (NotInAccount, MissingScope):
                if not kind.optional:
                    raise
        return found

    def read(self, stream: str, state: State, reading: Reading) -> Iterator[Page]:
        """Yield the pages of a stream from a state on, see :meth:`connector.sources.stream.Source.read`."""
        if stream in KINDS:
            records = self._records(KINDS[stream], reading)
            walk = Walk(records, read_place(state), reading, self._began(reading), self._options.clock)
            yield from walk.pages()
        elif stream in LINKS_BY_STREAM:
            link = LINKS_BY_STREAM[stream]
            links = Links(self._call, self._version, link)
            open_stages = self._open_stages(KINDS[link.parent])
            yield from links.pages(state, reading, self._began(reading), open_stages)
        elif any(stream == each.name for each in all_streams()):
            yield from self._snapshots.pages(stream)
        else:
            raise Bug(f"HubSpot has no stream {quote(stream)}.")

    def counts(self, reading: Reading) -> Iterator[Count]:
        """Yield how many live records HubSpot's search counts, of each kind and of each stage."""
        for kind in self._kinds():
            try:
                records = self._records(kind, reading)
                yield Count(kind.stream, records.count())
                if kind.stage:
                    yield from self._stage_counts(kind, records)
            except (NotInAccount, MissingScope):
                if not kind.optional:
                    raise

    def close(self) -> None:
        """Give back connections."""
        clear = getattr(self._pool, "clear", None)
        if clear is not None:
            clear()

    def _began(self, reading: Reading) -> datetime:
        """Return the start of the run by the earlier of both clocks: records carry the vendor's time."""
        if not self._call.answered:
            self._call("GET", self._version.account)  # whatever it answers, it tells the time
        return reading.started_at - self._call.behind

    def _records(self, kind: ObjectKind, reading: Reading) -> Records:
        listed = reading.properties.get(kind.stream)
        names = sorted(each.name for each in (self._properties(kind) if listed is None else listed))
        histories = [name for name in kind.histories if name in names] if self._options.histories else []
        shape = Shape(names, histories)
        return Records(self._call, self._version, kind, shape, PlainPages(shape))

    def _properties(self, kind: ObjectKind) -> list[Property]:
        answer = self._call("GET", self._version.path("properties", object=kind.object))
        if not answer.ok:
            refuse(answer, kind.stream, scopes=kind.scopes)
        return properties_of(answer, kind.stream)

    def _open_stages(self, kind: ObjectKind) -> frozenset[str]:
        if kind.stream != "deals":
            return frozenset()
        return frozenset(stage["id"] for stage in self._snapshots.stages(kind.pipelines) if is_open(stage))

    def _stage_counts(self, kind: ObjectKind, records: Records) -> Iterator[Count]:
        for stage in self._snapshots.stages(kind.pipelines):
            number = records.count(kind.stage, stage["id"])
            yield Count(kind.stream, number, f"properties.{kind.stage}", stage["id"])


def is_open(stage: Mapping[str, Any]) -> bool:
    """Say whether deals in a stage are still open; a stage that does not tell counts as open."""
    return str(stage["is_closed"]).lower() != "true"


def properties_of(answer: Answer, stream: str) -> list[Property]:
    """Return the properties that an answer lists; archived ones hold nothing. Raises UserError, VendorUnavailable."""
    found = [
        Property(
            name=key_of(told, "name", stream),
            label=str(told.get("label") or told["name"]),
            type=str(told.get("type") or ""),
            custom=not flag(told.get("hubspotDefined")),
            options=tuple(
                (str(each["value"]), str(each.get("label") or ""))
                for each in rows_of(told.get("options"), "options", stream)
                if each.get("value") is not None
            ),
        )
        for told in answer.rows()
        if not flag(told.get("archived"))
    ]
    check_names(found, stream)
    return found


def check_names(properties: Sequence[Property], stream: str) -> None:
    """Raise UserError for names that no two columns can have: with a zero character, or alike but for their case."""
    remedy = "Archive one in HubSpot, then run the sync again."
    seen: dict[bytes, str] = {}
    for name in (each.name for each in properties):
        if "\x00" in name:
            raise UserError(
                f"The property {quote(name)} has a zero character in its name.", place=stream, remedy=remedy
            )
        other = seen.setdefault(name.encode().lower(), name)
        if other != name:
            raise UserError(
                f"The properties {quote(other)} and {quote(name)} differ only in upper and lower case.",
                place=stream,
                remedy=remedy,
            )


def open_hubspot(options: HubspotOptions, pool: Transport) -> HubspotSource:
    """Return the account that a pool is signed in to; nothing is asked yet."""
    return HubspotSource(options, pool)
