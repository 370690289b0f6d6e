"""Which report of Looker Studio is the master of a described report, in which language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the register of master reports."""
    op.create_table(
        "master_reports",
        sa.Column("template", sa.String(100), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("report_id", sa.String(200), nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("template", "language", name="pk_master_reports"),
    )
