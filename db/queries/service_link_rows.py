"""What a complaint or request has to do with, in words and by right; links are followed both ways (R-103, R-104)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Select, Subquery, and_, case, func, literal, select, union_all

from core.admin.permissions import Permission
from core.kernel.attachments import LinkTarget
from core.kernel.identity import EstateId
from core.kernel.money import Money
from core.kernel.periods import Month
from core.kernel.records import RecordKind
from db.models import Bill, Case, Measure, ServiceLink, ServiceRecord, SurveyRound, Unit, User, WorkOrder
from db.repositories.service_access import cases_seen_by, orders_seen_by
from db.unit_of_work import Reader

_OPENED_BY: Final = {
    LinkTarget.BILL: Permission.FEES_VIEW,
    LinkTarget.CASE: Permission.CASES_VIEW,
    LinkTarget.ORDER: Permission.ORDERS_VIEW,
    LinkTarget.MEASURE: Permission.MEASURES_VIEW,
    LinkTarget.SURVEY: Permission.SURVEYS_VIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link, seen from one of its ends. ``incoming``: it was made at the other end, and is removed there.

    ``target``, ``target_id`` and ``name`` (number of a case, request or measure, code of a survey, unit of a bill) name
    the other end; with the estate they make its address. ``about`` says what it is about – a sub-category, category or
    type, a kind of work, a measure's problem, a round's name, a bill's item – and ``state`` where it stands; both are
    empty, and ``outstanding`` is ``None``, where the person may not ``open`` it. ``month``: what the bill is for.
    """

    link_id: int
    target: LinkTarget
    target_id: int
    name: str
    about: str
    state: str
    month: Month | None
    outstanding: Money | None
    opens: bool
    incoming: bool
    made_by_name: str
    made_at: datetime


def links_of(reader: Reader, estate: EstateId, record_id: int, kind: RecordKind) -> tuple[LinkRow, ...]:
    """The links of a record and those to it, oldest first, in one statement."""
    ends = _ends(estate, record_id, kind)
    statement = _named(reader, ends, estate).order_by(ends.c.id)
    return tuple(_row(reader, row) for row in reader.rows(statement))


def _ends(estate: EstateId, record_id: int, kind: RecordKind) -> Subquery:
    """Each link with its other end."""
    link, maker = ServiceLink, ServiceRecord
    common = (link.id, link.made_by, link.made_at)
    own = and_(link.estate_id == estate, link.record_id == record_id)
    outgoing = select(*common, link.target, link.target_id, literal(False, Boolean).label("incoming")).where(own)
    to_it = and_(link.estate_id == estate, link.target == kind.value, link.target_id == record_id)
    incoming = (
        select(*common, maker.kind.label("target"), link.record_id.label("target_id"))
        .add_columns(literal(True, Boolean).label("incoming"))
        .join(maker, and_(maker.estate_id == link.estate_id, maker.id == link.record_id))
        .where(to_it)
    )
    return union_all(outgoing, incoming).subquery("ends")


def _named(reader: Reader, ends: Subquery, estate: EstateId) -> Select[Any]:
    statement = select(*ends.c, User.display_name)
    columns: tuple[Any, ...] = (
        func.coalesce(ServiceRecord.number, Measure.number, SurveyRound.code, Unit.code, "").label("name"),
        func.coalesce(*_topics(), "").label("about"),
        func.coalesce(Case.state, WorkOrder.state, Measure.stage, SurveyRound.state, "").label("state"),
        Bill.service_month,
        (Bill.amount_fen - Bill.paid_fen - Bill.relief_fen).label("outstanding"),
        _seen(reader).label("seen"),
    )
    joined = statement.add_columns(*columns).select_from(ends).outerjoin(User, User.id == ends.c.made_by)
    records = (LinkTarget.CASE, LinkTarget.ORDER)
    for table, targets in (
        (ServiceRecord, records),
        (Case, (LinkTarget.CASE,)),
        (WorkOrder, (LinkTarget.ORDER,)),
        (Measure, (LinkTarget.MEASURE,)),
        (SurveyRound, (LinkTarget.SURVEY,)),
        (Bill, (LinkTarget.BILL,)),
    ):
        is_that = and_(table.estate_id == estate, table.id == ends.c.target_id, ends.c.target.in_(targets))
        joined = joined.outerjoin(table, is_that)
    return joined.outerjoin(Unit, and_(Unit.estate_id == estate, Unit.id == Bill.unit_id))


def _topics() -> tuple[Any, ...]:
    """What each kind of thing is about; for a case the narrowest that is known."""
    narrow = (func.nullif(column, "") for column in (Case.sub_category, Case.category, Case.record_type))
    work = (func.nullif(column, "") for column in (WorkOrder.failure, WorkOrder.kind))
    return (*narrow, *work, Measure.problem, SurveyRound.name, Bill.item)


def _seen(reader: Reader) -> ColumnElement[bool]:
    """Whether the other end, where it is a record, is one the person sees."""
    return case(
        (Case.id.is_not(None), case((cases_seen_by(reader.actor), True), else_=False)),
        (WorkOrder.id.is_not(None), case((orders_seen_by(reader.actor), True), else_=False)),
        else_=True,
    )


def _row(reader: Reader, row: Any) -> LinkRow:
    target = LinkTarget(row.target)
    opens = bool(row.seen) and reader.actor.may(_OPENED_BY[target])
    is_bill = target is LinkTarget.BILL and row.outstanding is not None
    return LinkRow(
        link_id=row.id,
        target=target,
        target_id=row.target_id,
        name=row.name,
        about=row.about if opens else "",
        state=row.state if opens else "",
        month=Month.from_number(row.service_month) if is_bill else None,
        outstanding=Money(row.outstanding) if is_bill and opens else None,
        opens=opens,
        incoming=bool(row.incoming),
        made_by_name=row.display_name or "",
        made_at=row.made_at,
    )
