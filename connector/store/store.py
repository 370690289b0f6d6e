"""The store: all that Puente keeps, below one data directory and one state database."""

from __future__ import annotations

import os
import secrets as random_text
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from connector.errors import SettingsError
from connector.model.brand import Brand
from connector.model.query import Language
from connector.store import brands, masters, records, sheets, variants
from connector.store.accounts import StoredAccount, keep_account, read_account
from connector.store.bucket import Bucket, BucketAddress
from connector.store.copies import Copies
from connector.store.entrance import Entrance
from connector.store.faults import full_disk
from connector.store.files import Layout
from connector.store.grants import Grants
from connector.store.journal import Journal, syncing
from connector.store.keys import ApiKey
from connector.store.links import Link
from connector.store.manifest import Manifest
from connector.store.masters import MasterReport
from connector.store.read import Reader, ReadingEngine
from connector.store.records import Connection, Run, Workspace
from connector.store.sheets import Good, Problem, SheetBinding
from connector.store.state import State
from connector.store.variants import Variant, VariantName
from connector.store.vault import Vault, load_vault
from connector.store.writing import Means, Publication, Writing, remove_workspace, writing

__all__ = ["ApiKey", "Connection", "Link", "Manifest", "Publication", "Reader", "Run", "Store", "Workspace", "Writing"]


