from datetime import date
from decimal import Decimal

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineTooLong
from core.kernel.workdays import PUBLISHED_YEARS, WorkCalendar, WorkdayAnswer
from core.surveys.follow_ups import (
    FOLLOW_UP_MOVES,
    FollowUpFact,
    FollowUpNoteMissing,
    FollowUpProposal,
    FollowUpState,
    MarkWithoutCall,
    NewMarkRefused,
    Recovery,
    Settlement,
    due_on,
    follow_up_for,
    is_overdue,
    low_items,
    recovered,
    recovery,
    settle,
)
from core.surveys.questionnaires import Answers, Item, ItemKind

S = FollowUpState


def item(position: int, kind: ItemKind = ItemKind.RATING) -> Item:
    return Item(position, f"i{position}", kind, "题", "Item")


ITEMS = (
    item(1),
    item(2),
    item(3, ItemKind.NPS),
    item(4, ItemKind.NUMBER),
    item(5),
    item(6, ItemKind.OPEN),
    item(7, ItemKind.CHOICE),
)


@pytest.mark.parametrize(
    ("answers", "low_mark", "positions", "lowest"),
    [
        ({1: 2, 2: 3, 5: 1}, 2, (1, 5), 1),
        ({1: 2, 2: 3, 5: 1}, 3, (1, 2, 5), 1),
        ({1: 2, 2: 3, 5: 5}, 2, (1,), 2),
        ({5: 1, 1: 1}, 1, (1, 5), 1),
    ],
)
def test_low_ratings_ask_for_a_call(answers: Answers, low_mark: int, positions: tuple[int, ...], lowest: int) -> None:
    assert low_items(items=ITEMS, answers=answers, low_mark=low_mark) == positions
    proposal = follow_up_for(items=ITEMS, answers=answers, low_mark=low_mark, unit_known=True)
    assert proposal == FollowUpProposal(positions, lowest)
    assert follow_up_for(items=ITEMS, answers=answers, low_mark=low_mark, unit_known=False) is None


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {1: None, 2: 3, 5: 5},  # skipped is not low
        {1: 3, 3: 0, 4: 1, 6: "1", 7: "A"},  # neither a recommendation, a number nor words are ratings
    ],
)
def test_without_a_low_rating_nobody_calls(answers: Answers) -> None:
    assert low_items(items=ITEMS, answers=answers, low_mark=2) == ()
    assert follow_up_for(items=ITEMS, answers=answers, low_mark=2, unit_known=True) is None


@pytest.mark.parametrize(
    ("day", "working_days", "due"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 21), 3, date(2026, 11, 25)),  # begun on a Saturday
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # over National Day to the Saturday made up
        (date(2026, 2, 13), 2, date(2026, 2, 24)),  # a Saturday made up, then Spring Festival
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
    ],
)
def test_a_call_is_due_in_working_days(day: date, working_days: int, due: date) -> None:
    assert due_on(day=day, working_days=working_days, calendar=WorkCalendar()) == WorkdayAnswer(due)


def test_a_deadline_in_a_year_without_notice_is_uncertain() -> None:
    unknown = max(PUBLISHED_YEARS) + 1
    answer = due_on(day=date(unknown, 3, 1), working_days=1, calendar=WorkCalendar())
    assert answer.unknown_years == (unknown,)


def test_a_deadline_without_days_is_a_bug() -> None:
    with pytest.raises(ValueError, match="at least one"):
        due_on(day=date(2026, 11, 21), working_days=0, calendar=WorkCalendar())


@pytest.mark.parametrize("source", S)
@pytest.mark.parametrize("target", S)
def test_a_call_back_ends_once_but_who_rings_later_was_reached(source: S, target: S) -> None:
    wanted = source is S.OPEN or (source, target) == (S.UNREACHABLE, S.REACHED)
    assert FOLLOW_UP_MOVES.allows(source=source, target=target) is wanted


@pytest.mark.parametrize(
    ("state", "outcome", "note", "new_mark", "settlement"),
    [
        (S.OPEN, S.REACHED, " 已维修，\n业主满意 ", 5, Settlement(S.REACHED, "已维修， 业主满意", 5, 3)),
        (S.OPEN, S.REACHED, "仍不满意", 1, Settlement(S.REACHED, "仍不满意", 1, 3)),
        (S.UNREACHABLE, S.REACHED, "业主回电", 4, Settlement(S.REACHED, "业主回电", 4, 3)),
        (S.OPEN, S.UNREACHABLE, "三次无人接", None, Settlement(S.UNREACHABLE, "三次无人接", None, 3)),
        (S.OPEN, S.DROPPED, "录入有误", None, Settlement(S.DROPPED, "录入有误", None, 2)),
        (S.OPEN, S.OPEN, "", None, Settlement(S.OPEN, "", None, 3)),
        (S.OPEN, S.DROPPED, "误" * 500, None, Settlement(S.DROPPED, "误" * 500, None, 2)),
    ],
)
def test_a_call_back_ends_with_what_happened(
    state: S, outcome: S, note: str, new_mark: int | None, settlement: Settlement
) -> None:
    assert settle(state=state, outcome=outcome, note=note, new_mark=new_mark, attempts=2) == settlement


