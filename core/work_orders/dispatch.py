"""Who should carry a request out: by skill, presence, load and estate, each with its reasons (R-112)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.kernel.identity import EstateId, StaffId
from core.work_orders.appointments import Appointment
from core.work_orders.kinds import SKILLS, PublicSystem, Skill, WorkKind
from core.work_orders.slots import Slot

FAILURE_POINTS: Final = 4
KIND_POINTS: Final[Mapping[WorkKind, int]] = {
    WorkKind.REPAIR: 2,
    WorkKind.CLEANING: 1,
    WorkKind.GREENING: 1,
    WorkKind.OTHER: 1,
}


class DutyPresence(StrEnum):
    """Whether somebody is at work now, as far as is known."""

    PRESENT = "present"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class DispatchReason(StrEnum):
    """What speaks for a person."""

    POST = "post"
    """The post is one that does this work."""
    DEPARTMENT = "department"
    PRESENT = "present"
    LEAST_LOAD = "least_load"
    """Nobody proposed has fewer points open."""
    HOME_ESTATE = "home_estate"


class DispatchObstacle(StrEnum):
    """Why a person is not proposed."""

    INACTIVE = "inactive"
    ABSENT = "absent"
    OTHER_ESTATE = "other_estate"
    NO_SKILL = "no_skill"
    ENGAGED = "engaged"
    """Another appointment lies in the wanted slot."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A request somebody has to carry out still."""

    handler: StaffId
    kind: WorkKind
    failure: PublicSystem | None = None


@dataclass(frozen=True, slots=True)
class WorkLoad:
    """What somebody has open: points, and how many requests."""

    points: int = 0
    requests: int = 0


def work_points(*, kind: WorkKind, failure: PublicSystem | None) -> int:
    """Weigh a request: failure of a public system 4, repair 2, anything else 1."""
    return KIND_POINTS[kind] if failure is None else FAILURE_POINTS


def work_loads(*, works: Iterable[OpenWork]) -> Mapping[StaffId, WorkLoad]:
    """Add up what each person has open; who has nothing is not named."""
    loads: dict[StaffId, WorkLoad] = {}
    for work in works:
        before = loads.get(work.handler, WorkLoad())
        points = work_points(kind=work.kind, failure=work.failure)
        loads[work.handler] = WorkLoad(before.points + points, before.requests + 1)
    return loads


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCandidate:
    """Somebody who might do it. ``estates``: where the person can be sent; ``home``: where the person usually works."""

    staff: StaffId
    post: str
    department: str
    estates: frozenset[EstateId]
    home: EstateId | None = None
    active: bool = True
    presence: DutyPresence = DutyPresence.UNKNOWN


@dataclass(frozen=True, slots=True)
class ProposedHandler:
    """A person in the order of the proposal, what is open there, and what speaks for the person."""

    staff: StaffId
    load: WorkLoad
    reasons: tuple[DispatchReason, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A person who is not proposed, and everything that stands against it."""

    staff: StaffId
    obstacles: tuple[DispatchObstacle, ...]


@dataclass(frozen=True, slots=True)
class WorkDispatch:
    """The proposal, best first, and who was left out, in the order of their numbers. A supervisor decides."""

    proposed: tuple[ProposedHandler, ...]
    left_out: tuple[LeftOut, ...]


def dispatch_proposal(
    *,
    kind: WorkKind,
    estate: EstateId,
    candidates: Collection[WorkCandidate],
    loads: Mapping[StaffId, WorkLoad],
    wanted: Slot | None = None,
    appointments: Iterable[Appointment] = (),
) -> WorkDispatch:
    """Propose who carries a request out.

    The right post goes before the right department, the present before those of whom nothing is known, then the fewest
    points open, then whoever usually works in the estate, then the fewest requests, then the lowest number.
    """
    skill = SKILLS[kind]
    engaged = {one.handler for one in appointments if wanted and one.takes_time and one.slot.overlaps(wanted)}
    obstacles = {one.staff: _obstacles(one, skill, estate, engaged=one.staff in engaged) for one in candidates}
    fitting = [one for one in candidates if not obstacles[one.staff]]
    least = min((loads.get(one.staff, WorkLoad()).points for one in fitting), default=0)
    ranked = sorted(fitting, key=lambda one: _rank(one, skill, estate, loads.get(one.staff, WorkLoad())))
    proposed = tuple(_proposed(one, skill, estate, loads.get(one.staff, WorkLoad()), least) for one in ranked)
    left_out = tuple(LeftOut(staff, found) for staff, found in sorted(obstacles.items()) if found)
    return WorkDispatch(proposed, left_out)


def _obstacles(one: WorkCandidate, skill: Skill, estate: EstateId, *, engaged: bool) -> tuple[DispatchObstacle, ...]:
    found = {
        DispatchObstacle.INACTIVE: not one.active,
        DispatchObstacle.ABSENT: one.presence is DutyPresence.ABSENT,
        DispatchObstacle.OTHER_ESTATE: estate not in one.estates,
        DispatchObstacle.NO_SKILL: one.post not in skill.posts and one.department != skill.department,
        DispatchObstacle.ENGAGED: engaged,
    }
    return tuple(obstacle for obstacle, holds in found.items() if holds)


def _rank(one: WorkCandidate, skill: Skill, estate: EstateId, load: WorkLoad) -> tuple[int, bool, int, bool, int, int]:
    fit = skill.posts.index(one.post) if one.post in skill.posts else len(skill.posts)
    unknown = one.presence is not DutyPresence.PRESENT
    return (fit, unknown, load.points, one.home != estate, load.requests, one.staff)


def _proposed(one: WorkCandidate, skill: Skill, estate: EstateId, load: WorkLoad, least: int) -> ProposedHandler:
    found = {
        DispatchReason.POST: one.post in skill.posts,
        DispatchReason.DEPARTMENT: one.department == skill.department,
        DispatchReason.PRESENT: one.presence is DutyPresence.PRESENT,
        DispatchReason.LEAST_LOAD: load.points == least,
        DispatchReason.HOME_ESTATE: one.home == estate,
    }
    return ProposedHandler(one.staff, load, tuple(reason for reason, holds in found.items() if holds))
