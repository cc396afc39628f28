"""Complaints and requests of the demonstration company: who deals with them, the knowledge base, the timer.

What happens to the single complaint stands in :mod:`db.jobs.demo_cases`, to the single request in
:mod:`db.jobs.demo_requests`; what is open on the day of loading in :mod:`db.jobs.demo_today`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from random import Random
from typing import Final

from PIL import Image, ImageDraw
from sqlalchemy import select

from core.admin.permissions import Role
from core.complaints.knowledge import KnowledgeRecord
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.attachments import PhotoPhase
from core.kernel.identity import CustomerId, EstateId, MeasureId, StaffId, UnitId
from core.kernel.periods import local_day
from core.meetings.effects import Direction, Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource
from db.jobs import demo_service_words as words
from db.jobs.demo_service_plan import slow_month
from db.jobs.demo_stage import MANAGER, Act, Stage, moment
from db.jobs.demo_words import STAFF
from db.models import Occupancy, ServiceClock, StaffMember
from db.operations.attempts import as_system
from db.operations.case_care import ArchiveCases, TickClocks, archive_cases, tick_clocks
from db.operations.knowledge import AddKnowledge, add_knowledge
from db.operations.measures import OpenMeasure, open_measure
from db.operations.service_photos import AddPhotos, add_photos
from db.repositories.case_care import estates_to_look_at
from db.unit_of_work import perform

_ENTERS_ALONE: Final = frozenset({"handler", "supervisor", "manager"})
"""Roles that enter what they have done themselves; for the others the supervisor of the estate does."""

_AT_THE_DESK: Final = frozenset({Role.FRONT_DESK.value})
_ALL: Final = ""
_FINE_TICKS: Final = timedelta(hours=40)
_DAILY_TICKS: Final = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who handles cases or requests; ``enters`` is the user who enters it."""

    staff: StaffId
    enters: str


@dataclass(slots=True)
class Crew:
    """The people of each estate by department, and the measures that repeated complaints are linked with."""

    stage: Stage
    now: datetime
    members: dict[str, StaffId] = field(default_factory=dict)
    measures: dict[tuple[int, str], MeasureId] = field(default_factory=dict)

    def supervisor(self, place: int) -> str:
        """The user name of an estate's supervisor."""
        return self.stage.member(place, Role.SUPERVISOR)

    def manager(self, place: int) -> str:
        """The user name of an estate's manager."""
        return self.stage.member(place, Role.MANAGER)

    def has_measure(self, place: int, matter: str) -> bool:
        """Say whether a measure deals with a matter of an estate."""
        return (place, matter) in self.measures

    def measure(self, place: int, matter: str, at: datetime) -> MeasureId:
        """The measure that deals with a matter; where there is none yet the manager opens one for all of them."""
        for known in ((place, matter), (place, _ALL)):
            if known in self.measures:
                return self.measures[known]
        name, unit = words.REPEATED_FIGURE
        problem, cause, action = words.REPEATED_MEASURE
        goal = Goal(metric=Metric.OWN_FIGURE, target=Decimal(1), better=Direction.DOWN, reference=name, unit=unit)
        record = MeasureRecord(
            source=MeasureSource.COMPLAINT, problem=problem, responsible=self.worker(place, "management").staff,
            deadline=local_day(self.now) + timedelta(days=45), goal=goal, cause=cause, action=action,
        )  # fmt: skip
        command = OpenMeasure(estate_id=self.stage.estates[place], record=record, round_id=None, before=None)
        self.measures[place, _ALL] = self.stage.act(self.manager(place), open_measure, command, at)
        return self.measures[place, _ALL]

    def desk(self, place: int, turn: int = 0) -> str:
        """Somebody at the front desk of an estate."""
        return self.stage.member(place, Role.FRONT_DESK, turn)

    def worker(self, place: int, department: str, turn: int = 0) -> Worker:
        """Somebody of a department of an estate; else its supervisor. The front desk only takes in and calls back."""
        rows = [row for row in STAFF if (row[3], row[4]) == (department, place + 1) and row[6] not in _AT_THE_DESK]
        rows = rows or [row for row in STAFF if row[5] == self._own_name(self.supervisor(place))]
        return self._worker(place, rows[turn % len(rows)])

    def of_post(self, place: int, post: str, turn: int = 0) -> Worker:
        """Somebody of an estate with a post; else of its order staff, who lend a hand everywhere."""
        rows = [row for row in STAFF if (row[2], row[4]) == (post, place + 1)]
        return self._worker(place, rows[turn % len(rows)]) if rows else self.worker(place, "order", turn)

    def _worker(self, place: int, row: tuple[str, str, str, str, int, str, str]) -> Worker:
        number, username, role = row[0], row[5], row[6]
        user = next((name for name in self.stage.people if self._own_name(name) == username), "")
        return Worker(self._staff(number), user if user and role in _ENTERS_ALONE else self.supervisor(place))

    def _staff(self, number: str) -> StaffId:
        if not self.members:
            with self.stage.database.reading() as connection:
                for code, member in connection.execute(select(StaffMember.number, StaffMember.id)):
                    self.members[code] = StaffId(member)
        return self.members[number]

    @staticmethod
    def _own_name(username: str) -> str:
        return username.removesuffix(".demo")

    def customer(self, place: int, unit: int, day: date) -> CustomerId | None:
        """Who lives in a unit on a day: the one who came last."""
        estate, number = self.stage.estates[place], self.stage.units[place][unit]
        lives = select(Occupancy.customer_id).where(
            Occupancy.estate_id == estate,
            Occupancy.unit_id == number,
            (Occupancy.start_date.is_(None)) | (Occupancy.start_date <= day),
            (Occupancy.end_date.is_(None)) | (Occupancy.end_date > day),
        )
        with self.stage.database.reading() as connection:
            found = connection.execute(lives.order_by(Occupancy.start_date.desc(), Occupancy.id)).scalars().first()
        return None if found is None else CustomerId(found)

    def unit(self, place: int, unit: int) -> UnitId:
        """The number of a unit."""
        return self.stage.units[place][unit]

    def was_late(self, place: int, record: int) -> tuple[bool, bool]:
        """Say whether a clock of a record has missed its hard limit, and whether its only limit."""
        clock = ServiceClock
        own = (clock.estate_id == self.stage.estates[place], clock.record_id == record, clock.cancelled.is_(False))
        statement = select(clock.hard_kept, clock.target_kept).where(*own)
        with self.stage.database.reading() as connection:
            ends = list(connection.execute(statement))
        return any(hard is False for hard, _ in ends), any(hard is None and target is False for hard, target in ends)

    def photos(self, place: int, record: int, phase: PhotoPhase, by: str, at: datetime) -> None:
        """Add a small generated picture to a record."""
        command = AddPhotos(self.stage.estates[place], record, phase, (picture(f"{place}/{record}/{phase}"),))
        self.stage.act(by, add_photos, command, at)


