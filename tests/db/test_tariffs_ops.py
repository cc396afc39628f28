"""Fee standards: proposed by one, approved by another, ended but never changed (R-016)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.fees.tariff_changes import EndNotInFuture
from core.fees.tariffs import (
    Basis,
    OwnTariff,
    PriceMissing,
    TariffMoveRefused,
    TariffNotApproved,
    TariffOverlap,
    WrongPriceKeys,
)
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, TariffId
from db.engine import Database
from db.models import Tariff, TariffPrice
from db.operations.tariffs import (
    ApproveTariff,
    EndTariff,
    ProposeTariff,
    WithdrawTariff,
    approve_tariff,
    end_tariff,
    propose_tariff,
    withdraw_tariff,
)
from db.unit_of_work import EditConflict, NotFound
from tests.db.fees_setup import World, a_world
from tests.personas import ACCOUNTANT, ADMINISTRATOR, CASHIER, MANAGER, SUPERVISOR, person


def proposal(world: World, **given: Any) -> ProposeTariff:
    plain = ProposeTariff(
        estate_id=world.estate,
        item="property",
        basis=Basis.AREA_GRADE,
        prices=(("A", Decimal("3.10")), ("B", Decimal("2.123456"))),
        valid_from=date(2026, 1, 1),
        uses=frozenset({"shop", "office"}),
        approval_reference="owners' assembly 2025-12",
    )
    return replace(plain, **given)


def draft(world: World, **given: Any) -> TariffId:
    return world.act(ACCOUNTANT, propose_tariff, proposal(world, **given))


def test_a_proposal_is_kept_as_a_draft_with_its_prices(database: Database) -> None:
    world = a_world(database)
    number = draft(world)
    (row,) = world.rows(Tariff)
    assert (row.id, row.item, row.basis, row.uses, row.state) == (
        number,
        "property",
        "area_grade",
        "office,shop",
        "draft",
    )
    assert (row.made_by, row.decided_by, row.valid_to) == (ACCOUNTANT.user_id, None, None)
    assert [(p.key, p.price) for p in world.rows(TariffPrice)] == [("A", 3_100_000), ("B", 2_123_456)]
    assert world.audited() == ["tariff.proposed"]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [({"prices": ()}, PriceMissing), ({"basis": Basis.AREA}, WrongPriceKeys), ({"estate_id": EstateId(9)}, NotFound)],
)
def test_a_faulty_proposal_leaves_no_trace(
    database: Database, given: dict[str, Any], refusal: type[BusinessError]
) -> None:
    world = a_world(database)
    with pytest.raises(refusal):
        draft(world, **given)
    assert world.rows(Tariff) == []
    assert world.audited() == []


def test_another_person_approves(database: Database) -> None:
    world = a_world(database)
    number = draft(world)
    world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, number, 1))
    (row,) = world.rows(Tariff)
    assert (row.state, row.decided_by, row.version) == ("approved", SUPERVISOR.user_id, 2)
    assert row.decided_at is not None
    assert world.audited() == ["tariff.proposed", "tariff.approved"]


def test_nobody_approves_what_he_or_she_made(database: Database) -> None:
    world = a_world(database)
    both = person(30, "both", *ACCOUNTANT.roles, *SUPERVISOR.roles)
    number = world.act(both, propose_tariff, proposal(world))
    with pytest.raises(OwnTariff):
        world.act(both, approve_tariff, ApproveTariff(world.estate, number, 1))
    assert world.rows(Tariff)[0].state == "draft"


@pytest.mark.parametrize("who", [CASHIER, ADMINISTRATOR, ACCOUNTANT], ids=lambda actor: actor.name)
def test_who_may_not_approve_is_refused(database: Database, who: Actor) -> None:
    world = a_world(database)
    number = draft(world)
    with pytest.raises(NotPermitted):
        world.act(who, approve_tariff, ApproveTariff(world.estate, number, 1))


def test_an_overlap_with_an_approved_tariff_is_refused_and_the_next_one_may_follow(database: Database) -> None:
    world = a_world(database)
    first = draft(world)
    world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, first, 1))
    second = draft(world, uses=frozenset({"shop", "home"}), valid_from=date(2026, 9, 1))
    with pytest.raises(TariffOverlap):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, second, 1))
    world.act(SUPERVISOR, end_tariff, EndTariff(world.estate, first, date(2026, 9, 1), 2))
    world.act(MANAGER, approve_tariff, ApproveTariff(world.estate, second, 1))
    assert [(row.valid_to, row.state) for row in world.rows(Tariff)] == [
        (date(2026, 9, 1), "approved"),
        (None, "approved"),
    ]


def test_the_same_tariff_in_another_estate_is_no_overlap(database: Database) -> None:
    for world in (a_world(database), a_world(database, number=2)):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, draft(world), 1))


def test_a_draft_is_withdrawn_but_an_approved_tariff_is_not(database: Database) -> None:
    world = a_world(database)
    first, second = draft(world), draft(world)
    world.act(ACCOUNTANT, withdraw_tariff, WithdrawTariff(world.estate, first, 1))
    world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, second, 1))
    with pytest.raises(TariffMoveRefused):
        world.act(ACCOUNTANT, withdraw_tariff, WithdrawTariff(world.estate, second, 2))
    with pytest.raises(TariffMoveRefused):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, first, 2))
    assert [row.state for row in world.rows(Tariff)] == ["withdrawn", "approved"]


def test_an_end_lies_ahead_and_belongs_to_an_approved_tariff(database: Database) -> None:
    world = a_world(database)
    number = draft(world)
    with pytest.raises(TariffNotApproved):
        world.act(SUPERVISOR, end_tariff, EndTariff(world.estate, number, date(2026, 9, 1), 1))
    world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, number, 1))
    with pytest.raises(EndNotInFuture):
        world.act(SUPERVISOR, end_tariff, EndTariff(world.estate, number, date(2026, 7, 10), 2))
    world.act(SUPERVISOR, end_tariff, EndTariff(world.estate, number, date(2026, 7, 11), 2))
    assert world.rows(Tariff)[0].valid_to == date(2026, 7, 11)
    assert world.audited()[-1] == "tariff.ended"


def test_a_stale_form_and_an_unknown_tariff_are_refused(database: Database) -> None:
    world = a_world(database)
    number = draft(world)
    with pytest.raises(EditConflict):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, number, 2))
    with pytest.raises(NotFound):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(world.estate, TariffId(5), 1))
    other = a_world(database, number=2)
    with pytest.raises(NotFound):
        world.act(SUPERVISOR, approve_tariff, ApproveTariff(other.estate, number, 1))
