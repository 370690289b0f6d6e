"""What is to stand in a spreadsheet: the layout of a report, and a question as a single table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from connector.actions.brand import theme_of
from connector.actions.query import closed, query
from connector.actions.report import evaluate
from connector.actions.sheet_settings import Question, known_language, question, report_request
from connector.deliver.files.sheet_names import sheet_names
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.report_layout import report_layout
from connector.metrics.window import calendar_of
from connector.model.period import resolve
from connector.model.report import Block, Report, Tab
from connector.model.table import Table
from connector.reports.template import load_template
from connector.reports.words import days_text
from connector.store.sheets import SheetBinding
from connector.store.store import Store, Workspace


def layout_of(store: Store, workspace: Workspace, binding: SheetBinding, now: datetime, max_rows: int) -> Layout:
    """Return what a binding is to show as of ``now``. Raises what evaluating it raises: QueryError, UnknownName ..."""
    if binding.kind == "query":
        asked = question(binding.settings, binding.language)
        return question_layout(store, workspace, asked, binding.region, now, max_rows)
    request = report_request(binding.settings, binding.language)
    layout = report_layout(evaluate(store, workspace.name, request, now))
    return replace(layout, template_version=load_template(request.template).template.version)


def question_layout(
    store: Store, workspace: Workspace, asked: Question, region: str, now: datetime, max_rows: int
) -> Layout:
    """Return a layout with one tab whose region ``region`` is the answer."""
    table = query(store, workspace.name, asked.query, now, max_rows=max_rows)
    layout = report_layout(_report(store, workspace, asked, table, region, now))
    [tab] = [each for each in layout.tabs if each.id == region]
    answer = next(each for each in tab.regions if each.id == region)
    return replace(
        layout, tabs=(replace(tab, title=_tab_name(asked, table), regions=(answer,), charts=(), rules=(), widths=()),)
    )


def _report(store: Store, workspace: Workspace, asked: Question, table: Table, region: str, now: datetime) -> Report:
    with store.reader(workspace) as reader:
        profile = reader.profile
    wanted = asked.query
    language, rules = known_language(wanted.language), calendar_of(profile, wanted.time_zone)
    days = resolve(closed(wanted, profile, now), rules.local_date(now), rules)
    span = days_text(days, language)
    title = f"{asked.title or _names(table)}  ·  {span}"
    return Report(
        template="",
        title=title,
        workspace=workspace.name,
        language=language,
        currency=wanted.currency or profile.currency,
        time_zone=str(rules.zone),
        first_day=None if days.is_all_time else days.first,
        last_day=None if days.is_all_time else days.last,
        range_label=span,
        comparison_label="",
        generated_at=now,
        tabs=(Tab(region, "", (Block(region, title, table=table, question=wanted),)),),
        freshness=table.freshness,
        filters_label="; ".join(asked.filters),
        theme=theme_of(store, workspace.name),
    )


def _tab_name(asked: Question, table: Table) -> str:
    """Return what its tab is called, where nobody knows on which it stood."""
    return sheet_names([asked.title or _names(table)])[0]


def _names(table: Table) -> str:
    """Return what a table is about: its metrics by its dimensions, as the columns are called."""
    metrics = ", ".join(column.label for column in table.columns if column.role == "metric")
    dimensions = ", ".join(column.label for column in table.columns if column.role == "dimension")
    return f"{metrics} — {dimensions}" if dimensions else metrics
