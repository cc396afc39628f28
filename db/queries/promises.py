"""Promises late or due today, in one statement: complaints, requests, call-backs, measures, rounds (for the desk)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Date, Select, and_, func, literal, select, union_all

from core.admin.permissions import Permission
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from core.meetings.measures import STAGES, Stage
from core.surveys.follow_ups import FollowUpState
from core.surveys.rounds import RoundState
from db.columns import Instant
from db.models import Estate, FollowUp, Measure, StaffMember, SurveyRound, Unit
from db.queries.service_promises import FEW, ServicePromise, ServicePromiseRow, service_parts, service_row
from db.unit_of_work import Reader, query

_COLUMNS: Final = (
    "kind", "estate_id", "estate_name", "id", "code", "text", "place", "who", "day", "at", "mark", "total",
)  # fmt: skip
_WITHOUT: Final[dict[str, Any]] = {
    "place": literal(""),
    "at": literal(None, Instant()),
    "day": literal(None, Date()),
    "mark": literal(0),
}
"""What stands in a column that a kind of promise does not have."""

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


@dataclass(frozen=True, slots=True)
class Promises:
    """What was promised: complaints and requests, and everything else; each the most pressing kind first."""

    service: tuple[ServicePromiseRow, ...] = ()
    others: tuple[PromiseRow, ...] = ()


@query(Permission.DESK_VIEW)
def late_promises(reader: Reader, wanted: PromisesWanted) -> Promises:
    """The oldest few of each kind that the person may see to."""
    parts = [*_parts(reader, wanted), *service_parts(wanted.estate_id, reader)]
    if not parts:
        return Promises()
    rows = reader.rows(union_all(*map(_alike, parts)))
    kinds, order = set(ServicePromise), [*ServicePromise, *Promise]
    service = [service_row(row) for row in rows if row.kind in kinds]
    others = [_row(row) for row in rows if row.kind not in kinds]
    return Promises(
        tuple(sorted(service, key=lambda row: (order.index(row.kind), row.at, row.estate_id, row.id))),
        tuple(sorted(others, key=lambda row: (order.index(row.kind), row.day, row.estate_id, row.id))),
    )


def _alike(part: Select[Any]) -> Select[Any]:
    """The select of a kind with the columns of all kinds."""
    found = part.subquery()
    return select(*(found.c[name] if name in found.c else _WITHOUT[name].label(name) for name in _COLUMNS))


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
    here = columns.where(reader.scope(table.estate_id)).limit(FEW)
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
