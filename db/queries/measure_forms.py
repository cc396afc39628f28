"""What the forms of improvement measures offer: people, rounds, items, known figures, what another page begins with."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import and_, case, func, literal, or_, select, union_all

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, RoundId, StaffId
from core.kernel.periods import local_day
from core.meetings.effects import Figure, Goal, Metric
from core.staff.records import StaffState
from core.surveys.questionnaires import Item, ItemKind
from core.surveys.rounds import RoundState
from db.models import CodeItem, Measure, QuestionnaireItem, StaffMember, SurveyRound
from db.queries.paging import search_text
from db.repositories.known_figures import FEE_METRICS, SURVEY_METRICS, FigurePlace, known_figure, round_item
from db.unit_of_work import NotFound, Reader, query

__all__ = [
    "FEE_METRICS",
    "SURVEY_METRICS",
    "FigurePlace",
    "FigureWanted",
    "KnownFigure",
    "MeasurePerson",
    "MeasureSeed",
    "PeopleWanted",
    "ReferenceOption",
    "RoundOption",
    "RoundsWanted",
    "SeedWanted",
    "figure_rounds",
    "goal_references",
    "known_figure_of",
    "measure_people",
    "measure_seed",
]
MOST_ROUNDS: Final = 24
MOST_PEOPLE: Final = 500


@dataclass(frozen=True, slots=True)
class PeopleWanted:
    """Who is responsible for some measure here; with ``assignable``, also who could be: active here or company-wide."""

    estate_id: EstateId | None
    assignable: bool = False


@dataclass(frozen=True, slots=True)
class MeasurePerson:
    """A member of staff: whether he or she is responsible for a measure here, and may be given a new one."""

    staff_id: StaffId
    name: str
    number: str
    has_measures: bool
    assignable: bool


@dataclass(frozen=True, slots=True)
class RoundsWanted:
    """The survey rounds of an estate a figure can be taken from, newest first."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class RoundOption:
    """A survey round."""

    round_id: RoundId
    code: str
    name: str
    last_day: date


@dataclass(frozen=True, slots=True)
class ReferenceOption:
    """An item or dimension a goal can be about."""

    metric: Metric
    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class FigureWanted:
    """A metric of an estate in a round or month."""

    estate_id: EstateId
    goal: Goal
    place: FigurePlace


@dataclass(frozen=True, slots=True)
class KnownFigure:
    """The figure, or why there is none."""

    figure: Figure | None
    refusal: BusinessError | None = None


@dataclass(frozen=True, slots=True)
class SeedWanted:
    """What another page names in the address for a new measure: a round, and in it an item (code or position), a
    dimension, or a metric of the whole.
    """

    estate_id: EstateId
    round_id: RoundId
    item: str = ""
    dimension: str = ""
    metric: Metric | None = None


@dataclass(frozen=True, slots=True)
class MeasureSeed:
    """What a new measure out of a survey begins with."""

    round_id: RoundId
    round_code: str
    round_name: str
    metric: Metric
    reference: str
    text_zh: str
    text_en: str
    before: KnownFigure


@query(Permission.MEASURES_VIEW)
def measure_people(reader: Reader, wanted: PeopleWanted) -> tuple[MeasurePerson, ...]:
    """Whom the queue can be narrowed to, and with ``assignable`` whom a measure can be given to, by name."""
    here = [reader.scope(Measure.estate_id)]
    if wanted.estate_id is not None:
        here.append(Measure.estate_id == wanted.estate_id)
    held = select(Measure.responsible_id).where(*here)
    belongs = or_(StaffMember.estate_id.is_(None), StaffMember.estate_id == wanted.estate_id)
    can = and_(StaffMember.state == StaffState.ACTIVE.value, belongs) if wanted.estate_id else literal(False)
    concerned = or_(StaffMember.id.in_(held), can) if wanted.assignable else StaffMember.id.in_(held)
    flags = (case((StaffMember.id.in_(held), 1), else_=0).label("has"), case((can, 1), else_=0).label("can"))
    columns = (StaffMember.id, StaffMember.name, StaffMember.number, *flags)
    statement = select(*columns).where(concerned).order_by(StaffMember.name, StaffMember.id).limit(MOST_PEOPLE)
    return tuple(
        MeasurePerson(StaffId(row.id), row.name, row.number, bool(row.has), bool(row.can))
        for row in reader.rows(statement)
    )


@query(Permission.MEASURES_WORK)
def figure_rounds(reader: Reader, wanted: RoundsWanted) -> tuple[RoundOption, ...]:
    """The rounds of an estate that have begun and were not cancelled, newest first."""
    statement = (
        select(SurveyRound.id, SurveyRound.code, SurveyRound.name, SurveyRound.ends_on)
        .where(reader.scope(SurveyRound.estate_id), SurveyRound.estate_id == wanted.estate_id)
        .where(SurveyRound.state != RoundState.CANCELLED.value, SurveyRound.starts_on <= local_day(reader.now))
        .order_by(SurveyRound.ends_on.desc(), SurveyRound.id.desc())
        .limit(MOST_ROUNDS)
    )
    return tuple(
        RoundOption(RoundId(row.id), row.code, row.name, row.ends_on - timedelta(days=1))
        for row in reader.rows(statement)
    )


