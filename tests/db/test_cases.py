from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.admin.permissions import NotPermitted, Permission
from core.admin.settings import SettingKey
from core.complaints.case import CaseIncomplete, CaseRecord, PlaceMissing
from core.complaints.grading import CaseGrade, GradeReasonMissing, NotGraded
from core.complaints.lifecycle import AlreadyClassified, CaseEnded
from core.complaints.promise import PromiseSentence
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, SubCategory
from core.customers.masking import NameMasked
from core.customers.unit_record import UnitRetired
from core.kernel.identity import CaseId, CustomerId, UnitId
from core.kernel.lines import LineMissing, LineTooLong
from core.kernel.records import RecordKind
from db.engine import Database
from db.models import AuditEntry, Base, Case, ServiceClock, ServiceRecord, ServiceStepText, Unit
from db.operations.cases import EditCase, RegisterCase, edit_case, register_case
from db.operations.settings import SetSetting, set_setting
from db.repositories.cases import record_of
from db.repositories.service_search import matching
from db.repositories.service_steps import StoredStep, steps_of
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.builders import NOW
from tests.db.asserting import check_rights, entries, refused
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.personas import ADMINISTRATOR

LIFT: dict[str, Any] = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
NOISE: dict[str, Any] = {"category": CaseCategory.ENVIRON, "sub_category": SubCategory.NOISE}
UNSORTED: dict[str, Any] = {"category": None, "sub_category": None}


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def command(world: ServiceWorld, request: str = "form-1", **given: Any) -> RegisterCase:
    return RegisterCase(world.estate, world.record(**given), request)


def steps(world: ServiceWorld, case: CaseId) -> tuple[StoredStep, ...]:
    with world.database.reading() as connection:
        return steps_of(connection, world.database.keys, world.estate, case)


def found(world: ServiceWorld, text: str, *, ended: bool | None = None) -> list[int]:
    """The cases of the estate that a search finds."""
    dialect = world.database.engine.dialect.name
    statement = matching(
        world.database.keys, dialect, text=text, kind=RecordKind.CASE, ended=ended, estates=[world.estate]
    )
    assert statement is not None
    with world.database.reading() as connection:
        return sorted(record for _, record in connection.execute(statement))


def opened(world: ServiceWorld, case: CaseId) -> CaseRecord:
    return record_of(world.database.keys, world.case(case))


# --- registering ---


def test_a_complaint_is_registered_with_number_clocks_timeline_and_words_to_find(world: ServiceWorld) -> None:
    answer = world.act(world.people.desk, register_case, command(world))
    assert (answer.number, answer.repeated_of) == ("E0001-C261121-001", ())
    assert answer.promise.sentence is PromiseSentence.COMPLAINT
    assert answer.promise.fields == {
        "number": "E0001-C261121-001",
        "respond_by": NOW + timedelta(hours=24),
        "answer_by": NOW + timedelta(hours=72),
    }
    row = world.case(answer.case_id)
    assert (row.state, row.grade, row.proposed_grade, row.queue_rank) == ("registered", "normal", "normal", 1)
    assert (row.area, row.place, row.place_key, row.received_by) == ("1", "", "", world.people.desk.user_id)
    assert (row.registered_at, row.happened_at) == (NOW, NOW - timedelta(hours=1))
    assert (row.due_target, row.next_look) == (NOW + timedelta(hours=24),) * 2
    assert row.due_hard == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert opened(world, answer.case_id) == world.record()
    (header,) = world.rows(ServiceRecord)
    assert (header.id, header.kind, header.request) == (answer.case_id, "case", "form-1")
    clocks = [(row.kind, row.started_at, row.stopped_at, row.levels) for row in world.rows(ServiceClock)]
    assert [clock[:3] for clock in clocks] == [("response", NOW, None), ("resolved", NOW, None)]
    assert ["24h/2wd" in clocks[0][3], "72h/7wd" in clocks[1][3]] == [True, True]
    assert [(one.action, one.state, one.made_by) for one in steps(world, answer.case_id)] == [
        ("registration", "registered", world.people.desk.user_id)
    ]
    assert found(world, "深夜装修") == found(world, "噪音", ended=False) == [answer.case_id]
    assert found(world, "噪音", ended=True) == []


