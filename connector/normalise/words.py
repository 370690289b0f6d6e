"""Words that stand for values in people's files: nothing, yes, no, won, lost, months. English, Spanish,
Portuguese and Russian.

All are written in lower case; a value is compared after lower-casing, with runs of ``_``, ``-`` and spaces
read as one space (:func:`key`). Add a word here and it is understood everywhere.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

MISSING: Final = ("-", "--", "—", "–", "n/a", "#n/a", "null", "none", "nan", "<null>", "(null)", "[null]")
"""Cells that mean: no value. Compared in lower case."""

LONGEST_MISSING: Final = max(len(word.encode()) for word in MISSING)

TRUE: Final = frozenset({"true", "yes", "y", "t", "1", "x", "on", "sí", "si", "s", "sim", "verdadero", "verdadeiro",
                         "да", "д", "истина", "✓", "✔"})  # fmt: skip
FALSE: Final = frozenset({"false", "no", "n", "f", "0", "off", "não", "nao", "falso", "нет", "н", "ложь"})

_ALIASES: Final = """
# deal and stage outcomes
open: in progress, active, abierto, abierta, en curso, en proceso, aberto, aberta, em andamento, открыта, открыт,
    открыто, в работе, в процессе
won: closed won, closedwon, close won, win, successful, sold, ganado, ganada, cerrado ganado, cerrada ganada, vendido,
    vendida, ganho, ganha, fechado ganho, fechada ganha, выиграна, выигран, выиграно, успех, успешно, успешна, успешно
    реализовано, сделка успешна, закрыта успешно
lost: closed lost, closedlost, close lost, lose, failed, perdido, perdida, cerrado perdido, cerrada perdida, fechado
    perdido, fechada perdida, проиграна, проигран, проиграно, потеряна, провал, неуспех, неуспешно, отказ, закрыто и
    не реализовано, сделка провалена
unqualified: disqualified, not qualified, junk, spam, no calificado, no calificada, descalificado, descalificada, não
    qualificado, não qualificada, desqualificado, desqualificada, не квалифицирован, не квалифицирована,
    неквалифицирован, некачественный, некачественный лид, спам
# leads
new: open - not contacted, open not contacted, not contacted, nuevo, nueva, novo, nova, новый, новая, новое, не
    обработан, new business, new customer, new client, cliente nuevo, novo cliente, новый клиент, новая продажа
working: working - contacted, working contacted, contacted, nurturing, attempted to contact, open deal, in progress,
    contactado, contatado, en contacto, в работе, в обработке, обрабатывается
qualified: calificado, calificada, cualificado, qualificado, qualificada, квалифицирован, квалифицирована,
    качественный лид
converted: closed - converted, closed converted, convertido, convertida, конвертирован, сконвертирован, преобразован
# deal types
renewal: renew, existing customer - renewal, renovación, renovacion, renovação, renovacao, продление
up sell: upsell, upgrade, existing customer - upgrade, расширение, ampliación, ampliação
cross sell: crosssell, existing customer - cross sell, venta cruzada, venda cruzada, кросс продажа
repeat: existing business, existing customer, recurrente, recorrente, repetida, повторная, повторная продажа, existing
    customer - replacement
hot: caliente, quente, горячий, горячая
warm: tibio, templado, morno, тёплый, теплый, тёплая, теплая
cold: frío, frio, холодный, холодная
direct: directo, directa, direto, direta, прямая, прямые
agency: agencia, agência, partner, агентство, партнёр, партнер
# forecast categories
pipeline: forecast pipeline, воронка
best case: bestcase, upside, mejor caso, melhor caso, лучший случай
commit: forecast, committed, compromiso, compromisso, обязательство
closed: complete, completed, cerrado, cerrada, fechado, fechada, закрыт, закрыта, закрыто
omitted: omit, omitido, omitida, исключено
# people
rep: sales rep, sales, salesperson, seller, vendedor, vendedora, comercial, менеджер по продажам, продавец
manager: sales manager, team lead, lead, head, gerente, jefe, gestor, руководитель, менеджер
agent: support, support agent, agente, atendente, оператор, агент
accountant: contador, contadora, contable, бухгалтер
admin: administrator, system administrator, administrador, administradora, администратор
# activities
call: phone call, phone, cold call, telephone, llamada, llamada telefónica, ligação, ligacao, chamada, telefonema,
    звонок, вызов
