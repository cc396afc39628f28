"""Typing forms in: pasted, asked one by one, typed a second time; the line box itself is tested in Chromium."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.kernel.identity import ResponseId
from core.kernel.periods import local_day
from db.engine import Database
from db.models import SurveyResponse
from db.operations.survey_rounds import CloseRound, close_round
from pages._shell import line_entry
from pages._shell.panels import survey_lines
from pages._shell.panels.survey_entry import Batch
from tests import builders
from tests.db.surveys_setup import ANSWERS, LOW, SurveyWorld, a_survey_world, check_tallies
from tests.pages.conftest import looking_after, texts
from tests.pages.fee_paths import Open, button, pick
from tests.pages.forms import box, said
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, PATROL, SUPERVISOR

GOOD = "1-101 543 A BD 9 3 电梯慢"


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    """A survey world whose round runs today, whatever day today is."""
    found = a_survey_world(portal)
    today, found.now = local_day(datetime.now(UTC)), datetime.now(UTC)
    found.act(SUPERVISOR, close_round, CloseRound(found.estate, found.round, 1))
    found.round = found.open(starts_on=today - timedelta(days=9), ends_on=today + timedelta(days=10), check_percent=100)
    return found


def opened(open_as: Open, who: Any = FRONT_DESK, way: str = "paste", **more: str) -> AppTest:
    app = open_as("surveys.entry", who, **more)
    app.session_state["panel.surveys.entry"] = way
    return app.run()


def entered(world: SurveyWorld, *lines: tuple[Any, ...], by: Any = FRONT_DESK) -> None:
    today = local_day(world.now)
    world.enter(*(world.form(*line) for line in lines), by=by, collected_on=today)


def pasted(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    return app.run()


def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld) -> None:
    assert "You are signed out" in texts(open_as("surveys.entry", None))


@pytest.mark.parametrize("who", [AUDITOR, ADMINISTRATOR])
def test_who_types_no_forms_is_told_whom_to_ask(open_as: Open, world: SurveyWorld, who: Any) -> None:
    app = open_as("surveys.entry", who)
    assert "You may not open this page" in texts(app) and not app.text_area


@pytest.mark.parametrize("who", [PATROL, CASHIER])
def test_any_staff_of_the_estate_may_type(open_as: Open, world: SurveyWorld, who: Any) -> None:
    app = pasted(opened(open_as, who), GOOD)
    button(app, "Save 1 forms").click().run()
    assert not app.exception and world.forms_counted() == 1


def test_without_a_round_the_page_says_who_opens_one(open_as: Open, portal: Database) -> None:
    assert "No survey round takes forms" in texts(open_as("surveys.entry", FRONT_DESK))


def test_good_lines_are_saved_and_bad_ones_stay_in_the_box_with_their_reason(open_as: Open, world: SurveyWorld) -> None:
    app = pasted(opened(open_as), f"{GOOD}\n1-102 563 A BD 9 3\n9-999 543 A BD 9 3\n\n- 333 - - 5 -")
    shown = said(app)
    assert "2 lines cannot be read yet" in shown and "1-102 5【6】3 A BD 9 3" in shown and "【9-999】" in shown
    button(app, "Save 2 forms").click().run()
    assert "2 forms are saved, 2 lines stay to mend." in app.success[0].value
    assert app.text_area[0].value == "1-102 563 A BD 9 3\n9-999 543 A BD 9 3"
    assert world.forms_counted() == 2
    check_tallies(world)


def test_what_was_pasted_is_there_again_after_another_page(open_as: Open, world: SurveyWorld) -> None:
    app = pasted(opened(open_as), "1-101 5")
    app.session_state["panel.surveys.entry"] = "interview"
    app.run()
    app.session_state["panel.surveys.entry"] = "paste"
    assert app.run().text_area[0].value == "1-101 5"


def test_a_bare_room_number_takes_the_piles_building(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as)
    box(app, "Building and entrance").set_value("2")
    app = pasted(app, "102 543 A BD 9 3")
    assert "2-102 · 5 4 3 A BD 9 3" in said(app)


def test_a_paste_too_long_is_refused_in_a_sentence(open_as: Open, world: SurveyWorld) -> None:
    app = pasted(opened(open_as), "1-101 543 A BD 9 3\n" * 501)
    assert app.error and world.forms_counted() == 0


def test_a_round_closed_meanwhile_refuses_the_forms_and_keeps_them_in_the_box(
    open_as: Open, world: SurveyWorld
) -> None:
    app = pasted(opened(open_as), GOOD)
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    button(app, "Save 1 forms").click().run()
    assert world.forms_counted() == 0
    assert app.session_state["kept.surveys.paste." + world.round_row().code]["text"] == GOOD


def test_a_person_asked_at_the_door_is_saved_with_taps_and_the_next_form_is_empty(
    open_as: Open, world: SurveyWorld
) -> None:
    app = opened(open_as, way="interview")
    box(app, "Room (empty: anonymous)").set_value("1-101")
    marks = [each for each in app.segmented_control if each.label.startswith(("1. ", "2. ", "3. "))]
    for control in marks:
        control.set_value(1)
    app.run()
    button(app, "Save and next").click().run()
    assert not app.exception and "No. 1 · 1-101 · 1 1 1 - - - -" in app.success[0].value
    assert "a call-back was opened" in app.success[0].value
    assert box(app, "Room (empty: anonymous)").value == ""
    check_tallies(world)


def test_how_likely_one_is_to_recommend_is_tapped_in_a_row_that_wraps(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, way="interview")
    question = next(each for each in app.pills if "recommend" in each.label)
    assert [int(mark) for mark in question.options] == list(range(11))
    question.set_value(10)
    app.run()
    button(app, "Save and next").click().run()
    assert not app.exception and "No. 1 · anonymous" in app.success[0].value and "10" in app.success[0].value


@pytest.mark.parametrize(("room", "says"), [("7-777", "7-777"), ("1-101", "No question is answered yet.")])
def test_a_form_that_cannot_be_saved_says_why_and_keeps_what_was_typed(
    open_as: Open, world: SurveyWorld, room: str, says: str
) -> None:
    app = opened(open_as, way="interview")
    box(app, "Room (empty: anonymous)").set_value(room)
    app.run()
    button(app, "Save and next").click().run()
    assert any(says in error.value for error in app.error)
    assert box(app, "Room (empty: anonymous)").value == room and world.forms_counted() == 0


def test_somebody_else_types_the_sample_again_and_the_paper_decides(open_as: Open, world: SurveyWorld) -> None:
    entered(world, (world.units[0], ANSWERS))
    app = opened(open_as, CASHIER, "check")
    assert "Take form no. 1 out of the pile" in texts(app)
    app.text_input[-1].set_value("1-101 553 A BD 9 3")
    button(app, "Compare").click().run()
    assert "1 answers" not in texts(app) and "Form no. 1 was read in two ways" in texts(app)
    assert "2. Question 2: first 4, second 5" in texts(app)
    button(app, "The second reading is right").click().run()
    assert not app.exception and "settled" in app.success[0].value
    assert dict(world.answers(ResponseId(world.rows(SurveyResponse)[0].id)))[2] == 5
    check_tallies(world)


def test_the_typist_is_not_offered_the_own_form_for_the_second_reading(open_as: Open, world: SurveyWorld) -> None:
    entered(world, (world.units[0], ANSWERS))
    assert "Nothing to check for you" in texts(opened(open_as, FRONT_DESK, "check"))


def lines_sent(monkeypatch: pytest.MonkeyPatch, *lines: tuple[str, str]) -> list[line_entry.LineAnswer]:
    """Stand in for the browser: these lines are on their way, and what is answered is collected."""
    answered: list[line_entry.LineAnswer] = []
    sent = tuple(line_entry.SentLine(number, text, "same") for number, text in lines)
    monkeypatch.setattr(Batch, "mark", "same")
    monkeypatch.setattr(survey_lines, "unanswered_lines", lambda _key, _store: sent)
    monkeypatch.setattr(survey_lines, "line_box", lambda **given: answered.extend(given["answers"]))
    return answered


def test_lines_that_arrive_are_saved_once_and_answered_one_by_one(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = lines_sent(monkeypatch, ("a1", GOOD), ("a2", "1-102 57"), ("a3", GOOD))
    app = opened(open_as, way="lines")
    told = {answer.id: answer for answer in answers}
    assert told["a1"].ok and "No. 1 · 1-101 · 5 4 3 A BD 9 3 · 电梯慢" in told["a1"].says
    assert not told["a2"].ok and (told["a2"].at, told["a2"].length) == (7, 1)
    assert told["a3"].ok and "already has form no. 1" in told["a3"].says
    app.run()
    assert world.forms_counted() == 2
    assert list(app.dataframe[0].value["Room"]) == ["1-101", "1-101"]


def test_the_last_form_is_mended_and_taken_back(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines_sent(monkeypatch)
    entered(world, (world.units[0], ANSWERS))
    app = pick(opened(open_as, way="lines"))
    line = next(each for each in app.text_input if each.label == "Form no. 1 as a line")
    assert line.value == "1-101 543 A BD 9 3 电梯慢"
    line.set_value("1-102 54 A BD 9 3")
    button(app, "Save the change").click().run()
    assert "5【" not in said(app) and app.error  # too few marks: nothing is saved
    next(each for each in app.text_input if each.label == "Form no. 1 as a line").set_value("1-102 111 A BD 9 3")
    button(app, "Save the change").click().run()
    assert "Form no. 1 is changed." in texts(app)
    app = pick(app)
    button(app, "Take this form back").click().run()
    assert world.forms_counted() == 0
    check_tallies(world)


def test_an_outsider_sees_no_round_of_another_estate(open_as: Open, world: SurveyWorld, portal: Database) -> None:
    elsewhere = looking_after(FRONT_DESK, builders.estate(portal, "Elsewhere"))
    app = open_as("surveys.entry", elsewhere)
    assert "No survey round takes forms" in texts(app)


def test_the_page_speaks_chinese(open_as: Open, world: SurveyWorld) -> None:
    entered(world, (world.units[0], LOW))
    app = open_as("surveys.entry", FRONT_DESK, language="zh_CN")
    assert not app.exception and "问卷录入" in texts(app)


def test_lines_typed_under_another_header_are_not_saved_unseen_and_stored_ones_are_known_again(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(world, (world.units[0], ANSWERS))
    request = world.rows(SurveyResponse)[0].request
    answered: list[line_entry.LineAnswer] = []
    stamped: list[str] = []
    sent = (line_entry.SentLine(request, GOOD, "old"), line_entry.SentLine("b2", "101 543 A BD 9 3", "old"))
    monkeypatch.setattr(survey_lines, "unanswered_lines", lambda _key, _store: sent)

    def note(**given: Any) -> None:
        answered.extend(given["answers"])
        stamped.append(given["mark"])

    monkeypatch.setattr(survey_lines, "line_box", note)
    opened(open_as, way="lines")
    told = {answer.id: answer for answer in answered}
    assert told[request].ok and told[request].says == "No. 1"
    assert not told["b2"].ok and "The fields above were changed" in told["b2"].says
    assert world.forms_counted() == 1 and len(set(stamped)) == 1 and stamped[0] != "old"


def test_a_round_in_the_address_that_takes_no_forms_is_not_exchanged_for_another(
    open_as: Open, world: SurveyWorld
) -> None:
    app = open_as("surveys.entry", FRONT_DESK, round="E0001-20Q1-01")
    assert "Round E0001-20Q1-01 takes no forms now" in texts(app) and not app.segmented_control
    button(app, "Choose another round").click().run()
    assert app.segmented_control and "takes no forms now" not in texts(app)


def test_the_newest_forms_say_what_is_worth_a_look(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines_sent(monkeypatch)
    entered(world, (world.units[0], ANSWERS), (world.units[0], LOW))
    remarks = list(opened(open_as, way="lines").dataframe[0].value["Remarks"])
    assert remarks == ["⚠ repeated ☎ call-back", "⚠ repeated"]
