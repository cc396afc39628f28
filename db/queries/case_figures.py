"""The dashboard of complaints: what came, what was closed, what is open, how well limits were kept (R-099, R-100).

All counts of a period and of the one before come from one statement over the indexes of registration, end and clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.complaints.grading import CaseGrade, HandlingType, handling_types
from core.complaints.insight import FEE_SHARE_2024, InTime, Slice, distribution, satisfied_share, volume_change
from core.complaints.states import CaseState
from core.complaints.taxonomy import (
    REPORT_GROUPS,
    CaseCategory,
    CaseChannel,
    CauseDetail,
    RecordType,
    ReportGroup,
    RootCause,
    Solution,
)
from core.kernel.clocks import ClockKind
from core.kernel.identity import COMPANY
from core.kernel.money import percent
from core.kernel.periods import local_day
from db.queries.case_counts import AGE_ENDS, KEPT, LATE, WAITING, Counts, case_counts
from db.queries.case_insight import BEFORE, THIS, InsightWanted, days_of
from db.queries.case_times import CaseTimes, case_times
from db.repositories.settings import all_service_settings_on
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class Flow:
    """How many cases came, were closed, and were open at the period's end (or now, in a running one)."""

    new: int
    closed: int
    open: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How the limits of one clock were kept: those whose clock stopped in the period, and running ones already late."""

    target: InTime
    hard: InTime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """The complaints of a period in figures.

    ``flows``: every record type apart (R-076). ``left``: registered complaints since withdrawn or merged; the mixes
    leave them out, and complaints nobody has classified yet (``unclassified``). Causes and solutions are those of the
    complaints closed in the period. ``call_backs`` are counted one by one, also those that opened a case again.
    """

    flows: Mapping[RecordType, Flow]
    left: int
    unclassified: int
    categories: tuple[Slice[CaseCategory], ...]
    groups: tuple[Slice[ReportGroup], ...]
    handling: tuple[Slice[HandlingType], ...]
    channels: tuple[Slice[CaseChannel], ...]
    causes: tuple[Slice[RootCause], ...]
    details: tuple[Slice[CauseDetail], ...]
    solutions: tuple[Slice[Solution], ...]
    response: Kept
    feedback: Kept
    call_backs: int
    satisfied: int
    times: CaseTimes

    @property
    def complaints(self) -> Flow:
        """The complaints alone."""
        return self.flows[RecordType.COMPLAINT]

    @property
    def fee_share(self) -> Decimal | None:
        """Percent of classified complaints that are about fees."""
        return next(one.share for one in self.categories if one.key is CaseCategory.FEE)

    @property
    def satisfied_percent(self) -> Decimal | None:
        """Percent of the call-backs that were satisfied (C-40)."""
        return satisfied_share(satisfied=self.satisfied, call_backs=self.call_backs)


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """Open complaints by days since registration, both ends included; ``last`` is ``None`` for the oldest group."""

    first: int
    last: int | None
    count: int
    share: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """A period and the one before; the ages of what is open now; the lines figures are held against."""

    days: Comparison
    this: PeriodFigures
    before: PeriodFigures
    ages: tuple[AgeGroup, ...]
    satisfaction_target: Decimal
    fee_context: Decimal = FEE_SHARE_2024

    @property
    def change(self) -> Decimal | None:
        """New complaints against the period before, in percent."""
        return volume_change(this=self.this.complaints.new, last=self.before.complaints.new)


@query(Permission.SERVICE_INSIGHT)
def case_figures(reader: Reader, wanted: InsightWanted) -> CaseFigures:
    """The figures of a period beside those of the one before."""
    estate, days = wanted.estate_id, days_of(wanted, reader.now)
    parts = case_counts(reader, estate, days)
    times = case_times(reader, estate, days)
    _, settings, _ = all_service_settings_on(reader.connection, estate or COMPANY, local_day(reader.now))
    return CaseFigures(
        days=days,
        this=_period(parts, THIS, times.get(THIS, CaseTimes())),
        before=_period(parts, BEFORE, times.get(BEFORE, CaseTimes())),
        ages=_ages(parts),
        satisfaction_target=settings.satisfaction_target,
    )


def _period(parts: Counts, period: int, times: CaseTimes) -> PeriodFigures:
    categories = parts.of(CaseCategory, "category", period)
    call_backs = parts.keyed("call_back", period)
    return PeriodFigures(
        flows={kind: _flow(parts, period, kind) for kind in RecordType},
        left=sum(parts.keyed("left", period).values()),
        unclassified=parts.keyed("category", period).get("", 0),
        categories=distribution(kind=CaseCategory, counts=categories),
        groups=distribution(kind=ReportGroup, counts=_groups(categories)),
        handling=distribution(kind=HandlingType, counts=_handling(parts, period)),
        channels=distribution(kind=CaseChannel, counts=parts.of(CaseChannel, "channel", period)),
        causes=distribution(kind=RootCause, counts=parts.of(RootCause, "cause", period)),
        details=distribution(kind=CauseDetail, counts=parts.of(CauseDetail, "detail", period)),
        solutions=distribution(kind=Solution, counts=parts.of(Solution, "solution", period)),
        response=_kept(parts, period, ClockKind.RESPONSE),
        feedback=_kept(parts, period, ClockKind.RESOLVED),
        call_backs=sum(call_backs.values()),
        satisfied=call_backs.get(CaseState.CALLED_BACK.value, 0),
        times=times,
    )


def _flow(parts: Counts, period: int, kind: RecordType) -> Flow:
    """What is open at the period's end: open now, less what came since, and what ended since again."""
    since = (1,) if period == THIS else (0, 1)
    came, ended = (
        sum(parts.flagged(part, THIS).get((kind.value, flag), 0) for flag in since)
        for part in ("new_since", "ended_since")
    )
    still = parts.keyed("open", THIS).get(kind.value, 0)
    new, closed = (parts.keyed(part, period).get(kind.value, 0) for part in ("new", "closed"))
    return Flow(new, closed, still - came + ended)


def _groups(categories: Mapping[CaseCategory, int]) -> Mapping[ReportGroup, int]:
    counts: dict[ReportGroup, int] = {}
    for category, n in categories.items():
        counts[REPORT_GROUPS[category]] = counts.get(REPORT_GROUPS[category], 0) + n
    return counts


def _handling(parts: Counts, period: int) -> Mapping[HandlingType, int]:
    """Each complaint once, by the first type that holds (C-07)."""
    counts: dict[HandlingType, int] = {}
    for (grade, flag), n in parts.flagged("handling", period).items():
        first = handling_types(grade=CaseGrade(grade), repeated=flag >= 2, special=flag % 2 == 1)[0]
        counts[first] = counts.get(first, 0) + n
    return counts


def _kept(parts: Counts, period: int, kind: ClockKind) -> Kept:
    target, hard = (
        InTime(*(parts.flagged(part, period).get((kind.value, flag), 0) for flag in (KEPT, LATE, WAITING)))
        for part in ("target", "hard")
    )
    return Kept(target, hard)


def _ages(parts: Counts) -> tuple[AgeGroup, ...]:
    counts = {int(key): n for key, n in parts.keyed("age", THIS).items()}
    total = sum(counts.values())
    firsts = (0, *(last + 1 for last in AGE_ENDS))
    return tuple(
        AgeGroup(first, last, counts.get(place, 0), percent(counts.get(place, 0), total))
        for place, (first, last) in enumerate(zip(firsts, (*AGE_ENDS, None), strict=True))
    )
