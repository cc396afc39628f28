"""R20: instants are UTC and aware, the business day is China's, and the edges of days, months and years hold."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select

from core.fees.payments import DayInFuture
from core.kernel.periods import Month, local_day
from db.engine import Database
from db.models import Payment, User
from tests.db.fees_setup import NOW, World, a_billed_world

NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2026, 6, 30, 11, 0, tzinfo=NEW_YORK), date(2026, 7, 1)),
    ],
)
def test_the_business_day_is_chinas_wherever_the_server_stands(instant: datetime, day: date) -> None:
    assert local_day(instant) == day


@pytest.mark.parametrize(("year", "last"), [(2026, 28), (2028, 29)])
def test_a_due_day_31_falls_on_the_last_day(year: int, last: int) -> None:
    assert Month(year, 2).day(31) == date(year, 2, last)
    assert Month(year, 4).day(31) == date(year, 4, 30)


def test_an_instant_comes_back_as_the_same_aware_instant(database: Database) -> None:
    at = datetime(2026, 6, 30, 11, 59, 59, 123_456, tzinfo=NEW_YORK)
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User).values(id=1, username="a", display_name="a", created_at=at))
        found = connection.execute(select(User.created_at)).scalar_one()
    assert (found, found.tzinfo) == (at, UTC)


def test_a_naive_instant_never_reaches_the_database(database: Database) -> None:
    with pytest.raises(Exception, match="time zone"), database.writing() as connection, connection.begin():
        connection.execute(insert(User).values(id=1, username="a", display_name="a", created_at=datetime(2026, 1, 1)))


def test_money_of_the_last_minute_counts_for_the_day_in_china(database: Database) -> None:
    world: World = a_billed_world(database)
    today = local_day(NOW)
    yesterday = today - timedelta(days=1)
    late = datetime(yesterday.year, yesterday.month, yesterday.day, 15, 59, 59, tzinfo=UTC)
    world.pay(world.units[0], "1.00", received_at=late)
    world.pay(world.units[0], "1.00", received_at=late + timedelta(seconds=1))
    days = [row.business_date for row in sorted(world.rows(Payment), key=lambda row: row.receipt_no)]
    assert days == [yesterday, today]


def test_a_payment_from_tomorrow_is_refused(database: Database) -> None:
    world: World = a_billed_world(database)
    with pytest.raises(DayInFuture):
        world.pay(world.units[0], "1.00", received_at=NOW + timedelta(days=1))
