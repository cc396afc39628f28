"""What happens to the service requests of the demonstration company, by the people whose step it is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Final

from sqlalchemy import select

from core.kernel.attachments import PhotoPhase
from core.kernel.clocks import ClockKind
from core.kernel.drafts import DraftKind, DraftState
from core.kernel.identity import EstateId, WorkOrderId
from core.kernel.money import Money
from core.kernel.pauses import PauseRequest
from core.kernel.periods import local_day
from core.work_orders.appointments import SlotTaken
from core.work_orders.facts import WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignee, WorkAssignment, WorkClassification
from core.work_orders.kinds import WorkChannel, WorkKind
from core.work_orders.materials import MaterialLine
from core.work_orders.outcome_steps import (
    Cancellation,
    CancelReason,
    Execution,
    NoRating,
    ReportBack,
    WorkCause,
    WorkClosing,
    WorkReopening,
    WorkResult,
)
from core.work_orders.request import RequestRecord
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.jobs import demo_service_words as words
from db.jobs.demo_request_plan import PlannedOrder, WorkExtra, WorkFate
from db.jobs.demo_service import Crew, Worker
from db.jobs.demo_stage import Act, moment
from db.models import ServiceDraft, WorkAppointment, WorkOrder
from db.operations.service_drafts import DropDraft, EditDraft, ReleaseDraft, drop_draft, edit_draft, release_draft
from db.operations.service_pauses import AskPause, ask_pause
from db.operations.work_appointments import BookAppointment, MoveAppointment, book_appointment, move_appointment
from db.operations.work_moves import MoveOrder, ReportUpward, move_order, report_upward
from db.operations.work_orders import SubmitRequest, submit_request

_NO_ORDER: Final = WorkOrderId(0)
_POSTS: Final = {
    WorkKind.REPAIR: "repair_worker", WorkKind.CLEANING: "cleaner", WorkKind.GREENING: "gardener",
    WorkKind.OTHER: "order_officer",
}  # fmt: skip
_HOURS: Final = (8.5, 10.5, 13.5, 15.5)
"""When visits begin; the hours of service are the company's own."""

_VISIT: Final = timedelta(hours=2)
_OPEN_VISITS: Final = timedelta(hours=2)
_DONE: Final = 3
"""The place of the moment in which the work is done, among those of the steps."""


@dataclass(slots=True)
class PlayedOrder:
    """A request as it is played; everything random about it comes from its own chance."""

    crew: Crew
    plan: PlannedOrder
    name: str
    handler: Worker
    number: WorkOrderId = _NO_ORDER
    nobody: bool = False
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.name)  # noqa: S311 (a demonstration, not a secret)

    @property
    def estate(self) -> EstateId:
        """The number of the estate."""
        return self.crew.stage.estates[self.plan.place]

    @property
    def supervisor(self) -> str:
        """Who supervises."""
        return self.crew.supervisor(self.plan.place)

    @property
    def desk(self) -> str:
        """Who takes it in and calls back."""
        return self.crew.desk(self.plan.place, self.plan.turn)

    def version(self) -> int:
        """The version a form would have shown."""
        with self.crew.stage.database.reading() as connection:
            own = (WorkOrder.estate_id == self.estate, WorkOrder.id == self.number)
            return connection.execute(select(WorkOrder.version).where(*own)).scalar_one()

    def move(self, who: str, target: WorkState, data: WorkStepData, at: datetime) -> None:
        """Take a step."""
        command = MoveOrder(self.estate, self.number, self.version(), target, data)
        self.crew.stage.act(who, move_order, command, at)


def play_orders(crew: Crew, planned: tuple[PlannedOrder, ...], name: str = "order") -> Iterator[Act]:
    """Give what happens to each of the requests, from its submission on."""
    for number, plan in enumerate(planned):
        yield from _acts(crew, plan, f"{name}-{number:05}")


