"""Questionnaires as they are shown: the editions, and one of them with its questions (R-137)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from core.admin.permissions import Permission
from core.kernel.filters import Slice
from core.kernel.identity import QuestionnaireId
from core.surveys import questionnaires as core
from core.surveys.questionnaires import QuestionnaireState, in_language
from db.models import Questionnaire, QuestionnaireItem, SurveyRound, User
from db.queries.paging import Page
from db.repositories.questionnaires import items_of
from db.unit_of_work import NotFound, Reader, query

_LARGEST_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class QuestionnairesWanted:
    """The editions in a state, or all of them (``None``)."""

    state: QuestionnaireState | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class QuestionnaireRow:
    """An edition in the list. ``rounds`` counts the survey rounds in the person's care that ask it."""

    questionnaire_id: QuestionnaireId
    code: str
    edition: int
    title_zh: str
    title_en: str
    state: QuestionnaireState
    items: int
    rounds: int
    made_by_name: str
    made_at: datetime
    published_at: datetime | None
    version: int

    def title(self, language: str) -> str:
        """Its title in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.title_zh, self.title_en)


@dataclass(frozen=True, slots=True)
class QuestionnaireWanted:
    """One edition."""

    questionnaire_id: QuestionnaireId


@dataclass(frozen=True, slots=True)
class QuestionnaireCard:
    """An edition with its questions."""

    row: QuestionnaireRow
    asked: core.Questionnaire


@query(Permission.SURVEYS_VIEW)
def questionnaires(reader: Reader, wanted: QuestionnairesWanted) -> Page[QuestionnaireRow]:
    """Editions by code, the newest first; drafts before all others, retired ones after them."""
    state = Questionnaire.state
    conditions = [] if wanted.state is None else [state == wanted.state.value]
    total = int(reader.scalar(select(func.count()).select_from(Questionnaire).where(*conditions)))
    statement = (
        _rows(reader)
        .where(*conditions)
        .order_by(state != QuestionnaireState.DRAFT.value, state == QuestionnaireState.RETIRED.value)
        .order_by(Questionnaire.code, Questionnaire.edition.desc(), Questionnaire.id)
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    return Page(tuple(_row(row) for row in reader.rows(statement)), total)


@query(Permission.SURVEYS_VIEW)
def questionnaire_card(reader: Reader, wanted: QuestionnaireWanted) -> QuestionnaireCard:
    """One edition with its questions and choices."""
    in_reach = 0 < wanted.questionnaire_id <= _LARGEST_ID  # an address may name any number
    found = reader.rows(_rows(reader).where(Questionnaire.id == wanted.questionnaire_id)) if in_reach else []
    if not found:
        raise NotFound
    row = found[0]
    asked = core.Questionnaire(
        code=row.code,
        edition=row.edition,
        title_zh=row.title_zh,
        title_en=row.title_en,
        items=items_of(reader.connection, wanted.questionnaire_id),
        intro_zh=row.intro_zh,
        intro_en=row.intro_en,
    )
    return QuestionnaireCard(_row(row), asked)


def _rows(reader: Reader) -> Select[Any]:
    items = select(func.count()).where(QuestionnaireItem.questionnaire_id == Questionnaire.id)
    asking = (SurveyRound.questionnaire_id == Questionnaire.id, reader.scope(SurveyRound.estate_id))
    rounds = select(func.count()).select_from(SurveyRound).where(*asking)
    counts = (items.scalar_subquery().label("items"), rounds.scalar_subquery().label("rounds"))
    columns = select(*Questionnaire.__table__.columns, *counts, User.display_name.label("maker"))
    return columns.outerjoin(User, User.id == Questionnaire.made_by)


def _row(row: Row[Any]) -> QuestionnaireRow:
    return QuestionnaireRow(
        questionnaire_id=QuestionnaireId(row.id),
        code=row.code,
        edition=row.edition,
        title_zh=row.title_zh,
        title_en=row.title_en,
        state=QuestionnaireState(row.state),
        items=row.items,
        rounds=row.rounds,
        made_by_name=row.maker or "",
        made_at=row.made_at,
        published_at=row.published_at,
        version=row.version,
    )
