"""Small rounds for the tests: a questionnaire with one item of every kind, and tallies written as marks."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from core.admin.settings import SurveySettings
from core.surveys.questionnaires import Choice, Item, ItemKind, ItemRole
from core.surveys.results import RoundAnswers
from core.surveys.tallies import Tally, tally_of


def rating(position: int, dimension: str = "", role: ItemRole = ItemRole.NONE) -> Item:
    return Item(position, f"q{position}", ItemKind.RATING, f"问题{position}", f"Question {position}", dimension, role)


Q, R, LIFT = (
    rating(1, "service", ItemRole.QUALITY),
    rating(2, "service", ItemRole.SPEED),
    rating(3, "facility"),
)
HOME = Item(
    4, "home", ItemKind.CHOICE, "您是", "You are", choices=(Choice("A", "业主", "Owner"), Choice("B", "租户", "T"))
)
NPS = Item(5, "nps", ItemKind.NPS, "推荐", "Recommend")
YEARS = Item(6, "years", ItemKind.NUMBER, "年数", "Years", most=60)
WORDS = Item(7, "words", ItemKind.OPEN, "建议", "Advice")
ITEMS = (Q, R, LIFT, HOME, NPS, YEARS, WORDS)

SETTINGS = SurveySettings(
    target_percent=Decimal(90),
    least_sample=30,
    low_line=Decimal("3.5"),
    low_mark=2,
    follow_up_days=3,
    dimension_weights=(),
)


def marks(*values: int) -> Tally:
    """A tally of marks written one by one."""
    return tally_of(Counter(values).items())


def counted(forms: int, **by_item: Tally) -> dict[int, Tally]:
    """Tallies by position; items are named by their code."""
    positions = {item.code: item.position for item in ITEMS}
    return {0: tally_of(((0, forms),)), **{positions[code]: tally for code, tally in by_item.items()}}


def a_round(tallies: Mapping[int, Tally], **given: Any) -> RoundAnswers:
    """A regular round of one building, all on paper, unless told otherwise."""
    forms = tallies[0].n
    plain = RoundAnswers(
        kind="regular", questionnaire="general", items=ITEMS, tallies=tallies, channels={"paper": forms},
        buildings={"1": forms},
    )  # fmt: skip
    return replace(plain, **given)
