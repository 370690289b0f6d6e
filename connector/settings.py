"""Every setting of Puente: declared once, read once, checked together.

A setting is an environment variable with the prefix ``PUENTE_`` (or a name that all programs of a vendor read) or a
line of a ``.env`` file in the working directory; the environment wins. :class:`Settings` is the declaration: the
settings page of the documentation, ``check-config`` and the values that everything is built from all come from it.
This is the only module that reads the environment.
"""

# ruff: noqa: RUF009 -- a field of Settings is declared by a call that gives its reader and its documentation

from __future__ import annotations

import base64
import difflib
import hmac
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeVar, get_args

from connector.errors import SettingsError, quote
from connector.model.query import LANGUAGES, Language

PREFIX: Final = "PUENTE_"
NOT_SETTINGS: Final = frozenset({"PUENTE_SHARED"})
"""Names with our prefix that belong to the tests (where other people's data lies), not to the service."""

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]
PdfEngine = Literal["built_in", "weasyprint"]
STARS: Final = "*****"

T = TypeVar("T")


class Secret:
    """Text that prints as stars. Only :meth:`reveal` gives it back, so every use of it can be searched for."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself. Hand it straight to what needs it; never keep or print it."""
        return self.__text

    def __repr__(self) -> str:
        return STARS

    def __format__(self, spec: str) -> str:
        return STARS

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.__text)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is never pickled.")


# --- readers: text in, value out, ValueError with the half sentence that says what is expected -----------


def _path(text: str) -> Path:
    path = Path(text).expanduser()
    if not text or "\0" in text or (path.exists() and not path.is_dir()):
        raise ValueError("must be a directory, which is created when it is missing")
    return path


def _database_url(text: str) -> Secret:
    if text and not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)\S+\Z", text):
        raise ValueError("must be empty, sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")
    return Secret(text)


def _memory(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,5} ?[MG]i?B", text):
        raise ValueError("must be a size such as 512MB or 2GB")
    return text


def _tables_url(text: str) -> str:
    parts = text.partition("://")[2].split("/")[1:]
    fits = re.fullmatch(r"(s3|gs)://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[A-Za-z0-9._=-]+)*/?", text)
    if text and (not fits or any(part in {".", ".."} for part in parts)):
        raise ValueError("must be empty, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER; the folder may be left out")
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.:_\[\]-]+/?", text):
        raise ValueError("must be empty or an address such as https://storage.example:9000")
    return text.rstrip("/")


def _studio(text: str) -> str:
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d{1,5})?/?", text):
        raise ValueError("must be an https address such as https://datastudio.google.com")
    return text.rstrip("/")


def _deployment(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,200}", text):
        raise ValueError("must be empty or the id of a deployment, such as AKfycb...")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", text):
        raise ValueError("must be a host name or an address such as 127.0.0.1")
    return text


def _keys(text: str) -> Secret:
    for entry in filter(None, text.split(",")):
        name, _, key = entry.strip().partition(":")
        try:
            fits = bool(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name)) and len(base64.b64decode(key, validate=True)) == 32
        except ValueError:
            fits = False
        if not fits:
            raise ValueError("must be empty or NAME:KEY,... with 32 bytes in base64 as each KEY")
    return Secret(text)


def _hosts(text: str) -> frozenset[str]:
    found = frozenset(host.strip().lower() for host in text.split(",") if host.strip())
    if any(not re.fullmatch(r"[a-z0-9.:_-]+", host) for host in found):
        raise ValueError("must be empty or host names separated by commas")
    return found


def _threads(text: str) -> int | None:
    return None if text == "" else _whole(1, 256)(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,15}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(choices: tuple[T, ...]) -> Callable[[str], T]:
    def read(text: str) -> T:
        for choice in choices:
            if choice == text.lower():
                return choice
        raise ValueError(f"must be one of {', '.join(map(str, choices))}")

    return read


# --- the declaration -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting. ``name`` is the environment variable, ``default`` the text read when it is absent."""

    name: str
    attribute: str
    kind: str
    default: str
    help: str
    secret: bool
    read: Callable[[str], object]


