from datetime import UTC, datetime, timedelta

import pytest

from core.kernel.drafts import (
    LONGEST_DRAFT,
    DraftGaps,
    DraftKind,
    DraftSettled,
    DraftState,
    DraftTextMissing,
    DraftTimePast,
    check_draft_open,
    check_draft_text,
    check_promised_time,
    check_release,
)
from core.kernel.lines import LineTooLong

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def test_a_text_is_tidied_line_by_line_and_may_wait() -> None:
    assert check_draft_text("  停水通知 \n\n 3号楼\u200b ") == "停水通知\n3号楼"
    assert check_draft_text("") == ""


def test_a_text_has_at_most_four_thousand_characters() -> None:
    assert len(check_draft_text("水" * LONGEST_DRAFT)) == LONGEST_DRAFT
    with pytest.raises(LineTooLong) as refused:
        check_draft_text("水" * (LONGEST_DRAFT + 1))
    assert refused.value.fields == {"field": "draft_text", "longest": LONGEST_DRAFT}


@pytest.mark.parametrize("state", [DraftState.RELEASED, DraftState.DROPPED])
def test_a_settled_draft_stays_as_it_is(state: DraftState) -> None:
    with pytest.raises(DraftSettled) as refused:
        check_draft_open(state=state)
    assert refused.value.fields == {"state": state}
    with pytest.raises(DraftSettled):
        check_release(kind=DraftKind.NOTICE, state=state, text="text", gaps=())


def test_a_promised_time_lies_after_now() -> None:
    later = NOW + timedelta(microseconds=1)
    assert check_promised_time(at=later, now=NOW) == later
    with pytest.raises(DraftTimePast) as refused:
        check_promised_time(at=NOW, now=NOW)
    assert refused.value.fields == {"at": NOW, "now": NOW}


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_is_released_without_its_text(text: str) -> None:
    with pytest.raises(DraftTextMissing):
        check_release(kind=DraftKind.EVENT, state=DraftState.DRAFT, text=text, gaps=())


def test_a_notice_is_released_without_gaps_and_an_event_has_none() -> None:
    check_release(kind=DraftKind.NOTICE, state=DraftState.DRAFT, text="text", gaps=())
    check_release(kind=DraftKind.EVENT, state=DraftState.DRAFT, text="text", gaps=("next",))
    with pytest.raises(DraftGaps) as refused:
        check_release(kind=DraftKind.NOTICE, state=DraftState.DRAFT, text="text", gaps=("overview", "next"))
    assert refused.value.fields == {"gaps": 2}
