"""Logos: read with suspicion, made small, written anew without whatever else the file held."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Final

from connector.errors import FileError, quote
from connector.model.brand import Logo

FILE_BYTES: Final = 2_000_000
PIXELS: Final = 16_000_000
"""Width times height of an image that is read; a larger one could fill the memory when it unfolds."""
WIDTH, HEIGHT = 600, 200
"""Box in pixels that a logo is made to fit: three times what a report shows, so that print stays sharp."""
LEAST: Final = 16
_END: Final = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}
"""What a whole file of a form ends with."""
_SVG_STARTS: Final = (b"<svg", b"<?xml", b"<!doctype svg")


def read_logo(path: Path) -> Logo:
    """Return the image of a PNG or JPEG file, shrunk to fit :data:`WIDTH` x :data:`HEIGHT` and encoded anew.

    Metadata, further frames and anything behind the image are left out. Raises FileError.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - heavy

    content = _read(path)
    place = quote(path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is stricter
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
                _check_size(image.size, place)
                _check_end(content, image.format or "")
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
                return _encoded(upright)
    except UnidentifiedImageError:
        raise FileError(
            "This is neither a PNG nor a JPEG image.", place=place, remedy="Save the logo as PNG or JPEG."
        ) from None
    except Image.DecompressionBombError:
        raise _too_large(place) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise FileError(
            f"The image is damaged: {quote(error)}.", place=place, remedy="Save it anew as PNG or JPEG."
        ) from None


def _read(path: Path) -> bytes:
    place = quote(path, 200)
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise FileError(
            f"The logo cannot be read: {error.strerror}.", place=place, remedy="Name a PNG or JPEG file."
        ) from None
    if len(content) > FILE_BYTES:
        raise FileError(
            f"The logo is larger than {FILE_BYTES // 1_000_000} MB.", place=place, remedy="Save it smaller."
        )
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:12].lower().startswith(_SVG_STARTS) or path.suffix.lower() == ".svg":
        raise FileError(
            "A logo cannot be an SVG: such a file may hold scripts and addresses, which every report would carry on.",
            place=place,
            remedy="Export it as PNG, 600 pixels wide.",
        )
    return content


def _check_size(size: tuple[int, int], place: str) -> None:
    width, height = size
    if width * height > PIXELS:
        raise _too_large(place)
    if min(width, height) < LEAST:
        raise FileError(
            f"The logo has {width} x {height} pixels; it needs at least {LEAST} each way.",
            place=place,
            remedy="Export it larger.",
        )


def _check_end(content: bytes, form: str) -> None:
    """Refuse a cut file here: another library of the process may have told Pillow to fill up what is missing."""
    if _END[form] not in content:
        raise OSError("it ends too early")


def _too_large(place: str) -> FileError:
    return FileError(
        f"The logo has more than {PIXELS // 1_000_000} million pixels.", place=place, remedy="Save it smaller."
    )


def _encoded(image: object) -> Logo:
    """Write the pixels alone: PNG where something shines through, else whichever is smaller."""
    from PIL import Image  # noqa: PLC0415 - heavy

    assert isinstance(image, Image.Image)
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = image.convert("RGBA" if clear else "RGB")
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    png = io.BytesIO()
    bare.save(png, "PNG", optimize=True)
    if clear:
        return Logo(png.getvalue())
    jpeg = io.BytesIO()
    bare.save(jpeg, "JPEG", quality=90, optimize=True)
    return Logo(png.getvalue()) if png.tell() <= jpeg.tell() else Logo(jpeg.getvalue(), "image/jpeg")