class Store(Entrance):
    """The one door to stored data. Safe for threads and for several processes at once.

    All methods may raise TryLater when the state database does not answer and StorageFull when the disk is full.
    """

    def __init__(  # noqa: PLR0913 -- one for each setting that the store depends on
        self,
        data_dir: Path,
        database_url: str = "",
        memory_limit: str = "512MB",
        threads: int | None = None,
        grace: timedelta = timedelta(hours=1),
        vault_keys: str = "",
        *,
        bucket: BucketAddress | None = None,
    ) -> None:
        """Open or create the store and bring state of an older version up to date.

        ``database_url`` is empty for SQLite in the data directory. Superseded files stay for ``grace``, and
        those of the last two states always, so that readers who hold them can finish. ``vault_keys`` seal the
        secrets of accounts; when empty, a key is made and kept in a file beside the state. What is published lies
        in ``bucket``, if there is one, and ``data_dir`` then holds copies of it; it is first asked when it is needed.
        """
        self.data_dir = _made(data_dir.absolute())
        self._copies = None
        self._bucket_answered = False
        if bucket is not None:
            self._copies = Copies(self.data_dir, Bucket(bucket), bucket.cache_bytes)
        self._layout = Layout(self.data_dir, self._copies)
        own = sa.URL.create("sqlite", database=str(self.data_dir / "state.db"))  # as text, a ? in it would end it
        self._vault_keys = vault_keys
        self._state = State(database_url or own, self._layout.locks)
        self._means = Means(self._layout, self._state, memory_limit, threads, grace)
        spill = self._layout.spill / f"{os.getpid()}-{random_text.token_hex(4)}"
        self.answer_seconds: float | None = None
        """How long a reader may take for its questions; None means as long as it needs."""
        self._engine = ReadingEngine(self._layout.tables, spill, memory_limit, threads)

    def close(self) -> None:
        """Give back database connections and DuckDB's memory and overflow files."""
        self._engine.close()
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- workspaces and connections

    def create_workspace(self, name: str, now: datetime) -> Workspace:
        """Create a workspace. Raises UserError when the name is taken or cannot be used."""
        with self._state.writing() as state:
            return records.add_workspace(state, name, now)

    def forget_unpublished(self, workspace: Workspace) -> bool:
        """Take back a workspace whose first import failed; nothing that was ever published is touched."""
        with self._state.writing() as state:
            return records.forget_unpublished(state, workspace.id)

    def remove_workspace(self, workspace: Workspace, now: datetime, wait_seconds: float = 60) -> None:
        """Remove a workspace with its tables, imports, connections and keys, for good. Raises WorkspaceBusy."""
        remove_workspace(self._means, workspace, now, wait_seconds)

    def workspace(self, name: str) -> Workspace:
        """Return the workspace of a name. Raises UnknownName with the nearest names."""
        with self._state.reading() as state:
            return records.find_workspace(state, name)

    def workspace_of(self, workspace_id: str) -> Workspace:
        """Return the workspace of an id, e.g. that of an API key. Raises UnknownName."""
        with self._state.reading() as state:
            return records.workspace_of(state, workspace_id)

    def workspaces(self) -> list[Workspace]:
        """Return all workspaces by name."""
        with self._state.reading() as state:
            return records.all_workspaces(state)

    def connection(self, workspace: Workspace, name: str, system: str, now: datetime) -> Connection:
        """Return the connection of a name, created when new. Raises UserError when it is of another system."""
        try:
            with self._state.writing() as state:
                return records.get_or_add_connection(state, workspace.id, name, system, now)
        except sa.exc.IntegrityError:  # another process created it in the same moment
            with self._state.writing() as state:
                return records.get_or_add_connection(state, workspace.id, name, system, now)

    def connections(self, workspace: Workspace) -> list[Connection]:
        """Return the connections of a workspace, oldest first."""
        with self._state.reading() as state:
            return records.all_connections(state, workspace.id)

    def mapping(self, connection: Connection) -> str | None:
        """Return the remembered mapping text of a connection."""
        with self._state.reading() as state:
            return records.latest_mapping(state, connection.id)[1]

    def runs(self, workspace: Workspace, limit: int = 20) -> list[Run]:
        """Return the newest runs of a workspace, newest first."""
        with self._state.reading() as state:
            return records.recent_runs(state, workspace.id, limit)

    # --- accounts of vendors

    @cached_property
    def _vault(self) -> Vault:
        key_file = self.data_dir / "secret.key"
        if self._copies is not None and not self._vault_keys and not key_file.exists():
            raise SettingsError(
                "There is no key that seals secrets, and one made on this machine would be unknown to the others.",
                place="PUENTE_VAULT_KEYS",
                remedy="Make one and give it to all machines: see connector/web/DEPLOYMENT.md.",
            )
        return load_vault(self._vault_keys, key_file)

    def keep_account(
        self, connection: Connection, options: Mapping[str, str], secrets: Mapping[str, str], now: datetime
    ) -> None:
        """Keep how a connection reaches its vendor; the secrets are sealed. Raises SettingsError for a bad key."""
        with self._state.writing() as state:
            keep_account(state, self._vault, connection.id, StoredAccount(options, secrets), now)

    def account(self, connection: Connection) -> StoredAccount | None:
        """Return how a connection reaches its vendor. Raises SettingsError for another key."""
        with self._state.reading() as state:
            return read_account(state, self._vault, connection.id)

    def grants(self, connection: Connection, clock: Callable[[], datetime]) -> Grants:
        """Return where the OAuth grant of a connection is kept and renewed; ``clock`` gives the aware moment it is."""
        return Grants(self._state, self._layout.locks, self._vault, connection, clock)

    def syncing(self, connection: Connection, wait_seconds: float = 60) -> AbstractContextManager[Journal]:
        """Hold a connection for reading its vendor, as a ``with`` block, and give its journal. Raises WorkspaceBusy.

        The workspace itself stays free: its turn is taken only to publish.
        """
        return syncing(self._layout, self._state, connection, wait_seconds)

    def note_run(self, run_id: str, summary: Mapping[str, object]) -> None:
        """Replace what a finished run says that it did."""
        with self._state.writing() as state:
            records.note_run(state, run_id, dict(summary))

    # --- writing and reading

    def manifest(self, workspace: Workspace) -> Manifest:
        """Return the published state of a workspace; generation 0 before the first publication."""
        with self._state.reading() as state:
            return records.latest_manifest(state, workspace.id)

    def writing(
        self, workspace: Workspace, kind: str, now: datetime, wait_seconds: float = 60
    ) -> AbstractContextManager[Writing]:
        """Take the turn of writing a workspace, as a ``with`` block; ``kind`` says what for (import, sync ...).

        On entry, runs whose process died are marked interrupted and everything they left is removed. A block
        that ends with an error publishes nothing. Raises WorkspaceBusy, saying who holds the workspace, when
        its turn does not come within ``wait_seconds``.
        """
        return writing(self._means, workspace, kind, now, wait_seconds)

    def answering_within(self, seconds: float) -> Self:
        """Return the same store, whose readers refuse what takes longer than ``seconds``. Close only one of the two."""
        view = copy(self)
        view.answer_seconds = seconds
        return view

    def reader(self, workspace: Workspace) -> Reader:
        """Open the published state of a workspace for questions."""
        return Reader(self._engine, self._layout, workspace.name, self.manifest(workspace), self.answer_seconds)

    def fetch(self, names: Iterable[str]) -> list[Path]:
        """Return the paths of published files, brought here from the bucket if there is one.

        They stay until room is needed, and go last then; a turn, a journal and a reader hold what they name longer.
        """
        wanted = list(names)
        with self._layout.hold(wanted):
            return [self.data_dir / name for name in wanted]

    def reach_bucket(self) -> None:
        """Raise TryLater or SettingsError when there is a bucket and it never answered this process or let it in.

        One that answered once and is away later takes nothing from the figures whose files lie here.
        """
        if self._copies is not None and not self._bucket_answered:
            self._copies.bucket.check()
            self._bucket_answered = True

    def reject_file(self, workspace: Workspace, connection: Connection) -> Path | None:
        """Return the file of rows that could not be read in the live imports of a connection."""
        path = self.manifest(workspace).rejects.get(connection.id)
        return self.fetch([path])[0] if path else None

    # --- looks

    def brand(self, workspace: Workspace | None) -> Brand:
        """Return what a workspace itself says about its looks, or the default of all workspaces for None."""
        with self._state.reading() as state:
            return brands.read_brand(state, brands.DEFAULT if workspace is None else workspace.id)

    def keep_brand(self, workspace: Workspace | None, brand: Brand, now: datetime) -> None:
        """Replace the brand of a workspace, or the default for None."""
        with self._state.writing() as state:
            brands.keep_brand(state, brands.DEFAULT if workspace is None else workspace.id, brand, now)

    def forget_brand(self, workspace: Workspace | None) -> bool:
        """Remove the brand of a workspace, or the default for None; say whether there was one."""
        with self._state.writing() as state:
            return brands.forget_brand(state, brands.DEFAULT if workspace is None else workspace.id)

    # --- master reports of Looker Studio

    def master_reports(self) -> list[MasterReport]:
        """Return every registered master report."""
        with self._state.reading() as state:
            return masters.all_masters(state)

    def keep_master_report(self, master: MasterReport) -> None:
        """Register a master report in place of the one of the same template and language."""
        with self._state.writing() as state:
            masters.keep_master(state, master)

    def forget_master_report(self, template: str, language: Language) -> bool:
        """Take a master report out of the register; say whether there was one."""
        with self._state.writing() as state:
            return masters.forget_master(state, template, language)

    # --- variants of reports

    def variants(self, workspace: Workspace, person: str) -> list[Variant]:
        """Return the variants that a person sees, deleted ones too."""
        with self._state.reading() as state:
            return variants.all_variants(state, workspace.id, person)

    def variant(self, wanted: VariantName, *, deleted: bool = False) -> Variant:
        """Return the person's own variant of a name, else that of everyone. Raises UnknownName."""
        with self._state.reading() as state:
            return variants.find_variant(state, wanted, deleted=deleted)

    def add_variant(self, variant: Variant) -> Variant:
        """Keep a new variant; return it with its id. Raises UserError for a name that is taken."""
        with self._state.writing() as state:
            return variants.add_variant(state, variant)

    def change_variant(self, variant: Variant, settings: Mapping[str, object], version: int, now: datetime) -> None:
        """Replace the settings of a variant, made for ``version`` of its template."""
        with self._state.writing() as state:
            variants.change_variant(state, variant, settings, version, now)

    def mark_variant(self, variant: Variant, now: datetime) -> None:
        """Mark a variant for deletion."""
        with self._state.writing() as state:
            variants.mark_variant(state, variant, now)

    def restore_variant(self, variant: Variant) -> None:
        """Undo a deletion. Raises UserError when the name is taken by now."""
        with self._state.writing() as state:
            variants.restore_variant(state, variant)

    def remove_marked_variants(self, workspace: Workspace, before: datetime) -> int:
        """Remove for good what was marked for deletion until ``before``; return how many."""
        with self._state.writing() as state:
            return variants.remove_marked(state, workspace.id, before)

    # --- spreadsheets

    def add_sheet(self, binding: SheetBinding) -> None:
        """Remember what lives in a spreadsheet. Raises UserError when a report lives there already."""
        with self._state.writing() as state:
            sheets.add_sheet(state, binding)

    def sheets(self, workspace: Workspace | None = None, spreadsheet_id: str = "") -> list[SheetBinding]:
        """Return what lives in spreadsheets, of one workspace or spreadsheet where they are named, oldest first."""
        with self._state.reading() as state:
            return sheets.sheets_of(state, workspace.id if workspace else "", spreadsheet_id)

    def note_sheet(self, binding: SheetBinding, done: Problem | Good, now: datetime) -> None:
        """Keep how a refresh went: well, or the problem."""
        with self._state.writing() as state:
            if isinstance(done, Problem):
                sheets.note_problem(state, binding, done, now)
            else:
                sheets.note_good(state, binding, done, now)

    def forget_sheet(self, binding: SheetBinding) -> None:
        """Forget what lives in a spreadsheet, which itself stays as it is."""
        with self._state.writing() as state:
            sheets.forget_sheet(state, binding)

    def writing_sheet(self, spreadsheet_id: str, wait_seconds: float = 60) -> AbstractContextManager[None]:
        """Hold a spreadsheet for writing, as a ``with`` block. Raises WorkspaceBusy."""
        return sheets.writing_sheet(self._state, self._layout.locks, spreadsheet_id, wait_seconds)


def _made(data_dir: Path) -> Path:
    try:
        with full_disk("data directory"):
            data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            "The data directory cannot be read and written.",
            place="PUENTE_DATA_DIR",
            remedy="Check that it exists and whom it belongs to.",
        ) from error
    return data_dir