email: e mail, mail, incoming email, correo, correo electrónico, e mail message, письмо, эл. письмо, почта,
    электронная почта
meeting: event, appointment, demo, lunch, reunión, reunion, cita, reunião, reuniao, встреча, совещание
visit: visita, визит, выезд
showing: viewing, показ
task: to do, todo, deadline, tarea, tarefa, задача, дело
note: comment, nota, anotação, заметка, примечание, комментарий
sms: text, text message, whatsapp, message, mensaje, mensagem, смс, сообщение
outbound: outgoing, out, saliente, salida, saída, исходящий, исходящая, исходящее
inbound: incoming, in, entrante, entrada, recebida, входящий, входящая, входящее
planned: open, not started, scheduled, waiting on someone else, deferred, in progress, pending, planificada,
    pendiente, planejada, pendente, запланирована, запланировано, не начата
done: completed, complete, closed, held, completada, hecha, hecho, realizada, concluída, concluida, feito, выполнена,
    выполнено, завершена, завершено
cancelled: canceled, cancelada, cancelado, отменена, отменено, отменён, отменен
# cases
in progress: open, working, escalated, abierto, aberto, en curso, em andamento, в работе, открыт
waiting: pending, hold, on hold, waiting on customer, waiting on contact, waiting on us, pendiente, pendente,
    ожидание, в ожидании
resolved: solved, resuelto, resuelta, resolvido, resolvida, решён, решен, решена, решено
phone: call, telephone, teléfono, telefone, телефон
web: website, site, web form, portal, form, сайт, formulario, formulário
chat: live chat, messaging, чат
# money and campaigns
paid: pagado, pagada, pago, paga, оплачен, оплачена, оплачено
partly paid: partially paid, parcialmente pagada, parcialmente paga, частично оплачен
draft: borrador, rascunho, черновик
sent: enviada, enviado, отправлен, отправлена, выставлен
overdue: past due, vencida, vencido, просрочен, просрочена
void: voided, anulada, anulado, аннулирован
cash: efectivo, dinheiro, наличные
card: credit card, debit card, tarjeta, cartão, cartao, карта, картой
mortgage: hipoteca, ипотека
instalments: installments, cuotas, parcelado, рассрочка
transfer: bank transfer, wire, transferencia, transferência, перевод, безналичный
ads: ad, advertisement, advertising, paid search, ppc, search, display, banner ads, реклама
social: social media, redes sociales, redes sociais, соцсети
event: conference, trade show, webinar, seminar / conference, evento, мероприятие, вебинар
content: blog, white paper, contenido, conteúdo, контент
referral: referral program, recomendación, indicação, рекомендация
active: in progress, enabled, running, activo, activa, ativo, ativa, активна, активен
paused: pausada, pausado, приостановлена
aborted: canceled, cancelled, removed, archived, cancelada, отменена
# contacts
mql: marketing qualified lead, marketingqualifiedlead
sql: sales qualified lead, salesqualifiedlead
sal: sales accepted lead
customer: client, cliente, клиент
subscriber: suscriptor, assinante, подписчик
opportunity: oportunidad, oportunidade, сделка
lead: prospect, prospecto, лид
# periods and surveys
month: monthly, mes, mês, месяц
quarter: quarterly, trimestre, квартал
year: yearly, annual, annually, año, ano, год
nps: net promoter score
csat: customer satisfaction
ces: customer effort score
"""


def _declared(text: str) -> dict[str, tuple[str, ...]]:
    """Read lines of the form ``meaning: word, word``; indented lines continue, # begins a comment."""
    found = {}
    for entry in re.sub(r"\n +", " ", text).strip().splitlines():
        if not entry.startswith("#"):
            meaning, _, listed = entry.partition(": ")
            found[meaning] = tuple(listed.split(", "))
    return found


ALIASES: Final = MappingProxyType(_declared(_ALIASES))
"""Meaning to other ways of writing it; applied to enumerated columns of which the meaning is a value."""

