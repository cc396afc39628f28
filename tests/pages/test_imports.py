"""The import centre, opened as those who may and those who may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.imports.header import propose_mapping
from core.imports.kinds import KINDS
from core.imports.sheets import Sheet
from core.imports.specs import ImportKind
from core.kernel.identity import ResponseId
from core.surveys.rounds import Channel
from db.engine import Database
from db.jobs.worker import new_worker
from db.models import Estate, ImportBatch, SurveyResponse
from db.queries.imports import SpecWanted, import_spec
from db.unit_of_work import fetch
from locales.labels import enum_label, label
from locales.translator import Translator
from tests.db.surveys_setup import SurveyWorld, a_survey_world
from tests.pages.conftest import texts
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, PATROL, SUPERVISOR

Open = Callable[..., AppTest]
ESTATES = "小区名称,地址,总户数\n桂花苑,桂溪路1号,120 户\n银杏里,桂溪路2号,80 户\n"


def work(portal: Database) -> None:
    worker = new_worker(portal, lambda: datetime.now(UTC))
    while worker.run_next():
        pass


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def upload(app: AppTest, text: str, name: str = "estates.csv") -> AppTest:
    app.file_uploader[0].set_value((name, text.encode(), "text/csv"))
    return press(app.run(), "Read the file")


def estates(portal: Database) -> int:
    with portal.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Estate)).scalar_one())


def test_nobody_signed_in_sees_nothing(open_as: Open) -> None:
    app = open_as("admin.imports", None)
    assert not app.file_uploader
    assert "signed out" in texts(app)


@pytest.mark.parametrize("who", [CASHIER, PATROL])
def test_those_who_import_nothing_are_told_whom_to_ask(open_as: Open, who: Actor) -> None:
    app = open_as("admin.imports", who)
    assert not app.file_uploader
    assert "Administrator" in texts(app)


def test_an_empty_centre_says_how_to_begin(open_as: Open) -> None:
    assert "Begin with the estates" in texts(open_as("admin.imports", ADMINISTRATOR))


def said(kind: ImportKind) -> str:
    return label(Translator("en"), f"enum.ImportKind.{kind.value}")


def test_the_front_desk_is_offered_people_and_what_they_said_only(open_as: Open) -> None:
    app = open_as("admin.imports", FRONT_DESK)
    assert app.button_group[0].options == ["Customers", said(ImportKind.SURVEY_RESPONSES)]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_page_without_untranslated_words_opens_in_both_languages(open_as: Open, language: str) -> None:
    assert not open_as("admin.imports", SUPERVISOR, language=language).exception


def test_a_file_is_read_checked_imported_and_taken_back(open_as: Open, portal: Database) -> None:
    app = upload(open_as("admin.imports", SUPERVISOR), ESTATES)
    assert [box.value for box in app.selectbox if box.label in ("小区名称", "地址", "总户数")] == [
        "name",
        "address",
        "household_count",
    ]
    press(app, "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric] == ["2", "2", "0", "0", "0"]
    press(app, "Import 2 rows")
    work(portal)
    app.run()
    assert estates(portal) == 2
    press(app, "Take this import back")
    assert estates(portal) == 0
    assert "taken back" in texts(app)


def test_a_bad_row_blocks_the_import_until_it_is_left_out(open_as: Open, portal: Database) -> None:
    app = upload(open_as("admin.imports", SUPERVISOR), ESTATES + ",没有名字,5 户\n")
    press(app, "Check the file")
    work(portal)
    app.run()
    go = next(button for button in app.button if button.label == "Import 2 rows")
    assert go.disabled
    app.checkbox[0].check().run()
    press(app, "Import 2 rows")
    work(portal)
    app.run()
    assert estates(portal) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.pdf", "%PDF-1.7", "PDF"), ("a.csv", "", "empty"), ("a.xlsm", "PK\x03\x04", "macro")],
)
def test_a_refused_file_says_why_and_keeps_nothing(
    open_as: Open, portal: Database, name: str, content: str, said: str
) -> None:
    app = upload(open_as("admin.imports", SUPERVISOR), content, name)
    assert said.lower() in app.error[0].value.lower()
    with portal.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ImportBatch)).scalar_one() == 0


def test_a_discarded_file_is_gone(open_as: Open, portal: Database) -> None:
    app = upload(open_as("admin.imports", SUPERVISOR), ESTATES)
    press(app, "Discard")
    assert "discarded" in texts(app)
    assert "batch" not in app.query_params


FORMS = "id,q1,q2,home,NPS,extra\n7,5,9,A,9,x\n8,4,NA,,0,y\n9,6,4,,,z\n"


def a_round(portal: Database) -> SurveyWorld:
    """A round that has begun, whenever the test runs."""
    world = a_survey_world(portal)
    everything = (Channel.PAPER, Channel.PHONE, Channel.ONLINE)
    world.round = world.open(name="老轮次", starts_on=date(2021, 9, 1), ends_on=date(2021, 10, 1), channels=everything)
    return world


def read_as(app: AppTest, heading: str) -> Any:
    return next(box.value for box in app.selectbox if box.label == heading)


def choose_answers(app: AppTest) -> AppTest:
    app.session_state["imports.kind"] = ImportKind.SURVEY_RESPONSES
    return app.run()


def open_surveys(open_as: Open, world: SurveyWorld, **options: str) -> AppTest:
    app = choose_answers(open_as("admin.imports", FRONT_DESK, **options))
    rounds = app.selectbox(key="imports.round")
    return rounds.set_value((world.estate, world.round)).run()


def test_answers_are_brought_to_a_round_with_day_channel_and_what_means_no_answer(
    open_as: Open, portal: Database
) -> None:
    world = a_round(portal)
    app = upload(open_surveys(open_as, world), FORMS, "forms.csv")
    assert not app.exception
    assert "老轮次" in texts(app)
    assert [read_as(app, heading) for heading in ("id", "q1", "home", "NPS", "extra")] == [
        *("form_number", "item.1", "item.4", "item.6", None)
    ]
    day, channel = app.date_input(key="imports.constant.collected_on"), app.selectbox(key="imports.constant.channel")
    assert (day.value, channel.value) == (date(2021, 9, 1), Channel.ONLINE)
    day.set_value(date(2021, 10, 1)).run()
    assert any("2021-10-01" in error.value or "outside_round" in error.value for error in app.error)
    app.date_input(key="imports.constant.collected_on").set_value(date(2021, 9, 9)).run()
    assert not app.error
    app.selectbox(key="imports.constant.channel").set_value(Channel.PAPER).run()
    app.text_input(key="imports.recodes").set_value("9, NA").run()
    press(app, "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric] == ["3", "2", "0", "0", "1"]
    app.checkbox[0].check().run()
    press(app, "Import 2 rows")
    work(portal)
    app.run()
    rows = [row for row in world.rows(SurveyResponse) if row.round_id == world.round]
    assert [(row.channel, row.collected_on) for row in rows] == [("paper", date(2021, 9, 9))] * 2
    assert [world.answers(ResponseId(row.id)) for row in rows] == [((1, 5), (4, "A"), (6, 9)), ((1, 4), (6, 0))]
    press(app, "Take this import back")
    assert [row for row in world.rows(SurveyResponse) if row.round_id == world.round] == []


def test_a_checked_file_can_be_read_another_way(open_as: Open, portal: Database) -> None:
    app = upload(open_surveys(open_as, a_round(portal)), FORMS, "forms.csv")
    press(app, "Check the file")
    work(portal)
    app.run()
    assert app.metric[-1].value == "2"
    app.toggle(key="imports.again").set_value(True).run()
    app.text_input(key="imports.recodes").set_value("9, NA, 6").run()
    press(app, "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric] == ["3", "3", "0", "0", "0"]


def test_of_a_wide_file_only_what_a_person_must_decide_is_asked(open_as: Open, portal: Database) -> None:
    with_extras = [f"x{number}" for number in range(30)]
    text = ",".join(["id", "q1", "q2", *with_extras]) + "\n" + ",".join("7" * 33) + "\n"
    app = upload(open_surveys(open_as, a_round(portal)), text, "forms.csv")
    asked = [one.label for one in app.selectbox]
    assert "id" in asked
    assert "q1" not in asked
    assert "x29" in asked
    app.toggle[0].set_value(True).run()
    assert "q1" in [one.label for one in app.selectbox]


def test_without_an_open_round_no_answers_can_be_brought(open_as: Open) -> None:
    app = choose_answers(open_as("admin.imports", FRONT_DESK))
    assert "No survey round takes answers now" in texts(app)
    app.file_uploader[0].set_value(("forms.csv", FORMS.encode(), "text/csv")).run()
    assert "Read the file" not in [button.label for button in app.button]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_heading_and_word_on_the_screen_is_read_back(portal: Database, language: str) -> None:
    """A person fills in the template with the words the portal itself uses."""
    words, world = Translator(language), a_round(portal)
    reader = replace(FRONT_DESK, language=language)
    wanted = SpecWanted(ImportKind.SURVEY_RESPONSES, world.estate, world.round)
    spec = fetch(portal, import_spec, wanted, actor=reader, now=datetime.now(UTC))
    fixed = [label(words, f"imports.heading.{c.field}") for c in spec.columns if not c.recodable]
    asked = [c.titles[language == "en"] for c in spec.columns if c.recodable]
    mapping = propose_mapping(kind=spec, sheet=Sheet("", (tuple(fixed + asked),)))
    assert [column.field for column in mapping.columns] == [column.field for column in spec.columns]
    for column in KINDS[ImportKind.SURVEY_RESPONSES].columns:
        read = {member.value: column.read(enum_label(words, member)).value for member in column.options}
        assert read == {member.value: member.value for member in column.options}