def test_sorted_it_is_classified_at_once_by_the_proposed_grade_and_the_home_department(world: ServiceWorld) -> None:
    answer = world.act(world.people.desk, register_case, command(world, **LIFT))
    row = world.case(answer.case_id)
    assert (row.state, row.grade, row.proposed_grade, row.queue_rank) == ("classified", "urgent", "urgent", 0)
    assert (row.category, row.sub_category, row.department) == ("facility", "lift", "engineering")
    assert answer.promise.sentence is PromiseSentence.URGENT
    assert answer.promise.fields["respond_by"] == NOW + timedelta(hours=2)
    assert row.due_hard == NOW + timedelta(hours=24)
    one, two = steps(world, answer.case_id)
    assert (one.action, one.source, one.state) == ("registration", "registered", "registered")
    assert (two.action, two.source, two.state) == ("classification", "registered", "classified")
    assert two.facts["grade"] == "urgent"


def test_another_grade_than_proposed_needs_its_reason_and_sets_the_clocks(world: ServiceWorld) -> None:
    wanted = replace(command(world, **LIFT), grade=CaseGrade.NORMAL)
    with refused(world.database, GradeReasonMissing):
        world.act(world.people.desk, register_case, wanted)
    wanted = replace(wanted, grade_reason="已有备用电梯在运行", department="quality")
    answer = world.act(world.people.desk, register_case, wanted)
    row = world.case(answer.case_id)
    assert (row.grade, row.proposed_grade, row.department) == ("normal", "urgent", "quality")
    assert answer.promise.fields["respond_by"] == NOW + timedelta(hours=24)
    assert steps(world, answer.case_id)[1].words == {"grade_reason": "已有备用电梯在运行"}


def test_whoever_may_not_classify_registers_only_and_leaves_the_grade_to_the_rule(world: ServiceWorld) -> None:
    handler = world.people.service_handler
    with refused(world.database, NotPermitted, permission="cases.classify"):
        world.act(handler, register_case, replace(command(world, **LIFT), grade=CaseGrade.NORMAL))
    answer = world.act(handler, register_case, command(world, **LIFT))
    row = world.case(answer.case_id)
    assert (row.state, row.grade, row.sub_category, row.department) == ("registered", "urgent", "lift", "engineering")


@pytest.mark.parametrize(
    ("record_type", "sentence", "clocks", "state"),
    [
        (RecordType.PRAISE, PromiseSentence.PRAISE, ["response"], "registered"),
        (RecordType.INQUIRY, PromiseSentence.INQUIRY, ["response", "resolved"], "classified"),
        (RecordType.SUGGESTION, PromiseSentence.SUGGESTION, ["response", "resolved"], "classified"),
    ],
)
def test_what_is_no_complaint_has_its_own_way(
    world: ServiceWorld, record_type: RecordType, sentence: PromiseSentence, clocks: list[str], state: str
) -> None:
    answer = world.act(world.people.desk, register_case, command(world, record_type=record_type, **LIFT))
    row = world.case(answer.case_id)
    assert (row.state, row.grade, answer.promise.sentence) == (state, "normal", sentence)
    assert [row.kind for row in world.rows(ServiceClock)] == clocks


def test_only_complaints_are_graded(world: ServiceWorld) -> None:
    wanted = replace(
        command(world, record_type=RecordType.INQUIRY, **LIFT), grade=CaseGrade.URGENT, grade_reason="urgent"
    )
    with refused(world.database, NotGraded):
        world.act(world.people.desk, register_case, wanted)


def test_a_public_place_is_its_own_area_and_an_anonymous_caller_is_told_so(world: ServiceWorld) -> None:
    anonymous: dict[str, Any] = {"unit": None, "customer": None, "anonymous": True, "place": " 东门 岗亭 "}
    answer = world.act(world.people.desk, register_case, command(world, **anonymous))
    row = world.case(answer.case_id)
    assert (row.area, row.place, row.place_key, row.unit_id) == ("东门 岗亭", "东门 岗亭", "东门岗亭", None)
    assert answer.promise.sentence is PromiseSentence.ANONYMOUS
    assert found(world, "岗亭") == [answer.case_id]


