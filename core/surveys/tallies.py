"""Tallies (计数): how often each value was answered; single responses are not needed for any score but CS."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K", int, str)


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers to one item, or to several pooled: ``(value, how many)``, values ascending, none counted 0 times.

    For marks 1–5, NPS 0–10 and numbers alike. Skipped items are not in it (R-139). Made by ``tally_of``; counts in
    any other order or with a 0 raise ``ValueError``.
    """

    counts: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        values = [value for value, _ in self.counts]
        if values != sorted(set(values)) or any(many < 1 for _, many in self.counts):
            raise ValueError("a tally counts ascending values at least once each")

    @property
    def n(self) -> int:
        """How many answers there are."""
        return sum(many for _, many in self.counts)

    @property
    def total(self) -> int:
        """The sum of all answers."""
        return sum(value * many for value, many in self.counts)

    @property
    def squares(self) -> int:
        """The sum of the squares of all answers."""
        return sum(value * value * many for value, many in self.counts)

    @property
    def mean(self) -> Fraction | None:
        """The exact mean; ``None`` when nobody answered, never 0 (R-140)."""
        return Fraction(self.total, self.n) if self.counts else None

    @property
    def variance(self) -> Fraction | None:
        """The exact sample variance, divided by n − 1; ``None`` below two answers."""
        n = self.n
        return Fraction(self.squares * n - self.total**2, n * (n - 1)) if n > 1 else None

    def between(self, least: int, most: int) -> int:
        """How many answers lie from ``least`` to ``most``, both included."""
        return sum(many for value, many in self.counts if least <= value <= most)


@dataclass(frozen=True, slots=True)
class ChoiceTally:
    """How many people chose each letter, and how many chose anything at all.

    Where several letters may be chosen, the counts add up to more than ``respondents``.
    """

    counts: tuple[tuple[str, int], ...] = ()
    respondents: int = 0

    def share(self, letter: str) -> Fraction | None:
        """The share of those who answered and chose this letter, 0 to 1; ``None`` when nobody answered."""
        return Fraction(dict(self.counts).get(letter, 0), self.respondents) if self.respondents else None


def tally_of(counts: Iterable[tuple[int, int]]) -> Tally:
    """Make a tally of counts in any order; the same value twice is added up and zeros are left out.

    A negative count raises ``ValueError``.
    """
    return Tally(tuple(sorted(_added(counts).items())))


def combine(tallies: Iterable[Tally]) -> Tally:
    """Pool the answers of several tallies."""
    return tally_of(pair for tally in tallies for pair in tally.counts)


def choice_tally_of(answers: Iterable[tuple[str, int]]) -> ChoiceTally:
    """Make a choice tally of stored answers, ``("AC", 3)`` for three people who chose A and C.

    An empty answer is a skipped item and counts for nothing (R-139). A negative count raises ``ValueError``.
    """
    given = {letters: many for letters, many in _added(answers).items() if letters}
    chosen = _added((letter, many) for letters, many in given.items() for letter in sorted(set(letters)))
    return ChoiceTally(tuple(sorted(chosen.items())), sum(given.values()))


def combine_choices(tallies: Iterable[ChoiceTally]) -> ChoiceTally:
    """Pool choice tallies of different people."""
    pooled = tuple(tallies)
    counts = _added(pair for tally in pooled for pair in tally.counts)
    return ChoiceTally(tuple(sorted(counts.items())), sum(tally.respondents for tally in pooled))


def _added(counts: Iterable[tuple[K, int]]) -> dict[K, int]:
    added: Counter[K] = Counter()
    for value, many in counts:
        if many < 0:
            raise ValueError("nothing is answered less than 0 times")
        added[value] += many
    return {value: many for value, many in added.items() if many}
