"""What hangs on a complaint or a request besides its steps: photos, and what it has to do with (R-103, R-104, R-118).

A case and a request are both a *record* here; they share their numbers and everything in this module.
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.identity import UserId

MOST_PHOTOS: Final = 12
"""So many photos may a record have."""


class PhotoPhase(StrEnum):
    """When a photo was taken."""

    ANY = ""
    """It shows something else than the work."""
    BEFORE = "before"
    AFTER = "after"


class LinkTarget(StrEnum):
    """What a record may have to do with."""

    BILL = "bill"
    CASE = "case"
    ORDER = "order"
    MEASURE = "measure"
    SURVEY = "survey"


class TooManyPhotos(BusinessError):
    """A record has at most ``most`` photos."""

    code: ClassVar[str] = "service.photos.too_many"


class PhotoNotYours(BusinessError):
    """A photo is removed by who added it, on the same day, or by a supervisor."""

    code: ClassVar[str] = "service.photos.not_yours"


class PersonForgotten(BusinessError):
    """The record's people were anonymised; nothing that could show them is added any more."""

    code: ClassVar[str] = "service.forgotten"


class LinkToItself(BusinessError):
    """A record has nothing to do with itself."""

    code: ClassVar[str] = "service.links.itself"


def check_photo_room(*, kept: int, new: int) -> None:
    """Raise ``TooManyPhotos`` unless so many new photos fit beside those the record has."""
    if kept + new > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS)


def may_remove_photo(
    *, added_by: UserId | None, added_on: date, remover: UserId | None, today: date, supervises: bool
) -> bool:
    """Say whether the remover supervises, or added the photo on this very business day."""
    own = remover is not None and added_by == remover and added_on == today
    return own or supervises


def check_photo_removal(
    *, added_by: UserId | None, added_on: date, remover: UserId | None, today: date, supervises: bool
) -> None:
    """Raise ``PhotoNotYours`` unless ``may_remove_photo``."""
    if not may_remove_photo(added_by=added_by, added_on=added_on, remover=remover, today=today, supervises=supervises):
        raise PhotoNotYours


def check_not_forgotten(*, forgotten: bool) -> None:
    """Raise ``PersonForgotten`` for a record whose people were anonymised (R-102)."""
    if forgotten:
        raise PersonForgotten


def check_link(*, record_id: int, target: LinkTarget, target_id: int) -> None:
    """Raise ``LinkToItself`` where a record is linked to its own number."""
    if target in (LinkTarget.CASE, LinkTarget.ORDER) and record_id == target_id:
        raise LinkToItself