def test_nothing_personal_stands_in_the_clear(world: ServiceWorld) -> None:
    given: dict[str, Any] = {
        "customer": None,
        "caller_name": "欧阳锋",
        "caller_phone": "13912345678",
        "claim": "要求道歉",
    }
    answer = world.act(world.people.desk, register_case, command(world, **given))
    assert opened(world, answer.case_id).caller_phone == "13912345678"
    with world.database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            text = repr(connection.execute(select(table)).all())
            for secret in ("欧阳锋", "13912345678", "要求道歉", "深夜装修"):
                assert secret not in text, table.name


def test_the_same_form_again_gives_the_same_answer_and_stores_nothing(world: ServiceWorld) -> None:
    world.register(request="form-0")
    first = world.act(world.people.desk, register_case, command(world, **LIFT))
    world.later(minutes=5)
    world.move_to(first.case_id, CaseState.ASSIGNED)
    stored = {table: world.rows(table) for table in (Case, ServiceRecord, ServiceClock)}
    audited = len(entries(world.database, "cases.registered"))
    again = command(world, content="another text", **LIFT)
    assert world.act(world.people.desk, register_case, again) == first
    assert {table: world.rows(table) for table in stored} == stored
    assert len(entries(world.database, "cases.registered")) == audited


def test_a_form_number_belongs_to_whoever_sent_it(world: ServiceWorld) -> None:
    world.act(world.people.desk, register_case, command(world))
    with refused(world.database, NotFound):
        world.act(world.people.supervisor, register_case, command(world))


@pytest.mark.parametrize(("request_", "error"), [("", LineMissing), ("x" * 65, LineTooLong)])
def test_a_form_has_a_number(world: ServiceWorld, request_: str, error: type[Any]) -> None:
    with refused(world.database, error):
        world.act(world.people.desk, register_case, command(world, request_))


def test_numbers_count_within_estate_and_day(world: ServiceWorld) -> None:
    world.register()
    world.register()
    other = RegisterCase(
        world.lake.estate, world.record(unit=world.lake.units[0], customer=world.lake.owners[0]), "form"
    )
    assert world.act(world.people.lake_desk, register_case, other).number == "E0002-C261121-001"
    world.now = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)
    world.register()
    world.now = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    world.register()
    numbers = [row.number for row in world.rows(ServiceRecord)]
    assert numbers == [f"E0001-C{tail}" for tail in ("261121-001", "261121-002", "261121-003", "261122-001")]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"content": " \u200b "}, CaseIncomplete),
        ({"unit": None}, PlaceMissing),
        ({"unit": UnitId(9999)}, NotFound),
        ({"customer": CustomerId(9999)}, NotFound),
        ({"customer": None, "caller_name": "王**"}, NameMasked),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(
    world: ServiceWorld, given: dict[str, Any], error: type[Any]
) -> None:
    with refused(world.database, error):
        world.act(world.people.desk, register_case, command(world, **given))


def test_a_unit_out_of_use_is_refused(world: ServiceWorld) -> None:
    unit = world.maple.units[5]
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(Unit).where(Unit.estate_id == world.estate, Unit.id == unit).values(state="retired"))
    with refused(world.database, UnitRetired):
        world.act(world.people.desk, register_case, command(world, unit=unit))


def test_registering_needs_the_right_in_the_estate(world: ServiceWorld) -> None:
    check_rights(world.database, register_case, command(world), Permission.CASES_REGISTER)
    with refused(world.database, NotPermitted):
        world.act(world.people.lake_desk, register_case, command(world))
    with refused(world.database, NotPermitted, permission="cases.assign"):
        world.act(world.people.desk, register_case, command(world, special=True))
    assert world.case(world.register(world.people.supervisor, special=True)).grade == "major"


def test_hostile_words_are_kept_as_words(world: ServiceWorld) -> None:
    nasty = "'; DROP TABLE cases;-- \" OR 1=1 \u202e<script>alert(1)</script> NEAR(a b) \x00 ﷺ"
    place = "\ufdfa" * 100
    case = world.register(content=nasty, claim=nasty, unit=None, place=place, source_reference="* AND (")
    record = opened(world, case)
    assert record.content.startswith("'; DROP TABLE cases;-- \" OR 1=1 <script>")
    assert (len(world.case(case).place_key), record.place) == (100, place)
    for text in ('" OR "', "NEAR(a b)", "cases", "* AND ("):
        assert found(world, text) == [case]


