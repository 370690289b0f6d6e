"""Airbyte's reader of HubSpot (the PyPI package airbyte-source-hubspot), aimed at a server of ours."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parents[3] / ".peers"
SHIM = Path(__file__).resolve().parent / "shim"
PROGRAM = PEERS / "airbyte" / "bin" / "source-hubspot"

STREAMS = {
    "owners": "owners",
    "companies": "companies",
    "contacts": "contacts",
    "leads": "leads",
    "deals": "deals",
    "tickets": "tickets",
    "products": "products",
    "line_items": "line_items",
    "goal_targets": "goals",
    "calls": "engagements_calls",
    "emails": "engagements_emails",
    "meetings": "engagements_meetings",
    "notes": "engagements_notes",
    "tasks": "engagements_tasks",
}
"""Our name of a stream to theirs."""

ONE_PAGE = ("products", "line_items", "goal_targets")
"""Streams that version 5.7.0 asks for with an ``offset``, which HubSpot does not know: with 100 records or more it
reads the first page for ever."""

LINKED = {
    "companies": ("contacts",),
    "contacts": ("companies",),
    "leads": ("companies", "contacts"),
    "deals": ("companies", "contacts", "line_items"),
    "tickets": ("companies", "contacts", "deals"),
    **dict.fromkeys(("calls", "emails", "meetings", "notes", "tasks"), ("companies", "contacts", "deals")),
}
"""Kinds at the other end whose ids come with the records of a stream."""


@dataclass(frozen=True)
class AirbyteRun:
    """What one run brought. ``state`` can be given to the next one."""

    records: dict[str, dict[str, dict[str, Any]]]
    """Our stream name to id to property (without a prefix) to value."""
    links: dict[str, dict[str, dict[str, set[str]]]]
    """Our stream name to id to kind at the other end to ids there."""
    state: list[dict[str, Any]]
    repeated: Counter[str] = field(default_factory=Counter)
    """How many records of a stream came more than once."""


def read(
    url: str, token: str, streams: Iterable[str], folder: Path, state: list[dict[str, Any]] | None = None
) -> AirbyteRun:
    """Read streams (our names) from the HubSpot at ``url`` and wait for the end, at most five minutes.

    Without ``state`` everything is read from lists; with the state of a run before, what changed since from search.
    Fails with the reader's own words when it did not get through.
    """
    credentials = {"credentials_title": "Private App Credentials", "access_token": token}
    wanted = list(streams)
    command = [
        str(PROGRAM), "read",
        "--config", _write(folder / "config.json", {"start_date": "2006-06-01T00:00:00Z", "credentials": credentials}),
        "--catalog", _write(folder / "catalog.json", {"streams": [_configured(STREAMS[name]) for name in wanted]}),
    ]  # fmt: skip
    if state is not None:
        command += ["--state", _write(folder / "state.json", state)]
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": str(SHIM), "PEER_REDIRECT": url,
        "NO_PROXY": "*", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    ended = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    messages = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    wrong = [_complaint(message) for message in messages if message["type"] == "TRACE"]
    if ended.returncode != 0 or any(wrong):
        raise AssertionError(
            f"Airbyte ended with {ended.returncode}: {[text for text in wrong if text]} {ended.stderr}"
        )
    return _run(wanted, messages)


def _write(path: Path, content: object) -> str:
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def _configured(name: str) -> dict[str, Any]:
    stream = {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    return {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append"}


def _complaint(message: dict[str, Any]) -> str:
    """What a trace message says is wrong; empty when it says nothing of the kind."""
    trace = message["trace"]
    if trace["type"] == "ERROR":
        return f"{trace['error'].get('message')} ({trace['error'].get('internal_message')})"
    incomplete = (trace.get("stream_status") or {}).get("status") == "INCOMPLETE"
    return f"{trace['stream_status']['stream_descriptor']['name']} is not complete" if incomplete else ""


def _run(wanted: list[str], messages: list[dict[str, Any]]) -> AirbyteRun:
    ours = {STREAMS[name]: name for name in wanted}
    run = AirbyteRun({name: {} for name in wanted}, {name: {} for name in wanted}, [])
    states: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message["type"] == "STATE":
            states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        elif message["type"] == "RECORD":
            name, row = ours[message["record"]["stream"]], message["record"]["data"]
            run.repeated[name] += str(row["id"]) in run.records[name]
            run.records[name][str(row["id"])] = row if name == "owners" else row["properties"]
            run.links[name][str(row["id"])] = {to: {str(id_) for id_ in row.get(to, ())} for to in LINKED.get(name, ())}
    run.state.extend(states.values())
    return run
