"""Money as integer fen (1 yuan = 100 fen); the one place that rounds (R-017, R1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final, Self

LARGEST_FEN: Final = 10**13
"""No single amount or balance reaches 100 billion yuan; the database checks the same bound."""

PRICE_SCALE: Final = 6
"""Decimal places kept of a unit price; a price is stored as an integer of 10^-6 yuan."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount of money in fen; negative for a credit."""

    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"Money takes whole fen, not {type(self.fen).__name__}")
        if abs(self.fen) > LARGEST_FEN:
            raise OverflowError(f"{self.fen} fen is beyond the largest amount")

    @classmethod
    def of(cls, yuan: Decimal | str | int) -> Self:
        """Make money from an exact amount in yuan; more than two decimals is an error, never rounded."""
        return cls(_scaled(yuan, decimals=2))

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan with exactly two decimals."""
        return Decimal(self.fen).scaleb(-2)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.fen + other.fen)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.fen - other.fen)

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0


ZERO: Final = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """Add amounts up; nothing at all is zero."""
    return Money(sum(amount.fen for amount in amounts))


def product(*factors: Decimal | int) -> Money:
    """Multiply quantities and a price in yuan, then round once, half up, to the fen.

    ``product(area, price, months)`` is the amount of R-017. Factors are exact; a float raises.
    """
    numerator, denominator = 100, 1
    for factor in factors:
        if isinstance(factor, float):
            raise TypeError("a float is not an exact factor")
        over, under = factor.as_integer_ratio()
        numerator *= over
        denominator *= under
    return Money(_rounded(numerator, denominator))


def round_half_up(value: Fraction) -> int:
    """Round to a whole number, halves away from zero (四舍五入)."""
    return _rounded(value.numerator, value.denominator)


def _rounded(numerator: int, denominator: int) -> int:
    """Divide by a positive denominator with halves away from zero; a bill run does this for every bill."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def _scaled(value: Decimal | str | int, *, decimals: int) -> int:
    """Turn a number into whole units of its last allowed decimal; ``ValueError`` for anything not exact."""
    if isinstance(value, float):
        raise TypeError("a float is not an exact number")
    try:
        number = Decimal(value)
        kept = number.quantize(Decimal(1).scaleb(-decimals))
        exact = kept == number
    except InvalidOperation:  # not a number, not finite, or far too large
        exact = False
    if not exact:
        raise ValueError(f"{value} is not an exact number with at most {decimals} decimals")
    return int(kept.scaleb(decimals))


def split(amount: Money, *, weights: Sequence[int]) -> tuple[Money, ...]:
    """Divide an amount by non-negative weights with the largest remainder, so that the parts always sum to it.

    Ties go to the earlier part. Raises ``ValueError`` when no weight is positive.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("a split needs weights of which at least one is positive")
    sign, size = (1, amount.fen) if amount.fen >= 0 else (-1, -amount.fen)
    floors = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(floors)]:
        floors[i] += 1
    return tuple(Money(sign * part) for part in floors)


def price_from_micro(micro: int) -> Decimal:
    """Turn a stored price (integer of 10^-6 yuan) into yuan."""
    return Decimal(micro).scaleb(-PRICE_SCALE)


def price_to_micro(price: Decimal) -> int:
    """Turn a price in yuan into the stored integer; more than six decimals is an error."""
    return _scaled(price, decimals=PRICE_SCALE)


def percent(part: int, whole: int) -> Decimal | None:
    """Give ``part ÷ whole`` in percent to one decimal, half up; ``None`` ("n/a") when the whole is zero (R-045)."""
    if whole == 0:
        return None
    return Decimal(round_half_up(Fraction(part * 1000, whole))).scaleb(-1)