# --- repeats ---


def test_the_second_complaint_of_a_unit_about_the_same_is_repeated_and_major(world: ServiceWorld) -> None:
    first = world.register()
    world.later(days=3)
    answer = world.act(world.people.desk, register_case, command(world, **NOISE))
    row = world.case(answer.case_id)
    assert (row.repeated, row.grade, answer.repeated_of) == (True, "major", (first,))
    assert not world.case(first).repeated


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ({"unit": None, "place": "　东门，岗亭"}, True),
        ({"unit": None, "place": "西门岗亭"}, False),
        ({"unit": None, "place": "东门岗亭", "sub_category": SubCategory.GREENING}, False),
        ({"unit": None, "place": "东门岗亭", "record_type": RecordType.INQUIRY}, False),
        ({"unit": None, "place": "东门岗亭", **UNSORTED}, False),
    ],
)
def test_places_repeat_as_they_are_written_alike(world: ServiceWorld, given: dict[str, Any], repeated: bool) -> None:
    world.register(unit=None, place="东门岗亭")
    assert world.case(world.register(**given)).repeated is repeated


@pytest.mark.parametrize(("days", "repeated"), [(89, True), (90, False)])
def test_the_window_counts_whole_days(world: ServiceWorld, days: int, repeated: bool) -> None:
    world.register()
    world.now = datetime(2026, 11, 20, 16, 0, tzinfo=UTC) + timedelta(days=days)
    assert world.case(world.register()).repeated is repeated


def test_the_settings_of_the_estate_decide_what_is_repeated_and_several(world: ServiceWorld) -> None:
    for key, value in ((SettingKey.CASES_REPEAT_LEAST, "3"), (SettingKey.CASES_SEVERAL_FROM, "5")):
        wanted = SetSetting(world.estate, key, value, date(2026, 11, 22), 0)
        builders.act(world.database, set_setting, wanted, by=ADMINISTRATOR)
    world.later(days=1)
    assert [world.case(world.register(households=4)).grade for _ in range(3)] == ["normal", "normal", "major"]


def test_a_complaint_of_another_estate_or_unit_is_no_repetition(world: ServiceWorld) -> None:
    world.register()
    assert not world.case(world.register(unit=world.maple.units[1])).repeated
    there = {"unit": world.lake.units[0], "customer": world.lake.owners[0]}
    case = world.register(world.people.lake_desk, estate=world.lake.estate, **there)
    assert not world.case(case, world.lake.estate).repeated


# --- editing ---


def edit(world: ServiceWorld, case: CaseId, **given: Any) -> EditCase:
    keeps = given.pop("keeps_caller", True)
    row = world.case(case)
    return EditCase(world.estate, case, row.version, replace(opened(world, case), **given), keeps_caller=keeps)


def test_the_record_is_edited_until_it_is_classified(world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="欧阳锋", claim="道歉", **UNSORTED)
    world.later(minutes=10)
    wanted = edit(world, case, content="地下车库漏水", unit=world.maple.units[4], caller_name="", **LIFT)
    world.act(world.people.desk, edit_case, wanted)
    row = world.case(case)
    assert (row.state, row.area, row.grade, row.department) == ("registered", "2", "urgent", "engineering")
    assert (opened(world, case).content, opened(world, case).caller_name) == ("地下车库漏水", "欧阳锋")
    assert row.due_hard == NOW + timedelta(hours=24)
    step = steps(world, case)[-1]
    assert (step.action, step.words) == ("correction", {"content": "楼上深夜装修，噪音很大"})
    assert step.facts["changed"] == ["category", "sub_category", "unit", "content"]
    assert (found(world, "漏水"), found(world, "装修")) == ([case], [])
    (entry,) = entries(world.database, "cases.edited")
    assert "漏水" not in entry.after and "lift" in entry.after


