"""A portal with two estates whose households call: rooms, people, an open complaint, knowledge, a front desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import update

from core.admin.permissions import Actor
from core.complaints.knowledge import KnowledgeRecord
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.customers.profiles import CareFlag, Relation
from core.kernel.identity import CaseId
from db.engine import Database, open_database
from db.files import Places
from db.jobs.commands import init
from db.keys import load_keys
from db.models import User
from db.operations.knowledge import AddKnowledge, add_knowledge
from db.passwords import hash_password
from tests import builders
from tests.browser.person import Person
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.server import PortalServer, running_portal

PASSWORD: Final = "a long sentence to come in"
ROOM: Final = "3-1-1202"
TENANT_PHONE: Final = "13912345678"


@dataclass(frozen=True, slots=True)
class IntakeBooks:
    """A running portal and its world. ``before``: an open complaint about the lift from :data:`ROOM`."""

    server: PortalServer
    world: ServiceWorld
    before: CaseId

    def signs_in(self, person: Person, who: Actor, language: str = "zh_CN") -> None:
        """Let somebody of the world come in, to be spoken to in a language."""
        with self.world.database.writing() as connection, connection.begin():
            connection.execute(update(User).where(User.id == who.user_id).values(language=language))
        person.page.goto(self.server.url)
        person.page.fill("#username", f"{who.name}-{who.user_id}")
        person.page.fill("#password", PASSWORD)
        person.page.locator("button[type=submit]").last.click()
        person.settle()


def furnish(database: Database) -> tuple[ServiceWorld, CaseId]:
    """Fill a migrated database: building 3 with its rooms, two people in one of them, what happened there."""
    world = a_service_world(database)
    world.now = datetime.now(UTC) - timedelta(days=3)
    building = builders.building(database, world.estate, "3")
    for entrance in ("1", "2"):
        for floor in range(1, 13):
            for room in (1, 2):
                flat = builders.unit(database, world.estate, building, f"{floor:02}{room:02}", entrance=entrance)
                if (entrance, floor, room) == ("1", 12, 2):
                    home = flat
    elderly = (CareFlag.ELDERLY,)
    owner = builders.customer(database, world.estate, "赵建国", "13712345678", of=home, care=elderly)
    builders.customer(database, world.estate, "钱丽华", TENANT_PHONE, of=home, relation=Relation.TENANT)
    about = {"category": CaseCategory.FACILITY, "sub_category": SubCategory.LIFT}
    before = world.register(unit=home, customer=owner, content="3栋1单元电梯上周又停运了一天", **about)
    record = KnowledgeRecord(
        **about,
        title="电梯停运",
        problem="电梯不动",
        answer="请客户不要扒门，维保单位三十分钟内到场。",
    )
    world.act(world.people.supervisor, add_knowledge, AddKnowledge(record))
    world.now = datetime.now(UTC)
    with database.writing() as connection, connection.begin():
        connection.execute(update(User).values(password_hash=hash_password(PASSWORD), language="zh_CN"))
    return world, before


@contextmanager
def intake_portal(folder: Path) -> Iterator[IntakeBooks]:
    """A furnished portal on SQLite in a folder of its own, running until the end."""
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), datetime.now(UTC))
    database = open_database(url, load_keys(key_file, data_folder=data))
    world, before = furnish(database)
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield IntakeBooks(server, world, before)
    database.engine.dispose()
