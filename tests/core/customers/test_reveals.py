import pytest

from core.customers.reveals import RevealDecision, RevealReasonTooShort, TooManyReveals, reveal_decision


@pytest.mark.parametrize("reason", ["", "abc", "  a  b ", "aaaa", "……………", "x" * 201])
def test_a_reason_that_says_nothing_is_refused(reason: str) -> None:
    with pytest.raises(RevealReasonTooShort) as refusal:
        reveal_decision(reason=reason, others_opened=0, opened_before=True)
    assert refusal.value.fields == {"least": 4, "most": 200}


@pytest.mark.parametrize(
    ("reason", "tidy"), [("回访客户", "回访客户"), ("  call \n back ", "call back"), ("xy" * 100, "xy" * 100)]
)
def test_a_reason_comes_back_tidy(reason: str, tidy: str) -> None:
    assert reveal_decision(reason=reason, others_opened=0, opened_before=False) == RevealDecision(tidy, None)


@pytest.mark.parametrize(("others", "alarm"), [(0, None), (23, None), (24, 25), (25, None), (247, None), (248, 250)])
def test_the_twenty_fifth_and_the_last_allowed_customer_raise_an_alarm(others: int, alarm: int | None) -> None:
    assert reveal_decision(reason="call back", others_opened=others, opened_before=False).alarm == alarm


@pytest.mark.parametrize("others", [249, 250, 1000])
def test_the_two_hundred_and_fiftieth_customer_is_refused(others: int) -> None:
    with pytest.raises(TooManyReveals) as refusal:
        reveal_decision(reason="call back", others_opened=others, opened_before=False)
    assert refusal.value.fields == {"most": 249}


@pytest.mark.parametrize("others", [24, 248, 249, 1000])
def test_a_customer_opened_before_counts_once(others: int) -> None:
    assert reveal_decision(reason="call back", others_opened=others, opened_before=True).alarm is None
