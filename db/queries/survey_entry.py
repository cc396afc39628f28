"""What somebody typing forms in needs to see: the rounds that take forms, the last forms, the one to check (R-138)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, and_, exists, func, null, or_, select, type_coerce
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.kernel.identity import BuildingId, EstateId, QuestionnaireId, ResponseId, RoundId, UnitId, UserId
from core.kernel.lines import clean_line
from core.kernel.periods import local_day
from core.surveys import questionnaires as core
from core.surveys.follow_ups import FollowUpState
from core.surveys.responses import ResponseState
from core.surveys.rounds import Channel, RoundKind, RoundState
from db.models import (
    Building,
    Estate,
    FollowUp,
    Questionnaire,
    SurveyAnswer,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTally,
    Unit,
    User,
)
from db.repositories.questionnaires import items_of
from db.unit_of_work import NotFound, Reader, query

MOST_CODES: Final = 1_000
NEAR: Final = 200
LONGEST_CODE: Final = 40
LONGEST_BUILDING: Final = 32
"""Characters the code of a unit and of a building may have; no longer place is looked for."""

LONGEST_REQUEST: Final = 64

_ANSWER: Final = (
    SurveyAnswer.position.label("answer_position"),
    SurveyAnswer.number.label("answer_number"),
    SurveyAnswer.text.label("answer_text"),
)


@dataclass(frozen=True, slots=True)
class EntryRoundsWanted:
    """The rounds of an estate (``None``: all the person's) that take forms."""

    estate_id: EstateId | None


@dataclass(frozen=True, slots=True)
class EntryRound:
    """A round that takes forms. ``ends_on`` is exclusive; ``last_number`` is that of the newest form."""

    estate_id: EstateId
    estate_name: str
    round_id: RoundId
    code: str
    name: str
    kind: RoundKind
    questionnaire_id: QuestionnaireId
    starts_on: date
    ends_on: date
    channels: tuple[Channel, ...]
    target_sample: int
    check_percent: int
    last_number: int

    @property
    def last_day(self) -> date:
        """The last day forms may have been filled in."""
        return self.ends_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SheetWanted:
    """The questionnaire of a round."""

    estate_id: EstateId
    round_id: RoundId


@dataclass(frozen=True, slots=True)
class PlacesWanted:
    """Units of an estate by their codes."""

    estate_id: EstateId
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit in use, and its building."""

    unit_id: UnitId
    building_id: BuildingId
    building: str


@dataclass(frozen=True, slots=True)
class Places:
    """What was found, by code."""

    units: Mapping[str, UnitPlace]
    buildings: Mapping[str, BuildingId]


@dataclass(frozen=True, slots=True)
class NearbyWanted:
    """Unit codes that begin or end like a place somebody typed."""

    estate_id: EstateId
    place: str


@dataclass(frozen=True, slots=True)
class RequestsWanted:
    """Lines that may have been stored before, by the numbers the browser gave them."""

    estate_id: EstateId
    round_id: RoundId
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormsWanted:
    """The newest forms of a round: one's own, or all of them for somebody who makes rounds."""

    estate_id: EstateId
    round_id: RoundId
    everybody: bool = False
    limit: int = 10


@dataclass(frozen=True, slots=True)
class FormRow:
    """A form that was typed in. ``place``: the unit's code, else the building's, else empty (anonymous).

    ``is_repeated``: the unit has another form of the round; ``is_called_back``: a call-back was opened for it.
    """

    response_id: ResponseId
    version: int
    number: int
    place: str
    channel: Channel
    collected_on: date
    state: ResponseState
    entered_by: UserId | None
    entered_by_name: str
    entered_at: datetime
    is_repeated: bool
    is_called_back: bool
    answers: Mapping[int, int | str]


@query(Permission.SURVEYS_ENTER)
def entry_rounds(reader: Reader, wanted: EntryRoundsWanted) -> tuple[EntryRound, ...]:
    """The open rounds that have begun, the one that ends next first."""
    statement = (
        select(SurveyRound, Estate.name.label("estate_name"))
        .join(Estate, Estate.id == SurveyRound.estate_id)
        .where(reader.scope(SurveyRound.estate_id), SurveyRound.state == RoundState.OPEN.value)
        .where(SurveyRound.starts_on <= local_day(reader.now))
        .order_by(SurveyRound.ends_on, SurveyRound.estate_id, SurveyRound.id)
    )
    if wanted.estate_id is not None:
        statement = statement.where(SurveyRound.estate_id == wanted.estate_id)
    return tuple(_round(row) for row in reader.rows(statement))


@query(Permission.SURVEYS_ENTER)
def entry_sheet(reader: Reader, wanted: SheetWanted) -> core.Questionnaire:
    """The questionnaire a round asks."""
    asked = select(Questionnaire).join(SurveyRound, SurveyRound.questionnaire_id == Questionnaire.id)
    of_round = (SurveyRound.estate_id == wanted.estate_id, SurveyRound.id == wanted.round_id)
    found = reader.rows(asked.where(*of_round, reader.scope(SurveyRound.estate_id)))
    if not found:
        raise NotFound
    row = found[0]
    return core.Questionnaire(
        code=row.code,
        edition=row.edition,
        title_zh=row.title_zh,
        title_en=row.title_en,
        items=items_of(reader.connection, QuestionnaireId(row.id)),
        intro_zh=row.intro_zh,
        intro_en=row.intro_en,
    )


@query(Permission.SURVEYS_ENTER)
def forms_in(reader: Reader, wanted: SheetWanted) -> int:
    """How many forms of a round are in."""
    of_round = (SurveyTally.estate_id == wanted.estate_id, SurveyTally.round_id == wanted.round_id)
    counted = select(func.coalesce(func.sum(SurveyTally.forms), 0)).where(*of_round, SurveyTally.position == 0)
    return int(reader.scalar(counted.where(reader.scope(SurveyTally.estate_id))))


@query(Permission.SURVEYS_ENTER)
def places(reader: Reader, wanted: PlacesWanted) -> Places:
    """Find units in use and buildings by their exact codes."""
    codes = [code for code in dict.fromkeys(wanted.codes) if _storable(code, LONGEST_CODE)][:MOST_CODES]
    own_building = (Building.estate_id == Unit.estate_id, Building.id == Unit.building_id)
    units = (
        select(Unit.code, Unit.id.label("unit_id"), Unit.building_id, Building.code.label("building"))
        .join(Building, and_(*own_building))
        .where(Unit.estate_id == wanted.estate_id, reader.scope(Unit.estate_id))
        .where(Unit.code.in_(codes), Unit.state == "active")
    )
    short = [code for code in codes if len(code) <= LONGEST_BUILDING]
    buildings = select(Building.code, null(), Building.id, Building.code).where(
        Building.estate_id == wanted.estate_id, reader.scope(Building.estate_id), Building.code.in_(short)
    )
    rows = reader.rows(units.union_all(buildings))
    return Places(
        {
            row.code: UnitPlace(UnitId(row.unit_id), BuildingId(row.building_id), row.building)
            for row in rows
            if row.unit_id is not None
        },
        {row.code: BuildingId(row.building_id) for row in rows if row.unit_id is None},
    )


@query(Permission.SURVEYS_ENTER)
def nearby_units(reader: Reader, wanted: NearbyWanted) -> tuple[str, ...]:
    """Some unit codes of the same building, or with the same last part, as what was typed."""
    parts = clean_line(wanted.place)[:LONGEST_CODE].split("-")
    code = type_coerce(Unit.code, String())  # what is searched for is longer than a code once its signs are escaped
    near: list[ColumnElement[bool]] = [code.endswith(f"-{parts[-1]}", autoescape=True)]
    if len(parts) > 1:
        near.append(code.startswith(f"{parts[0]}-", autoescape=True))
    statement = select(Unit.code).where(
        Unit.estate_id == wanted.estate_id, reader.scope(Unit.estate_id), Unit.state == "active", or_(*near)
    )
    return tuple(row.code for row in reader.rows(statement.order_by(Unit.sort_key).limit(NEAR)))


@query(Permission.SURVEYS_ENTER)
def known_requests(reader: Reader, wanted: RequestsWanted) -> Mapping[str, int]:
    """The numbers of the forms that were stored for these requests."""
    columns = select(SurveyResponse.request, SurveyResponse.number)
    own = forms_of_round(reader, wanted.estate_id, wanted.round_id)
    requests = [each for each in wanted.requests if _storable(each, LONGEST_REQUEST)][:MOST_CODES]
    rows = reader.rows(columns.where(*own, SurveyResponse.request.in_(requests)))
    return {row.request: row.number for row in rows}


@query(Permission.SURVEYS_ENTER)
def newest_forms(reader: Reader, wanted: FormsWanted) -> tuple[FormRow, ...]:
    """The newest forms of a round, taken-back ones too, so that one can see and mend what was typed.

    A round that forgot whose form is whose shows no single form any more (security.md §5): nobody could mend one.
    """
    conditions = [*forms_of_round(reader, wanted.estate_id, wanted.round_id), _still_linked()]
    if not (wanted.everybody and reader.actor.may_at(Permission.SURVEYS_MAKE, wanted.estate_id)):
        conditions.append(SurveyResponse.entered_by == reader.actor.user_id)
    found = form_rows().where(*conditions).order_by(SurveyResponse.number.desc())
    newest = found.limit(min(max(wanted.limit, 1), 100)).cte()
    said = and_(SurveyAnswer.estate_id == newest.c.estate_id, SurveyAnswer.response_id == newest.c.id)
    statement = select(newest, *_ANSWER).outerjoin(SurveyAnswer, said)
    rows: dict[int, Row[Any]] = {}
    answers: defaultdict[int, dict[int, int | str]] = defaultdict(dict)
    for row in reader.rows(statement.order_by(newest.c.number.desc(), SurveyAnswer.position)):
        rows[row.id] = row
        if row.answer_position is not None:
            said_there = row.answer_text if row.answer_number is None else row.answer_number
            answers[row.id][row.answer_position] = said_there
    return tuple(_form(row, answers[row.id]) for row in rows.values())


def forms_of_round(reader: Reader, estate: EstateId, round_id: RoundId) -> list[ColumnElement[bool]]:
    """The condition that a form belongs to a round the person may see."""
    return [
        SurveyResponse.estate_id == estate,
        SurveyResponse.round_id == round_id,
        reader.scope(SurveyResponse.estate_id),
    ]


def _still_linked() -> ColumnElement[bool]:
    own_round = (SurveyRound.estate_id == SurveyResponse.estate_id, SurveyRound.id == SurveyResponse.round_id)
    return exists().where(*own_round, SurveyRound.links_cut_on.is_(None)).correlate(SurveyResponse)


def _storable(text: str, longest: int) -> bool:
    """Whether such a text can stand in the database at all; a line anybody typed may begin with something else."""
    return len(text) <= longest and clean_line(text) == text


@cache
def form_rows() -> Any:
    """Select forms with their place and typist. Built once: building it took longer than running it."""
    own_unit = and_(Unit.estate_id == SurveyRespondent.estate_id, Unit.id == SurveyRespondent.unit_id)
    named = and_(
        SurveyRespondent.estate_id == SurveyResponse.estate_id, SurveyRespondent.response_id == SurveyResponse.id
    )
    building = and_(Building.estate_id == SurveyResponse.estate_id, Building.id == SurveyResponse.building_id)
    place = func.coalesce(Unit.code, Building.code, "").label("place")
    other, form = aliased(SurveyRespondent), aliased(SurveyResponse)
    same_unit = (
        other.estate_id == SurveyRespondent.estate_id,
        other.round_id == SurveyRespondent.round_id,
        other.unit_id == SurveyRespondent.unit_id,
        other.response_id != SurveyRespondent.response_id,
    )
    counts = (form.estate_id == other.estate_id, form.id == other.response_id, form.state == ResponseState.ACTIVE.value)
    repeated = exists().where(*same_unit, *counts).correlate(SurveyRespondent).label("is_repeated")
    called = (FollowUp.estate_id == SurveyResponse.estate_id, FollowUp.response_id == SurveyResponse.id)
    called_back = exists().where(*called, FollowUp.state == FollowUpState.OPEN.value).label("is_called_back")
    return (
        select(SurveyResponse, place, User.display_name.label("typist"), repeated, called_back)
        .outerjoin(SurveyRespondent, named)
        .outerjoin(Unit, own_unit)
        .outerjoin(Building, building)
        .outerjoin(User, User.id == SurveyResponse.entered_by)
    )


def with_answers(reader: Reader, estate: EstateId, rows: Collection[Row[Any]]) -> tuple[FormRow, ...]:
    """Add the answers of all these forms in one statement."""
    answers: defaultdict[int, dict[int, int | str]] = defaultdict(dict)
    if rows:
        wanted = select(SurveyAnswer.response_id, SurveyAnswer.position, SurveyAnswer.number, SurveyAnswer.text)
        of_these = SurveyAnswer.response_id.in_([row.id for row in rows])
        ordered = wanted.where(SurveyAnswer.estate_id == estate, of_these).order_by(SurveyAnswer.position)
        for answer in reader.rows(ordered):
            answers[answer.response_id][answer.position] = answer.text if answer.number is None else answer.number
    return tuple(_form(row, answers[row.id]) for row in rows)


def _form(row: Row[Any], answers: Mapping[int, int | str]) -> FormRow:
    return FormRow(
        response_id=ResponseId(row.id),
        version=row.version,
        number=row.number,
        place=row.place,
        channel=Channel(row.channel),
        collected_on=row.collected_on,
        state=ResponseState(row.state),
        entered_by=None if row.entered_by is None else UserId(row.entered_by),
        entered_by_name=row.typist or "",
        entered_at=row.entered_at,
        is_repeated=bool(row.is_repeated),
        is_called_back=bool(row.is_called_back),
        answers=answers,
    )


def _round(row: Row[Any]) -> EntryRound:
    return EntryRound(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        round_id=RoundId(row.id),
        code=row.code,
        name=row.name,
        kind=RoundKind(row.kind),
        questionnaire_id=QuestionnaireId(row.questionnaire_id),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        channels=tuple(Channel(code) for code in row.channels.split(",")),
        target_sample=row.target_sample,
        check_percent=row.check_percent,
        last_number=row.last_number,
    )
