"""Survey results as people find them: the answer first, what it stands on, and nothing that gives anybody away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.documents import tables as documents
from core.kernel.filters import Slice
from core.kernel.identity import BuildingId, RoundId
from core.kernel.periods import local_day
from core.meetings.effects import Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource
from core.surveys.rounds import Channel, RoundKind
from core.surveys.tallies import tally_of
from db.engine import Database
from db.operations.measures import OpenMeasure, open_measure
from db.operations.survey_rounds import ChangeRound, CloseRound, change_round, close_round
from pages._shell import tables
from pages._shell.panels import survey_items
from pages._shell.panels.survey_charts import COLOURS, INKS, MarksLine, marks_chart, marks_rows, wrapped
from tests.builders import staff_member
from tests.db.surveys_setup import SurveyWorld, a_survey_world
from tests.pages.conftest import looking_after, texts
from tests.pages.fee_paths import Open, button, pick, watch_switches
from tests.personas import AUDITOR, CASHIER, FRONT_DESK, MANAGER, SUPERVISOR
from tests.statements import count_statements

Answers = Sequence[tuple[int, int | str]]
HAPPY: Answers = ((1, 5), (2, 4), (3, 3), (4, "A"), (5, "BD"), (6, 9), (7, 3))
SAD: Answers = ((1, 1), (2, 2), (3, 1), (4, "B"), (6, 0), (7, 5))


@pytest.fixture
def world(portal: Database) -> SurveyWorld:
    """A survey world whose round runs today, whatever day today is, and had one before."""
    found = a_survey_world(portal)
    found.now = datetime.now(UTC)
    found.act(SUPERVISOR, close_round, CloseRound(found.estate, found.round, 1))
    found.round = found.open(
        name="This quarter", starts_on=today() - timedelta(days=9), ends_on=today() + timedelta(days=10), sent=50
    )
    return found


def today() -> date:
    return local_day(datetime.now(UTC))


def before(world: SurveyWorld) -> RoundId:
    """A round that ended long ago."""
    return world.open(
        name="Last quarter", starts_on=today() - timedelta(days=90), ends_on=today() - timedelta(days=60), sent=100
    )


def enter(
    world: SurveyWorld,
    many: int,
    answers: Answers,
    building: int | None = None,
    *,
    of: RoundId | None = None,
    **given: Any,
) -> None:
    """So many like forms of the present round, or of the one before."""
    place: BuildingId | None = None if building is None else world.buildings[building]
    forms = [world.form(answers=answers, building=place) for _ in range(many)]
    when = {"collected_on": today() - timedelta(days=70), "round_id": of} if of else {"collected_on": today()}
    world.enter(*forms, **{**when, **given})


def opened(open_as: Open, world: SurveyWorld, who: Any = MANAGER, tab: str = "", **more: str) -> AppTest:
    """The results of the world's estate."""
    app = open_as("surveys.results", who, **{"estate": code_of(world), **more})
    if tab:
        app.session_state["panel.surveys.results"] = tab
        app.run()
    assert not app.exception
    return app


def code_of(world: SurveyWorld) -> str:
    return str(world.round_row().code).rsplit("-", 2)[0]


def metrics(app: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in app.metric}


