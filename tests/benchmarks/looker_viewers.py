"""Fifty people look at Looker Studio reports at once: charts over HTTP for a while, then what went wrong and how long.

``python looker_viewers.py ADDRESS KEYS SECONDS PROCESS`` with KEYS a file of ``workspace<TAB>key`` lines and PROCESS
the id of the server. Prints the number of errors and of answers, the median and the slow end in seconds, and the
server's memory in MB when it is warm and at the end.
"""

from __future__ import annotations

import http.client
import statistics
import sys
import threading
import time
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import orjson
from looker_charts import Case, case

VIEWERS = 50
CHARTS_OF_A_PAGE = 10
WARM = 0.3
"""Share of the time after which the server counts as warm."""


def body(one: Case, number: int) -> bytes:
    """The request of getData; ``lastRefresh`` differs, as it does for people who press refresh."""
    asked = one.asked
    return orjson.dumps(
        {
            "configParams": {"workspace": one.workspace, "report_type": asked.source.type.id},
            "scriptParams": {"lastRefresh": str(number)},
            "fields": [{"name": name} for name in asked.fields],
            "dateRange": {"startDate": str(asked.first_day), "endDate": str(asked.last_day)},
            "dimensionsFilters": [
                [{"fieldName": each.field, "operator": each.operator, "values": list(each.values)} for each in group]
                for group in asked.filters
            ],
        }
    )  # fmt: skip


class Viewer(threading.Thread):
    """One person: a page of charts, one after the other on one connection, then the next page."""

    def __init__(self, number: int, address: str, keys: dict[str, str], until: float) -> None:
        super().__init__()
        self._random, self._keys, self._until = Random(number), keys, until
        self._host = urlsplit(address).netloc
        self.times: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        workspace = self._random.choice(sorted(self._keys))
        headers = {"Authorization": f"Bearer {self._keys[workspace]}", "Content-Type": "application/json"}
        headers["Accept-Encoding"] = "gzip"
        while time.monotonic() < self._until:
            for _ in range(CHARTS_OF_A_PAGE):
                asked = body(case(self._random, workspace), self._random.randrange(10**9))
                began = time.monotonic()
                try:
                    connection.request("POST", "/v1/looker/data", asked, headers)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        self.errors.append(str(answer.status))
                except (OSError, http.client.HTTPException) as error:
                    self.errors.append(repr(error))
                    connection.close()
                self.times.append(time.monotonic() - began)
        connection.close()


def megabytes(process: str) -> float:
    """Memory of a process and its children."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if process in (status.parent.name, lines["PPid"].strip()):
            total += int(lines.get("VmRSS", "0 kB").split()[0])
    return total / 1024


def main() -> None:
    address, keys, seconds, process = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    known = dict(line.split("\t") for line in keys.read_text().splitlines())
    began = time.monotonic()
    viewers = [Viewer(number, address, known, began + seconds) for number in range(VIEWERS)]
    for viewer in viewers:
        viewer.start()
    time.sleep(seconds * WARM)
    warm = megabytes(process)
    for viewer in viewers:
        viewer.join()
    times = sorted(each for viewer in viewers for each in viewer.times)
    errors = [each for viewer in viewers for each in viewer.errors]
    print(*errors[:5], sep="\n", file=sys.stderr)
    slow = times[int(len(times) * 0.99)]
    print(len(errors), len(times), statistics.median(times), slow, warm, megabytes(process), sep="\t")


if __name__ == "__main__":
    main()
