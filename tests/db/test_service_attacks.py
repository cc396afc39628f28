"""Attacks on complaints and requests: time that lies, rights, words that stay, races, hostile input (R-083, R21)."""

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any, Final

import pytest

from core.admin.permissions import SYSTEM, Actor, Role
from core.complaints.grading import CaseGrade
from core.complaints.outcome_steps import Closing, Reopening
from core.complaints.states import CaseState
from core.complaints.states import running_clocks as case_clocks
from core.complaints.taxonomy import RecordType
from core.complaints.workload import AccountabilityAction
from core.customers.reveals import ContactField
from core.kernel.attachments import LinkTarget, PersonForgotten
from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.escalation import next_due
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, WorkOrderId
from core.kernel.pauses import PauseRequest
from core.kernel.periods import local_day
from core.kernel.sla import clock_state, closing_record
from core.work_orders.handling_steps import WorkClassification, WorkTransfer, WorkTransferRefused
from core.work_orders.kinds import PublicSystem, WorkKind
from core.work_orders.states import WorkState
from core.work_orders.states import running_clocks as order_clocks
from db.engine import Database
from db.models import Case, ServiceDraft, ServicePause, WorkOrder
from db.operations.accountability import RecordAccountability, record_accountability
from db.operations.case_care import AnonymiseCases, TickClocks, anonymise_cases, tick_clocks
from db.operations.case_contacts import RevealCaller, reveal_caller
from db.operations.case_moves import (
    EscalateCase,
    MergeCase,
    ReclassifyCase,
    TransferCase,
    escalate_case,
    merge_case,
    reclassify_case,
    transfer_case,
)
from db.operations.cases import EditCase, edit_case
from db.operations.service_links import AddLink, add_link
from db.operations.service_pauses import (
    AskPause,
    DecidePause,
    EndPause,
    ask_pause,
    decide_pause,
    end_pause,
)
from db.operations.work_appointments import (
    BookAppointment,
    CancelAppointment,
    MoveAppointment,
    book_appointment,
    cancel_appointment,
    move_appointment,
)
from db.operations.work_moves import ReclassifyOrder, TransferOrder, reclassify_order, transfer_order
from db.operations.work_orders import EditRequest, edit_request
from db.queries.case_card import CaseWanted, case_card
from db.queries.cases import CasesWanted, cases
from db.queries.knowledge import KnowledgeEntryWanted, knowledge_entry
from db.queries.measure_seeds import SpotSeedWanted, measure_seed_of_spot
from db.queries.service_details import RecordWanted, record_details
from db.queries.work_orders import OrdersWanted, work_orders
from db.repositories.cases import record_of
from db.repositories.service_clocks import StoredClock, clock_facts_of
from db.repositories.service_dues import ladder_of
from db.repositories.service_terms import ServiceTerms, service_terms
from db.repositories.work_orders import record_of as request_of
from db.unit_of_work import EditConflict, NotFound
from tests.db.work_setup import WorkWorld, a_work_world

SEQUENCES: Final = {"sqlite": 120, "postgresql": 20}
STEPS: Final = 14


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


