"""Founding the demonstration company: its people, estates, units, settings and fee standards, by the usual operations.

Whoever loads it adds the staff and invites the users; from then on those users act, each within the own role.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import func, select

from core.admin.codes import parse_code_lists
from core.admin.permissions import Actor, Role
from core.admin.settings import SettingKey
from core.customers.customer_record import CustomerUnit
from core.fees.tariffs import Basis
from core.kernel.identity import COMPANY, CustomerId, EstateId, TariffId, UnitId
from core.kernel.periods import CHINA, Month
from db.engine import Database
from db.jobs import demo_words as words
from db.jobs.demo_plan import Charge, Company, PlannedPerson, PlannedUnit
from db.models import Bill, CodeItem, Estate, Tariff, User
from db.operations.codes import LoadCodeLists, load_code_lists
from db.operations.customers import AddCustomer, LinkOccupancy, add_customer, link_occupancy
from db.operations.estates import CreateEstate, create_estate
from db.operations.settings import SetSetting, set_setting
from db.operations.staff import AddStaffMember, add_staff_member
from db.operations.tariffs import ApproveTariff, ProposeTariff, approve_tariff, propose_tariff
from db.operations.units import CreateBuilding, CreateUnit, UnitForm, create_building, create_unit
from db.operations.users import InviteUser, invite_user
from db.unit_of_work import Identify, Operation, perform
from locales.translator import FOLDER

C = TypeVar("C")
R = TypeVar("R")
Report = Callable[[str, int, int], None]

MANAGER, ACCOUNTANT, SUPERVISOR, ADMINISTRATOR = "zhouqm", "shenwj", "helx", "fangzy"
"""Who acts for the whole company: by their user names in :data:`db.jobs.demo_words.STAFF`."""

FOUNDED_BEFORE = timedelta(days=12)
"""So long before the first month the company is set up."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody does at a moment."""

    at: datetime
    do: Callable[[], None]


@dataclass(slots=True)
class Stage:
    """The company as far as it has been played: who acts, what the numbers are, what units owe."""

    database: Database
    company: Company
    who: Identify
    report: Report
    people: dict[str, Actor] = field(default_factory=dict)
    estates: list[EstateId] = field(default_factory=list)
    units: list[list[UnitId]] = field(default_factory=list)
    occupancies: dict[PlannedPerson, int] = field(default_factory=dict)
    owed: dict[tuple[EstateId, UnitId], int] = field(default_factory=dict)
    charges: dict[tuple[EstateId, UnitId], int] = field(default_factory=dict)

    def act(self, name: str, operation: Operation[C, R], command: C, at: datetime) -> R:
        """Let one of the company's people carry out an operation at a moment of the past."""
        actor = self.people[name]
        return perform(self.database, operation, command, identify=lambda _connection, _now: actor, now=at)

    def member(self, place: int, role: Role, turn: int = 0) -> str:
        """Somebody of an estate with a role; ``turn`` passes from one to the next."""
        own = frozenset((self.estates[place],))
        names = [name for name, actor in self.people.items() if role in actor.roles and actor.estates == own]
        return names[turn % len(names)]

    def look_up_debts(self, place: int, month: Month) -> None:
        """Read what each unit of an estate owes, and what a month costs it."""
        estate = self.estates[place]
        open_fen = func.sum(Bill.amount_fen - Bill.paid_fen - Bill.relief_fen)
        in_month = func.sum(Bill.amount_fen).filter(Bill.service_month == month.number)
        statement = select(Bill.unit_id, open_fen, in_month).where(Bill.estate_id == estate).group_by(Bill.unit_id)
        with self.database.reading() as connection:
            for unit, fen, charge in connection.execute(statement):
                self.owed[estate, UnitId(unit)] = int(fen)
                self.charges[estate, UnitId(unit)] = int(charge or 0)


def moment(day: date, hour: int, minute: int = 0, *, second: int = 0) -> datetime:
    """An instant of a local day."""
    return datetime.combine(day, time(hour, minute, second), CHINA)


def found(stage: Stage) -> None:
    """Set the company up: codes, people, estates, units, settings, standards, households."""
    day = stage.company.first.first_day - FOUNDED_BEFORE
    _load_codes(stage, moment(day, 8))
    _hire(stage, 0, moment(day, 8, 30))
    for place, estate in enumerate(stage.company.estates):
        at = moment(day, 9, place)
        stage.estates.append(stage.act(MANAGER, create_estate, CreateEstate(estate.layout.record), at))
        _hire(stage, place + 1, moment(day, 9, 10 + place))
        _set_terms(stage, place, moment(day, 9, 20 + place))
        for charge in estate.layout.charges:
            if charge.first == 0:
                bring_in(stage, place, charge, moment(day, 9, 30 + place))
    for place in range(len(stage.estates)):
        _enter_units(stage, place, moment(day + timedelta(days=1), 9, place))
        _enter_people(stage, place, moment(day + timedelta(days=2), 9, place))


def _load_codes(stage: Stage, at: datetime) -> None:
    with stage.database.reading() as connection:
        has_codes = connection.execute(select(CodeItem.code).limit(1)).first() is not None
    if not has_codes:
        entries = parse_code_lists((FOLDER / "code_lists.tsv").read_text(encoding="utf-8"))
        perform(stage.database, load_code_lists, LoadCodeLists(entries), identify=stage.who, now=at)


