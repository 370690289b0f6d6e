"""backlot, somebody else's stand-in of Google's reading side, measured by its author against the live API."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".peers" / "backlot" / "bin" / "python"
SERVER = Path(__file__).with_name("backlot_server.py")
Grid = list[list[str | int | float | bool | None]]


@dataclass(frozen=True)
class Backlot:
    """A running backlot with one spreadsheet."""

    url: str
    token: str
    spreadsheet: str


@contextmanager
def backlot(title: str, grids: dict[str, Grid]) -> Iterator[Backlot]:
    """Serve one spreadsheet with a sheet for each grid, until the block ends. Skips where backlot is not installed."""
    if not PYTHON.exists():
        pytest.skip("needs backlot in .peers/backlot: make .peers/.backlot")
    record: dict[str, Any] = {
        "source_type": "google_drive", "subtype": "spreadsheet", "doc_id": "book", "title": title, "folder": "/",
        "author_email": "a@example.org", "created": "2026-01-01T00:00:00Z", "updated": "2026-01-02T00:00:00Z",
        "sheets": [{"title": name, "grid": grid} for name, grid in grids.items()],
    }  # fmt: skip
    with subprocess.Popen(
        [str(PYTHON), "-P", str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(f"{json.dumps([record])}\n")
        running.stdin.flush()
        told = running.stdout.readline()
        if not told:
            raise RuntimeError(f"backlot did not start:\n{running.communicate('', timeout=60)[1][-2000:]}")
        try:
            yield _found(told)
        finally:
            running.communicate("", timeout=60)


def _found(told: str) -> Backlot:
    place = json.loads(told)
    answer = requests.get(
        f"{place['url']}/drive/v3/files", headers={"Authorization": f"Bearer {place['token']}"}, timeout=60
    )
    kind = "application/vnd.google-apps.spreadsheet"
    number = next(file["id"] for file in answer.json()["files"] if file["mimeType"] == kind)
    return Backlot(place["url"], place["token"], number)
