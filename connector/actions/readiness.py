"""Check that the state database, the data directory and the bucket can be used."""

from __future__ import annotations

import os

from connector.errors import TryLater
from connector.store.store import Store


def check_ready(store: Store) -> None:
    """Raise TryLater or SettingsError, saying which part does not work, unless a request can be answered now."""
    if not os.access(store.data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise TryLater(
            "The data directory cannot be read and written.",
            place="PUENTE_DATA_DIR",
            remedy="Check that it exists and whom it belongs to.",
        )
    store.workspaces()
    store.reach_bucket()
