import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitRefused, LimitUnit
from core.kernel.limit_texts import (
    LimitTextRefused,
    levels_text,
    named_levels_text,
    parse_levels,
    parse_named_levels,
)
from core.kernel.limits import NO_LIMITS, clock_hours, working_days

WORKING_MINUTES = Limit(30, LimitUnit.MINUTES, LimitCalendar.WORKING)
NAMES = ("response", "feedback")


@pytest.mark.parametrize(
    ("text", "levels", "written"),
    [
        ("24h/2wd", Levels(clock_hours(24), working_days(2)), "24h/2wd"),
        (" 24 H / 2 WD ", Levels(clock_hours(24), working_days(2)), "24h/2wd"),
        ("24h", Levels(clock_hours(24)), "24h"),
        ("24h/-", Levels(clock_hours(24)), "24h"),
        ("-/2wd", Levels(hard=working_days(2)), "-/2wd"),
        ("-", NO_LIMITS, "-"),
        ("-/-", NO_LIMITS, "-"),
        (
            "90m/4wh",
            Levels(
                Limit(90, LimitUnit.MINUTES, LimitCalendar.ALWAYS), Limit(4, LimitUnit.HOURS, LimitCalendar.WORKING)
            ),
            "90m/4wh",
        ),
        ("30wm", Levels(WORKING_MINUTES), "30wm"),
    ],
)
def test_limits_are_read_and_written_the_one_way(text: str, levels: Levels, written: str) -> None:
    assert parse_levels(text) == levels
    assert levels_text(levels) == written


@pytest.mark.parametrize(
    "text", ["", "24", "h", "24d", "1.5h", "-24h", "24h/", "/2wd", "24h/2wd/3wd", "24h 2wd", "٣h", "1234567h"]
)
def test_what_is_no_limit_is_refused_with_the_part_in_question(text: str) -> None:
    with pytest.raises(LimitTextRefused) as refusal:
        parse_levels(text)
    assert str(refusal.value.fields["text"]) in text
    assert refusal.value.code == "limits.text"


@pytest.mark.parametrize(("text", "most"), [("0h", 8784), ("8785h", 8784), ("367wd", 366), ("-/0m", 527_040)])
def test_an_amount_no_limit_can_have_is_refused_with_its_bound(text: str, most: int) -> None:
    with pytest.raises(LimitRefused) as refusal:
        parse_levels(text)
    assert refusal.value.fields["most"] == most


amounts = st.integers(1, 366)
limits = st.builds(Limit, amounts, st.sampled_from(LimitUnit), st.just(LimitCalendar.WORKING)) | st.builds(
    clock_hours, amounts
)


@given(st.builds(Levels, st.none() | limits, st.none() | limits))
def test_what_is_written_reads_as_what_it_was(levels: Levels) -> None:
    assert parse_levels(levels_text(levels)) == levels


@pytest.mark.parametrize(
    ("text", "named", "written"),
    [
        ("response=24h", (("response", Levels(clock_hours(24))),), "response=24h"),
        (
            "feedback = 72h / 7wd , response=-",
            (("feedback", Levels(clock_hours(72), working_days(7))), ("response", NO_LIMITS)),
            "feedback=72h/7wd,response=-",
        ),
    ],
)
def test_limits_are_named(text: str, named: tuple[tuple[str, Levels], ...], written: str) -> None:
    assert parse_named_levels(text, names=NAMES) == named
    assert named_levels_text(named) == written
    assert parse_named_levels(written, names=NAMES) == named


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        ("24h", "24h"),
        ("response=24h,", ""),
        ("finish=24h", "finish=24h"),
        ("response=1h, response=2h", "response=2h"),
        ("response=1h=2h", "1h=2h"),
        ("response=" + "9" * 40, "9" * 32),
    ],
)
def test_another_name_or_the_same_twice_is_refused(text: str, part: str) -> None:
    with pytest.raises(LimitTextRefused) as refusal:
        parse_named_levels(text, names=NAMES)
    assert refusal.value.fields == {"text": part}
