"""The sentences that must stand beside figures: what was left out, what is not limited, what is only current."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from connector.metrics.basis import DEAL_BASIS, as_recorded, owners_of_today, with_open_stays
from connector.metrics.computed import READING_STATES
from connector.metrics.definitions import DimensionDefinition
from connector.metrics.evaluation import Evaluation
from connector.metrics.placement import anchor_of
from connector.metrics.plan import GroupKey
from connector.metrics.select import Counter
from connector.metrics.syntax import ColumnRef, Leaf
from connector.metrics.window import Window
from connector.model.period import day_text
from connector.model.query import Language
from connector.model.table import Note

TEXTS: Final[dict[str, dict[Language, str]]] = {
    "without_amount": {
        "en": "Records without an amount, left out of “{metric}”: {count}.",
        "es": "Registros sin importe, fuera de «{metric}»: {count}.",
        "pt": "Registros sem valor, fora de “{metric}”: {count}.",
        "ru": "Записи без суммы не вошли в «{metric}»: {count}.",
    },
    "without_rate": {
        "en": "Records without an exchange rate into {currency}, left out of “{metric}”: {count}.",
        "es": "Registros sin tipo de cambio a {currency}, fuera de «{metric}»: {count}.",
        "pt": "Registros sem taxa de câmbio para {currency}, fora de “{metric}”: {count}.",
        "ru": "Записи без курса к {currency} не вошли в «{metric}»: {count}.",
    },
    "assumed_stage": {
        "en": "Deals without stage history, taken to be where they stand now: {count}.",
        "es": "Negocios sin historial de etapas, tomados en su etapa actual: {count}.",
        "pt": "Negócios sem histórico de etapas, considerados na etapa atual: {count}.",
        "ru": "Сделки без истории этапов учтены на текущем этапе: {count}.",
    },
    "unordered_stages": {
        "en": "Some open stages have no position: they count only deals that were in them, without step rates. "
        "Give the stages positions in the mapping.",
        "es": "Algunas etapas abiertas no tienen posición: cuentan solo los negocios que estuvieron en ellas, sin "
        "conversión entre etapas. Indique las posiciones en el mapeo.",
        "pt": "Algumas etapas abertas não têm posição: contam só os negócios que passaram por elas, sem conversão "
        "entre etapas. Informe as posições no mapeamento.",
        "ru": "У некоторых открытых этапов нет порядка: на них учтены только побывавшие там сделки, без конверсии "
        "между этапами. Укажите порядок этапов в сопоставлении полей.",
    },
    "zero_divisor": {
        "en": "Rows skipped in “{metric}” because they would divide by zero: {count}.",
        "es": "Filas omitidas en «{metric}» porque dividirían entre cero: {count}.",
        "pt": "Linhas ignoradas em “{metric}” porque dividiriam por zero: {count}.",
        "ru": "Строки с делением на ноль пропущены в «{metric}»: {count}.",
    },
    "not_limited": {
        "en": "“{metric}” is not limited by the date range.",
        "es": "«{metric}» no se limita al rango de fechas.",
        "pt": "“{metric}” não é limitado pelo intervalo de datas.",
        "ru": "«{metric}» не ограничивается выбранным периодом.",
    },
    "reconstructed": {
        "en": "Past states of deals are reconstructed from creation and close; nothing was observed then.",
        "es": "Los estados pasados de los negocios se reconstruyen con las fechas de creación y cierre.",
        "pt": "Os estados passados dos negócios são reconstruídos pelas datas de criação e fechamento.",
        "ru": "Прошлые состояния сделок восстановлены по датам создания и закрытия.",
    },
    "history_since": {
        "en": "Past states of deals can be trusted from {since}; earlier ones are reconstructed.",
        "es": "Los estados pasados de los negocios son confiables desde {since}; los anteriores se reconstruyen.",
        "pt": "Os estados passados dos negócios são confiáveis desde {since}; os anteriores são reconstruídos.",
        "ru": "Прошлые состояния сделок достоверны с {since}; более ранние восстановлены.",
    },
    "two_moments": {
        "en": "Movement from the end of {first} to the end of {last}.",
        "es": "Movimiento desde el cierre del {first} hasta el cierre del {last}.",
        "pt": "Movimento do fim do dia {first} ao fim do dia {last}.",
        "ru": "Движение с конца дня {first} до конца дня {last}.",
    },
    "until_now": {
        "en": "Movement from the end of {first} until now.",
        "es": "Movimiento desde el cierre del {first} hasta ahora.",
        "pt": "Movimento do fim do dia {first} até agora.",
        "ru": "Движение с конца дня {first} до текущего момента.",
    },
    "current_columns": {
        "en": "Source, account, product and other columns without history are as they are today.",
        "es": "Fuente, cliente, producto y otras columnas sin historial se muestran como están hoy.",
        "pt": "Origem, cliente, produto e outras colunas sem histórico aparecem como estão hoje.",
        "ru": "Источник, клиент, товар и другие поля без истории показаны в текущем состоянии.",
    },
    "estimates": {
        "en": "Figures of web analytics are estimates.",
        "es": "Las cifras de analítica web son estimaciones.",
        "pt": "Os números de análise da web são estimativas.",
        "ru": "Данные веб-аналитики — оценки.",
    },
    "as_recorded": {
        "en": "Closed deals count as they were recorded at the end of the period; what was changed later is not in it.",
        "es": "Los negocios cerrados cuentan tal como estaban registrados al final del período, sin cambios "
        "posteriores.",
        "pt": "Os negócios fechados contam como estavam registrados no fim do período, sem mudanças posteriores.",
        "ru": "Закрытые сделки учтены такими, какими были записаны на конец периода, без более поздних изменений.",
    },
    "not_recorded": {
        "en": "“{metric}” has no records of the past: it is computed from deals as they are today.",
        "es": "«{metric}» no tiene registros del pasado: se calcula con los negocios tal como están hoy.",
        "pt": "“{metric}” não tem registros do passado: é calculado com os negócios como estão hoje.",
        "ru": "Для «{metric}» нет записей о прошлом: показатель рассчитан по сделкам в их сегодняшнем состоянии.",
    },
    "owners_of_today": {
        "en": "Every figure of a deal belongs to its current owner, whoever owned it then.",
        "es": "Cada cifra de un negocio corresponde a su responsable actual, sin importar quién lo llevaba entonces.",
        "pt": "Cada número de um negócio pertence ao responsável atual, não importa quem cuidava dele na época.",
        "ru": "Все показатели сделки отнесены к её нынешнему ответственному, кто бы ни вёл её тогда.",
    },
    "open_stays": {
        "en": "Deals still in a stage are counted with their time so far.",
        "es": "Los negocios que siguen en una etapa cuentan con el tiempo transcurrido hasta ahora.",
        "pt": "Negócios que ainda estão em uma etapa contam com o tempo decorrido até agora.",
        "ru": "Сделки, которые ещё находятся на этапе, учтены со временем, прошедшим до текущего момента.",
    },
    "still_there": {
        "en": "Still in the stage, in “{metric}” with the time so far: {count}.",
        "es": "Siguen en la etapa y cuentan en «{metric}» con el tiempo hasta ahora: {count}.",
        "pt": "Ainda na etapa e contados em “{metric}” com o tempo até agora: {count}.",
        "ru": "Ещё на этапе и учтено в «{metric}» со временем до текущего момента: {count}.",
    },
    "totals_unfiltered": {
        "en": "The total counts all rows: a condition on a figure only chooses which of them are shown.",
        "es": "El total cuenta todas las filas: una condición sobre una cifra solo elige cuáles se muestran.",
        "pt": "O total conta todas as linhas: uma condição sobre um número só escolhe quais são mostradas.",
        "ru": "Итог считается по всем строкам: условие на показатель только выбирает, какие из них показаны.",
    },
}  # fmt: skip


TOTALS_UNFILTERED: Final = "totals_unfiltered"
"""A condition on a figure leaves rows out whose records the total counts."""
OF_THE_ANSWER: Final = ("assumed_stage", "unordered_stages")
"""Counts that say the same of every metric, and are told once."""

TIMELESS: Final = frozenset({"dq_result", "owner", "team", "stage", "product", "pipeline"})
"""Entities whose rows happen at no time: counting people or stages, no one expects a date range to narrow them."""


def note(code: str, language: Language, *, count: int | None = None, **words: str) -> Note:
    """Return a note in the reader's language. ``words`` fill the sentence."""
    text = TEXTS[code][language].format(count=count, **words)
    level = "warning" if code in ("without_rate", "reconstructed") else "info"
    return Note(code, text, level, count)  # type: ignore[arg-type]


