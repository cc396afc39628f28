"""The demonstration company: the same seed gives the same company, it obeys the rules, and it looks like a real one."""

import shutil
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from core.admin.permissions import SYSTEM, NotPermitted, Role
from core.fees.collection import Cell, rates
from core.kernel.identity import EstateId
from core.kernel.money import Money
from core.kernel.periods import Month, months_between
from db.engine import Database, open_database
from db.files import Places
from db.jobs import commands, demo_command
from db.jobs.demo import PortalNotEmpty, StartDemo, issue_codes, load_demo, start_demo
from db.jobs.demo_answers import EVENT, FACILITY, LIFT_BUILDING, MENDED_IN, ROUNDS
from db.jobs.demo_habits import TROUBLED, bad_month, plan_payments, season
from db.jobs.demo_plan import MONTHS, SEED, Company, plan_company, plan_digest
from db.jobs.demo_surveys import CHECKED_PERCENT
from db.jobs.demo_words import LIFT_CLOSED, STAFF
from db.jobs.verify import verify
from db.keys import KeyRing
from db.models import (
    AuditEntry,
    BackgroundJob,
    Bill,
    BillRun,
    BillRunProblem,
    Building,
    CustomerFlag,
    DailyReceipt,
    Estate,
    ExternalResult,
    FollowUp,
    JournalEntry,
    Measure,
    MeasureCause,
    MeasureEffect,
    MeasureStep,
    MoneyRequest,
    Occupancy,
    Payment,
    Questionnaire,
    ReceivableCell,
    ServiceStep,
    StaffMember,
    SurveyAnswer,
    SurveyCheck,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTag,
    SurveyTally,
    Tariff,
    Unit,
    UnitAccount,
    User,
    UserRole,
)
from db.operations.questionnaires import SaveQuestionnaire, save_questionnaire
from db.unit_of_work import perform
from tests.personas import ADMINISTRATOR, CASHIER, person

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
LAST = Month(2026, 10)
SCALE = 12


def whole_company() -> Company:
    return plan_company(last=LAST)


def test_the_same_seed_and_month_give_the_same_plan() -> None:
    assert plan_digest(whole_company()) == plan_digest(whole_company())
    assert plan_digest(plan_payments(whole_company())) == plan_digest(plan_payments(whole_company()))


@pytest.mark.parametrize(("last", "seed"), [(LAST.shift(1), SEED), (LAST, SEED + 1)])
def test_another_month_or_seed_gives_another_plan(last: Month, seed: int) -> None:
    other = plan_company(last=last, seed=seed)
    assert plan_digest(other) != plan_digest(whole_company())
    assert plan_digest(plan_payments(other)) != plan_digest(plan_payments(whole_company()))


def test_the_whole_company_has_the_promised_size() -> None:
    company = whole_company()
    assert [len(estate.units) for estate in company.estates] == [1152, 840, 412]
    assert company.last.months_since(company.first) == MONTHS - 1
    assert 15_000 <= len(plan_payments(company)) <= 25_000
    phones = [person.phone for estate in company.estates for person in estate.people]
    assert all(phone.startswith("154000") and len(phone) == 11 for phone in phones)


@pytest.mark.parametrize("last", months_between(Month(2025, 6), Month(2026, 12)), ids=str)
def test_the_bad_month_is_never_hidden_by_a_season(last: Month) -> None:
    first = last.shift(1 - MONTHS)
    bad = bad_month(first)
    assert first.shift(3) <= bad <= last.shift(-3)
    assert not season(bad)


@pytest.mark.parametrize(
    ("month", "is_season"),
    [(Month(2025, 12), True), (Month(2026, 2), True), (Month(2026, 1), False), (Month(2025, 1), True)],
)
def test_december_and_the_weeks_before_spring_festival_are_seasons(month: Month, is_season: bool) -> None:
    assert season(month) is is_season


def no_report(_step: str, _done: int, _total: int) -> None:
    """Say nothing."""


def test_a_portal_with_estates_takes_no_demonstration_company(database: Database) -> None:
    with database.writing() as connection, connection.begin():
        row = {"id": 1, "code": "E0001", "name": "x", "natural_key": "x", "created_at": NOW}
        connection.execute(Estate.__table__.insert(), row)  # type: ignore[attr-defined]
    with pytest.raises(PortalNotEmpty):
        load_demo(database, who=lambda _c, _n: SYSTEM, now=NOW, report=no_report, scale=SCALE)


