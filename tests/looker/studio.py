"""Looker Studio's side of the connector: a Node process that runs the script, and what is done with its answers."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parents[1] / "connector" / "deliver" / "looker" / "script"
SECONDS = 60


class ScriptError(Exception):
    """What the script threw. ``text`` is for every viewer, ``debug`` for admins; both empty for a bare error."""

    def __init__(self, message: str, shown: dict[str, str] | None) -> None:
        super().__init__(message)
        self.text = (shown or {}).get("text", "")
        self.debug = (shown or {}).get("debug", "")


class Studio:
    """The running script. ``call`` names one of its functions, or one of the harness in ``studio.mjs``."""

    def __init__(self, service: str) -> None:
        command = ["node", str(HERE / "studio.mjs"), service, str(SCRIPT)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=HERE
        )

    def call(self, name: str, *arguments: Any) -> Any:
        """Return what a function returns. Raises ScriptError for what it throws."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": name, "args": arguments}) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            assert self._process.stderr is not None
            raise AssertionError(f"no answer of {name}: {self._process.stderr.read()[-2000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise ScriptError(answer["error"], answer["studio"])
        return answer["value"]

    def sign_in(self, key: str, path: str = "https://puente.test") -> str:
        """Give the script its credentials and return its answer's code."""
        answer: str = self.call("setCredentials", {"pathKey": {"path": path, "key": key}})["errorCode"]
        return answer

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process.terminate()
        self._process.wait(SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port of 127.0.0.1 and give its address."""
    import logging  # noqa: PLC0415
    from threading import Thread  # noqa: PLC0415

    from werkzeug.serving import make_server  # noqa: PLC0415

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(SECONDS)
        server.server_close()
