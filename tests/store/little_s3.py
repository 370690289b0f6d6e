"""The few words of Amazon's S3 that the store says, spoken over HTTP from memory, so that no server is needed.

It takes any key. Other people's servers, which do not, judge the same code in ``make conformance``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from connector.store.bucket import BucketAddress


class LittleS3:
    """A running server. ``files`` maps /bucket/name to content; ``away`` makes it refuse everything."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.seen: list[tuple[str, str]] = []
        self.away = False
        self._guard = threading.Lock()
        s3 = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # head and body in one packet

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content = s3.answer(self.command, self.path, body, dict(self.headers.items()))
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("ETag", '"e"')
                self.send_header("Last-Modified", "Sun, 22 Nov 2026 09:00:00 GMT")
                if status == 206:
                    self.send_header("Content-Range", s3.range_of(self.path, self.headers["Range"]))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def address(self, **changes: int) -> BucketAddress:
        endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return BucketAddress("s3://figures/acme", endpoint, "us-east-1", "key", "secret", **changes)

    def names(self) -> set[str]:
        return {name.removeprefix("/figures/acme/") for name in self.files}

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        place = urlsplit(path)
        name, asked = unquote(place.path), parse_qs(place.query, keep_blank_values=True)
        with self._guard:
            self.seen.append((method, name))
            if self.away:
                return 403, b"<Error><Code>AccessDenied</Code></Error>"
            if method == "POST" and "delete" in asked:
                gone = re.findall(r"<Key>(.*?)</Key>", body.decode())
                for key in gone:
                    self.files.pop(f"{name.rstrip('/')}/{key}", None)
                told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)
                return 200, f"<DeleteResult>{told}</DeleteResult>".encode()
            if method == "PUT":
                if headers.get("If-None-Match", headers.get("if-none-match")) == "*" and name in self.files:
                    return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
                self.files[name] = body
                return 200, b""
            if "list-type" in asked:
                return 200, self._listed(name.rstrip("/") + "/", asked.get("prefix", [""])[0], asked)
            if name not in self.files:
                return 404, b"<Error><Code>NoSuchKey</Code></Error>"
            content = self.files[name]
            span = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("Range", headers.get("range", "")))
            return (200, content) if span is None else (206, content[int(span[1]) : int(span[2]) + 1])

    def range_of(self, path: str, asked: str) -> str:
        size = len(self.files[unquote(urlsplit(path).path)])
        first, last = (int(text) for text in asked.removeprefix("bytes=").split("-"))
        return f"bytes {first}-{min(last, size - 1)}/{size}"

    def _listed(self, bucket: str, prefix: str, asked: dict[str, list[str]]) -> bytes:
        after = bucket + asked.get("start-after", [""])[0]
        found = sorted(name for name in self.files if name.startswith(bucket + prefix) and name > after)
        rows = "".join(
            f"<Contents><Key>{escape(name.removeprefix(bucket))}</Key><Size>{len(self.files[name])}</Size>"
            "<LastModified>2026-11-22T09:00:00.000Z</LastModified><ETag>e</ETag></Contents>"
            for name in found
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=60)


@contextmanager
def little_s3() -> Iterator[LittleS3]:
    """Serve until the block ends."""
    s3 = LittleS3()
    try:
        yield s3
    finally:
        s3.close()
