"""The surveys of the demonstration company as they are planned: real people on real paper, and always the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import mean, pvariance

import pytest

from core.admin.codes import CodeList, parse_code_lists
from core.kernel.periods import Month, months_between
from core.surveys.authoring import parse_questionnaire_items
from core.surveys.follow_ups import GOOD_MARK, FollowUpState
from core.surveys.questionnaires import Item, ItemKind, checked_answers
from core.surveys.responses import DAYS_UNTIL_CUT
from core.surveys.rounds import Channel, RoundKind
from db.jobs import demo_words as words
from db.jobs.demo_answers import (
    BELONGS,
    BILLS,
    EVENT,
    FACILITY,
    LIFT_BUILDING,
    LOW,
    MENDED_IN,
    NOTICES,
    RECOMMEND,
    REMARK,
    ROUNDS,
    SPEED,
    WITHOUT_LIFTS,
    WORTH,
    PlannedForm,
    PlannedRound,
    plan_rounds,
)
from db.jobs.demo_habits import TROUBLED, Habit, habit_of
from db.jobs.demo_plan import MONTHS, SEED, Company, plan_company, plan_digest
from locales.questionnaire import standard_questionnaire_text
from locales.translator import FOLDER

TODAY = date(2026, 11, 21)
LAST = Month(2026, 10)
MARKS = range(1, 13)


def a_company(*, last: Month = LAST, seed: int = SEED, scale: int = 1) -> Company:
    return plan_company(last=last, seed=seed, scale=scale)


@lru_cache(maxsize=1)
def the_company() -> Company:
    return a_company()


@lru_cache(maxsize=1)
def the_rounds() -> tuple[PlannedRound, ...]:
    return plan_rounds(the_company(), TODAY)


def regular(place: int) -> list[PlannedRound]:
    return [each for each in the_rounds() if each.estate == place and each.turn != EVENT]


def forms(rounds: Iterable[PlannedRound]) -> Iterator[PlannedForm]:
    return (form for each in rounds for pile in each.piles for form in pile.forms)


def building_of(place: int, form: PlannedForm) -> str:
    return form.building if form.unit is None else the_company().estates[place].units[form.unit].building


def marks(
    rounds: Iterable[PlannedRound], *items: int, where: Callable[[int, PlannedForm], bool] = lambda _p, _f: True
) -> list[int]:
    """The marks of some items on the forms that meet a condition."""
    return [
        int(answer)
        for each in rounds
        for form in forms([each])
        if where(each.estate, form)
        for item, answer in form.answers
        if item in items
    ]


def standard_items() -> tuple[Item, ...]:
    entries = parse_code_lists((FOLDER / "code_lists.tsv").read_text(encoding="utf-8"))
    dimensions = [entry.code for entry in entries if entry.list is CodeList.SURVEY_DIMENSION]
    items, problems = parse_questionnaire_items(text=standard_questionnaire_text(), dimensions=dimensions)
    assert problems == ()
    return items


def test_the_same_seed_and_day_give_the_same_forms() -> None:
    again = plan_digest(plan_rounds(a_company(), TODAY))
    assert again == plan_digest(the_rounds())
    assert again != plan_digest(plan_rounds(a_company(seed=SEED + 1), TODAY))
    assert again != plan_digest(plan_rounds(a_company(), TODAY + timedelta(days=1)))


def test_every_estate_is_asked_each_quarter_and_one_after_the_water_was_cut_off() -> None:
    assert [(each.estate, each.turn) for each in the_rounds()] == [
        *((place, turn) for place in range(3) for turn in range(ROUNDS)), (WITHOUT_LIFTS, EVENT),
    ]  # fmt: skip
    sizes = [len(list(forms([each]))) for each in the_rounds()]
    assert all(60 <= size <= 150 for size in sizes[:-1])
    assert 40 <= sizes[-1] <= 60
    event = the_rounds()[-1]
    assert (event.kind, bool(event.event)) == (RoundKind.AFTER_EVENT, True)
    assert mean(marks([event], NOTICES)) < mean(marks(regular(WITHOUT_LIFTS), NOTICES)) - 0.5


@pytest.mark.parametrize(
    "today",
    [*(month.day(5) for month in months_between(Month(2025, 7), Month(2026, 12))), date(2026, 12, 31),
     date(2028, 2, 29), TODAY],
    ids=str,
)  # fmt: skip
def test_whatever_the_day_the_newest_round_runs_and_the_others_are_over_and_forgotten(today: date) -> None:
    company = a_company(last=Month.of(today).shift(-1), scale=24)
    for place in range(3):
        rounds = [each for each in plan_rounds(company, today) if each.estate == place]
        kept = [each for each in rounds if each.turn != EVENT]
        assert kept[0].starts_on > company.first.first_day + timedelta(days=30)
        assert all(Month.of(b.starts_on).months_since(Month.of(a.starts_on)) == 3 for a, b in pairwise(kept))
        assert kept[-1].starts_on < today < kept[-1].ends_on
        for each in rounds:
            assert all(each.starts_on <= pile.collected_on < each.ends_on for pile in each.piles)
            assert all(pile.typed_at.date() < each.closed_on for pile in each.piles)
            if each is not kept[-1]:
                assert each.closed_on + timedelta(days=DAYS_UNTIL_CUT) < today


def test_the_answers_speak_of_the_items_of_the_standard_questionnaire() -> None:
    items = {item.position: item for item in standard_items()}
    asked = {SPEED: "service", NOTICES: "communication", FACILITY: "facility", BILLS: "price", WORTH: "price"}
    assert {position: items[position].dimension for position in asked} == asked
    kinds = {RECOMMEND: ItemKind.NPS, BELONGS: ItemKind.CHOICE, REMARK: ItemKind.OPEN}
    kinds |= dict.fromkeys(MARKS, ItemKind.RATING)
    assert {position: item.kind for position, item in items.items()} == kinds


def test_every_form_can_be_entered_as_it_is() -> None:
    items = standard_items()
    for form in forms(the_rounds()):
        assert checked_answers(items=items, answers=dict(form.answers)) == dict(form.answers)
        assert any(item in MARKS for item, _ in form.answers)
        if form.slip is not None:
            item, mark = form.slip
            assert LOW < mark <= 5
            assert dict(form.answers)[item] not in (mark, *range(LOW + 1))


def test_the_building_with_the_problem_lift_suffers_until_it_is_mended() -> None:
    def is_there(place: int, form: PlannedForm) -> bool:
        return building_of(place, form) == LIFT_BUILDING

    rounds = regular(TROUBLED)
    there = [mean(marks([each], FACILITY, where=is_there)) for each in rounds]
    elsewhere = [mean(marks([each], FACILITY, where=lambda p, f: not is_there(p, f))) for each in rounds]
    assert max(there[:MENDED_IN]) < 3
    assert min(there[MENDED_IN:]) > 3.7
    assert there[MENDED_IN - 1] == min(there) < 2
    assert min(elsewhere) > 3.3
    whole = [mean(marks([each], FACILITY)) for each in rounds]
    assert whole[MENDED_IN] > whole[MENDED_IN - 1] + 0.7


def test_whoever_does_not_pay_thinks_little_of_bills_and_fees() -> None:
    def pays_badly(place: int, form: PlannedForm) -> bool:
        unit = form.unit
        return unit is not None and habit_of(the_company(), place, unit) in (Habit.LATE, Habit.NEVER)

    for place in range(3):
        bad = mean(marks(regular(place), BILLS, WORTH, where=pays_badly))
        good = mean(marks(regular(place), BILLS, WORTH, where=lambda p, f: f.unit is not None and not pays_badly(p, f)))
        assert bad < good - 0.6


def test_the_marks_of_a_form_go_together() -> None:
    """If they did not, the means of forms would spread as little as chance alone lets them."""
    for place in range(3):
        rows = [[int(answer) for item, answer in form.answers if item in MARKS] for form in forms(regular(place))]
        single = mean(pvariance(row) for row in rows if len(row) > 1)
        assert pvariance([mean(row) for row in rows if len(row) == len(MARKS)]) > 2 * single / len(MARKS)


def test_the_old_estate_is_asked_unevenly() -> None:
    rounds = regular(WITHOUT_LIFTS)
    by_building = Counter(building_of(WITHOUT_LIFTS, form) for form in forms(rounds))
    near, far = (mean(by_building[str(code)] for code in codes) for codes in (range(1, 5), range(17, 25)))
    assert near > 10 * far


def test_the_forms_come_by_every_channel_and_are_as_people_fill_them() -> None:
    for place in range(3):
        rounds = regular(place)
        assert {pile.channel for each in rounds for pile in each.piles} == set(Channel)
        every = list(forms(rounds))
        anonymous = sum(form.unit is None for form in every)
        assert 0 < anonymous < len(every) / 10
        remarks = sum(any(item == REMARK for item, _ in form.answers) for form in every)
        assert 0.28 < remarks / len(every) < 0.42
        skipped = sum(len(form.answers) < REMARK - 1 for form in every)
        assert 0.05 < skipped / len(every) < 0.5
        again = [len(units) - len(set(units)) for units in map(units_of, rounds)]
        assert all(0 < times <= 5 for times in again)


def units_of(each: PlannedRound) -> list[int]:
    return [form.unit for form in forms([each]) if form.unit is not None]


def test_a_remark_says_what_the_marks_say_and_its_tags_are_on_the_list() -> None:
    entries = parse_code_lists((FOLDER / "code_lists.tsv").read_text(encoding="utf-8"))
    known = {entry.code for entry in entries if entry.list is CodeList.SURVEY_TAG}
    assert {tag for kind in words.REMARKS.values() for _, tags in kind for tag in tags.split(",")} <= known
    by_tag: defaultdict[str, list[int]] = defaultdict(list)
    for form in forms(the_rounds()):
        assert bool(form.tags) is any(item == REMARK for item, _ in form.answers)
        for tag in form.tags:
            by_tag[tag].append(min(int(answer) for item, answer in form.answers if item in MARKS))
    assert {"lift", "parking", "cleaning", "fees", "speed", "praise", "water_power"} <= by_tag.keys() <= known
    assert mean(by_tag["fees"]) < mean(by_tag["praise"]) - 0.5
    lift = [form for form in forms(regular(TROUBLED)) if "lift" in form.tags]
    assert sum(building_of(TROUBLED, form) == LIFT_BUILDING for form in lift) > len(lift) / 2
    assert not any("lift" in form.tags for form in forms(regular(WITHOUT_LIFTS)))


def test_low_marks_are_called_back_and_most_of_those_people_are_content_then() -> None:
    low = [form for form in forms(the_rounds()) if form.unit is not None and lowest(form) <= LOW]
    calls = [form.call for form in low if form.call is not None]
    assert len(low) - len(calls) == 2, "one forgotten in each of two running rounds"
    assert all(form.call is None for form in forms(the_rounds()) if form.unit is None or lowest(form) > LOW)
    ends = Counter(call.outcome for call in calls)
    assert ends[FollowUpState.REACHED] > 0.7 * len(calls) > ends[FollowUpState.UNREACHABLE] > 0
    assert ends.keys() == set(FollowUpState) - {FollowUpState.OPEN}
    marked = [call.new_mark for call in calls if call.new_mark is not None]
    assert 0.5 < sum(mark >= GOOD_MARK for mark in marked) / len(marked) < 0.9
    assert sum(max(call.days) > 6 for call in calls) < 0.15 * len(calls)


def lowest(form: PlannedForm) -> int:
    return min(int(answer) for item, answer in form.answers if item in MARKS)


@pytest.mark.parametrize("scale", [12, 240, 480])
def test_a_small_company_is_asked_too(scale: int) -> None:
    """With few people some answer again; there are always enough forms for a result to be shown."""
    company = a_company(scale=scale)
    for each in plan_rounds(company, TODAY):
        assert len(list(forms([each]))) >= 10
        assert all(form.unit is None or form.unit < len(company.estates[each.estate].units) for form in forms([each]))
    assert company.last.months_since(company.first) == MONTHS - 1
