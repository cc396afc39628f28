"""The panels of the staff page: one member, the form, ending and resuming work (R-005)."""

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.identity import COMPANY, EstateId
from core.staff.posts import LONGEST_NAME
from core.staff.records import LONGEST_NUMBER, StaffState
from db.operations.staff import AddStaffMember, EditStaffMember, add_staff_member, edit_staff_member
from db.queries.staff import StaffRow
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.page import Page
from pages._shell.widgets import code_picker, open_form, save, send_button, show_facts, warn_if_stale


def staff_panels(page: Page, member: StaffRow | None) -> dict[str, str]:
    """What the panel may show: the open member, the form, a new member."""
    panels = {} if member is None else {"card": page.t("Details")}
    if not page.actor.may(Permission.STAFF_EDIT):
        return panels
    whole = page.actor.estates is None
    if member is not None and (whole or member.estate_id != COMPANY):
        panels["edit"] = page.t("Edit")
    return panels | {"new": page.t("New member of staff")}


def show_card(page: Page, member: StaffRow, words: CodeWords) -> None:
    """Show one member of staff, the phone masked."""
    roles = page.t(", ").join(enum_label(page.words, role) for role in member.roles)
    facts: list[tuple[str, object]] = [
        (page.t("Full name"), member.name),
        (page.t("Staff number"), member.number),
        (page.t("Post"), words.say(CodeList.POST, member.post)),
        (page.t("Department"), words.say(CodeList.DEPARTMENT, member.department)),
        (page.t("Estate"), member.estate_name or page.t("Whole company")),
        (page.t("Phone"), member.phone),
        (page.t("State"), enum_label(page.words, member.state)),
        (page.t("Portal roles"), roles or page.t("no portal user")),
    ]
    show_facts(page, facts)
    if member.state is StaffState.INACTIVE:
        st.info(page.t("No longer active: cannot be given work."), icon=":material/person_off:")


def show_form(page: Page, member: StaffRow | None, words: CodeWords) -> None:
    """The form of a member of staff (``None``: of a new one); a masked phone is typed anew or left."""
    form = open_form("staff.new") if member is None else open_form(f"staff.{member.id}", member.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        kept = member.name if member else ""
        name = left.text_input(page.t("Full name"), kept, key=form.key("name"), max_chars=LONGEST_NAME)
        kept = member.number if member else ""
        number = right.text_input(page.t("Staff number"), kept, key=form.key("number"), max_chars=LONGEST_NUMBER)
        with left:
            posts = words.options(CodeList.POST)
            post = code_picker(page.t("Post"), posts, member.post if member else None, key=form.key("post"))
            estate = _estate_picker(page, member, form.key("estate"))
        with right:
            parts, part = words.options(CodeList.DEPARTMENT), member.department if member else None
            department = code_picker(page.t("Department"), parts, part, key=form.key("department"))
            hint = page.t("Empty: stays as it is") if member else ""
            phone = st.text_input(page.t("Phone"), key=form.key("phone"), max_chars=32, placeholder=hint)
        active = member is None or st.toggle(
            page.t("Active: can be given work"), member.state is StaffState.ACTIVE, key=form.key("active")
        )
        if not send_button(page, form):
            return
        if member is None:
            command = AddStaffMember(estate, number, name, post or "", department or "", phone)
            save(page, add_staff_member, command, page.t("The member of staff was added."), form=form)
        else:
            details = (number, name, post or "", department or "", active, phone.strip() or None)
            edit = EditStaffMember(estate, member.id, form.version, *details)
            save(page, edit_staff_member, edit, page.t("The member of staff was saved."), form=form)


def _estate_picker(page: Page, member: StaffRow | None, key: str) -> EstateId:
    """Where somebody works: the whole company (for who looks after all of it), or an estate."""
    names = {COMPANY: page.t("Whole company")} if page.actor.estates is None else {}
    names |= {option.id: option.name for option in page.estates}
    start = member.estate_id if member else page.filter.estate_id or COMPANY
    options = list(names)
    index = options.index(start) if start in names else 0
    return st.selectbox(page.t("Works at"), options, index, format_func=names.__getitem__, key=key)
