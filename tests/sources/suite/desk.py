"""A desk at which the streams of a source are read as a sync reads them: into a journal, and folded after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

import orjson
import pyarrow.parquet as pq

from connector.actions.sync_streams import StreamOutcome, StreamReader
from connector.errors import PuenteError
from connector.normalise.fold import FoldRules, fold
from connector.normalise.known import KnownRows
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.truth import truth
from connector.sandbox.http.stand_in import StandIn
from connector.sources.stream import Account, Count, Known, Mode, Page, Property, Reading, Source, State, Stream
from connector.store.journal import Chunk, Progress
from connector.store.store import Store
from tests.sources.suite.vendor import START, Hands, Part, Vendor

Row = dict[str, str]
Rows = dict[str, Row]
Ending = Literal["read", "unfinished", "failed"]


@dataclass(frozen=True, slots=True)
class Some:
    """A source of which only some streams are wanted."""

    source: Source
    names: frozenset[str]

    @property
    def system(self) -> str:
        return self.source.system

    @property
    def lag(self) -> object:
        return self.source.lag

    def account(self) -> Account:
        return self.source.account()

    def streams(self) -> Sequence[Stream]:
        chosen = [stream for stream in self.source.streams() if stream.name in self.names]
        return [replace(one, after=tuple(name for name in one.after if name in self.names)) for one in chosen]

    def properties(self) -> Mapping[str, Sequence[Property]]:
        return self.source.properties()

    def read(self, stream: str, state: State, reading: Reading) -> Iterator[Page]:
        return self.source.read(stream, state, reading)

    def counts(self, reading: Reading) -> Iterator[Count]:
        return self.source.counts(reading)

    def close(self) -> None:
        self.source.close()


class Recent:
    """What is known of the streams, kept in memory: the matrix asks a thousand times and must not take minutes.

    ``changed`` are the rows since the last :meth:`begin`. The other cases use :class:`KnownRows`, as a sync does.
    """

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, dict[str, str | None]]] = {}
        self._changed: dict[str, set[str]] = {}
        self._read: set[Path] = set()

    def begin(self) -> None:
        self._changed.clear()

    def learn(self, chunks: Sequence[Chunk]) -> None:
        for chunk in chunks:
            if chunk.path not in self._read:
                self._read.add(chunk.path)
                held = self._rows.setdefault(chunk.stream, {})
                for row in pq.read_table(chunk.path).to_pylist():
                    held.setdefault(row["id"], {}).update(row)
                    self._changed.setdefault(chunk.stream, set()).add(row["id"])

    def _live(self, stream: str) -> Iterator[tuple[str, dict[str, str | None]]]:
        rows = self._rows.get(stream, {}).items()
        return ((key, row) for key, row in rows if row.get("archived") != "true")

    def ids(self, stream: str) -> Iterator[Sequence[str]]:
        yield [key for key, _ in self._live(stream)]

    def ids_where(self, stream: str, column: str, values: frozenset[str]) -> Iterator[Sequence[str]]:
        yield [key for key, row in self._live(stream) if row.get(column) in values]

    def ids_since(self, stream: str, column: str, moment: datetime) -> Iterator[Sequence[str]]:
        rows = self._rows.get(stream, {}).items()
        yield [key for key, row in rows if row.get(column) and datetime.fromisoformat(str(row[column])) >= moment]

    def changed(self, stream: str) -> Iterator[Sequence[str]]:
        yield sorted(self._changed.get(stream, ()))


class Desk:
    """One account of a vendor, the journal of its connection, and the folded rows of its streams."""

    def __init__(self, folder: Path, vendor: Vendor, running: StandIn, hands: Hands) -> None:
        self.vendor, self.running, self.hands = vendor, running, hands
        self.by_oauth = False
        self.recent: Recent | None = None
        self.outcomes: dict[str, StreamOutcome] = {}
        self._folder = folder
        self._folded: dict[str, Path] = {}
        self._used: set[Path] = set()
        self._turn = 0
        self._properties: Mapping[str, Sequence[Property]] | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        store = self._open.enter_context(Store(self._folder, memory_limit="256MB", threads=1))
        workspace = store.create_workspace("suite", self.hands.now)
        connection = store.connection(workspace, "suite", self.vendor.name, self.hands.now)
        self.journal = self._open.enter_context(store.syncing(connection))
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def crm(self) -> Crm:
        return self.running.crm

    # --- reading --------------------------------------------------------------------------------------------------

    def notice_properties(self) -> None:
        """Ask anew for the properties of the account, as every sync does at its start."""
        source = self.open()
        self._properties = source.properties()
        source.close()

    def open(self) -> Source:
        return self.vendor.open(self.running, self.hands, self.by_oauth)

    def reading(self, mode: Mode) -> Reading:
        if self._properties is None:
            self.notice_properties()
        known: Known = self.recent or KnownRows(self._folded, self._fresh)
        if self.recent is not None:
            self.recent.learn(self.journal.chunks())
        return Reading(self.hands.now, mode, known, self._properties or {})

    def attempt(self, streams: Sequence[str], mode: Mode = "changes") -> Ending:
        """Read some streams in one run; say how it ended. What was read is kept whatever happens."""
        source = Some(self.open(), frozenset(streams))
        reader = StreamReader(source, self.journal, self.reading(mode), 1, lambda *_: None)
        try:
            outcomes = reader.read_all()
        except PuenteError:
            return "failed"
        finally:
            source.close()
        self.outcomes |= {one.name: one for one in outcomes}
        return "unfinished" if any(one.status == "unfinished" for one in outcomes) else "read"

    def sync(self, streams: Sequence[str], mode: Mode = "changes") -> None:
        """Read some streams to their end and fold them in."""
        self.notice_properties()
        assert self.attempt(streams, mode) == "read", self.outcomes
        self.fold(streams)

    def keep(self, stream: str, page: Page, *, loaded: bool = False) -> None:
        """Keep one page and the state after it, as a run does that dies behind it."""
        written = self.journal.write([page.columns]) if page.rows else None
        progress = Progress(page.state, loaded or page.done)
        self.journal.commit(stream, progress, written, self.hands.now, restarted=page.first)

    def _fresh(self, stream: str) -> list[Path]:
        return [one.path for one in self.journal.chunks() if one.stream == stream and one.path not in self._used]

    # --- what came of it ------------------------------------------------------------------------------------------

    def fold(self, streams: Sequence[str]) -> None:
        """Fold what was read of some streams, all of them read to their end, into their rows."""
        whole = {stream.name: stream.snapshot for stream in self.open().streams()}
        fresh = {stream: self._fresh(stream) for stream in streams}
        self._turn += 1

        def folded(stream: str) -> Path:
            rules = FoldRules(whole[stream], START, "128MB", 1)  # the same moment, however many runs it took
            target = self._folder / f"{stream}-{self._turn}.parquet"
            return fold(fresh[stream], self._folded.get(stream), target, rules).path

        wanted = [stream for stream in streams if fresh[stream] or (whole[stream] and stream in self._folded)]
        with ThreadPoolExecutor(2) as pool:
            self._folded |= dict(zip(wanted, pool.map(folded, wanted), strict=True))
        self._used.update(chunk for chunks in fresh.values() for chunk in chunks)

    def rows(self, stream: str) -> Rows:
        """Return the folded rows by id, without what is empty."""
        if stream not in self._folded:
            return {}
        found = pq.read_table(self._folded[stream]).to_pylist()
        return {row["id"]: {k: v for k, v in row.items() if v is not None and k != "_line"} for row in found}

    def live(self, stream: str) -> Rows:
        return {key: row for key, row in self.rows(stream).items() if row["archived"] != "true"}

    def values(self, kind: str) -> dict[str, dict[str, str]]:
        """Return the properties of the live rows that the account still has and that hold something."""
        return {key: self._values(kind, row) for key, row in self.live(kind).items()}

    def _values(self, kind: str, row: Row) -> dict[str, str]:
        named = {name.removeprefix("properties."): text for name, text in row.items() if name.startswith("properties.")}
        return {name: text for name, text in named.items() if text and name in self.crm.fields[kind]}

    def linked(self, part: Part) -> dict[str, dict[str, list[str]]]:
        """Return the ids that live parents are linked to, by kind at the other end."""
        live = self.crm_live(part.kind)
        found: dict[str, dict[str, list[str]]] = {}
        for key, row in self.live(part.stream).items():
            for child in part.children if key in live else ():
                ids = sorted(link["id"] for link in orjson.loads(row.get(child, "[]")))
                if ids:
                    found.setdefault(child, {})[key] = ids
        return found

    # --- what the vendor has --------------------------------------------------------------------------------------

    def crm_live(self, kind: str) -> set[str]:
        return {record.id for record in self.crm.shelf(kind).live()}

    def crm_linked(self, part: Part) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {}
        live = self.crm_live(part.kind)
        for child in part.children:
            children = self.crm_live(child)
            for parent, to, _ in self.crm.links.pairs(part.kind, child):
                if parent in live and to in children:
                    found.setdefault(child, {}).setdefault(parent, []).append(to)
        return {child: {key: sorted(ids) for key, ids in links.items()} for child, links in found.items()}

    def agrees(self, stream: str) -> bool:
        """Say whether the rows of a stream of records or links are what the vendor has."""
        part = self.vendor.part(stream)
        if part.children:
            return self.linked(part) == self.crm_linked(part)
        told = truth(self.crm, part.kind)
        rows = self.rows(stream)
        gone = {key for key, row in rows.items() if row["archived"] == "true"}
        survivors = {key: row["merged_into"] for key, row in rows.items() if "merged_into" in row}
        known = {key: told.merged.get(survivor, survivor) for key, survivor in survivors.items()}
        merged = {key: survivor for key, survivor in told.merged.items() if key in rows}
        return self.values(part.kind) == told.live and gone >= set(told.archived) and known == merged
