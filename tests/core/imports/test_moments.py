from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.moments import DateOrder, MomentRules, has_year_last, moment, ordered
from core.imports.text import Cell, Reading
from core.kernel.periods import CHINA

RULES = MomentRules(datetime(2000, 1, 1, tzinfo=CHINA), datetime(2026, 11, 21, 9, tzinfo=CHINA))
NEW_YORK = timezone(timedelta(hours=-5))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[arg-type,misc]


def read(cell: Cell) -> Reading:
    return moment(RULES)(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2011-01-18 10:22:55.0", at(2011, 1, 18, 10, 22, 55)),
        ("2013-04-17 14:15:03.703", at(2013, 4, 17, 14, 15, 3, 703_000)),
        ("2022-01-23 15:58:49.123456789", at(2022, 1, 23, 15, 58, 49, 123_456)),
        ("2011-01-18", at(2011, 1, 18)),
        ("2011/1/8 9:05", at(2011, 1, 8, 9, 5)),
        ("2011.1.8", at(2011, 1, 8)),
        ("2011年1月8日", at(2011, 1, 8)),
        ("2011年1月8日9时5分", at(2011, 1, 8, 9, 5)),
        ("2011年1月8日 下午2点", at(2011, 1, 8, 14)),
        ("２０１１-０１-０８　０９：３０", at(2011, 1, 8, 9, 30)),
        ("2011-01-08 12:05 AM", at(2011, 1, 8, 0, 5)),
        ("2011-01-08 12:05 pm", at(2011, 1, 8, 12, 5)),
        ("2011-01-08 下午 14:05", at(2011, 1, 8, 14, 5)),
        ("2011-01-08T09:30:00Z", at(2011, 1, 8, 17, 30)),
        ("2011-01-08T09:30:00-05:00", datetime(2011, 1, 8, 9, 30, tzinfo=NEW_YORK)),
        ("2011-01-08T09:30+0800", at(2011, 1, 8, 9, 30)),
        ("20110108", at(2011, 1, 8)),
        ("20110108093015", at(2011, 1, 8, 9, 30, 15)),
        ("201101080930", at(2011, 1, 8, 9, 30)),
        (20110108, at(2011, 1, 8)),
        (datetime(2011, 1, 8, 9, 30), at(2011, 1, 8, 9, 30)),
        (datetime(2011, 1, 8, 1, 30, tzinfo=UTC), at(2011, 1, 8, 9, 30)),
        (date(2011, 1, 8), at(2011, 1, 8)),
        ("", None),
        ("暂无", None),
        ("-", None),
    ],
)
def test_an_instant_is_read_in_many_spellings_and_is_local(cell: Cell, value: datetime | None) -> None:
    assert read(cell) == Reading(value)


@pytest.mark.parametrize("cell", [40551.396875, "40551.396875"])
def test_a_day_number_of_a_workbook_keeps_its_time_and_is_noted(cell: Cell) -> None:
    assert read(cell) == Reading(at(2011, 1, 8, 9, 31, 30), notice=Notice.DATE_FROM_SERIAL)


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("2011-02-30", Trouble.NOT_A_DATE),
        ("2011-01-08 25:00", Trouble.NOT_A_DATE),
        ("2011-01-08 上午 14:05", Trouble.NOT_A_DATE),
        ("2011-01-08 09:30+99:99", Trouble.NOT_A_DATE),
        ("yesterday", Trouble.NOT_A_DATE),
        ("2011-01/08", Trouble.NOT_A_DATE),
        ("1/2/11", Trouble.NOT_A_DATE),
        (True, Trouble.NOT_A_DATE),
        (timedelta(hours=1), Trouble.NOT_A_DATE),
        (12.5, Trouble.NOT_A_DATE),
        (float("nan"), Trouble.NOT_A_DATE),
        ("1999-12-31 23:59", Trouble.TOO_OLD),
        (36525, Trouble.TOO_OLD),
        ("2026-11-21 09:00:01", Trouble.IN_FUTURE),
        (datetime(2031, 1, 1), Trouble.IN_FUTURE),
        ("#REF!", Trouble.ERROR_VALUE),
    ],
)
def test_what_cannot_have_been_is_named(cell: Cell, trouble: Trouble) -> None:
    assert read(cell).trouble is trouble


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [
        ("01/02/2011", DateOrder.MONTH_FIRST, at(2011, 1, 2)),
        ("01/02/2011", DateOrder.DAY_FIRST, at(2011, 2, 1)),
        ("1/2/2011 3:04:05 PM", DateOrder.MONTH_FIRST, at(2011, 1, 2, 15, 4, 5)),
        ("31.12.2011 08:00", DateOrder.DAY_FIRST, at(2011, 12, 31, 8)),
    ],
)
def test_a_date_that_begins_with_day_or_month_is_read_as_it_is_said_for_the_file(
    text: str, order: DateOrder, value: datetime
) -> None:
    assert read(text) == Reading(text)
    assert has_year_last(text)
    assert ordered(text, order=order, rules=RULES) == Reading(value)
    assert ordered(text, order=None, rules=RULES).trouble is Trouble.DATE_ORDER_OPEN


@pytest.mark.parametrize(("text", "year_last"), [("2011-01-02", False), ("1.2.3.2011", False), ("a · 1-2-2011", True)])
def test_it_is_seen_whether_the_order_must_be_said(text: str, year_last: bool) -> None:
    assert has_year_last(text) is year_last


@pytest.mark.parametrize("text", ["31/12/2011", "2011-01-02"])
def test_an_order_that_does_not_fit_is_named(text: str) -> None:
    assert ordered(text, order=DateOrder.MONTH_FIRST, rules=RULES).trouble is Trouble.NOT_A_DATE
