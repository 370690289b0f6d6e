"""Exchange rates into the report currency, from the stored ones (rule E3)."""

from __future__ import annotations

from connector.metrics.sql import literal


def rates_relation(currency: str) -> str:
    """Return SQL for rows (currency, day, rate): one unit of ``currency`` costs ``rate`` in the report currency.

    A stored rate is preferred to its inverse, and both to a rate crossed through a third currency on one day.
    """
    home = literal(currency)
    pairs = (
        "SELECT from_currency AS a, to_currency AS b, date AS day, rate, 0 AS worth FROM fx_rate "
        "WHERE rate > 0 AND is_deleted IS NOT TRUE UNION ALL "
        "SELECT to_currency, from_currency, date, 1 / rate, 1 FROM fx_rate WHERE rate > 0 AND is_deleted IS NOT TRUE"
    )
    crossed = (
        "SELECT x.a, y.b, x.day, x.rate * y.rate, 2 FROM pairs AS x JOIN pairs AS y ON x.b = y.a AND x.day = y.day"
    )
    return (
        f"WITH pairs AS ({pairs}), every AS (SELECT * FROM pairs UNION ALL {crossed}) "
        f"SELECT a AS currency, day, arg_min(rate, worth) AS rate FROM every WHERE b = {home} AND a <> {home} GROUP BY a, day"
    )
