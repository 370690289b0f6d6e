"""What happens after the sale: support tickets and answers to surveys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.company.clock import BusyDays, Clock, at_work
from connector.sandbox.company.customers import Account, Contact
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.facts import WON
from connector.sandbox.company.people import Owner, Staff
from connector.sandbox.company.pools import TICKET_TOPICS

TICKETS = 700
ANSWERS = 400
PRIORITIES = (("Low", 0.3, 72), ("Normal", 0.48, 48), ("High", 0.17, 24), ("Urgent", 0.05, 8))
"""Priority, share, hours until the promised solution."""


@dataclass(slots=True)
class Ticket:
    """One support request."""

    id: str
    account: Account
    contact: Contact
    agent: Owner | None
    topic: str
    subject: str
    channel: str
    priority: str
    status: str
    opened_at: datetime
    due_at: datetime
    responded_at: datetime | None = None
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    satisfaction: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a survey; ``score`` is 0..10 for nps and 1..5 for csat."""

    id: str
    kind: str
    account: Account
    contact: Contact
    ticket_id: str
    owner: Owner | None
    score: int
    sent_at: datetime
    answered_at: datetime


def help_customers(rng: Random, clock: Clock, staff: Staff, deals: list[Deal]) -> list[Ticket]:
    """Make the tickets of accounts that have bought, in order of opening."""
    bought = [(deal.closed_at, deal.account) for deal in deals if deal.stage is WON and deal.closed_at is not None]
    busy = BusyDays(clock)
    tickets: list[Ticket] = []
    while len(tickets) < TICKETS:
        closed_at, account = rng.choice(bought)
        opened = at_work(rng, busy.draw(rng), account.team.zone)
        if closed_at < opened < clock.cut - timedelta(minutes=30):
            tickets.append(_ticket(rng, clock, staff, account, opened))
    tickets.sort(key=lambda ticket: ticket.opened_at)
    for number, ticket in enumerate(tickets):
        ticket.id = str(41_001 + number)
    return tickets


def _ticket(rng: Random, clock: Clock, staff: Staff, account: Account, opened: datetime) -> Ticket:
    topic = rng.choice(tuple(TICKET_TOPICS))
    priority, _, hours = rng.choices(PRIORITIES, [priority[1] for priority in PRIORITIES])[0]
    ticket = Ticket(
        id="",
        account=account,
        contact=rng.choice(account.contacts),
        agent=rng.choice(staff.agents),
        topic=topic,
        subject=rng.choice(TICKET_TOPICS[topic]),
        channel=rng.choices(("Email", "Web", "Phone", "Chat"), (0.45, 0.27, 0.18, 0.1))[0],
        priority=priority,
        status="New",
        opened_at=opened,
        due_at=opened + timedelta(hours=hours),
    )
    responded = opened + timedelta(minutes=int(rng.lognormvariate(4.2, 1.0)) + 1)
    solved = responded + timedelta(hours=hours * rng.lognormvariate(-0.9, 0.8))
    closed = solved + timedelta(days=rng.choice((0.1, 1, 4)))
    if responded < clock.cut:
        ticket.status, ticket.responded_at = rng.choice(("In progress", "Waiting for customer")), responded
    if solved < clock.cut:
        ticket.status, ticket.solved_at = "Solved", solved.replace(microsecond=0)
    if closed < clock.cut:
        ticket.status, ticket.closed_at = "Closed", closed.replace(microsecond=0)
    return ticket


def ask(rng: Random, clock: Clock, deals: list[Deal], tickets: list[Ticket]) -> list[Answer]:
    """Make the survey answers: csat after some tickets, nps some time after a purchase."""
    found: list[tuple[datetime, str, Account, Contact, str, Owner | None, int]] = []
    closed = [ticket for ticket in tickets if ticket.closed_at is not None]
    for ticket in rng.sample(closed, min(len(closed), ANSWERS * 5 // 8)):
        late = ticket.solved_at is not None and ticket.solved_at > ticket.due_at
        ticket.satisfaction = rng.choices((1, 2, 3, 4, 5), (9, 10, 18, 34, 29) if late else (2, 4, 12, 38, 44))[0]
        sent = ticket.closed_at or ticket.opened_at
        found.append((sent, "csat", ticket.account, ticket.contact, ticket.id, ticket.agent, ticket.satisfaction))
    bought = [deal for deal in deals if deal.stage is WON and deal.closed_at is not None]
    while len(found) < ANSWERS:
        deal = rng.choice(bought)
        sent = (deal.closed_at or deal.created_at) + timedelta(days=rng.randrange(20, 400))
        if sent < clock.cut - timedelta(days=1):
            score = rng.choices(range(11), (1, 1, 1, 2, 3, 6, 9, 16, 24, 22, 15))[0]
            contact = deal.contact or rng.choice(deal.account.contacts)
            found.append((sent, "nps", deal.account, contact, "", deal.owner, score))
    found.sort(key=lambda entry: entry[0])
    answers: list[Answer] = []
    for number, (sent, kind, account, contact, ticket_id, owner, score) in enumerate(found):
        answered = min(sent + timedelta(hours=rng.randrange(1, 60)), clock.cut - timedelta(minutes=1))
        number_text = f"R{6001 + number}"
        answers.append(Answer(number_text, kind, account, contact, ticket_id, owner, score, sent, max(sent, answered)))
    return answers
