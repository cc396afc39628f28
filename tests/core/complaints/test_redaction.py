from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints import handling_steps, outcome_steps
from core.complaints.case import CaseRecord
from core.complaints.redaction import (
    FORGOTTEN_FIELDS,
    FORGOTTEN_TEXTS,
    PublicCount,
    PublicLine,
    PublicSummary,
    RetentionTooShort,
    anonymised,
    kept_until,
    may_delete,
    needs_anonymising,
    public_summary,
)
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.identity import CustomerId
from tests.core.complaints.cases import record

FACILITY, FEE, ENVIRON, SERVICE = CaseCategory.FACILITY, CaseCategory.FEE, CaseCategory.ENVIRON, CaseCategory.SERVICE


def test_small_categories_are_published_together() -> None:
    counts = {FACILITY: PublicCount(9, 8), FEE: PublicCount(2, 2), ENVIRON: PublicCount(3, 1)}
    assert public_summary(counts=counts) == PublicSummary(14, 11, (PublicLine(FACILITY, 9, 8), PublicLine(None, 5, 3)))


def test_a_single_small_category_takes_the_next_smallest_with_it() -> None:
    counts = {
        FACILITY: PublicCount(9, 8),
        FEE: PublicCount(4, 2),
        ENVIRON: PublicCount(6, 6),
        SERVICE: PublicCount(0, 0),
    }
    assert public_summary(counts=counts) == PublicSummary(19, 16, (PublicLine(FACILITY, 9, 8), PublicLine(None, 10, 8)))


def test_large_categories_stand_for_themselves() -> None:
    counts = {ENVIRON: PublicCount(6, 6), FEE: PublicCount(5, 2)}
    assert public_summary(counts=counts).lines == (PublicLine(FEE, 5, 2), PublicLine(ENVIRON, 6, 6))


@pytest.mark.parametrize(
    ("counts", "total"),
    [({}, 0), ({FEE: PublicCount(4, 4)}, 4), ({FEE: PublicCount(4, 4), ENVIRON: PublicCount(20, 1)}, 24)],
)
def test_with_too_few_cases_there_is_a_total_only(counts: dict[CaseCategory, PublicCount], total: int) -> None:
    summary = public_summary(counts=counts)
    assert (summary.cases, summary.lines) == (total, ())


COUNTS = st.integers(0, 30).flatmap(lambda n: st.integers(0, n).map(lambda done: PublicCount(n, done)))


@given(st.dictionaries(st.sampled_from(CaseCategory), COUNTS))
def test_no_line_stands_for_fewer_than_five_and_all_lines_add_up(counts: dict[CaseCategory, PublicCount]) -> None:
    summary = public_summary(counts=counts)
    assert all(line.cases >= 5 for line in summary.lines)
    if summary.lines:
        assert sum(line.cases for line in summary.lines) == summary.cases == sum(one.cases for one in counts.values())
        assert sum(line.handled for line in summary.lines) == summary.handled


@pytest.mark.parametrize(
    ("ended_on", "months", "last_day"),
    [
        (date(2026, 5, 21), 6, date(2026, 11, 21)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
    ],
)
def test_retention_ends_on_the_same_day_of_a_later_month(ended_on: date, months: int, last_day: date) -> None:
    assert kept_until(ended_on=ended_on, months=months) == last_day


@pytest.mark.parametrize(
    ("ended_on", "today", "on_hold", "may"),
    [
        (None, date(2030, 1, 1), False, False),
        (date(2026, 5, 21), date(2026, 11, 21), False, False),
        (date(2026, 5, 21), date(2026, 11, 22), False, True),
        (date(2026, 5, 21), date(2026, 11, 22), True, False),
    ],
)
def test_no_case_is_deleted_before_six_months_are_past(
    ended_on: date | None, today: date, on_hold: bool, may: bool
) -> None:
    assert may_delete(ended_on=ended_on, today=today, on_hold=on_hold) is may


@pytest.mark.parametrize(
    ("ended_on", "today", "on_hold", "needs"),
    [
        (None, date(2030, 1, 1), False, False),
        (date(2023, 11, 20), date(2026, 11, 20), False, False),
        (date(2023, 11, 20), date(2026, 11, 21), False, True),
        (date(2023, 11, 20), date(2026, 11, 21), True, False),
    ],
)
def test_after_three_years_a_case_forgets_whose_it_was(
    ended_on: date | None, today: date, on_hold: bool, needs: bool
) -> None:
    assert needs_anonymising(ended_on=ended_on, today=today, on_hold=on_hold) is needs


def test_the_period_is_a_setting_of_at_least_six_months() -> None:
    ended_on = date(2026, 5, 21)
    assert needs_anonymising(ended_on=ended_on, today=date(2026, 11, 22), months=6)
    with pytest.raises(RetentionTooShort) as refused:
        needs_anonymising(ended_on=ended_on, today=date(2026, 11, 22), months=5)
    assert refused.value.fields == {"least": 6}


def test_a_forgotten_case_keeps_what_sorts_and_counts() -> None:
    sorting = {"category": FACILITY, "sub_category": SubCategory.LIFT, "households": 3, "special": True}
    full = record(
        **sorting,
        place="2号楼电梯",
        customer=CustomerId(4),
        caller_phone="13800138000",
        claim="尽快",
        source_reference="热线",
    )
    left = anonymised(full)
    changed = {field.name for field in fields(CaseRecord) if getattr(left, field.name) != getattr(full, field.name)}
    assert changed == FORGOTTEN_FIELDS | {"anonymous"}
    assert left == record(**sorting, unit=None, content="", caller_name="", anonymous=True)


def test_every_text_of_the_record_and_of_the_steps_is_forgotten() -> None:
    """A text added later has to be put on the list, or on the list of codes here."""
    codes = {"department", "name"}
    steps = [kind for module in (handling_steps, outcome_steps) for kind in vars(module).values()]
    texts = {
        field.name
        for kind in steps
        if isinstance(kind, type) and hasattr(kind, "checked") and kind.__module__.startswith("core.complaints")
        for field in (fields(kind) if hasattr(kind, "__dataclass_fields__") else ())  # type: ignore[arg-type]
        if field.type is str
    }
    assert {field.name for field in fields(CaseRecord) if field.type is str} <= FORGOTTEN_FIELDS
    assert len(texts) > 8
    assert texts - codes <= FORGOTTEN_TEXTS
    assert FORGOTTEN_TEXTS - texts == {"part"}