class Walk:
    """A record that suffers one random step after another; a refused step is a step as well."""

    def __init__(self, work: WorkWorld, dice: random.Random) -> None:
        self.work, self.world, self.dice, self.done = work, work.world, dice, list[str]()

    def one_of(self, *choices: Any) -> Any:
        return self.dice.choice(choices)

    def earlier(self) -> datetime:
        """Now, or some hours ago."""
        return self.work.now - timedelta(minutes=self.one_of(0, 0, 1, 30, 60 * 5, 60 * 20))

    def who(self) -> Actor:
        people = self.work.people
        return self.dice.choice((people.desk, people.supervisor, people.manager, people.service_handler))

    def go(self, steps: Iterable[Callable[[], Any]]) -> None:
        step = self.dice.choice(list(steps))
        try:
            step()
            self.done.append(step.__name__)
        except BusinessError as error:
            self.done.append(f"({step.__name__}: {error.code})")
        if self.dice.random() < 0.8:
            self.world.later(minutes=self.one_of(1, 7, 45, 200, 700, 2000, 5000))

    def pauses(self, record: int) -> list[Any]:
        return self.world.rows(ServicePause, record_id=record)

    def ask(self, record: int) -> None:
        start = self.earlier()
        length = self.one_of(None, None, 1, 5, 30, 100)
        clocks = self.one_of(
            {ClockKind.RESPONSE},
            {ClockKind.RESOLVED},
            {ClockKind.CALLED_BACK},
            {ClockKind.RESPONSE, ClockKind.RESOLVED},
            {ClockKind.RESOLVED, ClockKind.CALLED_BACK},
            set(ClockKind),
        )
        request = PauseRequest(
            clocks=frozenset(clocks),
            reason=self.one_of("customer_appointment", "waiting_parts"),
            evidence="等待业主在家",
            start=start,
            end=None if length is None else start + timedelta(hours=length),
        )
        self.world.act(self.who(), ask_pause, AskPause(self.world.estate, record, request))

    def decide(self, record: int) -> None:
        asked = [row for row in self.pauses(record) if row.state == "asked"]
        if asked:
            row = self.dice.choice(asked)
            command = DecidePause(self.world.estate, row.id, row.version, self.one_of(True, True, False), "情况属实")
            self.world.act(self.one_of(self.work.people.supervisor, self.work.people.manager), decide_pause, command)

    def end(self, record: int) -> None:
        if rows := self.pauses(record):
            row = self.dice.choice(rows)
            self.world.act(self.who(), end_pause, EndPause(self.world.estate, row.id, row.version, self.earlier()))

    def tick(self) -> None:
        self.world.act(SYSTEM, tick_clocks, TickClocks(self.world.estate))


class CaseWalk(Walk):
    def __init__(self, work: WorkWorld, dice: random.Random) -> None:
        super().__init__(work, dice)
        given: dict[str, Any] = {}
        if dice.random() < 0.4:
            given |= {"category": None, "sub_category": None, "record_type": self.one_of(*RecordType)}
        self.case = self.world.register(**given)

    @property
    def row(self) -> Any:
        return self.world.case(self.case)

    def step(self) -> None:
        self.go(
            (
                *(self.move,) * 6,
                *(self.ask_here,) * 3,
                *(self.decide_here,) * 2,
                self.end_here,
                self.reopen,
                self.reopen,
                self.tick,
                self.regrade,
                self.edit,
                self.transfer,
                self.merge,
                self.escalate,
            )
        )

    def move(self) -> None:
        way = [state for state in CaseState if state not in (CaseState.ARCHIVED, CaseState.MERGED)]
        state, kind = CaseState(self.row.state), RecordType(self.row.record_type)
        following = {CaseState.REGISTERED: CaseState.CLASSIFIED, CaseState.RESPONDED: CaseState.IN_PROGRESS}
        after = way[way.index(state) + 1] if state in way[:-2] else CaseState.CLOSED
        target = following.get(state, after)
        if kind is not RecordType.COMPLAINT and state in (CaseState.RESPONDED, CaseState.REGISTERED):
            target = self.one_of(CaseState.CLOSED, CaseState.CLASSIFIED)
        if self.dice.random() < 0.04:
            target = CaseState.WITHDRAWN
        who, plain = self.world.plain_step(target)
        data: Any = plain
        if hasattr(data, "at"):
            data = replace(data, at=self.earlier())
        if target is CaseState.CLASSIFIED:
            data = self.world.classification(record_type=self.one_of(kind, RecordType.COMPLAINT))
        if target is CaseState.CALLED_BACK:
            data = replace(data, satisfied=self.one_of(True, False))
        if isinstance(data, Closing) and kind is not RecordType.COMPLAINT:
            data = replace(data, at=self.earlier())
        self.world.move(self.case, target, data, who)

    def reopen(self) -> None:
        if self.row.state not in ("resolved", "called_back", "closed"):
            return
        target = CaseState.IN_PROGRESS if self.row.record_type == "complaint" else CaseState.RESPONDED
        self.world.move(self.case, target, Reopening(reason="业主说没有处理好"), self.work.people.supervisor)

    def regrade(self) -> None:
        row = self.row
        data = self.world.classification(
            record_type=self.one_of(*RecordType),
            grade=self.one_of(*CaseGrade),
            grade_reason="改正等级的原因",
            households=row.households,
        )
        command = ReclassifyCase(self.world.estate, self.case, row.version, data, "分类错误，改正")
        self.world.act(self.work.people.supervisor, reclassify_case, command)

    def edit(self) -> None:
        row = self.row
        record = replace(record_of(self.world.database.keys, row), record_type=self.one_of(*RecordType))
        command = EditCase(self.world.estate, self.case, row.version, record)
        self.world.act(self.work.people.supervisor, edit_case, command)

    def transfer(self) -> None:
        handler = self.one_of(None, self.work.people.repair_handler.staff)
        if self.row.state == CaseState.CLASSIFIED.value:
            handler = None
        command = TransferCase(self.world.estate, self.case, self.row.version, "engineering", handler, "应由工程处理")
        self.world.act(self.work.people.supervisor, transfer_case, command)

    def merge(self) -> None:
        if self.dice.random() < 0.3:
            other = self.world.register()
            first, second = self.one_of((self.case, other), (other, self.case))
            command = MergeCase(self.world.estate, first, self.world.case(first).version, second, "同一件事情")
            self.world.act(self.work.people.supervisor, merge_case, command)

    def escalate(self) -> None:
        command = EscalateCase(self.world.estate, self.case, self.row.version, "有人受伤的危险")
        self.world.act(self.work.people.supervisor, escalate_case, command)

    def ask_here(self) -> None:
        self.ask(self.case)

    def decide_here(self) -> None:
        self.decide(self.case)

    def end_here(self) -> None:
        self.end(self.case)


