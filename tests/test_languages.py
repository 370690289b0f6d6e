"""What a person reads is in his language: errors, help, tables, the web; every sentence, with all its values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from connector.app import Commands
from connector.cli.main import COMMANDS, main, run
from connector.cli.speech import confirmed, moment
from connector.errors import UnknownName, UserError, quote
from connector.model.messages import FOLDER, PLACE, catalogue, error_line, read_catalogue, speak, spoken, told
from connector.model.query import Language
from connector.settings import spoken_language
from tests.messages import bare, shown_sentences, skeleton

OTHERS: tuple[Language, ...] = ("es", "pt", "ru")
FORMS = {"es": 2, "pt": 2, "ru": 3}
SAME_EVERYWHERE = {
    "query --metrics {} --dimensions {} ...",
    "PUENTE_ALLOWED_HOSTS=127.0.0.1 PUENTE_TOKEN={} python -m connector connect {} -w try --option base_url={}",
    "variants save",
    "{} to {}",
    "database address",
    "host names",
    "templates copy",
    "templates publish",
    "templates show",
    "$batch",
    "$filter",
    "$format",
    "$orderby",
    "$select",
    "$skiptoken",
}
"""Commands to copy, names, and words of README's table of settings."""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    speak("en")


def _text(language: Language) -> str:
    return (FOLDER / language / "LC_MESSAGES" / "puente.po").read_text(encoding="utf-8")


# --- the catalogues ------------------------------------------------------------------------------------


def test_every_sentence_of_the_code_is_translated() -> None:
    known = {skeleton(entry.template) for entry in read_catalogue(_text("ru"))}
    lacking = sorted(
        {
            f"{found.file}:{found.line} {found.text}"
            for found in shown_sentences()
            if not {found.skeleton, found.skeleton.rstrip(".:")} & (known | SAME_EVERYWHERE)
        }
    )
    assert not lacking, "put these into connector/languages/*/LC_MESSAGES/puente.po:\n" + "\n".join(lacking)


def test_the_languages_have_the_same_messages() -> None:
    ids = {language: {entry.template for entry in read_catalogue(_text(language))} for language in OTHERS}
    assert len(ids["ru"]) > 1_000
    assert ids["es"] == ids["pt"] == ids["ru"]


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_every_value_and_have_every_form(language: Language) -> None:
    for entry in read_catalogue(_text(language)):
        for form in entry.forms:
            assert sorted(set(PLACE.findall(form))) == sorted(entry.places), (entry.template, form)
            assert form.strip(), entry.template
            assert not re.search(r"\{\w+\.\w+\}", form + entry.template), f"a value has a plain name: {form}"
        assert len(entry.forms) in (1, FORMS[language]), entry.template


def test_russian_is_in_cyrillic_and_nothing_is_left_in_english() -> None:
    russian = {entry.template: entry.forms[0] for entry in read_catalogue(_text("ru"))}
    latin = [
        template
        for template, form in russian.items()
        if not re.search("[а-яё]", form, re.IGNORECASE) and re.search("[a-z]{3,} [a-z]{3,}", bare(template))
    ]
    assert set(latin) <= {"user_error", "mapping use", "Use utf-8, cp1251 ..."} | {
        template for template in latin if russian[template] == template and template.startswith("in, between")
    } | {template for template in latin if template.startswith(("PUENTE_", "expired_"))}


@pytest.mark.parametrize("language", OTHERS)
def test_babel_reads_the_same_catalogue(language: Language) -> None:
    with (FOLDER / language / "LC_MESSAGES" / "puente.po").open("rb") as file:
        theirs = read_po(file, locale=language)
    read = {
        (message.id[1] if message.pluralizable else message.id): (
            tuple(message.string) if message.pluralizable else (message.string,)
        )
        for message in theirs
        if message.id
    }
    assert {entry.template: entry.forms for entry in read_catalogue(_text(language))} == read
    assert theirs.num_plurals == FORMS[language]


# --- a sentence ----------------------------------------------------------------------------------------


