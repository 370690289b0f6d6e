"""Colours that are refused, the nearest ones that pass, and what a brand leaves open."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import UserError
from connector.model.brand import (
    LEAST_DISTANCE,
    MARK_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    Brand,
    Logo,
    checked_brand_name,
    checked_colours,
    checked_font,
)
from connector.model.colour import contrast, distance, is_colour, luminance, mixed
from connector.model.report import Theme

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")
    assert luminance("#FF0000") == pytest.approx(0.2126)


def test_distance_is_that_of_cielab() -> None:
    assert distance("#000000", "#FFFFFF") == pytest.approx(100, abs=0.01)
    assert distance("#FF0000", "#FF0000") == 0
    assert distance("#FF0000", "#00FF00") == pytest.approx(170.57, abs=0.3)
    assert distance("#000000", "#080808") < 3, "near black everything looks alike"


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert [mixed("#204060", "#FFFFFF", share) for share in (0, 0.5, 1)] == ["#204060", "#90A0B0", "#FFFFFF"]


def test_puentes_own_colours_pass_their_own_rules() -> None:
    plain = Theme()
    assert checked_colours(plain.primary, plain.accent, plain.neutral)


def test_a_pale_primary_is_refused_with_the_nearest_that_passes() -> None:
    with pytest.raises(UserError) as caught:
        checked_colours("#FFCC00", "#D9752F", "#5F6B7A")
    assert "1.51 with white, 4.5 is needed" in caught.value.sentence
    found = re.search(r"--primary '(#[0-9A-F]{6})'", caught.value.remedy)
    assert found
    assert contrast(found[1], WHITE) >= TEXT_CONTRAST
    assert contrast(mixed(found[1], "#FFFFFF", 0.05), WHITE) < TEXT_CONTRAST, "a paler one would have passed too"


def test_every_colour_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(UserError) as caught:
        checked_colours("#FFFF00", "#FFFFFF", "#FFFF00")
    assert [name in caught.value.sentence for name in ("primary", "accent", "neutral")] == [True] * 3


def test_colours_that_look_alike_are_refused() -> None:
    with pytest.raises(UserError, match="accent colour #204A70 can hardly be told from the primary colour #1F4E79"):
        checked_colours("#1F4E79", "#204A70", "#5F6B7A")


@given(COLOUR, COLOUR, COLOUR)
def test_what_is_kept_can_be_read_and_told_apart_and_every_remedy_passes(first: str, second: str, third: str) -> None:
    colours = [first, second, third]
    for _ in range(2):
        try:
            kept = checked_colours(*colours)
        except UserError as error:
            named = dict(re.findall(r"--(\w+) '(#[0-9A-F]{6})'", error.remedy))
            if "another hue" in error.remedy:
                return
            colours = [
                named.get(name, colour) for name, colour in zip(("primary", "accent", "neutral"), colours, strict=True)
            ]
            continue
        assert contrast(kept[0], WHITE) >= TEXT_CONTRAST
        assert min(contrast(colour, WHITE) for colour in kept[1:]) >= MARK_CONTRAST
        pairs = [(kept[0], kept[1]), (kept[0], kept[2]), (kept[1], kept[2])]
        assert min(distance(*pair) for pair in pairs) >= LEAST_DISTANCE
        return
    pytest.fail(f"the remedy {colours} does not pass")


@pytest.mark.parametrize(
    "text", ["", "red", "#FFF", "#12345G", "#1234567", "123456", "#１23456", "url(#a)", "#12345\n"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert not is_colour(text)
    with pytest.raises(UserError, match="no #RRGGBB"):
        checked_colours(text, "#D9752F", "#5F6B7A")


@pytest.mark.parametrize("font", ["", "Arial, serif", "Arial;}", "'Georgia'", "a" * 41, "-x", "1st", "Ge\norgia{"])
def test_a_font_is_a_name_and_nothing_else(font: str) -> None:
    with pytest.raises(UserError, match="no name of a font"):
        checked_font(font)


def test_names_are_tidied() -> None:
    assert checked_font("  PT   Sans ") == "PT Sans"
    assert checked_brand_name(" Рога  и копыта ") == "Рога и копыта"
    for wrong in ("", "  ", "x" * 81, "a\u202eb"):
        with pytest.raises(UserError, match="no name for a brand"):
            checked_brand_name(wrong)


def test_what_a_brand_leaves_open_is_taken_from_the_one_below() -> None:
    default = Brand("Agency", ("#111111", "#990000", "#006600"), "Georgia", Logo(b"below"))
    assert Brand().over(default) == default
    mine = Brand("Acme", None, None, Logo(b""))
    assert mine.over(default) == Brand("Acme", default.colours, "Georgia", Logo(b""))
    assert Brand().theme() == Theme()
    assert mine.over(default).theme() == Theme("Acme", "#111111", "#990000", "#006600", "Georgia")
