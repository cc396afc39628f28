"""Figures the portal works out itself, held against figures worked out by hand (R-140 to R-142, R-045, R-047)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.admin.settings import SettingKey
from core.kernel.identity import COMPANY, EstateId, RoundId
from core.kernel.periods import Month
from core.meetings.effects import Direction, Figure, Goal, Metric
from db.engine import Database
from db.models import Setting
from db.repositories.known_figures import (
    FEE_METRICS,
    SURVEY_METRICS,
    FigureHidden,
    FigurePlace,
    FigureUnknown,
    known_figure,
    round_item,
)
from tests.fee_books import A, B, Books, open_books
from tests.measures_setup import MARKS, NOW, TODAY, a_round
from tests.statements import count_statements

SEPTEMBER, OCTOBER, NOVEMBER = (Month(2026, month) for month in (9, 10, 11))


def goal(metric: Metric, reference: str = "") -> Goal:
    better = Direction.DOWN if metric is Metric.OVERDUE_AMOUNT else Direction.UP
    return Goal(metric=metric, target=Decimal(0), better=better, reference=reference)


def find(
    database: Database, metric: Metric, reference: str = "", *, estate: EstateId = A, today: date = TODAY, **place: Any
) -> Figure:
    with database.reading() as connection:
        wanted = goal(metric, reference)
        return known_figure(connection, estate=estate, goal=wanted, place=FigurePlace(**place), today=today)


@pytest.fixture
def books(database: Database) -> Books:
    return open_books(database)


@pytest.mark.parametrize(
    ("metric", "reference", "value", "n"),
    [
        (Metric.SURVEY_ITEM, "cleaning", "4", 10),
        (Metric.SURVEY_ITEM, "patrol", "2.4", 10),
        (Metric.SURVEY_DIMENSION, "management", "2.4", 10),
        (Metric.SURVEY_CSI, "", "64", 10),
        (Metric.SURVEY_TOP_SHARE, "", "35", 20),
        (Metric.SURVEY_TOP_SHARE, "cleaning", "70", 10),
        (Metric.SURVEY_NPS, "", "40", 10),
        (Metric.SURVEY_NPS, "recommend", "40", 10),
    ],
)
def test_a_survey_figure_equals_the_one_worked_out_by_hand(
    database: Database, metric: Metric, reference: str, value: str, n: int
) -> None:
    open_books(database)
    number = a_round(database)
    expected = Figure(Decimal(value), n, date(2026, 10, 20), "A-26Q4-01")
    assert find(database, metric, reference, round_id=number) == expected


def test_a_mean_is_rounded_to_six_decimals_half_up(database: Database, books: Books) -> None:
    number = a_round(database, marks={**MARKS, 1: {5: 4, 4: 2}})
    assert find(database, Metric.SURVEY_ITEM, "cleaning", round_id=number).value == Decimal("4.666667")


def test_csi_takes_the_weights_that_hold_on_the_last_day_of_the_round(database: Database, books: Books) -> None:
    number = a_round(database)
    with database.writing() as connection, connection.begin():
        for place, (estate, start, weights) in enumerate(
            (
                (COMPANY, date(2026, 1, 1), "facility=1,management=3"),
                (A, date(2026, 10, 20), "facility=3,management=1"),
                (A, date(2026, 10, 21), "facility=1,management=9"),
            ),
            start=1,
        ):
            row = {
                "estate_id": estate,
                "id": place,
                "valid_from": start,
                "value": weights,
                "set_by": "admin",
                "set_at": NOW,
            }
            connection.execute(Setting.__table__.insert(), [{**row, "key": SettingKey.SURVEYS_DIMENSION_WEIGHTS.value}])
    assert find(database, Metric.SURVEY_CSI, round_id=number).value == 72


def test_a_round_that_still_runs_gives_a_figure_of_today(database: Database, books: Books) -> None:
    number = a_round(database, ends_on=date(2026, 12, 1), state="open")
    assert find(database, Metric.SURVEY_CSI, round_id=number).on == TODAY


@pytest.mark.parametrize(
    ("marks", "state"),
    [({}, "closed"), ({0: {0: 10}, 1: {5: 10}}, "closed"), (MARKS, "cancelled")],
)
def test_where_nobody_answered_or_the_round_was_cancelled_there_is_no_figure(
    database: Database, books: Books, marks: dict[int, dict[int, int]], state: str
) -> None:
    number = a_round(database, marks=marks, state=state)
    with pytest.raises(FigureUnknown):
        find(database, Metric.SURVEY_ITEM, "patrol", round_id=number)


@pytest.mark.parametrize("metric", sorted(SURVEY_METRICS))
def test_every_survey_metric_is_unknown_in_an_empty_round(database: Database, books: Books, metric: Metric) -> None:
    number = a_round(database, marks={})
    with pytest.raises(FigureUnknown):
        find(database, metric, "patrol" if metric is Metric.SURVEY_ITEM else "", round_id=number)


def test_a_round_or_item_that_is_not_there_gives_no_figure(database: Database, books: Books) -> None:
    number = a_round(database)
    for estate, reference, wanted in ((A, "nothing", number), (B, "patrol", number), (A, "patrol", RoundId(1))):
        with pytest.raises(FigureUnknown):
            find(database, Metric.SURVEY_ITEM, reference, estate=estate, round_id=wanted)


@pytest.mark.parametrize("metric", [Metric.SURVEY_ITEM, Metric.SURVEY_TOP_SHARE, Metric.SURVEY_CSI])
def test_the_marks_of_fewer_than_five_people_are_not_told(database: Database, books: Books, metric: Metric) -> None:
    four = {0: {0: 4}, 1: {5: 2, 4: 2}, 2: {1: 4}}
    number = a_round(database, marks=four)
    with pytest.raises(FigureHidden) as refused:
        find(database, metric, "patrol" if metric is Metric.SURVEY_ITEM else "", round_id=number)
    assert refused.value.fields == {"n": 4, "least": 5}


def test_an_item_is_found_by_its_code_or_its_position(database: Database, books: Books) -> None:
    number = a_round(database)
    with database.reading() as connection:
        found = [round_item(connection, A, number, wanted) for wanted in ("patrol", "2", "9")]
    assert [item and item.code for item in found] == ["patrol", "patrol", None]


def billed(books: Books) -> None:
    """September: six bills of 200.00 due on 15 October; 150 come in September, 200 in October, 100 in November.

    What came in October is taken back in November.
    """
    books.bill_month(A, SEPTEMBER, date(2026, 9, 25))
    books.pay(A, "1-1-101", "150", date(2026, 9, 28))
    taken = books.pay(A, "1-1-102", "200", date(2026, 10, 20))
    books.reverse(A, taken.payment_id, date(2026, 11, 3))
    books.pay(A, "1-1-201", "100", date(2026, 11, 5))


@pytest.mark.parametrize(
    ("metric", "month", "value", "on"),
    [
        (Metric.COLLECTION_RATE, SEPTEMBER, "12.5", date(2026, 9, 30)),
        (Metric.OVERDUE_AMOUNT, SEPTEMBER, "0", date(2026, 9, 30)),
        (Metric.OVERDUE_AMOUNT, OCTOBER, "850", date(2026, 10, 31)),
        (Metric.OVERDUE_AMOUNT, NOVEMBER, "950", TODAY),
    ],
)
def test_a_fee_figure_equals_the_one_worked_out_by_hand(
    database: Database, metric: Metric, month: Month, value: str, on: date
) -> None:
    billed(open_books(database))
    assert find(database, metric, month=month) == Figure(Decimal(value), None, on, str(month))


@pytest.mark.parametrize(("today", "value"), [(date(2026, 10, 15), "0"), (date(2026, 10, 16), "1050")])
def test_on_the_due_date_nothing_is_overdue_yet(database: Database, books: Books, today: date, value: str) -> None:
    billed(books)
    assert find(database, Metric.OVERDUE_AMOUNT, month=OCTOBER, today=today).value == Decimal(value)


@pytest.mark.parametrize(
    ("metric", "estate", "month"),
    [
        (Metric.COLLECTION_RATE, A, OCTOBER),
        (Metric.COLLECTION_RATE, B, SEPTEMBER),
        (Metric.OVERDUE_AMOUNT, A, Month(2026, 8)),
        (Metric.OVERDUE_AMOUNT, B, OCTOBER),
        (Metric.OVERDUE_AMOUNT, A, Month(2026, 12)),
    ],
)
def test_a_month_without_books_has_no_figure(
    database: Database, books: Books, metric: Metric, estate: EstateId, month: Month
) -> None:
    billed(books)
    with pytest.raises(FigureUnknown):
        find(database, metric, estate=estate, month=month)


def test_a_survey_figure_needs_a_round_and_a_fee_figure_a_month(database: Database, books: Books) -> None:
    number = a_round(database)
    billed(books)
    for metric in SURVEY_METRICS:
        with pytest.raises(FigureUnknown):
            find(database, metric, month=SEPTEMBER)
    for metric in FEE_METRICS | {Metric.OWN_FIGURE}:
        with pytest.raises(FigureUnknown):
            find(database, metric, round_id=number)


@pytest.mark.parametrize(
    ("metric", "most"),
    [(Metric.SURVEY_ITEM, 2), (Metric.SURVEY_CSI, 3), (Metric.COLLECTION_RATE, 1), (Metric.OVERDUE_AMOUNT, 1)],
)
def test_a_figure_costs_few_statements(database: Database, books: Books, metric: Metric, most: int) -> None:
    number = a_round(database)
    billed(books)
    place: dict[str, Any] = {"round_id": number} if metric in SURVEY_METRICS else {"month": SEPTEMBER}
    with count_statements(database) as seen:
        find(database, metric, "patrol" if metric is Metric.SURVEY_ITEM else "", **place)
    assert len(seen) <= most, seen
