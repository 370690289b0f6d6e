"""The fixed words of reports in four languages."""

from __future__ import annotations

from typing import Final

from connector.model.period import Days, day_text
from connector.model.query import Language

WORDS: Final[dict[str, dict[Language, str]]] = {
    "all_time": {"en": "All time", "es": "Todo el período", "pt": "Todo o período", "ru": "За всё время"},
    "as_of": {"en": "As of {last}", "es": "Al {last}", "pt": "Em {last}", "ru": "На {last}"},
    "range": {"en": "{first} – {last}", "es": "{first} – {last}", "pt": "{first} – {last}", "ru": "{first} – {last}"},
    "compared": {
        "en": "compared with {label}", "es": "comparado con {label}", "pt": "comparado com {label}",
        "ru": "в сравнении с {label}",
    },
    "cut": {
        "en": "same elapsed part of the period", "es": "misma parte transcurrida del período",
        "pt": "mesma parte decorrida do período", "ru": "та же прошедшая часть периода",
    },
    "own_range": {
        "en": "These figures cover {days}.",
        "es": "Estas cifras abarcan {days}.",
        "pt": "Estes números abrangem {days}.",
        "ru": "Эти показатели за период {days}.",
    },
    "not_filtered": {
        "en": "Not filtered by {field}: these figures do not have it.",
        "es": "Sin filtrar por {field}: estas cifras no lo tienen.",
        "pt": "Não filtrado por {field}: estes números não o têm.",
        "ru": "Фильтр «{field}» здесь не действует: у этих показателей нет такого поля.",
    },
    "missing_entity": {
        "en": "Not shown: this workspace has no rows of {entity}. Import them to see this part.",
        "es": "No se muestra: este espacio no tiene datos de {entity}. Impórtelos para ver esta parte.",
        "pt": "Não exibido: este espaço não tem dados de {entity}. Importe-os para ver esta parte.",
        "ru": "Не показано: в рабочей области нет данных «{entity}». Импортируйте их, чтобы увидеть эту часть.",
    },
    "no_goal": {
        "en": "No goal is set for “{metric}” in this period. Set one: goals set -w {workspace} --metric {id} "
        "--month {month} 100",
        "es": "No hay una meta fijada para «{metric}» en este período. Fije una: goals set -w {workspace} "
        "--metric {id} --month {month} 100",
        "pt": "Não há meta definida para “{metric}” neste período. Defina uma: goals set -w {workspace} "
        "--metric {id} --month {month} 100",
        "ru": "На этот период нет плана по показателю «{metric}». Задайте его: goals set -w {workspace} "
        "--metric {id} --month {month} 100",
    },
    "missing_column": {
        "en": "Not shown: no record has “{field}”. Fill it in the source, or map a column to it.",
        "es": "No se muestra: ningún registro tiene «{field}». Complételo en el origen o asígnele una columna.",
        "pt": "Não exibido: nenhum registro tem “{field}”. Preencha-o na origem ou associe uma coluna a ele.",
        "ru": "Не показано: ни у одной записи нет поля «{field}». Заполните его в CRM или сопоставьте ему столбец.",
    },
    "missing_parameter": {
        "en": "Not shown: give {name} to see this part, for example --param {name}=0.35 for 35 %.",
        "es": "No se muestra: indique {name} para ver esta parte, por ejemplo --param {name}=0.35 para 35 %.",
        "pt": "Não exibido: informe {name} para ver esta parte, por exemplo --param {name}=0.35 para 35 %.",
        "ru": "Не показано: чтобы увидеть эту часть, укажите {name}, например --param {name}=0.35 для 35 %.",
    },
    "still_running": {
        "en": "The period is still running", "es": "El período aún no termina", "pt": "O período ainda não terminou",
        "ru": "Период ещё не закончился",
    },
    "needs_range": {
        "en": "Not shown: this part needs a shorter date range.",
        "es": "No se muestra: esta parte necesita un rango de fechas más corto.",
        "pt": "Não exibido: esta parte precisa de um intervalo de datas mais curto.",
        "ru": "Не показано: для этой части нужен более короткий период.",
    },
    "pipeline": {
        "en": "Pipeline: {name} (others are not mixed in)", "es": "Pipeline: {name} (los demás no se mezclan)",
        "pt": "Pipeline: {name} (os demais não são misturados)", "ru": "Воронка: {name} (другие не смешиваются)",
    },
    "no_comparison": {
        "en": "Without comparison: past values of these figures are not kept.",
        "es": "Sin comparación: no se guardan los valores pasados de estas cifras.",
        "pt": "Sem comparação: os valores passados destes números não são guardados.",
        "ru": "Без сравнения: прошлые значения этих показателей не хранятся.",
    },
    "records_shown": {
        "en": "{shown} of {total} records with something missing or wrong, worst first.",
        "es": "{shown} de {total} registros con algo que falta o es erróneo, primero los peores.",
        "pt": "{shown} de {total} registros com algo faltando ou errado, os piores primeiro.",
        "ru": "Показано {shown} из {total} записей с пропусками или ошибками, сначала худшие.",
    },
    "nothing_wrong": {
        "en": "Nothing is missing or wrong here.", "es": "No falta nada ni hay errores.",
        "pt": "Nada falta e não há erros.", "ru": "Пропусков и ошибок нет.",
    },
    "cut_rows": {
        "en": "Only the first {count} rows are shown; the total is of all.",
        "es": "Solo se muestran las primeras {count} filas; el total es de todas.",
        "pt": "Só as primeiras {count} linhas são exibidas; o total é de todas.",
        "ru": "Показаны только первые строки ({count}); итог — по всем.",
    },
    "team_average": {
        "en": "{label}: team average", "es": "{label}: promedio del equipo", "pt": "{label}: média da equipe",
        "ru": "{label}: среднее по команде",
    },
    "filter": {"en": "Filter: {text}", "es": "Filtro: {text}", "pt": "Filtro: {text}", "ru": "Фильтр: {text}"},
    "record": {"en": "Record", "es": "Registro", "pt": "Registro", "ru": "Запись"},
    "problems": {
        "en": "Missing or wrong", "es": "Faltantes o erróneos", "pt": "Ausentes ou errados", "ru": "Пропусков и ошибок",
    },
    "column": {"en": "Column", "es": "Columna", "pt": "Coluna", "ru": "Поле"},
    "found": {"en": "Found in the file", "es": "En el archivo", "pt": "No arquivo", "ru": "В файле"},
    "meant": {"en": "Read as", "es": "Leído como", "pt": "Lido como", "ru": "Прочитано как"},
    "rows": {"en": "Rows", "es": "Filas", "pt": "Linhas", "ru": "Строк"},
    "no_repairs": {
        "en": "No value had to be repaired.", "es": "No hubo que reparar ningún valor.",
        "pt": "Nenhum valor precisou de correção.", "ru": "Исправлять значения не пришлось.",
    },
}  # fmt: skip


