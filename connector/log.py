"""Log lines: text for people or one JSON object a line, each with the id of its run, none with a secret.

Modules log with ``logging.getLogger(__name__)`` and know nothing of this one; ``app.py`` configures it
once. Facts beside the sentence travel in ``extra={"facts": {"rows": 12}}``. Redaction happens when a line
is formatted, so it covers messages, arguments, facts, exceptions and tracebacks alike:
:class:`~connector.settings.Secret` prints as stars by itself, texts given to :func:`hide` are replaced
wherever they appear, and so is everything that looks like an API key.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, TextIO
from urllib.parse import quote as url_quote
from urllib.parse import quote_plus, unquote

from connector.settings import STARS, LogFormat, LogLevel, Secret

run_id: Final[ContextVar[str]] = ContextVar("run_id", default="")
"""Id of the command, import or request that the current code works for; empty outside of any."""

OURS: Final = ("connector", "gunicorn")
"""Loggers whose level the setting decides."""

SHORTEST_HIDDEN: Final = 4
"""Shorter texts are no secrets, and replacing them would shred every line."""

_API_KEY = re.compile(r"puente_[A-Za-z0-9_-]{16,}")
_URL_PASSWORD = re.compile(r"(?<=://)([^\s/@:]*):([^\s@/]+)(?=@)")
_OWN_PASSWORD = re.compile(r"://[^/@:]*:(.+)@")
_hidden: tuple[str, ...] = ()
_hidden_lock = threading.Lock()


@contextmanager
def running(identity: str) -> Iterator[None]:
    """Give every line logged inside the block this run id."""
    token = run_id.set(identity)
    try:
        yield
    finally:
        run_id.reset(token)


def hide(secret: Secret) -> None:
    """Replace this text by stars in every later line; of an address, its password on its own as well."""
    global _hidden  # noqa: PLW0603 -- the one registry of the process, as logging itself is
    texts = {secret.reveal()}
    password = _OWN_PASSWORD.search(secret.reveal())
    if password is not None:
        texts |= {password[1], unquote(password[1])}
    forms = {form for text in texts for form in _forms(text) if len(form) >= SHORTEST_HIDDEN}
    with _hidden_lock:
        _hidden = tuple(sorted({*_hidden, *forms}, key=lambda form: (-len(form), form)))


def _forms(text: str) -> set[str]:
    """The ways in which a text appears in messages, reprs, JSON and addresses."""
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], url_quote(text, safe=""), url_quote(text), quote_plus(text)}


def redact(text: str) -> str:
    """Return ``text`` with every hidden text, API key and password of an address replaced by stars."""
    for form in _hidden:
        text = text.replace(form, STARS)
    return _URL_PASSWORD.sub(rf"\1:{STARS}", _API_KEY.sub(STARS, text))


def _clean(value: object) -> Any:
    """Return JSON data without secrets: keys and texts redacted, anything unknown as its redacted text."""
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    return redact(str(value))


def _one_line(text: str) -> str:
    """Escape line breaks and control characters, so that no value can forge a line of the log."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class _Formatter(logging.Formatter):
    """What both forms share: the parts of a record, redacted."""

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": run_id.get(),
            "message": redact(self._message(record)),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            parts["facts"] = _clean(facts)
        trace = [self.formatException(record.exc_info)] if record.exc_info else []
        trace += [self.formatStack(record.stack_info)] if record.stack_info else []
        if trace:
            parts["trace"] = redact("\n".join(trace))
        return parts

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        try:
            return record.getMessage()
        except (TypeError, ValueError, KeyError):
            return f"{record.msg} {record.args}"


class TextLines(_Formatter):
    """``2026-11-21T22:43:00.120Z info connector.store [run] message rows=12``, a traceback indented below."""

    def format(self, record: logging.LogRecord) -> str:
        parts = self.parts(record)
        run = f" [{parts['run']}]" if parts["run"] else ""
        facts = "".join(f" {name}={value}" for name, value in parts.get("facts", {}).items())
        line = f"{parts['time']} {parts['level']} {parts['logger']}{run} {_one_line(parts['message'] + facts)}"
        return "\n    ".join([line, *parts["trace"].splitlines()]) if "trace" in parts else line


class JsonLines(_Formatter):
    """One JSON object a line: time, level, logger, run, message, and facts and trace where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.parts(record))


class _OurHandler(logging.StreamHandler[TextIO]):
    """Marks the handler that :func:`configure` put there, so that calling it again replaces it."""


def configure(level: LogLevel, form: LogFormat, stream: TextIO | None = None) -> None:
    """Send the lines of the process to ``stream`` (standard error when None), warnings included.

    Libraries are heard from ``warning`` on, the server from ``level``: their daily work is nobody's news.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _OurHandler)]:
        root.removeHandler(handler)
    ours = _OurHandler(sys.stderr if stream is None else stream)
    ours.setFormatter(JsonLines() if form == "json" else TextLines())
    root.addHandler(ours)
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.captureWarnings(capture=True)
