"""Questionnaires: the editions, one of them as it is asked, drafts written line by line, published (R-137, R-149)."""

from functools import partial

import streamlit as st

from core.admin.codes import CodeList
from core.kernel.identity import QuestionnaireId
from core.surveys.questionnaires import QuestionnaireState
from db.queries.questionnaires import (
    QuestionnairesWanted,
    QuestionnaireWanted,
    questionnaire_card,
    questionnaires,
)
from locales.labels import enum_label
from pages._shell.code_words import code_words
from pages._shell.links import choice
from pages._shell.page import open_page
from pages._shell.panels.survey_questionnaires import (
    LIST,
    questionnaire_columns,
    questionnaire_panels,
    show_editor,
    show_new_edition,
    show_preview,
    show_publish,
    show_retirement,
)
from pages._shell.panels.survey_rounds import opened_code
from pages._shell.state import number_in_address
from pages._shell.tables import chosen_slice, offer_export, show_table
from pages._shell.widgets import ROWS, choose_panel, list_key, round_of

page = open_page("surveys.questionnaires")
t = page.t
names = code_words(page, CodeList.SURVEY_DIMENSION)

picker, _ = st.columns([2, 6])
with picker:
    states = {state.value: enum_label(page.words, state) for state in QuestionnaireState}
    show = choice(page, t("State"), "state", {"all": t("All"), **states})
wanted = partial(QuestionnairesWanted, None if show == "all" else QuestionnaireState(show))
key = list_key(LIST, show, round_of(LIST))
found = page.read(questionnaires, wanted(chosen_slice(key, ROWS)))

columns = questionnaire_columns(page)
none_yet = t("No questionnaire yet. A supervisor begins one below, for instance with the standard questionnaire.")
empty = none_yet if show == "all" else t("No questionnaire is in this state.")
picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
offer_export(page, questionnaires, lambda s: wanted(slice=s), columns, name=LIST, total=found.total, personal=False)

opened_code("questionnaire", str(picked.questionnaire_id) if picked else None, key=key)
number = number_in_address("questionnaire")
card = page.read(questionnaire_card, QuestionnaireWanted(QuestionnaireId(number))) if number else None
panels = questionnaire_panels(page, card)
state = card.row.state.value if card else ""
panel = choose_panel(page, f"questionnaire.{number}.{state}", panels) if panels else "none"
if panel == "preview" and card:
    show_preview(page, card, names)
elif panel == "publish" and card:
    show_publish(page, card)
elif panel == "retire" and card:
    show_retirement(page, card)
elif panel == "edition" and card:
    show_new_edition(page, card)
elif panel in ("edit", "new"):
    show_editor(page, card if panel == "edit" else None, names)
elif found.rows:
    st.caption(t("Pick a questionnaire in the list to see its questions."))
