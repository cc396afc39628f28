"""At the phone: finding the household, what it has open, what the rules say while typing (R-079, R-081, R-097)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.admin.permissions import MATRIX, NotPermitted, Permission, Role
from core.complaints.grading import CaseGrade, GradeProposal, GradeReason
from core.complaints.promise import Promise, PromiseSentence
from core.complaints.repeats import DuplicateReason
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, RecordType, SubCategory
from core.customers.profiles import CareFlag, Relation
from core.kernel.clocks import ClockKind
from core.kernel.identity import EstateId, UnitId
from core.kernel.money import Money
from db.engine import Database
from db.models import Bill, BillRun, KnowledgeEntry, Occupancy, Tariff, Unit
from db.queries.case_household import Arrears
from db.queries.case_intake import (
    HouseholdFacts,
    HouseholdHit,
    HouseholdSearch,
    HouseholdWanted,
    IntakeAdvice,
    IntakeWanted,
    PromisedTime,
    household_facts,
    household_hits,
    intake_advice,
)
from db.unit_of_work import NotFound
from tests import builders
from tests.builders import NOW
from tests.db.asserting import check_reading_rights
from tests.db.case_queries_setup import add_rows, change, counted_openings, put
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.personas import person
from tests.statements import count_statements

HOUR = timedelta(hours=1)
NOISE: dict[str, Any] = {"category": CaseCategory.ENVIRON, "sub_category": SubCategory.NOISE}
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
"""Nine in the morning of a working day."""


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def hits(world: ServiceWorld, text: str, estate: EstateId | None = None, by: Any = None) -> tuple[HouseholdHit, ...]:
    return world.ask(by or world.people.desk, household_hits, HouseholdSearch(estate, text))


def codes(found: tuple[HouseholdHit, ...]) -> list[tuple[str, str]]:
    return [(hit.estate_name, hit.code) for hit in found]


def facts(world: ServiceWorld, unit: int = 0, by: Any = None) -> HouseholdFacts:
    return world.ask(by or world.people.desk, household_facts, HouseholdWanted(world.estate, world.maple.units[unit]))


def advice(world: ServiceWorld, by: Any = None, **typed: Any) -> IntakeAdvice:
    plain: dict[str, Any] = {"estate_id": world.estate, "unit_id": world.maple.units[0], **NOISE}
    return world.ask(by or world.people.desk, intake_advice, IntakeWanted(**(plain | typed)))


# --- finding the household --------------------------------------------------------------------------------------


def test_a_part_of_the_code_finds_units_with_their_people_masked(world: ServiceWorld) -> None:
    found = hits(world, "1-10", world.estate)
    assert codes(found) == [("Maple Court", "1-101"), ("Maple Court", "1-102")]
    (one,) = found[0].people
    assert (one.customer_id, one.name, one.relation) == (world.maple.owners[0], "枫*一", Relation.OWNER)
    assert one.phone.startswith("138****") and one.has_phone


def test_the_exact_code_comes_first(world: ServiceWorld) -> None:
    builders.unit(world.database, world.estate, world.maple.buildings[0], "1011")
    assert [hit.code for hit in hits(world, "1-101", world.estate)] == ["1-101", "1-1011"]


@pytest.mark.parametrize("text", ["枫小一", " 枫 小一 ", "{phone}", "+86 {phone}", "{tail}"])
def test_a_whole_name_a_number_or_its_tail_finds_where_somebody_lives(world: ServiceWorld, text: str) -> None:
    phone = f"138{world.estate:04d}{world.maple.units[0]:04d}"
    found = hits(world, text.format(phone=phone, tail=phone[-4:]), world.estate)
    assert [hit.unit_id for hit in found] == [world.maple.units[0]]


@pytest.mark.parametrize("text", ["枫小", "138", "", "  ", "%", "_-___", "9-999"])
def test_halves_of_names_and_signs_find_nobody(world: ServiceWorld, text: str) -> None:
    assert hits(world, text) == ()


def test_all_estates_in_care_are_searched_and_no_others(world: ServiceWorld) -> None:
    assert codes(hits(world, "2-102")) == [("Maple Court", "2-102"), ("Lakeside", "2-102")]
    assert codes(hits(world, "2-102", by=world.people.lake_desk)) == [("Lakeside", "2-102")]
    assert hits(world, "枫小一", by=world.people.lake_desk) == ()
    with pytest.raises(NotPermitted):
        hits(world, "2-102", world.estate, by=world.people.lake_desk)


def test_who_moved_out_and_units_out_of_use_are_not_found(world: ServiceWorld) -> None:
    here = {"estate_id": world.estate}
    change(world, Occupancy, here | {"unit_id": world.maple.units[0]}, end_date=date(2026, 11, 21))
    change(world, Unit, here | {"id": world.maple.units[1]}, state="retired")
    assert hits(world, "枫小一", world.estate) == ()
    assert codes(hits(world, "1-10", world.estate)) == [("Maple Court", "1-101")]
    assert hits(world, "1-101", world.estate)[0].people == ()


def test_without_customer_rights_a_household_is_found_by_its_code_alone_and_names_are_cut(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MATRIX, Role.PATROL, frozenset({Permission.CASES_REGISTER}))
    stranger = person(1, "stranger", Role.PATROL)
    assert hits(world, "枫小一", by=stranger) == ()
    (found,) = hits(world, "1-101", world.estate, by=stranger)
    assert [(one.name, one.phone, one.care) for one in found.people] == [("枫**", "", ())]


def test_people_are_left_alone_where_only_codes_are_to_be_searched(world: ServiceWorld) -> None:
    wanted = HouseholdSearch(world.estate, "枫小一", people=False)
    assert world.ask(world.people.desk, household_hits, wanted) == ()
    wanted = HouseholdSearch(world.estate, "1-101", people=False)
    assert [one.code for one in world.ask(world.people.desk, household_hits, wanted)] == ["1-101"]


def test_at_most_twenty_households_are_named(world: ServiceWorld) -> None:
    builders.units(world.database, world.estate, world.maple.buildings[0], (f"3{n:02d}" for n in range(25)))
    assert len(hits(world, "1-3", world.estate)) == 20


def test_finding_a_household_costs_two_statements(world: ServiceWorld) -> None:
    for text, statements in {"1-1": 2, "枫小一": 2, "9-999": 1}.items():
        with count_statements(world.database) as sent:
            hits(world, text)
        assert len(sent) == statements, text
    check_reading_rights(world.database, household_hits, HouseholdSearch(None, "1-1"), Permission.CASES_REGISTER)


# --- what the household has open --------------------------------------------------------------------------------


def test_what_a_household_has_open_is_told_newest_first(world: ServiceWorld) -> None:
    case = world.register()
    order = a_request(world, unit_id=world.maple.units[0], registered_at=NOW + HOUR)
    a_request(world, unit_id=world.maple.units[1])
    world.move(world.register(sub_category=SubCategory.WASTE), CaseState.WITHDRAWN)
    found = facts(world)
    assert [(one.kind, one.record_id) for one in found.open] == [("order", order), ("case", case)]
    assert (found.code, found.building, found.unit_id) == ("1-101", "1", world.maple.units[0])
    assert [one.name for one in found.people] == ["枫*一"]
    assert (found.last_call_back, found.arrears) == (None, None)
    assert all(one.may_open for one in found.open)


def test_owners_come_before_tenants_and_need_for_care_is_told(world: ServiceWorld) -> None:
    unit = world.maple.units[0]
    builders.customer(
        world.database,
        world.estate,
        "租客甲",
        "13700000001",
        of=unit,
        relation=Relation.TENANT,
        care=(CareFlag.ELDERLY,),
    )
    found = facts(world)
    assert [(one.relation, one.care) for one in found.people] == [
        (Relation.OWNER, ()), (Relation.TENANT, (CareFlag.ELDERLY,)),
    ]  # fmt: skip


def test_the_last_call_back_is_remembered(world: ServiceWorld) -> None:
    world.now = MONDAY
    for satisfied in (True, False):
        case = world.register(sub_category=SubCategory.WASTE if satisfied else SubCategory.NOISE)
        world.move_to(case, CaseState.RESOLVED)
        world.move(case, CaseState.CALLED_BACK, world.call_back(satisfied=satisfied))
        world.later(hours=1)
    mark = facts(world).last_call_back
    assert mark is not None
    assert (mark.number[-3:], mark.satisfied) == ("002", False)
    assert mark.at == MONDAY + HOUR


def test_arrears_are_told_to_people_who_may_see_fees(world: ServiceWorld) -> None:
    row = {"estate_id": world.estate, "item": "property", "made_at": NOW}
    tariff = {"id": 1, "basis": "area", "uses": "", "state": "approved", "valid_from": date(2026, 1, 1)}
    add_rows(world, Tariff, row | tariff | {"approval_reference": ""})
    run = {"estate_id": world.estate, "id": 1, "month": 202601, "state": "posted", "bills": 1, "problems": 0}
    add_rows(world, BillRun, run | {"total_fen": 1, "digest": "", "made_at": NOW})
    bill = {
        "estate_id": world.estate, "id": 1, "unit_id": world.maple.units[0], "building_id": world.maple.buildings[0],
        "item": "property", "service_month": 202610, "due_date": date(2026, 11, 20), "tariff_id": 1, "run_id": 1,
        "quantity": 1, "unit_price": 1, "amount_fen": 900, "paid_fen": 100, "posted_on": date(2026, 10, 1),
    }  # fmt: skip
    add_rows(world, Bill, bill)
    assert facts(world, by=world.people.supervisor).arrears == Arrears(Money(800), 1, date(2026, 11, 20))
    assert facts(world, by=world.people.desk).arrears is None
    assert facts(world, 1, by=world.people.supervisor).arrears == Arrears(Money(0), 0, None)


def test_what_a_handler_may_not_open_is_told_all_the_same(world: ServiceWorld) -> None:
    case = world.register()
    (one,) = facts(world, by=world.people.repair_handler).open
    assert (one.record_id, one.may_open) == (case, False)


@pytest.mark.parametrize(("estate", "unit"), [(0, 2**70), (2**31, 1), (0, -5), (0, 999_999), (12, 1)])
def test_an_address_may_name_any_unit_and_finds_nothing(world: ServiceWorld, estate: int, unit: int) -> None:
    wanted = HouseholdWanted(EstateId(estate or world.estate), UnitId(unit))
    with pytest.raises(NotFound):
        world.ask(world.people.desk, household_facts, wanted)


def test_the_facts_of_a_household_cost_four_statements(world: ServiceWorld) -> None:
    with count_statements(world.database) as plain:
        facts(world)
    for sub_category in (SubCategory.NOISE, SubCategory.WASTE, SubCategory.GREENING):
        world.register(sub_category=sub_category)
    with count_statements(world.database) as full:
        facts(world, by=world.people.supervisor)
    assert (len(plain), len(full)) == (4, 4)
    with pytest.raises(NotPermitted):
        world.ask(world.people.lake_desk, household_facts, HouseholdWanted(world.estate, world.maple.units[0]))


# --- what the rules say while typing ----------------------------------------------------------------------------


def test_a_new_matter_gets_its_grade_department_times_and_promise(world: ServiceWorld) -> None:
    world.now = MONDAY
    found = advice(world, content="楼道灯不亮")
    assert (found.duplicates, found.repeated, found.repeats) == ((), False, ())
    assert (found.grade, found.department) == (GradeProposal(CaseGrade.NORMAL), "cleaning")
    respond, answer = MONDAY + 24 * HOUR, MONDAY + 72 * HOUR
    wednesday, next_wednesday = (datetime(2026, 11, day, 9, 30, tzinfo=UTC) for day in (18, 25))
    assert found.times == (
        PromisedTime(ClockKind.RESPONSE, respond, wednesday),
        PromisedTime(ClockKind.RESOLVED, answer, next_wednesday),
    )
    fields: dict[str, Any] = {"number": "", "respond_by": respond, "answer_by": answer}
    assert found.promise == Promise(PromiseSentence.COMPLAINT, fields)
    assert found.unknown_years == ()
    assert found.known == ()


@pytest.mark.parametrize(
    ("typed", "grade", "sentence"),
    [
        (
            {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT},
            GradeProposal(CaseGrade.URGENT, (GradeReason.EQUIPMENT_FAILURE,)),
            PromiseSentence.URGENT,
        ),
        (
            {"households": 3, "special": True},
            GradeProposal(CaseGrade.MAJOR, (GradeReason.SPECIAL, GradeReason.SEVERAL_HOUSEHOLDS)),
            PromiseSentence.COMPLAINT,
        ),
        ({"anonymous": True}, GradeProposal(CaseGrade.NORMAL), PromiseSentence.ANONYMOUS),
        ({"record_type": RecordType.INQUIRY}, GradeProposal(CaseGrade.NORMAL), PromiseSentence.INQUIRY),
        ({"record_type": RecordType.PRAISE}, GradeProposal(CaseGrade.NORMAL), PromiseSentence.PRAISE),
        ({"category": None, "sub_category": None}, GradeProposal(CaseGrade.NORMAL), PromiseSentence.COMPLAINT),
    ],
)
def test_grade_and_promise_follow_what_is_typed(
    world: ServiceWorld, typed: dict[str, Any], grade: GradeProposal, sentence: PromiseSentence
) -> None:
    found = advice(world, **typed)
    assert (found.grade, found.promise.sentence) == (grade, sentence)
    if not typed.get("category", True):
        assert found.department == ""


def test_who_chose_another_grade_is_told_its_times(world: ServiceWorld) -> None:
    world.now = MONDAY
    found = advice(world, grade=CaseGrade.URGENT)
    assert found.grade == GradeProposal(CaseGrade.NORMAL), "the rule proposes what it proposed before"
    assert [time.target for time in found.times] == [MONDAY + 2 * HOUR, MONDAY + 24 * HOUR]
    assert found.promise.sentence is PromiseSentence.URGENT


def test_what_is_promised_is_what_a_registration_promises(world: ServiceWorld) -> None:
    """The clock of the real case ends exactly when the preview said, over a weekend as well."""
    for moment in (MONDAY, datetime(2026, 11, 20, 9, 15, tzinfo=UTC), NOW):
        world.now = moment
        said = advice(world, sub_category=SubCategory.WASTE, unit_id=world.maple.units[5]).times
        case = world.register(sub_category=SubCategory.WASTE, unit=world.maple.units[5], customer=world.maple.owners[5])
        row = world.case(case)
        assert (row.due_target, row.due_hard) == (said[0].target, said[0].hard)
        put(world, case, state="withdrawn", ended_on=date(2026, 11, 21), ended_at=NOW)


def test_the_same_matter_and_alike_words_are_shown_best_first(world: ServiceWorld) -> None:
    same = world.register(content="装修噪音扰民")
    alike = world.register(
        content="楼上半夜装修噪音很大睡不着", unit=None, place="3号楼", customer=None, caller_name="王五"
    )
    world.register(content="垃圾桶满了没人清运", sub_category=SubCategory.WASTE)
    both = world.register(content="楼上半夜装修噪音很大")
    found = advice(world, content="楼上半夜装修噪音很大啊")
    assert [one.case_id for one in found.duplicates] == [both, same, alike]
    assert [one.reasons for one in found.duplicates] == [
        (DuplicateReason.SAME_MATTER, DuplicateReason.SIMILAR_TEXT),
        (DuplicateReason.SAME_MATTER,),
        (DuplicateReason.SIMILAR_TEXT,),
    ]
    first = found.duplicates[0]
    assert (first.content, first.place, first.state, first.may_open) == (
        "楼上半夜装修噪音很大", "1-101", CaseState.CLASSIFIED, True,
    )  # fmt: skip
    assert 80 <= first.likeness <= 99
    assert found.duplicates[2].place == "3号楼"


def test_a_public_place_is_the_same_however_it_is_written(world: ServiceWorld) -> None:
    case = world.register(unit=None, place="3号楼 东门", customer=None, caller_name="王五")
    found = advice(world, unit_id=None, place="３号楼东门。")
    assert [one.case_id for one in found.duplicates] == [case]
    assert found.repeated
    assert advice(world, unit_id=None, place="").duplicates == ()


def test_what_it_would_repeat_is_told_and_weighs_in_the_grade(world: ServiceWorld) -> None:
    numbers = []
    for days in (-90, -89, -1):
        world.now = NOW + timedelta(days=days)
        case = world.register()
        world.move(case, CaseState.ASSIGNED)
        put(world, case, state="closed", ended_on=date(2026, 11, 20), ended_at=NOW)
        numbers.append(case)
    world.now = NOW
    found = advice(world)
    assert [text[-3:] for text in found.repeats] == ["001", "001"], "the window is ninety days with today"
    assert (found.repeated, found.grade) == (True, GradeProposal(CaseGrade.MAJOR, (GradeReason.REPEATED,)))
    assert found.duplicates == (), "closed ones are no duplicates"
    assert not advice(world, record_type=RecordType.INQUIRY).repeated
    assert not advice(world, sub_category=SubCategory.WASTE).repeated
    assert not advice(world, unit_id=world.maple.units[1]).repeated


def test_words_of_a_forgotten_case_are_not_compared(world: ServiceWorld) -> None:
    case = world.register(content="楼上半夜装修噪音很大")
    put(world, case, content_sealed=world.database.keys.seal("", place=f"cases.content:{world.estate}:{case}"))
    found = advice(world, content="楼上半夜装修噪音很大", unit_id=world.maple.units[1])
    assert found.duplicates == ()


def test_who_may_not_open_a_duplicate_is_told_its_number_and_not_its_words(world: ServiceWorld) -> None:
    world.register()
    (one,) = advice(world, by=world.people.repair_handler).duplicates
    assert (one.content, one.may_open) == ("", False)
    assert one.number.endswith("-001")


def test_candidates_are_limited_before_their_words_are_opened(
    world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        world.register(unit=world.maple.units[number], customer=world.maple.owners[number])
    old = world.register(unit=world.maple.units[1], customer=world.maple.owners[1])
    put(world, old, registered_at=NOW - timedelta(days=8))
    monkeypatch.setattr("db.queries.case_intake.MOST_CANDIDATES", 3)
    with counted_openings(monkeypatch) as opened:
        advice(world, content="噪音")
    assert 3 <= len(opened) <= 4, "the newest three of the estate, and the one of the unit"
    assert f"cases.content:{world.estate}:{old}" not in opened


def test_ready_solutions_of_the_category_are_offered_three_at_most(world: ServiceWorld) -> None:
    row = {
        "category": "environ",
        "problem": "",
        "answer": "先安抚",
        "state": "active",
        "made_at": NOW,
        "changed_at": NOW,
    }
    own = row | {"sub_category": "noise", "uses": 1}
    rows = [
        row | {"sub_category": "", "title": "总则", "uses": 50},
        own | {"title": "装修噪音"},
        own | {"title": "广场舞", "uses": 9},
        own | {"title": "旧办法", "state": "retired", "uses": 99},
        row | {"sub_category": "waste", "title": "垃圾", "uses": 70},
        row | {"sub_category": "", "title": "通用", "uses": 2},
    ]
    add_rows(world, KnowledgeEntry, *rows)
    assert [one.title for one in advice(world).known] == ["广场舞", "装修噪音", "总则"]
    assert advice(world, category=None, sub_category=None).known == ()


def test_advice_costs_four_statements_whatever_there_is(world: ServiceWorld) -> None:
    with count_statements(world.database) as plain:
        advice(world)
    for number in range(6):
        world.register(unit=world.maple.units[number], customer=world.maple.owners[number])
    with count_statements(world.database) as full:
        advice(world, content="噪音", place="东门")
    assert (len(plain), len(full)) == (4, 4)


def test_advice_is_given_in_the_estates_of_care_to_those_who_take_in(world: ServiceWorld) -> None:
    with pytest.raises(NotPermitted):
        advice(world, by=world.people.lake_desk)
    with pytest.raises(NotPermitted):
        advice(world, by=person(1, "cashier", Role.CASHIER))
    other = replace(world.people.lake_desk, estates=frozenset({world.lake.estate, world.estate}))
    assert advice(world, by=other).grade.grade is CaseGrade.NORMAL
