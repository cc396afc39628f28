"""Who may do what: the one matrix of roles and permissions (R-006; security.md §1, separation of duties)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId, StaffId, UserId


class Role(StrEnum):
    """A portal role. A person may hold several, unless the law keeps them apart."""

    FRONT_DESK = "front_desk"
    HANDLER = "handler"
    CASHIER = "cashier"
    ACCOUNTANT = "accountant"
    PATROL = "patrol"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing a person may do; the value is stable and stands in the audit log."""

    DESK_VIEW = "desk.view"
    ESTATES_VIEW = "estates.view"
    ESTATES_EDIT = "estates.edit"
    UNITS_VIEW = "units.view"
    UNITS_EDIT = "units.edit"
    CUSTOMERS_VIEW = "customers.view"
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_REVEAL = "customers.reveal"
    STAFF_VIEW = "staff.view"
    STAFF_EDIT = "staff.edit"
    FEES_VIEW = "fees.view"
    TARIFFS_MAKE = "fees.tariffs.make"
    TARIFFS_APPROVE = "fees.tariffs.approve"
    BILLS_MAKE = "fees.bills.make"
    BILLS_POST = "fees.bills.post"
    PAYMENTS_TAKE = "fees.payments.take"
    REVERSALS_ASK = "fees.reversals.ask"
    REVERSALS_APPROVE = "fees.reversals.approve"
    REFUNDS_ASK = "fees.refunds.ask"
    REFUNDS_APPROVE = "fees.refunds.approve"
    SURVEYS_ENTER = "surveys.enter"
    SURVEYS_VIEW = "surveys.view"
    SURVEYS_MAKE = "surveys.make"
    SURVEYS_FOLLOW = "surveys.follow"
    MEASURES_VIEW = "measures.view"
    MEASURES_WORK = "measures.work"
    MEASURES_MAKE = "measures.make"
    CASES_VIEW = "cases.view"
    """Opens the pages of complaints; of the cases themselves only one's own, unless ``CASES_ALL`` is there too."""
    CASES_ALL = "cases.all"
    CASES_REGISTER = "cases.register"
    CASES_CLASSIFY = "cases.classify"
    CASES_ASSIGN = "cases.assign"
    CASES_HANDLE = "cases.handle"
    CASES_CALL = "cases.call"
    CASES_CLOSE = "cases.close"
    ORDERS_VIEW = "orders.view"
    """Opens the pages of service requests; of the requests themselves only one's own, unless ``ORDERS_ALL`` is too."""
    ORDERS_ALL = "orders.all"
    ORDERS_REGISTER = "orders.register"
    ORDERS_ASSIGN = "orders.assign"
    ORDERS_WORK = "orders.work"
    ORDERS_CLOSE = "orders.close"
    SERVICE_INSIGHT = "service.insight"
    PAUSES_DECIDE = "service.pauses.decide"
    KNOWLEDGE_EDIT = "service.knowledge.edit"
    IMPORTS_RUN = "imports.run"
    IMPORTS_REFERENCE = "imports.reference"
    IMPORTS_CUSTOMERS = "imports.customers"
    IMPORTS_SURVEYS = "imports.surveys"
    IMPORTS_CASES = "imports.cases"
    EXPORT_TABLES = "export.tables"
    SETTINGS_MAKE = "settings.make"
    USERS_MAKE = "users.make"
    USERS_VIEW = "users.view"
    AUDIT_VIEW = "audit.view"
    SYSTEM_RUN = "system.run"


P: Final = Permission
_EVERYONE: Final = frozenset({P.DESK_VIEW, P.ESTATES_VIEW, P.UNITS_VIEW})
_SEES_PEOPLE: Final = frozenset({P.CUSTOMERS_VIEW, P.CUSTOMERS_REVEAL})
_IN_THE_ESTATE: Final = _EVERYONE | {P.SURVEYS_ENTER, P.MEASURES_VIEW}
_ANSWERS_PEOPLE: Final = frozenset({P.SURVEYS_VIEW, P.SURVEYS_FOLLOW, P.MEASURES_WORK})
_TAKES_IN: Final = frozenset(
    {P.CASES_VIEW, P.CASES_ALL, P.CASES_REGISTER, P.CASES_CLASSIFY, P.CASES_CALL}
    | {P.ORDERS_VIEW, P.ORDERS_ALL, P.ORDERS_REGISTER, P.ORDERS_CLOSE}
)
_HANDLES: Final = frozenset(
    {P.CASES_VIEW, P.CASES_REGISTER, P.CASES_HANDLE, P.CASES_CALL} | {P.ORDERS_VIEW, P.ORDERS_REGISTER, P.ORDERS_WORK}
)
_SUPERVISION: Final = (
    _IN_THE_ESTATE
    | _TAKES_IN
    | _HANDLES
    | {P.CASES_ASSIGN, P.CASES_CLOSE, P.ORDERS_ASSIGN, P.SERVICE_INSIGHT, P.PAUSES_DECIDE, P.KNOWLEDGE_EDIT}
    | {P.IMPORTS_CASES}
    | _SEES_PEOPLE
    | _ANSWERS_PEOPLE
    | {P.SURVEYS_MAKE, P.MEASURES_MAKE, P.IMPORTS_SURVEYS}
    | {P.UNITS_EDIT, P.CUSTOMERS_EDIT, P.STAFF_VIEW, P.FEES_VIEW, P.TARIFFS_APPROVE, P.BILLS_POST}
    | {P.REVERSALS_ASK, P.REVERSALS_APPROVE, P.REFUNDS_APPROVE}
    | {P.IMPORTS_RUN, P.IMPORTS_REFERENCE, P.IMPORTS_CUSTOMERS, P.EXPORT_TABLES, P.USERS_VIEW, P.AUDIT_VIEW}
)

