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


def work_calendar(connection: Connection | Session) -> WorkCalendar:
    """The working-day calendar as it stands: published notices, and the company's days over them (R-009)."""
    rows = connection.execute(select(CalendarDay.day, CalendarDay.kind)).all()
    return company_calendar(DeclaredDay(day, DayKind(kind)) for day, kind in rows)
