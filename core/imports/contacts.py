"""Names, phones and words behind codes; what is shown of personal values (I5, I7, I8; security.md §5)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from core.imports.codes import Notice, Trouble
from core.imports.text import NOTHING, Cell, Reading, Value, cleaned, folded, refused
from core.imports.vocabulary import LIST_SEPARATORS, NO_DATA, NO_DATA_NAMES, NOT_A_COMPANY, PHONE_EXTENSION

LONGEST_NAME: Final = 64

_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U0001f000-\U0001faff\U000e0020-\U000e007f]")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE: Final = re.compile(r"(0\d{2,3})(\d{7,8})", re.ASCII)
_LOCAL: Final = re.compile(r"[2-9]\d{6,7}|[48]00\d{7}", re.ASCII)
_ABROAD: Final = re.compile(r"\+\d{8,15}", re.ASCII)
_JOINTS: Final = re.compile(r"[\s().-]+")
_SEPARATORS: Final = re.compile(r"[、,;/|]")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)


def text(max_length: int, *, name: bool = False, company: bool = False) -> Callable[[Cell], Reading]:
    """Make the reader of a text column of at most ``max_length`` code points.

    In a column of names only words for "no data" count as missing: ``NA`` and ``-`` are legal names (F28).
    """
    no_data = NO_DATA_NAMES if name else NO_DATA

    def read(cell: Cell) -> Reading:
        if isinstance(cell, bool | date | datetime | time | timedelta):
            return refused(Trouble.WRONG_TYPE)
        reading = cleaned(cell)
        if not isinstance(reading.value, str):
            return reading
        if reading.value.casefold() in no_data:
            return NOTHING
        if len(reading.value) > max_length or (name and _EMOJI.search(reading.value)):
            return refused(Trouble.TOO_LONG if len(reading.value) > max_length else Trouble.NOT_A_NAME, max_length)
        if company and NOT_A_COMPANY.search(reading.value):
            return Reading(reading.value, notice=Notice.DOUBTFUL_NAME)
        return reading

    return read


_person: Final = text(LONGEST_NAME, name=True)


def person_name(cell: Cell) -> Reading:
    """Read a person's or tenant's name, at most 64 code points; emoji, bare numbers and masked names are refused."""
    reading = _person(cell)
    if not isinstance(reading.value, str):
        return reading
    if "*" in reading.value or "＊" in reading.value:
        return refused(Trouble.MASKED)
    return refused(Trouble.NOT_A_NAME) if folded(reading.value).isdecimal() else reading


def phone(cell: Cell) -> Reading:
    """Read one phone number: 11 digits, ``area-number-extension``, a short number, or ``+`` and a foreign number.

    A spelling that lost digits (``1.38E+10``), two numbers in a cell and a masked number are refused (I8).
    """
    if isinstance(cell, bool | date | datetime | time | timedelta):
        return refused(Trouble.WRONG_TYPE)
    reading = cleaned(cell)
    if not isinstance(reading.value, str):
        return reading
    plain = unicodedata.normalize("NFKC", reading.value).strip()
    if plain.casefold() in NO_DATA:
        return NOTHING
    if "*" in plain:
        return refused(Trouble.MASKED)
    return _dialled(plain)


def _dialled(plain: str) -> Reading:
    if _SCIENTIFIC.fullmatch(plain):
        return refused(Trouble.SCIENTIFIC)
    plain = plain[:-2] if plain.endswith(".0") else plain
    if len([part for part in _SEPARATORS.split(plain) if part.strip()]) > 1:
        return refused(Trouble.TWO_PHONES)
    number, extension = _split_extension(plain)
    number = re.sub(r"^(?:\+|00)?86(?=[01]\d{9,11}$)", "", _JOINTS.sub("", number), flags=re.ASCII)
    if extension and not (extension.isascii() and extension.isdecimal() and len(extension) <= 6):
        return refused(Trouble.NOT_A_PHONE)
    if len(number) >= 18 and number.isdecimal():
        return refused(Trouble.TWO_PHONES)
    return _known_number(number, extension)


def _split_extension(plain: str) -> tuple[str, str]:
    parts = PHONE_EXTENSION.split(plain, maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1].strip(" -:.")
    match = re.fullmatch(r"(0\d{2,3}[- ]?\d{3,4}[- ]?\d{4})-(\d{1,6})", plain, re.ASCII)
    return (match[1], match[2]) if match else (plain, "")


def _known_number(number: str, extension: str) -> Reading:
    tail = f"-{extension}" if extension else ""
    if _MOBILE.fullmatch(number) and not tail:
        return Reading(number)
    landline = _LANDLINE.fullmatch(number)
    if landline:
        area = number[:3] if number[1] in "12" else number[:4]
        return Reading(f"{area}-{number[len(area) :]}{tail}")
    if _LOCAL.fullmatch(number) or (_ABROAD.fullmatch(number) and not tail):
        return Reading(number + tail)
    return refused(Trouble.NOT_A_PHONE)


def word(codes: Mapping[str, tuple[str, ...]], *, other: str | None = None) -> Callable[[Cell], Reading]:
    """Make the reader of a column of known words; several words for one thing give its code.

    An unknown word is refused, or taken as ``other`` with a notice.
    """
    known = {folded(spelling): code for code, spellings in codes.items() for spelling in spellings}

    def read(cell: Cell) -> Reading:
        reading = cleaned(cell)
        if not isinstance(reading.value, str):
            return reading
        if reading.value.casefold() in NO_DATA:
            return NOTHING
        code = known.get(folded(reading.value))
        if code:
            return Reading(code)
        return Reading(other, notice=Notice.WORD_AS_OTHER) if other else refused(Trouble.UNKNOWN_WORD)

    return read


def words(codes: Mapping[str, tuple[str, ...]]) -> Callable[[Cell], Reading]:
    """Make the reader of a cell with several known words between separators; the codes come sorted, each once."""
    one = word(codes)

    def read(cell: Cell) -> Reading:
        whole = cleaned(cell)
        if not isinstance(whole.value, str):
            return whole
        alone = one(whole.value)
        if not alone.trouble:
            return Reading((str(alone.value),) if alone.value else None)
        found = [one(part) for part in LIST_SEPARATORS.split(whole.value) if part.strip()]
        bad = next((reading for reading in found if reading.trouble), None)
        codes_found = tuple(sorted({str(reading.value) for reading in found if reading.value}))
        return bad or Reading(codes_found or None)

    return read


def kind_word(codes: Mapping[str, tuple[str, ...]], *, mixed: str, other: str) -> Callable[[Cell], Reading]:
    """Make the reader of a column where several different words mean ``mixed`` and unknown ones ``other``."""
    one = word(codes, other=other)

    def read(cell: Cell) -> Reading:
        whole = one(cell)
        if whole.notice is not Notice.WORD_AS_OTHER or not isinstance(cell, str):
            return whole
        parts = [one(part) for part in LIST_SEPARATORS.split(cell) if part.strip()]
        known = {part.value for part in parts if part.notice is None and part.value}
        if len(parts) < 2 or not known:
            return whole
        return Reading(mixed if len(known) > 1 else known.pop())

    return read


def grade(codes: Mapping[str, tuple[str, ...]]) -> Callable[[Cell], Reading]:
    """Make the reader of a service grade: a known word gives its code, another short text stays as it is."""
    known = word(codes)
    plain = text(32)

    def read(cell: Cell) -> Reading:
        reading = known(cell)
        return plain(cell) if reading.trouble is Trouble.UNKNOWN_WORD else reading

    return read


def masked(value: Value | None) -> str:
    """Show no more of a personal value than what lets the person find it: first characters, and the last of a phone."""
    shown = str(value or "")
    if len(shown) >= 11 and shown.isdecimal():
        return f"{shown[:3]}****{shown[-4:]}"
    return shown[:1] + "*" * min(len(shown) - 1, 8) if shown else ""
