"""A day in the life of the demo organisation: what a CRM goes through between two syncs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field, Option
from connector.sandbox.crm.record import Record, iso, to_ms

RISKS = (Option("low", "Low"), Option("high", "High"))


@dataclass(frozen=True, slots=True)
class Day:
    """What happened, for people to read."""

    won: int
    lost: int
    repriced: int
    created: int
    archived: int
    merged: int


def pass_day(crm: Crm, morning: datetime) -> Day:
    """Let a working day pass that began at ``morning`` (aware): deals won, lost, priced anew, made, merged, binned.

    One contact is deleted for good and one field is added. The same CRM changes the same way.
    """
    stages = _closing_stages(crm)
    deals = [deal for deal in crm.shelf("deals").live() if deal.values.get("hs_is_closed") == "false"]
    clock = _Hours(morning)
    won, lost, repriced, binned = deals[0:5], deals[5:8], deals[8:14], deals[14:16]
    for deal in won:
        _close(crm, deal, stages[deal.values["pipeline"]][0], clock.next(), is_won=True)
    for deal in lost:
        _close(crm, deal, stages[deal.values["pipeline"]][1], clock.next(), is_won=False)
    for deal in repriced:
        amount = f"{float(deal.values.get('amount') or 8000) * 1.15:.2f}"
        crm.edit("deals", deal.id, {"amount": amount}, at=clock.next())
    for place, deal in enumerate(deals[20:26]):
        _create(crm, deal, place, clock.next())
    for deal in binned:
        crm.archive("deals", deal.id)
    contacts = crm.shelf("contacts").live()
    crm.merge("contacts", contacts[3].id, contacts[4].id)
    crm.delete("contacts", contacts[9].id)
    crm.add_field("deals", Field("renewal_risk", "Renewal risk", "enumeration", custom=True, options=RISKS))
    return Day(len(won), len(lost), len(repriced), 6, len(binned), 1)


class _Hours:
    """Moments of a day, some minutes apart."""

    def __init__(self, morning: datetime) -> None:
        self._now = morning

    def next(self) -> datetime:
        self._now += timedelta(minutes=13)
        return self._now


def _closing_stages(crm: Crm) -> Mapping[str, tuple[str, str]]:
    """Ids of the won and the lost stage of each deal pipeline."""
    found = {}
    for pipeline in crm.pipelines["deals"].values():
        closed = [stage for stage in pipeline.stages if stage.is_closed]
        won = next(stage.id for stage in closed if stage.probability == 1)
        found[pipeline.id] = (won, next(stage.id for stage in closed if stage.id != won))
    return found


def _close(crm: Crm, deal: Record, stage: str, at: datetime, *, is_won: bool) -> None:
    changes = {
        "dealstage": stage,
        "hs_is_closed": "true",
        "hs_is_closed_won": "true" if is_won else "false",
        "closedate": iso(to_ms(at)),
        "hs_deal_stage_probability": "1" if is_won else "0",
    }
    crm.edit("deals", deal.id, changes, at=at)


def _create(crm: Crm, like: Record, place: int, at: datetime) -> None:
    taken = ("pipeline", "dealstage", "hubspot_owner_id", "deal_currency_code", "dealtype", "hs_deal_stage_probability")
    values = {name: like.values[name] for name in taken if name in like.values}
    values |= {
        "dealname": f"New business {place + 1}",
        "amount": f"{5000 + 1700 * place}.00",
        "hs_is_closed": "false",
        "closedate": iso(to_ms(at + timedelta(days=45))),
    }
    crm.create("deals", values, at=at)
