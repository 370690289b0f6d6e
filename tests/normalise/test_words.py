"""The lists of words: what they say, and that they do not contradict themselves."""

from __future__ import annotations

import pytest

from connector.model.schema import ENTITIES
from connector.normalise import currency, words


def test_every_alias_means_a_value_of_some_enumerated_column() -> None:
    values = {
        words.key(value)
        for entity in ENTITIES.values()
        for column in entity.columns.values()
        for value in column.values
    }
    assert set(words.ALIASES) <= values


def test_a_value_always_means_itself() -> None:
    for entity in ENTITIES.values():
        for column in entity.columns.values():
            known = words.enumerated(column.values)
            assert all(known[words.key(value)] == value for value in column.values), column.name


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Closed Won", "won"),
        ("closed-lost", "lost"),
        ("GANADO", "won"),
        ("Ganho", "won"),
        ("Выиграна", "won"),
        ("Perdida", "lost"),
        ("проиграна", "lost"),
        ("В работе", "open"),
        ("Aberto", "open"),
        ("Не квалифицирован", "unqualified"),
    ],
)
def test_outcomes_in_four_languages(written: str, meant: str) -> None:
    status = ENTITIES["deal"].columns["status"].values
    assert words.enumerated(status)[words.key(written)] == meant


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Closed Won", "won"),
        ("closedwon", "won"),
        ("Closed Lost", "lost"),
        ("closedlost", "lost"),
        ("Ganada", "won"),
        ("Negócio perdido", "lost"),
        ("Fechado - ganho", "won"),
        ("Успешно реализовано", "won"),
        ("Закрыто и не реализовано", "lost"),
        ("Сделка провалена", "lost"),
        ("Неуспешно", "lost"),
        ("Отказ клиента", "lost"),
        ("Unqualified", "unqualified"),
        ("Descalificado", "unqualified"),
        ("Некачественный лид", "unqualified"),
        ("Prospecting", "open"),
        ("Wonderland tour", "open"),
        ("Negotiation/Review", "open"),
        ("Переговоры", "open"),
        ("Propuesta enviada", "open"),
        ("Cancelled", "lost"),
        ("Closed", "open"),
        ("", "open"),
    ],
)
def test_the_kind_of_a_stage_from_its_name(name: str, kind: str) -> None:
    assert words.stage_kind(name) == kind


def test_the_usual_order_of_stages() -> None:
    for names in (
        [
            "Prospecting",
            "Qualification",
            "Needs Analysis - demo",
            "Value Proposition",
            "Proposal/Price Quote",
            "Negotiation/Review",
        ],
        ["Новая заявка", "Квалификация", "Презентация", "Коммерческое предложение", "Переговоры", "Договор", "Оплата"],
        ["Nuevo", "Contacto", "Calificación", "Demo", "Propuesta", "Negociación", "Contrato", "Pago"],
    ):
        ranks = [words.stage_rank(name) for name in names]
        assert ranks == sorted(ranks), names


def test_signs_of_several_currencies_follow_the_workspace() -> None:
    assert currency.signs("USD")["$"] == "USD"
    assert currency.signs("MXN")["$"] == "MXN"
    assert currency.signs("EUR")["$"] == "USD"
    assert currency.signs("NOK")["kr"] == "NOK"
    assert currency.signs("CNY")["¥"] == "CNY"


def test_every_sign_means_a_code_and_every_code_has_three_letters() -> None:
    assert set(currency.signs("USD").values()) <= currency.CODES
    assert all(len(code) == 3 and code.isupper() for code in currency.CODES)
    assert {"USD", "EUR", "GBP", "BRL", "MXN", "RUB", "ARS", "CLP", "COP", "UAH", "KZT"} <= currency.CODES


def test_currency_families_hold_codes() -> None:
    for usual, family in currency.SHARED_SIGNS.values():
        assert {usual, *family.split()} <= currency.CODES
