"""Looker Studio's charts beside the bare statement, over many workspaces; fifty viewers at once; start to first answer.

``PUENTE_BENCH_CHARTS`` changes the sizes, deals over all workspaces (default ``1000000,10000000``).
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.sandbox.bulk import write_deals

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIZES = tuple(int(size) for size in os.environ.get("PUENTE_BENCH_CHARTS", "1000000,10000000").split(","))
WORKSPACES = 20
SECONDS = 60
STARTS = 5
KEY = re.compile(r"puente_[A-Za-z0-9_-]{43}")

Line = Callable[..., bool]


def environment(data: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PUENTE_")}
    path = f"{ROOT}{os.pathsep}{HERE}"
    return own | {"PUENTE_DATA_DIR": str(data), "PUENTE_LOG_LEVEL": "warning", "PYTHONPATH": path, **more}


def puente(data: Path, *arguments: str) -> str:
    """Run one command to its end and return what it said."""
    command = [sys.executable, "-m", "connector", *arguments]
    done = subprocess.run(command, env=environment(data), cwd=data, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def fill(folder: Path, deals: int) -> Path:
    """Import a share of the deals into each of the workspaces; return the data directory."""
    data, source = folder / f"charts-{deals}", folder / "charts.csv"
    data.mkdir()
    for number in range(WORKSPACES):
        write_deals(source, deals // WORKSPACES, seed=number + 1)
        mapping = str(HERE / "bulk_mapping.yaml")
        puente(data, "import", str(source), "-w", f"client-{number:02}", "--mapping", mapping)
    source.unlink()
    return data


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the directory; yield address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "connector", "serve"]
    settings = {"PUENTE_PORT": str(port), "PUENTE_ANSWER_CACHE_MB": "0"}
    log = subprocess.DEVNULL
    server = subprocess.Popen(command, env=environment(data, **settings), cwd=data, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield address, server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def bench_charts(line: Line, folder: Path, deals: int) -> bool:
    """A mix of charts in one process, and one long answer over HTTP."""
    data = fill(folder, deals)
    key = KEY.search(puente(data, "keys", "create", "-w", "client-00", "--label", "bench"))
    assert key is not None
    good = True
    with serving(data) as (address, _):
        told = environment(data, BENCH_ADDRESS=address, BENCH_KEY=key[0])
        command = [sys.executable, str(HERE / "looker_charts.py")]
        output = subprocess.run(command, env=told, cwd=data, capture_output=True, text=True, check=True).stdout
    for text in output.splitlines():
        name, ours, theirs = text.split("\t")
        mine, plain = float(ours), float(theirs)
        if name.startswith("HTTP"):
            good &= line(f"{name}, {deals:,} deals, s", mine, plain, "<= 2 x", good=mine <= 2 * plain)
        elif "p50" in name:
            good &= line(
                f"{name}, {deals:,} deals, s", mine, plain, "<= 1.3 x + 0.010", good=mine <= 1.3 * plain + 0.01
            )
        else:
            line(f"{name}, {deals:,} deals, s", mine, plain, "", good=True)
    return viewers(line, data, deals) and good


def viewers(line: Line, data: Path, deals: int) -> bool:
    """Fifty viewers at once: no error, and memory that does not grow once the server is warm."""
    keys = data / "keys.tsv"
    with keys.open("w") as file:
        for number in range(WORKSPACES):
            found = KEY.search(puente(data, "keys", "create", "-w", f"client-{number:02}", "--label", "viewers"))
            assert found is not None
            file.write(f"client-{number:02}\t{found[0]}\n")
    with serving(data) as (address, server):
        command = [sys.executable, str(HERE / "looker_viewers.py"), address, str(keys), str(SECONDS), str(server.pid)]
        told = subprocess.run(command, env=environment(data), cwd=data, capture_output=True, text=True, check=True)
    errors, answers, middle, slow, warm, end = (float(each) for each in told.stdout.split("\t"))
    sys.stderr.write(told.stderr)
    name = f"50 viewers, {deals:,} deals"
    line(f"{name}: answers a second", answers / SECONDS, None, "", good=True)
    line(f"{name}: p50 and p99, s", middle, slow, "", good=True)
    good = line(f"{name}: errors of {answers:,.0f}", errors, None, "0", good=not errors)
    return line(f"{name}: MB at the end, when warm", end, warm, "<= 1.1 x", good=end <= 1.1 * warm) and good


def bench_looker(folder: Path, line: Line) -> bool:
    """All of it."""
    good = True
    for deals in SIZES:
        good &= bench_charts(line, folder, deals)
    return good
