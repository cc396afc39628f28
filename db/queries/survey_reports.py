"""What the satisfaction report of a quarter or year needs beside the results: call-backs and measures (R-153)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, RoundId
from core.kernel.periods import local_day
from core.meetings.effects import Figure, Goal, Metric, degree_of_impact
from core.meetings.measures import Stage, is_overdue
from core.surveys.follow_ups import FollowUpFact, FollowUpState, Recovery, recovery
from core.surveys.questionnaires import HIGHEST_MARK
from db.models import FollowUp, Measure
from db.repositories.measures import Side, figure_of, goal_of
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class OfRoundsWanted:
    """What came out of some rounds of an estate."""

    estate_id: EstateId
    round_ids: tuple[RoundId, ...]


@dataclass(frozen=True, slots=True)
class ReportMeasure:
    """A measure that came out of a round. ``impact``: its degree of impact in percent (reconstructed, R-161)."""

    number: str
    problem: str
    stage: Stage
    deadline: date
    overdue: bool
    goal: Goal
    before: Figure | None
    after: Figure | None
    impact: Decimal | None
    round_id: RoundId

    @property
    def item(self) -> str:
        """The code of the item the measure is about, empty for any other goal."""
        of_item = self.goal.metric in (Metric.SURVEY_ITEM, Metric.SURVEY_TOP_SHARE)
        return self.goal.reference if of_item else ""


@query(Permission.SURVEYS_VIEW)
def call_back_recovery(reader: Reader, wanted: OfRoundsWanted) -> Recovery:
    """How the call-backs of some rounds went up to now: counts, and nothing of whom they went to.

    Every call-back was opened after a low mark, whatever line was set then, so any better good mark is a recovery.
    """
    columns = (FollowUp.state, FollowUp.due_on, FollowUp.settled_at, FollowUp.lowest_mark, FollowUp.new_mark)
    here = (FollowUp.estate_id == wanted.estate_id, FollowUp.round_id.in_(wanted.round_ids))
    rows = reader.rows(select(*columns).where(*here, reader.scope(FollowUp.estate_id)))
    return recovery(rows=map(_fact, rows), low_mark=HIGHEST_MARK, today=local_day(reader.now))


@query(Permission.MEASURES_VIEW)
def measures_of_rounds(reader: Reader, wanted: OfRoundsWanted) -> tuple[ReportMeasure, ...]:
    """The measures that came out of some rounds by number, cancelled ones left out."""
    here = (Measure.estate_id == wanted.estate_id, Measure.round_id.in_(wanted.round_ids))
    statement = select(*Measure.__table__.columns).where(*here, reader.scope(Measure.estate_id))
    kept = statement.where(Measure.stage != Stage.CANCELLED.value).order_by(Measure.number)
    today = local_day(reader.now)
    return tuple(_measure(row, today) for row in reader.rows(kept))


def _fact(row: Row[Any]) -> FollowUpFact:
    return FollowUpFact(
        state=FollowUpState(row.state),
        due_on=row.due_on,
        settled_on=None if row.settled_at is None else local_day(row.settled_at),
        before_mark=row.lowest_mark,
        new_mark=row.new_mark,
    )


def _measure(row: Any, today: date) -> ReportMeasure:
    stage = Stage(row.stage)
    before, after = figure_of(row, Side.BEFORE), figure_of(row, Side.AFTER)
    return ReportMeasure(
        number=row.number,
        problem=row.problem,
        stage=stage,
        deadline=row.deadline,
        overdue=is_overdue(deadline=row.deadline, stage=stage, today=today),
        goal=goal_of(row),
        before=before,
        after=after,
        impact=degree_of_impact(before=before.value, after=after.value) if before and after else None,
        round_id=RoundId(row.round_id),
    )
