"""The rules of deal history told once more, one deal and one moment at a time, in plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.store.derive_cases import Row

CLOSED = {"won", "lost", "unqualified"}
TICK = timedelta(microseconds=1)
TRACKED = (
    "pipeline_id", "stage_id", "status", "amount", "currency", "probability", "expected_close_date", "owner_id",
    "is_deleted",
)  # fmt: skip


class Oracle:
    """What is known of one deal. ``stages`` maps ids to stage rows."""

    def __init__(self, deal: Row, log: list[Row], versions: list[Row], stages: dict[str, Row]) -> None:
        self.deal, self.stages = deal, stages
        self.now = self._tracked(deal)
        self.born = deal.get("created_at") or deal.get("source_created_at")
        self.visits = self._visits([row for row in log if row["deal_id"] == deal["id"]])
        own = sorted((row for row in versions if row["id"] == deal["id"]), key=lambda row: row["observed_at"])
        self.versions = own if len(own) > 1 or (own and (self.born is None or self.visits)) else []
        if self.visits and not self.versions:
            self.versions = own
        self.events = self._events()

    def _tracked(self, row: Row) -> Row:
        stage = self.stages.get(row.get("stage_id") or "", {})
        state = {name: row.get(name) for name in TRACKED}
        state["pipeline_id"] = state["pipeline_id"] or stage.get("pipeline_id")
        state["status"] = state["status"] or stage.get("kind")
        if state["probability"] is None:
            state["probability"] = stage.get("probability")
        state["is_deleted"] = bool(state["is_deleted"])
        return state

    def _kind(self, stage_id: str) -> str:
        if stage_id in self.stages:
            return str(self.stages[stage_id]["kind"])
        return str(self.now["status"] or "open") if stage_id == self.now["stage_id"] else "open"

    def _visits(self, rows: list[Row]) -> list[Row]:
        def order(row: Row) -> tuple[Any, ...]:
            position = self.stages.get(row["stage_id"], {}).get("position")
            return row["entered_at"], position is None, position or 0, len(row["id"]), row["id"]

        visits: list[Row] = []
        for row in sorted(rows, key=order):
            if not visits or visits[-1]["stage_id"] != row["stage_id"]:
                visits.append(row)
        if visits:
            first, left = visits[0], visits[0].get("from_stage_id")
            if left and left != first["stage_id"] and self.born and self.born < first["entered_at"]:
                visits.insert(0, {**first, "stage_id": left, "entered_at": self.born, "pipeline_id": None})
        return visits

    def _from_visit(self, visit: Row) -> Row:
        stage = self.stages.get(visit["stage_id"], {})
        said: Row = {
            "pipeline_id": visit.get("pipeline_id") or stage.get("pipeline_id") or self.now["pipeline_id"],
            "stage_id": visit["stage_id"],
            "status": self._kind(visit["stage_id"]),
            "probability": stage.get("probability"),
        }
        if said["probability"] is None and said["status"] == self.now["status"]:
            said["probability"] = self.now["probability"]
        if visit.get("amount") is not None:
            said |= {"amount": visit["amount"], "currency": visit.get("currency") or self.now["currency"]}
        if visit.get("owner_id") is not None:
            said["owner_id"] = visit["owner_id"]
        return said

    def _closing(self) -> datetime | None:
        closed, synced = self.deal.get("closed_at"), self.deal.get("synced_at")
        return min(closed, synced) if closed and synced else closed

    def _seen(self) -> datetime | None:
        return min((m for m in (self.deal.get("source_updated_at"), self.deal.get("synced_at")) if m), default=None)

    def _events(self) -> list[tuple[datetime, Row, bool]]:
        """Return (moment, what it says, whether a date of its own places it) in order of time."""
        entered = [visit["entered_at"] for visit in self.visits]
        seen: list[tuple[datetime, int, Row, bool]] = [
            (visit["entered_at"], turn, self._from_visit(visit), True) for turn, visit in enumerate(self.visits)
        ]
        for version in self.versions:
            said, moment = self._tracked(version), version["observed_at"]
            if entered and entered[0] <= moment < entered[-1]:
                for name in ("pipeline_id", "stage_id", "status"):
                    del said[name]
                if version.get("probability") is None:
                    del said["probability"]
            seen.append((moment, len(self.visits), said, False))
        seen.sort(key=lambda event: event[:2])
        events: list[tuple[datetime, Row, bool]] = []
        for number, (moment, _, said, dated) in enumerate(seen):
            closed_at = None if dated else self._dated_closing(seen, number)
            events.append((closed_at or moment, said, dated or closed_at is not None))
        return [*events, *self._present(events)]

    def _dated_closing(self, seen: list[tuple[datetime, int, Row, bool]], number: int) -> datetime | None:
        """Return when the version ``seen[number]`` closed the deal for good, if it is the one that did."""
        moment, _, version, _ = seen[number]
        now, closed_at = (self.now["status"], self.now["stage_id"]), self.deal.get("closed_at")
        later = [(said["status"], said["stage_id"]) for *_, said, _ in seen[number:] if "status" in said]
        if not closed_at or now[0] not in CLOSED or "status" not in version or set(later) != {now}:
            return None
        if number and (seen[number - 1][2].get("status"), seen[number - 1][2].get("stage_id")) == now:
            return None
        synced = self.deal.get("synced_at")
        limit = moment if number < len(seen) - 1 else max(synced, moment) if synced else closed_at
        if not number:
            return min(closed_at, limit)
        before = seen[number - 1][0]
        return max(min(closed_at, limit), before + TICK) if closed_at > before else None

    def _present(self, events: list[tuple[datetime, Row, bool]]) -> list[tuple[datetime, Row, bool]]:
        closing = self._closing() if self.now["status"] in CLOSED else None
        removed = (self.deal.get("deleted_at") or self._seen()) if self.now["is_deleted"] else None
        now = {name: value for name, value in self.now.items() if name != "is_deleted" or not value}
        if not events:
            moment = closing or self.born or self._seen() or datetime(1970, 1, 1, tzinfo=UTC)
        else:
            place = next(said for _, said, _ in reversed(events) if "status" in said)
            if closing and (place["status"], place["stage_id"]) != (self.now["status"], self.now["stage_id"]):
                wanted: datetime | None = closing
            else:
                wanted = min((m for m in (self._seen(), removed) if m), default=None)
            moment = max(m for m in (wanted, events[-1][0] + TICK) if m)
        present = [(moment, now, bool(events) or closing is not None)]
        if self.now["is_deleted"]:
            present.append((max(m for m in (removed, moment) if m), {"is_deleted": True}, True))
        return present

    @property
    def start(self) -> datetime:
        first = self.events[0][0]
        return min(self.born, first) if self.born else first

    def state_at(self, moment: datetime) -> Row | None:
        """Return the tracked columns as they stood at a moment; None before the deal existed."""
        if moment < self.start:
            return None
        first = self.events[0]
        reached = [said for when, said, _ in self.events if when <= max(moment, first[0])]
        later = [said for when, said, _ in self.events if when > max(moment, first[0])]
        state: Row = {"is_deleted": False}
        for said in reversed(later):
            state |= {name: value for name, value in said.items() if name != "is_deleted"}
        for said in reached:
            state |= said
        if moment < first[0] and state["status"] in CLOSED and first[2]:
            state |= {"status": "open", "stage_id": None, "probability": None, "is_deleted": False}
        return state
