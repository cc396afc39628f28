"""What residents of the demonstration company ask for, and what breaks down: requests by season (pure values)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from core.kernel.periods import CHINA, Month
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from db.jobs import demo_service_words as words
from db.jobs.demo_answers import LIFT_BUILDING, WITHOUT_LIFTS
from db.jobs.demo_habits import TROUBLED
from db.jobs.demo_plan import Company
from db.jobs.demo_service_plan import QUIET_DAYS, SEASONS, SUMMER, WINTER, Chooser, in_turn, label_of, slow_month

_ORDERS: Final = (22, 17, 11.5)
"""By estate: requests in a usual month."""

_KINDS: Final = (
    (WorkKind.REPAIR, 68), (WorkKind.CLEANING, 14), (WorkKind.GREENING, 7), (WorkKind.OTHER, 11),
)  # fmt: skip
_CHANNELS: Final = (
    (WorkChannel.PHONE, 38), (WorkChannel.FRONT_DESK, 14), (WorkChannel.WECHAT, 18), (WorkChannel.MINI_PROGRAM, 10),
    (WorkChannel.HOTLINE, 7), (WorkChannel.PATROL, 8), (WorkChannel.APP, 4), (WorkChannel.HOME_VISIT, 1),
)  # fmt: skip
_IN_PUBLIC: Final = {
    WorkKind.REPAIR: 0.3, WorkKind.CLEANING: 0.8, WorkKind.GREENING: 1.0, WorkKind.OTHER: 0.0,
}  # fmt: skip
"""Which part of them is about a public place."""

_SYSTEMS: Final = {
    "usual": ((PublicSystem.WATER, 4), (PublicSystem.POWER, 4), (PublicSystem.LIFT, 5), (PublicSystem.FIRE, 1)),
    "summer": ((PublicSystem.WATER, 7), (PublicSystem.POWER, 4), (PublicSystem.LIFT, 6), (PublicSystem.FIRE, 1)),
    "winter": ((PublicSystem.POWER, 9), (PublicSystem.WATER, 5), (PublicSystem.LIFT, 4), (PublicSystem.GAS, 1)),
}
_RATINGS: Final = ((5, 52), (4, 30), (3, 10), (2, 3), (1, 2), (0, 3))
_LATE_RATINGS: Final = ((5, 12), (4, 26), (3, 30), (2, 20), (1, 10), (0, 2))
"""Marks given after the work, 0 for none."""

_LIFT_FAILURES: Final = {-3: 1, -2: 2, -1: 3, 0: 4, 1: 1}
"""Failures of the problem lift by month, counted from the bad one."""


class WorkFate(StrEnum):
    """How a request ends."""

    CLOSED = "closed"
    BACK = "back"
    CANCELLED = "cancelled"


class WorkExtra(StrEnum):
    """What else happens with a request."""

    VISIT = "visit"
    """An appointment was made, and kept."""
    SHIFTED = "shifted"
    """It was moved once."""
    PHOTOS = "photos"
    NOTICE = "notice"
    """Owners were told of the failure."""
    LATER_WISH = "later_wish"
    """The customer wants it later, and the clock waits."""
    ASKED = "asked"
    """A pause was asked for, and waits."""
    UNRATED = "unrated"
    FAILED_TO_REPORT = "failed_to_report"
    """It is past its limit and nobody has told the line above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """A request. ``steps``: classified, assigned, answered (the same as the next where nobody noted one), begun and
    done, reported back, closed.
    """

    place: int
    kind: WorkKind
    content: str
    done: str
    at: datetime
    steps: tuple[datetime, ...]
    failure: PublicSystem | None = None
    people_at_risk: bool = False
    cause: str = "other"
    materials: tuple[tuple[str, str, str, str], ...] = ()
    unit: int | None = None
    spot: str = ""
    channel: WorkChannel = WorkChannel.PHONE
    households: int = 1
    rating: int = 0
    turn: int = 0
    answers: bool = True
    fate: WorkFate = WorkFate.CLOSED
    extras: frozenset[WorkExtra] = frozenset()


