"""Every rule of the advice on both sides of its line (R-153)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from core.kernel.errors import Problem
from core.surveys.advice import MOST_LOW_ITEMS, AdviceFacts, Elsewhere, LowItem, advice
from core.surveys.follow_ups import Recovery

WELL = AdviceFacts(
    n=100,
    least_sample=30,
    sent=200,
    uneven=False,
    share=Fraction(95, 100),
    share_high=0.98,
    target=Decimal(90),
    weakest=None,
    fell=None,
    low_items=(),
    low_line=Decimal("3.5"),
    measures_overdue=0,
    recovery=Recovery(),
    answers=10,
    untagged=0,
    tags=(),
)
"""Figures that no rule finds fault with."""


def told(code: str, **fields: str | int) -> Problem:
    return Problem(f"surveys.advice.{code}", fields)


def low(code: str = "lift", mean: Fraction = Fraction(287, 100), *, has_measure: bool = False) -> LowItem:
    return LowItem(code, mean, has_measure)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"n": 4}, told("hidden", n=4, least=5)),
        ({"n": 5}, told("too_few", n=5, least=30)),
        ({"n": 29}, told("too_few", n=29, least=30)),
        ({"uneven": True}, told("uneven")),
        ({"sent": 0}, told("sent_unknown")),
        ({"share": Fraction(8, 10), "share_high": 0.899}, told("below_line", share="80.0", target="90")),
        ({"share": Fraction(8, 10), "share_high": 0.9}, told("below_line_unsure", share="80.0", target="90")),
        ({"share": Fraction(8, 10), "share_high": None}, told("below_line_unsure", share="80.0", target="90")),
        ({"share": Fraction(8995, 10_000)}, told("below_line_unsure", share="90.0", target="90")),
        ({"target": Decimal("95.5")}, told("below_line_unsure", share="95.0", target="95.5")),
        ({"fell": Fraction(61, 8)}, told("fell", points="7.6")),
        ({"weakest": ("price", Fraction(10, 3))}, told("weakest", dimension="price", mean="3.33")),
        ({"low_items": (low(),)}, told("low_item", item="lift", mean="2.87", line="3.5")),
        ({"recovery": Recovery(opened=3, late=1)}, told("calls_late", late=1, opened=3)),
        ({"recovery": Recovery(opened=5, reached=5, recovered=2)}, told("not_recovered", recovered=2, reached=5)),
        ({"measures_overdue": 2}, told("measures_overdue", count=2)),
        ({"tags": (("lift", 4), ("noise", 3))}, told("most_said", tag="lift", count=4, answers=10)),
        (
            {"tags": (("praise", 6), ("other", 5), ("noise", 3))},
            told("most_said", tag="noise", count=3, answers=10),
        ),
        ({"untagged": 3}, told("untagged", count=3, answers=10)),
        (
            {"elsewhere": (Elsewhere("协会", Fraction(70), Fraction(80)),)},
            told("apart", body="协会", theirs="70.0", ours="80.0"),
        ),
        (
            {"elsewhere": (Elsewhere("A", Fraction(85), Fraction(80)), Elsewhere("B", Fraction(90), Fraction(80)))},
            told("apart", body="B", theirs="90.0", ours="80.0"),
        ),
    ],
)
def test_each_rule_says_its_sentence_with_its_figures(given: dict[str, Any], says: Problem) -> None:
    assert advice(replace(WELL, **given)) == (says,)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"n": 30},
        {"share": Fraction(9, 10)},
        {"share": None, "share_high": None},
        {"weakest": ("price", Fraction(4))},
        {"low_items": (low(has_measure=True),)},
        {"recovery": Recovery(opened=9, in_time=9, reached=4, recovered=0)},
        {"recovery": Recovery(opened=9, in_time=9, reached=6, recovered=3)},
        {"tags": (("praise", 6), ("other", 1))},
        {"elsewhere": (Elsewhere("A", Fraction(899, 10), Fraction(80)),)},
        {"elsewhere": (Elsewhere("A", Fraction(701, 10), Fraction(80)),)},
    ],
)
def test_where_no_rule_applies_the_advice_is_to_keep_on(given: dict[str, Any]) -> None:
    assert advice(replace(WELL, **given)) == (told("keep_on"),)


def test_trust_comes_before_results_and_results_before_what_was_done_about_them() -> None:
    bad = replace(
        WELL,
        n=20,
        sent=0,
        uneven=True,
        share=Fraction(1, 2),
        share_high=0.6,
        fell=Fraction(3),
        weakest=("price", Fraction(3)),
        low_items=(low("a"), low("b", has_measure=True), low("c")),
        measures_overdue=1,
        recovery=Recovery(opened=9, late=2, reached=7, recovered=1),
        untagged=1,
        tags=(("lift", 4),),
        elsewhere=(Elsewhere("A", Fraction(99), Fraction(50)),),
    )
    assert [each.code.removeprefix("surveys.advice.") for each in advice(bad)] == [
        "too_few", "uneven", "sent_unknown", "below_line", "fell", "weakest", "low_item", "low_item", "apart",
        "calls_late", "not_recovered", "measures_overdue", "most_said", "untagged",
    ]  # fmt: skip


@pytest.mark.parametrize(("many", "left"), [(MOST_LOW_ITEMS, 0), (MOST_LOW_ITEMS + 1, 1), (MOST_LOW_ITEMS + 7, 7)])
def test_many_low_items_are_not_all_named(many: int, left: int) -> None:
    items = tuple(low(f"q{number}") for number in range(many))
    said = advice(replace(WELL, low_items=items))
    assert [each.fields["item"] for each in said[:MOST_LOW_ITEMS]] == [one.code for one in items[:MOST_LOW_ITEMS]]
    assert said[MOST_LOW_ITEMS:] == ((told("more_low_items", count=left),) if left else ())
