"""Survey rounds as they are shown: the list with forms and rates, and what a new round starts from (R-136, R-143)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select

from core.admin.permissions import Permission
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, QuestionnaireId, RoundId
from core.kernel.money import percent
from core.kernel.periods import Span, local_day
from core.surveys.questionnaires import in_language
from core.surveys.rounds import Channel, RoundKind, RoundPhase, RoundState, phase_at
from db.models import Estate, Questionnaire, SurveyRound, SurveyTally, Unit, User
from db.queries.paging import Page, search_text
from db.unit_of_work import NotFound, Reader, query


@dataclass(frozen=True, slots=True)
class RoundsWanted:
    """The rounds of an estate (``None``: all the person's) in a phase, or all of them (``None``)."""

    estate_id: EstateId | None = None
    phase: RoundPhase | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class RoundWanted:
    """One round by the code that stands on its forms, or by its number within an estate."""

    code: str = ""
    number: tuple[EstateId, RoundId] | None = None


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round. ``ends_on`` is exclusive; ``forms`` counts those that are in; ``phase`` is that of today.

    ``sent``, ``population`` and ``target_sample`` are 0 where nobody said.
    """

    estate_id: EstateId
    estate_name: str
    round_id: RoundId
    code: str
    name: str
    kind: RoundKind
    state: RoundState
    phase: RoundPhase
    starts_on: date
    ends_on: date
    channels: tuple[Channel, ...]
    target_sample: int
    sent: int
    population: int
    check_percent: int
    event_reference: str
    questionnaire_id: QuestionnaireId
    questionnaire_code: str
    edition: int
    title_zh: str
    title_en: str
    forms: int
    closed_on: date | None
    links_cut_on: date | None
    made_by_name: str
    made_at: datetime
    version: int

    @property
    def last_day(self) -> date:
        """The last day forms may have been filled in."""
        return self.ends_on - timedelta(days=1)

    @property
    def response_percent(self) -> Decimal | None:
        """Forms in ÷ handed out, one decimal half up; ``None`` when nobody said how many were handed out (R-143)."""
        return percent(self.forms, self.sent)

    @property
    def coverage_percent(self) -> Decimal | None:
        """Forms in ÷ households, one decimal half up; ``None`` when their number is unknown (R-143)."""
        return percent(self.forms, self.population)

    def title(self, language: str) -> str:
        """The questionnaire's title in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.title_zh, self.title_en)


@dataclass(frozen=True, slots=True)
class RoundBasisWanted:
    """What rounds of an estate start from."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class RoundBasis:
    """The estate's name, the company that runs it, and how many of its units are in use: the households to ask."""

    estate_name: str
    company: str
    households: int


@query(Permission.SURVEYS_VIEW)
def survey_rounds(reader: Reader, wanted: RoundsWanted) -> Page[RoundRow]:
    """Rounds, the one that began last first."""
    conditions = [reader.scope(SurveyRound.estate_id)]
    if wanted.estate_id is not None:
        conditions.append(SurveyRound.estate_id == wanted.estate_id)
    if wanted.phase is not None:
        conditions.append(_phases(local_day(reader.now))[wanted.phase])
    total = int(reader.scalar(select(func.count()).select_from(SurveyRound).where(*conditions)))
    statement = (
        _rows()
        .where(*conditions)
        .order_by(SurveyRound.starts_on.desc(), SurveyRound.estate_id, SurveyRound.id.desc())
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    return Page(tuple(_row(reader, row) for row in reader.rows(statement)), total)


@query(Permission.SURVEYS_VIEW)
def survey_round(reader: Reader, wanted: RoundWanted) -> RoundRow | None:
    """The wanted round, if there is one in the person's care."""
    wanted_one = [SurveyRound.code == search_text(wanted.code)[:64]]
    if wanted.number is not None:
        wanted_one = [SurveyRound.estate_id == wanted.number[0], SurveyRound.id == wanted.number[1]]
    statement = _rows().where(*wanted_one, reader.scope(SurveyRound.estate_id))
    found = reader.rows(statement.order_by(SurveyRound.estate_id).limit(1))
    return _row(reader, found[0]) if found else None


@query(Permission.SURVEYS_VIEW)
def round_basis(reader: Reader, wanted: RoundBasisWanted) -> RoundBasis:
    """What a round of the estate starts from, and what stands at the head of its forms."""
    in_use = (Unit.estate_id == Estate.id, Unit.state == "active")
    households = select(func.count()).select_from(Unit).where(*in_use).scalar_subquery().label("households")
    columns = select(Estate.name, Estate.property_company, households)
    found = reader.rows(columns.where(Estate.id == wanted.estate_id, reader.scope(Estate.id)))
    if not found:
        raise NotFound
    return RoundBasis(found[0].name, found[0].property_company, found[0].households)


def _phases(today: date) -> Mapping[RoundPhase, ColumnElement[bool]]:
    """The conditions of the phases on a day, as ``phase_at`` tells them."""
    is_open = SurveyRound.state == RoundState.OPEN.value
    return {
        RoundPhase.PLANNED: and_(is_open, SurveyRound.starts_on > today),
        RoundPhase.RUNNING: and_(is_open, SurveyRound.starts_on <= today, SurveyRound.ends_on > today),
        RoundPhase.ENDED: and_(is_open, SurveyRound.ends_on <= today),
        RoundPhase.CLOSED: SurveyRound.state == RoundState.CLOSED.value,
        RoundPhase.CANCELLED: SurveyRound.state == RoundState.CANCELLED.value,
    }


def _rows() -> Select[Any]:
    # The tallies of position 0 count the forms themselves, so no form need be read.
    of_round = (SurveyTally.estate_id == SurveyRound.estate_id, SurveyTally.round_id == SurveyRound.id)
    forms = select(func.coalesce(func.sum(SurveyTally.forms), 0)).where(*of_round, SurveyTally.position == 0)
    asked = (Questionnaire.code.label("asked"), Questionnaire.edition, Questionnaire.title_zh, Questionnaire.title_en)
    names = (Estate.name.label("estate_name"), User.display_name.label("maker"))
    return (
        select(*SurveyRound.__table__.columns, *asked, *names, forms.scalar_subquery().label("forms"))
        .join(Estate, Estate.id == SurveyRound.estate_id)
        .join(Questionnaire, Questionnaire.id == SurveyRound.questionnaire_id)
        .outerjoin(User, User.id == SurveyRound.made_by)
    )


def _row(reader: Reader, row: Row[Any]) -> RoundRow:
    state, span = RoundState(row.state), Span(row.starts_on, row.ends_on)
    return RoundRow(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        round_id=RoundId(row.id),
        code=row.code,
        name=row.name,
        kind=RoundKind(row.kind),
        state=state,
        phase=phase_at(state=state, span=span, today=local_day(reader.now)),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        channels=tuple(Channel(code) for code in row.channels.split(",") if code),
        target_sample=row.target_sample,
        sent=row.sent,
        population=row.population,
        check_percent=row.check_percent,
        event_reference=row.event_reference,
        questionnaire_id=QuestionnaireId(row.questionnaire_id),
        questionnaire_code=row.asked,
        edition=row.edition,
        title_zh=row.title_zh,
        title_en=row.title_en,
        forms=int(row.forms),
        closed_on=row.closed_on,
        links_cut_on=row.links_cut_on,
        made_by_name=row.maker or "",
        made_at=row.made_at,
        version=row.version,
    )