@query(Permission.MEASURES_MAKE)
def goal_references(reader: Reader, _wanted: None) -> tuple[ReferenceOption, ...]:
    """The items and dimensions a goal can be about: of each item code the newest edition, and the dimensions in use."""
    newest = (
        select(QuestionnaireItem.code, func.max(QuestionnaireItem.questionnaire_id).label("edition"))
        .where(QuestionnaireItem.kind.in_((ItemKind.RATING.value, ItemKind.NPS.value)))
        .group_by(QuestionnaireItem.code)
        .subquery()
    )
    at_newest = and_(QuestionnaireItem.code == newest.c.code, QuestionnaireItem.questionnaire_id == newest.c.edition)
    texts = (QuestionnaireItem.text_zh, QuestionnaireItem.text_en)
    items = select(QuestionnaireItem.kind, QuestionnaireItem.position.label("place"), QuestionnaireItem.code, *texts)
    names = (CodeItem.label_zh, CodeItem.label_en)
    dimensions = select(literal("dimension").label("kind"), CodeItem.sort.label("place"), CodeItem.code, *names)
    active = dimensions.where(CodeItem.list == CodeList.SURVEY_DIMENSION.value, CodeItem.retired_at.is_(None))
    rows = sorted(reader.rows(union_all(items.join(newest, at_newest), active)), key=lambda r: (r.place, r.code))
    kinds = {
        ItemKind.RATING.value: (Metric.SURVEY_ITEM, Metric.SURVEY_TOP_SHARE),
        ItemKind.NPS.value: (Metric.SURVEY_NPS,),
        "dimension": (Metric.SURVEY_DIMENSION,),
    }
    return tuple(
        ReferenceOption(metric, row.code, row.text_zh, row.text_en) for row in rows for metric in kinds[row.kind]
    )


@query(Permission.MEASURES_WORK)
def known_figure_of(reader: Reader, wanted: FigureWanted) -> KnownFigure:
    """What the portal works out for a metric in a round or month, so that it can be looked at before it is stored."""
    return _known(reader, wanted.estate_id, wanted.goal, wanted.place)


@query(Permission.MEASURES_MAKE)
def measure_seed(reader: Reader, wanted: SeedWanted) -> MeasureSeed:
    """What a new measure begins with that another page opens for a low item, a dimension or a whole round (R-145)."""
    key = (SurveyRound.estate_id == wanted.estate_id, SurveyRound.id == wanted.round_id)
    columns = (SurveyRound.code, SurveyRound.name)
    found = reader.rows(select(*columns).where(*key, reader.scope(SurveyRound.estate_id)))
    if not found:
        raise NotFound
    item = round_item(reader.connection, wanted.estate_id, wanted.round_id, wanted.item) if wanted.item else None
    if wanted.item and item is None:
        raise NotFound
    metric, reference, words = _about(reader, wanted, item)
    goal = Goal(metric=metric, target=Decimal(0), reference=reference)
    before = _known(reader, wanted.estate_id, goal, FigurePlace(round_id=wanted.round_id))
    return MeasureSeed(wanted.round_id, found[0].code, found[0].name, metric, reference, *words, before)


def _about(reader: Reader, wanted: SeedWanted, item: Item | None) -> tuple[Metric, str, tuple[str, str]]:
    """The metric, its reference and that one's words."""
    if item is not None:
        rated = wanted.metric if wanted.metric is Metric.SURVEY_TOP_SHARE else Metric.SURVEY_ITEM
        metric = Metric.SURVEY_NPS if item.kind is ItemKind.NPS else rated
        return metric, item.code, (item.text_zh, item.text_en)
    if wanted.dimension:
        named = select(CodeItem.label_zh, CodeItem.label_en).where(
            CodeItem.list == CodeList.SURVEY_DIMENSION.value, CodeItem.code == search_text(wanted.dimension)[:32]
        )
        rows = reader.rows(named)
        if not rows:
            raise NotFound
        return Metric.SURVEY_DIMENSION, wanted.dimension, (rows[0].label_zh, rows[0].label_en)
    whole = (Metric.SURVEY_CSI, Metric.SURVEY_TOP_SHARE, Metric.SURVEY_NPS)
    return (wanted.metric if wanted.metric in whole else Metric.SURVEY_CSI), "", ("", "")


def _known(reader: Reader, estate: EstateId, goal: Goal, place: FigurePlace) -> KnownFigure:
    seen = Permission.FEES_VIEW if goal.metric in FEE_METRICS else Permission.SURVEYS_VIEW
    try:
        reader.actor.require(seen, estate)
        today = local_day(reader.now)
        return KnownFigure(known_figure(reader.connection, estate=estate, goal=goal, place=place, today=today))
    except BusinessError as refusal:
        return KnownFigure(None, refusal)
