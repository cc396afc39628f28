"""Enter surveys: paper forms typed one line each or pasted, people asked one by one (R-138 to R-140, R-146, R-147)."""

import streamlit as st

from db.queries.survey_entry import SheetWanted, entry_sheet
from pages._shell.page import open_page
from pages._shell.panels.survey_check import check_sample
from pages._shell.panels.survey_entry import batch_header, choose_round
from pages._shell.panels.survey_interview import ask_one
from pages._shell.panels.survey_lines import type_lines
from pages._shell.panels.survey_paste import paste_lines
from pages._shell.widgets import choose_panel

page = open_page("surveys.entry")
t = page.t
place, way = st.columns(2, vertical_alignment="bottom")
with place:
    chosen = choose_round(page)
if chosen is None:
    st.stop()
with way:
    how = choose_panel(
        page,
        "surveys.entry",
        {
            "lines": t("Line by line"),
            "paste": t("Paste many"),
            "interview": t("One by one"),
            "check": t("Check a sample"),
        },
    )
sheet = page.read(entry_sheet, SheetWanted(chosen.estate_id, chosen.round_id))
last = t("last day %(day)s", day=page.words.date(chosen.last_day))
st.caption(f"{sheet.title(page.words.language)} · {last}")
if how == "check":
    check_sample(page, chosen, sheet)
    st.stop()
batch = batch_header(page, chosen)
if how == "lines":
    type_lines(page, chosen, sheet, batch)
elif how == "paste":
    paste_lines(page, chosen, sheet, batch)
else:
    ask_one(page, chosen, sheet, batch)
