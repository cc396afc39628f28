"""A running portal on a Monday morning whose people take in, handle and close complaints, and whose time can pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import ExifTags, Image
from playwright.sync_api import Browser
from sqlalchemy import select, update

from core.admin.permissions import Actor
from core.kernel.periods import CHINA
from db.engine import open_database
from db.files import Places
from db.jobs.commands import init
from db.keys import load_keys
from db.models import User, UserSession
from db.passwords import hash_password
from tests.browser.person import Person
from tests.browser.portal_on_a_day import HANDS
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.server import PortalServer, running_portal

MONDAY: Final = datetime(2026, 11, 23, 9, 0, tzinfo=CHINA).astimezone(UTC)
PASSWORD: Final = "a long sentence to come in"


@dataclass
class ServiceBooks:
    """A running portal, its world, and the clock on its wall."""

    server: PortalServer
    world: ServiceWorld
    hands: Path

    def now(self) -> datetime:
        """What the portal's clock shows."""
        return datetime.now(UTC) + timedelta(seconds=float(self.hands.read_text(encoding="ascii")))

    def set_clock(self, instant: datetime) -> None:
        """Let it be this instant in the portal."""
        ahead = (instant - datetime.now(UTC)).total_seconds()
        fresh = self.hands.with_suffix(".new")
        fresh.write_text(str(ahead), encoding="ascii")
        fresh.replace(self.hands)

    def later(self, **span: float) -> datetime:
        """Let time pass, as ``later(hours=2)``. People stay signed in: they were at work all the while."""
        by = timedelta(**span)
        self.set_clock(self.now() + by)
        sessions = UserSession.__table__
        with self.world.database.writing() as connection, connection.begin():
            for row in connection.execute(select(sessions)).all():
                times = {name: getattr(row, name) + by for name in ("created_at", "last_seen_at", "proven_at")}
                connection.execute(update(UserSession).where(UserSession.id == row.id).values(times))
        self.world.now = self.now()
        return self.world.now

    def comes(self, browser: Browser, who: Actor) -> Person:
        """Let somebody of the world sign in, in a window of his or her own."""
        person = Person.arrives(browser, self.server)
        person.page.goto(self.server.url)
        person.page.fill("#username", f"{who.name}-{who.user_id}")
        person.page.fill("#password", PASSWORD)
        person.page.locator("button[type=submit]").last.click()
        person.settle()
        return person

    def staff(self, number: int | None) -> Actor:
        """Who the member of staff with this number is."""
        people = self.world.people
        everybody = (getattr(people, name) for name in people.__slots__)
        return next(one for one in everybody if isinstance(one, Actor) and one.staff == number)

    def row(self, table: Any, **where: Any) -> Any:
        """The one row of a table in the world's estate."""
        (row,) = self.world.rows(table, **where)
        return row


@contextmanager
def service_portal(folder: Path) -> Iterator[ServiceBooks]:
    """A furnished portal on SQLite in a folder of its own, running until the end; its clock stands at Monday nine."""
    data, key_file = folder / "data", folder / "keys" / "keys.json"
    url = f"sqlite:///{data / 'guanjia.db'}"
    init(Places(data, key_file, url), MONDAY)
    database = open_database(url, load_keys(key_file, data_folder=data))
    world = a_service_world(database)
    with database.writing() as connection, connection.begin():
        connection.execute(update(User).values(password_hash=hash_password(PASSWORD), language="zh_CN"))
    hands = folder / HANDS
    hands.write_text("0", encoding="ascii")
    with running_portal(
        database_url=url, key_file=key_file, data=data, module="tests.browser.portal_on_a_day"
    ) as server:
        books = ServiceBooks(server, world, hands)
        books.set_clock(MONDAY)
        world.now = books.now()
        yield books
    database.engine.dispose()


def photo(colour: str) -> bytes:
    """A photo as a telephone takes it: camera, time and the place on earth are written into it."""
    facts = Image.Exif()
    facts[ExifTags.Base.Model] = "Pocket Camera 9"
    facts[ExifTags.Base.DateTime] = "2026:11:23 11:20:00"
    place = facts.get_ifd(ExifTags.IFD.GPSInfo)
    place |= {1: "N", 2: (30.0, 39.0, 26.0), 3: "E", 4: (104.0, 3.0, 59.0)}
    content = BytesIO()
    Image.new("RGB", (320, 240), colour).save(content, "JPEG", exif=facts)
    taken = content.getvalue()
    assert {"Model", "DateTime", "place"} <= told_in(taken)
    return taken


def told_in(content: bytes) -> set[str]:
    """What a photo tells beside the picture: the names of all that was written into it."""
    facts = Image.open(BytesIO(content)).getexif()
    place = {"place"} if facts.get_ifd(ExifTags.IFD.GPSInfo) else set()
    return {ExifTags.TAGS.get(tag, str(tag)) for tag in facts} | place