def _acts(crew: Crew, plan: PlannedOrder, name: str) -> Iterator[Act]:
    order: list[PlayedOrder] = []

    def later(at: datetime, do: Callable[[PlayedOrder, datetime], None]) -> Act:
        return Act(at, lambda: do(order[0], at))

    yield Act(plan.at, partial(_begin, crew, plan, name, order))
    steps = (_classify, _assign, _answer, _carry_out, _report_back, _close)
    if plan.fate is WorkFate.CANCELLED:
        yield later(plan.steps[0], _classify)
        yield later(plan.steps[1], _cancel)
        return
    yield from (later(at, do) for at, do in zip(plan.steps, steps, strict=False))
    if WorkExtra.ASKED in plan.extras:
        yield later(plan.steps[-1] + timedelta(minutes=20), ask_for_pause)
    if plan.fate is WorkFate.BACK and len(plan.steps) == len(steps):
        back = plan.steps[-1] + timedelta(days=2)
        for hours, do in ((0, _open_again), (5, _carry_out), (6, _report_back), (20, _close)):
            yield later(back + timedelta(hours=hours), do)


def _begin(crew: Crew, plan: PlannedOrder, name: str, order: list[PlayedOrder]) -> None:
    played = PlayedOrder(crew, plan, name, crew.of_post(plan.place, _POSTS[plan.kind], plan.turn))
    order.append(played)
    day = local_day(plan.at)
    customer = None if plan.unit is None else crew.customer(plan.place, plan.unit, day)
    if plan.channel is WorkChannel.PATROL or plan.failure is not None:
        customer = None
    played.nobody = customer is None
    is_named = customer is not None or plan.channel is WorkChannel.PATROL or plan.failure is not None
    record = RequestRecord(
        kind=plan.kind,
        failure=plan.failure,
        people_at_risk=plan.people_at_risk,
        unit=None if plan.spot or plan.unit is None else crew.unit(plan.place, plan.unit),
        place=plan.spot,
        content=plan.content,
        noticed_at=plan.at - timedelta(minutes=played.chance.randrange(3, 30)),
        channel=plan.channel,
        customer=customer,
        caller_name="" if is_named else words.PLACES["service"][0],
        households=plan.households,
    )
    command = SubmitRequest(played.estate, record, f"demo-{name}")
    played.number = crew.stage.act(played.desk, submit_request, command, plan.at).order_id


def _classify(order: PlayedOrder, at: datetime) -> None:
    plan = order.plan
    data = WorkClassification(kind=plan.kind, failure=plan.failure, people_at_risk=plan.people_at_risk)
    order.move(order.desk, WorkState.CLASSIFIED, data, at)


def _assign(order: PlayedOrder, at: datetime) -> None:
    person = WorkAssignee(order.handler.staff, "", active=True)
    order.move(order.supervisor, WorkState.ASSIGNED, WorkAssignment(handler=person), at)
    if WorkExtra.VISIT in order.plan.extras and order.plan.failure is None:
        _book(order, at + timedelta(minutes=3))


def _book(order: PlayedOrder, at: datetime) -> None:
    """Agree on a time that is free, and move it once where the plan says so."""
    stage, extras = order.crew.stage, order.plan.extras
    wish = words.LATER_WISH if WorkExtra.LATER_WISH in extras else ""
    for slot in _slots(order.plan, at):
        first = _earlier(slot, at) if WorkExtra.SHIFTED in extras else slot
        command = BookAppointment(order.estate, order.number, first, confirmed=order.plan.turn % 5 > 0, later_wish=wish)
        try:
            booked = stage.act(order.desk, book_appointment, command, at)
        except SlotTaken:  # the next one
            continue
        if first != slot:
            _shift(order, booked, slot, at + timedelta(minutes=30))
        return


