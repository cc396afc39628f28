"""The terms complaints and service requests are judged by: working time, limits and ladder of an estate (R-008, R-009).

They hold for all clocks of the estate, running ones too: states are derived, so a changed calendar moves what is due.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.admin.settings import CaseSettings, OrderSettings, ServiceSettings
from core.complaints.grading import CaseGrade, CaseLimits, LimitRow, case_limits_of, limit_row, limits_for
from core.complaints.taxonomy import RecordType
from core.kernel.escalation import Ladder
from core.kernel.identity import EstateId
from core.kernel.service_hours import week_text
from core.kernel.workdays import PUBLISHED_YEARS
from core.kernel.worktime import ServiceCalendar
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.limits import WorkLimitRow, WorkLimits, work_limit_row, work_limits_for, work_limits_of
from db.repositories.calendar import work_calendar
from db.repositories.settings import all_service_settings_on, service_settings_of


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What holds in an estate on a day. ``emergency_ladder`` tells at any hour: urgent cases, failures (R-086, R-114).

    ``calendar_version`` changes when the hours, the company's own days or the published notices do, and with the
    ladder: whatever moves the next look at a running clock.
    """

    calendar: ServiceCalendar
    calendar_version: str
    service: ServiceSettings
    cases: CaseSettings
    orders: OrderSettings
    ladder: Ladder
    emergency_ladder: Ladder


def service_terms(connection: Session | Connection, estate: EstateId, day: date) -> ServiceTerms:
    """Gather the terms of an estate on a day, in two statements. Load them once and use them for every record."""
    service, cases, orders = all_service_settings_on(connection, estate, day)
    calendar = ServiceCalendar(service.hours, work_calendar(connection))
    return ServiceTerms(
        calendar=calendar,
        calendar_version=_version_of(calendar, service.ladder),
        service=service,
        cases=cases,
        orders=orders,
        ladder=service.ladder,
        emergency_ladder=replace(service.ladder, at_any_hour=True),
    )


def calendar_versions(
    connection: Session | Connection, estates: Collection[EstateId], day: date
) -> dict[EstateId, str]:
    """The ``calendar_version`` of each of many estates on a day, in two statements."""
    workdays, settings = work_calendar(connection), service_settings_of(connection, estates, day)
    return {
        estate: _version_of(ServiceCalendar(service.hours, workdays), service.ladder)
        for estate, service in settings.items()
    }


def case_limits(terms: ServiceTerms, *, record_type: RecordType, grade: CaseGrade) -> CaseLimits:
    """Say which limits hold for a case (R-083 to R-085)."""
    cases = terms.cases
    named = {
        LimitRow.URGENT: cases.limits_urgent,
        LimitRow.MAJOR: cases.limits_major,
        LimitRow.NORMAL: cases.limits_normal,
        LimitRow.QUESTION: cases.limits_question,
        LimitRow.PRAISE: cases.limits_praise,
    }
    row = limit_row(record_type=record_type, grade=grade)
    return limits_for(record_type=record_type, grade=grade, overrides={row: case_limits_of(named[row])})


def work_limits(terms: ServiceTerms, *, kind: WorkKind, failure: PublicSystem | None) -> WorkLimits:
    """Say which limits hold for a service request (R-113, R-114)."""
    orders = terms.orders
    named = {
        WorkLimitRow.FAILURE: orders.limits_failure,
        WorkLimitRow.REPAIR: orders.limits_repair,
        WorkLimitRow.OTHER: orders.limits_other,
    }
    row = work_limit_row(kind=kind, failure=failure)
    return work_limits_for(kind=kind, failure=failure, overrides={row: work_limits_of(named[row])})


def _version_of(calendar: ServiceCalendar, ladder: Ladder) -> str:
    """Sixteen hexadecimal digits for everything working time and the steps told in it are computed from."""
    own_days = sorted((day.isoformat(), kind.value) for day, kind in calendar.workdays.overrides.items())
    facts = (week_text(calendar.template), own_days, sorted(PUBLISHED_YEARS), ladder)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
