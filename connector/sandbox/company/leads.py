"""Enquiries: the ones that became deals, and the many that did not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.company.clock import BusyDays, Clock, any_time, at_work
from connector.sandbox.company.customers import Account, Contact
from connector.sandbox.company.deals import Deal
from connector.sandbox.company.facts import PRODUCTS, SOURCES, TEAMS, Team
from connector.sandbox.company.people import NameDrawer, Owner, Staff
from connector.sandbox.company.pools import COMPANY_STEMS, DISQUALIFIED_REASONS, latin

LEADS = 2540
"""Leads before the doubles are added."""
FROM_LEADS = 0.45
"""Share of the new-business deals that began as a lead."""
FORMS = {
    "Website": ("contact", "quote"),
    "Google Ads": ("quote", "demo"),
    "LinkedIn": ("demo", "guide"),
    "Webinar": ("webinar",),
}
"""Forms of the web site by source; other sources are typed in by hand."""


@dataclass(slots=True)
class Lead:
    """One enquiry as it stands at the export."""

    id: str
    name: str
    company: str
    email: str
    phone: str
    team: Team
    owner: Owner | None
    source: str
    campaign_id: str
    form: str
    product: str
    score: int
    created_at: datetime
    status: str = "New"
    assigned_at: datetime | None = None
    first_action_at: datetime | None = None
    qualified_at: datetime | None = None
    disqualified_at: datetime | None = None
    reason: str = ""
    converted_at: datetime | None = None
    deal: Deal | None = None
    account: Account | None = None
    contact: Contact | None = None

    @property
    def updated_at(self) -> datetime:
        """The last thing that happened to the lead."""
        steps = (self.assigned_at, self.first_action_at, self.qualified_at, self.disqualified_at, self.converted_at)
        return max([self.created_at, *(step for step in steps if step is not None)])


def enquire(rng: Random, clock: Clock, staff: Staff, deals: list[Deal]) -> list[Lead]:
    """Make all leads, in order of creation: first those behind deals, then the others."""
    leads = [
        lead
        for deal in deals
        if deal.type == "New Business" and rng.random() < FROM_LEADS
        for lead in [_behind_deal(rng, deal)]
        if lead is not None
    ]
    busy, names = BusyDays(clock, weekend=0.25), NameDrawer(rng)
    while len(leads) < LEADS:
        created = any_time(rng, busy.draw(rng))
        if created < clock.cut - timedelta(hours=1):
            leads.append(_stranger(rng, clock, staff, names, created))
    leads.sort(key=lambda lead: lead.created_at)
    for number, lead in enumerate(leads):
        lead.id = f"L{20_001 + number}"
        if lead.deal is not None:
            lead.deal.lead_id = lead.id
    return leads


def _behind_deal(rng: Random, deal: Deal) -> Lead | None:
    """Return the lead from which a deal came, a day to four weeks older; None for companies met only just before."""
    account, contact = deal.account, deal.contact
    created = deal.created_at - timedelta(days=rng.uniform(1, 28), seconds=rng.randrange(3600))
    if contact is None or created < account.created_at:
        return None
    lead = Lead(
        id="",
        name=contact.name,
        company=account.name,
        email=contact.email,
        phone=contact.phone,
        team=account.team,
        owner=deal.visits[0].owner,
        source=deal.source,
        campaign_id="",
        form=rng.choice(FORMS.get(deal.source, ("",))),
        product=deal.lines[0].product.name if deal.lines else "",
        score=min(100, round(rng.gauss(72, 12))),
        created_at=created.replace(microsecond=0),
        status="Converted",
        deal=deal,
        account=account,
        contact=contact,
        converted_at=deal.created_at,
    )
    span = deal.created_at - lead.created_at
    lead.assigned_at = lead.created_at + span * 0.05
    lead.first_action_at = lead.created_at + span * rng.uniform(0.06, 0.4)
    lead.qualified_at = lead.created_at + span * rng.uniform(0.5, 0.95)
    return _whole_seconds(lead)


def _stranger(rng: Random, clock: Clock, staff: Staff, names: NameDrawer, created: datetime) -> Lead:
    team = rng.choices(TEAMS, [team.share for team in TEAMS])[0]
    source = rng.choices(SOURCES, [source.weight for source in SOURCES])[0]
    name = names.draw_full(team.country)
    first, last = (latin(part) for part in name.split(" ", 1))
    company = (
        f"{rng.choice(COMPANY_STEMS[team.country.code])} {rng.choice(('Works', 'Lab', 'Group', 'Plant', 'Studio'))}"
    )
    lead = Lead(
        id="",
        name=name,
        company=company,
        email=f"{first}.{last}@{latin(company)}.example",
        phone=f"{team.country.phone}{rng.randrange(10, 100)}",
        team=team,
        owner=rng.choice(staff.reps_of(team, created.date())),
        source=source.name,
        campaign_id="",
        form=rng.choice(FORMS.get(source.name, ("",))),
        product=rng.choice(PRODUCTS).name if rng.random() < 0.7 else "",
        score=max(1, min(100, round(rng.gauss(44, 18)))),
        created_at=created,
    )
    _work(rng, clock, lead)
    return _whole_seconds(lead)


def _work(rng: Random, clock: Clock, lead: Lead) -> None:
    """Let a lead that does not convert grow old: assigned, called, qualified or dropped, as far as the cut."""

    def reached(moment: datetime) -> bool:
        return moment < clock.cut

    assigned = lead.created_at + timedelta(minutes=rng.randrange(5, 900))
    called = at_work(rng, (assigned + timedelta(days=rng.choice((1, 1, 1, 2, 3, 6)))).date(), lead.team.zone)
    decided = at_work(rng, (called + timedelta(days=rng.randrange(2, 30))).date(), lead.team.zone)
    if not reached(assigned):
        return
    lead.assigned_at = assigned
    if not reached(called) or rng.random() < 0.06:
        return
    lead.status, lead.first_action_at = "Contacted", called
    if not reached(decided) or rng.random() < 0.05:
        return
    if rng.random() < 0.14:
        lead.status, lead.qualified_at = "Qualified", decided
    else:
        lead.status, lead.disqualified_at, lead.reason = "Unqualified", decided, rng.choice(DISQUALIFIED_REASONS)


def _whole_seconds(lead: Lead) -> Lead:
    for name in ("assigned_at", "first_action_at", "qualified_at"):
        moment = getattr(lead, name)
        if moment is not None:
            setattr(lead, name, moment.replace(microsecond=0))
    return lead


def sent_twice(lead: Lead, number: str, minutes: int) -> Lead:
    """Return the double of a lead whose form was sent again after some minutes; nobody has touched it."""
    return _again(lead, number, lead.created_at + timedelta(minutes=minutes, seconds=11))


def came_again(lead: Lead, number: str, created: datetime, form: str) -> Lead:
    """Return a second lead of the same person, weeks later and through another form."""
    return replace(_again(lead, number, created), form=form)


def _again(lead: Lead, number: str, created: datetime) -> Lead:
    return Lead(
        id=number,
        name=lead.name,
        company=lead.company,
        email=lead.email,
        phone=lead.phone,
        team=lead.team,
        owner=lead.owner,
        source=lead.source,
        campaign_id=lead.campaign_id,
        form=lead.form,
        product=lead.product,
        score=lead.score,
        created_at=created,
    )
