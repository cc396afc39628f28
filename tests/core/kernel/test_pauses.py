from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.kernel.clocks import ClockKind
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.lines import LineTooLong
from core.kernel.pauses import (
    CheckedPause,
    KnownPause,
    PauseAlreadyDecided,
    PauseByTheAsker,
    PauseClocksMissing,
    PauseEndRefused,
    PauseEvidenceMissing,
    PauseOverlaps,
    PauseReasonMissing,
    PauseRequest,
    PauseStartRefused,
    PauseState,
    check_pause_decision,
    check_pause_end,
    check_pause_request,
)

K = ClockKind
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(days=2)
INSTANT = timedelta.resolution
FREE = ("customer_appointment",)
ASKED = PauseRequest(
    clocks=frozenset({K.RESOLVED}), reason="waiting_parts", evidence="order no. 17", start=NOW - timedelta(hours=1)
)


def hour(number: int) -> datetime:
    return BEGAN + timedelta(hours=number)


def checked(request: PauseRequest, *others: KnownPause) -> CheckedPause:
    return check_pause_request(request=request, began_at=BEGAN, now=NOW, free_reasons=FREE, others=others)


def test_a_pause_waits_for_approval_with_its_evidence_tidied_and_its_instants_in_utc() -> None:
    china = timezone(timedelta(hours=8))
    request = replace(
        ASKED, evidence=" order\u200b  no. 17 \n\n seen ", start=NOW.astimezone(china), end=NOW + timedelta(days=1)
    )
    found = checked(request)
    assert found == CheckedPause(
        clocks=frozenset({K.RESOLVED}),
        reason="waiting_parts",
        evidence="order no. 17\nseen",
        start=NOW,
        end=NOW + timedelta(days=1),
        state=PauseState.ASKED,
    )
    assert found.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("reason", "start", "state"),
    [
        ("customer_appointment", NOW, PauseState.APPROVED),
        ("customer_appointment", NOW - timedelta(minutes=15), PauseState.APPROVED),
        ("customer_appointment", NOW - timedelta(minutes=15) - INSTANT, PauseState.ASKED),
        ("customer_appointment", BEGAN, PauseState.ASKED),
        ("waiting_parts", NOW, PauseState.ASKED),
    ],
)
def test_a_free_reason_is_approved_at_once_unless_it_reaches_back(
    reason: str, start: datetime, state: PauseState
) -> None:
    assert checked(replace(ASKED, reason=reason, start=start, end=NOW + timedelta(days=1))).state is state


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (NOW + timedelta(days=90), PauseState.APPROVED),
        (NOW + timedelta(days=90) + INSTANT, PauseState.ASKED),
        (None, PauseState.ASKED),
    ],
)
def test_a_free_reason_stops_no_clock_for_good(end: datetime | None, state: PauseState) -> None:
    assert checked(replace(ASKED, reason="customer_appointment", start=NOW, end=end)).state is state


@pytest.mark.parametrize(
    ("change", "refusal", "fields"),
    [
        ({"clocks": frozenset()}, PauseClocksMissing, {}),
        ({"reason": ""}, PauseReasonMissing, {}),
        ({"evidence": " abc "}, PauseEvidenceMissing, {"shortest": 4}),
        ({"evidence": "x" * 501}, LineTooLong, {"field": "evidence", "longest": 500}),
        ({"start": BEGAN - INSTANT}, PauseStartRefused, {"began_at": BEGAN, "now": NOW}),
        ({"start": NOW + INSTANT}, PauseStartRefused, {"began_at": BEGAN, "now": NOW}),
        ({"start": NOW, "end": NOW}, PauseEndRefused, {"start": NOW, "now": NOW}),
    ],
)
def test_a_pause_without_what_it_needs_is_refused(
    change: dict[str, object], refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as caught:
        checked(replace(ASKED, **change))  # type: ignore[arg-type]  # the table names the fields
    assert caught.value.fields == fields


def test_a_pause_may_begin_with_the_clocks_and_end_the_next_instant() -> None:
    found = checked(replace(ASKED, start=BEGAN, end=BEGAN + INSTANT, evidence="seen"))
    assert (found.start, found.end) == (BEGAN, BEGAN + INSTANT)


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [
        (0, 10, False),
        (0, 11, True),
        (0, None, True),
        (12, 13, True),
        (19, None, True),
        (20, 21, False),
        (20, None, False),
    ],
)
def test_no_instant_belongs_to_two_pauses_of_a_clock(start: int, end: int | None, meets: bool) -> None:
    held = KnownPause(
        clocks=frozenset({K.RESPONSE, K.RESOLVED}), start=hour(10), end=hour(20), state=PauseState.APPROVED
    )
    request = replace(ASKED, start=hour(start), end=None if end is None else hour(end))
    if not meets:
        assert checked(request, held).start == hour(start)
        return
    with pytest.raises(PauseOverlaps) as refusal:
        checked(request, held)
    assert refusal.value.fields == {"clock": K.RESOLVED}


@pytest.mark.parametrize(
    ("clocks", "state", "meets"),
    [
        ({K.RESOLVED}, PauseState.APPROVED, True),
        ({K.RESOLVED}, PauseState.ASKED, True),
        ({K.RESOLVED}, PauseState.REFUSED, False),
        ({K.RESPONSE, K.CALLED_BACK}, PauseState.APPROVED, False),
    ],
)
def test_an_open_pause_keeps_its_own_clocks_only_and_a_refused_one_none(
    clocks: set[ClockKind], state: PauseState, meets: bool
) -> None:
    held = KnownPause(clocks=frozenset(clocks), start=hour(10), end=None, state=state)
    if not meets:
        assert checked(ASKED, held).state is PauseState.ASKED
        return
    with pytest.raises(PauseOverlaps):
        checked(ASKED, held)
    before = replace(ASKED, start=hour(9), end=hour(10))
    assert checked(before, held).end == hour(10)


@pytest.mark.parametrize(
    ("state", "by", "refusal"),
    [
        (PauseState.ASKED, 2, None),
        (PauseState.ASKED, None, None),
        (PauseState.ASKED, 1, PauseByTheAsker),
        (PauseState.APPROVED, 2, PauseAlreadyDecided),
        (PauseState.REFUSED, 1, PauseAlreadyDecided),
    ],
)
def test_a_pause_is_decided_once_and_not_by_who_asked(
    state: PauseState, by: int | None, refusal: type[BusinessError] | None
) -> None:
    decider = None if by is None else UserId(by)
    if refusal is None:
        check_pause_decision(state=state, asked_by=UserId(1), decided_by=decider)
        return
    with pytest.raises(refusal):
        check_pause_decision(state=state, asked_by=UserId(1), decided_by=decider)


@pytest.mark.parametrize(
    ("end", "fine"),
    [(BEGAN, False), (BEGAN + INSTANT, True), (NOW, True), (NOW + INSTANT, False), (BEGAN - INSTANT, False)],
)
def test_a_pause_ends_after_its_start_and_not_in_the_future(end: datetime, fine: bool) -> None:
    if fine:
        assert check_pause_end(start=BEGAN, end=end, now=NOW) == end
        return
    with pytest.raises(PauseEndRefused) as refusal:
        check_pause_end(start=BEGAN, end=end, now=NOW)
    assert refusal.value.fields == {"start": BEGAN, "now": NOW}
