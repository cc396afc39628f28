"""Open answers of a survey round as they are shown: the words with their tags, and what they are about (R-151).

An answer leaves here as words and nothing else: no unit, no typist, no number of the form it stood on, no day. A round
of fewer than five forms is hidden as a whole (security.md §5).
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    String,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from core.admin.permissions import Permission
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, ResponseId, RoundId
from core.surveys.privacy import is_hidden
from core.surveys.questionnaires import ItemKind
from core.surveys.responses import ResponseState
from core.surveys.rounds import RoundState
from db.models import QuestionnaireItem, SurveyAnswer, SurveyResponse, SurveyRound, SurveyTag, SurveyTally
from db.queries.paging import contains, search_text
from db.unit_of_work import Reader, query

UNTAGGED: Final = ""
"""In place of a tag: the answers that have none."""

MOST_UNTAGGED: Final = 1_000
"""Untagged answers read at once."""

_FORMS, _ANSWERS, _TAGS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class OpinionsWanted:
    """The open answers of a round: all (``tag`` is ``None``), those with a tag, or those ``UNTAGGED``; with a text."""

    estate_id: EstateId
    round_id: RoundId
    tag: str | None = None
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class OpinionRow:
    """An open answer. Form and position are only there to tag it; the tags stand in the order of their codes."""

    response_id: ResponseId
    position: int
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpinionList:
    """A screenful of open answers, and how many the filter finds; ``hidden``: too few forms to show any."""

    rows: tuple[OpinionRow, ...]
    total: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class OpinionTagsWanted:
    """What the open answers of some rounds are about."""

    estate_id: EstateId
    round_ids: tuple[RoundId, ...]


@dataclass(frozen=True, slots=True)
class OpinionTags:
    """In how many answers each tag stands (most first, then by code), how many answers there are, how many untagged.

    Rounds with too few forms are left out; ``hidden``: all of them are.
    """

    tags: tuple[tuple[str, int], ...]
    answers: int
    untagged: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class UntaggedWanted:
    """The untagged answers of a round after one (form and position), to go through them all in pieces."""

    estate_id: EstateId
    round_id: RoundId
    after: tuple[ResponseId, int] = (ResponseId(0), 0)
    limit: int = MOST_UNTAGGED


@query(Permission.SURVEYS_VIEW)
def opinions(reader: Reader, wanted: OpinionsWanted) -> OpinionList:
    """The answers in words of the forms that count, newest form first."""
    if is_hidden(n=_forms_in(reader, wanted.estate_id, wanted.round_id)):
        return OpinionList((), 0, hidden=True)
    conditions = (_about(wanted.tag), _saying(wanted.search))
    found = _answers(reader, wanted.estate_id, wanted.round_id).where(*conditions)
    total = reader.scalar(found.with_only_columns(func.count(), maintain_column_froms=True))
    newest = found.order_by(SurveyResponse.number.desc(), SurveyAnswer.position)
    rows = reader.rows(newest.limit(wanted.slice.limit).offset(wanted.slice.offset))
    return OpinionList(_with_tags(reader, wanted.estate_id, rows), int(total), hidden=False)


@query(Permission.SURVEYS_VIEW)
def untagged_opinions(reader: Reader, wanted: UntaggedWanted) -> tuple[OpinionRow, ...]:
    """The next untagged answers in the order of form and position; none when the round is hidden."""
    if is_hidden(n=_forms_in(reader, wanted.estate_id, wanted.round_id)):
        return ()
    form, position = wanted.after
    here = and_(SurveyAnswer.response_id == form, SurveyAnswer.position > position)
    rest = _answers(reader, wanted.estate_id, wanted.round_id).where(
        _about(UNTAGGED), or_(SurveyAnswer.response_id > form, here)
    )
    ordered = rest.order_by(SurveyAnswer.response_id, SurveyAnswer.position)
    rows = reader.rows(ordered.limit(min(max(wanted.limit, 1), MOST_UNTAGGED)))
    return tuple(OpinionRow(ResponseId(row.response_id), row.position, row.text, ()) for row in rows)


@query(Permission.SURVEYS_VIEW)
def opinion_tags(reader: Reader, wanted: OpinionTagsWanted) -> OpinionTags:
    """What the answers are about, in one statement however many rounds."""
    rows = reader.rows(_counted(reader, wanted))
    forms = {row.round_id: int(row.many) for row in rows if row.part == _FORMS}
    shown = {number for number in wanted.round_ids if not is_hidden(n=forms.get(number, 0))}
    tags: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if row.part == _TAGS and row.round_id in shown:
            tags[row.tag or UNTAGGED] += row.many
    untagged = tags.pop(UNTAGGED, 0)
    answers = sum(row.many for row in rows if row.part == _ANSWERS and row.round_id in shown)
    return OpinionTags(_most_first(tags), answers, untagged, hidden=not shown)


def _most_first(tags: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(tags.items(), key=lambda pair: (-pair[1], pair[0])))


def _forms_in(reader: Reader, estate: EstateId, round_id: RoundId) -> int:
    """How many forms of a round count (kept as the tally of position 0)."""
    own = (SurveyTally.estate_id == estate, SurveyTally.round_id == round_id, SurveyTally.position == 0)
    counted = select(func.coalesce(func.sum(SurveyTally.forms), 0))
    return int(reader.scalar(counted.where(*own, _counts(), reader.scope(SurveyTally.estate_id))))


def _counts() -> ColumnElement[bool]:
    """The condition that the round of a tally was not cancelled: what was said in one that was counts nowhere."""
    of_round = (SurveyRound.estate_id == SurveyTally.estate_id, SurveyRound.id == SurveyTally.round_id)
    return exists().where(*of_round, SurveyRound.state != RoundState.CANCELLED.value).correlate(SurveyTally)


def _answers(reader: Reader, estate: EstateId, *rounds: RoundId) -> Select[int, int, str | None]:
    """The answers to the items that ask for words, of the active forms of rounds."""
    of_form = and_(SurveyAnswer.estate_id == SurveyResponse.estate_id, SurveyAnswer.response_id == SurveyResponse.id)
    of_round = and_(SurveyRound.estate_id == SurveyResponse.estate_id, SurveyRound.id == SurveyResponse.round_id)
    asked = and_(
        QuestionnaireItem.questionnaire_id == SurveyRound.questionnaire_id,
        QuestionnaireItem.position == SurveyAnswer.position,
    )
    return (
        select(SurveyAnswer.response_id, SurveyAnswer.position, SurveyAnswer.text)
        .join(SurveyResponse, of_form)
        .join(SurveyRound, of_round)
        .join(QuestionnaireItem, asked)
        .where(SurveyResponse.estate_id == estate, SurveyResponse.round_id.in_(rounds))
        .where(SurveyResponse.state == ResponseState.ACTIVE.value, QuestionnaireItem.kind == ItemKind.OPEN.value)
        .where(reader.scope(SurveyAnswer.estate_id))
    )


def _own_tags() -> ColumnElement[bool]:
    """The condition that a tag belongs to an answer."""
    return and_(
        SurveyTag.estate_id == SurveyAnswer.estate_id,
        SurveyTag.response_id == SurveyAnswer.response_id,
        SurveyTag.position == SurveyAnswer.position,
    )


def _about(tag: str | None) -> ColumnElement[bool]:
    if tag is None:
        return true()
    if tag == UNTAGGED:
        return ~exists().where(_own_tags())
    return exists().where(_own_tags(), SurveyTag.tag == tag)


def _saying(search: str) -> ColumnElement[bool]:
    return contains(search, cast(InstrumentedAttribute[str], SurveyAnswer.text)) if search_text(search) else true()


def _with_tags(reader: Reader, estate: EstateId, rows: Collection[Row[Any]]) -> tuple[OpinionRow, ...]:
    """Add the tags of all these answers in one statement."""
    tags: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    if rows:
        columns = select(SurveyTag.response_id, SurveyTag.position, SurveyTag.tag)
        of_these = SurveyTag.response_id.in_({row.response_id for row in rows})
        for row in reader.rows(columns.where(SurveyTag.estate_id == estate, of_these).order_by(SurveyTag.tag)):
            tags[row.response_id, row.position].append(row.tag)
    return tuple(
        OpinionRow(ResponseId(row.response_id), row.position, row.text, tuple(tags[row.response_id, row.position]))
        for row in rows
    )


def _counted(reader: Reader, wanted: OpinionTagsWanted) -> CompoundSelect[Any]:
    """Forms, answers, and answers by tag (none: untagged) of each round."""
    none, many = literal(UNTAGGED, String()), func.count()
    forms = (
        select(
            literal(_FORMS).label("part"),
            SurveyTally.round_id,
            none.label("tag"),
            func.sum(SurveyTally.forms).label("many"),
        )
        .where(SurveyTally.estate_id == wanted.estate_id, SurveyTally.round_id.in_(wanted.round_ids))
        .where(SurveyTally.position == 0, _counts(), reader.scope(SurveyTally.estate_id))
        .group_by(SurveyTally.round_id)
    )
    every = _answers(reader, wanted.estate_id, *wanted.round_ids)
    answers = every.with_only_columns(
        literal(_ANSWERS), SurveyResponse.round_id, none, many, maintain_column_froms=True
    ).group_by(SurveyResponse.round_id)
    by_tag = every.outerjoin(SurveyTag, _own_tags()).with_only_columns(
        literal(_TAGS), SurveyResponse.round_id, SurveyTag.tag, many, maintain_column_froms=True
    )
    return union_all(forms, answers, by_tag.group_by(SurveyResponse.round_id, SurveyTag.tag))
