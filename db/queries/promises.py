"""Promises late or due today, in one statement: call-backs, measures, survey rounds to close (for the desk)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, and_, func, literal, select, union_all

from core.admin.permissions import Permission
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from core.meetings.measures import STAGES, Stage
from core.surveys.follow_ups import FollowUpState
from core.surveys.rounds import RoundState
from db.models import Estate, FollowUp, Measure, StaffMember, SurveyRound, Unit
from db.unit_of_work import Reader, query

_FEW: Final = 3
_FINAL: Final = tuple(stage.value for stage in Stage if STAGES.is_final(stage))


class Promise(StrEnum):
    """What was promised, the most pressing first."""

    CALL_LATE = "call_late"
    MEASURE_LATE = "measure_late"
    CALL_TODAY = "call_today"
    ROUND_ENDED = "round_ended"


@dataclass(frozen=True, slots=True)
class PromisesWanted:
    """The promises of an estate (``None``: of all in the person's care)."""

    estate_id: EstateId | None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One of the oldest promises of its kind. ``code``: the unit, the measure's number or the round's code.

    ``text`` is a measure's problem, ``who`` its responsible, ``mark`` the lowest mark behind a call; ``total`` counts
    all promises of the kind.
    """

    kind: Promise
    estate_id: EstateId
    estate_name: str
    id: int
    code: str
    text: str
    who: str
    day: date
    mark: int
    total: int


@query(Permission.DESK_VIEW)
def late_promises(reader: Reader, wanted: PromisesWanted) -> tuple[PromiseRow, ...]:
    """The oldest few of each kind that the person may see to, in the order of :class:`Promise`."""
    parts = [select(part.subquery()) for part in _parts(reader, wanted)]
    if not parts:
        return ()
    rows = [_row(row) for row in reader.rows(union_all(*parts))]
    order = list(Promise)
    return tuple(sorted(rows, key=lambda row: (order.index(row.kind), row.day, row.estate_id, row.id)))


def _parts(reader: Reader, wanted: PromisesWanted) -> Iterator[Select[Any]]:
    today, actor = local_day(reader.now), reader.actor
    if actor.may(Permission.SURVEYS_FOLLOW):
        is_open = FollowUp.state == FollowUpState.OPEN.value
        yield _calls(reader, wanted, Promise.CALL_LATE).where(is_open, FollowUp.due_on < today)
        yield _calls(reader, wanted, Promise.CALL_TODAY).where(is_open, FollowUp.due_on == today)
    if actor.may(Permission.MEASURES_WORK):
        late = _of(reader, wanted, Measure, Promise.MEASURE_LATE).add_columns(
            Measure.number.label("code"),
            Measure.problem.label("text"),
            StaffMember.name.label("who"),
            Measure.deadline.label("day"),
            literal(0).label("mark"),
            func.count().over().label("total"),
        )
        named = late.join(StaffMember, StaffMember.id == Measure.responsible_id)
        yield named.where(Measure.stage.not_in(_FINAL), Measure.deadline < today).order_by(Measure.deadline, Measure.id)
    if actor.may(Permission.SURVEYS_MAKE):
        ended = _of(reader, wanted, SurveyRound, Promise.ROUND_ENDED).add_columns(
            SurveyRound.code.label("code"),
            SurveyRound.name.label("text"),
            literal("").label("who"),
            SurveyRound.ends_on.label("day"),
            literal(0).label("mark"),
            func.count().over().label("total"),
        )
        over = ended.where(SurveyRound.state == RoundState.OPEN.value, SurveyRound.ends_on <= today)
        yield over.order_by(SurveyRound.ends_on, SurveyRound.id)


def _calls(reader: Reader, wanted: PromisesWanted, kind: Promise) -> Select[Any]:
    unit = and_(Unit.estate_id == FollowUp.estate_id, Unit.id == FollowUp.unit_id)
    columns = _of(reader, wanted, FollowUp, kind).add_columns(
        func.coalesce(Unit.code, "").label("code"),
        literal("").label("text"),
        literal("").label("who"),
        FollowUp.due_on.label("day"),
        FollowUp.lowest_mark.label("mark"),
        func.count().over().label("total"),
    )
    return columns.outerjoin(Unit, unit).order_by(FollowUp.due_on, FollowUp.id)


def _of(reader: Reader, wanted: PromisesWanted, table: Any, kind: Promise) -> Select[Any]:
    columns = select(
        literal(kind.value).label("kind"), table.estate_id.label("estate_id"), Estate.name.label("estate_name"),
        table.id.label("id"),
    ).join(Estate, Estate.id == table.estate_id)  # fmt: skip
    here = columns.where(reader.scope(table.estate_id)).limit(_FEW)
    return here if wanted.estate_id is None else here.where(table.estate_id == wanted.estate_id)


def _row(row: Any) -> PromiseRow:
    return PromiseRow(
        kind=Promise(row.kind),
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        id=row.id,
        code=row.code,
        text=row.text,
        who=row.who,
        day=row.day,
        mark=row.mark,
        total=row.total,
    )