def notes_of(held: Evaluation, counts: list[tuple[Counter, int]]) -> tuple[Note, ...]:
    """Return the notes of an evaluation, one a cause and metric."""
    language, currency = held.query.language, held.request.currency
    labels = {planned.definition.id: planned.definition.labels[language] for planned in held.plan.metrics}
    found: dict[tuple[str, str], Note] = {}
    for counter, count in counts:
        if count:
            label = labels.get(counter.metric, counter.metric)
            if counter.kind in OF_THE_ANSWER:
                told = found.get((counter.kind, ""))
                if told is None or (told.count or 0) < count:
                    found[counter.kind, ""] = note(counter.kind, language, count=count)
                continue
            made = note(counter.kind, language, count=count, metric=label, currency=currency)
            found.setdefault((counter.kind, label), made)
    for key, leaves in held.plan.groups.items():
        metric = held.plan.users[leaves[0]]
        whole = held.request.window.all_time or held.query.date_range in ("today", "as_of_today")
        limited = key.anchor is not None or key.stock or key.entity in TIMELESS or key.entity in READING_STATES
        if not whole and not limited:
            found[("not_limited", metric)] = note("not_limited", language, metric=labels.get(metric, metric))
        found |= {(made.code, ""): made for made in _history_notes(held, key)}
    found |= {(made.code, made.text): made for made in _basis_notes(held)}
    return tuple(found.values())


