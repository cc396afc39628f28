"""What the households of the demonstration company answer when they are asked: rounds, forms and remarks (pure values).

A mark is what is usual for its item, what the estate, the building and the household's way of paying do to it, the mood
of whoever answers, and chance. So the marks of a form go together, as they do on real paper.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from core.customers.profiles import Relation
from core.kernel.periods import Month
from core.surveys.follow_ups import GOOD_MARK, FollowUpState
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK, NPS_MOST
from core.surveys.rounds import Channel, RoundKind
from db.jobs import demo_words as words
from db.jobs.demo_habits import TROUBLED, Habit, habit_of
from db.jobs.demo_plan import RAISED_AFTER, Company, PlannedPerson, PlannedUnit
from db.jobs.demo_stage import moment

ROUNDS: Final = 6
"""Regular rounds of each estate, one a quarter; the newest is running."""

MENDED_IN: Final = 4
"""From this regular round on (from 0) the problem lift runs again."""

LIFT_BUILDING: Final = "3"
"""Where it stands: in the estate with the bad month."""

EVENT: Final = ROUNDS
"""The round of the old estate after the water was cut off."""

WITHOUT_LIFTS: Final = 0
"""The estate whose houses have no lifts."""

SERVICE, SPEED, NOTICES, LISTENING, ORDER, MATTERS, FACILITY, CLEANING, BILLS, WORTH, STAFF, CARE = range(1, 13)
"""The marks of the standard questionnaire by their positions."""

RECOMMEND, BELONGS, REMARK = 13, 14, 15
"""Its other items: 0 to 10, a letter, words."""

_USUAL: Final = {
    SERVICE: 4.35, SPEED: 4.05, NOTICES: 4.3, LISTENING: 4.0, ORDER: 4.25, MATTERS: 3.9, FACILITY: 4.2,
    CLEANING: 4.3, BILLS: 4.1, WORTH: 3.85, STAFF: 4.6, CARE: 4.25,
}  # fmt: skip
_HERE: Final[tuple[Mapping[int, float], ...]] = (
    {ORDER: -0.55, FACILITY: -0.3, CLEANING: -0.1, SPEED: -0.3, STAFF: 0.1, CARE: 0.15},
    {WORTH: -0.15, SERVICE: 0.1, NOTICES: 0.1},
    {BILLS: -0.45, WORTH: -0.1, SPEED: 0.1, CARE: -0.15},
)
"""By estate: what is better or worse than usual."""

_LIFT: Final = (-1.3, -1.5, -1.8, -2.1)
"""By round: what the problem lift does to the facilities in the eyes of its building, until it is mended."""

LOW: Final = 2
"""Marks up to this one ask for a call-back: the company has left the setting as it came."""

_MINDS_FEES: Final = frozenset({Habit.LATE, Habit.NEVER})
_FORMS: Final = (128, 106, 78)
_FEWEST: Final = 10
_STAY: Final = 21
"""Days a regular round runs; its last paper comes in some days later."""

_CHANNELS: Final = (
    ((Channel.PAPER, 56), (Channel.INTERVIEW, 24), (Channel.PHONE, 14), (Channel.ONLINE, 6)),
    ((Channel.ONLINE, 50), (Channel.PAPER, 24), (Channel.PHONE, 16), (Channel.INTERVIEW, 10)),
    ((Channel.ONLINE, 34), (Channel.PHONE, 32), (Channel.INTERVIEW, 20), (Channel.PAPER, 14)),
)
_AFTER_EVENT: Final = ((Channel.PHONE, 70), (Channel.INTERVIEW, 30))
_DAYS: Final = {
    Channel.PAPER: (3, 7), Channel.INTERVIEW: (6,), Channel.PHONE: (1, 8), Channel.ONLINE: (1, 5, 10),
}  # fmt: skip
"""Days after the first on which piles are brought in; the paper is typed two days later."""

_HOURS: Final = {Channel.PAPER: 15, Channel.INTERVIEW: 18, Channel.PHONE: 19, Channel.ONLINE: 21}
_TYPED_AFTER: Final = 2
_NEAR_THE_GATE: Final = frozenset({"1", "2", "3", "4"})
_FAR_OFF: Final = frozenset({"17", "18", "19", "20", "21", "22", "23", "24"})
_TOPICS: Final[Mapping[int, tuple[str, ...]]] = {
    SERVICE: ("facility", "cleaning"), SPEED: ("speed",), NOTICES: ("communication",), LISTENING: ("communication",),
    ORDER: ("parking", "parking", "security"), MATTERS: ("noise",), FACILITY: ("lift",),
    CLEANING: ("cleaning", "greening"), BILLS: ("fees",), WORTH: ("fees",), STAFF: ("attitude",),
    CARE: ("attitude", "other"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """What becomes of a call-back: the days after the form was typed on which somebody calls, and how the last ends."""

    days: tuple[int, ...]
    outcome: FollowUpState
    new_mark: int | None
    note: str


@dataclass(frozen=True, slots=True)
class PlannedForm:
    """A form. ``unit`` is its place in the estate's list; ``None``: anonymous, perhaps of a known building.

    ``slip`` is a position that the second person reads differently, with that mark. ``tags`` belong to the remark.
    """

    unit: int | None
    building: str
    answers: tuple[tuple[int, int | str], ...]
    tags: tuple[str, ...]
    slip: tuple[int, int] | None
    call: PlannedCall | None


@dataclass(frozen=True, slots=True)
class Pile:
    """Forms that were collected together and typed at once."""

    channel: Channel
    collected_on: date
    typed_at: datetime
    forms: tuple[PlannedForm, ...]


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A round of an estate: its ``turn`` counts the regular ones from 0. ``closed_on`` is when all paper is typed."""

    estate: int
    turn: int
    kind: RoundKind
    name: str
    event: str
    starts_on: date
    ends_on: date
    closed_on: date
    sent: int
    population: int
    channels: tuple[Channel, ...]
    piles: tuple[Pile, ...]


