"""The months of the demonstration company, played in the order of time: bills, payments, mistakes, people who move.

Surveys and measures are played with them, from :mod:`db.jobs.demo_surveys` and :mod:`db.jobs.demo_measures`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select

from core.admin.permissions import Role
from core.kernel.identity import BillRunId, EstateId, PaymentId, TariffId, UnitId
from core.kernel.money import Money
from core.kernel.periods import CHINA, Month, months_between
from db.jobs import demo_words as words
from db.jobs.demo_cases import play_cases
from db.jobs.demo_habits import PlannedPayment, plan_payments
from db.jobs.demo_measures import lift_mended, measuring
from db.jobs.demo_plan import PlannedPerson
from db.jobs.demo_request_plan import plan_orders
from db.jobs.demo_requests import play_orders
from db.jobs.demo_service import Crew, ticking, writing_knowledge
from db.jobs.demo_service_plan import plan_cases
from db.jobs.demo_stage import (
    ACCOUNTANT,
    MANAGER,
    Act,
    Stage,
    bring_in,
    enter_person,
    form_of,
    moment,
    version_of_tariff,
)
from db.jobs.demo_surveys import asking
from db.jobs.demo_today import open_cases, open_orders
from db.models import Tariff, Unit, UnitAccount
from db.operations.bill_runs import PostBillRun, PrepareBillRun, post_bill_run, prepare_bill_run
from db.operations.customers import EndOccupancy, end_occupancy
from db.operations.money_requests import AskRefund, AskReversal, DecideRequest, ask_refund, ask_reversal, decide_request
from db.operations.payments import RecordPayment, record_payment
from db.operations.tariffs import EndTariff, end_tariff
from db.operations.units import EditUnit, edit_unit

MENDED_IN: Final = 5
"""In this month (from 0) most missing grades of the mixed estate are entered, and the month is billed for them."""

HISTORY: Final = "demo.history"
"""The step of the progress that takes the longest."""

_TEN_YUAN: Final = 1_000
_HUNDRED_YUAN: Final = 10_000
_FIRST_VERSION: Final = 1


@dataclass(slots=True)
class Played:
    """A payment as it was entered, for those who take it back."""

    payment_id: PaymentId
    amount: Money


def play(stage: Stage, *, now: datetime) -> int:
    """Play everything that lies before ``now``, in the order of time, and give the number of acts."""
    rounds, surveys = asking(stage, now)
    script = [*_billing(stage), *_paying(stage), *_moving(stage), *_changing(stage), *_left_waiting(stage, now)]
    crew = Crew(stage, now)
    script += [*surveys, *measuring(stage, rounds, now, crew.measures), *_serving(crew, lift_mended(rounds))]
    acts = sorted((act for act in script if act.at < now), key=lambda act: act.at)
    for number, act in enumerate(acts):
        stage.report(HISTORY, number, len(acts))
        act.do()
    return len(acts)


def _serving(crew: Crew, mended: date) -> Iterator[Act]:
    """Complaints and requests, those of the past and those of today, the knowledge base and the timer."""
    stage, now = crew.stage, crew.now
    company, scale = stage.company, stage.company.scale
    yield from writing_knowledge(stage)
    yield from play_cases(crew, plan_cases(company, now, mended=mended, scale=scale))
    yield from play_cases(crew, open_cases(company, now, scale=scale), "open-case")
    yield from play_orders(crew, plan_orders(company, now, mended=mended, scale=scale))
    yield from play_orders(crew, open_orders(company, now, scale=scale), "open-order")
    yield from ticking(stage, now)


def _billing(stage: Stage) -> Iterator[Act]:
    for month in months_between(stage.company.first, stage.company.last):
        for place in range(len(stage.estates)):
            at = moment(month.first_day, 5, 10 * place)
            yield Act(at, partial(_bill, stage, place, month, at))


def _bill(stage: Stage, place: int, month: Month, at: datetime) -> None:
    """Prepare as accountant, post as the estate's supervisor an hour later."""
    estate = stage.estates[place]
    run = stage.act(ACCOUNTANT, prepare_bill_run, PrepareBillRun(estate, month), at)
    if run.bills:
        command = PostBillRun(estate, BillRunId(run.run_id), run.version)
        stage.act(stage.member(place, Role.SUPERVISOR), post_bill_run, command, at + timedelta(hours=1))
    stage.look_up_debts(place, month)


