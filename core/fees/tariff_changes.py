"""Two steps in a tariff's life that must not reach into what was billed (R-008, R-016)."""

from datetime import date
from typing import ClassVar

from core.fees.tariffs import Tariff, TariffMoveRefused, TariffState, ended, moved
from core.kernel.errors import BusinessError


class EndNotInFuture(BusinessError):
    """A tariff ends on a day that is still to come; bills made before stand."""

    code: ClassVar[str] = "fees.tariff.end_not_in_future"


def ended_later(tariff: Tariff, *, valid_to: date, today: date) -> Tariff:
    """Give an approved tariff with an end (exclusive) after today, or raise the refusal."""
    if valid_to <= today:
        raise EndNotInFuture(valid_to=valid_to, today=today)
    return ended(tariff, valid_to=valid_to)


def withdrawn(tariff: Tariff) -> Tariff:
    """Give a draft as withdrawn. An approved tariff is ended instead, since it may have made bills."""
    if tariff.state is not TariffState.DRAFT:
        raise TariffMoveRefused(state=tariff.state.value, to=TariffState.WITHDRAWN.value)
    return moved(tariff, to=TariffState.WITHDRAWN)
