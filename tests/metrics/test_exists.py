"""EXISTS in formulas: rows of another entity that are tied to a row, in one window, without multiplying it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.errors import FormulaError, NotApplicable
from connector.metrics.evaluate import evaluate
from connector.metrics.formula import parse_formula
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def value(reader: MemoryReader, formula: str, **more: Any) -> Any:
    return evaluate(reader, Query((f"x={formula}",), **more), NOW).rows[0][0]


@pytest.fixture
def reader() -> MemoryReader:
    """l1 has two won deals, l2 was converted into an open one, l3 has a deleted one, l4 has none."""
    made = MemoryReader()
    made.add("owner", {"id": "o", "name": "Ana"})
    made.add(
        "lead", {"id": "l1", "created_at": moment("2024-05-02"), "source": "web"},
        {"id": "l2", "created_at": moment("2024-05-03"), "converted_deal_id": "d3", "source": "web"},
        {"id": "l3", "created_at": moment("2024-04-04"), "source": "fair"},
        {"id": "l4", "created_at": moment("2024-05-05"), "source": "fair", "owner_id": "o"},
    )  # fmt: skip
    return made.add(
        "deal", {"id": "d1", "lead_id": "l1", "status": "won", "amount": 5, "closed_at": moment("2024-04-09")},
        {"id": "d2", "lead_id": "l1", "status": "won", "amount": 7, "closed_at": moment("2024-05-09")},
        {"id": "d3", "status": "open", "amount": 9, "owner_id": "o"},
        {"id": "d4", "lead_id": "l3", "status": "won", "amount": 11, "is_deleted": True},
    )  # fmt: skip


EITHER = "(deal.lead_id = lead.id OR deal.id = lead.converted_deal_id)"


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id))", 1),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE lead.id = deal.lead_id))", 1),
        (f"COUNT(lead.id WHERE EXISTS(deal WHERE {EITHER}))", 2),
        (f"COUNT(lead.id WHERE NOT EXISTS(deal WHERE {EITHER}))", 2),
        (f"COUNT(lead.id WHERE EXISTS(deal WHERE {EITHER} AND deal.status = 'won'))", 1),
        (f"COUNT(lead.id WHERE EXISTS(deal WHERE {EITHER} AND (deal.status = 'won' OR deal.amount > 8)))", 2),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.closed_at > lead.created_at))", 1),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.amount > 7))", 0),
        ("COUNT(lead.id WHERE lead.source = 'fair' OR EXISTS(deal WHERE deal.lead_id = lead.id))", 3),
        ("SUM(IF(EXISTS(deal WHERE deal.lead_id = lead.id), 1, 0) WHERE lead.id <> 'x')", 1),
        ("SUM(deal.amount WHERE EXISTS(lead WHERE lead.id = deal.lead_id AND lead.source = 'web'))", 12),
        ("COUNT(* WHERE EXISTS(deal WHERE deal.lead_id = lead.id) AND lead.id IS NOT NULL)", 1),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.id = lead.converted_deal_id AND owner.name = 'Ana'))", 0),
        ("COUNT(account.id WHERE EXISTS(deal WHERE deal.account_id = account.id AND owner.name = 'Ana'))", 0),
    ],
)
def test_a_row_counts_once_when_a_tied_row_exists(reader: MemoryReader, formula: str, wanted: int) -> None:
    reader.add("account", {"id": "a"}).add("deal", {"id": "d9", "account_id": "a", "owner_id": "o"})
    assert value(reader, formula) == wanted


def test_the_period_inside_is_that_of_the_request_and_places_nothing_in_time(reader: MemoryReader) -> None:
    formula = "COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.closed_at IN period))"
    assert value(reader, formula, date_range="this_month") == 1
    assert value(reader, formula, date_range="2024-05-10..2024-05-31") == 0
    with pytest.raises(NotApplicable):
        evaluate(reader, Query((f"x={formula}",), ("month",), date_range="this_month"), NOW)
    dated = formula.replace("WHERE EXISTS", "WHERE lead.created_at IN period AND EXISTS", 1)
    table = evaluate(reader, Query((f"x={dated}",), ("month",), date_range="2024-04-01..2024-05-31"), NOW)
    assert table.rows == ((date(2024, 5, 1), 1),)


def test_a_name_that_the_row_outside_does_not_lead_to_is_read_through_the_inner_row(reader: MemoryReader) -> None:
    reader.add("stage", {"id": "s", "name": "web"}, {"id": "t", "name": "fair"})
    reader.add("deal", {"id": "d7", "lead_id": "l2", "stage_id": "s"}, {"id": "d8", "lead_id": "l3", "stage_id": "s"})
    assert (
        value(reader, "COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND stage.name = lead.source))")
        == 1
    )


def test_money_inside_is_compared_in_the_report_currency() -> None:
    made = MemoryReader(Profile(currency="USD"))
    made.add("fx_rate", {"id": "1", "date": date(2024, 1, 1), "from_currency": "EUR", "to_currency": "USD", "rate": 3})
    made.add("lead", {"id": "l1"}, {"id": "l2"})
    made.add("deal", {"id": "d1", "lead_id": "l1", "amount": 4, "currency": "EUR", "status": "open"})
    made.add("deal", {"id": "d2", "lead_id": "l2", "amount": 5, "currency": "USD", "status": "open"})
    tied = "COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.amount > 10))"
    assert value(made, tied) == 1
    assert (
        value(made, "COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.amount > lead.score))") == 0
    )


def test_a_stock_over_time_asks_at_the_end_of_every_step(reader: MemoryReader) -> None:
    reader.add("lead", {"id": "l5", "created_at": moment("2024-03-01")})
    reader.add("deal", {"id": "d5", "lead_id": "l5", "closed_at": moment("2024-05-02")})
    closed = "EXISTS(deal WHERE deal.lead_id = lead.id AND deal.closed_at < as_of)"
    held = f"COUNT(lead.id WHERE lead.created_at < as_of AND {closed})"
    table = evaluate(reader, Query((f"x={held}",), ("month",), date_range="2024-04-01..2024-05-31"), NOW)
    assert table.rows == ((date(2024, 5, 1), 2),)


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("EXISTS(deal WHERE deal.lead_id = lead.id)", "outside of an aggregate"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.status = 'won'))", "does not say how deal is tied"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id <> lead.id))", "does not say how deal is tied"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id OR lead.score > 5))", "does not say how"),
        ("COUNT(deal.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id))", "asks deal about rows of deal"),
        ("COUNT(lead.id WHERE EXISTS(deals WHERE deal.lead_id = lead.id))", "begins with an entity"),
        ("COUNT(lead.id WHERE EXISTS(deal, deal.lead_id = lead.id))", "WHERE is missing"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id))", "needs a condition"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND EXISTS(team WHERE team.id = lead.id)))",
         "another EXISTS"),
        ("COUNT(lead.id WHERE EXISTS(deal WHERE COUNT(deal.id) = 1 AND deal.lead_id = lead.id))", "another aggregate"),
        ("SUM(EXISTS(deal WHERE deal.lead_id = lead.id) WHERE lead.id = 'x')", "SUM needs a number"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_when_it_is_read(formula: str, says: str) -> None:
    with pytest.raises(FormulaError, match=says):
        parse_formula(formula)


def test_an_entity_that_leads_nowhere_is_refused_when_it_is_asked(reader: MemoryReader) -> None:
    with pytest.raises(FormulaError, match="how deal is tied to a row of usage_event"):
        value(reader, "COUNT(usage_event.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id))")
    with pytest.raises(FormulaError, match="does not lead to one row of web_daily"):
        value(
            reader, "COUNT(lead.id WHERE EXISTS(deal WHERE deal.lead_id = lead.id AND deal.source = web_daily.source))"
        )


def test_too_many_alternatives_are_refused() -> None:
    either = "(deal.lead_id = lead.id OR deal.id = lead.converted_deal_id)"
    with pytest.raises(FormulaError, match="16 alternatives"):
        parse_formula(f"COUNT(lead.id WHERE EXISTS(deal WHERE {' AND '.join([either] * 4)}))")


def test_quantiles_lie_between_the_values() -> None:
    made = MemoryReader().add("deal", *({"id": str(n), "amount": amount} for n, amount in enumerate((10, 20, 40, 80))))
    assert value(made, "QUANTILE(deal.amount, 0.25)") == 17.5
    assert value(made, "QUANTILE(deal.amount, 1)") == 80
    assert value(made, "QUANTILE(deal.amount, 0.5 WHERE deal.amount > 100)") is None
    for wrong in ("QUANTILE(deal.amount)", "QUANTILE(deal.amount, 2)", "QUANTILE(deal.amount, deal.score)",
                  "QUANTILE(deal.name, 0.5)"):  # fmt: skip
        with pytest.raises(FormulaError):
            parse_formula(wrong)


def test_months_before_a_moment_and_the_month_of_a_moment_are_local() -> None:
    made = MemoryReader(Profile(time_zone="America/Sao_Paulo"))
    made.add("deal", {"id": "1", "closed_at": moment("2023-05-15T11:59"), "created_at": moment("2024-03-01T02:00")})
    made.add("deal", {"id": "2", "closed_at": moment("2023-05-15T12:01"), "created_at": moment("2024-02-29T12:00")})
    assert value(made, "COUNT(deal.id WHERE deal.closed_at >= months_before(now, 12))") == 1
    assert value(made, "COUNT(deal.id WHERE deal.closed_at >= months_before(now, $n))", parameters={"n": "13"}) == 2
    assert value(made, "COUNT(deal.id WHERE local_month(deal.created_at) = '2024-02-01')") == 2
    with pytest.raises(FormulaError):
        parse_formula("COUNT(deal.id WHERE deal.closed_at > months_before(now, deal.score))")
