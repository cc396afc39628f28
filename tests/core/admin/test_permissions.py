from itertools import combinations

import pytest

from core.admin.permissions import (
    APART,
    MATRIX,
    SYSTEM,
    Actor,
    NotPermitted,
    Permission,
    Role,
    RolesKeptApart,
    check_roles,
    roles_with,
)
from core.kernel.identity import COMPANY, EstateId, UserId

P = Permission
NORTH, SOUTH = EstateId(1), EstateId(2)
_CHIEFS = (Role.SUPERVISOR, Role.MANAGER)
_SERVICE = (Role.FRONT_DESK, Role.HANDLER, *_CHIEFS)
MONEY = {permission for permission in P if permission.startswith("fees.")}


def actor(*roles: Role, estates: frozenset[EstateId] | None = None) -> Actor:
    return Actor(UserId(1), "Wang", frozenset(roles), estates)


def test_every_role_has_its_line_in_the_matrix() -> None:
    assert set(MATRIX) == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_everyone_sees_the_desk_estates_and_units_and_nobody_runs_the_system(role: Role) -> None:
    assert {P.DESK_VIEW, P.ESTATES_VIEW, P.UNITS_VIEW} <= MATRIX[role]
    assert P.SYSTEM_RUN not in MATRIX[role]


@pytest.mark.parametrize("permission", [permission for permission in P if permission is not P.SYSTEM_RUN])
def test_every_permission_belongs_to_some_role(permission: Permission) -> None:
    assert roles_with(permission)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        # security.md section 1, who may do what
        (P.PAYMENTS_TAKE, (Role.CASHIER,)),
        (P.BILLS_MAKE, (Role.ACCOUNTANT,)),
        (P.TARIFFS_MAKE, (Role.ACCOUNTANT,)),
        (P.TARIFFS_APPROVE, (Role.SUPERVISOR, Role.MANAGER)),
        (P.BILLS_POST, (Role.SUPERVISOR, Role.MANAGER)),
        (P.REVERSALS_ASK, (Role.CASHIER, Role.ACCOUNTANT, Role.SUPERVISOR, Role.MANAGER)),
        (P.REVERSALS_APPROVE, (Role.SUPERVISOR, Role.MANAGER)),
        (P.REFUNDS_ASK, (Role.CASHIER, Role.ACCOUNTANT)),
        (P.REFUNDS_APPROVE, (Role.SUPERVISOR, Role.MANAGER)),
        (P.CUSTOMERS_REVEAL, (Role.FRONT_DESK, Role.CASHIER, Role.ACCOUNTANT, Role.SUPERVISOR, Role.MANAGER)),
        (P.EXPORT_TABLES, (Role.ACCOUNTANT, Role.SUPERVISOR, Role.MANAGER, Role.AUDITOR)),
        (P.USERS_MAKE, (Role.ADMINISTRATOR,)),
        (P.SETTINGS_MAKE, (Role.ADMINISTRATOR,)),
        (P.AUDIT_VIEW, (Role.SUPERVISOR, Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR)),
        (P.STAFF_EDIT, (Role.MANAGER, Role.ADMINISTRATOR)),
        (P.ESTATES_EDIT, (Role.MANAGER, Role.ADMINISTRATOR)),
        (P.SURVEYS_MAKE, (Role.SUPERVISOR, Role.MANAGER)),
        (P.SURVEYS_FOLLOW, (Role.FRONT_DESK, Role.HANDLER, Role.SUPERVISOR, Role.MANAGER)),
        (P.SURVEYS_VIEW, (Role.FRONT_DESK, Role.HANDLER, Role.SUPERVISOR, Role.MANAGER, Role.AUDITOR)),
        (P.IMPORTS_SURVEYS, (Role.FRONT_DESK, Role.SUPERVISOR, Role.MANAGER)),
        (P.MEASURES_MAKE, (Role.SUPERVISOR, Role.MANAGER)),
        (P.MEASURES_WORK, (Role.FRONT_DESK, Role.HANDLER, Role.SUPERVISOR, Role.MANAGER)),
        # complaints and service requests
        (P.CASES_VIEW, (*_SERVICE, Role.AUDITOR)),
        (P.CASES_ALL, (Role.FRONT_DESK, *_CHIEFS, Role.AUDITOR)),
        (P.CASES_REGISTER, _SERVICE),
        (P.CASES_CLASSIFY, (Role.FRONT_DESK, *_CHIEFS)),
        (P.CASES_ASSIGN, _CHIEFS),
        (P.CASES_HANDLE, (Role.HANDLER, *_CHIEFS)),
        (P.CASES_CALL, _SERVICE),
        (P.CASES_CLOSE, _CHIEFS),
        (P.ORDERS_VIEW, (*_SERVICE, Role.AUDITOR)),
        (P.ORDERS_ALL, (Role.FRONT_DESK, *_CHIEFS, Role.AUDITOR)),
        (P.ORDERS_REGISTER, _SERVICE),
        (P.ORDERS_ASSIGN, _CHIEFS),
        (P.ORDERS_WORK, (Role.HANDLER, *_CHIEFS)),
        (P.ORDERS_CLOSE, (Role.FRONT_DESK, *_CHIEFS)),
        (P.SERVICE_INSIGHT, (*_CHIEFS, Role.AUDITOR)),
        (P.PAUSES_DECIDE, _CHIEFS),
        (P.KNOWLEDGE_EDIT, _CHIEFS),
        (P.IMPORTS_CASES, _CHIEFS),
        (P.SYSTEM_RUN, ()),
    ],
)
def test_duties_lie_with_exactly_these_roles(permission: Permission, roles: tuple[Role, ...]) -> None:
    assert roles_with(permission) == roles


