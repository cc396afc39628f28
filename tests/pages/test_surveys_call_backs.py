"""Call-backs: the queue with its words, the outcome of a call, opening a number with a reason, the history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.kernel.identity import FollowUpId, UnitId
from core.kernel.periods import local_day
from core.kernel.workdays import WorkCalendar
from core.surveys.follow_ups import FollowUpState
from db.engine import Database
from db.operations.follow_ups import NoteAttempt, SettleFollowUp, note_attempt, settle_follow_up
from db.operations.survey_rounds import CloseRound, CutLinks, close_round, cut_links
from db.queries.follow_ups import FollowUpRow, FollowUpsWanted, follow_ups
from pages._shell.tables import filter_text
from tests import builders
from tests.builders import act, ask
from tests.db.surveys_setup import LOW, SurveyWorld, a_survey_world
from tests.pages.conftest import looking_after, texts
from tests.pages.fee_paths import Open, pick, watch_switches
from tests.pages.forms import box, press, said
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, HANDLER, SUPERVISOR
from tests.statements import count_statements

PAGE, ESTATE = "surveys.call_backs", "E0001"
TODAY = local_day(datetime.now(UTC))
WORDS = (*LOW, (8, "电梯慢"))


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    """A survey world whose round runs for the last and next weeks, whatever day today is."""
    found = a_survey_world(portal)
    found.now = datetime.now(UTC)
    found.act(SUPERVISOR, close_round, CloseRound(found.estate, found.round, 1))
    found.round = found.open(starts_on=TODAY - timedelta(days=30), ends_on=TODAY + timedelta(days=30))
    return found


def called(world: SurveyWorld, unit: UnitId, answers: Any = LOW, days_ago: int = 0) -> FollowUpId:
    """A low form of a unit, typed in some days ago, and the number of its call-back."""
    now = world.now
    world.now = now - timedelta(days=days_ago)
    entered = world.answer(unit, answers, collected_on=TODAY - timedelta(days=days_ago))
    world.now = now
    assert entered.follow_up_id is not None
    return entered.follow_up_id


def settled(world: SurveyWorld, number: FollowUpId, outcome: FollowUpState, mark: int | None = None) -> None:
    command = SettleFollowUp(world.estate, number, 1, outcome, mark, "打过电话了")
    act(world.database, settle_follow_up, command, by=FRONT_DESK, now=datetime.now(UTC))


def value(database: Database, sql: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def outcome(app: AppTest, code: str) -> AppTest:
    next(each for each in app.segmented_control if each.label == "What came of the call?").set_value(code)
    return app.run()


def mark(app: AppTest, given: int) -> None:
    next(each for each in app.segmented_control if each.label.startswith("How satisfied")).set_value(given)


def note(app: AppTest, words: str) -> None:
    box(app, "What was said, what happens next").set_value(words)


def shown(app: AppTest, name: str) -> AppTest:
    """Choose the panel of the open call-back."""
    next(each for each in app.segmented_control if (each.key or "").startswith("panel.call_back")).set_value(name)
    return app.run()


def offered(app: AppTest) -> list[str]:
    return [o for each in app.segmented_control if (each.key or "").startswith("panel.call_back") for o in each.options]


def metrics(app: AppTest) -> list[tuple[str, str]]:
    return [(each.value, each.delta) for each in app.metric]


def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in texts(app) and not app.dataframe


@pytest.mark.parametrize("who", [AUDITOR, CASHIER, ADMINISTRATOR])
def test_who_calls_nobody_is_told_whom_to_ask(open_as: Open, world: SurveyWorld, who: Any) -> None:
    called(world, world.units[0])
    app = open_as(PAGE, who)
    assert "You may not open this page" in texts(app) and not app.dataframe and not app.metric


def test_an_empty_queue_says_what_fills_it(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, HANDLER)
    assert "Nobody waits for a call" in said(app)
    assert [value_ for value_, _ in metrics(app)] == ["0", "0", "0", "n/a"]
    assert "No call-back fits." in said(open_as(PAGE, HANDLER, show="settled"))


def test_the_queue_says_what_is_late_what_was_low_and_whom_to_call(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[4], ((2, 2),))
    called(world, world.units[0], days_ago=20)
    app = open_as(PAGE, HANDLER)
    table = app.dataframe[0].value
    assert list(table["Unit"]) == ["1-101", "2-101"] and list(table["Estate"]) == ["Maple Court"] * 2
    assert table["Time left"][0].startswith("⚠ overdue since ") and table["Time left"][1].startswith("○ ")
    assert "working days left" in table["Time left"][1]
    assert list(table["Low marks"]) == ["Question 1: 1; Question 3: 2", "Question 2: 2"]
    assert "****" in table["Lives there"][0] and "住户" not in table["Lives there"][0]
    assert [value_ for value_, _ in metrics(app)] == ["1", "0", "2", "n/a"]
    assert metrics(app)[0][1] == "⚠ past the day due"


def test_a_call_due_today_stands_under_its_own_words(open_as: Open, world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    with world.database.writing() as connection, connection.begin():
        connection.execute(text(f"UPDATE follow_ups SET due_on = '{TODAY}' WHERE id = {number}"))
    app = open_as(PAGE, HANDLER, show="today")
    assert list(app.dataframe[0].value["Time left"]) == ["◔ due today"]
    assert metrics(app)[1] == ("1", "◔ call before the day ends")


def test_the_state_narrows_the_queue_and_stands_in_the_address(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0], days_ago=20)
    called(world, world.units[1])
    settled(world, called(world, world.units[2]), FollowUpState.REACHED, 4)
    app = open_as(PAGE, HANDLER, show="overdue")
    assert list(app.dataframe[0].value["Unit"]) == ["1-101"]
    box(app, "Show").set_value("settled")
    app.run()
    assert app.query_params["show"] == "settled"
    assert list(app.dataframe[0].value["Unit"]) == ["1-201"] and list(app.dataframe[0].value["New mark"]) == ["4"]
    assert metrics(app)[3] == ("100.0 %", "1 of 1 reached are satisfied now")


def test_a_unit_is_searched_letter_by_letter(open_as: Open, world: SurveyWorld) -> None:
    for unit in world.units[:3]:
        called(world, unit)
    app = open_as(PAGE, HANDLER, unit="1-1")
    assert sorted(app.dataframe[0].value["Unit"]) == ["1-101", "1-102"] and "2 rows" in said(app)
    box(app, "Unit").set_value("%")
    assert "No call-back fits." in said(app.run())


def test_call_backs_of_other_estates_are_as_if_not_there(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0])
    other = builders.estate(world.database, "Oak Park")
    who = replace(looking_after(HANDLER, other), name="elsewhere")
    app = open_as(PAGE, who, estate=ESTATE)
    assert "Nobody waits for a call" in said(app) and [v for v, _ in metrics(app)] == ["0", "0", "0", "n/a"]
    assert list(open_as(PAGE, HANDLER, estate=ESTATE).dataframe[0].value["Unit"]) == ["1-101"]
    assert "Nobody waits" in said(open_as(PAGE, HANDLER, estate="E0002"))


def test_an_open_call_back_shows_questions_words_and_people_masked(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[3], WORDS)
    app = pick(open_as(PAGE, HANDLER))
    words = said(app)
    for part in ("Question 1", "Question 3", "“电梯慢”", "1\\-202", "Calls so far"):
        assert part in words
    assert "Question 2" not in words and "Owner" in words and "Tenant" in words
    assert "住户3" not in words and "1380001" not in words
    assert offered(app) == ["Call", "History"], "a handler opens no numbers"


def test_a_customer_who_was_reached_gives_a_new_mark(open_as: Open, world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    app = pick(open_as(PAGE, FRONT_DESK))
    mark(app, 5)
    note(app, "已维修，客户满意")
    app = press(app, "Save")
    assert app.success[0].value == "The call-back is settled." and not app.error
    stored = value(world.database, f"SELECT state || new_mark || attempts FROM follow_ups WHERE id = {number}")
    assert stored == "reached51" and "Nobody waits for a call" in said(app)
    assert metrics(app)[3][0] == "100.0 %"


@pytest.mark.parametrize(
    ("given", "words"), [(None, "已维修，客户满意"), (4, ""), (4, "好")], ids=["no mark", "no note", "short"]
)
def test_a_call_without_mark_or_note_is_refused_and_stays_typed(
    open_as: Open, world: SurveyWorld, given: int | None, words: str
) -> None:
    number = called(world, world.units[0])
    app = pick(open_as(PAGE, FRONT_DESK))
    if given:
        mark(app, given)
    note(app, words)
    press(app, "Save")
    assert not app.exception and len(app.error) == 1
    assert box(app, "What was said, what happens next").value == words
    assert value(world.database, f"SELECT state FROM follow_ups WHERE id = {number}") == "open"


def test_a_call_in_vain_is_counted_and_stays_in_the_queue(open_as: Open, world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    app = outcome(pick(open_as(PAGE, HANDLER)), "in_vain")
    assert not [each for each in app.segmented_control if each.label.startswith("How satisfied")]
    app = press(app, "Save")
    assert app.success[0].value == "The call is noted. The call-back stays open."
    assert list(app.dataframe[0].value["Calls"]) == ["1"]
    assert value(world.database, f"SELECT state FROM follow_ups WHERE id = {number}") == "open"


@pytest.mark.parametrize(("code", "state"), [("given_up", "unreachable"), ("dropped", "dropped")])
def test_a_call_back_ends_without_a_mark_but_never_without_a_reason(
    open_as: Open, world: SurveyWorld, code: str, state: str
) -> None:
    number = called(world, world.units[0])
    app = press(outcome(pick(open_as(PAGE, HANDLER)), code), "Save")
    assert len(app.error) == 1
    note(app, "三次无人接听")
    app = press(app, "Save")
    assert app.success[0].value == "The call-back is settled."
    assert value(world.database, f"SELECT state FROM follow_ups WHERE id = {number}") == state


def test_who_rings_back_later_is_still_reached(open_as: Open, world: SurveyWorld) -> None:
    settled(world, called(world, world.units[0]), FollowUpState.UNREACHABLE)
    app = pick(open_as(PAGE, HANDLER, show="settled"))
    outcomes = next(each for each in app.segmented_control if each.label == "What came of the call?")
    assert list(outcomes.options) == ["Reached"]
    mark(app, 4)
    note(app, "客户回电，已解决")
    app = press(app, "Save")
    assert app.success[0].value == "The call-back is settled."
    app = pick(app)
    assert offered(app) == ["History"]


def test_two_people_do_not_settle_one_call_back_twice(open_as: Open, world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    app = pick(open_as(PAGE, HANDLER))
    act(world.database, note_attempt, NoteAttempt(world.estate, number, 1, ""), by=FRONT_DESK, now=datetime.now(UTC))
    mark(app, 5)
    note(app, "已维修，客户满意")
    press(app, "Save")
    assert len(app.error) == 1 and "Somebody else has changed this record" in app.warning[0].value
    assert box(app, "What was said, what happens next").value == "已维修，客户满意"
    assert value(world.database, f"SELECT state || attempts FROM follow_ups WHERE id = {number}") == "open1"


def test_the_history_tells_every_call(open_as: Open, world: SurveyWorld) -> None:
    number = called(world, world.units[0])
    app = shown(pick(open_as(PAGE, SUPERVISOR)), "history")
    assert "Nobody has called yet." in said(app)
    act(world.database, note_attempt, NoteAttempt(world.estate, number, 1, ""), by=FRONT_DESK, now=datetime.now(UTC))
    history = app.run().dataframe[-1].value
    assert list(history["Who"]) == ["front desk"] and list(history["Outcome"]) == ["Not reached, try again"]


def test_a_number_is_opened_with_a_reason_and_noted(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[3])
    app = shown(pick(open_as(PAGE, FRONT_DESK)), "reveal")
    assert len(box(app, "Whose?").options) == 2
    box(app, "Reason").set_value("回访满意度低分")
    app = press(app, "Show in full")
    assert not app.exception and not app.error
    assert len(app.code) == 1 and app.code[0].value.startswith("138")
    assert value(world.database, "SELECT count(*) FROM audit_entries WHERE action LIKE '%reveal%'") == 1
    assert not app.run().code


def test_a_number_is_not_opened_without_a_reason(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0])
    app = press(shown(pick(open_as(PAGE, FRONT_DESK)), "reveal"), "Show in full")
    assert len(app.error) == 1 and not app.code


def test_the_way_leads_to_the_people_of_the_unit(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = watch_switches(monkeypatch)
    called(world, world.units[0])
    press(pick(open_as(PAGE, HANDLER)), "Customers")
    page, address = seen[0]
    assert (page, address["estate"], address["search"]) == ("customers", ESTATE, "1-101")


def test_marks_are_gone_once_nobody_can_tell_whose_form_it_was(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0], WORDS)
    close = CloseRound(world.estate, world.round, world.round_row().version)
    act(world.database, close_round, close, by=SUPERVISOR, now=world.now - timedelta(days=40))
    act(world.database, cut_links, CutLinks(world.estate), now=world.now)
    app = pick(open_as(PAGE, HANDLER))
    assert list(app.dataframe[0].value["Low marks"]) == ["lowest mark 1"]
    assert "电梯慢" not in said(app) and "only the lowest mark (1) is known" in said(app)


def test_an_ended_call_back_no_longer_tells_whom_it_was_about(open_as: Open, world: SurveyWorld) -> None:
    settled(world, called(world, world.units[0]), FollowUpState.UNREACHABLE)
    close = CloseRound(world.estate, world.round, world.round_row().version)
    act(world.database, close_round, close, by=SUPERVISOR, now=world.now - timedelta(days=40))
    act(world.database, cut_links, CutLinks(world.estate), now=world.now)
    app = pick(open_as(PAGE, FRONT_DESK, show="settled"))
    assert list(app.dataframe[0].value["Unit"]) == ["no longer known"] and "1-101" not in said(app)
    assert offered(app) == ["History"] and not [each for each in app.button if each.label == "Customers"]


def test_the_export_is_masked_and_keeps_the_search_out_of_the_log(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0])
    assert open_as(PAGE, SUPERVISOR).download_button
    assert not open_as(PAGE, HANDLER).download_button
    (row,) = rows(world)
    assert all("*" in one.name and "****" in one.phone for one in row.people)
    assert filter_text(FollowUpsWanted(world.estate, search="1-101")) == f"estate_id={world.estate}, shown=open"


def rows(world: SurveyWorld) -> tuple[FollowUpRow, ...]:
    return ask(world.database, follow_ups, FollowUpsWanted(), by=SUPERVISOR, now=world.now).rows


def test_the_words_count_working_days(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0])
    (row,) = rows(world)
    days = [TODAY + timedelta(days=n) for n in range(1, (row.due_on - TODAY).days + 1)]
    assert row.working_days_left == sum(WorkCalendar().working_day(day).value for day in days)
    assert f"{row.working_days_left} working days left" in said(open_as(PAGE, HANDLER))


@pytest.mark.parametrize("show", ["list", "call", "history", "reveal"])
def test_the_page_keeps_to_twelve_statements(open_as: Open, world: SurveyWorld, show: str) -> None:
    for unit in world.units:
        called(world, unit, WORDS)
    app = open_as(PAGE, SUPERVISOR, estate=ESTATE)
    if show != "list":
        app = shown(pick(app), show)
    with count_statements(world.database) as seen:
        app.run()
    assert not app.exception and len(seen) <= 12, "\n".join(seen)


def test_the_page_speaks_chinese(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0])
    app = pick(open_as(PAGE, HANDLER, language="zh_CN"))
    assert "问题1" in said(app) and "Question 1" not in said(app)


def test_a_line_names_the_two_lowest_marks_and_how_many_more_there_are(open_as: Open, world: SurveyWorld) -> None:
    called(world, world.units[0], ((1, 2), (2, 2), (3, 1)))
    table = open_as(PAGE, HANDLER).dataframe[0].value
    assert list(table["Low marks"]) == ["Question 3: 1; Question 1: 2; 1 more"]
