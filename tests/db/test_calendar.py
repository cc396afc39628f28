"""R-009, R-011, R-196 for the working-day calendar."""

import json
from datetime import date

import pytest

from core.admin.calendar_days import CalendarDayOutOfReach
from core.admin.permissions import NotPermitted, Permission
from core.kernel.workdays import PUBLISHED_YEARS, DayKind
from db.engine import Database
from db.operations.calendar import ClearCalendarDay, SetCalendarDay, clear_calendar_day, set_calendar_day
from db.queries.calendar import DayRow, calendar_year
from db.repositories.calendar import work_calendar
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, pairs, refused, someone_with
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

MONDAY = date(2026, 11, 23)
NEXT = max(PUBLISHED_YEARS) + 1


def declare(database: Database, day: date, kind: DayKind = DayKind.REST, version: int | None = None) -> None:
    builders.act(database, set_calendar_day, SetCalendarDay(day, kind, " outing ", version), by=ADMINISTRATOR)


def test_a_declared_day_counts_and_is_taken_back(database: Database) -> None:
    with database.reading() as connection:
        assert work_calendar(connection).is_working_day(MONDAY)
    declare(database, MONDAY)
    with database.reading() as connection:
        assert not work_calendar(connection).is_working_day(MONDAY)
    shown = builders.ask(database, calendar_year, 2026)
    assert shown.declared == (DayRow(MONDAY, False, DayKind.REST, "outing", 1),)
    builders.act(database, clear_calendar_day, ClearCalendarDay(MONDAY, 1))
    with database.reading() as connection:
        assert work_calendar(connection).is_working_day(MONDAY)
    (entry,) = entries(database, "calendar.clear")
    assert (entry.subject_id, json.loads(entry.before), entry.after) == (
        "2026-11-23", {"kind": "rest", "note": "outing"}, None,
    )  # fmt: skip


def test_a_year_shows_every_day_and_whether_it_is_known(database: Database) -> None:
    shown = builders.ask(database, calendar_year, 2024)
    assert (len(shown.days), shown.is_known, shown.declared) == (366, True, ())
    works = {row.day: row.works for row in shown.days}
    assert (works[date(2024, 2, 29)], works[date(2024, 10, 1)], works[date(2024, 10, 12)]) == (True, False, True)
    assert not builders.ask(database, calendar_year, NEXT).is_known
    for month, day in ((1, 1), (10, 1), (10, 2), (10, 3)):
        declare(database, date(NEXT, month, day))
    assert builders.ask(database, calendar_year, NEXT).is_known
    with database.reading() as connection:
        assert work_calendar(connection).year_is_known(NEXT)


def test_who_asks_for_a_year_and_later_gets_no_days_of_the_years_before(database: Database) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 20), MONDAY, date(NEXT, 1, 1)]
    for day in days:
        declare(database, day)
    with database.reading() as connection:
        assert sorted(work_calendar(connection).overrides) == days
        since = work_calendar(connection, since=MONDAY)
    assert sorted(since.overrides) == days[1:]
    assert not since.is_working_day(MONDAY)


def test_the_second_of_two_editors_is_refused(database: Database) -> None:
    declare(database, MONDAY)
    with refused(database, EditConflict):
        declare(database, MONDAY, DayKind.WORKING)
    declare(database, MONDAY, DayKind.WORKING, 1)
    with refused(database, EditConflict):
        declare(database, MONDAY, DayKind.REST, 1)
    with refused(database, EditConflict):
        builders.act(database, clear_calendar_day, ClearCalendarDay(MONDAY, 1))
    builders.act(database, clear_calendar_day, ClearCalendarDay(MONDAY, 2))
    with refused(database, NotFound):
        builders.act(database, clear_calendar_day, ClearCalendarDay(MONDAY, 2))
    with refused(database, EditConflict):
        declare(database, MONDAY, DayKind.REST, 2)
    first, second = entries(database, "calendar.set")
    assert (first.before, json.loads(second.before)["kind"], json.loads(second.after)["kind"]) == (
        None,
        "rest",
        "working",
    )


def test_a_day_out_of_reach_is_refused(database: Database) -> None:
    with refused(database, CalendarDayOutOfReach, first_year=2004, last_year=2028):
        declare(database, date(2029, 1, 1))


def test_only_people_with_the_right_and_the_whole_company_change_the_calendar(database: Database) -> None:
    declare(database, MONDAY)
    limited = someone_with(Permission.SETTINGS_MAKE)
    for act, command in pairs(
        (set_calendar_day, SetCalendarDay(date(2026, 11, 24), DayKind.REST, "", None)),
        (clear_calendar_day, ClearCalendarDay(MONDAY, 1)),
    ):
        check_rights(database, act, command, Permission.SETTINGS_MAKE)
        with refused(database, NotPermitted):
            builders.act(database, act, command, by=limited)
    check_reading_rights(database, calendar_year, 2026, Permission.DESK_VIEW)


@pytest.mark.parametrize("year", [2026, NEXT])
def test_a_year_needs_one_statement(database: Database, year: int) -> None:
    with count_statements(database) as sent:
        builders.ask(database, calendar_year, year)
    assert len(sent) == 1
