"""Audit log: who did what when, before and after; the check that nobody changed it since (R-011, R16)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import streamlit as st

from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, UserId
from db.queries.audit import AuditLine, AuditWanted, audit_chains, audit_page
from db.queries.users import WantedUsers, users
from pages._shell.page import Page, open_page
from pages._shell.panels.audit import (
    FAMILIES,
    action_words,
    chain_name,
    check_chains,
    end_of,
    fact_columns,
    place_shown,
    show_entry,
    show_heads,
    show_pager,
    start_of,
    subject_words,
)
from pages._shell.tables import Column, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, list_key, word_picker

PEOPLE = Slice(1, 500)


def show_log(page: Page) -> None:
    """The entries under a filter, newest first, and one of them in full."""
    boxes = st.columns(5)
    scopes = {"all": page.t("All I may see"), "company": page.t("Whole company")}
    scopes |= {"estate": page.estate_name(page.filter.estate_id)} if page.filter.estate_id else {}
    scope = boxes[0].selectbox(page.t("Chain"), list(scopes), format_func=scopes.__getitem__, key="audit.scope")
    first = boxes[1].date_input(page.t("From"), page.today - timedelta(days=30), key="audit.from", format="YYYY-MM-DD")
    last = boxes[2].date_input(page.t("Up to"), page.today, key="audit.to", format="YYYY-MM-DD")
    people = {str(row.user_id): row.display_name for row in page.read(users, WantedUsers(slice=PEOPLE)).rows}
    with boxes[3]:
        who = word_picker(page, page.t("Who"), people, key="audit.who")
    person = UserId(int(who)) if who else None
    action = boxes[4].selectbox(
        page.t("Action"),
        ["", *FAMILIES],
        format_func=lambda a: action_words(page, a) if a else page.t("All"),
        key="audit.action",
        accept_new_options=True,
        help=page.t("A family such as customers, or one action such as customers.reveal"),
    )
    estate = {"all": None, "company": COMPANY}.get(scope, page.filter.estate_id)
    key = list_key("audit", estate, first, last, person, action)
    period = (start_of(first), end_of(last))
    wanted = AuditWanted(estate, *period, person, str(action or ""), before=place_shown(key), size=ROWS)
    found = page.read(audit_page, wanted)
    columns = [
        Column[AuditLine](page.t("When"), lambda a: a.at),
        Column[AuditLine](page.t("Who"), lambda a: a.actor_name),
        Column[AuditLine](page.t("Action"), lambda a: action_words(page, a.action)),
        Column[AuditLine](page.t("Concerns"), lambda a: subject_words(page, a)),
        Column[AuditLine](page.t("Chain"), lambda a: chain_name(page, a.chain)),
    ]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        place = list_key(key, wanted.before)
        empty = page.t("No entry fits. Widen the period or choose all actions.")
        size = max(found.total, 1)  # one long list to the table: its pages are turned below, by place
        picked = show_table(
            page, found.lines, columns, key=place, total=found.total, empty=empty, opens=True, size=size
        )
        show_pager(page, found)
        every, whole = partial(replace, wanted, before=None), [*columns, *fact_columns(page)]
        offer_export(
            page, audit_page, lambda s: every(size=s.size), whole, name="audit", total=found.total, personal=False
        )
    with right:
        if picked is None:
            st.caption(page.t("Pick an entry to see what was before and after."))
        else:
            show_entry(page, picked)


def show_check(page: Page) -> None:
    """The ends of the chains, and a button that recomputes them."""
    chains = page.read(audit_chains, None)
    if st.button(page.t("Verify the chains now"), type="primary", icon=":material/verified_user:", key="audit.verify"):
        check_chains(page, chains)
    show_heads(page, chains)


page = open_page("admin.audit")
if choose_panel(page, "audit", {"log": page.t("Entries"), "check": page.t("Verification")}) == "log":
    show_log(page)
else:
    show_check(page)
