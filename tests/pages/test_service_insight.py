"""Service insight as people meet it: nobody, the wrong person, empty, every view, what is decided, both languages."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from itertools import count
from typing import Any

import docx
import openpyxl
import pytest
import streamlit as st
from sqlalchemy import insert, text, update
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.complaints.taxonomy import CaseCategory
from core.kernel.periods import Month
from db.engine import Database
from db.models import Case, Estate, ServicePause
from db.queries.case_accountability import accountability
from db.queries.case_figures import case_figures
from db.queries.case_hot_spots import HotSpotsWanted, hot_spots
from db.queries.case_insight import InsightWanted
from db.queries.case_repeats import RepeatsWanted, repeats
from db.queries.service_alerts import AlertsWanted, service_alerts
from pages._shell import clock
from pages._shell.panels.service_insight_charts import (
    heat_chart,
    loads_chart,
    pareto_chart,
    shares_chart,
    steps_chart,
    two_lines,
    weeks_chart,
    work_weeks_chart,
)
from tests.builders import NOW
from tests.db.case_insight_setup import HOUR, BusyWorld, a_busy_world, a_measure
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.work_queries_setup import a_request
from tests.kept import built_once
from tests.pages import conftest
from tests.pages.fee_paths import Open, button, pick, watch_switches
from tests.pages.forms import box, press, said
from tests.personas import FRONT_DESK, HANDLER
from tests.statements import count_statements

PAGE = "service.insight"
VIEWS = ("overview", "spots", "repeats", "steps", "requests", "people", "notice")
NOVEMBER = Month(2026, 11).span
MOST_STATEMENTS = 12
Offered = dict[str, Callable[[], bytes]]

a_kept_world = built_once(a_busy_world)


class WorldClock:
    """Signs people in shortly before the tests' present instant, each a moment later than the one before."""

    def __init__(self) -> None:
        self.moments = count(1)

    def now(self, _zone: tzinfo) -> datetime:
        return NOW - timedelta(seconds=60) + timedelta(microseconds=next(self.moments))


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(conftest, "datetime", WorldClock())


@pytest.fixture
def busy(portal: Database) -> BusyWorld:
    return a_kept_world(portal)


@pytest.fixture
def quiet(portal: Database) -> ServiceWorld:
    """The company without a case."""
    return a_service_world(portal)


def show(open_as: Open, world: ServiceWorld, view: str = "", by: Actor | None = None, **address: str) -> AppTest:
    given = {"view": view, **address} if view else address
    return open_as(PAGE, by or world.people.supervisor, **given)


def words_of(app: AppTest) -> str:
    """Everything said, without what protects it from being read as Markdown."""
    return said(app).replace("\\", "").replace("\u00a0", " ")


def table(app: AppTest, column: str, place: int = 0) -> Any:
    """The table with this column, the first unless told otherwise."""
    return [frame.value for frame in app.dataframe if column in frame.value.columns][place]


def place_of(app: AppTest, column: str, place: int = 0) -> int:
    """The number of the table with this column among all tables."""
    return [at for at, frame in enumerate(app.dataframe) if column in frame.value.columns][place]


def code_of(world: ServiceWorld) -> str:
    with world.database.reading() as connection:
        return str(connection.exec_driver_sql(f"SELECT code FROM estates WHERE id = {world.estate}").scalar())


def audited(world: ServiceWorld, table_name: str) -> int:
    sql = text("SELECT count(*) FROM audit_entries WHERE action = 'export' AND subject_id = :name")
    with world.database.reading() as connection:
        return int(connection.execute(sql, {"name": table_name}).scalar() or 0)


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """What the page offers for download, by the file's name, and how it is built."""
    found: Offered = {}

    def note(_label: str, *, data: Callable[[], bytes], file_name: str, **_given: Any) -> None:
        found[file_name] = data

    monkeypatch.setattr(st, "download_button", note)
    return found


# --- who sees it


