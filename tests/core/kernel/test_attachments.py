"""Photos and links of complaints and requests: how many, by whom removed, to what (R-118)."""

from datetime import date

import pytest

from core.kernel.attachments import (
    MOST_PHOTOS,
    LinkTarget,
    LinkToItself,
    PersonForgotten,
    PhotoNotYours,
    TooManyPhotos,
    check_link,
    check_not_forgotten,
    check_photo_removal,
    check_photo_room,
)
from core.kernel.identity import UserId

TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)
ME, SOMEBODY = UserId(7), UserId(8)


@pytest.mark.parametrize(("kept", "new"), [(0, 0), (0, 12), (11, 1), (12, 0)])
def test_twelve_photos_fit(kept: int, new: int) -> None:
    check_photo_room(kept=kept, new=new)


@pytest.mark.parametrize(("kept", "new"), [(0, 13), (12, 1), (11, 2)])
def test_a_thirteenth_photo_does_not(kept: int, new: int) -> None:
    with pytest.raises(TooManyPhotos) as refusal:
        check_photo_room(kept=kept, new=new)
    assert refusal.value.fields == {"most": MOST_PHOTOS}


@pytest.mark.parametrize(
    ("added_by", "added_on", "remover", "supervises", "allowed"),
    [
        (ME, TODAY, ME, False, True),
        (ME, YESTERDAY, ME, False, False),
        (SOMEBODY, TODAY, ME, False, False),
        (None, TODAY, None, False, False),
        (None, TODAY, ME, False, False),
        (SOMEBODY, YESTERDAY, ME, True, True),
        (None, YESTERDAY, None, True, True),
    ],
)
def test_a_photo_goes_by_its_adder_within_the_day_or_by_a_supervisor(
    added_by: UserId | None, added_on: date, remover: UserId | None, supervises: bool, allowed: bool
) -> None:
    def remove() -> None:
        check_photo_removal(added_by=added_by, added_on=added_on, remover=remover, today=TODAY, supervises=supervises)

    if allowed:
        remove()
    else:
        with pytest.raises(PhotoNotYours):
            remove()


def test_nothing_is_added_to_somebody_forgotten() -> None:
    check_not_forgotten(forgotten=False)
    with pytest.raises(PersonForgotten):
        check_not_forgotten(forgotten=True)


@pytest.mark.parametrize("target", LinkTarget)
def test_only_records_share_their_numbers(target: LinkTarget) -> None:
    check_link(record_id=5, target=target, target_id=6)
    if target in (LinkTarget.CASE, LinkTarget.ORDER):
        with pytest.raises(LinkToItself):
            check_link(record_id=5, target=target, target_id=5)
    else:
        check_link(record_id=5, target=target, target_id=5)
