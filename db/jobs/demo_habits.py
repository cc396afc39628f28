"""How the households of the demonstration company pay: habits, seasons, a bad month and the recovery (pure values)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from core.customers.profiles import CareFlag, Relation
from core.kernel.periods import CHINA, Month
from db.jobs import demo_words as words
from db.jobs.demo_plan import RAISED_AFTER, Company, PlannedEstate, PlannedPerson

DECEMBER: Final = 12
FESTIVALS: Final = (
    date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13),
    date(2030, 2, 3), date(2031, 1, 23), date(2032, 2, 11), date(2033, 1, 31), date(2034, 2, 19), date(2035, 2, 8),
)  # fmt: skip
"""The first days of Spring Festival; the month that holds the day two weeks before is a month of paying debts."""

TROUBLED: Final = 1
"""The estate with the bad month: its lifts stood still."""

BAD_MONTH: Final = 11
"""The bad month, counted from 0; it moves on until no season hides it."""


class Habit(StrEnum):
    """How a household pays."""

    MONTHLY = "monthly"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    LATE = "late"
    NEVER = "never"


AHEAD: Final = {Habit.QUARTER: 3, Habit.HALF: 6, Habit.YEAR: 12}
_SHARES: Final = ((25, 24, 12, 17, 17, 5), (31, 23, 12, 24, 8, 2), (27, 33, 13, 11, 12, 4))
"""By estate: how many percent have each habit, in their order."""

_BAD_BUILDING: Final = (8, 3, 0, 1, 20, 68)
_LAGS: Final = (((3, 28, 84), (29, 44, 16)), ((2, 10, 74), (11, 27, 26)), ((4, 25, 80), (26, 38, 20)))
"""By estate: days after the month's first on which people pay, from and to, and how many percent do."""

_METHODS: Final = (
    ("wechat_pay", 50), ("alipay", 27), ("unionpay", 5), ("bank_transfer", 5), ("cash", 4), ("card", 3),
    ("bank_counter", 2), ("agent_collection", 2), ("home_collection", 2),
)  # fmt: skip
_OF_FIRMS: Final = (("bank_transfer", 58), ("wechat_pay", 24), ("alipay", 12), ("card", 6))
_OF_ELDERLY: Final = (("cash", 34), ("wechat_pay", 30), ("home_collection", 16), ("bank_counter", 12), ("alipay", 8))
AT_THE_WINDOW: Final = frozenset({"cash", "card", "bank_counter", "home_collection"})


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    """Money for a unit: ``percent`` of all it owes then, and ``ahead`` months more. Nothing owed or ahead: no payment.

    ``mistaken`` is taken back and entered again.
    """

    estate: int
    unit: int
    at: datetime
    method: str
    payer: str
    ahead: int = 0
    percent: int = 100
    mistaken: bool = False
    note: str = ""


def season(month: Month) -> bool:
    """Say whether debts are paid in this month: December, and the weeks before Spring Festival."""
    return month.month == DECEMBER or any(Month.of(day - timedelta(days=14)) == month for day in FESTIVALS)


def bad_month(first: Month) -> Month:
    """The month in which the troubled estate pays badly: one without a season before, in or after it."""
    month = first.shift(BAD_MONTH)
    while any(season(month.shift(step)) for step in (-1, 0, 1)):
        month = month.shift(-1)
    return month


def plan_payments(company: Company) -> tuple[PlannedPayment, ...]:
    """Plan all payments from the first month up to the end of the month after the last, in the order of time."""
    payments = [
        payment
        for place, estate in enumerate(company.estates)
        for unit, people in sorted(_people_by_unit(estate).items())
        for payment in _of_unit(company, place, unit, tuple(people))
    ]
    return tuple(sorted(payments, key=lambda payment: (payment.at, payment.estate, payment.unit)))


def habit_of(company: Company, place: int, unit: int) -> Habit:
    """How the household of a unit pays; what it says of the fees has to do with it."""
    return _household(company, place, unit)[0]


def _household(company: Company, place: int, unit: int) -> tuple[Habit, Random]:
    """The habit of a household, and the chance that goes on from there."""
    layout, planned = company.estates[place].layout, company.estates[place].units[unit]
    name = f"{company.seed}/{place}/{planned.building}/{planned.entrance}/{planned.room}"
    chance = Random(name)  # noqa: S311 (a demonstration, not a secret)
    shares = _BAD_BUILDING if planned.building == layout.bad_building else _SHARES[place]
    return chance.choices(tuple(Habit), shares)[0], chance


def _people_by_unit(estate: PlannedEstate) -> dict[int, list[PlannedPerson]]:
    by_unit: defaultdict[int, list[PlannedPerson]] = defaultdict(list)
    for person in estate.people:
        by_unit[person.unit].append(person)
    return by_unit


