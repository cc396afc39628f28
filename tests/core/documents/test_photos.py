"""R11 of files that people send: what a photo gives away, and what it could do to the machine."""

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from core.documents.photos import (
    LARGEST_PHOTO,
    CleanPhoto,
    PhotoNotRead,
    PhotoTooLarge,
    PhotoTooManyPixels,
    clean_photo,
)

RED, BLUE = (220, 30, 30), (30, 30, 220)
SECRETS = (b"GPS-31.2304N", b"Canon", b"a comment", b"<x:xmpmeta", b"profile-bytes")


def halves(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def file_of(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format=kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    facts = Image.Exif()
    facts[0x0112] = orientation
    facts[0x010F] = "Canon"
    facts[0x9286] = b"GPS-31.2304N"
    return facts


def seen(photo: CleanPhoto, x: float, y: float) -> str:
    """The colour at a place of the picture, given as shares of width and height."""
    with Image.open(BytesIO(photo.content)) as image:
        spot = (min(int(x * image.width), image.width - 1), min(int(y * image.height), image.height - 1))
        red, green, blue = image.convert("RGB").getpixel(spot)  # type: ignore[misc]  # three bands
    if min(red, green, blue) > 230:
        return "white"
    return "red" if red > blue else "blue"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose header promises a size and whose pixels are ``body``."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_jpeg_keeps_its_picture_and_loses_everything_else() -> None:
    taken = file_of(
        halves(640, 480), exif=exif(), comment=b"a comment", xmp=b"<x:xmpmeta/>", icc_profile=b"profile-bytes"
    )
    assert all(secret in taken for secret in SECRETS)
    photo = clean_photo(content=taken + b"trailing words")
    assert (photo.width, photo.height) == (640, 480)
    assert (seen(photo, 0.1, 0.5), seen(photo, 0.9, 0.5)) == ("red", "blue")
    assert not [secret for secret in (*SECRETS, b"trailing words", b"Exif") if secret in photo.content]
    with Image.open(BytesIO(photo.content)) as image:
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_png_becomes_a_jpeg_without_its_texts() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "a comment")
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
    photo = clean_photo(content=file_of(halves(64, 48), "PNG", pnginfo=words, exif=exif()))
    assert (photo.content[:2], photo.width, photo.height) == (b"\xff\xd8", 64, 48)
    assert (seen(photo, 0.1, 0.5), seen(photo, 0.9, 0.5)) == ("red", "blue")
    assert not [secret for secret in SECRETS if secret in photo.content]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("orientation", "size", "left_top", "right_bottom"),
    [
        (1, (64, 32), "red", "blue"),
        (3, (64, 32), "blue", "red"),
        (6, (32, 64), "red", "blue"),
        (8, (32, 64), "blue", "red"),
    ],
)
def test_a_photo_stands_upright(
    kind: str, orientation: int, size: tuple[int, int], left_top: str, right_bottom: str
) -> None:
    photo = clean_photo(content=file_of(halves(64, 32), kind, exif=exif(orientation)))
    assert (photo.width, photo.height) == size
    assert (seen(photo, 0.1, 0.1), seen(photo, 0.9, 0.9)) == (left_top, right_bottom)


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((1920, 1080), (1920, 1080)),
        ((1921, 1080), (1920, 1079)),
        ((4000, 3000), (1920, 1440)),
        ((1500, 4000), (720, 1920)),
        ((1, 1), (1, 1)),
    ],
)
def test_the_longest_side_fits_a_screen_and_small_photos_stay(size: tuple[int, int], kept: tuple[int, int]) -> None:
    photo = clean_photo(content=file_of(Image.new("RGB", size, RED)))
    assert (photo.width, photo.height) == kept
    again = clean_photo(content=photo.content)
    assert (again.width, again.height) == kept


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA")])
def test_every_kind_of_colours_becomes_a_plain_picture(kind: str, mode: str) -> None:
    photo = clean_photo(content=file_of(halves(64, 48, mode), kind))
    with Image.open(BytesIO(photo.content)) as image:
        assert (image.mode, image.size) == ("RGB", (64, 48))


