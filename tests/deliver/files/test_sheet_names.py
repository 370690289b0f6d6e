"""Sheet names in any language."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from connector.deliver.files.sheet_names import LONGEST, sheet_names


def test_names_are_cut_cleaned_and_numbered() -> None:
    names = sheet_names(
        ["Ventas/Año: [2024]?*\\", "Overview", "OVERVIEW", "x" * 40, "x" * 50, "", "'quoted'", "History", "Журнал"]
    )
    assert names == [
        "Ventas Año 2024",
        "Overview",
        "OVERVIEW (2)",
        "x" * 30 + "…",
        "x" * 26 + "… (2)",
        "Sheet",
        "quoted",
        "History_",
        "Журнал_",
    ]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_names_are_always_valid_and_unique(titles: list[str]) -> None:
    names = sheet_names(titles)
    assert len(names) == len(titles)
    assert len({unicodedata.normalize("NFKC", name).casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le", "strict")) // 2 <= LONGEST
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.isprintable()
