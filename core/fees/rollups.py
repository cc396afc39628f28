"""What an entry does to the sums kept beside the books (R-045, R-049): by month and building, by day and method."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.fees.ledger import Account, BillEffect, Entry, EntryKind
from core.kernel.identity import BillId, BuildingId, UnitId
from core.kernel.money import ZERO, Money
from core.kernel.periods import Month


@dataclass(frozen=True, slots=True)
class BillPlace:
    """Where a bill belongs: household, building and the month served."""

    unit_id: UnitId
    building_id: BuildingId
    service_month: Month

    @property
    def household(self) -> tuple[UnitId, Month]:
        """The household's month."""
        return self.unit_id, self.service_month

    @property
    def cell(self) -> tuple[Month, BuildingId]:
        """The building's month."""
        return self.service_month, self.building_id


@dataclass(frozen=True, slots=True)
class HouseholdChange:
    """How many more (or fewer) units of a building are billed for a month, and owe nothing of it."""

    billed: int = 0
    settled: int = 0


def cell_changes(
    *, effects: Mapping[BillId, BillEffect], places: Mapping[BillId, BillPlace]
) -> Mapping[tuple[Month, BuildingId], BillEffect]:
    """Add up what happens to bills by month served and building."""
    sums: defaultdict[tuple[Month, BuildingId], list[int]] = defaultdict(lambda: [0, 0, 0])
    for bill_id, effect in effects.items():
        cell = sums[places[bill_id].cell]
        cell[0] += effect.billed.fen
        cell[1] += effect.received.fen
        cell[2] += effect.relief.fen
    return {key: BillEffect(Money(b), Money(r), Money(w)) for key, (b, r, w) in sums.items()}


def household_changes(
    *,
    effects: Mapping[BillId, BillEffect],
    places: Mapping[BillId, BillPlace],
    owed_before: Mapping[tuple[UnitId, Month], Money],
) -> Mapping[tuple[Month, BuildingId], HouseholdChange]:
    """Count units that become billed for a month, and units that come to owe nothing of it, or to owe again.

    A unit counts once a month whatever number of bills it has; it is settled when all of them together leave nothing
    outstanding. ``owed_before`` says what each unit with bills of that month owed on all of them before the entry
    (zero when settled); a unit that is not in it had no bill yet. Cells that do not change are left out.
    """
    owed: defaultdict[tuple[UnitId, Month], int] = defaultdict(int)
    building: dict[tuple[UnitId, Month], BuildingId] = {}
    for bill_id, effect in effects.items():
        place = places[bill_id]
        owed[place.household] += effect.outstanding.fen
        building[place.household] = place.building_id
    sums: defaultdict[tuple[Month, BuildingId], list[int]] = defaultdict(lambda: [0, 0])
    for household, change in owed.items():
        before = owed_before.get(household)
        after = Money((before or ZERO).fen + change)
        cell = sums[household[1], building[household]]
        cell[0] += before is None
        cell[1] += (after == ZERO) - (before == ZERO)
    return {key: HouseholdChange(billed, settled) for key, (billed, settled) in sums.items() if billed or settled}


@dataclass(frozen=True, slots=True)
class CashChange:
    """Money that came in (above zero) or went out, and the number of payments in it."""

    amount: Money
    payments: int


def cash_changes(entries: Iterable[Entry]) -> Mapping[tuple[date, str], CashChange]:
    """Add up the money of entries by business day and method. Reversals and refunds are no payments."""
    sums: defaultdict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0])
    for entry in entries:
        for line in entry.lines:
            if line.account is Account.CASH_AND_BANK and line.method is not None:
                cell = sums[entry.business_date, line.method]
                cell[0] += line.amount.fen
                cell[1] += entry.kind is EntryKind.PAYMENT
    return {key: CashChange(Money(fen), payments) for key, (fen, payments) in sums.items()}
