"""Call-backs after a low mark as a queue: who is to be called, about what, by when, and how it went (R-145, R-152)."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from core.admin.permissions import Permission
from core.customers.customer_record import contact_shown
from core.customers.profiles import Relation
from core.kernel.filters import Slice
from core.kernel.identity import CustomerId, EstateId, FollowUpId, RoundId, UnitId
from core.kernel.money import percent
from core.kernel.periods import CHINA, Span, local_day
from core.kernel.workdays import WorkCalendar
from core.surveys.follow_ups import FollowUpState, is_overdue, recovered
from core.surveys.questionnaires import ItemKind, in_language
from db.models import (
    AuditEntry,
    Customer,
    Estate,
    FollowUp,
    Occupancy,
    QuestionnaireItem,
    SurveyAnswer,
    SurveyRound,
    Unit,
    User,
)
from db.queries.paging import contains, search_text
from db.queries.units import is_current
from db.repositories.calendar import work_calendar
from db.repositories.customers import open_name, open_phone
from db.repositories.keyed import Key, keyed
from db.repositories.survey_forms import positions_of
from db.unit_of_work import Reader, query


class FollowUpsShown(StrEnum):
    """Which call-backs the queue shows."""

    OPEN = "open"
    OVERDUE = "overdue"
    DUE_TODAY = "today"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class FollowUpsWanted:
    """The call-backs of an estate (``None``: all the person's) and of units whose code holds ``search`` literally."""

    estate_id: EstateId | None = None
    shown: FollowUpsShown = FollowUpsShown.OPEN
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class LowAnswer:
    """A question and the low mark it got."""

    position: int
    text_zh: str
    text_en: str
    mark: int

    def text(self, language: str) -> str:
        """What was asked, in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.text_zh, self.text_en)


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who has to do with the unit today; name and phone masked."""

    customer_id: CustomerId
    name: str
    phone: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """A call-back. ``due_on`` itself is still in time; ``working_days_left`` counts it and not today.

    ``low`` and ``words`` (what the customer wrote) are empty once the round has forgotten whose form is whose; of a
    call-back that ended, the unit is forgotten then too (``unit_id`` ``None``, ``unit_code`` empty).
    ``working_days_left`` is ``None`` unless the call is still to be made and in time.
    """

    estate_id: EstateId
    estate_name: str
    follow_up_id: FollowUpId
    round_id: RoundId
    round_code: str
    round_name: str
    unit_id: UnitId | None
    unit_code: str
    state: FollowUpState
    opened_on: date
    due_on: date
    is_overdue: bool
    working_days_left: int | None
    attempts: int
    lowest_mark: int
    new_mark: int | None
    note: str
    settled_by_name: str
    settled_at: datetime | None
    low: tuple[LowAnswer, ...]
    words: tuple[str, ...]
    people: tuple[Resident, ...]
    version: int


@dataclass(frozen=True, slots=True)
class FollowUpList:
    """A screenful of call-backs, how many there are, and the years whose holidays had to be assumed (R-009)."""

    rows: tuple[FollowUpRow, ...]
    total: int
    unknown_years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUpCountsWanted:
    """The counts of an estate (``None``: all the person's)."""

    estate_id: EstateId | None = None


@dataclass(frozen=True, slots=True)
class FollowUpCounts:
    """What waits today, and of those reached since the quarter began how many became good marks."""

    open: int
    overdue: int
    due_today: int
    reached_this_quarter: int
    recovered_this_quarter: int

    @property
    def recovered_percent(self) -> Decimal | None:
        """Recovered ÷ reached since the quarter began, one decimal half up; ``None`` when nobody was reached."""
        return percent(self.recovered_this_quarter, self.reached_this_quarter)


@dataclass(frozen=True, slots=True)
class FollowUpWanted:
    """One call-back."""

    estate_id: EstateId
    follow_up_id: FollowUpId


@dataclass(frozen=True, slots=True)
class FollowUpStep:
    """Something done about a call-back: the state it led to, calls made so far, and the new mark if there was one."""

    at: datetime
    who: str
    state: FollowUpState
    attempts: int
    new_mark: int | None


@query(Permission.SURVEYS_FOLLOW)
def follow_ups(reader: Reader, wanted: FollowUpsWanted) -> FollowUpList:
    """Call-backs, the one due first at the head; of those that ended, the latest."""
    today = local_day(reader.now)
    conditions = [*_here(reader, wanted.estate_id), _views(today)[wanted.shown]]
    if search_text(wanted.search):
        conditions.append(contains(wanted.search, Unit.code))
    total = int(
        reader.scalar(select(func.count()).select_from(FollowUp).outerjoin(Unit, _own_unit()).where(*conditions))
    )
    order: tuple[Any, ...] = (FollowUp.due_on, FollowUp.estate_id, FollowUp.id)
    if wanted.shown is FollowUpsShown.SETTLED:
        order = (FollowUp.settled_at.desc(), FollowUp.estate_id, FollowUp.id.desc())
    statement = _rows().where(*conditions).order_by(*order).limit(wanted.slice.limit).offset(wanted.slice.offset)
    found = reader.rows(statement)
    answers = _answers(reader, [(row.estate_id, row.id) for row in found])
    people = _people(reader, {(row.estate_id, row.unit_id) for row in found if row.unit_id is not None})
    left, unknown = _time_left(reader, found, today)
    rows = tuple(
        _row(row, today, left.get((row.estate_id, row.id)), answers[row.estate_id, row.id],
             people.get((row.estate_id, row.unit_id), ()))
        for row in found
    )  # fmt: skip
    return FollowUpList(rows, total, unknown)


@query(Permission.SURVEYS_FOLLOW)
def follow_up_counts(reader: Reader, wanted: FollowUpCountsWanted) -> FollowUpCounts:
    """What waits today in the estate, whatever the queue shows, and how calls went since the quarter began.

    A mark is recovered as ``core.surveys.follow_ups.recovered`` says; that it was low is why there is a call-back.
    """
    here, today = _here(reader, wanted.estate_id), local_day(reader.now)
    views = _views(today)
    shown = (FollowUpsShown.OPEN, FollowUpsShown.OVERDUE, FollowUpsShown.DUE_TODAY)
    counts = [func.coalesce(func.sum(case((views[view], 1), else_=0)), 0).label(view.value) for view in shown]
    waiting = select(*counts).select_from(FollowUp).where(*here, views[FollowUpsShown.OPEN])
    row = reader.rows(waiting)[0]
    reached = (FollowUp.state == FollowUpState.REACHED.value, FollowUp.settled_at >= _quarter_began(today))
    marks = select(FollowUp.lowest_mark, FollowUp.new_mark, func.count().label("calls")).where(*here, *reached)
    calls = reader.rows(marks.group_by(FollowUp.lowest_mark, FollowUp.new_mark))
    good = (
        call.calls
        for call in calls
        if recovered(before_mark=call.lowest_mark, new_mark=call.new_mark, low_mark=call.lowest_mark)
    )
    return FollowUpCounts(int(row.open), int(row.overdue), int(row.today), sum(c.calls for c in calls), sum(good))


@query(Permission.SURVEYS_FOLLOW)
def follow_up_steps(reader: Reader, wanted: FollowUpWanted) -> tuple[FollowUpStep, ...]:
    """What was done about a call-back and by whom, the latest first; read from the audit log, which forgets nothing."""
    statement = select(AuditEntry.at, AuditEntry.actor_name, AuditEntry.after).where(
        AuditEntry.chain == wanted.estate_id,
        AuditEntry.subject_type == "follow_up",
        AuditEntry.subject_id == str(wanted.follow_up_id),
        reader.scope(AuditEntry.chain),
    )
    return tuple(_step(row) for row in reader.rows(statement.order_by(AuditEntry.seq.desc())))


def _here(reader: Reader, estate: EstateId | None) -> list[ColumnElement[bool]]:
    scope = reader.scope(FollowUp.estate_id)
    return [scope] if estate is None else [scope, FollowUp.estate_id == estate]


def _views(today: date) -> Mapping[FollowUpsShown, ColumnElement[bool]]:
    is_open = FollowUp.state == FollowUpState.OPEN.value
    return {
        FollowUpsShown.OPEN: is_open,
        FollowUpsShown.OVERDUE: and_(is_open, FollowUp.due_on < today),
        FollowUpsShown.DUE_TODAY: and_(is_open, FollowUp.due_on == today),
        FollowUpsShown.SETTLED: FollowUp.state != FollowUpState.OPEN.value,
    }


def _quarter_began(today: date) -> datetime:
    return datetime.combine(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), time(), CHINA)


