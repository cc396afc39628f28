"""Complaints and feedback as people meet them: nobody, the wrong person, the queue, one case all the way, refused."""

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.complaints.knowledge import KnowledgeRecord
from core.complaints.outcome_steps import NoCallBack
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, RootCause, Solution, SubCategory
from core.kernel.identity import CaseId
from db.engine import Database
from db.models import Case, KnowledgeEntry
from db.operations.knowledge import AddKnowledge, add_knowledge
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.pages.case_paths import (
    MOST_STATEMENTS,
    PAGE,
    Show,
    address,
    choose,
    figures,
    numbers,
    shower,
    state_of,
    tails,
)
from tests.pages.fee_paths import Open
from tests.pages.forms import box, panel, panels, press, said
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

_S = CaseState


@pytest.fixture
def world(portal: Database) -> ServiceWorld:
    return a_service_world(portal)


@pytest.fixture
def show(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch) -> Show:
    return shower(world, monkeypatch)


# --- who sees it, and the queue -------------------------------------------------------------------------------------


def test_nobody_sees_the_page_without_signing_in(open_as: Open, world: ServiceWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


def test_the_administrator_is_told_whom_to_ask(open_as: Open, world: ServiceWorld) -> None:
    app = open_as(PAGE, ADMINISTRATOR)
    assert "You may not open this page" in said(app)
    assert "Front desk" in said(app)


def test_without_cases_the_page_says_what_to_do(show: Show) -> None:
    app = show()
    assert "No case fits. Widen the filter or register a matter." in said(app)
    assert "✓ Nothing runs out before the next working morning" in said(app)
    assert figures(app) == [
        ("Open cases", "0", ""),
        ("Past the hard limit", "0", "✓ none past the hard limit"),
        ("Past the target", "0", "✓ none past the target"),
        ("Not assigned", "0", "✓ all are assigned"),
        ("Waiting for a call-back", "0", "✓ no call-back waits"),
    ]


def test_the_queue_tells_colour_and_time_left_in_words(show: Show, world: ServiceWorld) -> None:
    world.register(content="电梯困人", sub_category=SubCategory.LIFT, category=CaseCategory.FACILITY)
    world.later(hours=3)
    world.register(content="楼道很脏", sub_category=SubCategory.CLEANING)
    app = show()
    table = app.dataframe[0].value
    assert tails(app) == [1, 2]
    assert list(table["Status"]) == ["🟠 Over target", "🟢 In time"]
    assert list(table["Time left"]) == ["21 h left", "1 d left"]
    assert list(table["What about"]) == ["Lift · 电梯困人", "Cleaning · 楼道很脏"]
    assert list(table["Grade"]) == ["Urgent", "Normal"]
    assert list(table["Handled by"]) == ["nobody yet", "nobody yet"]
    assert list(table["Deadline"])[1].endswith("Response")
    assert figures(app)[0][1] == "2"
    assert figures(app)[2] == ("Past the target", "1", "🟠 target missed")
    assert figures(app)[3] == ("Not assigned", "2", "◔ nobody has it yet")


def test_what_is_over_is_said_with_its_sign_and_by_how_much(show: Show, world: ServiceWorld) -> None:
    world.register()
    world.later(days=9)
    app = show()
    table = app.dataframe[0].value
    assert list(table["Status"]) == ["🔴 Over hard limit"]
    (left,) = table["Time left"]
    assert left.startswith("over by ")
    assert figures(app)[1] == ("Past the hard limit", "1", "🔴 hard limit missed")


def test_one_line_says_what_runs_out_before_the_morning_and_whose_it_is(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    world.move(case, _S.ASSIGNED)
    world.register()
    app = show()
    line = next(one.value for one in app.markdown if "Runs out before" in one.value)
    plain = line.replace("\\", "")
    assert "吴客服 🟠 1 (first E0001-C261121-001)" in plain
    assert "nobody yet 🟠 1 (first E0001-C261121-002)" in plain


def test_the_filters_narrow_the_list_and_the_figures_and_stand_in_the_address(show: Show, world: ServiceWorld) -> None:
    world.register(content="楼道很脏，三天没人打扫", sub_category=SubCategory.CLEANING)
    done = world.register(content="账单算错", category=CaseCategory.FEE, sub_category=SubCategory.BILL_ERROR)
    world.move_to(done, _S.RESOLVED)
    world.register(record_type=RecordType.PRAISE, category=None, sub_category=None, channel=CaseChannel.WECHAT)
    assert tails(show(category="fee")) == [2]
    assert tails(show(type="praise")) == [3]
    assert tails(show(channel="wechat")) == [3]
    assert tails(show(state="resolved")) == [2]
    assert tails(show(show="call_back")) == [2]
    assert tails(show(grade="urgent")) == []
    assert tails(show(handler=str(world.people.service_handler.staff))) == [2]
    assert tails(show(search="打扫")) == [1]
    assert tails(show(search="c261121-2")) == [2]
    app = show(category="fee")
    assert [one[1] for one in figures(app)] == ["1", "0", "0", "0", "1"]
    app = choose(app, "Grade", "major")
    assert address(app, "grade") == "major"
    assert numbers(app) == []
    app = show()
    box(app, "Search").set_value("账单").run()
    assert tails(app) == [2]
    assert address(app, "search") == "账单"


def test_old_cases_are_found_by_their_age(show: Show, world: ServiceWorld) -> None:
    world.register()
    world.later(days=4)
    world.register()
    assert tails(show(age="3")) == [1]
    assert len(tails(show(age="7"))) == 0


def opened(app: AppTest, world: ServiceWorld, case: CaseId) -> AppTest:
    """The page after a row was picked, as its callback leaves the address (in Chromium: test_complaint_lifetime)."""
    app.query_params["of"], app.query_params["case"] = str(world.estate), str(case)
    return app.run()


def test_an_opened_case_stands_in_place_of_the_list_and_the_way_back_keeps_the_filter(
    show: Show, world: ServiceWorld
) -> None:
    case = world.register()
    app = opened(show(category="environ"), world, case)
    assert not app.dataframe
    assert "楼上深夜装修，噪音很大" in said(app)
    app = press(app, "Back to the list")
    assert address(app, "case") is None
    assert address(app, "category") == "environ"
    assert tails(app) == [1]
    assert box(app, "Category").value == "environ"


def test_the_screenful_is_kept_for_the_way_back(show: Show, world: ServiceWorld) -> None:
    *_, last = (world.register() for _ in range(11))
    app = show()
    assert "11 rows" in said(app)
    key = app.dataframe[0].proto.id.split("-", 2)[-1].removeprefix("table.")
    app.session_state[f"table.{key}.page"] = 2
    app = app.run()
    assert tails(app) == [11]
    app = press(opened(app, world, last), "Back to the list")
    assert tails(app) == [11]


def test_an_estate_is_named_only_where_several_are_shown(show: Show, world: ServiceWorld) -> None:
    world.register()
    assert "Estate" in show().dataframe[0].value.columns
    assert "Estate" not in show(estate="E0001").dataframe[0].value.columns


def test_a_handler_lands_on_the_own_cases_and_sees_no_others(show: Show, world: ServiceWorld) -> None:
    mine, other = world.register(), world.register()
    world.move(mine, _S.ASSIGNED)
    app = show(by=world.people.service_handler)
    assert tails(app) == [1]
    assert box(app, "Show").value == "mine"
    assert ("My cases", "1", "you handle them or help") in figures(app)
    strange = show(other, by=world.people.service_handler)
    assert strange.error
    assert "楼上" not in said(strange)
    assert "Back to the list" in {one.label for one in strange.button}


def test_cases_of_other_estates_are_as_if_not_there(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    app = show(case, by=world.people.lake_desk)
    assert app.error
    assert "楼上" not in said(app)
    assert show(by=world.people.lake_desk).dataframe == []
    assert not show(case, estate="E0002").text  # another estate is chosen: the list, not the case


def test_it_speaks_chinese(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    app = show(language="zh_CN")
    assert app.metric[0].label == "未办结"
    assert list(app.dataframe[0].value["状态"]) == ["🟢 时限内"]
    assert list(app.dataframe[0].value["剩余时间"]) == ["还剩 1 天"]
    app = show(case, language="zh_CN")
    assert "下一步：派给处理人。" in said(app)
    assert panels(app)[0] == "详情"


@pytest.mark.parametrize("who", ["desk", "service_handler", "supervisor", "manager", "auditor"])
@pytest.mark.parametrize("search", ["", "1-101", "装修"])
def test_a_run_of_the_list_takes_few_statements(show: Show, world: ServiceWorld, who: str, search: str) -> None:
    for _ in range(3):
        world.move(world.register(), _S.ASSIGNED)
    app = show(by=getattr(world.people, who), estate="E0001", search=search)
    with count_statements(world.database) as sent:
        app.run()
    assert len(numbers(app)) == 3
    assert len(sent) <= MOST_STATEMENTS


PANELS = ("step", "case", "more", "timeline", "clocks", "photos", "links")


@pytest.mark.parametrize("state", [_S.REGISTERED, _S.CLASSIFIED, _S.IN_PROGRESS, _S.RESOLVED])
def test_a_run_of_each_panel_takes_few_statements(show: Show, world: ServiceWorld, state: CaseState) -> None:
    case = world.register(sub_category=None) if state is _S.REGISTERED else world.register()
    world.move_to(case, state)
    app = show(case, by=world.people.supervisor)
    names = [name for name in PANELS if name != "step" or panels(app)[0] == "Next step"]
    for name in names:
        with count_statements(world.database) as sent:
            panel(app, name)
        said(app)
        assert len(sent) <= MOST_STATEMENTS, (name, len(sent))


# --- one case, all the way ------------------------------------------------------------------------------------------


def test_a_case_is_classified_by_what_its_words_and_the_rule_propose(show: Show, world: ServiceWorld) -> None:
    case = world.register(sub_category=None, category=None, content="电梯又坏了，老人下不了楼")
    app = show(case)
    assert box(app, "What it is about").value is SubCategory.LIFT
    assert box(app, "Grade").value.value == "urgent"
    assert "The rule proposes it because: Equipment failure" in said(app).replace("\\", "")
    assert box(app, "Department").value == "engineering"
    app = press(app, "Classify")
    assert state_of(world, case) is _S.CLASSIFIED
    assert "is now: Classified. Next: assign it to a handler." in said(app)
    row = world.case(case)
    assert (row.category, row.sub_category, row.grade, row.department) == ("facility", "lift", "urgent", "engineering")


def test_another_grade_than_proposed_needs_a_reason_and_what_was_typed_stays(show: Show, world: ServiceWorld) -> None:
    case = world.register(sub_category=None, category=None, content="楼道很脏")
    app = show(case)
    app = choose(app, "Grade", next(one for one in type(box(app, "Grade").value) if one.value == "major"))
    app = press(app, "Classify")
    assert app.error
    assert state_of(world, case) is _S.REGISTERED
    assert box(app, "Grade").value.value == "major"
    box(app, "Why another grade than proposed").set_value("媒体关注")
    app = press(app, "Classify")
    assert not app.error
    assert world.case(case).grade == "major"


def test_a_supervisor_assigns_by_the_proposal_with_helpers(show: Show, world: ServiceWorld) -> None:
    case = world.register(category=CaseCategory.FACILITY, sub_category=SubCategory.PUBLIC_FACILITY)
    people = world.people
    app = show(case, by=people.supervisor)
    handler = box(app, "Handler")
    assert handler.value == people.repair_handler.staff
    assert "← proposed" in handler.options[0]
    assert "0 on hand" in handler.options[0]
    app = choose(app, "Helpers (may stay empty)", [people.second_handler.staff])
    app = press(app, "Assign")
    assert "The collaborator’s part is missing" in said(app) or app.error
    box(app, "Part of 王维修").set_value("备件采购")
    app = press(app, "Assign")
    assert state_of(world, case) is _S.ASSIGNED
    assert world.case(case).handler_id == people.repair_handler.staff
    app = panel(app, "case")
    assert "王维修 (备件采购)" in said(app)


def test_a_complaint_goes_all_the_way_through_the_forms(show: Show, world: ServiceWorld) -> None:
    people, case = world.people, world.register(claim="晚上不要施工")
    world.move(case, _S.ASSIGNED)
    world.later(hours=1)
    app = show(case, by=people.service_handler)
    assert box(app, "What the customer wants, in our words").value == "晚上不要施工"
    app = press(app, "Note the first contact")
    assert app.error  # not confirmed yet
    box(app, "The customer confirmed that this is what is meant").set_value(True)
    box(app, "Spoken to by").set_value(CaseChannel.PHONE)
    app = press(app, "Note the first contact")
    assert "is now: Responded. Next: the handler makes a plan." in said(app)
    box(app, "What will be done, by whom and until when").set_value("与装修业主约定施工时间")
    app = press(app, "Keep the plan")
    assert state_of(world, case) is _S.IN_PROGRESS
    box(app, "Root cause").set_value(RootCause.MANAGEMENT)
    box(app, "Kind of solution").set_value(Solution.EXPLANATION)
    box(app, "What was done").set_value("已张贴施工时间公告")
    app = press(app, "Note the result")
    assert app.error  # nobody told the customer
    assert box(app, "What was done").value == "已张贴施工时间公告"
    box(app, "What the customer was told").set_value("已电话告知")
    app = press(app, "Note the result")
    assert state_of(world, case) is _S.RESOLVED
    assert "Next step" not in panels(app)
    assert "Whoever handled the case or entered the result does not call back." in said(app)

    app = show(case)
    box(app, "Is the customer satisfied with the result?").set_value(True)
    box(app, "What the customer said").set_value("满意")
    app = press(app, "Note the call-back")
    assert state_of(world, case) is _S.CALLED_BACK
    app = show(case, by=people.supervisor)
    box(app, "Closing note").set_value("双方已和解")
    app = press(app, "Close the case")
    assert state_of(world, case) is _S.CLOSED
    assert "It is closed." in said(app)


def test_a_customer_who_is_not_satisfied_has_work_begin_again(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, _S.RESOLVED)
    app = show(case)
    box(app, "Is the customer satisfied with the result?").set_value(False)
    box(app, "What the customer said").set_value("晚上还在施工")
    app = press(app, "Note the call-back")
    assert state_of(world, case) is _S.IN_PROGRESS
    assert "is now: In progress." in said(app)


def test_a_supervisor_may_close_without_a_call_back_and_says_why(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, _S.RESOLVED)
    app = show(case, by=world.people.supervisor)
    app.segmented_control[-1].set_value("closed")
    app = app.run()
    box(app, "Closing note").set_value("已处理")
    app = press(app, "Close the case")
    assert app.error
    assert state_of(world, case) is _S.RESOLVED
    assert box(app, "Closing note").value == "已处理"
    box(app, "Why no call-back was possible").set_value(NoCallBack.DECLINED)
    app = press(app, "Close the case")
    assert state_of(world, case) is _S.CLOSED


def test_an_inquiry_is_closed_with_its_answer_and_praise_with_thanks(show: Show, world: ServiceWorld) -> None:
    asked = world.register(record_type=RecordType.INQUIRY)
    for target in (_S.ASSIGNED, _S.RESPONDED):
        world.move(asked, target)
    app = show(asked, by=world.people.supervisor)
    assert "○ In progress" not in said(app)
    box(app, "The answer given").set_value("装修时间为工作日 8:00 至 18:00")
    press(app, "Close the case")
    assert state_of(world, asked) is _S.CLOSED
    praise = world.register(record_type=RecordType.PRAISE, category=None, sub_category=None)
    app = show(praise, by=world.people.supervisor)
    box(app, "The thanks given").set_value("已致谢")
    press(app, "Close the case")
    assert state_of(world, praise) is _S.CLOSED


def test_an_anonymous_case_asks_for_nobody(show: Show, world: ServiceWorld) -> None:
    case = world.register(anonymous=True, customer=None)
    world.move(case, _S.ASSIGNED)
    app = show(case, by=world.people.service_handler)
    assert "anonymous" in said(app)
    assert not [one for one in app.checkbox if one.label.startswith("The customer confirmed")]
    box(app, "What the customer wants, in our words").set_value("夜间不要施工")
    press(app, "Note the first contact")
    assert state_of(world, case) is _S.RESPONDED
    assert "nobody is called back" in said(panel(show(case), "case"))


def test_ready_answers_are_taken_over_and_counted(show: Show, world: ServiceWorld) -> None:
    record = KnowledgeRecord(
        category=CaseCategory.ENVIRON, sub_category=SubCategory.NOISE, title="装修噪音", answer="仅限白天施工。"
    )
    world.act(world.people.supervisor, add_knowledge, AddKnowledge(record))
    case = world.register()
    world.move_to(case, _S.IN_PROGRESS)
    app = show(case, by=world.people.service_handler)
    assert "仅限白天施工。" in said(app)
    app = press(app, "Take this answer over")
    assert box(app, "What was done").value == "仅限白天施工。"
    box(app, "Root cause").set_value(RootCause.STAFF)
    box(app, "Kind of solution").set_value(Solution.EXPLANATION)
    box(app, "What the customer was told").set_value("已电话告知")
    press(app, "Note the result")
    assert state_of(world, case) is _S.RESOLVED
    with world.database.reading() as connection:
        assert connection.execute(KnowledgeEntry.__table__.select()).one().uses == 1


def test_a_step_on_a_case_that_somebody_changed_meanwhile_is_refused(show: Show, world: ServiceWorld) -> None:
    case = world.register()
    world.move_to(case, _S.RESPONDED)
    app = show(case, by=world.people.service_handler)
    box(app, "What will be done, by whom and until when").set_value("方案一")
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(Case).values(version=Case.version + 1, households=3))
    app = press(app, "Keep the plan")
    assert app.error
    assert "Somebody else has changed this record" in said(app)
    assert box(app, "What will be done, by whom and until when").value == "方案一"
    assert state_of(world, case) is _S.RESPONDED


@pytest.mark.parametrize(
    ("who", "steps", "more"),
    [("desk", False, True), ("service_handler", True, True), ("auditor", False, False), ("manager", True, True)],
)
def test_what_one_may_not_do_is_not_offered(
    show: Show, world: ServiceWorld, who: str, *, steps: bool, more: bool
) -> None:
    case = world.register()
    world.move_to(case, _S.IN_PROGRESS)
    offered = panels(show(case, by=getattr(world.people, who)))
    assert ("Next step" in offered, "More actions" in offered) == (steps, more)
    app = panel(show(case, by=getattr(world.people, who)), "photos")
    assert ("Add photos" in {one.label for one in app.button}) == more
