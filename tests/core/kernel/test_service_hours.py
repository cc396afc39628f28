import pytest

from core.kernel.service_hours import HoursTextRefused, parse_week, week_text
from core.kernel.worktime import DayHours, HoursRefused, Interval, NoWorkingHours, WeekTemplate

MORNING, AFTERNOON = Interval(510, 720), Interval(810, 1050)
OFFICE: DayHours = (MORNING, AFTERNOON)
SHORT: DayHours = (Interval(540, 720),)


@pytest.mark.parametrize(
    ("text", "week", "written"),
    [
        ("1-5 08:30-12:00,13:30-17:30", WeekTemplate.of(OFFICE), "1-5 08:30-12:00,13:30-17:30"),
        (
            "1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00",
            WeekTemplate.of(OFFICE, saturday=SHORT),
            "1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00",
        ),
        (
            "  6 , 7  9:00~12:00 ;1-5 8:30\u201312:00 , 13:30\uff5e17:30;",
            WeekTemplate.of(OFFICE, saturday=SHORT, sunday=SHORT),
            "1-5 08:30-12:00,13:30-17:30; 6-7 09:00-12:00",
        ),
        ("1-7 0:00-24:00", WeekTemplate.of((Interval(0, 1440),) * 1, saturday=(Interval(0, 1440),),
                                           sunday=(Interval(0, 1440),)), "1-7 00:00-24:00"),
        (
            "1,3-3 09:00-12:00",
            WeekTemplate((SHORT, (), SHORT, (), (), (), ())),
            "1 09:00-12:00; 3 09:00-12:00",
        ),
        (
            "1-4 00:00-06:00,22:00-24:00;5 00:00-06:00",
            WeekTemplate(
                (
                    (Interval(0, 360), Interval(1320, 1440)),
                    (Interval(0, 360), Interval(1320, 1440)),
                    (Interval(0, 360), Interval(1320, 1440)),
                    (Interval(0, 360), Interval(1320, 1440)),
                    (Interval(0, 360),),
                    (),
                    (),
                )
            ),
            "1-4 00:00-06:00,22:00-24:00; 5 00:00-06:00",
        ),
    ],
)  # fmt: skip
def test_a_week_is_read_and_written_the_one_way(text: str, week: WeekTemplate, written: str) -> None:
    assert parse_week(text) == week
    assert week_text(week) == written
    assert parse_week(written) == week


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", ""),
        (";", ""),
        ("1-5", "1-5"),
        ("08:30-12:00", "08:30-12:00"),
        ("0-5 08:30-12:00", "0-5 08:30-12:00"),
        ("1-8 08:30-12:00", "1-8 08:30-12:00"),
        ("1-5 8-12", "1-5 8-12"),
        ("1-5 08:30-12:00;;6 09:00-12:00", ""),
        ("1-5 08:30-12:00; 5 13:00-14:00", "5 13:00-14:00"),
        ("1,1 08:30-12:00", "1,1 08:30-12:00"),
        ("5-1 08:30-12:00", "5-1"),
        ("1-5 08:30-12:60", "12:60"),
        ("1-5 08:30-12:00 " + "x" * 40, ("1-5 08:30-12:00 " + "x" * 40)[:32]),
    ],
)
def test_what_is_no_week_is_refused_with_the_part_in_question(text: str, part: str) -> None:
    with pytest.raises(HoursTextRefused) as refusal:
        parse_week(text)
    assert (refusal.value.code, refusal.value.fields) == ("service_hours.text", {"text": part})


@pytest.mark.parametrize("text", ["1-5 12:00-08:30", "1-5 09:00-09:00", "1-5 08:00-24:01", "1 08:00-12:00,11:59-13:00"])
def test_hours_that_do_not_climb_or_leave_the_day_are_refused(text: str) -> None:
    with pytest.raises(HoursRefused):
        parse_week(text)


def test_a_week_without_hours_from_monday_to_friday_is_refused() -> None:
    with pytest.raises(NoWorkingHours):
        parse_week("6-7 09:00-12:00")
