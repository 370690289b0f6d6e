"""Deals with their histories, lines and quotes, leads and goals of the demo organisation."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.facts import OPEN_STAGES, WON
from connector.sandbox.company.leads import Lead
from connector.sandbox.company.people import Owner
from connector.sandbox.company.targets import Goal
from connector.sandbox.hubspot.filling import Filling, History, iso_day, moment, money, noon
from connector.sandbox.hubspot.filling_people import IBERIA, LEAD_PIPELINE, LEAD_STAGES, stage_id, user_number
from connector.sandbox.hubspot.kinds import ROLES

FORECASTS = {
    "Qualification": "PIPELINE", "Discovery": "PIPELINE", "Demo": "PIPELINE", "Proposal": "BEST_CASE",
    "Negotiation": "COMMIT", "Closed Won": "CLOSED", "Closed Lost": "OMIT", "Disqualified": "OMIT",
}  # fmt: skip
QUOTED_FROM = 3
"""Place of the first open stage in which a deal has been quoted."""


def add_deals(filling: Filling) -> None:
    """Add the deals with the histories of stage, amount, owner and close date."""
    for place, deal in enumerate(sorted(filling.world.deals, key=lambda one: one.created_at)):
        histories = _histories(filling, deal) if deal.is_logged else {}
        deal_id = filling.add("deals", deal.id, _deal(filling, deal), (deal.created_at, deal.updated_at), histories)
        company = filling.ids["companies", deal.account.id]
        filling.link("deals", deal_id, "companies", company, primary=True)
        _add_roles(filling, deal, deal_id, place)
        _add_lines(filling, deal, deal_id)


def _add_roles(filling: Filling, deal: Deal, deal_id: str, place: int) -> None:
    """Link the deal's contact, and in every third deal a colleague with a part of their own."""
    if deal.contact is None:
        return
    roles = tuple(ROLES.values())
    filling.link("deals", deal_id, "contacts", filling.ids["contacts", deal.contact.id], roles[0])
    others = [contact for contact in deal.account.contacts if contact is not deal.contact]
    if others and place % 3 == 0:
        more = (roles[1 + place % 2],) if place % 2 else ()
        filling.link("deals", deal_id, "contacts", filling.ids["contacts", others[place % len(others)].id], *more)


def _deal(filling: Filling, deal: Deal) -> dict[str, str]:
    spanish, closed = deal.is_spanish, deal.closed_at or noon(deal.expected_close)
    competitors = ";".join(name.lower().replace(" ", "_") for name in (deal.competitor,) if name)
    return {
        "dealname": deal.name,
        "amount": money(deal.amount),
        "dealstage": stage_id(deal.stage, spanish=spanish),
        "pipeline": IBERIA if spanish else "default",
        "closedate": moment(closed if not deal.is_open else noon(deal.expected_close)),
        "dealtype": "newbusiness" if deal.type == "New Business" else "existingbusiness",
        "deal_currency_code": deal.currency,
        "hubspot_owner_id": filling.owner(deal.owner),
        "hs_deal_stage_probability": f"{deal.probability / 100:g}",
        "hs_is_closed": "false" if deal.is_open else "true",
        "hs_is_closed_won": "true" if deal.stage is WON else "false",
        "closed_lost_reason": deal.loss_reason,
        "hs_analytics_source": deal.source,
        "hs_campaign": filling.ids.get(("campaigns", deal.campaign_id), ""),
        "hs_manual_forecast_category": FORECASTS[deal.stage.name],
        "procurement": deal.procurement.lower(),
        "contract_months": deal.months,
        "competitors": competitors,
        "fit_score": str(deal.score) if deal.score is not None else "",
        "go_live_on": iso_day(deal.expected_close + timedelta(days=30)) if deal.stage is WON else "",
        "id": deal.id,
        "archived": "no" if deal.is_open else "",
        "proposta__r": money(deal.amount) if deal.currency == "BRL" else "",
    }


