"""The last weeks of complaints: how many came, were closed, and were open at each week's end (R-099)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from core.admin.permissions import Permission
from core.kernel.identity import EstateId
from db.models import Case
from db.queries.case_insight import IS_COMPLAINT, IS_FINISHED, narrowed
from db.queries.service_rows import day_begins
from db.unit_of_work import Reader, query

TREND_WEEKS: Final = 12
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TrendWanted:
    """The complaints of an estate (``None``: all the person's) in the weeks up to a day, exclusive."""

    estate_id: EstateId | None
    until: date


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """A week from Monday on. ``open`` at its end, as far as is known now: a case opened again was never closed."""

    monday: date
    new: int
    closed: int
    open: int


@query(Permission.SERVICE_INSIGHT)
def case_trend(reader: Reader, wanted: TrendWanted) -> tuple[TrendWeek, ...]:
    """The last twelve weeks, the one in which the day before ``until`` lies as the last; one statement.

    What was open at the end of a week is what is open now, less what came since, and what ended since again: so only
    the indexes of the weeks concerned are read, however many cases there are.
    """
    last = wanted.until - timedelta(days=1)
    first = last - timedelta(days=last.weekday()) - (TREND_WEEKS - 1) * _WEEK
    mondays = tuple(first + place * _WEEK for place in range(TREND_WEEKS + 1))
    found: dict[str, dict[int, int]] = {"new": {}, "closed": {}, "ended": {}, "open": {}}
    for row in reader.rows(union_all(*_parts(reader, wanted.estate_id, mondays))):
        found[row.part][row.week] = int(row.n)
    return _weeks(mondays[:-1], found)


def _parts(reader: Reader, estate: EstateId | None, mondays: tuple[date, ...]) -> list[Select[Any]]:
    """Counts by week; week 12 is all that came or ended after the last."""
    here = narrowed(reader, estate, Case.estate_id)
    starts = tuple(day_begins(monday) for monday in mondays)
    came = case(*((Case.registered_at < end, week) for week, end in enumerate(starts[1:])), else_=TREND_WEEKS)
    ended = case(*((Case.ended_on < end, week) for week, end in enumerate(mondays[1:])), else_=TREND_WEEKS)
    left = (here, IS_COMPLAINT, Case.ended_on >= mondays[0])
    return [
        _counted("new", came, here, IS_COMPLAINT, Case.registered_at >= starts[0]),
        _counted("ended", ended, *left),
        _counted("closed", ended, *left, IS_FINISHED),
        _counted("open", literal(TREND_WEEKS), here, IS_COMPLAINT, Case.ended_on.is_(None)),
    ]


def _counted(part: str, week: ColumnElement[int], *where: ColumnElement[bool]) -> Select[Any]:
    found = select(week.label("week")).where(*where).subquery().c
    return select(literal(part).label("part"), found.week, func.count().label("n")).group_by(found.week)


def _weeks(mondays: tuple[date, ...], found: Mapping[str, Mapping[int, int]]) -> tuple[TrendWeek, ...]:
    still = found["open"].get(TREND_WEEKS, 0)
    rows = []
    for week in reversed(range(TREND_WEEKS)):
        still += found["ended"].get(week + 1, 0) - found["new"].get(week + 1, 0)
        rows.append(TrendWeek(mondays[week], found["new"].get(week, 0), found["closed"].get(week, 0), still))
    return tuple(reversed(rows))
