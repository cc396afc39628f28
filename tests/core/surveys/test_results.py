"""A round's results on hand-computed figures: what is shown, what it stands on, and what stays hidden."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from core.surveys.figures import Score, cs_score, forms_in, nps_score, sample_of, share_score, tallies_by, together
from core.surveys.precision import Sample, margin_of_mean
from core.surveys.questionnaires import Item, ItemRole
from core.surveys.results import RoundResults, round_results
from core.surveys.tallies import ChoiceTally, Tally, tally_of
from tests.core.surveys.answered import (
    HOME,
    ITEMS,
    LIFT,
    NPS,
    SETTINGS,
    WORDS,
    Q,
    R,
    a_round,
    counted,
    marks,
    rating,
)

TEN = counted(
    10,
    q1=marks(5, 5, 5, 5, 4, 4, 4, 4, 3, 1),  # mean 4.0, 8 of 10 are 4 or 5
    q2=marks(5, 5, 4, 4, 4, 4, 3, 3),  # mean 4.0, 6 of 8
    q3=marks(4, 3, 3, 3, 2),  # mean 3.0, 1 of 5
    home=tally_of(((0, 9), (1, 6), (2, 3))),
    nps=marks(10, 10, 9, 9, 8, 7, 6, 0),  # 4 promoters, 2 detractors of 8
    years=marks(1, 3, 5, 7, 9),
)


def results(tallies: dict[int, Tally] = TEN, **given: object) -> RoundResults:
    return round_results(answers=a_round(tallies, **given), settings=SETTINGS)


def test_the_figures_of_a_round_are_those_worked_out_by_hand() -> None:
    found = results(sent=40, population=100, pairs=((5, 4, 6), (3, 2, 2)))
    assert (found.n, found.rate, found.coverage) == (10, Fraction(1, 4), Fraction(1, 10))
    # service (40 + 32)/18 = 4.0, facility 3.0; equal weights: 3.5 of 5
    assert found.csi == Score(Fraction(70), 10)
    assert found.share.value == Fraction(15, 23)
    assert found.share.n == 23
    assert found.reaches is False
    assert found.nps is not None
    assert (found.nps.value, found.nps.n) == (Fraction(25), 8)
    assert found.cs is not None
    # six people (5 + 4)/2 and two (3 + 2)/2: (27 + 5)/8
    assert (found.cs.value, found.cs.n) == (Fraction(4), 8)
    assert not found.hidden
    assert found.low == ("q3",)
    assert [one.item.code for one in found.worst_first] == ["q3", "q1", "q2"]
    assert found.weighting is None


def test_items_carry_mean_share_margin_and_distribution() -> None:
    first, second, third = results().items
    assert (first.item, first.n, first.hidden, first.is_low) == (Q, 10, False, False)
    assert first.mean == Score(Fraction(4), 10, margin_of_mean(Sample(TEN[1])))
    assert first.share.value == Fraction(4, 5)
    assert first.share.interval is not None
    assert 0.44 < first.share.interval.low < 0.80 < first.share.interval.high < 0.95
    assert first.tally == TEN[1]
    assert (second.item, second.mean.value, second.share.value) == (R, Fraction(4), Fraction(3, 4))
    assert (third.item, third.mean.value, third.is_low) == (LIFT, Fraction(3), True)


def test_exactly_on_the_low_line_is_not_low() -> None:
    settings = replace(SETTINGS, low_line=Decimal(3))
    found = round_results(answers=a_round(TEN), settings=settings)
    assert found.low == ()
    assert not found.items[2].is_low


def test_dimensions_pool_their_items_and_take_their_effective_weight() -> None:
    settings = replace(SETTINGS, dimension_weights=(("service", 3), ("facility", 1), ("price", 9)))
    found = round_results(answers=a_round(TEN), settings=settings)
    service, facility = found.dimensions
    assert (service.dimension, service.items, service.mean.value, service.mean.n) == (
        "service", ("q1", "q2"), Fraction(4), 18,
    )  # fmt: skip
    assert (service.weight, facility.weight) == (Fraction(3, 4), Fraction(1, 4))
    # ten people gave the eighteen answers: the margin is that of ten
    assert service.mean.margin == margin_of_mean(Sample(service_tally(), None, 10))
    assert found.csi.value == Fraction(75)


def service_tally() -> Tally:
    return together([{1: TEN[1]}, {1: TEN[2]}])[1]


def test_choices_and_numbers_are_counted() -> None:
    (home,), (years,) = results().choices, results().numbers
    assert (home.item, home.n, home.hidden) == (HOME, 9, False)
    assert home.tally == ChoiceTally((("A", 6), ("B", 3)), 9)
    assert home.tally.share("B") == Fraction(1, 3)
    assert (years.mean.value, years.mean.n, years.hidden) == (Fraction(5), 5, False)


def test_below_the_minimum_the_sample_is_not_enough() -> None:
    found = results(population=100)
    assert (found.least_sample, found.enough) == (30, False)
    assert found.needed == 80  # 384.15/(1 + 383.15/100), upwards
    assert results().needed == 385
    assert (results().rate, results().coverage) == (None, None)


def test_a_round_of_four_forms_shows_nothing() -> None:
    four = counted(
        4, q1=marks(5, 5, 5, 5), nps=marks(1, 2, 3, 4), home=tally_of(((0, 4), (1, 4))), years=marks(1, 2, 3, 4)
    )
    found = results(four, pairs=((5, 5, 4),), sent=10)
    assert found.hidden
    assert found.rate == Fraction(2, 5)
    for score in (found.csi, found.share, found.nps, found.cs):
        assert score is not None
        assert (score.value, score.margin, score.interval) == (None, None, None)
    assert found.reaches is None
    assert [(one.hidden, one.mean.value, one.share.value, one.tally) for one in found.items] == [
        (True, None, None, Tally())
    ] * 3
    assert found.worst_first == ()
    assert found.low == ()
    assert found.choices[0].tally == ChoiceTally()
    assert found.numbers[0].mean == Score(None, 4)
    assert all(one.hidden for one in found.dimensions)
    assert found.choices[0].hidden
    assert found.numbers[0].hidden


def test_an_item_that_four_people_answered_is_hidden_in_a_larger_round() -> None:
    found = results(counted(8, q1=marks(5, 5, 5, 5, 5), q3=marks(1, 1, 1, 1)))
    assert [one.hidden for one in found.items] == [False, True, True]
    assert found.low == ()
    assert [one.hidden for one in found.dimensions] == [False, True]


def test_a_hidden_item_is_in_no_sum_from_which_it_could_be_told() -> None:
    one = rating(1, "service")
    other = rating(2, "service")
    told = marks(*[4] * 20)
    both = round_results(answers=a_round(counted(20, q1=told, q2=marks(1)), items=(one, other)), settings=SETTINGS)
    alone = round_results(answers=a_round(counted(20, q1=told), items=(one, other)), settings=SETTINGS)
    assert both.items[1].hidden
    assert both.dimensions[0].mean.value == alone.dimensions[0].mean.value == 4
    assert (both.share.value, both.csi.value) == (alone.share.value, alone.csi.value)


def test_a_round_without_forms_is_hidden_and_breaks_nothing() -> None:
    found = results(counted(0))
    assert found.hidden
    assert found.share == Score(None, 0)


def test_what_is_not_asked_has_no_figure() -> None:
    plain = round_results(answers=a_round(counted(9), items=(Q, LIFT, WORDS)), settings=SETTINGS)
    assert (plain.nps, plain.cs, plain.choices, plain.numbers) == (None, None, (), ())


@pytest.mark.parametrize(
    ("items", "asked"),
    [((Q, R), True), ((Q,), False), ((R,), False), ((Q, rating(2, role=ItemRole.SPEED), LIFT), True)],
)
def test_cs_needs_a_quality_and_a_speed_item(items: tuple[Item, ...], asked: bool) -> None:
    found = round_results(answers=a_round(counted(9), items=items), settings=SETTINGS)
    assert (found.cs is not None) is asked


def test_the_margin_of_cs_is_half_that_of_the_sum() -> None:
    pairs = ((5, 5, 4), (3, 4, 4))
    doubled = margin_of_mean(Sample(marks(10, 10, 10, 10, 7, 7, 7, 7)))
    assert doubled is not None
    assert cs_score(pairs) == Score(Fraction(17, 4), 8, doubled / 2)
    assert cs_score(((4, 4, 6),)) == Score(Fraction(4), 6, None)  # all alike: nothing is known of the spread


def test_a_whole_population_leaves_no_margin() -> None:
    five = counted(5, q1=marks(5, 5, 4, 4, 3))
    found = results(five, population=5)
    assert found.items[0].mean.margin == 0.0
    assert found.share.interval is not None
    assert found.share.interval.low == found.share.interval.high == pytest.approx(0.8)


def test_small_samples_give_no_score() -> None:
    assert nps_score(Sample(marks(9, 9, 9, 9))) == Score(None, 4)
    assert share_score(Sample(Tally())) == Score(None, 0)
    assert sample_of(items=(), tallies={}) == Sample(Tally(), None, 0)
    assert sample_of(items=(NPS,), tallies=TEN, population=90) == Sample(TEN[5], 90, 8)


def test_rows_gather_into_tallies_and_groups_pool() -> None:
    rows = (("2", 0, 0, 3), ("1", 0, 0, 2), ("2", 1, 5, 2), ("2", 1, 4, 1), ("1", 1, 5, 2))
    found = tallies_by(rows)
    assert list(found) == ["2", "1"]
    assert found["2"] == {0: tally_of(((0, 3),)), 1: marks(5, 5, 4)}
    assert together(found.values()) == {0: tally_of(((0, 5),)), 1: marks(5, 5, 5, 5, 4)}
    assert forms_in({}) == 0


def test_the_profile_leaves_out_forms_of_unknown_building() -> None:
    answers = a_round(counted(9), buildings={"1": 7, "": 2})
    assert dict(answers.profile.buildings) == {"1": 7}
    assert (answers.profile.n, answers.items) == (9, ITEMS)