def _histories(filling: Filling, deal: Deal) -> dict[str, History]:
    visits, spanish = deal.visits, deal.is_spanish
    amounts: list[tuple[datetime, str, Owner | None]] = []
    owners: list[tuple[datetime, str, Owner | None]] = []
    for visit in visits:
        amount, owner = money(visit.amount), filling.owner(visit.owner)
        if (amounts and amounts[-1][1] != amount) or (not amounts and amount):
            amounts.append((visit.entered_at, amount, visit.owner))
        if (owners and owners[-1][1] != owner) or (not owners and owner):
            owners.append((visit.entered_at, owner, visit.owner))
    stages = [(visit.entered_at, stage_id(visit.stage, spanish=spanish), visit.owner) for visit in visits]
    found: dict[str, History] = {"dealstage": stages}
    # A value that was written over after the log ended wins: the history must end with what the deal holds.
    if amounts and amounts[-1][1] == money(deal.amount):
        found["amount"] = amounts
    if owners and owners[-1][1] == filling.owner(deal.owner):
        found["hubspot_owner_id"] = owners
    return found


def _add_lines(filling: Filling, deal: Deal, deal_id: str) -> None:
    lines = []
    for place, line in enumerate(deal.lines):
        values = {
            "name": line.product_name,
            "hs_sku": line.product.sku,
            "hs_product_id": filling.ids["products", line.product.sku],
            "quantity": str(line.quantity),
            "price": money(line.unit_price),
            "amount": money(line.amount),
            "discount": money(line.discount),
            "hs_line_item_currency_code": deal.currency,
            "hs_cost_of_goods_sold": money(line.cost),
        }
        created = deal.created_at + timedelta(seconds=place)
        line_id = filling.add("line_items", f"{deal.id}/{place}", values, (created, created))
        filling.link("deals", deal_id, "line_items", line_id)
        lines.append(line_id)
    if lines and any(visit.stage in (*OPEN_STAGES[QUOTED_FROM:], WON) for visit in deal.visits):
        _add_quote(filling, deal, deal_id, lines)


def _add_quote(filling: Filling, deal: Deal, deal_id: str, lines: list[str]) -> None:
    quoted = next(visit.entered_at for visit in deal.visits if visit.stage in (*OPEN_STAGES[QUOTED_FROM:], WON))
    won = deal.stage is WON
    values = {
        "hs_title": f"{deal.name} offer",
        "hs_quote_number": f"{quoted:%Y%m%d}-{filling.ids['deals', deal.id][-6:]}",
        "hs_status": "SIGNED" if won else "APPROVAL_NOT_NEEDED",
        "hs_quote_amount": money(sum(line.amount for line in deal.lines)),
        "hs_currency": deal.currency,
        "hs_expiration_date": moment(quoted + timedelta(days=30)),
        "hubspot_owner_id": filling.owner(deal.owner),
        "hs_esign_date": moment(deal.closed_at) if won else "",
    }
    end = deal.closed_at if won and deal.closed_at is not None else quoted
    quote_id = filling.add("quotes", deal.id, values, (quoted, end))
    filling.link("quotes", quote_id, "deals", deal_id)
    for line_id in lines:
        filling.link("quotes", quote_id, "line_items", line_id)
    filling.link("quotes", quote_id, "companies", filling.ids["companies", deal.account.id])
    if deal.contact is not None:
        filling.link("quotes", quote_id, "contacts", filling.ids["contacts", deal.contact.id])


def add_leads(filling: Filling) -> None:
    """Add the leads; people who are nobody's contact yet become contacts, once per address."""
    known: dict[str, str] = {}
    for lead in sorted(filling.world.leads, key=lambda one: one.created_at):
        contact = filling.ids["contacts", lead.contact.id] if lead.contact is not None else known.get(lead.email, "")
        if not contact:
            contact = _enquirer(filling, lead)
            if lead.email:
                known[lead.email] = contact
        lead_id = filling.add(
            "leads", lead.id, _lead(filling, lead, contact), (lead.created_at, lead.updated_at), _lead_history(lead)
        )
        filling.link("leads", lead_id, "contacts", contact, primary=True)
        if lead.account is not None:
            filling.link("leads", lead_id, "companies", filling.ids["companies", lead.account.id])
        if lead.deal is not None and ("deals", lead.deal.id) in filling.ids:
            filling.link("leads", lead_id, "deals", filling.ids["deals", lead.deal.id])


