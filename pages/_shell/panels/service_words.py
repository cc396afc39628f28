"""Words for complaints and requests alike: the colour with its sign, how long is left, instants typed in a box."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal
from unicodedata import east_asian_width

import streamlit as st

from core.kernel.clocks import ClockKind
from core.kernel.periods import CHINA
from core.kernel.sla import ClockLevel
from db.queries.service_rows import Deadline, QueueLevel
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.widgets import OpenForm

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)

SIGNS: Final[Mapping[QueueLevel | ClockLevel, str]] = {
    QueueLevel.RED: "🔴",
    QueueLevel.AMBER: "🟠",
    QueueLevel.GREEN: "🟢",
    QueueLevel.PAUSED: "⏸",
    QueueLevel.NONE: "○",
    ClockLevel.RED: "🔴",
    ClockLevel.AMBER: "🟠",
    ClockLevel.GREEN: "🟢",
}
COLOURS: Final[Mapping[QueueLevel, Literal["red", "orange", "green", "gray"]]] = {
    QueueLevel.RED: "red",
    QueueLevel.AMBER: "orange",
    QueueLevel.GREEN: "green",
    QueueLevel.PAUSED: "gray",
    QueueLevel.NONE: "gray",
}
"""What a badge is painted in; its words say the same."""


def level_text(page: Page, level: QueueLevel | ClockLevel) -> str:
    """The colour of a record or clock: its sign and its words, never the sign alone."""
    return f"{SIGNS[level]} {enum_label(page.words, level)}"


def span_text(page: Page, span: timedelta) -> str:
    """How long something takes, by its two largest parts: ``2 d 5 h``, ``3 h 20 min``, ``45 min``; never negative."""
    span = abs(span)
    days, rest = divmod(span, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // _MINUTE
    t = page.t
    if days:
        return t("%(days)s d %(hours)s h", days=days, hours=hours) if hours else t("%(days)s d", days=days)
    if hours:
        return t("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes) if minutes else t("%(h)s h", h=hours)
    return t("%(minutes)s min", minutes=minutes)


def remaining_text(page: Page, remaining: timedelta) -> str:
    """How long is left of a limit, or by how much it is over."""
    said = span_text(page, remaining)
    return page.t("%(span)s left", span=said) if remaining >= timedelta() else page.t("over by %(span)s", span=said)


def time_left_text(page: Page, level: QueueLevel, remaining: timedelta | None) -> str:
    """The cell of a queue: how long is left, that the clock stands still, or that none runs."""
    if remaining is not None and level is not QueueLevel.NONE:
        return remaining_text(page, remaining)
    return page.t("clock stands still") if level is QueueLevel.PAUSED else "–"


def deadline_text(page: Page, deadline: Deadline | None, clock: ClockKind | None = None) -> str:
    """The instant that counts next, what it waits for where that is known, and whether it is the hard limit."""
    if deadline is None:
        return "–"
    kind = page.t("hard limit") if deadline.is_hard else page.t("target")
    parts = (page.words.instant(deadline.at), enum_label(page.words, clock) if clock else "", kind)
    return " · ".join(part for part in parts if part)


def short_instant(page: Page, instant: datetime) -> str:
    """An instant for a narrow column: without the year where it is this year."""
    said = page.words.instant(instant)
    year = f"{page.today.year}-"
    return said.removeprefix(year)


def text_width(text: str) -> int:
    """How wide a text is drawn: a Chinese character takes twice the place of a letter."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def shortened(text: str, most: int) -> str:
    """As much of a text as is at most so wide; what is cut off ends in an ellipsis."""
    kept = text
    while text_width(kept) > most:
        kept = kept[:-1]
    return kept if kept == text else f"{kept.rstrip()}…"


def badge_text(page: Page, level: QueueLevel, deadline: Deadline | None) -> str:
    """What the badge of an open record says: colour in words, and how long is left."""
    if deadline is None or level in (QueueLevel.NONE, QueueLevel.PAUSED):
        return level_text(page, level)
    return f"{level_text(page, level)} · {remaining_text(page, deadline.at - page.now)}"


def wall_time(page: Page) -> datetime:
    """Now as a box for a time shows it: on the minute, in China, without a zone."""
    return local_time(page.now)


def local_time(instant: datetime) -> datetime:
    """An instant as a box for a time shows it."""
    return instant.astimezone(CHINA).replace(tzinfo=None, second=0, microsecond=0)


def instant_box(
    page: Page, form: OpenForm, label: str, field: str, *, start: datetime | None = None, empty: bool = False
) -> datetime | None:
    """A box for a day and time in China, beginning at now (or ``start``, or ``empty``); gives what was typed."""
    first = None if empty else wall_time(page) if start is None else local_time(start)
    return st.datetime_input(
        label, first, format="YYYY-MM-DD", step=timedelta(minutes=5), key=form.key(field)
    )  # fmt: skip


def typed_instant(typed: datetime | None, *, earliest: datetime | None = None) -> datetime | None:
    """The instant meant by a box. Boxes know no seconds: within the minute of ``earliest`` it is that very instant."""
    if typed is None:
        return None
    at = typed.replace(tzinfo=CHINA)
    return earliest if earliest is not None and timedelta() < earliest - at < _MINUTE else at
