"""The front desk's page of calls: households found, proposals, the sentence, refusals at their field, once only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.complaints.knowledge import KnowledgeRecord
from core.complaints.taxonomy import CaseCategory, Emotion, SubCategory
from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import CaseId, UnitId, UserId
from core.work_orders.kinds import PublicSystem, WorkKind
from db.engine import Database
from db.models import AuditEntry, Case, KnowledgeEntry, ServiceRecord, Unit, WorkOrder
from db.operations.knowledge import AddKnowledge, add_knowledge
from pages._shell import clock
from pages._shell.panels.intake_draft import Matter
from tests import builders
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_case_queries_card import arrears
from tests.db.work_queries_setup import a_request
from tests.pages import forms
from tests.pages.fee_paths import Open
from tests.pages.forms import box, press
from tests.personas import AUDITOR, FRONT_DESK
from tests.statements import count_statements

PAGE = "service.intake"
ROOM = "1-101"
LIFT = "电梯又停运了，老人下不了楼"


@pytest.fixture
def world(portal: Database, monkeypatch: pytest.MonkeyPatch) -> ServiceWorld:
    """The two estates; the portal's clock is the world's, so that times said do not depend on today."""
    found = a_service_world(portal)
    found.now = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: found.now)
    return found


@pytest.fixture
def show(open_as: Open, world: ServiceWorld) -> Callable[..., AppTest]:
    """The page for somebody of the world, the front desk unless told otherwise."""

    def shown(by: Actor | None = None, **address: str) -> AppTest:
        return open_as(PAGE, by or world.people.desk, **address)

    return shown


def said(app: AppTest) -> str:
    """What the page says, as one reads it: names from the data are escaped."""
    return forms.said(app).replace("\\", "")


def key(app: AppTest, field: str) -> str:
    return f"intake.{app.session_state['intent.intake']}.{field}"


def put(app: AppTest, **values: object) -> AppTest:
    """Fill parts of the form by their names and run once."""
    for name, value in values.items():
        app.get_by_key(key(app, name)).set_value(value)
    return app.run()


def tell(app: AppTest, words: str) -> AppTest:
    """Type what the customer says: the browser's box is no widget that a test can fill."""
    form = app.session_state["intent.intake"]
    app.session_state[key(app, "said")] = {"said": {"form": form, "text": words}}
    return app.run()


def whole(app: AppTest, world: ServiceWorld, **values: object) -> AppTest:
    """A complaint about the lift from the first unit's owner, ready to be registered."""
    put(app, room=values.pop("room", ROOM))
    tell(app, str(values.pop("words", LIFT)))
    put(app, **{"who": f"c{world.maple.owners[0]}", "topic": SubCategory.LIFT, "emotion": Emotion.ANXIOUS, **values})
    return app


def in_maple(world: ServiceWorld, who: Actor) -> Actor:
    """The same person, looking after Maple Court alone."""
    return replace(who, estates=frozenset({world.estate}), user_id=UserId((who.user_id or 0) + 500))


def register(app: AppTest) -> AppTest:
    return press(app, "Register")


def rows(world: ServiceWorld, model: Any) -> list[Any]:
    with world.database.reading() as connection:
        return list(connection.execute(select(model.__table__)).all())


# --- who sees it


def test_nobody_registers_without_signing_in(open_as: Open, world: ServiceWorld) -> None:
    assert "You are signed out" in said(open_as(PAGE, None))


def test_an_auditor_is_told_who_takes_calls(open_as: Open, world: ServiceWorld) -> None:
    found = said(open_as(PAGE, AUDITOR))
    assert "You may not open this page" in found
    assert "Front desk" in found


def test_an_empty_form_says_what_comes_first(show: Callable[..., AppTest]) -> None:
    app = show()
    assert "Type the room or choose an estate" in said(app)
    assert list(app.segmented_control[0].options) == [
        "Complaint", "Suggestion", "Praise", "Inquiry", "Service request",
    ]  # fmt: skip
    assert [each.label for each in app.button] == ["Register"]


