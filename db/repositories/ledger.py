"""Entries of the double-entry ledger, posted with everything that follows them in the same transaction (R1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.fees.ledger import Account, BillEffect, Entry, EntryKind, Line, bill_effects, credit_effects
from core.fees.rollups import BillPlace, cash_changes, cell_changes, household_changes
from core.kernel.identity import BillId, EntryId, EstateId, UnitId, UserId
from core.kernel.money import Money
from core.kernel.periods import Month
from db.models import Allocation, DailyReceipt, HouseholdMonth, JournalEntry, JournalLine, ReceivableCell
from db.repositories.fees import KnownBill, change_credit, insert_or_add, settle_bills, table_of

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An entry to post. ``source_id`` names what caused it: the run, payment, request or unit, by its kind."""

    entry: Entry
    entry_id: EntryId
    source_id: int
    reverses_id: EntryId | None = None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """In which estate, by whom and when entries are posted."""

    estate: EstateId
    by: UserId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksBefore:
    """What the entries meet: the bills they touch, and what the bills' units owed for their months."""

    places: Mapping[BillId, BillPlace]
    versions: Mapping[BillId, int]
    owed: Mapping[tuple[UnitId, Month], Money]


def books_of(bills: Sequence[KnownBill], owed: Mapping[tuple[UnitId, Month], Money]) -> BooksBefore:
    """The books around bills that were read."""
    places = {known.bill.bill_id: known.place for known in bills}
    return BooksBefore(places=places, versions={known.bill.bill_id: known.version for known in bills}, owed=owed)


def post(session: Session, stamp: Stamp, postings: Sequence[Posting], before: BooksBefore) -> None:
    """Post entries of one business day that touch different bills and units.

    Stores lines, entries and allocations, and moves bills, credit and the sums kept beside them.
    """
    if not postings:
        return
    _store_entries(session, stamp, postings)
    _allocate(session, stamp.estate, postings)
    effects = _merged(bill_effects(posting.entry) for posting in postings)
    settle_bills(session, stamp.estate, effects, before.versions)
    change_credit(session, stamp.estate, _merged(credit_effects(posting.entry) for posting in postings))
    _roll_up(session, stamp.estate, postings[0].entry.business_date, effects, before)
    _count_cash(session, stamp.estate, postings)


def _merged(parts: Iterable[Mapping[K, V]]) -> dict[K, V]:
    merged: dict[K, V] = {}
    for part in parts:
        if not merged.keys().isdisjoint(part):
            raise ValueError("entries posted together touch different bills and units")
        merged.update(part)
    return merged


def _store_entries(session: Session, stamp: Stamp, postings: Sequence[Posting]) -> None:
    lines = [
        {
            "estate_id": stamp.estate,
            "entry_id": posting.entry_id,
            "line": number,
            "account": line.account.value,
            "amount_fen": line.amount.fen,
            "unit_id": line.unit_id,
            "bill_id": line.bill_id,
            "item": line.item,
            "method": line.method,
        }
        for posting in postings
        for number, line in enumerate(posting.entry.lines, start=1)
    ]
    entries = [
        {
            "estate_id": stamp.estate,
            "id": posting.entry_id,
            "kind": posting.entry.kind.value,
            "business_date": posting.entry.business_date,
            "posted_at": stamp.at,
            "posted_by": stamp.by,
            "source_id": posting.source_id,
            "reverses_id": posting.reverses_id,
            "memo": posting.memo,
        }
        for posting in postings
    ]
    session.execute(insert(table_of(JournalLine)), lines)  # first, so that the entry's trigger can add them up
    session.execute(insert(table_of(JournalEntry)), entries)


def _allocate(session: Session, estate: EstateId, postings: Sequence[Posting]) -> None:
    rows = [
        {
            "estate_id": estate,
            "entry_id": posting.entry_id,
            "bill_id": bill,
            "amount_fen": effect.received.fen,
            "business_date": posting.entry.business_date,
        }
        for posting in postings
        for bill, effect in bill_effects(posting.entry).items()
        if effect.received
    ]
    if rows:
        session.execute(insert(table_of(Allocation)), rows)


def _roll_up(
    session: Session, estate: EstateId, day: date, effects: Mapping[BillId, BillEffect], before: BooksBefore
) -> None:
    cells = [
        {
            "estate_id": estate,
            "service_month": month.number,
            "posting_month": Month.of(day).number,
            "building_id": building,
            "billed_fen": cell.billed.fen,
            "received_fen": cell.received.fen,
            "relief_fen": cell.relief.fen,
        }
        for (month, building), cell in cell_changes(effects=effects, places=before.places).items()
    ]
    insert_or_add(session, ReceivableCell, cells, sums=("billed_fen", "received_fen", "relief_fen"))
    changes = household_changes(effects=effects, places=before.places, owed_before=before.owed)
    households = [
        {
            "estate_id": estate,
            "service_month": month.number,
            "building_id": building,
            "billed_units": change.billed,
            "settled_units": change.settled,
        }
        for (month, building), change in changes.items()
    ]
    insert_or_add(session, HouseholdMonth, households, sums=("billed_units", "settled_units"))


def _count_cash(session: Session, estate: EstateId, postings: Sequence[Posting]) -> None:
    changes = cash_changes(posting.entry for posting in postings)
    days = [
        {
            "estate_id": estate,
            "business_date": day,
            "method": method,
            "amount_fen": change.amount.fen,
            "payments": change.payments,
        }
        for (day, method), change in changes.items()
    ]
    insert_or_add(session, DailyReceipt, days, sums=("amount_fen", "payments"))


def load_entry(session: Session, estate: EstateId, entry_id: EntryId) -> Entry:
    """Load an entry with its lines in order. It must exist, and not be a reversal."""
    heads = select(JournalEntry.kind, JournalEntry.business_date)
    kind, day = session.execute(heads.where(JournalEntry.estate_id == estate, JournalEntry.id == entry_id)).one()
    own = (JournalLine.estate_id == estate, JournalLine.entry_id == entry_id)
    lines = session.scalars(select(JournalLine).where(*own).order_by(JournalLine.line))
    return Entry(EntryKind(kind), day, tuple(_line(row) for row in lines))


def _line(row: JournalLine) -> Line:
    return Line(
        account=Account(row.account),
        amount=Money(row.amount_fen),
        unit_id=None if row.unit_id is None else UnitId(row.unit_id),
        bill_id=None if row.bill_id is None else BillId(row.bill_id),
        item=row.item,
        method=row.method,
    )
