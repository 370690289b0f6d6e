"""Whatever is asked of Drive, the token endpoint and the pages: an answer, and nothing in the sandbox breaks."""

from __future__ import annotations

from json import dumps
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.sandbox.google.identity import OTHER, OWNER, SERVICE
from connector.sandbox.google.service import Google
from connector.sandbox.google.tokens import ALL_SCOPES
from connector.sandbox.http.message import Request
from tests.sandbox.google.web import SPREADSHEET, Clock

ODD = st.sampled_from([None, True, 0, -1, 3.5, "", "x", "\x00", "'", '"', [], ["a"], [1], {}, {"a": 1}, {"a": "b"}])
KNOWN = st.sampled_from(
    [SPREADSHEET, "text/csv", "writer", "user", "owner", "a@b.example", "true", "7", "-5", "files("]
)
NAMES = """name mimeType parents appProperties properties trashed role type emailAddress domain id expirationTime
starred description"""
PARAMETERS = """q fields pageSize pageToken orderBy mimeType alt uploadType upload_id count gid from format addParents
transferOwnership removeParents redirect_uri client_id scope"""
PATHS = """/drive/v3/files /drive/v3/files/{file} /drive/v3/files/{file}/copy /drive/v3/files/{file}/export
/drive/v3/files/{file}/permissions /drive/v3/files/{file}/permissions/{person} /drive/v3/about /drive/v3/drives
/drive/v3/files/generateIds /upload/drive/v3/files /upload/drive/v2/files/{file} /upload/drive/v3/files/{file} /token
/revoke /tokeninfo /o/oauth2/v2/auth / /spreadsheets/d/{file}/edit /spreadsheets/d/{file}/export /drive/v3/ /v1/userinfo
/spreadsheets/d/{file}/charts/5.svg /spreadsheets/export"""
QUERIES = st.dictionaries(st.sampled_from(PARAMETERS.split()), st.one_of(ODD.map(str), KNOWN), max_size=2)
METHODS = st.sampled_from(["GET", "GET", "POST", "PATCH", "PUT", "DELETE"])
PEOPLE = st.sampled_from([OWNER, OTHER, SERVICE])
BODIES = st.one_of(
    st.sampled_from([b"", b"{", b"[]", b"\xff\x00", b"null"]),
    st.dictionaries(st.sampled_from(NAMES.split()), st.one_of(ODD, KNOWN), max_size=4),
)
MEDIA = st.sampled_from(["application/json", "text/csv", "multipart/related; boundary=x", "multipart/related", ""])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(METHODS, st.sampled_from(PATHS.split()), BODIES, MEDIA, QUERIES, PEOPLE)
def test_there_is_an_answer_to_any_question(
    method: str, path: str, body: Any, media: str, query: dict[str, str], person: Any
) -> None:
    google = Google(Clock())
    made = {"name": "x", "mimeType": SPREADSHEET}
    token = google.tokens.give(OWNER, ALL_SCOPES)
    begun = google.answer(
        Request("POST", "/drive/v3/files", {"authorization": f"Bearer {token}"}, dumps(made).encode())
    )
    target = path.format(file=begun.content["id"], person=OWNER.number)
    raw = body if isinstance(body, bytes) else dumps(body).encode()
    headers = {"authorization": f"Bearer {google.tokens.give(person, ALL_SCOPES)}", "content-type": media}
    answer = google.answer(Request(method, f"{target}?{urlencode(query)}", headers, raw))
    assert answer.status < 500
    assert isinstance(answer.body(), bytes)