def test_an_administrator_starts_it_in_the_background_and_nobody_else(database: Database) -> None:
    with database.writing() as connection, connection.begin():
        row = {"id": 1, "username": "admin", "display_name": "admin", "created_at": NOW}
        connection.execute(User.__table__.insert(), row)  # type: ignore[attr-defined]
    number = perform(database, start_demo, StartDemo(), identify=lambda _c, _n: ADMINISTRATOR, now=NOW)
    with database.reading() as connection:
        assert connection.execute(select(BackgroundJob.kind, BackgroundJob.state)).all() == [("demo", "waiting")]
    assert number == 1
    of_one_estate = person(1, "admin", Role.ADMINISTRATOR, estates=frozenset((EstateId(1),)))
    with pytest.raises(NotPermitted):
        perform(database, start_demo, StartDemo(), identify=lambda _c, _n: CASHIER, now=NOW)
    with pytest.raises(NotPermitted):
        perform(database, start_demo, StartDemo(), identify=lambda _c, _n: of_one_estate, now=NOW)


@pytest.mark.slow
def test_a_small_company_loads_soundly_and_looks_like_a_real_one(database: Database) -> None:
    """One load, many looks at it: loading takes seconds."""
    loaded = load_demo(database, who=lambda _c, _n: SYSTEM, now=NOW, report=no_report, scale=SCALE)
    assert verify(database).findings == ()
    assert (loaded.estates, loaded.units) == (3, 201)
    with database.reading() as connection:
        estates = list(connection.execute(select(Estate.id).order_by(Estate.id)).scalars())
        the_bad_building_pays_least(connection, estates[0])
        the_bad_month_dips_and_recovers(connection, estates[TROUBLED])
        money_comes_before_new_year_and_spring_festival(connection)
        everything_promised_is_there(connection)
        two_people_stand_behind_everything(connection)
        three_rounds_run_and_the_others_have_forgotten(connection)
        forms_are_typed_by_desk_and_patrol_and_read_again(connection)
        low_marks_are_called_back(connection)
        the_problem_lift_is_mended(connection, estates[TROUBLED])
        measures_stand_at_every_stage(connection)
        nothing_lies_in_the_future(connection)
    codes: dict[str, str] = {}
    issue_codes(database, loaded, who=lambda _c, _n: SYSTEM, now=NOW, show=codes.__setitem__)
    assert len(set(codes.values())) == len(loaded.users) > 20


