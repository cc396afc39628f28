"""One person at a time, with the mouse or a thumb: an interview, a call, a form at the door (R-138; phone width)."""

from collections.abc import Mapping

import streamlit as st

from core.surveys.lines import LineProblem
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK, NPS_MOST, Answer, Item, ItemKind, Questionnaire
from db.queries.survey_entry import EntryRound
from locales.labels import error_sentence
from pages._shell import state
from pages._shell.page import Page, Saved
from pages._shell.panels.survey_entry import Batch, Understood, problem_text, save_forms, saved_text, understand
from pages._shell.widgets import OpenForm, leave_form, open_form

_MARKS = list(range(HIGHEST_MARK, LOWEST_MARK - 1, -1))


def ask_one(page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch) -> None:
    """The questionnaire with a button for each answer; what was tapped is kept until it is saved."""
    t, name = page.t, f"surveys.interview.{chosen.code}"
    form = open_form(name)
    drafted = state.kept(name, {})
    st.caption(t("5 very satisfied · 4 rather satisfied · 3 neutral · 2 rather dissatisfied · 1 very dissatisfied"))
    place = st.text_input(
        t("Room (empty: anonymous)"), drafted.get("place", ""), key=form.key("place"), max_chars=40,
        placeholder="3-1-1202",
    )  # fmt: skip
    answers: dict[int, Answer] = {}
    half = -(-len(sheet.items) // 2)
    for items, column in zip((sheet.items[:half], sheet.items[half:]), st.columns(2), strict=True):
        with column:
            answers |= {item.position: _ask(page, form, item, drafted.get(str(item.position))) for item in items}
    state.keep(name, {"place": place, **{str(position): answer for position, answer in answers.items()}})
    with st.container(horizontal=True):
        sent = st.button(t("Save and next"), type="primary", key=form.key("send"))
        if st.button(t("Empty the form"), key=form.key("empty"), type="tertiary"):
            _leave(name)
            st.rerun()
    if sent:
        said = {position: answer for position, answer in answers.items() if answer is not None and answer != ""}
        _save(page, chosen, sheet, batch, _found(page, chosen, batch, place, said))


def _ask(page: Page, form: OpenForm, item: Item, drafted: Answer) -> Answer:
    title = f"{item.position}. {item.text(page.words.language)}"
    key = form.key(str(item.position))
    if item.kind is ItemKind.RATING:
        return st.segmented_control(title, _MARKS, default=_among(drafted, _MARKS), key=key)
    if item.kind is ItemKind.NPS:
        marks = list(range(NPS_MOST + 1))  # pills, for they wrap: eleven marks in a row do not fit a phone
        return st.pills(title, marks, default=_among(drafted, marks), key=key)
    if item.kind is ItemKind.CHOICE:
        names = {choice.letter: f"{choice.letter} {choice.text(page.words.language)}" for choice in item.choices}
        if item.most > 1:
            start = [letter for letter in str(drafted or "") if letter in names]
            return "".join(st.pills(title, list(names), selection_mode="multi", default=start, key=key,
                                    format_func=names.__getitem__))  # fmt: skip
        start_one = drafted if drafted in names else None
        return st.pills(title, list(names), default=start_one, key=key, format_func=names.__getitem__)
    if item.kind is ItemKind.NUMBER:
        start_at = drafted if isinstance(drafted, int) else None
        return st.number_input(title, value=start_at, min_value=item.least, max_value=item.most, step=1, key=key)
    return st.text_area(title, str(drafted or ""), key=key, max_chars=1000, height=80)


def _among(drafted: Answer, marks: list[int]) -> int | None:
    return drafted if isinstance(drafted, int) and drafted in marks else None


def _found(
    page: Page, chosen: EntryRound, batch: Batch, place: str, said: Mapping[int, int | str]
) -> Understood | None:
    """Find the room as a line would; say what is missing."""
    found = understand(page, chosen, (), batch.prefix, [place.strip() or "-"])[0]
    if isinstance(found, LineProblem):
        st.error(problem_text(page, found), icon=":material/rule:")
        return None
    if not said:
        st.error(page.t("No question is answered yet."), icon=":material/rule:")
        return None
    return Understood(found.place, found.unit_id, found.building_id, tuple(said.items()))


def _save(page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch, read: Understood | None) -> None:
    name = f"surveys.interview.{chosen.code}"
    if read is None:
        return
    result = save_forms(page, chosen, batch, [read.form(state.intent(name))])
    if not isinstance(result, Saved):
        st.error(error_sentence(page.words, result), icon=":material/block:")
        return
    _leave(name)
    page.done(saved_text(page, sheet, read, result.value[0]), renew=name)


def _leave(name: str) -> None:
    leave_form(name)
    state.keep(name, {})