def _hire(stage: Stage, home: int, at: datetime) -> None:
    """Add the staff of the company (0) or of an estate (from 1), and invite those who work with the portal."""
    estate = stage.estates[home - 1] if home else COMPANY
    for number, name, post, department, belongs_to, username, role in words.STAFF:
        if belongs_to != home:
            continue
        member = AddStaffMember(estate, number, name, post, department)
        staff_id = perform(stage.database, add_staff_member, member, identify=stage.who, now=at)
        if username:
            estates = None if estate == COMPANY else frozenset((estate,))
            wanted = InviteUser(_free_name(stage, username), name, frozenset((Role(role),)), estates, staff_id)
            stage.people[username] = _invite(stage, wanted, at)


def _invite(stage: Stage, wanted: InviteUser, at: datetime) -> Actor:
    invited = perform(stage.database, invite_user, wanted, identify=stage.who, now=at)
    return Actor(invited.user_id, wanted.display_name, wanted.roles, wanted.estates, staff=wanted.staff_id)


def _free_name(stage: Stage, username: str) -> str:
    """Somebody who is there already keeps the name."""
    with stage.database.reading() as connection:
        taken = connection.execute(select(User.id).where(User.username == username)).first() is not None
    return f"{username}.demo" if taken else username


def _set_terms(stage: Stage, place: int, at: datetime) -> None:
    for key, text in stage.company.estates[place].layout.settings:
        day = at.astimezone(CHINA).date()
        stage.act(ADMINISTRATOR, set_setting, SetSetting(stage.estates[place], SettingKey(key), text, day, 0), at)


def bring_in(stage: Stage, place: int, charge: Charge, at: datetime) -> None:
    """Propose a fee standard as accountant, and approve it as manager an hour later."""
    estate = stage.estates[place]
    proposal = ProposeTariff(
        estate_id=estate,
        item=charge.item,
        basis=Basis(charge.basis),
        prices=tuple((key, Decimal(price)) for key, price in charge.prices),
        valid_from=stage.company.first.shift(charge.first).first_day,
        uses=frozenset(charge.uses),
        approval_reference=charge.approval,
    )
    tariff = stage.act(ACCOUNTANT, propose_tariff, proposal, at)
    approval = ApproveTariff(estate, tariff, version_of_tariff(stage, estate, tariff))
    stage.act(MANAGER, approve_tariff, approval, at + timedelta(hours=1))


def version_of_tariff(stage: Stage, estate: EstateId, tariff: TariffId) -> int:
    """The version a form would have shown."""
    with stage.database.reading() as connection:
        key = (Tariff.estate_id == estate, Tariff.id == tariff)
        return connection.execute(select(Tariff.version).where(*key)).scalar_one()


def _enter_units(stage: Stage, place: int, at: datetime) -> None:
    estate, planned = stage.estates[place], stage.company.estates[place].units
    buildings = {
        code: stage.act(ACCOUNTANT, create_building, CreateBuilding(estate, code), at)
        for code in dict.fromkeys(unit.building for unit in planned)
    }
    stage.units.append([])
    for number, unit in enumerate(planned):
        stage.report("demo.units", number, len(planned))
        form = form_of(unit, buildings[unit.building], grade=unit.grade)
        stage.units[place].append(stage.act(ACCOUNTANT, create_unit, CreateUnit(estate, form), at))


def form_of(unit: PlannedUnit, building: int, *, grade: str | None) -> UnitForm:
    """A unit as the form gives it."""
    return UnitForm(
        building_id=building,  # type: ignore[arg-type]  # a plain number, fresh from the operation or the table
        entrance=unit.entrance,
        room=unit.room,
        area=unit.area,
        use=unit.use,
        grade=grade,
        floor=unit.floor,
        handover_date=unit.handover,
    )


def _enter_people(stage: Stage, place: int, at: datetime) -> None:
    """Enter everybody who is there from the beginning; the others come when their day comes."""
    everybody = stage.company.estates[place].people
    for number, person in enumerate(everybody):
        stage.report("demo.people", number, len(everybody))
        if person.start < stage.company.first.first_day:
            enter_person(stage, place, person, at)


def enter_person(stage: Stage, place: int, person: PlannedPerson, at: datetime) -> None:
    """Enter a customer with his or her unit, by the front desk of the estate."""
    estate, unit = stage.estates[place], stage.units[place][person.unit]
    held = CustomerUnit(unit, person.relation, person.start) if person.end is None else None
    desk = stage.member(place, Role.FRONT_DESK)
    command = AddCustomer(estate, person.name, person.phone, person.note, person.care, held)
    customer = stage.act(desk, add_customer, command, at)
    if person.end is not None:
        link = LinkOccupancy(estate, CustomerId(customer), unit, person.relation, person.start)
        stage.occupancies[person] = stage.act(desk, link_occupancy, link, at)


def has_estates(database: Database) -> bool:
    """Say whether the portal has any estate."""
    with database.reading() as connection:
        return connection.execute(select(Estate.id).limit(1)).first() is not None