def the_bad_building_pays_least(connection: Connection, estate: int) -> None:
    rate = func.sum(Bill.paid_fen) * 1000 / func.sum(Bill.amount_fen)
    building = (Building.estate_id == Bill.estate_id) & (Building.id == Bill.building_id)
    statement = select(Building.code, rate).join(Building, building).where(Bill.estate_id == estate)
    by_rate = sorted((int(rate), code) for code, rate in connection.execute(statement.group_by(Building.code)))
    assert by_rate[0][1] == "7"
    assert by_rate[0][0] < 500 < by_rate[len(by_rate) // 2][0]


def the_bad_month_dips_and_recovers(connection: Connection, estate: int) -> None:
    columns = (ReceivableCell.service_month, ReceivableCell.posting_month)
    sums = (func.sum(ReceivableCell.billed_fen), func.sum(ReceivableCell.received_fen))
    rows = connection.execute(select(*columns, *sums).where(ReceivableCell.estate_id == estate).group_by(*columns))
    cells = tuple(
        Cell(Month.from_number(service), Month.from_number(posted), Money(int(billed)), Money(int(received)))
        for service, posted, billed, received in rows
    )
    bad = bad_month(LAST.shift(1 - MONTHS))
    current = [rates(cells=cells, month=bad.shift(step)).current_rate or 0 for step in range(-2, 4)]
    before, dip, after = current[1], current[2], current[5]
    assert dip < before - 15
    assert after > dip + 15


def money_comes_before_new_year_and_spring_festival(connection: Connection) -> None:
    by_month: defaultdict[int, int] = defaultdict(int)
    for day, fen in connection.execute(select(DailyReceipt.business_date, DailyReceipt.amount_fen)):
        by_month[Month.of(day).number] += fen
    assert by_month[202512] > by_month[202511]
    plain = [fen for number, fen in by_month.items() if 202603 <= number <= 202610]
    assert by_month[202601] + by_month[202602] > 2 * sum(plain) / len(plain)


def count(connection: Connection, column: Any, *conditions: Any) -> int:
    return connection.execute(select(func.count(column)).where(*conditions)).scalar_one()


def everything_promised_is_there(connection: Connection) -> None:
    methods = connection.execute(select(Payment.method, func.count()).group_by(Payment.method))
    by_use = sorted(((n, method) for method, n in methods), reverse=True)
    assert [method for _, method in by_use[:2]] == ["wechat_pay", "alipay"]
    assert len(by_use) == 9
    kinds = set(connection.execute(select(JournalEntry.kind)).scalars())
    assert kinds == {"bill_run", "payment", "credit_application", "refund", "reversal"}
    states = {(kind, state) for kind, state in connection.execute(select(MoneyRequest.kind, MoneyRequest.state))}
    assert states >= {("reversal", "approved"), ("refund", "approved"), ("refund", "waiting")}
    problems = {(code, item) for code, item in connection.execute(select(BillRunProblem.code, BillRunProblem.item))}
    assert problems == {("fees.bill.no_grade", "property_fee")}
    assert count(connection, UnitAccount.unit_id, UnitAccount.credit_fen > 0) > 10
    assert count(connection, Bill.id, Bill.paid_fen > 0, Bill.paid_fen < Bill.amount_fen) > 0
    assert set(connection.execute(select(Tariff.basis)).scalars()) == {"area", "area_grade", "service_items", "use"}
    assert count(connection, Tariff.id, Tariff.valid_to == date(2026, 1, 1)) == 1
    assert count(connection, BillRun.id, BillRun.state == "prepared") == 1
    assert count(connection, Unit.id, Unit.handover_date >= date(2025, 5, 1)) > 0
    assert set(connection.execute(select(CustomerFlag.flag)).scalars()) == {"elderly", "low_income", "newly_moved_in"}
    assert set(connection.execute(select(Occupancy.relation)).scalars()) == {"owner", "tenant"}
    assert count(connection, Occupancy.id, Occupancy.end_date.is_not(None)) > 0
    vacant = select(func.count()).select_from(Unit).where(~select(Occupancy.id).where(
        Occupancy.estate_id == Unit.estate_id, Occupancy.unit_id == Unit.id).exists())  # fmt: skip
    assert connection.execute(vacant).scalar_one() > 0
    assert 28 <= count(connection, StaffMember.id) <= 35
    assert set(connection.execute(select(User.state)).scalars()) == {"invited"}
    assert set(connection.execute(select(User.password_hash)).scalars()) == {None}
    assert set(connection.execute(select(UserRole.role)).scalars()) == {role.value for role in Role}


def two_people_stand_behind_everything(connection: Connection) -> None:
    """The rules hold it anyway; here it is seen that the story does not lean on the system doing both."""
    for maker, checker in (
        (BillRun.made_by, BillRun.posted_by),
        (Tariff.made_by, Tariff.decided_by),
        (MoneyRequest.asked_by, MoneyRequest.decided_by),
    ):
        pairs = [(one, other) for one, other in connection.execute(select(maker, checker).where(checker.is_not(None)))]
        assert pairs
        assert all(one is not None and one != other for one, other in pairs)


def three_rounds_run_and_the_others_have_forgotten(connection: Connection) -> None:
    columns = (SurveyRound.kind, SurveyRound.state)
    rounds = connection.execute(select(*columns, func.count()).group_by(*columns))
    assert {(kind, state): n for kind, state, n in rounds} == {
        ("regular", "closed"): 3 * (ROUNDS - 1), ("after_event", "closed"): EVENT - ROUNDS + 1, ("regular", "open"): 3,
    }  # fmt: skip
    assert count(connection, SurveyRound.id, SurveyRound.last_number < 5) == 0
    asked = connection.execute(select(Questionnaire.code, Questionnaire.edition, Questionnaire.state)).all()
    assert [tuple(row) for row in asked] == [("standard", 1, "published")]
    closed = select(SurveyRound.id).where(SurveyRound.estate_id == SurveyRespondent.estate_id,
                                          SurveyRound.state == "closed")  # fmt: skip
    assert count(connection, SurveyRespondent.unit_id) > 20
    assert count(connection, SurveyRespondent.unit_id, SurveyRespondent.round_id.in_(closed)) == 0
    assert count(connection, SurveyRound.id, SurveyRound.state == "closed", SurveyRound.links_cut_on.is_(None)) == 0


def forms_are_typed_by_desk_and_patrol_and_read_again(connection: Connection) -> None:
    roles = select(SurveyResponse.channel, UserRole.role).join(UserRole, UserRole.user_id == SurveyResponse.entered_by)
    typed = {(channel, role) for channel, role in connection.execute(roles.distinct())}
    assert {channel for channel, _ in typed} == {"online", "interview", "phone", "paper"}
    assert {role for channel, role in typed if channel == "paper"} == {"front_desk", "patrol"}
    form = (SurveyResponse.estate_id == SurveyCheck.estate_id) & (SurveyResponse.id == SurveyCheck.response_id)
    readers = select(SurveyResponse.entered_by, SurveyCheck.checked_by).join(SurveyCheck, form)
    pairs = [(one, other) for one, other in connection.execute(readers)]
    assert len(pairs) > count(connection, SurveyResponse.id) * CHECKED_PERCENT / 200
    assert all(None not in pair and len(set(pair)) == 2 for pair in pairs)
    assert count(connection, SurveyCheck.response_id, SurveyCheck.differing != "", SurveyCheck.settled) > 0
    remarks = count(connection, SurveyAnswer.response_id, SurveyAnswer.position == 15)
    tagged = connection.execute(select(func.count(func.distinct(SurveyTag.response_id)))).scalar_one()
    assert remarks * 3 / 4 < tagged < remarks
    results = connection.execute(select(ExternalResult.subject).order_by(ExternalResult.subject))
    assert list(results.scalars()) == ["certificate", "csi"]


def low_marks_are_called_back(connection: Connection) -> None:
    by_state = select(FollowUp.state, func.count()).group_by(FollowUp.state)
    states = {str(state): int(n) for state, n in connection.execute(by_state)}
    assert states.keys() == {"open", "reached", "unreachable", "dropped"}
    assert states["reached"] > 4 * states["open"]
    running = select(SurveyRound.id).where(SurveyRound.estate_id == FollowUp.estate_id, SurveyRound.state == "open")
    assert count(connection, FollowUp.id, FollowUp.state == "open", FollowUp.round_id.not_in(running)) == 0
    is_overdue = (FollowUp.state == "open", FollowUp.due_on < NOW.date())
    assert 1 <= count(connection, FollowUp.id, *is_overdue) <= 3
    assert count(connection, FollowUp.id, FollowUp.new_mark >= 4, FollowUp.lowest_mark <= 2) > states["reached"] / 2


def the_problem_lift_is_mended(connection: Connection, estate: int) -> None:
    answered = (SurveyTally.estate_id == estate, SurveyTally.position == FACILITY)
    of_round = (SurveyRound.estate_id == SurveyTally.estate_id) & (SurveyRound.id == SurveyTally.round_id)
    building = (Building.estate_id == SurveyTally.estate_id) & (Building.id == SurveyTally.building_id)
    sums = (func.sum(SurveyTally.value * SurveyTally.forms), func.sum(SurveyTally.forms))
    statement = select(SurveyRound.starts_on, *sums).join(SurveyRound, of_round).join(Building, building)
    there = statement.where(*answered, Building.code == LIFT_BUILDING).group_by(SurveyRound.starts_on)
    marks = [int(total) / int(forms) for _, total, forms in connection.execute(there.order_by(SurveyRound.starts_on))]
    assert max(marks[:MENDED_IN]) < 3.3 < min(marks[MENDED_IN:])
    measure = Measure.__table__  # only the closed one that comes from the survey
    closed = select(measure).where(Measure.stage == "closed", Measure.source == "survey")
    lift = connection.execute(closed).mappings().one()
    assert (lift["estate_id"], lift["metric"], lift["metric_reference"]) == (estate, "survey_item", f"q{FACILITY}")
    assert lift["before_micro"] + 400_000 < lift["target_micro"] <= lift["after_micro"]
    assert lift["before_n"] >= 5
    assert lift["before_on"] < lift["after_on"] < lift["closed_at"].date() < lift["deadline"]
    notes = select(MeasureStep.note).where(MeasureStep.estate_id == estate, MeasureStep.measure_id == lift["id"])
    assert connection.execute(notes.order_by(MeasureStep.id.desc())).scalars().first() == LIFT_CLOSED


def measures_stand_at_every_stage(connection: Connection) -> None:
    stages = connection.execute(select(Measure.stage).order_by(Measure.stage)).scalars()
    found = list(stages)
    while found.count("plan") > 1:  # one more for each estate where a small company repeats itself by chance
        found.remove("plan")
    assert found == ["cancelled", "check", "closed", "closed", "do", "do", "plan"]
    is_late = (Measure.stage.not_in(("closed", "cancelled")), Measure.deadline < NOW.date())
    late = connection.execute(select(Measure.stage, Measure.metric).where(*is_late)).all()
    assert [tuple(row) for row in late] == [("do", "collection_rate")]
    assert count(connection, Measure.id, Measure.before_micro.is_(None)) == 0
    assert (count(connection, MeasureEffect.place), count(connection, MeasureCause.place)) == (3, 5)
    of_sheet = select(Measure.stage).join(MeasureCause, MeasureCause.measure_id == Measure.id)
    assert set(connection.execute(of_sheet.where(MeasureCause.estate_id == Measure.estate_id)).scalars()) == {"do"}


def nothing_lies_in_the_future(connection: Connection) -> None:
    moments: tuple[Any, ...] = (
        AuditEntry.at, JournalEntry.posted_at, Payment.received_at, SurveyResponse.entered_at, FollowUp.settled_at,
        MeasureStep.made_at, ServiceStep.made_at,
    )  # fmt: skip
    for column in moments:
        newest = connection.execute(select(func.max(column))).scalar_one()
        assert newest <= NOW
    assert connection.execute(select(func.max(Bill.service_month))).scalar_one() == LAST.number


def test_a_tiny_company_comes_out_the_same_on_every_database(
    database: Database, sqlite_template: Path, keys: KeyRing, tmp_path: Path
) -> None:
    """The figures, not only the plan: what the rules made of it does not depend on the run or the database."""
    shutil.copyfile(sqlite_template, tmp_path / "other.db")
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}", keys)
    assert figures(database) == figures(other)
    other.engine.dispose()