def _paying(stage: Stage) -> Iterator[Act]:
    for number, planned in enumerate(plan_payments(stage.company)):
        entered: list[Played] = []
        yield Act(planned.at, partial(_pay, stage, planned, number, entered))
        if planned.mistaken:
            yield from _taking_back(stage, planned, number, entered)


def _pay(stage: Stage, planned: PlannedPayment, number: int, entered: list[Played]) -> None:
    """Pay what the household means to pay, as far as there is anything to pay."""
    estate, unit = stage.estates[planned.estate], stage.units[planned.estate][planned.unit]
    owed = stage.owed.get((estate, unit), 0)
    wanted = _rounded(owed, planned.percent) + planned.ahead * stage.charges.get((estate, unit), 0)
    if wanted > 0:
        amount = Money(wanted)
        entered.append(Played(_record(stage, planned, amount, f"demo-{number:08}"), amount))


def _rounded(owed: int, percent: int) -> int:
    """A part is paid in round sums."""
    if percent == 100:
        return owed
    step = _HUNDRED_YUAN if owed > 4 * _HUNDRED_YUAN else _TEN_YUAN
    return owed * percent // 100 // step * step


def _record(stage: Stage, planned: PlannedPayment, amount: Money, intent: str) -> PaymentId:
    estate, unit = stage.estates[planned.estate], stage.units[planned.estate][planned.unit]
    command = RecordPayment(
        estate_id=estate,
        intent_id=intent,
        unit_id=unit,
        payer_name=planned.payer,
        amount=amount,
        method=planned.method,
        received_at=planned.at,
        note=planned.note,
    )
    cashier = stage.member(planned.estate, Role.CASHIER, turn=planned.unit)
    receipt = stage.act(cashier, record_payment, command, planned.at)
    stage.owed[estate, unit] = stage.owed.get((estate, unit), 0) - sum(part.amount.fen for part in receipt.parts)
    return receipt.payment_id


def _taking_back(stage: Stage, planned: PlannedPayment, number: int, entered: list[Played]) -> Iterator[Act]:
    """The cashier asks within the hour, the manager agrees next morning, and the money is entered again."""
    asked, decided = planned.at + timedelta(minutes=40), moment(_day(planned.at + timedelta(days=1)), 10, number % 60)
    request = AskReversal(
        stage.estates[planned.estate], PaymentId(0), words.REVERSAL_REASONS[number % len(words.REVERSAL_REASONS)]
    )
    yield Act(decided, partial(_take_back, stage, planned, request, entered, times=(asked, decided)))
    again = replace(planned, at=decided + timedelta(minutes=5))
    yield Act(again.at, partial(_enter_again, stage, again, number, entered))


def _take_back(
    stage: Stage,
    planned: PlannedPayment,
    request: AskReversal,
    entered: list[Played],
    *,
    times: tuple[datetime, datetime],
) -> None:
    if not entered:
        return
    cashier = stage.member(planned.estate, Role.CASHIER, turn=planned.unit)
    wanted = replace(request, payment_id=entered[0].payment_id)
    asked = stage.act(cashier, ask_reversal, wanted, times[0])
    _decide(stage, planned.estate, asked, times[1], approve=True)
    stage.owed[request.estate_id, stage.units[planned.estate][planned.unit]] += entered[0].amount.fen


def _enter_again(stage: Stage, planned: PlannedPayment, number: int, entered: list[Played]) -> None:
    if entered:
        _record(stage, planned, entered[0].amount, f"demo-{number:08}-again")


def _decide(stage: Stage, place: int, request: int, at: datetime, *, approve: bool) -> None:
    note = words.APPROVED_NOTE if approve else words.REJECTED_NOTE
    command = DecideRequest(stage.estates[place], request, approve, note, _FIRST_VERSION)
    stage.act(stage.member(place, Role.MANAGER), decide_request, command, at)


def _moving(stage: Stage) -> Iterator[Act]:
    """People who come after the beginning, and people who go: what they have paid ahead is paid out."""
    first = stage.company.first.first_day
    for place, estate in enumerate(stage.company.estates):
        for number, person in enumerate(estate.people):
            if person.start >= first:
                at = moment(person.start, 8, number % 60)
                yield Act(at, partial(enter_person, stage, place, person, at))
            if person.end is not None:
                at = moment(person.end, 16, number % 60)
                yield Act(at, partial(_leave, stage, place, person, at))


