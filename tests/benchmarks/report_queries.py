"""The bare queries of a report over the benchmark's workspace: their CPU alone, without plan, words or workbook.

``report_queries.py NAME`` prints the CPU seconds that DuckDB used for its statements, and nothing when the workspace
lacks what the report needs.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import QueryError
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template
from connector.store.read import Reader, Result
from connector.store.store import Store

Statement = tuple[str, list[str], tuple[object, ...]]


class Recorder:
    """Passes every question on to a reader and keeps its statement."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.profile, self.freshness = reader.profile, reader.freshness
        self.statements: list[Statement] = []

    def run(self, sql: str, entities: Iterable[str], parameters: Sequence[object] = ()) -> Result:
        self.statements.append((sql, list(entities), tuple(parameters)))
        return self._reader.run(sql, self.statements[-1][1], parameters)

    def check_time(self) -> None:
        self._reader.check_time()


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    store = Store(Path(os.environ["PUENTE_DATA_DIR"]))
    with store.reader(store.workspace("bulk")) as reader:
        recorder = Recorder(reader)
        with suppress(QueryError):
            evaluate_report(recorder, load_template(sys.argv[1]), Options(), datetime.now(UTC))
            with store.reader(store.workspace("bulk")) as fresh:  # has no answers yet; asked twice, it answers once
                before = cpu_seconds()
                for sql, entities, parameters in recorder.statements:
                    fresh.run(sql, entities, parameters)
            print(cpu_seconds() - before)


main()