def test_the_command_loads_it_and_prints_a_code_for_each_user_on_wish(tmp_path: Path) -> None:
    places = Places(tmp_path / "data", tmp_path / "secrets" / "keys.json", f"sqlite:///{tmp_path}/data/portal.db")
    commands.init(places, NOW)
    with commands.opened(places) as portal:
        own = SaveQuestionnaire(None, "standard", "我们自己的问卷", "", "", "", (), 0)
        perform(portal, save_questionnaire, own, identify=lambda _c, _n: SYSTEM, now=NOW)
    steps: set[str] = set()
    said = demo_command.load(places, NOW, with_users=True, report=lambda step, _d, _t: steps.add(step), scale=480)
    assert said.is_well
    assert said.lines[0].code == "demo.loaded"
    people = {line.fields["user"] for line in said.lines[1:]}
    assert len(people) == len(said.lines) - 1 == sum(1 for row in STAFF if row[5])
    assert steps == {"demo.units", "demo.people", "demo.history"}
    with commands.opened(places) as portal, portal.reading() as connection:
        codes = connection.execute(select(Questionnaire.code, Questionnaire.state).order_by(Questionnaire.id)).all()
    assert [tuple(row) for row in codes] == [("standard", "draft"), ("standard_demo", "published")]
    with pytest.raises(PortalNotEmpty):
        demo_command.load(places, NOW, with_users=False, report=no_report)


