"""Texts a person declares to mean "no answer" in a file of survey answers, as ``9`` or ``NA`` (R-139, R-148)."""

import re
import unicodedata
from typing import Final

from core.imports.text import Cell, as_text, folded
from core.imports.vocabulary import RECODE_SEPARATORS

MOST_RECODES: Final = 20
LONGEST_RECODE: Final = 40

_WHOLE: Final = re.compile(r"([+-]?\d{1,15})(?:\.0*)?", re.ASCII)


def whole_number(text: str) -> int | None:
    """Give the whole number a text writes, also as ``4.0``, ``+4`` or in full width; else ``None``."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return int(match[1]) if match else None


def recode_key(cell: Cell) -> str:
    """Give what a cell and a declared text are compared by: numbers as numbers, everything else folded."""
    text = as_text(cell)
    number = whole_number(text)
    return folded(text) if number is None else str(number)


def recodes_from(text: str) -> tuple[str, ...]:
    """Cut what a person typed at commas, semicolons and line breaks; each text once, in the order typed."""
    parts = (part.strip() for part in RECODE_SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))
