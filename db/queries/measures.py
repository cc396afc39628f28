"""Improvement measures as they are shown: the queue by deadline, one measure with all of it, counts (R-155, R-156)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select, true

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, MeasureId, RoundId, StaffId
from core.kernel.money import Money
from core.kernel.periods import CHINA, Span, local_day
from core.kernel.workdays import WorkCalendar
from core.meetings.causes import CauseRanking, CauseRow, EffectColumn, ranked_causes
from core.meetings.effects import Direction, Effect, Figure, Goal, Metric, degree_of_impact, effect_of
from core.meetings.measures import STAGES, MeasureSource, Stage, Urgency, amber_until, red_amber
from db.models import (
    CodeItem,
    Estate,
    Measure,
    MeasureStep,
    QuestionnaireItem,
    StaffMember,
    SurveyRound,
    User,
)
from db.queries.paging import contains, search_text
from db.repositories.calendar import work_calendar
from db.repositories.measures import Side, figure_of, goal_of, load_sheet
from db.unit_of_work import NotFound, Reader, query

COUNTED_DAYS: Final = 60
"""Working days are counted up to a deadline this many days ahead; of later ones the date says enough."""

MOST_STEPS: Final = 200
_LARGEST_ESTATE: Final = 2**31 - 1
_OF_ITEMS: Final = (Metric.SURVEY_ITEM, Metric.SURVEY_TOP_SHARE, Metric.SURVEY_NPS)
_FINAL: Final = tuple(stage.value for stage in Stage if STAGES.is_final(stage))
_IS_OPEN: Final = Measure.stage.not_in(_FINAL)


class MeasuresShown(StrEnum):
    """Which measures the queue shows."""

    OPEN = "open"
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    CLOSED = "closed"
    """Closed or cancelled."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class MeasuresWanted:
    """The measures of an estate (``None``: all the person's), of somebody, with a text in number, problem or action."""

    estate_id: EstateId | None
    shown: MeasuresShown = MeasuresShown.OPEN
    responsible: StaffId | None = None
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure in the queue. ``working_days_left`` includes the deadline's day; 0 on the deadline, ``None`` when it
    is past, far ahead or of no interest any more. ``effect`` needs both figures.
    """

    estate_id: EstateId
    estate_name: str
    measure_id: MeasureId
    number: str
    problem: str
    source: MeasureSource
    source_reference: str
    stage: Stage
    responsible: StaffId
    responsible_name: str
    deadline: date
    urgency: Urgency
    working_days_left: int | None
    goal: Goal
    before: Figure | None
    after: Figure | None
    effect: Effect | None
    version: int


@dataclass(frozen=True, slots=True)
class MeasureCounts:
    """How many measures there are in the estate whatever the filter; those closed since the quarter began, and how
    many of them reached their goal.
    """

    open: int
    overdue: int
    due_soon: int
    closed_this_quarter: int
    reached_this_quarter: int


@dataclass(frozen=True, slots=True)
class MeasureList:
    """A screenful of measures; how many the filter finds in each state; the counts of the estate; the working days."""

    rows: tuple[MeasureRow, ...]
    totals: Mapping[MeasuresShown, int]
    counts: MeasureCounts
    total: int
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class MeasureWanted:
    """One measure, with its steps and its failure analysis sheet unless ``whole`` is false.

    ``calendar``: the working days where the list has read them already.
    """

    estate_id: EstateId
    measure_id: MeasureId
    whole: bool = True
    calendar: WorkCalendar | None = None


@dataclass(frozen=True, slots=True)
class MeasureStepRow:
    """A step of a measure's life, or a note on the way; ``made_by_name`` is empty for the system itself."""

    stage: Stage
    note: str
    made_by_name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class MeasureCard:
    """A measure with all of it. ``reference_zh`` and ``reference_en`` are the words of the goal's item or dimension.

    ``steps`` are newest first. ``impact`` is the degree of impact in percent (reconstructed, R-161).
    """

    row: MeasureRow
    cause: str
    action: str
    budget: Money | None
    round_id: RoundId | None
    reference_zh: str
    reference_en: str
    made_by_name: str
    made_at: datetime
    closed_at: datetime | None
    impact: Decimal | None
    steps: tuple[MeasureStepRow, ...]
    effects: tuple[EffectColumn, ...]
    causes: tuple[CauseRow, ...]
    ranking: CauseRanking


