"""A portal database with a survey world: a room list, the standard questionnaire, an open round, people who sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, update

from core.admin.permissions import Actor
from core.kernel.identity import RoundId, UnitId
from core.kernel.periods import local_day
from core.surveys.authoring import parse_questionnaire_items
from core.surveys.questionnaires import Item
from db.engine import Database, open_database
from db.files import ROOT, Places
from db.jobs.commands import init
from db.keys import load_keys
from db.models import User, UserRole
from db.passwords import hash_password
from tests import builders
from tests.browser.person import Person
from tests.db.surveys_setup import SurveyWorld, a_survey_world, published
from tests.personas import EVERYBODY
from tests.server import PortalServer, running_portal

PASSWORD: Final = "a long sentence to come in"
DIMENSIONS: Final = ("service", "communication", "management", "facility", "price", "emotion")
ENTRANCES, FLOORS, ROOMS = (1, 2), range(1, 13), range(1, 5)


@dataclass(frozen=True, slots=True)
class SurveyBooks:
    """A running portal, its database, and the world in it whose round asks the standard questionnaire."""

    server: PortalServer
    database: Database
    world: SurveyWorld

    @property
    def code(self) -> str:
        """The code of the world's round, as it stands in addresses."""
        return str(self.world.round_row().code)

    def new_round(self, **given: object) -> str:
        """Open a further round that runs today, for the world to look at; give its code."""
        self.world.round = opened_round(self.world, **given)
        return self.code

    def signs_in(self, person: Person, who: Actor) -> None:
        """Let a person of ``tests.personas`` come in."""
        person.page.goto(self.server.url)
        person.page.fill("#username", username(who))
        person.page.fill("#password", PASSWORD)
        person.page.locator("button[type=submit]").last.click()
        person.settle()


def username(who: Actor) -> str:
    """What a person types to sign in."""
    return who.name.replace(" ", "-")


def standard_items() -> tuple[Item, ...]:
    """The items of the standard questionnaire: twelve ratings, a recommendation, a choice, words."""
    text = (ROOT / "locales" / "standard_questionnaire.tsv").read_text(encoding="utf-8")
    items, problems = parse_questionnaire_items(text=text, dimensions=DIMENSIONS)
    assert not problems
    return items


def furnish(database: Database) -> SurveyWorld:
    """Fill a migrated database: estate 幸福里 (buildings 3 and 5, 96 units each), its round, everybody's password."""
    world = a_survey_world(database, "幸福里")
    world.now, world.items = datetime.now(UTC), standard_items()
    world.questionnaire = published(database, code="standard", items=world.items)
    rooms = [f"{floor:02}{room:02}" for floor in FLOORS for room in ROOMS]
    for code in ("3", "5"):
        building = builders.building(database, world.estate, code)
        for entrance in ENTRANCES:
            world.units += tuple(
                builders.unit(database, world.estate, building, room, entrance=str(entrance)) for room in rooms
            )
    world.round = opened_round(world)
    _let_in(database)
    return world


def room_codes() -> tuple[str, ...]:
    """The codes of the units that :func:`furnish` adds, in their order; they are the last 192 of the world's."""
    return tuple(
        f"{building}-{entrance}-{floor:02}{room:02}"
        for building in "35" for entrance in ENTRANCES for floor in FLOORS for room in ROOMS
    )  # fmt: skip


def unit_of(world: SurveyWorld, code: str) -> UnitId:
    """The unit of a room's code."""
    return world.units[len(world.units) - len(room_codes()) + room_codes().index(code)]


def opened_round(world: SurveyWorld, **given: object) -> RoundId:
    """Open a round of the standard questionnaire that runs today, whatever day today is."""
    today = local_day(world.now)
    plain: dict[str, object] = {
        "name": "满意度调查",
        "starts_on": today - timedelta(days=9),
        "ends_on": today + timedelta(days=10),
        "check_percent": 20,
        "target_sample": 100,
        "sent": 120,
    }
    return world.open(**plain | given)


def _let_in(database: Database) -> None:
    """Give everybody of ``tests.personas`` a password, the Chinese words and every estate."""
    values = {"password_hash": hash_password(PASSWORD), "language": "zh_CN", "all_estates": True}
    with database.writing() as connection, connection.begin():
        for who in EVERYBODY:
            connection.execute(update(User).where(User.id == who.user_id).values(username=username(who), **values))
        roles = [{"user_id": who.user_id, "role": role.value} for who in EVERYBODY for role in who.roles]
        connection.execute(insert(UserRole), roles)


@contextmanager
def survey_portal(folder: Path) -> Iterator[SurveyBooks]:
    """A furnished portal on SQLite in a folder of its own, running until the end."""
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), datetime.now(UTC))
    database = open_database(url, load_keys(key_file, data_folder=data))
    world = furnish(database)
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield SurveyBooks(server, database, world)
    database.engine.dispose()