class OrderWalk(Walk):
    def __init__(self, work: WorkWorld, dice: random.Random) -> None:
        super().__init__(work, dice)
        self.order = work.submit(self.one_of(work.record(), work.record(), work.failure())).order_id

    @property
    def row(self) -> Any:
        return self.work.row(self.order)

    def step(self) -> None:
        self.go(
            (
                *(self.move,) * 6,
                *(self.ask_here,) * 3,
                *(self.decide_here,) * 2,
                self.end_here,
                self.reopen,
                self.reopen,
                self.tick,
                self.resort,
                self.edit,
                self.transfer,
                self.book,
                self.book,
                self.change_visit,
                self.cancel,
            )
        )

    def move(self) -> None:
        work, order = self.work, self.order
        steps: dict[WorkState, Callable[[], None]] = {
            WorkState.SUBMITTED: lambda: work.classify(order),
            WorkState.CLASSIFIED: lambda: work.assign(order),
            WorkState.ASSIGNED: lambda: work.answer(order, work.people.supervisor, at=self.earlier()),
            WorkState.UNDER_WAY: self.carry_out,
            WorkState.CARRIED_OUT: lambda: work.report_back(order),
            WorkState.REPORTED_BACK: lambda: work.close(order),
        }
        state = WorkState(self.row.state)
        if state is WorkState.ASSIGNED and self.dice.random() < 0.4:
            self.carry_out()
        elif state in steps:
            steps[state]()

    def carry_out(self) -> None:
        at = self.earlier()
        self.work.carry_out(self.order, self.work.people.supervisor, began_at=at - timedelta(minutes=20), at=at)

    def reopen(self) -> None:
        self.work.reopen(self.order)

    def cancel(self) -> None:
        if self.dice.random() < 0.1:
            self.work.cancel(self.order)

    def resort(self) -> None:
        failure = self.one_of(None, PublicSystem.WATER)
        data = WorkClassification(
            kind=WorkKind.REPAIR if failure else self.one_of(WorkKind.REPAIR, WorkKind.CLEANING),
            failure=failure,
            people_at_risk=False,
        )
        command = ReclassifyOrder(self.world.estate, self.order, self.row.version, data, "分类错误，改正")
        self.world.act(self.work.people.desk, reclassify_order, command)

    def edit(self) -> None:
        row = self.row
        record = replace(request_of(self.world.database.keys, row), kind=self.one_of(*WorkKind), failure=None)
        command = EditRequest(self.world.estate, self.order, row.version, record)
        self.world.act(self.work.people.desk, edit_request, command)

    def transfer(self) -> None:
        who = self.one_of(None, self.work.people.repair_handler, self.work.people.second_handler)
        if self.row.state == WorkState.CLASSIFIED.value:
            who = None
        person = None if who is None else self.work.somebody(who)
        data = WorkTransfer(department="engineering", handler=person, reason="换一位师傅处理")
        command = TransferOrder(self.world.estate, self.order, self.row.version, data)
        self.world.act(self.work.people.supervisor, transfer_order, command)

    def book(self) -> None:
        wish, slot = self.one_of("", "业主要求周末"), self.work.slot(self.one_of(2, 24, 70))
        handler = None if self.row.handler_id else self.work.people.repair_handler.staff
        command = BookAppointment(self.world.estate, WorkOrderId(self.order), slot, handler, True, wish)
        self.world.act(self.work.people.desk, book_appointment, command)

    def change_visit(self) -> None:
        found = [row for row in self.work.appointments(self.order) if row.state in ("proposed", "confirmed")]
        if found and self.dice.random() < 0.5:
            one: Any = CancelAppointment(self.world.estate, found[0].id, found[0].version, "业主临时有事")
            self.world.act(self.work.people.desk, cancel_appointment, one)
        elif found:
            slot, wish = self.work.slot(self.one_of(2, 50)), self.one_of(True, False)
            move = MoveAppointment(
                self.world.estate, found[0].id, found[0].version, slot, "改到另一时间", customer_wish=wish
            )
            self.world.act(self.work.people.desk, move_appointment, move)

    def ask_here(self) -> None:
        self.ask(self.order)

    def decide_here(self) -> None:
        self.decide(self.order)

    def end_here(self) -> None:
        self.end(self.order)


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def time_is_told_right(walk: Walk, row: Any, terms: ServiceTerms, expected: Iterable[ClockKind]) -> None:
    """Everything stored about the time of a record is what its rows say, recomputed by the kernel."""
    world, now, said = walk.world, walk.work.now, walk.done
    with world.database.reading() as connection:
        clocks = clock_facts_of(connection, world.estate, [row.id])[row.id]
    running = [clock for clock in clocks if clock.runs]
    assert {clock.facts.kind for clock in running} == set(expected), said
    assert len(running) == len(set(expected)), said
    table = Case if hasattr(row, "grade") else WorkOrder
    ladder = ladder_of(
        terms, table(**{name: getattr(row, name) for name in ("grade", "failure") if hasattr(row, name)})
    )
    states = [clock_state(facts=clock.facts, now=now, calendar=terms.calendar) for clock in running]
    for clock, state in zip(running, states, strict=True):
        assert (clock.due_target, clock.due_hard) == (state.due_target, state.due_hard), said
    assert row.due_target == _earliest(state.due_target for state in states), said
    assert row.due_hard == _earliest(state.due_hard for state in states), said
    looks = [
        next_due(facts=clock.facts, now=now, calendar=terms.calendar, ladder=ladder, sent=clock.sent)
        for clock in running
    ]
    wanted = _earliest(looks)
    if wanted is not None:
        assert row.next_look is not None, said
        assert row.next_look <= max(wanted, now), said
    for clock in clocks:
        settled_as_the_rows_say(clock, terms, said)
    no_run_stands_still_for_an_earlier_one(walk, row.id, running)
    the_queue_shows_it(walk, row, any(state.paused for state in states))


