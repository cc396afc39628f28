"""On the results page: what people wrote and its tags, what others measured, the report to take away (R-151…R-154)."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.admin.permissions import NotPermitted
from core.kernel.identity import ResponseId
from core.kernel.periods import local_day
from core.meetings.effects import Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource
from core.surveys import advice as core_advice
from core.surveys.rounds import RoundKind
from db.engine import Database
from db.models import AuditEntry, ExternalResult, SurveyResponse, SurveyTag
from db.operations.external_results import RecordExternalResult, record_external_result
from db.operations.measures import OpenMeasure, open_measure
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.operations.survey_rounds import CancelRound, CloseRound, cancel_round, close_round
from db.unit_of_work import NotFound
from locales.labels import label
from locales.translator import Translator
from pages._shell.panels import survey_report
from pages._shell.panels.survey_report import ReportPeriod, report_periods, rounds_in
from tests.builders import staff_member
from tests.core.documents.paper import opened as paper
from tests.core.documents.paper import texts_of
from tests.db.surveys_setup import SurveyWorld, a_survey_world
from tests.pages.conftest import looking_after, texts
from tests.pages.fee_paths import Open, button, pick
from tests.pages.forms import box, press, said
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, HANDLER, MANAGER, PATROL, SUPERVISOR
from tests.statements import count_statements

ODD = "<script>alert(1)</script> ![x](http://x.example/y.png) [a](javascript:x) :red[hot] $$a^2$$ **50%** _b_"
"""What must be shown letter for letter (U1)."""

WORDS = ("电梯太慢", "等梯要很久", "车位不够", "没有意见", ODD)
CSI = ((1, 5), (2, 3), (3, 4))
"""Marks that make a CSI of 80."""

PANELS = {"words": "words", "external": "others", "report": "report"}
"""What the tests call the parts of the page, and the page itself."""


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    """A survey world whose round runs today, whatever day today is, with five forms with words."""
    found = a_survey_world(portal)
    found.now = datetime.now(UTC)
    found.act(SUPERVISOR, close_round, CloseRound(found.estate, found.round, 1))
    found.round = found.open(**running(found), name="This quarter")
    entered(found, *WORDS)
    return found


def running(world: SurveyWorld) -> dict[str, date]:
    """The days of a round that began today, so that it lies in one quarter."""
    return {"starts_on": local_day(world.now), "ends_on": local_day(world.now) + timedelta(days=10)}


def entered(world: SurveyWorld, *words: str, marks: tuple[tuple[int, int], ...] = CSI) -> None:
    forms = (world.form(None, (*marks, *(((8, each),) if each else ()))) for each in words)
    world.enter(*forms, collected_on=local_day(world.now))


def opened(open_as: Open, panel: str, who: Any = SUPERVISOR, **more: str) -> AppTest:
    app = open_as("surveys.results", who, estate="E0001", **more)
    app.session_state["panel.surveys.results"] = PANELS[panel]
    return app.run()


def tags(world: SurveyWorld) -> dict[str, set[str]]:
    """The tags of each comment."""
    forms = [row.id for row in world.rows(SurveyResponse)]
    stored = world.rows(SurveyTag)
    return {
        word: {row.tag for row in stored if row.response_id == form} for form, word in zip(forms, WORDS, strict=True)
    }


def tagged(world: SurveyWorld, place: int, *own: str) -> None:
    """Somebody else tags a comment."""
    form = ResponseId(world.rows(SurveyResponse)[place].id)
    world.act(HANDLER, tag_opinions, TagOpinions(world.estate, world.round, ((form, 8, own),)))


def audited(world: SurveyWorld, action: str) -> list[Any]:
    statement = select(AuditEntry.__table__).where(AuditEntry.chain == world.estate, AuditEntry.action == action)
    with world.database.reading() as connection:
        return list(connection.execute(statement.order_by(AuditEntry.seq)).all())


# --- who may ---


@pytest.mark.parametrize("panel", PANELS)
def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld, panel: str) -> None:
    shown = texts(opened(open_as, panel, None))
    assert "You are signed out" in shown and "电梯太慢" not in shown


@pytest.mark.parametrize("who", [CASHIER, PATROL, ADMINISTRATOR], ids=lambda who: who.name)
def test_who_sees_no_surveys_is_told_whom_to_ask(open_as: Open, world: SurveyWorld, who: Any) -> None:
    app = opened(open_as, "words", who)
    assert "You may not open this page" in texts(app) and "电梯太慢" not in texts(app)


def test_another_estate_s_words_are_as_if_not_there(open_as: Open, world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Elm Court").estate
    stranger = looking_after(replace(SUPERVISOR, name="stranger"), other)
    for panel in PANELS:
        app = opened(open_as, panel, stranger)
        assert not app.exception and "电梯太慢" not in said(app) and not app.get("download_button")


# --- words ---


def test_the_words_are_shown_letter_for_letter(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "words")
    assert [text.value for text in app.text] == list(reversed(WORDS))
    assert not any("script" in str(element.value) for kind in ("markdown", "caption") for element in getattr(app, kind))
    for_reading = opened(open_as, "words", AUDITOR)
    assert list(for_reading.dataframe[0].value["Comment"]) == list(reversed(WORDS))


def test_neither_units_nor_typists_are_named(open_as: Open, world: SurveyWorld) -> None:
    world.enter(world.form(world.units[0], (*CSI, (8, "from a known flat"))), collected_on=local_day(world.now))
    shown = said(opened(open_as, "words"))
    assert "from a known flat" in shown and "1-101" not in shown and FRONT_DESK.name not in shown
    assert "王五" not in shown


def test_tags_are_listed_most_first_and_a_click_shows_their_words(open_as: Open, world: SurveyWorld) -> None:
    tagged(world, 2, "parking")
    tagged(world, 0, "lift", "speed")
    tagged(world, 1, "lift")
    app = opened(open_as, "words")
    bars = [each.label for each in app.button if " · " in each.label]
    assert bars == ["All comments · 5", "Not tagged yet · 2", "Lift · 2", "Parking · 1", "Speed of handling · 1"]
    button(app, "Lift · 2").click().run()
    assert [text.value for text in app.text] == ["等梯要很久", "电梯太慢"]
    assert app.query_params["about"] == "lift"
    button(app, "Not tagged yet · 2").click().run()
    assert [text.value for text in app.text] == [ODD, "没有意见"]
    button(app, "All comments · 5").click().run()
    assert len(app.text) == 5 and "about" not in app.query_params


def test_an_address_with_a_tag_nobody_has_shows_all(open_as: Open, world: SurveyWorld) -> None:
    assert len(opened(open_as, "words", about="weather").text) == 5


@pytest.mark.parametrize(("search", "found"), [("电梯", 1), ("50%", 1), ("%", 1), ("_", 1), ("' OR 1=1", 0)])
def test_the_search_is_for_the_letters_themselves(open_as: Open, world: SurveyWorld, search: str, found: int) -> None:
    app = opened(open_as, "words")
    box(app, "Search in the comments").set_value(search)
    app.run()
    assert not app.exception and len(app.text) == found
    assert ("No comment fits." in texts(app)) == (not found)


def test_many_comments_come_in_pages(open_as: Open, world: SurveyWorld) -> None:
    entered(world, *(f"comment {number}" for number in range(20)))
    app = opened(open_as, "words")
    assert len(app.text) == 10 and "25 comments" in texts(app)
    app.session_state[app.get("pagination")[0].key or ""] = 3
    app.run()
    assert [text.value for text in app.text] == list(reversed(WORDS))


def test_the_page_that_is_gone_after_tagging_gives_way_to_the_first(open_as: Open, world: SurveyWorld) -> None:
    entered(world, *("电梯" for _ in range(6)))
    app = opened(open_as, "words", about="-")
    app.session_state[app.get("pagination")[0].key or ""] = 2
    app.run()
    assert [text.value for text in app.text] == ["电梯太慢"]
    press(app, "Save the tags on this screen")
    assert not app.exception and len(app.text) == 10


def test_suggestions_are_filled_in_said_to_be_such_and_saved_on_demand(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "words")
    assert [each.value for each in app.multiselect] == [[], [], ["parking"], ["lift"], ["lift", "speed"]]
    assert texts(app).count("Suggested by key words, not saved yet.") == 3
    assert not any(tags(world).values())
    app.multiselect[1].set_value(["other"])
    app.multiselect[2].set_value([])
    press(app, "Save the tags on this screen")
    assert "The tags of 3 comments are saved." in texts(app)
    assert tags(world) == {
        "电梯太慢": {"lift", "speed"}, "等梯要很久": {"lift"}, "车位不够": set(), "没有意见": {"other"}, ODD: set(),
    }  # fmt: skip
    assert "Lift · 2" in [each.label for each in app.button]
    assert len(audited(world, "survey_opinions.tag")) == 1


def test_tags_can_be_changed_and_taken_away(open_as: Open, world: SurveyWorld) -> None:
    tagged(world, 0, "lift", "speed")
    app = opened(open_as, "words", about="lift")
    assert app.multiselect[0].value == ["lift", "speed"] and "Suggested" not in texts(app)
    app.multiselect[0].set_value(["speed"])
    press(app, "Save the tags on this screen")
    assert tags(world)["电梯太慢"] == {"speed"}


def test_saving_nothing_says_so(open_as: Open, world: SurveyWorld) -> None:
    tagged(world, 3, "other")
    app = press(opened(open_as, "words", about="other"), "Save the tags on this screen")
    assert "There is nothing to save" in texts(app)


def test_what_somebody_else_tagged_meanwhile_is_not_undone_unseen(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "words")
    app.multiselect[3].set_value(["noise"])
    tagged(world, 1, "praise")
    press(app, "Save the tags on this screen")
    assert tags(world)["等梯要很久"] == {"praise"} and tags(world)["电梯太慢"] == {"lift", "speed"}


def test_all_suggestions_are_accepted_at_once_and_only_for_the_untagged(open_as: Open, world: SurveyWorld) -> None:
    tagged(world, 0, "praise")
    app = opened(open_as, "words")
    assert "only look for key words" in texts(app)
    press(app, "Accept the suggestions for all untagged comments")
    assert "2 comments have the suggested tags now; for 2 there is no suggestion." in texts(app)
    assert tags(world)["电梯太慢"] == {"praise"} and tags(world)["车位不够"] == {"parking"}
    assert len(audited(world, "survey_opinions.tag")) == 2
    press(app, "Accept the suggestions for all untagged comments")
    assert "No key word occurs in the untagged comments." in texts(app)


def test_with_everything_tagged_nothing_is_suggested_any_more(open_as: Open, world: SurveyWorld) -> None:
    for place in range(5):
        tagged(world, place, "other")
    assert "Accept the suggestions for all untagged comments" not in [
        each.label for each in opened(open_as, "words").button
    ]


def test_who_only_reads_is_offered_no_tagging(open_as: Open, world: SurveyWorld) -> None:
    tagged(world, 0, "lift", "speed")
    app = opened(open_as, "words", AUDITOR)
    assert not app.multiselect
    assert not [each for each in app.button if "Save" in each.label or "Accept" in each.label]
    assert list(app.dataframe[0].value["Tags"])[-1] == "Lift, Speed of handling"


@pytest.mark.parametrize(("forms", "shown"), [(4, False), (5, True)])
def test_below_five_forms_no_word_is_shown(open_as: Open, world: SurveyWorld, forms: int, shown: bool) -> None:
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    world.round = world.open(**running(world), name="new")
    entered(world, *("停车难" for _ in range(forms)))
    app = opened(open_as, "words")
    assert not app.exception and ("停车难" in said(app)) is shown
    assert ("Fewer than five forms are in" in texts(app)) is not shown


def test_a_round_without_words_says_so(open_as: Open, world: SurveyWorld) -> None:
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, 1))
    world.round = world.open(**running(world), name="new")
    entered(world, *("" for _ in range(5)))
    assert "Nobody has written a comment" in texts(opened(open_as, "words"))


# --- others ---


def recorded(world: SurveyWorld, **given: Any) -> None:
    plain = RecordExternalResult(
        world.estate, "Consumer council", local_day(world.now), "csi", Decimal("85.5"), Decimal(100), "by phone"
    )
    world.act(SUPERVISOR, record_external_result, replace(plain, **given))


def below(app: AppTest, label: str) -> str:
    """What is said directly below the box with this label: the errors before the next box."""
    elements = list(_elements(app.main))
    at = next(place for place, each in enumerate(elements) if getattr(each, "label", "") == label)
    errors = []
    for each in elements[at + 1 :]:
        if each.type == "error":
            errors.append(each.value)
        elif hasattr(each, "label"):
            break
    return "\n".join(errors)


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from _elements(child)
        else:
            yield child


def filled(app: AppTest, **values: Any) -> AppTest:
    usual: dict[str, Any] = {"Evaluated by": "Consumer council", "Score": "4.25", "Best possible score": "5"}
    for title, value in (usual | {name.replace("_", " "): value for name, value in values.items()}).items():
        box(app, title).set_value(value)
    return press(app, "Record the result")


def test_a_result_of_others_is_recorded_and_stands_beside_ours(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "external")
    assert "Nobody else's result is recorded" in texts(app)
    app = filled(app)
    assert not app.exception and "The result is recorded." in texts(app)
    row = app.dataframe[0].value.iloc[0]
    assert row["Evaluated by"] == "Consumer council" and row["Their result"] == "4.25 of 5"
    assert row["In percent"] == "85.0 %" and row["Our own result"].startswith("80.0 % (") and "n = 5" in row.iloc[5]
    assert row["Subject"] == "Customer satisfaction index (CSI)"
    assert box(app, "Evaluated by").value == "" and len(world.rows(ExternalResult)) == 1


@pytest.mark.parametrize(
    ("values", "label", "says"),
    [
        ({"Evaluated_by": " "}, "Evaluated by", "missing"),
        ({"Measured_on": local_day(datetime.now(UTC)) + timedelta(days=2)}, "Measured on", "future"),
        ({"Score": "5.01"}, "Score", "does not fit the scale"),
        ({"Score": ""}, "Score", "belong together"),
        ({"Score": "good"}, "Score", "Write a number"),
        ({"Score": "-1"}, "Score", "Write a number"),
        ({"Best_possible_score": "0"}, "Best possible score", "is not possible"),
        ({"Best_possible_score": "100001"}, "Best possible score", "is not possible"),
        ({"Subject": "certificate", "Score": "", "Best_possible_score": ""}, "Remark (of a certificate: its name)", ""),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    open_as: Open, world: SurveyWorld, values: dict[str, Any], label: str, says: str
) -> None:
    app = filled(opened(open_as, "external"), **values)
    assert below(app, label) and says in below(app, label) and len(app.error) == 1
    assert world.rows(ExternalResult) == []
    kept = "Evaluated by" if label != "Evaluated by" else "Best possible score"
    assert box(app, kept).value in ("Consumer council", "5")


def test_the_refusal_is_said_in_chinese_too(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "external", language="zh_CN")
    box(app, "评价机构").set_value("消协")
    box(app, "得分").set_value("9")
    box(app, "满分").set_value("5")
    press(app, "登记结果")
    assert "9" in below(app, "得分") and "scale" not in below(app, "得分")


def test_a_certificate_needs_its_name_and_no_score(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, "external")
    box(app, "Remark (of a certificate: its name)").set_value("ISO 9001:2015")
    filled(app, Subject="certificate", Score="", Best_possible_score="")
    row = app.dataframe[0].value.iloc[0]
    assert (row["Subject"], row["Their result"], row["Our own result"]) == ("Certificate", "–", "–")


def test_a_wrong_result_is_withdrawn_with_a_reason(open_as: Open, world: SurveyWorld) -> None:
    recorded(world, body="**A** [b](javascript:x)")
    app = pick(opened(open_as, "external"))
    press(app, "Withdraw the result")
    assert app.error and world.rows(ExternalResult)[0].withdrawn_at is None
    box(app, "Why is it withdrawn?").set_value("typed twice")
    press(app, "Withdraw the result")
    assert "The result is withdrawn." in texts(app) and "Nobody else's result is recorded" in texts(app)
    assert audited(world, "external_results.withdraw")[0].reason == "typed twice"


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR], ids=lambda who: who.name)
def test_who_makes_no_surveys_only_reads_the_results_of_others(open_as: Open, world: SurveyWorld, who: Any) -> None:
    recorded(world)
    app = opened(open_as, "external", who)
    assert list(app.dataframe[0].value["Their result"]) == ["85.5 of 100"]
    assert "Record the result" not in [each.label for each in app.button]


# --- report ---


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page offers for download: the last file's name, and how to build it."""
    offered: dict[str, Any] = {}
    real = st.delta_generator.DeltaGenerator.download_button

    def note(self: Any, label: str, **given: Any) -> Any:
        offered.update(given, label=label)
        return real(self, label, **given)

    monkeypatch.setattr(st.delta_generator.DeltaGenerator, "download_button", note)
    monkeypatch.setattr(st, "download_button", lambda label, **given: offered.update(given, label=label))
    return offered


