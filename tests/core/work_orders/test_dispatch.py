from dataclasses import replace
from typing import Any

import pytest

from core.kernel.identity import EstateId, StaffId
from core.work_orders.appointments import AppointmentState
from core.work_orders.dispatch import (
    DispatchObstacle,
    DispatchReason,
    DutyPresence,
    LeftOut,
    OpenWork,
    ProposedHandler,
    WorkCandidate,
    WorkLoad,
    dispatch_proposal,
    work_loads,
    work_points,
)
from core.work_orders.kinds import PublicSystem, WorkKind
from tests.core.work_orders.orders import ESTATE
from tests.core.work_orders.test_appointments import booked, slot

R, B = DispatchReason, DispatchObstacle
ELSEWHERE = EstateId(4)


def person(number: int, **changes: Any) -> WorkCandidate:
    base = WorkCandidate(
        staff=StaffId(number),
        post="repair_worker",
        department="engineering",
        estates=frozenset({ESTATE, ELSEWHERE}),
        home=ESTATE,
        presence=DutyPresence.PRESENT,
    )
    return replace(base, **changes)


def order(*candidates: WorkCandidate, loads: dict[int, WorkLoad] | None = None, **wanted: Any) -> list[int]:
    known = {StaffId(staff): load for staff, load in (loads or {}).items()}
    asked: dict[str, Any] = {"kind": WorkKind.REPAIR, "estate": ESTATE, **wanted}
    return [one.staff for one in dispatch_proposal(candidates=candidates, loads=known, **asked).proposed]


@pytest.mark.parametrize(
    ("kind", "failure", "points"),
    [
        (WorkKind.REPAIR, PublicSystem.GAS, 4),
        (WorkKind.REPAIR, None, 2),
        (WorkKind.CLEANING, None, 1),
        (WorkKind.GREENING, None, 1),
        (WorkKind.OTHER, None, 1),
    ],
)
def test_failures_weigh_most(kind: WorkKind, failure: PublicSystem | None, points: int) -> None:
    assert work_points(kind=kind, failure=failure) == points


def test_what_each_person_has_open_adds_up() -> None:
    works = [
        OpenWork(StaffId(7), WorkKind.REPAIR),
        OpenWork(StaffId(8), WorkKind.OTHER),
        OpenWork(StaffId(7), WorkKind.REPAIR, PublicSystem.LIFT),
    ]
    assert work_loads(works=works) == {7: WorkLoad(6, 2), 8: WorkLoad(1, 1)}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (person(9), person(1, post="other")),
        (person(9, department="order"), person(1, post="other")),
        (person(9, presence=DutyPresence.UNKNOWN), person(1, post="other")),
        (person(9), person(1, presence=DutyPresence.UNKNOWN)),
        (person(9), person(1, home=ELSEWHERE)),
        (person(9), person(1, home=None)),
        (person(1), person(9)),
    ],
)
def test_skill_then_presence_then_home_then_number_decide(better: WorkCandidate, worse: WorkCandidate) -> None:
    assert order(worse, better) == [better.staff, worse.staff]


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ({1: WorkLoad(4, 1), 2: WorkLoad(2, 1)}, [2, 1]),
        ({1: WorkLoad(2, 2), 2: WorkLoad(2, 1)}, [2, 1]),
        ({1: WorkLoad(0, 0)}, [1, 2]),
        ({}, [1, 2]),
    ],
)
def test_the_lighter_load_goes_first(loads: dict[int, WorkLoad], expected: list[int]) -> None:
    assert order(person(1), person(2), loads=loads) == expected


def test_the_load_weighs_more_than_the_home_estate() -> None:
    assert order(person(1), person(2, home=ELSEWHERE), loads={1: WorkLoad(1, 1)}) == [2, 1]


def test_the_posts_of_a_kind_come_in_their_order() -> None:
    desk = person(1, post="receptionist", department="customer_service")
    specialist = person(2, post="service_specialist", department="customer_service")
    assert order(desk, specialist, kind=WorkKind.OTHER) == [2, 1]
    assert order(desk, specialist, kind=WorkKind.CLEANING) == []


def test_the_proposal_says_what_speaks_for_and_against_each() -> None:
    near = slot(2, 4)
    people = [
        person(
            5, active=False, presence=DutyPresence.ABSENT, estates=frozenset(), post="cashier", department="finance"
        ),
        person(4, post="other", presence=DutyPresence.UNKNOWN, home=None),
        person(3),
        person(2),
        person(1, department="order"),
    ]
    appointments = [
        booked(slot(3, 5), StaffId(2)),
        booked(slot(3, 5), StaffId(3), state=AppointmentState.MOVED),
        booked(slot(4, 5), StaffId(1)),
    ]
    loads = {StaffId(1): WorkLoad(4, 1)}
    found = dispatch_proposal(
        kind=WorkKind.REPAIR, estate=ESTATE, candidates=people, loads=loads, wanted=near, appointments=appointments
    )
    assert found.proposed == (
        ProposedHandler(StaffId(3), WorkLoad(), (R.POST, R.DEPARTMENT, R.PRESENT, R.LEAST_LOAD, R.HOME_ESTATE)),
        ProposedHandler(StaffId(1), WorkLoad(4, 1), (R.POST, R.PRESENT, R.HOME_ESTATE)),
        ProposedHandler(StaffId(4), WorkLoad(), (R.DEPARTMENT, R.LEAST_LOAD)),
    )
    assert found.left_out == (
        LeftOut(StaffId(2), (B.ENGAGED,)),
        LeftOut(StaffId(5), (B.INACTIVE, B.ABSENT, B.OTHER_ESTATE, B.NO_SKILL)),
    )


def test_without_a_wanted_slot_nobody_is_engaged_and_without_people_nobody_is_proposed() -> None:
    assert order(person(2), appointments=[booked(slot(3, 5), StaffId(2))]) == [2]
    assert order() == []
