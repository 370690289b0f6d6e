"""The answers of the OData feed, by the address and the options of the request.

https://docs.oasis-open.org/odata/odata/v4.0/odata-v4.0-part1-protocol.html
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote as escaped
from urllib.parse import urlencode

from flask import Response, request

from connector.actions.odata import service_body
from connector.actions.odata_requests import Form, Frame
from connector.errors import NotAcceptable, NotBuilt, QueryError, quote
from connector.web.guard import caller, opened, service
from connector.web.odata_options import (
    check_version,
    choice_of,
    continuation_of,
    form_of,
    options_of,
    page_rows,
    request_of,
    token_of,
    wants_json_metadata,
)

PREFIX: Final = "/odata"
_SAFE: Final = "$@'(),*:"


def answer() -> Response:
    """Answer the request by its address and its options."""
    workspace, resource = _place()
    if resource == "$batch":
        raise NotBuilt("Requests cannot be sent in batches.", place="$batch", remedy="Send each by itself.")
    check_version(request)
    options = options_of(request)
    if resource == "":
        return _service(workspace, options)
    if resource == "$metadata":
        return _metadata(workspace, options)
    name, slash, rest = resource.partition("/")
    name = name.removesuffix("()")
    if slash and rest == "$count":
        return _count(workspace, name, options)
    if slash or "(" in name:
        raise NotBuilt(
            "Single rows and their parts have no address.", place=quote(resource), remedy="Ask for rows with $filter."
        )
    return _rows(workspace, name, options)


def _place() -> tuple[str, str]:
    """Return the workspace and what is asked for in it. Raises NotAllowed for a workspace the key does not open.

    A name may hold a slash, which servers hand on like any other, so the names that the key opens decide.
    """
    rest = unicodedata.normalize("NFC", request.path.removeprefix(f"{PREFIX}/"))
    found = [name for name in caller().workspaces if rest == name or rest.startswith(f"{name}/")]
    if not found:
        opened(rest.partition("/")[0] or rest)
    name = max(found, key=lambda each: (rest != each, len(each)), default=rest.partition("/")[0])
    return opened(name), rest[len(name) :].strip("/")


def _root(workspace: str) -> str:
    return f"{request.root_url.rstrip('/')}{PREFIX}/{escaped(workspace, safe='')}"


def _form(options: dict[str, str]) -> Form:
    form = form_of(request, options)
    if form is None:
        raise NotAcceptable("The feed answers in JSON only.", place="$format", remedy="Leave the format out.")
    return form


def _service(workspace: str, options: dict[str, str]) -> Response:
    form = _form(options)
    body = service_body(choice_of(options).language, f"{_root(workspace)}/$metadata", form)
    return _sent([body], form.content_type)


def _metadata(workspace: str, options: dict[str, str]) -> Response:
    as_json = wants_json_metadata(request, options)
    if as_json is None:
        raise NotAcceptable("The description is there as XML and as JSON.", place="$format", remedy="Leave it out.")
    body = service().odata_metadata(workspace, choice_of(options), as_json=as_json)
    return _sent([body], "application/json;charset=utf-8" if as_json else "application/xml;charset=utf-8")


def _count(workspace: str, name: str, options: dict[str, str]) -> Response:
    for option in ("$top", "$skip", "$orderby", "$count", "$skiptoken"):
        if option in options:
            raise QueryError(f"{option} does not go with /$count.", place=option, remedy="Leave it out.")
    asked = request_of(name, {**options, "$count": "true", "$top": "0"}, Form())
    count = service().odata_rows(workspace, asked).count
    return _sent([str(count).encode()], "text/plain;charset=utf-8")


def _rows(workspace: str, name: str, options: dict[str, str]) -> Response:
    form = _form(options)
    asked = request_of(name, options, form)
    after = continuation_of(options)
    size, applied = page_rows(request)
    found = service().odata_rows(workspace, asked, after)
    passed = after.passed if after else 0
    end = found.kept if asked.top is None else min(found.kept, asked.skip + asked.top)
    start = min(asked.skip + passed, end)
    rows = min(size, end - start)
    link = ""
    if start + rows < end:
        more = {**options, "$skiptoken": token_of(found.after(passed + rows))}
        link = f"{_root(workspace)}/{name}?{urlencode(more, safe=_SAFE, quote_via=escaped)}"
    context = f"{_root(workspace)}/$metadata#{name}({','.join(found.shown)})"
    frame = Frame(context, found.count if asked.needs_count else None, link)
    answer = _sent(found.page(start, rows, frame, form), form.content_type)
    if applied:
        answer.headers["Preference-Applied"] = applied
        answer.vary.add("Prefer")
    answer.headers["Content-Language"] = asked.choice.language
    return answer


def _sent(pieces: Iterable[bytes], content_type: str) -> Response:
    headers = {"OData-Version": "4.0"}
    if request.accept_encodings["gzip"]:
        headers["Content-Encoding"] = "gzip"
        pieces = _gzipped(pieces)
    answer = Response(pieces, content_type=content_type, headers=headers)
    answer.vary.update(("Accept", "Accept-Encoding", "OData-MaxVersion"))
    return answer


def _gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    gzip = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        found = gzip.compress(piece)
        if found:
            yield found
    yield gzip.flush()
