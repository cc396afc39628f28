"""What a satisfaction report says (满意度报告的内容): figures, and the words around them (R-143…R-161).

Figures come as finished strings in the reader's language, "n/a" included; only what a bar is drawn of comes as
numbers. Which groups may be shown at all is decided before (``core.surveys.privacy``).
"""

from dataclasses import dataclass
from typing import TypeAlias

Counts: TypeAlias = tuple[int, int, int, int, int]
"""How many answered 5, 4, 3, 2 and 1, in this order."""


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round the report rests on."""

    name: str
    period: str
    sent: str
    returned: str
    response_rate: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A head figure: CSI, share of 4–5, NPS, CS; ``remark`` as "below 90 %" or "reconstructed" (R-142, R-150)."""

    name: str
    value: str
    margin: str
    n: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class DimensionLine:
    """A dimension; ``change`` against the round before, or why the two cannot be compared."""

    name: str
    mean: str
    n: str
    change: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item. Without ``counts`` (too few answers to show) it has no bar. ``low``: below the set line (R-145)."""

    text: str
    mean: str
    share: str
    n: str
    low: bool = False
    counts: Counts | None = None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group; a hidden one comes with "–" in place of figures."""

    name: str
    mean: str
    share: str
    n: str


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of one sort: buildings, customer groups, channels; ``remark`` says why some are not shown."""

    name: str
    lines: tuple[GroupLine, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class TagLine:
    """What open answers are about, and how many (R-151)."""

    tag: str
    count: str


@dataclass(frozen=True, slots=True)
class ThirdPartyLine:
    """What another body measured (R-154), beside our own figure for the same."""

    body: str
    measured_on: str
    subject: str
    score: str
    own_score: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class CallBacks:
    """Call-backs after low marks: opened, done in time, people reached, people recovered."""

    opened: str
    in_time: str
    reached: str
    recovered: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """An improvement measure (R-155, R-156, R-161); ``overdue`` makes the deadline red and says so."""

    number: str
    problem: str
    stage: str
    deadline: str
    before: str
    after: str
    effect: str
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """All a report says. ``as_of`` is the time of the data, ``note`` who took the file out, when, under which number.

    What is empty is left out, chapter and all.
    """

    title: str
    estate: str
    period: str
    as_of: str
    rounds: tuple[RoundLine, ...]
    figures: tuple[Figure, ...]
    dimensions: tuple[DimensionLine, ...] = ()
    items: tuple[ItemLine, ...] = ()
    warnings: tuple[str, ...] = ()
    groups: tuple[Groups, ...] = ()
    tags: tuple[TagLine, ...] = ()
    third_party: tuple[ThirdPartyLine, ...] = ()
    call_backs: CallBacks | None = None
    measures: tuple[MeasureLine, ...] = ()
    advice: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportWords:
    """Headings of chapters and columns; ``marks`` are the labels from 5 down to 1."""

    marks: tuple[str, str, str, str, str]
    as_of: str
    rounds: str
    round: str
    period: str
    sent: str
    returned: str
    response_rate: str
    figures: str
    figure: str
    value: str
    margin: str
    n: str
    remark: str
    warnings: str
    dimensions: str
    dimension: str
    mean: str
    share: str
    change: str
    items: str
    item: str
    low: str
    distribution: str
    group: str
    tags: str
    tag: str
    count: str
    third_party: str
    body: str
    measured_on: str
    subject: str
    score: str
    own_score: str
    call_backs: str
    opened: str
    in_time: str
    reached: str
    recovered: str
    measures: str
    number: str
    problem: str
    stage: str
    deadline: str
    overdue: str
    before: str
    after: str
    effect: str
    advice: str
