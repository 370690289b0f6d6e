"""The fault matrix: which faults a stream is put through, how a cell is found, and the document that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from connector.actions.sync import SyncRequest, System, sync
from connector.errors import PuenteError
from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.faults import parse_faults
from connector.sandbox.http.stand_in import StandIn
from connector.sources.stream import Mode
from connector.store.store import Store
from tests.sources.suite.desk import Desk, Ending, Recent, Rows, Some
from tests.sources.suite.vendor import SPARE, START, Hands, Part, Vendor

NEVER: Final = "·"
CELLS: Final[Mapping[Ending, str]] = {
    "read": "same",
    "unfinished": "partial, then same",
    "failed": "failed, then same",
}
WORSE: Final = (NEVER, *CELLS.values())


@dataclass(frozen=True, slots=True)
class Trial:
    """One row of the matrix: a fault, the rule by which it falls, and what is said of it.

    ``changes``: the fault changes what the vendor has, or says of records that they are not there, so that the rows are
    compared with what the vendor has, after one more run, and not with those of a run without faults.
    """

    fault: str
    rule: str
    words: str
    changes: bool = False
    by_oauth: bool = False

    def declared(self, part: Part, run: int = 1) -> str:
        """Return the text that declares the fault for one stream. ``{run}`` is 2 in the first run and 1 after it."""
        rule = self.rule.replace("{kind}", part.kind or "none").replace("{run}", str(run))
        return f"{self.fault},{rule},path={part.path}"


HAPPEN_TO_RECORDS: Final = ("change_while_paging", "delete_while_paging", "late_commit", "property_removed")
"""Faults that are nothing to a stream of anything else."""
NOW_AND_THEN: Final = "nth=1,every=3"
ON_AND_ON: Final = "from={run}"

TRIALS: Final = (
    Trial("rate_limit", NOW_AND_THEN, "429 with Retry-After, now and then"),
    Trial("rate_limit", ON_AND_ON, "429 with Retry-After, on and on"),
    Trial("rate_limit_silent", NOW_AND_THEN, "429 without Retry-After, now and then"),
    Trial("error_500", NOW_AND_THEN, "500, now and then"),
    Trial("error_500", ON_AND_ON, "500, on and on"),
    Trial("html_502", NOW_AND_THEN, "502 with HTML, now and then"),
    Trial("drop", NOW_AND_THEN, "connection dropped, now and then"),
    Trial("drip", "every=2,seconds=0.001", "body in drips"),
    Trial("truncate", NOW_AND_THEN, "body cut short, now and then"),
    Trial("malformed", NOW_AND_THEN, "broken JSON, now and then"),
    Trial("malformed", ON_AND_ON, "broken JSON, on and on"),
    Trial("latency", "every=1,seconds=0.001", "every answer late"),
    Trial("expired_token", "nth={run}", "key refused in the middle"),
    Trial("expired_token", "nth={run}", "OAuth token expired in the middle", by_oauth=True),
    Trial("expired_cursor", "nth=1", "cursor expired once"),
    Trial("expired_cursor", "every=1", "cursors expire on and on"),
    Trial("repeat_page", "nth=1,every=3,times=3", "a page comes twice"),
    Trial("repeat_page", "every=1", "the same page on and on"),
    Trial("reorder_page", "every=1", "rows of pages in another order"),
    Trial("change_while_paging", "every=1,times=10", "records change between pages", changes=True),
    Trial("delete_while_paging", "every=1,times=5", "records are archived between pages", changes=True),
    Trial("partial_207", "every=2,times=5", "batches lack rows, now and then"),
    Trial("partial_207", "every=1", "batches lack a row, on and on", changes=True),
    Trial("clock_skew", "from=1,seconds=240", "vendor's clock 4 minutes ahead", changes=True),
    Trial("clock_skew", "from=1,seconds=-240", "vendor's clock 4 minutes behind", changes=True),
    Trial("late_commit", "every=2,times=5", "changes appear 90 seconds late", changes=True),
    Trial("property_removed", f"nth=2,type={{kind}},name={SPARE}", "a property vanishes", changes=True),
    Trial("daily_quota", ON_AND_ON, "daily quota used up"),
)
"""Every row; all faults that the sandbox knows are in it."""

RECORDS = 110
CHANGED = 60


def happen(vendor: Vendor, crm: Crm) -> None:
    """Let records of every kind change, come, be archived and merged, and get other links."""
    for part in vendor.parts:
        if not part.records:
            continue
        ids = [record.id for record in crm.shelf(part.kind).live()]
        written = [SPARE] if SPARE in crm.fields[part.kind] else []
        crm.edit_many(
            part.kind, {each: dict.fromkeys(written, "changed") for each in ids[: min(CHANGED, len(ids) - 9)]}
        )
        for number in range(3):
            crm.create(part.kind, dict.fromkeys(written, f"new {number}"))
        crm.archive(part.kind, ids[-1])
        crm.archive(part.kind, ids[3])
        crm.merge(part.kind, ids[-2], ids[-3])
        if part.kind == vendor.kind:
            for each in ids[-8:-4]:
                vendor.link(crm, each, crm.shelf(vendor.linked).live()[5].id)


@dataclass(frozen=True, slots=True)
class Endings:
    """What two runs came to: cells and rows by stream; ``wrong`` streams are not as the vendor has them at last."""

    cells: Mapping[str, str]
    rows: Mapping[str, Rows]
    wrong: tuple[str, ...] = ()


def two_runs(folder: Path, vendor: Vendor, trial: Trial | None) -> Endings:
    """Read a small account for the first time, then what happened to it, both under a fault.

    Where the fault changes what the vendor has, a run without it follows, and its rows are compared with that.
    """
    hands = Hands()
    skew = trial.declared(vendor.parts[0]) if trial and trial.fault == "clock_skew" else ""
    running = vendor.start(vendor.fill(hands, RECORDS), None, skew)
    try:
        with Desk(folder, vendor, running, hands) as desk:
            desk.by_oauth = bool(trial and trial.by_oauth)
            desk.recent = Recent()
            first = _run(desk, trial, 2)
            hands.now = START + timedelta(hours=3)
            happen(vendor, desk.crm)
            hands.forward(minutes=10)
            second = _run(desk, trial, 1)
            if trial and trial.changes:
                _last_run(desk)
            desk.fold(list(first))
            cells = {stream: worse(cell, second[stream]) for stream, cell in first.items()}
            wrong = [part.stream for part in vendor.parts if trial and trial.changes and part.kind]
            return Endings(
                cells,
                {stream: desk.rows(stream) for stream in cells},
                tuple(stream for stream in wrong if not desk.agrees(stream)),
            )
    finally:
        running.stop()


def _run(desk: Desk, trial: Trial | None, run: int) -> dict[str, str]:
    assert desk.recent is not None
    desk.recent.begin()
    desk.notice_properties()
    if trial is not None:
        return put_through(desk, trial, run)
    streams = [part.stream for part in desk.vendor.parts]
    for stream in streams:
        assert desk.attempt([stream]) == "read", desk.outcomes
    return dict.fromkeys(streams, NEVER)


def _last_run(desk: Desk) -> None:
    """Run once more, the fault gone and every overlap behind us."""
    desk.running.clear_faults()
    desk.hands.now = START + timedelta(hours=9)
    desk.notice_properties()
    for part in desk.vendor.parts:
        assert desk.attempt([part.stream], "reconcile") == "read", desk.outcomes


def worse(one: str, other: str) -> str:
    return max(one, other, key=WORSE.index)


def put_through(desk: Desk, trial: Trial, run: int) -> dict[str, str]:
    """Read every stream under the fault, then without it where the run was cut short; return the cells."""
    cells = {}
    for part in desk.vendor.parts:
        faults = parse_faults(trial.declared(part, run))
        desk.running.faults[:] = faults
        ending = desk.attempt([part.stream])
        fell = bool(faults[0].done) and (
            bool(part.kind) or not trial.changes or trial.fault in ("clock_skew", "partial_207")
        )
        cells[part.stream] = CELLS[ending] if fell else NEVER
        desk.running.faults.clear()
        if ending != "read":
            assert fell, f"{part.stream} ended as {ending} although no fault fell: {desk.outcomes.get(part.stream)}"
            desk.hands.forward(minutes=1)
            assert desk.attempt([part.stream]) == "read", desk.outcomes[part.stream]
    return cells


# --- whole syncs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WholeTrial:
    """A fault, or several together, upon all requests of a sync and of the one after it; the rest as in Trial.

    ``whole``: all streams are synced, else the few of ``Vendor.core``: publishing takes its time for each of them.
    """

    words: str
    faults: str
    changes: bool = False
    by_oauth: bool = False
    whole: bool = False


EVERY_FIFTH: Final = "every=5"
IN_THE_MIDDLE: Final = "from=30"

WHOLE: Final = (
    WholeTrial(
        "all that goes by within a run: 429 with and without Retry-After, 500, 502, drops, drips, truncated and"
        " malformed bodies, late answers, pages repeated and reordered, a lost cursor, batches that lack rows",
        "rate_limit,every=23,seconds=0;rate_limit_silent,every=29;error_500,every=19;html_502,every=31;drop,every=17;"
        "drip,every=13,seconds=0.001;truncate,every=37;malformed,every=41;latency,every=3,seconds=0.001;"
        "repeat_page,every=5,times=3,path=/objects/;reorder_page,every=2;expired_cursor,nth=6,path=/objects/;"
        "partial_207,every=5,times=6",
        whole=True,
    ),
    WholeTrial("429 with Retry-After, now and then", f"rate_limit,{EVERY_FIFTH},seconds=0"),
    WholeTrial("429 with Retry-After, on and on", f"rate_limit,{IN_THE_MIDDLE},seconds=0"),
    WholeTrial("429 without Retry-After, now and then", f"rate_limit_silent,{EVERY_FIFTH}"),
    WholeTrial("429 without Retry-After, on and on", f"rate_limit_silent,{IN_THE_MIDDLE}"),
    WholeTrial("500, now and then", f"error_500,{EVERY_FIFTH}"),
    WholeTrial("500, on and on", f"error_500,{IN_THE_MIDDLE}"),
    WholeTrial("502 with HTML, now and then", f"html_502,{EVERY_FIFTH}"),
    WholeTrial("502 with HTML, on and on", f"html_502,{IN_THE_MIDDLE}"),
    WholeTrial("connection dropped, now and then", f"drop,{EVERY_FIFTH}"),
    WholeTrial("connection dropped, on and on", f"drop,{IN_THE_MIDDLE}"),
    WholeTrial("body in drips", "drip,every=2,seconds=0.001"),
    WholeTrial("body cut short, now and then", f"truncate,{EVERY_FIFTH}"),
    WholeTrial("body cut short, on and on", f"truncate,{IN_THE_MIDDLE}"),
    WholeTrial("broken JSON, now and then", f"malformed,{EVERY_FIFTH}"),
    WholeTrial("broken JSON, on and on", f"malformed,{IN_THE_MIDDLE}"),
    WholeTrial("every answer late", "latency,every=1,seconds=0.001"),
    WholeTrial("key refused at once", "expired_token,nth=1"),
    WholeTrial("key refused in the middle", "expired_token,nth=40"),
    WholeTrial("OAuth token expired in the middle", "expired_token,nth=40", by_oauth=True),
    WholeTrial("cursor expired once", "expired_cursor,nth=2"),
    WholeTrial("cursors expire on and on", "expired_cursor,every=1"),
    WholeTrial("pages come twice", "repeat_page,every=3,times=9"),
    WholeTrial("the same page on and on", "repeat_page,every=1"),
    WholeTrial("rows of pages in another order", "reorder_page,every=1"),
    WholeTrial("records change between pages", "change_while_paging,every=1", changes=True),
    WholeTrial("records are archived between pages", "delete_while_paging,every=1", changes=True),
    WholeTrial("batches lack rows, now and then", "partial_207,every=2,times=9"),
    WholeTrial("batches lack a row, on and on", "partial_207,every=1", changes=True),
    WholeTrial("vendor's clock 4 minutes ahead", "clock_skew,from=1,seconds=240", changes=True),
    WholeTrial("vendor's clock 4 minutes behind", "clock_skew,from=1,seconds=-240", changes=True),
    WholeTrial("changes appear 90 seconds late", "late_commit,every=9,times=6", changes=True),
    WholeTrial("a property vanishes", f"property_removed,nth=8,type=deals,name={SPARE}", changes=True),
    WholeTrial("daily quota used up at once", "daily_quota,from=1"),
    WholeTrial("daily quota used up", "daily_quota,from=50", whole=True),
    WholeTrial(
        "records change and are archived between pages, changes appear late, the clock is ahead",
        "change_while_paging,every=2;delete_while_paging,every=3;late_commit,every=9,times=6;clock_skew,from=1",
        changes=True,
        whole=True,
    ),
)


class Books:
    """A store whose one workspace is synced from a vendor, as ``sync`` does it."""

    def __init__(self, folder: Path, vendor: Vendor, running: StandIn, hands: Hands, streams: frozenset[str]) -> None:
        self.vendor, self.running, self.hands, self.streams = vendor, running, hands, streams
        self.by_oauth = False
        self.forgotten = ""
        self.store = Store(folder, memory_limit="256MB", threads=1)
        self.workspace = self.store.create_workspace("books", hands.now)
        self.connection = self.store.connection(self.workspace, "books", vendor.name, hands.now)

    def sync(self, mode: Mode = "changes") -> Ending:
        source = Some(self.vendor.open(self.running, self.hands, self.by_oauth), self.streams)
        system = System(source, self.vendor.normaliser())
        request = SyncRequest("books", self.connection, mode, workers=1, memory_limit="256MB", threads=1)
        try:
            return "unfinished" if sync(self.store, request, system, self.hands.now).partial else "read"
        except PuenteError:
            return "failed"
        finally:
            system.source.close()

    def tables(self, *, live: bool = False) -> dict[str, list[str]]:
        """Return the rows of every published table as texts, all columns but the time of the sync, in an order.

        ``live``: without records that are gone and their histories, which a store that is new cannot know.
        """
        found: dict[str, list[dict[str, object]]] = {}
        with self.store.reader(self.workspace) as reader:
            for entity in sorted(reader.tables):
                told = reader.run(f"SELECT * FROM {entity}", [entity])
                rows = [dict(zip(told.columns, row, strict=True)) for row in told.rows]
                found[entity] = [row for row in rows if not (live and row.get("is_deleted"))]
        for entity in [name for name in found if live and name.endswith("_history")]:
            owner = entity.split("_")[0]
            kept = {row["id"] for row in found[owner]}
            found[entity] = [row for row in found[entity] if row[f"{owner}_id"] in kept]
        return {entity: sorted(map(self._text, rows)) for entity, rows in found.items()}

    def _text(self, row: dict[str, object]) -> str:
        told = {name: cell for name, cell in row.items() if name != "synced_at"}
        custom = told.get("custom")
        if self.forgotten and isinstance(custom, dict):
            told["custom"] = {name: cell for name, cell in custom.items() if name != self.forgotten} or None
        return repr(told).replace(self.connection.id, "connection").replace(self.workspace.id, "workspace")

    def close(self) -> None:
        self.store.close()


@dataclass(frozen=True, slots=True)
class WholeEnding:
    """What two syncs came to: the cell, the tables, and where the vendor changed those of an account synced afresh."""

    cell: str
    tables: dict[str, list[str]]
    afresh: dict[str, list[str]] | None = None
    fell: bool = False


def whole_syncs(folder: Path, vendor: Vendor, trial: WholeTrial | None, *, whole: bool) -> WholeEnding:
    """Sync a small account twice under faults, and where these change it once more without them."""
    hands = Hands()
    running = vendor.start(vendor.fill(hands, RECORDS), None, trial.faults if trial else "")
    streams = frozenset(part.stream for part in vendor.parts) if whole else vendor.core
    books = Books(folder / "books", vendor, running, hands, streams)
    books.by_oauth = bool(trial and trial.by_oauth)
    try:
        first, fell = _synced(books, trial)
        hands.now = START + timedelta(hours=3)
        happen(vendor, running.crm)
        hands.forward(minutes=10)
        running.faults[:] = parse_faults(trial.faults) if trial else []
        second, fell_again = _synced(books, trial)
        cell, fell = worse(CELLS[first], CELLS[second]), fell or fell_again
        if trial is None or not trial.changes:
            return WholeEnding(cell, books.tables(), None, fell)
        running.clear_faults()
        hands.now = START + timedelta(hours=9)
        assert books.sync("reconcile") == "read"
        return WholeEnding(cell, *_beside_afresh(folder, books, trial), fell)
    finally:
        books.close()
        running.stop()


def _beside_afresh(folder: Path, books: Books, trial: WholeTrial) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the live tables of the books, and those of a store that reads the account for the first time.

    The values of a property that vanished stay in the books, and whoever comes later never sees them: left out.
    """
    afresh = Books(folder / "afresh", books.vendor, books.running, books.hands, books.streams)
    try:
        assert afresh.sync() == "read"
        if trial.faults.startswith("property_removed"):
            books.forgotten = afresh.forgotten = SPARE
        return books.tables(live=True), afresh.tables(live=True)
    finally:
        afresh.close()


