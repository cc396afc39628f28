"""Service requests as people meet them: nobody, the wrong person, empty, the five steps, refused, in both languages."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.kernel.identity import WorkOrderId
from core.work_orders.appointments import AppointmentState
from core.work_orders.kinds import WorkKind
from core.work_orders.outcome_steps import WorkResult
from core.work_orders.slots import Slot
from db.engine import Database
from db.models import AuditEntry, WorkMaterial, WorkOrder
from db.operations.work_appointments import BookAppointment, book_appointment
from db.operations.work_chain import OrderFromCase, order_from_case
from db.queries.service_rows import QueueLevel
from locales.labels import enum_label
from locales.translator import Translator
from pages._shell import clock
from tests.db.service_setup import ServiceWorld
from tests.db.work_setup import CONTENT, WorkWorld, a_work_world
from tests.pages import conftest
from tests.pages.fee_paths import Open, Switched, button, watch_switches
from tests.pages.forms import box, panel, panels, press, said
from tests.personas import ACCOUNTANT, CASHIER
from tests.statements import count_statements

PAGE = "service.requests"


class WorldClock:
    """Signs people in at the time of the world, each a moment later than the one before."""

    def __init__(self, work: WorkWorld) -> None:
        self.work, self.moments = work, count(1)

    def now(self, _zone: tzinfo) -> datetime:
        return self.work.now - timedelta(seconds=60) + timedelta(microseconds=next(self.moments))


@pytest.fixture
def work(portal: Database, monkeypatch: pytest.MonkeyPatch) -> WorkWorld:
    """The company, with the clock of the portal at its time."""
    found = a_work_world(portal)
    monkeypatch.setattr(clock, "now", lambda: found.now)
    monkeypatch.setattr(conftest, "datetime", WorldClock(found))
    return found


def code_of(world: ServiceWorld) -> str:
    with world.database.reading() as connection:
        return str(connection.exec_driver_sql(f"SELECT code FROM estates WHERE id = {world.estate}").scalar())


def show(open_as: Open, work: WorkWorld, by: Actor | None = None, order: int | None = None, **address: Any) -> AppTest:
    """The page of Maple Court, perhaps with a request open."""
    if order is not None:
        address |= {"of": work.world.estate, "order": order}
    given = {name: str(value) for name, value in address.items()}
    return open_as(PAGE, by or work.people.supervisor, **{"estate": code_of(work.world), **given})


def opened(open_as: Open, work: WorkWorld, order: int, name: str, by: Actor | None = None) -> AppTest:
    """A request with a panel chosen."""
    return panel(show(open_as, work, by, order), name)


def figures(app: AppTest) -> list[tuple[str, str, str]]:
    return [(each.label, each.value, each.delta) for each in app.metric]


def words_of(app: AppTest) -> str:
    """Everything said, without what protects it from being read as Markdown."""
    return said(app).replace("\\", "")


def list_panel(app: AppTest, code: str) -> AppTest:
    """Choose in the last row of buttons."""
    return panel(app, code)


# --- who sees it, and the queue


def test_nobody_sees_the_page_without_signing_in(open_as: Open, work: WorkWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("who", [CASHIER, ACCOUNTANT])
def test_who_has_nothing_to_do_with_requests_is_told_whom_to_ask(open_as: Open, work: WorkWorld, who: Actor) -> None:
    app = show(open_as, work, who)
    assert "You may not open this page" in said(app)
    assert "Supervisor" in said(app)
    assert not app.dataframe


def test_without_requests_the_page_says_what_to_do(open_as: Open, work: WorkWorld) -> None:
    app = show(open_as, work)
    assert "No request fits. Widen the filter, or take in a new one." in said(app)
    assert figures(app) == [
        ("Open requests", "0", "public failures first"),
        ("Past the hard limit", "0", "✓ none past the hard limit"),
        ("Past the target", "0", "✓ none past the target"),
        ("Not assigned", "0", "✓ all are assigned"),
        ("Appointments today", "0", "✓ nobody is expected today"),
    ]


def test_the_queue_says_in_words_how_each_request_stands(open_as: Open, work: WorkWorld) -> None:
    late = work.submit()
    work.later(hours=25)
    failure = work.submit(work.failure(people_at_risk=True))
    visited = work.assigned(work.record(kind=WorkKind.CLEANING))
    slot = Slot(work.now + timedelta(hours=4), work.now + timedelta(hours=6))
    command = BookAppointment(work.world.estate, visited, slot, confirmed=True)
    work.act(work.people.supervisor, book_appointment, command)
    app = show(open_as, work)
    table = app.dataframe[0].value
    assert list(table["Request no."])[:2] == [failure.number, late.number]
    levels = (QueueLevel.GREEN, QueueLevel.RED, QueueLevel.GREEN)
    signs = {QueueLevel.GREEN: "🟢", QueueLevel.RED: "🔴"}
    assert list(table["Status"]) == [f"{signs[one]} {enum_label(Translator('en'), one)}" for one in levels]
    assert list(table["Step"]) == ["1/5 Submitted", "1/5 Submitted", "3/5 Assigned"]
    assert table["What about"][0] == "⚠ people at risk · ⚡ Water supply failed"
    assert list(table["Handled by"]) == ["nobody yet", "nobody yet", "郑维修"]
    assert table["Deadline"][1].startswith("over by 1 h")
    assert table["Deadline"][0].startswith("2 h left")
    assert table["What about"][1] == "Repair · 厨房水管漏水，请…"
    assert table["Appointment"][2].startswith("✓ 11-22")
    assert [(label, value) for label, value, _ in figures(app)] == [
        ("Open requests", "3"),
        ("Past the hard limit", "1"),
        ("Past the target", "0"),
        ("Not assigned", "2"),
        ("Appointments today", "1"),
    ]
    assert figures(app)[1][2] == "⚠ 1 report due"


def test_the_filters_narrow_and_stand_in_the_address(open_as: Open, work: WorkWorld) -> None:
    failure, other = work.submit(work.failure()), work.submit(work.record(kind=WorkKind.GREENING, content="草坪枯黄"))
    mine = work.assigned()
    wanted: dict[str, dict[str, Any]] = {
        "failure": {"kind": "failure"},
        "kind": {"kind": "greening"},
        "state": {"state": "submitted"},
        "handler": {"handler": work.people.repair_handler.staff},
        "number": {"search": other.number},
        "words": {"search": "草坪"},
    }
    numbers = {
        name: list(show(open_as, work, **given).dataframe[0].value["Request no."]) for name, given in wanted.items()
    }
    assert numbers["failure"] == [failure.number]
    assert numbers["kind"] == numbers["number"] == numbers["words"] == [other.number]
    assert set(numbers["state"]) == {failure.number, other.number}
    assert len(numbers["handler"]) == 1
    assert not show(open_as, work, age=3).dataframe
    assert show(open_as, work, handler=999).dataframe == []
    app = show(open_as, work, kind="failure")
    assert figures(app)[0][1] == "1"
    app.selectbox(key=f"{PAGE}.show").set_value("closed")
    app.run()
    assert app.query_params["show"] in ("closed", ["closed"])
    assert mine


def test_an_opened_request_stands_in_place_of_the_list_and_a_button_leads_back(open_as: Open, work: WorkWorld) -> None:
    made = work.submit()
    app = show(open_as, work, order=made.order_id)
    assert made.number in words_of(app)
    assert "Request no." not in said(app)
    app = press(app, "Back to the list")
    assert list(app.dataframe[0].value["Request no."]) == [made.number]
    assert "order" not in app.query_params


def test_handlers_land_on_their_own_and_see_no_others(open_as: Open, work: WorkWorld) -> None:
    mine = work.assigned()
    other = work.assigned(to=work.people.second_handler)
    app = show(open_as, work, work.people.repair_handler)
    assert app.selectbox(key=f"{PAGE}.show").value == "mine"
    assert len(app.dataframe[0].value) == 1
    assert ("My requests", "1", "you carry them out") in figures(app)
    assert not [each for each in app.button if each.label == "CSV"]
    app = show(open_as, work, work.people.repair_handler, other)
    assert app.error and "Request details" not in panels(app)
    assert "Request details" in panels(show(open_as, work, work.people.repair_handler, mine))


def test_requests_of_other_estates_are_as_if_not_there(open_as: Open, work: WorkWorld) -> None:
    order = work.submit().order_id
    app = open_as(PAGE, work.people.lake_desk, of=str(work.world.estate), order=str(order))
    assert CONTENT not in said(app)
    assert app.error


def test_an_export_holds_no_word_of_what_was_said(open_as: Open, work: WorkWorld) -> None:
    work.submit()
    app = show(open_as, work)
    assert len(app.get("download_button")) == 2
    app = show(open_as, work, work.people.desk)
    assert not app.get("download_button")


def test_a_new_request_is_made_on_the_intake_page(
    open_as: Open, work: WorkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Switched = watch_switches(monkeypatch)
    button(show(open_as, work), "New request").click().run()
    assert seen[0][0] == "intake"
    assert seen[0][1]["matter"] == "request"
    auditor = show(open_as, work, work.people.auditor)
    assert "New request" not in {each.label for each in auditor.button}


@pytest.mark.parametrize(
    "given",
    [
        {"order": "1", "of": "abc"},
        {"order": "999999999999999999999999", "of": "1"},
        {"show": "nothing", "kind": "x", "state": "<b>", "handler": "-1", "age": "1e9"},
        {"search": "'; DROP TABLE work_orders; --"},
        {"search": "%_"},
    ],
)
def test_a_strange_address_breaks_nothing(open_as: Open, work: WorkWorld, given: dict[str, Any]) -> None:
    work.submit()
    app = show(open_as, work, **given)
    assert not app.exception


def test_an_order_that_is_not_there_is_said_to_be_so(open_as: Open, work: WorkWorld) -> None:
    app = show(open_as, work, order=999_999)
    assert len(app.error) == 1
    assert "Back to the list" in {each.label for each in app.button}


# --- an open request


def test_the_open_request_shows_masked_people_and_what_is_known(open_as: Open, work: WorkWorld) -> None:
    order = work.submit(work.record(need="下午上门", source_reference="12345-77")).order_id
    words = words_of(show(open_as, work, order=order))
    assert CONTENT in words
    assert "枫*一 · 138****" in words
    assert "12345-77" in words
    assert "✓ 1 Submit" in words
    assert "○ 2 Sort out" in words
    assert "desk" in words or "周前台" in words
    assert "Nothing else is open in this unit." in words
    assert "✓ owes nothing past its due date" in words


def test_a_name_is_opened_with_a_reason_that_is_kept(open_as: Open, work: WorkWorld) -> None:
    record = work.record(customer=None, caller_name="欧阳娜娜", caller_phone="13912345678")
    order = work.submit(record).order_id
    app = show(open_as, work, order=order)
    assert "欧阳** · 139****5678" in words_of(app)
    box(app, "Reason").set_value("x")
    press(app, "Show in full")
    assert len(app.error) == 1
    box(app, "Reason").set_value("回访维修结果")
    press(app, "Show in full")
    assert [each.value for each in app.code] == ["13912345678"]
    app.run()
    assert not app.code
    handler = work.people.repair_handler
    work.classify(order)
    work.assign(order)
    assert "Show in full" not in {each.label for each in show(open_as, work, handler, order).button}


def test_a_customer_on_file_is_opened_as_a_customer(open_as: Open, work: WorkWorld) -> None:
    app = show(open_as, work, order=work.submit().order_id)
    box(app, "Reason").set_value("回访维修结果")
    press(app, "Show in full")
    (code,) = app.code
    assert code.value.startswith("138")
    with work.world.database.reading() as connection:
        entries = connection.execute(AuditEntry.__table__.select()).all()
    assert entries[-1].subject_type == "customer"


def test_the_way_through_the_five_steps(open_as: Open, work: WorkWorld) -> None:
    order = work.submit().order_id
    people = work.people
    app = opened(open_as, work, order, "next", people.desk)
    press(app, "Sort out")
    assert app.success[0].value == "The request is sorted out. Next: assign it."
    assert "It is the turn of: Supervisor" in words_of(app)
    app = opened(open_as, work, order, "next")
    proposal = app.dataframe[-1].value
    assert set(proposal["Proposed"]) == {"郑维修 · G-103", "王维修 · G-104"}
    assert "The right post" in proposal["Why this person"][0]
    box(app, "Who carries it out").set_value(people.repair_handler.staff)
    press(app, "Assign")
    assert app.success[0].value == "The request is assigned."
    work.later(hours=1)
    app = opened(open_as, work, order, "next", people.repair_handler)
    press(app, "Note the answer")
    assert len(app.error) == 1
    assert "is missing" in app.error[0].value
    box(app, "What the customer was told: when somebody comes, what will be done").set_value("下午三点上门")
    press(app, "Note the answer")
    assert app.success[0].value == "The answer is noted; the response clock has stopped."
    work.later(hours=1)
    app = opened(open_as, work, order, "next", people.repair_handler)
    box(app, "What was done").set_value("更换水管")
    box(app, "Cause of the trouble").set_value(next(iter(box(app, "Cause of the trouble").options)))
    typed = box(app, "Materials: one a line, name, quantity, unit, price of one in yuan (0 for what was free)")
    typed.set_value("水管，1.255，米，12.50\n垫圈, 两, 个, 0.35\n胶")
    press(app, "Note the work")
    assert [each.value[:26] for each in app.error] == ["Line 2 of the materials: “", "Line 3 of the materials: A"]
    assert work.row(order).state == "under_way"
    typed = box(app, "Materials: one a line, name, quantity, unit, price of one in yuan (0 for what was free)")
    typed.set_value("水管，1.255，米，12.50\n垫圈, 2, 个, 0.35")
    press(app, "Note the work")
    assert app.success[0].value == "The work is noted. Next: tell the customer the result."
    assert [line.amount_fen for line in work.world.rows(WorkMaterial, order_id=order)] == [1569, 70]
    app = opened(open_as, work, order, "next", people.desk)
    box(app, "What the customer was told of the result").set_value("已修好")
    press(app, "Note what was told")
    assert app.success[0].value == "The customer was told. Next: ask for the rating and close it."
    press(app, "Close the request")
    assert len(app.error) == 1
    rating = next(each for each in app.segmented_control if each.label.startswith("Rating by the customer"))
    rating.set_value(2)
    press(app, "Close the request")
    assert len(app.error) == 1
    box(app, "Words of the customer (needed for 1 and 2)").set_value("等得太久")
    press(app, "Close the request")
    assert app.success[0].value == "The request is closed."
    assert (work.row(order).state, work.row(order).rating) == ("closed", 2)
    words = words_of(app)
    assert "Materials in all: ¥16.39" in words
    assert "✓ 5 Report back" in words
    assert "2/5" in words
    assert "Next step" not in panels(app)


def test_who_did_the_work_does_not_rate_it(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned(to=work.people.supervisor)
    work.later(hours=1)
    work.carry_out(order, by=work.people.supervisor)
    work.report_back(order)
    app = opened(open_as, work, order, "next")
    assert "You did or entered the work" in words_of(app)
    assert not [each for each in app.segmented_control if each.label.startswith("Rating")]


def test_a_step_somebody_else_took_is_not_taken_again(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    app = opened(open_as, work, order, "next", work.people.repair_handler)
    box(app, "What the customer was told: when somebody comes, what will be done").set_value("下午来")
    work.later(minutes=5)
    work.answer(order)
    press(app, "Note the answer")
    assert not app.exception
    assert not app.success
    assert work.row(order).state == "under_way"


def test_a_form_that_was_overtaken_says_so_and_saves_nothing(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    app = opened(open_as, work, order, "more")
    box(app, "Reason").set_value("王师傅在附近")
    box(app, "Who carries it out").set_value(work.people.second_handler.staff)
    work.answer(order)
    press(app, "Transfer it")
    assert "Somebody else has changed this record" in app.warning[0].value
    assert len(app.error) == 1
    assert box(app, "Reason").value == "王师傅在附近"
    assert work.row(order).handler_id == work.people.repair_handler.staff


# --- appointments


def test_an_appointment_is_booked_confirmed_moved_and_called_off(open_as: Open, work: WorkWorld) -> None:
    order, people = work.submit().order_id, work.people
    app = opened(open_as, work, order, "visit", people.desk)
    box(app, "Day of the visit").set_value((work.now + timedelta(days=2)).date())
    app.run()
    offers = box(app, "Free time and person").options
    assert {offer.split(" · ")[1] for offer in offers} == {"郑维修", "王维修"}
    press(app, "Book the appointment")
    assert app.error[0].value == "Choose a time first."
    first = next(offer for offer in offers if "郑维修" in offer)
    box(app, "Free time and person").set_value(first)
    press(app, "Book the appointment")
    assert app.success[0].value == "The appointment is booked."
    press(app, "Customer confirms")
    assert app.success[0].value == "The appointment is confirmed."
    app = list_panel(app, "move")
    box(app, "Day of the visit").set_value((work.now + timedelta(days=2)).date())
    app.run()
    assert "Taken already" in words_of(app)
    assert first not in box(app, "Free time and person").options
    box(app, "Free time and person").set_value(box(app, "Free time and person").options[-1])
    press(app, "Move the appointment")
    assert len(app.error) == 1
    box(app, "Reason").set_value("师傅请假")
    press(app, "Move the appointment")
    assert app.success[0].value == "The appointment is moved."
    app = list_panel(app, "cancel")
    box(app, "Reason").set_value("业主自行处理")
    press(app, "Call it off")
    assert app.success[0].value == "The appointment is called off."
    states = [row.state for row in work.appointments(order)]
    assert states == [AppointmentState.MOVED.value, AppointmentState.CANCELLED.value]


def test_a_kept_appointment_is_noted_once_it_has_begun(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    slot = work.slot(hours=3)
    command = BookAppointment(work.world.estate, order, slot, confirmed=True)
    work.act(work.people.supervisor, book_appointment, command)
    app = opened(open_as, work, order, "visit", work.people.repair_handler)
    assert "It was kept" not in {each.label for each in app.button}
    work.later(hours=4)
    app = opened(open_as, work, order, "visit", work.people.repair_handler)
    press(app, "It was kept")
    assert work.appointments(order)[0].state == "kept"


def test_a_later_wish_of_the_customer_stops_the_clock(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    app = opened(open_as, work, order, "visit", work.people.repair_handler)
    box(app, "Day of the visit").set_value((work.now + timedelta(days=2)).date())
    app.run()
    box(app, "Free time and person").set_value(box(app, "Free time and person").options[0])
    wish = "The customer wants it later than we could have come (the clock then waits): in the customer's words"
    box(app, wish).set_value("业主出差，后天才在家")
    press(app, "Book the appointment")
    assert "⏸ a clock is paused" in words_of(app)


# --- more


def test_what_one_may_not_do_is_not_offered(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    people = work.people
    offered = {who.name: set(panels(show(open_as, work, who, order))) for who in (people.auditor, people.desk)}
    assert "More" not in offered[people.auditor.name]
    assert "More" in offered[people.desk.name]
    app = opened(open_as, work, order, "next", people.auditor)
    assert "It is the turn of: Handler" in words_of(app)
    acts = set(panels(opened(open_as, work, order, "more")))
    assert {"Transfer it", "Correct the kind", "Cancel the request", "Legal hold"} == acts
    desk = set(panels(opened(open_as, work, order, "more", people.desk)))
    assert {"Correct the kind", "Cancel the request", "Legal hold"} == desk


def test_of_a_request_that_is_only_sorted_the_department_alone_is_transferred(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    app = opened(open_as, work, order, "more")
    people = len(box(app, "Who carries it out").options)
    box(app, "Who carries it out").select_index(0)
    box(app, "Reason").set_value("班组今天都在外面")
    press(app, "Transfer it")
    assert work.row(order).state == "classified"
    app = opened(open_as, work, order, "more")
    assert people > 1
    assert len(box(app, "Who carries it out").options) == 1


def test_a_request_is_transferred_corrected_held_and_cancelled(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    app = opened(open_as, work, order, "more")
    box(app, "Who carries it out").set_value(work.people.second_handler.staff)
    press(app, "Transfer it")
    assert len(app.error) == 1
    box(app, "Reason").set_value("王师傅在附近")
    press(app, "Transfer it")
    assert app.success[0].value == "The request is transferred; its clocks go on."
    assert work.row(order).handler_id == work.people.second_handler.staff
    app = list_panel(app, "kind")
    box(app, "Kind of request").set_value(WorkKind.OTHER)
    box(app, "Reason").set_value("登记有误")
    press(app, "Correct the kind")
    assert app.success[0].value == "The kind is corrected."
    app = list_panel(app, "hold")
    box(app, "Reason").set_value("法院要求保全")
    press(app, "Legal hold")
    assert "⚖ legal hold" in words_of(app)
    app = list_panel(app, "release")
    box(app, "Reason").set_value("案件已结")
    press(app, "End the legal hold")
    assert "⚖ legal hold" not in words_of(app)
    app = list_panel(app, "cancel")
    box(app, "Reason").set_value("业主自行修好了")
    press(app, "Cancel the request")
    assert len(app.error) == 1
    why = next(each for each in app.selectbox if each.label == "Given up because")
    why.set_value(why.options[0])
    press(app, "Cancel the request")
    assert work.row(order).state == "cancelled"
    assert "✕ Cancelled" in words_of(app)


def test_the_record_is_corrected_until_it_is_sorted_out(open_as: Open, work: WorkWorld) -> None:
    record = work.record(customer=None, caller_name="欧阳娜娜", caller_phone="13912345678", wanted=work.slot())
    order = work.submit(record).order_id
    app = list_panel(opened(open_as, work, order, "more", work.people.desk), "edit")
    box(app, "What is the matter").set_value("")
    press(app, "Save")
    assert len(app.error) == 1
    box(app, "What is the matter").set_value("卫生间水管漏水")
    press(app, "Save")
    assert app.success[0].value == "The record is corrected."
    words = words_of(show(open_as, work, work.people.desk, order))
    assert "卫生间水管漏水" in words
    assert "欧阳** · 139****5678" in words
    facts = work.steps(order)[-1].facts
    assert facts == {"changed": ["content"]}
    work.classify(order)
    assert "Correct the record" not in panels(opened(open_as, work, order, "more", work.people.desk))


def test_a_missed_limit_asks_for_a_report_upward(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    work.later(hours=60)
    app = opened(open_as, work, order, "more", work.people.repair_handler)
    assert "⚠ a report upward is due" in words_of(app)
    press(app, "Report upward")
    assert len(app.error) == 1
    box(app, "Reason").set_value("配件缺货，明日到")
    press(app, "Report upward")
    assert app.success[0].value == "The report upward is made."
    assert "⚠ a report upward is due" not in words_of(app)
    assert work.row(order).reported_at == work.now


def test_a_closed_request_is_opened_again_with_a_reason(open_as: Open, work: WorkWorld) -> None:
    order = work.closed()
    app = opened(open_as, work, order, "more", work.people.desk)
    box(app, "Reason").set_value("又漏水了")
    press(app, "Open it again")
    assert app.success[0].value == "The request is open again."
    assert "opened again 1×" in words_of(app)
    assert "○ 4 Carry out" in words_of(app)


# --- failures


def test_a_notice_is_proposed_filled_and_given_out_as_it_stands(open_as: Open, work: WorkWorld) -> None:
    order = work.submit(work.failure(place="", unit=work.world.maple.units[0])).order_id
    app = opened(open_as, work, order, "drafts")
    assert "Something is missing before it can be given out: Overview" in words_of(app)
    assert "Emergency event: Service failure" in words_of(app)
    press_first(app, "Note that it was given out")
    assert len(app.error) == 1
    box(app, "Public place, without a household").set_value("1号楼")
    press(app, "Save the facts")
    assert app.success[0].value == "The facts of the notice are saved."
    text = app.text_area[0]
    proposed = str(text.value)
    assert proposed.startswith("Notice: Water supply failed at 1号楼\nDear owners and residents,\nOverview: ")
    assert "60 households affected. Cause: it is being looked into." in proposed
    assert "1. Keep some water in store." in proposed
    text.set_value("各位业主：1号楼停水，正在抢修。")
    press_first(app, "Note that it was given out")
    assert app.success[0].value == "It is noted that the text was given out."
    (notice,) = work.drafts(order, "notice")
    assert (notice.state, notice.text) == ("released", "各位业主：1号楼停水，正在抢修。")
    box(app, "Reason").set_value("已当面上报")
    press(app, "Drop it for good")
    assert work.drafts(order, "event")[0].state == "dropped"
    assert "No draft waits to be given out." in words_of(app)


def press_first(app: AppTest, label: str) -> None:
    """Press the first button with these words: the notice stands above the event."""
    next(each for each in app.button if each.label == label).click()
    app.run()


def test_a_text_is_saved_and_proposed_anew_in_both_languages(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned(work.failure())
    app = opened(open_as, work, order, "drafts", work.people.repair_handler)
    assert "Note that it was given out" not in {each.label for each in app.button}
    app.text_area[0].set_value("停水，抢修中")
    press_first(app, "Save the text")
    assert app.success[0].value == "The text is saved."
    assert app.text_area[0].value == "停水，抢修中"
    languages = next(each for each in app.segmented_control if "As saved" in each.options)
    languages.set_value("both")
    app.run()
    proposed = app.text_area[0].value
    assert "Dear owners and residents," in proposed
    assert Translator("zh_CN").t("Dear owners and residents,") in proposed


def test_who_only_looks_sees_the_drafts_without_a_form(open_as: Open, work: WorkWorld) -> None:
    order = work.submit(work.failure()).order_id
    app = opened(open_as, work, order, "drafts", work.people.auditor)
    assert "Notice: Water supply failed" in words_of(app)
    assert not app.text_area


def test_mended_work_is_told_in_the_notice(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned(work.failure())
    work.later(minutes=30)
    work.carry_out(order, result=WorkResult.DONE, began_at=work.now - timedelta(minutes=10))
    app = opened(open_as, work, order, "drafts")
    proposed = str(app.text_area[0].value)
    assert proposed.startswith("Water supply at 1号楼水泵房 works again")
    assert "Thank you for your patience." in proposed


# --- the complaint behind it, what hangs on it


def test_the_chain_to_the_complaint_is_followed_both_ways(
    open_as: Open, work: WorkWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = work.world.register()
    record = work.record(unit=None, customer=None, channel=None, noticed_at=None)
    command = OrderFromCase(work.world.estate, case, record, work.world.new_request())
    order = work.act(work.people.desk, order_from_case, command).order_id
    other = OrderFromCase(work.world.estate, case, record, work.world.new_request())
    sibling = work.act(work.people.desk, order_from_case, other)
    seen = watch_switches(monkeypatch)
    app = show(open_as, work, order=order)
    assert "Follows from a complaint" in words_of(app)
    assert sibling.number in words_of(app)
    lead = next(each for each in app.button if "-C" in each.label and each.label.startswith("Open "))
    lead.click().run()
    assert (seen[0][0], seen[0][1]["case"]) == ("cases", str(case))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("timeline", "Assigned"),
        ("clocks", "Target"),
        ("photos", "No photo yet."),
        ("links", "No link yet."),
    ],
)
def test_what_hangs_on_the_record_is_shown(open_as: Open, work: WorkWorld, name: str, expected: str) -> None:
    app = opened(open_as, work, work.assigned(), name)
    assert expected in words_of(app)


def test_photos_are_counted_where_the_project_wants_them(open_as: Open, work: WorkWorld) -> None:
    order = work.assigned()
    work.photo(order, "before", 1)
    work.answer(order)
    app = opened(open_as, work, order, "next", work.people.repair_handler)
    assert "Photos: 1 before the work, 0 after it." in words_of(app)


def test_what_was_forgotten_is_said_to_be_so(open_as: Open, work: WorkWorld) -> None:
    order = work.closed()
    with work.world.database.writing() as connection, connection.begin():
        values = {"anonymised_at": work.now, "content_sealed": b"", "customer_id": None}
        connection.execute(update(WorkOrder).where(WorkOrder.id == order).values(values))
    app = show(open_as, work, order=order)
    assert "Its people were forgotten" in words_of(app)
    assert CONTENT not in words_of(app)
    assert "More" not in panels(app)


# --- language, statements


@pytest.mark.parametrize("name", ["request", "next", "visit", "more", "timeline", "clocks", "photos", "links"])
def test_the_page_speaks_chinese(open_as: Open, work: WorkWorld, name: str) -> None:
    order = work.assigned()
    given = {"estate": code_of(work.world), "of": str(work.world.estate), "order": str(order)}
    app = panel(open_as(PAGE, work.people.supervisor, language="zh_CN", **given), name)
    words = words_of(app)
    assert "✓ 3 派单" in words
    assert not app.exception
    english = {"Assign", "Reason", "Carry out", "Call it off", "Transfer it", "Note the answer"}
    assert not english & {each.label for each in app.button}


def test_the_queue_speaks_chinese(open_as: Open, work: WorkWorld) -> None:
    work.submit(work.failure())
    app = open_as(PAGE, work.people.supervisor, language="zh_CN", estate=code_of(work.world))
    assert "⚡ 供水" in said(app) or "故障" in said(app)
    assert "1/5 已受理" in said(app) or "1/5" in said(app)


WHERE = ("list", "search", "request", "next", "visit", "more", "drafts", "timeline", "clocks", "photos", "links")


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("state", ["submitted", "classified", "assigned", "under_way", "carried_out", "reported_back"])
def test_the_page_keeps_to_twelve_statements(open_as: Open, work: WorkWorld, where: str, state: str) -> None:
    order = request_in(work, state, failure=where == "drafts")
    if where in ("list", "search"):
        if state != "submitted":
            return
        address: dict[str, Any] = {"search": "101"} if where == "search" else {}
        app = show(open_as, work, **address)
    else:
        app = opened(open_as, work, order, where)
    with count_statements(work.world.database) as seen:
        app.run()
    assert not app.exception
    assert len(seen) <= 12, "\n".join(seen)


def request_in(work: WorkWorld, state: str, *, failure: bool = False) -> WorkOrderId:
    """A request that has come so far, with a wish for a time and a colleague's request beside it."""
    record = work.failure() if failure else work.record(wanted=work.slot(hours=48))
    work.submit()
    order = work.submit(record).order_id
    steps: dict[str, Callable[..., None]] = {
        "submitted": lambda _order: None,
        "classified": work.classify,
        "assigned": work.assign,
        "under_way": work.answer,
        "carried_out": work.carry_out,
        "reported_back": work.report_back,
    }
    for name in list(steps)[: list(steps).index(state) + 1]:
        work.later(minutes=40)
        steps[name](order)
    return order
