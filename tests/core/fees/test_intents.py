"""The number a form gives its command."""

import pytest

from core.fees.intents import IntentMissing, IntentReused, check_intent, check_same_command


@pytest.mark.parametrize("intent", ["12345678", "a" * 64, "0f8c-3d_Z9"])
def test_a_number_of_the_right_shape_passes(intent: str) -> None:
    check_intent(intent)


@pytest.mark.parametrize("intent", ["", "1234567", "a" * 65, "1234 5678", "１２３４５６７８", "12345678\n"])
def test_a_number_of_another_shape_is_refused(intent: str) -> None:
    with pytest.raises(IntentMissing):
        check_intent(intent)


def test_the_same_number_for_another_command_is_refused() -> None:
    check_same_command(stored=("pay", "abc"), sent=("pay", "abc"))
    for sent in (("pay", "abd"), ("refund", "abc")):
        with pytest.raises(IntentReused):
            check_same_command(stored=("pay", "abc"), sent=sent)
