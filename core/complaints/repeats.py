"""The same trouble again: repeated complaints, and duplicates while typing (R-097, domain.md §4.9; R-105)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from core.complaints.case import LONGEST_PLACE
from core.complaints.states import CaseState, is_ended
from core.complaints.taxonomy import RecordType, SubCategory
from core.kernel.identity import CaseId, UnitId
from core.kernel.periods import local_day

LEAST_REPEATED: Final = 2
REPEAT_DAYS: Final = 90
SIMILAR_DAYS: Final = 7
SIMILAR_FROM: Final = Fraction(2, 5)
MOST_CANDIDATES: Final = 5

_NOT_COUNTED: Final = frozenset({CaseState.WITHDRAWN, CaseState.MERGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTrace:
    """What of a case of the estate shows that it is about the same. ``place`` is a public place, empty for a unit."""

    case: CaseId
    record_type: RecordType
    state: CaseState
    sub_category: SubCategory | None
    unit: UnitId | None
    place: str
    registered_at: datetime
    content: str = ""


@dataclass(frozen=True, slots=True)
class Repetition:
    """Whether a complaint is repeated, and the complaints it repeats, newest first (empty when it is not)."""

    repeated: bool
    cases: tuple[CaseId, ...] = ()


def repetition_of(
    *, case: CaseTrace, others: Iterable[CaseTrace], least: int = LEAST_REPEATED, days: int = REPEAT_DAYS
) -> Repetition:
    """Say whether a complaint repeats earlier ones (R-097).

    Same unit or same public place, same sub-category, and with this one at least ``least`` complaints within ``days``
    days, of which the day of this one is the last. Withdrawn and merged ones do not count. Later complaints flag
    themselves, not this one.
    """
    first_day = local_day(case.registered_at) - timedelta(days=days - 1)
    earlier = sorted(
        (
            one
            for one in others
            if _is_earlier(one, case) and local_day(one.registered_at) >= first_day and _counts_with(one, case)
        ),
        key=lambda one: (one.registered_at, one.case),
        reverse=True,
    )
    if case.record_type is not RecordType.COMPLAINT or len(earlier) + 1 < least:
        return Repetition(repeated=False)
    return Repetition(repeated=True, cases=tuple(one.case for one in earlier))


def _is_earlier(one: CaseTrace, case: CaseTrace) -> bool:
    return (one.registered_at, one.case) < (case.registered_at, case.case)


def _counts_with(one: CaseTrace, case: CaseTrace) -> bool:
    complaint = one.record_type is RecordType.COMPLAINT and one.state not in _NOT_COUNTED
    return complaint and _same_matter(one, case.sub_category, case.unit, case.place)


def _same_matter(one: CaseTrace, sub_category: SubCategory | None, unit: UnitId | None, place: str) -> bool:
    if sub_category is None or one.sub_category is not sub_category:
        return False
    return (unit is not None and unit == one.unit) or same_place(one.place, place)


def same_place(one: str, other: str) -> bool:
    """Say whether two public places are written alike: width, case, blanks and punctuation make no difference."""
    folded = _folded(one)
    return bool(folded) and folded == _folded(other)


def place_key(*, place: str) -> str:
    """Give the folded place to look others up by: equal for all places that are the same, at most 100 characters.

    Places whose folded names differ only beyond that have one key as well; :func:`same_place` tells them apart.
    """
    return _folded(place)[:LONGEST_PLACE]


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def similarity(one: str, other: str) -> Fraction:
    """Give the Jaccard index of the character pairs of two texts: 0 nothing in common, 1 the same pairs.

    Pairs of characters need no list of words, which suits Chinese; a text of one character is a pair of its own. Texts
    without letters or digits are like nothing.
    """
    pairs, others = _pairs(_folded(one)), _pairs(_folded(other))
    if not pairs or not others:
        return Fraction(0)
    return Fraction(len(pairs & others), len(pairs | others))


def _pairs(folded: str) -> frozenset[str]:
    if len(folded) == 1:
        return frozenset({folded})
    return frozenset(folded[i : i + 2] for i in range(len(folded) - 1))


class DuplicateReason(StrEnum):
    """Why a case looks like the one being typed."""

    SAME_MATTER = "same_matter"
    SIMILAR_TEXT = "similar_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDraft:
    """What is typed so far."""

    sub_category: SubCategory | None = None
    unit: UnitId | None = None
    place: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class DuplicateCandidate:
    """A case that may be the same, why, and how alike the texts are (0 to 1)."""

    case: CaseId
    reasons: tuple[DuplicateReason, ...]
    similarity: Fraction


def likely_duplicates(
    *,
    draft: CaseDraft,
    cases: Iterable[CaseTrace],
    now: datetime,
    similar_from: Fraction = SIMILAR_FROM,
    days: int = SIMILAR_DAYS,
    most: int = MOST_CANDIDATES,
) -> tuple[DuplicateCandidate, ...]:
    """Rank the cases that may be the one being typed: at most ``most``.

    Same matter: same unit or public place and same sub-category, not closed yet. Similar text: registered in the last
    ``days`` days (today included) and at least ``similar_from`` alike, closed or not; pairs of characters hardly tell
    building 2 from building 3, so this is a hint only. Both reasons come first, then same matter, then by likeness;
    of equal ones the newest.
    """
    first_day = local_day(now) - timedelta(days=days - 1)
    found = [
        (one, candidate)
        for one in cases
        if one.state not in _NOT_COUNTED
        and (candidate := _candidate(draft, one, similar_from, recent=local_day(one.registered_at) >= first_day))
    ]
    found.sort(key=lambda pair: (pair[0].registered_at, pair[0].case), reverse=True)
    found.sort(key=lambda pair: (_rank(pair[1]), -pair[1].similarity))
    return tuple(candidate for _, candidate in found[:most])


def _candidate(draft: CaseDraft, one: CaseTrace, similar_from: Fraction, *, recent: bool) -> DuplicateCandidate | None:
    likeness = similarity(draft.content, one.content)
    found = {
        DuplicateReason.SAME_MATTER: not is_ended(one.state)
        and _same_matter(one, draft.sub_category, draft.unit, draft.place),
        DuplicateReason.SIMILAR_TEXT: recent and likeness >= similar_from,
    }
    reasons = tuple(reason for reason, holds in found.items() if holds)
    return DuplicateCandidate(one.case, reasons, likeness) if reasons else None


def _rank(candidate: DuplicateCandidate) -> tuple[bool, int]:
    return (DuplicateReason.SAME_MATTER not in candidate.reasons, -len(candidate.reasons))
