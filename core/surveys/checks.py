"""Double entry: a sample of the paper forms is entered a second time by somebody else (R-138, R-139; U4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.surveys.questionnaires import Answer, Answers, Item, ItemKind

_CYCLE: Final = 100
_STRIDES: Final = (61, 39, 37, 63, 27, 73, 29, 71)
"""Prime to the cycle, so that every rank comes once in it, and far from its small parts, so that few are neighbours."""

_SCATTER: Final = 2_654_435_761
_WORD: Final = 2**32
_HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """Two entries of one form: how many closed items were compared, and the positions where they differ."""

    compared: int
    differing: tuple[int, ...]


class CheckedByTheSame(BusinessError):
    """A form is entered a second time by another person than the first time, and by one who is known."""

    code: ClassVar[str] = "surveys.checked_by_the_same"


def is_sampled(*, number: int, percent: int, salt: int) -> bool:
    """Whether the form of this number is entered twice; the same numbers always give the same answer.

    Of any 100 numbers in a row exactly ``percent`` are sampled (0 or less: none, 100 or more: all). ``salt``, as the
    number of the round, moves which ones, so that nobody learns them by heart.
    """
    scattered = salt * _SCATTER % _WORD
    stride = _STRIDES[(scattered >> 24) % len(_STRIDES)]
    return (number * stride + (scattered >> 8)) % _CYCLE < percent


def compare_entries(*, items: tuple[Item, ...], first: Answers, second: Answers) -> EntryCheck:
    """Compare two entries of one form item by item; words are not compared.

    An item left out in both is the same, left out in one it differs (R-139). The order and the case of letters do not
    matter.
    """
    closed = [item.position for item in items if item.kind is not ItemKind.OPEN]
    differing = tuple(at for at in closed if _plain(first.get(at)) != _plain(second.get(at)))
    return EntryCheck(compared=len(closed), differing=differing)


def _plain(answer: Answer) -> Answer:
    return "".join(sorted(answer.strip().upper())) or None if isinstance(answer, str) else answer


def check_second_person(*, first_by: UserId | None, second_by: UserId | None) -> None:
    """Refuse a second entry by the one who made the first, or by nobody known; the first may be unknown."""
    if second_by is None or second_by == first_by:
        raise CheckedByTheSame


def error_rate(checks: Iterable[EntryCheck]) -> tuple[int, int, Decimal | None]:
    """Give the items that differ, the items compared, and the first in percent of the second.

    Percent to two decimals, half up; ``None`` if nothing was compared, never 0.
    """
    every = tuple(checks)
    differing = sum(len(check.differing) for check in every)
    compared = sum(check.compared for check in every)
    if not compared:
        return 0, 0, None
    return differing, compared, (Decimal(differing * 100) / compared).quantize(_HUNDREDTH, ROUND_HALF_UP)