def _setting(
    read: Callable[[str], T], default: str, kind: str, text: str, *, secret: bool = False, name: str = ""
) -> T:
    """Declare a field of :class:`Settings`; ``text`` is the line of the documentation.

    ``name`` is one that all programs of a vendor read; without it the prefix and the name of the field make one.
    """
    facts = {"read": read, "default": default, "kind": kind, "help": text, "secret": secret, "name": name}
    declared: T = field(default_factory=lambda: read(default), metadata=facts)
    return declared


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked values. Built by :func:`load_settings`, passed on, never changed."""

    data_dir: Path = _setting(
        _path, ".puente", "directory", "Everything Puente keeps: tables, raw imports, state, reject files."
    )
    database_url: Secret = _setting(
        _database_url,
        "",
        "database address",
        "State database. Empty means `state.db` (SQLite) in the data directory; several machines share a PostgreSQL.",
        secret=True,
    )
    tables_url: str = _setting(
        _tables_url,
        "",
        "`s3://bucket/folder`, `gs://bucket/folder`",
        "Bucket in which tables, raw imports, reject files and synced pages lie, for several machines or one that may"
        " vanish. Empty means the data directory, which otherwise holds copies of what is used.",
    )
    tables_endpoint: str = _setting(
        _endpoint, "", "address", "Where an `s3://` bucket is reached when it is not one of Amazon."
    )
    tables_cache: str = _setting(
        _memory, "10GB", "size", "Room for local copies of files in the bucket; the longest unused go first."
    )
    aws_access_key_id: str = _setting(
        str, "", "text", "Key with which an `s3://` bucket is opened. Empty means the role of the machine.",
        name="AWS_ACCESS_KEY_ID",
    )  # fmt: skip
    aws_secret_access_key: Secret = _setting(
        Secret, "", "text", "Secret that belongs to the key.", secret=True, name="AWS_SECRET_ACCESS_KEY"
    )
    aws_session_token: Secret = _setting(
        Secret, "", "text", "Session of a key that is lent for a time.", secret=True, name="AWS_SESSION_TOKEN"
    )
    aws_region: str = _setting(str, "", "region", "Region of an `s3://` bucket, e.g. `eu-west-1`.", name="AWS_REGION")
    google_key_file: str = _setting(
        str, "", "file", "Key file with which a `gs://` bucket is opened. Empty means the account of the machine.",
        name="GOOGLE_APPLICATION_CREDENTIALS",
    )  # fmt: skip
    vault_keys: Secret = _setting(
        _keys,
        "",
        "`name:key,...`",
        "Keys that seal the passwords and tokens of connections, 32 bytes in base64 each; the first seals, the others"
        " still open. Empty means one made at first use and kept in `secret.key` in the data directory.",
        secret=True,
    )
    token: Secret = _setting(
        Secret, "", "text", "Key or token for `connect`, instead of typing it; best kept out of files.", secret=True
    )
    allowed_hosts: frozenset[str] = _setting(
        _hosts,
        "",
        "host names",
        "Hosts, separated by commas, that a connection may name as the address of its vendor instead of the usual one"
        " (a gateway, or `127.0.0.1` for the sandbox).",
    )
    log_level: LogLevel = _setting(
        _one_of(get_args(LogLevel)), "info", "`debug`, `info`, `warning`, `error`", "Least severity that is logged."
    )
    log_format: LogFormat = _setting(
        _one_of(get_args(LogFormat)), "text", "`text`, `json`", "Lines for people or one JSON object a line."
    )
    memory_limit: str = _setting(
        _memory,
        "512MB",
        "size",
        "Memory that the query engine may use before it works on disk; beside a sync half of it.",
    )
    threads: int | None = _setting(
        _threads, "", "1 to 256", "Threads of the query engine. Empty means one for each processor."
    )
    lock_wait_seconds: int = _setting(
        _whole(0, 86_400), "600", "seconds", "How long an import waits for another one of the same workspace."
    )
    host: str = _setting(_host, "127.0.0.1", "address", "Address that `serve` listens on.")
    port: int = _setting(_whole(1, 65_535), "8080", "1 to 65535", "Port that `serve` listens on.")
    max_cell_bytes: int = _setting(
        _whole(1_000, 100_000_000), "1000000", "bytes", "Longest cell of a file; a row with a longer one is rejected."
    )
    max_rows: int = _setting(_whole(1, 10_000_000), "100000", "rows", "Most rows of one answer of the query endpoint.")
    answer_seconds: int = _setting(
        _whole(1, 3_600), "50", "seconds",
        "Longest that one answer over HTTP may take; a question that takes longer is refused with what to narrow."
        " Looker Studio waits about 60.",
    )  # fmt: skip
    answer_cache_mb: int = _setting(
        _whole(0, 100_000), "64", "0 to 100000",
        "Megabytes of answers over HTTP that are kept for those who ask the same again while the data are the same;"
        " 0 keeps none.",
    )  # fmt: skip
    pdf_engine: PdfEngine = _setting(
        _one_of(get_args(PdfEngine)), "built_in", "`built_in`, `weasyprint`",
        "What draws a PDF. `weasyprint` is an extra (`requirements-weasyprint.txt`) that sets the brand's own font.",
    )  # fmt: skip
    looker_host: str = _setting(
        _studio, "https://datastudio.google.com", "https address",
        "Where Looker Studio (Data Studio) is; links to it begin with this.",
    )  # fmt: skip
    looker_connector: str = _setting(
        _deployment, "", "deployment id", "The deployment of the connector script that links to Looker Studio name."
    )
    language: Language = _setting(
        _one_of(LANGUAGES), "en", "`en`, `es`, `pt`, `ru`", "Language of everything shown where none is asked for."
    )


_UNITS: Final = {"M": 10**6, "G": 10**9, "Mi": 2**20, "Gi": 2**30}


def size_bytes(text: str) -> int:
    """Return the bytes of a size as settings have it, such as ``512MB`` or ``2GiB``."""
    match = re.fullmatch(r"(\d+) ?([MG]i?)B", text)
    if match is None:
        raise ValueError(text)
    return int(match[1]) * _UNITS[match[2]]


SETTINGS: Final[tuple[Setting, ...]] = tuple(
    Setting(**{**entry.metadata, "name": entry.metadata["name"] or PREFIX + entry.name.upper()}, attribute=entry.name)
    for entry in fields(Settings)
)
"""Every setting, in the order of the documentation."""

_FOREIGN: Final = frozenset(setting.name for setting in SETTINGS if not setting.name.startswith(PREFIX))


# --- reading -------------------------------------------------------------------------------------------


def load_settings(environ: Mapping[str, str] | None = None, dotenv_path: Path | None = None) -> Settings:
    """Read and check every setting. Without arguments: the process's environment and ``./.env``.

    Surrounding blanks of a value are dropped. Raises SettingsError whose sentence lists all mistakes,
    each with its place and what is expected; values of secret settings are never quoted.
    """
    environ = os.environ if environ is None else environ
    mistakes: list[str] = []
    given = _read_dotenv(Path(".env") if dotenv_path is None else dotenv_path, mistakes)
    given |= {name: (text, "the environment") for name, text in environ.items() if _is_ours(name)}
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text, place = given.pop(setting.name, (setting.default, "the default"))
        try:
            values[setting.attribute] = setting.read(text.strip())
        except ValueError as expected:
            shown = "" if setting.secret else f" (it is {quote(text)})"
            mistakes.append(f"{setting.name} in {place} {expected}{shown}.")
    mistakes += [_unknown(name, place) for name, (_, place) in sorted(given.items()) if name not in NOT_SETTINGS]
    if mistakes:
        count = "One setting is wrong" if len(mistakes) == 1 else f"{len(mistakes)} settings are wrong"
        raise SettingsError(
            "\n".join([f"{count}:", *(f"  {mistake}" for mistake in mistakes)]),
            remedy="Every setting is described in README.md.",
        )
    return Settings(**values)


def spoken_language() -> Language:
    """Return the language of the settings, English when it is wrong: help and the list of mistakes come before all."""
    given = _read_dotenv(Path(".env"), [])
    text, _ = given.get("PUENTE_LANGUAGE", ("", ""))
    named = os.environ.get("PUENTE_LANGUAGE", text).strip().lower()
    return next((known for known in LANGUAGES if known == named), "en")


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX) or name in _FOREIGN


def _unknown(name: str, place: str) -> str:
    near = difflib.get_close_matches(name, [setting.name for setting in SETTINGS], n=1)
    hint = f"; did you mean {near[0]}?" if near else "."
    return f"{quote(name)} in {place} is no setting{hint}"


_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<rest>.*?)\s*\Z")
_VALUE = re.compile(r"""'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^'"\s#][^\s]*|)""")
_AFTER = re.compile(r"\s*(?:\Z|\s#.*)")