def the_queue_shows_it(walk: Walk, row: Any, paused: bool) -> None:
    """What the queue shows of an open record: its deadline and whether its clocks stand still."""
    if row.ended_on is not None or len(walk.done) % 4:  # it takes long, and each step is followed by others
        return
    world, is_case = walk.world, hasattr(row, "grade")
    shown: Any = (
        world.ask(walk.work.people.supervisor, cases, CasesWanted(world.estate, slice=Slice(0, 200)))
        if is_case
        else world.ask(walk.work.people.supervisor, work_orders, OrdersWanted(world.estate, slice=Slice(0, 200)))
    )
    (found,) = (one for one in shown.rows if (one.case_id if is_case else one.order_id) == row.id)
    assert found.paused is paused, walk.done


def settled_as_the_rows_say(clock: StoredClock, terms: ServiceTerms, said: list[str]) -> None:
    if clock.runs or clock.cancelled:
        return
    closing = closing_record(facts=clock.facts, calendar=terms.calendar, calendar_version="")
    for outcome, minutes, kept in (
        (closing.target, clock.target_minutes, clock.target_kept),
        (closing.hard, clock.hard_minutes, clock.hard_kept),
    ):
        assert (None if outcome is None else (outcome.minutes_left, outcome.kept)) == (
            None if kept is None else (minutes, kept)
        ), said


