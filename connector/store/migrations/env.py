"""Alembic's entry. It is only run by ``connector.store.state``, which hands it an open connection."""

from __future__ import annotations

from alembic import context

from connector.store.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can roll back DDL too: a killed upgrade leaves the old revision whole.
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
