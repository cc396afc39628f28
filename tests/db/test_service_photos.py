"""Photos of complaints and requests: without what the camera wrote, sealed, each once, gone with the person (R-102)."""

from io import BytesIO
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from PIL import Image

from core.admin.permissions import Actor, NotPermitted, Permission
from core.documents.photos import PhotoNotRead
from core.kernel.attachments import MOST_PHOTOS, PersonForgotten, PhotoNotYours, PhotoPhase, TooManyPhotos
from core.kernel.identity import EstateId
from core.kernel.texts import ReasonMissing
from db.engine import Database
from db.models import Case, ServicePhoto, WorkOrder
from db.operations.service_photos import AddPhotos, RemovePhoto, add_photos, remove_photo
from db.queries.service_details import PhotoWanted, RecordWanted, photo_content, record_details
from db.repositories.service_photos import forget_photos
from db.unit_of_work import NotFound
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.service_parts_setup import Parts
from tests.db.service_setup import ServiceWorld, a_service_world


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


@pytest.fixture
def parts(world: ServiceWorld) -> Parts:
    return Parts(world)


def shot(shade: int = 0, size: tuple[int, int] = (40, 30), kind: str = "JPEG", **options: Any) -> bytes:
    """A small photo; every shade is another one."""
    file = BytesIO()
    Image.new("RGB", size, (shade * 20 % 256, 255 - shade * 20 % 256, shade)).save(file, format=kind, **options)
    return file.getvalue()


def put(parts: Parts, record: int, *contents: bytes, by: Actor | None = None, phase: str = "") -> tuple[int, ...]:
    command = AddPhotos(parts.world.estate, record, PhotoPhase(phase), contents)
    return parts.world.act(by or parts.world.people.desk, add_photos, command)


def take(parts: Parts, photo: int, by: Actor, reason: str = "拍错了房间") -> None:
    parts.world.act(by, remove_photo, RemovePhoto(parts.world.estate, photo, reason))


def kept(parts: Parts) -> list[int]:
    return [row.id for row in parts.world.rows(ServicePhoto)]


def content(parts: Parts, photo: int, by: Actor | None = None) -> bytes:
    wanted = PhotoWanted(parts.world.estate, photo)
    return parts.world.ask(by or parts.world.people.desk, photo_content, wanted)


def test_a_photo_is_kept_sealed_and_shown_without_its_metadata(parts: Parts) -> None:
    exif = Image.Exif()
    exif[0x010E] = "GPS-31.2304N"
    (number,) = put(parts, parts.case(), shot(exif=exif), phase="before")
    (row,) = parts.world.rows(ServicePhoto)
    assert (row.id, row.phase, row.width, row.height) == (number, "before", 40, 30)
    assert (row.added_by, row.added_at) == (parts.world.people.desk.user_id, parts.world.now)
    shown = content(parts, number)
    assert len(shown) == row.size
    assert shown[:3] == b"\xff\xd8\xff"
    assert b"GPS" not in shown
    assert shown[:20] not in row.content_sealed
    assert row.digest not in (shown, b"")
    assert len(row.digest) == 32


def test_the_same_photo_is_stored_once_in_a_record_and_again_in_another(parts: Parts) -> None:
    first, second = parts.case(), parts.order()
    numbers = put(parts, first, shot(1), shot(2), shot(1))
    assert numbers[0] == numbers[2] != numbers[1]
    assert put(parts, first, shot(2), shot(3), phase="after")[0] == numbers[1]
    assert len(kept(parts)) == 3
    put(parts, second, shot(1))
    assert len(kept(parts)) == 4
    phases = {row.id: row.phase for row in parts.world.rows(ServicePhoto)}
    assert phases[numbers[1]] == "", "it keeps the phase it was stored with"


def test_twelve_photos_fit_and_a_thirteenth_is_refused_with_all_sent_along(parts: Parts) -> None:
    record = parts.case()
    put(parts, record, *(shot(shade) for shade in range(MOST_PHOTOS - 1)))
    with refused(parts.world.database, TooManyPhotos, most=MOST_PHOTOS):
        put(parts, record, shot(50), shot(51))
    put(parts, record, shot(50), shot(50), shot(0))
    assert len(kept(parts)) == MOST_PHOTOS


def test_one_file_that_is_no_photo_refuses_them_all(parts: Parts) -> None:
    record = parts.case()
    with refused(parts.world.database, PhotoNotRead):
        put(parts, record, shot(1), b"%PDF-1.7 no photo")
    with refused(parts.world.database, PhotoNotRead):
        put(parts, record, b"")
    assert put(parts, record) == ()


def test_photos_are_audited_without_their_content(parts: Parts) -> None:
    record = parts.order()
    numbers = put(parts, record, shot(1), shot(2), phase="after")
    put(parts, record, shot(1))
    (entry,) = entries(parts.world.database, "photos.add")
    assert (entry.subject_type, entry.subject_id) == ("order", str(record))
    assert entry.after == f'{{"phase":"after","photos":[{numbers[0]},{numbers[1]}],"record":{record}}}'
    take(parts, numbers[0], parts.world.people.desk)
    (entry,) = entries(parts.world.database, "photos.remove")
    assert (entry.subject_type, entry.subject_id, entry.reason) == ("order", str(record), "拍错了房间")
    assert f'"photo":{numbers[0]}' in entry.before


