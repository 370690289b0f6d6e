"""Singer's reader of HubSpot (the PyPI package tap-hubspot), aimed at a server of ours.

Only the streams that it reads through the paths of version 3 are used; for the others it still asks for v1 and v2.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conformance.peers.airbyte import PEERS, SHIM
from tests.conformance.peers.compare import Rows

PROGRAM = PEERS / "tap" / "bin" / "tap-hubspot"

STREAMS = ("owners", "contacts", "tickets")


def read(
    url: str, token: str, properties: Mapping[str, Sequence[str]], folder: Path
) -> dict[str, dict[str, dict[str, Any]]]:
    """Read the streams of the HubSpot at ``url`` and return stream to id to property to value.

    ``properties`` maps each of :data:`STREAMS` to the names to ask for. Fails with the reader's own words when it did
    not get through; it may take two minutes.
    """
    config, catalog = folder / "tap.json", folder / "tap-catalog.json"
    config.write_text(json.dumps({"start_date": "2006-06-01T00:00:00Z", "api_key": token}), encoding="utf-8")
    streams = [_selected(name, properties[name]) for name in STREAMS]
    catalog.write_text(json.dumps({"streams": streams}), encoding="utf-8")
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(SHIM), "PEER_REDIRECT": url,
        "NO_PROXY": "*", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    command = [str(PROGRAM), "--config", str(config), "--properties", str(catalog)]
    ended = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    # It reports a refused stream in its log only, and goes on.
    refused = [line for line in ended.stderr.splitlines() if line.startswith(("ERROR", "CRITICAL"))]
    if ended.returncode != 0 or refused:
        raise AssertionError(f"tap-hubspot ended with {ended.returncode}: {refused or ended.stderr[-2000:]}")
    return _records(json.loads(line) for line in ended.stdout.splitlines())


def as_it_writes(rows: Rows, types: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """The same rows in its words: a yes-or-no property without a value is a no to it."""
    switches = {name: "false" for name, type_ in types.items() if type_ == "bool"}
    return {id_: {**switches, **row} for id_, row in rows.items()}


def _selected(name: str, properties: Sequence[str]) -> dict[str, Any]:
    columns = [f"property_{each}" for each in properties]
    fields = [
        {"breadcrumb": ["properties", column], "metadata": {"inclusion": "available", "selected": True}}
        for column in columns
    ]
    return {
        "stream": name,
        "tap_stream_id": name,
        "schema": {"properties": {column: {} for column in columns}},
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}, *fields],
    }


def _records(messages: Any) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in STREAMS}
    for message in messages:
        if message["type"] == "RECORD":
            row = message["record"]
            values = row if message["stream"] == "owners" else row["properties"]
            found[message["stream"]][str(row["id"])] = values
    return found
