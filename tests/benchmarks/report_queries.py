"""The bare queries of each report over the benchmark's workspace: their CPU alone, without plan, words or workbook.

One line a report: its id and the CPU seconds that DuckDB used for its statements.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import QueryError
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template, template_ids
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
        for name in template_ids():
            recorder = Recorder(reader)
            try:
                evaluate_report(recorder, load_template(name), Options(), datetime.now(UTC))
            except QueryError:
                continue  # the workspace lacks what this report needs
            with store.reader(store.workspace("bulk")) as fresh:  # has no answers yet; asked twice, it answers once
                before = cpu_seconds()
                for sql, entities, parameters in recorder.statements:
                    fresh.run(sql, entities, parameters)
            print(f"{name}\t{cpu_seconds() - before}")


main()
