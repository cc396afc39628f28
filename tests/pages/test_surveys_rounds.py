"""Survey rounds: listed with rates, opened, changed, closed, opened again, called off; the paper form."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.documents.questionnaire_form import Language
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from core.surveys.precision import needed_sample
from core.surveys.rounds import Channel, RoundKind
from db.engine import Database
from db.operations.survey_rounds import ChangeRound, CloseRound, CutLinks, change_round, close_round, cut_links
from db.queries.survey_rounds import RoundRow, RoundWanted, survey_round
from locales.translator import Translator
from pages._shell.page import Page
from pages._shell.panels import survey_rounds as parts
from tests import builders
from tests.builders import act, ask
from tests.db.surveys_setup import SurveyWorld, a_survey_world
from tests.pages.conftest import looking_after, texts
from tests.pages.fee_paths import Open, pick, watch_switches
from tests.pages.forms import box, panel, panels, press, said, type_in
from tests.personas import ADMINISTRATOR, AUDITOR, FRONT_DESK, HANDLER, PATROL, SUPERVISOR
from tests.statements import count_statements

PAGE, ESTATE = "surveys.rounds", "E0001"
TODAY = local_day(datetime.now(UTC))


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    """A survey world whose first round runs today, whatever day today is."""
    found = a_survey_world(portal)
    found.now = datetime.now(UTC)
    days = {"starts_on": TODAY - timedelta(days=9), "ends_on": TODAY + timedelta(days=10)}
    found.act(SUPERVISOR, close_round, CloseRound(found.estate, found.round, 1))
    found.round = found.open(name="秋季调查", **days, sent=8, target_sample=5)
    return found


def row_of(world: SurveyWorld) -> RoundRow:
    found = ask(world.database, survey_round, RoundWanted(number=(world.estate, world.round)), by=SUPERVISOR)
    assert found is not None
    return found


def chosen(open_as: Open, world: SurveyWorld, show: str = "card", who: Any = SUPERVISOR) -> AppTest:
    """The page with the running round open under a panel."""
    app = open_as(PAGE, who, estate=ESTATE, round=row_of(world).code)
    return app if show == "card" else panel(app, show)


def value(database: Database, sql: str) -> Any:
    with database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def elsewhere(who: Actor, *estates: EstateId) -> Actor:
    """A colleague with the same roles who looks after these estates only."""
    return replace(looking_after(who, *estates), name=f"{who.name} elsewhere")


def confirm(app: AppTest, button: str) -> AppTest:
    box(app, "Yes, I am sure").set_value(True)
    return press(app, button)


def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in texts(app) and not app.dataframe


@pytest.mark.parametrize("who", [PATROL, ADMINISTRATOR])
def test_who_may_not_see_surveys_is_told_whom_to_ask(open_as: Open, world: SurveyWorld, who: Any) -> None:
    app = open_as(PAGE, who)
    assert "You may not open this page" in texts(app) and not app.dataframe


def test_who_only_sees_surveys_is_offered_no_changes(open_as: Open, world: SurveyWorld) -> None:
    app = chosen(open_as, world, who=AUDITOR)
    assert panels(app) == ["Details"] and "秋季调查" in said(app)
    assert [each.label for each in app.button] == ["Survey results"]


def test_rounds_are_listed_with_forms_and_rates(open_as: Open, world: SurveyWorld) -> None:
    world.answer(world.units[0], collected_on=TODAY)
    world.answer(None, collected_on=TODAY)
    table = open_as(PAGE, AUDITOR).dataframe[0].value
    row = next(row for _, row in table.iterrows() if row["Name"] == "秋季调查")
    assert (row["Forms in / target / handed out"], row["Response rate"]) == ("2 / 5 / 8", "25.0 %")
    assert (row["First day"], row["Last day"]) == (str(TODAY - timedelta(days=9)), str(TODAY + timedelta(days=9)))
    assert row["Phase"].startswith("▶") and row["Questionnaire"] == "Satisfaction survey · edition 1"
    other = next(row for _, row in table.iterrows() if row["Name"] != "秋季调查")
    assert (other["Response rate"], other["Forms in / target / handed out"]) == ("", "0 / – / –")
    assert other["Phase"].startswith("✓")
    assert "Estate" in table and "Estate" not in open_as(PAGE, AUDITOR, estate=ESTATE).dataframe[0].value


def test_a_phase_narrows_the_list_and_stands_in_the_address(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, AUDITOR, phase="running")
    assert list(app.dataframe[0].value["Name"]) == ["秋季调查"]
    box(app, "Phase").set_value("closed")
    app.run()
    assert app.query_params["phase"] == "closed" and "秋季调查" not in list(app.dataframe[0].value["Name"])
    assert "No round is in this phase." in said(open_as(PAGE, AUDITOR, phase="planned"))


def test_rounds_of_other_estates_are_as_if_not_there(open_as: Open, world: SurveyWorld) -> None:
    other = builders.estate(world.database, "Oak Park")
    app = open_as(PAGE, elsewhere(AUDITOR, other), round=row_of(world).code)
    assert "No survey round yet" in said(app) and "秋季调查" not in said(app)


def test_an_empty_estate_says_who_opens_the_first_round(open_as: Open, portal: Database) -> None:
    builders.with_code_lists(portal)
    builders.small_estate(portal)
    app = open_as(PAGE, SUPERVISOR, estate=ESTATE)
    assert "No survey round yet" in said(app)
    assert "A round asks a published questionnaire, and there is none yet." in said(app)


def test_a_new_round_needs_an_estate(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    assert "Choose an estate above to open a round for it." in said(app)


def test_a_round_is_opened_with_the_last_day_included(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR, estate=ESTATE), "new")
    assert box(app, "Target sample").value == needed_sample(population=6) == 6
    assert box(app, "Households that could answer").value == 6
    assert "6 of 6 households must answer" in said(app)
    type_in(app, Name="冬季调查", Questionnaires_handed_out=20, First_day=TODAY, Target_sample=4)
    box(app, "Last day (included)").set_value(TODAY + timedelta(days=13))
    box(app, "Channels").set_value([Channel.PAPER, Channel.PHONE])
    app = press(app, "Open the round")
    assert not app.error and "is open." in app.success[0].value
    assert value(world.database, "SELECT ends_on FROM survey_rounds WHERE name = '冬季调查'") == str(
        TODAY + timedelta(days=14)
    )
    columns = "target_sample || '/' || sent || '/' || population || '/' || channels || '/' || kind"
    stored = value(world.database, f"SELECT {columns} FROM survey_rounds WHERE name = '冬季调查'")
    assert stored == "4/20/6/phone,paper/regular"
    assert "冬季调查" in texts(app) and app.query_params["round"].endswith("-02" if TODAY.month < 10 else "-03")


def test_a_round_after_an_event_names_the_event(open_as: Open, world: SurveyWorld) -> None:
    app = panel(open_as(PAGE, SUPERVISOR, estate=ESTATE), "new")
    assert not [each for each in app.text_input if each.label == "Event it asks about"]
    box(app, "Kind").set_value(RoundKind.AFTER_EVENT)
    app.run()
    box(app, "Name").set_value("电梯维修后")
    press(app, "Open the round")
    assert len(app.error) == 1 and box(app, "Name").value == "电梯维修后"
    box(app, "Event it asks about").set_value("3 号楼电梯维修")
    press(app, "Open the round")
    assert not app.error
    assert (
        value(world.database, "SELECT event_reference FROM survey_rounds WHERE name = '电梯维修后'") == "3 号楼电梯维修"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"Name": ""},
        {"Last day (included)": TODAY - timedelta(days=1)},
        {"Channels": []},
        {"Target sample": 7},
        {"Last day (included)": TODAY + timedelta(days=900)},
    ],
    ids=["no name", "dates reversed", "no channel", "target above households", "too long"],
)
def test_a_round_that_does_not_fit_is_refused_and_stays_typed(
    open_as: Open, world: SurveyWorld, wrong: dict[str, Any]
) -> None:
    app = panel(open_as(PAGE, SUPERVISOR, estate=ESTATE), "new")
    typed = {"Name": "错误的一期", "Questionnaires handed out": 20, **wrong}
    for label, entered in typed.items():
        box(app, label).set_value(entered)
    press(app, "Open the round")
    assert not app.exception and len(app.error) == 1 and not app.success
    assert all(box(app, label).value == entered for label, entered in typed.items())
    assert value(world.database, "SELECT count(*) FROM survey_rounds") == 2


def test_a_round_is_changed(open_as: Open, world: SurveyWorld) -> None:
    app = chosen(open_as, world, "change")
    assert (box(app, "Name").value, box(app, "Questionnaires handed out").value) == ("秋季调查", 8)
    assert box(app, "Last day (included)").value == TODAY + timedelta(days=9)
    type_in(app, Name="秋季满意度调查", Questionnaires_handed_out=40)
    press(app, "Save")
    assert app.success[0].value == "The round is saved." and not app.error
    row = row_of(world)
    assert (row.name, row.sent, row.last_day) == ("秋季满意度调查", 40, TODAY + timedelta(days=9))


def test_a_day_on_which_forms_came_in_cannot_be_cut_off(open_as: Open, world: SurveyWorld) -> None:
    world.answer(world.units[0], collected_on=TODAY)
    app = chosen(open_as, world, "change")
    box(app, "Last day (included)").set_value(TODAY - timedelta(days=1))
    press(app, "Save")
    assert len(app.error) == 1 and box(app, "Last day (included)").value == TODAY - timedelta(days=1)
    assert row_of(world).last_day == TODAY + timedelta(days=9)


def test_a_round_somebody_else_changed_is_not_overwritten(open_as: Open, world: SurveyWorld) -> None:
    app, row = chosen(open_as, world, "change"), row_of(world)
    command = ChangeRound(
        world.estate, world.round, row.version, "别人的名字", row.kind, row.starts_on, row.ends_on, row.channels
    )
    act(world.database, change_round, command, by=SUPERVISOR, now=world.now)
    box(app, "Name").set_value("我的名字")
    press(app, "Save")
    assert len(app.error) == 1 and box(app, "Name").value == "我的名字"
    assert "Somebody else has changed this record" in app.warning[0].value
    assert row_of(world).name == "别人的名字"


def test_a_round_is_closed_and_opened_again(open_as: Open, world: SurveyWorld) -> None:
    app = chosen(open_as, world, "close")
    press(app, "Close the round")
    assert "Tick the box first" in app.error[0].value and row_of(world).state == "open"
    app = confirm(app, "Close the round")
    assert app.success[0].value == "The round is closed." and row_of(world).closed_on == TODAY
    assert panels(app) == ["Details", "Open again", "New round"]
    assert not [each for each in app.button if each.label == "Enter forms"]
    app = confirm(panel(app, "reopen"), "Open the round again")
    assert app.success[0].value == "The round is open again." and row_of(world).state == "open"


def test_a_round_is_called_off_for_good(open_as: Open, world: SurveyWorld) -> None:
    app = confirm(chosen(open_as, world, "cancel"), "Call the round off")
    assert app.success[0].value == "The round is called off." and row_of(world).state == "cancelled"
    assert panels(app) == ["Details", "New round"]


def test_a_round_that_forgot_whose_form_is_whose_is_not_opened_again(open_as: Open, world: SurveyWorld) -> None:
    close = CloseRound(world.estate, world.round, row_of(world).version)
    act(world.database, close_round, close, by=SUPERVISOR, now=world.now - timedelta(days=40))
    act(world.database, cut_links, CutLinks(world.estate), now=world.now)
    app = chosen(open_as, world)
    assert panels(app) == ["Details", "New round"]
    assert "nobody can tell any more whose form is whose" in said(app)


def test_the_way_leads_to_entry_and_results_of_this_round(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, code = watch_switches(monkeypatch), row_of(world).code
    app = chosen(open_as, world, who=FRONT_DESK)
    press(app, "Enter forms")
    press(app, "Survey results")
    assert [(page, address["round"], address["estate"]) for page, address in seen] == [
        ("entry", code, ESTATE),
        ("results", code, ESTATE),
    ]


def paper(open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch, language: Language) -> tuple[str, str]:
    """What stands at the head of the paper form, and in its body."""
    seen: list[Page] = []
    monkeypatch.setattr(parts, "_offer_paper", lambda page, _row: seen.append(page))
    chosen(open_as, world, who=AUDITOR)
    document = Document(BytesIO(parts.paper_form(seen[-1], row_of(world), language)))
    head = cells_of(document.sections[0].header.tables)
    return head, "\n".join([*(paragraph.text for paragraph in document.paragraphs), cells_of(document.tables)])


def cells_of(tables: Iterable[Any]) -> str:
    return "\n".join(cell.text for table in tables for line in table.rows for cell in line.cells)


@pytest.mark.parametrize(
    ("language", "asked"),
    [("zh_CN", ("业主满意度调查", "问题1", "选项A")), ("en", ("Satisfaction survey", "Question 1", "Choice A"))],
)
def test_the_paper_form_carries_the_code_and_the_questions(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch, language: Language, asked: tuple[str, ...]
) -> None:
    row, words = row_of(world), Translator(language)
    head, body = paper(open_as, world, monkeypatch, language)
    assert row.code in head and "Maple Court" in head
    for part in (*asked, words.t("Very satisfied"), words.t("Room"), str(row.last_day), "秋季调查"):
        assert part in body


def test_the_paper_form_is_offered_in_both_languages_while_the_round_is_open(open_as: Open, world: SurveyWorld) -> None:
    labels = [each.label for each in chosen(open_as, world, who=HANDLER).download_button]
    assert labels == ["Paper form in Chinese", "Paper form in English"]
    act(world.database, close_round, CloseRound(world.estate, world.round, row_of(world).version), by=SUPERVISOR)
    assert not chosen(open_as, world, who=HANDLER).download_button


def test_a_picked_row_is_opened_and_another_estate_closes_it(open_as: Open, world: SurveyWorld) -> None:
    builders.estate(world.database, "Oak Park")
    app = pick(open_as(PAGE, AUDITOR, estate=ESTATE))
    assert "Details" in panels(app) and app.query_params["round"] == row_of(world).code
    app.query_params["estate"] = "E0002"
    app.run()
    assert panels(app) == [] and "round" not in app.query_params


@pytest.mark.parametrize("show", ["card", "change", "close", "new"])
def test_the_page_keeps_to_twelve_statements(open_as: Open, world: SurveyWorld, show: str) -> None:
    app = chosen(open_as, world, show)
    with count_statements(world.database) as seen:
        app.run()
    assert not app.exception and len(seen) <= 12, "\n".join(seen)


def test_the_page_speaks_chinese(open_as: Open, world: SurveyWorld) -> None:
    app = open_as(PAGE, AUDITOR, language="zh_CN", round=row_of(world).code)
    assert not app.exception and "业主满意度调查" in said(app)
