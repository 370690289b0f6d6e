"""The demo organisation, synced once for all tests of a run."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from filelock import FileLock

from connector.actions.demo import connect_demo, sync_demo
from connector.sandbox.hubspot.demo import DemoCrm
from connector.store.read import Reader
from connector.store.store import Store, Workspace

DEMO_NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


class KeptAnswers(dict[Any, Any]):
    """Answers that outlive the reader that asked."""

    def clear(self) -> None:
        """Keep them."""


class RememberingStore(Store):
    """A store that nobody writes to: what was asked of a workspace is not computed again for another test."""

    _answers: ClassVar[dict[object, KeptAnswers]] = {}

    def reader(self, workspace: Workspace) -> Reader:
        """Open a workspace; its reader knows the answers of those before it."""
        reader = super().reader(workspace)
        state = (self.data_dir, workspace.id, reader.generation)
        reader._kept = self._answers.setdefault(state, KeptAnswers())
        return reader


@dataclass(frozen=True)
class Demo:
    """A store with the workspace ``demo``, and the moment it is looked at."""

    store: Store
    now: datetime
    workspace: str = "demo"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The synced demo organisation; read it, never write to it."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "demo-organisation"
    with FileLock(f"{shared}.lock"):
        if not (shared / "ready").exists():
            shutil.rmtree(shared, ignore_errors=True)
            _sync(shared)
            (shared / "ready").touch()
    return Demo(RememberingStore(shared, memory_limit="256MB", threads=1), DEMO_NOW)


def _sync(folder: Path) -> None:
    crm = DemoCrm(DEMO_NOW)
    store = Store(folder, memory_limit="256MB", threads=1)
    try:
        connect_demo(store, crm, crm.now)
        sync_demo(store, crm, "256MB", 1, lambda *_: None)
        crm.pass_day()
        sync_demo(store, crm, "256MB", 1, lambda *_: None)
    finally:
        crm.stop()