def test_nobody_sees_the_page_without_signing_in(open_as: Open, quiet: ServiceWorld) -> None:
    app = open_as(PAGE, None)
    assert "You are signed out" in said(app)
    assert not app.metric


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER])
def test_who_works_on_cases_is_told_whom_to_ask(open_as: Open, quiet: ServiceWorld, who: Actor) -> None:
    app = open_as(PAGE, who)
    assert "You may not open this page" in said(app)
    assert "Supervisor" in said(app)
    assert not app.metric


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_for_an_auditor_in_few_statements(open_as: Open, busy: BusyWorld, view: str) -> None:
    app = show(open_as, busy.world, view, busy.world.people.auditor)
    with count_statements(busy.database) as seen:
        app.run()
    assert not app.exception
    assert len(seen) <= MOST_STATEMENTS


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_speaks_chinese(open_as: Open, busy: BusyWorld, view: str) -> None:
    a_request(busy.world)
    app = show(open_as, busy.world, view, language="zh_CN")
    known = "Maple Court Lakeside East gate Car park Pool Roof garden MTTR XLSX Word CSV APP"
    everything = words_of(app) + " ".join(each.label for each in (*app.button, *app.metric, *app.selectbox))
    english = set(re.findall(r"(?<![A-Za-z])[A-Za-z]{3,}(?![A-Za-z])", everything)) - set(known.split())
    assert "客服分析" in everything
    assert not english


def test_the_view_stands_in_the_address(open_as: Open, quiet: ServiceWorld) -> None:
    app = show(open_as, quiet, "steps")
    views = app.segmented_control[0]
    assert views.value == "steps"
    views.set_value("notice")
    app.run()
    assert "Public summary" in said(app)
    assert app.query_params["view"] in ("notice", ["notice"])
    app.segmented_control[0].set_value("overview")
    app.run()
    assert "view" not in app.query_params


def test_an_unknown_view_is_the_first(open_as: Open, quiet: ServiceWorld) -> None:
    assert show(open_as, quiet, "<b>").segmented_control[0].value == "overview"


# --- nothing there yet


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("overview", "Nothing to show for these days."),
        ("overview", "✓ nothing past a hard limit"),
        ("overview", "✓ nothing runs out before the next working morning"),
        ("overview", "✓ every repeated complaint has a measure"),
        ("spots", "No complaint was classified in these days."),
        ("repeats", "✓ No trouble came again in these days."),
        ("steps", "No complaint moved on in these days"),
        ("steps", "✓ No clock stood still in these days."),
        ("steps", "No limit ran out or was met in these days."),
        ("requests", "No service request came in these weeks."),
        ("people", "Nobody has anything to do"),
        ("people", "✓ No case missed its hard limit in these days."),
        ("notice", "No classified complaint in these days: there is nothing to publish."),
    ],
)
def test_without_cases_each_view_says_so_and_what_to_do(
    open_as: Open, quiet: ServiceWorld, view: str, words: str
) -> None:
    assert words in said(show(open_as, quiet, view))


def test_without_cases_the_figures_are_not_zero_percent(open_as: Open, quiet: ServiceWorld) -> None:
    app = show(open_as, quiet)
    assert [(each.value, each.delta) for each in app.metric] == [
        ("0", ""),
        ("0", "0"),
        ("n/a", ""),
        ("n/a", ""),
        ("n/a", ""),
    ]


# --- at a glance


