"""Settings: one declaration, every mistake at once, secrets that never show."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import SettingsError
from connector.settings import SETTINGS, STARS, Secret, Settings, describe, load_settings, settings_table
from tests.conftest import ROOT

NO_FILE = Path("no-such-file")


def load(environ: dict[str, str], dotenv: Path = NO_FILE) -> Settings:
    return load_settings(environ, dotenv)


def mistakes(environ: dict[str, str], dotenv: Path = NO_FILE) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environ, dotenv)
    _, *lines = caught.value.sentence.splitlines()
    return [line.strip() for line in lines]


def test_nothing_set_gives_the_defaults() -> None:
    settings = load({"HOME": "/", "PATH": "x"})
    assert settings == Settings()
    assert (settings.data_dir, settings.port, settings.threads) == (Path(".puente"), 8080, None)
    assert not settings.database_url


KEY = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("text", ["short", "a:xx", f"{KEY}", f"a b:{KEY}", "a:" + base64.b64encode(bytes(31)).decode()])
def test_keys_that_cannot_seal_are_refused_without_showing_them(text: str) -> None:
    found = mistakes({"PUENTE_VAULT_KEYS": text})
    assert found == [
        "PUENTE_VAULT_KEYS in the environment must be empty or NAME:KEY,... with 32 bytes in base64 as each KEY."
    ]


def test_each_setting_can_be_set_and_is_read_as_its_type() -> None:
    settings = load(
        {
            "PUENTE_DATA_DIR": "~/figures",
            "PUENTE_DATABASE_URL": "postgresql://ana:secret@db/puente",
            "PUENTE_TABLES_URL": "s3://figures/acme/",
            "PUENTE_TABLES_ENDPOINT": "http://127.0.0.1:9000",
            "PUENTE_TABLES_CACHE": "1GB",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_SESSION_TOKEN": "lent",
            "AWS_REGION": "eu-west-1",
            "GOOGLE_APPLICATION_CREDENTIALS": "key.json",
            "PUENTE_VAULT_KEYS": f"new:{KEY}, old:{KEY}",
            "PUENTE_TOKEN": "pat-1",
            "PUENTE_ALLOWED_HOSTS": "127.0.0.1, Gateway.example ",
            "PUENTE_LOG_LEVEL": "WARNING",
            "PUENTE_LOG_FORMAT": "json",
            "PUENTE_MEMORY_LIMIT": "2GB",
            "PUENTE_THREADS": "4",
            "PUENTE_LOCK_WAIT_SECONDS": "0",
            "PUENTE_HOST": "::1",
            "PUENTE_PORT": " 9000 ",
            "PUENTE_MAX_CELL_BYTES": "2000",
            "PUENTE_MAX_ROWS": "5",
            "PUENTE_ANSWER_SECONDS": "20",
            "PUENTE_ANSWER_CACHE_MB": "7",
            "PUENTE_PDF_ENGINE": "WeasyPrint",
            "PUENTE_LOOKER_HOST": "https://lookerstudio.google.com/",
            "PUENTE_LOOKER_CONNECTOR": "AKfycb_x-1",
            "PUENTE_LANGUAGE": "ru",
        }
    )
    assert settings == Settings(
        Path("~/figures").expanduser(), Secret("postgresql://ana:secret@db/puente"),
        "s3://figures/acme", "http://127.0.0.1:9000", "1GB", "AKIA", Secret("hush"), Secret("lent"), "eu-west-1",
        "key.json", Secret(f"new:{KEY}, old:{KEY}"),
        Secret("pat-1"), frozenset({"127.0.0.1", "gateway.example"}), "warning", "json", "2GB", 4, 0,
        "::1", 9000, 2000, 5, 20, 7, "weasyprint", "https://lookerstudio.google.com", "AKfycb_x-1", "ru",
    )  # fmt: skip


def test_all_mistakes_are_listed_together_each_with_its_place() -> None:
    found = mistakes({"PUENTE_PORT": "80800", "PUENTE_LANGUAGE": "de", "PUENTE_PROT": "1", "PUENTE_ZZZZZZ": "1"})
    assert found == [
        "PUENTE_PORT in the environment must be a whole number from 1 to 65535 (it is '80800').",
        "PUENTE_LANGUAGE in the environment must be one of en, es, pt, ru (it is 'de').",
        "'PUENTE_PROT' in the environment is no setting; did you mean PUENTE_PORT?",
        "'PUENTE_ZZZZZZ' in the environment is no setting.",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATA_DIR", ""), ("DATA_DIR", __file__), ("DATA_DIR", "a\0b"), ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "postgresql://"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("MEMORY_LIMIT", "512"),
        ("MEMORY_LIMIT", "0MB"), ("MEMORY_LIMIT", "1MB; DROP"), ("THREADS", "0"), ("THREADS", "-1"),
        ("LOCK_WAIT_SECONDS", "1.5"), ("LOCK_WAIT_SECONDS", "²"), ("HOST", ""), ("HOST", "a b"), ("PORT", "0"),
        ("MAX_CELL_BYTES", "10"), ("MAX_ROWS", "0"), ("MAX_ROWS", "9" * 5000), ("LANGUAGE", ""),
        ("LOOKER_HOST", "http://datastudio.google.com"), ("LOOKER_HOST", ""), ("LOOKER_HOST", "https://a/b?c"),
        ("LOOKER_CONNECTOR", "AK fy"), ("LOOKER_CONNECTOR", "AK&x=1"), ("TABLES_URL", "s3://b"),
        ("TABLES_URL", "az://bucket/x"), ("TABLES_URL", "s3://bucket/../x"),
        ("TABLES_URL", "s3://bucket/a b"), ("TABLES_ENDPOINT", "127.0.0.1:9000"), ("TABLES_ENDPOINT", "http://a:b@c"),
    ],
)  # fmt: skip
def test_a_value_outside_of_its_type_is_refused(name: str, text: str) -> None:
    assert [line.split(" in ")[0] for line in mistakes({f"PUENTE_{name}": text})] == [f"PUENTE_{name}"]


def test_the_tests_own_variable_is_no_mistake() -> None:
    assert load({"PUENTE_SHARED": "../elsewhere"}) == Settings()


# --- the .env file


def test_a_dotenv_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "\ufeff# ours\n\n  export PUENTE_PORT = 9001   # a port\nPUENTE_HOST='0.0.0.0'\nPUENTE_THREADS=\n"
        'PUENTE_DATA_DIR="two words"\nOTHER_PROGRAM=whatever $(it) "likes\nPUENTE_LOG_LEVEL=debug\n'
        "AWS_REGION=eu-west-1\nAWS_PROFILE=not 'ours\n",
        encoding="utf-8",
    )
    settings = load({"PUENTE_LOG_LEVEL": "error"}, dotenv)
    assert (settings.port, settings.host, settings.threads) == (9001, "0.0.0.0", None)
    assert (settings.data_dir, settings.log_level) == (Path("two words"), "error")
    assert settings.aws_region == "eu-west-1"


def test_mistakes_of_a_dotenv_file_name_their_lines(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "PUENTE_PORT=1\nPUENTE_PORT=2\nwhat is this\nPUENTE_HOST='open\nPUENTE_MAX_ROWS=1 2\nPUENTE_LIMIT=1\n"
        "PUENTE_THREADS=many\n",
        encoding="utf-8",
    )
    assert mistakes({}, dotenv) == [
        "PUENTE_PORT is set twice, on line 1 of .env and on line 2.",
        "The line 3 of .env is not of the form NAME=value.",
        "The line 4 of .env cannot be read; put a value with blanks or quotes in quotes.",
        "The line 5 of .env cannot be read; put a value with blanks or quotes in quotes.",
        "PUENTE_THREADS in line 7 of .env must be a whole number from 1 to 256 (it is 'many').",
        "'PUENTE_LIMIT' in line 6 of .env is no setting; did you mean PUENTE_MEMORY_LIMIT?",
    ]


def test_a_dotenv_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"PUENTE_PORT=\xff\xfe")
    assert mistakes({}, dotenv) == ["The file .env cannot be read as UTF-8 text."]


@given(st.text(max_size=200))
def test_no_dotenv_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    dotenv = tmp_path_factory.mktemp("dotenv") / ".env"
    dotenv.write_text("PUENTE_HOST=" + text, encoding="utf-8", errors="replace")
    with suppress(SettingsError):
        load({}, dotenv)


# --- secrets


def test_a_secret_prints_as_stars_wherever_it_lands(capsys: pytest.CaptureFixture[str]) -> None:
    secret = Secret("geheim-99")
    settings = Settings(database_url=secret)
    print(secret, [secret], {"a": secret}, settings, f"{secret!r:>20} {secret:<12}", "%s %r" % (secret, secret))  # noqa: UP031
    print(json.dumps({"a": secret}, default=str), asdict(settings), describe(settings))
    print(logging.Formatter("%(message)s").format(logging.makeLogRecord({"msg": "%s", "args": (secret,)})))
    printed = capsys.readouterr().out
    assert "geheim" not in printed
    assert STARS in printed


def test_a_secret_is_never_pickled_and_copies_stay_secret() -> None:
    secret = Secret("geheim-99")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never pickled"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert copy.deepcopy(secret).reveal() == copy.copy(secret).reveal() == "geheim-99"


def test_secrets_are_compared_by_their_text() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("é")}) == 2
    assert Secret("x")
    assert not Secret("")


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"PUENTE_DATABASE_URL": "oracle://ana:geheim@db"})
    assert "geheim" not in str(caught.value)
    assert "PUENTE_DATABASE_URL" in str(caught.value)


# --- documentation


def test_every_setting_has_a_default_that_is_valid_and_a_line_of_help() -> None:
    assert len(SETTINGS) == len(describe(Settings()))
    for setting in SETTINGS:
        assert setting.read(setting.default) == getattr(Settings(), setting.attribute)
        assert setting.help.endswith(".")


def test_the_readme_holds_the_table_of_settings() -> None:
    assert settings_table() in (ROOT / "README.md").read_text(encoding="utf-8")
