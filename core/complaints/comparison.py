"""Which days the figures of complaints are about, and which they are compared with (R-099)."""

from dataclasses import dataclass
from datetime import date, timedelta

from core.kernel.periods import Month, Span

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A period and the one before it, of the same length.

    ``running``: the period is not over; then only its days up to today count, and as many of the one before.
    ``months``: how many calendar months the whole period has; 0 when it is not made of whole months.
    """

    this: Span
    before: Span
    running: bool
    months: int


def compared(*, span: Span, today: date) -> Comparison:
    """Find the days to compare a period with.

    Months are compared with the months before, whole ones with whole ones; anything else with as many days before.
    """
    months = _whole_months(span)
    running = today in span
    days = (min(span.end, today + _DAY) if running else span.end) - span.start
    first = Month.of(span.start).shift(-months).first_day if months else span.start - (span.end - span.start)
    last = min(first + days, span.start) if running else span.start
    return Comparison(
        this=Span(span.start, span.start + days), before=Span(first, last), running=running, months=months
    )


def _whole_months(span: Span) -> int:
    if span.start.day != 1 or span.end.day != 1:
        return 0
    return Month.of(span.end).months_since(Month.of(span.start))
