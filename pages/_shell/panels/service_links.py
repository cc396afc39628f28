"""What a complaint or request has to do with: bills, other records, measures, surveys; both ways (R-103, R-104)."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.attachments import LinkTarget
from db.operations.service_links import AddLink, RemoveLink, add_link, remove_link
from db.queries.service_bills import UnitBill, UnitBillsWanted, unit_bills
from db.queries.service_details import RecordDetails
from db.queries.service_link_rows import LinkRow
from locales.labels import enum_label, labels
from pages._shell.code_words import CodeWords, code_words
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.service_forms import saved_at
from pages._shell.widgets import OpenForm, open_form, send_button

_ABOUT: Final[Mapping[LinkTarget, tuple[str, ...]]] = {
    LinkTarget.CASE: ("SubCategory", "CaseCategory", "RecordType"),
    LinkTarget.ORDER: ("PublicSystem", "WorkKind"),
}
_STATES: Final[Mapping[LinkTarget, str]] = {
    LinkTarget.CASE: "CaseState",
    LinkTarget.ORDER: "WorkState",
    LinkTarget.MEASURE: "Stage",
    LinkTarget.SURVEY: "RoundState",
}
_OFFERED: Final = (LinkTarget.CASE, LinkTarget.ORDER, LinkTarget.BILL, LinkTarget.MEASURE, LinkTarget.SURVEY)
_PAGES: Final[Mapping[LinkTarget, str]] = {
    LinkTarget.BILL: "fees.bills",
    LinkTarget.CASE: "service.cases",
    LinkTarget.ORDER: "service.requests",
    LinkTarget.MEASURE: "improvement.measures",
    LinkTarget.SURVEY: "surveys.results",
}


def show_links(page: Page, details: RecordDetails, *, adds: bool, unit_code: str = "") -> None:
    """The links with a way to what they point at, and for whoever works on the record the forms.

    ``unit_code``: the unit the record is about, whose bills may then be linked by who sees fees.
    """
    if not details.links:
        st.caption(page.t("No link yet. Link a disputed bill, another record, a measure or a survey."))
    has_bills = any(row.target is LinkTarget.BILL for row in details.links)
    codes = code_words(page, CodeList.FEE_ITEM) if has_bills else CodeWords({}, {})
    for row in details.links:
        _show_link(page, details, row, codes)
    if adds and not details.forgotten:
        _add_form(page, details, unit_code)
        _remove_form(page, details)


def _show_link(page: Page, details: RecordDetails, row: LinkRow, codes: CodeWords) -> None:
    words, way = st.columns([5, 1], vertical_alignment="center")
    with words.container(gap=None):
        st.markdown(f"**{plain(enum_label(page.words, row.target))}** {plain(row.name)}")
        st.text(link_text(page, row, codes))
        side = page.t("linked from there") if row.incoming else page.t("linked from here")
        st.caption(f"{side} · {page.words.instant(row.made_at)} · {plain(row.made_by_name)}")
    with way:
        if row.opens:
            key = f"link.{row.target.value}.{row.target_id}.{row.link_id}"
            open_button(
                page, page.t("Open it"), _PAGES[row.target], key=key, estate=details.estate_id, **_address(details, row)
            )


def _address(details: RecordDetails, row: LinkRow) -> dict[str, object]:
    """Where the other end is opened: by its number, a bill by its unit and month, a survey by its code."""
    if row.target is LinkTarget.SURVEY:
        return {"round": row.name}
    if row.target is LinkTarget.BILL:
        return {"unit": row.name, "when": "all"}
    return {"of": details.estate_id, row.target.value: row.target_id}


def link_text(page: Page, row: LinkRow, codes: CodeWords) -> str:
    """What the other end is about and where it stands; nothing for who may not open it."""
    if not row.opens:
        return page.t("not yours to open")
    if row.target is LinkTarget.BILL:
        about = codes.say(CodeList.FEE_ITEM, row.about)
    else:
        about = _label(page, _ABOUT.get(row.target, ()), row.about)
    owed = page.t("%(amount)s open", amount=row.outstanding) if row.outstanding is not None else ""
    state = _label(page, (_STATES.get(row.target, ""),), row.state) if row.state else ""
    month = page.words.month(row.month) if row.month else ""
    return " · ".join(part for part in (about, month, state, owed) if part)


def _label(page: Page, families: tuple[str, ...], value: str) -> str:
    known = (f"enum.{family}.{value}" for family in families)
    return next((page.label(code) for code in known if code in labels()), value)


def _add_form(page: Page, details: RecordDetails, unit_code: str) -> None:
    """What to link to is chosen first; a bill is then chosen among those of the unit, all else named by its number."""
    t, form = page.t, open_form(f"links.{details.estate_id}.{details.record_id}")
    with_bills = bool(unit_code) and page.actor.may_at(Permission.FEES_VIEW, details.estate_id)
    targets = [one for one in _OFFERED if one is not LinkTarget.BILL or with_bills]
    target = st.selectbox(
        t("Link to"), targets, format_func=lambda one: enum_label(page.words, one), key=form.key("target")
    )
    with st.form(form.key("form"), enter_to_submit=False):
        reference: str | int | None
        if target is LinkTarget.BILL:
            reference = _bill_box(page, details, unit_code, form)
        else:
            hint = t("as it stands on its own page")
            label = t("Code of the survey round") if target is LinkTarget.SURVEY else t("Its number")
            reference = st.text_input(label, max_chars=64, placeholder=hint, key=form.key("reference"))
        if send_button(page, form, t("Add the link")):
            command = AddLink(details.estate_id, details.record_id, target, reference or "")
            saved_at(page, details, add_link, command, t("The link is added."), form=form)


def _bill_box(page: Page, details: RecordDetails, unit_code: str, form: OpenForm) -> int | None:
    """The newest bills of the unit, by item, month and what is open of them."""
    codes = code_words(page, CodeList.FEE_ITEM)
    rows = page.read(unit_bills, UnitBillsWanted(details.estate_id, unit_code))
    names = {int(row.bill_id): _bill_text(page, row, codes) for row in rows}
    return st.selectbox(
        page.t("Bill of unit %(code)s", code=unit_code),
        list(names),
        index=None,
        format_func=lambda one: names.get(one, ""),
        placeholder=page.t("Please choose"),
        key=form.key("bill"),
    )


def _bill_text(page: Page, row: UnitBill, codes: CodeWords) -> str:
    item, month = codes.say(CodeList.FEE_ITEM, row.item), page.words.month(row.month)
    return " · ".join((month, item, page.words.money(row.amount), page.t("%(amount)s open", amount=row.outstanding)))


def _remove_form(page: Page, details: RecordDetails) -> None:
    own = {row.link_id: row for row in details.links if not row.incoming}
    if not own:
        return
    t, form = page.t, open_form(f"links.remove.{details.estate_id}.{details.record_id}")
    with st.expander(t("Remove a link")), st.form(form.key("form"), border=False, enter_to_submit=False):
        number = st.selectbox(
            t("Link"),
            list(own),
            format_func=lambda one: f"{enum_label(page.words, own[one].target)} {own[one].name}",
            key=form.key("link"),
        )
        if send_button(page, form, t("Remove the link")):
            saved_at(
                page, details, remove_link, RemoveLink(details.estate_id, number), t("The link is removed."), form=form
            )
