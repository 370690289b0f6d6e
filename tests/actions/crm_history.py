"""What happens to an account of a CRM, by dice: thousands of changes of every kind, one seed one history.

Moments tie on purpose: the clock stands still between some events, and bulk edits stamp many records alike. One thing
never happens twice in one millisecond, because no order could then be told from outside: a deal's move to a stage.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.links import LinkType
from connector.sandbox.crm.people import Pipeline, PipelineStage
from connector.sandbox.crm.record import Record
from connector.sandbox.hubspot import empty_crm
from connector.sandbox.hubspot.kinds import DEFAULT_LINKS, PRIMARY, ROLES, default_link
from tests.sandbox.hubspot_caller import Clock

START = datetime(2090, 3, 6, 9, 0, tzinfo=UTC)
"""Later than any clock that runs the tests: a vendor's clock that is behind ours would widen what is read again."""

SIZES = {"companies": 40, "contacts": 120, "leads": 40, "deals": 130, "tickets": 30, "line_items": 50, "calls": 50,
         "notes": 20}  # fmt: skip
MERGEABLE = {"contacts": False, "companies": True, "deals": True, "tickets": False}
"""Kinds that can be merged, and whether that can give a new id."""
STAGES = {"default": ("appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost"),
          "iberia": ("771", "772", "773", "774")}  # fmt: skip
LEAD_STAGES = ("new", "qualified")
CLOSED = frozenset({"closedwon", "closedlost", "773", "774"})
LINKED = (("deals", "contacts"), ("deals", "companies"), ("contacts", "companies"), ("tickets", "contacts"),
          ("tickets", "companies"), ("leads", "contacts"), ("leads", "deals"), ("line_items", "deals"),
          ("calls", "contacts"), ("calls", "deals"), ("notes", "companies"))  # fmt: skip
TITLES = {"deals": "dealname", "contacts": "firstname", "companies": "name", "tickets": "subject",
          "leads": "hs_lead_name", "line_items": "name", "calls": "hs_call_title", "notes": "hs_note_body"}  # fmt: skip
TEXTS = ("Norte", "=2+2", 'say "hi"', "O'Neil; 100%", "señor ñ", "\u202eabc", "𝔸 😀", "a,b\tc", "NULL", "0012")
LATEST_SECONDS = 3000
"""How late a commit can show: with the steps of the clock, within the hour that every run reads again."""


def start_account(clock: Clock, seed: int) -> Crm:
    """Return an account of some hundred records, a month old, with pipelines and links."""
    crm, dice = empty_crm(clock), random.Random(f"account {seed}")
    crm.pipelines["deals"] = {
        name: Pipeline(name, name.title(), place, [_stage(one, n, len(ids)) for n, one in enumerate(ids)])
        for place, (name, ids) in enumerate(STAGES.items())
    }
    tickets = [PipelineStage(str(n + 1), label, n, label == "Closed") for n, label in enumerate(("New", "Closed"))]
    crm.pipelines["tickets"] = {"0": Pipeline("0", "Support", 0, tickets)}
    leads = [PipelineStage(f"{name}-stage-id", name.title(), n, is_closed=False) for n, name in enumerate(LEAD_STAGES)]
    crm.pipelines["leads"] = {"lead-pipeline-id": Pipeline("lead-pipeline-id", "Leads", 0, leads)}
    clock.forward(days=-30)
    history = History(seed, crm, clock)
    for kind, count in SIZES.items():
        for _ in range(count):
            history.create(kind)
    for _ in range(250):
        history.link(dice.choice(LINKED))
    clock.now = START
    return crm


def _stage(stage_id: str, place: int, places: int) -> PipelineStage:
    probability = 0.0 if place == places - 1 else (place + 1) / (places - 1)
    return PipelineStage(stage_id, f"Stage {stage_id}", place, stage_id in CLOSED, probability)


