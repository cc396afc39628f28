"""Complaints against households by estate (R-107), and the summary that may hang on the board (R-106)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, or_, select

from core.admin.permissions import Permission
from core.complaints.insight import complaint_rate
from core.complaints.redaction import PublicCount, PublicSummary, public_summary
from core.complaints.states import CaseProgress, CaseState, progress_of
from core.complaints.taxonomy import CaseCategory
from core.customers.estate_record import EstateState
from core.customers.unit_record import UnitState
from core.kernel.identity import EstateId
from db.models import Case, Estate, Unit
from db.queries.case_insight import BEFORE, IS_COUNTED, THIS, InsightWanted, days_of, narrowed, within_instants
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

_HANDLED = tuple(state.value for state in CaseState if progress_of(state) is CaseProgress.HANDLED)


@dataclass(frozen=True, slots=True)
class EstateRate:
    """Complaints per 100 households and month; ``None`` without households, or when the period has no whole months.

    Of a running month it is the rate so far, beside that of as many days of the month before. An ``estate_id`` of
    ``None`` stands for all estates together.
    """

    estate_id: EstateId | None
    estate_name: str
    households: int
    complaints: int
    complaints_before: int
    rate: Decimal | None
    rate_before: Decimal | None


@dataclass(frozen=True, slots=True)
class CaseRates:
    """The estates, the highest rate first and those without one last, and all of them together."""

    rows: tuple[EstateRate, ...]
    together: EstateRate


@query(Permission.SERVICE_INSIGHT)
def complaint_rates(reader: Reader, wanted: InsightWanted) -> CaseRates:
    """The complaint rate of each estate; one statement.

    Households are those the estate's record names, else its units in use. Withdrawn and merged complaints do not count.
    """
    days = days_of(wanted, reader.now)
    inside, period = within_instants(Case.registered_at, days)
    here = narrowed(reader, wanted.estate_id, Case.estate_id)
    came = select(Case.estate_id, period.label("period")).where(here, inside, IS_COUNTED).subquery()
    sums = (
        func.sum(cast(case((came.c.period == which, 1), else_=0), Integer)).label(name)
        for which, name in ((THIS, "this"), (BEFORE, "before"))
    )
    counts = select(came.c.estate_id, *sums).group_by(came.c.estate_id).subquery()
    in_use = and_(Unit.estate_id == Estate.id, Unit.state == UnitState.ACTIVE.value)
    units = select(func.count()).select_from(Unit).where(in_use).correlate(Estate).scalar_subquery()
    shown = or_(Estate.state == EstateState.ACTIVE.value, counts.c.this > 0)
    columns = (Estate.id, Estate.name, func.coalesce(Estate.household_count, units).label("households"))
    statement = (
        select(*columns, counts.c.this, counts.c.before)
        .outerjoin(counts, counts.c.estate_id == Estate.id)
        .where(narrowed(reader, wanted.estate_id, Estate.id), shown)
    )
    rows = [_rate(row, days.months) for row in reader.rows(statement)]
    rows.sort(key=lambda row: (row.rate is None, -(row.rate or 0), -row.complaints, row.estate_id))
    return CaseRates(tuple(rows), _together(rows, days.months))


def _rate(row: Any, months: int) -> EstateRate:
    place, counts = EstateId(row.id), (int(row.this or 0), int(row.before or 0))
    return EstateRate(place, row.name, int(row.households), *counts, *_rates(row.households, counts, months))


def _together(rows: Sequence[EstateRate], months: int) -> EstateRate:
    households = sum(row.households for row in rows)
    counts = (sum(row.complaints for row in rows), sum(row.complaints_before for row in rows))
    return EstateRate(None, "", households, *counts, *_rates(households, counts, months))


def _rates(households: int, counts: tuple[int, int], months: int) -> tuple[Decimal | None, Decimal | None]:
    this, before = (complaint_rate(complaints=n, households=int(households), months=months) for n in counts)
    return this, before


@query(Permission.SERVICE_INSIGHT)
def public_case_summary(reader: Reader, wanted: InsightWanted) -> PublicSummary:
    """The complaints of the period by category and how many are handled by now, as everybody may read it (R-106).

    Counts only; nothing stands for fewer than five complaints. Those nobody has classified yet are left out, and so are
    withdrawn and merged ones.
    """
    days = days_of(wanted, reader.now).this
    handled = func.sum(cast(case((Case.state.in_(_HANDLED), 1), else_=0), Integer)).label("handled")
    statement = (
        select(Case.category, func.count().label("n"), handled)
        .where(narrowed(reader, wanted.estate_id, Case.estate_id), IS_COUNTED, Case.category != "")
        .where(Case.registered_at >= day_begins(days.start), Case.registered_at < day_begins(days.end))
        .group_by(Case.category)
    )
    rows = reader.rows(statement)
    return public_summary(
        counts={CaseCategory(row.category): PublicCount(int(row.n), int(row.handled)) for row in rows}
    )
