"""Ending an approved tariff and taking a draft back."""

from datetime import date

import pytest

from core.fees.tariff_changes import EndNotInFuture, ended_later, withdrawn
from core.fees.tariffs import TariffMoveRefused, TariffNotApproved, TariffState, WrongTariffDates
from tests.core.fees.builders import a_tariff

TODAY = date(2026, 6, 15)
TOMORROW = date(2026, 6, 16)


def test_an_approved_tariff_may_end_tomorrow() -> None:
    assert ended_later(a_tariff(), valid_to=TOMORROW, today=TODAY) == a_tariff(valid_to=TOMORROW)


@pytest.mark.parametrize("day", [TODAY, date(2026, 1, 2)])
def test_an_end_that_is_not_to_come_is_refused(day: date) -> None:
    with pytest.raises(EndNotInFuture) as refusal:
        ended_later(a_tariff(), valid_to=day, today=TODAY)
    assert refusal.value.fields == {"valid_to": day, "today": TODAY}


def test_an_end_before_the_beginning_or_after_the_end_it_has_is_refused() -> None:
    with pytest.raises(WrongTariffDates):
        ended_later(a_tariff(valid_from=date(2026, 8, 1)), valid_to=date(2026, 7, 1), today=TODAY)
    with pytest.raises(WrongTariffDates):
        ended_later(a_tariff(valid_to=date(2026, 8, 1)), valid_to=date(2026, 9, 1), today=TODAY)


def test_a_draft_has_no_end_to_set() -> None:
    with pytest.raises(TariffNotApproved):
        ended_later(a_tariff(state=TariffState.DRAFT), valid_to=TOMORROW, today=TODAY)


def test_only_a_draft_is_withdrawn() -> None:
    assert withdrawn(a_tariff(state=TariffState.DRAFT)).state is TariffState.WITHDRAWN
    for state in (TariffState.APPROVED, TariffState.WITHDRAWN):
        with pytest.raises(TariffMoveRefused):
            withdrawn(a_tariff(state=state))
