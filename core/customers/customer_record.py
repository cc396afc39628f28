"""The whole record of a customer (R-003): duplicates, and what is shown of name and phone to whom."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from core.customers.masking import mask_name, mask_phone, surname_only
from core.customers.profiles import CustomerDetails, Relation
from core.kernel.errors import BusinessError
from core.kernel.identity import UnitId
from core.kernel.lines import check_line

LONGEST_NOTE: Final = 500


class CustomerTwice(BusinessError):
    """The estate already has somebody of this name and phone; the form may say that it is another person."""

    code: ClassVar[str] = "customer.twice"


@dataclass(frozen=True, slots=True)
class CustomerUnit:
    """A relation of a customer to a unit as a file gives it; ``end`` exclusive, either day may be unknown."""

    unit: UnitId
    relation: Relation
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer with the units he or she belongs to. ``details`` come from ``customer_details``."""

    details: CustomerDetails
    note: str = ""
    units: tuple[CustomerUnit, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactShown:
    """Name and phone as a list or card may show them; ``has_phone`` says whether there is a number to open."""

    name: str
    phone: str
    has_phone: bool


def contact_shown(*, name: str, phone: str, sees_customers: bool) -> ContactShown:
    """Mask a contact: middle of name and phone hidden, and for people without customer rights all but the surname."""
    if sees_customers:
        return ContactShown(mask_name(name), mask_phone(phone), bool(phone))
    return ContactShown(surname_only(name), "", bool(phone))


def check_note(note: str) -> str:
    """Give the note as one clean line of at most 500 characters; it may be empty."""
    return check_line(note, field="note", longest=LONGEST_NOTE, needed=False)


def check_new_customer(*, same_on_file: bool, is_another_person: bool) -> None:
    """Raise ``CustomerTwice`` for a name and phone already on file, unless the form says it is another person."""
    if same_on_file and not is_another_person:
        raise CustomerTwice
