"""The parts of the questionnaires page: an edition as it is asked, its ways on, the editor of a draft (R-137)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.errors import Problem
from core.surveys.authoring import LONGEST_PASTE, items_text, parse_questionnaire_items
from core.surveys.questionnaires import Item, ItemKind, ItemRole, QuestionnaireState
from db.operations.questionnaires import (
    NewEdition,
    PublishQuestionnaire,
    RetireQuestionnaire,
    SaveQuestionnaire,
    new_edition,
    publish_questionnaire,
    retire_questionnaire,
    save_questionnaire,
)
from db.queries.questionnaires import QuestionnaireCard, QuestionnaireRow
from locales.labels import enum_label, error_sentence
from locales.questionnaire import standard_questionnaire_text
from locales.translator import LANGUAGES, Translator
from pages._shell import state
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import OpenForm, confirmed, leave_form, new_round, open_form, show_facts, warn_if_stale

LIST: Final = "questionnaires"
_S: Final = QuestionnaireState
_PROBLEMS_SHOWN: Final = 20


def questionnaire_columns(page: Page) -> list[Column[QuestionnaireRow]]:
    """The columns of the list."""
    t, words = page.t, page.words
    return [
        Column(t("Code"), lambda row: row.code),
        Column(t("Edition"), lambda row: row.edition, ColumnKind.INTEGER),
        Column(t("Title"), lambda row: row.title(words.language)),
        Column(t("Questions"), lambda row: row.items, ColumnKind.INTEGER),
        Column(t("State"), lambda row: enum_label(words, row.state)),
        Column(t("Rounds using it"), lambda row: row.rounds, ColumnKind.INTEGER),
        Column(t("Published at"), lambda row: row.published_at, ColumnKind.INSTANT),
    ]


def questionnaire_panels(page: Page, card: QuestionnaireCard | None) -> dict[str, str]:
    """What may be shown: the chosen edition, what its state allows, a new questionnaire."""
    t = page.t
    panels = {} if card is None else {"preview": t("Preview")}
    if not page.actor.may(Permission.SURVEYS_MAKE):
        return panels
    if card is not None and card.row.state is _S.DRAFT:
        panels |= {"edit": t("Edit"), "publish": t("Publish"), "retire": t("Give up the draft")}
    elif card is not None:
        panels |= {"edition": t("New edition")}
        panels |= {"retire": t("Retire")} if card.row.state is _S.PUBLISHED else {}
    return panels | {"new": t("New questionnaire")}


# --- one edition


def show_preview(page: Page, card: QuestionnaireCard, names: CodeWords) -> None:
    """The edition as it is asked, in the person's language: ratings by dimension, then the other kinds."""
    t, asked, row = page.t, card.asked, card.row
    language = page.words.language
    title = t("edition %(number)s", number=row.edition)
    st.markdown(f"##### {plain(asked.title(language))} · {plain(title)} · {enum_label(page.words, row.state)}")
    intro = asked.intro_en if language == "en" else asked.intro_zh
    if intro or asked.intro_zh or asked.intro_en:
        st.text(intro or asked.intro_zh or asked.intro_en)
    for heading, items in _groups(page, asked.items, names).items():
        lines = (f"- **{item.position}** {plain(_asked_text(page, item))}" for item in items)
        st.markdown("\n".join([f"**{plain(heading)}**", "", *lines]))
    if not asked.items:
        st.info(t("The draft has no questions yet. Write them under “Edit”."), icon=":material/edit_note:")
    facts = [(t("Made by"), row.made_by_name), (t("Made at"), row.made_at), (t("Rounds using it"), row.rounds)]
    show_facts(page, facts, columns=3)


def _groups(page: Page, items: Sequence[Item], names: CodeWords) -> Mapping[str, list[Item]]:
    """The items under headings: ratings by what they measure, the others by their kind."""
    groups: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.kind is not ItemKind.RATING):
        parts = [enum_label(page.words, item.kind)]
        if item.dimension:
            parts.append(names.say(CodeList.SURVEY_DIMENSION, item.dimension))
        groups.setdefault(" · ".join(parts), []).append(item)
    return groups


def _asked_text(page: Page, item: Item) -> str:
    """A question with what may be answered, and what it stands for besides its dimension."""
    parts = [item.text(page.words.language), _answers_text(page, item)]
    if item.role is not ItemRole.NONE:
        parts.append(enum_label(page.words, item.role))
    return " – ".join(filter(None, parts))


def _answers_text(page: Page, item: Item) -> str:
    """The choices or bounds of a question, empty for the kinds without any."""
    if item.kind is ItemKind.NUMBER:
        return f"{item.least}–{item.most}"
    choices = "; ".join(f"{choice.letter} {choice.text(page.words.language)}" for choice in item.choices)
    return f"{choices} ({page.t('up to %(most)s', most=item.most)})" if choices and item.most > 1 else choices