@dataclass(frozen=True, slots=True)
class MeasuresOfRoundWanted:
    """The measures that came out of a survey round."""

    estate_id: EstateId
    round_id: RoundId


@dataclass(frozen=True, slots=True)
class RoundMeasure:
    """A measure of a round: what it is about, and the position of that item in the round's questionnaire if any."""

    measure_id: MeasureId
    number: str
    stage: Stage
    metric: Metric
    metric_reference: str
    position: int | None


@dataclass(frozen=True, slots=True)
class OverdueMeasuresWanted:
    """The overdue measures of an estate (``None``: of all the person's)."""

    estate_id: EstateId | None = None


@query(Permission.MEASURES_VIEW)
def measures(reader: Reader, wanted: MeasuresWanted) -> MeasureList:
    """Open measures by deadline, so the overdue stand first; then the ended ones, newest first."""
    today, calendar = local_day(reader.now), work_calendar(reader.connection)
    amber = amber_until(today=today, calendar=calendar).value
    shown = _shown(today, amber)
    here = _here(reader, wanted.estate_id)
    found = _found(wanted)
    counted = _counted(reader, here, found, shown)
    order = (_IS_OPEN.desc(), case((_IS_OPEN, Measure.deadline)), Measure.closed_at.desc(), Measure.id)
    page = (
        _rows()
        .where(*here, found, shown[wanted.shown])
        .order_by(*order)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    rows = tuple(_row(row, today, amber, calendar) for row in reader.rows(page))
    totals = {state: int(getattr(counted, f"found_{state.value}")) for state in MeasuresShown}
    counts = MeasureCounts(
        int(counted.all_open),
        int(counted.all_overdue),
        int(counted.all_due_soon),
        int(counted.ended),
        int(counted.reached),
    )
    return MeasureList(rows, totals, counts, totals[wanted.shown], calendar)


@query(Permission.MEASURES_VIEW)
def measure_card(reader: Reader, wanted: MeasureWanted) -> MeasureCard:
    """One measure with what became of the figure, its steps and its failure analysis sheet."""
    if wanted.estate_id > _LARGEST_ESTATE:  # an address may name any number
        raise NotFound
    key = (Measure.estate_id == wanted.estate_id, Measure.id == wanted.measure_id)
    maker = select(User.display_name).where(User.id == Measure.made_by).scalar_subquery()
    statement = _rows().add_columns(maker.label("maker"), *_reference_words())
    found = reader.rows(statement.where(*key, reader.scope(Measure.estate_id)))
    if not found:
        raise NotFound
    today, calendar = local_day(reader.now), wanted.calendar or work_calendar(reader.connection)
    row = _row(found[0], today, amber_until(today=today, calendar=calendar).value, calendar)
    sheet = load_sheet(reader.connection, wanted.estate_id, wanted.measure_id) if wanted.whole else ((), ())
    both = row.before and row.after and (row.before.value, row.after.value)
    return MeasureCard(
        row=row,
        cause=found[0].cause,
        action=found[0].action,
        budget=None if found[0].budget_fen is None else Money(found[0].budget_fen),
        round_id=RoundId(found[0].round_id) if found[0].round_id else None,
        reference_zh=found[0].reference_zh or row.goal.reference,
        reference_en=found[0].reference_en or row.goal.reference,
        made_by_name=found[0].maker or "",
        made_at=found[0].made_at,
        closed_at=found[0].closed_at,
        impact=degree_of_impact(before=both[0], after=both[1]) if both else None,
        steps=_steps(reader, wanted) if wanted.whole else (),
        effects=sheet[0],
        causes=sheet[1],
        ranking=ranked_causes(effects=sheet[0], causes=sheet[1]) if sheet[1] else CauseRanking(()),
    )


@query(Permission.MEASURES_VIEW)
def measures_of_round(reader: Reader, wanted: MeasuresOfRoundWanted) -> tuple[RoundMeasure, ...]:
    """The measures that came out of a round, oldest first, cancelled ones left out; for the results page (R-145)."""
    at_round = and_(SurveyRound.estate_id == Measure.estate_id, SurveyRound.id == Measure.round_id)
    item = and_(
        QuestionnaireItem.questionnaire_id == SurveyRound.questionnaire_id,
        QuestionnaireItem.code == Measure.metric_reference,
    )
    columns = (Measure.id, Measure.number, Measure.stage, Measure.metric, Measure.metric_reference)
    statement = (
        select(*columns, QuestionnaireItem.position)
        .join(SurveyRound, at_round)
        .outerjoin(QuestionnaireItem, item)
        .where(reader.scope(Measure.estate_id), Measure.estate_id == wanted.estate_id)
        .where(Measure.round_id == wanted.round_id, Measure.stage != Stage.CANCELLED.value)
        .order_by(Measure.id)
    )
    return tuple(
        RoundMeasure(
            MeasureId(row.id),
            row.number,
            Stage(row.stage),
            metric := Metric(row.metric),
            row.metric_reference,
            row.position if metric in _OF_ITEMS else None,
        )
        for row in reader.rows(statement)
    )


@query(Permission.MEASURES_VIEW)
def overdue_measures_count(reader: Reader, wanted: OverdueMeasuresWanted) -> int:
    """How many open measures are past their deadline."""
    today = local_day(reader.now)
    late = (*_here(reader, wanted.estate_id), _IS_OPEN, Measure.deadline < today)
    return int(reader.scalar(select(func.count()).select_from(Measure).where(*late)))


def _here(reader: Reader, estate: EstateId | None) -> tuple[ColumnElement[bool], ...]:
    return (reader.scope(Measure.estate_id), *(() if estate is None else (Measure.estate_id == estate,)))


def _found(wanted: MeasuresWanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.responsible is not None:
        conditions.append(Measure.responsible_id == wanted.responsible)
    if search_text(wanted.search):
        texts = (Measure.number, Measure.problem, Measure.action, Measure.source_reference)
        conditions.append(contains(wanted.search, *texts))
    return and_(*conditions)


def _shown(today: date, amber: date) -> dict[MeasuresShown, ColumnElement[bool]]:
    """What each state means in SQL; the same as ``red_amber``, which a test holds it against."""
    return {
        MeasuresShown.OPEN: _IS_OPEN,
        MeasuresShown.OVERDUE: and_(_IS_OPEN, Measure.deadline < today),
        MeasuresShown.DUE_SOON: and_(_IS_OPEN, Measure.deadline >= today, Measure.deadline <= amber),
        MeasuresShown.CLOSED: ~_IS_OPEN,
        MeasuresShown.ALL: true(),
    }


def _counted(
    reader: Reader,
    here: tuple[ColumnElement[bool], ...],
    found: ColumnElement[bool],
    shown: Mapping[MeasuresShown, ColumnElement[bool]],
) -> Any:
    """All counts of the page in one statement."""
    closed = and_(Measure.stage == Stage.CLOSED.value, Measure.closed_at >= _quarter_began(local_day(reader.now)))
    reached = and_(closed, _reached())
    states = (MeasuresShown.OPEN, MeasuresShown.OVERDUE, MeasuresShown.DUE_SOON)
    columns = [_how_many(shown[state]).label(f"all_{state.value}") for state in states]
    columns += [_how_many(and_(found, shown[state])).label(f"found_{state.value}") for state in MeasuresShown]
    columns += [_how_many(closed).label("ended"), _how_many(reached).label("reached")]
    return reader.rows(select(*columns).select_from(Measure).where(*here))[0]


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _reached() -> ColumnElement[bool]:
    """``Effect.REACHED`` in SQL: as good as the target, and not worse than before."""
    after, before, target = Measure.after_micro, Measure.before_micro, Measure.target_micro
    up = and_(Measure.better == Direction.UP.value, after >= target, after >= before)
    return or_(up, and_(Measure.better == Direction.DOWN.value, after <= target, after <= before))


def _quarter_began(today: date) -> datetime:
    return datetime.combine(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), time(), CHINA)


def _rows() -> Select[Any]:
    names = (Estate.name.label("estate_name"), StaffMember.name.label("responsible_name"))
    joined = select(*Measure.__table__.columns, *names).join(Estate, Estate.id == Measure.estate_id)
    return joined.join(StaffMember, StaffMember.id == Measure.responsible_id)


def _row(row: Any, today: date, amber: date, calendar: WorkCalendar) -> MeasureRow:
    stage, goal = Stage(row.stage), goal_of(row)
    before, after = figure_of(row, Side.BEFORE), figure_of(row, Side.AFTER)
    urgency = red_amber(deadline=row.deadline, stage=stage, today=today, amber_until=amber)
    return MeasureRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        measure_id=MeasureId(row.id),
        number=row.number,
        problem=row.problem,
        source=MeasureSource(row.source),
        source_reference=row.source_reference,
        stage=stage,
        responsible=StaffId(row.responsible_id),
        responsible_name=row.responsible_name,
        deadline=row.deadline,
        urgency=urgency,
        working_days_left=_days_left(row.deadline, urgency, today, calendar),
        goal=goal,
        before=before,
        after=after,
        effect=effect_of(goal=goal, before=before, after=after) if before and after else None,
        version=row.version,
    )


