"""Code lists (R-010): entries are data, may be added, renamed and retired, and never vanish from old records."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError

LONGEST_LABEL: Final = 64
LARGEST_SORT: Final = 9_999
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_SORT: Final = re.compile(r"[0-9]{1,4}")


class CodeList(StrEnum):
    """One list; the value is stable and is how it is stored."""

    PAYMENT_METHOD = "payment_method"
    FEE_ITEM = "fee_item"
    SERVICE_ITEM = "service_item"
    UNIT_GRADE = "unit_grade"
    USE = "use"
    ESTATE_TYPE = "estate_type"
    POST = "post"
    DEPARTMENT = "department"
    RELATION = "relation"
    CARE_FLAG = "care_flag"
    SURVEY_DIMENSION = "survey_dimension"
    SURVEY_TAG = "survey_tag"
    PAUSE_REASON = "pause_reason"


FIXED: Final = frozenset({CodeList.RELATION, CodeList.CARE_FLAG})
"""Lists whose codes the rules know by name: their labels may change, their codes may not."""


class CodeRefused(BusinessError):
    """A code is 1 to 32 letters, digits and underscores, a letter first. Field: ``code``."""

    code: ClassVar[str] = "codes.refused"


class CodeLabelRefused(BusinessError):
    """Both labels need 1 to 64 characters. Field: ``most``."""

    code: ClassVar[str] = "codes.label_refused"


class CodeSortRefused(BusinessError):
    """The place in the list is a number from 0 to ``most``."""

    code: ClassVar[str] = "codes.sort_refused"


class CodeTaken(BusinessError):
    """The list has this code already, perhaps retired or in other case. Field: ``code``."""

    code: ClassVar[str] = "codes.taken"


class CodeListFixed(BusinessError):
    """The rules know the codes of this list; none can be added or retired. Field: ``list``."""

    code: ClassVar[str] = "codes.list_fixed"


class CodeAlreadyRetired(BusinessError):
    """The code was retired before. Field: ``code``."""

    code: ClassVar[str] = "codes.already_retired"


class CodeUnknown(BusinessError):
    """The value is not, or no longer, on the list. Fields: ``list``, ``value``."""

    code: ClassVar[str] = "codes.unknown"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """An entry of a list with its two labels and its place."""

    list: CodeList
    code: str
    label_zh: str
    label_en: str
    sort: int


def check_labels(*, label_zh: str, label_en: str) -> tuple[str, str]:
    """Give both labels without invisible characters and doubled spaces, or raise ``CodeLabelRefused``."""
    clean = tuple(_clean(label) for label in (label_zh, label_en))
    if not all(1 <= len(label) <= LONGEST_LABEL for label in clean):
        raise CodeLabelRefused(most=LONGEST_LABEL)
    return clean[0], clean[1]


def check_sort(sort: int) -> int:
    """Give the place in the list (0 to 9999, both allowed), or raise ``CodeSortRefused``."""
    if not 0 <= sort <= LARGEST_SORT:
        raise CodeSortRefused(most=LARGEST_SORT)
    return sort


def check_new_code(*, entry: CodeEntry, known: Collection[str]) -> CodeEntry:
    """Judge a new entry. ``known`` are all codes the list ever had, for a retired code is never used anew."""
    if entry.list in FIXED:
        raise CodeListFixed(list=entry.list)
    if not _CODE.fullmatch(entry.code):
        raise CodeRefused(code=entry.code[:32])
    if entry.code.casefold() in {code.casefold() for code in known}:
        raise CodeTaken(code=entry.code)
    label_zh, label_en = check_labels(label_zh=entry.label_zh, label_en=entry.label_en)
    return CodeEntry(entry.list, entry.code, label_zh, label_en, check_sort(entry.sort))


def check_retirement(*, code_list: CodeList, code: str, retired: bool) -> None:
    """Refuse to retire a code of a fixed list, or one that is retired already."""
    if code_list in FIXED:
        raise CodeListFixed(list=code_list)
    if retired:
        raise CodeAlreadyRetired(code=code)


def check_value(*, code_list: CodeList, value: str, active: Collection[str], kept: str | None = None) -> str:
    """Give a value that stands on the list now, or that the record ``kept`` from before its code was retired."""
    if value not in active and value != kept:
        raise CodeUnknown(list=code_list, value=value[:32])
    return value


def parse_code_lists(text: str) -> tuple[CodeEntry, ...]:
    """Read the portal's own lists: lines of list, code, Chinese, English, place, parted by tabs.

    A line of another shape is a bug and raises ``ValueError``.
    """
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split("\t")
        if len(parts) != 5 or not _CODE.fullmatch(parts[1]) or not _SORT.fullmatch(parts[4]):
            raise ValueError(f"line {number} is no entry of a code list")
        label_zh, label_en = check_labels(label_zh=parts[2], label_en=parts[3])
        entries.append(CodeEntry(CodeList(parts[0]), parts[1], label_zh, label_en, int(parts[4])))
    return tuple(entries)


def _clean(text: str) -> str:
    visible = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c.isspace())
    return " ".join(visible.split())
