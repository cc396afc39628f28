"""The work done: times, cause and result, what was used line by line, and the photos that show it (R-112)."""

import streamlit as st

from core.kernel.attachments import PhotoPhase
from core.kernel.texts import LONGEST_TEXT
from core.work_orders.kinds import WorkKind
from core.work_orders.materials import materials_total
from core.work_orders.outcome_steps import Execution, WorkCause, WorkResult
from core.work_orders.typed_materials import LONGEST_TYPED, TypedMaterials, typed_materials
from db.queries.service_details import DetailPart
from db.queries.work_order_card import OrderCard
from locales.labels import enum_label, error_sentence
from pages._shell.page import Page
from pages._shell.panels.order_words import details_of
from pages._shell.panels.service_words import instant_box, typed_instant
from pages._shell.widgets import OpenForm, send_button

_SHOWN_PROBLEMS = 5


def execution_form(page: Page, card: OrderCard, form: OpenForm) -> Execution | None:
    """The form of the work done; gives what was sent, nothing while a line of material cannot be read."""
    t, row = page.t, card.row
    _show_photos(page, card)
    since = card.times.reopened_at or row.registered_at
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            began = instant_box(page, form, t("Work began at"), "began", start=card.times.answered_at or since)
            cause = _cause(page, card, form)
        with right:
            ended = instant_box(page, form, t("Work ended at"), "ended")
            result = st.selectbox(
                t("Result of the work"), list(WorkResult), format_func=lambda one: enum_label(page.words, one),
                key=form.key("result"),
            )  # fmt: skip
        description = st.text_area(
            t("What was done"), max_chars=LONGEST_TEXT, height=90, key=form.key("description")
        )  # fmt: skip
        typed = st.text_area(
            t("Materials: one a line, name, quantity, unit, price of one in yuan (0 for what was free)"),
            max_chars=LONGEST_TYPED,
            height=100,
            placeholder=t("Water pipe, 1.5, metre, 12.50"),
            key=form.key("materials"),
        )
        sent = send_button(page, form, t("Note the work"))
        below = st.container()
    read = typed_materials(typed)
    if sent and read.refused:
        with below:
            _show_refused(page, read)
        return None
    if read.lines and not read.refused:
        below.caption(t("Materials in all: %(amount)s", amount=materials_total(read.lines)))
    if not sent:
        return None
    began_at = typed_instant(began, earliest=since)
    return Execution(
        began_at=began_at,
        at=typed_instant(ended, earliest=began_at),
        cause=cause,
        result=result,
        description=description,
        materials=read.lines,
    )


def _cause(page: Page, card: OrderCard, form: OpenForm) -> WorkCause | None:
    """Why a repair was needed; other work has no cause unless somebody names one."""
    is_repair = card.row.kind is WorkKind.REPAIR
    causes: list[WorkCause | None] = [*WorkCause] if is_repair else [None, *WorkCause]
    return st.selectbox(
        page.t("Cause of the trouble"), causes, index=None if is_repair else 0,
        format_func=lambda one: "–" if one is None else enum_label(page.words, one),
        placeholder=page.t("Choose the cause"), key=form.key("cause"),
    )  # fmt: skip


def _show_refused(page: Page, read: TypedMaterials) -> None:
    for one in read.refused[:_SHOWN_PROBLEMS]:
        why = error_sentence(page.words, one.refusal)
        st.error(page.t("Line %(place)s of the materials: %(why)s", place=one.place, why=why), icon=":material/block:")


def _show_photos(page: Page, card: OrderCard) -> None:
    """How many photos of this run there are before and after the work, and whether they are needed."""
    t, since = page.t, card.times.reopened_at or card.row.registered_at
    photos = [one for one in details_of(page, card.row, DetailPart.PHOTOS).photos if one.added_at >= since]
    before, after = (sum(one.phase is phase for one in photos) for phase in (PhotoPhase.BEFORE, PhotoPhase.AFTER))
    said = t("Photos: %(before)s before the work, %(after)s after it.", before=before, after=after)
    needed = card.photos_needed and card.row.kind is WorkKind.REPAIR
    if needed and not (before and after):
        st.warning(f"{said} {t('A repair needs both; add them under “Photos”.')}", icon=":material/photo_camera:")
    else:
        st.caption(said)
