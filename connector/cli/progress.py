"""Progress of long work on standard error, drawn only for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from connector.model.messages import told


class ShownProgress:
    """One line: what is being done, how far it is, since when."""

    def __init__(self, drawn: Progress) -> None:
        self._drawn = drawn
        self._task: TaskID = drawn.add_task(told("starting"), total=None)

    def told(self, step: str, done: int, total: int) -> None:
        """Take a report of the work."""
        if self._drawn.disable:
            return
        self._drawn.update(self._task, description=told(step)[:48], completed=done, total=total or None)

    def pause(self) -> None:
        """Take the line away while the person is asked something."""
        self._drawn.stop()


@contextmanager
def shown_progress() -> Iterator[ShownProgress]:
    """Draw progress while the block runs; nothing is drawn when standard error is no terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as drawn:
        yield ShownProgress(drawn)
