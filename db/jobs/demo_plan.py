"""The demonstration company as frozen values: estates, units, people. A seed and a month give it, and nothing else.

The same seed, month and scale always give the same plan; :func:`plan_digest` proves it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Final

from core.admin.settings import SettingKey
from core.customers.estate_record import EstateRecord
from core.customers.profiles import CareFlag, Relation
from core.fees.tariffs import Basis
from core.kernel.periods import Month
from db.jobs import demo_words as words

SEED: Final = 20_240_617
MONTHS: Final = 18
RAISED_AFTER: Final = 8
"""From this month on (counted from 0) the old estate charges more."""


@dataclass(frozen=True, slots=True)
class Block:
    """Buildings that look alike: ``entrances`` × ``floors`` × ``areas`` (m² a room). ``pattern`` numbers rooms."""

    buildings: tuple[str, ...]
    entrances: int
    floors: int
    areas: tuple[str, ...]
    use: str = "residential"
    grades: tuple[str, ...] = ()
    pattern: str = "{floor}{room:02}"


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee standard; charged from month ``first`` up to, not including, ``end`` (from 0; ``None``: open)."""

    item: str
    basis: Basis
    prices: tuple[tuple[str, str], ...]
    uses: tuple[str, ...]
    approval: str
    first: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """An estate as it is built and run. ``care`` are percent elderly, ``let`` percent with tenants, ``vacant`` too."""

    record: EstateRecord
    blocks: tuple[Block, ...]
    charges: tuple[Charge, ...]
    settings: tuple[tuple[SettingKey, str], ...]
    elderly: int
    let: int
    vacant: int
    late_building: str = ""
    bad_building: str = ""


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit. ``true_grade`` is what its grade should be; ``grade`` is what was entered, perhaps nothing."""

    building: str
    entrance: str
    room: str
    floor: int
    area: str
    use: str
    grade: str | None
    true_grade: str | None
    handover: date


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """Somebody who belongs to a unit (its place in the estate's list) from a day up to, not including, another."""

    unit: int
    name: str
    phone: str
    relation: Relation
    care: tuple[CareFlag, ...]
    note: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedEstate:
    """One estate with its units and people."""

    layout: Layout
    units: tuple[PlannedUnit, ...]
    people: tuple[PlannedPerson, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """The whole company. ``first`` is the first month billed, ``last`` the last one (both included).

    ``scale``: every so-many-th unit of a real one; as many fewer complaints and requests come.
    """

    seed: int
    first: Month
    last: Month
    estates: tuple[PlannedEstate, ...]
    scale: int = 1


_K = SettingKey
_OLD = Layout(
    EstateRecord(
        name=words.OLD_NAME, address=words.OLD_STREET, district=words.OLD_DISTRICT, structure=words.BRICK,
        floor_area=9_850_000, plot_area=6_120_000, household_count=1152, greening=3_000, plot_ratio=161,
        reference_price=1_200_000, developer=words.OLD_DEVELOPER, property_company=words.COMPANY,
    ),
    blocks=(Block(tuple(map(str, range(1, 25))), 4, 6, ("76.38", "88.52")),),
    charges=(
        Charge("property_fee", Basis.AREA, (("", "1.20"),), ("residential",), words.OLD_APPROVAL, end=RAISED_AFTER),
        Charge("property_fee", Basis.AREA, (("", "1.35"),), ("residential",), words.RAISE_APPROVAL, RAISED_AFTER),
    ),
    settings=((_K.FEES_DUE_DAY, "15"), (_K.FEES_CHARGING_MODE, "lump_sum"), (_K.FEES_LATE_FEE_PER_MYRIAD_DAY, "0")),
    elderly=16, let=12, vacant=2, bad_building="7",
)  # fmt: skip
_NEW = Layout(
    EstateRecord(
        name=words.NEW_NAME, address=words.NEW_STREET, district=words.NEW_DISTRICT, structure=words.FRAME,
        floor_area=8_900_000, plot_area=2_870_000, household_count=720, greening=3_500, plot_ratio=280,
        reference_price=2_680_000, developer=words.NEW_DEVELOPER, property_company=words.COMPANY,
    ),
    blocks=(
        Block(("1", "2", "3", "4", "5", "6"), 1, 30, ("98.64", "128.05", "128.05", "143.27")),
        Block(("P",), 0, 2, ("12.50",) * 60, use="parking", pattern="B{floor}{room:03}"),
    ),
    charges=(
        Charge("property_fee", Basis.AREA, (("", "2.68"),), ("residential",), words.NEW_APPROVAL),
        Charge("lift", Basis.SERVICE_ITEMS, (("facilities", "35"),), ("residential",), words.NEW_APPROVAL),
        Charge(
            "parking", Basis.SERVICE_ITEMS, (("access_control", "30"), ("patrol", "50")), ("parking",),
            words.NEW_APPROVAL,
        ),
    ),
    settings=(
        (_K.FEES_TIMING, "advance"), (_K.FEES_DUE_DAY, "10"), (_K.FEES_CHARGING_MODE, "remuneration"),
        (_K.FEES_BENCHMARK_GOOD_PERCENT, "92"),
    ),
    elderly=6, let=18, vacant=3, late_building="6",
)  # fmt: skip
_MIXED = Layout(
    EstateRecord(
        name=words.MIXED_NAME, address=words.MIXED_STREET, district=words.MIXED_DISTRICT, estate_type="mixed",
        structure=words.FRAME, floor_area=5_460_000, plot_area=1_640_000, household_count=412, greening=2_200,
        plot_ratio=333, reference_price=2_200_000, developer=words.MIXED_DEVELOPER, property_company=words.COMPANY,
    ),
    blocks=(
        Block(("1", "2"), 1, 24, ("62.18", "89.40", "89.40", "112.75")),
        Block(("A",), 0, 20, ("86.50", "86.50", "142.30", "210.00", "210.00", "142.30", "86.50", "86.50"), "office",
              ("A", "B", "B")),
        Block(("S",), 0, 2, ("38.20", "52.60", "75.00") * 10, "commercial", ("A", "B", "C", "C")),
    ),
    charges=(
        Charge("property_fee", Basis.AREA, (("", "2.20"),), ("residential",), words.MIXED_APPROVAL),
        Charge(
            "property_fee", Basis.AREA_GRADE, (("A", "9.80"), ("B", "8.20"), ("C", "6.60"), ("D", "5.50")),
            ("commercial", "office"), words.MIXED_APPROVAL,
        ),
        Charge("lift", Basis.SERVICE_ITEMS, (("facilities", "28"),), ("residential",), words.MIXED_APPROVAL),
        Charge("waste", Basis.USE, (("commercial", "0.60"),), ("commercial",), words.MIXED_APPROVAL),
    ),
    settings=(
        (_K.FEES_TIMING, "contract"), (_K.FEES_DUE_DAY, "25"), (_K.FEES_AGEING_BOUNDS, "30,60,90"),
    ),
    elderly=5, let=45, vacant=5,
)  # fmt: skip
ESTATES: Final = (_OLD, _NEW, _MIXED)


def plan_company(*, last: Month, seed: int = SEED, scale: int = 1, months: int = MONTHS) -> Company:
    """Plan the company whose last billed month is ``last``. ``scale`` keeps every so-many-th unit of a building."""
    first = last.shift(1 - months)
    estates = tuple(
        _estate(layout, Random(f"{seed}/{place}"), first=first, last=last, scale=scale)  # noqa: S311 (a demonstration)
        for place, layout in enumerate(ESTATES)
    )
    return Company(seed, first, last, estates, scale)


def plan_digest(plan: object) -> str:
    """Give the SHA-256 of a plan made of frozen values and tuples."""
    return sha256(repr(plan).encode()).hexdigest()


def _estate(layout: Layout, chance: Random, *, first: Month, last: Month, scale: int) -> PlannedEstate:
    units = tuple(_units(layout, chance, first=first, last=last, scale=scale))
    people = tuple(
        person
        for place, unit in enumerate(units)
        for person in _people(layout, place, unit, chance, months=(first, last))
    )
    phones = iter(chance.sample(range(100_000), len(people)))
    return PlannedEstate(layout, units, tuple(_called(person, next(phones)) for person in people))


def _called(person: PlannedPerson, number: int) -> PlannedPerson:
    """Give somebody a number from a range that no operator has."""
    return PlannedPerson(
        person.unit, person.name, f"154000{number:05}", person.relation, person.care, person.note, person.start,
        person.end,
    )  # fmt: skip


def _units(layout: Layout, chance: Random, *, first: Month, last: Month, scale: int) -> Iterator[PlannedUnit]:
    for block in layout.blocks:
        for building in block.buildings:
            for place, (entrance, floor, room) in enumerate(_rooms(block)):
                unit = _unit(layout, block, (building, entrance, floor, room), chance, first=first, last=last)
                if place % scale == 0:
                    yield unit


def _rooms(block: Block) -> Iterator[tuple[str, int, int]]:
    entrances = tuple(map(str, range(1, block.entrances + 1))) or ("",)
    for entrance in entrances:
        for floor in range(1, block.floors + 1):
            for room in range(1, len(block.areas) + 1):
                yield entrance, floor, room


def _unit(
    layout: Layout, block: Block, place: tuple[str, str, int, int], chance: Random, *, first: Month, last: Month
) -> PlannedUnit:
    building, entrance, floor, room = place
    area = Decimal(block.areas[room - 1]) + Decimal(chance.randrange(-120, 121)) / 100
    grade = chance.choice(block.grades) if block.grades else None
    is_forgotten = grade is not None and ((floor, room) == (1, 1) or chance.random() < 0.03)
    years = 16 if layout is _OLD else 4
    handover = first.first_day - timedelta(days=chance.randrange(365, 365 * years))
    if building == layout.late_building:
        handover = first.shift(1 + chance.randrange(last.months_since(first) // 2 + 1)).day(chance.randrange(1, 29))
    return PlannedUnit(
        building=building, entrance=entrance, room=block.pattern.format(floor=floor, room=room), floor=floor,
        area=str(area), use=block.use, grade=None if is_forgotten else grade, true_grade=grade, handover=handover,
    )  # fmt: skip


def _people(
    layout: Layout, place: int, unit: PlannedUnit, chance: Random, *, months: tuple[Month, Month]
) -> Iterator[PlannedPerson]:
    first, last = months
    if chance.randrange(100) < layout.vacant:
        return
    name = _name(unit, chance)
    care = _care(layout, unit, chance, first)
    note = chance.choice(words.CUSTOMER_NOTES) if chance.random() < 0.06 else ""
    sold = _some_day(chance, first, last) if chance.random() < 0.012 and unit.handover < first.first_day else None
    yield PlannedPerson(place, name, "", Relation.OWNER, care, note, unit.handover, sold)
    if sold is not None:
        yield PlannedPerson(place, _name(unit, chance), "", Relation.OWNER, (CareFlag.NEWLY_MOVED_IN,), "", sold)
    if chance.randrange(100) < layout.let and unit.use != "parking" and unit.handover < first.first_day:
        begin = max(unit.handover, first.first_day - timedelta(days=chance.randrange(30, 700)))
        gone = _some_day(chance, first, last) if chance.random() < 0.15 else None
        yield PlannedPerson(place, _name(unit, chance), "", Relation.TENANT, (), "", begin, gone)


def _some_day(chance: Random, first: Month, last: Month) -> date:
    return first.shift(chance.randrange(2, max(last.months_since(first) - 1, 3))).day(chance.randrange(2, 28))


def _care(layout: Layout, unit: PlannedUnit, chance: Random, first: Month) -> tuple[CareFlag, ...]:
    draw = chance.randrange(100)
    if unit.use != "residential":
        return ()
    if unit.handover >= first.first_day:
        return (CareFlag.NEWLY_MOVED_IN,)
    if draw < layout.elderly:
        return (CareFlag.ELDERLY, CareFlag.LOW_INCOME) if draw < 2 else (CareFlag.ELDERLY,)
    return (CareFlag.LOW_INCOME,) if draw > 97 else ()


def _name(unit: PlannedUnit, chance: Random) -> str:
    if unit.use == "office":
        return chance.choice(words.FIRM_HEADS) + chance.choice(words.FIRM_TAILS)
    if unit.use == "commercial" and chance.random() < 0.6:
        return chance.choice(words.SHOP_NAMES)
    surname = chance.choice(words.SURNAMES)
    if chance.random() < 0.2:
        return surname + chance.choice(words.GIVEN_SINGLE)
    return surname + chance.choice(words.GIVEN_FIRST) + chance.choice(words.GIVEN_SECOND)
