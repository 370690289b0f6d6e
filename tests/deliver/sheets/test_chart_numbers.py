"""Figures on charts are short whatever their size."""

from __future__ import annotations

import pytest

from connector.deliver.files.display import Display
from connector.deliver.sheets.number_formats import NumberFormats
from connector.sandbox.google.display import display
from connector.sandbox.google.locales import ways_of

NUMBERS = ((3_416_000.0, "3,416K"), (266_000_000.0, "266M"), (8e11, "800B"), (81_500.0, "82K"), (900.0, "900"))


@pytest.mark.parametrize(("figure", "text"), NUMBERS)
def test_figures_to_both_sides_of_zero_are_of_one_scale(figure: float, text: str) -> None:
    formats = NumberFormats(Display("en", ""))
    american = ways_of("en_US")
    shown = {"numberFormat": formats.signed("money", figure)}
    both = {"numberFormat": formats.unsigned("money", figure)}
    assert (display(figure, shown, american), display(-figure, shown, american)) == (text, f"-{text}")
    assert (display(figure, both, american), display(-figure, both, american)) == (text, text)


def test_each_figure_above_zero_has_its_own_scale() -> None:
    formats = NumberFormats(Display("ru", ""))
    shown = {"numberFormat": formats.compact("money", 8e11)}
    russian = ways_of("ru_RU")
    assert [display(figure, shown, russian) for figure in (8e11, 8e6, 8e2)] == [
        "800,0\u00a0млрд",
        "8,0\u00a0млн",
        "800",
    ]
