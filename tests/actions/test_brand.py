"""The brand of a workspace: kept, inherited, shown by every output; logos that are no logos."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from connector.actions.brand import BrandRequest, describe_brand, reset_brand, set_brand, theme_of
from connector.actions.logo import FILE_BYTES, HEIGHT, WIDTH, read_logo
from connector.errors import FileError, UnknownName, UserError
from connector.model.report import Theme
from connector.store.store import Store

NOW = datetime(2026, 5, 18, 14, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", threads=1) as opened:
        opened.create_workspace("acme", NOW)
        opened.create_workspace("other", NOW)
        yield opened


def picture(path: Path, size: tuple[int, int] = (900, 260), form: str = "PNG", mode: str = "RGB") -> Path:
    Image.new(mode, size, "#7A1F4E").save(path, form)
    return path


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_workspace_has_its_brand_else_the_default_else_puentes(store: Store, tmp_path: Path) -> None:
    assert theme_of(store, "acme") == Theme()
    set_brand(store, "", BrandRequest(name="Agency", font="Georgia", logo=picture(tmp_path / "a.png")), NOW)
    set_brand(store, "acme", BrandRequest(name="Acme", primary="#7A1F4E"), NOW)
    acme, other = theme_of(store, "acme"), theme_of(store, "other")
    assert (acme.name, acme.primary, acme.font, bool(acme.logo)) == ("Acme", "#7A1F4E", "Georgia", True)
    assert (other.name, other.primary, other.font) == ("Agency", Theme().primary, "Georgia")
    assert theme_of(store).name == "Agency"
    origins = {line.fact: line.origin for line in describe_brand(store, "acme")}
    assert origins == {
        "name": "workspace", "logo": "default", "primary": "workspace", "accent": "workspace", "neutral": "workspace",
        "font": "default",
    }  # fmt: skip
    set_brand(store, "acme", BrandRequest(without_logo=True), NOW)
    assert theme_of(store, "acme").logo == b""
    assert theme_of(store, "other").logo
    assert reset_brand(store, "acme")
    assert not reset_brand(store, "acme")
    assert theme_of(store, "acme").name == "Agency"


def test_a_brand_with_one_mistake_changes_nothing(store: Store, tmp_path: Path) -> None:
    set_brand(store, "acme", BrandRequest(name="Acme"), NOW)
    before = store.brand(store.workspace("acme"))
    for wrong in (
        BrandRequest(name="New", primary="#FFFF00"),
        BrandRequest(name="New", font="a{}"),
        BrandRequest(name="New", logo=tmp_path / "none.png"),
        BrandRequest(name="New", logo=picture(tmp_path / "a.png"), without_logo=True),
        BrandRequest(),
    ):
        with pytest.raises(UserError):
            set_brand(store, "acme", wrong, NOW)
    assert store.brand(store.workspace("acme")) == before
    with pytest.raises(UnknownName):
        set_brand(store, "nobody", BrandRequest(name="New"), NOW)


def test_a_removed_workspace_leaves_no_brand(store: Store) -> None:
    set_brand(store, "acme", BrandRequest(name="Acme"), NOW)
    gone = store.workspace("acme")
    store.remove_workspace(gone, NOW)
    assert store.brand(gone).name is None


@pytest.mark.parametrize(("form", "mode", "kind"), [("PNG", "RGBA", "PNG"), ("PNG", "P", None), ("JPEG", "CMYK", None)])
def test_a_logo_is_made_small_and_written_anew(tmp_path: Path, form: str, mode: str, kind: str | None) -> None:
    path = tmp_path / "logo.bin"
    image = Image.new(mode, (3000, 500))
    facts = PngImagePlugin.PngInfo()
    facts.add_text("Comment", "secret of the designer")
    image.save(path, form, **({"pnginfo": facts} if form == "PNG" else {"comment": b"secret of the designer"}))
    with path.open("ab") as file:
        file.write(b"<script>alert(1)</script>")
    logo = read_logo(path)
    assert b"secret" not in logo.content
    assert b"script" not in logo.content
    again = opened(logo.content)
    assert again.size == (600, 100)
    assert again.width <= WIDTH
    assert again.height <= HEIGHT
    assert logo.kind == f"image/{(again.format or '').lower()}"
    assert kind is None or again.format == kind


def test_a_small_logo_is_not_made_larger(tmp_path: Path) -> None:
    assert opened(read_logo(picture(tmp_path / "a.png", (64, 32))).content).size == (64, 32)


@pytest.mark.parametrize("name", ["logo.svg", "logo.png"])
@pytest.mark.parametrize("start", [b"<svg", b'<?xml version="1.0"?><svg', b"\xef\xbb\xbf  \n<SVG"])
def test_an_svg_is_refused_with_the_reason(tmp_path: Path, name: str, start: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(start + b' xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    with pytest.raises(FileError, match="scripts and addresses"):
        read_logo(path)


def bomb(path: Path) -> Path:
    """A PNG of 40,000 x 40,000 pixels in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    header = (40_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)))
    return path


def test_hostile_and_broken_images_are_refused_in_words(tmp_path: Path) -> None:
    whole = picture(tmp_path / "whole.png").read_bytes()
    cases = {
        "million pixels": bomb(tmp_path / "bomb.png"),
        "larger than": tmp_path / "large.png",
        "neither a PNG nor a JPEG": tmp_path / "text.png",
        "damaged": tmp_path / "cut.png",
        "at least 16": picture(tmp_path / "thin.png", (900, 4)),
        "cannot be read": tmp_path / "none.png",
    }
    cases["larger than"].write_bytes(b"\x89PNG" + b"\0" * FILE_BYTES)
    cases["neither a PNG nor a JPEG"].write_text("hello")
    cases["damaged"].write_bytes(whole[: len(whole) // 2])
    for words, path in cases.items():
        with pytest.raises(FileError, match=words):
            read_logo(path)
    with pytest.raises(FileError, match="neither a PNG nor a JPEG"):
        read_logo(picture(tmp_path / "a.gif", form="GIF"))
    with pytest.raises(FileError, match="cannot be read"):
        read_logo(tmp_path)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_cut_image_is_refused_even_when_another_library_lets_pillow_fill_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does for the whole process
    path = picture(tmp_path / "a.img", form=form)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileError, match="ends too early"):
        read_logo(path)
