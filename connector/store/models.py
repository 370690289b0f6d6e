"""Tables of the state database. Every change here is a new revision in ``migrations/versions``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite has no zones, so the zone is put back when read."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


workspaces = sa.Table(
    "workspaces",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
)

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("system", sa.String(50), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("workspace_id", "name"),
)

mappings = sa.Table(
    "mappings",
    metadata,
    sa.Column("connection_id", sa.String(16), sa.ForeignKey("connections.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(16), nullable=False, unique=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("kind", sa.String(50), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("error", sa.Text),
    sa.Index("ix_runs_workspace_id_number", "workspace_id", "number"),
    sqlite_autoincrement=True,
)

manifests = sa.Table(
    "manifests",
    metadata,
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.String(16), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("tables", sa.JSON, nullable=False),
    sa.Column("raw", sa.JSON, nullable=False),
    sa.Column("profiles", sa.JSON, nullable=False),
    sa.Column("rejects", sa.JSON, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
)

api_key_workspaces = sa.Table(
    "api_key_workspaces",
    metadata,
    sa.Column("key_id", sa.String(16), sa.ForeignKey("api_keys.id"), primary_key=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), primary_key=True),
    sa.Index("ix_api_key_workspaces_workspace_id", "workspace_id"),
)
"""What each key opens."""

links = sa.Table(
    "links",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("question", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
)
"""Addresses that answer one question each."""

brands = sa.Table(
    "brands",
    metadata,
    sa.Column("owner", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(200)),
    sa.Column("primary_colour", sa.String(7)),
    sa.Column("accent_colour", sa.String(7)),
    sa.Column("neutral_colour", sa.String(7)),
    sa.Column("font", sa.String(40)),
    sa.Column("logo", sa.LargeBinary),
    sa.Column("logo_type", sa.String(20)),
    sa.Column("updated_at", Instant, nullable=False),
)
"""``owner`` is the id of a workspace, or ``default``; a NULL is taken from the default one."""

variants = sa.Table(
    "variants",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("template", sa.String(100), nullable=False),
    sa.Column("template_version", sa.Integer, nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("name_key", sa.String(200), nullable=False),
    sa.Column("author", sa.String(200), nullable=False),
    sa.Column("audience", sa.String(200), nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("deleted_at", Instant),
    sa.Column("deletion", sa.String(16), nullable=False),
    sa.UniqueConstraint(
        "workspace_id", "template", "audience", "name_key", "deletion", name="uq_variants_name_of_an_audience"
    ),
)
"""``audience`` is empty for everyone, else the author. ``deletion`` is empty, or the id once marked for deletion,
so that a deleted name can be used again."""

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("connection_id", sa.String(16), sa.ForeignKey("connections.id"), primary_key=True),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

sync_states = sa.Table(
    "sync_states",
    metadata,
    sa.Column("connection_id", sa.String(16), sa.ForeignKey("connections.id"), primary_key=True),
    sa.Column("stream", sa.String(100), primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("loaded", sa.Boolean, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

sync_chunks = sa.Table(
    "sync_chunks",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("connection_id", sa.String(16), sa.ForeignKey("connections.id"), nullable=False),
    sa.Column("stream", sa.String(100), nullable=False),
    sa.Column("path", sa.String(300), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("ix_sync_chunks_connection_id_number", "connection_id", "number"),
    sqlite_autoincrement=True,
)

sheets = sa.Table(
    "sheets",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("workspace_id", sa.String(16), sa.ForeignKey("workspaces.id"), nullable=False),
    sa.Column("connection_id", sa.String(16), sa.ForeignKey("connections.id"), nullable=False),
    sa.Column("spreadsheet_id", sa.String(200), nullable=False),
    sa.Column("region", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_run_id", sa.String(64), nullable=False),
    sa.Column("last_good_at", Instant),
    sa.Column("notice", sa.JSON, nullable=False),
    sa.Column("problem", sa.JSON),
    sa.Column("problem_at", Instant),
    sa.UniqueConstraint("spreadsheet_id", "region"),
)
"""``region`` is empty for the report of a spreadsheet, else it names a question placed in it."""

master_reports = sa.Table(
    "master_reports",
    metadata,
    sa.Column("template", sa.String(100), primary_key=True),
    sa.Column("language", sa.String(5), primary_key=True),
    sa.Column("report_id", sa.String(200), nullable=False),
    sa.Column("template_version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)
"""Reports of Looker Studio that copies are made of."""
