"""From a low question to a closed measure, in a real browser, in Chinese (R-142 to R-145, R-155, R-156, R-161).

A supervisor sees in last quarter's results what is low, opens a measure from it, carries it out, takes the value after
from the present round – computed by the portal – and closes it.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from core.kernel.identity import RoundId
from core.kernel.periods import local_day
from core.meetings.measures import Stage
from db.models import Measure, MeasureStep
from locales.labels import enum_label
from locales.translator import Translator
from tests import builders
from tests.browser.person import Person
from tests.browser.survey_books import SurveyBooks, opened_round, survey_portal
from tests.personas import FRONT_DESK, SUPERVISOR

WORDS = Translator("zh_CN")
zh = WORDS.t
LIFT = 7
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("survey-entry")]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SurveyBooks]:
    with survey_portal(tmp_path_factory.mktemp("measure")) as found:
        builders.staff_member(found.database, "G-007", name="董海波")
        yield found


def answered(books: SurveyBooks, number: RoundId, days_ago: int, lift: int) -> None:
    """Forty forms of a round, all content but for the lifts; two marks beside the usual ones give a spread."""
    forms = []
    for place in range(40):
        marks = {at: 4 + (place + at) % 2 for at in range(1, 13)} | {LIFT: lift + place % 2, 13: 8, 14: "A"}
        forms.append(books.world.form(books.world.units[10 + place], tuple(marks.items())))
    day = local_day(books.world.now) - timedelta(days=days_ago)
    books.world.enter(*forms, by=FRONT_DESK, round_id=number, collected_on=day)


def test_a_low_question_becomes_a_measure_whose_effect_is_proved(browser: Browser, books: SurveyBooks) -> None:
    today = local_day(books.world.now)
    last = opened_round(
        books.world, name="上一季度", starts_on=today - timedelta(days=100), ends_on=today - timedelta(days=80)
    )
    answered(books, last, days_ago=90, lift=2)
    answered(books, books.world.round, days_ago=1, lift=4)
    code = str(books.world.round_row(last).code)
    person = Person.arrives(browser, books.server)
    books.signs_in(person, SUPERVISOR)

    person.goes_to("surveys.results", round=code)
    figures = person.figures()
    assert figures[zh("Response rate")] == "33.3 %" and figures["CSI"]  # 40 of 120
    person.sees(f"{LIFT}. ")
    person.presses(zh("Open a measure"))

    person.sees("2.50")
    person.types(zh("Goal: value to reach"), "4")
    person.types(zh("Cause"), "配件老化，维保间隔过长")
    person.types(zh("Measure taken"), "更换曳引机，维保改为每半月一次")
    _chooses_in_form(person, zh("Responsible"), "董海波")
    person.presses(zh("Save"))
    person.sees(zh("The measure is open, at the stage plan."))

    _moves_on(person, "Start carrying it out", Stage.DO)
    _moves_on(person, "Go to the check of the effect", Stage.CHECK)
    _panel(person, zh("Figures before and after"))
    person.presses(zh("Take as the value after"))
    person.sees(zh("The value after is stored."))
    _moves_on(person, "Make it the rule", Stage.ACT)
    person.types(zh("Note"), "连续两周无停梯，评分回升")
    person.presses(zh("Close the measure"))
    expect(person.page.get_by_text(zh("Goal reached")).first).to_be_visible()

    (measure,) = books.world.rows(Measure)
    assert (measure.stage, measure.metric_reference, measure.round_id) == ("closed", f"q{LIFT}", last)
    assert (measure.before_micro, measure.before_n) == (2_500_000, 40)
    assert (measure.after_micro, measure.after_n) == (4_500_000, 40)
    assert [step.stage for step in books.world.rows(MeasureStep)] == ["plan", "do", "check", "act", "closed"]


def _moves_on(person: Person, button: str, stage: Stage) -> None:
    """Press the button of the next stage, and wait until the page says that it is reached."""
    _panel(person, zh("Steps and notes"))
    person.presses(zh(button))
    person.sees(zh("The measure is now at: %(stage)s.", stage=enum_label(WORDS, stage)))


def _panel(person: Person, name: str) -> None:
    person.page.get_by_role("radio", name=name, exact=True).click()
    person.settle()


def _chooses_in_form(person: Person, label: str, option: str) -> None:
    """Choose in the form: the filter above has a box of the same name."""
    box = person.page.locator("[data-testid=stForm] [data-testid=stSelectbox]").filter(has_text=label).locator("input")
    box.click()
    box.fill(option)
    person.page.get_by_role("option").filter(has_text=option).first.click()
    person.settle()
