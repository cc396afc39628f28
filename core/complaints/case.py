"""What is written down when somebody complains, suggests, praises or asks (R-073, R-074; T7)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, SubCategory, check_sub_category
from core.customers.masking import NameMasked, PhoneMasked, looks_masked
from core.kernel.errors import BusinessError
from core.kernel.identity import CustomerId, UnitId
from core.kernel.lines import check_line
from core.kernel.texts import tidied

LONGEST_CONTENT: Final = 2_000
LONGEST_PLACE: Final = 100
LONGEST_CLAIM: Final = 500
LONGEST_NAME: Final = 64
LONGEST_PHONE: Final = 32
LONGEST_REFERENCE: Final = 100
MOST_HOUSEHOLDS: Final = 100_000
OLDEST_DAYS: Final = 3_660
"""About ten years: what is said to have happened earlier is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case as registered; ``None`` and empty texts are not filled in.

    ``unit``: the unit it is about, or from which it comes. ``place``: a public place in words; a spot inside the unit
    belongs into the content, because equal places count as the same (R-097). One of the two is needed.
    ``anonymous``: nobody is named, so neither ``customer`` nor caller; the unit may still be where the trouble is.
    ``caller_name`` and ``caller_phone`` are for people who are not on file. ``households``: how many are affected.
    ``special``: set by a supervisor. ``claim``: what the customer wants. ``category`` may wait for classification.
    """

    record_type: RecordType = RecordType.COMPLAINT
    category: CaseCategory | None = None
    sub_category: SubCategory | None = None
    unit: UnitId | None = None
    place: str = ""
    content: str
    happened_at: datetime | None
    channel: CaseChannel | None
    emotion: Emotion | None
    anonymous: bool = False
    customer: CustomerId | None = None
    caller_name: str = ""
    caller_phone: str = ""
    households: int = 1
    special: bool = False
    claim: str = ""
    source_reference: str = ""


class CaseIncomplete(BusinessError):
    """A case is registered with everything R-073 names. Field: ``field``."""

    code: ClassVar[str] = "complaints.missing"


class PlaceMissing(BusinessError):
    """A case has a unit or a public place."""

    code: ClassVar[str] = "complaints.place_missing"


class GiverMissing(BusinessError):
    """A case comes from a customer, from a caller with name or phone, or is anonymous."""

    code: ClassVar[str] = "complaints.giver_missing"


class AnonymousNamed(BusinessError):
    """An anonymous case names nobody."""

    code: ClassVar[str] = "complaints.anonymous_named"


class HappenedInFuture(BusinessError):
    """Nothing is registered before it happens. Fields: ``happened_at``, ``now``."""

    code: ClassVar[str] = "complaints.in_future"


class HappenedTooLongAgo(BusinessError):
    """It happened at most ``most_days`` days ago. Fields: ``happened_at``, ``most_days``."""

    code: ClassVar[str] = "complaints.too_long_ago"


class HouseholdsRefused(BusinessError):
    """The number of households lies between ``least`` and ``most``, both allowed."""

    code: ClassVar[str] = "complaints.households"


def check_case(*, record: CaseRecord, now: datetime) -> CaseRecord:
    """Give the case with tidied texts, or raise the refusal for the first thing wrong with it (R-073)."""
    tidy = replace(
        record,
        content=tidied(record.content, field="content", longest=LONGEST_CONTENT),
        place=check_line(record.place, field="place", longest=LONGEST_PLACE, needed=False),
        claim=tidied(record.claim, field="claim", longest=LONGEST_CLAIM),
        caller_name=check_line(record.caller_name, field="name", longest=LONGEST_NAME, needed=False),
        caller_phone=check_line(record.caller_phone, field="phone", longest=LONGEST_PHONE, needed=False),
        source_reference=check_line(
            record.source_reference, field="source_reference", longest=LONGEST_REFERENCE, needed=False
        ),
    )
    for field in ("content", "channel", "emotion"):
        if not getattr(tidy, field):
            raise CaseIncomplete(field=field)
    _check_time(tidy.happened_at, now)
    if tidy.unit is None and not tidy.place:
        raise PlaceMissing
    _check_giver(tidy)
    check_households(tidy.households)
    if tidy.sub_category is not None:
        check_sub_category(category=tidy.category, sub_category=tidy.sub_category)
    return tidy


def _check_giver(record: CaseRecord) -> None:
    named = record.customer is not None or bool(record.caller_name or record.caller_phone)
    if record.anonymous and named:
        raise AnonymousNamed
    if not record.anonymous and not named:
        raise GiverMissing
    if looks_masked(record.caller_name):
        raise NameMasked
    if looks_masked(record.caller_phone):
        raise PhoneMasked


def _check_time(happened_at: datetime | None, now: datetime) -> None:
    if happened_at is None:
        raise CaseIncomplete(field="happened_at")
    if happened_at > now:
        raise HappenedInFuture(happened_at=happened_at, now=now)
    if happened_at < now - timedelta(days=OLDEST_DAYS):
        raise HappenedTooLongAgo(happened_at=happened_at, most_days=OLDEST_DAYS)


def check_households(households: int) -> None:
    """Raise ``HouseholdsRefused`` unless the number of households can be."""
    if not 1 <= households <= MOST_HOUSEHOLDS:
        raise HouseholdsRefused(least=1, most=MOST_HOUSEHOLDS)


def case_number(*, estate_code: str, day: date, sequence: int) -> str:
    """Give the number told to the customer: ``LH-C261121-003`` is the estate's third case of that day (R-073).

    ``day`` is the business day of registration; ``sequence`` counts from 1 within estate and day. Estate codes are
    unique, so the number is.
    """
    if sequence < 1:
        raise ValueError("a sequence counts from 1")
    return f"{estate_code}-C{day:%y%m%d}-{sequence:03d}"


def next_case_sequence(*, estate_code: str, day: date, numbers: Collection[str]) -> int:
    """Find the next sequence of the day among the numbers the estate has used; a gap is never filled."""
    prefix = case_number(estate_code=estate_code, day=day, sequence=1).removesuffix("001")
    tails = [number.removeprefix(prefix) for number in numbers if number.startswith(prefix)]
    return max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1
