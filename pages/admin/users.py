"""Users and roles: who may sign in, with which roles, for which estates; invitations, the access review (R-006)."""

from functools import partial

import streamlit as st

from core.admin.permissions import Role
from core.kernel.filters import Slice
from db.queries.users import UserRow, WantedUsers, users
from pages._shell.page import open_page
from pages._shell.panels.users import (
    role_names,
    show_access,
    show_card,
    show_estates_form,
    show_invitation,
    show_review,
    show_roles_form,
    state_names,
    user_panels,
)
from pages._shell.tables import Column, chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, enum_picker, list_key, opened, word_picker

REVIEW = Slice(1, 500)

page = open_page("admin.users")
states = state_names(page)
boxes = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
search = boxes[0].text_input(
    page.t("Search"), key="users.search", placeholder=page.t("Name or user name"), max_chars=64
)
with boxes[1]:
    role = enum_picker(page, page.t("Role"), Role, key="users.role")
with boxes[2]:
    state = word_picker(page, page.t("State"), states, key="users.state")
with boxes[3]:
    view = choose_panel(page, "users", {"list": page.t("List"), "review": page.t("Access review")})

if view == "review":
    show_review(page, page.read(users, WantedUsers(search, state, role, REVIEW)).rows)
    st.stop()

key = list_key("users", search, state, role)
found = page.read(users, WantedUsers(search, state, role, chosen_slice(key, ROWS)))
columns = [
    Column[UserRow](page.t("User name"), lambda u: u.username),
    Column[UserRow](page.t("Full name"), lambda u: u.display_name),
    Column[UserRow](page.t("Roles"), lambda u: role_names(page, u.roles)),
    Column[UserRow](page.t("Last use"), lambda u: u.last_seen_at or page.t("never")),
    Column[UserRow](page.t("State"), lambda u: states.get(u.state, u.state)),
]
left, right = st.columns([3, 2], gap="medium")
with left:
    empty = page.t("No user fits. Change the filter or invite somebody.")
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    listed = partial(WantedUsers, search, state, role)
    offer_export(page, users, listed, columns, name="users", total=found.total, personal=True)
with right:
    number = opened("user", picked.user_id if picked else None)
    user = next((row for row in found.rows if row.user_id == number), None)
    panels = user_panels(page, user)
    panel = choose_panel(page, f"user.{number if user else None}", panels) if panels else "none"
    if panel == "new":
        show_invitation(page)
    elif user is None:
        st.caption(page.t("Pick somebody in the list to see more."))
    elif panel == "card":
        show_card(page, user)
    elif panel == "roles":
        show_roles_form(page, user)
    elif panel == "estates":
        show_estates_form(page, user)
    elif panel == "access":
        show_access(page, user)