def show_publish(page: Page, card: QuestionnaireCard) -> None:
    """Ask, then let the draft be asked."""
    t, row = page.t, card.row
    form = open_form(f"questionnaire.{row.questionnaire_id}.publish", row.version)
    warn_if_stale(page, form)
    says = t("A published edition can be asked in rounds and never changes. For changes, make a new edition of it.")
    if confirmed(page, form, says=says, button=t("Publish")):
        command = PublishQuestionnaire(row.questionnaire_id, form.version)
        if page.submit(publish_questionnaire, command):
            _done(page, form, t("Published. Rounds can ask it now."), row.questionnaire_id)


def show_retirement(page: Page, card: QuestionnaireCard) -> None:
    """Ask, then offer the edition no longer."""
    t, row = page.t, card.row
    form = open_form(f"questionnaire.{row.questionnaire_id}.retire", row.version)
    warn_if_stale(page, form)
    is_draft = row.state is _S.DRAFT
    kept = t("No new round can ask it any more. Rounds that ask it go on, and their results stay.")
    says = t("The draft is given up and cannot be published any more.") if is_draft else kept
    if confirmed(page, form, says=says, button=t("Give up the draft") if is_draft else t("Retire")):
        command = RetireQuestionnaire(row.questionnaire_id, form.version)
        if page.submit(retire_questionnaire, command):
            _done(page, form, t("It is offered no more."), row.questionnaire_id)


def show_new_edition(page: Page, card: QuestionnaireCard) -> None:
    """Begin a draft that copies the edition."""
    t, row = page.t, card.row
    st.text(t("The new edition begins as a draft with the same questions. Keep a question's code to compare rounds."))
    if st.button(t("Make a new edition"), type="primary", key="questionnaire.edition"):
        made = page.submit(new_edition, NewEdition(row.questionnaire_id))
        if made:
            _done(page, None, t("The draft of the new edition is open."), made.value)


def _done(page: Page, form: OpenForm | None, message: str, opened: int) -> None:
    if form is not None:
        leave_form(form.name)
    new_round(LIST)
    page.done(message, questionnaire=opened)


# --- the editor


def show_editor(page: Page, card: QuestionnaireCard | None, names: CodeWords) -> None:
    """The form of a draft (``None``: of a new questionnaire). What was typed stays until it is saved."""
    t, row = page.t, None if card is None else card.row
    form = open_form("questionnaire.new") if row is None else open_form(f"questionnaire.{row.questionnaire_id}",
                                                                        row.version)  # fmt: skip
    stored = _stored(card)
    form = _begin(form, stored)
    warn_if_stale(page, form)
    st.button(
        t("Start from the standard questionnaire"), key=form.key("standard"), icon=":material/auto_stories:",
        on_click=_fill_standard, args=(form,),
        help=t("Fills in what is empty; the questions below are replaced by the standard ones."),
    )  # fmt: skip
    texts = _heads(page, form, fixed_code=row is not None and row.edition > 1)
    known = {**names.options(CodeList.SURVEY_DIMENSION)}
    if card is not None:  # a draft keeps dimensions that were retired meanwhile
        known |= {
            i.dimension: names.say(CodeList.SURVEY_DIMENSION, i.dimension) for i in card.asked.items if i.dimension
        }
    _hint(page, known)
    text = st.text_area(
        t("Questions, one a line"), key=form.key("items"), height=360, max_chars=LONGEST_PASTE,
        help=t("Press Ctrl+Enter to have the lines read without leaving the box."),
    )  # fmt: skip
    items, problems = parse_questionnaire_items(text=text, dimensions=known) if text.strip() else ((), ())
    typed = {**texts, "items": text}
    state.keep(form.key("typed"), {} if typed == stored else {"version": form.version, **typed})
    if st.button(t("Save the draft"), type="primary", key=form.key("send")):
        _save(page, form, row, texts=texts, items=items, problems=problems)
    show_echo(page, items, problems, known)


def _stored(card: QuestionnaireCard | None) -> dict[str, str]:
    """What is stored of a draft, by the names of its boxes."""
    names = ("code", "title_zh", "title_en", "intro_zh", "intro_en")
    if card is None:
        return {**dict.fromkeys(names, ""), "items": ""}
    return {**{name: str(getattr(card.asked, name)) for name in names}, "items": items_text(card.asked.items)}


def _begin(form: OpenForm, stored: Mapping[str, str]) -> OpenForm:
    """Put the stored values into the boxes of a form that begins; what was typed is left alone.

    Streamlit forgets boxes on another panel or page: what was typed there before comes back, with the version it
    was typed upon, so that a change made meanwhile is still seen.
    """
    kept = state.kept(form.key("typed"), {})
    for name, value in stored.items():
        st.session_state.setdefault(form.key(name), kept.get(name, value))
    return replace(form, version=kept["version"]) if kept else form


def _fill_standard(form: OpenForm) -> None:
    """Fill a form with the standard questionnaire (a callback: runs before the page)."""
    zh, en = (Translator(language) for language in LANGUAGES)
    usual = {
        "code": "standard",
        "title_zh": zh.t("Resident satisfaction survey"),
        "title_en": en.t("Resident satisfaction survey"),
        "intro_zh": _thanks(zh),
        "intro_en": _thanks(en),
    }
    for name, value in usual.items():
        if not st.session_state.get(form.key(name)):
            st.session_state[form.key(name)] = value
    st.session_state[form.key("items")] = standard_questionnaire_text()


