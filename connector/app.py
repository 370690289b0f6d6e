"""Builds everything once and hands each door what it needs.

Imported by ``__main__.py`` and by the server entry point. Importing it is cheap: what is heavy loads when
it is built, so that ``--help`` stays quick.
"""
# ruff: noqa: PLC0415 -- heavy parts load where they are built

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector import log
from connector.actions.answer_cache import AnswerCache
from connector.errors import UserError, quote
from connector.settings import Settings, load_settings, size_bytes

if TYPE_CHECKING:
    from apiflask import APIFlask

    from connector.actions.catalogue import DimensionEntry, MetricEntry
    from connector.actions.demo import Demo, DemoCrm, DemoGoogle
    from connector.actions.direct import PackedTable, TableRequest
    from connector.actions.links import OpenLink
    from connector.actions.looker import ChartRequest, PackedAnswer
    from connector.actions.looker_fields import Source
    from connector.actions.odata import Continuation, FeedRequest, FeedRows
    from connector.actions.odata_feeds import FeedChoice
    from connector.model.query import Language
    from connector.sources.files.options import Limits
    from connector.store.bucket import BucketAddress
    from connector.store.store import Store
    from connector.web.service import Caller

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current moment; the one place where Puente looks at the clock."""
    return datetime.now(UTC)


def start(settings: Settings | None = None) -> Settings:
    """Read the settings (unless given) and configure the log by them. Raises SettingsError."""
    settings = load_settings() if settings is None else settings
    log.hide(settings.database_url)
    log.hide(settings.vault_keys)
    log.hide(settings.token)
    log.hide(settings.aws_secret_access_key)
    log.hide(settings.aws_session_token)
    log.configure(settings.log_level, settings.log_format)
    return settings


def open_store(settings: Settings) -> Store:
    """Open the store that the settings name. Raises SettingsError, TryLater, StorageFull."""
    from connector.store.store import Store

    return Store(
        settings.data_dir, settings.database_url.reveal(), settings.memory_limit, settings.threads,
        vault_keys=settings.vault_keys.reveal(), bucket=bucket_address(settings),
    )  # fmt: skip


def bucket_address(settings: Settings) -> BucketAddress | None:
    """Return the bucket that the settings name, if they name one."""
    if not settings.tables_url:
        return None
    from connector.store.bucket import BucketAddress

    return BucketAddress(
        settings.tables_url, settings.tables_endpoint, settings.aws_region, settings.aws_access_key_id,
        settings.aws_secret_access_key.reveal(), settings.aws_session_token.reveal(), settings.google_key_file,
        size_bytes(settings.tables_cache),
    )  # fmt: skip


class Doors:
    """The verbs bound to one store, settings and clock: the :class:`~connector.web.service.Service` of the web."""

    def __init__(self, store: Store, settings: Settings, clock: Clock = utc_now) -> None:
        self._store = store.answering_within(settings.answer_seconds)
        self._settings = settings
        self._clock = clock
        self._charts = AnswerCache(time.monotonic, settings.answer_cache_mb * 1_000_000)

    @property
    def language(self) -> Language:
        return self._settings.language

    def check_ready(self) -> None:
        from connector.actions.readiness import check_ready

        check_ready(self._store)

    def sign_in(self, key: str) -> Caller | None:
        from connector.actions.keys import check_key
        from connector.web.service import Caller

        holder = check_key(self._store, key, self._clock())
        return None if holder is None else Caller(holder.workspaces, holder.key_id)

    def table(self, workspace: str, asked: TableRequest) -> PackedTable:
        from connector.actions.direct import answer_table

        most = self._settings.max_rows
        return answer_table(self._store, workspace, asked, self._clock(), self._charts, max_rows=most)

    def open_link(self, token: str) -> OpenLink | None:
        from connector.actions.links import check_link

        return check_link(self._store, token, self._clock())

    def metrics(self, workspace: str, language: Language) -> Sequence[MetricEntry]:  # noqa: ARG002 -- all have the same
        from connector.actions.catalogue import list_metrics

        return list_metrics(language)

    def dimensions(self, workspace: str, language: Language) -> Sequence[DimensionEntry]:
        from connector.actions.catalogue import list_dimensions, list_own_dimensions

        return [*list_dimensions(language), *list_own_dimensions(self._store, workspace)]

    def looker_config(
        self, workspaces: Sequence[str], language: Language, answers: Mapping[str, str]
    ) -> dict[str, Any]:
        from connector.actions.looker_config import configuration

        with self._store.reader(self._store.workspace(answers.get("workspace") or workspaces[0])) as reader:
            return configuration(workspaces, reader.profile, language, answers)

    def looker_schema(self, workspace: str, source: Source) -> Sequence[dict[str, Any]]:
        from connector.actions.looker import fields_of

        return [field.to_json() for field in fields_of(self._store, workspace, source)]

    def looker_data(self, workspace: str, asked: ChartRequest) -> PackedAnswer:
        from connector.actions.looker import chart_data

        return chart_data(self._store, workspace, asked, self._clock(), self._charts)

    def odata_metadata(self, workspace: str, choice: FeedChoice, *, as_json: bool) -> bytes:
        from connector.actions.odata import feed_metadata

        return feed_metadata(self._store, workspace, choice, self._charts, as_json=as_json)

    def odata_rows(self, workspace: str, asked: FeedRequest, after: Continuation | None = None) -> FeedRows:
        from connector.actions.odata import feed_rows

        return feed_rows(self._store, workspace, asked, self._clock(), self._charts, after)


class Commands:
    """What the command line is handed: settings and store open at first use, so that help needs neither."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._store: Store | None = None
        self.language: Language | None = None

    @cached_property
    def settings(self) -> Settings:
        settings = start()
        return replace(settings, language=self.language) if self.language else settings

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(self.settings)
        return self._store

    def limits(self) -> Limits:
        """What one file may take, by the settings."""
        from connector.sources.files.options import Limits

        return Limits(cell_bytes=self.settings.max_cell_bytes)

    def now(self) -> datetime:
        return self._clock()

    def person(self) -> str:
        """Who types, for what belongs to one person: the user of the machine. It is a name, no proof."""
        import getpass

        try:
            return f"user:{getpass.getuser()[:100]}"
        except (OSError, KeyError, ImportError):  # a container may run without any user
            return "user:unknown"

    def serve(self, pages: Path | None = None) -> None:
        """Answer requests on the address of the settings until the process is told to end.

        ``pages`` is a folder of ready pages that everyone who reaches the address may see under /demo/.
        """
        from connector.web.server import serve

        settings = self.settings
        serve(lambda: create_wsgi(settings, pages), settings.host, settings.port)

    def demo(self) -> Demo:
        """The demo organisation of the sandbox."""
        from connector.actions.demo import Demo
        from connector.sandbox import exports

        def write(folder: Path, day: date, changed: bool) -> list[Path]:
            writer = exports.write_changed_exports if changed else exports.write_exports
            return writer(folder, day)

        def start_crm(now: datetime) -> DemoCrm:
            from connector.sandbox.hubspot.demo import DemoCrm as Running

            return Running(now)

        def start_google() -> DemoGoogle:
            from connector.sandbox.google.demo import DemoGoogle as Running

            return Running()

        mapping = Path(exports.__file__).with_name("demo_mapping.yaml")
        return Demo(self.settings.data_dir / "demo", mapping, write, start_crm, start_google)

    def sandbox(self, system: str, port: int, faults: str, seed: int | None) -> Any:
        """Start the stand-in of a vendor on this machine. Raises UserError for an unknown vendor or fault."""
        from connector.sandbox import SYSTEMS, serve
        from connector.sandbox.http.faults import FaultError

        if system not in SYSTEMS:
            raise UserError(f"There is no sandbox of {quote(system)}.", remedy=f"There is: {', '.join(SYSTEMS)}.")
        try:
            return serve(system, port, faults, seed, self._clock())
        except FaultError as error:
            raise UserError(str(error), place="--faults", remedy="See: sandbox start --help.") from None

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def create_wsgi(settings: Settings | None = None, pages: Path | None = None) -> APIFlask:
    """Return the WSGI application of a server: ``gunicorn 'connector.app:create_wsgi()'``."""
    from connector.web.application import create_app

    settings = start(settings)
    return create_app(Doors(open_store(settings), settings), pages)
