"""What is past its due date: ageing, and the change since last week and last month (R-047, R-048).

The books are append-only, so an earlier day is found by walking back: what was open then is what is open now plus
what has been settled since, on bills that had been posted and were past their due date on that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Integer, Select, case, cast, func, literal, null, select, union_all

from core.admin.permissions import Permission
from core.analytics.fees import OverdueChange, overdue_change
from core.fees.collection import AGEING_STEPS, Bucket, DueAmount, Overdue, ageing
from core.fees.ledger import Account, EntryKind
from core.kernel.filters import EstateMonth
from core.kernel.identity import EstateId
from core.kernel.money import Money, total
from core.kernel.periods import Month, local_day
from db.joins import led_join
from db.models import Bill, JournalEntry, JournalLine, ReceivableCell
from db.queries.fee_overview import place_column, within
from db.unit_of_work import Reader, query

LATEST_DUE: Final = 1
"""A bill falls due in the month after its service month at the latest (core.fees.terms)."""

OUTSTANDING: Final = Bill.amount_fen - Bill.paid_fen - Bill.relief_fen
IS_OPEN: Final = Bill.paid_fen + Bill.relief_fen < Bill.amount_fen
"""Written as in the partial index of open bills, so that both databases use it."""

SETTLED: Final = -JournalLine.amount_fen
"""What a ledger line took off a bill, by payment, credit or relief; negative where a reversal took it back."""


@dataclass(frozen=True, slots=True)
class OpenWanted:
    """One estate (``None``: all the person's), the month whose closing is proved, the last days of the buckets."""

    estate_id: EstateId | None
    month: Month
    steps: tuple[int, ...] = AGEING_STEPS


@dataclass(frozen=True, slots=True)
class OpenAmounts:
    """What is open today by age, and what was owed in all at the end of the month, both from bills and ledger."""

    buckets: tuple[Bucket, ...]
    owed_at_end: Money

    @property
    def overdue(self) -> Money:
        """What is past its due date today."""
        return total(bucket.amount for bucket in self.buckets[1:])


@dataclass(frozen=True, slots=True)
class OverduePlace:
    """A place's overdue figures now, and their change since a week and a month ago. A place as in CollectionCells."""

    place: int
    since_week: OverdueChange
    since_month: OverdueChange

    @property
    def now(self) -> Overdue:
        """The figures of today."""
        return self.since_week.now


@query(Permission.FEES_VIEW)
def open_amounts(reader: Reader, wanted: OpenWanted) -> OpenAmounts:
    """What is open, by days overdue today (R-048), and the proof of the roll-ups' closing balance.

    What was owed at the month's end is what is open now less every movement dated after it.
    """
    today, oldest = local_day(reader.now), max(wanted.steps, default=0) + 1
    folded = case(
        (Bill.due_date >= today, literal(today)),
        (Bill.due_date < today - timedelta(days=oldest), literal(today - timedelta(days=oldest))),
        else_=Bill.due_date,
    )
    place = EstateMonth(wanted.estate_id, wanted.month)
    here = (*within(reader, place, Bill.estate_id), IS_OPEN)
    bills = select(folded.label("day"), OUTSTANDING.label("fen")).where(*here).subquery()
    sums = (func.sum(bills.c.fen).label("fen"), func.count().label("bills"))
    days = select(bills.c.day, *sums).group_by(bills.c.day)
    rows = reader.rows(union_all(days, _moved_after(reader, place)))
    found = [DueAmount(row.day, Money(int(row.fen)), Money(int(row.fen)), row.bills) for row in rows if row.day]
    moved = sum(int(row.fen or 0) for row in rows if not row.day)
    owed = Money(sum(each.outstanding.fen for each in found) - moved)
    return OpenAmounts(ageing(open_bills=found, today=today, steps=wanted.steps), owed)


def _moved_after(reader: Reader, wanted: EstateMonth) -> Select[Any]:
    """One row without a day: what was billed less what was settled after the month."""
    line = (JournalLine.estate_id == JournalEntry.estate_id) & (JournalLine.entry_id == JournalEntry.id)
    columns: tuple[Any, ...] = (
        cast(null(), Date).label("day"),
        func.sum(JournalLine.amount_fen).label("fen"),
        func.count().label("bills"),
    )
    later = (*within(reader, wanted, JournalEntry.estate_id), JournalEntry.business_date >= wanted.month.end)
    joined = select(*columns).select_from(led_join(JournalEntry, JournalLine, line))
    return joined.where(*later, JournalLine.account == Account.RECEIVABLE.value)


def days_compared(today: date) -> tuple[date, date, date]:
    """Today, a week ago, and the same day of last month (its last day where the month is shorter)."""
    return today, today - timedelta(days=7), Month.of(today).shift(-1).day(today.day)


@query(Permission.FEES_VIEW)
def overdue_places(reader: Reader, wanted: EstateMonth) -> tuple[OverduePlace, ...]:
    """Overdue amount and rate of each place today, a week ago and a month ago, in one statement (R-047).

    What had fallen due comes from bills for the latest service months and from the roll-up for older ones; relief
    counts as granted from the start, so a rate of an earlier day may be a little high where relief came since.
    """
    days = days_compared(local_day(reader.now))
    parts = (
        _open_now(reader, wanted, days),
        _settled_since(reader, wanted, days),
        _fallen_due_lately(reader, wanted, days),
        _fallen_due_before(reader, wanted, days),
    )
    rows = union_all(*parts).subquery()
    sums = [func.sum(column).label(column.key) for column in rows.c if column.key != "place"]
    return tuple(_place(row) for row in reader.rows(select(rows.c.place, *sums).group_by(rows.c.place)))


def _place(row: Any) -> OverduePlace:
    now, week, month = (
        Overdue(
            Money(int(getattr(row, f"open_{n}"))), Money(int(getattr(row, f"due_{n}"))), int(row.bills) if n == 0 else 0
        )
        for n in range(3)
    )
    return OverduePlace(row.place, overdue_change(now=now, before=week), overdue_change(now=now, before=month))


def _part(place: Any, opens: list[Any], dues: list[Any], bills: Any) -> Select[Any]:
    """One block of the statement; every block has the same columns."""
    opened = (column.label(f"open_{n}") for n, column in enumerate(opens))
    due = (column.label(f"due_{n}") for n, column in enumerate(dues))
    return select(cast(place, Integer).label("place"), *opened, *due, bills.label("bills"))


def _was_overdue(day: date) -> ColumnElement[bool]:
    return (Bill.due_date < day) & (Bill.posted_on <= day)


def _open_now(reader: Reader, wanted: EstateMonth, days: tuple[date, date, date]) -> Select[Any]:
    opens = [func.sum(case((_was_overdue(day), OUTSTANDING), else_=0)) for day in days]
    part = _part(place_column(wanted, Bill), opens, _zeros(), func.count())
    conditions = (*within(reader, wanted, Bill.estate_id), IS_OPEN, Bill.due_date < days[0])
    return part.where(*conditions).group_by(place_column(wanted, Bill))


def _settled_since(reader: Reader, wanted: EstateMonth, days: tuple[date, date, date]) -> Select[Any]:
    since = [(JournalEntry.business_date > day) & _was_overdue(day) for day in days[1:]]
    opens = [literal(0), *(func.sum(case((met, SETTLED), else_=0)) for met in since)]
    part = joined_to_settlements(_part(place_column(wanted, Bill), opens, _zeros(), literal(0)))
    conditions = (*within(reader, wanted, JournalEntry.estate_id), JournalEntry.business_date > min(days))
    return part.where(*conditions).group_by(place_column(wanted, Bill))


def joined_to_settlements(part: Select[Any]) -> Select[Any]:
    """Join bills to the ledger lines that settled them, found by the date of their entries (``SETTLED`` fen each)."""
    line = (JournalLine.estate_id == JournalEntry.estate_id) & (JournalLine.entry_id == JournalEntry.id)
    bill = (Bill.estate_id == JournalLine.estate_id) & (Bill.id == JournalLine.bill_id)
    joined = part.select_from(led_join(JournalEntry, JournalLine, line)).join(Bill, bill)
    billing = JournalEntry.kind == EntryKind.BILL_RUN.value
    return joined.where(~billing, JournalLine.account == Account.RECEIVABLE.value)


def _fallen_due_lately(reader: Reader, wanted: EstateMonth, days: tuple[date, date, date]) -> Select[Any]:
    dues = [func.sum(case((_was_overdue(day), Bill.amount_fen - Bill.relief_fen), else_=0)) for day in days]
    part = _part(place_column(wanted, Bill), _zeros(), dues, literal(0))
    lately = Bill.service_month >= _first_uncertain(days).number
    return part.where(*within(reader, wanted, Bill.estate_id), lately).group_by(place_column(wanted, Bill))


def _fallen_due_before(reader: Reader, wanted: EstateMonth, days: tuple[date, date, date]) -> Select[Any]:
    due = func.sum(ReceivableCell.billed_fen - ReceivableCell.relief_fen)
    place = place_column(wanted, ReceivableCell)
    surely = ReceivableCell.service_month < _first_uncertain(days).number
    part = _part(place, _zeros(), [due, due, due], literal(0))
    return part.where(*within(reader, wanted, ReceivableCell.estate_id), surely).group_by(place)


def _first_uncertain(days: tuple[date, date, date]) -> Month:
    """The first service month whose bills may fall due on the earliest day or later."""
    return Month.of(min(days)).shift(-LATEST_DUE)


def _zeros() -> list[Any]:
    return [literal(0), literal(0), literal(0)]
