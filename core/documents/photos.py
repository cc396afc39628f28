"""A photo as it is kept: drawn anew, upright and no larger than a screen, with nothing in it but what one sees.

Whatever else the file held is gone: place and time of taking, the device, comments, a second picture inside it
(security.md 5.2.6, 14.2.8).
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import ClassVar, Final

from PIL import Image, ImageOps

from core.kernel.errors import BusinessError

LARGEST_PHOTO: Final = 5 * 1024 * 1024
"""Bytes of a file that is taken in."""
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1920
_JPEG: Final = b"\xff\xd8"
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 150
"""A JPEG is drawn in one to twenty passes, hundreds would only keep the machine busy; a film behind it has some too."""
_QUALITY: Final = 85
_DRAWN_AS_IT_IS: Final = frozenset({"L", "RGB", "CMYK"})
_TOO_DEEP: Final = ("I", "F")
"""16 and 32 bits a pixel: measured heights and the like, which 8 bits would turn white."""
_UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)


class PhotoTooLarge(BusinessError):
    """The file has more than ``most`` bytes."""

    code: ClassVar[str] = "photos.too_large"


class PhotoNotRead(BusinessError):
    """The file is no whole JPEG or PNG picture, whatever its name says."""

    code: ClassVar[str] = "photos.not_read"


class PhotoTooManyPixels(BusinessError):
    """The picture has more than ``most`` pixels."""

    code: ClassVar[str] = "photos.too_many_pixels"


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A JPEG without any metadata; ``width`` and ``height`` in pixels."""

    content: bytes
    width: int
    height: int


def clean_photo(*, content: bytes) -> CleanPhoto:
    """Draw a JPEG or PNG anew, its longest side at most 1920 pixels; small ones keep their size.

    What the file is shows in its content, not in its name. Transparent parts become white. The size is read from the
    header and judged before anything is decoded.
    """
    if len(content) > LARGEST_PHOTO:
        raise PhotoTooLarge(most=LARGEST_PHOTO)
    if content.startswith(_JPEG) and content.count(_SCAN) > _MOST_SCANS:
        raise PhotoNotRead
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            return _drawn(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoTooManyPixels(most=MOST_PIXELS) from error
    except _UNREADABLE as error:
        raise PhotoNotRead from error


def _drawn(image: Image.Image) -> CleanPhoto:
    if image.width * image.height > MOST_PIXELS:
        raise PhotoTooManyPixels(most=MOST_PIXELS)
    if image.mode.startswith(_TOO_DEEP):
        raise PhotoNotRead
    picture = image if image.mode in _DRAWN_AS_IT_IS else image.convert("RGBA")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    # A new sheet takes over the pixels alone; a copy would carry comments along.
    sheet = Image.new("RGB", upright.size, "white")
    if upright.mode == "RGBA":
        sheet.paste(upright, mask=upright)
    else:
        sheet.paste(upright.convert("RGB"))
    kept = BytesIO()
    sheet.save(kept, format="JPEG", quality=_QUALITY, optimize=True)
    return CleanPhoto(kept.getvalue(), sheet.width, sheet.height)