def test_a_cashier_takes_money_and_never_bills_prices_approves_exports_or_imports() -> None:
    assert MATRIX[Role.CASHIER] & MONEY == {P.FEES_VIEW, P.PAYMENTS_TAKE, P.REVERSALS_ASK, P.REFUNDS_ASK}
    assert not MATRIX[Role.CASHIER] & {P.EXPORT_TABLES, P.IMPORTS_REFERENCE, P.IMPORTS_CUSTOMERS, P.AUDIT_VIEW}


def test_an_accountant_makes_bills_and_never_takes_money_or_approves() -> None:
    assert not MATRIX[Role.ACCOUNTANT] & {
        P.PAYMENTS_TAKE, P.BILLS_POST, P.TARIFFS_APPROVE, P.REVERSALS_APPROVE, P.REFUNDS_APPROVE,
    }  # fmt: skip


def test_an_administrator_sees_no_money_and_no_people() -> None:
    assert not MATRIX[Role.ADMINISTRATOR] & MONEY
    assert not MATRIX[Role.ADMINISTRATOR] & {
        P.CUSTOMERS_VIEW, P.CUSTOMERS_EDIT, P.CUSTOMERS_REVEAL, P.IMPORTS_CUSTOMERS, P.EXPORT_TABLES,
    }  # fmt: skip


def test_everybody_but_auditor_and_administrator_types_paper_surveys() -> None:
    assert set(roles_with(P.SURVEYS_ENTER)) == set(Role) - {Role.AUDITOR, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.HANDLER, Role.PATROL])
def test_field_and_desk_staff_see_no_money(role: Role) -> None:
    assert not MATRIX[role] & MONEY


def test_order_staff_see_no_personal_records() -> None:
    assert not {permission for permission in MATRIX[Role.PATROL] if permission.startswith("customers.")}


