"""Survey rounds (调查轮次): when an estate is asked, by which channels and how many (R-136, R-146, R-152)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions
from core.kernel.lines import clean_line
from core.kernel.periods import Span

LONGEST_DAYS: Final = 400
LONGEST_NAME: Final = 100
LONGEST_EVENT: Final = 200
MOST_FORMS: Final = 1_000_000


class RoundKind(StrEnum):
    """Why people are asked (R-152)."""

    REGULAR = "regular"
    AFTER_EVENT = "after_event"
    CALL_BACK = "call_back"
    """By the desk, after a service was done."""
    OVERDUE_PROCESS = "overdue_process"
    """What owners in arrears think of how they were reminded."""


class Channel(StrEnum):
    """How an answer came in (R-146)."""

    ONLINE = "online"
    INTERVIEW = "interview"
    PHONE = "phone"
    PAPER = "paper"


class RoundState(StrEnum):
    """What somebody decided about the round; where it stands in time is its :class:`RoundPhase`."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


ROUND_MOVES: Final = Transitions(
    {
        RoundState.OPEN: frozenset({RoundState.CLOSED, RoundState.CANCELLED}),
        RoundState.CLOSED: frozenset({RoundState.OPEN}),
    }
)


class RoundPhase(StrEnum):
    """Where a round stands on a day, derived from its dates and state."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    """The last day is past; forms collected before may still be entered until somebody closes the round."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRecord:
    """One round. ``span`` holds the days on which answers are collected, its end exclusive.

    ``target_sample``: how many answers are wanted (0: not said). ``sent``: questionnaires handed out, ``population``:
    households there are (0: unknown). ``check_percent``: how much of the paper a second person types again.
    ``event_reference``: the event a round of kind *after event* asks about.
    """

    name: str
    code: str
    kind: RoundKind
    span: Span
    channels: frozenset[Channel]
    target_sample: int = 0
    sent: int = 0
    population: int = 0
    check_percent: int = 0
    event_reference: str = ""


class RoundNameRefused(BusinessError):
    """A round has a name of at most ``longest`` characters."""

    code: ClassVar[str] = "surveys.round.name"


class RoundDatesReversed(BusinessError):
    """The last day is not before the first. Fields: ``first_day``, ``last_day`` (both included)."""

    code: ClassVar[str] = "surveys.round.dates"


class RoundTooLong(BusinessError):
    """A round lasts at most ``most`` days. Fields: ``days``, ``most``."""

    code: ClassVar[str] = "surveys.round.too_long"


class ChannelMissing(BusinessError):
    """A round has at least one channel."""

    code: ClassVar[str] = "surveys.round.channel_missing"


class RoundNumberRefused(BusinessError):
    """A count lies between ``least`` and ``most``, both allowed. Field: ``field``."""

    code: ClassVar[str] = "surveys.round.number"


class TargetAbovePopulation(BusinessError):
    """No more answers are wanted than there are households. Fields: ``target``, ``population``."""

    code: ClassVar[str] = "surveys.round.target"


class EventMissing(BusinessError):
    """A round after an event names the event."""

    code: ClassVar[str] = "surveys.round.event_missing"


class EventTooLong(BusinessError):
    """The reference to the event has at most ``longest`` characters."""

    code: ClassVar[str] = "surveys.round.event_long"


class LinksCut(BusinessError):
    """Whose form is whose was forgotten on ``cut_on``, so the round stays closed."""

    code: ClassVar[str] = "surveys.round.links_cut"


def round_span(*, first_day: date, last_day: date) -> Span:
    """Give the days from ``first_day`` to ``last_day``, both included, as a span with an exclusive end."""
    if last_day < first_day:
        raise RoundDatesReversed(first_day=first_day, last_day=last_day)
    _check_length((last_day - first_day).days + 1)
    return Span(first_day, last_day + timedelta(days=1))


def check_round(record: RoundRecord) -> RoundRecord:
    """Give the round with tidied lines, or raise the refusal for the first thing wrong with it."""
    name, event = clean_line(record.name), clean_line(record.event_reference)
    if not 0 < len(name) <= LONGEST_NAME:
        raise RoundNameRefused(longest=LONGEST_NAME)
    days = (record.span.end - record.span.start).days
    if days < 1:
        raise RoundDatesReversed(first_day=record.span.start, last_day=record.span.end - timedelta(days=1))
    _check_length(days)
    if not record.channels:
        raise ChannelMissing
    _check_numbers(record)
    if record.kind is RoundKind.AFTER_EVENT and not event:
        raise EventMissing
    if len(event) > LONGEST_EVENT:
        raise EventTooLong(longest=LONGEST_EVENT)
    return replace(record, name=name, event_reference=event)


def _check_length(days: int) -> None:
    if days > LONGEST_DAYS:
        raise RoundTooLong(days=days, most=LONGEST_DAYS)


def _check_numbers(record: RoundRecord) -> None:
    counts = (
        ("target_sample", record.target_sample, MOST_FORMS),
        ("sent", record.sent, MOST_FORMS),
        ("population", record.population, MOST_FORMS),
        ("check_percent", record.check_percent, 100),
    )
    for field, number, most in counts:
        if type(number) is not int or not 0 <= number <= most:
            raise RoundNumberRefused(field=field, least=0, most=most)
    if record.population and record.target_sample > record.population:
        raise TargetAbovePopulation(target=record.target_sample, population=record.population)


def check_round_move(*, source: RoundState, target: RoundState, links_cut_on: date | None) -> None:
    """Raise unless the round may go from one state to the other.

    A closed round is opened again only while the forms still know their units (``links_cut_on`` is ``None``): later
    nobody could tell a correction from a second form.
    """
    ROUND_MOVES.check(source=source, target=target)
    if target is RoundState.OPEN and links_cut_on is not None:
        raise LinksCut(cut_on=links_cut_on)


def phase_at(*, state: RoundState, span: Span, today: date) -> RoundPhase:
    """Say where a round stands on a day."""
    if state is not RoundState.OPEN:
        return RoundPhase.CLOSED if state is RoundState.CLOSED else RoundPhase.CANCELLED
    if today < span.start:
        return RoundPhase.PLANNED
    return RoundPhase.RUNNING if today in span else RoundPhase.ENDED


def round_code(*, estate_code: str, day: date, sequence: int) -> str:
    """Give the code printed on the forms: ``LH-26Q4-02`` is the estate's second round begun in that quarter.

    ``sequence`` counts from 1 within the estate and the quarter of the first day. The estate's own code stands in
    front, so that piles of two estates are told apart by the paper alone.
    """
    if sequence < 1:
        raise ValueError("a sequence counts from 1")
    return f"{estate_code}-{day.year % 100:02d}Q{(day.month + 2) // 3}-{sequence:02d}"


def next_sequence(*, estate_code: str, day: date, codes: Collection[str]) -> int:
    """Find the next sequence of the quarter among the codes the estate has used; a gap is never filled."""
    prefix = round_code(estate_code=estate_code, day=day, sequence=1).removesuffix("01")
    used = [code.removeprefix(prefix) for code in codes if code.startswith(prefix)]
    return max((int(tail) for tail in used if tail.isdecimal()), default=0) + 1


def response_rate(*, returned: int, sent: int) -> Fraction | None:
    """Give returned ÷ handed out; ``None`` when nobody said how many were (R-143).

    More than 1 is given as it is: it shows that more were handed out than was entered.
    """
    return Fraction(returned, sent) if sent else None


def coverage(*, returned: int, population: int) -> Fraction | None:
    """Give returned ÷ households; ``None`` when their number is unknown (R-143)."""
    return Fraction(returned, population) if population else None
