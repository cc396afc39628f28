from datetime import date

import pytest

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.periods import Span
from core.surveys.responses import (
    RESPONSE_MOVES,
    ChannelNotOfRound,
    CollectedInFuture,
    CollectedOutsideDates,
    NotOwnResponse,
    ResponseState,
    ResponseWithdrawn,
    RoundNotOpen,
    check_edit,
    check_entry,
    needs_identity_cut,
)
from core.surveys.rounds import Channel, RoundState

FEBRUARY = Span(date(2028, 2, 1), date(2028, 3, 1))
PAPER_AND_PHONE = frozenset({Channel.PAPER, Channel.PHONE})
TYPIST, COLLEAGUE = UserId(1), UserId(2)


@pytest.mark.parametrize(
    ("collected_on", "today"),
    [
        (date(2028, 2, 1), date(2028, 2, 1)),
        (date(2028, 2, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 4, 1)),  # paper typed after the last day, before the round is closed
    ],
)
def test_a_form_collected_within_the_round_is_taken(collected_on: date, today: date) -> None:
    check_entry(
        state=RoundState.OPEN,
        span=FEBRUARY,
        channels=PAPER_AND_PHONE,
        collected_on=collected_on,
        channel=Channel.PAPER,
        today=today,
    )


DATES = {"first_day": date(2028, 2, 1), "last_day": date(2028, 2, 29)}


@pytest.mark.parametrize(
    ("state", "collected_on", "channel", "refusal", "fields"),
    [
        (RoundState.CLOSED, date(2028, 2, 9), Channel.PAPER, RoundNotOpen, {"state": RoundState.CLOSED}),
        (RoundState.CANCELLED, date(2028, 2, 9), Channel.PAPER, RoundNotOpen, {"state": RoundState.CANCELLED}),
        (
            RoundState.OPEN,
            date(2028, 3, 3),
            Channel.PAPER,
            CollectedInFuture,
            {"collected_on": date(2028, 3, 3), "today": date(2028, 3, 2)},
        ),
        (
            RoundState.OPEN,
            date(2028, 1, 31),
            Channel.PAPER,
            CollectedOutsideDates,
            {"collected_on": date(2028, 1, 31)} | DATES,
        ),
        (
            RoundState.OPEN,
            date(2028, 3, 1),
            Channel.PAPER,
            CollectedOutsideDates,
            {"collected_on": date(2028, 3, 1)} | DATES,
        ),
        (RoundState.OPEN, date(2028, 2, 9), Channel.ONLINE, ChannelNotOfRound, {"channel": Channel.ONLINE}),
    ],
)
def test_a_form_that_does_not_belong_to_the_round_is_refused(
    state: RoundState, collected_on: date, channel: Channel, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_entry(
            state=state,
            span=FEBRUARY,
            channels=PAPER_AND_PHONE,
            collected_on=collected_on,
            channel=channel,
            today=date(2028, 3, 2),
        )
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    ("entered_by", "editor", "may_supervise"),
    [(TYPIST, TYPIST, False), (TYPIST, COLLEAGUE, True), (None, COLLEAGUE, True)],
)
def test_the_typist_or_a_supervisor_changes_a_form(
    entered_by: UserId | None, editor: UserId, may_supervise: bool
) -> None:
    check_edit(
        round_state=RoundState.OPEN,
        state=ResponseState.ACTIVE,
        entered_by=entered_by,
        editor=editor,
        may_supervise=may_supervise,
    )


@pytest.mark.parametrize(
    ("round_state", "state", "entered_by", "may_supervise", "refusal"),
    [
        (RoundState.OPEN, ResponseState.ACTIVE, COLLEAGUE, False, NotOwnResponse),
        (RoundState.OPEN, ResponseState.ACTIVE, None, False, NotOwnResponse),
        (RoundState.CLOSED, ResponseState.ACTIVE, TYPIST, True, RoundNotOpen),
        (RoundState.CANCELLED, ResponseState.ACTIVE, TYPIST, True, RoundNotOpen),
        (RoundState.OPEN, ResponseState.WITHDRAWN, TYPIST, True, ResponseWithdrawn),
    ],
)
def test_nobody_else_does_and_nothing_that_is_over_is_changed(
    round_state: RoundState,
    state: ResponseState,
    entered_by: UserId | None,
    may_supervise: bool,
    refusal: type[BusinessError],
) -> None:
    with pytest.raises(refusal):
        check_edit(
            round_state=round_state, state=state, entered_by=entered_by, editor=TYPIST, may_supervise=may_supervise
        )


def test_a_form_withdrawn_by_mistake_comes_back() -> None:
    assert RESPONSE_MOVES.next_states(ResponseState.ACTIVE) == (ResponseState.WITHDRAWN,)
    assert RESPONSE_MOVES.next_states(ResponseState.WITHDRAWN) == (ResponseState.ACTIVE,)


@pytest.mark.parametrize(
    ("closed_on", "today", "cut"),
    [
        (None, date(2030, 1, 1), False),
        (date(2028, 1, 30), date(2028, 2, 28), False),
        (date(2028, 1, 30), date(2028, 2, 29), True),  # the thirtieth day is the leap day
        (date(2027, 1, 30), date(2027, 2, 28), False),
        (date(2027, 1, 30), date(2027, 3, 1), True),
        (date(2028, 1, 30), date(2029, 1, 1), True),
    ],
)
def test_whose_form_it_was_is_forgotten_thirty_days_after_the_close(
    closed_on: date | None, today: date, cut: bool
) -> None:
    assert needs_identity_cut(closed_on=closed_on, today=today) is cut


def test_another_number_of_days_counts_the_same_way() -> None:
    assert needs_identity_cut(closed_on=date(2026, 11, 21), today=date(2026, 11, 21), days=0)
    assert not needs_identity_cut(closed_on=date(2026, 11, 21), today=date(2026, 11, 27), days=7)
    assert needs_identity_cut(closed_on=date(2026, 11, 21), today=date(2026, 11, 28), days=7)
