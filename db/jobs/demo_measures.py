"""The improvement measures of the demonstration company: one that helped, others on their way, late or called off.

The manager of the estate makes them, whoever is responsible works on them. What the portal can work out itself it works
out from the rounds of :mod:`db.jobs.demo_surveys` and from the fee books.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import select

from core.admin.permissions import Role
from core.kernel.identity import MeasureId, StaffId
from core.kernel.money import Money
from core.kernel.periods import Month, local_day
from core.meetings.causes import CauseRow, EffectColumn
from core.meetings.effects import Direction, Figure, Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource
from core.meetings.measures import Stage as Step
from db.jobs import demo_words as words
from db.jobs.demo_answers import BILLS, FACILITY, LIFT_BUILDING, MENDED_IN, ORDER, ROUNDS, WITHOUT_LIFTS
from db.jobs.demo_habits import TROUBLED
from db.jobs.demo_service_plan import lift_measure_opens
from db.jobs.demo_stage import Act, Stage, moment
from db.jobs.demo_surveys import Rounds
from db.models import Measure, StaffMember
from db.operations.measures import (
    FigurePlace,
    MoveMeasure,
    NoteProgress,
    OpenMeasure,
    SaveCauses,
    SetFigure,
    Side,
    move_measure,
    note_progress,
    open_measure,
    save_causes,
    set_figure,
)

MIXED: Final = 2
_NO_MEASURE: Final = MeasureId(0)


@dataclass(slots=True)
class _Measure:
    """A measure of an estate as it is played."""

    stage: Stage
    place: int
    worker: Role
    number: MeasureId = _NO_MEASURE

    def version(self) -> int:
        """The version a form would have shown."""
        with self.stage.database.reading() as connection:
            key = (Measure.estate_id == self.stage.estates[self.place], Measure.id == self.number)
            return connection.execute(select(Measure.version).where(*key)).scalar_one()


def measuring(
    stage: Stage, rounds: Rounds, now: datetime, complained: dict[tuple[int, str], MeasureId]
) -> Iterator[Act]:
    """Give what is done about what the surveys, the fee books, the patrols and complaints have shown.

    ``complained`` takes the measures that complaints are linked with, by estate and matter.
    """
    yield from _lift_complaints(stage, rounds, complained)
    yield from _lift(stage, rounds)
    yield from _parking(stage, rounds, local_day(now))
    yield from _explaining(stage, rounds, local_day(now))
    yield from _arrears(stage, local_day(now))
    yield from _lights(stage, local_day(now))
    yield from _speed(stage, local_day(now))


# --- the measures ---


def _lift(stage: Stage, rounds: Rounds) -> Iterator[Act]:
    """The lift that stood still: mended between two rounds, and closed when the second shows it."""
    low, good = rounds[TROUBLED, MENDED_IN - 1], rounds[TROUBLED, MENDED_IN]
    measure = _Measure(stage, TROUBLED, Role.HANDLER)
    begins, shown = low.plan.closed_on + timedelta(days=2), good.plan.closed_on + timedelta(days=1)
    record = _record(
        words.LIFT_MEASURE,
        source=MeasureSource.SURVEY,
        deadline=shown + timedelta(days=20),
        goal=_item(FACILITY, "3.7"),
        budget=Money(4_860_000),
    )
    yield from _opened(measure, record, begins, (low.plan.estate, low.plan.turn), rounds)
    yield _moved(measure, Step.DO, begins + timedelta(days=4))
    for days, note in zip((16, 30, 41), words.LIFT_NOTES, strict=True):
        yield _noted(measure, note, begins + timedelta(days=days))
    yield _moved(measure, Step.CHECK, begins + timedelta(days=46), words.LIFT_CHECKED)
    at = moment(shown, 10)
    yield Act(at, lambda: _measured(measure, Side.AFTER, FigurePlace(round_id=good.number), at))
    yield _moved(measure, Step.ACT, shown + timedelta(days=2), words.LIFT_KEPT)
    yield _moved(measure, Step.CLOSED, shown + timedelta(days=12), words.LIFT_CLOSED)


def _lift_complaints(stage: Stage, rounds: Rounds, complained: dict[tuple[int, str], MeasureId]) -> Iterator[Act]:
    """The same lift as its residents complain of it: another firm keeps it, and the complaints stop."""
    mended = lift_mended(rounds)
    measure, begins = _Measure(stage, TROUBLED, Role.HANDLER), lift_measure_opens(stage.company)
    name, unit, source = (text.format(building=LIFT_BUILDING) if "{b" in text else text
                          for text in words.LIFT_COMPLAINTS_FIGURE)  # fmt: skip
    goal = Goal(metric=Metric.OWN_FIGURE, target=Decimal(1), better=Direction.DOWN, reference=name, unit=unit)
    record = _record(
        words.LIFT_COMPLAINTS_MEASURE,
        source=MeasureSource.COMPLAINT,
        deadline=mended + timedelta(days=75),
        goal=goal,
        budget=Money(1_280_000),
    )
    at = moment(begins, 9, 50)

    def opened() -> None:
        _open(measure, record, None, at)
        complained[TROUBLED, "lift"] = measure.number

    yield Act(at, opened)
    yield _typed(measure, Decimal(6), source, begins + timedelta(days=1))
    yield _moved(measure, Step.DO, begins + timedelta(days=12))
    for days, note in zip((-5, 9), words.LIFT_COMPLAINTS_NOTES, strict=True):
        yield _noted(measure, note, mended + timedelta(days=days))
    yield _moved(measure, Step.CHECK, mended + timedelta(days=16), words.LIFT_COMPLAINTS_CHECKED)
    shown = mended + timedelta(days=48)
    after = moment(shown, 10, 40)
    month = Month.of(shown).shift(-1)
    figure = Figure(Decimal(1), None, month.end - timedelta(days=1), source.format(year=month.year, month=month.month))
    yield Act(after, partial(_measured, measure, Side.AFTER, figure, after))
    yield _moved(measure, Step.ACT, shown + timedelta(days=2), words.LIFT_COMPLAINTS_KEPT)
    yield _moved(measure, Step.CLOSED, shown + timedelta(days=9), words.LIFT_COMPLAINTS_CLOSED)


def lift_mended(rounds: Rounds) -> date:
    """When the problem lift has been mended: between the round that shows it and the next."""
    return rounds[TROUBLED, MENDED_IN - 1].plan.closed_on + timedelta(days=16)


def _parking(stage: Stage, rounds: Rounds, today: date) -> Iterator[Act]:
    """Cars: everything is done, and the running round will tell."""
    low = rounds[WITHOUT_LIFTS, ROUNDS - 2]
    measure, begins = _Measure(stage, WITHOUT_LIFTS, Role.HANDLER), low.plan.closed_on + timedelta(days=3)
    record = _record(
        words.PARKING_MEASURE,
        source=MeasureSource.SURVEY,
        deadline=today + timedelta(days=18),
        goal=_item(ORDER, "3.9"),
        budget=Money(320_000),
    )
    yield from _opened(measure, record, begins, (low.plan.estate, low.plan.turn), rounds)
    yield _moved(measure, Step.DO, begins + timedelta(days=5))
    for days, note in zip((19, 33), words.PARKING_NOTES, strict=True):
        yield _noted(measure, note, begins + timedelta(days=days))
    yield _moved(measure, Step.CHECK, begins + timedelta(days=47), words.PARKING_CHECKED)


def _explaining(stage: Stage, rounds: Rounds, today: date) -> Iterator[Act]:
    """Bills that nobody understands: planned and not begun."""
    low = rounds[MIXED, ROUNDS - 2]
    measure = _Measure(stage, MIXED, Role.FRONT_DESK)
    record = _record(
        words.EXPLAINING_MEASURE,
        source=MeasureSource.SURVEY,
        deadline=today + timedelta(days=40),
        goal=_item(BILLS, "3.9"),
    )
    yield from _opened(measure, record, today - timedelta(days=11), (low.plan.estate, low.plan.turn), rounds)


def _arrears(stage: Stage, today: date) -> Iterator[Act]:
    """The building that does not pay: begun, and late."""
    measure, begins = _Measure(stage, WITHOUT_LIFTS, Role.HANDLER), today - timedelta(days=96)
    problem, *rest = words.ARREARS_MEASURE
    building = stage.company.estates[WITHOUT_LIFTS].layout.bad_building
    record = _record(
        (problem.format(building=building), *rest),
        source=MeasureSource.FEES,
        deadline=today - timedelta(days=12),
        goal=Goal(metric=Metric.COLLECTION_RATE, target=Decimal(80)),
        budget=Money(2_750_000),
    )
    month = FigurePlace(month=Month.of(begins).shift(-1))
    at = moment(begins, 9, 20)
    yield Act(at, partial(_open, measure, record, month, at))
    yield _moved(measure, Step.DO, begins + timedelta(days=7))
    for days, note in zip((34, 71), words.ARREARS_NOTES, strict=True):
        yield _noted(measure, note, begins + timedelta(days=days))


def _lights(stage: Stage, today: date) -> Iterator[Act]:
    """Light in the garage: called off."""
    measure, begins = _Measure(stage, MIXED, Role.HANDLER), today - timedelta(days=150)
    name, unit, source = words.LIGHTS_FIGURE
    goal = Goal(metric=Metric.OWN_FIGURE, target=Decimal(5_200), better=Direction.DOWN, reference=name, unit=unit)
    deadline = begins + timedelta(days=60)
    record = _record(words.LIGHTS_MEASURE, source=MeasureSource.PATROL, deadline=deadline, goal=goal)
    at = moment(begins, 14, 10)
    yield Act(at, partial(_open, measure, record, None, at))
    yield _typed(measure, Decimal(8_640), source, begins + timedelta(days=1))
    yield _moved(measure, Step.CANCELLED, begins + timedelta(days=37), words.LIGHTS_CANCELLED)


def _speed(stage: Stage, today: date) -> Iterator[Act]:
    """Repairs that wait: with a failure analysis sheet, and under way."""
    measure, begins = _Measure(stage, WITHOUT_LIFTS, Role.HANDLER), today - timedelta(days=26)
    name, unit, source = words.SPEED_FIGURE
    goal = Goal(metric=Metric.OWN_FIGURE, target=Decimal(8), better=Direction.DOWN, reference=name, unit=unit)
    deadline = today + timedelta(days=65)
    record = _record(words.SPEED_MEASURE, source=MeasureSource.MEETING, deadline=deadline, goal=goal)
    at = moment(begins, 9, 40)
    yield Act(at, partial(_open, measure, record, None, at))
    yield _typed(measure, Decimal("26.5"), source, begins + timedelta(days=1))
    analysed = moment(begins + timedelta(days=3), 16)
    yield Act(analysed, partial(_analyse, measure, analysed))
    yield _moved(measure, Step.DO, begins + timedelta(days=8))
    yield _noted(measure, words.SPEED_NOTE, begins + timedelta(days=15))


# --- their steps ---


def _record(
    texts: tuple[str, ...], *, source: MeasureSource, deadline: date, goal: Goal, budget: Money | None = None
) -> MeasureRecord:
    """A record without its responsible, who is known when it is opened."""
    problem, cause, action = (text.format(building=LIFT_BUILDING) for text in texts)
    return MeasureRecord(
        source=source, problem=problem, responsible=None, deadline=deadline, goal=goal, cause=cause, action=action,
        budget=budget,
    )  # fmt: skip


def _item(position: int, target: str) -> Goal:
    """Items of the standard questionnaire are called by their positions."""
    return Goal(metric=Metric.SURVEY_ITEM, target=Decimal(target), reference=f"q{position}")


def _opened(measure: _Measure, record: MeasureRecord, day: date, key: tuple[int, int], rounds: Rounds) -> Iterator[Act]:
    """Opened from a round, which gives the value before; its number is known when the day has come."""
    at = moment(day, 9, 30)
    yield Act(at, lambda: _open(measure, record, FigurePlace(round_id=rounds[key].number), at))


def _open(measure: _Measure, record: MeasureRecord, before: FigurePlace | None, at: datetime) -> None:
    stage, place = measure.stage, measure.place
    command = OpenMeasure(
        estate_id=stage.estates[place],
        record=_with_responsible(measure, record),
        round_id=None if before is None else before.round_id,
        before=before,
    )
    measure.number = stage.act(stage.member(place, Role.MANAGER), open_measure, command, at)


def _with_responsible(measure: _Measure, record: MeasureRecord) -> MeasureRecord:
    """Whoever works on it, found on the staff list."""
    username = measure.stage.member(measure.place, measure.worker)
    number = next(row[0] for row in words.STAFF if row[5] == username)
    with measure.stage.database.reading() as connection:
        found = connection.execute(select(StaffMember.id).where(StaffMember.number == number)).scalar_one()
    return replace(record, responsible=StaffId(found))


def _moved(measure: _Measure, target: Step, day: date, note: str = "") -> Act:
    at = moment(day, 16, 30)
    return Act(at, partial(_move, measure, target, note, at))


def _move(measure: _Measure, target: Step, note: str, at: datetime) -> None:
    """Whoever works on it does and checks; the manager decides the rest."""
    stage, place = measure.stage, measure.place
    name = stage.member(place, measure.worker if target in (Step.DO, Step.CHECK) else Role.MANAGER)
    command = MoveMeasure(stage.estates[place], measure.number, measure.version(), target, note)
    stage.act(name, move_measure, command, at)


def _noted(measure: _Measure, note: str, day: date) -> Act:
    at = moment(day, 17, 10)
    return Act(at, partial(_note, measure, note, at))


def _note(measure: _Measure, note: str, at: datetime) -> None:
    stage, place = measure.stage, measure.place
    command = NoteProgress(stage.estates[place], measure.number, note)
    stage.act(stage.member(place, measure.worker), note_progress, command, at)


def _typed(measure: _Measure, value: Decimal, source: str, day: date) -> Act:
    """A figure of the month before, read off a book."""
    at, month = moment(day, 10, 20), Month.of(day).shift(-1)
    figure = Figure(value, None, month.end - timedelta(days=1), source.format(year=month.year, month=month.month))
    return Act(at, partial(_measured, measure, Side.BEFORE, figure, at))


def _measured(measure: _Measure, side: Side, value: Figure | FigurePlace, at: datetime) -> None:
    stage, place = measure.stage, measure.place
    command = SetFigure(stage.estates[place], measure.number, measure.version(), side, value)
    stage.act(stage.member(place, Role.MANAGER), set_figure, command, at)


def _analyse(measure: _Measure, at: datetime) -> None:
    stage, place = measure.stage, measure.place
    effects = tuple(EffectColumn(text, importance) for text, importance in words.SPEED_EFFECTS)
    causes = tuple(CauseRow(text, marks) for text, marks in words.SPEED_CAUSES)
    command = SaveCauses(stage.estates[place], measure.number, measure.version(), effects, causes)
    stage.act(stage.member(place, Role.MANAGER), save_causes, command, at)