MATRIX: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.FRONT_DESK: _IN_THE_ESTATE
    | _SEES_PEOPLE
    | _ANSWERS_PEOPLE
    | _TAKES_IN
    | {P.CUSTOMERS_EDIT, P.IMPORTS_RUN, P.IMPORTS_CUSTOMERS, P.IMPORTS_SURVEYS},
    Role.HANDLER: _IN_THE_ESTATE | _ANSWERS_PEOPLE | _HANDLES | {P.CUSTOMERS_VIEW},
    Role.CASHIER: _IN_THE_ESTATE | _SEES_PEOPLE | {P.FEES_VIEW, P.PAYMENTS_TAKE, P.REVERSALS_ASK, P.REFUNDS_ASK},
    Role.ACCOUNTANT: _IN_THE_ESTATE
    | _SEES_PEOPLE
    | {P.FEES_VIEW, P.TARIFFS_MAKE, P.BILLS_MAKE, P.REVERSALS_ASK, P.REFUNDS_ASK, P.UNITS_EDIT}
    | {P.IMPORTS_RUN, P.IMPORTS_REFERENCE, P.EXPORT_TABLES},
    Role.PATROL: _IN_THE_ESTATE,
    Role.SUPERVISOR: _SUPERVISION,
    Role.MANAGER: _SUPERVISION | {P.ESTATES_EDIT, P.STAFF_EDIT},
    Role.AUDITOR: _EVERYONE
    | {
        P.CASES_VIEW,
        P.CASES_ALL,
        P.ORDERS_VIEW,
        P.ORDERS_ALL,
        P.SERVICE_INSIGHT,
        P.SURVEYS_VIEW,
        P.MEASURES_VIEW,
        P.CUSTOMERS_VIEW,
        P.STAFF_VIEW,
        P.FEES_VIEW,
        P.EXPORT_TABLES,
        P.USERS_VIEW,
        P.AUDIT_VIEW,
    },
    Role.ADMINISTRATOR: _EVERYONE
    | {P.ESTATES_EDIT, P.UNITS_EDIT, P.STAFF_VIEW, P.STAFF_EDIT, P.IMPORTS_RUN, P.IMPORTS_REFERENCE}
    | {P.SETTINGS_MAKE, P.USERS_MAKE, P.USERS_VIEW, P.AUDIT_VIEW},
}
"""What each role may do. ``SYSTEM_RUN`` belongs to timers and the command line, to no role."""

APART: Final[tuple[tuple[Role, Role], ...]] = (
    (Role.CASHIER, Role.ACCOUNTANT),
    (Role.CASHIER, Role.SUPERVISOR),
    (Role.CASHIER, Role.MANAGER),
    (Role.CASHIER, Role.AUDITOR),
    (Role.ADMINISTRATOR, Role.CASHIER),
    (Role.ADMINISTRATOR, Role.ACCOUNTANT),
    (Role.ADMINISTRATOR, Role.SUPERVISOR),
    (Role.ADMINISTRATOR, Role.MANAGER),
)
"""Pairs nobody may hold together: a cashier never keeps books or checks them (Accounting Law Art. 35)."""


NEEDS_PROOF: Final = frozenset(
    {P.REVERSALS_APPROVE, P.REFUNDS_APPROVE, P.CUSTOMERS_REVEAL, P.EXPORT_TABLES},
)
"""What asks for the password again before it is done (security.md T31)."""


class NotPermitted(BusinessError):
    """The person's roles, or the estates in his or her care, do not include this."""

    code: ClassVar[str] = "not_permitted"


class RolesKeptApart(BusinessError):
    """Two of the chosen roles may not be held by one person."""

    code: ClassVar[str] = "roles_kept_apart"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with roles and estates, or the system itself.

    ``estates`` is ``None`` for someone who looks after all estates; ``staff`` is the member of staff the user is.
    """

    user_id: UserId | None
    name: str
    roles: frozenset[Role]
    estates: frozenset[EstateId] | None
    language: str = "zh_CN"
    is_system: bool = False
    staff: StaffId | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether any role of this person includes the permission (in some estate)."""
        return self.is_system or any(permission in MATRIX[role] for role in self.roles)

    def may_at(self, permission: Permission, estate: EstateId) -> bool:
        """Say whether the person may do it in this estate; company-wide matters need no estate."""
        return self.may(permission) and (estate == COMPANY or self.looks_after(estate))

    def looks_after(self, estate: EstateId) -> bool:
        """Say whether the estate is within this person's scope."""
        return self.estates is None or estate in self.estates

    def require(self, permission: Permission, estate: EstateId = COMPANY) -> None:
        """Raise ``NotPermitted`` unless the person may do this here."""
        if not self.may_at(permission, estate):
            raise NotPermitted(permission=permission.value)


SYSTEM: Final = Actor(None, "system", frozenset(), None, is_system=True)
"""Timers and the command line."""


def check_roles(roles: frozenset[Role]) -> None:
    """Raise ``RolesKeptApart`` when the set joins roles that must stay with different people."""
    for one, other in APART:
        if one in roles and other in roles:
            raise RolesKeptApart(one=one.value, other=other.value)


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that include a permission, so that a refusal can say whom to ask."""
    return tuple(role for role in Role if permission in MATRIX[role])
