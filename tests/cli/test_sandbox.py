"""``sandbox start``: what it prints works when it is pasted."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell, shell  # noqa: F401  the fixture
from tests.conftest import ROOT


def test_the_printed_command_connects(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PUENTE_")}
    env["PUENTE_DATA_DIR"] = str(tmp_path)
    start = [sys.executable, "-m", "connector", "sandbox", "start", "google", "--port", "0"]
    sandbox = subprocess.Popen(start, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert sandbox.stdout is not None
        told, command = sandbox.stdout.readline(), sandbox.stdout.readline()
        assert re.match(r"google is at http://127\.0\.0\.1:\d+ with the token \S+; stop it", told)
        words = shlex.split(command)
        given = dict(word.split("=", 1) for word in words[: words.index("python")])
        pasted = [sys.executable, *words[words.index("python") + 1 :]]
        done = subprocess.run(  # noqa: PLW1510 - the code is looked at
            pasted, cwd=ROOT, env=env | given, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert "Connected" in done.stdout
        assert (tmp_path / "sandbox-google-key.json").stat().st_mode & 0o077 == 0
    finally:
        sandbox.send_signal(signal.SIGINT)
        sandbox.wait(timeout=60)
        if sandbox.stdout is not None:
            sandbox.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["salesforce"], "There is: hubspot, google."), (["google", "--faults", "partial_207"], "no fault 'partial_207'")],
)
def test_what_there_is_not_is_said(shell: Shell, arguments: list[str], says: str) -> None:  # noqa: F811
    code, _out, err = shell("sandbox", "start", "--port", "0", *arguments)
    assert code == 2
    assert says in err
