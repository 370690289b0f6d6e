"""Write the documents that are generated from the definitions, so that they cannot drift from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connector.metrics.definitions import FOLDER, Catalogue, load_catalogue
from connector.metrics.formula import AGGREGATES, ROW_FUNCTIONS
from connector.metrics.relation import PARENTS

TARGET: Final = FOLDER / "README.md"

_HEAD: Final = """\
# Metrics and dimensions

This file is generated from `dimensions.yaml`, `metrics/*.yaml` and `words.yaml` by `python -m connector docs`;
edit those. They are the one definition of every figure: the command line, reports, sheets and the Looker Studio
schema all read them.

## A metric is an entry

```yaml
- id: win_rate                     # never changes once published
  label: {en: "Win rate", es: "Tasa de ganados", pt: "Taxa de ganhos", ru: "Доля выигранных"}
  unit: percent                    # money, count, percent, ratio, days, hours, duration_s, score, index, area, number
  direction: up                    # up: higher is better, down, neutral
  agg: ratio                       # how it re-aggregates, see below
  formula: "@deals_won / (@deals_won + @deals_lost)"
  history: true                    # only for stocks of deals: past dates are read from deal_history
  note: "Shown with the metric."
```

### The formula language

Definitions and formulas typed by users (`--metrics "name=FORMULA"`) share it.

| Piece | Meaning |
|---|---|
| `SUM(deal.amount WHERE deal.status = 'won')` | an aggregate over the rows of one entity, under a condition; {aggregates} |
| `COUNT(DISTINCT deal.account_id)`, `COUNT(*)` | distinct values; rows of the one entity the formula speaks of |
| `deal.closed_at IN period` | the row counts in the date range by this column: its *time anchor*; month, week ... split by it |
| `deal.custom.region` | a column of the customer's own |
| `account.industry` inside an aggregate over deals | a column of the record that the row refers to |
| `deal.amount` | money is always converted into the report currency (rule E3) |
| `@deals_won` | another metric; `@total_sales(comparison)` its value in the comparison period |
| `TOTAL(@total_sales)` | over all rows left after filters, before the split |
| `$name` | a parameter of the request (`--param name=value`) |
| `as_of`, `now`, `period_start`, `period_end`, `today`, `first_day`, `last_day`, `report_date` | moments of the request |
| {functions} | functions; `days(a - b)` and `seconds(a - b)` take the difference of two moments |
| `+ - * / = <> < <= > >= AND OR NOT IN (...) IS NULL` | a zero divisor gives null; inside a row it skips the row, and the count is noted |

A row leads to the records it refers to, and parts of a record have its dimensions: {parents}.

### Aggregation classes

`sum` adds up over every dimension and time; `sum_except_time` is a stock: it adds over groups, and over time the last
value counts; `sum_two_dates` is a flow between two dates; `distinct` is counted again for every split; `ratio` is
divided from its summed parts; `share` is divided by the total of the view; `row_level` (median) needs the rows; `none`
is computed from its inputs at the wanted level. Puente always computes from rows, so every total is right for its class.

### To add one

Add the entry, run `python -m connector docs` and `make test`. Nothing else: the evaluator compiles it.
"""


def reference_text(catalogue: Catalogue) -> str:
    """Return the whole reference as Markdown."""
    functions = ", ".join(f"`{name.lower()}`" for name in sorted(ROW_FUNCTIONS))
    head = _HEAD.replace("{aggregates}", ", ".join(f"`{name}`" for name in sorted(AGGREGATES)))
    head = head.replace("{functions}", functions)
    head = head.replace("{parents}", ", ".join(f"`{part}.{ref}`" for part, ref in sorted(PARENTS.items())))
    return "\n".join([head, *_dimension_lines(catalogue), "", *_metric_lines(catalogue), ""])


def write_reference(target: Path = TARGET) -> Path:
    """Write the reference and return where it lies."""
    target.write_text(reference_text(load_catalogue()), encoding="utf-8")
    return target


def _dimension_lines(catalogue: Catalogue) -> list[str]:
    lines = [
        f"## Dimensions ({len(catalogue.dimensions)})",
        "",
        "Any column works as a dimension too, written `entity.column` or `entity.custom.name`. A time dimension takes a",
        "grain: `created_date:month` (day, week, month, quarter, year, fiscal_period). `date`, `week`, `month` ... place",
        "every metric by its own time anchor.",
        "",
        "| id | en | es | pt | ru | on |",
        "|---|---|---|---|---|---|",
    ]
    for each in catalogue.dimensions.values():
        labels = " | ".join(_cell(each.labels[code]) for code in ("en", "es", "pt", "ru"))
        on = ", ".join(dict.fromkeys(name.partition("@")[0] for name in each.paths))
        of = f"`{'.'.join(each.of)}`" if each.of else ""
        lines.append(f"| `{each.id}` | {labels} | {'; '.join(part for part in (of, on) if part) or 'time anchor'} |")
    return lines


def _metric_lines(catalogue: Catalogue) -> list[str]:
    lines = [f"## Metrics ({len(catalogue.metrics)})"]
    for category in dict.fromkeys(each.category for each in catalogue.metrics.values()):
        lines += [
            "",
            f"### {category}",
            "",
            "| id | en | es | pt | ru | unit | agg | formula |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for each in catalogue.metrics.values():
            if each.category == category:
                labels = " | ".join(_cell(each.labels[code]) for code in ("en", "es", "pt", "ru"))
                lines.append(f"| `{each.id}` | {labels} | {each.unit} | {each.aggregation} | `{_cell(each.text)}` |")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