def _synced(books: Books, trial: WholeTrial | None) -> tuple[Ending, bool]:
    """Sync, and once more without the faults where that was cut short; say how it ended and whether a fault fell."""
    ending = books.sync()
    fell = all(fault.done for fault in books.running.faults)
    if ending != "read":
        assert trial is not None
        books.running.faults.clear()  # and at once again: when a record was found gone is our own moment
        assert books.sync() == "read"
    return ending, fell


# --- the document -------------------------------------------------------------------------------------------------

HEAD = """# Every stream under every fault

Written by the tests (`pytest --write-matrix tests/sources/test_fault_matrix.py`), which fail when it no longer holds.
Each cell is two runs over a small account, a first load and one with changes, archived and merged records, with the
fault of the sandbox (`sandbox start --faults`) falling upon the requests of that stream.

- `same`: the rows are exactly those of the runs without the fault.
- `partial, then same`: the run was marked partial; the next one, the fault gone, completed it to exactly those rows.
- `failed, then same`: the run ended with an error, and the next one completed it to exactly those rows.
- `·`: the fault has nothing to fall upon: the stream makes no such request, or is not made of records.

Where the fault changes what the vendor has, or says of records that they are not there, one more run without it
follows, and the rows are compared with what the vendor has then.
"""

WHOLE_HEAD = """Two syncs each, as the command `sync` does them, over a small account; the fault falls upon the requests
of all streams alike, and what is compared are the published tables. A single fault is tried upon the streams that
sales reports need, faults together upon all.
"""


