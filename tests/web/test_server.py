"""``serve`` as people run it: a process of its own, real connections, a clean end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.error import HTTPError

import pandas as pd
import pytest
import requests

from connector.actions.direct import TableRequest
from connector.actions.keys import create_key
from connector.actions.links import LinkRequest, create_link
from connector.app import open_store
from connector.errors import SettingsError
from connector.model.query import Query
from connector.settings import Settings
from connector.web.application import MAX_REQUEST_BYTES
from connector.web.server import serve
from tests.conftest import ROOT

NOW = datetime(2024, 5, 15, tzinfo=UTC)
QUESTION = json.dumps({"metrics": ["deals_won"]})


@dataclass
class Server:
    """A running server, a key that it takes and the token of a link."""

    process: subprocess.Popen[str]
    port: int
    key: str
    token: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers}
        connection.request(method, path, body, headers, encode_chunked="Transfer-Encoding" in headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    with open_store(Settings(data_dir=folder)) as store:
        store.create_workspace("Acme", NOW)
        key = create_key(store, "Acme", "test", NOW).text
        token = create_link(store, "Acme", LinkRequest(TableRequest(Query(("deals_won",)))), NOW).token
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {"PUENTE_DATA_DIR": str(folder), "PUENTE_PORT": str(port), "PUENTE_LOG_FORMAT": "json"}
    process = subprocess.Popen(
        [sys.executable, "-m", "connector", "serve"], cwd=ROOT, env={**os.environ, **environ}, text=True,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "Booting worker" in line:
            break
    yield Server(process, port, key, token)
    process.kill()
    process.stderr.close()
    process.wait()


def test_health_and_figures_are_served(server: Server) -> None:
    assert server.ask("GET", "/healthz") == (200, {"status": "ok"})
    assert server.ask("GET", "/readyz") == (200, {"status": "ready"})
    status, answer = server.ask("POST", "/v1/query", QUESTION)
    assert (status, answer["rows"]) == (200, [[0]])


def test_many_callers_at_once_each_get_their_answer(server: Server) -> None:
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: server.ask("POST", "/v1/query", QUESTION), range(48)))
    assert [status for status, _ in answers] == [200] * 48


def test_a_body_of_unsaid_length_has_the_same_limit(server: Server) -> None:
    chunked = {"Transfer-Encoding": "chunked"}
    assert server.ask("POST", "/v1/query", [QUESTION.encode()], **chunked)[0] == 200
    assert server.ask("POST", "/v1/query", [b" " * (MAX_REQUEST_BYTES + 1)], **chunked)[0] == 413


def test_other_people_s_programs_read_tables_with_a_key_a_password_or_a_link(server: Server) -> None:
    service = f"http://127.0.0.1:{server.port}/v1"
    question = f"{service}/data?metrics=total_sales,deals_won&bom=true"
    frame = pd.read_csv(question, storage_options={"Authorization": f"Bearer {server.key}"})
    assert (list(frame.columns), frame["deals_won"].tolist()) == (["total_sales", "deals_won"], [0])
    answer = requests.get(question, auth=("ana@acme.example", server.key), timeout=30)
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert answer.content.startswith(b"\xef\xbb\xbftotal_sales,deals_won\r\n")
    assert requests.get(question, auth=("ana@acme.example", "wrong"), timeout=30).status_code == 401
    long = " or ".join(f"owner = 'x{number}'" for number in range(200))
    answer = requests.get(question, params={"filter": long}, auth=("", server.key), timeout=30)
    assert (answer.status_code, len(answer.url) > 4_500) == (200, True)
    assert pd.read_csv(f"{service}/links/{server.token}.csv")["deals_won"].tolist() == [0]
    with pytest.raises(HTTPError, match="404"):
        pd.read_csv(f"{service}/links/{server.token[:-1]}.csv")


def test_a_link_is_answered_and_half_an_address_is_not(server: Server) -> None:
    status, answer = server.ask("GET", f"/v1/links/{server.token}.json", Authorization="")
    assert (status, answer["rows"]) == (200, [[0]])
    assert server.ask("GET", f"/v1/links/{server.token}", Authorization="")[0] == 404
    assert server.ask("GET", f"/v1/links/{server.token[:40]}.json", Authorization="")[0] == 404


def test_the_server_ends_cleanly_when_told_and_its_log_holds_no_key(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.stderr is not None
    lines = server.process.stderr.read().splitlines()
    assert server.process.wait(timeout=30) == 0
    records = [json.loads(line) for line in lines]
    answered = [record for record in records if record["message"] == "Request answered."]
    assert len(answered) >= 4
    assert all(record["run"] for record in answered)
    assert server.key not in "".join(lines)
    assert "/v1/links/<token>.json" in "".join(lines)
    assert server.token[:30] not in "".join(lines)
    assert not [record for record in records if record["level"] in ("error", "warning")]


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(SettingsError, match=r"cannot listen on 127.0.0.1, port \d+: .*in use") as caught,
    ):
        serve(lambda: pytest.fail("nothing to serve"), "127.0.0.1", taken.getsockname()[1])
    assert "PUENTE_PORT" in caught.value.place


def test_a_host_of_another_machine_is_told_in_a_sentence() -> None:
    with pytest.raises(SettingsError, match=r"cannot listen on 203\.0\.113\.7"):
        serve(lambda: pytest.fail("nothing to serve"), "203.0.113.7", 8080)
