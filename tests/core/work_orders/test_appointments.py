from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kernel.clocks import ClockKind, Pause
from core.kernel.errors import BusinessError
from core.kernel.identity import StaffId, WorkOrderId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.texts import ReasonMissing
from core.work_orders.appointments import (
    APPOINTMENT_MOVES,
    MOST_DAYS_AHEAD,
    PAUSE_REASON,
    Appointment,
    AppointmentNotOver,
    AppointmentSame,
    AppointmentState,
    AppointmentThere,
    SlotInPast,
    SlotOffer,
    SlotTaken,
    SlotTooFar,
    cancelled_appointment,
    check_slot_time,
    confirmed_appointment,
    ended_appointment,
    moved_appointment,
    new_appointment,
    pause_until_slot,
    slot_offers,
)
from core.work_orders.slots import Slot
from tests.core.work_orders.orders import NOW

A = AppointmentState
LI, WANG = StaffId(7), StaffId(8)
ORDER, OTHER_ORDER = WorkOrderId(100), WorkOrderId(101)
REASON = "业主临时有事"


def slot(first: float, last: float) -> Slot:
    """From so many hours after now to so many."""
    return Slot(NOW + timedelta(hours=first), NOW + timedelta(hours=last))


def booked(taken: Slot, handler: StaffId = LI, order: WorkOrderId = OTHER_ORDER, state: A = A.OFFERED) -> Appointment:
    return Appointment(order=order, handler=handler, slot=taken, made_at=NOW, state=state)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (timedelta(), SlotInPast),
        (timedelta(microseconds=1), None),
        (timedelta(days=MOST_DAYS_AHEAD), None),
        (timedelta(days=MOST_DAYS_AHEAD, microseconds=1), SlotTooFar),
    ],
)
def test_a_slot_lies_ahead_but_not_too_far(start: timedelta, refusal: type[BusinessError] | None) -> None:
    wanted = Slot(NOW + start, NOW + start + timedelta(hours=1))
    if refusal is None:
        check_slot_time(slot=wanted, now=NOW)
        return
    with pytest.raises(refusal) as refused:
        check_slot_time(slot=wanted, now=NOW)
    assert refused.value.fields["start"] == wanted.start


def test_each_slot_says_who_is_free() -> None:
    appointments = [booked(slot(2, 4)), booked(slot(5, 6), WANG), booked(slot(4, 5), WANG, state=A.CANCELLED)]
    slots = [slot(0, 1), slot(1, 2), slot(3, 5), slot(5, 7)]
    assert slot_offers(slots=slots, handlers=[WANG, LI], appointments=appointments, now=NOW) == (
        SlotOffer(slots[1], (WANG, LI), ()),
        SlotOffer(slots[2], (WANG,), (LI,)),
        SlotOffer(slots[3], (LI,), (WANG,)),
    )


@pytest.mark.parametrize(("confirmed", "state"), [(False, A.OFFERED), (True, A.CONFIRMED)])
def test_an_appointment_is_offered_or_confirmed_at_once(confirmed: bool, state: A) -> None:
    others = [booked(slot(1, 2)), booked(slot(4, 5)), booked(slot(2, 4), WANG), booked(slot(2, 4), order=ORDER,
              state=A.MISSED)]  # fmt: skip
    made = new_appointment(order=ORDER, handler=LI, slot=slot(2, 4), appointments=others, now=NOW, confirmed=confirmed)
    assert made == booked(slot(2, 4), order=ORDER, state=state)
    assert made.takes_time


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        (booked(slot(3, 5)), SlotTaken),
        (booked(slot(1, 2.5), state=A.CONFIRMED), SlotTaken),
        (booked(slot(8, 9), WANG, ORDER), AppointmentThere),
    ],
)
def test_nobody_is_in_two_places_and_no_request_waits_twice(other: Appointment, refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal) as refused:
        new_appointment(order=ORDER, handler=LI, slot=slot(2, 4), appointments=[other], now=NOW)
    assert refused.value.fields == {"start": other.slot.start, "end": other.slot.end}


def test_the_customer_confirms_before_it_begins() -> None:
    offered = booked(slot(2, 4))
    later = NOW + timedelta(hours=1)
    assert confirmed_appointment(appointment=offered, now=later) == replace(
        offered, state=A.CONFIRMED, changed_at=later
    )
    with pytest.raises(SlotInPast):
        confirmed_appointment(appointment=offered, now=NOW + timedelta(hours=2))


def test_a_moved_appointment_is_kept_beside_the_new_one() -> None:
    old = booked(slot(2, 4), order=ORDER, state=A.CONFIRMED)
    move = moved_appointment(
        appointment=old,
        slot=slot(3, 5),
        handler=LI,
        appointments=[old, booked(slot(5, 6))],
        reason=f" {REASON} ",
        now=NOW,
    )
    assert move.kept == replace(old, state=A.MOVED, changed_at=NOW, reason=REASON)
    assert move.new == booked(slot(3, 5), order=ORDER)
    by_phone = moved_appointment(
        appointment=old, slot=old.slot, handler=WANG, appointments=[], reason=REASON, now=NOW, confirmed=True
    )
    assert by_phone.new == booked(slot(2, 4), WANG, ORDER, A.CONFIRMED)


