"""The times of a day that can be agreed upon: cut from the working hours, breaks and holidays left out (R-118)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.worktime import ServiceCalendar, in_utc

SHORTEST_SLOT: Final = 15
LONGEST_SLOT: Final = 480
SLOT_MINUTES: Final = 120
"""How long a slot is unless set otherwise; the sources give none."""

LONGEST_REST: Final = 31
"""So many days in a row without a slot are looked through."""


class SlotLengthRefused(BusinessError):
    """A slot has ``least`` to ``most`` whole minutes, both allowed."""

    code: ClassVar[str] = "requests.slot_length"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time to come by: ``start`` included, ``end`` not. Both are aware and kept in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", in_utc(self.start))
        object.__setattr__(self, "end", in_utc(self.end))
        if not timedelta(minutes=SHORTEST_SLOT) <= self.end - self.start <= timedelta(minutes=LONGEST_SLOT):
            raise SlotLengthRefused(least=SHORTEST_SLOT, most=LONGEST_SLOT)

    def overlaps(self, other: "Slot") -> bool:
        """Say whether the two share an instant; slots that touch do not."""
        return self.start < other.end and other.start < self.end


def slots_of_day(*, day: date, calendar: ServiceCalendar, minutes: int = SLOT_MINUTES) -> tuple[Slot, ...]:
    """Cut the working hours of a day into slots of so many minutes, each from the opening of its interval on.

    No slot lies across a break, closing time or midnight; what is left over at the end of an interval is no slot. A day
    of rest has none.
    """
    if not SHORTEST_SLOT <= minutes <= LONGEST_SLOT:
        raise SlotLengthRefused(least=SHORTEST_SLOT, most=LONGEST_SLOT)
    length = timedelta(minutes=minutes)
    at, end_of_day = _midnight(day, calendar), _midnight(day + timedelta(days=1), calendar)
    slots: list[Slot] = []
    while (at := calendar.next_open(at).value) + length <= end_of_day:
        closes = _open_until(at, at + length, calendar)
        if closes == at + length:
            slots.append(Slot(at, closes))
        at = closes
    return tuple(slots)


def next_day_with_slots(*, after: datetime, calendar: ServiceCalendar, minutes: int = SLOT_MINUTES) -> date:
    """Find the first day on which a slot begins after an instant; that of the instant where none does for a while."""
    today = after.astimezone(calendar.zone).date()
    for days in range(LONGEST_REST + 1):
        day = today + timedelta(days=days)
        if any(slot.start > after for slot in slots_of_day(day=day, calendar=calendar, minutes=minutes)):
            return day
    return today


def _midnight(day: date, calendar: ServiceCalendar) -> datetime:
    return in_utc(datetime(day.year, day.month, day.day, tzinfo=calendar.zone))


def _open_until(opens: datetime, latest: datetime, calendar: ServiceCalendar) -> datetime:
    """Find the end of the open time that begins at ``opens``, at most ``latest``.

    As long as closed time lies before an instant, the open time alone ends earlier, but never before the first closing.
    """
    found = latest
    while (nearer := opens + calendar.open_time(opens, found).value) < found:
        found = nearer
    return found
