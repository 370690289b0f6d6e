"""What a request to the OData feed says: system query options, choices of how to read, headers, formats.

Options that OData defines and the feed does not have are refused with 501, names that OData keeps for itself and does
not know with 400. https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part2-url-conventions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

from flask import Request
from werkzeug.http import parse_options_header

from connector.actions.looker_fields import Personal
from connector.actions.odata_feeds import FeedChoice
from connector.actions.odata_requests import (
    Continuation,
    FeedRequest,
    Form,
    Metadata,
    parse_filter,
    parse_orderby,
)
from connector.errors import NotBuilt, QueryError, quote
from connector.model.currency import CODES
from connector.model.messages import spoken
from connector.model.query import LANGUAGES

PAGE_ROWS: Final = 50_000
_BUILT: Final = ("$select", "$filter", "$orderby", "$top", "$skip", "$count", "$format", "$skiptoken")
_KNOWN: Final = (
    "$expand", "$search", "$apply", "$compute", "$deltatoken", "$id", "$index", "$levels", "$schemaversion", "$batch"
)  # fmt: skip
_CHOICES: Final = ("language", "currency", "time_zone", "personal")
_WHOLE: Final = re.compile(r"\d{1,15}")
_TOKEN: Final = re.compile(r"(\d{1,15})-(\d{1,15})-(\d{1,12})")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_PAGE_SIZE: Final = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_BUILT_TEXT: Final = "There are $select, $filter, $orderby, $top, $skip, $count and $format."


def options_of(request: Request) -> dict[str, str]:
    """Return the query options, each once. Raises QueryError and NotBuilt."""
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name in _KNOWN:
            raise NotBuilt(f"{name} is not built.", place=name, remedy=_BUILT_TEXT)
        if name.startswith("$") and name not in _BUILT:
            raise QueryError(f"OData has no option {quote(name)}.", place="address", remedy=_BUILT_TEXT)
        if f"${name}" in (*_BUILT, *_KNOWN):
            raise QueryError(f"The option {name} is written ${name}.", place=name, remedy=f"Write ${name}=...")
        if len(values) > 1 and (name.startswith(("$", "@")) or name in _CHOICES):
            raise QueryError("An option is given twice.", place=quote(name), remedy="Give it once.")
        found[name] = values[0]
    return found


def check_version(request: Request) -> None:
    """Refuse a client that does not understand version 4. Raises QueryError."""
    most = request.headers.get("OData-MaxVersion", "4.0").strip()
    if not re.fullmatch(r"4\.\d+|[5-9]\.\d+|\d{2,}\.\d+", most):
        raise QueryError(
            f"The feed speaks OData 4.0, and the client wants at most {quote(most)}.",
            place="header OData-MaxVersion",
            remedy="Choose version 4 in the client.",
        )


def choice_of(options: Mapping[str, str]) -> FeedChoice:
    """Return how the feed is to be read. Raises QueryError."""
    language = options.get("language") or spoken()
    currency, zone = options.get("currency", ""), options.get("time_zone", "")
    personal = options.get("personal") or "show"
    if language not in LANGUAGES:
        raise _bad("language", language, f"There are {', '.join(LANGUAGES)}.")
    if currency and currency not in CODES:
        raise _bad("currency", currency, "Write its ISO 4217 code, such as EUR.")
    if zone and zone not in available_timezones():
        raise _bad("time_zone", zone, "Write an IANA zone, such as Europe/Madrid.")
    if personal not in get_args(Personal):
        raise _bad("personal", personal, "There are show and hide.")
    return FeedChoice(language, currency, ZoneInfo(zone).key if zone else "", cast("Personal", personal))


def request_of(feed: str, options: Mapping[str, str], form: Form) -> FeedRequest:
    """Return what is asked of an entity set. Raises QueryError and NotBuilt."""
    aliases = {name: value for name, value in options.items() if name.startswith("@")}
    tree = parse_filter(options["$filter"], aliases) if "$filter" in options else None
    order = parse_orderby(options["$orderby"]) if "$orderby" in options else ()
    return FeedRequest(
        feed, choice_of(options), _selected(options.get("$select", "")), tree, order, _whole(options, "$skip") or 0,
        _whole(options, "$top"), _flag(options, "$count"), form,
    )  # fmt: skip


def _selected(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")] if text else []
    for name in names:
        if "/" in name or "(" in name:
            raise NotBuilt("Properties have no parts to select.", place="$select", remedy="Name properties only.")
        if name != "*" and not _NAME.fullmatch(name):
            raise QueryError(
                f"{quote(name)} is no name of a property.", place="$select", remedy="Write names with commas between."
            )
    return () if "*" in names else tuple(names)


def _whole(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise QueryError(f"{quote(text)} is no whole number from 0 on.", place=name, remedy=f"Write {name}=100.")
    return int(text)


def _flag(options: Mapping[str, str], name: str) -> bool:
    text = options.get(name, "false")
    if text not in ("true", "false"):
        raise QueryError(f"{quote(text)} is neither true nor false.", place=name, remedy=f"Write {name}=true.")
    return text == "true"


def continuation_of(options: Mapping[str, str]) -> Continuation | None:
    """Return where the page begins that a link of ours asks for. Raises QueryError."""
    text = options.get("$skiptoken")
    if text is None:
        return None
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise QueryError(
            f"{quote(text)} is no token of this feed.", place="$skiptoken", remedy="Follow the next link as it is."
        )
    return Continuation(*map(int, found.groups()))


def token_of(continuation: Continuation) -> str:
    """Return the text of ``$skiptoken``."""
    return f"{continuation.generation}-{continuation.passed}-{continuation.read_at}"


def page_rows(request: Request) -> tuple[int, str]:
    """Return how many rows a page has, and what to answer about the client's wish; empty when it has none."""
    found = _PAGE_SIZE.search(request.headers.get("Prefer", ""))
    wanted = int(found[1]) if found else 0
    if not wanted:
        return PAGE_ROWS, ""
    size = min(wanted, PAGE_ROWS)
    return size, f"odata.maxpagesize={size}"


