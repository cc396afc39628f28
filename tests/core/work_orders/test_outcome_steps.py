from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lines import LineTooLong
from core.kernel.texts import ReasonMissing
from core.work_orders.facts import WorkContext, WorkRules, WorkStepIncomplete, WorkStepTimeRefused
from core.work_orders.kinds import WorkKind
from core.work_orders.materials import MaterialLine, QuantityRefused
from core.work_orders.outcome_steps import (
    CustomerThere,
    NoRating,
    OwnRating,
    PhotosMissing,
    PhotosRefused,
    RatingAndNone,
    RatingRefused,
    WorkClosing,
    WorkReopenTooLate,
)
from core.work_orders.states import WorkState
from tests.core.work_orders.orders import (
    CANCELLATION,
    CLOSING,
    EXECUTION,
    HANDLER,
    NOW,
    PIPE,
    REGISTERED_AT,
    REOPENING,
    REPORT,
    after,
    facts,
)

S = WorkState
A_MOMENT = timedelta(microseconds=1)


def context(source: WorkState, target: WorkState, *, photos: bool = False, now: datetime = NOW, **known: Any) -> Any:
    return WorkContext(
        facts=facts(source, **known), target=target, now=now, rules=WorkRules(reopen_days=30, photos_needed=photos)
    )


DOING = context(S.UNDER_WAY, S.CARRIED_OUT)
TELLING = context(S.CARRIED_OUT, S.REPORTED_BACK, carried_out_at=after(6))
RATING = context(S.REPORTED_BACK, S.CLOSED)
NOTHING_TO_SHOW: dict[str, Any] = {"photos_before": 0, "photos_after": 0}


def test_the_work_done_is_taken_with_tidied_texts() -> None:
    rough = replace(EXECUTION, description=" 更换  水管 ", materials=(replace(PIPE, name=" PPR管 "),))
    assert rough.checked(DOING) == replace(EXECUTION, description="更换 水管", materials=(PIPE,))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"began_at": None}, "began_at"),
        ({"at": None}, "carried_out_at"),
        ({"cause": None}, "cause"),
        ({"result": None}, "result"),
        ({"description": "\n"}, "description"),
    ],
)
def test_the_work_done_needs_its_times_cause_and_result(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(WorkStepIncomplete) as refused:
        replace(EXECUTION, **changes).checked(DOING)
    assert refused.value.fields == {"field": field, "state": S.CARRIED_OUT}


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"began_at": REGISTERED_AT, "at": REGISTERED_AT}, True),
        ({"began_at": NOW, "at": NOW}, True),
        ({"began_at": REGISTERED_AT - A_MOMENT}, False),
        ({"at": NOW + A_MOMENT}, False),
        ({"began_at": after(6) + A_MOMENT, "at": after(6)}, False),
    ],
)
def test_work_begins_after_submission_and_ends_after_it_begins(changes: dict[str, Any], fits: bool) -> None:
    done = replace(EXECUTION, **changes)
    if fits:
        assert done.checked(DOING) == done
        return
    with pytest.raises(WorkStepTimeRefused):
        done.checked(DOING)


def test_only_repairs_have_a_cause_and_photos() -> None:
    sweeping = context(S.UNDER_WAY, S.CARRIED_OUT, photos=True, kind=WorkKind.CLEANING)
    done = replace(EXECUTION, cause=None, **NOTHING_TO_SHOW)
    assert done.checked(sweeping) == done


@pytest.mark.parametrize(
    ("changes", "needed", "refusal"),
    [
        (NOTHING_TO_SHOW, False, None),
        ({"photos_before": 50, "photos_after": 50}, True, None),
        ({"photos_before": 0}, True, PhotosMissing),
        ({"photos_after": 0}, True, PhotosMissing),
        ({"photos_before": -1}, False, PhotosRefused),
        ({"photos_after": 51}, False, PhotosRefused),
    ],
)
def test_photos_are_counted_and_needed_where_the_project_says_so(
    changes: dict[str, Any], needed: bool, refusal: type[BusinessError] | None
) -> None:
    done, place = replace(EXECUTION, **changes), context(S.UNDER_WAY, S.CARRIED_OUT, photos=needed)
    if refusal is None:
        assert done.checked(place) == done
        return
    with pytest.raises(refusal):
        done.checked(place)


def test_materials_are_judged() -> None:
    wrong = MaterialLine(name="水管", quantity=PIPE.quantity * 0, measure="米")
    with pytest.raises(QuantityRefused):
        replace(EXECUTION, materials=(PIPE, wrong)).checked(DOING)


@pytest.mark.parametrize("changes", [{"at": None}, {"began_at": None}])
def test_work_without_times_stops_nothing(changes: dict[str, Any]) -> None:
    assert replace(EXECUTION, **changes).stops() == {}
    assert replace(EXECUTION, at=None).done_at(NOW) == replace(REPORT, at=None).done_at(NOW) == NOW


