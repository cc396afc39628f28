"""Two estates with people who take in, handle, supervise and check complaints and requests; short ways to act."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import insert, select

from core.admin.permissions import Actor, Role
from core.complaints.case import CaseRecord
from core.complaints.facts import StepData
from core.complaints.grading import CaseGrade
from core.complaints.handling_steps import Assignee, Assignment, Classification, FirstContact, Plan
from core.complaints.outcome_steps import CallBack, Closing, Resolution, Withdrawal
from core.complaints.states import CaseState
from core.complaints.taxonomy import (
    CaseCategory,
    CaseChannel,
    Emotion,
    RecordType,
    RootCause,
    Solution,
    SubCategory,
)
from core.kernel.identity import COMPANY, BuildingId, CaseId, CustomerId, EstateId, StaffId, UnitId
from db.engine import Database
from db.models import Base, Case, User, UserEstate, UserRole
from db.operations.case_moves import MoveCase, move_case
from db.operations.cases import RegisterCase, register_case
from db.unit_of_work import fetch, perform
from tests import builders
from tests.builders import NOW
from tests.personas import EVERYBODY, person

TODAY = date(2026, 11, 21)
WAY = tuple(CaseState)[: tuple(CaseState).index(CaseState.CLOSED) + 1]
"""The states of a complaint from its registration to its closing."""

ROOMS = ("101", "102", "201", "202")

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Place:
    """An estate: four units in building 1, two in building 2, each with its owner."""

    estate: EstateId
    buildings: tuple[BuildingId, ...]
    units: tuple[UnitId, ...]
    owners: tuple[CustomerId, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Who works here: each is a user with a role and a member of staff (``Actor.staff``), of the whole company.

    ``lake_desk`` and ``lake_handler`` belong to Lakeside alone. ``clerk`` holds the front desk's role but is no member
    of staff, ``retired`` is staff that gets no work any more (and no user).
    """

    desk: Actor
    service_handler: Actor
    repair_handler: Actor
    second_handler: Actor
    supervisor: Actor
    manager: Actor
    auditor: Actor
    lake_desk: Actor
    lake_handler: Actor
    clerk: Actor
    retired: StaffId