def picture(name: str) -> bytes:
    """A small picture that stands for a photo: a wall, a floor and a stain; the same name gives the same."""
    chance = Random(name)  # noqa: S311 (a demonstration, not a secret)
    wall = tuple(chance.randrange(150, 235) for _ in range(3))
    sheet = Image.new("RGB", (400, 300), wall)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, 210, 400, 300), fill=tuple(part - 60 for part in wall))
    for step in range(0, 400, 50):
        pen.line((step, 210, step - 60, 300), fill=tuple(part - 80 for part in wall), width=2)
    x, y = chance.randrange(80, 240), chance.randrange(60, 170)
    pen.ellipse((x, y, x + chance.randrange(50, 140), y + chance.randrange(30, 90)), fill=(110, 96, 84))
    kept = BytesIO()
    sheet.save(kept, format="JPEG", quality=70)
    return kept.getvalue()


def writing_knowledge(stage: Stage) -> Iterator[Act]:
    """The manager of the company writes the ready solutions, one after another over the first half year."""
    for number, (category, sub, title, problem, answer) in enumerate(words.KNOWLEDGE):
        record = KnowledgeRecord(
            category=CaseCategory(category), sub_category=SubCategory(sub), title=title, problem=problem, answer=answer
        )
        at = moment(stage.company.first.first_day + timedelta(days=3 + 11 * number), 15, number)
        yield Act(at, partial(_write, stage, AddKnowledge(record), at))


def _write(stage: Stage, command: AddKnowledge, at: datetime) -> None:
    stage.act(MANAGER, add_knowledge, command, at)


def ticking(stage: Stage, now: datetime) -> Iterator[Act]:
    """The timer: in the past of quiet months a look a week is enough, of late and in the slow month every morning.

    Once a week closed complaints are archived.
    """
    day, last = stage.company.first.first_day, local_day(now)
    slow = slow_month(stage.company)
    fine_from = now - _FINE_TICKS
    while day <= last:
        at = moment(day, 8, 2)
        is_daily = now - at < _DAILY_TICKS or slow.first_day <= day < slow.shift(1).end
        if at < fine_from and (is_daily or day.weekday() == 0):
            yield Act(at, partial(tick, stage, at))
        night = moment(day, 2, 40)
        if day.weekday() == 0 and night < now:
            yield Act(night, partial(_archive, stage, night))
        day += timedelta(days=1)
    for step in range(20):
        at = fine_from + step * _FINE_TICKS / 20
        yield Act(at, partial(tick, stage, at))
    at = now - timedelta(seconds=20)
    yield Act(at, partial(tick, stage, at))


def tick(stage: Stage, at: datetime) -> None:
    """Look at the clocks that want it."""
    with stage.database.reading() as connection:
        waiting = [estate for estate in estates_to_look_at(connection, at) if estate in stage.estates]
    for estate in waiting:
        perform(stage.database, tick_clocks, TickClocks(EstateId(estate)), identify=as_system, now=at)


def _archive(stage: Stage, at: datetime) -> None:
    """Put closed complaints away that can no longer be opened again."""
    for estate in stage.estates:
        perform(stage.database, archive_cases, ArchiveCases(estate), identify=as_system, now=at)