def _of_unit(company: Company, place: int, unit: int, people: tuple[PlannedPerson, ...]) -> Iterator[PlannedPayment]:
    habit, chance = _household(company, place, unit)
    payer = _Payer(company, (place, unit), people, habit, chance)
    start = max(company.first, Month.of(company.estates[place].units[unit].handover))
    for step in range(company.last.months_since(start) + 2):
        yield from payer.pays(start.shift(step), is_first=step == 0)


class _Payer:
    """One household and its ways."""

    def __init__(
        self, company: Company, home: tuple[int, int], people: tuple[PlannedPerson, ...], habit: Habit, chance: Random
    ) -> None:
        self.people, self.habit, self.chance = people, habit, chance
        self.place, self.unit = place, unit = home
        self.bad = bad_month(company.first) if place == TROUBLED else None
        self.raised = company.first.shift(RAISED_AFTER)
        self.cycle = AHEAD.get(habit, 1)
        self.turn = self._turn()
        self.postponed = False
        use = company.estates[place].units[unit].use
        elderly = any(CareFlag.ELDERLY in person.care for person in people)
        methods = _OF_FIRMS if use in ("office", "commercial") else _OF_ELDERLY if elderly else _METHODS
        self.method = self._method(methods)
        self.methods = methods

    def _turn(self) -> int:
        """The month of the year in which money is paid ahead; for a whole year mostly before or after New Year."""
        if self.habit is Habit.YEAR and self.chance.random() < 0.7:
            return self.chance.choice((1, 1, 2, 12, 12))
        return self.chance.randrange(1, 13) if self.habit is not Habit.QUARTER else 1

    def _method(self, methods: tuple[tuple[str, int], ...]) -> str:
        return self.chance.choices([name for name, _ in methods], [weight for _, weight in methods])[0]

    def pays(self, month: Month, *, is_first: bool) -> Iterator[PlannedPayment]:
        """Say whether and what the household pays of the bills of a month."""
        if self.habit in AHEAD:
            wanted = self._ahead(month, is_first=is_first)
        elif self.habit is Habit.MONTHLY:
            wanted = (0, 100) if self.chance.random() < self._monthly(month) else None
        else:
            wanted = self._late(month)
        if wanted is not None:
            yield self._payment(month, *wanted)

    def _ahead(self, month: Month, *, is_first: bool) -> tuple[int, int] | None:
        left = (self.turn - month.month) % self.cycle or self.cycle
        if not is_first and left != self.cycle and not self.postponed:
            tops_up = self.place == 0 and 0 <= month.months_since(self.raised) <= 1
            return (0, 100) if tops_up else None
        self.postponed = self._is_upset(month)
        return None if self.postponed else (left - 1, 100)

    def _monthly(self, month: Month) -> float:
        if self._is_upset(month):
            return 0.0
        return 0.98 if season(month) else 0.93 if not self._after_measure(month) else 0.97

    def _late(self, month: Month) -> tuple[int, int] | None:
        never = self.habit is Habit.NEVER
        often = 0.02 if never else 0.13
        if season(month):
            often = 0.08 if never else 0.5
        elif self._after_measure(month):
            often *= 2
        if self.chance.random() >= often:
            return None
        return 0, (self.chance.choice((30, 40, 50)) if never or self.chance.random() < 0.3 else 100)

    def _is_upset(self, month: Month) -> bool:
        return month == self.bad and self.chance.random() < 0.6

    def _after_measure(self, month: Month) -> bool:
        return self.bad is not None and 0 < month.months_since(self.bad) <= 3

    def _payment(self, month: Month, ahead: int, percent: int) -> PlannedPayment:
        chance, method = self.chance, self.method if self.chance.random() < 0.85 else self._method(self.methods)
        at = self._moment(month, method)
        note = words.PART_NOTE if percent < 100 else words.AHEAD_NOTES.get(ahead, "")
        return PlannedPayment(
            estate=self.place,
            unit=self.unit,
            at=at,
            method=method,
            payer=self._payer_on(at.astimezone(CHINA).date()),
            ahead=ahead,
            percent=percent,
            mistaken=not ahead and percent == 100 and chance.random() < 0.0025,
            note=words.DOOR_NOTE if method == "home_collection" and not note else note,
        )

    def _moment(self, month: Month, method: str) -> datetime:
        lags = _LAGS[self.place]
        first, last, _ = self.chance.choices(lags, [weight for _, _, weight in lags])[0]
        day = month.first_day + timedelta(days=self.chance.randint(first, last) - 1)
        opens, closes = (9, 17) if method in AT_THE_WINDOW else (7, 22)
        minute = self.chance.randrange(opens * 60, closes * 60)
        return datetime.combine(day, time(minute // 60, minute % 60, self.chance.randrange(60)), CHINA)

    def _payer_on(self, day: date) -> str:
        """The tenant where there is one, else the owner of the day."""
        here = [p for p in self.people if p.start <= day and (p.end is None or day < p.end)] or list(self.people[-1:])
        tenants = [person for person in here if person.relation is Relation.TENANT]
        return (tenants or here)[0].name
