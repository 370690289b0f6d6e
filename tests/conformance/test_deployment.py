"""The container and App Engine, run as their files say: read-only, another user, process 1; bucket and PostgreSQL."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.actions.import_files import ImportRequest, import_files
from connector.actions.keys import create_key
from connector.app import open_store
from connector.settings import Settings, load_settings
from connector.store.store import Store
from tests.conformance.peers.airbyte import PEERS
from tests.conformance.peers.buckets import S3, seaweed
from tests.conformance.peers.confined import USER, Confined, Dockerfile, confined, end, image_tree, need_namespaces
from tests.conftest import ROOT
from tests.store.conftest import new_database, postgres  # noqa: F401 -- fixtures of this module too

pytestmark = pytest.mark.conformance
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DEALS = "Id,Name,Amount,Currency,Stage,Owner,Created,Close Date\n{rows}"
QUESTION = {"metrics": ["deals_won", "total_sales"]}
CHART = {
    "configParams": {"workspace": "Acme", "report_type": "sales"},
    "fields": [{"name": "owner"}, {"name": "deals_won"}],
    "dateRange": {"startDate": "2026-01-01", "endDate": "2026-12-31"},
}


def deals(path: Path, count: int) -> Path:
    rows = [f"d{n},Deal {n},{n}.50,EUR,Won,Ana,2026-01-0{n % 9 + 1},2026-02-0{n % 9 + 1}" for n in range(1, count + 1)]
    path.write_text(DEALS.format(rows="\n".join(rows)))
    return path


def fill(store: Store, folder: Path, count: int, *, key: bool = True) -> str:
    import_files(store, ImportRequest("Acme", (deals(folder / "deals.csv", count),)), NOW, lambda _: True)
    return create_key(store, "Acme", "tests", NOW).text if key else ""


def hand_over(folder: Path) -> None:
    """Give a directory and all in it to the user of the service."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, USER, USER)


@pytest.fixture(scope="module")
def dockerfile() -> Dockerfile:
    return Dockerfile.read(ROOT / "Dockerfile")


@pytest.fixture(scope="module")
def tree(dockerfile: Dockerfile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_namespaces()
    made = tmp_path_factory.mktemp("image") / "app"
    made.mkdir()
    image_tree(dockerfile, ROOT / ".dockerignore", made)
    return made


@pytest.fixture(scope="module")
def container(dockerfile: Dockerfile, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Confined]:
    data = tmp_path_factory.mktemp("container") / "data"
    with open_store(Settings(data_dir=data)) as store:
        key = fill(store, data.parent, 5)
    hand_over(data)
    settings = dockerfile.environment | {"PUENTE_DATA_DIR": "/mnt/data", "PUENTE_PORT": "$PORT"}
    with confined(tree, dockerfile.command, settings, data) as running:
        running.key = key
        yield running


# --- the image


def test_the_dockerfile_passes_its_linter() -> None:
    linter = PEERS / "bucket" / "bin" / "hadolint"
    if not linter.exists():
        pytest.skip("needs hadolint in .peers/bucket: make .peers/.bucket")
    done = subprocess.run([str(linter), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_holds_what_runs_and_nothing_else(tree: Path) -> None:
    top = {path.name for path in tree.iterdir()}
    assert top == {"LICENSE", "README.md", "requirements.txt", "connector", "looker_schemas", "sheets_templates"}
    names = [path.relative_to(tree).as_posix() for path in tree.rglob("*")]
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".env", "state.db"))]
    command = ["git", "ls-files", "connector", "looker_schemas", "sheets_templates"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert {name for name in tracked if name and (ROOT / name).exists()} <= set(names)


def test_the_container_is_named_a_user_without_rights_and_a_signal_to_end_by(dockerfile: Dockerfile) -> None:
    assert dockerfile.user == f"{USER}:{USER}"
    assert dockerfile.ends_by == "SIGTERM"
    assert dockerfile.environment["PUENTE_HOST"] == "0.0.0.0"
    assert load_settings({name: text for name, text in dockerfile.environment.items() if name.startswith("PUENTE_")})


def test_everything_is_served_from_a_read_only_file_system_by_a_user_without_rights(container: Confined) -> None:
    assert container.ask("GET", "/healthz") == (200, {"status": "ok"})
    assert container.ask("GET", "/readyz") == (200, {"status": "ready"})
    status, answer = container.ask("POST", "/v1/query", QUESTION)
    assert (status, answer["rows"]) == (200, [[5, 17.5]])
    assert container.ask("GET", "/v1/metrics")[0] == container.ask("GET", "/v1/dimensions")[0] == 200
    assert container.ask("GET", "/openapi.json")[0] == 200
    assert container.ask("POST", "/v1/looker/data", CHART)[1]["rows"] == [{"values": ["Ana", 5]}]
    assert container.ask("GET", "/odata/Acme/$metadata")[0] == 200
    assert container.ask("GET", "/v1/data?metrics=deals_won")[1].decode().split() == ["deals_won", "5"]
    assert container.ask("POST", "/v1/query", QUESTION, Authorization="Bearer wrong")[0] == 401
    assert container.inside("touch /mnt/app/x").returncode != 0
    assert container.inside("touch /x").returncode != 0
    assert container.inside("touch /mnt/data/x && rm /mnt/data/x && touch /tmp/x").returncode == 0
    owner = container.inside("stat -c %u /proc/1; cat /proc/1/status | grep -E '^(CapEff|NoNewPrivs)'").stdout.split()
    assert owner == [str(USER), "CapEff:", "0000000000000000", "NoNewPrivs:", "1"]


def test_the_health_check_of_the_image_tells_well_from_ill(container: Confined, dockerfile: Dockerfile) -> None:
    well = container.inside(f"PATH=/mnt/bin PUENTE_PORT={container.port} {dockerfile.health}")
    assert well.returncode == 0, well.stderr
    ill = container.inside(f"PATH=/mnt/bin PUENTE_PORT=1 {dockerfile.health}")
    assert ill.returncode != 0


def test_another_import_runs_beside_the_server_in_the_same_container(container: Confined, tmp_path: Path) -> None:
    rows = deals(tmp_path / "more.csv", 7).read_text()
    command = "cd /mnt/app && PATH=/mnt/bin PYTHONPATH=/mnt/packages PUENTE_DATA_DIR=/mnt/data python -m connector"
    done = container.inside(f"cat >/tmp/deals.csv <<'END'\n{rows}\nEND\n{command} import /tmp/deals.csv -w Acme")
    assert done.returncode == 0, done.stdout + done.stderr
    status, answer = container.ask("POST", "/v1/query", QUESTION)
    assert (status, answer["rows"][0][0]) == (200, 7)


def test_process_1_ends_when_told_after_it_finished_a_request_under_way(container: Confined) -> None:
    body = json.dumps(QUESTION).encode()
    under_way = http.client.HTTPConnection("127.0.0.1", container.port, timeout=60)
    under_way.putrequest("POST", "/v1/query")
    under_way.putheader("Authorization", f"Bearer {container.key}")
    under_way.putheader("Content-Type", "application/json")
    under_way.putheader("Content-Length", str(len(body)))
    under_way.endheaders(body[:5])
    assert container.ask("GET", "/healthz")[0] == 200, "by now the server has begun to read the other request"
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end, container)
        while "Handling signal: term" not in container.log.read_text():
            assert not ended.done()
        under_way.send(body[5:])
        answer = under_way.getresponse()
        assert (answer.status, json.loads(answer.read())["rows"][0][0]) == (200, 7)
        under_way.close()
        assert ended.result() == 0
    lines = [json.loads(line) for line in container.log.read_text().splitlines() if line.startswith("{")]
    assert not [line for line in lines if line["level"] in ("error", "critical")]
    assert container.key not in container.log.read_text()