def test_the_queue_of_requests_begins_a_request(open_as: Open, world: ServiceWorld) -> None:
    app = open_as(PAGE, world.people.desk, matter="request")
    assert app.get_by_key(key(app, "matter")).value == "request"
    app = open_as(PAGE, world.people.desk, matter="nonsense")
    assert app.get_by_key(key(app, "matter")).value == "complaint"


def test_it_speaks_chinese(show: Callable[..., AppTest], open_as: Open, world: ServiceWorld) -> None:
    app = whole(open_as(PAGE, world.people.desk, language="zh_CN", estate="E0001"), world)
    found = said(app)
    assert "您的受理编号是⋯。此事已按紧急处理，我们将在今天11:00前与您联系，明天09:00前向您反馈结果。" in found.replace(
        "\\", ""
    )
    assert "建议等级：🔴 紧急" in found
    assert "受理登记" in found


# --- where


@pytest.mark.parametrize("typed", ["1-101", "１－１０１", "1栋101室", " 1 栋 101 "])
def test_the_exact_room_is_chosen_by_itself_however_it_is_written(
    show: Callable[..., AppTest], world: ServiceWorld, typed: str
) -> None:
    app = put(show(estate="E0001"), room=typed)
    assert "✓ 1-101 · Maple Court" in said(app)
    assert "枫*一 · Owner" in said(app)


