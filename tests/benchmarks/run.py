"""Measures Puente beside others' own work on the same data, in one run; ratios are compared, not seconds.

One line a figure: name, ours, theirs, ratio, target, ``ok`` or ``short``. Exit code 1 when a target is missed.
CPU is user plus system time of the whole process, as the operating system counts it; each pair runs in turn.
Puente's own commands run in ``.peers/runtime``, which has requirements.txt and nothing that only tests need: pyarrow
loads pandas, which Puente does without, wherever it finds it.
``PUENTE_BENCH_ROWS`` and ``PUENTE_BENCH_LARGE`` change the sizes (defaults 1,000,000 and 5,000,000), as does
``PUENTE_BENCH_CHARTS`` those of Looker Studio's charts.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench_looker import bench_looker
from bench_sheets import bench_sheets
from bench_start import bench_start
from responder import Responder, busiest, rate

from connector.reports.template import template_ids
from connector.sandbox.bulk import write_deals, write_visits
from connector.sources.hubspot.catalogue import all_streams

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUNTIME = str(ROOT / ".peers" / "runtime" / "bin" / "python")
ROWS = int(os.environ.get("PUENTE_BENCH_ROWS", "1000000"))
RATE = 190
"""Requests in ten seconds that HubSpot documents for private apps of professional editions."""
FAST = 100_000
"""Requests in ten seconds of a vendor that allows more than anybody asks: what is measured is work, not waiting."""
SHORT_SECONDS = 2.0
LARGE = int(os.environ.get("PUENTE_BENCH_LARGE", "5000000"))


@dataclass(frozen=True)
class Used:
    """What one finished process used."""

    cpu_seconds: float
    peak_megabytes: float
    output: str


def run(*command: str, data: Path, python: str = "", **more: str) -> Used:
    """Run a program to its end and return what it used; ``more`` are environment variables.

    Commands of Puente run in the environment that users have, others in that of the tests unless ``python`` is given.
    """
    python = python or (RUNTIME if command[0] == "-m" else sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUENTE_")}
    environment |= {"PUENTE_DATA_DIR": str(data), "PUENTE_LOG_LEVEL": "warning", "PYTHONPATH": str(ROOT), **more}
    with tempfile.TemporaryFile("w+") as output:
        started = subprocess.Popen([python, *command], stdout=output, stderr=output, env=environment, cwd=data)
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


def sync(data: Path, url: str, *records: str, rate: int = 1000) -> Used:
    """Connect the responder and sync some kinds of records for the first time; only the sync is measured.

    What dlt reads is read: records as they are, without former values and links, and the stages and owners they name.
    """
    data.mkdir()
    read = (*records, "deal_pipelines", "owners")
    without = ",".join(stream.name for stream in all_streams() if stream.name not in read)
    options = {"base_url": url, "rate": str(rate), "search_rate": "5", "histories": "no", "without": without}
    given = [part for name, value in options.items() for part in ("--option", f"{name}={value}")]
    allowed = {"PUENTE_ALLOWED_HOSTS": "127.0.0.1", "PUENTE_TOKEN": "sandbox-token"}
    run("-m", "connector", "connect", "hubspot", "-w", "bulk", *given, data=data, **allowed)
    return run("-m", "connector", "sync", "-w", "bulk", data=data, **allowed)


def bench_sync(folder: Path) -> bool:
    """A first sync beside dlt's load of the same answers, and its memory at two sizes.

    Ours runs before and after theirs, which takes minutes: the speed of a machine may differ by a third until then.
    Memory is the higher peak of two runs at each size: of how two threads meet, it differs by some MB.
    """
    small, large = max(ROWS * 3 // 10, 1), ROWS
    with Responder({"deals": small}, limit=FAST) as responder:
        less = [sync(folder / name, responder.url, "deals").peak_megabytes for name in ("small-1", "small-2")]
    with Responder({"deals": large}, limit=FAST) as responder:
        ours = [sync(folder / "sync-large", responder.url, "deals")]
        (folder / "dlt").mkdir()
        theirs = run(
            str(HERE / "sync_dlt.py"), responder.url, str(large), str(folder / "dlt"),
            data=folder / "dlt", python=str(ROOT / ".peers" / "dlt" / "bin" / "python"), PYTHONPATH=str(HERE),
        )  # fmt: skip
        ours.append(sync(folder / "sync-again", responder.url, "deals"))
    used = statistics.mean(one.cpu_seconds for one in ours)
    good = line(
        f"sync of {large:,} deals, CPU s", used, theirs.cpu_seconds, "<= 0.2 x", good=theirs.cpu_seconds >= 5 * used
    )
    peak = max(one.peak_megabytes for one in ours)
    lean = peak < 600 and peak <= 1.05 * max(less)
    target = f"< 600, <= {small:,}'s"
    return line(f"sync of {large:,} deals, peak MB", peak, max(less), target, good=lean) and good


def bench_rate(folder: Path) -> bool:
    """Requests while several streams have pages, with 100 ms to each answer: near what HubSpot allows, never above."""
    rows = dict.fromkeys(("companies", "contacts", "deals"), 40_000)
    with Responder(rows, latency_seconds=0.1, limit=RATE) as responder:
        sync(folder / "sync-rate", responder.url, *rows, rate=RATE)
        asked = [one for one in responder.requests() if "/objects/" in one.path]
    pages = asked[len(asked) // 10 : -len(asked) // 10]  # the first and the last tenth, when not all streams have any
    reached, most = 10 * rate(pages), busiest(asked)
    good = reached >= 0.8 * RATE and most <= RATE
    return line(f"requests in 10 s at 100 ms (most: {most})", reached, RATE, f">= 0.8 x, most <= {RATE}", good=good)


def bench_queries(data: Path) -> bool:
    """Each line of the child: name, our median CPU, their median CPU, in seconds."""
    good = True
    for text in run(str(HERE / "queries.py"), data=data).output.splitlines():
        name, ours, theirs = text.split("\t")
        fast = float(ours) <= 1.5 * float(theirs) + 0.010
        good &= line(f"query: {name}, CPU s", float(ours), float(theirs), "<= 1.5 x + 0.010", good=fast)
    return good


def bench_reports(folder: Path) -> bool:
    """Each report as a workbook, the whole process, beside its bare queries; over deals and the stages they saw."""
    data, deals, visits = folder / "reports", folder / "deals.csv", folder / "visits.csv"
    data.mkdir()
    if not deals.exists():
        write_deals(deals, ROWS)
    write_visits(visits, ROWS)
    mapping = str(HERE / "report_mapping.yaml")
    run("-m", "connector", "import", str(deals), str(visits), "-w", "bulk", "--mapping", mapping, data=data)
    good = True
    for name in template_ids():
        pairs = report_pairs(folder, name)
        if pairs:
            ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            good &= line(f"report: {name}, CPU s", ours, theirs, "<= 3 x + 1", good=ours <= 3 * theirs + 1)
    return good


def report_pairs(folder: Path, name: str) -> list[tuple[float, float]]:
    """CPU seconds of a report and of its bare queries, in turn; short ones three times. Empty for one without data."""
    pairs: list[tuple[float, float]] = []
    while len(pairs) < (3 if not pairs or pairs[0][1] < SHORT_SECONDS else 1):
        printed = run(str(HERE / "report_queries.py"), name, data=folder / "reports").output.split()
        if not printed:
            return []
        target = str(folder / f"{name}.xlsx")
        ours = run("-m", "connector", "report", name, "-w", "bulk", "--out", target, data=folder / "reports")
        pairs.append((ours.cpu_seconds, float(printed[-1])))
    return pairs


def main() -> int:
    print(f"{'figure':<44}{'ours':>10}{'theirs':>10}{'ratio':>8}  target")
    with tempfile.TemporaryDirectory(prefix="puente-bench-") as name:
        folder = Path(name)
        data, source = folder / "data", folder / "deals.csv"
        data.mkdir()
        write_deals(source, ROWS)
        results = [
            bench_help(data),
            bench_import(data, source),
            bench_queries(data),
            bench_reports(folder),
            bench_memory(folder),
            bench_sync(folder),
            bench_rate(folder),
            bench_sheets(line),
            bench_start(folder, line),
            bench_looker(folder, line),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
