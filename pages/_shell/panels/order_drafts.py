"""The panel "Drafts": the event and the notice to owners of a failure, written, given out or dropped (R-103, R-114)."""

from hashlib import sha256

import streamlit as st

from core.kernel.drafts import LONGEST_DRAFT, DraftKind, DraftState
from core.kernel.texts import LONGEST_REASON
from core.work_orders.request import LONGEST_PLACE
from db.operations.service_drafts import DropDraft, EditDraft, ReleaseDraft, drop_draft, edit_draft, release_draft
from db.queries.work_order_card import DraftRow, OrderCard
from locales.labels import enum_label
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.order_notice import BOTH, event_text, notice_text
from pages._shell.panels.order_words import order_form, save_order
from pages._shell.panels.service_words import instant_box, typed_instant
from pages._shell.widgets import OpenForm, choose_panel, open_form, send_button, show_facts, warn_if_stale

_SAVED = "saved"
_SIGNS = {DraftState.DRAFT: "◔", DraftState.RELEASED: "✓", DraftState.DROPPED: "✕"}


def show_drafts(page: Page, card: OrderCard) -> None:
    """The drafts that wait with their forms, the newest notice first; those settled below."""
    drafts = sorted(card.drafts, key=lambda one: (one.kind is DraftKind.EVENT, -one.draft_id))
    waiting = [one for one in drafts if one.state is DraftState.DRAFT]
    if not waiting:
        st.caption(page.t("No draft waits to be given out."))
    for draft in waiting:
        with st.container(border=True):
            _show_waiting(page, card, draft)
    for draft in drafts:
        if draft not in waiting:
            _show_settled(page, draft)


def _title(page: Page, draft: DraftRow) -> str:
    """What the draft is; an event with the class it belongs to."""
    kind = enum_label(page.words, draft.kind)
    said = f"{kind}: {enum_label(page.words, draft.event.event)}" if draft.event else kind
    return f"{_SIGNS[draft.state]} {said} · {enum_label(page.words, draft.state)}"


def _show_settled(page: Page, draft: DraftRow) -> None:
    with st.expander(plain(_title(page, draft))):
        who = draft.settled_by_name or page.t("the portal itself")
        if draft.settled_at is not None:
            st.caption(f"{plain(who)} · {page.words.instant(draft.settled_at)}")
        st.text(draft.text or page.t("It had no text."))


def _show_waiting(page: Page, card: OrderCard, draft: DraftRow) -> None:
    st.markdown(f"**{plain(_title(page, draft))}**")
    _show_facts(page, draft)
    if not card.acts.draft:
        st.text(draft.text or _proposed(page, card, draft, page.words.language))
        return
    form = open_form(order_form(card.row, f"draft.{draft.draft_id}"), draft.version)
    warn_if_stale(page, form)
    if draft.notice is not None:
        _facts_form(page, card, draft, form)
    _text_form(page, card, draft, form)
    if card.acts.release:
        _drop_form(page, card, draft)


def _show_facts(page: Page, draft: DraftRow) -> None:
    t = page.t
    if draft.event is not None:
        facts: list[tuple[str, object]] = [
            (t("Public system that failed"), enum_label(page.words, draft.event.system)),
            (t("Location"), draft.event.place or draft.event.building),
            (t("Noticed at"), draft.event.since),
            (t("Households affected"), draft.event.households),
            (t("People are trapped or hurt"), draft.event.people_at_risk),
        ]
        show_facts(page, facts, columns=3)
    elif draft.notice is not None and draft.notice.missing:
        lacking = t(", ").join(enum_label(page.words, block) for block in draft.notice.missing)
        said = t("Something is missing before it can be given out: %(blocks)s. Give place and expected time.",
                 blocks=lacking)  # fmt: skip
        st.warning(said, icon=":material/edit_note:")


def _facts_form(page: Page, card: OrderCard, draft: DraftRow, form: OpenForm) -> None:
    """Where it is in public words, and when it should work again."""
    t, notice = page.t, draft.notice
    expected = draft.expected_by or (notice.expected_by if notice else None)
    with st.form(form.key("facts"), border=False, enter_to_submit=False):
        left, middle, right = st.columns([3, 2, 1], vertical_alignment="bottom")
        place = left.text_input(
            t("Public place, without a household"), draft.place or (notice.place if notice else ""),
            max_chars=LONGEST_PLACE, key=form.key("place"),
        )  # fmt: skip
        with middle:
            at = instant_box(page, form, t("Should work again by"), "expected", start=expected, empty=expected is None)
        with right:
            sent = st.form_submit_button(t("Save the facts"), key=form.key("send.facts"))
    if sent:
        typed = typed_instant(at)
        same = expected is not None and typed is not None and 0 <= (expected - typed).total_seconds() < 60
        key = (card.row.estate_id, draft.draft_id, form.version)
        command = EditDraft(*key, place=place, expected_by=None if same else typed)
        save_order(page, edit_draft, command, t("The facts of the notice are saved."), form=form, row=card.row)


def _proposed(page: Page, card: OrderCard, draft: DraftRow, language: str) -> str:
    if draft.notice is not None:
        return notice_text(draft.notice, estate=card.row.estate_name, day=page.today, language=language)
    if draft.event is not None:
        return event_text(draft.event, number=card.row.number, language=language)
    return ""


def _text_form(page: Page, card: OrderCard, draft: DraftRow, form: OpenForm) -> None:
    """The text: as it was saved, or as the portal proposes it out of the facts; what stands there is given out."""
    t, row = page.t, card.row
    own = page.words.language
    names = {"zh_CN": t("Proposed in Chinese"), "en": t("Proposed in English"), BOTH: t("Proposed in both languages")}
    versions = {_SAVED: t("As saved")} if draft.text else {}
    versions |= {own: names[own]} | {name: text for name, text in names.items() if name != own}
    chosen = choose_panel(page, f"order.draft.{row.estate_id}.{draft.draft_id}.{bool(draft.text)}", versions)
    start = draft.text if chosen == _SAVED else _proposed(page, card, draft, chosen)
    mark = sha256(start.encode()).hexdigest()[:8]
    with st.form(form.key("text.form"), border=False, enter_to_submit=False):
        text = st.text_area(
            t("Text that is given out"),
            start,
            max_chars=LONGEST_DRAFT,
            height=260 if draft.notice else 150,
            key=form.key(f"text.{mark}"),
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button(t("Save the text"), key=form.key("send.text"))
            released = card.acts.release and st.form_submit_button(
                t("Note that it was given out"), type="primary", key=form.key("send.release")
            )
    key = (row.estate_id, draft.draft_id, form.version)
    if saved:
        save_order(page, edit_draft, EditDraft(*key, text=text), t("The text is saved."), form=form, row=row)
    elif released:
        done = t("It is noted that the text was given out.")
        save_order(page, release_draft, ReleaseDraft(*key, text=text), done, form=form, row=row)


def _drop_form(page: Page, card: OrderCard, draft: DraftRow) -> None:
    t, form = page.t, open_form(order_form(card.row, f"draft.drop.{draft.draft_id}"), draft.version)
    with st.expander(t("Drop this draft")), st.form(form.key("form"), border=False, enter_to_submit=False):
        reason = st.text_input(t("Reason"), max_chars=LONGEST_REASON, key=form.key("reason"))
        if send_button(page, form, t("Drop it for good")):
            command = DropDraft(card.row.estate_id, draft.draft_id, form.version, reason)
            save_order(page, drop_draft, command, t("The draft is dropped."), form=form, row=card.row)