def _slots(plan: PlannedOrder, at: datetime) -> Iterator[Slot]:
    """Times in which the work is done as planned; of what is open still, working times of the days to come."""
    if len(plan.steps) > _DONE:
        done = plan.steps[_DONE]
        half_hour = done.replace(minute=done.minute // 30 * 30, second=0, microsecond=0)
        begins = [half_hour - timedelta(minutes=minutes) for minutes in (60, 30, 90, 0)]
    else:
        days = [local_day(plan.steps[-1]) + timedelta(days=days) for days in (0, 1, 2, 3)]
        hours = [_HOURS[(step + plan.turn) % len(_HOURS)] for step in range(len(_HOURS))]
        begins = [moment(day, int(hour), int(hour % 1 * 60)) for day in days for hour in hours]
        begins = [start for start in begins if start > plan.steps[-1] + _OPEN_VISITS]
    return (Slot(start, start + _VISIT) for start in begins if start > at + timedelta(minutes=40))


def _earlier(slot: Slot, at: datetime) -> Slot:
    """Two hours before, if that is still to come."""
    before = Slot(slot.start - timedelta(hours=2), slot.end - timedelta(hours=2))
    return before if before.start > at + timedelta(minutes=40) else slot


def _shift(order: PlayedOrder, booked: int, slot: Slot, at: datetime) -> None:
    stage = order.crew.stage
    with stage.database.reading() as connection:
        own = (WorkAppointment.estate_id == order.estate, WorkAppointment.id == booked)
        version = connection.execute(select(WorkAppointment.version).where(*own)).scalar_one()
    reason = words.SHIFT_REASONS[order.plan.turn % len(words.SHIFT_REASONS)]
    command = MoveAppointment(order.estate, booked, version, slot, reason, confirmed=True)
    with suppress(SlotTaken):  # the handler is engaged then: it stays as it was
        stage.act(order.desk, move_appointment, command, at)


def _answer(order: PlayedOrder, at: datetime) -> None:
    if not order.plan.answers:
        return
    plan = order.chance.choice(words.WORK_PLANS)
    channel = None if order.nobody else WorkChannel.PHONE
    order.move(order.handler.enters, WorkState.UNDER_WAY, HandlerAnswer(plan=plan, channel=channel, at=at), at)
    if order.plan.failure is not None and WorkExtra.NOTICE in order.plan.extras:
        _tell_owners(order, at + timedelta(minutes=5))


def _carry_out(order: PlayedOrder, at: datetime) -> None:
    plan, minutes = order.plan, order.chance.randrange(15, 70)
    earliest = plan.at + timedelta(minutes=1)
    if WorkExtra.PHOTOS in plan.extras:
        order.crew.photos(plan.place, order.number, PhotoPhase.BEFORE, order.handler.enters, at - timedelta(minutes=9))
        order.crew.photos(plan.place, order.number, PhotoPhase.AFTER, order.handler.enters, at - timedelta(minutes=1))
    result = WorkResult.DONE if order.chance.random() < 0.94 else WorkResult.MAKESHIFT
    data = Execution(
        began_at=max(at - timedelta(minutes=minutes), _began(order, earliest)),
        at=at,
        cause=WorkCause(plan.cause) if plan.kind is WorkKind.REPAIR else None,
        result=result,
        description=plan.done,
        materials=tuple(
            MaterialLine(name=name, quantity=Decimal(quantity), measure=measure, unit_price=Money.of(Decimal(price)))
            for name, quantity, measure, price in plan.materials
        ),
    )
    order.move(order.handler.enters, WorkState.CARRIED_OUT, data, at)
    if any(order.crew.was_late(plan.place, order.number)) and not _reported(order):
        _tell_upward(order, at + timedelta(minutes=40))
    if plan.failure is not None:
        _settle_drafts(order, at + timedelta(minutes=30))


def _began(order: PlayedOrder, earliest: datetime) -> datetime:
    """Work begins no earlier than the request, or than it was opened again."""
    with order.crew.stage.database.reading() as connection:
        own = (WorkOrder.estate_id == order.estate, WorkOrder.id == order.number)
        again = connection.execute(select(WorkOrder.reopened_at).where(*own)).scalar_one()
    return max(earliest, again) if again is not None else earliest


def _reported(order: PlayedOrder) -> bool:
    with order.crew.stage.database.reading() as connection:
        own = (WorkOrder.estate_id == order.estate, WorkOrder.id == order.number)
        return connection.execute(select(WorkOrder.reported_at).where(*own)).scalar_one() is not None


def _tell_upward(order: PlayedOrder, at: datetime) -> None:
    reason = words.REPORT_REASONS[order.plan.turn % len(words.REPORT_REASONS)]
    command = ReportUpward(order.estate, order.number, order.version(), reason)
    order.crew.stage.act(order.supervisor, report_upward, command, at)


def _report_back(order: PlayedOrder, at: datetime) -> None:
    channel = None if order.nobody else WorkChannel.PHONE
    data = ReportBack(told=order.chance.choice(words.TOLD), channel=channel, at=at)
    order.move(order.desk, WorkState.REPORTED_BACK, data, at)


def _close(order: PlayedOrder, at: datetime) -> None:
    rating = order.plan.rating or None
    if order.nobody:
        data = WorkClosing(rating=None, no_rating=NoRating.NOBODY)
    elif rating is None or WorkExtra.UNRATED in order.plan.extras:
        data = WorkClosing(rating=None, no_rating=NoRating.DECLINED if order.plan.turn % 3 else NoRating.UNREACHABLE)
    else:
        comment = order.chance.choice(words.RATED_BADLY if rating <= 2 else words.RATED_WELL)
        data = WorkClosing(rating=rating, comment=comment)
    order.move(order.desk, WorkState.CLOSED, data, at)


def _cancel(order: PlayedOrder, at: datetime) -> None:
    why = list(words.CANCELLED)[order.plan.turn % len(words.CANCELLED)]
    data = Cancellation(why=CancelReason(why), reason=words.CANCELLED[why])
    order.move(order.desk, WorkState.CANCELLED, data, at)


def _open_again(order: PlayedOrder, at: datetime) -> None:
    reason = words.REOPENED[order.plan.turn % len(words.REOPENED)]
    order.move(order.desk, WorkState.ASSIGNED, WorkReopening(reason=reason), at)


def ask_for_pause(order: PlayedOrder, at: datetime) -> None:
    """The handler asks for the clock to stand still until the parts have come."""
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason="waiting_parts", evidence=words.PAUSE_WORDS["waiting_parts"],
        start=at, end=at + timedelta(days=3),
    )  # fmt: skip
    order.crew.stage.act(order.handler.enters, ask_pause, AskPause(order.estate, order.number, request), at)


