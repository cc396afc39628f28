"""Personal data as most people may see it, and the one spelling it is searched by (security.md §5)."""

import re
import unicodedata
from typing import ClassVar, Final

from core.customers.surnames import COMPOUND
from core.kernel.errors import BusinessError

STAR: Final = "*"
TAIL_DIGITS: Final = 4

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([2-9][0-9]{6,7})")
_LOCAL: Final = re.compile(r"[2-9][0-9]{6,7}")
_SERVICE: Final = re.compile(r"[48]00[0-9]{7}")
_FOREIGN: Final = re.compile(r"\+(?!86)[1-9][0-9]{6,14}")
_PLAUSIBLE: Final = (_MOBILE, _LANDLINE, _LOCAL, _SERVICE, _FOREIGN)
_EXTENSION: Final = re.compile(r"(?:[-#xX,;\u8f6c\u8f49]|ext\.?)+([0-9]{1,6})$", re.IGNORECASE)  # \u8f6c: "turn to"
_FILLING: Final = re.compile(r"[\s()\-\u2010-\u2015]")  # no dot: "1380013800.0" is a spoilt cell, not a number
_FORMATTING: Final = ("Cf", "Cc")


class PhoneRefused(BusinessError):
    """The text is no phone number that can be called. No field carries it, because it may be half of one."""

    code: ClassVar[str] = "phone.unreadable"


class PhoneMasked(PhoneRefused):
    """A masked number came back; the true one was never shown, so nothing was typed."""

    code: ClassVar[str] = "phone.masked"


class NameRefused(BusinessError):
    """A name is missing, longer than 64 characters or holds none but signs."""

    code: ClassVar[str] = "name.unreadable"


class NameMasked(NameRefused):
    """A masked name came back."""

    code: ClassVar[str] = "name.masked"


LONGEST_NAME: Final = 64


def looks_masked(text: str) -> bool:
    """Say whether a text holds a star of any kind, as masked values do and true names and numbers never."""
    return STAR in unicodedata.normalize("NFKC", text) or "\u2217" in text or "\u25cf" in text


def mask_name(name: str) -> str:
    """Show a name as its bearer would know it: first and last character of three, else the surname only.

    Words of a name written with spaces or middle dots keep their first character each.
    """
    parts = re.split(r"([ \u00b7\u2022\u30fb]+)", _plain(name))
    if len(parts) > 1:
        return "".join(_first_only(part) if i % 2 == 0 else part for i, part in enumerate(parts))
    whole = parts[0]
    if whole.isascii():
        return _first_only(whole)
    shown = _surname_length(whole)
    if shown > 1 or len(whole) <= 2:
        return whole[:shown] + STAR * (len(whole) - shown)
    return whole[0] + STAR * min(len(whole) - 2, 3) + whole[-1]


def surname_only(name: str) -> str:
    """Show the surname and two stars, whatever the length of the name (order staff)."""
    plain = _plain(name)
    return plain[: max(_surname_length(plain), 1)] + STAR * 2 if plain else ""


def mask_phone(phone: str) -> str:
    """Show a number without its middle: ``138****8000``, ``0371-****8888``, ``****6789``; a short one not at all."""
    number, _ = _split_phone(phone)
    landline = _LANDLINE.fullmatch(number)
    if landline:
        return f"{landline[1]}-{STAR * 4}{landline[2][-TAIL_DIGITS:]}"
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}{STAR * 4}{number[-TAIL_DIGITS:]}"
    if len(number) >= 2 * TAIL_DIGITS:
        return STAR * 4 + number[-TAIL_DIGITS:]
    return STAR * 4 if number else ""


def normalise_phone(phone: str) -> str:
    """Give the one spelling of a number for search: digits, a leading + only abroad, ``-`` before an extension.

    Works on anything typed; text without digits gives "". Use ``check_phone`` before storing.
    """
    number, extension = _split_phone(phone)
    return f"{number}-{extension}" if extension else number


