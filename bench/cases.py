"""Complaints and service requests of any number, with clocks, steps, sealed words and words to find.

What is open has come in over the last days, and its clocks, dues and told steps of the ladder are those the time kernel
gives; what has ended spreads over three years. The self-check of the portal finds nothing wrong
(``python -m bench verify``).
"""

from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import insert, update

from bench.books import AREA, give_statistics, store
from bench.case_rows import COLUMNS, DESK, HANDLERS, MANAGER, NOW, SUPERVISOR, TODAY, Rows
from bench.case_stories import tell_case, tell_order
from core.kernel.identity import EstateId
from db.engine import Database
from db.models import Building, Customer, Estate, EstateHead, Occupancy, StaffMember, Unit, User, UserRole
from db.repositories.customers import name_index, name_place, phone_index, phone_place
from db.repositories.service_terms import service_terms


@dataclass(frozen=True, slots=True)
class Size:
    """How large: estates, and in each of them open and ended cases, open and ended requests, buildings and rooms."""

    estates: int = 40
    open_cases: int = 250
    ended_cases: int = 5_000
    open_orders: int = 250
    ended_orders: int = 2_500
    buildings: int = 7
    rooms: int = 60

    def times(self, factor: float) -> "Size":
        """As many times the estates (at least one)."""
        return replace(self, estates=max(1, round(self.estates * factor)))

    def younger(self, factor: float) -> "Size":
        """The same company with a part of the history: as many open records, fewer that have ended."""
        cases, orders = round(self.ended_cases * factor), round(self.ended_orders * factor)
        return replace(self, ended_cases=cases, ended_orders=orders)


def build(database: Database, size: Size, *, seed: int = 11) -> None:
    """Fill an empty database."""
    _company(database, size)
    for estate in range(1, size.estates + 1):
        with database.reading() as connection:
            terms = service_terms(connection, EstateId(estate), TODAY)
        rows = Rows(database, estate, terms, Random(seed * 1000 + estate))
        _homes(rows, size)
        for place in range(size.open_cases + size.ended_cases):
            tell_case(rows, ended=place >= size.open_cases)
        for place in range(size.open_orders + size.ended_orders):
            tell_order(rows, ended=place >= size.open_orders)
        store(database, {model: rows.by_model[model] for model in COLUMNS}, COLUMNS)
        heads = update(EstateHead).where(EstateHead.estate_id == estate)
        with database.writing() as connection, connection.begin():
            connection.execute(heads.values(next_id=rows.next_id))
    if database.is_sqlite:
        database.learn_sizes()  # as the portal's worker does
        database.engine.dispose()
    else:
        give_statistics(database)


def _company(database: Database, size: Size) -> None:
    """Estates, staff and users."""
    posts = (("receptionist", "customer_service"), ("service_supervisor", "customer_service"),
             ("estate_manager", "management"))  # fmt: skip
    people = [_member(actor.staff, actor.name, *post, None)
              for actor, post in zip((DESK, SUPERVISOR, MANAGER), posts, strict=True)]  # fmt: skip
    for estate in range(1, size.estates + 1):
        for place in range(HANDLERS):
            post = ("service_specialist", "customer_service") if place < 2 else ("repair_worker", "engineering")
            people.append(_member(estate * 10 + place, f"handler {estate * 10 + place}", *post, estate))
    users = [
        {"id": one["id"], "username": one["name"].replace(" ", "-"), "display_name": one["name"], "state": "active",
         "created_at": NOW, "staff_id": one["id"], "all_estates": one["estate_id"] is None} for one in people
    ]  # fmt: skip
    roles = [{"user_id": number, "role": role} for number, role in ((1, "front_desk"), (2, "supervisor"))]
    with database.writing() as connection, connection.begin():
        for estate in range(1, size.estates + 1):
            named = {"id": estate, "code": f"E{estate:04}", "name": f"Estate {estate}", "natural_key": f"e{estate}"}
            connection.execute(insert(Estate), {**named, "created_at": NOW})
            connection.execute(insert(EstateHead), {"estate_id": estate, "next_id": 1})
        connection.execute(insert(StaffMember), people)
        connection.execute(insert(User), users)
        connection.execute(insert(UserRole), roles)


def _member(number: int | None, name: str, post: str, department: str, estate: int | None) -> dict[str, Any]:
    return {"id": number, "number": f"S-{number:05}", "name": name, "post": post, "department": department,
            "estate_id": estate}  # fmt: skip


def _homes(rows: Rows, size: Size) -> None:
    """Buildings, units, and a customer who owns each."""
    keys, since = rows.database.keys, date(2020, 1, 1)
    for block in range(1, size.buildings + 1):
        building = rows.number()
        rows.add(Building, building, str(block), f"{block:06}")
        for room in range(1, size.rooms + 1):
            unit, customer, held = rows.number(), rows.number(), rows.number()
            code, order = f"{block}-1-{room:04}", f"{block:06}-000001-{room:06}"
            rows.add(Unit, unit, building, code, order, "1", room // 4 + 1, AREA, "residential", "active", 1)
            name, phone = f"Owner {unit}", f"138{rows.estate:04}{unit:04}"
            name_sealed = rows.seal(name, name_place(rows.estate, customer))
            phone_sealed = rows.seal(phone, phone_place(rows.estate, customer))
            sealed = (name_sealed, name_index(keys, name), phone_sealed, phone_index(keys, phone))
            rows.add(Customer, customer, *sealed, "", "active", 1)
            rows.add(Occupancy, held, unit, customer, "owner", since, 1)
            rows.places.append((unit, str(block), customer))
