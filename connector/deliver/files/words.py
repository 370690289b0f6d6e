"""The fixed words of a delivered report in English, Spanish, Portuguese (Brazil) and Russian."""

from __future__ import annotations

from typing import Final

from connector.errors import Bug
from connector.model.query import LANGUAGES

WORDS: Final[dict[str, tuple[str, str, str, str]]] = {
    "total": ("Total", "Total", "Total", "Итого"),
    "yes": ("Yes", "Sí", "Sim", "Да"),
    "no": ("No", "No", "Não", "Нет"),
    "not_set": ("(not set)", "(sin definir)", "(não definido)", "(не указано)"),
    "no_rows": (
        "There are no rows for this selection.",
        "No hay filas para esta selección.",
        "Não há linhas para esta seleção.",
        "Для этого отбора строк нет.",
    ),
    "previous_of": ("{label} (previous)", "{label} (anterior)", "{label} (anterior)", "{label} (ранее)"),
    "change_of": ("{label} (change)", "{label} (variación)", "{label} (variação)", "{label} (изменение)"),
    "filters": ("Filters", "Filtros", "Filtros", "Фильтры"),
    "data_through": ("Data through", "Datos hasta", "Dados até", "Данные по состоянию на"),
    "rows_rejected": ("Rows rejected", "Filas rechazadas", "Linhas rejeitadas", "Отклонено строк"),
    "history_since": ("History since", "Historial desde", "Histórico desde", "История с"),
    "reconstructed": ("reconstructed only", "solo reconstruido", "apenas reconstruído", "только восстановленная"),
    "currency": ("Currency", "Moneda", "Moeda", "Валюта"),
    "time_zone": ("Time zone", "Zona horaria", "Fuso horário", "Часовой пояс"),
    "generated": ("Generated", "Generado", "Gerado em", "Сформировано"),
    "missing": ("Missing value", "Falta el valor", "Valor ausente", "Значение не заполнено"),
    "wrong": (
        "Value breaks a rule",
        "El valor incumple una regla",
        "O valor viola uma regra",
        "Значение нарушает правило",
    ),
    "small": (
        "Grey: fewer than 5 cases behind the value (n)",
        "Gris: menos de 5 casos detrás del valor (n)",
        "Cinza: menos de 5 casos por trás do valor (n)",
        "Серым: за значением менее 5 случаев (n)",
    ),
    "running_hatched": (
        "Hatched: the period is still running",
        "Rayado: el período sigue en curso",
        "Hachurado: o período ainda está em andamento",
        "Штриховка: период ещё не закончился",
    ),
    "running_pale": (
        "Pale bar: the period is still running",
        "Barra clara: el período sigue en curso",
        "Barra clara: o período ainda está em andamento",
        "Бледный столбец: период ещё не закончился",
    ),
    "running_line": (
        "Dashed: the period is still running",
        "Línea discontinua: el período sigue en curso",
        "Linha tracejada: o período ainda está em andamento",
        "Пунктир: период ещё не закончился",
    ),
    "running_star": (
        "* the period is still running",
        "* el período sigue en curso",
        "* o período ainda está em andamento",
        "* период ещё не закончился",
    ),
    "first_of": (
        "First {shown} of {all}; the table has them all",
        "Primeros {shown} de {all}; la tabla los tiene todos",
        "Primeiros {shown} de {all}; a tabela traz todos",
        "Показано {shown} из {all}; все — в таблице",
    ),
    "last_of": (
        "Last {shown} of {all}; the table has them all",
        "Últimos {shown} de {all}; la tabla los tiene todos",
        "Últimos {shown} de {all}; a tabela traz todos",
        "Последние {shown} из {all}; все — в таблице",
    ),
    "rows_cut": (
        "This page shows the first {shown} of {all} rows; the workbook has them all.",
        "Esta página muestra las primeras {shown} de {all} filas; el libro de Excel las tiene todas.",
        "Esta página mostra as primeiras {shown} de {all} linhas; a planilha traz todas.",
        "На странице показаны первые строки ({shown} из {all}); все — в книге Excel.",
    ),
    "other": ("Other", "Otros", "Outros", "Прочие"),
    "chart_data": ("Chart data", "Datos de los gráficos", "Dados dos gráficos", "Данные диаграмм"),
    "increase": ("Increase", "Aumento", "Aumento", "Прирост"),
    "decrease": ("Decrease", "Disminución", "Redução", "Снижение"),
    "link": ("Link", "Enlace", "Link", "Ссылка"),
    "to_correct": ("To correct", "Por corregir", "A corrigir", "Что исправить"),
    "few_cases": (
        "Fewer than 5 cases behind “{label}”: {rows}",
        "Menos de 5 casos detrás de «{label}»: {rows}",
        "Menos de 5 casos por trás de “{label}”: {rows}",
        "За показателем «{label}» менее 5 случаев: {rows}",
    ),
    "and_others": ("and {count} more", "y {count} más", "e mais {count}", "и ещё {count}"),
    "texts_cut": (
        "Texts longer than a cell of 50,000 characters, cut at its end: {count}",
        "Textos más largos que una celda de 50.000 caracteres, cortados al final: {count}",
        "Textos mais longos que uma célula de 50.000 caracteres, cortados no fim: {count}",
        "Тексты длиннее ячейки в 50 000 знаков, обрезаны в конце: {count}",
    ),
    "page_of": (
        "Page {page} of {pages}",
        "Página {page} de {pages}",
        "Página {page} de {pages}",
        "Страница {page} из {pages}",
    ),
    "contents": ("Contents", "Contenido", "Conteúdo", "Содержание"),
    "hour_short": ("h", "h", "h", "ч"),
    "thousand": ("K", " mil", " mil", " тыс."),
    "million": ("M", " M", " mi", " млн"),
    "billion": ("B", " mil M", " bi", " млрд"),
}  # fmt: skip
"""Word id to its text in the order of ``LANGUAGES``: en, es, pt, ru."""


class Words:
    """The fixed words of one language: ``words["total"]``; an unknown language reads English."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._position = [str(known) for known in LANGUAGES].index(self.language)

    def __getitem__(self, word: str) -> str:
        """Return the text of a word. Raises Bug for one that the catalogue lacks."""
        try:
            return WORDS[word][self._position]
        except KeyError:
            raise Bug(f"The catalogue of fixed words lacks {word!r}.", place="deliver/files/words.py") from None
