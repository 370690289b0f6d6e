"""Fills the derived columns of staged entities and builds the history of deals, before the files are published.

The order matters: references to merged records, then stages, then visits and history (which read the deals as they
came), then the deals (which learn from their history), then what learns from deals. Everything is one pass of
set-based SQL per entity; what was not staged costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connector.store import history
from connector.store.derive_deals import derive_deals
from connector.store.derive_merges import follow_merges
from connector.store.derive_records import derive_accounts, derive_contacts, derive_leads, derive_lines
from connector.store.derive_staging import BUCKET_ROWS, Staging, open_staging
from connector.store.derive_visits import STAGE_FACTS, load_visits, unusable_rows, write_visits
from connector.store.derive_witnesses import first_witness, load_traced, load_witnesses, loose_columns, prepare_current

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DerivedFacts:
    """What deriving found out about one connection.

    ``history_since`` is the aware UTC moment from which on the state of every deal rests on visits that the source
    recorded or on at least two observations; None means that history was only reconstructed. ``counts`` holds
    ``deals``, ``deals_with_history``, ``visits``, ``stage_rows_unusable`` (no deal, stage or time; left out).
    """

    history_since: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


def derive(
    staging: Path, calendar_zone: str, now: datetime, *, memory_limit: str = "512MB", threads: int | None = None
) -> DerivedFacts:
    """Rewrite the staged entity files of one connection with their derived columns filled.

    ``staging`` holds ``<entity>/*.parquet`` with the storage columns of each entity and, optionally,
    ``deal_version/``. ``calendar_zone`` is the IANA zone in which a bare day is a day; ``now`` is aware. The same
    files give the same rows, whatever their order, and deriving again changes nothing. Raises StorageFull.
    """
    with open_staging(staging, calendar_zone, memory_limit, threads) as opened:
        follow_merges(opened)
        opened.run(f"CREATE TEMP TABLE stage_fact AS {STAGE_FACTS.format(stages=opened.scan('stage'))}")
        prepare_current(opened)
        facts = _derive_history(opened)
        if opened.rows("deal"):
            derive_deals(opened, has_history=facts.counts["deals_with_history"] > 0)
        derive_lines(opened)
        derive_leads(opened)
        derive_contacts(opened)
        derive_accounts(opened, now)
        return facts


def _derive_history(staging: Staging) -> DerivedFacts:
    visits, versions, deals = (staging.rows(name) for name in ("deal_stage_history", "deal_version", "deal"))
    counts = {"deals": deals, "deals_with_history": 0, "visits": 0, "stage_rows_unusable": 0}
    since = None
    if visits or versions:
        since = _trace(staging, 1 + (visits + versions) // BUCKET_ROWS, counts)
    elif deals:
        history.write_untraced(staging, 0, 1, has_traced=False)
    if visits:
        counts["stage_rows_unusable"] = unusable_rows(staging)
        staging.swap("deal_stage_history")
    if deals:
        staging.swap("deal_history")
    return DerivedFacts(None if since is None else _EPOCH + timedelta(microseconds=since), counts)


def _trace(staging: Staging, buckets: int, counts: dict[str, int]) -> int | None:
    """Write visits and history bucket by bucket; return from when history can be trusted, in epoch microseconds."""
    history.prepare_traces(staging)
    since, loose = first_witness(staging), loose_columns(staging)
    for bucket in range(buckets):
        counts["deals_with_history"] += load_traced(staging, bucket, buckets)
        counts["visits"] += load_visits(staging)
        load_witnesses(staging, loose)
        history.load_eras(staging, loose)
        history.write_traced(staging, bucket)
        history.write_untraced(staging, bucket, buckets, has_traced=True)
        history.keep_facts(staging)
        write_visits(staging, bucket)
        if since is not None:
            history.keep_blind_spans(staging, bucket, buckets, since)
    return None if since is None else history.trusted_since(staging, since)