@dataclass
class ServiceWorld:
    """The two estates in a database. ``act`` carries an operation out as somebody, now; ``ask`` answers a query."""

    database: Database
    maple: Place
    lake: Place
    people: People
    now: datetime = NOW
    requests: int = field(default=0)

    @property
    def estate(self) -> EstateId:
        """Maple Court, where things happen unless told otherwise."""
        return self.maple.estate

    def act(self, who: Actor, operation: Callable[[Any, C], R], command: C) -> R:
        return perform(self.database, operation, command, identify=lambda _c, _n: who, now=self.now)

    def ask(self, who: Actor, query: Callable[[Any, C], R], wanted: C) -> R:
        return fetch(self.database, query, wanted, actor=who, now=self.now)

    def later(self, **span: float) -> datetime:
        """Let time pass, as ``later(hours=2)``."""
        self.now += timedelta(**span)
        return self.now

    def new_request(self) -> str:
        """The number of a form that was not sent yet."""
        self.requests += 1
        return f"request-{self.requests:05d}"

    def register(self, by: Actor | None = None, *, estate: EstateId | None = None, **given: Any) -> CaseId:
        """Register a case: a complaint about noise, classified at once, unless told otherwise (``sub_category=None``).

        What is no field of the record (``grade``, ``department``, ``request``) goes into the command.
        """
        sorted_out = {"category": CaseCategory.ENVIRON, "sub_category": SubCategory.NOISE}
        record = {name: value for name, value in given.items() if name in CaseRecord.__dataclass_fields__}
        more = {name: value for name, value in given.items() if name not in record}
        command = RegisterCase(
            estate or self.estate, self.record(**(sorted_out | record)), more.pop("request", self.new_request()), **more
        )
        return self.act(by or self.people.desk, register_case, command).case_id

    def case(self, case: CaseId, estate: EstateId | None = None) -> Any:
        """The row of a case."""
        (row,) = self.rows(Case, estate, id=case)
        return row

    def move(self, case: CaseId, target: CaseState, data: StepData | None = None, by: Actor | None = None) -> CaseState:
        """Take a case to a state with plain data, by somebody who may, unless told otherwise."""
        who, plain = (by, data) if by and data else self.plain_step(target)
        command = MoveCase(self.estate, case, self.case(case).version, target, data or plain)
        return self.act(by or who, move_case, command)

    def move_to(self, case: CaseId, state: CaseState) -> None:
        """Bring a complaint forward on its way, one step after another, to a state up to *closed*."""
        now = CaseState(self.case(case).state)
        for target in WAY[WAY.index(now) + 1 : WAY.index(state) + 1]:
            self.move(case, target)

    def assignee(self, who: Actor) -> Assignee:
        """Somebody to be given work; of such a person an operation looks up all but the number."""
        assert who.staff is not None
        return Assignee(who.staff, "", active=True)

    def plain_step(self, target: CaseState) -> tuple[Actor, StepData]:
        """Who takes a step, and with what. The service handler handles cases, the desk calls back."""
        people = self.people
        steps: dict[CaseState, tuple[Actor, StepData]] = {
            CaseState.CLASSIFIED: (people.desk, self.classification()),
            CaseState.ASSIGNED: (people.supervisor, Assignment(handler=self.assignee(people.service_handler))),
            CaseState.RESPONDED: (
                people.service_handler,
                FirstContact(restated="晚上十点后不要装修", confirmed=True, channel=CaseChannel.PHONE, at=self.now),
            ),
            CaseState.IN_PROGRESS: (people.service_handler, Plan(plan="与装修业主约定施工时间")),
            CaseState.RESOLVED: (people.service_handler, self.resolution()),
            CaseState.CALLED_BACK: (people.desk, self.call_back()),
            CaseState.CLOSED: (people.supervisor, Closing(note="双方已和解")),
            CaseState.WITHDRAWN: (people.desk, Withdrawal(reason="业主来电撤回")),
        }
        return steps[target]

    def classification(self, **given: Any) -> Classification:
        plain = Classification(
            record_type=RecordType.COMPLAINT,
            category=CaseCategory.ENVIRON,
            sub_category=SubCategory.NOISE,
            grade=CaseGrade.NORMAL,
            department="cleaning",
        )
        return replace(plain, **given)

    def resolution(self, **given: Any) -> Resolution:
        plain = Resolution(
            root_cause=RootCause.MANAGEMENT,
            solution=Solution.EXPLANATION,
            measure="已张贴装修时间公告",
            feedback="已告知业主处理结果",
            at=self.now,
        )
        return replace(plain, **given)

    def call_back(self, *, satisfied: bool = True, **given: Any) -> CallBack:
        plain = CallBack(by=None, satisfied=satisfied, comment="业主表示认可", channel=CaseChannel.PHONE, at=self.now)
        return replace(plain, **given)

    def rows(self, model: type[Base], estate: EstateId | None = None, **where: Any) -> list[Any]:
        """The rows of a table in an estate by its columns' names, in the order of its key."""
        table = model.__table__
        statement = select(table).order_by(*table.primary_key).where(table.c.estate_id == (estate or self.estate))
        for name, value in where.items():
            statement = statement.where(table.c[name] == value)
        with self.database.reading() as connection:
            return list(connection.execute(statement).all())

    def record(self, **given: Any) -> CaseRecord:
        """A complaint by phone of the first unit's owner about an hour ago, unless told otherwise."""
        plain = CaseRecord(
            content="楼上深夜装修，噪音很大",
            happened_at=self.now - timedelta(hours=1),
            channel=CaseChannel.PHONE,
            emotion=Emotion.DISSATISFIED,
            unit=self.maple.units[0],
            customer=self.maple.owners[0],
        )
        return replace(plain, **given)