def test_values_are_put_back_in_their_place() -> None:
    error = UnknownName(f"There is no workspace {quote('acme')}.", remedy="List them with: workspace list.")
    assert error_line(error, "es") == "No existe el espacio de trabajo 'acme'. Vea la lista con: workspace list."
    assert error_line(error, "ru") == "Нет рабочей области 'acme'. Список: workspace list."
    assert error_line(error, "en") == str(error)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (1, "Не удалось прочитать 1 строку; остальное опубликовано."),
        (2, "Не удалось прочитать 2 строки; остальное опубликовано."),
        (5, "Не удалось прочитать 5 строк; остальное опубликовано."),
        (21, "Не удалось прочитать 21 строку; остальное опубликовано."),
        (112, "Не удалось прочитать 112 строк; остальное опубликовано."),
    ],
)
def test_russian_counts(rows: int, sentence: str) -> None:
    assert told(f"{rows} rows could not be read; the rest is published.", "ru") == sentence


def test_one_and_many_in_spanish_and_portuguese() -> None:
    many, one = (f"{count} rows could not be read; the rest is published." for count in (3, 1))
    assert told(one, "es").startswith("No se pudo leer 1 fila;")
    assert told(many, "es").startswith("No se pudieron leer 3 filas;")
    assert told(one, "pt").startswith("1 linha não pôde")
    assert told(many, "pt").startswith("3 linhas não puderam")


def test_a_value_is_never_taken_for_a_sentence() -> None:
    hostile = "no metric 'x'. Set a limit, a filter or fewer dimensions. {name} <b>"
    assert quote(hostile, 200) in told(f"There is no metric {quote(hostile, 200)}.", "ru")
    assert told("'There is no such file.'", "ru") == "'There is no such file.'"


def test_a_list_of_mistakes_is_translated_line_by_line() -> None:
    text = "2 settings are wrong:\n  PUENTE_PORT in the environment must be a whole number from 1 to 65535 (it is 'x')."
    assert told(text, "ru") == (
        "Неверны 2 настройки:\n  PUENTE_PORT (окружение): нужно целое число от 1 до 65535 (сейчас 'x')."
    )


def test_sentences_that_stand_side_by_side_are_translated_each() -> None:
    assert told("HubSpot did not answer in time. It says 'busy'.", "es") == (
        "HubSpot no respondió a tiempo. Dice 'busy'."
    )


def test_counts_are_written_as_the_language_writes_them() -> None:
    assert told("12,345", "es") == "12.345"
    assert told("12,345", "ru") == "12\xa0345"
    assert told("-12,345", "pt") == "-12.345"


def test_what_nobody_translated_stays_as_it_is() -> None:
    assert told("gibberish of a vendor", "ru") == "gibberish of a vendor"
    assert told("", "ru") == ""
    assert told("There is no such file.", "en") == "There is no such file."


def test_a_long_hostile_text_takes_no_time_to_speak_of() -> None:
    text = "The file cannot be read: " * 2_000
    assert told(text, "ru")


# --- the command line ----------------------------------------------------------------------------------


def _commands() -> Iterator[tuple[str, click.Command]]:
    yield "", main
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inside}", found) for inside, found in command.commands.items())


def _help_texts(command: click.Command) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        lines = paragraph.split("\n")
        yield from (line.strip() for line in lines[1:]) if lines[0] == "\b" else [" ".join(paragraph.split())]
    yield from (" ".join(option.help.split()) for option in command.params if getattr(option, "help", None))


def _is_to_copy(text: str) -> bool:
    """A call to copy, a line of a file, or names alone."""
    first = text.split(" ", maxsplit=1)[0].split("=", maxsplit=1)[0]
    return first in {*COMMANDS, "python", "PUENTE_TOKEN"} or not re.search("[a-z]{2,} [a-z]{2,}", text)


@pytest.mark.parametrize("language", OTHERS)
def test_help_of_every_command_has_no_english_left(language: Language) -> None:
    left = [
        f"{name}: {text}"
        for name, command in _commands()
        for text in _help_texts(command)
        if told(text, language) == text and not _is_to_copy(text) and "_" not in text.split(",")[0]
    ]
    assert not left, "\n".join(left)


@pytest.mark.parametrize("language", OTHERS)
def test_lines_of_the_list_of_commands_are_translated(language: Language) -> None:
    assert [text for _, text in COMMANDS.values() if told(text, language) == text] == []


ENGLISH_FRAME = re.compile(r"Usage:|Options:|Commands:|OPTIONS|COMMAND\b|ARGS|required\]|default:|Show this|Examples?:")


