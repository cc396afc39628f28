"""Details of a record read only as far as a panel shows them; what numbers in steps stand for; all photos at once."""

import pytest

from core.complaints.states import CaseState
from core.kernel.attachments import PhotoPhase
from db.engine import Database
from db.models import ServiceRecord
from db.operations.case_moves import MergeCase, merge_case
from db.operations.service_photos import AddPhotos, add_photos
from db.queries.service_details import (
    DetailPart,
    PhotoWanted,
    RecordDetails,
    RecordWanted,
    photo_content,
    photo_contents,
    record_details,
)
from db.unit_of_work import NotFound
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_service_photos import shot
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def details(world: ServiceWorld, case: int, *parts: DetailPart) -> RecordDetails:
    wanted = RecordWanted(world.estate, case, None, frozenset(parts or DetailPart))
    return world.ask(world.people.desk, record_details, wanted)


@pytest.mark.parametrize(
    ("part", "most"),
    [(DetailPart.TIMELINE, 3), (DetailPart.CLOCKS, 5), (DetailPart.PHOTOS, 2), (DetailPart.LINKS, 2)],
)
def test_a_part_is_read_alone_and_is_the_same_as_in_the_whole(world: ServiceWorld, part: DetailPart, most: int) -> None:
    case = world.register()
    world.move_to(case, CaseState.IN_PROGRESS)
    photos = AddPhotos(world.estate, case, PhotoPhase.BEFORE, (shot(),))
    world.act(world.people.service_handler, add_photos, photos)
    whole = details(world, case)
    with count_statements(world.database) as sent:
        found = details(world, case, part)
    assert len(sent) <= most
    shown = {
        DetailPart.TIMELINE: ("timeline", "names"),
        DetailPart.CLOCKS: ("clocks", "pauses"),
        DetailPart.PHOTOS: ("photos",),
        DetailPart.LINKS: ("links",),
    }
    for which, names in shown.items():
        for name in names:
            if which is part:
                assert getattr(found, name) == getattr(whole, name), name
            elif name != "names":
                assert getattr(found, name) == (), name


def test_the_numbers_in_steps_are_told_by_name(world: ServiceWorld) -> None:
    into, case = world.register(), world.register()
    world.move(into, CaseState.ASSIGNED)
    command = MergeCase(world.estate, case, world.case(case).version, into, "同一事项")
    world.act(world.people.desk, merge_case, command)
    numbers = {row.id: row.number for row in world.rows(ServiceRecord)}
    handler = world.people.service_handler
    assert details(world, into, DetailPart.TIMELINE).names.staff == {handler.staff: handler.name}
    assert details(world, into, DetailPart.TIMELINE).names.records == {case: numbers[case]}
    assert details(world, case, DetailPart.TIMELINE).names.records == {into: numbers[into]}


def test_a_record_without_steps_that_name_anybody_asks_for_no_names(world: ServiceWorld) -> None:
    case = world.register()
    with count_statements(world.database) as sent:
        names = details(world, case, DetailPart.TIMELINE).names
    assert (dict(names.staff), dict(names.records)) == ({}, {})
    assert len(sent) == 2


def test_all_photos_come_at_once_for_who_sees_the_record(world: ServiceWorld) -> None:
    case = world.register()
    contents = tuple(shot(shade) for shade in range(3))
    numbers = world.act(world.people.desk, add_photos, AddPhotos(world.estate, case, PhotoPhase.ANY, contents))
    with count_statements(world.database) as sent:
        found = world.ask(world.people.desk, photo_contents, RecordWanted(world.estate, case))
    assert len(sent) == 2
    assert tuple(found) == numbers
    for number in numbers:
        assert found[number] == world.ask(world.people.desk, photo_content, PhotoWanted(world.estate, number))
    with pytest.raises(NotFound):
        world.ask(world.people.service_handler, photo_contents, RecordWanted(world.estate, case))
