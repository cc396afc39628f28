"""Results as the database gives them: figures as by hand, in a fixed number of statements, inside the scope."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.admin.settings import SettingKey
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, BuildingId, EstateId, RoundId
from core.surveys.building_weights import Weighting
from core.surveys.group_results import group_results
from core.surveys.results import round_results
from core.surveys.rounds import Channel, RoundKind
from core.surveys.tallies import tally_of
from db.engine import Database
from db.operations.settings import SetSetting, set_setting
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_rounds import CancelRound, cancel_round
from db.queries.survey_results import (
    ItemTableWanted,
    ResultRound,
    ResultRoundsWanted,
    RoundFacts,
    RoundFactsWanted,
    Split,
    item_table,
    result_rounds,
    round_facts,
)
from db.queries.survey_summaries import OverviewWanted, SummaryRow, TrendWanted, round_overview, round_trend
from db.unit_of_work import NotFound, fetch
from tests.db.surveys_setup import TODAY, SurveyWorld, a_survey_world
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, MANAGER, SUPERVISOR, person
from tests.statements import count_statements

Answers = Sequence[tuple[int, int | str]]
SUMMER = {"starts_on": date(2026, 7, 1), "ends_on": date(2026, 8, 1)}
JULY = date(2026, 7, 15)
HAPPY: Answers = ((1, 5), (2, 4), (3, 3), (4, "A"), (5, "BD"), (6, 9), (7, 3))
SAD: Answers = ((1, 1), (2, 2), (3, 1), (4, "B"), (6, 0))


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def ask(world: SurveyWorld, query: Any, wanted: Any, who: Actor = MANAGER) -> Any:
    return fetch(world.database, query, wanted, actor=who, now=world.now)


def enter(
    world: SurveyWorld, many: int, answers: Answers, building: BuildingId | None = None, **given: Any
) -> list[Any]:
    forms = [world.form(answers=answers, building=building) for _ in range(many)]
    return list(world.enter(*forms, **given))


def rounds(world: SurveyWorld, who: Actor = MANAGER, **wanted: Any) -> tuple[ResultRound, ...]:
    found: tuple[ResultRound, ...] = ask(world, result_rounds, ResultRoundsWanted(**wanted), who)
    return found


def the_round(world: SurveyWorld, number: RoundId | None = None) -> ResultRound:
    return next(r for r in rounds(world, estate_id=world.estate) if r.round_id == (number or world.round))


def facts(world: SurveyWorld, split: Split = Split.BUILDING) -> RoundFacts:
    found: RoundFacts = ask(world, round_facts, RoundFactsWanted(the_round(world), split))
    return found


def in_summer(world: SurveyWorld, **given: Any) -> RoundId:
    return world.open(name="Summer", **SUMMER, **given)


def test_only_rounds_with_forms_that_were_not_called_off_are_offered(world: SurveyWorld) -> None:
    assert rounds(world, estate_id=world.estate) == ()
    gone = in_summer(world)
    enter(world, 1, HAPPY, round_id=gone, collected_on=JULY)
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, gone, world.round_row(gone).version))
    (form,) = enter(world, 1, HAPPY)
    (found,) = rounds(world, estate_id=world.estate)
    row = world.round_row()
    assert (found.round_id, found.code, found.forms, found.previous) == (world.round, row.code, 1, None)
    assert (found.estate_name, found.last_day) == ("Maple Court", date(2026, 11, 30))
    assert found.title("en") == "Satisfaction survey"
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, form.response_id, 1))
    assert rounds(world, estate_id=world.estate) == ()


def test_the_round_before_is_of_the_same_kind_and_family_and_has_forms(world: SurveyWorld) -> None:
    summer = in_summer(world)
    world.open(starts_on=date(2026, 9, 1), ends_on=date(2026, 10, 1))  # nobody answered
    other = world.open(kind=RoundKind.AFTER_EVENT, event_reference="Fair", starts_on=date(2026, 10, 1))
    for number, day in ((summer, JULY), (other, TODAY), (world.round, TODAY)):
        enter(world, 1, HAPPY, round_id=number, collected_on=day)
    newest, event, oldest = rounds(world, estate_id=world.estate)
    assert newest.previous is not None
    assert (newest.previous.round_id, newest.previous.name) == (summer, "Summer")
    assert (newest.previous.starts_on, newest.previous.ends_on) == (SUMMER["starts_on"], SUMMER["ends_on"])
    assert (event.round_id, event.previous) == (other, None)
    assert (oldest.round_id, oldest.previous) == (summer, None)


def test_a_code_finds_the_rounds_of_its_estate(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Birch Court")
    for each in (world, other):
        enter(each, 1, HAPPY)
    code = other.round_row().code
    assert [each.estate_id for each in rounds(world, code=code)] == [other.estate]
    assert rounds(world) == rounds(world, code="X-26Q1-01") == ()


def test_the_figures_are_those_counted_by_hand(world: SurveyWorld) -> None:
    first, second = world.buildings
    enter(world, 6, HAPPY, first)
    enter(world, 2, HAPPY, first, channel=Channel.PHONE)
    enter(world, 2, SAD, second)
    answers = facts(world).answers
    assert answers.n == 10
    assert answers.tallies[1] == tally_of(((5, 8), (1, 2)))
    assert answers.tallies[4] == tally_of(((0, 10), (1, 8), (2, 2)))
    assert answers.tallies[5] == tally_of(((0, 8), (2, 8), (4, 8)))
    assert dict(answers.channels) == {"paper": 8, "phone": 2}
    assert dict(answers.buildings) == {"1": 8, "2": 2}
    assert sorted(answers.pairs) == [(1, 2, 2), (5, 4, 8)]
    found = facts(world).results()
    # service (40 + 2)/10 = 4.2, communication (32 + 4)/10 = 3.6, facility (24 + 2)/10 = 2.6: 10.4/3 of 5
    assert found.csi.value == Fraction("10.4") / 15 * 100
    assert found.share.value == Fraction(16, 30)
    assert found.nps is not None
    assert found.nps.value == 60
    assert found.cs is not None
    assert found.cs.value == Fraction("3.9")
    assert found.low == ("q3",)
    assert dict(facts(world).households) == {"1": 4, "2": 2}


def test_uneven_coverage_is_weighed_by_units_in_use_with_small_buildings_together(world: SurveyWorld) -> None:
    first, second = world.buildings
    enter(world, 30, HAPPY, first)
    enter(world, 6, SAD, second)
    found = facts(world).results().weighting
    # first 4 units: means 5, 4, 3; second 2 units: 1, 2, 1
    whole = sum((Fraction(4 * a + 2 * b, 6) for a, b in ((5, 1), (4, 2), (3, 1))), Fraction(0))
    assert found == Weighting(whole / 15 * 100, whole / 3, Fraction(4 * 2, 18), missing=(), unplaced=0)


@pytest.mark.parametrize(
    ("split", "groups_named"),
    [
        (Split.BUILDING, ["1", "2", ""]),
        (Split.CHANNEL, ["paper", "phone"]),
        (Split.CUSTOMER_GROUP, ["unknown"]),
    ],
)
def test_groups_add_up_to_the_whole(world: SurveyWorld, split: Split, groups_named: list[str]) -> None:
    first, second = world.buildings
    enter(world, 5, HAPPY, second)
    enter(world, 6, SAD, first, channel=Channel.PHONE)
    enter(world, 7, HAPPY)
    found = facts(world, split)
    assert list(found.groups) == groups_named
    groups = group_results(items=found.answers.items, groups=found.groups, weights={})
    assert sum(group.n for group in groups) == 18
    assert not any(group.hidden for group in groups)


def test_the_change_against_the_round_before(world: SurveyWorld) -> None:
    summer = in_summer(world)
    enter(world, 20, HAPPY, world.buildings[0], round_id=summer, collected_on=JULY)
    enter(world, 20, SAD, world.buildings[1], round_id=summer, collected_on=JULY)
    enter(world, 20, HAPPY, world.buildings[0])
    enter(world, 20, HAPPY, world.buildings[1])
    found = facts(world)
    changes = found.changes()
    assert found.before is not None
    assert (found.before.n, dict(found.before.buildings)) == (40, {"1": 20, "2": 20})
    assert sorted(found.before.pairs) == [(1, 2, 20), (5, 4, 20)]
    assert changes is not None
    assert changes.reasons == ()
    assert changes.items["q1"].difference == 2
    assert changes.share is not None
    assert changes.share.difference == Fraction(1, 3)
    # means 5, 4, 3 after 3, 3, 2
    assert changes.csi == Fraction(4, 15) * 100
    assert changes.cs is not None
    assert changes.cs.difference == Fraction(3, 2)


def test_without_a_round_before_there_is_nothing_to_compare(world: SurveyWorld) -> None:
    enter(world, 5, HAPPY)
    assert facts(world).before is None
    assert facts(world).changes() is None


def test_the_lines_are_those_of_the_rounds_last_day(world: SurveyWorld) -> None:
    seen = 0
    for day, value in ((date(2026, 11, 30), "4.5"), (date(2026, 12, 1), "1")):
        command = SetSetting(COMPANY, SettingKey.SURVEYS_LOW_LINE, value, day, seen)
        seen = world.act(ADMINISTRATOR, set_setting, command)
    enter(world, 5, HAPPY)
    assert facts(world).settings.low_line == Decimal("4.5")
    assert facts(world).results().low == ("q3", "q2")


@pytest.mark.parametrize("forms", [5, 200])
def test_what_is_read_does_not_grow_with_the_forms(world: SurveyWorld, forms: int) -> None:
    summer = in_summer(world)
    enter(world, forms, HAPPY, world.buildings[0], round_id=summer, collected_on=JULY)
    enter(world, forms, SAD, world.buildings[1])
    wanted = RoundFactsWanted(the_round(world), Split.CHANNEL)
    with count_statements(world.database) as seen:
        found: RoundFacts = ask(world, round_facts, wanted)
    assert len(seen) == 5
    assert found.answers.n == forms
    cells = sum(len(tally.counts) for group in found.by_building.values() for tally in group.values())
    assert cells == 7  # one value a question, two for a choice, and the forms themselves


def test_the_item_table_is_that_of_the_round(world: SurveyWorld) -> None:
    enter(world, 5, HAPPY)
    code = world.round_row().code
    found = ask(world, item_table, ItemTableWanted(code))
    assert found.total == 3
    assert [(line.result.item.code, line.result.mean.value, line.change) for line in found.rows] == [
        ("q1", Fraction(5), None), ("q2", Fraction(4), None), ("q3", Fraction(3), None),
    ]  # fmt: skip
    assert [line.result.item.code for line in ask(world, item_table, ItemTableWanted(code, Slice(2, 2))).rows] == ["q3"]
    with pytest.raises(NotFound):
        ask(world, item_table, ItemTableWanted("nothing"))


def test_the_item_table_of_a_hidden_round_is_empty(world: SurveyWorld) -> None:
    enter(world, 4, HAPPY)
    assert ask(world, item_table, ItemTableWanted(world.round_row().code)).total == 0


def test_nobody_reads_the_rounds_of_estates_out_of_reach(world: SurveyWorld) -> None:
    enter(world, 6, HAPPY)
    outsider = person(77, "outsider", *MANAGER.roles, estates=frozenset({EstateId(99)}))
    chosen = the_round(world)
    trend = TrendWanted(world.estate, chosen.questionnaire_code, chosen.kind)
    for query, wanted in (
        (result_rounds, ResultRoundsWanted(world.estate)),
        (round_facts, RoundFactsWanted(chosen)),
        (round_overview, OverviewWanted(world.estate)),
        (round_trend, trend),
    ):
        with pytest.raises(NotPermitted):
            ask(world, query, wanted, outsider)
    assert rounds(world, outsider, code=chosen.code) == ()
    assert ask(world, round_overview, OverviewWanted(), outsider) == ()
    with pytest.raises(NotFound):
        ask(world, item_table, ItemTableWanted(chosen.code), outsider)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (result_rounds, ResultRoundsWanted()),
        (item_table, ItemTableWanted("x")),
        (round_overview, OverviewWanted()),
        (round_trend, TrendWanted(EstateId(1), "x", RoundKind.REGULAR)),
    ],
)
def test_who_may_not_see_surveys_reads_nothing(world: SurveyWorld, query: Any, wanted: Any) -> None:
    with pytest.raises(NotPermitted):
        ask(world, query, wanted, CASHIER)


def overview(world: SurveyWorld, **wanted: Any) -> tuple[SummaryRow, ...]:
    found: tuple[SummaryRow, ...] = ask(world, round_overview, OverviewWanted(**wanted))
    return found


def test_the_overview_gives_the_newest_round_of_each_estate_in_three_statements(world: SurveyWorld) -> None:
    birch, cedar = (a_survey_world(world.database, name) for name in ("Birch Court", "Cedar Court"))
    a_survey_world(world.database, "Alder Court")  # nobody was asked there yet
    enter(world, 6, SAD, round_id=in_summer(world), collected_on=JULY)
    enter(world, 6, HAPPY)
    enter(birch, 4, SAD)
    enter(cedar, 5, SAD)
    with count_statements(world.database) as seen:
        found = overview(world)
    assert len(seen) == 3
    assert [row.round.estate_name for row in found] == ["Birch Court", "Cedar Court", "Maple Court"]
    hidden, sad, happy = (row.summary for row in found)
    assert (hidden.hidden, hidden.n, hidden.csi, found[0].worst("en")) == (True, 4, None, "")
    assert (happy.n, happy.csi, happy.share, happy.nps) == (6, Fraction(80), Fraction(2, 3), Fraction(100))
    assert (happy.worst, found[2].worst("en"), found[2].worst("zh_CN")) == ("q3", "Question 3", "问题3")
    assert (sad.worst, sad.worst_mean, sad.nps) == ("q1", Fraction(1), Fraction(-100))
    assert found[2].round.round_id == world.round
    assert [row.round.estate_id for row in overview(world, estate_id=cedar.estate)] == [cedar.estate]


def test_the_overview_agrees_with_the_results_of_each_round(world: SurveyWorld) -> None:
    command = SetSetting(world.estate, SettingKey.SURVEYS_DIMENSION_WEIGHTS, "service=3, facility=1", TODAY, 0)
    world.act(ADMINISTRATOR, set_setting, command)
    enter(world, 6, HAPPY)
    enter(world, 3, SAD)
    (row,), of_round = overview(world), facts(world)
    results = round_results(answers=of_round.answers, settings=of_round.settings)
    assert dict(of_round.settings.dimension_weights) == {"service": 3, "facility": 1}
    assert (row.summary.csi, row.summary.share) == (results.csi.value, results.share.value)
    assert results.nps is not None
    assert row.summary.nps == results.nps.value


def test_nothing_to_sum_up_is_said_in_one_statement(world: SurveyWorld) -> None:
    with count_statements(world.database) as seen:
        assert overview(world) == ()
    assert len(seen) == 1


def test_the_trend_shows_the_rounds_of_a_questionnaire_oldest_first(world: SurveyWorld) -> None:
    summer = in_summer(world)
    event = world.open(kind=RoundKind.AFTER_EVENT, event_reference="Fair")
    enter(world, 6, SAD, round_id=summer, collected_on=JULY)
    enter(world, 5, HAPPY)
    enter(world, 5, HAPPY, round_id=event)
    chosen = the_round(world)
    with count_statements(world.database) as seen:
        found = ask(world, round_trend, TrendWanted(world.estate, chosen.questionnaire_code, chosen.kind))
    assert len(seen) == 3
    assert [(row.round.round_id, row.summary.csi) for row in found] == [
        (summer, Fraction(4, 15) * 100), (world.round, Fraction(80)),
    ]  # fmt: skip
