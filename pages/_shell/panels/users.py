"""The panels of the users page: one user, roles, estates, access, an invitation, the access review (R-006, R-198)."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.admin.permissions import APART, Permission, Role
from core.kernel.identity import EstateId
from db.operations.sign_in import RevokeSession, revoke_session
from db.operations.users import (
    ChooseUser,
    Invited,
    InviteUser,
    SetEstates,
    SetRoles,
    disable_user,
    enable_user,
    invite_user,
    issue_code,
    set_estates,
    set_roles,
)
from db.queries.sessions import OpenSession, SessionsOf, open_sessions
from db.queries.users import UserRow
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import (
    OpenForm,
    confirmed,
    leave_form,
    open_form,
    save,
    send_button,
    show_facts,
    warn_if_stale,
)

UNUSED = timedelta(days=90)
DISABLED = "disabled"


def state_names(page: Page) -> dict[str, str]:
    """The states of a user in words."""
    return {"active": page.t("May sign in"), "invited": page.t("Invited"), DISABLED: page.t("Disabled")}


def role_names(page: Page, roles: Sequence[Role]) -> str:
    """Roles in words."""
    return page.t(", ").join(enum_label(page.words, role) for role in roles)


def estate_names(page: Page, estates: Sequence[EstateId] | None) -> str:
    """Estates in words; those beyond the reader's own care are counted only."""
    if estates is None:
        return page.t("All estates")
    known = {option.id: option.name for option in page.estates}
    named = [known[estate] for estate in estates if estate in known]
    beyond = len(estates) - len(named)
    return page.t(", ").join([*named, *([page.t("%(count)s more", count=beyond)] if beyond else [])])


def user_panels(page: Page, user: UserRow | None) -> dict[str, str]:
    """What the panel may show. Nobody changes the own account here."""
    panels = {} if user is None else {"card": page.t("Details")}
    if not page.actor.may(Permission.USERS_MAKE):
        return panels
    if user is not None and user.user_id != page.actor.user_id:
        panels |= {"roles": page.t("Roles"), "estates": page.t("Estates"), "access": page.t("Access")}
    return panels | {"new": page.t("Invite")}


def show_card(page: Page, user: UserRow) -> None:
    """Show one user and the browsers signed in."""
    facts: list[tuple[str, object]] = [
        (page.t("Full name"), user.display_name),
        (page.t("User name"), user.username),
        (page.t("State"), state_names(page).get(user.state, user.state)),
        (page.t("Last use"), user.last_seen_at or page.t("never")),
        (page.t("Code valid until"), user.code_expires_at if user.state == "invited" else None),
    ]
    show_facts(page, facts)
    both = [(page.t("Roles"), role_names(page, user.roles)), (page.t("Estates"), estate_names(page, user.estates))]
    show_facts(page, both, columns=1)
    if user.user_id == page.actor.user_id:
        st.caption(page.t("This is you. Another administrator changes your roles and estates."))


def _explain_apart(page: Page) -> None:
    pairs = page.t(", ").join(f"{enum_label(page.words, a)} + {enum_label(page.words, b)}" for a, b in APART)
    st.caption(page.t("Never with one person (Accounting Law, Art. 35, and so that nobody checks the own work):"))
    st.caption(pairs)


def _role_picker(page: Page, form: OpenForm, held: Sequence[Role] = ()) -> frozenset[Role]:
    chosen = st.pills(
        page.t("Roles"), list(Role), selection_mode="multi", default=list(held),
        format_func=lambda role: enum_label(page.words, role), key=form.key("roles"),
    )  # fmt: skip
    return frozenset(chosen)


def _estates_picker(page: Page, form: OpenForm, held: Sequence[EstateId] | None) -> frozenset[EstateId] | None:
    """All estates, or some. Only who looks after all of them hands on all of them."""
    whole = page.actor.estates is None and st.toggle(page.t("All estates"), held is None, key=form.key("all"))
    names = {option.id: option.name for option in page.estates}
    some = st.multiselect(
        page.t("Or only these"), list(names), [e for e in held or () if e in names], format_func=names.__getitem__,
        key=form.key("estates"), placeholder=page.t("Choose estates"),
    )  # fmt: skip
    return None if whole else frozenset(some)