# --- App Engine


@pytest.fixture(scope="module")
def app_yaml() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "app.yaml").read_text())
    return read


def test_app_yaml_says_what_app_engine_knows(app_yaml: dict[str, Any]) -> None:
    assert set(app_yaml) == {
        "runtime", "instance_class", "entrypoint", "inbound_services", "env_variables", "automatic_scaling", "handlers"
    }  # fmt: skip
    assert app_yaml["runtime"] in {"python311", "python312", "python313", "python314"}
    assert app_yaml["instance_class"] in {"F1", "F2", "F4", "F4_1G"}, "B classes do not go with automatic scaling"
    assert app_yaml["inbound_services"] == ["warmup"]
    assert set(app_yaml["automatic_scaling"]) <= {
        "max_concurrent_requests", "max_idle_instances", "max_instances", "max_pending_latency", "min_idle_instances",
        "min_instances", "min_pending_latency", "target_cpu_utilization", "target_throughput_utilization",
    }  # fmt: skip
    given = {name: str(text) for name, text in app_yaml["env_variables"].items()}
    assert all(isinstance(text, str) for text in app_yaml["env_variables"].values()), "App Engine takes texts only"
    good = {"PUENTE_VAULT_KEYS": "", "PUENTE_TABLES_URL": "gs://bucket/puente"}
    settings = load_settings({name: text for name, text in given.items() if name.startswith("PUENTE_")} | good)
    assert settings.data_dir.is_relative_to("/tmp")
    assert len(json.dumps(given)) < 10_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with seaweed(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_two_instances_of_app_engine_answer_from_one_postgresql_and_one_bucket(
    app_yaml: dict[str, Any],
    tree: Path,
    server: S3,
    new_database: Callable[[], str],  # noqa: F811
    tmp_path: Path,
) -> None:
    url = new_database()
    address = server.address("engine", cache_bytes=10**9)
    with Store(tmp_path / "desk", url, bucket=address) as desk:
        key = fill(desk, tmp_path, 5)
        sockets = Path(url.rpartition("host=")[2])
        sockets.chmod(0o711)
        given = app_yaml["env_variables"] | server.settings("engine") | {
            "PUENTE_DATABASE_URL": url.replace(str(sockets), "/mnt/sockets"), "PUENTE_VAULT_KEYS": "",
        }  # fmt: skip
        with (
            confined(tree, app_yaml["entrypoint"].replace('"', "'"), given, tmp_path / "one", sockets) as one,
            confined(tree, app_yaml["entrypoint"].replace('"', "'"), given, tmp_path / "two", sockets) as two,
        ):
            one.key = two.key = key
            for instance in (one, two):
                assert instance.ask("GET", "/_ah/warmup") == (200, {"status": "ready"})
                assert instance.ask("GET", "/readyz") == (200, {"status": "ready"})
                assert instance.ask("POST", "/v1/query", QUESTION)[1]["rows"][0][0] == 5
            fill(desk, tmp_path, 8, key=False)
            for instance in (one, two):
                assert instance.ask("POST", "/v1/query", QUESTION)[1]["rows"][0][0] == 8
                assert instance.inside("ls /tmp/puente/tables").stdout.split(), "copies lie where it may write"
                assert instance.inside("touch /mnt/app/x").returncode != 0
            assert end(one) == end(two) == 0
            for instance in (one, two):
                assert "a-secret-of-tests-only" not in instance.log.read_text()
    assert replace(address, secret="") != address
