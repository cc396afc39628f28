"""Figures of surveys in words: scores with their margins, changes with what makes them certain (R-143, R-144)."""

from dataclasses import dataclass
from fractions import Fraction

from core.surveys.comparison import Change
from core.surveys.figures import Score
from core.surveys.questionnaires import Item
from core.surveys.round_changes import OTHER_ITEMS, RoundChanges
from core.surveys.scores import rounded
from pages._shell.page import Page


@dataclass(frozen=True, slots=True)
class Against:
    """What to compare with: the round before and what changed since, or why nothing can be said."""

    name: str = ""
    changes: RoundChanges | None = None
    is_running: bool = False
    """Forms still come in, so that a response rate says nothing yet."""

    def reasons(self, *, of_all_items: bool) -> tuple[str, ...]:
        """The codes of the reasons why a figure is not compared."""
        if self.changes is None:
            return ()
        return self.changes.reasons or ((OTHER_ITEMS,) if of_all_items and self.changes.other_items else ())


def number_text(page: Page, value: Fraction | None, places: int = 1) -> str:
    """A figure rounded half away from zero; a dash for none."""
    return "–" if value is None else page.words.decimal(rounded(value, places), places=places)


def share_text(page: Page, value: Fraction | None) -> str:
    """A share 0 to 1 in percent."""
    return "–" if value is None else page.words.percent(rounded(value * 100, 1))


def signed_text(page: Page, value: Fraction | float, places: int = 1) -> str:
    """A change with its sign."""
    number = rounded(Fraction(value), places)
    return f"{'+' if number > 0 else ''}{page.words.decimal(number, places=places)}"


def margin_text(page: Page, score: Score, places: int = 2) -> str:
    """Half the 95 % interval with its sign, or that it cannot be told."""
    if score.margin is None:
        return page.t("margin unknown")
    return f"± {page.words.decimal(rounded(Fraction(score.margin), places), places=places)}"


def interval_text(page: Page, score: Score) -> str:
    """The 95 % interval of a share in percent."""
    if score.interval is None:
        return "–"
    low, high = (page.words.decimal(rounded(Fraction(end) * 100, 1), places=1) for end in _ends(score))
    return f"{low}–{high} %"


def _ends(score: Score) -> tuple[float, float]:
    return (score.interval.low, score.interval.high) if score.interval else (0.0, 0.0)


def change_text(page: Page, change: Change | None) -> str:
    """The change of a mean; a dash for none."""
    return "–" if change is None else signed_text(page, change.difference, 2)


def certain_text(page: Page, change: Change | None) -> str:
    """Whether a change is more than chance makes of two samples; empty where there is none."""
    return "" if change is None else page.t("yes") if change.certain else page.t("no")


def range_text(page: Page, change: Change, *, scale: int = 1, places: int = 2) -> str:
    """The 95 % interval of a change, and that it may be chance."""
    if change.low is None or change.high is None:
        return page.t("interval unknown")
    low, high = (signed_text(page, end * scale, places) for end in (change.low, change.high))
    told = page.t("95 %%: %(low)s to %(high)s", low=low, high=high)
    return told if change.certain else page.t("%(interval)s, may be chance", interval=told)


def item_text(page: Page, item: Item) -> str:
    """A question with its number."""
    return f"{item.position}. {item.text(page.words.language)}"


def reasons_text(page: Page, reasons: tuple[str, ...]) -> str:
    """Why nothing is compared."""
    return page.t(", ").join(page.label(code) for code in reasons)
