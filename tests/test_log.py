"""Log lines: their form, the run id, and nothing secret in any part of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextvars import copy_context
from typing import Literal

import pytest
from gunicorn.config import Config
from hypothesis import given
from hypothesis import strategies as st

from connector import log
from connector.settings import STARS, LogFormat, Secret
from connector.web.server import ServiceLog

PASSWORD = 'hünter "2"/x'
KEY = "puente_" + "A" * 43


@pytest.fixture(autouse=True)
def _fresh_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(log, "_hidden", ())
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for name in log.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.handlers[:] = handlers
    logging.captureWarnings(capture=False)


def lines(form: LogFormat) -> io.StringIO:
    """Send the log of this test to a stream."""
    stream = io.StringIO()
    log.configure("info", form, stream)
    return stream


def fail(words: str) -> None:
    """Fail in two steps, both with the words in their message."""
    try:
        {}[words]
    except KeyError as error:
        raise ValueError(f"bad {words}") from error


def test_a_text_line_tells_when_what_where_and_for_which_run() -> None:
    stream = lines("text")
    with log.running("run7"):
        logging.getLogger("connector.store").info("Done.", extra={"facts": {"rows": 12}})
    logging.getLogger("connector.store").debug("too quiet")
    logging.getLogger("connector").warning("No run.")
    first, second = stream.getvalue().splitlines()
    assert first.split(" ", 1)[1] == "info connector.store [run7] Done. rows=12"
    assert second.split(" ", 1)[1] == "warning connector No run."
    assert first[10] == "T"
    assert first.split(" ")[0].endswith("Z")


def test_libraries_are_heard_from_warnings_on() -> None:
    stream = lines("text")
    logging.getLogger("alembic.runtime").info("running an upgrade")
    logging.getLogger("alembic.runtime").warning("something odd")
    logging.getLogger("gunicorn.error").info("listening")
    assert [line.split(" ", 3)[3] for line in stream.getvalue().splitlines()] == ["something odd", "listening"]


def test_a_json_line_is_one_object() -> None:
    stream = lines("json")
    with log.running("run7"):
        logging.getLogger("connector.a").info(
            "Done: %s", "now\nor never", extra={"facts": {"rows": 12, "share": float("nan")}}
        )
    (line,) = stream.getvalue().splitlines()
    parts = json.loads(line, parse_constant=pytest.fail)
    assert parts.pop("time")
    assert parts == {
        "level": "info", "logger": "connector.a", "run": "run7", "message": "Done: now\nor never",
        "facts": {"rows": 12, "share": "nan"},
    }  # fmt: skip


def test_the_run_id_belongs_to_its_context() -> None:
    with log.running("outer"):
        with log.running("inner"):
            assert log.run_id.get() == "inner"
        assert log.run_id.get() == "outer"
        other = copy_context()
    assert log.run_id.get() == ""
    assert other.run(log.run_id.get) == "outer"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_hidden_text_appears_in_no_part_of_a_line(form: LogFormat) -> None:
    log.hide(Secret(PASSWORD))
    stream = lines(form)
    logger = logging.getLogger("connector.x")
    logger.info("a %s b", PASSWORD)
    logger.info(PASSWORD)
    logger.info("%(word)s", {"word": PASSWORD})
    logger.info("%r and %s", PASSWORD, [PASSWORD], extra={"facts": {PASSWORD: {"deep": [PASSWORD, (PASSWORD,)]}}})
    logger.info("at %s", "http://h/?p=h%C3%BCnter%20%222%22%2Fx")
    logger.info("%s", Secret("another"))
    try:
        fail(PASSWORD)
    except ValueError:
        logger.exception("failed")
    written = stream.getvalue()
    for form_of_it in ("hünter", "h\\u00fcnter", "h%C3%BCnter", "nter", "another"):
        assert form_of_it not in written
    assert written.count(STARS) >= 10
    assert "ValueError" in written
    assert "KeyError" in written


@pytest.mark.parametrize("password", ["swordfish", "p%40ss/word", "a:b:c-d"])
def test_the_password_of_a_hidden_address_is_hidden_on_its_own(password: str) -> None:
    log.hide(Secret(f"postgresql://ana:{password}@db.example/puente"))
    assert password not in log.redact(f"login with {password} failed")
    assert "ana" in log.redact("user ana")


def test_api_keys_and_passwords_of_addresses_are_hidden_unasked() -> None:
    assert log.redact(f"key {KEY}.") == f"key {STARS}."
    assert log.redact("to postgresql://ana:swordfish@db/x failed") == f"to postgresql://ana:{STARS}@db/x failed"
    assert log.redact("http://127.0.0.1:8080/x mail a@b.c") == "http://127.0.0.1:8080/x mail a@b.c"
    assert log.redact("the data of puente_demo") == "the data of puente_demo"


def test_short_and_empty_texts_are_not_hidden() -> None:
    log.hide(Secret(""))
    log.hide(Secret("abc"))
    assert log.redact("abc def") == "abc def"


def test_the_longer_of_two_hidden_texts_goes_first() -> None:
    log.hide(Secret("secret"))
    log.hide(Secret("secret-and-more"))
    assert log.redact("secret-and-more") == STARS


@pytest.mark.parametrize("words", ["%d of them", "%(name)s", "%s and %s"])
def test_a_message_that_does_not_fit_its_arguments_is_logged_and_redacted(words: str) -> None:
    log.hide(Secret("swordfish"))
    args = ({"swordfish": 1},) if "(" in words else ("swordfish",)
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, words, args, None)
    formatted = log.TextLines().format(record)
    assert words in formatted
    assert STARS in formatted
    assert "swordfish" not in formatted


@given(st.text(min_size=1))
def test_no_text_forges_a_second_line(text: str) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "levelname": "INFO", "facts": {"a": text}})
    for formatter in (log.TextLines(), log.JsonLines()):
        formatted = formatter.format(record)
        assert len(formatted.splitlines()) == 1
        formatted.encode("utf-8")


def test_a_traceback_is_indented_below_its_line() -> None:
    stream = lines("text")
    try:
        fail("one\n2026-01-01T00:00:00Z info forged")
    except ValueError:
        logging.getLogger("connector.x").exception("failed")
    head, *rest = stream.getvalue().splitlines()
    assert head.endswith("failed")
    assert all(line.startswith("    ") for line in rest)


def test_configuring_again_replaces_the_handler() -> None:
    first, second = lines("text"), lines("json")
    logging.getLogger("connector.x").info("once")
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("level", "logged"), [("info", ["Booting worker", "no room"]), ("warning", ["no room"])])
def test_lines_of_the_server_follow_the_level_too(level: Literal["info", "warning"], logged: list[str]) -> None:
    stream = io.StringIO()
    log.configure(level, "text", stream)
    server_log = ServiceLog(Config())
    server_log.info("Booting worker")
    server_log.error("no room")
    assert [line.split(" ", 3)[3] for line in stream.getvalue().splitlines()] == logged