def report(taken: dict[str, Any]) -> list[str]:
    """Every text of the report the page offers."""
    return texts_of(paper(taken["data"]()))


def quarter(world: SurveyWorld) -> str:
    today = local_day(world.now)
    return f"{today.year}Q{(today.month + 2) // 3}"


def test_the_report_holds_results_words_others_and_advice(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    tagged(world, 0, "lift", "speed")
    tagged(world, 1, "lift")
    recorded(world)
    app = opened(open_as, "report")
    assert not app.exception and taken["file_name"] == f"Satisfaction-report-Maple-Court-{quarter(world)}.docx"
    whole = report(taken)
    shown = "\n".join(whole)
    assert whole[0].startswith("Customer satisfaction report, Quarter ")
    for text in ("Maple Court", "80.0", "66.7 %", "This quarter", "Question 2", "Lift", "Consumer council"):
        assert text in shown, text
    assert "85.5 of 100" in shown and "still running" in shown
    assert ODD not in shown and "电梯太慢" not in shown and "1-101" not in shown


def test_taking_the_report_is_audited_and_looking_at_the_page_is_not(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    opened(open_as, "report", AUDITOR)
    assert audited(world, "export") == []
    taken["data"]()
    entry = audited(world, "export")[0]
    assert (entry.actor_name, entry.subject_type, entry.subject_id) == (AUDITOR.name, "table", "survey_report")
    assert f"period={quarter(world)}" in entry.after and world.round_row().code in entry.after
    foot = paper(taken["data"]()).sections[0].footer
    assert f"{AUDITOR.name} · " in "\n".join(texts_of(foot))


def test_the_report_is_in_the_person_s_language(open_as: Open, world: SurveyWorld, taken: dict[str, Any]) -> None:
    opened(open_as, "report", language="zh_CN")
    assert taken["file_name"].startswith("满意度报告-Maple-Court-")
    shown = "\n".join(report(taken))
    assert "客户满意度报告" in shown and "问题2" in shown and "改进建议" in shown
    assert "Advice" not in shown and "Question" not in shown


def test_low_marks_bring_call_backs_measures_and_advice_into_the_report(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    low = ((1, 1), (2, 2), (3, 1))
    today = local_day(world.now)
    world.enter(*(world.form(unit, low) for unit in world.units), collected_on=today)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal(4), reference="q1")
    member = staff_member(world.database, name="李师傅")
    record = MeasureRecord(
        source=MeasureSource.SURVEY, problem="Service is slow", responsible=member, deadline=today, goal=goal
    )
    world.act(SUPERVISOR, open_measure, OpenMeasure(world.estate, record, world.round))
    opened(open_as, "report")
    whole = report(taken)
    shown = "\n".join(whole)
    assert "Service is slow" in shown and "Call-backs opened" in shown and "6" in whole
    advised = [text for text in whole if "no improvement measure" in text]
    assert [any(f"“Question {number}”" in text for text in advised) for number in (1, 2, 3)] == [False, True, True]


def test_a_year_tells_all_its_rounds_and_the_details_of_the_newest_regular_one(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    world.round = world.open(
        **running(world), name="After the festival", kind=RoundKind.AFTER_EVENT, event_reference="Spring festival"
    )
    entered(world, *("好" for _ in range(6)), marks=((1, 1), (2, 1), (3, 1)))
    app = opened(open_as, "report")
    box(app, "Period of the report").set_value(str(local_day(world.now).year))
    app.run()
    assert taken["file_name"].endswith(f"-{local_day(world.now).year}.docx")
    shown = "\n".join(report(taken))
    assert "“This quarter”" in shown and "CSI · After the festival" in shown
    assert "20.0" in shown and "80.0" in shown


def test_of_a_round_too_small_the_report_tells_only_how_many_came_back(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, 1))
    world.round = world.open(**running(world), name="small")
    entered(world, *WORDS[:4])
    app = opened(open_as, "report")
    assert "the report tells only how many came back" in texts(app)
    shown = "\n".join(report(taken))
    assert "no result is shown" in shown and "80.0" not in shown and "Question 1" not in shown
    assert "Results by building" not in shown and "What comments are about" not in shown


def test_a_report_needs_no_more_statements_for_more_forms(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    counts = []
    for _ in range(2):
        opened(open_as, "report")
        with count_statements(world.database) as sent:
            taken["data"]()
        counts.append(len(sent))
        tagged(world, 0, "lift")
        entered(world, *(f"comment {number}" for number in range(30)))
        world.enter(*(world.form(unit, CSI) for unit in world.units), collected_on=local_day(world.now))
    assert 10 < counts[0] == counts[1] <= 50


@pytest.mark.parametrize(("who", "offered"), [(MANAGER, True), (AUDITOR, True), (FRONT_DESK, False), (HANDLER, False)])
def test_who_may_export_tables_is_offered_the_report(
    open_as: Open, world: SurveyWorld, who: Any, offered: bool
) -> None:
    assert bool(opened(open_as, "report", who).get("download_button")) is offered


def test_a_report_of_rounds_called_off_meanwhile_is_not_built(
    open_as: Open, world: SurveyWorld, taken: dict[str, Any]
) -> None:
    opened(open_as, "report")
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, 1))
    with pytest.raises(NotFound):
        taken["data"]()
    assert audited(world, "export") == []


def test_who_lost_the_role_meanwhile_gets_no_report(open_as: Open, world: SurveyWorld, taken: dict[str, Any]) -> None:
    opened(open_as, "report", AUDITOR)
    with world.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(f"UPDATE user_roles SET role = 'front_desk' WHERE user_id = {AUDITOR.user_id}")
    with pytest.raises(NotPermitted):
        taken["data"]()


def test_every_piece_of_advice_has_a_sentence_in_both_languages() -> None:
    codes = set(re.findall(r'"(surveys\.advice\.\w+)"', inspect.getsource(core_advice)))
    assert len(codes) == 17
    for code in codes:
        said_in = [label(Translator(language), code) for language in ("en", "zh_CN")]
        assert code not in said_in and len(set(said_in)) == 2


def a_result_round(world: SurveyWorld, first: date, last: date) -> Any:
    row = type("Round", (), {})()
    row.starts_on, row.last_day, row.ends_on, row.round_id = first, last, last + timedelta(days=1), first.toordinal()
    return row


def test_the_periods_are_those_in_which_people_were_asked_up_to_today(world: SurveyWorld) -> None:
    rounds = [
        a_result_round(world, date(2026, 11, 1), date(2027, 1, 31)),
        a_result_round(world, date(2025, 12, 20), date(2026, 1, 5)),
        a_result_round(world, date(2027, 3, 1), date(2027, 3, 2)),
    ]
    found = report_periods(rounds, date(2026, 11, 21))
    assert [period.code for period in found] == ["2026Q4", "2026Q1", "2026", "2025Q4", "2025"]


def test_a_quarter_and_a_year_end_with_their_last_day() -> None:
    assert (ReportPeriod(2026, 4).span.start, ReportPeriod(2026, 4).span.end) == (date(2026, 10, 1), date(2027, 1, 1))
    assert (ReportPeriod(2026).span.start, ReportPeriod(2026).span.end) == (date(2026, 1, 1), date(2027, 1, 1))


def test_the_newest_twelve_rounds_of_a_period_are_told_in_their_order(world: SurveyWorld) -> None:
    days = [date(2026, 1, 1) + timedelta(days=20 * number) for number in range(15)]
    rounds = [a_result_round(world, day, day + timedelta(days=5)) for day in reversed(days)]
    assert [one.starts_on for one in rounds_in(rounds, ReportPeriod(2026).span)] == days[3:]
    assert survey_report.MOST_ROUNDS == 12
    edge = a_result_round(world, date(2025, 12, 31), date(2025, 12, 31))
    assert rounds_in([edge], ReportPeriod(2026).span) == ()
