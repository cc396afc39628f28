"""What people wrote: what it is about, the words themselves, and tagging them (R-151)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.identity import ResponseId
from core.surveys.opinions import MOST_TAGS, suggested_tags
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.queries.survey_opinions import (
    UNTAGGED,
    OpinionRow,
    OpinionsWanted,
    OpinionTags,
    OpinionTagsWanted,
    UntaggedWanted,
    opinion_tags,
    opinions,
    untagged_opinions,
)
from db.queries.survey_results import ResultRound
from locales.tag_words import tag_words
from pages._shell.code_words import CodeWords, code_words
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.tables import Column, chosen_slice, show_table
from pages._shell.widgets import list_key

ABOUT: Final = "about"
"""The name in the address of what the words shown are about: nothing for all, a dash for untagged, else a tag."""

_NO_TAG: Final = "-"
_SIZE: Final = 10
_TAG: Final = CodeList.SURVEY_TAG


def show_opinions(page: Page, chosen: ResultRound) -> None:
    """What the comments of a round are about, most first; one click shows the words, and those may be tagged."""
    t = page.t
    counted = page.read(opinion_tags, OpinionTagsWanted(chosen.estate_id, (chosen.round_id,)))
    if counted.hidden:
        st.info(t("Fewer than five forms are in, so their comments are not shown."), icon=":material/visibility_off:")
        return
    if not counted.answers:
        st.info(t("Nobody has written a comment in this round yet."), icon=":material/inbox:")
        return
    names = code_words(page, _TAG)
    bars, words = st.columns([2, 5])
    with bars:
        about = _tag_bars(page, counted, names)
    with words:
        if counted.untagged and about in ("", _NO_TAG) and _may_tag(page, chosen):
            _accept_all(page, chosen, names)
        _show_words(page, chosen, about, names)


def _may_tag(page: Page, chosen: ResultRound) -> bool:
    return page.actor.may_at(Permission.SURVEYS_FOLLOW, chosen.estate_id)


def _tag_bars(page: Page, counted: OpinionTags, names: CodeWords) -> str:
    """A bar for each tag with its number; gives what was clicked, as it stands in the address."""
    t = page.t
    lines = [("", t("All comments"), counted.answers), (_NO_TAG, t("Not tagged yet"), counted.untagged)]
    lines += [(tag, plain(names.say(_TAG, tag)), count) for tag, count in counted.tags]
    asked = st.query_params.get(ABOUT, "")
    about = asked if asked in {code for code, _, _ in lines} else ""
    st.caption(t("A comment with several tags counts in each of them."))
    with st.container(gap="xsmall"):
        for code, name, count in lines:
            _bar(page, code, name, count / counted.answers, count, chosen=code == about)
    return about


def _bar(page: Page, code: str, name: str, share: float, count: int, *, chosen: bool) -> None:
    with st.container(gap=None):
        st.button(
            f"{name} · {page.words.integer(count)}", key=f"opinions.about.{code}", on_click=_take, args=(code,),
            type="primary" if chosen else "tertiary", width="stretch",
        )  # fmt: skip
        st.progress(share)


def _take(code: str) -> None:
    """Take what was clicked over into the address (a callback: runs before the page)."""
    if code:
        st.query_params[ABOUT] = code
    else:
        st.query_params.pop(ABOUT, None)


def _show_words(page: Page, chosen: ResultRound, about: str, names: CodeWords) -> None:
    """A screenful of comments, letter for letter."""
    t = page.t
    search = st.text_input(t("Search in the comments"), key="opinions.search", max_chars=100)
    tag = {"": None, _NO_TAG: UNTAGGED}.get(about, about)
    key = list_key("opinions", chosen.estate_id, chosen.round_id, about, search)
    wanted = OpinionsWanted(chosen.estate_id, chosen.round_id, tag, search, chosen_slice(key, _SIZE))
    found = page.read(opinions, wanted)
    if not _may_tag(page, chosen):
        columns = [
            Column[OpinionRow](t("Comment"), lambda row: row.text),
            Column[OpinionRow](t("Tags"), lambda row: t(", ").join(names.say(_TAG, code) for code in row.tags)),
        ]
        show_table(page, found.rows, columns, key=key, total=found.total, empty=t("No comment fits."), size=_SIZE)
        return
    _first_page_if_gone(key, found.total)
    if not found.rows:
        st.info(t("No comment fits."), icon=":material/inbox:")
        return
    _tag_form(page, chosen, found.rows, names, key)
    st.caption(t("%(count)s comments", count=page.words.integer(found.total)))
    if found.total > _SIZE:
        st.pagination(-(-found.total // _SIZE), key=f"table.{key}.page")


def _first_page_if_gone(key: str, total: int) -> None:
    """Go back to the first page when so many were tagged that the present one is gone."""
    name = f"table.{key}.page"
    if int(st.session_state.get(name, 1)) > max(-(-total // _SIZE), 1):
        st.session_state[name] = 1
        st.rerun()


def _tag_form(page: Page, chosen: ResultRound, rows: Sequence[OpinionRow], names: CodeWords, key: str) -> None:
    t = page.t
    known = _known_words(names)
    with st.form(f"{key}.form", enter_to_submit=False, border=False):
        picked = [_tag_box(page, row, names, known, key) for row in rows]
        sent = st.form_submit_button(t("Save the tags on this screen"), type="primary", key=f"{key}.send")
    changed = [
        (row.response_id, row.position, tags)
        for row, tags in zip(rows, picked, strict=True)
        if set(tags) != set(row.tags)
    ]
    if not sent:
        return
    if not changed:
        st.info(t("There is nothing to save: no tags were changed."))
        return
    saved = page.submit(tag_opinions, TagOpinions(chosen.estate_id, chosen.round_id, tuple(changed)))
    if saved:
        page.done(t("The tags of %(count)s comments are saved.", count=saved.value))


def _tag_box(
    page: Page, row: OpinionRow, names: CodeWords, known: Mapping[str, tuple[str, ...]], key: str
) -> tuple[str, ...]:
    """A comment and the box for its tags. Suggestions are filled in and said to be such; who saves accepts them.

    The box begins anew when somebody else tags the comment meanwhile, so that nobody undoes that unseen.
    """
    options = names.options(_TAG)
    suggested = () if row.tags else suggested_tags(text=row.text, words=known)[:MOST_TAGS]
    with st.container(border=True, gap="xsmall"):
        st.text(row.text)
        picked = st.multiselect(
            page.t("Tags"), [*options, *(tag for tag in row.tags if tag not in options)],
            default=row.tags or suggested, format_func=lambda code: names.say(_TAG, code), max_selections=MOST_TAGS,
            key=f"{key}.{row.response_id}.{row.position}.{'+'.join(row.tags)}", label_visibility="collapsed",
            placeholder=page.t("No tags"),
        )  # fmt: skip
        if suggested:
            st.caption(page.t("Suggested by key words, not saved yet."))
    return tuple(picked)


def _known_words(names: CodeWords) -> dict[str, tuple[str, ...]]:
    """The key words of the tags in use."""
    in_use = names.options(_TAG)
    return {tag: words for tag, words in tag_words().items() if tag in in_use}


def _accept_all(page: Page, chosen: ResultRound, names: CodeWords) -> None:
    """Give every untagged comment the tags suggested for it, in one step, when somebody asks for it."""
    t = page.t
    asked = st.button(t("Accept the suggestions for all untagged comments"), icon=":material/auto_awesome:")
    st.caption(t("Suggestions only look for key words: “not noisy” suggests Noise too. Look over the tags afterwards."))
    if not asked:
        return
    tags, left = _suggestions(page, chosen, _known_words(names))
    if not tags:
        st.info(t("No key word occurs in the untagged comments. Tag them by hand."))
        return
    saved = page.submit(tag_opinions, TagOpinions(chosen.estate_id, chosen.round_id, tuple(tags)))
    if saved:
        said = t("%(count)s comments have the suggested tags now; for %(left)s there is no suggestion.",
                 count=saved.value, left=left)  # fmt: skip
        page.done(said)


def _suggestions(
    page: Page, chosen: ResultRound, known: Mapping[str, tuple[str, ...]]
) -> tuple[list[tuple[ResponseId, int, tuple[str, ...]]], int]:
    """The tags suggested for every untagged comment, read in pieces; and for how many there is no suggestion."""
    wanted = UntaggedWanted(chosen.estate_id, chosen.round_id)
    tags: list[tuple[ResponseId, int, tuple[str, ...]]] = []
    left = 0
    while piece := page.read(untagged_opinions, wanted):
        for row in piece:
            suggested = suggested_tags(text=row.text, words=known)[:MOST_TAGS]
            if suggested:
                tags.append((row.response_id, row.position, suggested))
            else:
                left += 1
        wanted = replace(wanted, after=(piece[-1].response_id, piece[-1].position))
    return tags, left