def no_run_stands_still_for_an_earlier_one(walk: Walk, record: int, running: list[StoredClock]) -> None:
    """A pause belongs to the time in which it was asked for, not to a run that begins later."""
    for pause in walk.pauses(record):
        for clock in running:
            if pause.state != "refused" and clock.facts.kind.value in pause.clocks.split(","):
                over = pause.end_at is not None and pause.end_at <= max(clock.facts.started_at, pause.asked_at)
                assert over or pause.asked_at >= clock.facts.started_at or clock.run == 1, walk.done


def _count(database: Database) -> int:
    return SEQUENCES[database.engine.dialect.name] // 2


def test_the_queue_of_cases_never_lies_about_time(work: WorkWorld) -> None:
    for seed in range(_count(work.world.database)):
        walk = CaseWalk(work, random.Random(seed))
        for _ in range(STEPS):
            walk.step()
            with work.world.database.reading() as connection:
                terms = service_terms(connection, work.world.estate, local_day(work.now))
            row = walk.row
            kinds = case_clocks(record_type=RecordType(row.record_type), state=CaseState(row.state))
            walk.done.append(f"=> {row.state}")
            time_is_told_right(walk, row, terms, kinds)


def test_the_queue_of_requests_never_lies_about_time(work: WorkWorld) -> None:
    for seed in range(_count(work.world.database)):
        walk = OrderWalk(work, random.Random(seed))
        for _ in range(STEPS):
            walk.step()
            with work.world.database.reading() as connection:
                terms = service_terms(connection, work.world.estate, local_day(work.now))
            row = walk.row
            walk.done.append(f"=> {row.state}")
            time_is_told_right(walk, row, terms, order_clocks(WorkState(row.state)))


def test_a_pause_ends_with_the_run_it_was_asked_for(work: WorkWorld) -> None:
    """Else the clock of a case that is opened again would stand still, and the queue would wait for nobody."""
    world, case = work.world, work.world.register()
    world.move_to(case, CaseState.IN_PROGRESS)
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="waiting_parts", evidence="等待厂家发货", start=work.now
    )
    pause = world.act(work.people.service_handler, ask_pause, AskPause(world.estate, case, request))
    world.act(work.people.supervisor, decide_pause, DecidePause(world.estate, pause, 1, approve=True))
    assert world.case(case).due_hard is None
    resolved = world.later(hours=5)
    world.move(case, CaseState.RESOLVED)
    (row,) = world.rows(ServicePause, id=pause)
    assert row.end_at == resolved
    world.later(hours=1)
    world.move(case, CaseState.CALLED_BACK, world.call_back(satisfied=False), work.people.desk)
    assert world.case(case).due_hard is not None


def test_nobody_answers_for_a_case_of_another_estate(work: WorkWorld) -> None:
    world, case = work.world, work.world.register()
    world.later(days=60)
    stranger = work.people.lake_handler.staff
    decided = RecordAccountability(world.estate, case, stranger, AccountabilityAction.EXPLANATION, "超时未处理的谈话")
    with pytest.raises(NotFound):
        world.act(work.people.supervisor, record_accountability, decided)
    own = replace(decided, staff_id=work.people.service_handler.staff)
    assert world.act(work.people.supervisor, record_accountability, own)


