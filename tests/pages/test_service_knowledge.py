"""The knowledge base as people meet it: nobody, the wrong person, empty, read, written, retired, both languages."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.complaints.knowledge import KnowledgeRecord, KnowledgeState
from core.complaints.taxonomy import CaseCategory, SubCategory
from db.engine import Database
from db.operations.knowledge import (
    AddKnowledge,
    ChangeKnowledge,
    MoveKnowledge,
    add_knowledge,
    change_knowledge,
    move_knowledge,
)
from db.unit_of_work import perform
from tests.pages.fee_paths import Open, pick
from tests.pages.forms import box, panel, panels, press, said
from tests.personas import ACCOUNTANT, AUDITOR, CASHIER, FRONT_DESK, HANDLER, MANAGER, SUPERVISOR
from tests.statements import count_statements

PAGE = "service.knowledge"
ANSWER = "先止水再定责：关阀、做闭水试验并拍照留存"


@pytest.fixture
def base(portal: Database, open_as: Open) -> Database:
    """A portal where the supervisor is known."""
    open_as(PAGE, SUPERVISOR)
    return portal


def entry(base: Database, **given: Any) -> int:
    """An entry about a leak, offered for damage, unless told otherwise."""
    plain: dict[str, Any] = {
        "category": CaseCategory.FACILITY,
        "sub_category": SubCategory.DAMAGE,
        "title": "Leak from above",
        "problem": "Water comes through the ceiling",
        "answer": ANSWER,
    }
    return int(act(base, add_knowledge, AddKnowledge(KnowledgeRecord(**(plain | given)))))


def act(base: Database, operation: Any, command: Any) -> Any:
    return perform(base, operation, command, identify=lambda _c, _n: SUPERVISOR, now=datetime.now(UTC))


def value(base: Database, sql: str) -> Any:
    with base.reading() as connection:
        return connection.execute(text(sql)).scalar()


# --- who sees it


def test_nobody_sees_the_page_without_signing_in(open_as: Open, portal: Database) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize("who", [CASHIER, ACCOUNTANT])
def test_who_has_nothing_to_do_with_cases_is_told_whom_to_ask(open_as: Open, portal: Database, who: Actor) -> None:
    app = open_as(PAGE, who)
    assert "You may not open this page" in said(app)
    assert "Case handler" in said(app)


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR, SUPERVISOR, MANAGER])
def test_all_who_see_cases_read_and_few_write(open_as: Open, base: Database, who: Actor) -> None:
    number = entry(base)
    app = open_as(PAGE, who, entry=str(number))
    assert ANSWER in said(app)
    assert "Water comes through the ceiling" in said(app)
    keeps = who in (SUPERVISOR, MANAGER)
    assert panels(app) == (["Details", "Edit", "Retire", "New entry"] if keeps else ["Details"])


def test_the_page_keeps_its_budget(open_as: Open, base: Database) -> None:
    number = entry(base)
    app = open_as(PAGE, SUPERVISOR, entry=str(number))
    with count_statements(base) as seen:
        app.run()
    assert len(seen) <= 12


# --- the list


def test_without_entries_the_page_says_what_to_do(open_as: Open, base: Database) -> None:
    assert "No entry fits. Widen the filter, or write one below." in said(open_as(PAGE, SUPERVISOR))
    words = said(open_as(PAGE, HANDLER))
    assert "No entry fits. Widen the filter." in words
    assert "Pick an entry in the list to read it." in words


def test_the_list_is_narrowed_by_category_state_and_words(open_as: Open, base: Database) -> None:
    entry(base)
    entry(base, category=CaseCategory.FEE, sub_category=None, title="Wrong bill", answer="x" * 80)
    retired = entry(base, title="Old way")
    act(base, move_knowledge, MoveKnowledge(retired, 1, KnowledgeState.RETIRED))

    def titles(**address: str) -> list[str]:
        app = open_as(PAGE, HANDLER, **address)
        return list(app.dataframe[0].value["Title"]) if app.dataframe else []

    assert titles() == ["Leak from above", "Wrong bill"]
    assert titles(category="fee") == ["Wrong bill"]
    assert titles(show="retired") == ["Old way"]
    assert titles(show="all") == ["Leak from above", "Old way", "Wrong bill"]
    assert titles(search="闭水") == ["Leak from above"]
    assert titles(search="nothing like it") == []
    rows = open_as(PAGE, HANDLER, category="fee").dataframe[0].value
    assert rows["Sub-category"][0] == "the whole category"
    assert len(rows["In short"][0]) == 28


def test_a_picked_entry_is_read_in_full_and_another_filter_closes_it(open_as: Open, base: Database) -> None:
    entry(base)
    app = pick(open_as(PAGE, HANDLER))
    assert ANSWER in said(app)
    assert "entry" in app.query_params
    box(app, "Category").set_value("fee")
    app = app.run()
    assert ANSWER not in said(app)
    assert "entry" not in app.query_params


@pytest.mark.parametrize("typed", ["x", "-1", "9" * 30])
def test_an_address_typed_by_hand_does_no_harm(open_as: Open, base: Database, typed: str) -> None:
    entry(base)
    app = open_as(PAGE, HANDLER, entry=typed)
    assert "Leak from above" in said(app)
    assert not app.error


def test_an_entry_that_is_not_there_is_refused_in_words(open_as: Open, base: Database) -> None:
    app = open_as(PAGE, HANDLER, entry="4711")
    assert not app.exception
    assert app.error


def test_what_is_written_is_shown_letter_for_letter(open_as: Open, base: Database) -> None:
    number = entry(base, title="[link](http://x) **bold**", answer="<b>x</b>")
    app = open_as(PAGE, HANDLER, entry=str(number))
    assert "\\[link\\]" in said(app)
    assert "<b>x</b>" in [each.value for each in app.text]


def test_the_table_is_exported_by_who_may(open_as: Open, base: Database) -> None:
    entry(base)
    assert [each.label for each in open_as(PAGE, AUDITOR).download_button] == ["CSV", "XLSX"]
    assert not open_as(PAGE, HANDLER).get("download_button")


# --- written, changed, retired


def filled(app: AppTest, **given: str) -> AppTest:
    """The form for a new entry, sent."""
    box(app, "Category").set_value(CaseCategory.FACILITY)
    app = app.run()
    box(app, "Sub-category").set_value(SubCategory.LIFT)
    words = {"Title": "Stuck lift", "What is done and said about it": "Call the lift firm"}
    for label, typed in (words | given).items():
        box(app, label).set_value(typed)
    return press(app, "Add the entry")


def test_an_entry_is_added_and_opened(open_as: Open, base: Database) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    app = filled(app)
    assert app.success[0].value == "The entry is kept and offered for cases of its category."
    assert "Call the lift firm" in said(app)
    assert value(base, "SELECT category || ' ' || sub_category || ' ' || state FROM knowledge_entries") == (
        "facility lift active"
    )


def test_a_refused_entry_keeps_what_was_typed(open_as: Open, base: Database) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    app = filled(app, **{"What is done and said about it": " "})
    assert "The answer is missing" in app.error[0].value
    assert box(app, "Title").value == "Stuck lift"
    assert value(base, "SELECT count(*) FROM knowledge_entries") == 0


def test_the_sub_categories_follow_the_category(open_as: Open, base: Database) -> None:
    app = panel(open_as(PAGE, SUPERVISOR), "new")
    assert box(app, "Sub-category").options == ["the whole category"]
    box(app, "Category").set_value(CaseCategory.ENVIRON)
    app = app.run()
    assert box(app, "Sub-category").options == ["the whole category", "Cleaning", "Greening", "Waste", "Noise"]


def test_an_entry_is_changed_and_its_words_are_kept_in_the_form(open_as: Open, base: Database) -> None:
    number = entry(base)
    app = panel(open_as(PAGE, SUPERVISOR, entry=str(number)), "edit")
    assert box(app, "Sub-category").value is SubCategory.DAMAGE
    assert box(app, "What is done and said about it").value == ANSWER
    box(app, "Title").set_value("Leak from the flat above")
    app = press(app, "Save")
    assert app.success[0].value == "The entry is changed."
    assert value(base, "SELECT title FROM knowledge_entries") == "Leak from the flat above"


def test_somebody_elses_change_is_not_overwritten(open_as: Open, base: Database) -> None:
    number = entry(base)
    app = panel(open_as(PAGE, SUPERVISOR, entry=str(number)), "edit")
    record = KnowledgeRecord(category=CaseCategory.FEE, title="Theirs", answer="Theirs")
    act(base, change_knowledge, ChangeKnowledge(number, 1, record))
    box(app, "Title").set_value("Mine")
    app = press(app, "Save")
    assert app.error
    assert value(base, "SELECT title FROM knowledge_entries") == "Theirs"
    assert "Somebody else has changed this record" in said(app.run())


def test_an_entry_is_retired_and_offered_again(open_as: Open, base: Database) -> None:
    number = entry(base)
    app = panel(open_as(PAGE, SUPERVISOR, entry=str(number)), "retire")
    app = press(app, "Retire the entry")
    assert "Tick the box first" in app.error[0].value
    box(app, "Yes, I am sure").check()
    app = press(app, "Retire the entry")
    assert app.success[0].value == "The entry is retired."
    assert value(base, "SELECT state FROM knowledge_entries") == "retired"
    app = open_as(PAGE, SUPERVISOR, entry=str(number), show="all")
    assert panels(app) == ["Details", "Offer again", "New entry"]
    app = panel(app, "offer")
    box(app, "Yes, I am sure").check()
    app = press(app, "Offer the entry again")
    assert app.success[0].value == "The entry is offered again."
    assert value(base, "SELECT state FROM knowledge_entries") == "active"


def test_the_page_speaks_chinese(open_as: Open, base: Database) -> None:
    number = entry(base)
    app = open_as(PAGE, SUPERVISOR, language="zh_CN", entry=str(number))
    words = said(app)
    assert "知识库" in words
    assert "解决办法和答复口径" in words
    assert panels(app) == ["详情", "编辑", "停用", "新增条目"]
