"""Exports about everything around selling: people, customers, products, marketing, service, goals, rates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from connector.sandbox.company.facts import PRODUCTS
from connector.sandbox.company.people import Owner
from connector.sandbox.company.targets import goal_months
from connector.sandbox.company.world import World
from connector.sandbox.dialects import MADRID, euros, iso, plain_utc, russian, spanish_day

OWNER_COLUMNS = (
    "User ID", "Full Name", "Email", "Role", "Team", "Department", "Branch", "Country", "Manager ID", "Active",
    "Hire Date",
)  # fmt: skip


def owner_rows(world: World) -> Iterator[list[str]]:
    """Yield everyone who ever worked here."""
    for owner in world.staff.everyone():
        agent = owner.role == "agent"
        yield [
            owner.id, owner.name, owner.email, owner.role.title(), "Support" if agent else owner.team.name,
            "Service" if agent else "Sales", owner.team.branch, owner.team.country.name, owner.manager_id,
            "No" if owner.left_on is not None else "Yes", owner.hired_on.isoformat(),
        ]  # fmt: skip


CONTACT_COLUMNS = (
    "Contact ID", "Account ID", "Full Name", "Email", "Phone", "Job Title", "Country", "Owner ID", "Created Date",
)  # fmt: skip


def contact_rows(world: World) -> Iterator[list[str]]:
    """Yield the contacts outside Kazakhstan."""
    for contact in world.contacts:
        if contact.account.team.country.code != "KZ":
            yield [
                contact.id, contact.account.id, contact.name, contact.email, contact.phone, contact.job_title,
                contact.country, _id(contact.account.owner), iso(contact.created_at),
            ]  # fmt: skip


RUSSIAN_CONTACT_COLUMNS = (
    "ID контакта", "Компания", "ФИО", "Эл. почта", "Телефон", "Должность", "Ответственный", "Дата создания",
)  # fmt: skip


def russian_contact_rows(world: World) -> Iterator[list[str]]:
    """Yield the contacts of the Almaty office, with names of companies and colleagues instead of ids."""
    for contact in world.contacts:
        if contact.account.team.country.code == "KZ":
            owner = contact.account.owner
            yield [
                contact.id, contact.account.name, contact.name, contact.email, contact.phone, contact.job_title,
                owner.name if owner is not None else "", russian(contact.created_at),
            ]  # fmt: skip


ACCOUNT_COLUMNS = (
    "Account ID", "Company", "Website", "Industry", "Size", "Employees", "Annual Revenue", "Currency", "Country",
    "Territory", "Owner ID", "Source", "Created",
)  # fmt: skip
HIERARCHY_COLUMNS = ("Parent Account ID", "Child Account ID")


def account_rows(world: World) -> Iterator[list[object]]:
    """Yield the accounts as typed cells: numbers are numbers, Created is a day."""
    for account in world.accounts:
        yield [
            account.id, account.name, account.domain, account.industry, account.size, account.employees,
            account.annual_revenue, account.currency, account.country, account.team.name, _id(account.owner),
            account.source.name, account.created_at.astimezone(MADRID).date(),
        ]  # fmt: skip


def hierarchy_rows(world: World) -> Iterator[list[object]]:
    """Yield which account belongs to which."""
    for account in world.accounts:
        if account.parent_id:
            yield [account.parent_id, account.id]


PRODUCT_COLUMNS = ("SKU", "Product", "Category", "List Price", "Unit Cost", "Currency")


def product_rows(world: World) -> Iterator[list[str]]:
    """Yield the price list; it is the same every day."""
    del world
    for product in PRODUCTS:
        yield [product.sku, product.name, product.category, f"{product.price}.00", f"{product.cost}.00", "USD"]


CAMPAIGN_COLUMNS = ("Campaign ID", "Campaign", "Type", "Channel", "Status", "Start", "End", "Budget", "Currency")


def campaign_rows(world: World) -> Iterator[list[str]]:
    """Yield the campaigns."""
    for campaign in world.campaigns:
        over = campaign.end < world.as_of.date()
        yield [
            campaign.id, campaign.name, campaign.type.title(), campaign.source.channel,
            "Completed" if over else "Active", campaign.start.isoformat(), campaign.end.isoformat(),
            f"{campaign.budget}.00", "USD",
        ]  # fmt: skip


COST_COLUMNS = ("Lançamento", "Data", "Categoria", "Canal", "Origem", "Campanha", "Valor", "Moeda")


def cost_rows(world: World) -> Iterator[list[str]]:
    """Yield the bookings of the agency in São Paulo, in Portuguese."""
    for cost in world.costs:
        yield [
            cost.id, spanish_day(cost.day), "Marketing", cost.campaign.source.channel, cost.campaign.source.name,
            cost.campaign.id, euros(cost.amount), cost.currency,
        ]  # fmt: skip


TICKET_COLUMNS = (
    "Ticket", "Account ID", "Contact ID", "Agent", "Status", "Priority", "Topic", "Channel", "Description", "Opened",
    "First Reply", "Solved", "Closed", "Due", "Satisfaction",
)  # fmt: skip


def ticket_rows(world: World) -> Iterator[list[str]]:
    """Yield the tickets; descriptions have several lines, commas and quotes."""
    for ticket in world.tickets:
        description = f'{ticket.subject}.\nHello, the customer writes: "{ticket.subject.lower()}", please help.'
        yield [
            ticket.id, ticket.account.id, ticket.contact.id, _id(ticket.agent), ticket.status, ticket.priority,
            ticket.topic, ticket.channel, description, iso(ticket.opened_at), iso(ticket.responded_at),
            iso(ticket.solved_at), iso(ticket.closed_at), iso(ticket.due_at),
            "" if ticket.satisfaction is None else str(ticket.satisfaction),
        ]  # fmt: skip


SURVEY_COLUMNS = ("Response", "Survey", "Account ID", "Contact ID", "Ticket", "Owner ID", "Score", "Sent", "Answered")


def survey_rows(world: World) -> Iterator[list[str]]:
    """Yield the survey answers."""
    for answer in world.answers:
        yield [
            answer.id, answer.kind.upper(), answer.account.id, answer.contact.id, answer.ticket_id, _id(answer.owner),
            str(answer.score), plain_utc(answer.sent_at), plain_utc(answer.answered_at),
        ]  # fmt: skip


WEB_COLUMNS = (
    "Date", "Session default channel group", "Session source", "Session medium", "Country", "Device category",
    "Sessions", "Engaged sessions", "Total users", "New users", "Views", "Key events", "User engagement",
)  # fmt: skip


def web_rows(world: World) -> Iterator[list[str]]:
    """Yield the daily web figures; days are written without separators."""
    for row in world.web:
        yield [
            f"{row.day:%Y%m%d}", row.channel, row.source, row.medium, row.country, row.device, str(row.sessions),
            str(row.engaged), str(row.users), str(row.new_users), str(row.views), str(row.key_events), str(row.seconds),
        ]  # fmt: skip


RATE_COLUMNS = ("Date", "From", "To", "Rate")


def rate_rows(world: World) -> Iterator[list[str]]:
    """Yield the exchange rates: US dollars for one unit of each currency."""
    for rate in world.rates:
        yield [rate.day.isoformat(), rate.currency, "USD", f"{rate.dollars:.7f}"]


GOAL_COLUMNS = ("Goal ID", "Metric", "Scope", "Scope ID", "Start", "End", "Target")


def goal_rows(world: World) -> Iterator[list[str]]:
    """Yield the goals of company and teams."""
    for goal in world.goals:
        start, end = goal.start.isoformat(), goal.end.isoformat()
        yield [goal.id, goal.metric, goal.scope.title(), goal.scope_id, start, end, f"{goal.target:g}"]


QUOTA_COLUMNS = ("Rep ID", "Rep", "Team")


def quota_columns(world: World) -> list[str]:
    """Return the header of the quota sheet: one column for each month."""
    return [*QUOTA_COLUMNS, *(f"{month:%Y-%m}" for month in goal_months(world.clock))]


def quota_rows(world: World) -> Iterator[list[str]]:
    """Yield the monthly sales targets of each rep, in US dollars."""
    for rep, months in world.quotas:
        targets: dict[date, int | None] = months
        yield [rep.id, rep.name, rep.team.name, *("" if target is None else str(target) for target in targets.values())]


def _id(owner: Owner | None) -> str:
    return owner.id if owner is not None else ""