def plan_orders(company: Company, now: datetime, *, mended: date, scale: int = 1) -> tuple[PlannedOrder, ...]:
    """Plan all requests that have ended by now, in the order of time."""
    planned = [
        order for place in range(len(company.estates)) for order in _Orders(company, place).planned(now, mended, scale)
    ]
    return tuple(sorted(planned, key=lambda one: (one.at, one.place)))


class _Orders:
    """The requests of one estate being planned."""

    def __init__(self, company: Company, place: int) -> None:
        self.company, self.place = company, place
        self.chooser = Chooser(company, place, "orders")
        self.chance = self.chooser.chance
        self.slow = slow_month(company)
        self.turn = 0

    def planned(self, now: datetime, mended: date, scale: int) -> Iterator[PlannedOrder]:
        until = now - timedelta(days=QUIET_DAYS)
        months = Month.of(until.astimezone(CHINA).date()).months_since(self.company.first) + 1
        for month in (self.company.first.shift(step) for step in range(months)):
            for _ in range(self.chooser.count(_ORDERS[self.place] * SEASONS[month.month] / scale)):
                at = self.chooser.moment(month)
                if at < until:
                    yield self._usual(at, slow=self.place == TROUBLED and month == self.slow)
        for _ in range(self.chooser.count(_ORDERS[self.place] * QUIET_DAYS / 34 / scale)):
            yield self._usual(now - timedelta(hours=self.chance.uniform(150, 24 * QUIET_DAYS)), slow=False, quick=True)
        if self.place == TROUBLED:
            yield from self._lift(until, mended, scale)

    def _usual(self, at: datetime, *, slow: bool, quick: bool = False) -> PlannedOrder:
        chance = self.chance
        if chance.random() < 0.05:
            return self._failure(at, self._system(at), slow=slow)
        kind: WorkKind = self.chooser.some(_KINDS)  # type: ignore[assignment]
        home = self.chooser.home(at.astimezone(CHINA).date())
        channel: WorkChannel = self.chooser.some(_CHANNELS)  # type: ignore[assignment]
        is_public = chance.random() < _IN_PUBLIC[kind] or channel is WorkChannel.PATROL
        spot = self._spot(home, kind) if is_public else ""
        content, done, cause, materials = request_words(chance, kind, is_public=is_public)
        late = chance.random() < (0.5 if slow else 0.08) and not quick
        fate = WorkFate.CANCELLED if chance.random() < 0.03 else WorkFate.CLOSED
        fate = WorkFate.BACK if chance.random() < 0.02 and fate is WorkFate.CLOSED and not quick else fate
        wanted = {
            WorkExtra.VISIT: 0.3 if kind is WorkKind.REPAIR and not spot else 0.0, WorkExtra.PHOTOS: 0.025,
            WorkExtra.SHIFTED: 0.06, WorkExtra.UNRATED: 0.12, WorkExtra.LATER_WISH: 0.05,
        }  # fmt: skip
        extras = frozenset(extra for extra, share in wanted.items() if chance.random() < share)
        return self._order(
            at, kind=kind, content=content, done=done, cause=cause, materials=materials, unit=home, spot=spot,
            channel=channel, steps=order_steps(chance, at, late=late, quick=quick), late=late,
            answers=chance.random() < 0.4, fate=fate, extras=extras,
        )  # fmt: skip

    def _failure(self, at: datetime, system: PublicSystem, *, slow: bool, building: str = "") -> PlannedOrder:
        chance, home = self.chance, self.chooser.home(at.astimezone(CHINA).date(), building)
        content, done, _ = words.FAILURES[system.value]
        label = label_of(self.company.estates[self.place].units[home])
        late = chance.random() < (0.7 if slow else 0.15)
        return self._order(
            at, kind=WorkKind.REPAIR, content=content.format(b=label), done=done, cause="wear", materials=(),
            unit=home, spot=label if system is not PublicSystem.LIFT else words.LIFT_PLACE.format(b=label),
            channel=WorkChannel.PATROL if chance.random() < 0.3 else WorkChannel.PHONE,
            steps=failure_steps(chance, at, late=late), late=late, answers=True, fate=WorkFate.CLOSED,
            failure=system, people_at_risk=system is PublicSystem.LIFT and chance.random() < 0.5,
            households=chance.randrange(12, 60),
            extras=frozenset({WorkExtra.NOTICE}) if chance.random() < 0.7 else frozenset(),
        )  # fmt: skip

    def _order(
        self, at: datetime, *, late: bool, unit: int, spot: str, channel: WorkChannel, **given: object
    ) -> PlannedOrder:
        self.turn += 1
        rating: int = self.chooser.some(_LATE_RATINGS if late else _RATINGS)  # type: ignore[assignment]
        values: dict[str, object] = {"place": self.place, "at": at, "turn": self.turn, "rating": rating}
        values |= {"unit": unit, "spot": spot, "channel": channel}
        return PlannedOrder(**(values | given))  # type: ignore[arg-type]

    def _system(self, at: datetime) -> PublicSystem:
        month = at.astimezone(CHINA).month
        season = "summer" if month in SUMMER else "winter" if month in WINTER else "usual"
        found: PublicSystem = self.chooser.some(_SYSTEMS[season])  # type: ignore[assignment]
        return PublicSystem.WATER if self.place == WITHOUT_LIFTS and found is PublicSystem.LIFT else found

    def _spot(self, home: int, kind: WorkKind) -> str:
        about = "facility" if kind is WorkKind.REPAIR else "environ"
        spot = self.chance.choice(words.PLACES[about])
        return spot.format(b=label_of(self.company.estates[self.place].units[home]))

    def _lift(self, until: datetime, mended: date, scale: int) -> Iterator[PlannedOrder]:
        """The problem lift fails again and again, until it is mended."""
        for step, number in _LIFT_FAILURES.items():
            for _ in range(max(1, round(number / min(scale, 3)))):
                at = self.chooser.moment(self.slow.shift(step))
                if at < until and at.date() < mended:
                    yield self._failure(at, PublicSystem.LIFT, slow=step == 0, building=LIFT_BUILDING)


