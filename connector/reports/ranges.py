"""What ranges and comparisons are called, for people who read about a report rather than in one."""

from __future__ import annotations

import re
from typing import Final

from connector.model.query import Language

_WORDS: Final[dict[str, dict[Language, str]]] = {
    "today": {"en": "today", "es": "hoy", "pt": "hoje", "ru": "сегодня"},
    "as_of_today": {"en": "as of today", "es": "al día de hoy", "pt": "até hoje", "ru": "на сегодня"},
    "yesterday": {"en": "yesterday", "es": "ayer", "pt": "ontem", "ru": "вчера"},
    "all_time": {"en": "all time", "es": "todo el tiempo", "pt": "todo o período", "ru": "за всё время"},
    "this_week": {"en": "this week", "es": "esta semana", "pt": "esta semana", "ru": "текущая неделя"},
    "this_month": {"en": "this month", "es": "este mes", "pt": "este mês", "ru": "текущий месяц"},
    "this_quarter": {"en": "this quarter", "es": "este trimestre", "pt": "este trimestre", "ru": "текущий квартал"},
    "this_year": {"en": "this year", "es": "este año", "pt": "este ano", "ru": "текущий год"},
    "last_week": {"en": "last week", "es": "la semana pasada", "pt": "semana passada", "ru": "прошлая неделя"},
    "last_month": {"en": "last month", "es": "el mes pasado", "pt": "mês passado", "ru": "прошлый месяц"},
    "last_quarter": {
        "en": "last quarter", "es": "el trimestre pasado", "pt": "trimestre passado", "ru": "прошлый квартал",
    },
    "last_year": {"en": "last year", "es": "el año pasado", "pt": "ano passado", "ru": "прошлый год"},
    "next_week": {"en": "next week", "es": "la próxima semana", "pt": "próxima semana", "ru": "следующая неделя"},
    "next_month": {"en": "next month", "es": "el próximo mes", "pt": "próximo mês", "ru": "следующий месяц"},
    "next_quarter": {
        "en": "next quarter", "es": "el próximo trimestre", "pt": "próximo trimestre", "ru": "следующий квартал",
    },
    "previous_period": {
        "en": "the period before", "es": "el período anterior", "pt": "o período anterior", "ru": "предыдущий период",
    },
    "previous_year": {
        "en": "the year before", "es": "el año anterior", "pt": "o ano anterior", "ru": "прошлый год",
    },
    "previous_month_end": {
        "en": "the end of last month", "es": "el cierre del mes anterior", "pt": "o fim do mês anterior",
        "ru": "конец прошлого месяца",
    },
    "none": {"en": "nothing", "es": "nada", "pt": "nada", "ru": "нет"},
}  # fmt: skip

_UNITS: Final[dict[str, dict[Language, str]]] = {
    "days": {"en": "days", "es": "días", "pt": "dias", "ru": "дн."},
    "weeks": {"en": "weeks", "es": "semanas", "pt": "semanas", "ru": "нед."},
    "months": {"en": "months", "es": "meses", "pt": "meses", "ru": "мес."},
    "quarters": {"en": "quarters", "es": "trimestres", "pt": "trimestres", "ru": "кв."},
    "years": {"en": "years", "es": "años", "pt": "anos", "ru": "г."},
}
_COUNTED: Final[dict[str, dict[Language, str]]] = {
    "last": {"en": "the last", "es": "los últimos", "pt": "os últimos", "ru": "последние"},
    "next": {"en": "the next", "es": "los próximos", "pt": "os próximos", "ru": "следующие"},
    "last_weeks": {"en": "the last", "es": "las últimas", "pt": "as últimas", "ru": "последние"},
    "next_weeks": {"en": "the next", "es": "las próximas", "pt": "as próximas", "ru": "следующие"},
}
"""Words before a number of units; weeks are feminine in Spanish and Portuguese."""
_TOKEN: Final = re.compile(r"(last|next)_(\d+)_(\w+)")


def range_words(token: str, language: Language) -> str:
    """Return a range or comparison in words with its name behind: ``last month (last_month)``."""
    found = _WORDS.get(token, {}).get(language, "") or _counted(token, language)
    return f"{found} ({token})" if found else token


def _counted(token: str, language: Language) -> str:
    match = _TOKEN.fullmatch(token)
    if match is None or match.group(3) not in _UNITS:
        return ""
    which, count, unit = match.groups()
    words = _COUNTED.get(f"{which}_{unit}", _COUNTED[which])
    return f"{words[language]} {count} {_UNITS[unit][language]}"
