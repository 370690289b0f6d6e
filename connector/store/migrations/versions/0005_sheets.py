"""What lives in which spreadsheet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of what lives in spreadsheets."""
    op.create_table(
        "sheets",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("workspace_id", sa.String(16), nullable=False),
        sa.Column("connection_id", sa.String(16), nullable=False),
        sa.Column("spreadsheet_id", sa.String(200), nullable=False),
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_run_id", sa.String(64), nullable=False),
        sa.Column("last_good_at", sa.DateTime(timezone=True)),
        sa.Column("notice", sa.JSON, nullable=False),
        sa.Column("problem", sa.JSON),
        sa.Column("problem_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_sheets"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_sheets_workspace_id"),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_sheets_connection_id"),
        sa.UniqueConstraint("spreadsheet_id", "region", name="uq_sheets_spreadsheet_id_region"),
    )
