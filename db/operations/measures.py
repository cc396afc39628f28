"""Use cases of improvement measures (改进措施): plan–do–check–act with an effect that is measured (R-155, R-156)."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from sqlalchemy.orm.attributes import flag_modified

from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, MeasureId, RoundId, StaffId
from core.kernel.lines import check_line
from core.kernel.periods import local_day
from core.meetings.causes import CauseRow, EffectColumn, sheet_problems, tidied_sheet
from core.meetings.effects import Figure, Goal, GoalReferenceMissing, Metric, check_figure
from core.meetings.measures import (
    LONGEST_NOTE,
    STAGES,
    FiguresMissing,
    MeasureRecord,
    MeasureSource,
    Stage,
    check_new_deadline,
    check_record,
    move,
)
from core.surveys.questionnaires import ItemKind
from db.models import Measure, MeasureStep
from db.operations.estates import changed_facts, the_estate
from db.operations.staff import the_staff_member
from db.repositories.codes import active_codes
from db.repositories.known_figures import FEE_METRICS, FigurePlace, known_figure, round_starts
from db.repositories.measures import (
    Side,
    figure_of,
    fill,
    goal_of,
    has_item,
    load_measure,
    load_sheet,
    next_number,
    put_figure,
    record_of,
    round_code,
    store_sheet,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

__all__ = [
    "ChangeMeasure",
    "FigureComputed",
    "FigurePlace",
    "MeasureEnded",
    "MoveMeasure",
    "NoteProgress",
    "OpenMeasure",
    "SaveCauses",
    "SetFigure",
    "SheetRefused",
    "Side",
    "change_measure",
    "move_measure",
    "note_progress",
    "open_measure",
    "save_causes",
    "set_figure",
]
WORKED: Final = frozenset({Stage.DO, Stage.CHECK})
"""The stages that whoever works on a measure may bring it to; every other step is for those who make measures."""

_ITEM_KINDS: Final = {
    Metric.SURVEY_ITEM: ItemKind.RATING,
    Metric.SURVEY_TOP_SHARE: ItemKind.RATING,
    Metric.SURVEY_NPS: ItemKind.NPS,
}
_WHOLE: Final = FEE_METRICS | {Metric.SURVEY_CSI}


class MeasureEnded(BusinessError):
    """A closed or cancelled measure is not changed any more. Field: ``stage``."""

    code: ClassVar[str] = "measures.ended"


class FigureComputed(BusinessError):
    """The portal works this metric out itself; only the round or month is chosen. Field: ``metric``."""

    code: ClassVar[str] = "measures.figure.computed"


class FigureTyped(BusinessError):
    """An own figure is typed by hand."""

    code: ClassVar[str] = "measures.figure.typed"


class FigureNotLater(BusinessError):
    """The value after comes from the same round or month as the value before, or an earlier one. Field: ``source``."""

    code: ClassVar[str] = "measures.figure.not_later"


class SheetRefused(BusinessError):
    """The failure analysis sheet has something wrong. Field: ``problems``, how many things."""

    code: ClassVar[str] = "measures.sheet.refused"


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """A new measure. ``round_id``: the survey round it comes from.

    ``before`` says where the value before is worked out from.
    """

    estate_id: EstateId
    record: MeasureRecord
    round_id: RoundId | None = None
    before: FigurePlace | None = None


@dataclass(frozen=True, slots=True)
class ChangeMeasure:
    """New values of a measure. Another metric (or another item, another unit) takes the figures away."""

    estate_id: EstateId
    measure_id: MeasureId
    version: int
    record: MeasureRecord


@dataclass(frozen=True, slots=True)
class MoveMeasure:
    """The step to another stage, with a note."""

    estate_id: EstateId
    measure_id: MeasureId
    version: int
    target: Stage
    note: str = ""


@dataclass(frozen=True, slots=True)
class NoteProgress:
    """How it goes, in words."""

    estate_id: EstateId
    measure_id: MeasureId
    note: str


@dataclass(frozen=True, slots=True)
class SetFigure:
    """The value before or after: an own figure as typed, of a known metric only the round or month it is taken from."""

    estate_id: EstateId
    measure_id: MeasureId
    version: int
    side: Side
    value: Figure | FigurePlace


@dataclass(frozen=True, slots=True)
class SaveCauses:
    """The whole failure analysis sheet; an empty one removes it."""

    estate_id: EstateId
    measure_id: MeasureId
    version: int
    effects: tuple[EffectColumn, ...]
    causes: tuple[CauseRow, ...]


@operation(Permission.MEASURES_MAKE)
def open_measure(work: UnitOfWork, command: OpenMeasure) -> MeasureId:
    """Open a measure at the stage *plan*, with its number and, where it can be worked out, the value before."""
    the_estate(work, command.estate_id, active=True)
    record = _from_round(work, command, _with_goal(check_record(record=command.record)))
    row = Measure(estate_id=command.estate_id, stage=Stage.PLAN.value, made_by=work.actor.user_id, made_at=work.now)
    row.round_id = (command.round_id or 0) if record.source is MeasureSource.SURVEY else 0
    _fill(work, row, record, old=None)
    if command.before is not None:
        put_figure(row, Side.BEFORE, _computed(work, command.estate_id, goal_of(row), command.before))
    row.number = next_number(work.session, command.estate_id, local_day(work.now))
    row.id = work.new_id(command.estate_id)
    work.session.add(row)
    work.session.flush()
    _step(work, row, "")
    _record(work, "measure.opened", row, after=_facts(row))
    return MeasureId(row.id)


@operation(Permission.MEASURES_MAKE)
def change_measure(work: UnitOfWork, command: ChangeMeasure) -> None:
    """Change what is written down; the same values again change nothing."""
    row = _unchanged(work, command)
    before, old, stage = _facts(row), record_of(row), Stage(row.stage)
    record = _with_goal(check_record(record=command.record, stage=stage))
    if record.source is not MeasureSource.SURVEY:
        row.round_id = 0
    _fill(work, row, record, old=old)
    if _measured(record.goal) != _measured(old.goal):
        put_figure(row, Side.BEFORE, None)
        put_figure(row, Side.AFTER, None)
        if stage is Stage.ACT:
            raise FiguresMissing(stage=stage)
    changed = changed_facts(before, _facts(row))
    if changed[1]:
        _record(work, "measure.changed", row, before=changed[0], after=changed[1])


@operation(Permission.MEASURES_WORK)
def move_measure(work: UnitOfWork, command: MoveMeasure) -> None:
    """Bring a measure to another stage (R-156).

    *Do* and *check* are for whoever works on it, all else for those who make measures. Back to an earlier stage the
    value after is taken away: what is done anew is measured anew.
    """
    if command.target not in WORKED:
        work.actor.require(Permission.MEASURES_MAKE, command.estate_id)
    row = _unchanged(work, command)
    stage, before = Stage(row.stage), _facts(row)
    figures = {"before": figure_of(row, Side.BEFORE), "after": figure_of(row, Side.AFTER)}
    step = move(record=record_of(row), stage=stage, target=command.target, note=command.note, **figures)
    row.stage = step.stage.value
    if stage in (Stage.CHECK, Stage.ACT) and step.stage in (Stage.PLAN, Stage.DO):
        put_figure(row, Side.AFTER, None)
    if STAGES.is_final(step.stage):
        row.closed_at = work.now
    _step(work, row, step.note)
    changed = changed_facts(before, _facts(row))
    _record(work, "measure.moved", row, before=changed[0], after=changed[1], reason=step.note)


@operation(Permission.MEASURES_WORK)
def note_progress(work: UnitOfWork, command: NoteProgress) -> None:
    """Add a note on how it goes."""
    row = _open(work, command)
    note = check_line(command.note, field="note", longest=LONGEST_NOTE)
    _step(work, row, note)
    _record(work, "measure.noted", row, after={"stage": row.stage}, reason=note)


@operation(Permission.MEASURES_WORK)
def set_figure(work: UnitOfWork, command: SetFigure) -> None:
    """Store the value before or after. A known metric is worked out here; no value of it comes from outside."""
    row = _unchanged(work, command)
    goal, facts = goal_of(row), _facts(row)
    if isinstance(command.value, FigurePlace):
        figure = _computed(work, command.estate_id, goal, command.value)
        _check_later(work, row, command.side, figure)
    elif goal.metric is Metric.OWN_FIGURE:
        figure = check_figure(figure=command.value, metric=goal.metric, today=local_day(work.now))
    else:
        raise FigureComputed(metric=goal.metric)
    put_figure(row, command.side, figure)
    changed = changed_facts(facts, _facts(row))
    if changed[1]:
        _record(work, "measure.figure", row, before=changed[0], after=changed[1])


@operation(Permission.MEASURES_WORK)
def save_causes(work: UnitOfWork, command: SaveCauses) -> None:
    """Store the failure analysis sheet as a whole, in the place of the one before."""
    row = _unchanged(work, command)
    effects, causes = tidied_sheet(effects=command.effects, causes=command.causes)
    problems = sheet_problems(effects=effects, causes=causes) if effects or causes else ()
    if problems:
        raise SheetRefused(problems=len(problems))
    before = _sheet_facts(*load_sheet(work.session, command.estate_id, command.measure_id))
    after = _sheet_facts(effects, causes)
    if after == before:
        return
    store_sheet(work.session, command.estate_id, command.measure_id, effects, causes)
    flag_modified(row, "cause")  # the sheet is part of the record, so its version goes up
    _record(work, "measure.causes", row, before=before, after=after)


def _check_later(work: UnitOfWork, row: Measure, side: Side, figure: Figure) -> None:
    """Refuse a value after that was asked no later than the value before; the notes name their rounds or months."""
    other = figure_of(row, Side.AFTER if side is Side.BEFORE else Side.BEFORE)
    if other is None:
        return
    before, after = (figure, other) if side is Side.BEFORE else (other, figure)
    begun = round_starts(work.session, EstateId(row.estate_id), (before.note, after.note))
    is_earlier = begun.get(after.note, after.note) < begun.get(before.note, before.note)
    if after.note == before.note or is_earlier:
        raise FigureNotLater(source=after.note)


def _open(work: UnitOfWork, command: Any) -> Measure:
    row = load_measure(work.session, command.estate_id, command.measure_id)
    if row is None:
        raise NotFound
    if STAGES.is_final(Stage(row.stage)):
        raise MeasureEnded(stage=Stage(row.stage))
    return row


def _unchanged(work: UnitOfWork, command: ChangeMeasure | MoveMeasure | SetFigure | SaveCauses) -> Measure:
    row = _open(work, command)
    if row.version != command.version:
        raise EditConflict
    return row


def _with_goal(record: MeasureRecord) -> MeasureRecord:
    """Drop what the metric does not use: the reference of a metric of the whole, the unit of a known one."""
    goal = record.goal
    if goal is None or goal.metric is Metric.OWN_FIGURE:
        return record
    return replace(record, goal=replace(goal, unit="", reference="" if goal.metric in _WHOLE else goal.reference))


def _from_round(work: UnitOfWork, command: OpenMeasure, record: MeasureRecord) -> MeasureRecord:
    """The record with the code of the round it comes from as its reference, unless another was given."""
    if command.round_id is None or record.source is not MeasureSource.SURVEY:
        return record
    code = round_code(work.session, command.estate_id, command.round_id)
    if code is None:
        raise NotFound
    return replace(record, source_reference=record.source_reference or code)


def _fill(work: UnitOfWork, row: Measure, record: MeasureRecord, old: MeasureRecord | None) -> None:
    """Store a checked record; what is new in it must be possible today."""
    responsible, deadline, goal = record.responsible, record.deadline, record.goal
    if responsible is None or deadline is None or goal is None:
        raise ValueError("a checked record has a responsible, a deadline and a goal")
    if old is None or old.responsible != responsible:
        _check_responsible(work, EstateId(row.estate_id), responsible)
    if old is None or old.deadline != deadline:
        check_new_deadline(deadline=deadline, today=local_day(work.now))
    if old is None or _measured(old.goal) != _measured(goal):
        _check_reference(work, goal)
    fill(row, record, responsible, deadline, goal)


def _check_responsible(work: UnitOfWork, estate: EstateId, member: StaffId) -> None:
    """Somebody active of this estate or of the whole company."""
    found = the_staff_member(work, member, assignable=True)
    if found.estate_id not in (None, estate):
        raise NotFound


def _check_reference(work: UnitOfWork, goal: Goal) -> None:
    """The item or dimension a goal is about must exist."""
    if goal.metric is Metric.SURVEY_DIMENSION:
        active = active_codes(work.session, CodeList.SURVEY_DIMENSION)[CodeList.SURVEY_DIMENSION]
        check_value(code_list=CodeList.SURVEY_DIMENSION, value=goal.reference, active=active)
    kind = _ITEM_KINDS.get(goal.metric)
    if kind is not None and goal.reference and not has_item(work.session, goal.reference, kind):
        raise GoalReferenceMissing(metric=goal.metric)


def _measured(goal: Goal | None) -> tuple[object, ...]:
    """What the figures of a goal are figures of; the target may change without them."""
    return () if goal is None else (goal.metric, goal.reference, goal.unit)


def _computed(work: UnitOfWork, estate: EstateId, goal: Goal, place: FigurePlace) -> Figure:
    """Work out a known metric, for somebody who may see where it comes from."""
    if goal.metric is Metric.OWN_FIGURE:
        raise FigureTyped
    seen = Permission.FEES_VIEW if goal.metric in FEE_METRICS else Permission.SURVEYS_VIEW
    work.actor.require(seen, estate)
    today = local_day(work.now)
    figure = known_figure(work.session, estate=estate, goal=goal, place=place, today=today)
    return check_figure(figure=figure, metric=goal.metric, today=today)


def _step(work: UnitOfWork, row: Measure, note: str) -> None:
    step = MeasureStep(estate_id=row.estate_id, id=work.new_id(EstateId(row.estate_id)), measure_id=row.id)
    step.stage, step.note, step.made_by, step.made_at = row.stage, note, work.actor.user_id, work.now
    work.session.add(step)


def _record(work: UnitOfWork, action: str, row: Measure, **facts: Any) -> None:
    work.record(action, ("measure", row.id), estate=EstateId(row.estate_id), **facts)


def _facts(row: Measure) -> dict[str, Any]:
    """What an audit entry holds of a measure; figures in 10^-6 of their unit."""
    names: tuple[str, ...] = ("number", "stage", "source", "source_reference", "round_id", "problem", "cause", "action")
    names += ("responsible_id", "budget_fen", "metric", "metric_reference", "better", "unit", "target_micro")
    facts = {name: getattr(row, name) for name in names} | {"deadline": row.deadline.isoformat()}
    for side in Side:
        figure = figure_of(row, side)
        facts[side.value] = (
            None if figure is None else [str(figure.value), figure.n, figure.on.isoformat(), figure.note]
        )
    return facts


def _sheet_facts(effects: tuple[EffectColumn, ...], causes: tuple[CauseRow, ...]) -> dict[str, Any]:
    return {
        "effects": [[effect.text, effect.importance] for effect in effects],
        "causes": [[cause.text, list(cause.marks)] for cause in causes],
    }