def phone_tail(phone: str) -> str:
    """Give the last four digits, without any extension; shorter numbers give "" (nothing to search by)."""
    number, _ = _split_phone(phone)
    return number[-TAIL_DIGITS:] if len(number) >= TAIL_DIGITS else ""


def check_phone(phone: str) -> str:
    """Give the normalised number, or raise ``PhoneMasked`` or ``PhoneRefused``.

    Taken are mainland mobiles, landlines with or without area code and extension, 400/800 lines and +numbers abroad.
    """
    if looks_masked(phone):
        raise PhoneMasked
    number, extension = _split_phone(phone)
    if not _looks_like_one_number(phone) or not any(pattern.fullmatch(number) for pattern in _PLAUSIBLE):
        raise PhoneRefused
    return f"{number}-{extension}" if extension else number


def normalise_name(name: str) -> str:
    """Give the one spelling of a name for search: NFKC, no spaces or invisible characters, lower case."""
    folded = unicodedata.normalize("NFKC", re.sub(r"\s", "", _plain(name)).casefold())
    return re.sub(r"\s", "", folded)  # composing what now stands side by side may bring a blank back


def check_name(name: str) -> str:
    """Give a name fit for storing (nothing invisible, single spaces), or raise ``NameMasked`` or ``NameRefused``."""
    if looks_masked(name):
        raise NameMasked
    visible = "".join(c for c in name if unicodedata.category(c) not in _FORMATTING or c.isspace())
    clean = unicodedata.normalize("NFC", " ".join(visible.split()))
    if len(clean) > LONGEST_NAME or not any(c.isalpha() for c in clean) or any(_is_symbol(c) for c in clean):
        raise NameRefused
    return clean


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) not in _FORMATTING).strip()


def _first_only(word: str) -> str:
    return word[:1] + STAR * 2 if len(word) > 1 else STAR * len(word)


def _surname_length(name: str) -> int:
    """How many characters may show; a bare compound surname counts as a short name, one character shows nothing."""
    if name[:2] in COMPOUND and len(name) > 2:
        return 2
    return 1 if len(name) > 1 else 0


def _is_symbol(character: str) -> bool:
    """Emoji, private, unassigned or half characters have no place in a name; the far planes hold rare Chinese ones."""
    kind = unicodedata.category(character)
    return kind in {"So", "Sk", "Cs"} or (kind in {"Co", "Cn"} and character < "\U00020000")


def _split_phone(phone: str) -> tuple[str, str]:
    """The main number and the extension ("" when there is none)."""
    main, extension = _split_extension(phone)
    plus = "+" if main.startswith("+") else ""
    number = plus + re.sub(r"[^0-9]", "", main)
    domestic = re.sub(r"^(?:\+86|0086|86(?=1[3-9][0-9]{9}$))", "", number)
    if domestic != number and re.fullmatch(r"[1-9][0-9]{8,}", domestic) and not _MOBILE.fullmatch(domestic):
        domestic = "0" + domestic  # +86 371 6666 8888 is 0371 6666 8888 at home
    return domestic, extension


def _looks_like_one_number(phone: str) -> bool:
    """Say whether nothing is left beside the digits, one plus sign in front and the signs that part groups."""
    main, _ = _split_extension(phone)
    return not re.sub(r"[0-9]", "", _FILLING.sub("", main.removeprefix("+")))


def _split_extension(phone: str) -> tuple[str, str]:
    text = re.sub(r"\s", "", _plain(phone))
    found = _EXTENSION.search(text)
    if not found:
        return text, ""
    main = text[: found.start()]
    before = re.sub(r"[^0-9+]", "", main)
    # A hyphen also parts the groups of one number (138-0013-8000); an extension follows a complete landline,
    # and a short one a number without area code (852-2345-6789 is Hong Kong, not extension 6789).
    complete = _LANDLINE.fullmatch(before) or _SERVICE.fullmatch(before)
    if complete or (_LOCAL.fullmatch(before) and len(found[1]) < TAIL_DIGITS):
        return main, found[1]
    return text, ""
