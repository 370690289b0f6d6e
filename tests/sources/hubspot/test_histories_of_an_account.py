"""Random histories of an account, with runs that die: the last run leaves the truth of the account."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.truth import truth
from connector.sandbox.hubspot.start import start_hubspot
from connector.sources.hubspot import records
from connector.sources.hubspot.source import HubspotSource
from connector.sources.stream import Property, Reading
from tests.sources.hubspot.desk import Hands, Store, connect, small_account

KINDS = ("companies", "contacts", "deals")


class History:
    """What happens to an account, by dice."""

    def __init__(self, seed: int, crm: Crm, hands: Hands) -> None:
        self.dice = random.Random(seed)
        self.crm = crm
        self.hands = hands
        self.happened = 0

    def event(self) -> None:
        kind = self.dice.choice(KINDS)
        live, archived = sorted(truth(self.crm, kind).live), sorted(truth(self.crm, kind).archived)
        events: list[tuple[int, bool, Callable[[], object]]] = [
            (20, True, lambda: self.crm.create(kind, {"hubspot_owner_id": "1"})),
            (30, bool(live), lambda: self.crm.edit(kind, self.dice.choice(live), self.change())),
            (10, bool(live), lambda: self.bulk(kind, live)),
            (12, bool(live), lambda: self.crm.archive(kind, self.dice.choice(live))),
            (10, bool(archived), lambda: self.crm.restore(kind, self.dice.choice(archived))),
            (8, len(live) > 1, lambda: self.merge(kind, live)),
        ]
        possible = [(weight, act) for weight, can, act in events if can]
        self.dice.choices([act for _, act in possible], [weight for weight, _ in possible])[0]()
        self.happened += 1
        self.hands.pass_time(seconds=self.dice.choice([0, 0, 1, 30]))

    def change(self) -> dict[str, str]:
        return {"hubspot_owner_id": str(self.dice.randrange(99))}

    def bulk(self, kind: str, live: list[str]) -> None:
        some = self.dice.sample(live, self.dice.randrange(1, len(live) + 1))
        self.crm.edit_many(kind, {each: self.change() for each in some})

    def merge(self, kind: str, live: list[str]) -> None:
        winner, loser = self.dice.sample(live, 2)
        self.crm.merge(kind, winner, loser, new_id=kind != "contacts" and self.dice.random() < 0.4)


def sync(
    source: HubspotSource, store: Store, history: History, properties: dict[str, list[Property]], *, calm: bool
) -> None:
    """One run; unless it is calm, things happen between its pages and it may die after any of them."""
    dies = not calm and history.dice.random() < 0.4
    store.brought.clear()
    for kind in KINDS:
        reading = Reading(history.hands.now, "changes", store, properties)
        for page in source.read(kind, store.states.get(kind, {}), reading):
            store.keep(kind, page)
            if not calm and history.dice.random() < 0.5:
                history.event()
            if dies and history.dice.random() < 0.15:
                return


@pytest.mark.parametrize("seed", range(40))
def test_the_last_run_leaves_the_truth(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 4 == 1:  # many pages of few records
        monkeypatch.setattr(records, "LIST_PAGE", 7)
        monkeypatch.setattr(records, "HISTORY_PAGE", 5)
    hands = Hands()
    crm = small_account(hands, deals=(5, 60, 130)[seed % 3])
    history, store = History(seed, crm, hands), Store()
    with start_hubspot(crm, index_lag_seconds=(0, 0, 200)[seed % 3]) as account:
        source = connect(account.url, hands)
        properties = {kind: list(listed) for kind, listed in source.properties().items()}
        for _ in range(history.dice.randrange(1, 8)):
            for _ in range(history.dice.randrange(6)):
                history.event()
            hands.pass_time(minutes=history.dice.choice([1, 20, 300, 3000]))
            sync(source, store, history, properties, calm=False)
        for _ in range(2):
            hands.pass_time(minutes=30)
            sync(source, store, history, properties, calm=True)
    for kind in KINDS:
        assert store.values(kind) == truth(crm, kind).live, (kind, history.happened)
        for loser, survivor in truth(crm, kind).merged.items():
            row = store.rows[kind].get(loser)
            assert row is None or (row["archived"] == "true" and row["merged_into"]), (loser, survivor)
