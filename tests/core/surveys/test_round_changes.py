"""Change against the last round: figures where samples and questions compare, reasons where not."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from core.surveys.comparison import Change, mean_change, nps_change, share_change
from core.surveys.figures import Tallies
from core.surveys.precision import Sample
from core.surveys.questionnaires import Item
from core.surveys.results import RoundAnswers
from core.surveys.round_changes import OTHER_ITEMS, RoundChanges, round_changes
from core.surveys.tallies import Tally
from tests.core.surveys.answered import ITEMS, LIFT, NPS, Q, R, a_round, counted, marks


def forty(mark: int, other: int, **more: Tally) -> Tallies:
    """Forty people: thirty gave one mark, ten the other, to all three ratings."""
    tally = marks(*[mark] * 30, *[other] * 10)
    return counted(40, **({"q1": tally, "q2": tally, "q3": tally} | more))


NOW = a_round(forty(5, 4, nps=marks(*[10] * 30, *[5] * 10)), pairs=((5, 5, 30), (4, 4, 10)))
BEFORE = a_round(forty(4, 3, nps=marks(*[9] * 20, *[8] * 20)), pairs=((4, 4, 30), (3, 3, 10)))


def changes(now: RoundAnswers = NOW, before: RoundAnswers = BEFORE, **weights: Any) -> RoundChanges:
    return round_changes(now=now, before=before, weights=weights)


def test_everything_is_compared_where_all_is_the_same() -> None:
    found = changes()
    assert found.reasons == ()
    assert not found.other_items
    assert found.csi == Fraction(20)  # 4.75 less 3.75, of 5
    assert found.share == share_change(
        now=Sample(marks(*[5] * 90, *[4] * 30), None, 40), before=Sample(marks(*[4] * 90, *[3] * 30), None, 40)
    )
    assert found.nps == nps_change(now=NOW.sample(NPS), before=BEFORE.sample(NPS))
    assert found.nps is not None
    assert found.nps.difference == 0
    assert set(found.items) == {"q1", "q2", "q3"}
    assert found.items["q1"] == mean_change(now=NOW.sample(Q), before=BEFORE.sample(Q))
    assert found.items["q1"].certain
    assert found.dimensions["service"] == mean_change(now=NOW.sample(Q, R), before=BEFORE.sample(Q, R))
    # CS: 4.75 less 3.75, with half the interval of the sums
    assert found.cs is not None
    assert (found.cs.difference, found.cs.certain) == (Fraction(1), True)
    item = found.items["q1"]
    assert [found.cs.low, found.cs.high] == pytest.approx([item.low, item.high])


def test_samples_that_do_not_compare_give_reasons_and_no_number() -> None:
    small = a_round(counted(20, q1=marks(*[5] * 20)), channels={"phone": 20})
    assert changes(small) == RoundChanges(("surveys.compare.too_few", "surveys.compare.channels"))


def test_the_response_rate_changes_whatever_the_samples_are() -> None:
    small = a_round(counted(20), sent=80)
    assert changes(small, replace(BEFORE, sent=50)) == RoundChanges(("surveys.compare.too_few",), Fraction(-11, 20))
    assert changes(replace(NOW, sent=50), replace(BEFORE, sent=80)).rate == Fraction(3, 10)
    assert changes(replace(NOW, sent=50)).rate is None


def test_a_question_that_changed_is_not_compared_nor_what_rests_on_it() -> None:
    other = replace(LIFT, dimension="management")
    found = changes(before=replace(BEFORE, items=(Q, R, other, NPS)))
    assert found.other_items
    assert OTHER_ITEMS == "surveys.compare.items"
    assert (found.csi, found.share) == (None, None)
    assert set(found.items) == {"q1", "q2"}
    assert set(found.dimensions) == {"service"}
    assert found.nps is not None
    assert found.cs is not None


def test_a_question_that_is_new_is_not_compared() -> None:
    found = changes(before=replace(BEFORE, items=(R, Q, NPS)))
    assert (found.csi, found.share, set(found.items)) == (None, None, {"q1", "q2"})
    assert set(found.dimensions) == {"service"}


def test_a_dimension_with_another_item_is_not_compared() -> None:
    found = changes(before=replace(BEFORE, items=(Q, LIFT)))
    assert set(found.dimensions) == {"facility"}
    assert (found.nps, found.cs) == (None, None)


def test_a_dimension_nobody_answered_before_leaves_csi_without_change() -> None:
    found = changes(before=a_round(forty(4, 3, q3=Tally())), service=3, facility=1)
    assert found.other_items
    assert found.csi is None
    assert set(found.items) == {"q1", "q2"}


def test_items_few_answered_are_not_compared() -> None:
    few = a_round(forty(4, 3, q3=marks(4, 4, 3, 3), nps=marks(9, 9)), pairs=((4, 4, 3),))
    found = changes(before=few)
    assert set(found.items) == {"q1", "q2"}
    assert set(found.dimensions) == {"service"}
    assert (found.nps, found.cs) == (None, None)


def test_alike_sums_leave_the_interval_of_cs_open() -> None:
    alike = ((4, 4, 40),)
    found = changes(replace(NOW, pairs=alike), replace(BEFORE, pairs=alike))
    assert found.cs == Change(Fraction(0), None, None, certain=False)


@pytest.mark.parametrize("items", [(Q, LIFT, NPS), (Q, R, LIFT)])
def test_without_the_items_there_is_no_change_of_cs_or_nps(items: tuple[Item, ...]) -> None:
    found = changes(replace(NOW, items=items), replace(BEFORE, items=ITEMS))
    assert (found.nps is None) is (NPS not in items)
    assert (found.cs is None) is (R not in items)


def test_questionnaires_without_ratings_have_no_index_to_compare() -> None:
    found = changes(replace(NOW, items=(NPS,)), replace(BEFORE, items=(NPS,)))
    assert (found.csi, found.share, found.items) == (None, None, {})
    assert found.nps is not None