# --- drafts ---


def _drafts(order: PlayedOrder) -> list[tuple[int, int, DraftKind]]:
    """Number, version and kind of the drafts of a request that wait."""
    draft = ServiceDraft
    own = (draft.estate_id == order.estate, draft.record_id == order.number, draft.state == DraftState.DRAFT.value)
    statement = select(draft.id, draft.version, draft.kind).where(*own).order_by(draft.id)
    with order.crew.stage.database.reading() as connection:
        return [(row.id, row.version, DraftKind(row.kind)) for row in connection.execute(statement)]


def _tell_owners(order: PlayedOrder, at: datetime) -> None:
    """The supervisor fills the notice of a failure in and gives it out, and reports the event."""
    for number, version, kind in _drafts(order):
        _release(order, (number, version), kind, at)


def _settle_drafts(order: PlayedOrder, at: datetime) -> None:
    """Once it works again owners are told so, if they were told before; other drafts are put aside."""
    for number, version, kind in _drafts(order):
        if WorkExtra.NOTICE in order.plan.extras:
            _release(order, (number, version), kind, at, mended=True)
        else:
            command = DropDraft(order.estate, number, version, words.FINISHED_EARLY)
            order.crew.stage.act(order.supervisor, drop_draft, command, at)


def _release(
    order: PlayedOrder, draft: tuple[int, int], kind: DraftKind, at: datetime, *, mended: bool = False
) -> None:
    stage, (number, version), estate = order.crew.stage, draft, order.estate
    is_notice = kind is DraftKind.NOTICE
    notice = words.NOTICE_MENDED if mended else words.NOTICE_TEXT
    text = notice.format(place=order.plan.spot) if is_notice else words.EVENT_TEXT
    edit = EditDraft(
        estate, number, version, text=text, place=order.plan.spot if is_notice else None,
        expected_by=at + timedelta(hours=3) if is_notice else None,
    )  # fmt: skip
    stage.act(order.supervisor, edit_draft, edit, at)
    with stage.database.reading() as connection:
        own = (ServiceDraft.estate_id == estate, ServiceDraft.id == number)
        version = connection.execute(select(ServiceDraft.version).where(*own)).scalar_one()
    stage.act(order.supervisor, release_draft, ReleaseDraft(estate, number, version), at)