def _days_left(deadline: date, urgency: Urgency, today: date, calendar: WorkCalendar) -> int | None:
    """Working days from tomorrow to the deadline, both included."""
    is_awaited = urgency in (Urgency.DUE_SOON, Urgency.ON_TRACK)
    if not is_awaited or (deadline - today).days > COUNTED_DAYS:
        return None
    ahead = Span(today + timedelta(days=1), max(deadline, today) + timedelta(days=1))
    return calendar.working_days_between(ahead).value


def _reference_words() -> tuple[ColumnElement[Any], ...]:
    """The words of the goal's item (its newest edition) or dimension, as columns."""
    item, words = QuestionnaireItem, []
    for text, label, name in (
        (item.text_zh, CodeItem.label_zh, "reference_zh"),
        (item.text_en, CodeItem.label_en, "reference_en"),
    ):
        of_item = select(text).where(item.code == Measure.metric_reference).order_by(item.questionnaire_id.desc())
        at_code = and_(CodeItem.list == CodeList.SURVEY_DIMENSION.value, CodeItem.code == Measure.metric_reference)
        of_dimension = select(label).where(at_code).scalar_subquery()
        items = [metric.value for metric in _OF_ITEMS]
        chosen = case(
            (Measure.metric == Metric.SURVEY_DIMENSION.value, of_dimension),
            (Measure.metric.in_(items), of_item.limit(1).scalar_subquery()),
            else_=null(),
        )
        words.append(chosen.label(name))
    return tuple(words)


def _steps(reader: Reader, wanted: MeasureWanted) -> tuple[MeasureStepRow, ...]:
    statement = (
        select(MeasureStep.stage, MeasureStep.note, MeasureStep.made_at, User.display_name)
        .outerjoin(User, User.id == MeasureStep.made_by)
        .where(MeasureStep.estate_id == wanted.estate_id, MeasureStep.measure_id == wanted.measure_id)
        .order_by(MeasureStep.id.desc())
        .limit(MOST_STEPS)
    )
    return tuple(
        MeasureStepRow(Stage(row.stage), row.note, row.display_name or "", row.made_at)
        for row in reader.rows(statement)
    )
