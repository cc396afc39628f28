"""Use cases of the working-day calendar (R-009). It holds for the whole company."""

from dataclasses import dataclass
from datetime import date

from core.admin.calendar_days import DeclaredDay, check_declared_day
from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from core.kernel.periods import local_day
from core.kernel.workdays import DayKind
from db.models import CalendarDay
from db.repositories.calendar import load_day
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class SetCalendarDay:
    """A day is working or at rest. ``version`` is what the form showed of the day, ``None`` for nothing declared."""

    day: date
    kind: DayKind
    note: str
    version: int | None


@dataclass(frozen=True, slots=True)
class ClearCalendarDay:
    """The published notice decides about a day again."""

    day: date
    version: int


@operation(Permission.SETTINGS_MAKE)
def set_calendar_day(work: UnitOfWork, command: SetCalendarDay) -> None:
    """Declare a day working or at rest."""
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    wanted = DeclaredDay(command.day, command.kind, command.note)
    declared = check_declared_day(declared=wanted, today=local_day(work.now))
    row = load_day(work.session, command.day)
    if (row.version if row else None) != command.version:
        raise EditConflict
    before = _facts(row)
    if row is None:
        row = CalendarDay(day=declared.day, kind=declared.kind.value, note=declared.note)
        work.session.add(row)
    row.kind, row.note = declared.kind.value, declared.note
    work.record("calendar.set", ("calendar_day", command.day.isoformat()), before=before, after=_facts(row))


@operation(Permission.SETTINGS_MAKE)
def clear_calendar_day(work: UnitOfWork, command: ClearCalendarDay) -> None:
    """Take a declared day back."""
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    row = load_day(work.session, command.day)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    work.record("calendar.clear", ("calendar_day", command.day.isoformat()), before=_facts(row))
    work.session.delete(row)


def _facts(row: CalendarDay | None) -> dict[str, str] | None:
    return None if row is None else {"kind": row.kind, "note": row.note}
