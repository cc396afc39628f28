"""Questionnaires: begun from the standard one, written line by line, published, retired, a new edition."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.surveys.authoring import parse_questionnaire_items
from db.engine import Database
from db.operations.questionnaires import (
    NewEdition,
    PublishQuestionnaire,
    new_edition,
    publish_questionnaire,
    save_questionnaire,
)
from locales.questionnaire import standard_questionnaire_text
from tests.builders import act, with_code_lists
from tests.db.surveys_setup import SurveyWorld, a_survey_world, draft
from tests.pages.conftest import texts
from tests.pages.fee_paths import Open, pick
from tests.pages.forms import box, panel, panels, press, said, type_in
from tests.personas import ADMINISTRATOR, AUDITOR, HANDLER, PATROL, SUPERVISOR
from tests.statements import count_statements

PAGE = "surveys.questionnaires"
LINES = """\
rating | service+quality | 服务质量 | Quality
choice | | 您是 | You are | A 业主/Owner; B 租户/Tenant
open | | 建议"""


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    return a_survey_world(portal)


def value(database: Database, sql: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def chosen(open_as: Open, world: SurveyWorld, show: str, who: Any = SUPERVISOR) -> AppTest:
    """The page with the published edition open under a panel."""
    return panel(open_as(PAGE, who, questionnaire=str(world.questionnaire)), show)


def table(app: AppTest, column: str) -> Any:
    """The first table that has a column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in texts(app) and not app.dataframe


@pytest.mark.parametrize("who", [PATROL, ADMINISTRATOR])
def test_who_may_not_see_surveys_is_told_whom_to_ask(open_as: Open, world: SurveyWorld, who: Any) -> None:
    app = open_as(PAGE, who)
    assert "You may not open this page" in texts(app) and not app.dataframe


def test_who_only_sees_surveys_is_offered_no_changes(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, HANDLER, questionnaire=str(world.questionnaire))
    assert panels(app) == ["Preview"] and not app.text_area
    assert "Satisfaction survey" in said(app)


def test_an_empty_company_is_offered_the_standard_questionnaire(open_as: Open, portal: Database) -> None:
    with_code_lists(portal)
    app = open_as(PAGE, SUPERVISOR)
    assert "No questionnaire yet" in said(app)
    assert panels(app) == ["New questionnaire"]
    press(app, "Start from the standard questionnaire")
    assert box(app, "Questions, one a line").value == standard_questionnaire_text()
    assert len(table(app, "Question in Chinese")) == 15
    app = press(app, "Save the draft")
    assert app.success[0].value == "The draft is saved." and not app.error
    assert value(portal, "SELECT count(*) FROM questionnaire_items") == 15
    assert value(portal, "SELECT count(*) FROM questionnaire_choices") == 3
    assert panels(app) == ["Preview", "Edit", "Publish", "Give up the draft", "New questionnaire"]
    assert app.query_params["questionnaire"] == "1"