def request_words(chance: Random, kind: WorkKind, *, is_public: bool) -> words.Repair:
    """What is wrong, what is done about it, why, and with what."""
    if kind is WorkKind.REPAIR:
        return chance.choice(words.PUBLIC_REPAIRS if is_public else words.HOME_REPAIRS)
    cleanings = words.CLEANINGS if is_public else words.HOME_CLEANINGS
    texts = {WorkKind.CLEANING: cleanings, WorkKind.GREENING: words.GREENINGS, WorkKind.OTHER: words.OTHERS}
    content, done = chance.choice(texts[kind])
    return content, done, "other", ()


def order_steps(chance: Random, at: datetime, *, late: bool, quick: bool = False) -> tuple[datetime, ...]:
    """The moments of a request: sorted, assigned, answered, done, reported back, closed."""
    sorted_at, assigned = chance.uniform(0.1, 0.6), chance.uniform(0.6, 1.6)
    answered = chance.uniform(5, 30) if late else chance.uniform(1.7, 3.6)
    done = chance.uniform(28, 96) if late else answered + chance.uniform(0.5, 6 if quick else 15)
    told = done + chance.uniform(0.3, 5)
    closed = told + chance.uniform(0.5, 30)
    wanted = tuple(at + timedelta(hours=hour) for hour in (sorted_at, assigned, answered, done, told, closed))
    return in_turn(chance, at, wanted, by_day=True)


def failure_steps(chance: Random, at: datetime, *, late: bool) -> tuple[datetime, ...]:
    """The moments of a failure, which is dealt with at any hour."""
    answered = chance.uniform(0.15, 0.5)
    done = chance.uniform(2.3, 9) if late else chance.uniform(0.8, 1.8)
    hours = (0.05, 0.1, answered, done, done + chance.uniform(0.3, 2), done + chance.uniform(4, 28))
    return in_turn_minutes(at, tuple(at + timedelta(hours=hour) for hour in hours))


def in_turn_minutes(begins: datetime, wanted: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """Bring moments into order, each at least two minutes after the one before."""
    found, last = list[datetime](), begins
    for at in wanted:
        last = max(at, last + timedelta(minutes=2))
        found.append(last)
    return tuple(found)