def test_the_five_figures_are_those_of_the_month_and_say_what_they_stand_on(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    app = show(open_as, world)
    found = world.ask(world.people.supervisor, case_figures, InsightWanted(None, NOVEMBER))
    new, still, response, time, satisfied = app.metric
    assert new.value == str(found.this.complaints.new)
    assert new.delta == f"+{found.change} %"
    assert still.value == str(found.this.complaints.open)
    assert response.value == f"{found.this.response.target.percent} %"
    assert time.value and time.delta
    assert satisfied.value == f"{found.this.satisfied_percent} %"
    words = words_of(app)
    assert "2026-11-01 to 2026-11-21, compared with 2026-10-01 to 2026-10-21" in words
    assert "The month still runs" in words
    assert f"{found.this.satisfied} of {found.this.call_backs} call-backs" in words
    assert "line 90 %: " in words
    assert f"n={found.this.times.handling.n}" in words
    assert f"closed: {found.this.complaints.closed} · in the days before: {found.before.complaints.new} new" in words


def test_a_month_that_is_over_is_compared_whole(open_as: Open, busy: BusyWorld) -> None:
    words = words_of(show(open_as, busy.world, month="2026-10"))
    assert "2026-10-01 to 2026-10-31, compared with 2026-09-01 to 2026-09-30" in words
    assert "The month still runs" not in words


def test_a_month_to_come_does_no_harm(open_as: Open, busy: BusyWorld) -> None:
    assert words_of(show(open_as, busy.world, month="2026-12"))


def test_an_estate_is_shown_for_itself(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    app = show(open_as, world, estate=code_of(world))
    found = world.ask(world.people.supervisor, case_figures, InsightWanted(world.estate, NOVEMBER))
    assert app.metric[0].value == str(found.this.complaints.new)


def test_what_is_wrong_now_stands_with_whose_it_is_and_the_way_there(
    open_as: Open, busy: BusyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = busy.world
    a_request(world, registered_at=NOW - 60 * HOUR)
    switched = watch_switches(monkeypatch)
    app = show(open_as, world)
    alerts = world.ask(world.people.supervisor, service_alerts, AlertsWanted(None))
    words = words_of(app)
    assert f"🔴 past the hard limit: {alerts.red_cases} cases, 1 requests" in words
    assert f"🟠 {alerts.repeats} troubles came again in 90 days" in words
    assert "Runs out before 2026-11-23 08:30" in words
    assert re.search(r"吴客服: .*[🔴🟠] \d+ .*\(T-\d-\d+", words)
    for label, leads in (
        ("Red cases", ("cases", {"show": "red"})),
        ("Red requests", ("requests", {"show": "red"})),
        ("Open the cases", ("cases", {"show": "open"})),
        ("Look at them", ("insight", {"view": "repeats", "measure": "without"})),
    ):
        switched.clear()
        button(app, label).click()
        app = app.run()
        page, address = switched[0]
        assert page == leads[0]
        assert leads[1].items() <= address.items()


def test_every_chart_has_its_figures_as_a_table(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    app = show(open_as, world)
    found = world.ask(world.people.supervisor, case_figures, InsightWanted(None, NOVEMBER)).this
    assert len(app.get("vega_lite_chart")) == 6
    kinds = [frame.value for frame in app.dataframe if "Kind" in frame.value.columns]
    categories = next(frame for frame in kinds if "Fees" in list(frame["Kind"]))
    assert list(categories["Count"]) == [str(one.count) for one in found.categories]
    assert sum(map(int, table(app, "Week from")["new"])) > 0
    assert list(table(app, "Kind of matter")["Kind of matter"]) == ["Complaint", "Suggestion", "Praise", "Inquiry"]
    assert "the mark stands at 45 %, the trade in 2024, for context only" in words_of(app)


# --- hot spots


def test_the_hot_spots_are_ranked_and_a_cell_opens_to_its_cases(
    open_as: Open, busy: BusyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = busy.world
    switched = watch_switches(monkeypatch)
    app = show(open_as, world, "spots")
    found = world.ask(world.people.supervisor, hot_spots, HotSpotsWanted(None))
    first = found.spots[0]
    ranking = table(app, "Rank")
    assert list(ranking["Complaints"]) == [str(spot.count) for spot in found.spots[:10]]
    assert ranking["Hot"][0] == "▲ hot"
    app = pick(app, 0, place_of(app, "Rank"))
    assert len(table(app, "Case number")) == min(first.count, 10)
    button(app, "Open a measure").click()
    app = app.run()
    assert switched[-1][0] == "measures"
    wanted = {"source": "complaint", "area": first.area, "category": first.category.value}
    assert wanted.items() <= switched[-1][1].items()
    app = pick(app, 0, place_of(app, "Case number"))
    number = table(app, "Case number")["Case number"][0]
    next(each for each in app.button if each.label.replace("\\", "") == f"Open {number}").click()
    app.run()
    assert switched[-1][0] == "cases"
    assert switched[-1][1]["of"] == str(first.estate_id)


def test_the_ranking_has_further_pages(open_as: Open, busy: BusyWorld) -> None:
    app = show(open_as, busy.world, "spots")
    found = busy.world.ask(busy.world.people.supervisor, hot_spots, HotSpotsWanted(None))
    app.session_state[app.get("pagination")[0].key or ""] = 2
    app.run()
    assert list(table(app, "Rank")["Complaints"]) == [str(spot.count) for spot in found.spots[10:20]]


def test_the_heat_map_names_every_category_and_marks_hot_cells(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    app = show(open_as, world, "spots", estate=code_of(world))
    found = world.ask(world.people.supervisor, hot_spots, HotSpotsWanted(world.estate))
    heat = table(app, "Sum")
    assert list(heat.columns) == [
        "Building or place",
        *("Service", "Fees", "Facilities", "Environment", "Safety and order", "Management"),
        "Sum",
    ]
    assert list(heat["Sum"]) == [str(line.total) for line in found.areas]
    assert "Building 1" in set(heat["Building or place"])
    assert "Estate" not in table(app, "Rank").columns


def test_many_areas_leave_the_last_ones_together(open_as: Open, busy: BusyWorld) -> None:
    with busy.database.writing() as connection, connection.begin():
        connection.execute(update(Case).values(area=text("'area ' || (id % 40)")))
    heat = table(show(open_as, busy.world, "spots"), "Sum")
    assert re.fullmatch(r"\d+ other areas", heat["Building or place"][15])


def test_who_makes_no_measures_is_offered_none(open_as: Open, busy: BusyWorld) -> None:
    for view, column in (("spots", "Rank"), ("repeats", "Newest case")):
        app = show(open_as, busy.world, view, busy.world.people.auditor)
        app = pick(app, 0, place_of(app, column))
        assert "Open a measure" not in {each.label for each in app.button}


# --- repeats


def test_what_repeats_leads_to_a_measure_and_to_the_newest_case(
    open_as: Open, busy: BusyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = busy.world
    switched = watch_switches(monkeypatch)
    app = show(open_as, world, "repeats", measure="without")
    first = world.ask(world.people.supervisor, repeats, RepeatsWanted(None, without_measure=True)).rows[0]
    rows = table(app, "Newest case")
    assert set(rows["Rectification"]) == {"🟠 no measure"}
    assert rows["Newest case"][0] == first.newest_number
    app = pick(app, 0, place_of(app, "Newest case"))
    button(app, "Open a measure").click()
    app = app.run()
    assert switched[-1][0] == "measures"
    assert {"source": "complaint", "case": str(first.newest)}.items() <= switched[-1][1].items()
    next(each for each in app.button if each.label.startswith("Open T")).click()
    app.run()
    assert switched[-1] == ("cases", switched[-1][1])
    assert switched[-1][1]["case"] == str(first.newest)


def test_repeats_say_how_many_of_them_have_a_measure(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    rows = world.ask(world.people.supervisor, repeats, RepeatsWanted(None)).rows
    first = rows[0]
    a_measure(busy, first.estate_id, first.newest)
    app = show(open_as, world, "repeats")
    said_of = dict(
        zip(table(app, "Newest case")["Newest case"], table(app, "Newest case")["Rectification"], strict=True)
    )
    assert said_of[first.newest_number] == f"◔ measure for 1 of {first.count}"
    app = pick(app, 0, place_of(app, "Newest case"))
    assert "Open a measure" not in {each.label for each in app.button}


# --- time and steps


def test_the_process_map_says_which_step_is_too_slow_and_whose_it_is(open_as: Open, busy: BusyWorld) -> None:
    app = show(open_as, busy.world, "steps")
    steps = table(app, "Whose step", 1)
    assert list(steps["Step"])[:3] == ["Registered", "Classified", "Assigned"]
    assert set(steps["Verdict"]) <= {"✓ in time", "🟠 too slow", "○ no stay"}
    slow = [step for step, verdict in zip(steps["Step"], steps["Verdict"], strict=True) if verdict == "🟠 too slow"]
    assert f"Slower than allowed on average: {', '.join(slow)}" in words_of(app)
    kept = table(app, "Target kept")
    assert {"First response", "Feedback given"} == set(kept["Clock"])
    assert re.fullmatch(r"\d+\.\d % \(\d+ of \d+\)", kept["Target kept"][0])


def test_stopped_clocks_stand_with_person_and_reason(open_as: Open, busy: BusyWorld) -> None:
    made = busy.of(busy.world.estate)[0].case
    row = {"estate_id": made["estate_id"], "id": 1, "record_id": made["id"], "clocks": "response"}
    times = {"start_at": NOW - 5 * HOUR, "end_at": None, "asked_at": NOW - 5 * HOUR}
    who = {"asked_by": busy.world.people.service_handler.user_id, "reason": "waiting_parts", "state": "approved"}
    with busy.database.writing() as connection, connection.begin():
        connection.execute(insert(ServicePause), [row | times | who])
    app = show(open_as, busy.world, "steps")
    (line,) = table(app, "Asked for by").to_dict("records")
    assert (line["Asked for by"], line["Pauses"], line["Time in all"]) == ("吴客服", "1", "5 h")
    assert line["now"] == "⏸ 1 last still"
    assert "5 h in all" in words_of(app)


# --- requests


def test_requests_are_told_with_mean_time_to_repair_limits_and_ratings(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    began = NOW - 30 * HOUR
    closed = {"state": "closed", "result": "done", "registered_at": began, "answered_at": began + HOUR}
    done = {"carried_out_at": began + 4 * HOUR, "ended_at": began + 6 * HOUR, "rating": 4}
    a_request(world, clocks=[], **closed, **done)
    a_request(world, clocks=[], **(closed | done | {"carried_out_at": began + 2 * HOUR, "rating": None}))
    a_request(world, failure="lift", registered_at=NOW - 5 * HOUR)
    a_request(world, estate_id=world.lake.estate, kind="cleaning", registered_at=NOW - HOUR)
    app = show(open_as, world, "requests")
    figures = {each.label: each.value for each in app.metric}
    assert figures == {
        "Requests submitted": "4",
        "Mean repair time": "3 h",
        "Waiting for an answer": "1 h",
        "Finished in time": "0.0 %",
        "Rating by customers": "4.00",
    }
    words = words_of(app)
    assert "open now: 2, failures of public systems 1" in words
    assert "1 of 2 closed ones rated (50.0 %)" in words
    mttr = table(app, "All kinds").set_index("Estate")
    assert mttr.loc["Maple Court", "Repair"] == "3 h (2)"
    assert mttr.loc["Lakeside", "All kinds"] == "n/a"
    assert mttr.loc["All together", "All kinds"] == "3 h (2)"
    failures = table(app, "Public system").set_index("Public system")
    assert failures.loc["Lift", "Failures"] == "1"
    assert list(table(app, "Rating")["Count"]) == ["0", "1", "0", "0", "0"]


def test_a_figure_that_stays_is_neither_good_nor_bad(open_as: Open, busy: BusyWorld) -> None:
    for began in (NOW - 30 * HOUR, NOW - 31 * 24 * HOUR):
        given = {"registered_at": began, "ended_at": began + HOUR, "carried_out_at": began + HOUR, "rating": 5}
        a_request(busy.world, clocks=[], state="closed", result="done", **given)
    rating = show(open_as, busy.world, "requests").metric[-1]
    assert (rating.value, rating.delta) == ("5.00", "0.00")


# --- workload and accountability


def test_loads_are_weighed_and_the_points_explained(open_as: Open, busy: BusyWorld) -> None:
    a_request(busy.world, state="assigned", handler_id=busy.world.people.repair_handler.staff)
    app = show(open_as, busy.world, "people")
    loads = table(app, "Points in all")
    assert loads["Person in charge"][0] == "nobody has it yet"
    assert {"吴客服", "郑维修", "王维修"} <= set(loads["Person in charge"])
    assert "A case counts 4 points if urgent, 2 if major, 1 if normal" in words_of(app)


def test_a_decision_about_a_red_case_is_recorded_for_good(open_as: Open, busy: BusyWorld) -> None:
    world = busy.world
    app = show(open_as, world, "people")
    lines = world.ask(world.people.supervisor, accountability, InsightWanted(None, NOVEMBER))
    rows = table(app, "Worst case")
    assert list(rows["Worst case"]) == [line.worst_number for line in lines]
    at = next(place for place, line in enumerate(lines) if line.name == "王维修")
    app = pick(app, at, place_of(app, "Worst case"))
    assert "Red cases of 王维修" in words_of(app)
    app = pick(app, 0, place_of(app, "Over the limit by"))
    assert "Nothing was decided about this case yet." in said(app)
    box(app, "What follows").set_value(box(app, "What follows").options[1])
    app = press(app, "Record the decision")
    assert app.error  # why is missing
    box(app, "Why, and what is agreed (name no customer)").set_value("时限培训，下周复查")
    app = press(app, "Record the decision")
    number = lines[at].worst_number
    assert words_of(app).count(f"The decision about {number} is recorded.") == 1
    assert "时限培训，下周复查" in words_of(app)
    assert table(app, "Worst case")["Actions decided"][at] == "1"


def test_an_auditor_reads_what_was_decided_and_decides_nothing(open_as: Open, busy: BusyWorld) -> None:
    app = show(open_as, busy.world, "people", busy.world.people.auditor)
    app = pick(app, 0, place_of(app, "Worst case"))
    app = pick(app, 0, place_of(app, "Over the limit by"))
    assert "Nothing was decided about this case yet." in said(app)
    assert "Record the decision" not in {each.label for each in app.button}


# --- public summary


def test_the_public_summary_is_counts_only_ready_to_copy_and_to_print(
    open_as: Open, busy: BusyWorld, offered: Offered
) -> None:
    world = busy.world
    app = show(open_as, world, "notice", estate=code_of(world))
    copied = app.get("code")[0].proto.code_text
    assert copied.startswith("How complaints were handled\n\nMaple Court, complaints registered from 2026-11-01 to")
    assert "Maple Court, property service centre\n2026-11-21" in copied
    counts = table(app, "received")
    assert sum(int(n) for n in counts["received"][:-1]) == int(list(counts["received"])[-1])
    assert all(int(n) >= 5 for n in counts["received"])
    document = docx.Document(io.BytesIO(offered["public-summary-2026-11.docx"]()))
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows[1:] == counts.to_numpy().tolist()
    assert audited(world, "service_notice") == 1


def test_few_complaints_are_not_told_apart(open_as: Open, busy: BusyWorld) -> None:
    with busy.database.writing() as connection, connection.begin():
        connection.execute(update(Case).values(category=""))
        few = [made.case["id"] for made in busy.made if made.counts and made.case["registered_at"] > NOW - 200 * HOUR]
        connection.execute(update(Case).where(Case.id.in_(few[:4])).values(category=CaseCategory.FEE.value))
    app = show(open_as, busy.world, "notice")
    assert list(table(app, "received")["Category"]) == ["Sum"]
    assert "There were too few complaints to tell categories apart." in app.get("code")[0].proto.code_text
    assert "The property service company" in app.get("code")[0].proto.code_text


def test_the_rate_is_per_hundred_households(open_as: Open, busy: BusyWorld) -> None:
    app = show(open_as, busy.world, "notice")
    rates = table(app, "Rate").set_index("Estate")
    assert rates.loc["Maple Court", "Number of households"] == "6"
    own = rates.loc["Maple Court"]
    assert float(own["Rate"].replace(",", "")) == round(int(own["Complaints"]) * 100 / 6, 2)
    assert "All together" in rates.index


def test_without_households_there_is_no_rate(open_as: Open, busy: BusyWorld) -> None:
    with busy.database.writing() as connection, connection.begin():
        connection.execute(update(Estate).values(household_count=0))
    assert "No estate has households on record" in said(show(open_as, busy.world, "notice"))


# --- exports


def test_figures_are_taken_along_as_a_spreadsheet_and_that_is_audited(
    open_as: Open, busy: BusyWorld, offered: Offered
) -> None:
    show(open_as, busy.world)
    book = openpyxl.load_workbook(io.BytesIO(offered["service_categories-2026-11.xlsx"]()))
    values = [[cell.value for cell in row] for row in book.active.iter_rows()]  # type: ignore[union-attr]
    assert any("Fees" in row for row in values)
    assert audited(busy.world, "service_categories") == 1
    show(open_as, busy.world, "people")
    book = openpyxl.load_workbook(io.BytesIO(offered["service_loads-2026-11.xlsx"]()))
    assert any("吴客服" in [cell.value for cell in row] for row in book.active.iter_rows())  # type: ignore[union-attr]


def test_no_view_names_a_customer(open_as: Open, busy: BusyWorld) -> None:
    for view in VIEWS:
        words = words_of(show(open_as, busy.world, view))
        assert "枫小" not in words
        assert "湖小" not in words
        assert "138" not in re.sub(r"T-\d-\d+", "", words)


# --- charts


@pytest.mark.parametrize(
    "spec",
    [
        weeks_chart("new", "closed", "open", y_title="n"),
        shares_chart(4, context=True),
        shares_chart(4),
        pareto_chart(5, count_title="n", share_title="%", least=3),
        heat_chart(4, 9),
        steps_chart(7, x_title="h"),
        loads_chart(3, "cases", "requests", x_title="points"),
        work_weeks_chart(count_title="n", hours_title="h"),
    ],
)
def test_a_chart_waits_for_its_rows_in_every_layer(spec: dict[str, Any]) -> None:
    assert not _with_data(spec)
    assert spec["height"] > 0


def _with_data(spec: dict[str, Any]) -> bool:
    return "data" in spec or any(_with_data(layer) for layer in spec.get("layer", ()))


def test_charts_are_built_once() -> None:
    assert heat_chart(4, 9) is heat_chart(4, 9)
    assert shares_chart(3) is not shares_chart(4)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Fees", "Fees"),
        ("Safety and order", "Safety\nand order"),
        ("Customer misunderstanding", "Customer\nmisunderstanding"),
        ("安全秩序类", "安全秩序类"),
        ("Verylongwordalone", "Verylongwordalone"),
    ],
)
def test_a_long_name_is_parted_near_its_middle(name: str, shown: str) -> None:
    assert two_lines(name) == shown
