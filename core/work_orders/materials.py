"""What was used for the work: quantities, prices and their exact total (R-112)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import check_line
from core.kernel.money import ZERO, Money, product, total

LONGEST_NAME: Final = 64
LONGEST_MEASURE: Final = 16
MOST_QUANTITY: Final = 100_000
QUANTITY_PLACES: Final = 3
MOST_PRICE: Final = Money.of(1_000_000)
MOST_LINES: Final = 50


class QuantityRefused(BusinessError):
    """A quantity is more than 0, at most ``most``, and has at most ``places`` decimal places."""

    code: ClassVar[str] = "requests.quantity"


class UnitPriceRefused(BusinessError):
    """A unit price is 0 to ``most`` yuan."""

    code: ClassVar[str] = "requests.unit_price"


class TooManyMaterials(BusinessError):
    """A request has at most ``most`` lines of material."""

    code: ClassVar[str] = "requests.too_many_materials"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialLine:
    """One material: its name, how much of it, in what (piece, metre), and the price of one; free ones cost 0."""

    name: str
    quantity: Decimal
    measure: str
    unit_price: Money = ZERO

    @property
    def amount(self) -> Money:
        """Quantity × unit price, rounded once, half up, to the fen."""
        return product(self.quantity, self.unit_price.yuan)


def material_line(*, name: str, quantity: Decimal, measure: str, unit_price: Money = ZERO) -> MaterialLine:
    """Give a line with tidied texts, or raise the refusal of the first thing wrong with it; a float is a bug."""
    if not isinstance(quantity, Decimal):
        raise TypeError("a quantity is a Decimal")
    clean_name = check_line(name, field="material", longest=LONGEST_NAME)
    clean_measure = check_line(measure, field="measure_unit", longest=LONGEST_MEASURE)
    if not _is_quantity(quantity):
        raise QuantityRefused(most=MOST_QUANTITY, places=QUANTITY_PLACES)
    if not ZERO <= unit_price <= MOST_PRICE:
        raise UnitPriceRefused(most=int(MOST_PRICE.yuan))
    return MaterialLine(name=clean_name, quantity=quantity, measure=clean_measure, unit_price=unit_price)


def _is_quantity(quantity: Decimal) -> bool:
    if not quantity.is_finite() or not 0 < quantity <= MOST_QUANTITY:
        return False
    return quantity == quantity.quantize(Decimal(1).scaleb(-QUANTITY_PLACES))


def check_materials(lines: tuple[MaterialLine, ...]) -> tuple[MaterialLine, ...]:
    """Judge all lines again, in their order; raise ``TooManyMaterials`` above 50."""
    if len(lines) > MOST_LINES:
        raise TooManyMaterials(most=MOST_LINES)
    return tuple(
        material_line(name=one.name, quantity=one.quantity, measure=one.measure, unit_price=one.unit_price)
        for one in lines
    )


def materials_total(lines: Iterable[MaterialLine]) -> Money:
    """Add up the amounts of the lines as they are printed, so that the sum on paper is the sum of its lines."""
    return total(line.amount for line in lines)