def _read_dotenv(path: Path, mistakes: list[str]) -> dict[str, tuple[str, str]]:
    """Return {name: (value, place)} of the lines with our prefix; other programs may share the file."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        mistakes.append(f"The file {path.name} cannot be read as UTF-8 text.")
        return {}
    found: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(lines, start=1):
        place = f"line {number} of {path.name}"
        match = _LINE.match(line)
        if match is None:
            if line.strip() and not line.lstrip().startswith("#"):
                mistakes.append(f"The {place} is not of the form NAME=value.")
            continue
        name = match["name"]
        if not _is_ours(name):
            continue
        if name in found:
            mistakes.append(f"{name} is set twice, on {found[name][1]} and on line {number}.")
        value = _dotenv_value(match["rest"])
        if value is None:
            mistakes.append(f"The {place} cannot be read; put a value with blanks or quotes in quotes.")
        else:
            found[name] = (value, place)
    return found


def _dotenv_value(rest: str) -> str | None:
    """Read a bare value, or one in single or double quotes; a comment begins with a blank and ``#``."""
    match = _VALUE.match(rest)
    if match is None or not _AFTER.fullmatch(rest, match.end()):
        return None
    return match["single"] or match["double"] or match["bare"] or ""


# --- documentation -------------------------------------------------------------------------------------


def settings_table() -> str:
    """Return the settings as a Markdown table; README.md holds exactly this text and a test compares them."""
    lines = ["| Setting | Value | Default | What it does |", "|---|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else "empty"
        note = " Secret." if setting.secret else ""
        lines.append(f"| `{setting.name}` | {setting.kind} | {default} | {setting.help}{note} |")
    return "\n".join(lines) + "\n"


def describe(settings: Settings) -> list[tuple[str, str]]:
    """Return (name, value) of every setting for ``check-config``; secrets are stars, empty ones stay empty."""
    shown = []
    for setting in SETTINGS:
        value = getattr(settings, setting.attribute)
        empty = value is None or (isinstance(value, Secret) and not value)
        text = ",".join(sorted(value)) if isinstance(value, frozenset) else str(value)
        shown.append((setting.name, "" if empty else text))
    return shown
