"""The configuration of a Looker Studio source: questions in two steps, and what their answers mean.

Every answer is a text. The ids of the questions never change and may all stand in a link (Linking API); then nothing is
left to ask and the first step is the last.
https://developers.google.com/data-studio/connector/stepped-configuration
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

from connector.actions.looker_fields import Personal, Source
from connector.deliver.looker.fields import CURRENCIES
from connector.errors import QueryError, quote
from connector.metrics.report_types import load_report_types, report_type
from connector.model.currency import CODES
from connector.model.messages import told
from connector.model.query import LANGUAGES, Language
from connector.model.workspace import Profile

LANGUAGE_NAMES: Final[dict[Language, str]] = {"en": "English", "es": "Español", "pt": "Português", "ru": "Русский"}
QUESTIONS: Final = ("workspace", "report_type", "language", "time_zone", "currency", "personal")
"""Ids of the questions, in the order they are asked; the first two decide what the others offer."""
AS_WORKSPACE: Final = "workspace"
"""Answer to time zone and currency: what the workspace has. An empty one means the same."""


def language_of(code: str) -> Language:
    """Return the language for a language code such as ``pt-BR``; English for one that is not spoken."""
    short = code.replace("_", "-").split("-")[0].lower()
    return next((known for known in LANGUAGES if known == short), "en")


def configuration(
    workspaces: Iterable[str], profile: Profile, language: Language, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return the answer of getConfig: what is asked so far, and whether more will be asked."""
    first = [
        _info("welcome", told("Puente answers every chart from the workspace's own copy of the CRM.", language)),
        _choice("workspace", told("Workspace", language), [(name, name) for name in workspaces], dynamic=True),
        _choice(
            "report_type", told("Report type", language),
            [(kind.labels[language], kind.id) for kind in load_report_types().values()],
            dynamic=True, help_text=told("Which metrics and dimensions the source offers.", language),
        ),
    ]  # fmt: skip
    if not (answers.get("workspace") and answers.get("report_type")):
        return _answer(first, stepped=True)
    report_type(answers["report_type"])
    return _answer([*first, *_second(profile, language)], stepped=False)


def _second(profile: Profile, language: Language) -> list[dict[str, Any]]:
    own = told("as in the workspace", language)
    currencies = sorted(CURRENCIES | {profile.currency})
    zones = sorted(zone for zone in available_timezones() if "/" in zone)
    return [
        _choice(
            "language", told("Language of names and values", language), [(LANGUAGE_NAMES[x], x) for x in LANGUAGES]
        ),
        _choice(
            "time_zone", told("Time zone", language),
            [(f"{profile.time_zone} ({own})", AS_WORKSPACE), *((zone, zone) for zone in zones)],
        ),
        _choice(
            "currency", told("Currency", language),
            [
                (f"{profile.currency} ({own})", AS_WORKSPACE),
                *((code, code) for code in currencies if code != profile.currency),
            ],
        ),
        _choice(
            "personal", told("Fields that name people", language),
            [(told("Show them", language), "show"), (told("Leave them out", language), "hide")],
            help_text=told("Contacts, leads, subjects of e-mails and the workspace's own fields.", language),
        ),
    ]  # fmt: skip


def configured(answers: Mapping[str, str]) -> Source:
    """Return the source that the answers describe; what was not asked yet takes its usual value.

    Which workspace is asked is for the door to judge. Raises UnknownName and QueryError for other answers.
    """
    zone, currency = (
        "" if answers.get(name) == AS_WORKSPACE else answers.get(name, "") for name in ("time_zone", "currency")
    )
    language = answers.get("language", "")
    personal = answers.get("personal") or "show"
    if zone and zone not in available_timezones():
        raise _bad("time_zone", zone, "Write an IANA zone, such as Europe/Madrid.")
    if currency and currency not in CODES:
        raise _bad("currency", currency, "Write its ISO 4217 code, such as EUR.")
    if language and language not in LANGUAGES:
        raise _bad("language", language, f"There are {', '.join(LANGUAGES)}.")
    if personal not in get_args(Personal):
        raise _bad("personal", personal, "There are show and hide.")
    return Source(
        report_type(answers.get("report_type") or "everything"), language_of(language), currency,
        ZoneInfo(zone).key if zone else "", cast("Personal", personal),
    )  # fmt: skip


def _bad(name: str, value: str, remedy: str) -> QueryError:
    return QueryError(f"{quote(value)} is no answer to {name}.", place=name, remedy=remedy)


def _answer(questions: list[dict[str, Any]], *, stepped: bool) -> dict[str, Any]:
    return {"configParams": questions, "dateRangeRequired": True, "isSteppedConfig": stepped}


def _info(name: str, text: str) -> dict[str, Any]:
    return {"type": "INFO", "name": name, "text": text}


def _choice(
    name: str, label: str, options: Iterable[tuple[str, str]], *, dynamic: bool = False, help_text: str = ""
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "SELECT_SINGLE", "name": name, "displayName": label,
        "options": [{"label": text, "value": value} for text, value in options],
    }  # fmt: skip
    body |= {"helpText": help_text} if help_text else {}
    return body | ({"isDynamic": True} if dynamic else {})
