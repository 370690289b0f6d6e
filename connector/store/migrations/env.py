"""Alembic's entry. It is only run by ``connector.store.state``, which hands it an open connection."""

from __future__ import annotations

from alembic import context

from connector.store.models import metadata

# The connection is inside a transaction of its opener, DDL included: a killed upgrade leaves the old revision whole.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