def test_the_same_room_of_two_estates_is_offered_by_the_estates_names(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    app = put(show(), room=ROOM)
    hits = next(each for each in app.pills if each.label == "Which household?")
    assert list(hits.options) == ["1-101 · Maple Court", "1-101 · Lakeside"]
    hits.set_value(f"{world.lake.estate}.{world.lake.units[0]}")
    assert "**1-101 · Lakeside**" in said(app.run())


def test_several_rooms_are_offered_eight_at_most(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    building = builders.building(world.database, world.estate, "9")
    builders.units(world.database, world.estate, building, [f"7{number:02}" for number in range(1, 10)])
    app = put(show(estate="E0001"), room="9-7")
    hits = next(each for each in app.pills if each.label == "Which household?")
    assert list(hits.options) == [f"9-7{number:02}" for number in range(1, 9)]
    assert "There are more. Type more of the code." in said(app)


def test_a_room_nobody_has_is_said_at_the_box(show: Callable[..., AppTest]) -> None:
    assert "No room, name or number like this" in said(put(show(), room="77-9999"))


def searches(world: ServiceWorld) -> int:
    with world.database.reading() as connection:
        noted = select(func.count()).where(AuditEntry.action == "customers.search")
        return int(connection.execute(noted).scalar_one())


def test_a_phone_number_finds_the_household_and_the_search_is_noted_once(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    unit = world.maple.units[2]
    app = put(show(), room=f"138{world.estate:04d}{unit:04d}")
    assert "✓ 1-201 · Maple Court" in said(app)
    assert searches(world) == 1
    put(app, emotion=Emotion.CALM)
    assert searches(world) == 1
    put(app, room=ROOM)
    assert searches(world) == 1


def test_a_name_finds_the_household(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    assert "✓ 1-102 · Maple Court" in said(put(show(), room="枫小二"))


def test_a_room_outside_the_persons_estates_is_not_found(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(show(world.people.lake_desk), room="2-101")
    assert "✓ 2-101 · Lakeside" in said(app)


def test_a_public_place_asks_for_its_estate_there(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(show(), place="大门口")
    asked = box(app, "In which estate is this place?")
    assert list(asked.options) == ["Maple Court", "Lakeside"]
    assert "Type the room or choose an estate" in said(app)
    put(app, estate=world.lake.estate)
    assert "We will contact you by 09:00 tomorrow" in said(app)


def test_who_has_one_estate_is_not_asked_for_it(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(show(world.people.lake_desk), place="大门口")
    assert not [each for each in app.selectbox if each.label == "In which estate is this place?"]
    assert "We will contact you" in said(app)


def test_places_named_before_are_offered_and_taken_with_one_click(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    world.register(unit=None, place="地下车库B1")
    app = put(show(estate="E0001"), place="车库")
    pills = next(each for each in app.pills if each.label == "Named before")
    assert list(pills.options) == ["地下车库B1"]
    put(app, place_known="地下车库B1")
    assert box(app, "Public place, if it is not the room").value == "地下车库B1"
    assert not [each for each in app.pills if each.label == "Named before"]


# --- what the portal knows


def test_the_household_stands_beside_the_form_masked(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    tenant = builders.customer(
        world.database, world.estate, "李丽华", "13912345678", of=world.maple.units[0], relation=Relation.TENANT,
        care=(CareFlag.ELDERLY,),
    )  # fmt: skip
    case, order = world.register(), a_request(world)
    arrears(world, 0, (12_300, 0, datetime(2026, 5, 1, tzinfo=UTC).date()))
    app = put(show(estate="E0001"), room=ROOM)
    found = said(app)
    assert "李*华 · Tenant · 139****5678 · ⚠ Elderly" in found
    assert "李丽华" not in found
    assert "13912345678" not in found
    assert "Owes" not in found
    who = next(each for each in app.pills if each.label == "Who speaks?")
    assert f"c{tenant}" in [option for option in (f"c{tenant}",) if len(who.options) == 4]
    numbers = {each.key for each in app.button}
    assert {f"intake.open.{case}", f"intake.open.{order}"} <= numbers


def test_what_it_owes_is_for_whoever_sees_fees(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    arrears(world, 0, (12_300, 0, datetime(2026, 5, 1, tzinfo=UTC).date()))
    app = put(show(world.people.supervisor, estate="E0001"), room=ROOM)
    assert "Owes ¥123.00 in 1 bills, the oldest due on 2026-05-01" in said(app)


@pytest.mark.parametrize(("satisfied", "words"), [(True, "✓ satisfied"), (False, "✕ not satisfied")])
def test_what_the_household_said_of_the_last_result(
    show: Callable[..., AppTest], world: ServiceWorld, *, satisfied: bool, words: str
) -> None:
    world.register()
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(Case).values(satisfied=satisfied, called_back_at=world.now))
    assert f"{words} when called back on 2026-11-21" in said(put(show(estate="E0001"), room=ROOM))


def test_likely_topics_are_offered_and_one_click_shows_the_department(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    app = tell(put(show(estate="E0001"), room=ROOM), LIFT)
    likely = next(each for each in app.pills if each.label == "Probably about")
    assert "Facilities · Lift" in list(likely.options)
    assert "Proposed grade: ○ Normal" in said(app)
    likely.set_value(SubCategory.LIFT)
    app.run()
    found = said(app)
    assert box(app, "Category").value is SubCategory.LIFT
    assert "→ handled by: Engineering" in found
    assert "Proposed grade: 🔴 Urgent (Equipment failure)" in found
    assert "by 11:00 today" in found


def test_a_category_no_word_speaks_for_is_chosen_from_the_list(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    app = put(tell(show(estate="E0001"), LIFT), topic=SubCategory.PARKING)
    likely = next(each for each in app.pills if each.label == "Probably about")
    assert list(likely.options)[-1] == "Safety and order · Parking"
    assert likely.value is SubCategory.PARKING


def test_the_same_matter_is_shown_before_it_is_registered(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    about = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
    before = world.register(content=LIFT, **about)
    app = whole(show(estate="E0001"), world)
    found = said(app)
    assert "Repeated: the same complaint came before (E0001-C261121-001)" in found
    assert "May be the same" in found
    assert f"“{LIFT}”" in found
    assert [each.label for each in app.button if each.key == f"intake.same.{before}"] == ["The same: open it"]


def test_what_a_handler_may_not_open_is_named_without_a_way_to_it(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    about = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
    world.register(content=LIFT, **about)
    app = whole(show(world.people.repair_handler, estate="E0001"), world)
    assert "May be the same" in said(app)
    assert f"“{LIFT}”" not in said(app)
    assert not [each for each in app.button if (each.key or "").startswith(("intake.same", "intake.open"))]


def test_known_answers_are_offered(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    record = KnowledgeRecord(
        category=CaseCategory.FACILITY, sub_category=SubCategory.LIFT, title="电梯停运", answer="维保三十分钟内到场"
    )
    world.act(world.people.supervisor, add_knowledge, AddKnowledge(record))
    app = whole(show(estate="E0001"), world)
    assert [each.label for each in app.expander] == [":material/menu_book: 电梯停运"]
    assert "维保三十分钟内到场" in said(app)
    assert len(rows(world, KnowledgeEntry)) == 1


def test_another_grade_needs_a_reason_and_changes_the_times(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world)
    other = next(each for each in app.pills if each.label == "Another grade")
    other.set_value(next(iter(world_grades(other))))
    app.run()
    assert "by 09:00 tomorrow" in said(app)
    register(app)
    assert "Say why the grade is to be “Major”" in said(app)
    assert not rows(world, Case)
    put(app, why="业主表示不急，明天处理即可")
    register(app)
    assert [row.grade for row in rows(world, Case)] == ["major"]


def world_grades(pills: Any) -> tuple[Any, ...]:
    from core.complaints.grading import CaseGrade

    assert list(pills.options) == ["Major", "○ Normal"]  # the sign of the first stands before its word as an icon
    return (CaseGrade.MAJOR,)


def test_who_only_handles_is_not_offered_another_grade(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(world.people.service_handler, estate="E0001"), world)
    assert "Proposed grade" in said(app)
    assert not [each for each in app.pills if each.label == "Another grade"]


def test_a_special_case_is_for_whoever_assigns(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    assert not put(show(estate="E0001"), room=ROOM).checkbox
    app = put(show(world.people.supervisor, estate="E0001"), room=ROOM, special=True)
    assert "Proposed grade: 🟠 Major (Special)" in said(app)


# --- registering


def test_a_complaint_is_registered_and_the_sentence_said(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = register(whole(show(estate="E0001"), world))
    (row,) = rows(world, Case)
    assert (row.unit_id, row.customer_id) == (world.maple.units[0], world.maple.owners[0])
    assert (row.state, row.sub_category, row.emotion, row.channel) == ("classified", "lift", "anxious", "phone")
    assert (row.grade, row.department, row.happened_at) == ("urgent", "engineering", world.now)
    found = said(app)
    assert "Your number is E0001-C261121-001. This is urgent: we will contact you by 11:00 today" in found
    assert [each.value for each in app.title] == ["E0001\\-C261121\\-001"]
    assert {each.label for each in app.button} == {"Next call", "Open the case"}


def test_the_next_call_begins_empty_but_for_the_channel(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world)
    channel = next(each for each in app.pills if each.label == "How did it come in?")
    channel.set_value("front_desk")
    first = app.session_state["intent.intake"]
    register(app.run())
    press(app, "Next call")
    assert app.session_state["intent.intake"] != first
    assert box(app, "Room, name or phone").value == ""
    assert next(each for each in app.pills if each.label == "How did it come in?").value == "front_desk"
    assert next(each for each in app.pills if each.label == "Who speaks?").value is None
    assert box(app, "Category").value is None
    fields = ("room", "place", "who", "said", "topic", "likely", "emotion", "when", "households", "register")
    assert not [field for field in fields if f"intake.{first}.{field}" in app.session_state]
    assert app.session_state["kept.intake.said"]["text"] == ""


def test_the_same_form_sent_twice_is_one_case(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    """A second click before the answer came: the form, with its number, is as it was."""
    app = whole(show(estate="E0001"), world)
    number = app.session_state["intent.intake"]
    first = said(register(app))
    press(app, "Next call")
    app.session_state["intent.intake"] = number
    assert said(register(whole(app.run(), world))) == first
    assert len(rows(world, Case)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"who": None}, "Who reports it?"),
        ({"emotion": None}, "The emotion is missing"),
        ({"words": " "}, "The content is missing"),
        ({"when": "today"}, "The time it happened is missing"),
        ({"when": "other"}, "The time it happened is missing"),
        ({"who": "another"}, "Who reports it?"),
    ],
)
def test_a_refusal_stands_at_its_field_and_what_was_typed_stays(
    show: Callable[..., AppTest], world: ServiceWorld, changes: dict[str, Any], sentence: str
) -> None:
    app = register(whole(show(estate="E0001"), world, **changes))
    assert len(app.error) == 1
    assert sentence in app.error[0].value
    assert box(app, "Room, name or phone").value == ROOM
    assert box(app, "Category").value is SubCategory.LIFT
    assert not rows(world, Case)


def test_a_masked_name_is_no_name(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world, who="another")
    put(app, caller="枫*一", phone="13912345678")
    register(app)
    assert len(app.error) == 1
    assert not rows(world, Case)


def test_without_a_place_nothing_is_registered(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = register(tell(show(), LIFT))
    assert "Where is it?" in app.error[0].value
    app = show(estate="E0001")
    put(tell(app, LIFT), who="anonymous", emotion=Emotion.ANGRY)
    assert "Choose the unit or write the public place" in register(app).error[0].value
    assert not rows(world, ServiceRecord)


def test_a_unit_retired_meanwhile_is_refused_at_the_room(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world)
    with world.database.writing() as connection, connection.begin():
        retired = UnitId(world.maple.units[0])
        connection.execute(
            update(Unit).where(Unit.estate_id == world.estate, Unit.id == retired).values(state="retired")
        )
    register(app)
    assert len(app.error) == 1
    assert not rows(world, Case)


def test_somebody_else_and_earlier_today(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world, who="another", when="today", households=3)
    put(app, caller="王五", phone="13911112222", clock=datetime(2026, 11, 21, 8, 15).time())
    register(app)
    (row,) = rows(world, Case)
    assert row.customer_id is None
    assert (row.happened_at, row.households) == (datetime(2026, 11, 21, 0, 15, tzinfo=UTC), 3)


def test_a_day_and_time_of_its_own(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world, when="other")
    put(app, moment=datetime(2026, 11, 19, 20, 0))
    register(app)
    assert rows(world, Case)[0].happened_at == datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("matter", [Matter.SUGGESTION, Matter.PRAISE, Matter.INQUIRY])
def test_the_other_matters_are_cases_without_a_grade_to_choose(
    show: Callable[..., AppTest], world: ServiceWorld, matter: Matter
) -> None:
    app = show(estate="E0001")
    app.segmented_control[0].set_value(matter)
    whole(app.run(), world)
    assert "Proposed grade" not in said(app)
    register(app)
    assert [row.record_type for row in rows(world, Case)] == [matter.value]


def test_an_anonymous_call_from_a_public_place(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(show(estate="E0001"), place="大门口", who="anonymous", emotion=Emotion.ANGRY)
    tell(app, "门口垃圾没人收")
    register(app)
    (row,) = rows(world, Case)
    assert (row.place, row.anonymous, row.customer_id, row.area) == ("大门口", True, None, "大门口")
    assert "As no contact is left, please ask for the result with this number." in said(app)


def test_a_rare_channel_stands_behind_more_and_stays(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world)
    next(each for each in app.pills if each.label == "How did it come in?").set_value("more")
    app.run()
    next(each for each in app.pills if each.label == "Other ways").set_value("owner_meeting")
    register(app.run())
    assert rows(world, Case)[0].channel == "owner_meeting"
    press(app, "Next call")
    channel = next(each for each in app.pills if each.label == "How did it come in?")
    assert channel.value == "owner_meeting"
    app.segmented_control[0].set_value(Matter.REQUEST)  # requests know no owners' meeting
    app.run()
    assert next(each for each in app.pills if each.label == "How did it come in?").value == "phone"


# --- service requests


def a_call_for_work(app: AppTest, world: ServiceWorld) -> AppTest:
    app.segmented_control[0].set_value(Matter.REQUEST)
    put(app.run(), room=ROOM)
    tell(app, "厨房水管漏水")
    return put(app, who=f"c{world.maple.owners[0]}")


def test_a_service_request_with_a_wish_is_submitted(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = a_call_for_work(show(estate="E0001"), world)
    assert "We will contact you by 13:00 today and mean to have it done by 09:00 tomorrow." in said(app)
    wish = box(app, "When would the customer like it?")
    assert wish.options[0] == "Monday, 2026-11-23, 08:30–10:30"
    wish.set_value("2026-11-23T00:30:00+00:00")
    app.run()
    assert "You would like us to come Monday, 2026-11-23, 08:30–10:30" in said(app)
    register(app)
    (row,) = rows(world, WorkOrder)
    assert (row.kind, row.failure, row.unit_id) == ("repair", "", world.maple.units[0])
    assert row.wanted_start == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert "E0001-R261121-001" in said(app)
    assert {each.label for each in app.button} == {"Next call", "Open the request"}


def test_a_failure_of_the_water_supply_is_an_emergency(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(a_call_for_work(show(estate="E0001"), world), failure=PublicSystem.WATER, households=40)
    assert "This is an emergency: we will contact you by 11:00 today" in said(app)
    assert not [each for each in app.selectbox if each.label == "When would the customer like it?"]
    put(app, risk=True)
    assert "People are in danger: phone the engineer on duty" in said(app)
    register(app)
    (row,) = rows(world, WorkOrder)
    assert (row.failure, row.people_at_risk, row.households) == ("water", True, 40)
    assert "An event and a notice to the owners were drafted" in said(app)


def test_a_failure_known_already_is_told_before_it_is_registered_again(
    show: Callable[..., AppTest], world: ServiceWorld
) -> None:
    order = a_request(world, failure="water", unit_id=None, customer_id=None, place="2栋")
    app = put(a_call_for_work(show(estate="E0001"), world), failure=PublicSystem.WATER)
    assert "Water supply: a failure is open already" in said(app)
    assert [each.key for each in app.button if (each.key or "").startswith("intake.same")] == [f"intake.same.{order}"]


def test_other_work_than_repairs_has_no_failed_system(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = put(a_call_for_work(show(estate="E0001"), world), kind=WorkKind.CLEANING)
    assert not [each for each in app.pills if each.label == "Has a public system failed?"]
    register(app)
    assert [row.kind for row in rows(world, WorkOrder)] == ["cleaning"]


# --- cost


def test_no_run_costs_more_than_twelve_statements(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    """Whole runs of the page, which cost more than those of its fragment."""
    about = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
    world.register(content=LIFT, **about)
    app = show(world.people.supervisor, estate="E0001")
    most = []
    steps: list[Callable[[], object]] = [
        lambda: put(app, room=ROOM),
        lambda: tell(app, LIFT),
        lambda: put(app, topic=SubCategory.LIFT),
        lambda: put(app, place="大门"),
        lambda: put(app, who="anonymous", emotion=Emotion.ANGRY),
        lambda: put(app, room="1-102"),
    ]
    for step in steps:
        if step is steps[-1]:
            world.now += timedelta(seconds=40)  # nothing of the household and its case is fresh any more
        with count_statements(world.database) as seen:
            step()
        most.append(len(seen))
    assert max(most) <= 12, most


def test_what_was_just_read_is_not_read_again(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = whole(show(estate="E0001"), world)
    with count_statements(world.database) as seen:
        put(app, emotion=Emotion.ANGRY)
    assert len(seen) == 3
    assert "Urgent" in said(app)


def test_one_s_own_registration_is_seen_at_the_next_call(show: Callable[..., AppTest], world: ServiceWorld) -> None:
    app = register(whole(show(estate="E0001"), world))
    press(app, "Next call")
    whole(app, world)
    (row,) = rows(world, Case)
    assert f"intake.open.{CaseId(row.id)}" in {each.key for each in app.button}
    assert "Repeated: the same complaint came before (E0001-C261121-001)" in said(app)


def test_the_front_desk_persona_may_take_calls(open_as: Open, world: ServiceWorld) -> None:
    assert "Register a matter" in said(open_as(PAGE, FRONT_DESK))