def test_a_role_without_complaints_opens_no_caller_it_once_took_in(work: WorkWorld) -> None:
    world = work.world
    before = work.people.clerk
    case = world.register(before, customer=None, caller_name="钱先生", caller_phone="13900001111")
    now = replace(before, roles=frozenset({Role.CASHIER}))
    with pytest.raises(NotFound):
        world.act(now, reveal_caller, RevealCaller(world.estate, case, ContactField.PHONE, "核对来电号码"))


def test_nothing_leads_back_to_a_household_that_was_forgotten(work: WorkWorld) -> None:
    world, order = work.world, work.closed()
    case = world.register()
    other = world.register()
    world.move(case, CaseState.WITHDRAWN)
    world.later(days=365 * 3 + 40)
    assert world.act(SYSTEM, anonymise_cases, AnonymiseCases(world.estate)) >= 2
    for record in (case, order):
        with pytest.raises(PersonForgotten):
            world.act(work.people.desk, add_link, AddLink(world.estate, record, LinkTarget.CASE, other))


def test_a_classified_request_is_not_given_to_a_person_by_a_transfer(work: WorkWorld) -> None:
    order = work.classified()
    data = WorkTransfer(department="", handler=work.somebody(work.people.second_handler), reason="换一位师傅处理")
    command = TransferOrder(work.world.estate, order, work.row(order).version, data)
    with pytest.raises(WorkTransferRefused):
        work.act(work.people.supervisor, transfer_order, command)


HOSTILE: Final = ("\x00", "\ud800", "a" * 1_000_000, "'; DROP TABLE cases; --", "%_\\", "²³", "\u202e", "9" * 5_000)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_finds_nothing_and_breaks_nothing(work: WorkWorld, text: str) -> None:
    world, case = work.world, work.world.register()
    world.ask(work.people.supervisor, cases, CasesWanted(search=text))
    world.ask(work.people.supervisor, work_orders, OrdersWanted(search=text))
    world.ask(work.people.supervisor, measure_seed_of_spot, SpotSeedWanted(world.estate, text))
    for target in LinkTarget:
        with pytest.raises(NotFound):
            world.act(work.people.supervisor, add_link, AddLink(world.estate, case, target, text))
    with pytest.raises(BusinessError):
        world.register(customer=None, caller_name="钱先生", caller_phone="138****8000")


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**40, 10**18 - 1])
def test_any_number_in_an_address_is_not_found(work: WorkWorld, number: int) -> None:
    who = work.people.supervisor
    with pytest.raises(NotFound):
        work.world.ask(who, knowledge_entry, KnowledgeEntryWanted(number))
    with pytest.raises(NotFound):
        work.world.ask(who, case_card, CaseWanted(work.world.estate, CaseId(number)))
    with pytest.raises(NotFound):
        work.world.ask(who, record_details, RecordWanted(work.world.estate, number))


def _both(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at the same time; what each gave, or how it was refused."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except BusinessError as error:
            return type(error)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_two_at_once_leave_one_truth(work: WorkWorld) -> None:
    """A pause decided twice, a case escalated twice, and two cases merged into each other."""
    world, people = work.world, work.people
    case, other = world.register(), world.register()
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="waiting_parts", evidence="等待厂家发货", start=work.now
    )
    pause = world.act(people.desk, ask_pause, AskPause(world.estate, case, request))
    decide = [DecidePause(world.estate, pause, 1, approve=yes, note="情况属实") for yes in (True, False)]
    found = _both(
        lambda: world.act(people.supervisor, decide_pause, decide[0]),
        lambda: world.act(people.manager, decide_pause, decide[1]),
    )
    assert sorted(map(str, found)) == sorted(["None", str(EditConflict)])
    version = world.case(case).version
    escalate = EscalateCase(world.estate, case, version, "有人受伤的危险")
    found = _both(*[lambda: world.act(people.supervisor, escalate_case, escalate)] * 2)
    assert found.count(EditConflict) == 1
    assert len(world.rows(ServiceDraft, record_id=case)) == 1
    keys = (case, other)
    merges = [MergeCase(world.estate, a, world.case(a).version, b, "同一件事情") for a, b in (keys, keys[::-1])]
    found = _both(*(partial(world.act, people.supervisor, merge_case, one) for one in merges))
    assert [found.count(None), len({world.case(one).state for one in keys})] == [1, 2]
