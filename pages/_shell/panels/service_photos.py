"""The photos of a complaint or request: shown, added before and after the work, removed for a reason (R-118)."""

from typing import Final

import streamlit as st

from core.kernel.attachments import MOST_PHOTOS, PhotoPhase
from core.kernel.texts import LONGEST_REASON
from db.operations.service_photos import AddPhotos, RemovePhoto, add_photos, remove_photo
from db.queries.service_details import PhotoRow, RecordDetails, RecordWanted, photo_contents
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.panels.service_forms import saved_at
from pages._shell.widgets import open_form, send_button

_PER_ROW: Final = 4


def show_photos(page: Page, details: RecordDetails, *, adds: bool) -> None:
    """The photos by phase, and for whoever works on the record (``adds``) the forms to add and remove them."""
    if details.forgotten:
        st.caption(page.t("Its people were forgotten, and the photos with them."))
        return
    if not details.photos:
        st.caption(page.t("No photo yet."))
    else:
        _show_all(page, details)
    if not adds:
        return
    if len(details.photos) < MOST_PHOTOS:
        _add_form(page, details)
    _remove_form(page, details)


def _show_all(page: Page, details: RecordDetails) -> None:
    contents = page.read(photo_contents, RecordWanted(details.estate_id, details.record_id))
    for phase in (PhotoPhase.BEFORE, PhotoPhase.AFTER, PhotoPhase.ANY):
        rows = [row for row in details.photos if row.phase is phase and row.photo_id in contents]
        if not rows:
            continue
        st.caption(enum_label(page.words, phase))
        for first in range(0, len(rows), _PER_ROW):
            places = st.columns(_PER_ROW)
            for place, row in zip(places, rows[first : first + _PER_ROW], strict=False):
                place.image(contents[row.photo_id])
                place.caption(_caption(page, row, _number(details, row)))


def _number(details: RecordDetails, row: PhotoRow) -> int:
    """Photos are counted from 1 in the order they were added."""
    return [one.photo_id for one in details.photos].index(row.photo_id) + 1


def _caption(page: Page, row: PhotoRow, number: int) -> str:
    who = row.added_by_name or page.t("the portal itself")
    return page.t("No. %(number)s, %(when)s, %(who)s", number=number, when=row.added_at, who=who)


def _add_form(page: Page, details: RecordDetails) -> None:
    t, form = page.t, open_form(f"photos.{details.estate_id}.{details.record_id}")
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns([1, 2])
        phases = [PhotoPhase.BEFORE, PhotoPhase.AFTER, PhotoPhase.ANY]
        phase = left.radio(
            t("Taken"), phases, format_func=lambda one: enum_label(page.words, one), key=form.key("phase")
        )
        files = right.file_uploader(
            t("JPEG or PNG photos, at most 5 MB each and %(most)s in all", most=MOST_PHOTOS),
            type=["jpg", "jpeg", "png"],
            accept_multiple_files=True,
            max_upload_size=5,
            key=form.key("files"),
        )
        st.caption(t("Place and time that the camera wrote into a photo are taken out before it is kept."))
        sent = send_button(page, form, t("Add photos"))
    if not sent:
        return
    if not files:
        st.error(t("Choose at least one photo."), icon=":material/photo_camera:")
        return
    contents = tuple(file.getvalue() for file in files)
    command = AddPhotos(details.estate_id, details.record_id, phase or PhotoPhase.ANY, contents)
    said = page.words.tn("%(count)s photo is kept.", "%(count)s photos are kept.", len(contents))
    saved_at(page, details, add_photos, command, said, form=form)


def _remove_form(page: Page, details: RecordDetails) -> None:
    removable = {row.photo_id: row for row in details.photos if row.removable}
    if not removable:
        return
    t, form = page.t, open_form(f"photos.remove.{details.estate_id}.{details.record_id}")
    with st.expander(t("Remove a photo")), st.form(form.key("form"), border=False, enter_to_submit=False):
        left, right = st.columns(2)
        number = left.selectbox(
            t("Photo"),
            list(removable),
            format_func=lambda one: _caption(page, removable[one], _number(details, removable[one])),
            key=form.key("photo"),
        )
        reason = right.text_input(t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason"))
        if send_button(page, form, t("Remove for good")):
            command = RemovePhoto(details.estate_id, number, reason)
            saved_at(page, details, remove_photo, command, t("The photo is removed."), form=form)
