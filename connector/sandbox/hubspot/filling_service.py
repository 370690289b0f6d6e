"""Activities, tickets, survey answers, campaigns and lists of the demo organisation."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from connector.sandbox.company.activities import Activity
from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.service import Ticket
from connector.sandbox.hubspot.filling import Filling, History, moment
from connector.sandbox.hubspot.filling_people import TICKET_STAGES
from connector.sandbox.hubspot.kinds import CAMPAIGNS, LISTS

KINDS = {
    "Call": "calls", "Email": "emails", "Meeting": "meetings", "Site visit": "meetings", "Task": "tasks",
    "Note": "notes",
}  # fmt: skip
CALL_OUTCOMES = {
    "Connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "No answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "Left voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "": "",
}
PRIORITIES = {"Low": "LOW", "Normal": "MEDIUM", "High": "HIGH", "Urgent": "URGENT"}
CHANNELS = {"Email": "EMAIL", "Web": "FORM", "Phone": "PHONE", "Chat": "CHAT"}


def add_activities(filling: Filling) -> None:
    """Add calls, e-mails, meetings, tasks and notes with their links."""
    latest = filling.world.as_of
    for activity in filling.world.activities:
        kind = KINDS[activity.type]
        created = min(activity.done_at or activity.due_at - timedelta(days=14), latest)
        own = filling.add(kind, activity.id, _activity(filling, activity, kind), (created, created))
        for to_kind, to_id in (
            ("deals", activity.deal_id),
            ("companies", activity.account_id),
            ("contacts", activity.contact_id),
            ("leads", activity.lead_id),
        ):
            filling.link(kind, own, to_kind, filling.ids.get((to_kind, to_id), ""))


def _activity(filling: Filling, activity: Activity, kind: str) -> dict[str, str]:
    shared = {"hs_timestamp": moment(activity.due_at), "hubspot_owner_id": filling.owner(activity.owner)}
    if kind == "calls":
        seconds = activity.seconds
        return shared | {
            "hs_call_title": activity.subject,
            "hs_call_direction": activity.direction.upper(),
            "hs_call_disposition": CALL_OUTCOMES.get(activity.outcome, ""),
            "hs_call_duration": str(seconds * 1000) if seconds is not None else "",
            "hs_call_status": "COMPLETED" if activity.done_at else "SCHEDULED",
        }
    if kind == "emails":
        inbound = activity.direction == "Inbound"
        return shared | {
            "hs_email_subject": activity.subject,
            "hs_email_direction": "INCOMING_EMAIL" if inbound else "EMAIL",
            "hs_email_status": "SENT",
        }
    if kind == "meetings":
        return shared | _meeting(activity)
    if kind == "tasks":
        return shared | {
            "hs_task_subject": activity.subject,
            "hs_task_status": "COMPLETED" if activity.done_at else "NOT_STARTED",
            "hs_task_type": "TODO",
            "hs_task_completion_date": moment(activity.done_at),
        }
    return shared | {"hs_note_body": f"<p>{activity.subject}</p>"}


def _meeting(activity: Activity) -> dict[str, str]:
    outcomes = {"Held": "COMPLETED", "No-show": "NO_SHOW", "Moved": "RESCHEDULED", "": ""}
    length = timedelta(seconds=activity.seconds or 1800)
    return {
        "hs_meeting_title": activity.subject,
        "hs_meeting_outcome": outcomes.get(activity.outcome, "SCHEDULED") if activity.done_at else "SCHEDULED",
        "hs_meeting_start_time": moment(activity.due_at),
        "hs_meeting_end_time": moment(activity.due_at + length),
        "hs_meeting_location": "On site" if activity.type == "Site visit" else "",
        "hs_activity_type": activity.type,
    }


def add_tickets(filling: Filling) -> None:
    """Add the tickets with the history of their status."""
    for ticket in filling.world.tickets:
        last = ticket.closed_at or ticket.solved_at or ticket.responded_at or ticket.opened_at
        own = filling.add("tickets", ticket.id, _ticket(filling, ticket), (ticket.opened_at, last), _steps(ticket))
        filling.link("tickets", own, "contacts", filling.ids["contacts", ticket.contact.id])
        filling.link("tickets", own, "companies", filling.ids["companies", ticket.account.id], primary=True)


def _ticket(filling: Filling, ticket: Ticket) -> dict[str, str]:
    return {
        "subject": ticket.subject,
        "content": f"{ticket.topic}: {ticket.subject}",
        "hs_pipeline": "0",
        "hs_pipeline_stage": str(TICKET_STAGES.index(ticket.status) + 1),
        "hs_ticket_priority": PRIORITIES[ticket.priority],
        "hs_ticket_category": ticket.topic,
        "source_type": CHANNELS[ticket.channel],
        "hubspot_owner_id": filling.owner(ticket.agent),
        "closed_date": moment(ticket.closed_at),
        "first_agent_reply_date": moment(ticket.responded_at),
        "hs_is_closed": "true" if ticket.closed_at else "false",
        "satisfaction": str(ticket.satisfaction) if ticket.satisfaction is not None else "",
        "promised_until": moment(ticket.due_at),
    }


def _steps(ticket: Ticket) -> dict[str, History]:
    steps: list[tuple[datetime | None, str]] = [(ticket.opened_at, "1")]
    if ticket.responded_at is not None:
        early = ticket.status if ticket.solved_at is None else "In progress"
        steps.append((ticket.responded_at, str(TICKET_STAGES.index(early) + 1)))
    steps += [(ticket.solved_at, "4"), (ticket.closed_at, "5")]
    return {"hs_pipeline_stage": [(at, stage, ticket.agent) for at, stage in steps if at is not None]}


def add_answers(filling: Filling) -> None:
    """Add the survey answers."""
    for answer in filling.world.answers:
        nps = answer.kind == "nps"
        groups = ("DETRACTOR", "PASSIVE", "PROMOTER")
        group = (
            groups[(answer.score > 6) + (answer.score > 8)] if nps else groups[(answer.score > 2) + (answer.score > 3)]
        )
        values = {
            "hs_survey_type": "NPS" if nps else "CSAT",
            "hs_survey_name": "Customer loyalty" if nps else "Ticket satisfaction",
            "hs_value": str(answer.score),
            "hs_submission_timestamp": moment(answer.answered_at),
            "hs_contact_email_rollup": answer.contact.email,
            "hs_response_group": group,
            "hs_survey_channel": "EMAIL",
        }
        own = filling.add("feedback_submissions", answer.id, values, (answer.answered_at, answer.answered_at))
        filling.link("feedback_submissions", own, "contacts", filling.ids["contacts", answer.contact.id])
        filling.link("feedback_submissions", own, "tickets", filling.ids.get(("tickets", answer.ticket_id), ""))


def add_campaigns(filling: Filling) -> None:
    """Add the campaigns; their ids are GUIDs."""
    rates = {cost.currency: filling.dollars(cost.currency) for cost in filling.world.costs}
    for place, campaign in enumerate(filling.world.campaigns):
        created = datetime.combine(campaign.start, time(8), ZONE) - timedelta(days=10)
        own = [cost for cost in filling.world.costs if cost.campaign is campaign]
        spent = sum(cost.amount / 100 * rates[cost.currency] for cost in own)
        values = {
            "hs_name": campaign.name,
            "hs_start_date": campaign.start.isoformat(),
            "hs_end_date": campaign.end.isoformat(),
            "hs_currency_code": "USD",
            "hs_campaign_status": "completed" if campaign.end < filling.world.clock.today else "in_progress",
            "hs_budget_items_sum_amount": str(campaign.budget),
            "hs_spend_items_sum_amount": f"{spent:.2f}",
            "hs_notes": campaign.type,
        }
        number = str(UUID(int=(0x84F199FA << 96) + (place + 1) * 7919, version=4))
        filling.crm.create(CAMPAIGNS, values, at=created, record_id=number)
        filling.ids[CAMPAIGNS, campaign.id] = number


def add_lists(filling: Filling) -> None:
    """Add four lists of contacts and companies."""
    contacts = [record.id for record in filling.crm.shelves["contacts"].live()]
    companies = [record.id for record in filling.crm.shelves["companies"].live()]
    created = datetime.combine(filling.world.clock.start, time(10), ZONE)
    for place, (name, kind, members, how) in enumerate(
        (
            ("Newsletter", "0-1", contacts[::4], "DYNAMIC"),
            ("Trade show 2025", "0-1", contacts[3::17], "SNAPSHOT"),
            ("Key accounts", "0-2", companies[::9], "MANUAL"),
            ("Nobody", "0-1", [], "MANUAL"),
        )
    ):
        values = {
            "name": name,
            "object_type_id": kind,
            "processing_type": how,
            "size": str(len(members)),
            "members": ";".join(members),
        }
        filling.crm.create(LISTS, values, at=created + timedelta(days=place * 40))
