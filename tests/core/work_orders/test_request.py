from datetime import date, timedelta
from typing import Any

import pytest

from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId
from core.kernel.lines import LineTooLong
from core.work_orders.appointments import SlotInPast
from core.work_orders.kinds import FailureNotRepair, PublicSystem, WorkChannel, WorkKind
from core.work_orders.request import (
    LONGEST_CONTENT,
    OLDEST_DAYS,
    FailureWaits,
    NoticedInFuture,
    NoticedTooLongAgo,
    RequestGiverMissing,
    RequestIncomplete,
    RequestPlaceMissing,
    WorkHouseholdsRefused,
    check_request,
    is_contactable,
    next_request_sequence,
    request_number,
)
from core.work_orders.slots import Slot
from tests.core.work_orders.orders import NOW, record

TOMORROW = Slot(NOW + timedelta(hours=24), NOW + timedelta(hours=26))
NOBODY: dict[str, Any] = {"customer": None}


def test_a_full_request_is_taken_with_tidied_texts() -> None:
    given = record(
        content="  水管\u200b漏水 \n\n 三天了 ",
        need=" 尽快  更换 ",
        place=" 2号楼  大堂 ",
        caller_name=" 张三 ",
        caller_phone=" 13800138000 ",
        source_reference=" 热线 12 ",
        wanted=TOMORROW,
        source_case=CaseId(9),
    )
    assert check_request(record=given, now=NOW) == record(
        content="水管漏水\n三天了",
        need="尽快 更换",
        place="2号楼 大堂",
        caller_name="张三",
        caller_phone="13800138000",
        source_reference="热线 12",
        wanted=TOMORROW,
        source_case=CaseId(9),
    )


@pytest.mark.parametrize("field", ["content", "channel", "kind", "noticed_at"])
def test_what_the_form_asks_for_is_needed(field: str) -> None:
    with pytest.raises(RequestIncomplete) as refused:
        check_request(record=record(**{field: " \n" if field == "content" else None}), now=NOW)
    assert refused.value.fields == {"field": field}


@pytest.mark.parametrize(
    "changes",
    [
        {"unit": None, "place": "大堂"},
        {"customer": None, "caller_name": "张三"},
        {"customer": None, "caller_phone": "13800138000"},
        {"customer": None, "channel": WorkChannel.PATROL},
        {"customer": None, "channel": WorkChannel.COMPLAINT},
        {"customer": None, "failure": PublicSystem.POWER, "people_at_risk": True, "households": 100_000},
        {"noticed_at": NOW},
        {"noticed_at": NOW - timedelta(days=OLDEST_DAYS)},
        {"content": "水" * LONGEST_CONTENT},
        {"kind": WorkKind.GREENING, "wanted": TOMORROW},
    ],
)
def test_at_the_edge_a_request_is_still_taken(changes: dict[str, Any]) -> None:
    given = record(**changes)
    assert check_request(record=given, now=NOW) == given


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"unit": None, "place": "  "}, RequestPlaceMissing),
        (NOBODY, RequestGiverMissing),
        ({**NOBODY, "caller_name": " "}, RequestGiverMissing),
        ({**NOBODY, "channel": WorkChannel.OTHER}, RequestGiverMissing),
        ({"noticed_at": NOW + timedelta(microseconds=1)}, NoticedInFuture),
        ({"noticed_at": NOW - timedelta(days=OLDEST_DAYS, microseconds=1)}, NoticedTooLongAgo),
        ({"households": 0}, WorkHouseholdsRefused),
        ({"households": 100_001}, WorkHouseholdsRefused),
        ({"content": "水" * (LONGEST_CONTENT + 1)}, LineTooLong),
        ({"need": "水" * 501}, LineTooLong),
        ({"place": "水" * 101}, LineTooLong),
        ({"caller_name": "张" * 65}, LineTooLong),
        ({"caller_phone": "1" * 33}, LineTooLong),
        ({"source_reference": "1" * 101}, LineTooLong),
        ({"kind": WorkKind.CLEANING, "failure": PublicSystem.WATER}, FailureNotRepair),
        ({"failure": PublicSystem.WATER, "wanted": TOMORROW}, FailureWaits),
        ({"wanted": Slot(NOW, NOW + timedelta(hours=1))}, SlotInPast),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        check_request(record=record(**changes), now=NOW)


@pytest.mark.parametrize(
    ("changes", "contactable"),
    [({}, True), ({**NOBODY, "caller_phone": "138"}, True), ({**NOBODY, "caller_name": "张三"}, False)],
)
def test_a_name_alone_reaches_nobody(changes: dict[str, Any], contactable: bool) -> None:
    assert is_contactable(record(**changes)) is contactable


DAY = date(2026, 11, 21)


def test_the_number_names_estate_day_and_sequence() -> None:
    assert request_number(estate_code="LH", day=DAY, sequence=3) == "LH-R261121-003"
    assert request_number(estate_code="LH", day=DAY, sequence=1000) == "LH-R261121-1000"
    with pytest.raises(ValueError, match="counts from 1"):
        request_number(estate_code="LH", day=DAY, sequence=0)


@pytest.mark.parametrize(
    ("numbers", "following"),
    [
        ([], 1),
        (["LH-R261121-001", "LH-R261121-004"], 5),
        (["LH-R261121-999", "LH-R261121-1000"], 1001),
        (["LH-R261120-007", "LH-C261121-009", "XLH-R261121-009", "LH-R261121-x"], 1),
    ],
)
def test_the_sequence_goes_on_within_estate_and_day(numbers: list[str], following: int) -> None:
    assert next_request_sequence(estate_code="LH", day=DAY, numbers=numbers) == following