def form_of(request: Request, options: Mapping[str, str]) -> Form | None:
    """Return the JSON that the client wants by ``$format`` or by the header Accept; None where it wants none."""
    if "$format" in options:
        return _form(options["$format"])
    if not request.headers.get("Accept"):
        return Form()
    for kind, _ in sorted(_accepted(request), key=lambda each: -each[1]):
        form = _form(kind)
        if form is not None:
            return form
    return None


def wants_json_metadata(request: Request, options: Mapping[str, str]) -> bool | None:
    """Whether the description is wanted as JSON; None where neither it nor XML will do.

    XML is what every client of version 4.0 reads: who takes both gets it, whatever he likes better.
    """
    if "$format" in options:
        name = options["$format"].partition(";")[0].strip().lower()
        return {"xml": False, "application/xml": False, "json": True, "application/json": True}.get(name)
    kinds = {kind.partition(";")[0].strip().lower() for kind, _ in _accepted(request)}
    if not kinds or kinds & {"*/*", "application/*", "application/xml"}:
        return False
    return True if "application/json" in kinds else None


def _accepted(request: Request) -> list[tuple[str, float]]:
    """Media types with their parameters and how much they are wanted; commas inside quotes are not expected."""
    found: list[tuple[str, float]] = []
    for part in request.headers.get("Accept", "").split(","):
        kind, parameters = parse_options_header(part)
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            weight = 0.0
        if kind and weight > 0:
            found.append((";".join([kind, *(f"{name}={value}" for name, value in parameters.items())]), weight))
    return found


def _form(text: str) -> Form | None:
    kind, parameters = parse_options_header(text.replace("json", "application/json", 1) if text[:4] == "json" else text)
    if kind.lower() not in ("application/json", "application/*", "*/*"):
        return None
    lowered = {name.lower(): str(value).lower() for name, value in parameters.items()}
    metadata = lowered.get("odata.metadata") or lowered.get("metadata") or "minimal"
    if metadata not in get_args(Metadata) or "odata" in lowered:  # odata=verbose and its like are of versions 2 and 3
        return None
    return Form(cast("Metadata", metadata), lowered.get("ieee754compatible") == "true")


def _bad(name: str, value: str, remedy: str) -> QueryError:
    return QueryError(f"{quote(value)} is no answer to {name}.", place=name, remedy=remedy)
