"""The filters that README and the parser's remedy show can be asked as they are written."""

from __future__ import annotations

import re

from connector.model.filter_text import REMEDY
from tests.cli.test_commands import Shell, shell
from tests.conftest import ROOT

__all__ = ["shell"]


def shown_filters() -> list[str]:
    [paragraph] = re.findall(
        r"\*\*Filters\*\*:(.*?)\*\*Ranges", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    return re.findall(r'`(?:--filter )?"([^"`]*)"`', " ".join(paragraph.split()))


def test_every_filter_that_is_shown_is_answered(shell: Shell) -> None:
    assert shell("import", "deals.csv", "-w", "acme", "--yes")[0] == 0
    hint = re.fullmatch(r"Write it like: (.*), or: (.*)\.", REMEDY)
    assert hint is not None
    filters = [*shown_filters(), *hint.groups()]
    assert len(filters) == 7
    for text in filters:
        code, _, err = shell(
            "query", "-w", "acme", "-m", "total_sales,deals_won", "-d", "owner", "--range", "all_time", "--filter", text
        )
        assert code == 0, f"{text}: {err}"