def table(app: AppTest, column: str) -> Any:
    """The table that has this column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def test_nobody_signed_in_sees_nothing(open_as: Open, world: SurveyWorld) -> None:
    assert "You are signed out" in texts(open_as("surveys.results", None))


def test_who_may_not_see_results_is_told_whom_to_ask(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 9, HAPPY)
    app = open_as("surveys.results", CASHIER)
    assert "You may not open this page" in texts(app)
    assert not app.metric and not app.dataframe


def test_without_forms_the_page_says_what_to_do(open_as: Open, world: SurveyWorld) -> None:
    app = opened(open_as, world)
    assert "No survey form is in yet." in texts(app)
    assert not app.metric


def test_the_answer_comes_first_with_what_it_stands_on(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 8, HAPPY, 0)
    enter(world, 2, SAD, 1)
    app = opened(open_as, world)
    # means 4.2, 3.6, 2.6: 10.4/15; 16 of 30 marks are 4 or 5; 8 promoters less 2 detractors; CS (8·4.5 + 2·1.5)/10
    assert metrics(app) == {
        "CSI": ("69.3", ""),
        "Share of 4–5": ("53.3 %", ""),
        "NPS": ("60.0", ""),
        "CS (reconstructed)": ("3.90", ""),
        "Response rate": ("20.0 %", ""),
    }
    said = texts(app)
    assert "n = 10 forms · no margin" in said
    assert "n = 30 marks · " in said and "below 90.0 %" in said
    assert "10 of 50 forms" in said
    assert all(metric.help for metric in app.metric)
    assert "Only 10 forms, fewer than the minimum of 30" in said
    assert "The round still runs" in said


def test_uneven_buildings_put_the_weighted_figures_beside_the_raw_ones(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 30, HAPPY, 0)
    enter(world, 6, SAD, 1)
    said = texts(opened(open_as, world))
    # four units to two: share (4·2/3 + 2·0)/6; raw 60 of 108
    assert "The buildings answered unevenly." in said
    assert "share of 4–5 44.4 % (as answered 55.6 %)" in said
    assert "1 forms name no building" not in said


def test_buildings_nobody_answered_from_are_named(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 6, HAPPY, 0)
    enter(world, 5, HAPPY)
    said = texts(opened(open_as, world))
    assert "No form came from building 2." in said
    assert "5 forms name no building." in said


def test_fewer_than_five_forms_show_nothing_but_how_many(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 4, SAD, 0)
    app = opened(open_as, world)
    assert list(metrics(app)) == ["Response rate"]
    assert "Fewer than 5 forms are in" in app.info[0].value
    assert "Low questions" not in texts(app) and not any("n=4" in text.value for text in app.text)
    assert not app.get("vega_lite_chart")


def test_the_change_is_shown_with_its_interval_where_rounds_compare(open_as: Open, world: SurveyWorld) -> None:
    last = before(world)
    enter(world, 20, HAPPY, 0, of=last)
    enter(world, 20, SAD, 1, of=last)
    enter(world, 20, HAPPY, 0)
    enter(world, 20, HAPPY, 1)
    app = opened(open_as, world)
    found = metrics(app)
    assert found["CSI"] == ("80.0", "+26.7")
    assert found["Share of 4–5"] == ("66.7 %", "+33.3")
    assert found["CS (reconstructed)"] == ("4.50", "+1.50")
    assert found["Response rate"] == ("80.0 %", "")  # forms still come in
    assert "interval not worked out" in texts(app)
    dimensions = table(app, "Weight")
    assert list(dimensions["Change since last"]) == ["+2.00", "+1.00", "+1.00"]
    assert list(dimensions["Beyond chance"]) == ["yes"] * 3
    assert list(dimensions["Weight"]) == ["33.3 %"] * 3


def test_a_response_rate_is_compared_once_the_round_is_over(open_as: Open, world: SurveyWorld) -> None:
    before = world.open(starts_on=today() - timedelta(days=60), ends_on=today() - timedelta(days=30), sent=100)
    enter(world, 20, HAPPY, 0, round_id=before, collected_on=today() - timedelta(days=40))
    enter(world, 20, HAPPY, 0, collected_on=world.round_row().starts_on)
    over = f"UPDATE survey_rounds SET ends_on = '{today()}', sent = 50 WHERE id = {world.round}"
    with world.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(over)
    app = opened(open_as, world)
    assert metrics(app)["Response rate"] == ("40.0 %", "+20.0") and "counted, not sampled" in texts(app)


def test_rounds_that_do_not_compare_give_words_instead_of_a_number(open_as: Open, world: SurveyWorld) -> None:
    last = before(world)
    enter(world, 40, HAPPY, 0, of=last)
    enter(world, 12, SAD, 1)
    app = opened(open_as, world)
    assert {delta for name, (_, delta) in metrics(app).items() if name != "Response rate"} == {""}
    assert texts(app).count("not comparable with Last quarter") == 4
    assert "Not compared with Last quarter: " in texts(app)


def test_questions_stand_worst_first_and_as_a_table_on_demand(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 8, HAPPY, 0)
    enter(world, 2, SAD, 0)
    app = opened(open_as, world)
    app.toggle(key="items.table").set_value(True)
    app.run()
    found = table(app, "Question")
    assert list(found["Question"]) == ["Question 1", "Question 2", "Question 3"]
    assert list(found["Mean"]) == ["4.20", "3.60", "2.60"]
    assert list(found["n"]) == ["10", "10", "10"]
    assert list(found["5"]) == ["8", "0", "0"]
    assert list(found["Low"]) == ["", "", "yes"]
    assert "Low questions (mean below 3.50)" in texts(app)
    assert [text.value for text in app.text if text.value.startswith("3. Question 3 · 2.60")]


def test_choices_and_numbers_are_told(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 8, HAPPY, 0)
    enter(world, 2, SAD, 0)
    said = texts(opened(open_as, world))
    assert "4\\. You are" in said
    assert "n = 8 · several answers were possible" in said
    assert "Mean 3.40 ± " in said  # (8·3 + 2·5)/10


def test_an_item_few_answered_is_hidden(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 8, ((1, 5), (2, 5)), 0)
    enter(world, 4, ((1, 5), (2, 5), (3, 1), (4, "A"), (7, 1)), 0)
    app = opened(open_as, world)
    app.toggle(key="items.table").set_value(True)
    app.run()
    assert "Hidden (fewer than 5 answers): 3" in texts(app)
    assert "Hidden (fewer than 5 answers): 4" in texts(app)
    found = table(app, "Question")
    assert list(found["Mean"])[2] == "hidden"
    assert list(found["1"])[2] == ""
    assert "Low questions" not in texts(app)


def test_a_low_question_opens_a_measure_with_its_round_and_item(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = watch_switches(monkeypatch)
    enter(world, 8, SAD, 0)
    app = opened(open_as, world, SUPERVISOR)
    assert [each.label for each in app.button].count("Open a measure") == 3
    app.button(key="measure.q1").click().run()
    (target, address), *_ = switched
    assert target == "measures"
    assert address["source"] == "survey"
    assert (address["round"], address["item"]) == (str(world.round), "q1")
    assert address["estate"] == code_of(world)


def test_a_low_question_shows_the_measure_it_has(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = watch_switches(monkeypatch)
    enter(world, 8, SAD, 0)
    goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal(4), reference="q2")
    record = MeasureRecord(
        source=MeasureSource.SURVEY,
        problem="Reports are answered too late",
        responsible=staff_member(world.database),
        deadline=today() + timedelta(days=30),
        goal=goal,
    )
    number = world.act(SUPERVISOR, open_measure, OpenMeasure(world.estate, record, world.round))
    app = opened(open_as, world, SUPERVISOR)
    assert [each.label for each in app.button].count("Open a measure") == 2
    assert app.button(key="measure.q2").label.endswith(" · Plan")
    app.button(key="measure.q2").click().run()
    (_, address), *_ = switched
    assert (address["of"], address["measure"]) == (str(world.estate), str(number))
    assert "source" not in address


def test_who_makes_no_measures_is_not_offered_one(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 8, SAD, 0)
    app = opened(open_as, world, AUDITOR)
    assert "Low questions" in texts(app)
    assert "Open a measure" not in [each.label for each in app.button]


def test_groups_stand_side_by_side_and_small_ones_are_hidden(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 9, HAPPY, 0)
    enter(world, 7, SAD, 0, channel=Channel.PHONE)
    enter(world, 4, SAD, 1)
    app = opened(open_as, world, tab="groups")
    found = table(app, "Group")
    hidden = ["Building 1 · hidden (protects a smaller group)", "Building 2 · hidden (fewer than 5)"]
    assert list(found["Group"]) == hidden
    assert list(found["n"]) == ["16", "< 5"]
    assert list(found["CSI"]) == ["–", "–"]
    assert set(found["Mean"]) | set(found["Share of 4–5"]) | set(found["Service"]) == {""}
    by_channel = table(opened(open_as, world, tab="groups", by="channel"), "Group")
    assert list(by_channel["Group"]) == ["Paper", "Phone call"]
    # paper: 9 happy, 4 sad: (45 + 4)/13, (36 + 8)/13, (27 + 4)/13: 124/39
    assert list(by_channel["Mean"]) == ["3.18", "1.33"]
    assert list(by_channel["CSI"]) == ["63.6", "26.7"]
    assert list(by_channel["Service"]) == ["3.77", "1.00"]
    by_group = table(opened(open_as, world, tab="groups", by="customer_group"), "Group")
    assert list(by_group["Group"]) == ["Not stated"]


def test_rounds_and_estates_stand_side_by_side(open_as: Open, world: SurveyWorld) -> None:
    last = before(world)
    enter(world, 6, SAD, 0, of=last)
    enter(world, 6, HAPPY, 0)
    by_round = table(opened(open_as, world, tab="groups", by="round"), "CSI")
    assert list(by_round["CSI"]) == ["26.7", "80.0"]
    by_estate = table(opened(open_as, world, tab="groups", by="estate"), "CSI")
    assert list(by_estate["Estate"]) == ["Maple Court"]


def test_all_estates_are_listed_until_one_is_chosen(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = watch_switches(monkeypatch)
    other = a_survey_world(world.database, "Birch Court")
    a_survey_world(world.database, "Alder Court")
    other.now = world.now
    other.round = other.open(starts_on=today() - timedelta(days=3), ends_on=today() + timedelta(days=3))
    enter(world, 6, HAPPY, 0)
    enter(other, 4, SAD, 0)
    app = open_as("surveys.results", MANAGER)
    assert not app.exception
    found = table(app, "Newest round")
    assert list(found["Estate"]) == ["Birch Court", "Maple Court"]
    assert list(found["CSI"]) == ["–", "80.0"]
    assert list(found["n"]) == ["< 5", "6"]
    assert list(found["Lowest question"]) == ["hidden (fewer than 5)", "3.00 Question 3"]
    assert "No survey yet: Alder Court" in texts(app)
    app = pick(app, 1)
    button(app, "Open Maple Court").click().run()
    (target, address), *_ = switched
    assert (target, address["round"]) == ("results", world.round_row().code)
    assert address["estate"] == code_of(world)


def test_an_address_opens_its_round_without_an_estate(open_as: Open, world: SurveyWorld) -> None:
    last = before(world)
    enter(world, 6, SAD, 0, of=last)
    enter(world, 6, HAPPY, 0)
    app = open_as("surveys.results", MANAGER, round=world.round_row(last).code)
    assert metrics(app)["CSI"][0] == "26.7"
    assert "The round still runs" not in texts(app)


def test_who_looks_after_another_estate_sees_nothing_of_it(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 6, HAPPY, 0)
    other = a_survey_world(world.database, "Birch Court")
    who = replace(looking_after(MANAGER, other.estate), name="somebody else")
    app = open_as("surveys.results", who, round=world.round_row().code)
    assert "No survey form is in yet." in texts(app)


def test_more_forms_than_handed_out_are_noticed(open_as: Open, world: SurveyWorld) -> None:
    row = world.round_row()
    change = ChangeRound(
        world.estate, world.round, row.version, row.name, RoundKind(row.kind), row.starts_on, row.ends_on,
        (Channel.PAPER, Channel.PHONE), sent=5,
    )  # fmt: skip
    world.act(SUPERVISOR, change_round, change)
    enter(world, 6, HAPPY, 0)
    assert "More forms came back than were handed out" in texts(opened(open_as, world))


def test_the_file_holds_what_the_table_shows(
    open_as: Open, world: SurveyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[bytes] = []

    def build(page: Any, ask: Any, wanted: Any, columns: Any, **_given: Any) -> None:
        rows = page.read(ask, wanted(Slice(1, 100))).rows
        headings = [documents.Column(column.title, column.kind) for column in columns]
        values = [[tables._plain(page, column, row) for column in columns] for row in rows]
        assert documents.to_xlsx(headings, values, title="survey-items", note="", made_at=page.now)
        files.append(documents.to_csv(headings, values))

    monkeypatch.setattr(survey_items, "offer_export", build)
    enter(world, 8, ((1, 5), (2, 5)), 0)
    enter(world, 4, ((1, 5), (2, 1), (3, 1)), 0)
    opened(open_as, world)
    head, first, second, third = files[0].decode("utf-8-sig").splitlines()
    assert head.startswith("No.,Question,Mean,Margin,n,Share of 4–5,95 % interval,5,4,3,2,1,")
    assert first.startswith("1,Question 1,5.00,margin unknown,12,100.0,")
    assert second.startswith("2,Question 2,3.67,")
    assert third == "3,Question 3,hidden,,4,,–,,,,,,–,,"


def test_the_table_of_questions_can_be_exported(open_as: Open, world: SurveyWorld) -> None:
    enter(world, 6, HAPPY, 0)
    app = opened(open_as, world, MANAGER)
    assert len(app.get("download_button")) == 2
    assert not opened(open_as, world, FRONT_DESK).get("download_button")


@pytest.mark.parametrize("tab", ["words", "others", "report"])
def test_the_other_tabs_open(open_as: Open, world: SurveyWorld, tab: str) -> None:
    enter(world, 6, HAPPY, 0)
    assert not opened(open_as, world, tab=tab).exception


@pytest.mark.parametrize(("tab", "by"), [("", ""), ("groups", "channel"), ("groups", "round"), ("groups", "estate")])
def test_the_whole_page_keeps_to_twelve_statements(open_as: Open, world: SurveyWorld, tab: str, by: str) -> None:
    last = before(world)
    enter(world, 30, HAPPY, 0, of=last)
    enter(world, 30, SAD, 0)
    app = opened(open_as, world, tab=tab, **({"by": by} if by else {}))
    with count_statements(world.database) as seen:
        app.run()
    assert not app.exception
    assert len(seen) <= 12, "\n".join(seen)


@pytest.mark.parametrize("tab", ["", "groups"])
def test_it_speaks_chinese_too(open_as: Open, world: SurveyWorld, tab: str) -> None:
    enter(world, 6, SAD, 0)
    app = open_as("surveys.results", MANAGER, language="zh_CN", estate=code_of(world))
    if tab:
        app.session_state["panel.surveys.results"] = tab
        app.run()
    assert not app.exception
    assert app.dataframe
    assert bool(tab) or "3. 问题3" in texts(app)


# --- the bars ---


def test_bars_part_in_the_middle_of_the_neutral_mark() -> None:
    line = MarksLine("1. Lift", tally_of(((1, 1), (2, 2), (3, 2), (4, 4), (5, 1))), "3.20 ± 0.83 · n=10")
    rows = marks_rows([line], ("a", "b", "c", "d", "e"))
    assert [(row["start"], row["end"], row["label"]) for row in rows] == [
        (-40.0, -30.0, "10 %"),
        (-30.0, -10.0, "20 %"),
        (-10.0, 10.0, "20 %"),
        (10.0, 50.0, "40 %"),
        (50.0, 60.0, "10 %"),
    ]
    assert [row["share"] for row in rows][3] == "40.0 % (4)"
    small = marks_rows([MarksLine("x", tally_of(((5, 19), (1, 1))), "")], ("a", "b", "c", "d", "e"))
    assert [row["label"] for row in small] == ["", "", "", "", "95 %"]


def luminance(colour: str) -> float:
    """Relative luminance as the web's contrast rules define it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_colours_are_five_greys_and_their_labels_can_be_read() -> None:
    greys = [116 * luminance(colour) ** (1 / 3) - 16 for colour in COLOURS]
    apart = [abs(one - other) for at, one in enumerate(greys) for other in greys[at + 1 :]]
    assert min(apart) >= 8
    assert min(abs(one - other) for one, other in pairwise(greys)) >= 10
    assert all(contrast(colour, ink) >= 4.5 for colour, ink in zip(COLOURS, INKS, strict=True))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1. Short", ["1. Short"]),
        ("1. " + "问" * 19, ["1. " + "问" * 19]),
        ("1. " + "问" * 25, ["1. " + "问" * 19, "问" * 6]),
        ("2. How quickly repairs, questions and requests are dealt with", [
            "2. How quickly repairs, questions and", "requests are dealt with",
        ]),
        ("问" * 70, ["问" * 21, "问" * 21, "问" * 21 + "…"]),
    ],
)  # fmt: skip
def test_long_questions_are_parted_into_lines(text: str, lines: list[str]) -> None:
    assert wrapped(text) == lines


def test_the_spec_is_built_once_for_so_many_bars() -> None:
    names = ("1", "2", "3", "4", "5")
    assert marks_chart(names, 3) is marks_chart(names, 3)
    assert marks_chart(names, 4)["height"] > marks_chart(names, 3)["height"]
