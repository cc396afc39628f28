"""Results of a round (调查结果): every figure with its sample, margin and what may be shown of it (R-140…R-150).

Nothing is shown of a round with fewer than five forms, nor of an item or dimension that fewer than five people
answered: there every figure is ``None``. Figures are exact; they are rounded only to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.admin.settings import SurveySettings
from core.surveys.building_weights import Weighting, weighting_of
from core.surveys.comparison import SampleProfile
from core.surveys.figures import (
    Pairs,
    Score,
    Tallies,
    asked_for_cs,
    asked_for_nps,
    cs_score,
    csi_score,
    dimension_means,
    forms_in,
    mean_score,
    nps_score,
    ratings,
    sample_of,
    share_score,
    without_small,
)
from core.surveys.precision import Sample, enough, margin_of_mean, needed_sample
from core.surveys.privacy import is_hidden
from core.surveys.questionnaires import Item, ItemKind, Weights
from core.surveys.rounds import coverage, response_rate
from core.surveys.scores import dimension_scores, effective_weights, low_items, reaches_line
from core.surveys.tallies import ChoiceTally, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundAnswers:
    """What came back in a round, counted. ``channels`` and ``buildings``: forms by code (empty code: unknown).

    ``sent``: forms handed out, ``population``: households there are (0: unknown). ``pairs`` only where both the
    quality and the speed item are asked.
    """

    kind: str
    questionnaire: str
    items: tuple[Item, ...]
    tallies: Tallies
    channels: Mapping[str, int]
    buildings: Mapping[str, int]
    pairs: Pairs = ()
    sent: int = 0
    population: int = 0

    @property
    def n(self) -> int:
        """How many forms count."""
        return forms_in(self.tallies)

    @property
    def profile(self) -> SampleProfile:
        """What the sample is made of; people whose building is unknown are left out of its buildings."""
        known = {code: forms for code, forms in self.buildings.items() if code}
        return SampleProfile(self.kind, self.questionnaire, self.n, self.channels, known)

    @property
    def pooled(self) -> Tallies:
        """The tallies that go into sums over several items: without those that too few answered."""
        return without_small(self.items, self.tallies)

    def sample(self, *items: Item) -> Sample:
        """The answers to an item, or the pooled answers to several."""
        tallies = self.tallies if len(items) == 1 else self.pooled
        return sample_of(items=items, tallies=tallies, population=self.population)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """A rating. ``tally`` is empty when hidden; ``is_low``: below the set line (R-145)."""

    item: Item
    n: int
    hidden: bool
    tally: Tally
    mean: Score
    share: Score
    is_low: bool


@dataclass(frozen=True, slots=True)
class DimensionResult:
    """The pooled answers to the items of a dimension; ``weight``: the one it truly has in CSI, 0 to 1 (R-141)."""

    dimension: str
    items: tuple[str, ...]
    hidden: bool
    mean: Score
    share: Score
    weight: Fraction | None


@dataclass(frozen=True, slots=True)
class ChoiceResult:
    """A choice: how many took each letter, of the ``n`` who answered."""

    item: Item
    n: int
    hidden: bool
    tally: ChoiceTally


@dataclass(frozen=True, slots=True)
class NumberResult:
    """A number: its mean. Smallest and largest stay unsaid, they are single people's answers."""

    item: Item
    hidden: bool
    mean: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResults:
    """All that may be shown of a round.

    ``rate``: returned ÷ handed out; ``coverage``: returned ÷ households; ``needed``: how many answers keep a share
    within ±5 points; ``enough``: the set minimum is there (R-143). ``share`` of 4–5 over all ratings, 0 to 1, and
    whether it ``reaches`` the target in percent (R-142). ``csi`` in percent, ``nps`` in points, ``cs`` 1 to 5
    (reconstructed, R-150); ``nps`` and ``cs`` are ``None`` where nobody asked. ``low``: codes of the items below the
    line, lowest first. ``weighting`` only where the buildings answered unevenly.
    """

    n: int
    sent: int
    population: int
    rate: Fraction | None
    coverage: Fraction | None
    least_sample: int
    needed: int
    enough: bool
    hidden: bool
    csi: Score
    share: Score
    target: Decimal
    reaches: bool | None
    nps: Score | None
    cs: Score | None
    items: tuple[ItemResult, ...]
    dimensions: tuple[DimensionResult, ...]
    choices: tuple[ChoiceResult, ...]
    numbers: tuple[NumberResult, ...]
    low: tuple[str, ...]
    low_line: Decimal
    weighting: Weighting | None

    @property
    def worst_first(self) -> tuple[ItemResult, ...]:
        """The ratings that may be shown, the lowest mean first; equals in the order of the paper."""
        shown = [(one.mean.value, one) for one in self.items if one.mean.value is not None]
        return tuple(one for _, one in sorted(shown, key=lambda pair: pair[0]))


