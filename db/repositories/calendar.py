"""The company's own working and rest days."""

from datetime import date

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core.admin.calendar_days import DeclaredDay, company_calendar
from core.kernel.workdays import DayKind, WorkCalendar
from db.models import CalendarDay


def load_day(session: Session, day: date) -> CalendarDay | None:
    """The declared day, if there is one."""
    return session.get(CalendarDay, day)


def work_calendar(connection: Connection | Session, *, since: date | None = None) -> WorkCalendar:
    """The working-day calendar as it stands: published notices, and the company's days over them (R-009).

    Who asks for no day before the year of ``since`` need not wait for the company's days of the years before.
    """
    statement = select(CalendarDay.day, CalendarDay.kind)
    if since is not None:
        statement = statement.where(CalendarDay.day >= since.replace(month=1, day=1))
    rows = connection.execute(statement).all()
    return company_calendar(DeclaredDay(day, DayKind(kind)) for day, kind in rows)