def figures(database: Database) -> tuple[object, ...]:
    """Load a tiny company and sum it up."""
    loaded = load_demo(database, who=lambda _c, _n: SYSTEM, now=NOW, report=no_report, scale=240)
    with database.reading() as connection:
        sums = connection.execute(select(func.sum(Bill.paid_fen), func.sum(Bill.amount_fen), func.max(Bill.id))).one()
        receipts = connection.execute(select(Payment.receipt_no, Payment.unit_id, Payment.amount_fen).order_by(
            Payment.estate_id, Payment.receipt_no)).all()  # fmt: skip
        tally = SurveyTally.__table__.columns
        tallies = connection.execute(select(*tally).order_by(*tally)).all()
        calls = connection.execute(select(FollowUp.state, func.count(), func.sum(FollowUp.new_mark)).group_by(
            FollowUp.state).order_by(FollowUp.state)).all()  # fmt: skip
        measured = connection.execute(select(Measure.stage, Measure.before_micro, Measure.after_micro).order_by(
            Measure.estate_id, Measure.number)).all()  # fmt: skip
        made = select(ServiceStep.record_id, ServiceStep.action, ServiceStep.facts, ServiceStep.made_at)
        steps = connection.execute(made.order_by(ServiceStep.estate_id, ServiceStep.id)).all()
    assert len(receipts) > 20 and len(steps) > 100
    rows = (receipts, tallies, [(state, n, int(marks or 0)) for state, n, marks in calls], measured, steps)
    return loaded, tuple(map(int, sums)), *(tuple(map(tuple, each)) for each in rows)
