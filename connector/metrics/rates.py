"""Exchange rates into the report currency, from the stored ones (rule E3)."""

from __future__ import annotations

from typing import Final

from connector.metrics.sql import literal

WITHOUT_RATE: Final = "without_rate"
"""Amounts that no stored rate brings into the currency of the answer: the one thing that no answer may hide."""


def rates_relation(currency: str) -> str:
    """Return SQL for rows (currency, day, rate): one unit of ``currency`` costs ``rate`` in the report currency.

    A currency takes its stored rates; without any, the inverse of the stored ones; without these, rates crossed
    through a third currency, each leg the latest of its day or before.
    """
    home = literal(currency)
    pairs = (
        "SELECT from_currency AS a, to_currency AS b, date AS day, rate, 0 AS worth FROM fx_rate "
        "WHERE rate > 0 AND is_deleted IS NOT TRUE UNION ALL "
        "SELECT to_currency, from_currency, date, 1 / rate, 1 FROM fx_rate WHERE rate > 0 AND is_deleted IS NOT TRUE"
    )
    days = (
        "SELECT a, p, day FROM legs SEMI JOIN homes USING (p) UNION "
        "SELECT l.a, l.p, h.day FROM (SELECT DISTINCT a, p FROM legs) AS l JOIN homes AS h USING (p)"
    )
    crossed = (
        "SELECT d.a, d.day, l.rate * h.rate AS rate, 2 AS worth, d.p FROM days AS d "
        "ASOF JOIN legs AS l ON d.a = l.a AND d.p = l.p AND d.day >= l.day "
        "ASOF JOIN homes AS h ON d.p = h.p AND d.day >= h.day"
    )
    return (
        f"WITH pairs AS ({pairs}), homes AS (SELECT a AS p, day, rate FROM pairs WHERE b = {home}), "
        f"legs AS (SELECT a, b AS p, day, rate FROM pairs WHERE a <> {home} AND b <> {home}), "
        f"days AS ({days}), crossed AS ({crossed}), every AS "
        f"(SELECT a, day, rate, worth, '' AS p FROM pairs WHERE b = {home} UNION ALL SELECT * FROM crossed), "
        "best AS (SELECT * FROM every QUALIFY worth = MIN(worth) OVER (PARTITION BY a)) "
        f"SELECT a AS currency, day, arg_min(rate, p) AS rate FROM best WHERE a <> {home} GROUP BY a, day"
    )