class History:
    """Makes things happen to an account. ``told`` is what happened, in order, for whoever has to find a fault."""

    def __init__(self, seed: int, crm: Crm, clock: Clock, *, deletes: bool = True) -> None:
        self.dice = random.Random(seed)
        self.crm = crm
        self.clock = clock
        self.deletes = deletes
        self.told: list[str] = []
        self.counted: Counter[str] = Counter()
        self.busy = False
        """Whether people work in the account while it is read."""
        self._late: dict[tuple[str, str], int] = {}
        """Records with a commit under way, and when it shows: they are neither merged nor deleted before."""

    def meanwhile(self) -> None:
        """Let something happen between two requests, or nothing."""
        if self.busy and self.dice.random() < 0.3:
            self.events(self.dice.randrange(1, 5))

    def events(self, count: int) -> None:
        """Let so many things happen."""
        for _ in range(count):
            with self.crm.lock:
                self.clock.forward(milliseconds=self.dice.choice((0, 0, 1, 900, 40_000)))
                self.crm.settle()
                self._event()

    def pass_time(self, minutes: int) -> None:
        """Let time pass in small steps: a commit that is due is stored by the first one after its moment."""
        for _ in range(minutes // 5):
            self.clock.forward(minutes=5)
            self.crm.settle()
        self.clock.forward(minutes=minutes % 5)

    def settled(self) -> None:
        """Let time pass until every late commit shows, and then until the search has heard of it."""
        self.pass_time(LATEST_SECONDS // 60 + 10)

    def _event(self) -> None:
        kind = self.dice.choices(list(SIZES), list(SIZES.values()))[0]
        live, archived = self._ids(kind), [record.id for record in self.crm.shelf(kind).archived()]
        loose = [each for each in live if self._late.get((kind, each), 0) <= self.crm.now_ms()]
        few = len(live) < SIZES[kind] // 2
        acts: list[tuple[int, bool, Callable[[], object]]] = [
            (10, True, lambda: self.create(kind)),
            (3, True, lambda: self._create_late(kind)),
            (28, bool(live), lambda: self._edit(kind, [self.dice.choice(live)])),
            (5, bool(live), lambda: self._edit(kind, self._some(live))),
            (6, bool(loose), lambda: self._edit_late(kind, self.dice.choice(loose))),
            (7, bool(live) and not few, lambda: self._archive(kind, self.dice.choice(live))),
            (7, bool(archived), lambda: self._restore(kind, self.dice.choice(archived))),
            (7, len(loose) > 1 and kind in MERGEABLE and not few, lambda: self._merge(kind, loose)),
            (4, self.deletes and bool(loose) and not few, lambda: self._delete(kind, self.dice.choice(loose))),
            (18, True, lambda: self.link(self.dice.choice(LINKED))),
            (9, True, lambda: self._unlink(self.dice.choice(LINKED))),
        ]
        possible = [(weight, act) for weight, can, act in acts if can]
        self.dice.choices([act for _, act in possible], [weight for weight, _ in possible])[0]()

    def _tell(self, what: str, kind: str, *ids: str) -> None:
        self.counted[what] += 1
        self.told.append(f"{self.clock.now:%d %H:%M:%S.%f} {what} {kind} {' '.join(ids)}")

    # --- records -------------------------------------------------------------------------------------

    def create(self, kind: str) -> None:
        """Make a record with all the values that are compared later."""
        made = self.crm.create(kind, self._values(kind))
        self._tell("create", kind, made.id)

    def _create_late(self, kind: str) -> None:
        self.crm.create_late(kind, self._values(kind), self.dice.randrange(5, LATEST_SECONDS))
        self._tell("create late", kind)

    def _edit(self, kind: str, ids: list[str]) -> None:
        held = self.crm.shelf(kind).held
        self.crm.edit_many(kind, {each: self._change(kind, held[each]) for each in ids})
        self._tell("bulk edit" if len(ids) > 1 else "edit", kind, *ids)

    def _edit_late(self, kind: str, record_id: str) -> None:
        seconds = self.dice.randrange(5, LATEST_SECONDS)
        self.crm.edit_late(kind, record_id, {TITLES[kind]: self._text()}, seconds)
        self._late[kind, record_id] = self.crm.now_ms() + seconds * 1000
        self._tell("edit late", kind, record_id)

    def _archive(self, kind: str, record_id: str) -> None:
        self.crm.archive(kind, record_id)
        self._tell("archive", kind, record_id)

    def _restore(self, kind: str, record_id: str) -> None:
        self.crm.restore(kind, record_id, touch=self.dice.random() < 0.3)
        self._tell("restore", kind, record_id)

    def _delete(self, kind: str, record_id: str) -> None:
        self.crm.delete(kind, record_id)
        self._tell("delete", kind, record_id)

    def _merge(self, kind: str, loose: list[str]) -> None:
        winner, loser = self.dice.sample(loose, 2)
        survivor = self.crm.merge(kind, winner, loser, new_id=MERGEABLE[kind] and self.dice.random() < 0.4)
        self._tell("merge", kind, winner, loser, survivor)

    # --- links ---------------------------------------------------------------------------------------

    def link(self, pair: tuple[str, str]) -> None:
        """Link two records of a pair of kinds, some of them as the main one or with a role."""
        kind, to_kind = pair
        ends = self._ids(kind), self._ids(to_kind)
        if not all(ends):
            return
        here, there = map(self.dice.choice, ends)
        self.crm.links.add(kind, here, to_kind, there, *self._types(pair))
        self._tell("link", f"{kind} {to_kind}", here, there)

    def _unlink(self, pair: tuple[str, str]) -> None:
        held = sorted(each[:2] for each in self.crm.links.pairs(*pair))
        if held:
            here, there = self.dice.choice(held)
            self.crm.links.remove(pair[0], here, pair[1], there)
            self._tell("unlink", " ".join(pair), here, there)

    def _types(self, pair: tuple[str, str]) -> list[LinkType]:
        found = [default_link(*pair)] if pair in DEFAULT_LINKS or pair[::-1] in DEFAULT_LINKS else []
        if pair in PRIMARY and self.dice.random() < 0.4:
            found.append(PRIMARY[pair])
        if pair == ("deals", "contacts") and self.dice.random() < 0.4:
            found.append(self.dice.choice(list(ROLES.values())))
        return found

    # --- values --------------------------------------------------------------------------------------

    def _values(self, kind: str) -> dict[str, str]:
        values = {TITLES[kind]: self._text(), **self._moved(kind, "")}
        if kind == "contacts":
            values["email"] = f"{self.dice.randrange(10**6)}@a.example"
        if kind in ("deals", "line_items"):
            values["amount"] = self._amount()
        if kind == "calls":
            values["hs_timestamp"] = self.clock.now.isoformat()
        return values

    def _change(self, kind: str, record: Record) -> Mapping[str, str]:
        options: list[Callable[[], dict[str, str]]] = [lambda: {TITLES[kind]: self._text()}]
        if kind in ("deals", "line_items"):
            options.append(lambda: {"amount": self.dice.choice(("", self._amount(), self._amount()))})
        if kind in ("deals", "tickets", "leads") and record.updated_ms < self.crm.now_ms():
            options += [lambda: self._moved(kind, record.values.get("pipeline", ""))] * 2
        return self.dice.choice(options)()

    def _moved(self, kind: str, pipeline: str) -> dict[str, str]:
        """Return the stage that a record is in next."""
        if kind == "deals":
            home = pipeline if pipeline and self.dice.random() < 0.9 else self.dice.choice(list(STAGES))
            return {"pipeline": home, "dealstage": self.dice.choice(STAGES[home])}
        if kind == "tickets":
            return {"hs_pipeline": "0", "hs_pipeline_stage": self.dice.choice("12")}
        if kind == "leads":
            return {"hs_pipeline_stage": f"{self.dice.choice(LEAD_STAGES)}-stage-id"}
        return {}

    def _text(self) -> str:
        return f"{self.dice.choice(TEXTS)} {self.dice.randrange(10**6)}"

    def _amount(self) -> str:
        return f"{self.dice.randrange(10**8) / 100:.2f}"

    def _ids(self, kind: str) -> list[str]:
        return [record.id for record in self.crm.shelf(kind).live()]

    def _some(self, ids: list[str]) -> list[str]:
        return self.dice.sample(ids, self.dice.randrange(1, len(ids) + 1))
