"""Improvement measures: rows and core values, numbers, steps and the failure analysis sheet (R-155, R-156)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, literal, null, select, union_all
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId, MeasureId, RoundId, StaffId
from core.kernel.money import Money
from core.meetings.causes import CauseRow, EffectColumn
from core.meetings.effects import Direction, Figure, Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource
from core.surveys.questionnaires import ItemKind
from db.models import Measure, MeasureCause, MeasureEffect, QuestionnaireItem, SurveyRound

MICRO: Final = 6
"""Decimals kept of a figure; it is stored as an integer of 10^-6 of its unit."""

_BETWEEN: Final = ","


class Side(StrEnum):
    """Which of a measure's two figures: the value before, or the value after."""

    BEFORE = "before"
    AFTER = "after"


def load_measure(session: Session, estate: EstateId, measure: MeasureId) -> Measure | None:
    """The row, for a change."""
    return session.get(Measure, (estate, measure))


def next_number(session: Session, estate: EstateId, day: date) -> str:
    """The next number of the estate in the year: ``M26-001``. Measures are never removed, so counting does."""
    prefix = f"M{day.year % 100:02d}-"
    counted = select(func.count()).where(Measure.estate_id == estate, Measure.number.startswith(prefix))
    return f"{prefix}{(session.scalar(counted) or 0) + 1:03d}"


def micro_of(value: Decimal) -> int:
    """A figure as it is stored; more than six decimals is a bug."""
    stored = value.scaleb(MICRO)
    if stored != stored.to_integral_value():
        raise ValueError(f"{value} has more than {MICRO} decimals")
    return int(stored)


def value_of(micro: int) -> Decimal:
    """A stored figure as a number."""
    return Decimal(micro).scaleb(-MICRO)


def goal_of(row: Any) -> Goal:
    """The goal of a measure's row."""
    return Goal(
        metric=Metric(row.metric),
        target=value_of(row.target_micro),
        better=Direction(row.better),
        reference=row.metric_reference,
        unit=row.unit,
    )


def figure_of(row: Any, side: Side) -> Figure | None:
    """The figure before or after of a measure's row, if there is one."""
    micro, on = getattr(row, f"{side.value}_micro"), getattr(row, f"{side.value}_on")
    if micro is None or on is None:
        return None
    return Figure(value_of(micro), getattr(row, f"{side.value}_n"), on, getattr(row, f"{side.value}_note"))


def put_figure(row: Measure, side: Side, figure: Figure | None) -> None:
    """Store a figure in the row, or take it away."""
    values = {
        "micro": None if figure is None else micro_of(figure.value),
        "n": None if figure is None else figure.n,
        "on": None if figure is None else figure.on,
        "note": "" if figure is None else figure.note,
    }
    for name, value in values.items():
        setattr(row, f"{side.value}_{name}", value)


def record_of(row: Any) -> MeasureRecord:
    """What is written down of a measure."""
    return MeasureRecord(
        source=MeasureSource(row.source),
        source_reference=row.source_reference,
        problem=row.problem,
        cause=row.cause,
        action=row.action,
        responsible=StaffId(row.responsible_id),
        deadline=row.deadline,
        budget=None if row.budget_fen is None else Money(row.budget_fen),
        goal=goal_of(row),
    )


def fill(row: Measure, record: MeasureRecord, responsible: StaffId, deadline: date, goal: Goal) -> None:
    """Store what is written down; a checked record has the last three."""
    row.source, row.source_reference = record.source.value, record.source_reference
    row.problem, row.cause, row.action = record.problem, record.cause, record.action
    row.responsible_id, row.deadline = responsible, deadline
    row.budget_fen = None if record.budget is None else record.budget.fen
    row.metric, row.metric_reference, row.unit = goal.metric.value, goal.reference, goal.unit
    row.better, row.target_micro = goal.better.value, micro_of(goal.target)


def round_code(session: Session, estate: EstateId, number: RoundId) -> str | None:
    """The code of a survey round of the estate, nothing when there is no such round."""
    return session.scalar(select(SurveyRound.code).where(SurveyRound.estate_id == estate, SurveyRound.id == number))


def has_item(session: Session, code: str, kind: ItemKind) -> bool:
    """Whether some edition of a questionnaire has an item of this code and kind."""
    item = QuestionnaireItem
    return session.scalar(select(item.code).where(item.code == code, item.kind == kind.value).limit(1)) is not None


def load_sheet(
    connection: Session | Connection, estate: EstateId, measure: MeasureId
) -> tuple[tuple[EffectColumn, ...], tuple[CauseRow, ...]]:
    """The failure analysis sheet of a measure, both parts in one statement."""
    parts = []
    for kind, table, importance, marks in (
        (0, MeasureEffect, MeasureEffect.importance, null()),
        (1, MeasureCause, null(), MeasureCause.marks),
    ):
        columns = (literal(kind).label("kind"), table.place, table.text, importance.label("importance"))
        part = select(*columns, marks.label("marks"))
        parts.append(part.where(table.estate_id == estate, table.measure_id == measure))
    rows = sorted(connection.execute(union_all(*parts)).all(), key=lambda row: (row.kind, row.place))
    effects = tuple(EffectColumn(row.text, int(row.importance)) for row in rows if row.kind == 0)
    causes = tuple(CauseRow(row.text, _marks(row.marks)) for row in rows if row.kind == 1)
    return effects, causes


def _marks(stored: str) -> tuple[int, ...]:
    return tuple(int(mark) for mark in stored.split(_BETWEEN) if mark)


def store_sheet(
    session: Session,
    estate: EstateId,
    measure: MeasureId,
    effects: tuple[EffectColumn, ...],
    causes: tuple[CauseRow, ...],
) -> None:
    """Put a whole sheet in the place of the one there was."""
    for table in (MeasureEffect, MeasureCause):
        session.execute(delete(table).where(table.estate_id == estate, table.measure_id == measure))
    key = {"estate_id": estate, "measure_id": measure}
    columns = [
        {**key, "place": place, "text": effect.text, "importance": effect.importance}
        for place, effect in enumerate(effects, start=1)
    ]
    rows = [
        {**key, "place": place, "text": cause.text, "marks": _BETWEEN.join(map(str, cause.marks))}
        for place, cause in enumerate(causes, start=1)
    ]
    if columns:
        session.execute(insert(MeasureEffect), columns)
    if rows:
        session.execute(insert(MeasureCause), rows)
