"""Fee standards: what is charged, by which basis, for which use and when (R-016 to R-019)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final, Self

from core.kernel.errors import BusinessError
from core.kernel.identity import TariffId, UserId
from core.kernel.lifecycle import Transitions
from core.kernel.money import price_to_micro

LARGEST_PRICE: Final = Decimal(10_000)
"""Yuan a month, for one square metre or one service item; a larger figure is a slip of the pen."""


class Basis(StrEnum):
    """What the price is multiplied with, and what selects it."""

    AREA = "area"
    AREA_GRADE = "area_grade"
    USE = "use"
    SERVICE_ITEMS = "service_items"


class TariffState(StrEnum):
    """Where a tariff stands. Only an approved one makes bills."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Final = Transitions(
    {
        TariffState.DRAFT: frozenset({TariffState.APPROVED, TariffState.WITHDRAWN}),
        TariffState.APPROVED: frozenset({TariffState.WITHDRAWN}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One fee standard of an estate.

    ``uses`` empty means every use. ``prices`` are (key, yuan a month): the key is ``""`` for the basis area, the
    grade, the use, or the code of a service item. Valid from ``valid_from`` (inclusive) to ``valid_to`` (exclusive;
    ``None`` is open).
    """

    tariff_id: TariffId
    item: str
    basis: Basis
    prices: tuple[tuple[str, Decimal], ...]
    valid_from: date
    valid_to: date | None = None
    uses: frozenset[str] = frozenset()
    state: TariffState = TariffState.DRAFT

    def is_valid_on(self, day: date) -> bool:
        """Say whether the day lies within the validity, whatever the state."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def is_for(self, use: str) -> bool:
        """Say whether the tariff speaks of this use."""
        return not self.uses or use in self.uses

    def collides_with(self, other: Self) -> bool:
        """Say whether both would charge some unit for the same item on the same day."""
        return (
            self.item == other.item
            and (other.valid_to is None or self.valid_from < other.valid_to)
            and (self.valid_to is None or other.valid_from < self.valid_to)
            and (not self.uses or not other.uses or not self.uses.isdisjoint(other.uses))
        )


class ItemMissing(BusinessError):
    """A tariff names the fee item it is for."""

    code: ClassVar[str] = "fees.tariff.item"


class PriceMissing(BusinessError):
    """A tariff has at least one price."""

    code: ClassVar[str] = "fees.tariff.price_missing"


class PriceOutOfRange(BusinessError):
    """A price lies above 0 and not above the largest allowed."""

    code: ClassVar[str] = "fees.tariff.price_range"


class PriceTooFine(BusinessError):
    """A price has at most six decimals."""

    code: ClassVar[str] = "fees.tariff.price_decimals"


class WrongPriceKeys(BusinessError):
    """The prices must be those the basis asks for: one, or one for each grade, use or service item."""

    code: ClassVar[str] = "fees.tariff.keys"


class WrongTariffDates(BusinessError):
    """A tariff ends after it begins."""

    code: ClassVar[str] = "fees.tariff.dates"


class TariffOverlap(BusinessError):
    """Another approved tariff already charges the same item for the same use in that time (R-016)."""

    code: ClassVar[str] = "fees.tariff.overlap"


class TariffMoveRefused(BusinessError):
    """A tariff in this state cannot become that."""

    code: ClassVar[str] = "fees.tariff.transition"


class TariffNotApproved(BusinessError):
    """Only an approved tariff can be given an end; a draft is changed instead."""

    code: ClassVar[str] = "fees.tariff.not_approved"


class OwnTariff(BusinessError):
    """Nobody approves the tariff he or she made."""

    code: ClassVar[str] = "fees.tariff.own"


def check_tariff(tariff: Tariff, *, largest: Decimal = LARGEST_PRICE) -> None:
    """Raise a refusal for the first thing wrong with the tariff itself: item, dates, prices, keys."""
    if not tariff.item.strip():
        raise ItemMissing
    if tariff.valid_to is not None and tariff.valid_to <= tariff.valid_from:
        raise WrongTariffDates(valid_from=tariff.valid_from, valid_to=tariff.valid_to)
    if not tariff.prices:
        raise PriceMissing
    _check_keys(tariff)
    for key, price in tariff.prices:
        _check_price(key, price, largest)


def _check_keys(tariff: Tariff) -> None:
    keys = [key for key, _ in tariff.prices]
    distinct = frozenset(keys)
    if tariff.basis is Basis.AREA:
        fits = keys == [""]
    else:
        fits = len(distinct) == len(keys) and all(key.strip() for key in keys)
    if tariff.basis is Basis.USE and tariff.uses:
        # a price for a use the tariff does not cover would never be read; a covered use without price never billed
        fits = fits and distinct == tariff.uses
    if not fits:
        raise WrongPriceKeys(basis=tariff.basis)


def _check_price(key: str, price: Decimal, largest: Decimal) -> None:
    if not price.is_finite() or not 0 < price <= largest:
        raise PriceOutOfRange(key=key, price=str(price), largest=str(largest))
    try:
        price_to_micro(price)
    except ValueError as too_fine:
        raise PriceTooFine(key=key, price=str(price)) from too_fine


def overlapping(tariff: Tariff, *, others: Iterable[Tariff]) -> tuple[Tariff, ...]:
    """Give the approved tariffs among ``others`` that would charge the same item twice (R-016)."""
    return tuple(
        other
        for other in others
        if other.state is TariffState.APPROVED and other.tariff_id != tariff.tariff_id and tariff.collides_with(other)
    )


def check_no_overlap(tariff: Tariff, *, others: Iterable[Tariff]) -> None:
    """Raise ``TariffOverlap`` when an approved tariff is in the way."""
    for other in overlapping(tariff, others=others):
        raise TariffOverlap(item=tariff.item, other=other.tariff_id, valid_from=other.valid_from)


def moved(tariff: Tariff, *, to: TariffState) -> Tariff:
    """Give the tariff in its new state, or raise ``TariffMoveRefused``."""
    if not TRANSITIONS.allows(source=tariff.state, target=to):
        raise TariffMoveRefused(state=tariff.state, to=to)
    return replace(tariff, state=to)


def approved(tariff: Tariff, *, others: Iterable[Tariff], made_by: UserId, approved_by: UserId) -> Tariff:
    """Give the tariff as approved: sound in itself, by a second person, and alone for its item, use and time."""
    result = moved(tariff, to=TariffState.APPROVED)
    if made_by == approved_by:
        raise OwnTariff
    check_tariff(tariff)
    check_no_overlap(tariff, others=others)
    return result


def ended(tariff: Tariff, *, valid_to: date) -> Tariff:
    """Give an approved tariff with an earlier end (exclusive), so that the next one may begin that day."""
    if tariff.state is not TariffState.APPROVED:
        raise TariffNotApproved(state=tariff.state)
    if valid_to <= tariff.valid_from or (tariff.valid_to is not None and valid_to > tariff.valid_to):
        raise WrongTariffDates(valid_from=tariff.valid_from, valid_to=valid_to)
    return replace(tariff, valid_to=valid_to)


class TariffBook:
    """The approved tariffs valid on one day, found by use without a search; built once for a bill run."""

    __slots__ = ("_by_use", "_tariffs")

    def __init__(self, tariffs: Iterable[Tariff], *, day: date) -> None:
        """Keep what is approved and valid on the day; raise ``TariffOverlap`` if two of them collide."""
        self._tariffs = tuple(
            sorted(
                (t for t in tariffs if t.state is TariffState.APPROVED and t.is_valid_on(day)),
                key=lambda t: (t.item, t.tariff_id),
            )
        )
        for place, tariff in enumerate(self._tariffs):
            check_no_overlap(tariff, others=self._tariffs[place + 1 :])
        self._by_use: dict[str, Mapping[str, Tariff]] = {}

    def __bool__(self) -> bool:
        return bool(self._tariffs)

    def for_use(self, use: str) -> Mapping[str, Tariff]:
        """Give the one tariff of each item that a unit of this use pays, by item in order."""
        found = self._by_use.get(use)
        if found is None:
            found = MappingProxyType({t.item: t for t in self._tariffs if t.is_for(use)})
            self._by_use[use] = found
        return found
