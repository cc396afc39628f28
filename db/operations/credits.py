"""Use case of credit (预存, R-027): what units have paid ahead settles their open bills, oldest first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from core.admin.permissions import Permission
from core.fees.allocation import OpenBill, PaymentAllocation, allocate_credit
from core.fees.ledger import entry_for_credit_application
from core.kernel.identity import EntryId, EstateId, UnitId
from core.kernel.money import ZERO, Money, total
from core.kernel.periods import local_day
from db.repositories.fees import credits_of_units, open_bills_of_units_with_credit, owed_on
from db.repositories.ledger import Posting, Stamp, books_of, post
from db.unit_of_work import UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class ApplyCredits:
    """Use the credit of all units of an estate for their open bills."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class AppliedCredits:
    """How many units' credit was used, and how much of it."""

    units: int = 0
    amount: Money = ZERO


@operation(Permission.BILLS_POST)
def apply_credits(work: UnitOfWork, command: ApplyCredits) -> AppliedCredits:
    """Settle open bills from credit, one entry a unit; nothing to settle is no refusal."""
    return apply_all_credit(work, command.estate_id, day=local_day(work.now))


def apply_all_credit(work: UnitOfWork, estate: EstateId, *, day: date) -> AppliedCredits:
    """Settle open bills from credit inside another operation's work."""
    known = open_bills_of_units_with_credit(work.session, estate)
    if not known:
        return AppliedCredits()
    used = _use(credits_of_units(work.session, estate), [each.bill for each in known])
    numbers = work.new_ids(estate, len(used))
    postings = [
        Posting(
            entry=entry_for_credit_application(parts=allocation.parts, unit_id=unit, business_date=day),
            entry_id=EntryId(number),
            source_id=unit,
        )
        for number, (unit, allocation) in zip(numbers, used.items(), strict=True)
    ]
    post(work.session, Stamp(estate, work.actor.user_id, work.now), postings, books_of(known, owed_on(known)))
    result = AppliedCredits(len(used), total(allocation.allocated for allocation in used.values()))
    after = {"units": result.units, "amount_fen": result.amount.fen, "first_entry": numbers[0]}
    work.record("credit.applied", ("estate", estate), estate=estate, after=after)
    return result


def _use(credit: dict[UnitId, Money], bills: list[OpenBill]) -> dict[UnitId, PaymentAllocation]:
    of_unit: defaultdict[UnitId, list[OpenBill]] = defaultdict(list)
    for bill in bills:
        of_unit[bill.unit_id].append(bill)
    return {unit: allocate_credit(credit=credit[unit], bills=own) for unit, own in of_unit.items()}