def show_roles_form(page: Page, user: UserRow) -> None:
    """Replace a user's roles."""
    form = open_form(f"user.{user.user_id}.roles", user.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        roles = _role_picker(page, form, user.roles)
        _explain_apart(page)
        if send_button(page, form):
            command = SetRoles(user.user_id, form.version, roles)
            save(page, set_roles, command, page.t("The roles were saved; they count at once."), form=form)


def show_estates_form(page: Page, user: UserRow) -> None:
    """Replace the estates in a user's care."""
    form = open_form(f"user.{user.user_id}.estates", user.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        estates = _estates_picker(page, form, user.estates)
        if send_button(page, form):
            command = SetEstates(user.user_id, form.version, estates)
            save(page, set_estates, command, page.t("The estates were saved; they count at once."), form=form)


def show_access(page: Page, user: UserRow) -> None:
    """Let a user in or shut him or her out; a fresh code; the browsers signed in."""
    chosen = ChooseUser(user.user_id, user.version)
    if user.state == DISABLED:
        st.info(page.t("This user cannot sign in."), icon=":material/lock:")
        if st.button(page.t("Let in again"), key=f"user.{user.user_id}.enable", type="primary"):
            save(page, enable_user, chosen, page.t("The user may sign in again."))
        return
    if _shows_new_code(page, user):
        return
    form = open_form(f"user.{user.user_id}.disable", user.version)
    says = page.t("Shutting out ends every sign-in of this person at once. What he or she did stays on record.")
    if confirmed(page, form, says=says, button=page.t("Shut out")):
        command = ChooseUser(user.user_id, form.version)
        save(page, disable_user, command, page.t("The user was shut out."), form=form)
    show_sessions(page, page.read(open_sessions, SessionsOf(user.user_id)))


def _shows_new_code(page: Page, user: UserRow) -> bool:
    form = open_form(f"user.{user.user_id}.code", user.version)
    says = page.t("A new one-time code ends the password and every sign-in of this person.")
    top = st.container()
    if not confirmed(page, form, says=says, button=page.t("Make a new code")):
        return False
    made = page.submit(issue_code, ChooseUser(user.user_id, form.version))
    if made:
        leave_form(form.name)
        leave_form(f"user.{user.user_id}.disable")  # our own change is no news to the form below
        with top:
            _show_code(page, user.username, made.value)
    return made is not None


def _show_code(page: Page, username: str, made: Invited) -> None:
    st.success(page.t("Hand this code over in person. It is shown once and valid for 24 hours."), icon=":material/key:")
    st.code(f"{username}\n{made.code}", language=None)
    st.button(page.t("Noted, hide the code"), key="user.code.hide")


def show_sessions(page: Page, found: Sequence[OpenSession], *, present: int | None = None) -> None:
    """Show signed-in browsers, each but the ``present`` one with a button that ends it."""
    st.caption(page.t("Signed in now"))
    if not found:
        st.text(page.t("Nowhere."))
    for row in found:
        text, button = st.columns([3, 1], vertical_alignment="center")
        with text.container(gap=None):
            if row.session_id == present:
                st.badge(page.t("this browser"), color="green")
            seen = page.t("Last use %(when)s, since %(since)s", when=row.last_seen_at, since=row.created_at)
            st.text(f"{seen} · {row.address}")
            st.text(row.agent[:80])
        if row.session_id != present and button.button(page.t("End"), key=f"session.{row.session_id}"):
            save(page, revoke_session, RevokeSession(row.session_id), page.t("The sign-in was ended."))


def show_invitation(page: Page) -> None:
    """Invite somebody: the one-time code is shown once."""
    form = open_form("user.new")
    top = st.container()  # the code is shown where it is seen, above the long form
    with st.form(form.key("form"), enter_to_submit=False):
        left, right = st.columns(2)
        name = left.text_input(page.t("Full name"), key=form.key("name"), max_chars=64)
        username = right.text_input(page.t("User name"), key=form.key("username"), max_chars=64)
        roles = _role_picker(page, form)
        _explain_apart(page)
        estates = _estates_picker(page, form, ())
        if not send_button(page, form, page.t("Invite")):
            return
        made = page.submit(invite_user, InviteUser(username, name, roles, estates))
    if made:
        leave_form(form.name)
        with top:
            _show_code(page, username, made.value)


def show_review(page: Page, users: Sequence[UserRow]) -> None:
    """The access review: who may what where, and what to look at (unused, never used, nothing in care)."""
    columns = [
        Column[UserRow](page.t("Full name"), lambda u: u.display_name),
        Column[UserRow](page.t("Roles"), lambda u: role_names(page, u.roles)),
        Column[UserRow](page.t("Estates"), lambda u: estate_names(page, u.estates)),
        Column[UserRow](page.t("Last use"), lambda u: u.last_seen_at or page.t("never")),
        Column[UserRow](page.t("To look at"), lambda u: page.t(", ").join(remarks(page, u))),
    ]
    ordered = sorted(users, key=lambda user: not remarks(page, user))
    show_table(page, ordered, columns, key="users.review", empty=page.t("No user fits."), size=len(ordered) or 1)


def remarks(page: Page, user: UserRow) -> list[str]:
    """What of a user somebody should look at."""
    found: list[str] = []
    if user.state == DISABLED:
        return found
    if user.last_seen_at is None:
        found.append(page.t("never used"))
    elif page.now - user.last_seen_at > UNUSED:
        found.append(page.t("not used for 90 days"))
    if user.estates is not None and not user.estates:
        found.append(page.t("no estate in care"))
    if len(user.roles) > 2:
        found.append(page.t("more than two roles"))
    return found