_MONTHS: Final = (
    ("january", "jan", "enero", "ene", "janeiro", "январь", "января", "янв"),
    ("february", "feb", "febrero", "fevereiro", "fev", "февраль", "февраля", "фев", "февр"),
    ("march", "mar", "marzo", "março", "marco", "март", "марта", "мар"),
    ("april", "apr", "abril", "abr", "апрель", "апреля", "апр"),
    ("may", "mayo", "maio", "mai", "май", "мая"),
    ("june", "jun", "junio", "junho", "июнь", "июня", "июн"),
    ("july", "jul", "julio", "julho", "июль", "июля", "июл"),
    ("august", "aug", "agosto", "ago", "август", "августа", "авг"),
    ("september", "sep", "sept", "septiembre", "setiembre", "setembro", "set", "сентябрь", "сентября", "сен", "сент"),
    ("october", "oct", "octubre", "outubro", "out", "октябрь", "октября", "окт"),
    ("november", "nov", "noviembre", "novembro", "ноябрь", "ноября", "ноя", "нояб"),
    ("december", "dec", "diciembre", "dic", "dezembro", "dez", "декабрь", "декабря", "дек"),
)
MONTHS: Final = MappingProxyType({word: number for number, words in enumerate(_MONTHS, 1) for word in words})
"""Month word to its number; genitive and common short forms included."""

DATE_FILLERS: Final = ("de", "del", "do", "of", "г", "г.", "года", "год")
"""Words between the parts of a written date that mean nothing."""

_WEEKDAYS: Final = """
mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday lun lunes
mié mie miércoles jue jueves vie viernes sáb sab sábado dom domingo martes seg segunda ter terça qua quarta qui
quinta sex sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira пн понедельник вт вторник ср
среда чт четверг пт пятница сб суббота вс воскресенье
"""
WEEKDAYS: Final = tuple(_WEEKDAYS.split())

_UNQUALIFIED: Final = (
    r"unqualif|disqualif|not qualif|no (?:cali|cuali)fi|(?:des|não )(?:quali|cali)fi|descali|junk|\bspam"
    r"|не ?квалиф|некачеств|спам"
)
_LOST: Final = (
    r"lost\b|\blose|\bdead\b|perdid|cancel|abandon|reject|rechazad|declin"
    r"|проигр|потер|провал|неуспе|не реализ|отказ|отмен"
)
_WON: Final = r"won\b|\bwin\b|\bsold\b|closed.?success|ganad|ganho|ganha|vendid|выигр|успе[хш]|реализован|оплачен[ао]?$"
_KIND_PATTERNS: Final = (("unqualified", _UNQUALIFIED), ("lost", _LOST), ("won", _WON))
"""In this order: words of a loss often hold those of a success."""

_STAGE_ORDER: Final = (
    r"lead|new|prospect|incoming|inquiry|nuev|novo|новый|новая|первичн|обращени|необработан",
    r"contact|engag|appointment|connect|контакт|связ|звонок",
    r"qualif|calific|cualific|qualific|discover|needs|квалиф|потребност|diagn|levantamento",
    r"demo|meeting|present|perception|reuni|visit|встреч|презент|показ",
    r"value|decision|evaluat|trial|test|piloto|пилот|решени",
    r"propos|quote|offer|propuest|cotiza|orçament|предложен|кп\b|смет",
    r"negoti|review|negocia|переговор|согласован",
    r"contract|commit|verbal|legal|contrat|assinatura|firma|договор|контракт",
    r"invoice|payment|closure|closing|cierre|fechamento|pago|счёт|счет|оплат",
)


def key(value: str) -> str:
    """Return a value as it is looked up in the lists of this module."""
    return re.sub(r"[\s_-]+", " ", value.strip().lower())


def enumerated(values: tuple[str, ...]) -> dict[str, str]:
    """Return every known way of writing each of the values, as :func:`key` gives it, with its meaning.

    A value's own name always means itself, whatever else the word may mean elsewhere.
    """
    found: dict[str, str] = {}
    for value in values:
        for word in ALIASES.get(key(value), ()):
            found.setdefault(key(word), value)
    return found | {key(value): value for value in values}


def stage_kind(name: str) -> str:
    """Guess from a stage's name what it means: open, won, lost or unqualified."""
    exact = enumerated(("won", "lost", "unqualified")).get(key(name))
    if exact is not None:
        return exact
    for kind, pattern in _KIND_PATTERNS:
        if re.search(pattern, name.lower()):
            return kind
    return "open"


def stage_rank(name: str) -> int:
    """Guess from an open stage's name how far along it is; smaller is earlier."""
    for rank, pattern in enumerate(_STAGE_ORDER):
        if re.search(pattern, name.lower()):
            return rank
    return len(_STAGE_ORDER)
