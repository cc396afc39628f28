"""Use cases of fee standards (R-016): one person proposes, another approves, and what was approved only ends."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.admin.permissions import Permission
from core.fees import tariffs as core
from core.fees.tariff_changes import ended_later, withdrawn
from core.fees.tariffs import Basis, TariffState, approved, check_tariff
from core.kernel.identity import EstateId, TariffId, UserId
from core.kernel.periods import local_day
from db.models import Estate, Tariff
from db.repositories.tariffs import approved_tariffs, load_tariff, store_tariff, tariff_of
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class ProposeTariff:
    """A fee standard to be approved. ``prices``: key (empty, grade, use or service item) and yuan a month."""

    estate_id: EstateId
    item: str
    basis: Basis
    prices: tuple[tuple[str, Decimal], ...]
    valid_from: date
    valid_to: date | None = None
    uses: frozenset[str] = frozenset()
    approval_reference: str = ""


@dataclass(frozen=True, slots=True)
class ApproveTariff:
    """Let a proposed tariff make bills."""

    estate_id: EstateId
    tariff_id: TariffId
    version: int


@dataclass(frozen=True, slots=True)
class WithdrawTariff:
    """Take a proposed tariff back."""

    estate_id: EstateId
    tariff_id: TariffId
    version: int


@dataclass(frozen=True, slots=True)
class EndTariff:
    """Give an approved tariff an end (exclusive) on a day still to come."""

    estate_id: EstateId
    tariff_id: TariffId
    valid_to: date
    version: int


@operation(Permission.TARIFFS_MAKE)
def propose_tariff(work: UnitOfWork, command: ProposeTariff) -> TariffId:
    """Store a tariff as a draft, and give its number."""
    if work.session.get(Estate, command.estate_id) is None:
        raise NotFound
    tariff = core.Tariff(
        tariff_id=TariffId(work.new_id(command.estate_id)),
        item=command.item.strip(),
        basis=command.basis,
        prices=command.prices,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        uses=command.uses,
    )
    check_tariff(tariff)
    row = Tariff(
        estate_id=command.estate_id,
        id=tariff.tariff_id,
        approval_reference=command.approval_reference.strip(),
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    store_tariff(work.session, row, tariff)
    _record(work, "tariff.proposed", row, tariff, before=None)
    return tariff.tariff_id


@operation(Permission.TARIFFS_APPROVE)
def approve_tariff(work: UnitOfWork, command: ApproveTariff) -> None:
    """Let a draft by somebody else make bills from its first day on, unless another tariff stands in its way."""
    row, tariff = _load(work, command)
    others = approved_tariffs(work.session, command.estate_id)
    made_by, approved_by = UserId(row.made_by or 0), UserId(work.actor.user_id or 0)  # 0: the system itself
    decided = approved(tariff, others=others, made_by=made_by, approved_by=approved_by)
    row.state, row.decided_by, row.decided_at = decided.state.value, work.actor.user_id, work.now
    _record(work, "tariff.approved", row, decided, before=tariff)


@operation(Permission.TARIFFS_MAKE)
def withdraw_tariff(work: UnitOfWork, command: WithdrawTariff) -> None:
    """Take a draft back."""
    row, tariff = _load(work, command)
    taken = withdrawn(tariff)
    row.state = taken.state.value
    _record(work, "tariff.withdrawn", row, taken, before=tariff)


@operation(Permission.TARIFFS_APPROVE)
def end_tariff(work: UnitOfWork, command: EndTariff) -> None:
    """Let an approved tariff make no bills for months that begin on or after a coming day."""
    row, tariff = _load(work, command)
    shortened = ended_later(tariff, valid_to=command.valid_to, today=local_day(work.now))
    row.valid_to = shortened.valid_to
    _record(work, "tariff.ended", row, shortened, before=tariff)


def _load(work: UnitOfWork, command: ApproveTariff | WithdrawTariff | EndTariff) -> tuple[Tariff, core.Tariff]:
    row = load_tariff(work.session, command.estate_id, command.tariff_id)
    if row is None:
        raise NotFound
    if row.version != command.version:
        raise EditConflict
    return row, tariff_of(work.session, row)


def _record(work: UnitOfWork, action: str, row: Tariff, after: core.Tariff, before: core.Tariff | None) -> None:
    facts = None if before is None else _facts(before)
    subject = ("tariff", after.tariff_id)
    reason = row.approval_reference if after.state is TariffState.APPROVED else ""
    work.record(action, subject, estate=EstateId(row.estate_id), before=facts, after=_facts(after), reason=reason)


def _facts(tariff: core.Tariff) -> dict[str, object]:
    return {
        "item": tariff.item,
        "basis": tariff.basis.value,
        "prices": [[key, str(price)] for key, price in tariff.prices],
        "uses": sorted(tariff.uses),
        "valid_from": tariff.valid_from.isoformat(),
        "valid_to": None if tariff.valid_to is None else tariff.valid_to.isoformat(),
        "state": tariff.state.value,
    }
