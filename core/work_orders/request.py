"""What is written down when somebody asks for a service (R-111)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, CustomerId, UnitId
from core.kernel.lines import check_line
from core.kernel.texts import tidied
from core.work_orders.appointments import check_slot_time
from core.work_orders.kinds import WITHOUT_GIVER, PublicSystem, WorkChannel, WorkKind, check_failure
from core.work_orders.slots import Slot

LONGEST_CONTENT: Final = 2_000
LONGEST_PLACE: Final = 100
LONGEST_NEED: Final = 500
LONGEST_NAME: Final = 64
LONGEST_PHONE: Final = 32
LONGEST_REFERENCE: Final = 100
MOST_HOUSEHOLDS: Final = 100_000
OLDEST_DAYS: Final = 3_660
"""About ten years: what is said to have been noticed earlier is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """One service request as submitted; ``None`` and empty texts are not filled in.

    ``content``: what is the matter; ``need``: what is wanted, if that is not plain. ``noticed_at``: since when.
    ``unit``: the unit it is for; ``place``: a public place in words; one of the two is needed. ``failure``: the public
    system that failed, with ``households`` affected and ``people_at_risk`` when somebody is trapped or hurt.
    ``wanted``: when the customer would like somebody to come; a wish, not yet an appointment. ``caller_name`` and
    ``caller_phone`` are for people who are not on file. ``source_case``: the complaint it follows from.
    """

    kind: WorkKind | None
    failure: PublicSystem | None = None
    people_at_risk: bool = False
    unit: UnitId | None = None
    place: str = ""
    content: str
    need: str = ""
    noticed_at: datetime | None
    channel: WorkChannel | None
    customer: CustomerId | None = None
    caller_name: str = ""
    caller_phone: str = ""
    households: int = 1
    wanted: Slot | None = None
    source_case: CaseId | None = None
    source_reference: str = ""


class RequestIncomplete(BusinessError):
    """A request is submitted with everything R-111 names. Field: ``field``."""

    code: ClassVar[str] = "requests.missing"


class RequestPlaceMissing(BusinessError):
    """A request has a unit or a public place."""

    code: ClassVar[str] = "requests.place_missing"


class RequestGiverMissing(BusinessError):
    """A request comes from a customer or from a caller with name or phone.

    Not so for failures, and not for what our own people found or what follows from a complaint.
    """

    code: ClassVar[str] = "requests.giver_missing"


class NoticedInFuture(BusinessError):
    """Nothing is noticed before it happens. Fields: ``noticed_at``, ``now``."""

    code: ClassVar[str] = "requests.in_future"


class NoticedTooLongAgo(BusinessError):
    """It was noticed at most ``most_days`` days ago. Fields: ``noticed_at``, ``most_days``."""

    code: ClassVar[str] = "requests.too_long_ago"


class WorkHouseholdsRefused(BusinessError):
    """The number of households lies between ``least`` and ``most``, both allowed."""

    code: ClassVar[str] = "requests.households"


class FailureWaits(BusinessError):
    """A failure of a public system is dealt with at once; no slot is agreed for it."""

    code: ClassVar[str] = "requests.failure_slot"


def check_request(*, record: RequestRecord, now: datetime) -> RequestRecord:
    """Give the request with tidied texts, or raise the refusal for the first thing wrong with it (R-111)."""
    tidy = replace(
        record,
        content=tidied(record.content, field="content", longest=LONGEST_CONTENT),
        need=tidied(record.need, field="need", longest=LONGEST_NEED),
        place=check_line(record.place, field="place", longest=LONGEST_PLACE, needed=False),
        caller_name=check_line(record.caller_name, field="name", longest=LONGEST_NAME, needed=False),
        caller_phone=check_line(record.caller_phone, field="phone", longest=LONGEST_PHONE, needed=False),
        source_reference=check_line(
            record.source_reference, field="source_reference", longest=LONGEST_REFERENCE, needed=False
        ),
    )
    if not tidy.content:
        raise RequestIncomplete(field="content")
    _check_time(tidy.noticed_at, now)
    _check_matter(tidy)
    if tidy.unit is None and not tidy.place:
        raise RequestPlaceMissing
    _check_giver(tidy)
    if not 1 <= tidy.households <= MOST_HOUSEHOLDS:
        raise WorkHouseholdsRefused(least=1, most=MOST_HOUSEHOLDS)
    if tidy.wanted is not None:
        check_slot_time(slot=tidy.wanted, now=now)
    return tidy


def _check_time(noticed_at: datetime | None, now: datetime) -> None:
    if noticed_at is None:
        raise RequestIncomplete(field="noticed_at")
    if noticed_at > now:
        raise NoticedInFuture(noticed_at=noticed_at, now=now)
    if noticed_at < now - timedelta(days=OLDEST_DAYS):
        raise NoticedTooLongAgo(noticed_at=noticed_at, most_days=OLDEST_DAYS)


def _check_matter(record: RequestRecord) -> None:
    if record.kind is None:
        raise RequestIncomplete(field="kind")
    check_failure(kind=record.kind, failure=record.failure, people_at_risk=record.people_at_risk)
    if record.failure is not None and record.wanted is not None:
        raise FailureWaits


def _check_giver(record: RequestRecord) -> None:
    if record.channel is None:
        raise RequestIncomplete(field="channel")
    named = record.customer is not None or bool(record.caller_name or record.caller_phone)
    if not named and record.failure is None and record.channel not in WITHOUT_GIVER:
        raise RequestGiverMissing


def is_contactable(record: RequestRecord) -> bool:
    """Say whether there is somebody to talk to about it: a customer on file or a caller who left a phone number."""
    return record.customer is not None or bool(record.caller_phone)


def request_number(*, estate_code: str, day: date, sequence: int) -> str:
    """Give the number told to the customer: ``LH-R261121-003`` is the estate's third request of that day (R-111).

    ``day`` is the business day of submission; ``sequence`` counts from 1 within estate and day. Cases have a C instead
    of the R, so no two numbers are the same.
    """
    if sequence < 1:
        raise ValueError("a sequence counts from 1")
    return f"{estate_code}-R{day:%y%m%d}-{sequence:03d}"


def next_request_sequence(*, estate_code: str, day: date, numbers: Collection[str]) -> int:
    """Find the next sequence of the day among the numbers the estate has used; a gap is never filled."""
    prefix = request_number(estate_code=estate_code, day=day, sequence=1).removesuffix("001")
    tails = [number.removeprefix(prefix) for number in numbers if number.startswith(prefix)]
    return max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1