def _own_unit() -> ColumnElement[bool]:
    return and_(Unit.estate_id == FollowUp.estate_id, Unit.id == FollowUp.unit_id)


def _own_round() -> ColumnElement[bool]:
    return and_(SurveyRound.estate_id == FollowUp.estate_id, SurveyRound.id == FollowUp.round_id)


def _rows() -> Select[Any]:
    round_names = (SurveyRound.code.label("round_code"), SurveyRound.name.label("round_name"))
    names = (Unit.code.label("unit_code"), Estate.name.label("estate_name"), User.display_name.label("settler"))
    return (
        select(*FollowUp.__table__.columns, *round_names, *names)
        .outerjoin(Unit, _own_unit())
        .join(SurveyRound, _own_round())
        .join(Estate, Estate.id == FollowUp.estate_id)
        .outerjoin(User, User.id == FollowUp.settled_by)
    )


def _answers(reader: Reader, keys: Collection[Key]) -> Mapping[Key, list[Row[Any]]]:
    """The marks and words of the forms behind some call-backs, as long as the round knows whose they are."""
    found: defaultdict[Key, list[Row[Any]]] = defaultdict(list)
    if keys:
        asked = and_(
            QuestionnaireItem.questionnaire_id == SurveyRound.questionnaire_id,
            QuestionnaireItem.position == SurveyAnswer.position,
            QuestionnaireItem.kind.in_([ItemKind.RATING.value, ItemKind.OPEN.value]),
        )
        same_form = SurveyAnswer.response_id == FollowUp.response_id
        given = and_(SurveyAnswer.estate_id == FollowUp.estate_id, same_form)
        texts = (QuestionnaireItem.text_zh, QuestionnaireItem.text_en)
        statement = (
            select(FollowUp.estate_id, FollowUp.id, SurveyAnswer.position, *texts)
            .add_columns(SurveyAnswer.number, SurveyAnswer.text)
            .join(SurveyRound, _own_round())
            .join(SurveyAnswer, given)
            .join(QuestionnaireItem, asked)
            .where(keyed(FollowUp.estate_id, FollowUp.id, keys), SurveyRound.links_cut_on.is_(None))
            .where(reader.scope(FollowUp.estate_id))
            .order_by(SurveyAnswer.position)
        )
        for row in reader.rows(statement):
            found[row.estate_id, row.id].append(row)
    return found


