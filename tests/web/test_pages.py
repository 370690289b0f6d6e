"""The folder of ready pages: shown as it is, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.web.application import create_app
from tests.web.stand_in import StandIn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pages = tmp_path / "pages"
    (pages / "deep").mkdir(parents=True)
    (pages / "index.html").write_text("<style>p{}</style><p>all reports</p>", encoding="utf-8")
    (pages / "sales.xlsx").write_bytes(b"PK")
    (pages / "deep" / "x.html").write_text("deep", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return pages


def test_pages_are_shown_and_may_style_themselves(folder: Path) -> None:
    client = create_app(StandIn(), folder).test_client()
    for path in ("/demo/", "/demo/index.html"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "all reports" in answer.get_data(as_text=True)
        assert "style-src 'unsafe-inline'" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        answer.close()
    workbook = client.get("/demo/sales.xlsx")
    assert workbook.get_data() == b"PK"
    workbook.close()


@pytest.mark.parametrize(
    "path", ["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "/etc/passwd", "nothing.html"]
)
def test_what_lies_elsewhere_is_not_shown(folder: Path, path: str) -> None:
    answer = create_app(StandIn(), folder).test_client().get(f"/demo/{path}")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "not_found"


def test_without_a_folder_there_is_no_such_address() -> None:
    assert create_app(StandIn()).test_client().get("/demo/").status_code == 404
