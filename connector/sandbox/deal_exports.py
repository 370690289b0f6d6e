"""Exports about selling: deals of two systems, their stage log and lines, enquiries, activities."""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.company.deals import Deal
from connector.sandbox.company.facts import DEAL_TYPES, LOSS_REASONS, LOST, PROCUREMENT, SOURCES, WON
from connector.sandbox.company.people import Owner
from connector.sandbox.company.world import World
from connector.sandbox.dialects import american, dollars, euros, iso, plain_utc, spanish, spanish_day

DEAL_COLUMNS = (
    "Opportunity ID", "Opportunity Name", "Account ID", "Contact ID", "Owner ID", "Stage", "Amount", "Currency",
    "Probability (%)", "Score", "Lead Source", "Campaign ID", "Type", "Territory", "Procurement", "Contract Months",
    "Expected Close", "Created Date", "Closed Date", "Loss Reason", "Competitor", "Last Modified",
)  # fmt: skip
BROKEN_DEALS = {
    400: ["0069000001", "Boiler monitoring - import error", "A1001", "", "U201", "Proposal", "8200.00", "USD", "60",
          "55", "Website", "", "New Business", "East", "Direct", "12", "2026-02-30", "2025-11-03T15:00:00Z", "", "", "",
          "2025-11-03T15:00:00Z"],
    800: ["0069000002", "Pump retrofit - typed by hand", "A1002", "", "U202", "Demo", "twelve thousand", "USD", "40",
          "41", "Referral", "", "Upsell", "East", "Direct", "12", "2026-12-15", "2025-12-01T15:00:00Z", "", "", "",
          "2025-12-01T15:00:00Z"],
    1000: ["0069000003", "Cold chain pilot - the line ends he"],
}  # fmt: skip
"""Rows nobody can read, by the place in the file before which they stand: a day that does not exist, an amount in
words, and a line that breaks off."""


def deal_rows(world: World) -> Iterator[list[str]]:
    """Yield the deals of the main system, the unreadable rows between them."""
    deals = [deal for deal in world.deals if not deal.is_spanish]
    for place, deal in enumerate(deals):
        if place in BROKEN_DEALS:
            yield BROKEN_DEALS[place]
        yield [
            deal.id, deal.name, deal.account.id, deal.contact.id if deal.contact else "", _id(deal.owner),
            deal.stage.name, dollars(deal.amount), deal.currency, str(deal.probability),
            "" if deal.score is None else str(deal.score), deal.source, deal.campaign_id, deal.type,
            deal.account.team.name, deal.procurement, deal.months,
            deal.expected_close.isoformat(), iso(deal.created_at), iso(deal.closed_at), deal.loss_reason,
            deal.competitor, iso(deal.updated_at),
        ]  # fmt: skip


SPANISH_DEAL_COLUMNS = (
    "Código", "Negocio", "Empresa", "Responsable", "Etapa", "Estado", "Importe", "Moneda", "Probabilidad", "Origen",
    "Campaña", "Tipo", "Modalidad de compra", "Meses", "Cierre previsto", "Fecha de creación", "Fecha de cierre",
    "Motivo de pérdida", "Competidor", "Última modificación",
)  # fmt: skip
_SPANISH_SOURCES = {source.name: source.spanish for source in SOURCES}


def spanish_deal_rows(world: World) -> Iterator[list[str]]:
    """Yield the deals of the Madrid office: names instead of ids, Spanish words, decimal commas, days first."""
    for deal in world.deals:
        if deal.is_spanish:
            yield [
                deal.id, deal.name, deal.account.name, deal.owner.name if deal.owner else "", deal.stage.spanish,
                _spanish_status(deal), euros(deal.amount), deal.currency, f"{deal.probability}%",
                _SPANISH_SOURCES.get(deal.source, deal.source), deal.campaign_id, DEAL_TYPES[deal.type],
                PROCUREMENT[deal.procurement], deal.months, spanish_day(deal.expected_close),
                spanish_day(deal.created_at), spanish_day(deal.closed_at), LOSS_REASONS.get(deal.loss_reason, ""),
                deal.competitor, spanish(deal.updated_at),
            ]  # fmt: skip


