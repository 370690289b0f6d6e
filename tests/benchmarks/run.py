"""Measures Puente beside DuckDB's own work on the same files, in one run; ratios are compared, not seconds.

One line a figure: name, ours, theirs, ratio, target, ``ok`` or ``short``. Exit code 1 when a target is missed.
CPU is user plus system time of the whole process, as the operating system counts it; each pair runs in turn.
``PUENTE_BENCH_ROWS`` and ``PUENTE_BENCH_LARGE`` change the sizes (defaults 1,000,000 and 5,000,000).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from connector.sandbox.bulk import write_deals

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROWS = int(os.environ.get("PUENTE_BENCH_ROWS", "1000000"))
LARGE = int(os.environ.get("PUENTE_BENCH_LARGE", "5000000"))


@dataclass(frozen=True)
class Used:
    """What one finished process used."""

    cpu_seconds: float
    peak_megabytes: float
    output: str


def run(*command: str, data: Path) -> Used:
    """Run a program to its end and return what it used."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUENTE_")}
    environment |= {"PUENTE_DATA_DIR": str(data), "PUENTE_LOG_LEVEL": "warning", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as output:
        started = subprocess.Popen([sys.executable, *command], stdout=output, stderr=output, env=environment, cwd=data)
        _, status, usage = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if started.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {started.returncode}:\n{text}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def line(name: str, ours: float, theirs: float | None, target: str, *, good: bool) -> bool:
    """Print one figure."""
    ratio = f"{ours / theirs:8.2f}" if theirs else f"{'-':>8}"
    shown = f"{theirs:10.3f}" if theirs is not None else f"{'-':>10}"
    print(f"{name:<44}{ours:10.3f}{shown}{ratio}  {target:<22}{'ok' if good else 'short'}", flush=True)
    return good


def bench_help(data: Path) -> bool:
    used = statistics.median(run("-m", "connector", "--help", data=data).cpu_seconds for _ in range(5))
    return line("--help, CPU s", used, None, "< 0.4", good=used < 0.4)


def bench_import(data: Path, source: Path) -> bool:
    mapping = str(HERE / "bulk_mapping.yaml")
    arguments = ("-m", "connector", "import", str(source), "-w", "bulk", "--mapping", mapping)
    theirs = statistics.median(run(str(HERE / "csv_to_delta.py"), str(source), data=data).cpu_seconds for _ in range(3))
    ours = run(*arguments, data=data)
    good = ours.cpu_seconds <= 6 * theirs
    return line(f"import of {ROWS:,} deals, CPU s", ours.cpu_seconds, theirs, "<= 6 x", good=good)


def bench_memory(folder: Path) -> bool:
    source, data = folder / "large.csv", folder / "large"
    data.mkdir()
    write_deals(source, LARGE)
    used = run(
        "-m", "connector", "import", str(source), "-w", "bulk", "--mapping", str(HERE / "bulk_mapping.yaml"), data=data
    )
    source.unlink()
    return line(
        f"import of {LARGE:,} deals, peak MB", used.peak_megabytes, None, "< 800", good=used.peak_megabytes < 800
    )


def bench_queries(data: Path) -> bool:
    """Each line of the child: name, our median CPU, their median CPU, in seconds."""
    good = True
    for text in run(str(HERE / "queries.py"), data=data).output.splitlines():
        name, ours, theirs = text.split("\t")
        fast = float(ours) <= 1.5 * float(theirs) + 0.010
        good &= line(f"query: {name}, CPU s", float(ours), float(theirs), "<= 1.5 x + 0.010", good=fast)
    return good


def main() -> int:
    print(f"{'figure':<44}{'ours':>10}{'theirs':>10}{'ratio':>8}  target")
    with tempfile.TemporaryDirectory(prefix="puente-bench-") as name:
        folder = Path(name)
        data, source = folder / "data", folder / "deals.csv"
        data.mkdir()
        write_deals(source, ROWS)
        results = [bench_help(data), bench_import(data, source), bench_queries(data), bench_memory(folder)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
