"""Accounts of vendors, and how far each stream of an account has been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables that a sync needs."""
    op.create_table(
        "accounts",
        sa.Column("connection_id", sa.String(16), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", name="pk_accounts"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_accounts_connection_id"),
    )
    op.create_table(
        "sync_states",
        sa.Column("connection_id", sa.String(16), nullable=False),
        sa.Column("stream", sa.String(100), nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("loaded", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "stream", name="pk_sync_states"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_sync_states_connection_id"),
    )
    op.create_table(
        "sync_chunks",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("connection_id", sa.String(16), nullable=False),
        sa.Column("stream", sa.String(100), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sync_chunks"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_sync_chunks_connection_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sync_chunks_connection_id_number", "sync_chunks", ["connection_id", "number"])
