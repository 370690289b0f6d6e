"""The sentences that must stand beside figures: what was left out, what is not limited, what is only current."""

from __future__ import annotations

from typing import Final

from connector.metrics.evaluation import Evaluation
from connector.metrics.plan import GroupKey
from connector.metrics.select import Counter
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
        "ru": "«{metric}» не ограничено диапазоном дат.",
    },
    "reconstructed": {
        "en": "Past states of deals are reconstructed from creation and close; nothing was observed then.",
        "es": "Los estados pasados de los negocios se reconstruyen desde la creación y el cierre; no se observaron.",
        "pt": "Os estados passados dos negócios são reconstruídos da criação e do fechamento; não foram observados.",
        "ru": "Прошлые состояния сделок восстановлены по датам создания и закрытия, а не по наблюдениям.",
    },
    "history_since": {
        "en": "Past states of deals can be trusted from {since}; earlier ones are reconstructed.",
        "es": "Los estados pasados de los negocios son fiables desde {since}; los anteriores se reconstruyen.",
        "pt": "Os estados passados dos negócios são confiáveis desde {since}; os anteriores são reconstruídos.",
        "ru": "Прошлые состояния сделок достоверны с {since}; более ранние восстановлены.",
    },
    "current_columns": {
        "en": "Source, account, product and other columns without history are as they are today.",
        "es": "Fuente, cliente, producto y otras columnas sin historial se muestran como están hoy.",
        "pt": "Origem, cliente, produto e outras colunas sem histórico aparecem como estão hoje.",
        "ru": "Источник, клиент, товар и другие поля без истории показаны в текущем состоянии.",
    },
}  # fmt: skip


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
            made = note(counter.kind, language, count=count, metric=label, currency=currency)
            found.setdefault((counter.kind, label), made)
    for key, leaves in held.plan.groups.items():
        metric = held.plan.users[leaves[0]]
        whole = held.request.window.all_time or held.query.date_range in ("today", "as_of_today")
        if not whole and key.anchor is None and not key.stock and key.entity != "dq_result":
            found[("not_limited", metric)] = note("not_limited", language, metric=labels.get(metric, metric))
        found |= {(made.code, ""): made for made in _history_notes(held, key)}
    return tuple(found.values())


def _history_notes(held: Evaluation, key: GroupKey) -> list[Note]:
    window = held.request.compared if key.comparison else held.request.window
    if not key.history or window is None:
        return []
    over_time = any(wanted.is_axis for wanted in held.dimensions)
    if window.is_current and not over_time:
        return []
    language = held.query.language
    notes = [note("current_columns", language)]
    since = held.request.profile.history_since
    if not since:
        return [*notes, note("reconstructed", language)]
    if over_time or window.as_of.isoformat() < since:
        notes.append(note("history_since", language, since=since[:10]))
    return notes
