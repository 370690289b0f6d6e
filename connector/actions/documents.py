"""Write the documents that are generated from the definitions, so that they cannot drift from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connector.actions.catalogue import list_parameters
from connector.metrics.definitions import FOLDER, Catalogue, load_catalogue
from connector.metrics.descriptions import describe_dimension, describe_metric
from connector.metrics.formula import AGGREGATES, ROW_FUNCTIONS
from connector.metrics.relation import PARENTS
from connector.normalise.hubspot import explode
from connector.normalise.hubspot.default_mapping import mapping_table

TARGET: Final = FOLDER / "README.md"

MAPPINGS: Final = Path(explode.__file__).with_name("MAPPING.md")

HEAD: Final = FOLDER / "language.md"


def reference_text(catalogue: Catalogue) -> str:
    """Return the whole reference as Markdown."""
    functions = ", ".join(f"`{name.lower()}`" for name in sorted(ROW_FUNCTIONS))
    head = HEAD.read_text(encoding="utf-8").replace(
        "{aggregates}", ", ".join(f"`{name}`" for name in sorted(AGGREGATES))
    )
    head = head.replace("{functions}", functions).replace("{parameters}", "\n".join(_parameter_lines()))
    head = head.replace("{parents}", ", ".join(f"`{part}.{ref}`" for part, ref in sorted(PARENTS.items())))
    return "\n".join([head, *_dimension_lines(catalogue), "", *_metric_lines(catalogue), ""])


def mapping_text() -> str:
    """Return the default mapping of HubSpot as Markdown."""
    return (
        "# How HubSpot's fields become ours\n\n"
        "Written by `python -m connector docs` from the code. Custom properties become `custom.<name>` of their"
        " entity.\n`mapping show -w WORKSPACE --connection hubspot` prints the mapping of an account as it is."
        f"\n\n{mapping_table()}"
    )


def write_references(target: Path = TARGET, mappings: Path = MAPPINGS) -> tuple[Path, Path]:
    """Write the reference of metrics and dimensions and the default mapping; return where they lie."""
    target.write_text(reference_text(load_catalogue()), encoding="utf-8")
    mappings.write_text(mapping_text(), encoding="utf-8")
    return target, mappings


def _parameter_lines() -> list[str]:
    lines = ["| name | values | default | what it does |", "|---|---|---|---|"]
    for each in list_parameters("en"):
        values, default = (f"`{text}`" if text else "" for text in (each.values.replace("|", "\\|"), each.default))
        lines.append(f"| `{each.name}` | {values} | {default} | {_cell(each.note)} |")
    return lines


def _dimension_lines(catalogue: Catalogue) -> list[str]:
    lines = [
        f"## Dimensions ({len(catalogue.dimensions)})",
        "",
        "Any column works as a dimension too, written `entity.column` or `entity.custom.name`. A time dimension takes",
        "a grain: `created_date:month` (day, week, month, quarter, year, fiscal_period). `date`, `week`, `month` ...",
        "place every metric by its own time anchor.",
        "",
        "| id | en | es | pt | ru | meaning | on |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in catalogue.dimensions.values():
        labels = " | ".join(_cell(each.labels[code]) for code in ("en", "es", "pt", "ru"))
        on = ", ".join(dict.fromkeys(name.partition("@")[0] for name in each.paths))
        of = f"`{'.'.join(each.of)}`" if each.of else ""
        on = "; ".join(part for part in (of, on) if part) or "time anchor"
        lines.append(f"| `{each.id}` | {labels} | {_cell(describe_dimension(each.id, 'en'))} | {on} |")
    return lines


def _metric_lines(catalogue: Catalogue) -> list[str]:
    lines = [f"## Metrics ({len(catalogue.metrics)})"]
    for category in dict.fromkeys(each.category for each in catalogue.metrics.values()):
        lines += [
            "",
            f"### {category}",
            "",
            "| id | en | es | pt | ru | meaning | unit | agg | formula |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for each in catalogue.metrics.values():
            if each.category == category:
                labels = " | ".join(_cell(each.labels[code]) for code in ("en", "es", "pt", "ru"))
                meaning = _cell(describe_metric(each.id, "en"))
                lines.append(
                    f"| `{each.id}` | {labels} | {meaning} | {each.unit} | {each.aggregation} | `{_cell(each.text)}` |"
                )
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
