"""Bill runs as lists, and the units a run could not bill (R-018, R-021)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.fees.approvals import RunState
from core.kernel.filters import Slice
from core.kernel.identity import BillRunId, EstateId, UserId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.models import BillRun, BillRunProblem, Estate, Unit, User
from db.unit_of_work import Reader, query

_MAKER, _POSTER = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class RunsWanted:
    """The runs of an estate (``None``: all the person's), of one month or of every month."""

    estate_id: EstateId | None
    month: Month | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A bill run. ``made_by`` may not post it."""

    estate_id: EstateId
    estate_name: str
    run_id: BillRunId
    month: Month
    state: RunState
    bills: int
    problems: int
    amount: Money
    made_by: UserId | None
    made_by_name: str
    made_at: datetime
    posted_by_name: str
    posted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class RunList:
    """A screenful of runs, and how many there are."""

    rows: tuple[RunRow, ...]
    total: int


@query(Permission.FEES_VIEW)
def bill_runs(reader: Reader, wanted: RunsWanted) -> RunList:
    """Bill runs, the newest first."""
    conditions = [reader.scope(BillRun.estate_id)]
    if wanted.estate_id is not None:
        conditions.append(BillRun.estate_id == wanted.estate_id)
    if wanted.month is not None:
        conditions.append(BillRun.month == wanted.month.number)
    count = reader.scalar(select(func.count()).select_from(BillRun).where(*conditions))
    names = (_MAKER.display_name.label("maker"), _POSTER.display_name.label("poster"), Estate.name.label("estate"))
    statement = (
        select(*BillRun.__table__.columns, *names)
        .join(Estate, Estate.id == BillRun.estate_id)
        .outerjoin(_MAKER, _MAKER.id == BillRun.made_by)
        .outerjoin(_POSTER, _POSTER.id == BillRun.posted_by)
        .where(*conditions)
        .order_by(BillRun.month.desc(), BillRun.estate_id, BillRun.id.desc())
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    return RunList(tuple(_run(row) for row in reader.rows(statement)), count)


def _run(row: Row[Any]) -> RunRow:
    return RunRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate,
        run_id=BillRunId(row.id),
        month=Month.from_number(row.month),
        state=RunState(row.state),
        bills=row.bills,
        problems=row.problems,
        amount=Money(row.total_fen),
        made_by=None if row.made_by is None else UserId(row.made_by),
        made_by_name=row.maker or "",
        made_at=row.made_at,
        posted_by_name=row.poster or "",
        posted_at=row.posted_at,
        version=row.version,
    )


@dataclass(frozen=True, slots=True)
class RunProblemsWanted:
    """The problems of one run."""

    estate_id: EstateId
    run_id: BillRunId
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class RunProblem:
    """A unit without a bill. ``code`` names the sentence; ``item`` is empty when no tariff speaks of the unit."""

    unit_code: str
    item: str
    code: str


@dataclass(frozen=True, slots=True)
class RunProblems:
    """A screenful of problems, and how many the run has."""

    rows: tuple[RunProblem, ...]
    total: int


@query(Permission.FEES_VIEW)
def run_problems(reader: Reader, wanted: RunProblemsWanted) -> RunProblems:
    """The units a run could not bill, in the order of their codes, and why (R-018)."""
    problem = BillRunProblem
    conditions = (
        reader.scope(problem.estate_id),
        problem.estate_id == wanted.estate_id,
        problem.run_id == wanted.run_id,
    )
    count = reader.scalar(select(func.count()).select_from(problem).where(*conditions))
    statement = (
        select(Unit.code.label("unit_code"), problem.item, problem.code)
        .join(Unit, (Unit.estate_id == problem.estate_id) & (Unit.id == problem.unit_id))
        .where(*conditions)
        .order_by(Unit.sort_key, Unit.id, problem.item)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    return RunProblems(tuple(RunProblem(row.unit_code, row.item, row.code) for row in reader.rows(statement)), count)