def test_an_auditor_reads_and_changes_nothing() -> None:
    reading = {permission for permission in P if permission.endswith(".view")}
    reading |= {P.EXPORT_TABLES, P.CASES_ALL, P.ORDERS_ALL, P.SERVICE_INSIGHT}
    assert MATRIX[Role.AUDITOR] <= reading


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ACCOUNTANT, Role.PATROL, Role.ADMINISTRATOR])
def test_nobody_outside_the_service_sees_a_complaint_or_a_request(role: Role) -> None:
    assert not [one for one in MATRIX[role] if one.startswith(("cases.", "orders.", "service."))]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("make", "approve"),
    [
        (P.TARIFFS_MAKE, P.TARIFFS_APPROVE),
        (P.BILLS_MAKE, P.BILLS_POST),
        (P.REFUNDS_ASK, P.REFUNDS_APPROVE),
        (P.PAYMENTS_TAKE, P.REVERSALS_APPROVE),
        (P.PAYMENTS_TAKE, P.BILLS_MAKE),
        (P.USERS_MAKE, P.REFUNDS_APPROVE),
    ],
)
def test_no_single_role_makes_and_approves_the_same_thing(role: Role, make: Permission, approve: Permission) -> None:
    assert not {make, approve} <= MATRIX[role]


@pytest.mark.parametrize(("one", "other"), APART)
def test_roles_the_law_keeps_apart_are_refused_in_any_company(one: Role, other: Role) -> None:
    with pytest.raises(RolesKeptApart) as refusal:
        check_roles(frozenset({one, other, Role.HANDLER}))
    assert refusal.value.fields == {"one": one.value, "other": other.value}
    assert refusal.value.code == "roles_kept_apart"


@pytest.mark.parametrize(
    "pair", [pair for pair in combinations(Role, 2) if pair not in APART and pair[::-1] not in APART]
)
def test_no_allowed_pair_lets_a_cashier_bill_or_an_administrator_touch_money(pair: tuple[Role, Role]) -> None:
    check_roles(frozenset(pair))
    together = MATRIX[pair[0]] | MATRIX[pair[1]]
    assert not {P.PAYMENTS_TAKE, P.BILLS_MAKE} <= together
    assert not {P.PAYMENTS_TAKE, P.BILLS_POST} <= together
    assert not {P.USERS_MAKE, P.PAYMENTS_TAKE} <= together
    assert not {P.USERS_MAKE, P.BILLS_MAKE} <= together
    assert not {P.USERS_MAKE, P.REFUNDS_APPROVE} <= together


def test_one_role_or_none_is_always_allowed() -> None:
    check_roles(frozenset())
    for role in Role:
        check_roles(frozenset({role}))


def test_a_person_may_what_any_of_the_roles_may() -> None:
    person = actor(Role.HANDLER, Role.ACCOUNTANT)
    assert person.may(P.BILLS_MAKE)
    assert person.may(P.CUSTOMERS_VIEW)
    assert not person.may(P.PAYMENTS_TAKE)
    assert not actor().may(P.DESK_VIEW)


@pytest.mark.parametrize(
    ("estates", "estate", "may"),
    [
        (None, NORTH, True),
        (frozenset({NORTH}), NORTH, True),
        (frozenset({NORTH}), SOUTH, False),
        (frozenset({NORTH}), COMPANY, True),
        (frozenset(), NORTH, False),
        (frozenset(), COMPANY, True),
    ],
)
def test_a_permission_holds_only_in_the_estates_of_a_person(
    estates: frozenset[EstateId] | None, estate: EstateId, may: bool
) -> None:
    cashier = actor(Role.CASHIER, estates=estates)
    assert cashier.may_at(P.PAYMENTS_TAKE, estate) is may
    if may:
        cashier.require(P.PAYMENTS_TAKE, estate)
    else:
        with pytest.raises(NotPermitted) as refusal:
            cashier.require(P.PAYMENTS_TAKE, estate)
        assert (refusal.value.code, refusal.value.fields) == ("not_permitted", {"permission": "fees.payments.take"})


def test_a_permission_one_lacks_is_refused_everywhere() -> None:
    for estate in (COMPANY, NORTH):
        with pytest.raises(NotPermitted):
            actor(Role.CASHIER).require(P.BILLS_MAKE, estate)


def test_the_system_may_everything_everywhere() -> None:
    for permission in P:
        SYSTEM.require(permission, NORTH)
    assert SYSTEM.looks_after(SOUTH)
    assert SYSTEM.user_id is None