def _thanks(words: Translator) -> str:
    return words.t(
        "Please take five minutes to tell us how satisfied you are with our service. "
        "Your answers are used only to improve it."
    )


def _heads(page: Page, form: OpenForm, *, fixed_code: bool) -> dict[str, str]:
    """Code, titles and introductions as typed."""
    t, key = page.t, form.key
    one, two, three = st.columns([1, 2, 2])
    code = one.text_input(
        t("Code"), key=key("code"), max_chars=32, disabled=fixed_code, placeholder="standard",
        help=t("Stays the same from edition to edition."),
    )  # fmt: skip
    title_zh = two.text_input(t("Title in Chinese"), key=key("title_zh"), max_chars=100)
    title_en = three.text_input(t("Title in English (may stay empty)"), key=key("title_en"), max_chars=100)
    left, right = st.columns(2)
    intro_zh = left.text_area(t("Introduction in Chinese"), key=key("intro_zh"), max_chars=500, height=80)
    intro_en = right.text_area(t("Introduction in English"), key=key("intro_en"), max_chars=500, height=80)
    return {"code": code, "title_zh": title_zh, "title_en": title_en, "intro_zh": intro_zh, "intro_en": intro_en}


def _hint(page: Page, dimensions: Mapping[str, str]) -> None:
    """How a line looks: its fields, the words that may stand in them, and lines of the standard questionnaire."""
    t = page.t
    with st.expander(t("How to write a line"), icon=":material/help:"):
        st.text(t("kind | dimension+role | Chinese text | English text | choices or bounds"))
        kinds = " · ".join(f"{kind.value} = {enum_label(page.words, kind)}" for kind in ItemKind)
        known = " · ".join(f"{code} = {name}" for code, name in dimensions.items())
        roles = " · ".join(f"+{role.value} = {enum_label(page.words, role)}" for role in ItemRole if role.value)
        st.text(t("Kinds: %(kinds)s", kinds=kinds))
        st.text(t("Dimensions: %(known)s", known=known))
        st.text(t("Roles: %(roles)s", roles=roles))
        st.text(t("Choices: A Chinese/English; B … – with “2:” in front, up to two may be chosen. Bounds: 0-60."))
        st.code("\n".join(_example_lines()), language=None, wrap_lines=True)
        st.caption(t("Tabs part fields too, so rows can be pasted from a spreadsheet."))


def _example_lines() -> Iterable[str]:
    """The first line of each kind in the standard questionnaire."""
    lines = {line.split(" | ")[0]: line for line in reversed(standard_questionnaire_text().splitlines())}
    return (lines[kind.value] for kind in ItemKind if kind.value in lines)


def show_echo(page: Page, items: Sequence[Item], problems: Sequence[Problem], dimensions: Mapping[str, str]) -> None:
    """What was understood as a table, and what must be mended, each with the number of its line."""
    t, words = page.t, page.words
    if problems:
        told = t(
            "%(count)s problems in the lines. They must be corrected before the draft is saved.", count=len(problems)
        )
        st.warning(told, icon=":material/rule:")
        for problem in problems[:_PROBLEMS_SHOWN]:
            st.text(f"⚠ {error_sentence(words, problem)}")
        if len(problems) > _PROBLEMS_SHOWN:
            st.caption(t("… and %(count)s more.", count=len(problems) - _PROBLEMS_SHOWN))
    columns: list[Column[Item]] = [
        Column(t("No."), lambda item: item.position, ColumnKind.INTEGER),
        Column(t("Code"), lambda item: item.code),
        Column(t("Kind"), lambda item: enum_label(words, item.kind)),
        Column(t("Dimension"), lambda item: _measured(page, item, dimensions)),
        Column(t("Question in Chinese"), lambda item: item.text_zh),
        Column(t("Choices or bounds"), lambda item: _answers_text(page, item)),
        Column(t("Question in English"), lambda item: item.text_en),
    ]
    empty = t("Nothing was read yet. Write one question a line above.")
    show_table(page, items, columns, key="questionnaire.echo", empty=empty)


def _measured(page: Page, item: Item, dimensions: Mapping[str, str]) -> str:
    name = dimensions.get(item.dimension, item.dimension)
    return f"{name} + {enum_label(page.words, item.role)}" if item.role is not ItemRole.NONE else name


def _save(
    page: Page,
    form: OpenForm,
    row: QuestionnaireRow | None,
    *,
    texts: Mapping[str, str],
    items: tuple[Item, ...],
    problems: Sequence[Problem],
) -> None:
    if problems:
        st.error(page.t("Not saved: correct the lines named below first."), icon=":material/block:")
        return
    number = None if row is None else row.questionnaire_id
    saved = page.submit(save_questionnaire, SaveQuestionnaire(number, **texts, items=items, version=form.version))
    if saved:
        _done(page, form, page.t("The draft is saved."), saved.value)
