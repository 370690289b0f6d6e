"""What the command line says, in the language of the person at the terminal."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from connector.model.messages import spoken, told
from connector.model.query import LANGUAGES, Language

_METAVAR: Final = re.compile(r"[A-Z][A-Z_]+(?![a-z])")
_DAYS: Final[dict[str, str]] = {"es": "%d/%m/%Y", "pt": "%d/%m/%Y", "ru": "%d.%m.%Y"}
_EXTRA: Final = re.compile(r"(?P<help>.*?)(?:  )?\[(?P<extra>[^\]]*)\]", re.DOTALL)
_USAGE: Final = "[OPTIONS]", "COMMAND", "[ARGS]"


def say(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text in the spoken language."""
    click.echo(told(str(text)), err=err, nl=nl)


def say_head(text: str, *, nl: bool = True) -> None:
    """Print a bold text in the spoken language."""
    click.secho(told(text), bold=True, nl=nl)


def moment(value: object) -> str:
    """Return an instant (a datetime or ISO text, UTC unless it says otherwise) as the spoken language writes it.

    To the minute, in UTC: ``22/11/2026 04:49 UTC``. Nothing gives an empty text; any other text is translated.
    """
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return told(str(value)) if value else ""
    known = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    language = spoken()
    day = f"{known.day} {known:%b} {known.year}" if language == "en" else known.strftime(_DAYS[language])
    return f"{day} {known:%H:%M} UTC"


def confirmed(question: str, *, default: bool = False) -> bool:
    """Ask a question that is answered by yes or no, in the spoken language or English. Raises click.Abort."""
    yes, no = told("yes"), told("no")
    shown = f"{yes[0].upper()}/{no[0]}" if default else f"{yes[0]}/{no[0].upper()}"
    answers = {each: True for word in (yes, "yes") for each in (word.lower(), word[0].lower())}
    answers |= {each: False for word in (no, "no") for each in (word.lower(), word[0].lower())}
    while True:
        given = click.prompt(f"{told(question)} [{shown}]", default="", show_default=False, err=True).strip().lower()
        if not given:
            return default
        if given in answers:
            return answers[given]
        say(f"Answer {yes} or {no}.", err=True)


def show_refusal(error: click.ClickException) -> None:
    """Print what click says of a wrong call: usage, where help is, and the mistake."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage(), err=True)
        say(f"Try '{context.command_path} --help' for help.", err=True)
        click.echo(err=True)
    message = " ".join(error.format_message().split())
    click.echo(f"{told('Error')}: {told(message)}", err=True)


def language_named(arguments: Sequence[str]) -> Language | None:
    """Return the language that a command line names by --language anywhere: help must know it before all else."""
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--language":
            named = value if equals else next(iter(arguments[place + 1 :]), "")
            return next((known for known in LANGUAGES if known == named), None)
    return None


class Formatter(click.HelpFormatter):
    """Writes help in the spoken language; names of options, commands and settings stay."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for word in _USAGE:
            args = args.replace(word, told(word))
        super().write_usage(prog, args, f"{told('Usage:')} " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        super().write_heading(told(heading))

    def write_text(self, text: str) -> None:
        super().write_text("\n\n".join(_paragraph(part) for part in text.split("\n\n")))

    def write_dl(self, rows: Any, *args: Any, **options: Any) -> None:
        shown = [(_METAVAR.sub(lambda word: told(word[0]), name), _help(text)) for name, text in rows]
        super().write_dl(shown, *args, **options)


class Context(click.Context):
    """A context whose help speaks the language of its reader."""

    formatter_class = Formatter


def speaking(command: click.Command) -> click.Command:
    """Let a command and those inside it write their help in the spoken language, first paragraphs whole."""
    command.context_class = Context
    if isinstance(command, click.Group):
        for inside in command.commands.values():
            inside.short_help = inside.short_help or _paragraphs(inside.help or "")[0]
            speaking(inside)
    return command


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]


def _paragraph(text: str) -> str:
    """Translate a paragraph: line by line where it is not to be wrapped."""
    lines = text.split("\n")
    if lines[0].strip() == "\b":
        return "\n".join(told(line) for line in lines)
    return told(" ".join(text.split()))


def _help(text: str) -> str:
    """Translate the help of an option and what click adds in brackets: default, range, required."""
    match = _EXTRA.fullmatch(text)
    if match is None:
        return told(" ".join(text.split()))
    extra = "; ".join(told(part) for part in match["extra"].split("; "))
    return f"{told(match['help'])}  [{extra}]" if match["help"] else f"[{extra}]"
