"""What others measured or certified (第三方评估), to stand beside the company's own score (R-154)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line

CSI: Final = "csi"
CERTIFICATE: Final = "certificate"
LONGEST_BODY: Final = 100
LONGEST_NOTE: Final = 300
LARGEST_SCALE: Final = 100_000
MOST_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalResult:
    """A result of another body. ``subject`` is ``"csi"``, ``"certificate"`` or the code of a dimension.

    The score lies on a scale from ``scale_least`` to ``scale_most``, both included; a certificate may have none, its
    name stands in ``note``.
    """

    body: str
    measured_on: date
    subject: str
    score: Decimal | None = None
    scale_least: Decimal = Decimal(0)
    scale_most: Decimal | None = None
    note: str = ""


class MeasuredInFuture(BusinessError):
    """Nothing was measured after today. Fields: ``measured_on``, ``today``."""

    code: ClassVar[str] = "surveys.external.in_future"


class SubjectUnknown(BusinessError):
    """The subject is CSI, a certificate or a dimension in use. Field: ``subject``."""

    code: ClassVar[str] = "surveys.external.subject"


class ScaleRefused(BusinessError):
    """A scale begins at 0 or above, climbs, and ends at ``largest`` at most. Fields: ``least``, ``most``."""

    code: ClassVar[str] = "surveys.external.scale"


class ScoreMissing(BusinessError):
    """Everything but a certificate has a score and a scale; a score is never without its scale."""

    code: ClassVar[str] = "surveys.external.score_missing"


class ScoreOutsideScale(BusinessError):
    """The score lies on its scale, with at most six decimals. Fields: ``score``, ``least``, ``most``."""

    code: ClassVar[str] = "surveys.external.score"


def check_external(*, result: ExternalResult, dimensions: Collection[str], today: date) -> ExternalResult:
    """Give the result with tidied lines, or raise the refusal for the first thing wrong with it."""
    is_certificate = result.subject == CERTIFICATE
    body = check_line(result.body, field="body", longest=LONGEST_BODY)
    note = check_line(result.note, field="note", longest=LONGEST_NOTE, needed=is_certificate)
    if result.measured_on > today:
        raise MeasuredInFuture(measured_on=result.measured_on, today=today)
    if not is_certificate and result.subject != CSI and result.subject not in dimensions:
        raise SubjectUnknown(subject=result.subject[:32])
    if result.score is not None and result.scale_most is not None:
        _check_scale(result.scale_least, result.scale_most)
        _check_score(result.score, result.scale_least, result.scale_most)
    elif not is_certificate or result.score is not None or result.scale_most is not None:
        raise ScoreMissing
    return replace(result, body=body, note=note)


def _check_scale(least: Decimal, most: Decimal) -> None:
    if not (_exact(least) and _exact(most) and 0 <= least < most <= LARGEST_SCALE):
        raise ScaleRefused(least=str(least), most=str(most), largest=LARGEST_SCALE)


def _check_score(score: Decimal, least: Decimal, most: Decimal) -> None:
    if not _exact(score) or not least <= score <= most:
        raise ScoreOutsideScale(score=str(score), least=str(least), most=str(most))


def _exact(number: Decimal) -> bool:
    if not isinstance(number, Decimal) or not number.is_finite():
        return False
    return abs(number) <= LARGEST_SCALE and number == round(number, MOST_DECIMALS)


def as_percent(result: ExternalResult) -> Fraction | None:
    """Give score ÷ end of the scale × 100, exact; ``None`` for a certificate without a score.

    This is the scale of CSI, whose marks are divided by 5 likewise (R-141). The lowest mark is therefore not 0 %: on a
    scale from 1 to 5 it is 20 %, for the others as for us.
    """
    if result.score is None or result.scale_most is None:
        return None
    return Fraction(result.score) / Fraction(result.scale_most) * 100
