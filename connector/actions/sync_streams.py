"""Reading the streams of a source, several at a time, into the journal of its connection."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Final, Literal

from connector.errors import MissingScope, NotInAccount, QuotaExhausted, TryLater
from connector.model.packed import PackedColumns, pack, release_memory
from connector.sources.stream import Columns, Page, Reading, Source, Stream
from connector.store.journal import Journal, Progress

CHUNK_ROWS: Final = 10_000
CHUNK_PAGES: Final = 200
"""A chunk is kept when it has this many rows or pages: what a run that is killed has to read again at most."""

PACKED_ROWS: Final = 200
"""Rows that are packed at a time: few enough to be in the processor's cache still."""

COLLECT_EVERY: Final = 20_000
"""Objects made between two searches for circles while streams are read."""

StreamStatus = Literal["read", "skipped", "unfinished"]


@dataclass(frozen=True, slots=True)
class StreamOutcome:
    """What became of one stream. ``rows`` counts what this run read; ``note`` says why it was skipped or cut short."""

    name: str
    label: str
    status: StreamStatus
    rows: int = 0
    note: str = ""
    until: datetime | None = None
    """When a quota that cut it short comes back."""
    optional: bool = False
    """A sync can do without it (option ``without``)."""


@dataclass
class StreamReader:
    """Reads all streams of one run. ``stop`` ends every stream at its next page."""

    source: Source
    journal: Journal
    reading: Reading
    workers: int
    tell: Callable[[str, int], None]
    stop: Event = field(default_factory=Event)

    def read_all(self) -> list[StreamOutcome]:
        """Read every stream, those after others when these are done. Raises what no later run can put right."""
        streams = list(self.source.streams())
        progress = self.journal.progress()
        done: dict[str, StreamOutcome] = {}
        running: dict[Future[StreamOutcome], str] = {}
        try:
            with rare_collections(), ThreadPoolExecutor(self.workers, "stream") as pool:
                try:
                    while len(done) < len(streams):
                        for stream in _ready(streams, done, running.values()):
                            run = copy_context().run  # the run's id stays in the log lines of its threads
                            known = progress.get(stream.name, Progress({}))
                            running[pool.submit(run, self._outcome, stream, known, done)] = stream.name
                        finished, _ = wait(running, return_when=FIRST_COMPLETED)
                        done |= {running.pop(future): future.result() for future in finished}
                except BaseException:
                    self.stop.set()
                    raise
        finally:
            self.stop.set()
            release_memory()  # folding comes next and needs the room
        return [done[stream.name] for stream in streams]

    def _outcome(self, stream: Stream, known: Progress, done: Mapping[str, StreamOutcome]) -> StreamOutcome:
        waiting = [name for name in stream.after if name in done and done[name].status == "unfinished"]
        if waiting or self.stop.is_set():
            note = f"it waits for {', '.join(waiting)}" if waiting else "the run was stopped"
            return StreamOutcome(stream.name, stream.label, "unfinished", note=note)
        chunk = _Chunk(self.journal, stream, known, self.reading.started_at)
        try:
            finished = self._read(stream, known, chunk)
        except (NotInAccount, MissingScope) as error:
            if not stream.optional:
                raise
            return StreamOutcome(stream.name, stream.label, "skipped", chunk.total, str(error))
        except QuotaExhausted as error:
            self.stop.set()
            return StreamOutcome(stream.name, stream.label, "unfinished", chunk.total, str(error), error.until)
        except TryLater as error:
            return StreamOutcome(
                stream.name, stream.label, "unfinished", chunk.total, str(error), optional=stream.optional
            )
        note = "" if finished else "the run was stopped"
        return StreamOutcome(stream.name, stream.label, "read" if finished else "unfinished", chunk.total, note)

    def _read(self, stream: Stream, known: Progress, chunk: _Chunk) -> bool:
        """Read a stream to its end, or until told to stop; whatever happens, what was read is kept."""
        try:
            for page in self.source.read(stream.name, known.state, self.reading):
                chunk.add(page)
                self.tell(stream.label, chunk.total)
                if page.done:
                    return True
                if self.stop.is_set():
                    return False
            return False
        finally:
            chunk.keep()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for circles less often: every page is a tree of thousands of objects, and none is a circle."""
    usual = gc.get_threshold()
    gc.set_threshold(max(usual[0], COLLECT_EVERY), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _ready(streams: Sequence[Stream], done: Mapping[str, StreamOutcome], running: Iterable[str]) -> list[Stream]:
    """Streams that have not begun and need no other that is not done."""
    begun = {*done, *running}
    names = {stream.name for stream in streams}
    return [
        stream
        for stream in streams
        if stream.name not in begun and all(name in done for name in stream.after if name in names)
    ]


class _Chunk:
    """The pages of one stream that are read but not kept yet."""

    def __init__(self, journal: Journal, stream: Stream, known: Progress, now: datetime) -> None:
        self._journal = journal
        self._stream = stream
        self._loaded = known.loaded
        self._now = now
        self._pages: list[Columns] = []
        self._packed: list[PackedColumns] = []
        self._names: frozenset[str] = frozenset()
        self._loose = self._rows = self._seen = 0
        self._page: Page | None = None
        self._restarted = False
        self.total = 0

    def add(self, page: Page) -> None:
        """Take a page; keep all there are when they are enough, or when this one has other columns."""
        if page.first:
            self._clear()
            self._restarted = True
        rows = page.rows
        if rows:
            names = frozenset(page.columns)
            if self._rows and self._names != names:
                self.keep()
            self._names = names
            self._take(page.columns, rows)
        self._page = page
        self._rows += rows
        self._seen += 1
        self.total += rows
        if self._rows >= CHUNK_ROWS or self._seen >= CHUNK_PAGES or page.done:
            self.keep()

    def _take(self, columns: Columns, rows: int) -> None:
        if isinstance(columns, PackedColumns):
            self._pack()  # what came before it stays before it
            self._packed.append(columns)
            return
        self._pages.append(columns)
        self._loose += rows
        if self._loose >= PACKED_ROWS:
            self._pack()

    def keep(self) -> None:
        """Keep the pages and the state behind the last of them."""
        if self._page is None:
            return
        self._loaded = self._loaded or self._page.done
        self._pack()
        written = self._journal.write(self._packed) if self._packed else None
        progress = Progress(self._page.state, self._loaded)
        self._journal.commit(self._stream.name, progress, written, self._now, restarted=self._restarted)
        self._clear()
        self._page, self._restarted = None, False

    def _pack(self) -> None:
        if self._pages:
            self._packed.append(pack(self._pages))
        self._pages, self._loose = [], 0

    def _clear(self) -> None:
        self._pages, self._packed, self._loose, self._rows, self._seen = [], [], 0, 0, 0
