"""Who has how much to do, weighed fairly: by grade, age and kind (R-082)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, literal, select, union_all

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.workload import (
    AGE_STEP_DAYS,
    GRADE_POINTS,
    MOST_AGE_POINTS,
)
from core.kernel.identity import EstateId, StaffId
from core.kernel.periods import local_day
from core.work_orders.dispatch import FAILURE_POINTS, KIND_POINTS
from core.work_orders.states import WorkState
from db.models import Case, StaffMember, WorkOrder
from db.queries.case_insight import narrowed
from db.queries.service_rows import day_begins, is_amber, is_red
from db.unit_of_work import Reader, query

MOST_HANDLERS: Final = 200

_AT_WORK: Final = tuple(state.value for state in CaseState if progress_of(state) is not CaseProgress.HANDLED)
_ORDERS_AT_WORK: Final = (WorkState.ASSIGNED.value, WorkState.UNDER_WAY.value)


@dataclass(frozen=True, slots=True)
class LoadsWanted:
    """What there is to do in an estate (``None``: all the person's)."""

    estate_id: EstateId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerLoad:
    """What somebody has to work on; ``staff`` of ``None``: nobody has it yet.

    ``points`` weigh cases by grade and age (R-082), ``order_points`` service requests by kind. ``red`` and ``amber``
    are cases past a hard limit, and past a target only.
    """

    staff: StaffId | None
    name: str
    number: str
    department: str
    active: bool
    cases: int
    urgent: int
    red: int
    amber: int
    points: int
    requests: int
    order_points: int
    oldest_at: datetime | None

    @property
    def all_points(self) -> int:
        """Cases and service requests together."""
        return self.points + self.order_points


@query(Permission.SERVICE_INSIGHT)
def handler_loads(reader: Reader, wanted: LoadsWanted) -> tuple[HandlerLoad, ...]:
    """Who has what, most points first, what nobody has on top; one statement over the indexes of what is open."""
    work = union_all(_case_work(reader, wanted.estate_id), _order_work(reader, wanted.estate_id)).subquery().c
    names = ("cases", "urgent", "red", "amber", "points", "requests", "order_points")
    sums = (func.sum(work[name]).label(name) for name in names)
    oldest = func.min(work.registered_at).label("oldest_at")
    by_handler = select(work.handler_id, *sums, oldest).group_by(work.handler_id).subquery()
    person = (StaffMember.name, StaffMember.number, StaffMember.department, StaffMember.state)
    points = by_handler.c.points + by_handler.c.order_points
    first = case((by_handler.c.handler_id.is_(None), 0), else_=1)
    statement = (
        select(*by_handler.c, *person)
        .outerjoin(StaffMember, StaffMember.id == by_handler.c.handler_id)
        .order_by(first, points.desc(), by_handler.c.handler_id)
        .limit(MOST_HANDLERS)
    )
    return tuple(_load(row, names) for row in reader.rows(statement))


def _case_work(reader: Reader, estate: EstateId | None) -> Select[Any]:
    """The cases somebody has to work on: pending or in progress."""
    columns = {
        "cases": literal(1),
        "urgent": case((Case.grade == CaseGrade.URGENT.value, 1), else_=0),
        "red": case((is_red(Case, reader.now), 1), else_=0),
        "amber": case((is_amber(Case, reader.now), 1), else_=0),
        "points": case_points_of(reader.now),
        "requests": literal(0),
        "order_points": literal(0),
    }
    at_work = (Case.ended_on.is_(None), Case.state.in_(_AT_WORK))
    return _work(Case, columns).where(narrowed(reader, estate, Case.estate_id), *at_work)


def _order_work(reader: Reader, estate: EstateId | None) -> Select[Any]:
    """The requests somebody has to carry out."""
    kinds = case({kind.value: points for kind, points in KIND_POINTS.items()}, value=WorkOrder.kind)
    columns: dict[str, Any] = dict.fromkeys(("cases", "urgent", "red", "amber", "points"), literal(0))
    columns |= {"requests": literal(1), "order_points": case((WorkOrder.failure != "", FAILURE_POINTS), else_=kinds)}
    at_work = (WorkOrder.ended_on.is_(None), WorkOrder.state.in_(_ORDERS_AT_WORK))
    return _work(WorkOrder, columns).where(narrowed(reader, estate, WorkOrder.estate_id), *at_work)


def _work(table: type[Case] | type[WorkOrder], columns: dict[str, Any]) -> Select[Any]:
    labelled: list[Any] = [cast(column, Integer).label(name) for name, column in columns.items()]
    return select(table.handler_id, table.registered_at, *labelled)


def case_points_of(now: datetime) -> ColumnElement[int]:
    """``core.complaints.workload.case_points`` in SQL: by grade, and by every three full days, three at most."""
    today = local_day(now)
    by_grade = case({grade.value: points for grade, points in GRADE_POINTS.items()}, value=Case.grade)
    ages = [
        (Case.registered_at >= day_begins(today - timedelta(days=(step + 1) * AGE_STEP_DAYS - 1)), step)
        for step in range(MOST_AGE_POINTS)
    ]
    return by_grade + case(*ages, else_=MOST_AGE_POINTS)


def _load(row: Any, names: tuple[str, ...]) -> HandlerLoad:
    return HandlerLoad(
        staff=None if row.handler_id is None else StaffId(row.handler_id),
        name=row.name or "",
        number=row.number or "",
        department=row.department or "",
        active=row.state == "active",
        oldest_at=row.oldest_at,
        **{name: int(getattr(row, name)) for name in names},
    )
