"""R-008, R-009, R-083 to R-086, R-113 to R-115: the terms of complaints and service requests in an estate."""

from datetime import UTC, date, datetime

import pytest

from core.admin.settings import SettingKey
from core.complaints.grading import DEFAULT_LIMITS, CaseGrade, CaseLimits, LimitRow
from core.complaints.taxonomy import RecordType
from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.escalation import Ladder, LadderStep
from core.kernel.identity import COMPANY, EstateId
from core.kernel.limits import NO_LIMITS, clock_hours
from core.kernel.workdays import DayKind
from core.kernel.worktime import Interval, WeekTemplate
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import DEFAULT_LIMITS as WORK_LIMITS
from core.work_orders.limits import WorkLimitRow, WorkLimits
from db.engine import Database
from db.operations.calendar import SetCalendarDay, set_calendar_day
from db.operations.settings import SetSetting, set_setting
from db.repositories.service_terms import ServiceTerms, case_limits, service_terms, work_limits
from tests import builders
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

K = SettingKey
TODAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def place(database: Database) -> EstateId:
    builders.with_code_lists(database)
    return builders.estate(database)


def terms_of(database: Database, estate: EstateId, day: date = TODAY) -> ServiceTerms:
    with database.reading() as connection:
        return service_terms(connection, estate, day)


def put(database: Database, estate: EstateId, key: SettingKey, text: str, day: date = TODAY) -> None:
    builders.act(database, set_setting, SetSetting(estate, key, text, day, 0), by=ADMINISTRATOR)


def test_without_settings_the_terms_are_those_of_the_documents(database: Database, place: EstateId) -> None:
    terms = terms_of(database, place)
    assert terms.calendar.template == WeekTemplate.of((Interval(510, 720), Interval(810, 1050)))
    steps = (
        LadderStep(50, "handler"),
        LadderStep(80, "supervisor"),
        LadderStep(100, "supervisor"),
        LadderStep(150, "manager"),
    )
    assert terms.ladder == Ladder(steps)
    assert terms.emergency_ladder == Ladder(steps, at_any_hour=True)
    for grade in CaseGrade:
        expected = DEFAULT_LIMITS[LimitRow(grade.value)]
        assert case_limits(terms, record_type=RecordType.COMPLAINT, grade=grade) == expected
    for record_type, row in (
        (RecordType.INQUIRY, LimitRow.QUESTION),
        (RecordType.SUGGESTION, LimitRow.QUESTION),
        (RecordType.PRAISE, LimitRow.PRAISE),
    ):
        assert case_limits(terms, record_type=record_type, grade=CaseGrade.NORMAL) == DEFAULT_LIMITS[row]
    for kind, failure, work_row in (
        (WorkKind.REPAIR, PublicSystem.LIFT, WorkLimitRow.FAILURE),
        (WorkKind.REPAIR, None, WorkLimitRow.REPAIR),
        (WorkKind.CLEANING, None, WorkLimitRow.OTHER),
    ):
        assert work_limits(terms, kind=kind, failure=failure) == WORK_LIMITS[work_row]


def test_an_estates_own_terms_hold_from_their_day_on(database: Database, place: EstateId) -> None:
    put(database, COMPANY, K.SERVICE_HOURS, "1-5 09:00-18:00")
    put(database, place, K.CASES_LIMITS_NORMAL, "response=8wh/2wd, call_back=24h", TOMORROW)
    put(database, place, K.ORDERS_LIMITS_OTHER, "finish=-/24h")
    put(database, place, K.SERVICE_LADDER, "120=manager, 90%=supervisor")
    now, later = terms_of(database, place), terms_of(database, place, TOMORROW)
    assert now.calendar.template == WeekTemplate.of((Interval(540, 1080),))
    wanted = {"record_type": RecordType.COMPLAINT, "grade": CaseGrade.NORMAL}
    assert case_limits(now, **wanted) == DEFAULT_LIMITS[LimitRow.NORMAL]  # type: ignore[arg-type]
    assert case_limits(later, **wanted) == CaseLimits(  # type: ignore[arg-type]
        response=Levels(Limit(8, LimitUnit.HOURS, LimitCalendar.WORKING), Limit(2, LimitUnit.WORKING_DAYS)),
        call_back=Levels(clock_hours(24)),
    )
    assert work_limits(now, kind=WorkKind.GREENING, failure=None) == WorkLimits(
        response=NO_LIMITS, finish=Levels(hard=clock_hours(24))
    )
    assert now.ladder == Ladder((LadderStep(90, "supervisor"), LadderStep(120, "manager")))


def test_the_companys_own_days_are_in_the_calendar_and_the_version_tells_every_change(
    database: Database, place: EstateId
) -> None:
    first = terms_of(database, place)
    assert terms_of(database, place).calendar_version == first.calendar_version
    builders.act(
        database, set_calendar_day, SetCalendarDay(date(2026, 11, 23), DayKind.REST, "move", None), by=ADMINISTRATOR
    )
    second = terms_of(database, place)
    friday = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert first.calendar.add_working_days(friday, 1).value == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert second.calendar.add_working_days(friday, 1).value == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    put(database, place, K.SERVICE_HOURS, "1-5 08:30-12:00,13:30-17:00")
    put(database, place, K.CASES_LIMITS_URGENT, "response=1h/2h")
    third = terms_of(database, place)
    assert len({terms.calendar_version for terms in (first, second, third)}) == 3
    assert all(len(terms.calendar_version) == 16 for terms in (first, second, third))


def test_the_terms_take_two_statements(database: Database, place: EstateId) -> None:
    put(database, place, K.CASES_REPEAT_DAYS, "60")
    with database.reading() as connection, count_statements(database) as sent:
        terms = service_terms(connection, place, TODAY)
    assert len(sent) == 2
    assert terms.cases.repeat_days == 60
    assert (terms.orders.photos_needed, terms.service.free_pauses) == (False, ("customer_appointment",))