@pytest.mark.parametrize(
    ("state", "outcome", "note", "new_mark", "refusal", "fields"),
    [
        (S.OPEN, S.REACHED, "业主满意", None, NewMarkRefused, {"least": 1, "most": 5}),
        (S.OPEN, S.REACHED, "业主满意", 0, NewMarkRefused, {"least": 1, "most": 5}),
        (S.OPEN, S.REACHED, "业主满意", 6, NewMarkRefused, {"least": 1, "most": 5}),
        (S.OPEN, S.REACHED, "满意 ", 5, FollowUpNoteMissing, {"state": S.REACHED, "shortest": 4}),
        (S.OPEN, S.UNREACHABLE, "", None, FollowUpNoteMissing, {"state": S.UNREACHABLE, "shortest": 4}),
        (S.OPEN, S.DROPPED, "误\u200b\u200b\u200b", None, FollowUpNoteMissing, {"state": S.DROPPED, "shortest": 4}),
        (S.OPEN, S.UNREACHABLE, "无人接听", 3, MarkWithoutCall, {"state": S.UNREACHABLE}),
        (S.OPEN, S.OPEN, "", 3, MarkWithoutCall, {"state": S.OPEN}),
        (S.OPEN, S.OPEN, "忙" * 501, None, LineTooLong, {"field": "note", "longest": 500}),
        (S.REACHED, S.REACHED, "再次回访", 5, ForbiddenMove, {"source": S.REACHED, "target": S.REACHED}),
        (S.DROPPED, S.OPEN, "重新打开", None, ForbiddenMove, {"source": S.DROPPED, "target": S.OPEN}),
    ],
)
def test_a_call_back_without_what_its_end_needs_is_refused(
    *, state: S, outcome: S, note: str, new_mark: int | None, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        settle(state=state, outcome=outcome, note=note, new_mark=new_mark, attempts=0)
    assert refused.value.fields == fields


DUE = date(2028, 2, 29)


@pytest.mark.parametrize(
    ("state", "today", "overdue"),
    [
        (S.OPEN, date(2028, 2, 28), False),
        (S.OPEN, DUE, False),
        (S.OPEN, date(2028, 3, 1), True),
        *((state, date(2028, 3, 1), False) for state in S if state is not S.OPEN),
    ],
)
def test_only_an_open_call_is_overdue_and_never_on_its_last_day(state: S, today: date, overdue: bool) -> None:
    assert is_overdue(due_on=DUE, state=state, today=today) is overdue


@pytest.mark.parametrize(
    ("before", "after", "low_mark", "wanted"),
    [
        (2, 4, 2, True),
        (1, 5, 2, True),
        (2, 3, 2, False),
        (3, 5, 2, False),
        (2, None, 2, False),
        (4, 4, 4, False),  # as good as before is not recovered, even where 4 is called low
        (4, 5, 4, True),
    ],
)
def test_recovered_is_a_low_mark_become_a_good_one(before: int, after: int | None, low_mark: int, wanted: bool) -> None:
    assert recovered(before_mark=before, new_mark=after, low_mark=low_mark) is wanted


def fact(state: S, settled_on: date | None = None, before: int = 2, after: int | None = None) -> FollowUpFact:
    return FollowUpFact(state=state, due_on=DUE, settled_on=settled_on, before_mark=before, new_mark=after)


@pytest.mark.parametrize(
    ("rows", "today", "counts"),
    [
        ([], DUE, Recovery()),
        ([fact(S.OPEN)], DUE, Recovery(opened=1)),
        ([fact(S.OPEN)], date(2028, 3, 1), Recovery(opened=1, late=1)),
        (
            [
                fact(S.REACHED, DUE, after=4),
                fact(S.REACHED, date(2028, 3, 1), after=5),
                fact(S.REACHED, DUE, after=3),
                fact(S.UNREACHABLE, DUE, after=None),
                fact(S.DROPPED, date(2028, 3, 1)),
            ],
            date(2028, 4, 1),
            Recovery(opened=5, in_time=3, late=1, reached=3, recovered=2),
        ),
    ],
)
def test_call_backs_are_counted_as_they_stand(rows: list[FollowUpFact], today: date, counts: Recovery) -> None:
    assert recovery(rows=rows, low_mark=2, today=today) == counts


def test_shares_of_nothing_are_unknown() -> None:
    assert (Recovery().in_time_percent, Recovery().recovered_percent) == (None, None)
    some = Recovery(opened=5, in_time=2, late=1, reached=3, recovered=2)
    assert (some.in_time_percent, some.recovered_percent) == (Decimal("66.7"), Decimal("66.7"))
