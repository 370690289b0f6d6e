"""What goes to App Engine and what goes into the image: the same, and nothing else that lies beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config

from connector.settings import load_settings
from connector.web import gunicorn_conf
from tests.conformance.peers.confined import goes_in, rules_of
from tests.conftest import ROOT

NOT_OURS = [
    ".puente/state.db", ".puente/secret.key", ".venv/bin/python", ".peers/odata/node_modules/x/index.js", ".env",
    "state.db", "node_modules/x/x.js", "connector/__pycache__/app.pyc", "connector/web/old.pyc", "export.csv",
    "tests/connector/x.py", "build/looker_schemas/x.yaml", ".git/config", ".mypy_cache/x.json",
]  # fmt: skip
"""What may lie in the folder of somebody who deploys."""


def test_app_engine_and_the_image_get_what_the_service_runs_with_and_nothing_else(tmp_path: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    ours = [name for name in listed if name and (ROOT / name).exists()]
    rules = rules_of(ROOT / ".dockerignore")
    image = {name for name in [*ours, *NOT_OURS] if goes_in(Path(name), rules)}
    assert {name.partition("/")[0] for name in image} == {
        "LICENSE", "README.md", "requirements.txt", "connector", "looker_schemas", "sheets_templates"
    }  # fmt: skip
    assert not image & set(NOT_OURS)
    assert image >= {name for name in ours if name.startswith(("connector/", "looker_schemas/", "sheets_templates/"))}
    # gcloud reads .gcloudignore as git reads its own list, so git is asked.
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for name in [*ours, *(each for each in NOT_OURS if not each.startswith(".git/"))]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    shutil.copyfile(ROOT / ".gcloudignore", tmp_path / "rules")
    asked = ["git", "-c", "core.quotePath=false", "ls-files", "--others", "--exclude-from=rules"]
    uploaded = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split("\n")
    assert {name for name in uploaded if name} == image | {"app.yaml"}


@pytest.mark.parametrize("hook", ["on_starting", "on_reload"])
def test_requests_under_way_have_the_time_of_an_answer_when_the_server_ends(
    hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUENTE_ANSWER_SECONDS", "200")
    server: Any = SimpleNamespace(cfg=Config())
    server.cfg.set(hook, getattr(gunicorn_conf, hook))
    getattr(server.cfg, hook)(server)
    assert 205 < server.cfg.graceful_timeout <= 215


def test_whoever_ends_the_server_as_we_advise_waits_until_answers_are_there() -> None:
    advice = (ROOT / "connector/web/DEPLOYMENT.md").read_text()
    given = re.findall(r"(?:TimeoutStopSec=|--stop-timeout |terminationGracePeriodSeconds: )(\d+)", advice)
    assert len(given) == 3
    needed = load_settings({}, Path("no such file")).answer_seconds + gunicorn_conf.WRITING_SECONDS
    assert min(map(int, given)) > needed
    assert f"({needed} as it comes)" in advice