ENTITY_NAMES: Final[dict[str, dict[Language, str]]] = {
    "deal": {"en": "deals", "es": "negocios", "pt": "negócios", "ru": "сделки"},
    "lead": {"en": "leads", "es": "leads", "pt": "leads", "ru": "лиды"},
    "contact": {"en": "contacts", "es": "contactos", "pt": "contatos", "ru": "контакты"},
    "account": {"en": "companies", "es": "empresas", "pt": "empresas", "ru": "компании"},
    "deal_line": {
        "en": "line items", "es": "productos de los negocios", "pt": "itens dos negócios", "ru": "товарные позиции",
    },
    "deal_history": {
        "en": "history of deals", "es": "historial de negocios", "pt": "histórico de negócios", "ru": "история сделок",
    },
    "stage": {"en": "stages", "es": "etapas", "pt": "etapas", "ru": "этапы воронки"},
    "goal": {"en": "goals", "es": "metas", "pt": "metas", "ru": "планы"},
    "activity": {"en": "activities", "es": "actividades", "pt": "atividades", "ru": "активности"},
    "cost": {"en": "costs", "es": "costos", "pt": "custos", "ru": "расходы"},
    "owner": {"en": "owners", "es": "responsables", "pt": "responsáveis", "ru": "менеджеры"},
    "team": {"en": "teams", "es": "equipos", "pt": "equipes", "ru": "команды"},
    "product": {"en": "products", "es": "productos", "pt": "produtos", "ru": "товары"},
    "campaign": {"en": "campaigns", "es": "campañas", "pt": "campanhas", "ru": "кампании"},
    "invoice": {"en": "invoices", "es": "facturas", "pt": "faturas", "ru": "счета"},
    "payment": {"en": "payments", "es": "pagos", "pt": "pagamentos", "ru": "оплаты"},
    "proposal": {"en": "proposals", "es": "propuestas", "pt": "propostas", "ru": "коммерческие предложения"},
    "service_case": {"en": "cases", "es": "casos", "pt": "casos", "ru": "обращения"},
    "survey_response": {
        "en": "survey answers", "es": "respuestas de encuestas", "pt": "respostas de pesquisas",
        "ru": "ответы на опросы",
    },
}  # fmt: skip


FIELD_NAMES: Final[dict[str, dict[Language, str]]] = {
    "name": {"en": "Name", "es": "Nombre", "pt": "Nome", "ru": "Название"},
    "full_name": {"en": "Full name", "es": "Nombre completo", "pt": "Nome completo", "ru": "Имя и фамилия"},
    "email": {"en": "Email", "es": "Correo electrónico", "pt": "E-mail", "ru": "Эл. почта"},
    "phone": {"en": "Phone", "es": "Teléfono", "pt": "Telefone", "ru": "Телефон"},
    "amount": {"en": "Amount", "es": "Importe", "pt": "Valor", "ru": "Сумма"},
    "type": {"en": "Type", "es": "Tipo", "pt": "Tipo", "ru": "Тип"},
    "dedupe_key": {
        "en": "Dedupe key", "es": "Clave de duplicados", "pt": "Chave de duplicidade", "ru": "Ключ поиска дублей",
    },
    "domain": {"en": "Domain", "es": "Dominio", "pt": "Domínio", "ru": "Домен"},
    "website": {"en": "Website", "es": "Sitio web", "pt": "Site", "ru": "Сайт"},
    "probability": {"en": "Probability", "es": "Probabilidad", "pt": "Probabilidade", "ru": "Вероятность"},
    "next_step": {"en": "Next step", "es": "Próximo paso", "pt": "Próximo passo", "ru": "Следующий шаг"},
}  # fmt: skip
"""Columns that no dimension names."""


def entity_name(entity: str, language: Language) -> str:
    """Return what a reader calls the records of an entity."""
    names = ENTITY_NAMES.get(entity)
    return names[language] if names else entity.replace("_", " ")


def word(code: str, language: Language, **parts: object) -> str:
    """Return a fixed text in a language, its places filled."""
    return WORDS[code][language].format(**parts)


def days_text(days: Days, language: Language) -> str:
    """Return a range in words."""
    if days.is_all_time:
        return word("all_time", language)
    if days.token in ("as_of_today", "previous_month_end"):
        return word("as_of", language, last=day_text(days.last, language))
    if days.first == days.last:
        return day_text(days.first, language)
    return word("range", language, first=day_text(days.first, language), last=day_text(days.last, language))
