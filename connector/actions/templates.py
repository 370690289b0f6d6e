"""List, describe and check report templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.actions.catalogue import meant_by
from connector.errors import FileError, PuenteError, TemplateError
from connector.model.messages import told
from connector.model.query import LANGUAGES, Language
from connector.reports.looker_report import FOLDER as REPORTS
from connector.reports.looker_report import check_report, report_ids
from connector.reports.ranges import range_words
from connector.reports.template import FOLDER, LoadedTemplate, check_template, load_template, template_ids
from connector.reports.words import entity_name


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """One template in the gallery."""

    id: str
    title: str
    question: str
    audience: str


def list_templates(language: Language, search: str = "") -> list[TemplateEntry]:
    """Return the templates in a language: all, or those that a search finds. Raises TemplateError when one is broken.

    A search looks into ids, titles and questions of every language; words that people also use for a report
    (``synonyms`` of ``looker_schemas/words.yaml``, known mistranslations among them) find it too.
    """
    entries: list[TemplateEntry] = []
    meant = meant_by(search)
    for name in template_ids():
        template = load_template(name).template
        texts = [name, *(part.get(each) for part in (template.title, template.question) for each in LANGUAGES)]
        if name not in meant and search.strip().lower() not in "\n".join(texts).lower():
            continue
        audience = _spoken(template.audience, language)
        entries.append(TemplateEntry(name, template.title.get(language), template.question.get(language), audience))
    return entries


def describe_template(name: str, language: Language) -> str:
    """Return what a template needs and holds, as lines of text."""
    loaded = load_template(name)
    template = loaded.template
    compared = range_words(template.compare, language)
    lines = [
        told(f"{template.title.get(language)} ({template.id}, version {template.version})", language),
        template.question.get(language),
        told(f"For: {_spoken(template.audience, language)}; {_spoken(template.cadence, language)}", language),
        told(f"Needs: {', '.join(entity_name(entity, language) for entity in template.entities)}", language),
        told(f"Range: {range_words(template.range, language)}; compared with: {compared}", language),
    ]
    for tab in template.tabs:
        lines.append(f"\n{tab.title.get(language)}")
        for block in tab.blocks:
            title = f"{block.title.get(language)}: " if block.title else ""
            metrics = [loaded.catalogue.metric(metric).labels[language] for metric in block.metrics]
            split = f" · {_split(loaded, block.dimensions, language)}" if block.dimensions else ""
            entities = ", ".join(entity_name(entity, language) for entity in block.needs)
            needs = f" ({told('needs', language)}: {entities})" if entities else ""
            lines.append(f"  {title}{', '.join(metrics) or told(block.kind, language)}{split}{needs}")
    return "\n".join(lines)


def _split(loaded: LoadedTemplate, dimensions: Sequence[str], language: Language) -> str:
    found = [loaded.catalogue.dimension(name.partition(":")[0]).labels[language] for name in dimensions]
    return f"{told('by', language)}: {', '.join(found)}"


def _spoken(words: Sequence[str], language: Language) -> str:
    return ", ".join(told(word, language) for word in words)


def lint(paths: Sequence[Path], *, strict: bool = False) -> list[str]:
    """Check template files or folders, all of ours when none is named. A file that is no template.yaml describes a
    report of Looker Studio.

    Returns a line for each sound template and for each design rule it breaks. Raises TemplateError that lists the
    mistakes of all others; when ``strict``, broken design rules are mistakes.
    """
    ours = [FOLDER / name / "template.yaml" for name in template_ids()]
    ours += [REPORTS / f"{name}.yaml" for name in report_ids()]
    files = [_file(path) for path in paths] or ours
    lines: list[str] = []
    broken: list[str] = []
    for path in files:
        try:
            if path.name != "template.yaml":
                report = check_report(path)
                charts = sum(len(page.charts) for page in report.pages)
                lines.append(f"{report.id}: right, {len(report.pages)} pages, {charts} charts, for Looker Studio")
                continue
            loaded = check_template(path)
        except PuenteError as error:
            broken.append(str(error))
            continue
        blocks = sum(len(tab.blocks) for tab in loaded.template.tabs)
        warnings = [f"{loaded.template.id}: {warning}" for warning in loaded.warnings]
        if strict and warnings:
            broken += warnings
            continue
        lines.append(f"{loaded.template.id}: right, {len(loaded.template.tabs)} tabs, {blocks} blocks")
        lines += [f"  design: {warning}" for warning in loaded.warnings]
    if broken:
        raise TemplateError("\n".join(broken))
    return lines


def _file(path: Path) -> Path:
    inside = path / "template.yaml" if path.is_dir() else path
    if not inside.is_file():
        raise FileError("There is no template here.", place=str(path), remedy="Name a template.yaml or its folder.")
    return inside
