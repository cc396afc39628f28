"""Use cases of billing (R-017 to R-023): one person prepares a month's bills, another posts what was previewed."""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.fees.approvals import RUN_MOVES, RunState, check_poster
from core.fees.billing import BillPlan, check_plan, plan_bills, plan_digest
from core.fees.ledger import BilledAmount, entry_for_bills
from core.fees.rollups import BillPlace
from core.kernel.identity import BillId, BillRunId, EntryId, EstateId, UserId
from core.kernel.money import Money
from core.kernel.periods import Month, local_day
from db.models import BillRun
from db.operations.credits import AppliedCredits, apply_all_credit
from db.repositories.bill_runs import load_run, store_problems
from db.repositories.fees import billed_pairs, insert_bills, owed_by_household, units_to_bill
from db.repositories.ledger import BooksBefore, Posting, Stamp, post
from db.repositories.tariffs import approved_tariffs, terms_on
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class PrepareBillRun:
    """Work out the bills of a service month, to be looked at."""

    estate_id: EstateId
    month: Month


@dataclass(frozen=True, slots=True)
class PostBillRun:
    """Post the bills of a prepared run."""

    estate_id: EstateId
    run_id: BillRunId
    version: int


@dataclass(frozen=True, slots=True)
class CancelBillRun:
    """Drop a prepared run."""

    estate_id: EstateId
    run_id: BillRunId
    version: int


@dataclass(frozen=True, slots=True)
class PreparedBillRun:
    """What a run would post. ``skipped`` bills exist already; ``not_yet`` units begin to pay in a later month."""

    run_id: BillRunId
    version: int
    bills: int
    amount: Money
    problems: int
    skipped: int
    not_yet: int


@dataclass(frozen=True, slots=True)
class PostedBillRun:
    """What a run posted, and the credit that settled bills at once."""

    bills: int
    amount: Money
    credits: AppliedCredits


@operation(Permission.BILLS_MAKE)
def prepare_bill_run(work: UnitOfWork, command: PrepareBillRun) -> PreparedBillRun:
    """Plan the bills of a month and keep the figures, the problems and the plan's digest; nothing is billed yet."""
    plan = _plan(work, command.estate_id, command.month)
    row = BillRun(
        estate_id=command.estate_id,
        id=work.new_id(command.estate_id),
        month=command.month.number,
        state=RunState.PREPARED.value,
        bills=len(plan.bills),
        problems=len(plan.problems),
        total_fen=plan.amount.fen,
        digest=plan_digest(plan, basis=_basis(command.estate_id, command.month)),
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    store_problems(work.session, row, plan.problems)
    _record(work, "bill_run.prepared", row)
    return PreparedBillRun(
        run_id=BillRunId(row.id),
        version=row.version,
        bills=row.bills,
        amount=plan.amount,
        problems=row.problems,
        skipped=plan.skipped,
        not_yet=plan.not_yet,
    )


@operation(Permission.BILLS_POST)
def post_bill_run(work: UnitOfWork, command: PostBillRun) -> PostedBillRun:
    """Post the bills somebody else prepared, if they are still the same; then let credit settle what it can."""
    row = _load(work, command)
    RUN_MOVES.check(source=RunState(row.state), target=RunState.POSTED)
    check_poster(made_by=None if row.made_by is None else UserId(row.made_by), posted_by=work.actor.user_id)
    month = Month.from_number(row.month)
    plan = _plan(work, command.estate_id, month)
    check_plan(plan, previewed=row.digest, basis=_basis(command.estate_id, month))
    _post(work, row, plan)
    row.state, row.posted_by, row.posted_at = RunState.POSTED.value, work.actor.user_id, work.now
    _record(work, "bill_run.posted", row)
    applied = apply_all_credit(work, command.estate_id, day=local_day(work.now))
    return PostedBillRun(len(plan.bills), plan.amount, applied)


@operation(Permission.BILLS_MAKE)
def cancel_bill_run(work: UnitOfWork, command: CancelBillRun) -> None:
    """Drop a run that was not posted."""
    row = _load(work, command)
    RUN_MOVES.check(source=RunState(row.state), target=RunState.CANCELLED)
    row.state = RunState.CANCELLED.value
    _record(work, "bill_run.cancelled", row)


def _plan(work: UnitOfWork, estate: EstateId, month: Month) -> BillPlan:
    return plan_bills(
        units=units_to_bill(work.session, estate),
        tariffs=approved_tariffs(work.session, estate, on=month.first_day),
        month=month,
        terms=terms_on(work.session, estate, month.first_day),
        already_billed=billed_pairs(work.session, estate, month),
    )


def _basis(estate: EstateId, month: Month) -> tuple[str | int, ...]:
    return estate, month.number


def _load(work: UnitOfWork, command: PostBillRun | CancelBillRun) -> BillRun:
    row = load_run(work.session, command.estate_id, command.run_id)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    return row


def _post(work: UnitOfWork, row: BillRun, plan: BillPlan) -> None:
    estate, day = EstateId(row.estate_id), local_day(work.now)
    month = Month.from_number(row.month)
    owed = owed_by_household(work.session, estate, [month])
    entry_id, *numbers = work.new_ids(estate, len(plan.bills) + 1)
    bills = dict(zip(map(BillId, numbers), plan.bills, strict=True))
    insert_bills(work.session, estate, bills, run=row.id, posted_on=day)
    billed = (BilledAmount(number, bill.unit_id, bill.item, bill.amount) for number, bill in bills.items())
    posting = Posting(
        entry=entry_for_bills(billed, business_date=day), entry_id=EntryId(entry_id), source_id=row.id, memo=str(month)
    )
    places = {number: BillPlace(bill.unit_id, bill.building_id, month) for number, bill in bills.items()}
    before = BooksBefore(places=places, versions={}, owed=owed)
    post(work.session, Stamp(estate, work.actor.user_id, work.now), [posting], before)


def _record(work: UnitOfWork, action: str, row: BillRun) -> None:
    after = {
        "month": row.month,
        "state": row.state,
        "bills": row.bills,
        "problems": row.problems,
        "total_fen": row.total_fen,
        "digest": row.digest,
    }
    work.record(action, ("bill_run", row.id), estate=EstateId(row.estate_id), after=after)