def _basis_notes(held: Evaluation) -> list[Note]:
    """What a reader chose for all figures at once: the state of deals, their owners, deals still in a stage."""
    language, parameters = held.query.language, held.request.parameters
    notes: list[Note] = []
    if parameters.get(DEAL_BASIS) == "as_recorded":
        leaves = [leaf for group in held.plan.groups.values() for leaf in group]
        recorded = any(as_recorded(leaf.aggregate, parameters) for leaf in leaves)
        notes += [note("as_recorded", language)] if recorded else []
        labels = {planned.definition.id: planned.definition.labels[language] for planned in held.plan.metrics}
        others = dict.fromkeys(held.plan.users[leaf] for leaf in leaves if _is_restated(leaf, parameters))
        notes += [note("not_recorded", language, metric=labels.get(metric, metric)) for metric in others]
    by_owner = any(
        wanted.definition.id == "owner" or (wanted.definition.of or ("",))[0] == "owner" for wanted in held.dimensions
    )
    if by_owner and owners_of_today(parameters):
        notes.append(note("owners_of_today", language))
    if any(key.entity.startswith("web_") for key in held.plan.groups):
        notes.append(note("estimates", language))
    if with_open_stays(parameters) and any(key.entity == "stage_stay" for key in held.plan.groups):
        notes.append(note("open_stays", language))
    return notes


def _is_restated(leaf: Leaf, parameters: Mapping[str, str]) -> bool:
    """True for what asks when a deal was closed and reads it as it is today."""
    anchor = anchor_of(leaf.aggregate)
    asks = isinstance(anchor, ColumnRef) and (anchor.entity, anchor.column) == ("deal", "closed_at")
    return asks and not as_recorded(leaf.aggregate, parameters)


def _history_notes(held: Evaluation, key: GroupKey) -> list[Note]:
    window = held.request.compared if key.comparison else held.request.window
    if key.entity in READING_STATES and window is not None:
        return _movement_notes(held, window)
    taken = key.entity == "forecast_snapshot"
    if not (key.history or taken) or window is None:
        return []
    over_time = taken or any(wanted.is_axis for wanted in held.dimensions)
    if window.is_current and not over_time:
        return []
    language = held.query.language
    notes = [note("current_columns", language)]
    since = held.request.profile.history_since
    if not since:
        return [*notes, note("reconstructed", language)]
    if over_time or window.as_of.isoformat() < since:
        notes.append(note("history_since", language, since=_day(since, language)))
    return notes


def _movement_notes(held: Evaluation, window: Window) -> list[Note]:
    """Which two moments a movement lies between, and from when the state at the first can be trusted."""
    language, since = held.query.language, held.request.profile.history_since
    notes: list[Note] = []
    shown = window == held.request.window and not window.all_time and window.days.first <= window.today
    if shown and not held.dimensions:
        first, last = window.days.first - timedelta(days=1), window.report_date
        code = "until_now" if window.is_current else "two_moments"
        notes.append(note(code, language, first=day_text(first, language), last=day_text(last, language)))
    if any(_is_of_today(wanted.definition) for wanted in held.dimensions):
        notes.append(note("current_columns", language))
    if not since:
        notes.append(note("reconstructed", language))
    elif window.start < datetime.fromisoformat(since):
        notes.append(note("history_since", language, since=_day(since, language)))
    return notes


def _day(moment: str, language: Language) -> str:
    """Return the day of an ISO moment as the language writes it."""
    return day_text(date.fromisoformat(moment[:10]), language)


def _is_of_today(definition: DimensionDefinition) -> bool:
    """True for what a movement reads from the deal as it is now: it has no history."""
    path = definition.paths.get("deal_move", "*")
    kept = definition.of is not None and definition.of[0] == "owner"
    return path.startswith("*") and not kept and definition.target != "deal" and definition.group != "column"
