"""Call-backs after a low mark: who is to be called by when, what came of it, whether it helped (R-145, R-152)."""

from functools import partial

import streamlit as st

from db.queries.follow_ups import (
    FollowUpCountsWanted,
    FollowUpsShown,
    FollowUpsWanted,
    follow_up_counts,
    follow_ups,
)
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.call_backs import LIST, queue_columns, show_call_back, show_counts
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, list_key, round_of

page = open_page("surveys.call_backs")
t, estate = page.t, page.filter.estate_id
show_counts(page, page.read(follow_up_counts, FollowUpCountsWanted(estate)))

left, right, _ = st.columns([2, 2, 4])
with left:
    views = {
        FollowUpsShown.OPEN.value: t("Calls to make"),
        FollowUpsShown.OVERDUE.value: t("Overdue"),
        FollowUpsShown.DUE_TODAY.value: t("Due today"),
        FollowUpsShown.SETTLED.value: t("Ended call-backs"),
    }
    show = choice(page, t("Show"), "show", views)
search = right.text_input(
    t("Unit"), st.query_params.get("unit", ""), key="call_backs.search", placeholder="3-1-1202", max_chars=40
)

wanted = partial(FollowUpsWanted, estate, FollowUpsShown(show), search)
key = list_key(LIST, estate, show, search, round_of(LIST))
found = page.read(follow_ups, wanted(slice=chosen_slice(key, ROWS)))
ended = show == FollowUpsShown.SETTLED.value
columns = queue_columns(page, with_estate=estate is None, ended=ended)
nothing = t("Nobody waits for a call. A form with a low mark and a room number opens a call-back by itself.")
empty = t("No call-back fits. Change the filter.") if search or show != FollowUpsShown.OPEN.value else nothing
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
if found.unknown_years:
    years = t(", ").join(str(year) for year in found.unknown_years)
    st.caption(
        t("The holidays of %(years)s are not known yet; Monday to Friday were counted as working days.", years=years)
    )
whole = queue_columns(page, with_estate=estate is None, ended=ended, whole=True)
offer_export(page, follow_ups, lambda s: wanted(slice=s), whole, name=LIST, total=found.total, personal=True)
if picked:
    show_call_back(page, picked)
elif found.rows:
    st.caption(t("Pick a line to see what was low, whom to call, and to note what came of it."))
