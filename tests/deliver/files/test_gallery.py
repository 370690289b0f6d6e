"""Every kind of chart, drawn: well-formed, inside its sheet, no text over another, readable on its ground."""

from __future__ import annotations

import re

import pytest

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame, block_frames
from connector.deliver.files.svg import render_chart_svg
from connector.deliver.files.theme import palette
from connector.model.colour import contrast
from connector.model.report import Block, Theme
from tests.deliver.files import gallery
from tests.deliver.files.svg_reader import labels, overlapping, shapes, viewbox

LANGUAGES = ("en", "es", "pt", "ru")
CURRENCIES = {"en": "USD", "es": "EUR", "pt": "BRL", "ru": "RUB"}
THEMES = (
    Theme(),
    Theme(primary="#FFD400", accent="#000000", neutral="#777777"),
    Theme(primary="#7A7A7A", accent="#E6007E"),
)
ALLOWED = {"svg", "g", "rect", "line", "path", "circle", "text", "title"}


def frames_of(blocks: list[Block], language: str = "en") -> list[tuple[str, ChartFrame]]:
    show = Display(language, CURRENCIES[language])
    return [
        (f"{block.id}: {frame.kind} {n}", frame)
        for block in blocks
        for n, frame in enumerate(block_frames(block, show))
    ]


def drawn(frame: ChartFrame, width: int, language: str = "en", theme: Theme = THEMES[0]) -> str:
    return render_chart_svg(frame, palette(theme), Display(language, CURRENCIES[language]), width)


def check(name: str, svg: str) -> None:
    """The mechanical rules of one drawing."""
    wide, tall = viewbox(svg)
    found = labels(svg)
    outside = [
        one.text for one in found if one.left < -1 or one.top < -1 or one.right > wide + 1 or one.bottom > tall + 1
    ]
    assert outside == [], name
    assert overlapping(found) == [], name
    pale = [
        (one.text, one.colour, one.ground)
        for one in found
        if contrast(one.colour, one.ground) < 4.5 and one.text != "–"
    ]
    assert pale == [], name
    for shape in shapes(svg, "rect"):
        assert float(shape["x"]) >= -1, name
        assert float(shape["x"]) + float(shape["width"]) <= wide + 1, name
        assert float(shape["y"]) + float(shape["height"]) <= tall + 1, name


@pytest.mark.parametrize("width", [330, 540, 860])
@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_charts_are_drawn_cleanly(language: str, width: int) -> None:
    for name, frame in frames_of(gallery.ordinary(), language):
        check(f"{name} {width} {language}", drawn(frame, width, language))


@pytest.mark.parametrize("width", [330, 540])
@pytest.mark.parametrize("place", range(10))
def test_awkward_charts_are_drawn_cleanly(place: int, width: int) -> None:
    block = gallery.awkward()[place]
    for name, frame in frames_of([block]):
        check(f"{name} {width}", drawn(frame, width))


@pytest.mark.parametrize("theme", THEMES)
def test_figures_on_colours_of_any_theme_can_be_read(theme: Theme) -> None:
    for name, frame in frames_of(gallery.ordinary()):
        check(name, drawn(frame, 540, "en", theme))


def test_the_gallery_has_every_kind() -> None:
    assert {frame.kind for _, frame in frames_of(gallery.ordinary())} == set(gallery.KINDS)
    kinds = {spec.kind for block in gallery.awkward() for spec in block.charts}
    assert kinds == set(gallery.KINDS)


def test_a_drawing_holds_plain_marks_only() -> None:
    for _, frame in frames_of(gallery.ordinary()):
        svg = drawn(frame, 540)
        assert set(re.findall(r"<(\w+)", svg)) <= ALLOWED
        assert not re.search(r"\b(id|href|style|class|on\w+)=", svg)
        assert "url(" not in svg
        assert "NaN" not in svg
        assert "nan" not in svg.replace("Finance", "")


def test_nothing_to_show_is_no_chart() -> None:
    nothing = next(block for block in gallery.awkward() if block.id == "nothing")
    assert frames_of([nothing]) == []


def test_a_cut_name_is_whole_under_the_pointer() -> None:
    block = next(block for block in gallery.awkward() if block.id == "long names")
    for name, frame in frames_of([block]):
        svg = drawn(frame, 330)
        assert f"<title>{gallery.LONG} 0" in svg or f"{gallery.LONG} 0" in svg, name
        assert "…" in svg, name


def test_phones_get_text_of_twelve_pixels() -> None:
    """A phone of 390 pixels leaves 362 to a drawing of 330; one of 360 leaves 332."""
    for _, frame in frames_of(gallery.ordinary()):
        found = re.search(r'font-size="([\d.]+)"', drawn(frame, 330))
        assert found is not None
        assert float(found[1]) * 332 / 330 >= 12
        assert svg_sizes(drawn(frame, 330)) == {found[1]}


def svg_sizes(svg: str) -> set[str]:
    return set(re.findall(r'font-size="([\d.]+)"', svg))


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_carry_the_figures_of_the_table(language: str) -> None:
    """Under the pointer stands each figure exactly as in the table; beside the mark its short form."""
    show = Display(language, CURRENCIES[language])
    for name, frame in frames_of(gallery.ordinary(), language):
        if frame.panels or frame.kind in ("flow", "line"):
            continue
        svg = drawn(frame, 540, language)
        for part in frame.series:
            for value in part.values:
                if value:
                    assert show.cell(value, part.unit) in svg, (name, value)
        if frame.kind in ("bar", "funnel", "pie", "diverging_bar"):
            for part in (*frame.series, *(frame.labels if frame.kind != "pie" else ())):
                assert all(show.compact(value, part.unit) in svg for value in part.values if value is not None), name


def test_the_same_frame_is_drawn_the_same() -> None:
    for _, frame in frames_of(gallery.ordinary()):
        assert drawn(frame, 540) == drawn(frame, 540)
