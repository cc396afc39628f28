"""What the figures of complaints have in common: the period, the estates, and which complaints count (R-099)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, select
from sqlalchemy.orm import InstrumentedAttribute

from core.complaints.comparison import Comparison, compared
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType
from core.kernel.identity import EstateId
from core.kernel.periods import Span, local_day
from db.models import Case, Estate
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader

LEFT: Final = (CaseState.WITHDRAWN.value, CaseState.MERGED.value)
"""Taken back, or the same matter as another case: these count as registered and in nothing else."""

FINISHED: Final = (CaseState.CLOSED.value, CaseState.ARCHIVED.value)

IS_COMPLAINT: Final = Case.record_type == RecordType.COMPLAINT.value
IS_COUNTED: Final = and_(IS_COMPLAINT, Case.state.not_in(LEFT))
IS_FINISHED: Final = Case.state.in_(FINISHED)

THIS, BEFORE = 1, 0
"""The two periods as SQL knows them."""


@dataclass(frozen=True, slots=True)
class InsightWanted:
    """The cases of an estate (``None``: all the person's) in a period; it is compared with the one before."""

    estate_id: EstateId | None
    span: Span


def days_of(wanted: InsightWanted, now: datetime) -> Comparison:
    """The days a filter is about, and the days they are compared with; a running period ends today."""
    return compared(span=wanted.span, today=local_day(now))


def narrowed(reader: Reader, estate: EstateId | None, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Keep rows to the person's estates and to the chosen one.

    Where neither narrows, all estates are named: every index begins with the estate, and without a value for it the
    rest of the index is out of reach.
    """
    if estate is not None:
        return and_(reader.scope(column), column == estate)
    return column.in_(select(Estate.id)) if reader.actor.estates is None else reader.scope(column)


def within_instants(
    column: InstrumentedAttribute[Any], days: Comparison
) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The condition that an instant lies in the days of a comparison or between them, and in which period it lies.

    The period is NULL for what lies between the two.
    """
    first, last, turn, end = map(day_begins, (days.before.start, days.before.end, days.this.start, days.this.end))
    return and_(column >= first, column < end), case((column >= turn, THIS), (column < last, BEFORE))


def within_days(column: InstrumentedAttribute[Any], days: Comparison) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The same for a column of business days."""
    period = case((column >= days.this.start, THIS), (column < days.before.end, BEFORE))
    return and_(column >= days.before.start, column < days.this.end), period
