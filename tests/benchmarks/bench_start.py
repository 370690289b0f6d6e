"""CPU from the start of the service to its first answer, all its processes together, on a workspace that is there."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from connector.actions.import_files import ImportRequest, import_files
from connector.actions.keys import create_key
from connector.app import open_store
from connector.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROUNDS = 5
TARGET_SECONDS = 1.5
CHART = {
    "configParams": {"workspace": "Acme", "report_type": "sales"},
    "dateRange": {"startDate": "2026-01-01", "endDate": "2026-12-31"},
    "fields": [{"name": "owner"}, {"name": "total_sales"}],
}
Line = Callable[..., bool]


def bench_start(folder: Path, line: Line) -> bool:
    """Measure the first answer of /readyz and the first chart; modules are compiled before, as in the image."""
    data = folder / "start"
    deals = folder / "few.csv"
    deals.write_text(
        "Id,Name,Amount,Currency,Stage,Owner,Created,Close Date\nd1,One,5,EUR,Won,Ana,2026-01-02,2026-02-03\n"
    )
    with open_store(Settings(data_dir=data)) as store:
        import_files(store, ImportRequest("Acme", (deals,)), NOW, lambda _: True)
        key = create_key(store, "Acme", "bench", NOW).text
    good = True
    for name, method, path, body in (
        ("start_to_first_answer_cpu", "GET", "/readyz", None),
        ("start_to_first_chart_cpu", "POST", "/v1/looker/data", CHART),
    ):
        _cpu(data, key, method, path, body)  # compiles the modules
        used = statistics.median(_cpu(data, key, method, path, body) for _ in range(ROUNDS))
        good &= line(name, used, None, f"< {TARGET_SECONDS}", good=used < TARGET_SECONDS)
    return good


def _cpu(data: Path, key: str, method: str, path: str, body: object) -> float:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("PUENTE_", "PYTHON"))}
    environment |= {
        "PUENTE_DATA_DIR": str(data), "PUENTE_PORT": str(port), "PUENTE_LOG_LEVEL": "error",
        "PYTHONPYCACHEPREFIX": str(data.parent / "compiled"),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "connector", "serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _first_answer(process, port, key, method, path, body)
        return _used(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _first_answer(process: subprocess.Popen[bytes], port: int, key: str, method: str, path: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(3000):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.02)
        else:
            if answer.status != 200:
                raise SystemExit(f"{path} answered {answer.status}: {content[:500]!r}")
            return
        finally:
            connection.close()
    raise SystemExit("the service did not start")


def _used(process: int) -> float:
    """User and system seconds of a process, its living children and those it has waited for."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ticks = 0
    for each in (process, *map(int, children)):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(text) for text in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")
