"""Improvement measures: opened, worked on, measured, closed; refused where something lacks (R-145, R-155, R-156)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from core.admin.codes import CodeUnknown
from core.admin.permissions import Actor, NotPermitted
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, MeasureId, RoundId, StaffId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing
from core.kernel.money import Money
from core.kernel.periods import Month
from core.meetings.causes import CauseRow, EffectColumn
from core.meetings.effects import (
    Direction,
    Effect,
    Figure,
    FigureInFuture,
    FigureSourceMissing,
    Goal,
    GoalReferenceMissing,
    Metric,
    ValueOutOfRange,
)
from core.meetings.measures import (
    DeadlinePast,
    FiguresMissing,
    FiguresReversed,
    MeasureIncomplete,
    MeasureSource,
    Stage,
    StepNoteMissing,
    Urgency,
)
from core.staff.posts import NotAssignable
from db.engine import Database
from db.models import MeasureStep, StaffMember
from db.operations.measures import (
    ChangeMeasure,
    FigureComputed,
    FigureNotLater,
    FigurePlace,
    FigureTyped,
    MeasureEnded,
    MoveMeasure,
    NoteProgress,
    OpenMeasure,
    SaveCauses,
    SetFigure,
    SheetRefused,
    Side,
    change_measure,
    move_measure,
    note_progress,
    open_measure,
    save_causes,
    set_figure,
)
from db.queries.measure_forms import (
    FigureWanted,
    PeopleWanted,
    RoundsWanted,
    SeedWanted,
    figure_rounds,
    goal_references,
    known_figure_of,
    measure_people,
    measure_seed,
)
from db.queries.measures import (
    MeasureCard,
    MeasuresOfRoundWanted,
    MeasuresShown,
    MeasuresWanted,
    MeasureWanted,
    OverdueMeasuresWanted,
    measure_card,
    measures,
    measures_of_round,
    overdue_measures_count,
)
from db.repositories.known_figures import FigureHidden, FigureUnknown
from db.unit_of_work import EditConflict, NotFound
from tests.fee_books import A, B
from tests.measures_setup import MARKS, TODAY, Company, a_company, a_round
from tests.personas import (
    ACCOUNTANT,
    ADMINISTRATOR,
    AUDITOR,
    FRONT_DESK,
    HANDLER,
    PATROL,
    SUPERVISOR,
    person,
)
from tests.statements import count_statements

SHEET = (
    (EffectColumn("Bicycles in the exit", 9), EffectColumn("Complaints", 3)),
    (CauseRow("No place for bicycles", (9, 3)), CauseRow("Nobody looks", (3, 9)), CauseRow("Weather", (0, 0))),
)


@pytest.fixture
def company(database: Database) -> Company:
    return a_company(database)


def card(company: Company, number: MeasureId, **given: Any) -> MeasureCard:
    return company.see(measure_card, MeasureWanted(A, number), **given)


# Opening ----------------------------------------------------------------------------------------------------------


def test_a_new_measure_is_planned_numbered_and_told_to_the_audit_log(company: Company) -> None:
    number = company.opened(company.ready(budget=Money.of("1200.50")))
    found = card(company, number)
    assert (found.row.number, found.row.stage, found.row.version) == ("M26-001", Stage.PLAN, 1)
    assert found.row.goal == company.record().goal
    assert (found.cause, found.action) == ("No place for bicycles", "Mark a place\nand move them weekly")
    assert (found.budget, found.made_by_name, found.closed_at) == (Money.of("1200.50"), "supervisor", None)
    assert [(step.stage, step.note, step.made_by_name) for step in found.steps] == [(Stage.PLAN, "", "supervisor")]
    (entry,) = company.audited()
    assert (entry.action, entry.subject_id) == ("measure.opened", str(number))


def test_numbers_count_in_each_estate_and_year(company: Company) -> None:
    for estate, now, expected in (
        (A, datetime(2026, 11, 21, 1, tzinfo=UTC), "M26-001"),
        (A, datetime(2026, 12, 1, 1, tzinfo=UTC), "M26-002"),
        (B, datetime(2026, 12, 1, 1, tzinfo=UTC), "M26-001"),
        (A, datetime(2026, 12, 31, 16, tzinfo=UTC), "M27-001"),
    ):
        record = company.record(deadline=date(2027, 6, 1))
        number = company.opened(record, estate=estate, now=now)
        assert company.row(number, estate).number == expected


def test_a_measure_from_a_survey_takes_the_round_and_the_figure_from_the_database(company: Company) -> None:
    number = a_round(company.database)
    opened = company.opened(company.about_patrol(), round_id=number, before=FigurePlace(round_id=number))
    found = card(company, opened)
    assert found.row.before == Figure(Decimal("2.4"), 10, date(2026, 10, 20), "A-26Q4-01")
    assert (found.round_id, found.row.source_reference) == (number, "A-26Q4-01")
    assert (found.reference_zh, found.reference_en) == ("安全巡逻", "Safety patrol")


def refused(company: Company, error: type[BusinessError], command: OpenMeasure, by: Actor = SUPERVISOR) -> None:
    with pytest.raises(error):
        company.do(open_measure, command, by=by)
    with company.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM measures")).scalar() == 0


@pytest.mark.parametrize(
    ("error", "given"),
    [
        (MeasureIncomplete, {"problem": "  "}),
        (MeasureIncomplete, {"responsible": None}),
        (MeasureIncomplete, {"deadline": None}),
        (MeasureIncomplete, {"goal": None}),
        (DeadlinePast, {"deadline": date(2026, 11, 20)}),
        (NotFound, {"responsible": StaffId(999)}),
        (
            GoalReferenceMissing,
            {"goal": Goal(metric=Metric.SURVEY_ITEM, target=Decimal(4), reference="no_such_item")},
        ),
        (GoalReferenceMissing, {"goal": Goal(metric=Metric.SURVEY_NPS, target=Decimal(4), reference="patrol")}),
        (CodeUnknown, {"goal": Goal(metric=Metric.SURVEY_DIMENSION, target=Decimal(4), reference="weather")}),
        (ValueOutOfRange, {"goal": Goal(metric=Metric.SURVEY_CSI, target=Decimal(101))}),
    ],
)
def test_a_measure_that_lacks_something_is_not_opened(
    company: Company, error: type[BusinessError], given: dict[str, Any]
) -> None:
    a_round(company.database)
    refused(company, error, OpenMeasure(A, company.record(**given)))


def test_the_responsible_is_active_and_of_the_estate_or_the_company(company: Company) -> None:
    refused(company, NotFound, OpenMeasure(A, company.record(responsible=company.of_b)))
    with company.database.writing() as connection, connection.begin():
        connection.execute(update(StaffMember).where(StaffMember.id == company.of_a).values(state="inactive"))
    refused(company, NotAssignable, OpenMeasure(A, company.record(responsible=company.of_a)))
    assert company.opened(company.record(responsible=company.of_b), estate=B)


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, PATROL, ACCOUNTANT, AUDITOR, ADMINISTRATOR])
def test_only_who_makes_measures_opens_one(company: Company, who: Actor) -> None:
    refused(company, NotPermitted, OpenMeasure(A, company.record()), by=who)


def test_nobody_opens_one_in_an_estate_beyond_ones_care(company: Company) -> None:
    only_b = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({B}))
    refused(company, NotPermitted, OpenMeasure(A, company.record()), by=only_b)
    refused(company, NotFound, OpenMeasure(EstateId(9), company.record()))


def test_a_round_of_another_estate_or_without_answers_gives_no_measure(company: Company) -> None:
    of_b, quiet = a_round(company.database, B), a_round(company.database, number=701, code="A-2", marks={})
    few = a_round(company.database, number=702, code="A-3", marks={0: {0: 3}, 2: {1: 3}})
    record = company.about_patrol()
    refused(company, NotFound, OpenMeasure(A, record, round_id=of_b))
    refused(company, FigureUnknown, OpenMeasure(A, record, round_id=quiet, before=FigurePlace(round_id=quiet)))
    refused(company, FigureHidden, OpenMeasure(A, record, round_id=few, before=FigurePlace(round_id=few)))
    refused(company, FigureTyped, OpenMeasure(A, company.record(), before=FigurePlace(round_id=of_b)))


# Changing ---------------------------------------------------------------------------------------------------------


def test_a_change_is_kept_with_what_was_before_and_the_same_again_changes_nothing(company: Company) -> None:
    number = company.opened()
    record = company.record(problem="Exits of building 2 are blocked", deadline=date(2026, 12, 24))
    company.do(change_measure, ChangeMeasure(A, number, 1, record))
    assert company.row(number).problem == "Exits of building 2 are blocked"
    entry = company.audited()[-1]
    assert entry.action == "measure.changed"
    assert '"deadline":"2026-12-21"' in entry.before and '"deadline":"2026-12-24"' in entry.after
    company.do(change_measure, ChangeMeasure(A, number, 2, record))
    assert (company.row(number).version, len(company.audited())) == (2, 2)


def test_a_stale_form_changes_nothing(company: Company) -> None:
    number = company.opened()
    company.do(change_measure, ChangeMeasure(A, number, 1, company.record(problem="By the first")))
    commands: tuple[tuple[Any, Any], ...] = (
        (change_measure, ChangeMeasure(A, number, 1, company.record(problem="By the second"))),
        (move_measure, MoveMeasure(A, number, 1, Stage.CANCELLED, "not needed")),
        (set_figure, SetFigure(A, number, 1, Side.BEFORE, Figure(Decimal(1), None, TODAY, "seen"))),
        (save_causes, SaveCauses(A, number, 1, *SHEET)),
    )
    for act, command in commands:
        with pytest.raises(EditConflict):
            company.do(act, command)
    row = company.row(number)
    assert (row.problem, row.stage, row.before_micro, row.version) == ("By the first", "plan", None, 2)


def test_a_deadline_past_may_stay_but_not_be_set(company: Company) -> None:
    number = company.opened()
    later = datetime(2027, 1, 4, 1, tzinfo=UTC)
    company.do(change_measure, ChangeMeasure(A, number, 1, company.record(problem="Still blocked")), now=later)
    with pytest.raises(DeadlinePast):
        moved = company.record(deadline=date(2026, 12, 31))
        company.do(change_measure, ChangeMeasure(A, number, 2, moved), now=later)


def test_somebody_who_left_may_stay_responsible_until_somebody_else_is_named(company: Company) -> None:
    number = company.opened(company.record(responsible=company.of_a))
    with company.database.writing() as connection, connection.begin():
        connection.execute(update(StaffMember).where(StaffMember.id == company.of_a).values(state="inactive"))
    company.do(change_measure, ChangeMeasure(A, number, 1, company.record(responsible=company.of_a, problem="New")))
    assert company.row(number).problem == "New"


def test_another_metric_takes_the_figures_away_but_another_target_does_not(company: Company) -> None:
    number = company.opened()
    company.figure(number, Side.BEFORE, "9")
    own = company.record().goal
    assert own is not None
    company.do(change_measure, ChangeMeasure(A, number, 2, company.record(goal=replace(own, target=Decimal(3)))))
    assert company.row(number).before_micro == 9_000_000
    other = replace(own, reference="Blocked corridors")
    company.do(change_measure, ChangeMeasure(A, number, 3, company.record(goal=other)))
    assert company.row(number).before_micro is None
    assert '"before":null' in company.audited()[-1].after


def test_after_the_check_the_metric_stays(company: Company) -> None:
    number = company.opened(company.ready())
    company.figure(number, Side.BEFORE, "9")
    company.figure(number, Side.AFTER, "4")
    company.move(number, Stage.DO, Stage.CHECK, Stage.ACT)
    record = company.ready()
    assert record.goal is not None
    other = replace(record, goal=replace(record.goal, reference="Something easier"))
    with pytest.raises(FiguresMissing):
        company.do(change_measure, ChangeMeasure(A, number, company.row(number).version, other))
    assert company.row(number).metric_reference == "Blocked exits"


# Moving -----------------------------------------------------------------------------------------------------------


def test_a_measure_goes_from_plan_to_closed_with_every_step_on_record(company: Company) -> None:
    number = company.closed()
    found = card(company, number)
    assert [step.stage for step in found.steps] == [Stage.CLOSED, Stage.ACT, Stage.CHECK, Stage.DO, Stage.PLAN]
    assert found.steps[0].note == "as agreed"
    assert (found.row.stage, found.row.effect, found.impact) == (Stage.CLOSED, Effect.REACHED, Decimal("-55.6"))
    assert found.closed_at is not None
    assert found.row.urgency is Urgency.DONE
    actions = [entry.action for entry in company.audited()]
    assert actions == ["measure.opened"] + ["measure.figure"] * 2 + ["measure.moved"] * 4


@pytest.mark.parametrize("missing", list(Side))
def test_without_both_figures_nothing_is_acted_on_or_closed(company: Company, missing: Side) -> None:
    number = company.opened(company.ready())
    company.figure(number, Side.AFTER if missing is Side.BEFORE else Side.BEFORE, "4")
    company.move(number, Stage.DO, Stage.CHECK)
    with pytest.raises(FiguresMissing):
        company.move(number, Stage.ACT)
    assert company.row(number).stage == "check"
    with pytest.raises(ForbiddenMove):
        company.move(number, Stage.CLOSED)


def test_a_figure_after_that_is_older_than_the_one_before_closes_nothing(company: Company) -> None:
    number = company.opened(company.ready())
    company.figure(number, Side.BEFORE, "9", on=TODAY)
    company.figure(number, Side.AFTER, "4", on=date(2026, 11, 20))
    company.move(number, Stage.DO, Stage.CHECK)
    with pytest.raises(FiguresReversed):
        company.move(number, Stage.ACT)


def test_nothing_is_done_without_cause_and_action(company: Company) -> None:
    number = company.opened()
    with pytest.raises(MeasureIncomplete):
        company.move(number, Stage.DO)
    assert company.row(number).stage == "plan"


@pytest.mark.parametrize("note", ["", "  ", "no"])
def test_cancelling_is_explained(company: Company, note: str) -> None:
    number = company.opened()
    with pytest.raises(StepNoteMissing):
        company.move(number, Stage.CANCELLED, note=note)
    company.move(number, Stage.CANCELLED, note="the bicycles are gone")
    assert (company.row(number).stage, company.audited()[-1].reason) == ("cancelled", "the bicycles are gone")


def test_what_is_done_anew_is_measured_anew(company: Company) -> None:
    number = company.opened(company.ready())
    company.figure(number, Side.BEFORE, "9")
    company.figure(number, Side.AFTER, "8")
    company.move(number, Stage.DO, Stage.CHECK, Stage.DO)
    row = company.row(number)
    assert (row.before_micro, row.after_micro, row.after_on) == (9_000_000, None, None)
    assert '"8.000000"' in company.audited()[-1].before
    company.figure(number, Side.AFTER, "4")
    company.move(number, Stage.CHECK, Stage.ACT, Stage.PLAN)
    assert company.row(number).after_micro is None


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER])
def test_who_works_on_it_brings_it_to_the_check_and_no_further(company: Company, who: Actor) -> None:
    number = company.opened(company.ready())
    company.figure(number, Side.BEFORE, "9")
    company.figure(number, Side.AFTER, "4")
    company.move(number, Stage.DO, Stage.CHECK, Stage.DO, Stage.CHECK, by=who)
    for target in (Stage.ACT, Stage.CANCELLED):
        with pytest.raises(NotPermitted):
            company.move(number, target, by=who)
    assert company.row(number).stage == "check"


@pytest.mark.parametrize("who", [PATROL, AUDITOR, ACCOUNTANT])
def test_who_only_looks_moves_nothing(company: Company, who: Actor) -> None:
    number = company.opened(company.ready())
    with pytest.raises(NotPermitted):
        company.move(number, Stage.DO, by=who)
    with pytest.raises(NotPermitted):
        company.do(note_progress, NoteProgress(A, number, "half done"), by=who)


@pytest.mark.parametrize("closed", [True, False])
def test_an_ended_measure_is_not_touched_any_more(company: Company, closed: bool) -> None:
    number = company.closed() if closed else company.opened()
    if not closed:
        company.move(number, Stage.CANCELLED)
    version = company.row(number).version
    commands: tuple[tuple[Any, Any], ...] = (
        (change_measure, ChangeMeasure(A, number, version, company.ready())),
        (move_measure, MoveMeasure(A, number, version, Stage.DO)),
        (note_progress, NoteProgress(A, number, "one more thing")),
        (set_figure, SetFigure(A, number, version, Side.AFTER, Figure(Decimal(1), None, TODAY, "better"))),
        (save_causes, SaveCauses(A, number, version, *SHEET)),
    )
    for act, command in commands:
        with pytest.raises(MeasureEnded):
            company.do(act, command)
    assert company.row(number).version == version


def test_notes_are_added_and_steps_never_change(company: Company) -> None:
    number = company.opened(company.ready())
    company.do(note_progress, NoteProgress(A, number, "half of the place is marked"), by=HANDLER)
    with pytest.raises(LineMissing):
        company.do(note_progress, NoteProgress(A, number, " "), by=HANDLER)
    steps = card(company, number).steps
    assert [(step.stage, step.note, step.made_by_name) for step in steps] == [
        (Stage.PLAN, "half of the place is marked", "handler"),
        (Stage.PLAN, "", "supervisor"),
    ]
    for statement in (update(MeasureStep).values(note="nothing was said"), delete(MeasureStep)):
        with pytest.raises(DBAPIError), company.database.writing() as connection, connection.begin():
            connection.execute(statement)
    assert card(company, number).steps == steps


def test_nobody_reaches_a_measure_of_another_estate(company: Company) -> None:
    number = company.opened(company.ready())
    only_b = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({B}))
    with pytest.raises(NotPermitted):
        company.move(number, Stage.DO, by=only_b)
    with pytest.raises(NotFound):
        company.do(move_measure, MoveMeasure(B, number, 1, Stage.DO), by=only_b)
    with pytest.raises(NotPermitted):
        card(company, number, by=only_b)
    assert company.see(measures, MeasuresWanted(None), by=only_b).total == 0
    assert company.see(overdue_measures_count, OverdueMeasuresWanted(), by=only_b) == 0


# Figures ----------------------------------------------------------------------------------------------------------


def test_a_known_metric_is_worked_out_and_never_typed(company: Company) -> None:
    first, second = (
        a_round(company.database),
        a_round(company.database, number=701, code="A-2", marks={2: {4: 5, 5: 1}}),
    )
    number = company.opened(company.about_patrol())
    for side, where in ((Side.BEFORE, first), (Side.AFTER, second)):
        version = company.row(number).version
        company.do(set_figure, SetFigure(A, number, version, side, FigurePlace(round_id=where)))
    row = company.row(number)
    assert (row.before_micro, row.before_n, row.before_note) == (2_400_000, 10, "A-26Q4-01")
    assert (row.after_micro, row.after_n, row.after_on) == (4_166_667, 6, date(2026, 10, 20))
    assert card(company, number).row.effect is Effect.REACHED
    with pytest.raises(FigureComputed):
        company.figure(number, Side.AFTER, "5")
    with pytest.raises(FigureUnknown):
        missing = FigurePlace(round_id=RoundId(1))
        company.do(set_figure, SetFigure(A, number, row.version, Side.AFTER, missing))
    assert company.row(number).version == row.version


@pytest.mark.parametrize(("starts_on", "reason"), [(date(2026, 9, 1), "an earlier round"), (None, "the same round")])
def test_the_value_after_comes_from_a_later_round(company: Company, starts_on: date | None, reason: str) -> None:
    before = a_round(company.database)
    other = before
    if starts_on is not None:
        other = a_round(company.database, number=701, code="A-26Q3-01", starts_on=starts_on)
    number = company.opened(company.about_patrol())
    version = company.row(number).version
    company.do(set_figure, SetFigure(A, number, version, Side.BEFORE, FigurePlace(round_id=before)))
    version = company.row(number).version
    with pytest.raises(FigureNotLater):
        company.do(set_figure, SetFigure(A, number, version, Side.AFTER, FigurePlace(round_id=other)))
    assert company.row(number).after_micro is None, reason


def test_a_fee_figure_is_for_who_may_see_the_fees(company: Company) -> None:
    company.books.bill_month(A, Month(2026, 10), date(2026, 10, 25))
    company.books.pay(A, "1-1-101", "200", date(2026, 10, 28))
    goal = Goal(metric=Metric.COLLECTION_RATE, target=Decimal(90))
    number = company.opened(company.record(source=MeasureSource.FEES, goal=goal))
    command = SetFigure(A, number, 1, Side.BEFORE, FigurePlace(month=Month(2026, 10)))
    with pytest.raises(NotPermitted):
        company.do(set_figure, command, by=HANDLER)
    company.do(set_figure, command)
    row = company.row(number)
    assert (row.before_micro, row.before_n, row.before_on) == (16_666_667, None, date(2026, 10, 31))


@pytest.mark.parametrize(
    ("error", "given"),
    [(FigureInFuture, {"on": date(2026, 11, 22)}), (FigureSourceMissing, {"note": ""})],
)
def test_an_own_figure_has_a_day_and_a_source(
    company: Company, error: type[BusinessError], given: dict[str, Any]
) -> None:
    number = company.opened()
    with pytest.raises(error):
        company.figure(number, Side.BEFORE, "9", **given)
    with pytest.raises(FigureTyped):
        place = FigurePlace(month=Month(2026, 10))
        company.do(set_figure, SetFigure(A, number, 1, Side.BEFORE, place))
    assert company.row(number).before_micro is None


# The failure analysis sheet ---------------------------------------------------------------------------------------


def test_the_sheet_is_kept_whole_and_ranked(company: Company) -> None:
    number = company.opened()
    company.do(save_causes, SaveCauses(A, number, 1, *SHEET), by=HANDLER)
    found = card(company, number)
    assert (found.effects, found.causes) == SHEET
    assert [(cause.text, cause.total) for cause in found.ranking.causes] == [
        ("No place for bicycles", 90),
        ("Nobody looks", 54),
        ("Weather", 0),
    ]
    shorter = (SHEET[0][:1], (CauseRow("Habit", (5,)),))
    company.do(save_causes, SaveCauses(A, number, 2, *shorter))
    assert (card(company, number).effects, card(company, number).causes) == shorter
    company.do(save_causes, SaveCauses(A, number, 3, *shorter))
    assert company.row(number).version == 3
    company.do(save_causes, SaveCauses(A, number, 3, (), ()))
    assert (card(company, number).causes, card(company, number).ranking.causes) == ((), ())
    assert [entry.action for entry in company.audited()].count("measure.causes") == 3


def test_a_sheet_with_something_wrong_is_refused_as_a_whole(company: Company) -> None:
    number = company.opened()
    company.do(save_causes, SaveCauses(A, number, 1, *SHEET))
    wrong = (SHEET[0], (CauseRow("One mark is missing", (9,)), CauseRow("Too strong", (9, 10))))
    with pytest.raises(SheetRefused) as error:
        company.do(save_causes, SaveCauses(A, number, 2, *wrong))
    assert error.value.fields == {"problems": 2}
    assert card(company, number).causes == SHEET[1]


# The queue --------------------------------------------------------------------------------------------------------


def several(company: Company) -> dict[str, MeasureId]:
    """Overdue, due in three and in four working days, far, closed, cancelled, one of B, seen on 21 November 2026."""
    early = datetime(2026, 10, 8, 1, tzinfo=UTC)
    days = {
        "far": date(2027, 6, 1),
        "late": date(2026, 11, 20),
        "later": date(2026, 11, 10),
        "soon": date(2026, 11, 25),
        "not_soon": date(2026, 11, 26),
        "today": TODAY,
        "cancelled": date(2026, 11, 1),
    }
    made = {
        name: company.opened(company.record(problem=f"{name} 100%_", deadline=day, responsible=company.of_a), now=early)
        for name, day in days.items()
    }
    company.move(made["cancelled"], Stage.CANCELLED)
    made["closed"] = company.closed()
    made["b"] = company.opened(company.record(deadline=date(2026, 11, 1)), estate=B, now=early)
    return made


def test_the_queue_runs_by_deadline_with_the_overdue_first(company: Company) -> None:
    several(company)
    found = company.see(measures, MeasuresWanted(A))
    assert [(row.problem.split()[0], row.urgency, row.working_days_left) for row in found.rows] == [
        ("later", Urgency.OVERDUE, None),
        ("late", Urgency.OVERDUE, None),
        ("today", Urgency.DUE_SOON, 0),
        ("soon", Urgency.DUE_SOON, 3),
        ("not_soon", Urgency.ON_TRACK, 4),
        ("far", Urgency.ON_TRACK, None),
    ]
    everything = company.see(measures, MeasuresWanted(A, MeasuresShown.ALL)).rows
    assert [row.stage for row in everything[-2:]] == [Stage.CANCELLED, Stage.CLOSED]


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        (MeasuresShown.OPEN, {"later", "late", "today", "soon", "not_soon", "far"}),
        (MeasuresShown.OVERDUE, {"later", "late"}),
        (MeasuresShown.DUE_SOON, {"today", "soon"}),
        (MeasuresShown.CLOSED, {"closed", "cancelled"}),
    ],
)
def test_every_state_counts_what_it_shows(company: Company, shown: MeasuresShown, names: set[str]) -> None:
    made = several(company)
    found = company.see(measures, MeasuresWanted(A, shown))
    assert {row.measure_id for row in found.rows} == {made[name] for name in names}
    assert found.total == found.totals[shown] == len(names)
    states = {MeasuresShown.OPEN: 6, MeasuresShown.OVERDUE: 2, MeasuresShown.DUE_SOON: 2}
    assert found.totals == {**states, MeasuresShown.CLOSED: 2, MeasuresShown.ALL: 8}


def test_the_figures_on_top_do_not_follow_the_filter(company: Company) -> None:
    several(company)
    wanted = MeasuresWanted(A, MeasuresShown.ALL, search="no such text")
    found = company.see(measures, wanted)
    assert (found.rows, found.total, found.totals[MeasuresShown.OPEN]) == ((), 0, 0)
    counts = found.counts
    assert (counts.open, counts.overdue, counts.due_soon) == (6, 2, 2)
    assert (counts.closed_this_quarter, counts.reached_this_quarter) == (1, 1)


UP, DOWN = Direction.UP, Direction.DOWN


@pytest.mark.parametrize(
    ("better", "values", "effect"),
    [
        (DOWN, ("9", "5", "5"), Effect.REACHED),
        (DOWN, ("9", "6", "5"), Effect.IMPROVED),
        (DOWN, ("4", "5", "5"), Effect.WORSE),
        (DOWN, ("9", "9", "5"), Effect.UNCHANGED),
        (UP, ("3", "5", "5"), Effect.REACHED),
        (UP, ("7", "6", "5"), Effect.WORSE),
        (UP, ("-3", "-1", "0"), Effect.IMPROVED),
        (UP, ("5", "5", "5"), Effect.REACHED),
    ],
)
def test_what_counts_as_reached_is_what_the_rule_says(
    database: Database, better: Direction, values: tuple[str, str, str], effect: Effect
) -> None:
    before, after, target = values
    company = a_company(database)
    goal = company.record().goal
    assert goal is not None
    number = company.closed(before, after, goal=replace(goal, better=better, target=Decimal(target)))
    found = company.see(measures, MeasuresWanted(A, MeasuresShown.CLOSED))
    assert [row.effect for row in found.rows] == [effect]
    assert found.counts.reached_this_quarter == (effect is Effect.REACHED)
    assert card(company, number).row.effect is effect


def test_the_quarter_begins_at_midnight_in_china(company: Company) -> None:
    company.closed()
    for now, expected in (
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), 0),
    ):
        assert company.see(measures, MeasuresWanted(A), now=now).counts.closed_this_quarter == expected


@pytest.mark.parametrize(("typed", "found"), [("100%_", 6), ("%", 6), ("_", 6), ("FAR 1", 1), ("M26-00", 6), ("x%", 0)])
def test_the_search_takes_every_sign_as_it_is(company: Company, typed: str, found: int) -> None:
    several(company)
    assert company.see(measures, MeasuresWanted(A, search=typed)).total == found


def test_the_queue_is_narrowed_to_somebody_and_paged(company: Company) -> None:
    several(company)
    of_somebody = MeasuresWanted(A, MeasuresShown.ALL, responsible=company.anyone)
    assert company.see(measures, of_somebody).total == 1
    page = company.see(measures, MeasuresWanted(A, slice=Slice(2, 4)))
    assert (len(page.rows), page.total) == (2, 6)
    assert company.see(measures, MeasuresWanted(None)).total == 7
    assert company.see(overdue_measures_count, OverdueMeasuresWanted(A)) == 2
    assert company.see(overdue_measures_count, OverdueMeasuresWanted()) == 3


@pytest.mark.parametrize("who", [PATROL, HANDLER, ACCOUNTANT, AUDITOR])
def test_everybody_in_the_estate_may_look(company: Company, who: Actor) -> None:
    number = company.opened()
    assert company.see(measures, MeasuresWanted(A), by=who).total == 1
    assert card(company, number, by=who).row.number == "M26-001"


def test_the_administrator_may_not(company: Company) -> None:
    with pytest.raises(NotPermitted):
        company.see(measures, MeasuresWanted(None), by=ADMINISTRATOR)


def test_a_list_and_a_card_cost_the_same_however_many_there_are(company: Company) -> None:
    made = several(company)
    company.do(save_causes, SaveCauses(A, made["far"], company.row(made["far"]).version, *SHEET))
    with count_statements(company.database) as seen:
        company.see(measures, MeasuresWanted(None, MeasuresShown.ALL))
    assert len(seen) == 3, seen
    with count_statements(company.database) as seen:
        card(company, made["far"])
    assert len(seen) == 4, seen
    found = company.see(measures, MeasuresWanted(None, MeasuresShown.ALL))
    with count_statements(company.database) as seen:
        short = MeasureWanted(A, made["far"], whole=False, calendar=found.calendar)
        brief = company.see(measure_card, short)
    assert len(seen) == 1, seen
    assert brief.row == card(company, made["far"]).row and brief.steps == brief.causes == ()


# What the forms offer ---------------------------------------------------------------------------------------------


def test_a_round_tells_which_of_its_items_have_a_measure(company: Company) -> None:
    number = a_round(company.database)
    patrol = company.opened(company.about_patrol(), round_id=number)
    facility = Goal(metric=Metric.SURVEY_DIMENSION, target=Decimal(4), reference="facility")
    other = company.opened(replace(company.about_patrol(), goal=facility), round_id=number)
    gone = company.opened(company.about_patrol(), round_id=number)
    company.move(gone, Stage.CANCELLED)
    own = Goal(metric=Metric.OWN_FIGURE, target=Decimal(4), reference="patrol")
    third = company.opened(replace(company.about_patrol(), goal=own), round_id=number)
    company.opened()
    found = company.see(measures_of_round, MeasuresOfRoundWanted(A, number))
    assert [(each.measure_id, each.number, each.stage, each.metric_reference, each.position) for each in found] == [
        (patrol, "M26-001", Stage.PLAN, "patrol", 2),
        (other, "M26-002", Stage.PLAN, "facility", None),
        (third, "M26-004", Stage.PLAN, "patrol", None),
    ]


def test_people_are_those_responsible_and_those_who_could_be(company: Company) -> None:
    company.opened(company.record(responsible=company.anyone))
    held = company.see(measure_people, PeopleWanted(A))
    assert [(each.name, each.assignable) for each in held] == [("陈师傅", True)]
    offered = company.see(measure_people, PeopleWanted(A, assignable=True))
    assert {(each.staff_id, each.has_measures, each.assignable) for each in offered} == {
        (company.anyone, True, True),
        (company.of_a, False, True),
    }
    assert [each.assignable for each in company.see(measure_people, PeopleWanted(None))] == [False]


def test_rounds_and_items_are_offered_for_figures_and_goals(company: Company) -> None:
    a_round(company.database)
    a_round(company.database, number=701, code="A-2", ends_on=date(2026, 11, 11))
    a_round(company.database, number=702, code="A-3", state="cancelled")
    a_round(company.database, number=703, code="A-4", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 9))
    a_round(company.database, B, number=700, code="B-1")
    assert [each.code for each in company.see(figure_rounds, RoundsWanted(A))] == ["A-2", "A-26Q4-01"]
    references = company.see(goal_references, None)
    assert [each.code for each in references if each.metric is Metric.SURVEY_ITEM] == ["cleaning", "patrol"]
    assert [each.code for each in references if each.metric is Metric.SURVEY_NPS] == ["recommend"]
    assert "facility" in [each.code for each in references if each.metric is Metric.SURVEY_DIMENSION]


def test_a_known_figure_can_be_looked_at_before_it_is_stored(company: Company) -> None:
    number = a_round(company.database)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal(0), reference="patrol")
    found = company.see(known_figure_of, FigureWanted(A, goal, FigurePlace(round_id=number)))
    assert found.figure is not None and found.figure.value == Decimal("2.4")
    none = company.see(known_figure_of, FigureWanted(A, replace(goal, reference="x"), FigurePlace(round_id=number)))
    assert none.figure is None and isinstance(none.refusal, FigureUnknown)
    fees = Goal(metric=Metric.COLLECTION_RATE, target=Decimal(0))
    unseen = company.see(known_figure_of, FigureWanted(A, fees, FigurePlace(month=Month(2026, 10))), by=HANDLER)
    assert unseen.figure is None and isinstance(unseen.refusal, NotPermitted)


@pytest.mark.parametrize(
    ("given", "metric", "reference", "value"),
    [
        ({"item": "patrol"}, Metric.SURVEY_ITEM, "patrol", "2.4"),
        ({"item": "2"}, Metric.SURVEY_ITEM, "patrol", "2.4"),
        ({"item": "cleaning", "metric": Metric.SURVEY_TOP_SHARE}, Metric.SURVEY_TOP_SHARE, "cleaning", "70"),
        ({"item": "recommend"}, Metric.SURVEY_NPS, "recommend", "40"),
        ({"dimension": "facility"}, Metric.SURVEY_DIMENSION, "facility", "4"),
        ({"metric": Metric.SURVEY_NPS}, Metric.SURVEY_NPS, "", "40"),
        ({}, Metric.SURVEY_CSI, "", "64"),
    ],
)
def test_another_page_names_what_a_new_measure_is_about(
    database: Database, given: dict[str, Any], metric: Metric, reference: str, value: str
) -> None:
    company = a_company(database)
    number = a_round(company.database)
    seed = company.see(measure_seed, SeedWanted(A, number, **given))
    assert (seed.metric, seed.reference, seed.round_code) == (metric, reference, "A-26Q4-01")
    assert seed.before.figure is not None and seed.before.figure.value == Decimal(value)


@pytest.mark.parametrize("given", [{"item": "nothing"}, {"dimension": "nothing"}])
def test_an_address_that_names_nothing_gives_nothing(company: Company, given: dict[str, str]) -> None:
    number = a_round(company.database, marks=MARKS)
    with pytest.raises(NotFound):
        company.see(measure_seed, SeedWanted(A, number, **given))
    with pytest.raises(NotFound):
        company.see(measure_seed, SeedWanted(B, number))
