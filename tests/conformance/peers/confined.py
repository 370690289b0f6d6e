"""The service as a container or App Engine runs it: another user, a read-only file system, process 1 of its own.

Made with the kernel's own namespaces (``unshare``), so it is the real thing but for the image format: the whole file
system is read-only in there, /tmp is fresh memory, and only the directories that are handed in can be written.
"""

from __future__ import annotations

import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.peers.airbyte import PEERS
from tests.conftest import ROOT

USER = 10001
PACKAGES = PEERS / "runtime" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
SCRIPT = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /mnt
mkdir /mnt/python /mnt/packages /mnt/app /mnt/data /mnt/sockets /mnt/bin
mount --bind "$PYTHON_AT" /mnt/python
mount --bind "$PACKAGES_AT" /mnt/packages
mount --bind "$TREE_AT" /mnt/app
mount --bind "$DATA_AT" /mnt/data
mount --bind "$SOCKETS_AT" /mnt/sockets
printf '#!/bin/sh\\nexec /mnt/python/bin/python%s -m gunicorn "$@"\\n' "$VERSION" >/mnt/bin/gunicorn
printf '#!/bin/sh\\nLD_LIBRARY_PATH=/mnt/python/lib exec /mnt/python/bin/python%s "$@"\\n' "$VERSION" >/mnt/bin/python
chmod 0755 /mnt/bin/gunicorn /mnt/bin/python
for place in / /mnt /mnt/python /mnt/packages /mnt/app; do mount -o remount,bind,ro "$place"; done
mount -t tmpfs tmpfs /tmp
cd /mnt/app
mapfile -t given <<<"$ENVIRONMENT"
exec setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups --no-new-privs --inh-caps=-all \\
    --bounding-set=-all env -i "${given[@]}" LD_LIBRARY_PATH=/mnt/python/lib PATH=/mnt/bin:/usr/bin:/bin \\
    PYTHONPATH=/mnt/packages bash -c "$COMMAND"
"""


def need_namespaces() -> None:
    """Skip where a process cannot be confined, or where what it runs with is not installed."""
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("unshare", "setpriv", "bash", "mount")):
        pytest.skip("needs root, unshare and setpriv to give the service a file system of its own")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a process have a file system of its own")
    if not PACKAGES.exists():
        pytest.skip("needs .peers/runtime, installed from requirements.txt alone: make .peers/.runtime")


@dataclass
class Confined:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    key: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The process outside's number of process 1 inside."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            said = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}", **headers}
            connection.request(method, path, None if body is None else json.dumps(body), said)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else content

    def inside(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the service, in the same confinement, as the same user."""
        return subprocess.run(
            ["nsenter", f"--target={self.first}", "--mount", "--pid", "setpriv", f"--reuid={USER}", f"--regid={USER}",
             "--clear-groups", "bash", "-c", command],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip


@contextmanager
def confined(
    tree: Path, command: str, environment: Mapping[str, str], data: Path, sockets: Path | None = None
) -> Iterator[Confined]:
    """Run ``command`` in ``tree`` until the block ends; what it needs to write lies in ``data`` (/mnt/data inside).

    ``sockets`` is a directory that is seen as /mnt/sockets. $PORT in the command and the environment is a free port.
    """
    need_namespaces()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data.mkdir(exist_ok=True)
    os.chown(data, USER, USER)
    given = {name: value.replace("$PORT", str(port)) for name, value in environment.items()} | {"PORT": str(port)}
    outer = {
        "PATH": os.environ["PATH"], "PYTHON_AT": sys.base_prefix, "PACKAGES_AT": str(PACKAGES), "TREE_AT": str(tree),
        "DATA_AT": str(data), "SOCKETS_AT": str(sockets or data), "USER_ID": str(USER), "COMMAND": f"exec {command}",
        "VERSION": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "ENVIRONMENT": "\n".join(f"{name}={value}" for name, value in given.items()),
    }  # fmt: skip
    log = data.with_name(f"{data.name}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", SCRIPT],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=outer,
        )  # fmt: skip
    running = Confined(process, port, log)
    try:
        _wait(running)
        yield running
    finally:
        process.kill()  # and, with it, process 1 and all others
        process.wait(timeout=60)


def _wait(running: Confined) -> None:
    for _ in range(600):
        if running.process.poll() is not None:
            break
        try:
            if running.ask("GET", "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the service did not start:\n{running.log.read_text()[-3000:]}")


def end(running: Confined, seconds: float = 30) -> int:
    """Tell process 1 to end, and return the code with which all of it ended."""
    os.kill(running.first, signal.SIGTERM)
    return running.process.wait(timeout=seconds)


# --- what goes into an image


@dataclass(frozen=True)
class Dockerfile:
    """The lines of a Dockerfile that say what an image holds and how it runs."""

    copies: tuple[tuple[str, str], ...]
    environment: Mapping[str, str]
    command: str
    health: str
    user: str
    ends_by: str

    @classmethod
    def read(cls, path: Path) -> Dockerfile:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
        found: dict[str, list[str]] = {}
        for word, rest in lines:
            found.setdefault(word, []).append(rest.strip())
        copies = []
        for line in found["COPY"]:
            *sources, target = line.split()
            copies += [(source, target) for source in sources]
        pairs = [pair.partition("=") for line in found["ENV"] for pair in shlex.split(line)]
        health = found["HEALTHCHECK"][0].partition("CMD ")[2]
        return cls(
            tuple(copies), {name: value for name, _, value in pairs}, shlex.join(json.loads(found["CMD"][0])),
            shlex.join(json.loads(health)), found["USER"][0], found["STOPSIGNAL"][0],
        )  # fmt: skip


def image_tree(dockerfile: Dockerfile, ignored: Path, target: Path) -> None:
    """Copy what the COPY lines name, of what the rules of .dockerignore let through, as ``docker build`` would."""
    rules = rules_of(ignored)
    for source, place in dockerfile.copies:
        name = source.rstrip("/")
        start = ROOT / name
        files = [start] if start.is_file() else [path for path in start.rglob("*") if path.is_file()]
        assert files, f"COPY names {name}, which does not exist"
        for path in files:
            inside = path.relative_to(ROOT)
            if goes_in(inside, rules):
                into = target / place / path.relative_to(start if start.is_dir() else start.parent)
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, into)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def rules_of(ignored: Path) -> list[str]:
    """Return the rules of a .dockerignore without comments."""
    return [line.strip() for line in ignored.read_text().splitlines() if line.strip() and not line.startswith("#")]


def goes_in(path: Path, rules: list[str]) -> bool:
    """Tell whether the rules of a .dockerignore let a path pass: the last that fits it or a folder above decides."""
    kept = True
    for rule in rules:
        pattern = rule.lstrip("!")
        fits = any(_fits(part, pattern) for part in [path, *path.parents][:-1])
        if fits:
            kept = rule.startswith("!")
    return kept


def _fits(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return path.match(pattern[3:])
    return len(path.parts) == len(Path(pattern).parts) and path.match(pattern)
