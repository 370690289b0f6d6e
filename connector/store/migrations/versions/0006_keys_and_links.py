"""Keys that open several workspaces, and links that answer one question."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move what a key opens into a table of its own; create the table of links."""
    old = sa.table("api_keys", sa.column("id", sa.String), sa.column("workspace_id", sa.String))
    opened = op.get_bind().execute(sa.select(old.c.id, old.c.workspace_id)).all()
    # SQLite makes the table of keys anew, which nothing may refer to in that moment.
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_constraint("fk_api_keys_workspace_id", type_="foreignkey")
        keys.drop_column("workspace_id")
    opens = op.create_table(
        "api_key_workspaces",
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("workspace_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "workspace_id", name="pk_api_key_workspaces"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="fk_api_key_workspaces_key_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_api_key_workspaces_workspace_id"),
    )
    op.create_index("ix_api_key_workspaces_workspace_id", "api_key_workspaces", ["workspace_id"])
    op.bulk_insert(opens, [{"key_id": key, "workspace_id": workspace} for key, workspace in opened])
    _create_links()


def _create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("workspace_id", sa.String(16), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("question", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_links_workspace_id"),
        sa.UniqueConstraint("sha256", name="uq_links_sha256"),
    )
