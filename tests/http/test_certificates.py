"""A vendor that cannot prove who it is gets nothing from us; one that can is read as over plain connections."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connector.errors import ConnectionRefused
from connector.http.answer import Request
from tests.http.vendor import client_of


def own_certificate(folder: Path, address: str = "127.0.0.1") -> Path:
    """Write a key and a certificate for an address that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Quiet(ThreadingHTTPServer):
    """Says nothing about handshakes that fail."""

    asked: list[tuple[str, int]]
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    server: Quiet
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.client_address[1]))
        body = json.dumps("é" * 100_000).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def vendor(certificate: Path) -> Iterator[Quiet]:
    """Serve over TLS with a certificate until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.asked = []
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def refused(certificate: Path) -> bool:
    """Whether a client refuses a vendor with this certificate, and sends it nothing."""
    with (
        vendor(certificate) as server,
        client_of("a-token") as client,
        pytest.raises(ConnectionRefused, match="certificate"),
    ):
        client.send(Request("GET", f"https://127.0.0.1:{server.server_address[1]}/x"))
    return server.asked == []


def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    assert refused(own_certificate(tmp_path))


def test_a_certificate_that_this_machine_trusts_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = own_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with vendor(certificate) as server, client_of("a-token") as client:
        address = f"https://127.0.0.1:{server.server_address[1]}"
        for path in ("/one", "/two"):
            assert client.send(Request("GET", address + path)).value == "é" * 100_000
    assert [path for path, _ in server.asked] == ["/one", "/two"]
    assert len({port for _, port in server.asked}) == 1, "the connection is kept"


def test_a_certificate_of_another_address_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = own_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert refused(certificate)
