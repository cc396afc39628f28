"""A round in five figures from sums: the same as from its tallies."""

from fractions import Fraction

import pytest

from core.surveys.questionnaires import Item, ItemKind
from core.surveys.results import round_results, weights_of
from core.surveys.summaries import ItemSums, RoundSummary, round_summary
from core.surveys.tallies import Tally, tally_of
from tests.core.surveys.answered import ITEMS, NPS, SETTINGS, Q, R, a_round, counted, marks, rating


def sums(item: Item, tally: Tally) -> ItemSums:
    return ItemSums(
        code=item.code,
        kind=item.kind,
        dimension=item.dimension,
        n=tally.n,
        total=tally.total,
        satisfied=tally.between(4, 10),
        promoters=tally.between(9, 10),
        detractors=tally.between(0, 6),
    )


FULL = counted(
    8, q1=marks(5, 5, 5, 5, 4, 4), q2=marks(4, 3, 3, 3, 3, 2), q3=marks(1, 1, 1, 1), nps=marks(10, 9, 8, 8, 7, 0)
)


@pytest.mark.parametrize("forms", [8, 4])
def test_it_agrees_with_the_results_from_tallies(forms: int) -> None:
    tallies = {**FULL, 0: tally_of(((0, forms),))}
    found = round_results(answers=a_round(tallies, sent=20), settings=SETTINGS)
    scored = [item for item in ITEMS if item.kind in (ItemKind.RATING, ItemKind.NPS)]
    told = round_summary(
        sums=[sums(item, tallies[item.position]) for item in scored], n=forms, sent=20, weights=weights_of(SETTINGS)
    )
    assert told.rate == found.rate
    assert told.hidden == found.hidden
    assert told.csi == found.csi.value
    if forms == 8:
        assert told.share == found.share.value
        assert found.nps is not None
        assert told.nps == found.nps.value == Fraction(100, 6)
        # q3 is lower, but only four people answered it
        assert (told.worst, told.worst_mean) == ("q2", Fraction(3))
    else:
        assert told == RoundSummary(n=4, rate=Fraction(1, 5), hidden=True)


def test_what_nobody_answered_has_no_figure() -> None:
    empty = round_summary(sums=[sums(Q, Tally()), sums(R, Tally())], n=6, sent=0, weights={})
    assert empty == RoundSummary(n=6, rate=None, hidden=False)
    few = round_summary(sums=[sums(rating(9), marks(5, 5, 5, 5)), sums(NPS, marks(9))], n=6, sent=0, weights={})
    assert (few.csi, few.share, few.nps, few.worst) == (None, None, None, "")


def test_a_question_of_no_dimension_counts_in_the_share_and_not_in_csi() -> None:
    five = marks(5, 5, 5, 5, 2)
    told = round_summary(sums=[sums(rating(9), five)], n=5, sent=0, weights={})
    assert (told.share, told.csi) == (Fraction(4, 5), None)


def test_the_lowest_of_equals_is_the_first() -> None:
    five = marks(4, 4, 4, 4, 4)
    told = round_summary(sums=[sums(Q, five), sums(R, five)], n=5, sent=0, weights={})
    assert told.worst == "q1"
    assert told.nps is None
