"""The week's service hours as a person types them: ``1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00`` (1 is Monday)."""

import re
from itertools import groupby
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.worktime import DayHours, Interval, WeekTemplate

_DAYS: Final = r"[1-7](?:-[1-7])?"
_TIME: Final = r"[0-9]{1,2}:[0-9]{2}"
_SPAN: Final = rf"{_TIME}\s*-\s*{_TIME}"
_GROUP: Final = re.compile(rf"({_DAYS}(?:\s*,\s*{_DAYS})*)\s+({_SPAN}(?:\s*,\s*{_SPAN})*)")
_DASHES: Final = str.maketrans({"~": "-", "\u2013": "-", "\u2014": "-", "\uff5e": "-"})


class HoursTextRefused(BusinessError):
    """The text is no week of hours, or says something of a day twice. Field: ``text`` (the part in question)."""

    code: ClassVar[str] = "service_hours.text"


def parse_week(text: str) -> WeekTemplate:
    """Read a week of hours: groups of days parted by semicolons; a day not named is closed.

    Hours of a day that overlap or lie outside it raise ``HoursRefused``; a week without hours from Monday to Friday
    raises ``NoWorkingHours``. ``24:00`` is the end of a day; a night shift stands on both of its days.
    """
    days: dict[int, DayHours] = {}
    for group in text.translate(_DASHES).strip().rstrip(";").split(";"):
        match = _GROUP.fullmatch(group.strip())
        if match is None:
            raise HoursTextRefused(text=group.strip()[:32])
        hours = tuple(map(_interval, match[2].split(",")))
        for day in _days(match[1]):
            if day in days:
                raise HoursTextRefused(text=group.strip()[:32])
            days[day] = hours
    first, second, third, fourth, fifth, sixth, seventh = (days.get(day, ()) for day in range(1, 8))
    return WeekTemplate((first, second, third, fourth, fifth, sixth, seventh))


def week_text(template: WeekTemplate) -> str:
    """Write a week the one way it is stored: neighbouring days of equal hours together; ``parse_week`` reads it."""
    numbered = enumerate(template.days, start=1)
    runs = ((hours, [day for day, _ in run]) for hours, run in groupby(numbered, key=lambda pair: pair[1]))
    return "; ".join(f"{_days_text(days)} {','.join(map(_interval_text, hours))}" for hours, days in runs if hours)


def _days(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        days = range(int(first), int(last or first) + 1)
        if not days:
            raise HoursTextRefused(text=part.strip())
        found.extend(days)
    return tuple(found)


def _interval(text: str) -> Interval:
    start, end = text.split("-")
    return Interval(_minutes(start.strip()), _minutes(end.strip()))


def _minutes(time: str) -> int:
    hour, minute = time.split(":")
    if int(minute) > 59:
        raise HoursTextRefused(text=time)
    return int(hour) * 60 + int(minute)


def _days_text(days: list[int]) -> str:
    return str(days[0]) if len(days) == 1 else f"{days[0]}-{days[-1]}"


def _interval_text(interval: Interval) -> str:
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (interval.start, interval.end))
