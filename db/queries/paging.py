"""A screenful of rows with the true count, and searching as plain text (T20)."""

import unicodedata
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy import ColumnElement, String, func, literal, or_
from sqlalchemy.orm import InstrumentedAttribute

from core.kernel.filters import Slice

__all__ = ["Page", "Slice", "contains", "search_text"]
T = TypeVar("T")

LONGEST_SEARCH: Final = 100
_ESCAPE: Final = "\\"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and how many the whole list has."""

    rows: tuple[T, ...]
    total: int


def search_text(text: str) -> str:
    """What was typed into a search box, without invisible characters, cut to a length a name may have."""
    visible = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c.isspace())
    return " ".join(visible.split())[:LONGEST_SEARCH]


def contains(text: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that one of the columns holds the text, whatever its case; ``%`` and ``_`` are text like any."""
    wanted = search_text(text)
    for sign in (_ESCAPE, "%", "_"):
        wanted = wanted.replace(sign, _ESCAPE + sign)
    pattern = func.lower(literal(f"%{wanted}%", String()))
    return or_(*(func.lower(column).like(pattern, escape=_ESCAPE) for column in columns))