def _spanish_status(deal: Deal) -> str:
    if deal.is_open:
        return "Abierto"
    return {WON.name: "Ganado", LOST.name: "Perdido"}.get(deal.stage.name, "Descartado")


STAGE_EVENT_COLUMNS = ("Event ID", "Opportunity ID", "From Stage", "To Stage", "Changed At", "Changed By", "Amount")


def stage_event_rows(world: World) -> Iterator[list[str]]:
    """Yield the stage log of both systems, in order of time."""
    events = [
        (visit.entered_at, deal.id, deal.visits[place - 1].stage.name if place else "", visit)
        for deal in world.deals
        if deal.is_logged
        for place, visit in enumerate(deal.visits)
    ]
    events.sort(key=lambda event: event[:2])
    for moment, deal_id, before, visit in events:
        number = f"{deal_id}-{moment:%y%m%d%H%M%S}"
        yield [number, deal_id, before, visit.stage.name, iso(moment), _id(visit.owner), dollars(visit.amount)]


LINE_COLUMNS = ("Line ID", "Opportunity ID", "Product", "Quantity", "Unit Price", "Discount", "Line Total", "Line Cost")


def line_rows(world: World) -> Iterator[list[str]]:
    """Yield the product lines; money is in the currency of the deal."""
    for deal in world.deals:
        for place, line in enumerate(deal.lines):
            yield [
                f"{deal.id}-{place + 1}", deal.id, line.product_name, str(line.quantity), dollars(line.unit_price),
                dollars(line.discount), dollars(line.amount), dollars(line.cost),
            ]  # fmt: skip


LEAD_COLUMNS = (
    "Lead ID", "Full Name", "Company", "Email", "Phone", "Lead Source", "Campaign ID", "Form", "Status", "Score",
    "Product Interest", "Owner ID", "Created", "Assigned", "First Contacted", "Qualified", "Disqualified",
    "Disqualification Reason", "Converted", "Converted Opportunity ID", "Converted Account ID", "Converted Contact ID",
    "Last Modified",
)  # fmt: skip


def lead_rows(world: World) -> Iterator[list[str]]:
    """Yield the leads; times are UTC but do not say so."""
    for lead in world.leads:
        yield [
            lead.id, lead.name, lead.company, lead.email, lead.phone, lead.source, lead.campaign_id, lead.form,
            lead.status, str(lead.score), lead.product, _id(lead.owner), plain_utc(lead.created_at),
            plain_utc(lead.assigned_at), plain_utc(lead.first_action_at), plain_utc(lead.qualified_at),
            plain_utc(lead.disqualified_at), lead.reason, plain_utc(lead.converted_at),
            lead.deal.id if lead.deal else "", lead.account.id if lead.account else "",
            lead.contact.id if lead.contact else "", plain_utc(lead.updated_at),
        ]  # fmt: skip


ACTIVITY_COLUMNS = (
    "Activity ID", "Type", "Direction", "Subject", "Assigned To", "Opportunity ID", "Lead ID", "Account ID",
    "Contact ID", "Due", "Completed", "Status", "Outcome", "Duration (s)",
)  # fmt: skip


def activity_rows(world: World) -> Iterator[list[str]]:
    """Yield the activities; times are those of New York, month first."""
    for activity in world.activities:
        yield [
            activity.id, activity.type, activity.direction, activity.subject, _id(activity.owner), activity.deal_id,
            activity.lead_id, activity.account_id, activity.contact_id, american(activity.due_at),
            american(activity.done_at), activity.status, activity.outcome,
            "" if activity.seconds is None else str(activity.seconds),
        ]  # fmt: skip


def _id(owner: Owner | None) -> str:
    return owner.id if owner is not None else ""
