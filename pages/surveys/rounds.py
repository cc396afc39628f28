"""Survey rounds: when an estate is asked, how many forms are in, the paper form; opened, changed, closed (R-136)."""

from functools import partial

import streamlit as st

from core.surveys.rounds import RoundPhase
from db.queries.survey_rounds import RoundsWanted, survey_rounds
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.survey_rounds import (
    LIST,
    named_round,
    opened_code,
    phase_text,
    round_columns,
    round_panels,
    show_cancel,
    show_change,
    show_close,
    show_new_round,
    show_reopen,
    show_round,
)
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, list_key, round_of

page = open_page("surveys.rounds")
t, estate = page.t, page.filter.estate_id

picker, _ = st.columns([2, 6])
with picker:
    phases = {phase.value: phase_text(page, phase) for phase in RoundPhase}
    show = choice(page, t("Phase"), "phase", {"all": t("All"), **phases})
wanted = partial(RoundsWanted, estate, None if show == "all" else RoundPhase(show))
key = list_key(LIST, estate, show, round_of(LIST))
found = page.read(survey_rounds, wanted(chosen_slice(key, ROWS)))

columns = round_columns(page, with_estate=estate is None)
none_yet = t("No survey round yet. A supervisor opens one below, with a published questionnaire.")
empty = none_yet if show == "all" else t("No round is in this phase.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
offer_export(page, survey_rounds, lambda s: wanted(slice=s), columns, name=LIST, total=found.total, personal=False)

code = opened_code("round", picked.code if picked else None, key=key, place=estate)
row = named_round(page, code, picked)
panels = round_panels(page, row)
state = row.state.value if row else ""
panel = choose_panel(page, f"round.{row.code if row else ''}.{state}", panels) if panels else "none"
if panel == "card" and row:
    show_round(page, row)
elif panel == "change" and row:
    show_change(page, row)
elif panel == "close" and row:
    show_close(page, row)
elif panel == "cancel" and row:
    show_cancel(page, row)
elif panel == "reopen" and row:
    show_reopen(page, row)
elif panel == "new":
    show_new_round(page)
elif found.rows:
    st.caption(t("Pick a round in the list to see all of it."))
