"""Staff: the list with posts and portal roles, adding, changing, ending and resuming work (R-005)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.kernel.identity import StaffId
from core.staff.records import StaffState
from db.queries.staff import StaffMemberWanted, StaffRow, StaffWanted, staff, staff_member
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.page import open_page
from pages._shell.panels.staff import show_card, show_form, staff_panels
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, enum_picker, list_key, opened, word_picker

page = open_page("admin.staff")
words = code_words(page, CodeList.POST, CodeList.DEPARTMENT)
posts, parts = words.options(CodeList.POST), words.options(CodeList.DEPARTMENT)

boxes = st.columns([3, 2, 2, 2])
search = boxes[0].text_input(page.t("Search"), key="staff.search", placeholder=page.t("Name or number"), max_chars=64)
with boxes[1]:
    department = word_picker(page, page.t("Department"), parts, key="staff.department")
with boxes[2]:
    post = word_picker(page, page.t("Post"), posts, key="staff.post")
with boxes[3]:
    state = enum_picker(page, page.t("State"), StaffState, key="staff.state", start=StaffState.ACTIVE)

wanted = partial(StaffWanted, page.filter.estate_id, post, department, state, search)
key = list_key("staff", page.filter.estate_id, post, department, state, search)
found = page.read(staff, wanted(slice=chosen_slice(key, ROWS)))

columns = [
    Column[StaffRow](page.t("Staff number"), lambda m: m.number),
    Column[StaffRow](page.t("Full name"), lambda m: m.name),
    Column[StaffRow](page.t("Post"), lambda m: words.say(CodeList.POST, m.post)),
    Column[StaffRow](page.t("Department"), lambda m: words.say(CodeList.DEPARTMENT, m.department)),
    Column[StaffRow](page.t("Estate"), lambda m: m.estate_name or page.t("Whole company")),
    Column[StaffRow](page.t("State"), lambda m: enum_label(page.words, m.state)),
]
left, right = st.columns([3, 2], gap="medium")
with left:
    empty = page.t("Nobody fits. Change the filter or add a member of staff.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    offer_export(page, staff, lambda part: wanted(slice=part), columns, name="staff", total=found.total, personal=True)
with right:
    number = opened("member", picked.id if picked else None)
    member = page.read(staff_member, StaffMemberWanted(StaffId(number))) if number else None
    panels = staff_panels(page, member)
    panel = choose_panel(page, f"staff.{number}", panels) if panels else "none"
    if panel == "card" and member:
        show_card(page, member, words)
    elif panel in ("edit", "new"):
        show_form(page, member if panel == "edit" else None, words)
    else:
        st.caption(page.t("Pick somebody in the list to see more."))
