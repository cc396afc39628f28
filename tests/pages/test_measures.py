"""Improvement measures as people meet them: nobody, the wrong person, empty, all the way to closed, refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.kernel.identity import EstateId
from core.kernel.periods import Month, local_day
from core.meetings.causes import CauseRow, EffectColumn
from core.meetings.effects import Direction, Goal, Metric
from core.meetings.measures import MeasureSource, Stage
from db.engine import Database
from db.operations.measures import FigurePlace, MoveMeasure, SaveCauses, move_measure, save_causes
from pages._shell.panels.measure_sheet import causes_text, effects_text, typed_sheet
from tests.fee_books import A, B
from tests.measures_setup import Company, a_company, a_round
from tests.pages.fee_paths import Open, pick
from tests.pages.forms import box, panel, panels, press, said
from tests.personas import ADMINISTRATOR, AUDITOR, FRONT_DESK, HANDLER, MANAGER, PATROL, SUPERVISOR, person
from tests.statements import count_statements

PAGE = "improvement.measures"
TODAY = local_day(datetime.now(UTC))


@pytest.fixture
def company(portal: Database) -> Company:
    return a_company(portal)


def value(company: Company, sql: str) -> Any:
    with company.database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def record(company: Company, **given: Any) -> Any:
    """A measure that may be carried out, due ten days from now."""
    return company.ready(**{"deadline": TODAY + timedelta(days=10), **given})


def opened(company: Company, *, estate: EstateId = A, days_ago: int = 0, before: Any = None, **given: Any) -> int:
    """A measure of estate A opened today or earlier."""
    now = datetime.now(UTC) - timedelta(days=days_ago)
    return company.opened(record(company, **given), estate=estate, now=now, before=before)


def show(open_as: Open, company: Company, by: Actor = SUPERVISOR, **address: Any) -> AppTest:
    """The page of estate A, perhaps with a measure open."""
    if "measure" in address:
        address = {"of": A, **address}
    return open_as(PAGE, by, **{"estate": "A", **{name: str(given) for name, given in address.items()}})


def address(app: AppTest, name: str) -> str:
    """What the address says, however AppTest keeps it."""
    given = app.query_params[name]
    return given if isinstance(given, str) else given[-1]


def test_nobody_sees_the_page_without_signing_in(open_as: Open, company: Company) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


def test_the_administrator_is_told_whom_to_ask(open_as: Open, company: Company) -> None:
    app = show(open_as, company, ADMINISTRATOR)
    assert "You may not open this page" in said(app)
    assert "Supervisor" in said(app)


def test_without_measures_the_page_says_what_to_do(open_as: Open, company: Company) -> None:
    app = show(open_as, company)
    assert "No measure fits. Widen the filter, or open one below" in said(app)
    assert [(each.value, each.delta) for each in app.metric[:4]] == [
        ("0", ""),
        ("0", "✓ none past the deadline"),
        ("0", "✓ nothing due soon"),
        ("0", "○ none closed yet"),
    ]


@pytest.mark.parametrize("who", [PATROL, AUDITOR, HANDLER, MANAGER])
def test_what_one_may_not_do_is_not_offered(open_as: Open, company: Company, who: Actor) -> None:
    number = opened(company)
    app = show(open_as, company, who, measure=number)
    assert "Fire exits are blocked" in said(app)
    offered = set(panels(app))
    works, makes = who in (HANDLER, MANAGER), who is MANAGER
    assert {"Details", "Steps and notes", "Failure analysis"} <= offered
    assert ("Figures before and after" in offered) == works
    assert ("Edit" in offered) == ("New measure" in offered) == makes
    buttons = {each.label for each in panel(app, "steps").button}
    assert ("Start carrying it out" in buttons) == works
    assert ("Cancel the measure" in buttons) == makes
    assert not app.exception


def test_measures_of_other_estates_are_as_if_not_there(open_as: Open, company: Company) -> None:
    number = opened(company)
    only_b = person(205, "front desk of Beta", *FRONT_DESK.roles, estates=frozenset({B}))
    app = open_as(PAGE, only_b, of=str(A), measure=str(number))
    assert "Fire exits" not in said(app)
    assert app.error


def test_the_queue_says_how_long_is_left_in_words(open_as: Open, company: Company) -> None:
    late = TODAY - timedelta(days=3)
    number = opened(company, days_ago=9, deadline=late, problem="Late one")
    opened(company, deadline=TODAY, problem="Today's")
    opened(company, deadline=TODAY + timedelta(days=400), problem="Far one")
    app = show(open_as, company)
    table = app.dataframe[0].value
    assert list(table["Problem"]) == ["Late one", "Today's", "Far one"]
    assert list(table["Time left"]) == [
        f"⚠ overdue since {late + timedelta(days=1):%Y-%m-%d}",
        "◔ due today",
        "○ more than 60 days left",
    ]
    assert set(table["Before → goal → after"]) == {"– → ≤ 5 exits → –"}
    assert ":red-badge[⚠ overdue since" in said(show(open_as, company, measure=number))
    figures = [(each.label, each.value, each.delta) for each in app.metric[:3]]
    assert figures == [
        ("Open measures", "3", ""),
        ("Overdue", "1", "⚠ past the deadline"),
        ("Due soon", "1", "◔ within 3 working days"),
    ]


def test_the_filters_narrow_and_stay_in_the_address(open_as: Open, company: Company) -> None:
    opened(company, days_ago=9, deadline=TODAY - timedelta(days=3), problem="Late 100%_")
    opened(company, problem="In time")
    assert list(show(open_as, company, show="overdue").dataframe[0].value["Problem"]) == ["Late 100%_"]
    assert list(show(open_as, company, search="%_").dataframe[0].value["Problem"]) == ["Late 100%_"]
    assert not show(open_as, company, search="x%").dataframe
    mine = opened(company, problem="Mine", responsible=company.of_a)
    assert list(show(open_as, company, responsible=company.of_a).dataframe[0].value["Problem"]) == ["Mine"]
    app = show(open_as, company, measure=mine)
    app.selectbox(key="improvement.measures.show").set_value("closed")
    assert address(app.run(), "show") == "closed"
    assert not app.dataframe


def test_a_measure_goes_all_the_way_on_the_page(open_as: Open, company: Company) -> None:
    app = panel(show(open_as, company), "new")
    box(app, "Name of the figure").set_value("Blocked exits")
    box(app, "Better is").set_value("down")
    app.run()
    box(app, "Goal: value to reach").set_value("5")
    box(app, "Unit of the figure").set_value("exits")
    box(app, "Problem").set_value("Fire exits are blocked")
    box(app, "Cause").set_value("No place for bicycles")
    box(app, "Measure taken").set_value("Mark a place")
    box(app, "Responsible").set_value(company.of_a)
    box(app, "Budget in yuan").set_value("1200.50")
    press(app, "Save")
    assert not app.error and not app.exception
    assert app.success[0].value == "The measure is open, at the stage plan."
    assert app.query_params["measure"] and "M26-001" in said(app).replace(f"M{TODAY:%y}", "M26")
    press(panel(app, "steps"), "Start carrying it out")
    assert "**● Do (now)**" in said(app)
    box(app, "Note").set_value("half of it is marked <b>today</b>")
    press(app, "Add a note")
    assert app.success[0].value == "The note is added."
    assert "half of it is marked <b>today</b>" in [each.value for each in app.text]
    press(app, "Go to the check of the effect")
    panel(app, "figures")
    for typed, said_after in (("9", "Take as the value before"), ("4", "Take as the value after")):
        box(app, "Value of the figure").set_value(typed)
        box(app, "Where it comes from").set_value("counted by the patrol")
        press(app, said_after)
        assert not app.error and not app.exception
    panel(app, "steps")
    press(app, "Make it the rule")
    box(app, "Note").set_value("the exits stayed free for two weeks")
    press(app, "Close the measure")
    assert app.success[0].value == "The measure is now at: Closed."
    words = said(panel(app, "card"))
    assert "✓ **Closed**" in words and "Degree of impact (reconstructed): -55.6 %" in words
    assert [each.value for each in app.metric if each.label == "Effect"] == ["Goal reached"]
    assert value(company, "SELECT stage FROM measures") == "closed"
    assert "New measure" in panels(app) and "Edit" not in panels(app)


def test_a_step_that_lacks_something_is_refused_and_the_note_stays(open_as: Open, company: Company) -> None:
    number = opened(company)
    company.move(number, Stage.DO, Stage.CHECK)
    app = panel(show(open_as, company, measure=number), "steps")
    assert "Both figures, before and after, are needed" in said(app)
    box(app, "Note").set_value("looks good to me")
    press(app, "Make it the rule")
    assert not app.exception and len(app.error) == 1
    assert box(app, "Note").value == "looks good to me"
    assert value(company, "SELECT stage FROM measures") == "check"


def test_who_only_works_on_it_is_not_offered_the_last_steps(open_as: Open, company: Company) -> None:
    number = opened(company)
    company.move(number, Stage.DO, Stage.CHECK)
    app = panel(show(open_as, company, HANDLER, measure=number), "steps")
    labels = {each.label for each in app.button}
    assert "Back to carrying out" in labels
    assert not labels & {"Make it the rule", "Cancel the measure", "Close the measure"}


def test_a_stale_step_is_refused(open_as: Open, company: Company) -> None:
    number = opened(company)
    app = panel(show(open_as, company, measure=number), "steps")
    box(app, "Note").set_value("begin")
    version = company.row(number).version
    company.do(move_measure, MoveMeasure(A, number, version, Stage.DO))
    press(app, "Start carrying it out")
    assert not app.exception and not app.success
    assert "Somebody else has changed this record" in app.warning[0].value
    assert (value(company, "SELECT stage FROM measures"), box(app, "Note").value) == ("do", "begin")
    press(app, "Go to the check of the effect")
    assert len(app.error) == 1
    assert value(company, "SELECT stage FROM measures") == "do"


@pytest.mark.parametrize(("typed", "bad"), [("", True), ("abc", True), ("1.1234567", True), ("5", False)])
def test_a_goal_that_is_no_number_is_refused_and_everything_stays(
    open_as: Open, company: Company, typed: str, bad: bool
) -> None:
    app = panel(show(open_as, company), "new")
    box(app, "Name of the figure").set_value("Blocked exits")
    box(app, "Problem").set_value("Exits")
    box(app, "Responsible").set_value(company.of_a)
    box(app, "Goal: value to reach").set_value(typed)
    press(app, "Save")
    assert not app.exception and bool(app.error) == bad
    assert value(company, "SELECT count(*) FROM measures") == (0 if bad else 1)
    if bad:
        assert (box(app, "Problem").value, box(app, "Goal: value to reach").value) == ("Exits", typed)


def test_without_a_responsible_nothing_is_opened(open_as: Open, company: Company) -> None:
    app = panel(show(open_as, company), "new")
    box(app, "Name of the figure").set_value("Blocked exits")
    box(app, "Problem").set_value("Exits")
    box(app, "Goal: value to reach").set_value("-3")
    press(app, "Save")
    assert not app.exception and len(app.error) == 1
    assert box(app, "Goal: value to reach").value == "-3"


def test_a_low_item_begins_a_measure_with_its_figure(open_as: Open, company: Company) -> None:
    number = a_round(company.database)
    app = show(open_as, company, source="survey", round=number, item="patrol")
    words = said(app)
    assert "From the survey: Safety patrol, value before 2.40 (2026\\-10\\-20, 10 answers" in words
    assert box(app, "Problem").value == "Safety patrol: only 2.40 (Round A-26Q4-01)"
    assert (box(app, "Source").value, box(app, "Source").disabled) == ("survey", True)
    assert not [each for each in app.selectbox if each.label == "Measured by"]
    box(app, "Goal: value to reach").set_value("3.5")
    box(app, "Responsible").set_value(company.anyone)
    press(app, "Save")
    assert not app.error and not app.exception
    assert "source" not in app.query_params and "round" not in app.query_params
    stored = "SELECT metric || metric_reference || before_micro || source_reference || round_id FROM measures"
    assert value(company, stored) == "survey_itempatrol2400000A-26Q4-01700"
    assert "Safety patrol: only 2.40" in said(app)


def test_a_round_that_tells_nothing_still_begins_a_measure(open_as: Open, company: Company) -> None:
    number = a_round(company.database, marks={})
    app = show(open_as, company, source="survey", round=number, item="2")
    assert box(app, "Problem").value == "Safety patrol is rated low (Round A-26Q4-01)"
    assert "No value before" in said(app)
    app = show(open_as, company, source="survey", round=number, item="99")
    assert app.error and not app.exception


@pytest.mark.parametrize(
    "given",
    [
        {"source": "<script>", "round": "x", "item": "y"},
        {"source": "survey"},
        {"source": "fees"},
        {"measure": "999999", "of": "1"},
        {"measure": "1", "of": "9"},
        {"responsible": "nobody", "show": "nothing"},
        {"search": "'; DROP TABLE measures; --"},
    ],
)
def test_a_strange_address_breaks_nothing(open_as: Open, company: Company, given: dict[str, str]) -> None:
    app = show(open_as, company, **given)
    assert not app.exception
    assert app.metric[0].value == "0"


def test_a_known_figure_is_looked_at_and_taken(open_as: Open, company: Company) -> None:
    a_round(company.database)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal("3.5"), reference="patrol")
    number = opened(company, source=MeasureSource.SURVEY, goal=goal)
    app = panel(show(open_as, company, HANDLER, measure=number), "figures")
    assert "The portal works out **2\\.40**" in said(app)
    assert not [each for each in app.text_input if each.label == "Value of the figure"]
    press(app, "Take as the value before")
    assert app.success[0].value == "The value before is stored."
    assert value(company, "SELECT before_micro FROM measures") == 2_400_000


def test_a_fee_figure_is_taken_by_who_may_see_the_fees(open_as: Open, company: Company) -> None:
    month = Month.of(TODAY).shift(-1)
    company.books.bill_month(A, month, month.day(20))
    company.books.pay(A, "1-1-101", "200", month.day(22))
    goal = Goal(metric=Metric.COLLECTION_RATE, target=Decimal(90))
    number = opened(company, source=MeasureSource.FEES, goal=goal)
    app = panel(show(open_as, company, HANDLER, measure=number), "figures")
    assert "You may not do this" in said(app)
    assert not [each for each in app.button if each.label == "Take as the value before"]
    app = panel(show(open_as, company, measure=number), "figures")
    box(app, "Month").set_value(str(month))
    app.run()
    press(app, "Take as the value before")
    assert not app.error and not app.exception
    assert value(company, "SELECT before_micro FROM measures") == 16_666_667


def test_a_measure_is_changed_and_a_past_deadline_refused(open_as: Open, company: Company) -> None:
    number = opened(company)
    app = panel(show(open_as, company, measure=number), "edit")
    assert box(app, "Problem").value == company.record().problem
    box(app, "Problem").set_value("Exits of building 2")
    box(app, "Deadline").set_value(TODAY - timedelta(days=1))
    press(app, "Save")
    assert not app.exception and len(app.error) == 1
    assert box(app, "Problem").value == "Exits of building 2"
    box(app, "Deadline").set_value(TODAY)
    press(app, "Save")
    assert app.success[0].value == "The measure is changed."
    assert value(company, "SELECT problem FROM measures") == "Exits of building 2"


def test_the_failure_analysis_is_typed_ranked_and_refused_line_by_line(open_as: Open, company: Company) -> None:
    number = opened(company)
    app = panel(show(open_as, company, HANDLER, measure=number), "sheet")
    effects, causes = app.text_area[0], app.text_area[1]
    effects.set_value("Bicycles in the exit | 9\nComplaints | 3")
    causes.set_value("Nobody looks | 3 9\nNo place | 9")
    press(app, "Save the sheet")
    assert not app.exception and len(app.error) == 1
    assert app.text_area[1].value == "Nobody looks | 3 9\nNo place | 9"
    app.text_area[1].set_value("Nobody looks | 3 9\nNo place | 9 3")
    press(app, "Save the sheet")
    assert app.success[0].value == "The sheet is saved."
    ranking = app.dataframe[-1].value
    assert list(ranking["Cause"]) == ["No place", "Nobody looks"]
    assert list(ranking["Points"]) == ["90", "54"]
    assert list(ranking["Added up"]) == ["62.5 %", "100.0 %"]


@pytest.mark.parametrize(
    ("effects", "causes", "problems"),
    [
        ("", "", []),
        ("A | 3", "B | 9", []),
        ("A｜３", "B | C ｜ ９", []),
        ("A", "B | 9", ["measures.sheet.effect_line"]),
        ("A | 3 4", "B | x", ["measures.sheet.effect_line", "measures.sheet.cause_line"]),
        ("A | 3", "B | -1", ["measures.sheet.cause_line"]),
        ("A | 3", "B | 9999", ["measures.sheet.cause_line"]),
        ("A | 11", "B | 10", ["measures.sheet.importance", "measures.sheet.mark"]),
        ("A | 3", "", ["measures.sheet.causes"]),
    ],
)
def test_a_sheet_is_read_line_by_line(effects: str, causes: str, problems: list[str]) -> None:
    columns, rows, found = typed_sheet(effects, causes)
    assert [problem.code for problem in found] == problems
    if not problems:
        assert typed_sheet(effects_text(columns), causes_text(rows)) == (columns, rows, ())


def test_a_row_opens_its_measure_and_a_step_keeps_it_open(open_as: Open, company: Company) -> None:
    opened(company, problem="First", deadline=TODAY + timedelta(days=5))
    second = opened(company, problem="Second", deadline=TODAY + timedelta(days=6))
    app = pick(show(open_as, company), 1)
    assert address(app, "measure") == str(second)
    panel(app, "steps")
    box(app, "Note").set_value("not needed any more")
    press(app, "Cancel the measure")
    assert not app.error and not app.exception
    assert address(app, "measure") == str(second)
    assert "✕ **Cancelled**" in said(app)
    assert list(app.dataframe[0].value["Problem"]) == ["First"]


def test_the_page_speaks_chinese(open_as: Open, company: Company) -> None:
    number = opened(company)
    app = open_as(PAGE, SUPERVISOR, language="zh_CN", estate="A", of=str(A), measure=str(number))
    assert not app.exception
    assert "执行" in said(app)


@pytest.mark.parametrize("what", ["card", "steps", "sheet", "figures", "edit", "new", "seed", "own"])
def test_the_page_keeps_to_twelve_statements(open_as: Open, company: Company, what: str) -> None:
    number = a_round(company.database)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal("3.5"), reference="patrol")
    if what == "own":
        goal = Goal(metric=Metric.OWN_FIGURE, target=Decimal(1), reference="x", better=Direction.UP)
    measure = opened(company, source=MeasureSource.SURVEY, goal=goal)
    sheet = ((EffectColumn("A", 3),), (CauseRow("B", (9,)),))
    company.do(save_causes, SaveCauses(A, measure, 1, *sheet))
    for _ in range(3):
        opened(company)
    if what == "seed":
        app = show(open_as, company, source="survey", round=number, item="patrol")
    else:
        app = panel(show(open_as, company, measure=measure), "figures" if what == "own" else what)
    with count_statements(company.database) as seen:
        app.run()
    assert not app.exception
    assert len(seen) <= 12, "\n".join(seen)


def test_the_table_is_exported_as_it_is_shown(open_as: Open, company: Company) -> None:
    opened(company)
    app = show(open_as, company, MANAGER)
    assert [each.label for each in app.get("download_button")] == ["CSV", "XLSX"]
    assert not show(open_as, company, HANDLER).get("download_button")


def test_a_value_before_the_measure_is_told_with_day_and_answers(open_as: Open, company: Company) -> None:
    number = a_round(company.database)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal("3.5"), reference="patrol")
    place = FigurePlace(round_id=number)
    measure = opened(company, source=MeasureSource.SURVEY, goal=goal, before=place)
    words = said(show(open_as, company, measure=measure))
    assert "10 answers" in words and "Safety patrol" in words
    assert company.row(measure).before_on == date(2026, 10, 20)
