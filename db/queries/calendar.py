"""A year of the working-day calendar as its page shows it (R-009)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.admin.calendar_days import DeclaredDay, company_calendar
from core.admin.permissions import Permission
from core.kernel.periods import Span
from core.kernel.workdays import DayKind
from db.models import CalendarDay
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day: whether people work, and what the company itself declared of it (``version`` ``None``: nothing)."""

    day: date
    works: bool
    declared: DayKind | None
    note: str
    version: int | None


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """All days of a year; ``is_known`` says whether its holidays are published or declared in full."""

    year: int
    is_known: bool
    days: tuple[DayRow, ...]

    @property
    def declared(self) -> tuple[DayRow, ...]:
        """The days the company declared itself."""
        return tuple(row for row in self.days if row.declared is not None)


@query(Permission.DESK_VIEW)
def calendar_year(reader: Reader, year: int) -> CalendarYear:
    """The calendar of a year (1 January to 31 December)."""
    span = Span(date(year, 1, 1), date(year + 1, 1, 1))
    rows = {row.day: row for row in reader.rows(select(CalendarDay))}
    calendar = company_calendar(DeclaredDay(row.day, DayKind(row.kind)) for row in rows.values())
    days = []
    for day in span.days():
        own, works = rows.get(day), calendar.working_day(day).value
        if own is None:
            days.append(DayRow(day, works, None, "", None))
        else:
            days.append(DayRow(day, works, DayKind(own.kind), own.note, own.version))
    return CalendarYear(year, calendar.year_is_known(year), tuple(days))
