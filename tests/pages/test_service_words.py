"""How long is left, in words, and instants typed on the minute."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from core.kernel.sla import ClockLevel
from db.queries.service_rows import Deadline, QueueLevel
from locales.translator import Translator
from pages._shell.panels.service_words import (
    badge_text,
    level_text,
    local_time,
    remaining_text,
    short_instant,
    span_text,
    time_left_text,
    typed_instant,
)
from tests.builders import NOW

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def a_page(language: str = "en") -> Any:
    words = Translator(language)
    return SimpleNamespace(t=words.t, words=words, now=NOW, today=NOW.date())


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(), "0 min"),
        (59 * MINUTE + timedelta(seconds=59), "59 min"),
        (HOUR, "1 h"),
        (3 * HOUR + 20 * MINUTE, "3 h 20 min"),
        (24 * HOUR, "1 d"),
        (24 * HOUR + 59 * MINUTE, "1 d"),
        (53 * HOUR, "2 d 5 h"),
        (-53 * HOUR, "2 d 5 h"),
    ],
)
def test_a_span_is_told_by_its_two_largest_parts(span: timedelta, said: str) -> None:
    assert span_text(a_page(), span) == said


def test_what_is_left_and_what_is_over_differ_in_words() -> None:
    assert remaining_text(a_page(), 3 * HOUR) == "3 h left"
    assert remaining_text(a_page(), timedelta()) == "0 min left"
    assert remaining_text(a_page(), -48 * HOUR) == "over by 2 d"
    assert remaining_text(a_page("zh_CN"), -48 * HOUR) == "超时 2 天"


@pytest.mark.parametrize("level", [*QueueLevel, *ClockLevel])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_colour_is_never_a_sign_alone(level: Any, language: str) -> None:
    sign, words = level_text(a_page(language), level).split(" ", 1)
    assert sign
    assert words
    assert "enum." not in words


def test_without_a_deadline_the_cell_says_why() -> None:
    page = a_page()
    assert time_left_text(page, QueueLevel.PAUSED, None) == "clock stands still"
    assert time_left_text(page, QueueLevel.NONE, None) == "–"
    assert time_left_text(page, QueueLevel.GREEN, HOUR) == "1 h left"
    assert badge_text(page, QueueLevel.PAUSED, None) == "⏸ Clock stands still"
    assert badge_text(page, QueueLevel.RED, Deadline(NOW - HOUR, is_hard=True)) == "🔴 Over hard limit · over by 1 h"


def test_a_narrow_column_leaves_out_the_year_that_runs() -> None:
    assert short_instant(a_page(), NOW) == "11-21 09:00"
    assert short_instant(a_page(), datetime(2025, 12, 31, 1, tzinfo=UTC)) == "2025-12-31 09:00"


def test_a_typed_time_is_chinas_and_never_before_what_it_follows_within_the_minute() -> None:
    registered = NOW + timedelta(seconds=40)
    shown = local_time(registered)
    assert shown == datetime(2026, 11, 21, 9, 0)  # a box knows no zone
    assert typed_instant(shown) == NOW
    assert typed_instant(shown, earliest=registered) == registered
    assert typed_instant(shown, earliest=NOW + 2 * MINUTE) == NOW  # earlier than that is what was meant
    assert typed_instant(None, earliest=registered) is None
