"""Calls, e-mails, meetings, visits and tasks around deals and leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.company.clock import Clock, at_work
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.leads import Lead
from connector.sandbox.company.people import Owner

PER_DEAL = 5.2
"""Mean number of done activities of a deal."""
CALLED_LEADS = 0.42
"""Share of the contacted leads whose first call or e-mail was logged."""
WITH_NEXT_STEP = 0.68
"""Share of the open deals that have something planned."""
OUTCOMES = {
    "Call": (("Connected", 0.46), ("No answer", 0.27), ("Left voicemail", 0.16), ("", 0.11)),
    "Email": (("Replied", 0.31), ("No reply", 0.52), ("", 0.17)),
    "Meeting": (("Held", 0.79), ("No-show", 0.09), ("Moved", 0.07), ("", 0.05)),
    "Site visit": (("Held", 0.88), ("", 0.12)),
    "Task": (("Done", 0.8), ("", 0.2)),
    "Note": (("", 1.0),),
}
TYPES = {"Call": 0.38, "Email": 0.36, "Meeting": 0.13, "Site visit": 0.03, "Task": 0.07, "Note": 0.03}


@dataclass(slots=True)
class Activity:
    """One activity. ``due_at`` is the planned time; ``done_at`` is None for planned and cancelled ones."""

    id: str
    type: str
    direction: str
    subject: str
    owner: Owner | None
    deal_id: str
    lead_id: str
    account_id: str
    contact_id: str
    due_at: datetime
    done_at: datetime | None
    status: str
    outcome: str
    seconds: int | None


def keep_busy(rng: Random, clock: Clock, deals: list[Deal], leads: list[Lead]) -> list[Activity]:
    """Make the activities of all deals and leads, in order of their planned time."""
    activities: list[Activity] = []
    for deal in deals:
        activities += _past(rng, clock, deal)
        if deal.is_open and rng.random() < WITH_NEXT_STEP:
            activities.append(_planned(rng, clock, deal))
    for lead in leads:
        if lead.first_action_at is not None and rng.random() < CALLED_LEADS:
            activities.append(_first_touch(rng, lead))
    activities.sort(key=lambda activity: activity.due_at)
    for number, activity in enumerate(activities):
        activity.id = f"T{300_001 + number}"
    return activities


def _past(rng: Random, clock: Clock, deal: Deal) -> list[Activity]:
    end = deal.closed_at or clock.cut
    span = max((end - deal.created_at).days, 1)
    count = max(1, round(rng.gauss(PER_DEAL, 1.8)))
    found: list[Activity] = []
    for _ in range(count):
        day = (deal.created_at + timedelta(days=rng.random() * span)).date()
        due = at_work(rng, day, deal.account.team.zone)
        if deal.created_at < due < end:
            found.append(_done(rng, deal, due))
    return found


def _done(rng: Random, deal: Deal, due: datetime) -> Activity:
    kind = rng.choices(tuple(TYPES), tuple(TYPES.values()))[0]
    outcome = rng.choices(*zip(*OUTCOMES[kind], strict=True))[0]
    cancelled = outcome == "Moved"
    owner = next((visit.owner for visit in reversed(deal.visits) if visit.entered_at <= due), deal.owner)
    return Activity(
        id="",
        type=kind,
        direction="Inbound" if kind in {"Call", "Email"} and rng.random() < 0.22 else "Outbound",
        subject=f"{kind}: {deal.stage.name.lower()}",
        owner=owner,
        deal_id=deal.id,
        lead_id="",
        account_id=deal.account.id,
        contact_id=deal.contact.id if deal.contact is not None else "",
        due_at=due,
        done_at=None if cancelled else due + timedelta(minutes=rng.randrange(0, 4)),
        status="Cancelled" if cancelled else "Completed",
        outcome=outcome,
        seconds=_length(rng, kind, outcome),
    )


def _length(rng: Random, kind: str, outcome: str) -> int | None:
    if kind == "Call":
        return int(rng.lognormvariate(5.4, 0.7)) if outcome == "Connected" else rng.randrange(5, 40)
    if kind in {"Meeting", "Site visit"} and outcome == "Held":
        return rng.choice((1800, 2700, 3600, 5400))
    return None


def _planned(rng: Random, clock: Clock, deal: Deal) -> Activity:
    days = rng.choice((1, 1, 2, 3, 5, 8, 13, 21, -4, -11))
    activity = _done(rng, deal, at_work(rng, clock.today + timedelta(days=days), deal.account.team.zone))
    activity.type = rng.choice(("Call", "Meeting", "Task"))
    activity.subject = f"{activity.type}: next step"
    activity.direction, activity.owner = "Outbound", deal.owner
    activity.done_at, activity.status, activity.outcome, activity.seconds = None, "Planned", "", None
    return activity


def _first_touch(rng: Random, lead: Lead) -> Activity:
    kind = rng.choice(("Call", "Email"))
    outcome = rng.choices(*zip(*OUTCOMES[kind], strict=True))[0]
    touched = lead.first_action_at or lead.created_at
    return Activity(
        id="",
        type=kind,
        direction="Outbound",
        subject=f"{kind}: enquiry",
        owner=lead.owner,
        deal_id="",
        lead_id=lead.id,
        account_id=lead.account.id if lead.account is not None else "",
        contact_id=lead.contact.id if lead.contact is not None else "",
        due_at=touched,
        done_at=touched,
        status="Completed",
        outcome=outcome,
        seconds=_length(rng, kind, outcome),
    )
