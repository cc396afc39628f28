"""What residents of the demonstration company complain about and ask for, and how long it takes (pure values).

Seasons, a problem lift until it is mended, a building that does not pay and says why, one bad month of slow answers
and the recovery. The same company always gives the same plan.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import Final

from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import (
    EQUIPMENT_FAILURES,
    SAFETY_EVENTS,
    CaseChannel,
    Emotion,
    RecordType,
    SubCategory,
    category_of,
)
from core.kernel.periods import CHINA, Month
from db.jobs import demo_service_words as words
from db.jobs.demo_answers import LIFT_BUILDING
from db.jobs.demo_habits import TROUBLED, Habit, bad_month, habit_of
from db.jobs.demo_plan import Company, PlannedUnit

MIXED: Final = 2
QUIET_DAYS: Final = 13
"""What began so many days ago has ended; what is open today is planned by itself."""

SEASONS: Final = {1: 1.1, 2: 0.75, 3: 0.9, 4: 0.9, 5: 1.0, 6: 1.15, 7: 1.35, 8: 1.3, 9: 1.0, 10: 0.9, 11: 1.0, 12: 1.15}
SUMMER, WINTER = frozenset({6, 7, 8}), frozenset({12, 1, 2})
_CASES: Final = (13, 11, 8)
"""By estate: complaints and the like in a usual month."""

_WEEKDAYS: Final = (1.1, 1.0, 1.0, 1.0, 1.0, 0.8, 0.7)
_HOURS: Final = tuple(range(7, 22))
_BUSY_AT: Final = (2, 5, 8, 8, 6, 4, 4, 5, 6, 6, 6, 6, 7, 6, 3)

_S: Final = SubCategory
_ABOUT: Final[tuple[dict[SubCategory, float], ...]] = (
    {
        _S.PARKING: 14, _S.CLEANING: 8, _S.NOISE: 8, _S.DAMAGE: 8, _S.PUBLIC_FACILITY: 7, _S.WASTE: 5, _S.SECURITY: 5,
        _S.NEIGHBOURS: 6, _S.GREENING: 4, _S.WATER: 3, _S.POWER: 4, _S.SLOW_RESPONSE: 5, _S.RATE_LEVEL: 4, _S.RULES: 4,
        _S.UNCLEAR_STANDARD: 3, _S.BILL_ERROR: 2, _S.COMMUNICATION: 4, _S.ATTITUDE: 3, _S.QUALITY: 3, _S.ACCESS: 2,
        _S.DUNNING_MANNER: 2, _S.PAYMENT_CHANNEL: 2, _S.POLICY: 2, _S.OTHER: 1, _S.FIRE_SYSTEM: 0.6, _S.GAS: 0.4,
        _S.SAFETY_EVENT: 0.5,
    },
    {
        _S.NOISE: 9, _S.PARKING: 8, _S.CLEANING: 7, _S.SLOW_RESPONSE: 7, _S.DAMAGE: 5, _S.ACCESS: 5, _S.GREENING: 4,
        _S.WASTE: 4, _S.SECURITY: 5, _S.QUALITY: 5, _S.LIFT: 2, _S.WATER: 3, _S.POWER: 3, _S.PUBLIC_FACILITY: 5,
        _S.VISITOR: 4, _S.ATTITUDE: 4, _S.POLICY: 3, _S.RATE_LEVEL: 3, _S.UNCLEAR_STANDARD: 3, _S.BILL_ERROR: 2,
        _S.PAYMENT_CHANNEL: 2, _S.RULES: 4, _S.NEIGHBOURS: 5, _S.COMMUNICATION: 3, _S.OTHER: 1, _S.FIRE_SYSTEM: 0.5,
        _S.SAFETY_EVENT: 0.5,
    },
    {
        _S.UNCLEAR_STANDARD: 7, _S.VISITOR: 7, _S.PARKING: 7, _S.BILL_ERROR: 5, _S.ACCESS: 5, _S.NOISE: 6, _S.WASTE: 5,
        _S.LIFT: 2.5, _S.POWER: 3, _S.CLEANING: 6, _S.SLOW_RESPONSE: 5, _S.ATTITUDE: 3, _S.POLICY: 4, _S.SECURITY: 4,
        _S.PAYMENT_CHANNEL: 3, _S.PUBLIC_FACILITY: 4, _S.DAMAGE: 3, _S.QUALITY: 3, _S.RATE_LEVEL: 3, _S.WATER: 2,
        _S.RULES: 3, _S.COMMUNICATION: 3, _S.NEIGHBOURS: 2, _S.GREENING: 1, _S.OTHER: 1, _S.FIRE_SYSTEM: 0.5,
    },
)  # fmt: skip
_BY_SEASON: Final = {
    _S.NOISE: (2.2, 0.8), _S.WATER: (2.4, 0.8), _S.LIFT: (1.6, 1.0), _S.WASTE: (2.2, 0.6), _S.GREENING: (1.5, 0.3),
    _S.POWER: (1.2, 3.6), _S.PUBLIC_FACILITY: (0.8, 1.9), _S.DAMAGE: (1.6, 0.8),
}  # fmt: skip
"""How much more of it there is in summer and in winter."""

_TYPES: Final = (
    (RecordType.COMPLAINT, 70), (RecordType.INQUIRY, 13), (RecordType.SUGGESTION, 9), (RecordType.PRAISE, 8),
)  # fmt: skip
_TEXTS: Final = {
    RecordType.COMPLAINT: words.COMPLAINTS,
    RecordType.INQUIRY: words.INQUIRIES,
    RecordType.SUGGESTION: words.SUGGESTIONS,
    RecordType.PRAISE: words.PRAISE,
}
_CHANNELS: Final = (
    (CaseChannel.PHONE, 34), (CaseChannel.FRONT_DESK, 18), (CaseChannel.WECHAT, 20), (CaseChannel.HOTLINE, 8),
    (CaseChannel.MINI_PROGRAM, 8), (CaseChannel.APP, 4), (CaseChannel.HOME_VISIT, 3), (CaseChannel.SUGGESTION_BOX, 2),
    (CaseChannel.OWNER_MEETING, 1), (CaseChannel.PATROL, 1), (CaseChannel.EMAIL, 1),
)  # fmt: skip
_AT_NIGHT: Final = (CaseChannel.HOTLINE, CaseChannel.WECHAT, CaseChannel.APP)
_EMOTIONS: Final = (
    (Emotion.DISSATISFIED, 46), (Emotion.ANGRY, 16), (Emotion.ANXIOUS, 14), (Emotion.CALM, 20), (Emotion.UNKNOWN, 4),
)  # fmt: skip
_LIFT_CASES: Final = {-3: 2, -2: 4, -1: 6, 0: 8, 1: 4, 2: 1, 4: 1}
"""Complaints about the problem lift by month, counted from the bad one."""

_FEE_CASES: Final = 16


class Fate(StrEnum):
    """How a case ends."""

    CLOSED = "closed"
    AGAIN = "again"
    """The customer was not satisfied at the call-back; it was done once more."""
    BACK = "back"
    """It was opened again after it had been closed."""
    WITHDRAWN = "withdrawn"


class Extra(StrEnum):
    """What else happens with a case."""

    LATER = "later"
    """Sorted only some time after it was registered."""
    MOVED = "moved"
    HELPED = "helped"
    PHOTO = "photo"
    UNREACHED = "unreached"
    ESCALATED = "escalated"
    LOOKED_UP = "looked_up"
    """Answered with an entry of the knowledge base."""
    BILL = "bill"
    """Linked with the bill in dispute."""
    MEASURED = "measured"
    """One of those a measure deals with."""
    ASKED = "asked"
    """A pause was asked for, and waits."""
    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """A case. ``unit`` is its place in the estate's list; ``steps`` are the moments of assigning, answering and so on.

    ``twin``: when somebody else reports the same, which is merged into this one.
    """

    place: int
    record_type: RecordType
    sub: SubCategory
    text: str
    claim: str
    at: datetime
    steps: tuple[datetime, ...]
    unit: int | None = None
    spot: str = ""
    channel: CaseChannel = CaseChannel.PHONE
    emotion: Emotion = Emotion.DISSATISFIED
    anonymous: bool = False
    happened_before: timedelta = timedelta(minutes=25)
    households: int = 1
    turn: int = 0
    fate: Fate = Fate.CLOSED
    twin: datetime | None = None
    extras: frozenset[Extra] = frozenset()


def fitting(texts: tuple[tuple[str, str], ...], place: int) -> tuple[tuple[str, str], ...]:
    """The texts that can be said in an estate."""
    return tuple(said for said in texts if place == MIXED or words.SHOPS_ONLY not in said[0])


def slow_month(company: Company) -> Month:
    """The month in which the troubled estate answers slowly: the one after it was paid badly."""
    return bad_month(company.first).shift(1)


def lift_measure_opens(company: Company) -> date:
    """The day on which somebody takes up that the lift is complained about again and again."""
    return slow_month(company).shift(-2).day(4)


def label_of(unit: PlannedUnit) -> str:
    """What people call the building of a unit."""
    return words.BUILDINGS.get(unit.building, words.BUILDING.format(code=unit.building))


@dataclass(slots=True)
class Chooser:
    """Chance for one estate, and who lives there when. Nobody complains of the same twice within some months."""

    company: Company
    place: int
    name: str
    chance: Random = field(init=False)
    homes: list[int] = field(init=False)
    there: dict[int, list[tuple[date, date | None]]] = field(init=False)
    lately: dict[tuple[SubCategory, int | str], datetime] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.company.seed}/{self.name}/{self.place}")  # noqa: S311 (a demonstration)
        estate = self.company.estates[self.place]
        self.homes = [number for number, unit in enumerate(estate.units) if unit.use != "parking"]
        self.there, self.lately = {}, {}
        for person in estate.people:
            self.there.setdefault(person.unit, []).append((person.start, person.end))

    def some(self, weighted: tuple[tuple[object, float], ...]) -> object:
        """One of several by their weights."""
        return self.chance.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]

    def home(self, day: date, building: str = "") -> int:
        """A unit where somebody lives on that day, the day before and the day after."""
        units = self.company.estates[self.place].units
        several = [home for home in self.homes if not building or units[home].building == building] or self.homes
        for _ in range(200):
            home = self.chance.choice(several)
            if self.lives(home, day):
                return home
        return next(home for home in self.homes if self.lives(home, day))

    def lives(self, home: int, day: date) -> bool:
        """Say whether somebody lives there for certain."""
        day_before, day_after = day - timedelta(days=1), day + timedelta(days=1)
        return any(start < day_before and (end is None or end > day_after) for start, end in self.there.get(home, ()))

    def is_new(self, sub: SubCategory, where: int | str, at: datetime) -> bool:
        """Say whether nobody has complained of it there for a hundred days."""
        last = self.lately.get((sub, where))
        return last is None or at - last > timedelta(days=100)

    def count(self, wanted: float) -> int:
        """A whole number that is ``wanted`` on average."""
        return int(wanted) + (self.chance.random() < wanted - int(wanted))

    def moment(self, month: Month) -> datetime:
        """A moment of a month at which people call."""
        days = [month.first_day + timedelta(days=step) for step in range((month.end - month.first_day).days)]
        sums = list(accumulate(_WEEKDAYS[day.weekday()] for day in days))
        day = days[min(bisect(sums, self.chance.random() * sums[-1]), len(days) - 1)]
        hour = self.chance.choices(_HOURS, _BUSY_AT)[0]
        return datetime(day.year, day.month, day.day, hour, self.chance.randrange(60), tzinfo=CHINA)


def awake(at: datetime, chance: Random) -> datetime:
    """The moment itself by day, else the next morning."""
    local = at.astimezone(CHINA)
    if 8 <= local.hour < 20:
        return at
    morning = local.replace(hour=8, minute=chance.randrange(5, 55), second=0)
    return morning if local.hour < 8 else morning + timedelta(days=1)


def in_turn(chance: Random, begins: datetime, wanted: tuple[datetime, ...], *, by_day: bool) -> tuple[datetime, ...]:
    """Bring moments into order, each some minutes after the one before, and by day if wished."""
    found, last = list[datetime](), begins
    for at in wanted:
        last = max(at, last + timedelta(minutes=chance.randrange(6, 25)))
        last = awake(last, chance) if by_day else last
        found.append(last)
    return tuple(found)


def plan_cases(company: Company, now: datetime, *, mended: date, scale: int = 1) -> tuple[PlannedCase, ...]:
    """Plan all cases that have ended by now, in the order of time. ``mended``: when the problem lift runs again."""
    until = now - timedelta(days=QUIET_DAYS)
    planned = list[PlannedCase]()
    for place in range(len(company.estates)):
        planned += _Cases(company, place, mended).planned(until, now, scale)
    return tuple(sorted(planned, key=lambda one: (one.at, one.place)))


class _Cases:
    """The cases of one estate being planned."""

    def __init__(self, company: Company, place: int, mended: date) -> None:
        self.company, self.place, self.mended = company, place, mended
        self.chooser = Chooser(company, place, "cases")
        self.chance = self.chooser.chance
        self.slow = slow_month(company) if place == TROUBLED else None
        self.turn = 0

    def planned(self, until: datetime, now: datetime, scale: int) -> Iterator[PlannedCase]:
        months = Month.of(until.astimezone(CHINA).date()).months_since(self.company.first) + 1
        for month in (self.company.first.shift(step) for step in range(months)):
            wanted = _CASES[self.place] * SEASONS[month.month] * (1.5 if month == self.slow else 1) / scale
            for _ in range(self.chooser.count(wanted)):
                at = self.chooser.moment(month)
                if at < until:
                    yield self._usual(at)
        for _ in range(self.chooser.count(_CASES[self.place] * QUIET_DAYS / 40 / scale)):
            at = awake(now - timedelta(hours=self.chance.uniform(130, 24 * QUIET_DAYS)), self.chance)
            yield self._quick(at, now)
        if self.place == TROUBLED:
            yield from self._lift(until, scale)
        if self.company.estates[self.place].layout.bad_building:
            yield from self._fees(until, scale)

    def _usual(self, at: datetime) -> PlannedCase:
        """One of the many."""
        chance = self.chance
        record_type: RecordType = self.chooser.some(_TYPES)  # type: ignore[assignment]
        sub = self._sub(record_type, at)
        where = self._where(sub, at, is_public=chance.random() < 0.3)
        text, claim = chance.choice(fitting(_said(record_type, sub, at), self.place))
        complaint = record_type is RecordType.COMPLAINT
        urgent = complaint and sub in EQUIPMENT_FAILURES | SAFETY_EVENTS
        slow = self.slow is not None and Month.of(at.date()) == self.slow
        steps = steps_of(chance, at, record_type, urgent=urgent, slow=slow)
        anonymous = complaint and chance.random() < 0.05
        extras = self._extras(record_type, sub, anonymous=anonymous)
        fate: Fate = self.chooser.some(_FATES if complaint and not anonymous else _PLAIN_FATES)  # type: ignore[assignment]
        twin = at + timedelta(hours=chance.uniform(1, 3)) if complaint and chance.random() < 0.045 else None
        return self._case(
            at,
            (record_type, sub),
            where,
            (text, claim),
            steps=steps,
            anonymous=anonymous,
            extras=extras,
            fate=fate,
            twin=twin,
        )

    def _quick(self, at: datetime, now: datetime) -> PlannedCase:
        """Something of the last days that went well, and is over."""
        case = self._usual(at)
        steps = steps_of(self.chance, at, case.record_type, urgent=True, slow=False, calls_within=30)
        last = now - timedelta(hours=3)
        steps = tuple(min(step, last - timedelta(minutes=12 * (len(steps) - n))) for n, step in enumerate(steps))
        return replace(case, steps=steps, fate=Fate.CLOSED, twin=None, extras=case.extras - _LONG)

    def _case(
        self,
        at: datetime,
        about: tuple[RecordType, SubCategory],
        where: tuple[int, str],
        said: tuple[str, str],
        *,
        steps: tuple[datetime, ...],
        anonymous: bool = False,
        extras: frozenset[Extra] = frozenset(),
        fate: Fate = Fate.CLOSED,
        twin: datetime | None = None,
    ) -> PlannedCase:
        chance, (home, spot), (record_type, sub) = self.chance, where, about
        self.turn += 1
        self.chooser.lately[sub, spot or home] = at
        channel: CaseChannel = self.chooser.some(_CHANNELS)  # type: ignore[assignment]
        if not 8 <= at.astimezone(CHINA).hour < 20:
            channel = chance.choice(_AT_NIGHT)
        emotion: Emotion = self.chooser.some(_EMOTIONS)  # type: ignore[assignment]
        if record_type is not RecordType.COMPLAINT:
            emotion = Emotion.CALM
        planned_unit = self.company.estates[self.place].units[home]
        names = {"b": label_of(planned_unit), "e": words.ENTRANCE.format(entrance=planned_unit.entrance or "1")}
        return PlannedCase(
            place=self.place, record_type=record_type, sub=sub, text=said[0].format(**names), claim=said[1], at=at,
            steps=steps, unit=home, spot=spot, channel=channel, emotion=emotion, anonymous=anonymous,
            happened_before=timedelta(minutes=chance.randrange(5, 600)), turn=self.turn, fate=fate, twin=twin,
            households=chance.randrange(2, 9) if record_type is RecordType.COMPLAINT and chance.random() < 0.06 else 1,
            extras=extras,
        )  # fmt: skip

    def _sub(self, record_type: RecordType, at: datetime) -> SubCategory:
        if record_type is not RecordType.COMPLAINT:
            return SubCategory(self.chance.choice(list(_TEXTS[record_type])))
        month, weights = at.astimezone(CHINA).month, _ABOUT[self.place]
        column = 0 if month in SUMMER else 1 if month in WINTER else None
        seasoned = [
            weight * (1.0 if column is None or sub not in _BY_SEASON else _BY_SEASON[sub][column])
            for sub, weight in weights.items()
        ]
        return self.chance.choices(list(weights), seasoned)[0]

    def _where(self, sub: SubCategory, at: datetime, *, is_public: bool) -> tuple[int, str]:
        """A unit or a public place of which nobody has said the same for a while."""
        for _ in range(30):
            home = self.chooser.home(at.date())
            unit = self.company.estates[self.place].units[home]
            if sub is SubCategory.LIFT and self.place == TROUBLED and unit.building == LIFT_BUILDING:
                continue  # its complaints are planned by themselves
            places = (words.LIFT_PLACE,) if sub is SubCategory.LIFT else words.PLACES[category_of(sub).value]
            spot = self.chance.choice(places).format(b=label_of(unit)) if is_public else ""
            if self.chooser.is_new(sub, spot or home, at):
                return home, spot
            is_public = False
        return home, ""

    def _extras(self, record_type: RecordType, sub: SubCategory, *, anonymous: bool) -> frozenset[Extra]:
        chance = self.chance
        found = {Extra.LATER: 0.14, Extra.LOOKED_UP: 0.06, Extra.MOVED: 0.05}
        if record_type is RecordType.PRAISE:
            return frozenset()
        if record_type is RecordType.COMPLAINT:
            found |= {Extra.HELPED: 0.07, Extra.PHOTO: 0.06, Extra.GRANTED: 0.05, Extra.REFUSED: 0.02}
            found |= {Extra.UNREACHED: 0.0 if anonymous else 0.05}
            found |= {Extra.ESCALATED: 0.4 if sub in SAFETY_EVENTS else 0.06 if sub in EQUIPMENT_FAILURES else 0.0}
            found |= {Extra.BILL: 0.5 if sub in (_S.BILL_ERROR, _S.UNCLEAR_STANDARD) else 0.0}
        extras = frozenset(extra for extra, share in found.items() if chance.random() < share)
        return extras - {Extra.REFUSED} if Extra.GRANTED in extras else extras

    def _lift(self, until: datetime, scale: int) -> Iterator[PlannedCase]:
        """The lift that stands still, until it is mended."""
        bad, building = slow_month(self.company), words.BUILDING.format(code=LIFT_BUILDING)
        spot = words.LIFT_PLACE.format(b=building)
        for step, number in _LIFT_CASES.items():
            for turn in range(max(1, round(number / min(scale, 4)))):
                at = self.chooser.moment(bad.shift(step))
                said = words.LIFT_STORY[(turn + step) % len(words.LIFT_STORY)]
                said = (said[0].format(b=building), said[1])
                if at >= until or (step < 2 and at.date() > self.mended):
                    continue
                steps = steps_of(self.chance, at, RecordType.COMPLAINT, urgent=True, slow=step == 0)
                opened = datetime.combine(lift_measure_opens(self.company), time(15), CHINA)
                steps = (*steps[:-1], max(steps[-1], opened))
                where = self.chooser.home(at.date(), LIFT_BUILDING), spot if (turn + step) % 3 else ""
                yield self._case(
                    at, (RecordType.COMPLAINT, SubCategory.LIFT), where, said, steps=steps,
                    extras=frozenset({Extra.MEASURED} | ({Extra.PHOTO} if turn == 1 else set())),
                    fate=Fate.AGAIN if step <= 0 and turn % 4 == 1 else Fate.CLOSED,
                )  # fmt: skip

    def _fees(self, until: datetime, scale: int) -> Iterator[PlannedCase]:
        """The building that does not pay."""
        building = self.company.estates[self.place].layout.bad_building
        units = self.company.estates[self.place].units
        minds = [n for n, unit in enumerate(units) if unit.building == building
                 and habit_of(self.company, self.place, n) in (Habit.LATE, Habit.NEVER)]  # fmt: skip
        for turn in range(max(2, _FEE_CASES // min(scale, 6))):
            at = self.chooser.moment(self.company.first.shift(turn * 17 // _FEE_CASES + 1))
            if at >= until or not minds:
                continue
            home = minds[turn % len(minds)]
            if not self.chooser.lives(home, at.date()):
                continue
            sub = SubCategory.DUNNING_MANNER if turn % 4 == 2 else SubCategory.RATE_LEVEL
            said = words.FEES_STORY[turn % len(words.FEES_STORY)]
            said = (said[0].format(b=label_of(units[home])), said[1])
            steps = steps_of(self.chance, at, RecordType.COMPLAINT, urgent=False, slow=False)
            fate = Fate.AGAIN if turn % 5 == 3 else Fate.CLOSED
            extras = frozenset({Extra.BILL} if turn % 2 else ())
            about = (RecordType.COMPLAINT, sub)
            yield self._case(at, about, (home, ""), said, steps=steps, extras=extras, fate=fate)


_LONG: Final = frozenset({Extra.GRANTED, Extra.REFUSED, Extra.LATER, Extra.MOVED, Extra.UNREACHED})
_FATES: Final = ((Fate.CLOSED, 85), (Fate.AGAIN, 8), (Fate.BACK, 2.5), (Fate.WITHDRAWN, 4))
_PLAIN_FATES: Final = ((Fate.CLOSED, 97), (Fate.WITHDRAWN, 3))


def _said(record_type: RecordType, sub: SubCategory, at: datetime) -> tuple[tuple[str, str], ...]:
    texts, month = _TEXTS[record_type], at.astimezone(CHINA).month
    season = "summer" if month in SUMMER else "winter" if month in WINTER else ""
    return texts[sub.value] + 2 * texts.get(f"{sub.value}.{season}", ())


def steps_of(
    chance: Random, at: datetime, record_type: RecordType, *, urgent: bool, slow: bool, calls_within: float = 58
) -> tuple[datetime, ...]:
    """The moments of the steps: assigned, answered, planned, done, called back, closed; fewer without a complaint.

    Some are late, in a slow month many.
    """
    assigned = chance.uniform(0.2, 0.6 if urgent else 3)
    answered = assigned + (chance.uniform(0.2, 1.1) if urgent else chance.uniform(1, 15))
    done = chance.uniform(4, 20) if urgent else chance.uniform(15, 64)
    luck = chance.random()
    if slow:
        answered = chance.uniform(3, 30) if urgent else chance.uniform(16, 95)
        done = chance.uniform(20, 110) if urgent else chance.uniform(60, 320)
    elif luck > 0.97:
        done = chance.uniform(76, 110) if urgent else chance.uniform(215, 300)
    elif luck > 0.87:
        answered, done = answered * 2.2, (chance.uniform(26, 60) if urgent else chance.uniform(76, 140))
    planned = answered + chance.uniform(0.5, 5)
    called = done + chance.uniform(4, calls_within * (1.6 if slow else 1))
    closed = called + chance.uniform(0.5, 20)
    hours = {
        RecordType.COMPLAINT: (assigned, answered, planned, done, called, closed),
        RecordType.PRAISE: (answered,),
    }.get(record_type, (assigned, answered, answered + chance.uniform(1, 40)))
    wanted = tuple(at + timedelta(hours=hour) for hour in hours)
    return in_turn(chance, at, wanted, by_day=not urgent)


def grade_of(record_type: RecordType, sub: SubCategory, *, households: int, repeated: bool) -> CaseGrade:
    """The grade the rule proposes; whoever sorts takes it."""
    if record_type is not RecordType.COMPLAINT:
        return CaseGrade.NORMAL
    if sub in EQUIPMENT_FAILURES | SAFETY_EVENTS:
        return CaseGrade.URGENT
    return CaseGrade.MAJOR if repeated or households > 1 else CaseGrade.NORMAL
