"""The import centre, opened as those who may and those who may not."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from db.engine import Database
from db.jobs.worker import new_worker
from db.models import Estate, ImportBatch
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


def test_the_front_desk_is_offered_people_only(open_as: Open) -> None:
    app = open_as("admin.imports", FRONT_DESK)
    assert app.button_group[0].options == ["Customers"]


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