@pytest.mark.parametrize("language", OTHERS)
def test_the_frame_of_help_is_translated(language: Language) -> None:
    speak(language)
    for name, command in _commands():
        shown = command.get_help(command.context_class(command, info_name=f"puente {name}"))
        assert not ENGLISH_FRAME.search(shown), (name, ENGLISH_FRAME.findall(shown))


def _run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setenv("PUENTE_DATA_DIR", str(folder / "data"))
    monkeypatch.setattr("sys.argv", ["puente", *arguments])
    code = run(Commands())
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_the_option_goes_before_the_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUENTE_LANGUAGE", "es")
    code, _, said = _run(capsys, monkeypatch, tmp_path, "workspace", "show", "acme")
    assert (code, said.startswith("Error: No existe el espacio de trabajo 'acme'.")) == (2, True)
    _, _, said = _run(capsys, monkeypatch, tmp_path, "--language", "ru", "workspace", "show", "acme")
    assert said.startswith("Ошибка: Нет рабочей области 'acme'.")
    _, shown, _ = _run(capsys, monkeypatch, tmp_path, "--language=pt", "workspace", "create", "acme")
    assert shown == "Espaço de trabalho acme criado.\n"


def test_labels_follow_the_option_of_the_main_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, shown, _ = _run(capsys, monkeypatch, tmp_path, "--language", "ru", "metrics", "total_sales")
    assert "Объём продаж" in shown
    assert "показатель" in shown.splitlines()[0]


def test_help_speaks_the_language_wherever_it_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for arguments in (("--language", "es", "query", "--help"), ("query", "--help", "--language", "es")):
        assert _run(capsys, monkeypatch, tmp_path, *arguments)[1].startswith("Uso: ")


def test_a_wrong_call_is_told_in_the_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, _, said = _run(capsys, monkeypatch, tmp_path, "--language", "ru", "query")
    assert code == 2
    assert "Ошибка: Не указан параметр '--workspace' / '-w'." in said
    assert not ENGLISH_FRAME.search(said)
    _, _, said = _run(capsys, monkeypatch, tmp_path, "--language", "pt", "nothing")
    assert "Erro: Não existe o comando 'nothing'." in said


def test_a_wrong_language_setting_is_told_in_english_and_the_rest_of_it_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUENTE_LANGUAGE", "klingon")
    assert spoken_language() == "en"
    code, _, said = _run(capsys, monkeypatch, tmp_path, "workspace", "list")
    assert code == 2
    assert "must be one of en, es, pt, ru" in said


def test_yes_and_no_are_understood_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    speak("ru")
    for typed, meant in (("да", True), ("Н", False), ("y", True), ("", False)):
        monkeypatch.setattr(click, "prompt", lambda *_, typed=typed, **__: typed)
        assert confirmed("Remove acme and everything in it?") is meant


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "2 Mar 2024 22:05 UTC"), ("es", "02/03/2024 22:05 UTC"),
                            ("pt", "02/03/2024 22:05 UTC"), ("ru", "02.03.2024 22:05 UTC")],
)  # fmt: skip
def test_instants_are_written_as_the_language_writes_them(language: Language, shown: str) -> None:
    speak(language)
    assert moment("2024-03-03T01:05:59+03:00") == shown
    assert moment("") == moment(None) == ""
    assert moment("nothing imported yet") == told("nothing imported yet", language)


def test_reports_are_found_by_words_of_any_language_and_by_known_mistranslations(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for words in ("отчёт о прибылях и убытках", "Negocios ganados y perdidos", "win_loss"):
        _, shown, _ = _run(capsys, monkeypatch, tmp_path, "templates", "list", words)
        assert "win_loss" in shown
        assert "total_sales" not in shown
    _, shown, _ = _run(capsys, monkeypatch, tmp_path, "--language", "ru", "templates", "show", "win_loss")
    assert "Для: руководители продаж, руководство; еженедельно" in shown
    assert "Ответственный менеджер" in shown


def test_a_request_without_a_language_speaks_english() -> None:
    assert spoken() == "en"
    assert catalogue("en").told("There is no such file.") == "There is no such file."
    assert error_line(UserError("There is no such file.")) == "There is no such file."