@pytest.mark.parametrize(
    ("to", "reason", "refusal"),
    [
        (slot(2, 4), REASON, AppointmentSame),
        (slot(3, 5), "忙", ReasonMissing),
        (slot(4, 6), REASON, SlotTaken),
        (slot(0, 1), REASON, SlotInPast),
    ],
)
def test_a_move_that_cannot_be_is_refused(to: Slot, reason: str, refusal: type[BusinessError]) -> None:
    old = booked(slot(2, 4), order=ORDER)
    others = [old, booked(slot(5, 6))]
    with pytest.raises(refusal):
        moved_appointment(appointment=old, slot=to, handler=LI, appointments=others, reason=reason, now=NOW)


def test_a_cancelled_appointment_says_why() -> None:
    offered = booked(slot(2, 4))
    assert cancelled_appointment(appointment=offered, reason=REASON, now=NOW) == replace(
        offered, state=A.CANCELLED, changed_at=NOW, reason=REASON
    )
    with pytest.raises(ReasonMissing):
        cancelled_appointment(appointment=offered, reason="", now=NOW)


def test_an_appointment_is_kept_or_missed_once_it_has_begun() -> None:
    agreed = booked(slot(2, 4), state=A.CONFIRMED)
    begun = NOW + timedelta(hours=2)
    kept = ended_appointment(appointment=agreed, kept=True, reason="没有用处", now=begun)
    assert kept == replace(agreed, state=A.KEPT, changed_at=begun)
    missed = ended_appointment(appointment=agreed, kept=False, reason="家中无人", now=begun)
    assert missed == replace(agreed, state=A.MISSED, changed_at=begun, reason="家中无人")
    with pytest.raises(ReasonMissing):
        ended_appointment(appointment=agreed, kept=False, now=begun)
    with pytest.raises(AppointmentNotOver) as refused:
        ended_appointment(appointment=agreed, kept=True, now=begun - timedelta(microseconds=1))
    assert refused.value.fields == {"start": begun, "now": begun - timedelta(microseconds=1)}


@pytest.mark.parametrize("state", list(A))
def test_what_is_over_does_not_change(state: A) -> None:
    one, begun = booked(slot(2, 4), state=state), NOW + timedelta(hours=3)
    ways: dict[A, Callable[[], Appointment]] = {
        A.CONFIRMED: lambda: confirmed_appointment(appointment=one, now=NOW),
        A.CANCELLED: lambda: cancelled_appointment(appointment=one, reason=REASON, now=NOW),
        A.KEPT: lambda: ended_appointment(appointment=one, kept=True, now=begun),
        A.MISSED: lambda: ended_appointment(appointment=one, kept=False, reason=REASON, now=begun),
    }
    for target, change in ways.items():
        if APPOINTMENT_MOVES.allows(source=state, target=target):
            assert change().state is target
        else:
            with pytest.raises(ForbiddenMove):
                change()
    if not one.takes_time:
        with pytest.raises(ForbiddenMove):
            moved_appointment(appointment=one, slot=slot(5, 6), handler=LI, appointments=[], reason=REASON, now=NOW)


def test_the_finishing_clock_waits_for_a_slot_the_customer_wants() -> None:
    wanted = slot(20, 22)
    assert pause_until_slot(slot=wanted, since=NOW, approved=True) == Pause(
        NOW, wanted.start, PAUSE_REASON, True, frozenset({ClockKind.RESOLVED})
    )
    assert pause_until_slot(slot=wanted, since=wanted.start, approved=True) is None


def tried(data: st.DataObject, rows: list[Appointment], order: WorkOrderId) -> list[Appointment]:
    """One act on the appointments of a request: made, or moved, cancelled or confirmed where there is one."""
    first = data.draw(st.integers(-2, 30)) / 2
    wanted, handler = slot(first, first + data.draw(st.integers(1, 6)) / 2), data.draw(st.sampled_from([LI, WANG]))
    live = next((one for one in rows if one.order == order and one.takes_time), None)
    if live is None or not data.draw(st.integers(0, 3)):
        return [*rows, new_appointment(order=order, handler=handler, slot=wanted, appointments=rows, now=NOW)]
    rest = [one for one in rows if one is not live]
    act = data.draw(st.sampled_from(["move", "cancel", "confirm"]))
    if act == "cancel":
        return [*rest, cancelled_appointment(appointment=live, reason=REASON, now=NOW)]
    if act == "confirm":
        return [*rest, confirmed_appointment(appointment=live, now=NOW)]
    move = moved_appointment(appointment=live, slot=wanted, handler=handler, appointments=rows, reason=REASON, now=NOW)
    return [*rest, move.kept, move.new]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_agreed_nobody_is_in_two_places_and_nothing_is_forgotten(data: st.DataObject) -> None:
    rows: list[Appointment] = []
    for _ in range(12):
        order, before = WorkOrderId(data.draw(st.integers(100, 103))), rows
        try:
            rows = tried(data, rows, order)
        except BusinessError:
            continue
        assert len(rows) >= len(before)
        live = [one for one in rows if one.takes_time]
        assert len({one.order for one in live}) == len(live)
        assert all(one.slot.start > NOW for one in live)
        for one, other in combinations(live, 2):
            assert one.handler != other.handler or not one.slot.overlaps(other.slot)