def round_results(
    *,
    answers: RoundAnswers,
    settings: SurveySettings,
    by_building: Mapping[str, Tallies] | None = None,
    households: Mapping[str, int] | None = None,
) -> RoundResults:
    """Work out all results of a round. ``by_building``: its tallies by building code, ``households``: units in use.

    Take the settings of the round's last day, so that a result stays what it was when a line is moved later.
    """
    weights = weights_of(settings)
    items = _items(answers, settings.low_line)
    share = share_score(answers.sample(*ratings(answers.items)))
    asked = asked_for_nps(answers.items)
    told = tuple(item for item in answers.items if item.kind is not ItemKind.RATING or item.position in answers.pooled)
    weighting = weighting_of(items=told, by_building=by_building or {}, households=households or {}, weights=weights)
    return RoundResults(
        n=answers.n,
        sent=answers.sent,
        population=answers.population,
        rate=response_rate(returned=answers.n, sent=answers.sent),
        coverage=coverage(returned=answers.n, population=answers.population),
        least_sample=settings.least_sample,
        needed=needed_sample(population=answers.population or None),
        enough=enough(n=answers.n, minimum=settings.least_sample),
        hidden=is_hidden(n=answers.n),
        csi=csi_score(answers.items, answers.pooled, weights),
        share=share,
        target=settings.target_percent,
        reaches=reaches_line(share=share.value, line=settings.target_percent),
        nps=nps_score(answers.sample(asked)) if asked else None,
        cs=cs_score(answers.pairs, answers.population) if asked_for_cs(answers.items) else None,
        items=items,
        dimensions=_dimensions(answers, weights),
        choices=_choices(answers),
        numbers=_numbers(answers),
        low=low_items(scores={one.item.code: one.mean.value for one in items}, line=settings.low_line),
        low_line=settings.low_line,
        weighting=None if share.value is None else weighting,
    )


def weights_of(settings: SurveySettings) -> dict[str, Decimal]:
    """Give the weights of the dimensions that were set; none: all weigh the same (R-141)."""
    return {name: Decimal(weight) for name, weight in settings.dimension_weights}


def _items(answers: RoundAnswers, line: Decimal) -> tuple[ItemResult, ...]:
    found = []
    for item in ratings(answers.items):
        sample = answers.sample(item)
        mean, hidden = mean_score(sample), is_hidden(n=sample.size)
        is_low = mean.value is not None and mean.value < Fraction(line)
        tally = Tally() if hidden else sample.tally
        found.append(ItemResult(item, sample.tally.n, hidden, tally, mean, share_score(sample), is_low))
    return tuple(found)


def _dimensions(answers: RoundAnswers, weights: Weights) -> tuple[DimensionResult, ...]:
    shares = effective_weights(means=dimension_means(answers.items, answers.pooled), weights=weights)
    found = []
    for one in dimension_scores(items=answers.items, tallies={}):
        sample = answers.sample(*ratings(answers.items, one.items))
        result = DimensionResult(
            dimension=one.dimension,
            items=one.items,
            hidden=is_hidden(n=sample.size),
            mean=mean_score(sample),
            share=share_score(sample),
            weight=shares.get(one.dimension),
        )
        found.append(result)
    return tuple(found)


def _choices(answers: RoundAnswers) -> tuple[ChoiceResult, ...]:
    found = []
    for item in answers.items:
        if item.kind is ItemKind.CHOICE:
            counts = dict(answers.tallies.get(item.position, Tally()).counts)
            people = counts.pop(0, 0)
            letters = tuple((chr(ord("A") + value - 1), many) for value, many in counts.items())
            hidden = is_hidden(n=people)
            tally = ChoiceTally() if hidden else ChoiceTally(letters, people)
            found.append(ChoiceResult(item, people, hidden, tally))
    return tuple(found)


def _numbers(answers: RoundAnswers) -> tuple[NumberResult, ...]:
    found = []
    for item in answers.items:
        if item.kind is ItemKind.NUMBER:
            sample = answers.sample(item)
            n, hidden = sample.tally.n, is_hidden(n=sample.size)
            mean = Score(None, n) if hidden else Score(sample.tally.mean, n, margin_of_mean(sample))
            found.append(NumberResult(item, hidden, mean))
    return tuple(found)