def test_the_standard_questionnaire_keeps_the_titles_that_were_typed(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    type_in(app, Title_in_Chinese="枫林小区调查", Code="maple")
    press(app, "Start from the standard questionnaire")
    assert (box(app, "Title in Chinese").value, box(app, "Code").value) == ("枫林小区调查", "maple")
    assert box(app, "Title in English (may stay empty)").value == "Resident satisfaction survey"


def test_the_standard_questionnaire_reads_without_a_problem(portal: Database) -> None:
    dimensions = ("service", "communication", "management", "facility", "price", "emotion")
    items, problems = parse_questionnaire_items(text=standard_questionnaire_text(), dimensions=dimensions)
    assert (len(items), problems) == (15, ())
    assert {item.dimension for item in items if item.dimension} == set(dimensions)


def test_editions_are_listed_and_narrowed_to_a_state(open_as: Open, world: SurveyWorld) -> None:
    act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    listed = table(open_as(PAGE, AUDITOR), "Rounds using it")
    assert list(zip(listed["Edition"], listed["Questions"], listed["Rounds using it"], strict=True)) == [
        ("2", "8", "0"),
        ("1", "8", "1"),
    ]
    assert list(table(open_as(PAGE, AUDITOR, state="published"), "Edition")["Edition"]) == ["1"]
    assert "No questionnaire is in this state." in said(open_as(PAGE, AUDITOR, state="retired"))


def test_an_edition_is_shown_by_dimension_in_the_persons_language(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, AUDITOR, questionnaire=str(world.questionnaire))
    shown = said(app)
    for part in ("Service**", "Communication**", "**1** Question 1", "**4** You are", "A Choice A; B Choice B", "0–60"):
        assert part in shown
    assert "up to 2" in shown.replace("\\", "") and "Hello" in shown
    zh = said(open_as(PAGE, AUDITOR, language="zh_CN", questionnaire=str(world.questionnaire)))
    for part in ("服务**", "**1** 问题1", "选项A", "您好"):
        assert part in zh


def test_a_picked_row_is_opened_and_let_go_again(open_as: Open, world: SurveyWorld) -> None:
    app = pick(open_as(PAGE, HANDLER))
    assert "Preview" in panels(app) and app.query_params["questionnaire"] == str(world.questionnaire)
    key = app.dataframe[0].proto.id.split("-", 2)[-1]
    app.session_state[key] = {"selection": {"rows": []}}
    assert panels(app.run()) == [] and "questionnaire" not in app.query_params


def test_a_new_questionnaire_is_written_echoed_and_stored(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    type_in(app, Code="desk", Title_in_Chinese="前台服务调查", Introduction_in_English="Thank you")
    box(app, "Questions, one a line").set_value(LINES)
    echo = table(app.run(), "Question in Chinese")
    assert list(echo["Question in Chinese"]) == ["服务质量", "您是", "建议"]
    assert list(echo["Choices or bounds"]) == ["", "A Owner; B Tenant", ""]
    assert echo["Dimension"][0].startswith("Service + ")
    app = press(app, "Save the draft")
    assert app.success[0].value == "The draft is saved."
    assert value(world.database, "SELECT intro_en FROM questionnaires WHERE code = 'desk'") == "Thank you"
    assert "服务质量" in said(app) or "Quality" in said(app)


def test_lines_that_cannot_be_read_are_named_and_nothing_is_lost(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    type_in(app, Code="desk", Title_in_Chinese="前台服务调查")
    wrong = LINES.replace("choice |", "multiple |") + "\nrating | comfort | 舒适"
    box(app, "Questions, one a line").set_value(wrong)
    app.run()
    assert "2 problems in the lines" in app.warning[0].value
    assert len([each for each in app.text if each.value.startswith("⚠")]) == 2
    assert list(table(app, "Question in Chinese")["No."]) == ["1", "3"]
    press(app, "Save the draft")
    assert "correct the lines named below" in app.error[0].value
    assert box(app, "Questions, one a line").value == wrong and box(app, "Code").value == "desk"
    assert value(world.database, "SELECT count(*) FROM questionnaires") == 1


def test_what_was_typed_into_a_draft_outlives_another_panel(open_as: Open, world: SurveyWorld) -> None:
    made = act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    app = panel(open_as(PAGE, SUPERVISOR, questionnaire=str(made)), "edit")
    before = box(app, "Questions, one a line").value
    box(app, "Questions, one a line").set_value(before + "\nopen | | 还有什么？")
    app.run()
    app = panel(panel(app, "preview"), "edit")
    assert box(app, "Questions, one a line").value == before + "\nopen | | 还有什么？"
    press(app, "Save the draft")
    assert app.success[0].value == "The draft is saved."
    assert box(panel(app, "edit"), "Questions, one a line").value.endswith("还有什么？")


def test_a_draft_changed_while_another_panel_was_open_is_not_overwritten(open_as: Open, world: SurveyWorld) -> None:
    made = act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    app = panel(open_as(PAGE, SUPERVISOR, questionnaire=str(made)), "edit")
    type_in(app, Title_in_Chinese="我的标题")
    app = panel(app.run(), "preview")
    theirs = draft(questionnaire_id=made, title_zh="别人的标题", version=1)
    act(world.database, save_questionnaire, theirs, by=SUPERVISOR)
    app = panel(app, "edit")
    assert "Somebody else has changed this record" in app.warning[0].value
    assert box(app, "Title in Chinese").value == "我的标题"
    press(app, "Save the draft")
    assert app.error and not app.success
    press(app, "Show the new values")
    assert box(app, "Title in Chinese").value == "别人的标题"


def test_a_code_that_is_taken_is_refused_and_stays_typed(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    type_in(app, Code="Maple Court", Title_in_Chinese="再来一份")
    box(app, "Questions, one a line").set_value(LINES)
    press(app, "Save the draft")
    assert len(app.error) == 1 and not app.success
    assert (box(app, "Code").value, box(app, "Questions, one a line").value) == ("Maple Court", LINES)


def test_a_new_edition_is_changed_and_published(open_as: Open, world: SurveyWorld) -> None:
    app = press(chosen(open_as, world, "edition"), "Make a new edition")
    assert app.success[0].value == "The draft of the new edition is open."
    number = int(app.query_params["questionnaire"])
    assert number != world.questionnaire
    app = panel(app, "edit")
    assert box(app, "Code").disabled and box(app, "Code").value == "Maple Court"
    lines = box(app, "Questions, one a line").value.splitlines()
    assert len(lines) == 8 and lines[0].startswith("q1: rating | service+quality | 问题1 | Question 1")
    box(app, "Questions, one a line").set_value("\n".join(lines[:3]))
    press(app, "Save the draft")
    assert value(world.database, f"SELECT count(*) FROM questionnaire_items WHERE questionnaire_id = {number}") == 3
    panel(app, "publish")
    press(app, "Publish")
    assert "Tick the box first" in app.error[0].value
    box(app, "Yes, I am sure").set_value(True)
    press(app, "Publish")
    assert app.success[0].value == "Published. Rounds can ask it now." and not app.error
    assert value(world.database, f"SELECT state FROM questionnaires WHERE id = {number}") == "published"
    assert panels(app) == ["Preview", "New edition", "Retire", "New questionnaire"]


def test_a_second_draft_of_one_code_is_refused(open_as: Open, world: SurveyWorld) -> None:
    act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    app = press(chosen(open_as, world, "edition"), "Make a new edition")
    assert len(app.error) == 1 and not app.success


def test_a_draft_without_questions_is_not_published(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    type_in(app, Code="empty", Title_in_Chinese="空白")
    app = panel(press(app, "Save the draft"), "publish")
    box(app, "Yes, I am sure").set_value(True)
    press(app, "Publish")
    assert len(app.error) == 1
    assert value(world.database, "SELECT state FROM questionnaires WHERE code = 'empty'") == "draft"


def test_an_edition_is_retired(open_as: Open, world: SurveyWorld) -> None:
    app = chosen(open_as, world, "retire")
    box(app, "Yes, I am sure").set_value(True)
    press(app, "Retire")
    assert app.success[0].value == "It is offered no more."
    assert panels(app) == ["Preview", "New edition", "New questionnaire"]
    assert value(world.database, "SELECT state FROM questionnaires") == "retired"


def test_a_draft_somebody_else_published_meanwhile_is_not_overwritten(open_as: Open, world: SurveyWorld) -> None:
    number = act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    app = panel(open_as(PAGE, SUPERVISOR, questionnaire=str(number)), "edit")
    box(app, "Title in Chinese").set_value("我的标题")
    app.run()
    act(world.database, publish_questionnaire, PublishQuestionnaire(number, 1), by=SUPERVISOR)
    press(app, "Save the draft")
    assert not app.success
    assert value(world.database, f"SELECT title_zh FROM questionnaires WHERE id = {number}") == "业主满意度调查"


def test_a_draft_somebody_else_changed_is_not_overwritten_and_stays_typed(open_as: Open, world: SurveyWorld) -> None:
    number = act(world.database, new_edition, NewEdition(world.questionnaire), by=SUPERVISOR)
    app = panel(open_as(PAGE, SUPERVISOR, questionnaire=str(number)), "edit")
    box(app, "Title in Chinese").set_value("我的标题")
    app.run()
    act(world.database, save_questionnaire, draft(questionnaire_id=number, title_zh="别人的", version=1), by=SUPERVISOR)
    press(app, "Save the draft")
    assert "Somebody else has changed this record" in app.warning[0].value and len(app.error) == 1
    assert box(app, "Title in Chinese").value == "我的标题"
    assert value(world.database, f"SELECT title_zh FROM questionnaires WHERE id = {number}") == "别人的"
    assert box(press(app, "Show the new values"), "Title in Chinese").value == "别人的"


@pytest.mark.parametrize("show", ["preview", "edition", "retire", "new"])
def test_the_page_keeps_to_twelve_statements(open_as: Open, world: SurveyWorld, show: str) -> None:
    app = chosen(open_as, world, show)
    with count_statements(world.database) as seen:
        app.run()
    assert not app.exception and len(seen) <= 12, "\n".join(seen)


def test_a_questionnaire_that_is_not_there_is_refused_in_words(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, AUDITOR, questionnaire="999999")
    assert not app.exception and len(app.error) == 1
