"""Photos of complaints and requests: sealed, each once within its record (security.md §5)."""

import hashlib
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId
from db.keys import KeyRing
from db.models import ServicePhoto

_FIELD = "service.photo"


def photo_place(estate: int, photo: int) -> str:
    """Where the content of a photo is sealed for."""
    return f"service_photos.content:{estate}:{photo}"


def photo_digest(keys: KeyRing, content: bytes) -> bytes:
    """What tells that two photos are the same, and nothing else to anybody without the key."""
    return keys.index(hashlib.sha256(content).hexdigest(), field=_FIELD)


def photos_kept(session: Session, estate: EstateId, record_id: int) -> dict[bytes, int]:
    """The photos of a record, by digest."""
    own = (ServicePhoto.estate_id == estate, ServicePhoto.record_id == record_id)
    rows = session.execute(select(ServicePhoto.digest, ServicePhoto.id).where(*own))
    return {row.digest: row.id for row in rows}


def forget_photos(session: Session, estate: EstateId, record_ids: Collection[int]) -> None:
    """Remove the photos of some records (R-102)."""
    own = (ServicePhoto.estate_id == estate, ServicePhoto.record_id.in_(record_ids))
    session.execute(delete(ServicePhoto).where(*own), execution_options={"synchronize_session": False})
