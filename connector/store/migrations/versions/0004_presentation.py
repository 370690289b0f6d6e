"""How reports look for a workspace, and the variants of reports that people keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of brands and of variants."""
    op.create_table(
        "brands",
        sa.Column("owner", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200)),
        sa.Column("primary_colour", sa.String(7)),
        sa.Column("accent_colour", sa.String(7)),
        sa.Column("neutral_colour", sa.String(7)),
        sa.Column("font", sa.String(40)),
        sa.Column("logo", sa.LargeBinary),
        sa.Column("logo_type", sa.String(20)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_brands"),
    )
    op.create_table(
        "variants",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("workspace_id", sa.String(16), nullable=False),
        sa.Column("template", sa.String(100), nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("audience", sa.String(200), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("deletion", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_variants"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_variants_workspace_id"),
        sa.UniqueConstraint(
            "workspace_id", "template", "audience", "name_key", "deletion", name="uq_variants_name_of_an_audience"
        ),
    )
