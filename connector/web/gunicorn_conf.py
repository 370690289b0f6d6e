"""How gunicorn runs the service, read by ``gunicorn --config python:connector.web.gunicorn_conf`` and by ``serve``.

One process with threads: DuckDB uses all processors by itself, and what a process keeps (copies of files, answers) is
kept once. The names are gunicorn's.
"""

from __future__ import annotations

from typing import Final

worker_class: Final = "gthread"
workers: Final = 1
threads: Final = 8
timeout: Final = 120
"""Seconds after which a worker that gives no sign is replaced."""
graceful_timeout: Final = 30
"""Seconds that requests under way have after SIGTERM."""
keepalive: Final = 75
"""Longer than the usual 60 seconds of load balancers, which then never send into a connection that is being closed."""
limit_request_line: Final = 8190
"""Longest first line of a request, the most that gunicorn takes: questions stand in addresses."""
control_socket_disable: Final = True
proc_name: Final = "puente"
logger_class: Final = "connector.web.server.ServiceLog"
