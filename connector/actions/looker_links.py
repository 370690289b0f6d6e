"""Links to Looker Studio that make a client's copy of a master report, with its data sources configured.

By the Linking API (https://developers.google.com/data-studio/integrate/linking-api): the person who opens a link gets a
copy whose data sources ask this workspace in this language. A link holds no secret: whoever opens it signs in to the
connector with a key of the workspace, once.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote as encoded
from urllib.parse import urlencode

from connector.actions.brand import theme_of
from connector.actions.looker_config import AS_WORKSPACE, configured
from connector.actions.looker_fields import Personal
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import guarded, one_line
from connector.deliver.looker.fields import CURRENCIES
from connector.errors import QueryError, UnknownName, UserError, quote
from connector.metrics.report_types import load_report_types
from connector.model.query import Language
from connector.reports.looker_report import StudioReport, load_report
from connector.store.masters import MasterReport
from connector.store.store import Store

LONGEST: Final = 2_000
"""Characters of a link that every browser and mail program passes on whole."""
_REPORT_ID: Final = re.compile(r"[A-Za-z0-9_-]{10,200}")
_IN_ADDRESS: Final = re.compile(r"/reporting/([^/?#]+)")


@dataclass(frozen=True, slots=True)
class Studio:
    """Where Looker Studio is, and the deployment of the connector script that its data sources use."""

    host: str
    connector_id: str


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """What the data sources of a copy are configured with; empty time zone and currency are the workspace's own."""

    language: Language = "en"
    time_zone: str = ""
    currency: str = ""
    personal: Personal = "show"


@dataclass(frozen=True, slots=True)
class CopyLink:
    """A link that makes the copy of one workspace, and links that make its data sources alone, by alias."""

    workspace: str
    report_name: str
    link: str
    sources: dict[str, str] = field(default_factory=dict)


def publish_master(store: Store, template: str, report: str, language: Language, now: datetime) -> MasterReport:
    """Register what was built from a description as its master report in a language.

    ``report`` is the id of the report in Looker Studio, or its address. Raises UnknownName, UserError.
    """
    described = load_report(template)
    found = _IN_ADDRESS.search(report)
    report_id = found[1] if found else report.strip()
    if not _REPORT_ID.fullmatch(report_id) or report_id == "create":
        raise UserError(
            f"{quote(report)} is no report of Looker Studio.",
            place="--report-id",
            remedy="Open the report and copy its address; the id stands between /reporting/ and /page.",
        )
    master = MasterReport(described.id, language, report_id, described.version, now)
    store.keep_master_report(master)
    return master


def forget_master(store: Store, template: str, language: Language) -> bool:
    """Take a master report out of the register; say whether there was one. Raises UnknownName."""
    return store.forget_master_report(load_report(template).id, language)


def copy_links(
    store: Store, template: str, workspaces: Sequence[str], choice: SourceChoice, studio: Studio, *,
    explain: bool = False,
) -> list[CopyLink]:  # fmt: skip
    """Return the links that copy a master report for each workspace; ``explain`` shows how Looker Studio read one.

    All or none: raises UnknownName for a template, a workspace or a master that does not exist, UserError without a
    connector, QueryError for a choice that no source takes or a link that gets too long.
    """
    if not studio.connector_id:
        raise UserError(
            "No deployment of the connector script is known.",
            place="PUENTE_LOOKER_CONNECTOR",
            remedy="Set it to the deployment id (AKfycb...); SETUP.md of connector/deliver/looker tells where it is.",
        )
    report = load_report(template)
    master = _master(store, report, choice.language)
    return [_copy(store, report, master, name, choice, studio, explain=explain) for name in dict.fromkeys(workspaces)]


def write_links(links: Sequence[CopyLink], target: Path) -> None:
    """Write links as CSV, one line a workspace, with a column for each data source. Raises FileError, StorageFull."""
    aliases = list(links[0].sources) if links else []
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["workspace", "report", "link", *(f"source_{alias}" for alias in aliases)])
    for each in links:
        cells = [each.workspace, each.report_name, each.link, *(each.sources[alias] for alias in aliases)]
        rows.writerow([guarded(cell) for cell in cells])
    write_bytes(target, b"\xef\xbb\xbf" + text.getvalue().encode())


def source_answers(workspace: str, kind: str, choice: SourceChoice) -> dict[str, str]:
    """Return an answer to every question of the configuration, so that nothing is left to ask.

    Raises QueryError for a time zone, currency or language that is none.
    """
    answers = {
        "workspace": workspace, "report_type": kind, "language": choice.language,
        "time_zone": choice.time_zone or AS_WORKSPACE, "currency": choice.currency or AS_WORKSPACE,
        "personal": choice.personal,
    }  # fmt: skip
    configured(answers)
    if choice.currency and choice.currency not in CURRENCIES:
        raise QueryError(
            f"Looker Studio has no currency {quote(choice.currency)}.",
            place="--currency",
            remedy="Leave it out to use that of the workspace.",
        )
    return answers


def _master(store: Store, report: StudioReport, language: Language) -> MasterReport:
    held = [each for each in store.master_reports() if each.template == report.id]
    found = next((each for each in held if each.language == language), None)
    if found is None:
        known = ", ".join(each.language for each in held)
        raise UnknownName(
            f"No master report of {report.id} is registered in the language {language}.",
            place="templates copy",
            remedy=f"There is one in: {known}. Ask for that, or build and register another."
            if known
            else f"Build it once (templates show {report.id} --to looker) and register it with templates publish.",
        )
    return found


def _copy(  # noqa: PLR0913 - what a link is made of
    store: Store, report: StudioReport, master: MasterReport, workspace: str, choice: SourceChoice, studio: Studio, *,
    explain: bool,
) -> CopyLink:  # fmt: skip
    name = store.workspace(workspace).name
    client = one_line(theme_of(store, name).name or name, 80)
    title = f"{report.title.get(choice.language)} · {client}"
    pairs = [("c.reportId", master.report_id), ("c.mode", "edit"), ("r.reportName", title)]
    pairs += [("c.explain", "true")] if explain else []
    sources = {}
    for kind in report.sources:
        answers = source_answers(name, kind, choice)
        called = f"{load_report_types()[kind].labels[choice.language]} · {client}"
        pairs += [
            (f"ds.{kind}.{key}", value)
            for key, value in (
                ("connector", "community"), ("connectorId", studio.connector_id), ("datasourceName", called),
                ("refreshFields", "true"), *answers.items(),
            )
        ]  # fmt: skip
        config = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
        sources[kind] = _address(
            studio, "/datasources/create", [("connectorId", studio.connector_id), ("connectorConfig", config)], name
        )
    return CopyLink(name, title, _address(studio, "/reporting/create", pairs, name), sources)


def _address(studio: Studio, path: str, pairs: Sequence[tuple[str, str]], workspace: str) -> str:
    if not studio.host.startswith("https://"):
        raise UserError(
            f"{quote(studio.host)} is no https address.", place="PUENTE_LOOKER_HOST", remedy="Leave it out, or mend it."
        )
    address = f"{studio.host}{path}?{urlencode(pairs, quote_via=encoded)}"
    if len(address) >= LONGEST:
        raise QueryError(
            f"The link for {quote(workspace)} would have {len(address)} characters; {LONGEST - 1} are possible.",
            place="templates copy",
            remedy="Give the workspace a shorter name, or its brand one (workspace brand --name).",
        )
    return address
