"""The people who sell, lead and help: thirty reps in five teams, their managers and four service agents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from connector.sandbox.company.clock import Clock
from connector.sandbox.company.facts import TEAMS, Country, Team
from connector.sandbox.company.pools import FIRST_NAMES, LAST_NAMES, latin

AGENTS = 4
INITIALS = {"US": "ABCDEFGHJKLMNPRSTW", "KZ": "АБВДЕИКМНОРСТ"}
"""Middle initials, where people use one; elsewhere they bear two family names."""
LEAVERS = ((5, 250), (17, 95))
"""Which reps (counted over all teams) have left, and how many days ago."""


@dataclass(slots=True)
class Owner:
    """One CRM user. ``skill`` multiplies the chance to win, ``left_on`` is None while the person works here."""

    id: str
    name: str
    email: str
    role: str
    team: Team
    manager_id: str
    hired_on: date
    left_on: date | None = None
    skill: float = 1.0

    def works_on(self, day: date) -> bool:
        """Say whether the person is employed on ``day``."""
        return self.hired_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True, slots=True)
class Staff:
    """Everyone, by what they do."""

    managers: tuple[Owner, ...]
    reps: tuple[Owner, ...]
    agents: tuple[Owner, ...]

    def everyone(self) -> tuple[Owner, ...]:
        return self.managers + self.reps + self.agents

    def reps_of(self, team: Team, day: date) -> list[Owner]:
        """Reps of a team who work on ``day``; never empty, since each team keeps its founders."""
        return [rep for rep in self.reps if rep.team is team and rep.works_on(day)]


class NameDrawer:
    """Draws names that nobody bears yet."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def draw(self, country: Country) -> str:
        """Return a new full name in the script of the country."""
        while True:
            name = f"{self._rng.choice(FIRST_NAMES[country.code])} {self._rng.choice(LAST_NAMES[country.code])}"
            if name not in self._taken:
                self._taken.add(name)
                return name

    def draw_full(self, country: Country) -> str:
        """Return a new name as business cards of the country show it: with initial, or with both family names."""
        last = LAST_NAMES[country.code]
        while True:
            first, *family = self._rng.choice(FIRST_NAMES[country.code]), self._rng.choice(last)
            if country.code in INITIALS:
                family.insert(0, f"{self._rng.choice(INITIALS[country.code])}.")
            else:
                family.append(self._rng.choice(last))
            name = " ".join([first, *family])
            if name not in self._taken:
                self._taken.add(name)
                return name


def hire(rng: Random, clock: Clock) -> Staff:
    """Make the staff. Two reps have left, two joined in the last half year."""
    names = NameDrawer(rng)
    long_ago = clock.start - timedelta(days=60)
    managers: list[Owner] = []
    reps: list[Owner] = []
    for team in TEAMS:
        boss = _owner(names, f"U{101 + len(managers)}", "manager", team, "")
        boss.hired_on = long_ago - timedelta(days=rng.randrange(200, 1500))
        managers.append(boss)
        for place in range(team.reps):
            rep = _owner(names, f"U{201 + len(reps)}", "rep", team, boss.id)
            recent = place == team.reps - 1 and team.name in {"West", "Brasil"}
            back = rng.randrange(20, 900)
            rep.hired_on = clock.today - timedelta(days=110 + back % 60) if recent else long_ago - timedelta(days=back)
            rep.skill = round(rng.uniform(0.62, 1.42), 2)
            reps.append(rep)
    for index, days in LEAVERS:
        reps[index].left_on = clock.today - timedelta(days=days)
    agents = [_owner(names, f"U{301 + n}", "agent", TEAMS[(0, 2, 3, 4)[n]], managers[0].id) for n in range(AGENTS)]
    for agent in agents:
        agent.hired_on = long_ago
    return Staff(tuple(managers), tuple(reps), tuple(agents))


def _owner(names: NameDrawer, owner_id: str, role: str, team: Team, manager_id: str) -> Owner:
    name = names.draw(team.country)
    first, last = (latin(part) for part in name.split(" ", 1))
    return Owner(owner_id, name, f"{first}.{last}@nortesensing.example", role, team, manager_id, date.min)