def _leave(stage: Stage, place: int, person: PlannedPerson, at: datetime) -> None:
    estate, unit = stage.estates[place], stage.units[place][person.unit]
    command = EndOccupancy(estate, stage.occupancies[person], _FIRST_VERSION, _day(at))
    stage.act(stage.member(place, Role.FRONT_DESK), end_occupancy, command, at)
    credit = _credit(stage, estate, unit)
    if credit:
        request = _ask_refund(stage, place, unit, credit, at + timedelta(minutes=20))
        is_complete = request % 4 != 0
        _decide(stage, place, request, at + timedelta(hours=1), approve=is_complete)


def _ask_refund(stage: Stage, place: int, unit: UnitId, credit: int, at: datetime) -> int:
    reason = words.REFUND_REASONS[unit % len(words.REFUND_REASONS)]
    command = AskRefund(stage.estates[place], unit, Money(credit), "bank_transfer", reason)
    return stage.act(stage.member(place, Role.CASHIER), ask_refund, command, at)


def _credit(stage: Stage, estate: EstateId, unit: UnitId | None = None) -> int:
    own = (UnitAccount.estate_id == estate, *(() if unit is None else (UnitAccount.unit_id == unit,)))
    with stage.database.reading() as connection:
        return connection.execute(select(UnitAccount.credit_fen).where(*own)).scalar() or 0


def _changing(stage: Stage) -> Iterator[Act]:
    """A higher price from a day on, and grades that had been forgotten."""
    for place, estate in enumerate(stage.company.estates):
        for charge in estate.layout.charges:
            if charge.first:
                at = moment(stage.company.first.shift(charge.first - 1).day(10), 9)
                yield Act(at, partial(_end_old, stage, place, charge.item, charge.first, at))
                later = at + timedelta(hours=2)
                yield Act(later, partial(bring_in, stage, place, charge, later))
        if any(unit.grade != unit.true_grade for unit in estate.units):
            month = stage.company.first.shift(MENDED_IN)
            at = moment(month.day(6), 9)
            yield Act(at, partial(_mend, stage, place, month, at))


def _end_old(stage: Stage, place: int, item: str, first: int, at: datetime) -> None:
    estate, day = stage.estates[place], stage.company.first.shift(first).first_day
    old = select(Tariff.id).where(Tariff.estate_id == estate, Tariff.item == item, Tariff.valid_to.is_(None))
    with stage.database.reading() as connection:
        number = TariffId(connection.execute(old).scalar_one())
    stage.act(MANAGER, end_tariff, EndTariff(estate, number, day, version_of_tariff(stage, estate, number)), at)


def _mend(stage: Stage, place: int, month: Month, at: datetime) -> None:
    """Enter the grades of every second unit that lacks one, and bill the month for them."""
    estate, planned = stage.estates[place], stage.company.estates[place].units
    forgotten = [number for number, unit in enumerate(planned) if unit.grade != unit.true_grade]
    for number in forgotten[::2]:
        unit = stage.units[place][number]
        with stage.database.reading() as connection:
            key = (Unit.estate_id == estate, Unit.id == unit)
            building = connection.execute(select(Unit.building_id).where(*key)).scalar_one()
        form = form_of(planned[number], building, grade=planned[number].true_grade)
        stage.act(ACCOUNTANT, edit_unit, EditUnit(estate, unit, _FIRST_VERSION, form), at)
    _bill(stage, place, month, at + timedelta(hours=1))


def _left_waiting(stage: Stage, now: datetime) -> Iterator[Act]:
    """What a supervisor finds in the morning: a bill run to post and a refund to decide."""
    month = Month.of(_day(now))
    at = moment(month.first_day, 6)
    if month > stage.company.last:
        command = PrepareBillRun(stage.estates[1], month)
        yield Act(at, lambda: _prepare(stage, command, at))
    late = now - timedelta(hours=20)
    yield Act(late, partial(_want_refund, stage, 2, late))


def _prepare(stage: Stage, command: PrepareBillRun, at: datetime) -> None:
    stage.act(ACCOUNTANT, prepare_bill_run, command, at)


def _want_refund(stage: Stage, place: int, at: datetime) -> None:
    estate = stage.estates[place]
    with stage.database.reading() as connection:
        rich = select(UnitAccount.unit_id, UnitAccount.credit_fen).where(UnitAccount.estate_id == estate)
        found = connection.execute(rich.order_by(UnitAccount.credit_fen.desc(), UnitAccount.unit_id)).first()
    if found is not None and found.credit_fen:
        _ask_refund(stage, place, UnitId(found.unit_id), found.credit_fen, at)


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