def _enquirer(filling: Filling, lead: Lead) -> str:
    first, _, last = lead.name.partition(" ")
    values = {
        "firstname": first,
        "lastname": last,
        "email": lead.email,
        "phone": lead.phone,
        "company": lead.company,
        "lifecyclestage": "lead",
        "country": lead.team.country.name,
        "hubspot_owner_id": filling.owner(lead.owner),
        "hs_analytics_source": lead.source,
    }
    return filling.add("contacts", f"lead {lead.id}", values, (lead.created_at, lead.created_at))


def _lead(filling: Filling, lead: Lead, contact: str) -> dict[str, str]:
    return {
        "hs_lead_name": lead.name,
        "hs_lead_type": "NEW_BUSINESS",
        "hs_lead_label": "HOT" if lead.score > 70 else "WARM" if lead.score > 40 else "COLD",
        "hs_pipeline": LEAD_PIPELINE,
        "hs_pipeline_stage": LEAD_STAGES[lead.status][0],
        "hubspot_owner_id": filling.owner(lead.owner),
        "hs_lead_source": lead.source,
        "hs_lead_disqualification_reason": lead.reason,
        "hs_primary_contact_id": contact,
        "hs_primary_company_id": filling.ids["companies", lead.account.id] if lead.account is not None else "",
        "hs_contact_email": lead.email,
        "hs_lead_is_open": "false" if LEAD_STAGES[lead.status][2] else "true",
        "form": lead.form,
        "interest": lead.product,
        "score": str(lead.score),
    }


def _lead_history(lead: Lead) -> dict[str, History]:
    steps = [
        ("New", lead.created_at),
        ("Contacted", lead.first_action_at),
        ("Qualified", lead.qualified_at),
        ("Unqualified", lead.disqualified_at),
        ("Converted", lead.converted_at),
    ]
    passed = [(at, LEAD_STAGES[status][0], lead.owner) for status, at in steps if at is not None]
    passed.sort(key=lambda step: step[0])
    return {"hs_pipeline_stage": passed} if passed[-1][1] == LEAD_STAGES[lead.status][0] else {}


def add_goals(filling: Filling) -> None:
    """Add the monthly quota of each rep and the goals of teams and company, which stand under a manager's name."""
    boss = filling.world.staff.managers[0]
    for rep, row in filling.world.quotas:
        for month, target in row.items():
            if target is not None:
                end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
                _add_goal(filling, Goal(f"{rep.id}/{month}", "total_sales", "owner", rep.name, month, end, target), rep)
    for goal in filling.world.goals:
        _add_goal(filling, goal, boss)


def _add_goal(filling: Filling, goal: Goal, owner: Owner) -> None:
    first = datetime.combine(filling.world.clock.start, time(8), ZONE)
    values = {
        "metric": goal.metric,
        "scope_name": goal.scope_id or goal.scope,
        "hs_goal_name": f"{goal.metric} {goal.scope_id or goal.scope} {goal.start:%Y-%m}",
        "hs_target_amount": f"{goal.target:g}" if goal.target < 1 else str(round(goal.target)),
        "hs_start_datetime": moment(datetime.combine(goal.start, time(0), ZONE)),
        "hs_end_datetime": moment(datetime.combine(goal.end, time(23, 59, 59), ZONE)),
        "hs_assignee_user_id": user_number(filling, owner),
        "hs_created_by_user_id": user_number(filling, filling.world.staff.managers[0]),
        "hs_goal_type": "revenue" if goal.metric == "total_sales" else "deals",
    }
    filling.add("goal_targets", goal.id, values, (first, first))