def test_a_caller_is_changed_only_on_purpose(world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="欧阳锋", caller_phone="13912345678", **UNSORTED)
    changed = edit(world, case, caller_name="黄蓉", caller_phone="", keeps_caller=False)
    world.act(world.people.desk, edit_case, changed)
    assert (opened(world, case).caller_name, world.case(case).caller_phone_index) == ("黄蓉", None)


def test_the_same_values_again_change_nothing(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    before = (world.case(case), len(steps(world, case)))
    world.act(world.people.desk, edit_case, edit(world, case))
    assert (world.case(case), len(steps(world, case))) == before


def test_a_complaint_that_turns_out_to_be_praise_loses_its_feedback_clock(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    world.later(hours=1)
    world.act(world.people.desk, edit_case, edit(world, case, record_type=RecordType.PRAISE))
    clocks = {row.kind: row for row in world.rows(ServiceClock)}
    assert (clocks["resolved"].cancelled, clocks["response"].stopped_at) == (True, None)
    world.later(hours=1)
    world.act(world.people.desk, edit_case, edit(world, case, record_type=RecordType.COMPLAINT))
    runs = [(row.run, row.started_at, row.stopped_at) for row in world.rows(ServiceClock, kind="resolved")]
    assert runs == [(1, NOW, NOW + timedelta(hours=1)), (2, NOW, None)]


def test_an_edit_may_make_a_complaint_repeated(world: ServiceWorld) -> None:
    world.register()
    case = world.register(unit=world.maple.units[1], customer=world.maple.owners[1], **UNSORTED)
    world.act(world.people.desk, edit_case, edit(world, case, unit=world.maple.units[0], **NOISE))
    assert (world.case(case).repeated, world.case(case).grade) == (True, "major")


def test_what_is_no_longer_open_for_editing_is_refused(world: ServiceWorld) -> None:
    case = world.register()
    with refused(world.database, AlreadyClassified):
        world.act(world.people.desk, edit_case, edit(world, case, content="新的内容"))
    world.move(case, CaseState.WITHDRAWN)
    with refused(world.database, CaseEnded):
        world.act(world.people.desk, edit_case, edit(world, case, content="新的内容"))


def test_a_stale_form_or_a_stranger_changes_nothing(world: ServiceWorld) -> None:
    case = world.register(**UNSORTED)
    wanted = edit(world, case, content="新的内容")
    with refused(world.database, EditConflict):
        world.act(world.people.desk, edit_case, replace(wanted, version=wanted.version - 1))
    with refused(world.database, NotFound):
        world.act(world.people.service_handler, edit_case, wanted)
    with refused(world.database, NotPermitted):
        world.act(world.people.lake_desk, edit_case, wanted)
    with refused(world.database, NotFound):
        world.act(world.people.lake_desk, edit_case, replace(wanted, estate_id=world.lake.estate))
    with refused(world.database, NotFound):
        world.act(world.people.desk, edit_case, edit(world, case, unit=UnitId(9999)))
    with refused(world.database, NotFound):
        world.act(world.people.desk, edit_case, edit(world, case, customer=CustomerId(9999)))
    with refused(world.database, NotPermitted, permission="cases.assign"):
        world.act(world.people.desk, edit_case, edit(world, case, special=True))
    world.act(world.people.supervisor, edit_case, wanted)
    assert opened(world, case).content == "新的内容"


def test_a_receiver_edits_the_own_case_without_the_right_to_classify(world: ServiceWorld) -> None:
    handler = world.people.service_handler
    case = world.register(handler, **UNSORTED)
    world.act(handler, edit_case, edit(world, case, content="新的内容"))
    assert opened(world, case).content == "新的内容"


def test_every_word_of_a_case_has_gone_from_the_audit(world: ServiceWorld) -> None:
    case = world.register(channel=CaseChannel.WECHAT, emotion=Emotion.ANGRY)
    with world.database.reading() as connection:
        (entry,) = connection.execute(select(AuditEntry).where(AuditEntry.action == "cases.registered")).all()
    assert (entry.subject_type, entry.subject_id, entry.before) == ("case", str(case), None)
    assert "unit" not in entry.after and "E0001-C261121-001" in entry.after
    assert world.rows(ServiceStepText) == []
