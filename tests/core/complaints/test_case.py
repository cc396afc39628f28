from datetime import date, timedelta
from typing import Any

import pytest

from core.complaints.case import (
    LONGEST_CONTENT,
    OLDEST_DAYS,
    AnonymousNamed,
    CaseIncomplete,
    GiverMissing,
    HappenedInFuture,
    HappenedTooLongAgo,
    HouseholdsRefused,
    PlaceMissing,
    case_number,
    check_case,
    next_case_sequence,
)
from core.complaints.taxonomy import CaseCategory, SubCategory, SubCategoryElsewhere
from core.customers.masking import NameMasked, PhoneMasked
from core.kernel.errors import BusinessError
from core.kernel.identity import CustomerId
from core.kernel.lines import LineTooLong
from tests.core.complaints.cases import NOW, record


def test_a_full_record_is_taken_with_tidied_texts() -> None:
    given = record(
        content="  电梯\u200b停运 \n\n 三天了 ",
        place=" 2号楼  电梯 ",
        claim=" 尽快 ",
        caller_name=" 张三 ",
        caller_phone=" 13800138000 ",
        source_reference=" 热线 12 ",
        category=CaseCategory.FACILITY,
        sub_category=SubCategory.LIFT,
    )
    assert check_case(record=given, now=NOW) == record(
        content="电梯停运\n三天了",
        place="2号楼 电梯",
        claim="尽快",
        caller_name="张三",
        caller_phone="13800138000",
        source_reference="热线 12",
        category=CaseCategory.FACILITY,
        sub_category=SubCategory.LIFT,
    )


@pytest.mark.parametrize("field", ["content", "channel", "emotion", "happened_at"])
def test_what_the_form_asks_for_is_needed(field: str) -> None:
    with pytest.raises(CaseIncomplete) as refused:
        check_case(record=record(**{field: " \n" if field == "content" else None}), now=NOW)
    assert refused.value.fields == {"field": field}


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": None, "place": "大堂"},
        {"caller_name": "", "caller_phone": "13800138000"},
        {"caller_name": "", "customer": CustomerId(4)},
        {"caller_name": "", "anonymous": True},
        {"happened_at": NOW},
        {"happened_at": NOW - timedelta(days=OLDEST_DAYS)},
        {"content": "电" * LONGEST_CONTENT},
        {"households": 100_000},
        {"category": CaseCategory.FEE},
    ],
)
def test_at_the_edge_a_record_is_still_taken(changes: dict[str, Any]) -> None:
    given = record(**changes)
    assert check_case(record=given, now=NOW) == given


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"unit": None, "place": "  "}, PlaceMissing),
        ({"caller_name": " "}, GiverMissing),
        ({"anonymous": True}, AnonymousNamed),
        ({"anonymous": True, "caller_name": "", "caller_phone": "13800138000"}, AnonymousNamed),
        ({"anonymous": True, "caller_name": "", "customer": CustomerId(4)}, AnonymousNamed),
        ({"caller_name": "张**"}, NameMasked),
        ({"caller_phone": "138****8000"}, PhoneMasked),
        ({"happened_at": NOW + timedelta(microseconds=1)}, HappenedInFuture),
        ({"happened_at": NOW - timedelta(days=OLDEST_DAYS, microseconds=1)}, HappenedTooLongAgo),
        ({"households": 0}, HouseholdsRefused),
        ({"households": 100_001}, HouseholdsRefused),
        ({"content": "电" * (LONGEST_CONTENT + 1)}, LineTooLong),
        ({"claim": "电" * 501}, LineTooLong),
        ({"place": "电" * 101}, LineTooLong),
        ({"category": CaseCategory.FEE, "sub_category": SubCategory.LIFT}, SubCategoryElsewhere),
        ({"category": None, "sub_category": SubCategory.LIFT}, SubCategoryElsewhere),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        check_case(record=record(**changes), now=NOW)


def test_a_case_number_names_estate_day_and_place_in_the_day() -> None:
    day = date(2026, 11, 21)
    assert case_number(estate_code="LH", day=day, sequence=1) == "LH-C261121-001"
    assert case_number(estate_code="LH", day=day, sequence=1000) == "LH-C261121-1000"
    with pytest.raises(ValueError, match="counts from 1"):
        case_number(estate_code="LH", day=day, sequence=0)


@pytest.mark.parametrize(
    ("numbers", "sequence"),
    [
        ((), 1),
        (("LH-C261121-001", "LH-C261121-004"), 5),
        (("LH-C261121-999", "LH-C261121-1000"), 1001),
        (("LH-C261120-009", "LHB-C261121-007", "LH-C261121-x"), 1),
    ],
)
def test_the_next_number_of_a_day_follows_the_largest(numbers: tuple[str, ...], sequence: int) -> None:
    assert next_case_sequence(estate_code="LH", day=date(2026, 11, 21), numbers=numbers) == sequence