def _people(reader: Reader, units: Collection[Key]) -> Mapping[Key, list[Resident]]:
    """Who has to do with some units today, the latest to come first."""
    found: defaultdict[Key, list[Resident]] = defaultdict(list)
    if units:
        same = and_(Customer.estate_id == Occupancy.estate_id, Customer.id == Occupancy.customer_id)
        statement = (
            select(Customer.estate_id, Customer.id, Customer.name_sealed, Customer.phone_sealed)
            .add_columns(Occupancy.unit_id, Occupancy.relation)
            .join(Occupancy, same)
            .where(keyed(Occupancy.estate_id, Occupancy.unit_id, units))
            .where(reader.scope(Occupancy.estate_id), is_current(local_day(reader.now)))
            .order_by(Occupancy.start_date.desc(), Occupancy.id.desc())
        )
        for row in reader.rows(statement):
            found[row.estate_id, row.unit_id].append(_resident(reader, row))
    return found


def _resident(reader: Reader, row: Row[Any]) -> Resident:
    sees = reader.actor.may_at(Permission.CUSTOMERS_VIEW, EstateId(row.estate_id))
    name, phone = open_name(reader.keys, row), open_phone(reader.keys, row)
    shown = contact_shown(name=name, phone=phone, sees_customers=sees)
    return Resident(CustomerId(row.id), shown.name, shown.phone, Relation(row.relation))


def _time_left(reader: Reader, found: Collection[Row[Any]], today: date) -> tuple[dict[Key, int], tuple[int, ...]]:
    """Working days after today up to and with the day due, by call-back in time; the years that were assumed."""
    waiting = [row for row in found if row.state == FollowUpState.OPEN.value and row.due_on >= today]
    calendar = work_calendar(reader.connection) if waiting else WorkCalendar()
    one = timedelta(days=1)
    answers = {
        day: calendar.working_days_between(Span(today + one, day + one)) for day in {row.due_on for row in waiting}
    }
    unknown = {year for answer in answers.values() for year in answer.unknown_years}
    return {(row.estate_id, row.id): answers[row.due_on].value for row in waiting}, tuple(sorted(unknown))


def _row(
    row: Row[Any], today: date, left: int | None, answers: Collection[Row[Any]], people: Collection[Resident]
) -> FollowUpRow:
    state, low = FollowUpState(row.state), positions_of(row.positions)
    return FollowUpRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        follow_up_id=FollowUpId(row.id),
        round_id=RoundId(row.round_id),
        round_code=row.round_code,
        round_name=row.round_name,
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        unit_code=row.unit_code or "",
        state=state,
        opened_on=row.opened_on,
        due_on=row.due_on,
        is_overdue=is_overdue(due_on=row.due_on, state=state, today=today),
        working_days_left=left,
        attempts=row.attempts,
        lowest_mark=row.lowest_mark,
        new_mark=row.new_mark,
        note=row.note,
        settled_by_name=row.settler or "",
        settled_at=row.settled_at,
        low=tuple(
            LowAnswer(a.position, a.text_zh, a.text_en, a.number)
            for a in answers
            if a.number is not None and a.position in low
        ),
        words=tuple(a.text for a in answers if a.text),
        people=tuple(people),
        version=row.version,
    )


def _step(row: Row[Any]) -> FollowUpStep:
    after = json.loads(row.after or "{}")
    state = FollowUpState(after.get("state", FollowUpState.OPEN.value))
    return FollowUpStep(row.at, row.actor_name, state, after.get("attempts", 0), after.get("new_mark"))
