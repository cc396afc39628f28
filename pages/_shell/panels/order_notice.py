"""The words the portal proposes for the drafts of a failure: the notice to owners and the event (R-114).

A person changes them; what stands in the box is what is given out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Final

from core.work_orders.follow_ups import NoticeBlock, NoticeDraft, NoticeNext
from db.queries.work_order_card import EventFacts
from locales.labels import enum_label
from locales.translator import LANGUAGES, Translator

BOTH: Final = "both"
_GAP: Final = "____"
"""Stands where something is not known yet."""


def notice_text(notice: NoticeDraft, *, estate: str, day: date, language: str) -> str:
    """The notice in a language, or in one after the other (``both``)."""
    languages = LANGUAGES if language == BOTH else (language,)
    return "\n\n".join(_notice(Translator(each), notice, estate, day) for each in languages)


def event_text(event: EventFacts, *, number: str, language: str) -> str:
    """What is known of the event, for whoever opens it."""
    languages = LANGUAGES if language == BOTH else (language,)
    return "\n\n".join(_event(Translator(each), event, number) for each in languages)


def _notice(words: Translator, notice: NoticeDraft, estate: str, day: date) -> str:
    """Title, the four blocks, who says it and when."""
    system, place = enum_label(words, notice.system), notice.place or _GAP
    works = notice.next_step in (NoticeNext.NOTHING, NoticeNext.LASTING_REPAIR)
    title = words.t("%(system)s at %(place)s works again", system=system, place=place) if works else words.t(
        "Notice: %(system)s failed at %(place)s", system=system, place=place
    )  # fmt: skip
    blocks = (line for block in NoticeBlock for line in _block(words, block, notice))
    signed = words.t("%(estate)s service centre, %(day)s", estate=estate, day=day)
    return "\n".join((title, words.t("Dear owners and residents,"), *blocks, signed))


def _block(words: Translator, block: NoticeBlock, notice: NoticeDraft) -> Iterator[str]:
    said = list(_BLOCKS[block](words, notice))
    yield words.t("%(title)s: %(text)s", title=enum_label(words, block), text=said[0])
    yield from said[1:]


def _overview(words: Translator, notice: NoticeDraft) -> Iterator[str]:
    cause = words.t("it is being looked into") if notice.cause is None else enum_label(words, notice.cause)
    affected = words.tn("%(count)s household affected", "%(count)s households affected", notice.households)
    yield words.t(
        "%(system)s at %(place)s, since %(since)s, %(affected)s. Cause: %(cause)s.",
        system=enum_label(words, notice.system),
        place=notice.place or _GAP,
        since=notice.since,
        affected=affected,
        cause=cause,
    )


def _progress(words: Translator, notice: NoticeDraft) -> Iterator[str]:
    reached = (
        words.t("%(at)s %(state)s", at=at, state=enum_label(words, state)) for state, at in notice.milestones
    )  # fmt: skip
    yield words.t("%(list)s.", list=words.t(", ").join(reached))


def _next(words: Translator, notice: NoticeDraft) -> Iterator[str]:
    step = enum_label(words, notice.next_step)
    if notice.next_step is NoticeNext.NOTHING:
        yield words.t("%(step)s. Thank you for your patience.", step=step)
        return
    expected = words.value(notice.expected_by) or _GAP
    yield words.t("%(step)s. Expected by %(at)s.", step=step, at=expected)


def _advice(words: Translator, notice: NoticeDraft) -> Iterator[str]:
    yield ""
    for number, advice in enumerate(notice.advice, start=1):
        yield f"{number}. {enum_label(words, advice)}"


_BLOCKS: Final[Mapping[NoticeBlock, Callable[[Translator, NoticeDraft], Iterator[str]]]] = {
    NoticeBlock.OVERVIEW: _overview,
    NoticeBlock.PROGRESS: _progress,
    NoticeBlock.NEXT: _next,
    NoticeBlock.ADVICE: _advice,
}


def _event(words: Translator, event: EventFacts, number: str) -> str:
    lines = [
        words.t("Emergency event, class: %(class)s", **{"class": enum_label(words, event.event)}),
        words.t("Request %(number)s: %(system)s failed", number=number, system=enum_label(words, event.system)),
        words.t("Place: %(place)s", place=event.place or event.building or _GAP),
        words.t("Since %(since)s, %(count)s households affected", since=event.since, count=event.households),
    ]
    if event.people_at_risk:
        lines.append(words.t("People are trapped or hurt: help them first."))
    return "\n".join(lines)
