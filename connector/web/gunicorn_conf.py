"""How gunicorn runs the service, read by ``gunicorn --config python:connector.web.gunicorn_conf`` and by ``serve``.

One process with threads: DuckDB uses all processors by itself, and what a process keeps (copies of files, answers) is
kept once. The names are gunicorn's.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

from connector.settings import load_settings

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter

WRITING_SECONDS: Final = 10
"""What an answer may take beyond its time: the last look at the clock, its way through the connection."""

worker_class: Final = "gthread"
workers: Final = 1
threads: Final = 8
timeout: Final = 120
"""Seconds after which a worker that gives no sign is replaced."""
keepalive: Final = 75
"""Longer than the usual 60 seconds of load balancers, which then never send into a connection that is being closed."""
limit_request_line: Final = 8190
"""Longest first line of a request, the most that gunicorn takes: questions stand in addresses."""
control_socket_disable: Final = True
proc_name: Final = "puente"
logger_class: Final = "connector.web.server.ServiceLog"


def on_starting(server: Arbiter) -> None:
    """Give requests under way as long after SIGTERM as an answer may take, and a little more. Raises SettingsError."""
    server.cfg.set("graceful_timeout", load_settings().answer_seconds + WRITING_SECONDS)


on_reload = on_starting
"""SIGHUP reads this file anew."""


def post_fork(_server: Arbiter, _worker: Any) -> None:
    """Collect no garbage while the application loads: next to nothing of that goes away again."""
    gc.disable()


def post_worker_init(_worker: Any) -> None:
    """Leave what was loaded alone from now on: to look through it again and again takes a tenth of a start."""
    gc.freeze()
    gc.enable()


def worker_exit(_server: Arbiter, _worker: Any) -> None:
    """Let go of everything at the end: libraries complain on the terminal of what is left."""
    gc.unfreeze()