def test_the_customer_is_told_after_the_work() -> None:
    assert replace(REPORT, told=" 已修好 ", at=after(6)).checked(TELLING) == replace(REPORT, told="已修好", at=after(6))
    with pytest.raises(WorkStepTimeRefused):
        replace(REPORT, at=after(6) - A_MOMENT).checked(TELLING)
    for field, named in (("told", "feedback"), ("channel", "channel"), ("at", "fed_back_at")):
        gap: dict[str, Any] = {field: "" if field == "told" else None}
        with pytest.raises(WorkStepIncomplete) as refused:
            replace(REPORT, **gap).checked(TELLING)
        assert refused.value.fields["field"] == named


def test_nobody_to_talk_to_needs_no_channel_and_an_unknown_end_counts_from_submission() -> None:
    alone = context(S.CARRIED_OUT, S.REPORTED_BACK, contactable=False)
    told = replace(REPORT, channel=None, at=REGISTERED_AT)
    assert told.checked(alone) == told
    with pytest.raises(WorkStepTimeRefused):
        replace(told, at=REGISTERED_AT - A_MOMENT).checked(alone)


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (WorkClosing(rating=5, comment=" 很好 "), WorkClosing(rating=5, comment="很好")),
        (WorkClosing(rating=3), WorkClosing(rating=3)),
        (WorkClosing(rating=2, comment="来得太晚"), WorkClosing(rating=2, comment="来得太晚")),
        (WorkClosing(rating=None, no_rating=NoRating.DECLINED, by=HANDLER.staff),) * 2,
        (WorkClosing(rating=None, no_rating=NoRating.UNREACHABLE, comment=" 三次未接 "),
         WorkClosing(rating=None, no_rating=NoRating.UNREACHABLE, comment="三次未接")),
    ],
)  # fmt: skip
def test_a_request_is_closed_with_a_rating_or_the_reason_for_none(data: WorkClosing, kept: WorkClosing) -> None:
    assert data.checked(RATING) == kept


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (WorkClosing(rating=None), WorkStepIncomplete),
        (WorkClosing(rating=4, no_rating=NoRating.DECLINED), RatingAndNone),
        (WorkClosing(rating=0), RatingRefused),
        (WorkClosing(rating=6), RatingRefused),
        (WorkClosing(rating=5, by=HANDLER.staff), OwnRating),
        (WorkClosing(rating=2), WorkStepIncomplete),
        (WorkClosing(rating=1, comment=" "), WorkStepIncomplete),
        (WorkClosing(rating=None, no_rating=NoRating.NOBODY), CustomerThere),
        (WorkClosing(rating=5, comment="好" * 2001), LineTooLong),
    ],
)
def test_a_closing_that_does_not_fit_is_refused(data: WorkClosing, refusal: type[BusinessError]) -> None:
    with pytest.raises(refusal):
        data.checked(RATING)


def test_where_nobody_can_be_asked_there_is_no_rating() -> None:
    alone = context(S.REPORTED_BACK, S.CLOSED, contactable=False)
    data = WorkClosing(rating=None, no_rating=NoRating.NOBODY)
    assert data.checked(alone) == data


CLOSED_ON = date(2026, 10, 22)
LAST_INSTANT = datetime(2026, 11, 21, 15, 59, 59, 999999, tzinfo=UTC)  # 23:59:59 in China, 30 days on


def test_a_closed_request_opens_again_up_to_the_last_day() -> None:
    known: dict[str, Any] = {"closed_on": CLOSED_ON}
    assert REOPENING.checked(context(S.CLOSED, S.ASSIGNED, now=LAST_INSTANT, **known)) == REOPENING
    with pytest.raises(WorkReopenTooLate) as refused:
        REOPENING.checked(context(S.CLOSED, S.ASSIGNED, now=LAST_INSTANT + A_MOMENT, **known))
    assert refused.value.fields == {"closed_on": CLOSED_ON, "last_day": date(2026, 11, 21)}


@pytest.mark.parametrize("state", [S.CARRIED_OUT, S.REPORTED_BACK, S.CLOSED])
def test_what_is_not_closed_on_a_day_opens_again_at_any_time(state: WorkState) -> None:
    late = context(state, S.ASSIGNED, now=NOW + timedelta(days=400))
    assert REOPENING.checked(late) == REOPENING
    with pytest.raises(ReasonMissing) as refused:
        replace(REOPENING, reason="坏了").checked(late)
    assert refused.value.fields == {"shortest": 4}


def test_giving_up_has_a_kind_and_a_reason() -> None:
    leaving = context(S.ASSIGNED, S.CANCELLED)
    assert replace(CANCELLATION, reason=" 业主自行修好 ").checked(leaving) == CANCELLATION
    with pytest.raises(ReasonMissing):
        replace(CANCELLATION, reason="").checked(leaving)
    with pytest.raises(WorkStepIncomplete) as refused:
        replace(CANCELLATION, why=None).checked(leaving)
    assert refused.value.fields["field"] == "cancel_reason"


def test_a_closing_stops_no_clock() -> None:
    assert (CLOSING.stops(), CLOSING.done_at(NOW), REPORT.stops()) == ({}, NOW, {})
