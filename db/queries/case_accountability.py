"""Who answers for red cases, and what was decided about them (R-109)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func, literal, select, union_all

from core.admin.permissions import Permission
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType
from core.complaints.workload import AccountabilityAction
from core.kernel.clocks import ClockKind
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, EstateId, StaffId
from db.columns import Instant
from db.models import AccountabilityAction as ActionRow
from db.models import Case, Estate, ServiceClock, ServiceRecord, StaffMember, User
from db.queries.case_insight import InsightWanted, days_of, narrowed
from db.queries.durations import MicrosecondsBetween
from db.queries.paging import Page
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

MOST_RESPONSIBLE: Final = 200
MOST_ACTIONS: Final = 500
_MINUTE: Final = 60 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountableRow:
    """Somebody who answers for red cases; ``staff`` of ``None``: nobody had them.

    A case counts once, however many of its clocks are red. ``still`` have a clock that runs past its hard limit now.
    Of a clock that stopped, the overrun is the time over its limit in the limit's own time; of one that runs, the time
    since the limit ran out. ``actions``: what was decided about these cases so far.
    """

    staff: StaffId | None
    name: str
    department: str
    count: int
    still: int
    actions: int
    worst_estate: EstateId
    worst: CaseId
    worst_number: str
    worst_overrun: timedelta


@dataclass(frozen=True, slots=True)
class RedCasesWanted:
    """The red cases of a period for which somebody answers; with ``staff`` of ``None`` those that nobody had."""

    of: InsightWanted
    staff: StaffId | None
    slice: Slice = field(default_factory=Slice)

    @property
    def estate_id(self) -> EstateId | None:
        """The estate, for the guard."""
        return self.of.estate_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RedCaseRow:
    """A red case. ``running``: a clock of it runs past its hard limit now. ``actions``: how many were decided."""

    estate_id: EstateId
    estate_name: str
    case_id: CaseId
    number: str
    record_type: RecordType
    state: CaseState
    overrun: timedelta
    running: bool
    actions: int


@dataclass(frozen=True, slots=True)
class ActionsWanted:
    """What was decided about one case."""

    estate_id: EstateId
    record_id: int


@dataclass(frozen=True, slots=True)
class DecidedAction:
    """A decided action (R-109), newest first in lists; ``staff_name`` is empty where nobody had the case."""

    action: AccountabilityAction
    note: str
    staff_name: str
    made_by_name: str
    made_at: datetime


@query(Permission.SERVICE_INSIGHT)
def accountability(reader: Reader, wanted: InsightWanted) -> tuple[AccountableRow, ...]:
    """Who answers for the cases that were red in the period: most cases first, then the worst overrun (R-109).

    Red is a case with a clock that stopped after its hard limit in the period, or runs past it (by the period's end).
    Whoever handles a case answers for it. One statement.
    """
    red = _red_cases(reader, wanted)
    r = red.c
    order = (r.overrun.desc(), r.id, r.estate_id)
    ranked = select(*r, func.row_number().over(partition_by=r.handler_id, order_by=order).label("place")).subquery().c
    sums = {
        "count": func.count(),
        "still": func.sum(ranked.running),
        "actions": func.sum(ranked.actions),
        "overrun": func.max(ranked.overrun),
    }
    worst = {"estate": ranked.estate_id, "case": ranked.id}
    columns: list[Any] = [total.label(f"all_{name}") for name, total in sums.items()]
    columns += [func.max(case((ranked.place == 1, column))).label(f"worst_{name}") for name, column in worst.items()]
    lines = select(ranked.handler_id, *columns).group_by(ranked.handler_id).subquery().c
    header = and_(ServiceRecord.estate_id == lines.worst_estate, ServiceRecord.id == lines.worst_case)
    statement = (
        select(*lines, ServiceRecord.number, StaffMember.name, StaffMember.department)
        .join(ServiceRecord, header)
        .outerjoin(StaffMember, StaffMember.id == lines.handler_id)
        .order_by(lines.all_count.desc(), lines.all_overrun.desc(), func.coalesce(lines.handler_id, 0))
        .limit(MOST_RESPONSIBLE)
    )
    return tuple(_accountable(row) for row in reader.rows(statement))


@query(Permission.SERVICE_INSIGHT)
def red_cases(reader: Reader, wanted: RedCasesWanted) -> Page[RedCaseRow]:
    """The red cases of one responsible, the worst first."""
    r = _red_cases(reader, wanted.of).c
    mine = r.handler_id.is_(None) if wanted.staff is None else r.handler_id == wanted.staff
    header = and_(ServiceRecord.estate_id == r.estate_id, ServiceRecord.id == r.id)
    statement = (
        select(*r, Case.record_type, Case.state, ServiceRecord.number, Estate.name, func.count().over().label("total"))
        .join(Case, and_(Case.estate_id == r.estate_id, Case.id == r.id))
        .join(ServiceRecord, header)
        .join(Estate, Estate.id == r.estate_id)
        .where(mine)
        .order_by(r.overrun.desc(), r.id, r.estate_id)
    )
    rows = reader.rows(statement.limit(wanted.slice.limit).offset(wanted.slice.offset))
    return Page(tuple(_red_case(row) for row in rows), int(rows[0].total) if rows else 0)


@query(Permission.SERVICE_INSIGHT)
def decided_actions(reader: Reader, wanted: ActionsWanted) -> tuple[DecidedAction, ...]:
    """What was decided about a case, newest first."""
    statement = (
        select(ActionRow.action, ActionRow.note, ActionRow.made_at, StaffMember.name, User.display_name)
        .outerjoin(StaffMember, StaffMember.id == ActionRow.staff_id)
        .outerjoin(User, User.id == ActionRow.made_by)
        .where(reader.scope(ActionRow.estate_id), ActionRow.estate_id == wanted.estate_id)
        .where(ActionRow.record_id == wanted.record_id)
        .order_by(ActionRow.id.desc())
        .limit(MOST_ACTIONS)
    )
    return tuple(
        DecidedAction(AccountabilityAction(row.action), row.note, row.name or "", row.display_name or "", row.made_at)
        for row in reader.rows(statement)
    )


def _red_cases(reader: Reader, wanted: InsightWanted) -> Any:
    """Each red case of the period once: its handler, the worst overrun in minutes, whether it runs, what followed."""
    days = days_of(wanted, reader.now).this
    seen = min(day_begins(days.end), reader.now)
    kinds = ServiceClock.kind.in_([kind.value for kind in ClockKind])  # named, so that the index of stops is of use
    here = (narrowed(reader, wanted.estate_id, ServiceClock.estate_id), kinds, ServiceClock.cancelled.is_(False))
    key = (ServiceClock.estate_id, ServiceClock.record_id)
    inside = (ServiceClock.stopped_at >= day_begins(days.start), ServiceClock.stopped_at < day_begins(days.end))
    over = -func.coalesce(ServiceClock.hard_minutes, 0)
    since = MicrosecondsBetween(literal(reader.now, Instant()), ServiceClock.due_hard) // _MINUTE
    stopped = select(*key, over.label("overrun"), literal(0).label("running"))
    running = select(*key, since.label("overrun"), literal(1).label("running"))
    red = union_all(
        stopped.where(*here, *inside, ServiceClock.hard_kept.is_(False)),
        running.where(*here, ServiceClock.stopped_at.is_(None), ServiceClock.due_hard < seen),
    ).subquery()
    of_record = and_(ActionRow.estate_id == Case.estate_id, ActionRow.record_id == Case.id)
    actions = select(func.count()).select_from(ActionRow).where(of_record).correlate(Case).scalar_subquery()
    by = (Case.estate_id, Case.id, Case.handler_id)
    sums = (func.max(red.c.overrun).label("overrun"), func.max(red.c.running).label("running"))
    return (
        select(*by, *sums, actions.label("actions"))
        .join(red, and_(red.c.estate_id == Case.estate_id, red.c.record_id == Case.id))
        .group_by(*by)
        .cte("red")
    )


def _accountable(row: Any) -> AccountableRow:
    return AccountableRow(
        staff=None if row.handler_id is None else StaffId(row.handler_id),
        name=row.name or "",
        department=row.department or "",
        count=int(row.all_count),
        still=int(row.all_still),
        actions=int(row.all_actions),
        worst_estate=EstateId(row.worst_estate),
        worst=CaseId(row.worst_case),
        worst_number=row.number,
        worst_overrun=timedelta(minutes=int(row.all_overrun)),
    )


def _red_case(row: Any) -> RedCaseRow:
    return RedCaseRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.name,
        case_id=CaseId(row.id),
        number=row.number,
        record_type=RecordType(row.record_type),
        state=CaseState(row.state),
        overrun=timedelta(minutes=int(row.overrun)),
        running=bool(row.running),
        actions=int(row.actions),
    )
