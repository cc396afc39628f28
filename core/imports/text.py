"""Clean text out of a cell: what is stripped, what is refused, and the folded form two texts are compared in."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from core.imports.codes import Notice, Trouble
from core.imports.vocabulary import HEADER_BRACKETS, HEADER_ORNAMENTS

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""What a cell holds as the file types it; a text file holds only text."""

Value = str | int | Decimal | date | tuple[str, ...]

LONGEST_CELL: Final = 32_767
"""What a spreadsheet cell can hold; longer text was cut or forged (F23)."""

_PLAIN: Final = re.compile(r"[\x21-\x7e\u4e00-\u9fff\uff01-\uff5e\u3001-\u3011\u00b7]+")
_SPACES: Final = re.compile(r"\s+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LOST: Final = re.compile("[\ud800-\udfff\ufffd]")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_FORMAT: Final = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]+"
)
_ERROR: Final = re.compile(r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)$", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"^'[=+\-@\t\r\n]")
_BRACKETS: Final = str.maketrans({**dict.fromkeys("[{【〔〖「『《〈", "("), **dict.fromkeys("]}】〕〗」』》〉", ")")})
_DOTS: Final = str.maketrans(dict.fromkeys("•‧∙・･⋅●", "·"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell came to: a value, nothing (``None``), or a trouble; perhaps with a notice."""

    value: Value | None = None
    trouble: Trouble | None = None
    notice: Notice | None = None
    limit: str = ""


NOTHING: Final = Reading()


def refused(trouble: Trouble, limit: object = "") -> Reading:
    """Make the reading of a refused cell; ``limit`` is the bound or the word that goes with the reason."""
    return Reading(trouble=trouble, limit=str(limit))


def as_text(cell: Cell) -> str:
    """Write a cell as a person would see it; a whole float loses its ``.0`` and is never in scientific notation."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)


def folded(text: str) -> str:
    """Fold text for comparing: NFKC, lower case, no spaces, one kind of bracket and of middle dot (I6)."""
    if text.isascii():
        return _SPACES.sub("", text).casefold().translate(_BRACKETS)
    text = unicodedata.normalize("NFKC", text).casefold().translate(_BRACKETS).translate(_DOTS)
    return _FORMAT.sub("", _SPACES.sub("", text))


def heading_key(text: str) -> str:
    """Fold a heading for comparing: no notes or units in brackets, no ornaments, NFKC, lower case, no spaces."""
    plain = HEADER_BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    return folded(HEADER_ORNAMENTS.sub("", plain))


def cleaned(cell: Cell) -> Reading:
    """Read a cell as one line of text (F19, F20, F25-F27, I5).

    Outer spaces go, inner runs (also a line break) become one space, format characters are stripped with a notice;
    control characters, lone surrogates, U+FFFD and error values are refused. Exactly one quote is taken off in front
    of a character that starts a formula.
    """
    text = as_text(cell)
    if _PLAIN.fullmatch(text) and text[0] not in "#'":
        return Reading(text) if len(text) <= LONGEST_CELL else refused(Trouble.TOO_LONG, LONGEST_CELL)
    if len(text) > LONGEST_CELL:
        return refused(Trouble.TOO_LONG, LONGEST_CELL)
    if _CONTROL.search(text):
        return refused(Trouble.CONTROL_CHARACTER)
    if _LOST.search(text):
        return refused(Trouble.LOST_CHARACTER)
    notice = Notice.PRIVATE_CHARACTER if _PRIVATE.search(text) else None
    visible = _FORMAT.sub("", text)
    if visible != text:
        notice = Notice.FORMAT_CHARACTER
    if _ESCAPED.match(visible):
        visible = visible[1:]
    visible = _SPACES.sub(" ", visible).strip()
    if _ERROR.match(visible):
        return refused(Trouble.ERROR_VALUE, visible)
    return Reading(visible or None, notice=notice)