def plan_rounds(company: Company, today: date) -> tuple[PlannedRound, ...]:
    """Plan all rounds as they would be if nobody looked at the clock: what lies after today has not happened."""
    newest = today - timedelta(days=9)
    starts = [Month.of(newest).shift(3 * (turn + 1 - ROUNDS)).day(min(newest.day, 28)) for turn in range(ROUNDS - 1)]
    regular = [
        _Round(company, place, turn, start).planned()
        for place in range(len(company.estates))
        for turn, start in enumerate((*starts, newest))
    ]
    event = company.first.shift(14).day(16)
    return *regular, _Round(company, WITHOUT_LIFTS, EVENT, event + timedelta(days=2), event=event).planned()


class _Round:
    """A round being planned."""

    def __init__(self, company: Company, place: int, turn: int, start: date, event: date | None = None) -> None:
        self.company, self.place, self.turn, self.start, self.event = company, place, turn, start, event
        self.estate = company.estates[place]
        self.chance = Random(f"{company.seed}/survey/{place}/{turn}")  # noqa: S311 (a demonstration, not a secret)
        self.homes = [number for number, unit in enumerate(self.estate.units) if unit.use != "parking"]
        self.people = {person.unit: person for person in self.estate.people if _is_there(person, start)}

    def planned(self) -> PlannedRound:
        days = _STAY if self.event is None else 7
        channels = _CHANNELS[self.place] if self.event is None else _AFTER_EVENT
        piles = tuple(self._piles(channels, days))
        forms = sum(len(pile.forms) for pile in piles)
        texts = {"year": self.start.year, "quarter": words.QUARTERS[(self.start.month - 1) // 3]}
        return PlannedRound(
            estate=self.place,
            turn=self.turn,
            kind=RoundKind.REGULAR if self.event is None else RoundKind.AFTER_EVENT,
            name=words.ROUND_NAME.format(**texts) if self.event is None else words.EVENT_ROUND_NAME,
            event="" if self.event is None else words.EVENT_REFERENCE.format(**_parts(self.event)),
            starts_on=self.start,
            ends_on=self.start + timedelta(days=days),
            closed_on=self.start + timedelta(days=days + 5),
            sent=forms * self.chance.randint(150, 190) // 100,
            population=len(self.homes),
            channels=tuple(channel for channel, _ in channels),
            piles=piles,
        )

    def _piles(self, channels: tuple[tuple[Channel, int], ...], days: int) -> Iterator[Pile]:
        """Everybody who answers, by channel and day."""
        bringing: dict[tuple[Channel, int], list[int]] = {}
        for unit in self._respondents():
            channel = self.chance.choices([one for one, _ in channels], [weight for _, weight in channels])[0]
            day = self.chance.choice([day for day in _DAYS[channel] if day < days])
            bringing.setdefault((channel, day), []).append(unit)
        calling = _Calls(newest=self.turn == ROUNDS - 1 and self.place != WITHOUT_LIFTS)
        for (channel, day), units in sorted(bringing.items(), key=lambda item: (item[0][1], item[0][0].value)):
            collected = self.start + timedelta(days=day)
            typed = collected + timedelta(days=_TYPED_AFTER if channel is Channel.PAPER else 0)
            forms = tuple(calling.arranged(self._form(unit, channel), self.chance) for unit in units)
            yield Pile(channel, collected, moment(typed, _HOURS[channel], 7 * self.place), forms)

    def _respondents(self) -> list[int]:
        """Units that answer: few or many of a building, each once but for a few who do so again."""
        here = [unit for unit in self.homes if unit in self.people]
        usual = _FORMS[self.place] * self.chance.randint(86, 112) // 100
        wanted = max(_FEWEST, min(usual if self.event is None else 46, len(here) * 2 // 5))
        weights = [self._eager(self.estate.units[unit]) for unit in here]
        drawn = list(dict.fromkeys(self.chance.choices(here, weights, k=4 * wanted)))[:wanted]
        again = max(wanted // 45, wanted - len(drawn))
        return drawn + self.chance.choices(drawn, k=again)

    def _eager(self, unit: PlannedUnit) -> int:
        if self.place == TROUBLED:
            return 18 if unit.building == LIFT_BUILDING else 10
        if self.place == WITHOUT_LIFTS:
            return 40 if unit.building in _NEAR_THE_GATE else 2 if unit.building in _FAR_OFF else 10
        return 10

    def _form(self, unit: int, channel: Channel) -> PlannedForm:
        chance, home = self.chance, self.estate.units[unit]
        marks = self._marks(unit, channel)
        answers: dict[int, int | str] = {**marks, RECOMMEND: self._recommends(marks)}
        answers[BELONGS] = "B" if self.people[unit].relation is Relation.TENANT else "A"
        remark, tags = self._remark(home, marks) if chance.random() < 0.34 else ("", ())
        kept = self._left_out(answers, channel) | ({REMARK: remark} if remark else {})
        is_named = channel in (Channel.PHONE, Channel.INTERVIEW) or chance.random() > 0.06
        is_of_building = is_named or chance.random() < 0.5
        return PlannedForm(
            unit=unit if is_named else None,
            building=home.building if is_of_building and not is_named else "",
            answers=tuple(sorted(kept.items())),
            tags=tags,
            slip=self._slip(kept),
            call=None,
        )

    def _marks(self, unit: int, channel: Channel) -> dict[int, int]:
        """Twelve marks of one person: usual, here, this house, this household, this mood, and chance."""
        steady = _bell(Random(f"{self.company.seed}/mood/{self.place}/{unit}"))  # noqa: S311 (a demonstration)
        mood = 0.32 * steady + 0.36 * _bell(self.chance)
        mood += {Channel.INTERVIEW: 0.15, Channel.ONLINE: -0.1}.get(channel, 0.0)
        moved = self._moved(unit)
        here = _HERE[self.place]
        return {
            item: _mark(usual + here.get(item, 0.0) + moved[item] + mood + 0.48 * _bell(self.chance))
            for item, usual in _USUAL.items()
        }

    def _moved(self, unit: int) -> dict[int, float]:
        """What has happened to this household: lifts, fees, water."""
        home = self.estate.units[unit]
        moved = dict.fromkeys(_USUAL, 0.0)
        if self.place == TROUBLED and self.turn < MENDED_IN:
            moved[FACILITY] -= 0.55 if self.turn == MENDED_IN - 1 else 0.1
            if home.building == LIFT_BUILDING:
                moved[FACILITY] += _LIFT[self.turn]
                moved[SPEED] -= 0.6
                moved[LISTENING] -= 0.5
        if habit_of(self.company, self.place, unit) in _MINDS_FEES:
            moved[BILLS] -= 0.7
            moved[WORTH] -= 1.0
            moved[LISTENING] -= 0.3
        if self._is_raised():
            moved[WORTH] -= 0.3
        if self.event is not None:
            moved[NOTICES] -= 0.9
            moved[SERVICE] -= 0.4
            moved[CARE] -= 0.3
        return moved

    def _is_raised(self) -> bool:
        """Whether the estate pays more than it did."""
        return self.place == WITHOUT_LIFTS and self.start >= self.company.first.shift(RAISED_AFTER).first_day

    def _recommends(self, marks: Mapping[int, int]) -> int:
        mean = sum(marks.values()) / len(marks)
        return max(0, min(NPS_MOST, int(8.3 + 2.4 * (mean - 4.0) + _bell(self.chance))))

    def _left_out(self, answers: Mapping[int, int | str], channel: Channel) -> dict[int, int | str]:
        """What stands on the form: some questions are passed over, and sometimes the back of the paper."""
        chance, share = self.chance, 0.035 if channel is Channel.PAPER else 0.012
        ends = MATTERS if channel is Channel.PAPER and chance.random() < 0.03 else BELONGS
        shares = {RECOMMEND: 2 * share, BILLS: 2 * share, MATTERS: 2 * share, SERVICE: 0.0}
        return {
            item: answer
            for item, answer in sorted(answers.items())
            if chance.random() >= shares.get(item, share) and item <= ends
        }

    def _remark(self, home: PlannedUnit, marks: Mapping[int, int]) -> tuple[str, tuple[str, ...]]:
        """What somebody writes has mostly to do with the lowest marks."""
        below = {item: (GOOD_MARK - mark) ** 2 for item, mark in marks.items() if mark < GOOD_MARK}
        if not below or (max(below.values()) == 1 and self.chance.random() < 0.4):
            topic = self.chance.choice(("praise", "praise", "other"))
        else:
            topic = self._topic(self.chance.choices(tuple(below), tuple(below.values()))[0], home)
        if topic == "praise" and self._has_mended_lift(home):
            topic = "lift_mended"
        text, tags = self.chance.choice(words.REMARKS[topic])
        return text.format(building=home.building), tuple(tags.split(","))

    def _topic(self, item: int, home: PlannedUnit) -> str:
        if self.event is not None:
            return "water"
        if item == WORTH and self._is_raised():
            return self.chance.choice(("raised", "fees"))
        if item != FACILITY:
            return self.chance.choice(_TOPICS[item])
        if self.place == TROUBLED and home.building == LIFT_BUILDING and self.turn < MENDED_IN:
            return "bad_lift"
        has_lift = self.place != WITHOUT_LIFTS and home.use in ("residential", "office")
        return "lift" if has_lift and self.chance.random() < 0.6 else "facility"

    def _has_mended_lift(self, home: PlannedUnit) -> bool:
        return self.place == TROUBLED and home.building == LIFT_BUILDING and self.turn >= MENDED_IN

    def _slip(self, answers: Mapping[int, int | str]) -> tuple[int, int] | None:
        """A mark that is read otherwise the second time; never a low one, so that nobody is called for it."""
        good = [(item, mark) for item, mark in answers.items() if item in _USUAL and isinstance(mark, int) and mark > 2]
        if not good or self.chance.random() >= 0.22:
            return None
        item, mark = self.chance.choice(good)
        return item, mark - 1 if mark == HIGHEST_MARK else mark + 1


class _Calls:
    """Deals out what becomes of the call-backs of a round."""

    def __init__(self, *, newest: bool) -> None:
        self.forgotten = 1 if newest else 0

    def arranged(self, form: PlannedForm, chance: Random) -> PlannedForm:
        """The form with what becomes of its call-back; in a running round the very first one is forgotten."""
        marks = [mark for item, mark in form.answers if item in _USUAL and isinstance(mark, int)]
        low = min(marks, default=HIGHEST_MARK)
        if form.unit is None or low > LOW:
            return form
        if self.forgotten:
            self.forgotten -= 1
            return form
        return replace(form, call=_call(low, chance))


def _call(low: int, chance: Random) -> PlannedCall:
    """Most are reached within three days, and most of those are content then."""
    first = chance.choice((1, 1, 1, 2, 2, 3)) if chance.random() < 0.93 else chance.choice((7, 8, 9))
    days: tuple[int, ...] = (first, first + 1) if chance.random() < 0.2 else (first,)
    draw = chance.random()
    if draw < 0.1:
        days = (first, first + 1, first + 2)
        return PlannedCall(days, FollowUpState.UNREACHABLE, None, chance.choice(words.CALL_VAIN))
    if draw < 0.12:
        return PlannedCall(days, FollowUpState.DROPPED, None, words.CALL_NEEDLESS)
    if draw < 0.26:
        same = max(low, chance.choice((1, 2, 3)))
        return PlannedCall(days, FollowUpState.REACHED, same, chance.choice(words.CALL_SAME))
    return PlannedCall(days, FollowUpState.REACHED, chance.choice((4, 4, 4, 5, 3)), chance.choice(words.CALL_BETTER))


def _is_there(person: PlannedPerson, day: date) -> bool:
    return person.start <= day and (person.end is None or day < person.end)


def _bell(chance: Random) -> float:
    """A number around 0 that spreads by 1, out of sums alone: every machine adds up to the same."""
    return (sum(chance.random() for _ in range(4)) - 2) * 1.73


def _mark(score: float) -> int:
    return max(LOWEST_MARK, min(HIGHEST_MARK, int(score + 0.5)))


def _parts(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}
