"""What hangs on a complaint and what may be done beside the next step: people opened, pauses, photos, links, acts."""

from io import BytesIO
from typing import Any

import pytest
import streamlit as st
from PIL import Image
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, SubCategory
from core.kernel.attachments import LinkTarget
from core.kernel.clocks import ClockKind
from core.kernel.identity import CaseId
from core.kernel.pauses import PauseRequest
from db.engine import Database
from db.models import AuditEntry, Case, ServiceDraft, ServiceLink, ServicePause, ServicePhoto, ServiceRecord, WorkOrder
from db.operations.service_pauses import AskPause, ask_pause
from db.repositories.customers import REVEALED
from tests.db.service_parts_setup import Parts
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_cases_moves import a_measure
from tests.db.test_service_details import everything
from tests.pages.case_paths import MOST_STATEMENTS, Show, address, choose, shower, state_of, tails
from tests.pages.fee_paths import pick, watch_switches
from tests.pages.forms import box, panel, press, said
from tests.statements import count_statements

_S = CaseState
EVIDENCE = "配件订单 PO-1128"


@pytest.fixture
def world(portal: Database) -> ServiceWorld:
    return a_service_world(portal)


@pytest.fixture
def show(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> Show:
    return shower(world, monkeypatch)


def at(world: ServiceWorld, state: CaseState, **given: Any) -> CaseId:
    """A case brought to a state."""
    case = world.register(**given)
    world.move_to(case, state)
    return case


def act(app: AppTest, name: str) -> AppTest:
    """Open *More actions* and choose one."""
    app = panel(app, "more")
    box(app, "What do you want to do?").set_value(name)
    return app.run()


def offered(app: AppTest) -> list[str]:
    return list(box(panel(app, "more"), "What do you want to do?").options)


def number_of(world: ServiceWorld, case: CaseId) -> str:
    (row,) = world.rows(ServiceRecord, id=case)
    return str(row.number)


# --- who gave it ----------------------------------------------------------------------------------------------------


def test_the_giver_is_masked_and_opened_with_a_reason_that_is_written_down(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    app = panel(show(case), "case")
    assert "枫*一" in said(app).replace("\\", "")
    assert "138****" in said(app)
    assert "枫小一" not in said(app)
    box(app, "Reason").set_value("x")
    app = press(app, "Show in full to call")
    assert app.error
    assert not app.code
    box(app, "Reason").set_value("回访装修噪音")
    app = press(app, "Show in full to call")
    assert app.code[0].value.startswith("138")
    assert "Shown until your next click:" in said(app)
    with world.database.reading() as connection:
        actions = connection.execute(select(AuditEntry.action, AuditEntry.reason)).all()
    assert [reason for action, reason in actions if action == REVEALED] == ["回访装修噪音"]


def test_a_caller_who_is_not_on_file_is_opened_too(show: Show, world: ServiceWorld) -> None:
    case = world.register(customer=None, caller_name="王阿姨", caller_phone="13900001111")
    app = panel(show(case), "case")
    assert "caller who is not on file" in said(app)
    assert "13900001111" not in said(app)
    box(app, "Reason").set_value("回访")
    app = press(app, "Show in full to call")
    assert app.error  # two signs are no reason
    box(app, "Reason").set_value("回访噪音投诉")
    assert press(app, "Show in full to call").code[0].value == "13900001111"


def test_who_may_not_open_people_is_offered_nothing(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    app = panel(show(case, by=world.people.service_handler), "case")
    assert "Show in full to call" not in {one.label for one in app.button}


def test_arrears_are_shown_by_right_only(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    assert "owes nothing" in said(panel(show(case, by=world.people.supervisor), "case"))
    assert "owes" not in said(panel(show(case), "case"))


def test_what_has_to_do_with_it_opens_from_there(
    show: Show, world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = watch_switches(monkeypatch)
    first = world.register()
    second = world.register(sub_category=SubCategory.CLEANING)
    app = act(show(first), "order")
    app = press(app, "Open the service request")
    app = panel(show(first), "case")
    table = app.dataframe[0].value
    assert set(table["How it is tied"]) == {"Service request of this case", "Open in the same unit"}
    opened = list(table["Its number"]).index(number_of(world, second))
    app = pick(app, opened)
    assert address(app, "case") == str(second)
    app = panel(show(first), "case")
    order = list(app.dataframe[0].value["How it is tied"]).index("Service request of this case")
    pick(app, order)
    ((target, where),) = switched
    assert target == "requests"
    assert where["of"] == str(world.estate)


# --- clocks, photos, links, timeline --------------------------------------------------------------------------------


def test_the_timeline_tells_of_everything_in_words(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    app = panel(show(case), "timeline")
    text = said(app).replace("\\", "")
    for words in (
        "**Registered**",
        "**Assigned** → Assigned",
        "Handler: 吴客服",
        "Restated claim: 晚上十点后不要装修",
        "Plan: 与装修业主约定施工时间",
        "Department: Cleaning and greening",
        "Confirmed by the customer: yes",
    ):
        assert words in text, words
    assert "None" not in text


def test_clocks_are_shown_and_a_pause_is_asked_for_and_approved(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    world.later(hours=5)
    app = panel(show(case, by=world.people.service_handler), "clocks")
    table = app.dataframe[0].value
    assert list(table["Clock"]) == ["Response", "Resolved"]
    kept, waits = table["Target"]
    assert kept.startswith("✓ kept")
    assert waits.endswith("2 d 19 h left")
    app = press(app, "Ask for the pause")
    assert app.error  # no reason yet
    box(app, "Reason for the pause").set_value("waiting_parts")
    box(app, "What shows it: an order number, an agreed time, a name").set_value(EVIDENCE)
    app = press(app, "Ask for the pause")
    assert "The pause is asked for." in said(app)
    (pause,) = world.rows(ServicePause)
    assert (pause.state, pause.clocks) == ("asked", "resolved")
    assert "You asked for it; somebody else decides." in said(app)
    assert "Approve the pause" not in {one.label for one in app.button}

    app = panel(show(case, by=world.people.supervisor), "clocks")
    assert EVIDENCE in said(app)
    app = press(app, "Refuse the pause")
    assert app.error  # a refusal says why
    app = press(app, "Approve the pause")
    assert "⏸ lasts now" in said(app)
    assert "🟢 In time · ⏸ paused" in said(app)
    assert "⏸ Clock stands still" in said(app)
    world.later(hours=1)
    app = panel(show(case, by=world.people.service_handler), "clocks")
    app = press(app, "End the pause")
    assert "The pause is over; the clock runs on." in said(app)
    assert world.rows(ServicePause)[0].end_at is not None


def test_a_pause_may_be_refused_with_a_reason(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="waiting_parts", evidence=EVIDENCE, start=world.now
    )
    world.act(world.people.service_handler, ask_pause, AskPause(world.estate, case, request))
    world.later(minutes=5)
    app = panel(show(case, by=world.people.supervisor), "clocks")
    box(app, "Note (a refusal needs a reason)").set_value("备件库有货")
    app = press(app, "Refuse the pause")
    assert "The pause is refused." in said(app)
    assert "冯主管: 备件库有货" in said(app)


def shot(colour: str = "green") -> bytes:
    content = BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    return content.getvalue()


def test_photos_are_added_by_phase_shown_and_removed(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    app = panel(show(case, by=world.people.service_handler), "photos")
    assert "No photo yet." in said(app)
    app = press(app, "Add photos")
    assert "Choose at least one photo." in said(app)
    app.file_uploader[0].set_value([("a.jpg", shot(), "image/jpeg"), ("b.jpg", shot("red"), "image/jpeg")])
    app = press(app, "Add photos")
    assert "2 photos are kept." in said(app)
    assert {row.phase for row in world.rows(ServicePhoto)} == {"before"}
    app = panel(show(case, by=world.people.service_handler), "photos")
    assert "Before the work" in said(app)
    assert len(app.get("image")) == 2
    with count_statements(world.database) as sent:
        app.run()
    assert len(sent) <= MOST_STATEMENTS
    app = press(app, "Remove for good")
    assert app.error  # no reason
    box(app, "Reason").set_value("拍错了地方")
    app = press(app, "Remove for good")
    assert "The photo is removed." in said(app)
    assert len(world.rows(ServicePhoto)) == 1


def test_a_file_that_is_no_photo_is_refused(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    app = panel(show(case, by=world.people.service_handler), "photos")
    app.file_uploader[0].set_value([("a.jpg", b"no photo", "image/jpeg")])
    app = press(app, "Add photos")
    assert "The file is no photo that can be read." in said(app)
    assert world.rows(ServicePhoto) == []


def test_links_are_added_followed_both_ways_and_removed(show: Show, world: ServiceWorld) -> None:
    first, second = world.register(), world.register(sub_category=SubCategory.CLEANING)
    app = panel(show(first), "links")
    assert "No link yet." in said(app)
    app = choose(app, "Link to", LinkTarget.ORDER)
    app = choose(app, "Link to", LinkTarget.CASE)
    box(app, "Its number").set_value("E0001-C261121-999")
    app = press(app, "Add the link")
    assert app.error
    assert box(app, "Its number").value == "E0001-C261121-999"
    box(app, "Its number").set_value(number_of(world, second))
    app = press(app, "Add the link")
    assert "The link is added." in said(app)
    assert "Cleaning · Classified" in said(app)
    back = panel(show(second), "links")
    assert "linked from there" in said(back)
    assert "Remove the link" not in {one.label for one in back.button}
    app = press(panel(show(first), "links"), "Remove the link")
    assert world.rows(ServiceLink) == []


def test_a_disputed_bill_of_the_unit_is_chosen_by_month_and_item(show: Show, world: ServiceWorld) -> None:
    case = world.register(category=CaseCategory.FEE, sub_category=SubCategory.BILL_ERROR)
    number = everything(Parts(world))[LinkTarget.BILL]
    app = panel(show(case, by=world.people.supervisor), "links")
    app = choose(app, "Link to", LinkTarget.BILL)
    with count_statements(world.database) as sent:
        app.run()
    assert len(sent) <= MOST_STATEMENTS
    app = press(app, "Add the link")
    assert app.error  # none was chosen
    assert box(app, "Bill of unit 1-101").options == ["2026-11 · property · ¥312.50 · ¥212.50 open"]
    box(app, "Bill of unit 1-101").set_value(number)
    app = press(app, "Add the link")
    assert "¥212.50 open" in said(app)
    with count_statements(world.database) as sent:
        app.run()
    assert len(sent) <= MOST_STATEMENTS
    assert "not yours to open" in said(panel(show(case), "links"))  # the front desk sees no fees
    offered_there = box(panel(show(case), "links"), "Link to").options
    assert "Bill" not in offered_there


# --- more actions ---------------------------------------------------------------------------------------------------


def test_what_one_may_do_beside_the_next_step(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.ASSIGNED)
    assert offered(show(case, by=world.people.service_handler)) == [
        "Give it back to the department",
        "Open a service request for it",
        "Escalate to an emergency",
    ]
    assert offered(show(case)) == [
        "Correct type, category or grade",
        "Open a service request for it",
        "Escalate to an emergency",
        "Merge into another case",
        "Customer takes it back",
    ]
    assert {"Transfer to another department or handler", "Lay a legal hold on it", "Improvement measure for it"} <= set(
        offered(show(case, by=world.people.supervisor))
    )


def test_the_record_is_edited_before_it_is_classified(show: Show, world: ServiceWorld) -> None:
    case = world.register(sub_category=None, category=None)
    app = act(show(case), "edit")
    box(app, "What was said").set_value("楼下广场舞音乐太响")
    box(app, "Unit").set_value("9-999")
    app = press(app, "Save the record")
    assert "No unit in use has this number." in said(app)
    assert box(app, "What was said").value == "楼下广场舞音乐太响"
    box(app, "Unit").set_value("2-101")
    box(app, "Came in by").set_value(CaseChannel.WECHAT)
    box(app, "Emotion").set_value(Emotion.ANGRY)
    app = press(app, "Save the record")
    assert "The record is saved. Next: classify it." in said(app)
    assert "楼下广场舞音乐太响" in said(app)
    row = world.case(case)
    assert (row.unit_id, row.channel, row.emotion) == (world.maple.units[4], "wechat", "angry")
    assert row.customer_id == world.maple.owners[0]


def test_a_classified_case_is_transferred_to_a_department_only(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    app = act(show(case, by=world.people.supervisor), "transfer")
    assert not [one for one in app.selectbox if one.label == "New handler"]
    app = choose(app, "Department", "engineering")
    box(app, "Reason").set_value("属工程范围")
    app = press(app, "Transfer")
    assert "The case is transferred." in said(app)
    assert world.case(case).department == "engineering"


def test_a_case_being_worked_on_is_transferred_to_another_handler(show: Show, world: ServiceWorld) -> None:
    case, people = at(world, _S.IN_PROGRESS), world.people
    app = act(show(case, by=people.supervisor), "transfer")
    app = choose(app, "Department", "engineering")
    assert box(app, "New handler").value in (people.repair_handler.staff, people.second_handler.staff)
    app = press(app, "Transfer")
    assert app.error  # no reason
    box(app, "Reason").set_value("需要维修人员")
    press(app, "Transfer")
    assert world.case(case).handler_id in (people.repair_handler.staff, people.second_handler.staff)
    assert state_of(world, case) is _S.IN_PROGRESS


def test_an_assigned_case_may_go_back_to_be_assigned_elsewhere(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.ASSIGNED)
    app = act(show(case, by=world.people.supervisor), "transfer")
    app = choose(app, "Department", "engineering")
    box(app, "Let the department choose the handler").set_value(True)
    box(app, "Reason").set_value("由工程部派人")
    press(app, "Transfer")
    assert state_of(world, case) is _S.CLASSIFIED
    assert world.case(case).department == "engineering"


def test_a_handler_gives_the_own_case_back(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.ASSIGNED)
    app = act(show(case, by=world.people.service_handler), "give_back")
    box(app, "Why you give it back").set_value("不属本人职责")
    app = press(app, "Give it back")
    assert "You gave case" in said(app)
    assert address(app, "case") is None
    assert state_of(world, case) is _S.CLASSIFIED


def test_a_classification_is_corrected_with_a_reason(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.ASSIGNED)
    app = act(show(case), "reclassify")
    app = choose(app, "What it is about", SubCategory.LIFT)
    assert box(app, "Grade").value is CaseGrade.URGENT
    app = press(app, "Correct it")
    assert app.error
    box(app, "Why it is corrected").set_value("实为电梯故障")
    app = press(app, "Correct it")
    assert "Corrected." in said(app)
    row = world.case(case)
    assert (row.sub_category, row.grade, row.department) == ("lift", "urgent", "cleaning")


def test_a_case_is_merged_and_both_sides_tell_of_it(show: Show, world: ServiceWorld) -> None:
    into, case = world.register(), world.register()
    number = number_of(world, into)
    app = act(show(case), "merge")
    box(app, "Reason").set_value("同一事项")
    app = press(app, "Merge")
    assert "No case of this estate has that number." in said(app)
    box(app, "Case that goes on (choose or type its number)").set_value(number)
    app = press(app, "Merge")
    assert state_of(world, case) is _S.MERGED
    assert f"goes on in {number}." in said(app)
    assert f"Open {number}" in {one.label.replace("\\", "") for one in app.button}
    app = panel(show(into), "case")
    assert "Merged into this case" in list(app.dataframe[0].value["How it is tied"])


def test_a_case_far_away_is_merged_by_its_typed_number(show: Show, world: ServiceWorld) -> None:
    into = world.register(unit=world.maple.units[5], customer=world.maple.owners[5])
    case = world.register()
    app = act(show(case), "merge")
    box(app, "Reason").set_value("同一事项")
    chosen, typed = box(app, "Case that goes on (choose or type its number)"), number_of(world, into).lower()
    chosen.options.append(typed)  # so that the test may type what is not on offer
    chosen.set_value(typed)
    press(app, "Merge")
    assert world.case(case).merged_into == into


def test_a_case_is_withdrawn_and_a_closed_one_opened_again(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.ASSIGNED)
    app = act(show(case), "withdraw")
    app = press(app, "Withdraw")
    assert app.error
    box(app, "Why the customer takes it back").set_value("业主来电撤回")
    app = press(app, "Withdraw")
    assert "is now: Withdrawn." in said(app)
    closed = at(world, _S.CLOSED)
    app = act(show(closed), "reopen")
    assert "It can be opened again up to" in said(app)
    box(app, "Why work begins again").set_value("问题再次出现")
    press(app, "Open it again")
    assert state_of(world, closed) is _S.IN_PROGRESS


def test_a_case_is_escalated_once(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    app = act(show(case), "escalate")
    box(app, "Reason").set_value("有人受伤")
    app = press(app, "Draft the emergency event")
    assert "The emergency event is drafted." in said(app)
    assert "⚡ emergency" in said(app)
    assert len(world.rows(ServiceDraft)) == 1
    assert "Escalate to an emergency" not in offered(show(case))


def test_a_service_request_follows_from_a_case(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.IN_PROGRESS)
    app = act(show(case, by=world.people.service_handler), "order")
    assert box(app, "What is to be done").value == "Noise: 楼上深夜装修，噪音很大"
    app = press(app, "Open the service request")
    assert "is open for this case." in said(app)
    (order,) = world.rows(WorkOrder)
    assert order.source_case == case
    assert "Work order opened" in said(panel(show(case), "timeline"))


def test_a_measure_is_linked_before_a_repeated_complaint_is_closed(show: Show, world: ServiceWorld) -> None:
    world.register()
    case = at(world, _S.CALLED_BACK)
    assert world.case(case).repeated
    measure = a_measure(world)
    app = show(case, by=world.people.supervisor)
    box(app, "Closing note").set_value("已处理")
    app = press(app, "Close the case")
    assert app.error
    assert box(app, "Closing note").value == "已处理"
    app = act(show(case, by=world.people.supervisor), "measure")
    with count_statements(world.database) as sent:
        app.run()
    assert len(sent) <= MOST_STATEMENTS
    box(app, "Measure that deals with it").set_value(measure)
    app = press(app, "Link the measure")
    assert "The measure is linked." in said(app)
    app = show(case, by=world.people.supervisor)
    box(app, "Closing note").set_value("已处理")
    press(app, "Close the case")
    assert state_of(world, case) is _S.CLOSED


def test_a_new_measure_is_begun_from_the_case(show: Show, world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    switched, case = watch_switches(monkeypatch), world.register()
    app = act(show(case, by=world.people.supervisor), "measure")
    press(app, "Open a new measure from this case")
    ((target, where),) = switched
    assert (target, where["source"], where["case"]) == ("measures", "complaint", str(case))


def test_a_legal_hold_is_laid_and_ended(show: Show, world: ServiceWorld) -> None:
    case = at(world, _S.CLOSED)
    app = act(show(case, by=world.people.supervisor), "hold")
    box(app, "Reason").set_value("法院立案")
    app = press(app, "Lay the hold")
    assert world.case(case).on_hold
    app = act(show(case, by=world.people.supervisor), "hold")
    box(app, "Reason").set_value("案件结束")
    press(app, "End the hold")
    assert not world.case(case).on_hold


# --- several at once ------------------------------------------------------------------------------------------------


def several(app: AppTest, *places: int) -> AppTest:
    """Switch to the bulk mode and pick rows."""
    box(app, "Assign several").set_value(True)
    app = app.run()
    key = app.dataframe[0].proto.id.split("-", 2)[-1]
    app.session_state[key] = {"selection": {"rows": list(places)}}
    return app.run()


def test_several_cases_are_assigned_at_once_and_each_says_what_became_of_it(show: Show, world: ServiceWorld) -> None:
    lift: dict[str, Any] = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.PUBLIC_FACILITY}
    first, second = world.register(**lift), world.register(**lift, unit=world.maple.units[1])
    world.register(sub_category=None, category=None)
    app = several(show(by=world.people.supervisor, estate="E0001"), 0, 1)
    assert tails(app) == [1, 2]
    handler = box(app, "Handler for 2 cases")
    assert handler.value == world.people.repair_handler.staff
    with count_statements(world.database) as sent:
        app.run()
    assert len(sent) <= MOST_STATEMENTS
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(Case).where(Case.id == second).values(version=9))
    app = press(app, "Assign them")
    text = said(app).replace("\\", "")
    assert "Assigned to 郑维修: E0001-C261121-001" in text
    assert "Not assigned:" in text
    assert "E0001-C261121-002: " in text
    assert (state_of(world, first), state_of(world, second)) == (_S.ASSIGNED, _S.CLASSIFIED)
    assert "Not assigned:" not in said(app.run())


def test_without_a_pick_or_for_who_may_not_assign_nothing_is_assigned(show: Show, world: ServiceWorld) -> None:
    world.register()
    app = several(show(by=world.people.supervisor, estate="E0001"))
    assert "Pick the cases to assign in the list" in said(app)
    assert "Assign several" not in [one.label for one in show(estate="E0001").toggle]
    assert "Assign several" not in [one.label for one in show(by=world.people.supervisor).toggle]


def test_an_export_takes_no_words_of_customers_out_of_the_house(
    show: Show, world: ServiceWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, Any] = {}
    monkeypatch.setattr(st, "download_button", lambda label, *, data, **_rest: files.update({label: data}))
    world.register()
    show(by=world.people.supervisor)
    lines = files["CSV"]().decode("utf-8-sig")
    assert "E0001-C261121-001" in lines
    assert "Noise" in lines
    assert "楼上" not in lines
    files.clear()
    show()
    assert not files  # the front desk exports nothing