def groups(vendor: Vendor) -> dict[str, list[str]]:
    """Return the streams of each table by its title."""
    return {
        "Records": [part.stream for part in vendor.parts if part.records],
        "Links of records": [part.stream for part in vendor.parts if part.children],
        "What is read whole": [part.stream for part in vendor.parts if not part.kind],
    }


def line(words: str, cells: Iterable[str]) -> str:
    return f"| {words} | {' | '.join(cells)} |"


def document(vendor: Vendor, found: Mapping[str, Mapping[str, str]], whole: Mapping[str, str]) -> str:
    """Return the text of the matrix from its cells by fault and stream, and what whole syncs came to by fault."""
    found = {trial.words: found[trial.words] for trial in TRIALS if trial.words in found}
    whole = {trial.words: whole[trial.words] for trial in WHOLE if trial.words in whole}
    parts = [HEAD]
    for title, streams in groups(vendor).items():
        parts.append(f"## {title}\n")
        parts.append(line("Fault", streams))
        parts.append("|---" * (len(streams) + 1) + "|")
        parts += [line(words, (cells[stream] for stream in streams)) for words, cells in found.items()]
        parts.append("")
    parts.append("## Whole syncs\n")
    parts.append(WHOLE_HEAD)
    parts += [line("Fault", ["All tables"]), "|---|---|", *(line(words, [cell]) for words, cell in whole.items()), ""]
    return "\n".join(parts)


def lines_of(path: Path) -> dict[str, list[list[str]]]:
    """Return the cells that a document shows, by title of the table: fault and its cells."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if text.startswith("## "):
            title = text[3:]
        elif text.startswith("| ") and not text.startswith("| Fault"):
            found.setdefault(title, []).append([cell.strip() for cell in text.strip("|").split("|")])
    return found