def a_service_world(database: Database) -> ServiceWorld:
    """Everything of the class, on an empty database."""
    builders.with_code_lists(database)
    maple, lake = _place(database, "Maple Court", "枫"), _place(database, "Lakeside", "湖")
    return ServiceWorld(database, maple, lake, _people(database, lake.estate))


def _place(database: Database, name: str, surname: str) -> Place:
    estate = builders.estate(database, name)
    buildings = tuple(builders.building(database, estate, code) for code in ("1", "2"))
    units = (
        *builders.units(database, estate, buildings[0], ROOMS),
        *builders.units(database, estate, buildings[1], ROOMS[:2]),
    )
    names = tuple(f"{surname}小{sign}" for sign in "一二三四五六")
    owners = tuple(
        builders.customer(database, estate, name, f"138{estate:04d}{unit:04d}", of=unit)
        for name, unit in zip(names, units, strict=True)
    )
    return Place(estate, buildings, units, owners)


def _people(database: Database, lake: EstateId) -> People:
    """Staff through the operations; their users as rows, for passwords take time and play no part."""
    desk = _member(database, 101, "周前台", "receptionist", "customer_service", Role.FRONT_DESK)
    found = People(
        desk=desk,
        service_handler=_member(database, 102, "吴客服", "service_specialist", "customer_service", Role.HANDLER),
        repair_handler=_member(database, 103, "郑维修", "repair_worker", "engineering", Role.HANDLER),
        second_handler=_member(database, 104, "王维修", "repair_worker", "engineering", Role.HANDLER),
        supervisor=_member(database, 105, "冯主管", "service_supervisor", "customer_service", Role.SUPERVISOR),
        manager=_member(database, 106, "陈经理", "estate_manager", "management", Role.MANAGER),
        auditor=_member(database, 107, "褚审计", "auditor", "quality", Role.AUDITOR),
        lake_desk=_member(database, 108, "卫前台", "receptionist", "customer_service", Role.FRONT_DESK, at=lake),
        lake_handler=_member(database, 109, "蒋客服", "service_specialist", "customer_service", Role.HANDLER, at=lake),
        clerk=person(110, "clerk", Role.FRONT_DESK),
        retired=builders.staff_member(database, "G-111", name="沈维修"),
    )
    _add_user(database, found.clerk)
    with database.writing() as connection, connection.begin():
        staff = Base.metadata.tables["staff_members"]
        connection.execute(staff.update().where(staff.c.id == found.retired).values(state="inactive"))
    for who in EVERYBODY:
        _add_user(database, who)
    return found


def _member(  # noqa: PLR0917  # a table of people reads best in columns
    database: Database, number: int, name: str, post: str, department: str, role: Role, at: EstateId = COMPANY
) -> Actor:
    values = {"name": name, "post": post, "department": department}
    staff = builders.staff_member(database, f"G-{number}", at=at, **values)
    who = person(number, name, role, estates=None if at == COMPANY else frozenset({at}))
    who = replace(who, staff=staff)
    _add_user(database, who)
    return who


def _add_user(database: Database, who: Actor) -> None:
    """The rows of a user who is signed in as this actor."""
    user = {
        "id": who.user_id,
        "username": f"{who.name}-{who.user_id}",
        "display_name": who.name,
        "state": "active",
        "created_at": NOW,
        "staff_id": who.staff,
        "all_estates": who.estates is None,
    }
    roles = [{"user_id": who.user_id, "role": role.value} for role in sorted(who.roles)]
    estates = [{"user_id": who.user_id, "estate_id": estate} for estate in sorted(who.estates or ())]
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User), [user])
        connection.execute(insert(UserRole), roles)
        if estates:
            connection.execute(insert(UserEstate), estates)
