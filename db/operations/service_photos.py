"""Use cases of photos: added to a complaint or request without what the camera wrote into them, removed for a reason.

Photos may show people and homes (security.md §5): they are sealed, shown by right, and gone with the person (R-102).
"""

from dataclasses import dataclass

from core.admin.permissions import Permission
from core.documents.photos import CleanPhoto, clean_photo
from core.kernel.attachments import PhotoPhase, check_not_forgotten, check_photo_removal, check_photo_room
from core.kernel.identity import EstateId, UserId
from core.kernel.periods import local_day
from core.kernel.texts import checked_reason
from db.models import Case, ServicePhoto, WorkOrder
from db.operations.service_access import require_to_work_on
from db.repositories.service_photos import photo_digest, photo_place, photos_kept
from db.unit_of_work import NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddPhotos:
    """Photos as they were taken, and when that was."""

    estate_id: EstateId
    record_id: int
    phase: PhotoPhase
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RemovePhoto:
    """A photo that does not belong there, and why."""

    estate_id: EstateId
    photo_id: int
    reason: str


@operation(Permission.ORDERS_REGISTER)
def add_photos(work: UnitOfWork, command: AddPhotos) -> tuple[int, ...]:
    """Store photos and give their numbers in the order given; one that is there already keeps its number and phase.

    One photo that cannot be read refuses them all.
    """
    estate = command.estate_id
    record = require_to_work_on(work.session, work.actor, estate, command.record_id)
    check_not_forgotten(forgotten=record.anonymised_at is not None)
    cleaned = [clean_photo(content=content) for content in command.contents]
    by_digest = {photo_digest(work.keys, photo.content): photo for photo in cleaned}
    kept = photos_kept(work.session, estate, record.id)
    new = {digest: photo for digest, photo in by_digest.items() if digest not in kept}
    check_photo_room(kept=len(kept), new=len(new))
    numbers = dict(kept)
    for digest, photo in new.items():
        numbers[digest] = work.new_id(estate)
        work.session.add(_row(work, command, numbers[digest], digest, photo))
    if new:
        facts = {"record": record.id, "phase": command.phase.value, "photos": [numbers[digest] for digest in new]}
        work.record("photos.add", _subject(record), estate=estate, after=facts)
    return tuple(numbers[photo_digest(work.keys, photo.content)] for photo in cleaned)


@operation(Permission.ORDERS_REGISTER)
def remove_photo(work: UnitOfWork, command: RemovePhoto) -> None:
    """Remove a photo for good: by who added it on the same business day, or by a supervisor, and for a reason."""
    estate = command.estate_id
    photo = work.session.get(ServicePhoto, (estate, command.photo_id))
    if photo is None:
        raise NotFound
    record = require_to_work_on(work.session, work.actor, estate, photo.record_id)
    assigns = Permission.CASES_ASSIGN if isinstance(record, Case) else Permission.ORDERS_ASSIGN
    check_photo_removal(
        added_by=None if photo.added_by is None else UserId(photo.added_by),
        added_on=local_day(photo.added_at),
        remover=work.actor.user_id,
        today=local_day(work.now),
        supervises=work.actor.may_at(assigns, estate),
    )
    reason = checked_reason(command.reason)
    before = {"record": photo.record_id, "phase": photo.phase, "photo": photo.id, "size": photo.size}
    work.session.delete(photo)
    work.record("photos.remove", _subject(record), estate=estate, before=before, reason=reason)


def _row(work: UnitOfWork, command: AddPhotos, number: int, digest: bytes, photo: CleanPhoto) -> ServicePhoto:
    row = ServicePhoto(estate_id=command.estate_id, id=number, record_id=command.record_id, digest=digest)
    row.phase, row.width, row.height = command.phase.value, photo.width, photo.height
    row.size = len(photo.content)
    row.content_sealed = work.keys.seal_bytes(photo.content, place=photo_place(command.estate_id, number))
    row.added_by, row.added_at = work.actor.user_id, work.now
    return row


def _subject(record: Case | WorkOrder) -> tuple[str, int]:
    return ("case" if isinstance(record, Case) else "order"), record.id
