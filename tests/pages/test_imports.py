"""The import centre, opened as those who may and those who may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.imports.case_meanings import TOPICS
from core.imports.header import propose_mapping
from core.imports.kinds import KINDS
from core.imports.moments import DateOrder
from core.imports.sheets import Sheet
from core.imports.specs import ImportKind
from core.kernel.identity import ResponseId
from core.surveys.rounds import Channel
from db.engine import Database
from db.jobs.worker import new_worker
from db.models import Case, Estate, ImportBatch, SurveyResponse
from db.queries.imports import SpecWanted, import_spec
from db.unit_of_work import fetch
from locales.labels import enum_label, label
from locales.translator import Translator
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.surveys_setup import SurveyWorld, a_survey_world
from tests.pages.conftest import texts
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, PATROL, SUPERVISOR
from tests.statements import count_statements

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


def test_a_supervisor_is_offered_past_complaints_too(open_as: Open) -> None:
    app = open_as("admin.imports", SUPERVISOR)
    assert app.button_group[0].options[-1] == said(ImportKind.CASES)


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


COMPLAINTS = (
    "工单号,受理时间,办结时间,投诉类别,小类,投诉内容,地点,来源,部门\n"
    "K1,2025-05-01 08:00,2025-05-02 09:00,环境,绿化,树倒了,东门,电话,FORESTRY\n"
    "K2,2025-05-01 08:00,2025-05-02 09:00,环境,Inspect City Tree,树枝断了,西门,信鸽,\n"
    "K3,2025-05-01 08:00,2025-05-02 09:00,环境,Mold,发霉,西门,,\n"
    "K4,2025-05-01 08:00,2025-05-02 09:00,杂项,,发霉,,,\n"
    "K4,2025-05-01 08:00,2025-05-02 09:00,杂项,,发霉,,,\n"
)


def open_complaints(open_as: Open, world: ServiceWorld, **options: str) -> AppTest:
    app = open_as("admin.imports", SUPERVISOR, **options)
    app.session_state["imports.kind"] = ImportKind.CASES
    return app.run().selectbox(key="imports.estate").set_value(world.estate).run()


def widget(widgets: Any, field: str, part: str) -> Any:
    """A control of the words of a column; its key ends with the part."""
    return next(one for one in widgets if one.key and f".{field}." in one.key and one.key.endswith(part))


def explain(app: AppTest, say: Callable[[str], str]) -> AppTest:
    """Take the proposal, say what the rest means, and where it was where nothing is said."""
    assert not app.exception
    widget(app.checkbox, "sub_category", ".take").check()
    widget(app.selectbox, "sub_category", ".rest").set_value("damage")
    widget(app.selectbox, "category", ".rest").set_value("other")
    widget(app.selectbox, "channel", ".rest").set_value("other")
    app.text_input(key="imports.constant.other_place").set_value("小区内")
    press(app.run(), say("Check the file"))
    return app


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_past_complaints_come_in_with_their_words_explained(open_as: Open, portal: Database, language: str) -> None:
    world, say = a_service_world(portal), Translator(language).t
    app = open_complaints(open_as, world, language=language)
    app.file_uploader[0].set_value(("past.csv", COMPLAINTS.encode(), "text/csv"))
    press(app.run(), say("Read the file"))
    assert [read_as(app, heading) for heading in ("工单号", "受理时间", "小类", "来源")] == [
        *("case_number", "registered_at", "sub_category", "channel")
    ]
    assert app.expander[0].label.startswith(label(Translator(language), "imports.heading.sub_category"))
    explain(app, say)
    work(portal)
    app.run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["5", "4", "0", "0", "0", "1"]
    press(app, say("Import %(count)s rows", count=4))
    work(portal)
    app.run()
    found = {case.source_reference: case for case in world.rows(Case)}
    assert [(found[n].sub_category, found[n].channel, found[n].area) for n in ("K1", "K2", "K3", "K4")] == [
        ("greening", "phone", "东门"),
        ("greening", "other", "西门"),
        ("damage", "other", "西门"),
        ("other", "other", "小区内"),
    ]
    press(app, say("Take this import back"))
    assert world.rows(Case) == []


def test_words_nobody_explained_keep_their_rows_out_and_a_second_look_remembers_the_others(
    open_as: Open, portal: Database
) -> None:
    world = a_service_world(portal)
    app = upload(open_complaints(open_as, world), COMPLAINTS, "past.csv")
    assert any("rows stay out" in caption.value for caption in app.caption)
    widget(app.checkbox, "sub_category", ".take").check()
    press(app.run(), "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric][:5] == ["5", "1", "0", "0", "4"]
    app.toggle(key="imports.again").set_value(True).run()
    key = widget(app.selectbox, "sub_category", ".rest").key
    assert not [box for box in app.checkbox if box.key == key.replace(".rest", ".take")]  # said before
    app.session_state[key.replace(".rest", ".list")] = {"edited_rows": {0: {"code": "damage"}}}
    app.run()
    widget(app.selectbox, "channel", ".rest").set_value("other").run()
    press(app, "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric][:5] == ["5", "3", "0", "0", "2"]


def test_dates_that_begin_with_the_month_are_asked_about(open_as: Open, portal: Database) -> None:
    text = "id,opened,closed,type,description,address\n1,05/01/2025 08:00,05/02/2025,Noise,loud,Gate\n"
    app = upload(open_complaints(open_as, a_service_world(portal)), text, "past.csv")
    app.selectbox(key="imports.constant.date_order").set_value(DateOrder.MONTH_FIRST).run()
    press(app, "Check the file")
    work(portal)
    app.run()
    assert [metric.value for metric in app.metric] == ["1", "1", "0", "0", "0"]


def test_a_column_of_sentences_is_not_offered_for_explaining(open_as: Open, portal: Database) -> None:
    rows = "".join(f"{n},2025-05-01,2025-05-02,sentence number {n},东门,说的话\n" for n in range(501))
    text = "编号,受理时间,办结时间,投诉小类,地点,投诉内容\n" + rows
    app = upload(open_complaints(open_as, a_service_world(portal)), text, "past.csv")
    assert any("sentences, not words" in warning.value for warning in app.warning)


def test_without_an_estate_no_complaints_can_be_brought(open_as: Open) -> None:
    app = open_as("admin.imports", SUPERVISOR)
    app.session_state["imports.kind"] = ImportKind.CASES
    app.run()
    assert "There is no estate yet" in texts(app)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_heading_and_word_about_complaints_is_read_back(portal: Database, language: str) -> None:
    """A person fills in the template with the words the portal itself uses."""
    words, world = Translator(language), a_service_world(portal)
    reader = replace(SUPERVISOR, language=language)
    wanted = SpecWanted(ImportKind.CASES, world.estate)
    spec = fetch(portal, import_spec, wanted, actor=reader, now=datetime.now(UTC))
    columns = [column for column in spec.columns if not column.once]
    headings = tuple(label(words, f"imports.heading.{column.field}") for column in columns)
    mapping = propose_mapping(kind=spec, sheet=Sheet("", (headings,)))
    assert [column.field for column in mapping.columns] == [column.field for column in columns]
    for column in columns:
        for kind in column.meanings.kinds if column.meanings else ():
            assert {one: column.read(enum_label(words, one)).value for one in kind} == {one: one.value for one in kind}
    topics = [one for one in (*CaseCategory, *SubCategory) if one is not SubCategory.OTHER]
    assert {one: TOPICS.known(enum_label(words, one)) for one in topics} == {one: one.value for one in topics}


def test_explaining_words_asks_the_database_little(open_as: Open, portal: Database) -> None:
    app = upload(open_complaints(open_as, a_service_world(portal)), COMPLAINTS, "past.csv")
    with count_statements(portal) as sent:
        app.run()
    assert len(sent) <= 22, sent