def test_who_added_a_photo_removes_it_on_the_same_day(parts: Parts) -> None:
    desk, clerk = parts.world.people.desk, parts.world.people.clerk
    record = parts.case()
    one, two = put(parts, record, shot(1), shot(2))
    with refused(parts.world.database, PhotoNotYours):
        take(parts, one, clerk)
    with refused(parts.world.database, ReasonMissing):
        take(parts, one, desk, "错")
    parts.world.now = parts.world.now.replace(hour=15, minute=59)
    take(parts, one, desk)
    parts.world.later(minutes=1)
    with refused(parts.world.database, PhotoNotYours):
        take(parts, two, desk)
    assert kept(parts) == [two], "midnight has passed in China"
    with refused(parts.world.database, NotFound):
        take(parts, one, desk)


@pytest.mark.parametrize("kind", ["case", "order"])
def test_a_supervisor_removes_any_photo_at_any_time(parts: Parts, kind: str) -> None:
    (number,) = put(parts, parts.case() if kind == "case" else parts.order(), shot())
    parts.world.later(days=30)
    take(parts, number, parts.world.people.supervisor)
    assert kept(parts) == []


def test_photos_of_somebody_forgotten_are_gone_and_no_new_ones_come(parts: Parts) -> None:
    forgotten: dict[str, Any] = {"anonymised_at": parts.world.now}
    for record in (parts.case(**forgotten), parts.order(**forgotten)):
        with refused(parts.world.database, PersonForgotten):
            put(parts, record, shot())
    record, other = parts.case(), parts.case()
    (number,) = put(parts, record, shot())
    (stays,) = put(parts, other, shot())
    parts.do(lambda work: forget_photos(work.session, parts.world.estate, [record]))
    assert kept(parts) == [stays]
    with pytest.raises(NotFound):
        content(parts, number)


@pytest.mark.parametrize("kind", ["case", "order"])
def test_a_photo_that_was_left_behind_is_not_shown_after_anonymising(parts: Parts, kind: str) -> None:
    record = parts.case() if kind == "case" else parts.order()
    (number,) = put(parts, record, shot())
    details = parts.world.ask(parts.world.people.desk, record_details, RecordWanted(parts.world.estate, record))
    assert [row.photo_id for row in details.photos] == [number]
    parts.do(lambda work: anonymise(work, kind, record))
    details = parts.world.ask(parts.world.people.desk, record_details, RecordWanted(parts.world.estate, record))
    assert (details.photos, details.forgotten) == ((), True)
    with pytest.raises(NotFound):
        content(parts, number)


def anonymise(work: Any, kind: str, record: int) -> None:
    row = work.session.get_one(Case if kind == "case" else WorkOrder, (1, record))
    row.anonymised_at = work.now


def test_only_who_sees_the_record_adds_sees_and_removes_its_photos(parts: Parts) -> None:
    people, world = parts.world.people, parts.world
    record = parts.case(handler_id=people.repair_handler.staff)
    (number,) = put(parts, record, shot(), by=people.repair_handler)
    assert content(parts, number, people.repair_handler) == content(parts, number, people.auditor)
    for act in (
        lambda: put(parts, record, shot(9), by=people.second_handler),
        lambda: take(parts, number, people.second_handler),
        lambda: content(parts, number, people.second_handler),
        lambda: content(parts, number, people.lake_desk),
    ):
        with pytest.raises((NotFound, NotPermitted)):
            act()
    for wanted in (
        PhotoWanted(world.estate, 999_999),
        PhotoWanted(EstateId(2**40), 1),
        PhotoWanted(EstateId(1), 2**70),
    ):
        with pytest.raises(NotFound):
            world.ask(people.desk, photo_content, wanted)


def test_a_sealed_photo_does_not_open_in_another_place(parts: Parts) -> None:
    one, two = put(parts, parts.case(), shot(1), shot(2))
    rows = {row.id: row for row in parts.world.rows(ServicePhoto)}

    def swap(work: Any) -> None:
        work.session.get_one(ServicePhoto, (1, one)).content_sealed = rows[two].content_sealed

    parts.do(swap)
    with pytest.raises(InvalidTag):
        content(parts, one)


def test_photos_are_for_whoever_works_on_records(parts: Parts) -> None:
    record, world = parts.case(), parts.world
    (number,) = put(parts, record, shot())
    commands = pairs(
        (add_photos, AddPhotos(world.estate, record, PhotoPhase.ANY, ())),
        (remove_photo, RemovePhoto(world.estate, number, "拍错了房间")),
    )
    elsewhere = someone_with(Permission.ORDERS_REGISTER, EstateId(world.estate + 1))
    for operation, command in commands:
        check_rights(world.database, operation, command, Permission.ORDERS_REGISTER)
        with refused(world.database, NotPermitted):
            world.act(elsewhere, operation, command)
