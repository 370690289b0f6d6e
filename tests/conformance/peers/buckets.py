"""Other people's S3 servers: SeaweedFS, which checks every signature, and moto; and a line to them that fails."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import obstore
import pytest
import requests
from obstore.store import S3Store

from connector.store.bucket import BucketAddress
from tests.conformance.peers.airbyte import PEERS

BIN = PEERS / "bucket" / "bin"
KEY, SECRET = "puente-tests", "a-secret-of-tests-only"
NAME = "figures"


@dataclass(frozen=True)
class S3:
    """A running server with one bucket."""

    endpoint: str

    def address(self, folder: str = "acme", **changes: str | int) -> BucketAddress:
        facts: dict[str, str | int] = {
            "endpoint": self.endpoint, "region": "us-east-1", "key_id": KEY, "secret": SECRET,
        }  # fmt: skip
        return BucketAddress(f"s3://{NAME}/{folder}", **facts | changes)  # type: ignore[arg-type]

    def settings(self, folder: str = "acme") -> dict[str, str]:
        """Environment variables that name the bucket."""
        return {
            "PUENTE_TABLES_URL": f"s3://{NAME}/{folder}", "PUENTE_TABLES_ENDPOINT": self.endpoint,
            "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip

    def names(self, folder: str = "acme") -> set[str]:
        """Everything that lies below a folder of the bucket, asked for past our own code."""
        store = S3Store(
            NAME, prefix=folder, endpoint=self.endpoint, region="us-east-1", access_key_id=KEY,
            secret_access_key=SECRET, client_options={"allow_http": True},
        )  # fmt: skip
        return {entry["path"] for some in obstore.list(store) for entry in some}


def free_ports(count: int) -> list[int]:
    """Ports that are free just now, and so is each plus 10,000, where SeaweedFS puts a second door."""
    held: list[socket.socket] = []
    found: list[int] = []
    while len(found) < count:
        one, two = socket.socket(), socket.socket()
        held += [one, two]
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        try:
            two.bind(("127.0.0.1", port + 10_000))
        except (OSError, OverflowError):
            continue
        found.append(port)
    for each in held:
        each.close()
    return found


@contextmanager
def seaweed(folder: Path) -> Iterator[S3]:
    """Serve a bucket with SeaweedFS until the block ends; its files lie in ``folder``."""
    if not (BIN / "weed").exists():
        pytest.skip("needs SeaweedFS in .peers/bucket: make .peers/.bucket")
    rights = {"name": "tests", "actions": ["Admin", "Read", "Write", "List"]}
    keys = [{"accessKey": KEY, "secretKey": SECRET}]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [rights | {"credentials": keys}]}))
    master, volume, filer, door = free_ports(4)
    command = [
        str(BIN / "weed"), "server", f"-dir={folder}", "-ip=127.0.0.1", f"-master.port={master}",
        f"-volume.port={volume}", "-volume.max=20", "-master.volumeSizeLimitMB=256", "-filer", f"-filer.port={filer}",
        "-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.port={door}", f"-s3.config={config}",
    ]  # fmt: skip
    with _running(command, folder, S3(f"http://127.0.0.1:{door}")) as ready:
        yield ready


@contextmanager
def moto(folder: Path) -> Iterator[S3]:
    """Serve a bucket with moto until the block ends."""
    if not (BIN / "moto_server").exists():
        pytest.skip("needs moto in .peers/bucket: make .peers/.bucket")
    [port] = free_ports(1)
    command = [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, folder, S3(f"http://127.0.0.1:{port}")) as ready:
        yield ready


@contextmanager
def _running(command: list[str], folder: Path, server: S3) -> Iterator[S3]:
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _make_bucket(server, process, folder / "server.log")
        yield server
    finally:
        process.kill()
        process.wait(timeout=60)


def _make_bucket(server: S3, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server keeps what it is given. SeaweedFS makes a bucket with its first file, moto by this call."""
    store = S3Store(
        NAME, endpoint=server.endpoint, region="us-east-1", access_key_id=KEY, secret_access_key=SECRET,
        client_options={"allow_http": True}, retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=5)},
    )  # fmt: skip
    failure: Exception | None = None
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            requests.put(f"{server.endpoint}/{NAME}", timeout=5)
            obstore.put(store, "ready", b"1")
            obstore.delete(store, "ready")
        except Exception as error:  # noqa: BLE001 -- whatever a server says before it is up
            failure = error
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"the server did not start: {failure}\n{log.read_text()[-2000:]}")


class Line:
    """The way to a server, on which requests can be answered wrongly, stopped or lost.

    ``judge`` is asked about each request (method, path) and says ``"pass"``, ``"slow_down"`` (503), ``"error"`` (500),
    ``"drop"`` (the connection ends before the server saw it) or ``"lose"`` (the server did it, nobody hears of it).
    """

    def __init__(self, target: str) -> None:
        self.judge: Callable[[str, str], str] = lambda _method, _path: "pass"
        self.seen: list[tuple[str, str]] = []
        line, host = self, target.removeprefix("http://")

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one packet

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                line.seen.append((self.command, self.path))
                verdict = line.judge(self.command, self.path)
                if verdict in {"slow_down", "error"}:
                    status, code = (503, "SlowDown") if verdict == "slow_down" else (500, "InternalError")
                    self._answer(status, [], f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())
                    return
                if verdict == "drop":
                    self.close_connection = True
                    return
                status, headers, content = _asked(host, self.command, self.path, dict(self.headers.items()), body)
                if verdict == "lose":
                    self.close_connection = True
                    return
                self._answer(status, headers, content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one  # noqa: N815

            def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
                self.send_response_only(status)
                length = str(len(content))
                for name, value in headers:
                    if name.lower() == "content-length":
                        length = value if self.command == "HEAD" else length
                    elif name.lower() not in {"transfer-encoding", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", length)
                self.end_headers()
                with suppress(OSError):  # the client may have gone
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.s3 = S3(f"http://127.0.0.1:{self._server.server_port}")
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=60)


@contextmanager
def line_to(server: S3) -> Iterator[Line]:
    """A line to a server until the block ends."""
    with closing(Line(server.endpoint)) as line:
        yield line


def _asked(
    host: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Ask the server as the client asked us; the signature covers the Host header, so that stays ours."""
    with closing(HTTPConnection(host, timeout=60)) as connection:
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        except (OSError, HTTPException):
            return 503, [], b"<Error><Code>ServiceUnavailable</Code></Error>"
