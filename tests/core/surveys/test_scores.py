"""Scores: the worked examples of the rules, their edges, and what holds for every set of answers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.surveys.questionnaires import Item, ItemKind
from core.surveys.scores import (
    DimensionScore,
    NpsParts,
    PairedScore,
    csi,
    dimension_scores,
    effective_weights,
    item_score,
    low_items,
    nps,
    nps_parts,
    paired_score,
    reaches_line,
    rounded,
    satisfied,
    share_satisfied,
)
from core.surveys.tallies import Tally, tally_of

marks = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9)), max_size=5).map(tally_of)


def rating(code: str, dimension: str, kind: ItemKind = ItemKind.RATING) -> Item:
    return Item(position=1, code=code, kind=kind, text_zh="", text_en="", dimension=dimension)


@pytest.mark.parametrize(
    ("counts", "score", "share"),
    [
        ([(5, 4), (4, 3), (3, 2), (2, 1), (1, 0)], Fraction(4), Fraction(7, 10)),
        ([(5, 1)], Fraction(5), Fraction(1)),
        ([(1, 3)], Fraction(1), Fraction(0)),
        ([(4, 1), (3, 2)], Fraction(10, 3), Fraction(1, 3)),
        ([], None, None),
    ],
)
def test_an_item_scores_the_mean_of_its_marks(
    counts: list[tuple[int, int]], score: Fraction | None, share: Fraction | None
) -> None:
    assert item_score(tally_of(counts)) == score
    assert share_satisfied(tally_of(counts)) == share


@pytest.mark.parametrize("value", [0, 6, -1])
def test_what_is_no_mark_is_never_scored(value: int) -> None:
    for score in (item_score, satisfied, share_satisfied):
        with pytest.raises(ValueError, match="outside 1 to 5"):
            score(tally_of([(value, 1), (3, 5)]))


@pytest.mark.parametrize(
    ("share", "line", "reached"),
    [
        (Fraction(9, 10), Decimal(90), True),
        (Fraction(8999, 10000), Decimal(90), False),
        (Fraction(2, 3), Decimal("66.6"), True),
        (Fraction(2, 3), Decimal("66.67"), False),
        (Fraction(0), Decimal(0), True),
        (None, Decimal(90), None),
    ],
)
def test_a_share_exactly_on_the_line_reaches_it(share: Fraction | None, line: Decimal, reached: bool | None) -> None:
    assert reaches_line(share=share, line=line) is reached


def test_the_line_is_ninety_percent_unless_set() -> None:
    assert reaches_line(share=Fraction(90, 100)) is True
    assert reaches_line(share=Fraction(89, 100)) is False


def test_low_items_come_lowest_first_and_the_line_itself_is_not_low() -> None:
    scores = {"lift": Fraction(29, 10), "gate": Fraction(7, 2), "lamp": None, "lawn": Fraction(2), "bins": Fraction(2)}
    assert low_items(scores=scores, line=Decimal("3.5")) == ("lawn", "bins", "lift")
    assert low_items(scores={}, line=Decimal(3)) == ()


@pytest.mark.parametrize(
    ("counts", "parts", "score"),
    [
        ([(10, 3), (9, 2), (8, 2), (7, 1), (6, 1), (0, 1)], NpsParts(5, 3, 2), Fraction(30)),
        ([(9, 1)], NpsParts(1, 0, 0), Fraction(100)),
        ([(6, 1)], NpsParts(0, 0, 1), Fraction(-100)),
        ([(7, 1), (8, 1)], NpsParts(0, 2, 0), Fraction(0)),
        ([(10, 1), (8, 1), (0, 1)], NpsParts(1, 1, 1), Fraction(0)),
        ([(10, 2), (0, 1)], NpsParts(2, 0, 1), Fraction(100, 3)),
        ([], NpsParts(0, 0, 0), None),
    ],
)
def test_nps_is_promoters_less_detractors(
    counts: list[tuple[int, int]], parts: NpsParts, score: Fraction | None
) -> None:
    assert nps_parts(tally_of(counts)) == parts
    assert parts.n == tally_of(counts).n
    assert nps(tally_of(counts)) == score


def test_eleven_is_no_answer_to_nps() -> None:
    with pytest.raises(ValueError, match="outside 0 to 10"):
        nps(tally_of([(11, 1)]))


def test_a_dimension_pools_the_answers_of_its_items() -> None:
    items = (
        rating("lift", "facility"),
        rating("smile", "service"),
        rating("lamp", "facility"),
        rating("would", "service", ItemKind.NPS),
        rating("stray", ""),
        rating("fee", "price"),
    )
    tallies = {"lift": tally_of([(5, 1)]), "lamp": tally_of([(2, 3)]), "smile": tally_of([(4, 2)])}
    found = dimension_scores(items=items, tallies=tallies | {"would": tally_of([(0, 9)]), "stray": tally_of([(1, 9)])})
    assert found == (
        DimensionScore("facility", ("lift", "lamp"), tally_of([(5, 1), (2, 3)])),
        DimensionScore("service", ("smile",), tally_of([(4, 2)])),
        DimensionScore("price", ("fee",), Tally()),
    )
    assert [one.score for one in found] == [Fraction(11, 4), Fraction(4), None]


MEANS = {"service": Fraction(4), "price": Fraction(3), "facility": None}


@pytest.mark.parametrize(
    ("means", "weights", "shares", "index"),
    [
        # 0.6·4 + 0.4·3 = 3.6 of 5
        (
            {"service": Fraction(4), "price": Fraction(3)},
            {"service": "0.6", "price": "0.4"},
            {"service": Fraction(3, 5), "price": Fraction(2, 5)},
            Fraction(72),
        ),
        # the 0.5 of the empty dimension is spread 3 : 2 over the others
        (
            MEANS,
            {"service": "0.3", "price": "0.2", "facility": "0.5"},
            {"service": Fraction(3, 5), "price": Fraction(2, 5)},
            Fraction(72),
        ),
        (MEANS, {}, {"service": Fraction(1, 2), "price": Fraction(1, 2)}, Fraction(70)),
        (MEANS, {"service": "0", "price": "0"}, {"service": Fraction(1, 2), "price": Fraction(1, 2)}, Fraction(70)),
        (MEANS, {"abolished": "1"}, {"service": Fraction(1, 2), "price": Fraction(1, 2)}, Fraction(70)),
        # what is not named beside something named weighs 0
        (MEANS, {"price": "7"}, {"service": Fraction(0), "price": Fraction(1)}, Fraction(60)),
        # all the weight lies on what nobody answered
        (MEANS, {"facility": "1"}, {}, None),
        ({"service": None}, {}, {}, None),
        ({}, {"service": "1"}, {}, None),
        ({"service": Fraction(1)}, {}, {"service": Fraction(1)}, Fraction(20)),
        ({"service": Fraction(5)}, {}, {"service": Fraction(1)}, Fraction(100)),
    ],
)
def test_csi_spreads_the_weight_of_empty_dimensions(
    means: dict[str, Fraction | None], weights: dict[str, str], shares: dict[str, Fraction], index: Fraction | None
) -> None:
    exact = {dimension: Decimal(weight) for dimension, weight in weights.items()}
    assert effective_weights(means=means, weights=exact) == shares
    assert csi(means=means, weights=exact) == index


def test_a_negative_weight_or_an_impossible_mean_is_a_bug() -> None:
    with pytest.raises(ValueError, match="not negative"):
        effective_weights(means=MEANS, weights={"service": Decimal(-1)})
    for mean in (Fraction(0), Fraction(51, 10)):
        with pytest.raises(ValueError, match="mean of marks"):
            csi(means={"service": mean}, weights={})


@given(
    st.dictionaries(st.sampled_from("abcdef"), marks),
    st.dictionaries(st.sampled_from("abcdef"), st.decimals(0, 100, places=2)),
)
def test_csi_lies_between_20_and_100_and_between_its_dimensions(
    tallies: dict[str, Tally], weights: dict[str, Decimal]
) -> None:
    means = {dimension: item_score(tally) for dimension, tally in tallies.items()}
    index, shares = csi(means=means, weights=weights), effective_weights(means=means, weights=weights)
    assert (index is None) == (not shares)
    if index is not None:
        answered = [mean * 20 for mean in means.values() if mean is not None]
        assert 20 <= min(answered) <= index <= max(answered) <= 100
        assert sum(shares.values()) == 1


def test_cs_is_the_mean_of_quality_and_speed_over_people() -> None:
    # (5+4)/2 twice, (3+2)/2 once: (9 + 2.5) / 3
    assert paired_score([(5, 4, 2), (3, 2, 1)]) == PairedScore(3, Fraction(23, 6))
    assert paired_score([(1, 1, 1)]) == PairedScore(1, Fraction(1))
    assert paired_score([]) == PairedScore(0, None)
    assert paired_score([(5, 5, 0)]) == PairedScore(0, None)


@pytest.mark.parametrize("pair", [(0, 5, 1), (5, 6, 1), (5, 5, -1)])
def test_cs_takes_marks_only(pair: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="two marks"):
        paired_score([pair])


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Fraction(5, 2), 0, "3"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 8), 2, "-0.13"),
        (Fraction(-1, 1000), 2, "0.00"),
        (Fraction(10, 3), 2, "3.33"),
        (Fraction(4), 2, "4.00"),
        (Fraction(10**40 + 1, 2), 1, "5" + "0" * 39 + ".5"),
    ],
)
def test_halves_round_away_from_zero_with_all_places_shown(value: Fraction, places: int, shown: str) -> None:
    assert str(rounded(value, places)) == shown
