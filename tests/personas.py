"""The people of the test company. Each holds the role of his or her name and looks after every estate."""

from core.admin.permissions import Actor, Role
from core.kernel.identity import EstateId, UserId


def person(number: int, name: str, *roles: Role, estates: frozenset[EstateId] | None = None) -> Actor:
    """Make an actor; the number is the user's id in the database where one is needed."""
    return Actor(UserId(number), name, frozenset(roles), estates)


ADMINISTRATOR = person(1, "admin", Role.ADMINISTRATOR)
ACCOUNTANT = person(2, "accountant", Role.ACCOUNTANT)
SUPERVISOR = person(3, "supervisor", Role.SUPERVISOR)
CASHIER = person(4, "cashier", Role.CASHIER)
FRONT_DESK = person(5, "front desk", Role.FRONT_DESK)
PATROL = person(6, "patrol", Role.PATROL)
MANAGER = person(7, "manager", Role.MANAGER)
AUDITOR = person(8, "auditor", Role.AUDITOR)
HANDLER = person(9, "handler", Role.HANDLER)
EVERYBODY = (ADMINISTRATOR, ACCOUNTANT, SUPERVISOR, CASHIER, FRONT_DESK, PATROL, MANAGER, AUDITOR, HANDLER)
