"""Complaints and the like as a queue: urgent ones first, then by the nearest deadline (R-085 to R-089, R-101).

What is written of a case is sealed; it is opened for the rows shown alone, and the database finds the screenful in the
index of open cases before it looks at a single case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, func, literal, select, union_all

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade, HandlingType, handling_types
from core.complaints.states import CaseProgress, CaseState, ProgressCounts, is_ended, progress_of
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.kernel.clocks import ClockKind
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, EstateId, StaffId, UnitId
from core.kernel.periods import local_day
from db.models import Case, Estate, ServiceRecord, StaffMember, Unit, User
from db.queries.case_views import CasesShown, case_level, open_views
from db.queries.service_finding import Search, SearchForm, search_for
from db.queries.service_rows import (
    QueueLevel,
    RunningClock,
    at_least_old,
    beginning,
    deadline_of,
    has_ended,
    is_paused,
    newest_first,
    order_by_deadline,
    order_by_end,
    running_clocks,
    waited_for,
)
from db.repositories.cases import open_field
from db.repositories.service_access import cases_seen_by
from db.unit_of_work import Reader, query

__all__ = ["CaseCounts", "CaseList", "CaseRow", "CasesShown", "CasesWanted", "QueueLevel", "SearchForm", "cases"]

LATELY_DAYS: Final = 7
"""Closed lately: today and the six days before."""

_LATELY: Final = "lately"
_ENDED: Final = "ended"
_Conditions: TypeAlias = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class CasesWanted:
    """The cases of an estate (``None``: all the person's) in a view, narrowed by whatever is given.

    ``age_days``: registered at least so many days ago, today being none. ``handler`` is the person who handles it.
    ``progress``: count all cases by what the customer is told as well (R-089), ended ones included.
    """

    estate_id: EstateId | None = None
    shown: CasesShown = CasesShown.OPEN
    record_type: RecordType | None = None
    category: CaseCategory | None = None
    sub_category: SubCategory | None = None
    grade: CaseGrade | None = None
    state: CaseState | None = None
    handler: StaffId | None = None
    channel: CaseChannel | None = None
    age_days: int | None = None
    search: str = ""
    progress: bool = True
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case in the queue. Nobody is named but our own people; ``content`` is how it begins, "" once forgotten.

    ``deadline`` is the instant that counts next, ``clock`` what it waits for, and ``remaining`` the time up to it from
    now, negative when it is over. ``paused``: a pause lasts now; while nobody knows its end there is a clock and no
    deadline. ``place`` is the unit's code, or the public place.
    """

    estate_id: EstateId
    estate_name: str
    case_id: CaseId
    number: str
    record_type: RecordType
    category: CaseCategory | None
    sub_category: SubCategory | None
    grade: CaseGrade
    handling: tuple[HandlingType, ...]
    state: CaseState
    progress: CaseProgress
    area: str
    unit_id: UnitId | None
    place: str
    content: str
    handler: StaffId | None
    handler_name: str
    receiver_name: str
    channel: CaseChannel
    registered_at: datetime
    ended_at: datetime | None
    level: QueueLevel
    deadline: datetime | None
    deadline_is_hard: bool
    clock: ClockKind | None
    remaining: timedelta | None
    paused: bool
    reopenings: int
    repeated: bool
    special: bool
    escalated: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """How many cases the filter finds in each view, whichever is shown; ``closed_lately`` in the last seven days.

    ``progress`` counts all of them, and is ``None`` when it was not asked for.
    """

    open: int
    red: int
    amber: int
    urgent: int
    mine: int
    received: int
    unassigned: int
    call_back: int
    closed_lately: int
    progress: ProgressCounts | None


@dataclass(frozen=True, slots=True)
class CaseList:
    """A screenful of cases, how many there are in the view, the counts, and how the search was understood."""

    rows: tuple[CaseRow, ...]
    total: int
    counts: CaseCounts
    form: SearchForm


@query(Permission.CASES_VIEW)
def cases(reader: Reader, wanted: CasesWanted) -> CaseList:
    """The queue: open cases urgent first and by nearest deadline, ended ones newest first.

    A search by number shows what it finds in whatever state; words look among open cases in a view of those.
    """
    search = search_for(reader, Case, wanted.estate_id, wanted.search)
    counts, ended = _counts(reader, wanted, search)
    total = _total(wanted, search, counts, ended)
    found = reader.rows(_listed(reader, wanted, search.among_many(total)))
    clocks = running_clocks([(row.estate_id, row.id) for row in found if row.ended_on is None], reader)
    rows = tuple(_row(reader, row, clocks.get((row.estate_id, row.id), ())) for row in found)
    return CaseList(rows, total, counts, search.form)


def _total(wanted: CasesWanted, search: Search, counts: CaseCounts, ended: int) -> int:
    shown = CasesShown.ALL if search.in_any_state else wanted.shown
    if shown is CasesShown.ALL:
        return counts.open + ended
    return ended if shown is CasesShown.CLOSED else int(getattr(counts, shown.value))


def _narrowed(reader: Reader, wanted: CasesWanted, *, in_any_state: bool) -> _Conditions:
    """The person's cases as the filter wants them, the search and the view left aside."""
    conditions = [reader.scope(Case.estate_id), cases_seen_by(reader.actor)]
    if wanted.estate_id is not None:
        conditions.append(Case.estate_id == wanted.estate_id)
    equal: tuple[tuple[Any, Any], ...] = (
        (Case.record_type, wanted.record_type),
        (Case.category, wanted.category),
        (Case.sub_category, wanted.sub_category),
        (Case.grade, wanted.grade),
        (Case.state, None if in_any_state else wanted.state),
        (Case.channel, wanted.channel),
    )
    conditions += [column == value.value for column, value in equal if value is not None]
    if wanted.handler is not None:
        conditions.append(Case.handler_id == wanted.handler)
    if wanted.age_days is not None:
        conditions.append(at_least_old(Case, wanted.age_days, reader.now))
    return conditions


def _narrows(reader: Reader, wanted: CasesWanted) -> bool:
    """Say whether anything but estates, view and words keeps cases back."""
    given = (wanted.record_type, wanted.category, wanted.sub_category, wanted.grade, wanted.state, wanted.channel)
    others = (*given, wanted.handler, wanted.age_days)
    return any(one is not None for one in others) or not reader.actor.may(Permission.CASES_ALL)


def _counts(reader: Reader, wanted: CasesWanted, search: Search) -> tuple[CaseCounts, int]:
    """The counts of every view, and how many cases ended in all where anybody wants to know; one statement."""
    here = _narrowed(reader, wanted, in_any_state=search.in_any_state)
    views = open_views(reader.actor, reader.now)
    over = [has_ended(Case), *here]
    since = local_day(reader.now) - timedelta(days=LATELY_DAYS - 1)
    ended = [*over, *search.of_ended]
    lately = [*over, Case.ended_on >= since, *search.of_few_ended]
    parts = [_open_states(views, [*here, *search.of_open]), _one_number(_LATELY, views, lately)]
    if wanted.progress or search.in_any_state or wanted.shown in (CasesShown.CLOSED, CasesShown.ALL):
        number = search.words.count(ended=True) if search.words and not _narrows(reader, wanted) else None
        parts.append(_one_number(_ENDED, views, ended, number))
    found = {row.part: row for row in reader.rows(union_all(*parts))}
    of_ended = int(found.pop(_ENDED).open) if _ENDED in found else 0
    closed_lately = int(found.pop(_LATELY).open)
    numbers = {view.value: sum(int(getattr(row, view.value)) for row in found.values()) for view in views}
    progress = _progress({CaseState(part): int(row.open) for part, row in found.items()}, of_ended)
    counts = CaseCounts(**numbers, closed_lately=closed_lately, progress=progress if wanted.progress else None)
    return counts, of_ended


def _open_states(views: Mapping[CasesShown, ColumnElement[bool]], conditions: _Conditions) -> Select[Any]:
    """One row for each state of open cases, with how many of them every view shows."""
    sums = (func.sum(case((views[view], 1), else_=0)).label(view.value) for view in views)
    columns: tuple[Any, ...] = (Case.state.label("part"), *sums)
    return select(*columns).where(Case.ended_on.is_(None), *conditions).group_by(Case.state)


def _one_number(
    part: str, views: Mapping[CasesShown, Any], conditions: _Conditions, number: Select[int] | None = None
) -> Select[Any]:
    """One row with a number, shaped like those of open cases: that of a statement, or how many cases there are."""
    rest = [literal(0).label(view.value) for view in views if view is not CasesShown.OPEN]
    many = func.count() if number is None else number.scalar_subquery()
    columns: tuple[Any, ...] = (literal(part).label("part"), many.label(CasesShown.OPEN.value), *rest)
    return select(*columns).select_from(Case).where(*conditions) if number is None else select(*columns)


def _progress(open_states: Mapping[CaseState, int], ended: int) -> ProgressCounts:
    """What customers are told, added up (R-089); whose case ended was told that it is handled."""
    told = dict.fromkeys(CaseProgress, 0) | {CaseProgress.HANDLED: ended}
    for state, count in open_states.items():
        told[progress_of(state)] += count
    return ProgressCounts(told[CaseProgress.PENDING], told[CaseProgress.IN_PROGRESS], told[CaseProgress.HANDLED])


def _listed(reader: Reader, wanted: CasesWanted, search: Search) -> Select[Any]:
    """The screenful: its keys first, then whatever a row shows of them."""
    here = _narrowed(reader, wanted, in_any_state=search.in_any_state)
    if search.in_any_state or wanted.shown is CasesShown.ALL:
        conditions, order = [*here, *search.of_either], newest_first(Case)
    elif wanted.shown is CasesShown.CLOSED:
        conditions = [has_ended(Case), *here, *search.of_ended]
        order = order_by_end(Case)
    else:
        view = open_views(reader.actor, reader.now)[wanted.shown]
        conditions = [Case.ended_on.is_(None), view, *here, *search.of_open]
        order = order_by_deadline(Case, reader.now)
    keys = select(Case.estate_id, Case.id).where(*conditions).order_by(*order)
    shown = keys.limit(wanted.slice.limit).offset(wanted.slice.offset).subquery("shown")
    return _columns(reader.now, shown).order_by(*order)


def _columns(now: datetime, shown: Subquery) -> Select[Any]:
    """What a row shows. The keys lead: an outer join is not turned round to read cases in the order wanted."""
    key = shown.c
    columns: tuple[Any, ...] = (
        *(Case.__table__.columns[name] for name in _SHOWN),
        ServiceRecord.number,
        Estate.name.label("estate_name"),
        Unit.code.label("unit_code"),
        StaffMember.name.label("handler_name"),
        User.display_name.label("receiver_name"),
        is_paused(Case, now).label("paused"),
    )
    return (
        select(*columns)
        .select_from(shown)
        .outerjoin(Case, and_(Case.estate_id == key.estate_id, Case.id == key.id))
        .join(ServiceRecord, and_(ServiceRecord.estate_id == key.estate_id, ServiceRecord.id == key.id))
        .join(Estate, Estate.id == key.estate_id)
        .outerjoin(Unit, and_(Unit.estate_id == Case.estate_id, Unit.id == Case.unit_id))
        .outerjoin(StaffMember, StaffMember.id == Case.handler_id)
        .outerjoin(User, User.id == Case.received_by)
    )


_SHOWN: Final = (
    "estate_id", "id", "record_type", "category", "sub_category", "grade", "state", "area", "unit_id", "place",
    "content_sealed", "handler_id", "channel", "registered_at", "ended_on", "ended_at", "due_target", "due_hard",
    "reopenings", "repeated", "special", "escalated_at", "anonymised_at", "version",
)  # fmt: skip
"""The columns of a case that a row shows."""


def _row(reader: Reader, row: Row[Any], clocks: tuple[RunningClock, ...]) -> CaseRow:
    state, record_type, grade = CaseState(row.state), RecordType(row.record_type), CaseGrade(row.grade)
    dues = {"due_target": row.due_target, "due_hard": row.due_hard}
    deadline = None if is_ended(state) else deadline_of(**dues, now=reader.now)
    return CaseRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        case_id=CaseId(row.id),
        number=row.number,
        record_type=record_type,
        category=CaseCategory(row.category) if row.category else None,
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        grade=grade,
        handling=handling_types(grade=grade, repeated=row.repeated, special=row.special),
        state=state,
        progress=progress_of(state),
        area=row.area,
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        place=row.unit_code or row.place,
        content="" if row.anonymised_at is not None else beginning(open_field(reader.keys, row, "content")),
        handler=None if row.handler_id is None else StaffId(row.handler_id),
        handler_name=row.handler_name or "",
        receiver_name=row.receiver_name or "",
        channel=CaseChannel(row.channel),
        registered_at=row.registered_at,
        ended_at=row.ended_at,
        level=case_level(record_type=record_type, state=state, **dues, now=reader.now),
        deadline=None if deadline is None else deadline.at,
        deadline_is_hard=deadline is not None and deadline.is_hard,
        clock=waited_for(clocks, deadline),
        remaining=None if deadline is None else deadline.at - reader.now,
        paused=bool(clocks) and bool(row.paused),
        reopenings=row.reopenings,
        repeated=row.repeated,
        special=row.special,
        escalated=row.escalated_at is not None,
        version=row.version,
    )