def test_what_is_transparent_becomes_white() -> None:
    image = halves(64, 48, "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 32, 48))
    photo = clean_photo(content=file_of(image, "PNG"))
    assert (seen(photo, 0.1, 0.5), seen(photo, 0.9, 0.5)) == ("white", "blue")


def test_of_a_file_with_several_pictures_the_first_is_kept() -> None:
    first, second = Image.new("RGB", (32, 32), RED), Image.new("RGB", (32, 32), BLUE)
    for kind in ("MPO", "PNG"):
        photo = clean_photo(content=file_of(first, kind, save_all=True, append_images=[second]))
        assert seen(photo, 0.5, 0.5) == "red"
        assert photo.content.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"photo.jpg",
        b"\xff\xd8\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        file_of(halves(64, 48), "GIF"),
        file_of(halves(64, 48), "BMP"),
        file_of(halves(64, 48), "TIFF"),
        file_of(halves(64, 48), "WEBP"),
        file_of(halves(640, 480))[:2000],
        file_of(halves(640, 480), "PNG")[:-200],
        png_of(100, 100, b"short"),
        file_of(Image.new("I;16", (32, 32), 40_000), "PNG"),
    ],
    ids=["empty", "a name", "three bytes", "svg", "gif", "bmp", "tiff", "webp", "cut jpeg", "cut png", "few", "16 bit"],
)
def test_anything_but_a_whole_jpeg_or_png_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoNotRead) as refusal:
        clean_photo(content=content)
    assert refusal.value.code == "photos.not_read"


def test_a_file_of_five_megabytes_is_taken_and_one_byte_more_is_not() -> None:
    picture = file_of(halves(64, 48))
    assert clean_photo(content=picture.ljust(LARGEST_PHOTO, b"\0")).width == 64
    with pytest.raises(PhotoTooLarge) as refusal:
        clean_photo(content=picture.ljust(LARGEST_PHOTO + 1, b"\0"))
    assert (refusal.value.code, refusal.value.fields) == ("photos.too_large", {"most": LARGEST_PHOTO})


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("width", "height"), [(40_000_001, 1), (6325, 6325), (10_000, 10_000), (30_000, 30_000)])
def test_a_picture_of_too_many_pixels_is_refused_by_its_header(width: int, height: int) -> None:
    with pytest.raises(PhotoTooManyPixels) as refusal:
        clean_photo(content=png_of(width, height))
    assert (refusal.value.code, refusal.value.fields) == ("photos.too_many_pixels", {"most": 40_000_000})


def test_forty_million_pixels_are_still_drawn() -> None:
    photo = clean_photo(content=file_of(Image.new("L", (8000, 5000), 90)))
    assert (photo.width, photo.height) == (1920, 1200)


def test_hundreds_of_passes_over_one_picture_are_refused_before_they_are_made() -> None:
    picture = file_of(halves(64, 48), progressive=True)
    passes = picture.count(b"\xff\xda")
    last = picture[picture.rindex(b"\xff\xda") : -2]
    many = [picture[:-2] + last * (most - passes) + b"\xff\xd9" for most in (150, 151)]
    assert clean_photo(content=many[0]).width == 64
    with pytest.raises(PhotoNotRead):
        clean_photo(content=many[1])


def test_a_png_may_hold_any_bytes() -> None:
    words = PngImagePlugin.PngInfo()
    words.add(b"prVt", b"\xff\xda" * 1000)
    assert clean_photo(content=file_of(halves(64, 48), "PNG", pnginfo=words)).width == 64


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_damaged_file_is_drawn_or_refused_and_never_breaks_anything(kind: str) -> None:
    whole = file_of(halves(96, 64), kind, exif=exif(6))
    chance = random.Random(20261122)
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            photo = clean_photo(content=bytes(damaged))
        except (PhotoNotRead, PhotoTooManyPixels):
            continue
        assert b"GPS-31" not in photo.content
