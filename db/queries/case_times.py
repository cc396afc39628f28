"""How long complaints take: response, handling and closing, and each step against what is allowed (R-099, R-194)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Integer, Select, and_, case, cast, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.complaints.insight import Durations, StepTime
from core.complaints.states import PROCESS_MAP, ProcessStep
from core.kernel.identity import EstateId
from db.models import Case, ServiceStep
from db.queries.case_insight import (
    IS_COMPLAINT,
    IS_FINISHED,
    InsightWanted,
    days_of,
    narrowed,
    within_days,
)
from db.queries.durations import MicrosecondsBetween
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

NO_TIMES: Final = Durations(0, None, None, None)

_ENDS: Final[Mapping[str, InstrumentedAttribute[Any]]] = {
    "response": Case.responded_at,
    "handling": Case.resolved_at,
    "closing": Case.ended_at,
}


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """How long the complaints closed in a period took from registration to first contact, feedback and closing."""

    response: Durations = NO_TIMES
    handling: Durations = NO_TIMES
    closing: Durations = NO_TIMES


def case_times(reader: Reader, estate: EstateId | None, days: Comparison) -> Mapping[int, CaseTimes]:
    """The times of both periods by ``THIS`` and ``BEFORE``, from one statement.

    Of the complaints closed in the period, so that a quick half of those still open does not flatter the mean and the
    figures of a past period stay what they are. An end before the registration counts as no time.
    """
    found: dict[int, dict[str, Durations]] = {}
    for row in reader.rows(_ranked_times(reader, estate, days)):
        found.setdefault(row.period, {})[row.kind] = Durations(
            int(row.n),
            timedelta(microseconds=int(row.total)) / int(row.n),
            (timedelta(microseconds=int(row.lower)) + timedelta(microseconds=int(row.upper))) / 2,
            timedelta(microseconds=int(row.p90)),
        )
    return {period: CaseTimes(**times) for period, times in found.items()}


def _ranked_times(reader: Reader, estate: EstateId | None, days: Comparison) -> Select[Any]:
    inside, period = within_days(Case.ended_on, days)
    ended = (
        select(period.label("period"), Case.registered_at, *(column.label(kind) for kind, column in _ENDS.items()))
        .where(narrowed(reader, estate, Case.estate_id), inside, period.is_not(None), IS_COMPLAINT, IS_FINISHED)
        .cte("ended")
    )
    times = union_all(
        *(
            select(
                ended.c.period,
                literal(kind).label("kind"),
                _not_negative(MicrosecondsBetween(ended.c[kind], ended.c.registered_at)),
            ).where(ended.c[kind].is_not(None))
            for kind in _ENDS
        )
    ).subquery()
    group = (times.c.period, times.c.kind)
    rank = func.row_number().over(partition_by=group, order_by=times.c.spent).label("rank")
    ranked = select(*times.c, rank, func.count().over(partition_by=group).label("n")).subquery()
    n, spent = ranked.c.n, ranked.c.spent
    places = {"lower": (n + 1) // 2, "upper": n // 2 + 1, "p90": (9 * n + 9) // 10}
    picked = (func.max(case((ranked.c.rank == place, spent))).label(name) for name, place in places.items())
    columns = (func.max(n).label("n"), func.sum(spent).label("total"), *picked)
    return select(ranked.c.period, ranked.c.kind, *columns).group_by(ranked.c.period, ranked.c.kind)


def _not_negative(time: Any) -> Any:
    return case((time < 0, 0), else_=time).label("spent")


@query(Permission.SERVICE_INSIGHT)
def process_times(reader: Reader, wanted: InsightWanted) -> tuple[StepTime, ...]:
    """How long complaints stayed in each state that they left in the period, beside what is allowed (R-194).

    A stay lasts from one change of state to the next, by the time each was done; what was entered in the evening for
    the whole day may so have been done before it was handed on, which is no time. Changes are sought by when they were
    entered.
    """
    days = days_of(wanted, reader.now).this
    step, earlier = aliased(ServiceStep, name="step"), aliased(ServiceStep, name="earlier")
    same = (earlier.estate_id == step.estate_id, earlier.record_id == step.record_id, earlier.id < step.id)
    came = (
        select(earlier.done_at)
        .where(*same, earlier.source.not_in(("", earlier.state)))
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    stays = (
        select(step.source.label("state"), step.done_at, func.coalesce(came, Case.registered_at).label("came"))
        .join(Case, and_(Case.estate_id == step.estate_id, Case.id == step.record_id))
        .where(narrowed(reader, wanted.estate_id, step.estate_id), IS_COMPLAINT, step.source != step.state)
        .where(step.made_at >= day_begins(days.start), step.made_at < day_begins(days.end))
        .where(step.source.in_([one.state.value for one in PROCESS_MAP]))
        .cte("stays")
        .prefix_with("MATERIALIZED")
    )
    spent = _not_negative(MicrosecondsBetween(stays.c.done_at, stays.c.came))
    allowed = case(
        {one.state.value: one.allowed // timedelta(microseconds=1) for one in PROCESS_MAP}, value=stays.c.state
    )
    measured = select(stays.c.state, allowed.label("allowed"), spent).subquery()
    over = func.sum(cast(case((measured.c.spent > measured.c.allowed, 1), else_=0), Integer)).label("over")
    sums = (func.count().label("n"), func.sum(measured.c.spent).label("total"), over)
    rows = reader.rows(select(measured.c.state, *sums).group_by(measured.c.state))
    found = {row.state: row for row in rows}
    return tuple(_step_time(one, found.get(one.state.value)) for one in PROCESS_MAP)


def _step_time(step: ProcessStep, row: Any) -> StepTime:
    if row is None:
        return StepTime(step, 0, None, 0)
    return StepTime(step, int(row.n), timedelta(microseconds=int(row.total)) / int(row.n), int(row.over))
