"""What a reader's choices of parameters mean, in words, beside the figures they change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector.metrics.definitions import Catalogue
from connector.metrics.relation import finite
from connector.metrics.syntax import MetricRef, Node, Parameter, walk
from connector.model.period import day_text, parse_day
from connector.model.query import Language

_TEXTS: Final[dict[tuple[str, str], dict[Language, str]]] = {
    ("unqualified_as_losses", "0"): {
        "en": "Unqualified deals left out", "es": "Sin los negocios no calificados",
        "pt": "Sem os negócios não qualificados", "ru": "Без неквалифицированных сделок",
    },
    ("unqualified_as_losses", "1"): {
        "en": "Unqualified deals counted as losses", "es": "Los negocios no calificados cuentan como perdidos",
        "pt": "Negócios não qualificados contam como perdidos",
        "ru": "Неквалифицированные сделки считаются проигранными",
    },
    ("forecast_method", "category"): {
        "en": "By category: commit and best case count whole",
        "es": "Por categoría: compromiso y mejor caso cuentan completos",
        "pt": "Por categoria: compromisso e melhor cenário contam inteiros",
        "ru": "По категориям: «обязательство» и «лучший случай» учтены полностью",
    },
    ("forecast_haircut", ""): {
        "en": "Forecast less {percent}", "es": "Pronóstico menos {percent}", "pt": "Previsão menos {percent}",
        "ru": "Прогноз минус {percent}",
    },
    ("taken_on", ""): {
        "en": "As it stood at the end of {day}", "es": "Tal como estaba al final del {day}",
        "pt": "Como estava no fim de {day}", "ru": "Как было на конец дня {day}",
    },
    ("benchmark", ""): {
        "en": "Benchmark: {number}", "es": "Referencia: {number}", "pt": "Referência: {number}",
        "ru": "Эталон: {number}",
    },
}  # fmt: skip
"""Parameter and its value to what it means; an empty value stands for any that is set."""


WHOLE_PERIODS: Final = ("forecast_vs_actual", "forecast_deviation_pct", "forecast_accuracy")
"""Figures that say something final only when the period is over (rule E18)."""


def choice_note(metric: str, catalogue: Catalogue, parameters: Mapping[str, str], language: Language) -> str:
    """Return what the parameters that a metric reads are set to; empty when they change nothing."""
    used = _parameters(catalogue.metrics[metric].formula, catalogue, {metric}) if metric in catalogue.metrics else set()
    found = [_note(name, language, parameters, catalogue) for name in sorted(used)]
    return ". ".join(note for note in found if note)


def _note(name: str, language: Language, parameters: Mapping[str, str], catalogue: Catalogue) -> str:
    value = parameters.get(name, "")
    text = _TEXTS.get((name, value)) or _TEXTS.get((name, ""))
    number = finite(value) if value else None
    if text is None or not value or (name == "forecast_haircut" and not number):
        return ""
    if name == "taken_on":
        return text[language].format(day=day_text(parse_day(value), language))
    shown = f"{number:g}" if number is not None else value
    percent = f"{(number or 0) * 100:g} %"
    meant = catalogue.metrics.get(parameters.get("metric", ""))
    return text[language].format(percent=percent, number=percent if meant and meant.unit == "percent" else shown)


def _parameters(node: Node, catalogue: Catalogue, seen: set[str]) -> set[str]:
    """Return the parameters that a formula reads, through the metrics it refers to."""
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Parameter):
            found.add(part.name)
        elif isinstance(part, MetricRef) and not part.by_parameter and part.metric not in seen:
            seen.add(part.metric)
            definition = catalogue.metrics.get(part.metric)
            found |= _parameters(definition.formula, catalogue, seen) if definition else set()
    return found
