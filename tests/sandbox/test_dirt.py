"""The mistakes that the exports promise are in the files, counted here from the files alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connector.sandbox.exports import ExpectedDirt, expected_dirt

TODAY = date(2026, 11, 21)
Exports = Any
MISSING = {"", "n/a", "-", "unknown"}
OPEN = {"Qualification", "Discovery", "Demo", "Proposal", "Negotiation"}


def missing(text: str | None) -> bool:
    return (text or "").strip().lower() in MISSING


def spanish_number(text: str) -> str:
    return text.replace(".", "").replace(",", ".")


def spanish_day(text: str) -> str:
    return "-".join(reversed(text.split("/")))


def all_deals(exports: Exports) -> list[dict[str, str]]:
    """Deals of both systems in the words of the main one."""
    deals = [
        {"owner": row["Owner ID"], "amount": row["Amount"], "stage": row["Stage"], "currency": row["Currency"],
         "name": row["Opportunity Name"], "source": row["Lead Source"], "expected": row["Expected Close"],
         "created": row["Created Date"], "closed": row["Closed Date"]}
        for row in exports.deals()
    ]  # fmt: skip
    for row in exports.rows("Negocios España.csv"):
        stage = {"Abierto": "Demo", "Ganado": "Closed Won", "Perdido": "Closed Lost"}.get(row["Estado"], "Disqualified")
        deals.append(
            {"owner": row["Responsable"], "amount": spanish_number(row["Importe"]), "stage": stage,
             "currency": row["Moneda"], "name": row["Negocio"], "source": row["Origen"],
             "expected": spanish_day(row["Cierre previsto"]), "created": spanish_day(row["Fecha de creación"]),
             "closed": spanish_day(row["Fecha de cierre"])}
        )  # fmt: skip
    return deals


@pytest.fixture(params=[False, True], ids=["first", "second"], scope="module")
def case(request: pytest.FixtureRequest) -> tuple[Exports, ExpectedDirt, date]:
    """Exports, what they should hold, and their day; of both days."""
    exports = request.getfixturevalue("second" if request.param else "first")
    return exports, expected_dirt(TODAY, changed=request.param), TODAY + timedelta(days=request.param)


def test_deals(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, today = case
    deals = all_deals(exports)
    is_open = [deal for deal in deals if deal["stage"] in OPEN]
    won = [deal for deal in deals if deal["stage"] == "Closed Won"]
    assert facts.records["deal"] == len(deals)
    assert facts.open_deals == len(is_open)
    assert facts.won_deals == len(won)
    sums: dict[str, Decimal] = {}
    for deal in won:
        sums[deal["currency"]] = sums.get(deal["currency"], Decimal(0)) + Decimal(deal["amount"] or "0")
    assert facts.won_amount == sums
    assert set(sums) == {"USD", "EUR", "BRL", "KZT", "RUB"}
    assert facts.deals_without_owner == sum(not deal["owner"] for deal in deals) > 15
    assert facts.deals_without_amount == sum(not deal["amount"] for deal in deals) > 15
    assert facts.deals_zero_amount == sum(deal["amount"] == "0.00" for deal in deals) > 10
    assert facts.deals_without_source == sum(missing(deal["source"]) for deal in deals) == 50
    assert facts.deals_wrong_source == sum(deal["source"] == "Linked-In ads" for deal in deals) == 6
    early = [deal for deal in deals if deal["closed"] and deal["closed"] < deal["created"]]
    assert facts.deals_closed_before_created == len(early) == 4
    overdue = [deal for deal in is_open if deal["expected"] < today.isoformat()]
    assert facts.open_deals_overdue == len(overdue) == pytest.approx(0.12 * len(is_open), abs=4)
    assert facts.formula_names == sum(deal["name"].startswith("=HYPERLINK(") for deal in deals) == 1
    assert facts.test_deals == sum(deal["name"].lower().startswith("test") for deal in deals) == 3


def test_unreadable_rows(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, _ = case
    header, *rows = exports.lists("deals.csv")
    bad = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(header, row, strict=False))
        try:
            date.fromisoformat(cells["Expected Close"])
            Decimal(cells["Amount"] or "0")
        except (ValueError, ArithmeticError, KeyError) as error:
            bad.append((number, type(error).__name__))
    assert [kind for _, kind in bad] == ["ValueError", "InvalidOperation", "KeyError"]
    assert facts.unreadable_rows == len(bad)


def test_misspelt_products(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, _ = case
    known = {row["Product"] for row in exports.rows("products.csv")}
    assert len(known) == 12
    lines = exports.rows("lines.csv")
    wrong = Counter(line["Product"] for line in lines if line["Product"] not in known)
    assert facts.lines_misspelt == wrong
    assert sum(wrong.values()) == pytest.approx(0.03 * len(lines), abs=3)


def test_leads(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, _ = case
    leads = exports.rows("leads.csv")
    assert facts.leads_without_owner == sum(not lead["Owner ID"] for lead in leads) > 50
    assert facts.leads_without_email == sum(not lead["Email"] for lead in leads) > 30
    assert facts.leads_without_source == sum(missing(lead["Lead Source"]) for lead in leads) > 30
    assert facts.test_leads == sum("test" in lead["Full Name"].lower() or "asdf" in lead["Full Name"] for lead in leads)
    seen: dict[tuple[str, str], datetime] = {}
    doubles = 0
    for lead in sorted(leads, key=lambda lead: (lead["Created"], lead["Lead ID"])):
        key = lead["Email"], lead["Form"]
        created = datetime.fromisoformat(lead["Created"])
        if all(key):
            doubles += key in seen and created - seen[key] <= timedelta(minutes=10)
            seen[key] = created
    assert facts.double_submissions == doubles == 18
    addresses = Counter(lead["Email"] for lead in leads if lead["Email"])
    assert facts.repeated_leads == sum(count - 1 for count in addresses.values()) > doubles + 30


def test_accounts_and_contacts(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, _ = case
    accounts = exports.sheet("Accounts")
    assert facts.accounts_without_owner == sum(not account["Owner ID"] for account in accounts) == 6
    assert facts.accounts_without_industry == sum(missing(account["Industry"]) for account in accounts) == 18
    usual = {"United States", "Spain", "Brazil", "Kazakhstan"}
    odd = Counter(account["Country"] for account in accounts if account["Country"] not in usual)
    assert facts.countries_repairable | facts.countries_wrong == odd
    assert set(facts.countries_repairable) == {"USA", "U.S.", "España", "Brasil", "Казахстан"}
    assert sum(facts.countries_wrong.values()) == 6
    contacts = exports.rows("contacts.csv")
    empty = [contact["Email"] for contact in contacts] + [
        row["Эл. почта"] for row in exports.rows("Контакты Алматы.csv")
    ]
    assert facts.contacts_without_email == empty.count("") > 20


def test_a_currency_lacks_rates_in_the_first_months(case: tuple[Exports, ExpectedDirt, date]) -> None:
    exports, facts, _ = case
    first: dict[str, str] = {}
    for rate in exports.rows("fx_rates.csv"):
        first.setdefault(rate["From"], rate["Date"])
    assert min(first.values()) < first["KZT"]
    early = [
        deal for deal in all_deals(exports)
        if deal["stage"] == "Closed Won" and deal["closed"][:10] < first.get(deal["currency"], "")
    ]  # fmt: skip
    assert facts.won_deals_without_rate == len(early) > 0
