"""Results of survey rounds as they are shown: the rounds to choose from, one round counted (R-140…R-150).

Everything is counted from the tallies, so that what is read does not grow with the number of forms (S5). Only CS looks
at the forms, for it pairs two answers of the same person (R-150).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, String, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from core.admin.permissions import Permission
from core.admin.settings import SettingEntry, SettingKey, SurveySettings, survey_settings_at
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId, QuestionnaireId, RoundId
from core.surveys.building_weights import UNKNOWN
from core.surveys.comparison import Change
from core.surveys.figures import FORMS, Pairs, Tallies, asked_for_cs, tallies_by, together
from core.surveys.questionnaires import Item, in_language
from core.surveys.responses import ResponseState
from core.surveys.results import ItemResult, RoundAnswers, RoundResults, round_results, weights_of
from core.surveys.round_changes import RoundChanges, round_changes
from core.surveys.rounds import RoundKind, RoundState
from db.models import (
    Building,
    Estate,
    Questionnaire,
    Setting,
    SurveyAnswer,
    SurveyResponse,
    SurveyRound,
    SurveyTally,
    Unit,
)
from db.queries.paging import search_text
from db.repositories.questionnaires import items_of_several
from db.unit_of_work import NotFound, Reader, query

MOST_ROUNDS: Final = 200
"""So many rounds of an estate can be chosen, the newest."""

_SETTINGS: Final = tuple(key.value for key in SettingKey if key.startswith("surveys."))
_HEAD: Final = ("estate_id", "id", "code", "name", "kind", "starts_on", "ends_on", "sent", "population")
_BEFORE: Final = ("id", "code", "name", "questionnaire_id", "starts_on", "ends_on", "sent", "population")


class Split(StrEnum):
    """By what the answers of a round are parted into groups of people."""

    BUILDING = "building"
    CHANNEL = "channel"
    CUSTOMER_GROUP = "customer_group"


class _Part(StrEnum):
    """What a row of the counting statement is."""

    HOUSEHOLDS = "households"
    BUILDING = "building"
    SPLIT = "split"
    CHANNEL = "channel"
    BEFORE = "before"
    BEFORE_BUILDING = "before_building"
    BEFORE_CHANNEL = "before_channel"


@dataclass(frozen=True, slots=True)
class ResultRoundsWanted:
    """The rounds of an estate, or of the estate that has the round with this code."""

    estate_id: EstateId | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class PreviousRound:
    """The round before, of the same estate, kind and family of questionnaires. ``ends_on`` is exclusive."""

    round_id: RoundId
    code: str
    name: str
    questionnaire_id: QuestionnaireId
    starts_on: date
    ends_on: date
    sent: int
    population: int


@dataclass(frozen=True, slots=True)
class ResultRound:
    """A round with ``forms`` that count. ``ends_on`` is exclusive; ``sent`` and ``population`` 0: unknown."""

    estate_id: EstateId
    estate_name: str
    round_id: RoundId
    code: str
    name: str
    kind: RoundKind
    starts_on: date
    ends_on: date
    sent: int
    population: int
    questionnaire_id: QuestionnaireId
    questionnaire_code: str
    title_zh: str
    title_en: str
    forms: int
    previous: PreviousRound | None = None

    @property
    def last_day(self) -> date:
        """The last day forms may have been filled in."""
        return self.ends_on - timedelta(days=1)

    def title(self, language: str) -> str:
        """The questionnaire's title in a language (``zh_CN`` or ``en``)."""
        return in_language(language, self.title_zh, self.title_en)


@dataclass(frozen=True, slots=True)
class RoundFactsWanted:
    """One round counted, and also parted into groups."""

    round: ResultRound
    split: Split = Split.BUILDING

    @property
    def estate_id(self) -> EstateId:
        """Where the round was held."""
        return self.round.estate_id


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What the results of a round are worked out from. ``settings`` are those of its last day.

    ``households``: units in use by building code, in the order of the buildings. ``groups``: the tallies by the split
    that was asked for.
    """

    settings: SurveySettings
    answers: RoundAnswers
    by_building: Mapping[str, Tallies]
    households: Mapping[str, int]
    groups: Mapping[str, Tallies]
    before: RoundAnswers | None

    def results(self) -> RoundResults:
        """All that may be shown of the round."""
        return round_results(
            answers=self.answers, settings=self.settings, by_building=self.by_building, households=self.households
        )

    def changes(self) -> RoundChanges | None:
        """What changed since the round before, if there was one."""
        if self.before is None:
            return None
        return round_changes(now=self.answers, before=self.before, weights=weights_of(self.settings))


@dataclass(frozen=True, slots=True)
class ItemTableWanted:
    """The ratings of the round with a code."""

    code: str
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A rating with its change since the round before, where that compares."""

    result: ItemResult
    change: Change | None


@dataclass(frozen=True, slots=True)
class ItemTable:
    """The ratings in the order of the paper; none at all when the round is hidden."""

    rows: tuple[ItemLine, ...]
    total: int


@query(Permission.SURVEYS_VIEW)
def result_rounds(reader: Reader, wanted: ResultRoundsWanted) -> tuple[ResultRound, ...]:
    """The rounds of one estate that have forms and were not cancelled, newest first; none when no estate is named."""
    return _rounds(reader, wanted)


@query(Permission.SURVEYS_VIEW)
def round_facts(reader: Reader, wanted: RoundFactsWanted) -> RoundFacts:
    """A round counted, with the round before, in five statements however many forms and buildings there are."""
    return _facts(reader, wanted)


@query(Permission.SURVEYS_VIEW)
def item_table(reader: Reader, wanted: ItemTableWanted) -> ItemTable:
    """The ratings of a round, for a file."""
    found = [each for each in _rounds(reader, ResultRoundsWanted(code=wanted.code)) if each.code == wanted.code]
    if not found:
        raise NotFound
    facts = _facts(reader, RoundFactsWanted(found[0]))
    results, changes = facts.results(), facts.changes()
    moved = changes.items if changes else {}
    items = () if results.hidden else results.items
    first = wanted.slice.offset
    shown = items[first : first + wanted.slice.limit]
    return ItemTable(tuple(ItemLine(each, moved.get(each.item.code)) for each in shown), len(items))


# --- the rounds to choose from ---


def shown_rounds(reader: Reader) -> tuple[ColumnElement[bool], ...]:
    """The condition that a round may be seen and was not cancelled."""
    return reader.scope(SurveyRound.estate_id), SurveyRound.state != RoundState.CANCELLED.value


def has_forms() -> ColumnElement[bool]:
    """The condition that a round has forms: a tally of position 0 that fell to 0 is removed."""
    of_round = (SurveyTally.estate_id == SurveyRound.estate_id, SurveyTally.round_id == SurveyRound.id)
    return exists().where(*of_round, SurveyTally.position == FORMS)


def heads() -> Select[Any]:
    """Select rounds with the names of estate and questionnaire, and how many forms count."""
    of_round = (SurveyTally.estate_id == SurveyRound.estate_id, SurveyTally.round_id == SurveyRound.id)
    forms = select(func.coalesce(func.sum(SurveyTally.forms), 0)).where(*of_round, SurveyTally.position == FORMS)
    columns = [getattr(SurveyRound, name) for name in _HEAD]
    asked = (SurveyRound.questionnaire_id, Questionnaire.code.label("asked"))
    titles = (Questionnaire.title_zh, Questionnaire.title_en, Estate.name.label("estate_name"))
    return (
        select(*columns, *asked, *titles, forms.correlate(SurveyRound).scalar_subquery().label("forms"))
        .join(Questionnaire, Questionnaire.id == SurveyRound.questionnaire_id)
        .join(Estate, Estate.id == SurveyRound.estate_id)
    )


def _rounds(reader: Reader, wanted: ResultRoundsWanted) -> tuple[ResultRound, ...]:
    if wanted.estate_id is None and not wanted.code:
        return ()
    of_code = aliased(SurveyRound)
    named = select(of_code.estate_id).where(of_code.code == search_text(wanted.code)[:64]).limit(1).scalar_subquery()
    place = named if wanted.estate_id is None else wanted.estate_id
    found = heads().where(*shown_rounds(reader), SurveyRound.estate_id == place, has_forms()).subquery()
    alike, newest_first = (found.c.asked, found.c.kind), (found.c.starts_on.desc(), found.c.id.desc())
    before = [
        func.lead(found.c[name], type_=found.c[name].type)
        .over(partition_by=alike, order_by=newest_first)
        .label(f"before_{name}")
        for name in _BEFORE
    ]
    newest = select(found, *before).order_by(*newest_first).limit(MOST_ROUNDS)
    return tuple(head_of(row, _previous(row)) for row in reader.rows(newest))


def head_of(row: Row[Any], previous: PreviousRound | None = None) -> ResultRound:
    """The round of such a row."""
    return ResultRound(
        estate_id=EstateId(row.estate_id),
        estate_name=row.estate_name,
        round_id=RoundId(row.id),
        code=row.code,
        name=row.name,
        kind=RoundKind(row.kind),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        sent=row.sent,
        population=row.population,
        questionnaire_id=QuestionnaireId(row.questionnaire_id),
        questionnaire_code=row.asked,
        title_zh=row.title_zh,
        title_en=row.title_en,
        forms=int(row.forms),
        previous=previous,
    )


def _previous(row: Row[Any]) -> PreviousRound | None:
    if row.before_id is None:
        return None
    return PreviousRound(
        round_id=RoundId(row.before_id),
        code=row.before_code,
        name=row.before_name,
        questionnaire_id=QuestionnaireId(row.before_questionnaire_id),
        starts_on=row.before_starts_on,
        ends_on=row.before_ends_on,
        sent=row.before_sent,
        population=row.before_population,
    )


# --- one round counted ---


def _facts(reader: Reader, wanted: RoundFactsWanted) -> RoundFacts:
    of, before = wanted.round, wanted.round.previous
    asked = [of.questionnaire_id, *([before.questionnaire_id] if before else [])]
    items = items_of_several(reader.connection, asked)
    counted = _counted(reader, wanted)
    own, earlier = items.get(of.questionnaire_id, ()), items.get(before.questionnaire_id, ()) if before else ()
    pairs = _pairs(reader, of, own, earlier)
    by_building = tallies_by(_in_order(counted[_Part.BUILDING], counted[_Part.HOUSEHOLDS]))
    groups = by_building if wanted.split is Split.BUILDING else tallies_by(counted[_Part.SPLIT])
    return RoundFacts(
        settings=settings_of(reader.connection, [of.estate_id])(of.estate_id, of.last_day),
        answers=RoundAnswers(
            kind=of.kind,
            questionnaire=of.questionnaire_code,
            items=own,
            tallies=together(by_building.values()),
            channels=_forms_by_key(counted[_Part.CHANNEL]),
            buildings=_forms_by_key(row for row in counted[_Part.BUILDING] if row[1] == FORMS),
            pairs=pairs[of.round_id],
            sent=of.sent,
            population=of.population,
        ),
        by_building=by_building,
        households=_forms_by_key(counted[_Part.HOUSEHOLDS]),
        groups=groups,
        before=_earlier(of, before, earlier, counted, pairs) if before else None,
    )


_Counted = Mapping[_Part, list[tuple[str, int, int, int]]]


def _earlier(
    of: ResultRound,
    before: PreviousRound,
    items: tuple[Item, ...],
    counted: _Counted,
    pairs: Mapping[RoundId, Pairs],
) -> RoundAnswers:
    return RoundAnswers(
        kind=of.kind,
        questionnaire=of.questionnaire_code,
        items=items,
        tallies=together(tallies_by(counted[_Part.BEFORE]).values()),
        channels=_forms_by_key(counted[_Part.BEFORE_CHANNEL]),
        buildings=_forms_by_key(counted[_Part.BEFORE_BUILDING]),
        pairs=pairs[before.round_id],
        sent=before.sent,
        population=before.population,
    )


def _forms_by_key(rows: Iterable[tuple[str, int, int, int]]) -> dict[str, int]:
    return {key: forms for key, _, _, forms in rows}


def _in_order(
    rows: Iterable[tuple[str, int, int, int]], households: Collection[tuple[str, int, int, int]]
) -> list[tuple[str, int, int, int]]:
    """Rows by building in the order of the buildings, those of unknown building last."""
    places = {code: place for place, (code, _, _, _) in enumerate(households)}
    return sorted(rows, key=lambda row: (places.get(row[0], len(places)), row[1], row[2]))


def _counted(reader: Reader, wanted: RoundFactsWanted) -> _Counted:
    """Households by building, and the answers of both rounds counted in every way they are shown."""
    of = wanted.round
    parts = [
        _households(reader, of.estate_id),
        _by_building(reader, of.estate_id, of.round_id, _Part.BUILDING),
        _by_column(reader, of.estate_id, of.round_id, _Part.CHANNEL, SurveyTally.channel, only_forms=True),
    ]
    if wanted.split is not Split.BUILDING:
        column = SurveyTally.channel if wanted.split is Split.CHANNEL else SurveyTally.customer_group
        parts.append(_by_column(reader, of.estate_id, of.round_id, _Part.SPLIT, column))
    if of.previous:
        number = of.previous.round_id
        parts += [
            _by_column(reader, of.estate_id, number, _Part.BEFORE, literal("", String())),
            _by_column(reader, of.estate_id, number, _Part.BEFORE_CHANNEL, SurveyTally.channel, only_forms=True),
            _by_building(reader, of.estate_id, number, _Part.BEFORE_BUILDING, only_forms=True),
        ]
    found: dict[_Part, list[tuple[str, int, int, int]]] = {part: [] for part in _Part}
    every = union_all(*parts).subquery()
    for row in reader.rows(select(every).order_by(every.c.part, every.c.place, every.c.key, every.c.position)):
        found[_Part(row.part)].append((row.key, row.position, row.value, int(row.forms)))
    return found


def _households(reader: Reader, estate: EstateId) -> Any:
    in_use = and_(Unit.estate_id == Building.estate_id, Unit.building_id == Building.id, Unit.state == "active")
    zero = literal(0)
    return (
        select(
            literal(_Part.HOUSEHOLDS.value, String()).label("part"),
            Building.sort_key.label("place"),
            Building.code.label("key"),
            zero.label("position"),
            zero.label("value"),
            func.count(Unit.id).label("forms"),
        )
        .outerjoin(Unit, in_use)
        .where(Building.estate_id == estate, reader.scope(Building.estate_id))
        .group_by(Building.sort_key, Building.code)
    )


def _by_column(
    reader: Reader, estate: EstateId, number: RoundId, part: _Part, column: Any, *, only_forms: bool = False
) -> Any:
    here = (SurveyTally.estate_id == estate, SurveyTally.round_id == number, reader.scope(SurveyTally.estate_id))
    return (
        select(
            literal(part.value, String()).label("part"),
            literal("", String()).label("place"),
            column.label("key"),
            SurveyTally.position,
            SurveyTally.value,
            func.sum(SurveyTally.forms).label("forms"),
        )
        .where(*here, *([SurveyTally.position == FORMS] if only_forms else []))
        .group_by(column, SurveyTally.position, SurveyTally.value)
    )


def _by_building(reader: Reader, estate: EstateId, number: RoundId, part: _Part, *, only_forms: bool = False) -> Any:
    code = func.coalesce(Building.code, literal(UNKNOWN, String()))
    at = and_(Building.estate_id == SurveyTally.estate_id, Building.id == SurveyTally.building_id)
    return _by_column(reader, estate, number, part, code, only_forms=only_forms).outerjoin_from(
        SurveyTally, Building, at
    )


def _pairs(
    reader: Reader, of: ResultRound, own: tuple[Item, ...], earlier: tuple[Item, ...]
) -> defaultdict[RoundId, Pairs]:
    """How many people gave each pair of quality and speed marks, in both rounds, in one statement."""
    asked = [(of.round_id, asked_for_cs(own))]
    if of.previous:
        asked.append((of.previous.round_id, asked_for_cs(earlier)))
    parts = [_pairs_of(reader, of.estate_id, number, *items) for number, items in asked if items]
    found: defaultdict[RoundId, Pairs] = defaultdict(tuple)
    for row in reader.rows(union_all(*parts)) if parts else ():
        found[RoundId(row.round_id)] += ((row.quality, row.speed, int(row.people)),)
    return found


def _pairs_of(reader: Reader, estate: EstateId, number: RoundId, quality: Item, speed: Item) -> Any:
    first, second = aliased(SurveyAnswer), aliased(SurveyAnswer)
    joined = select(
        SurveyResponse.round_id,
        first.number.label("quality"),
        second.number.label("speed"),
        func.count().label("people"),
    )
    for answer, item in ((first, quality), (second, speed)):
        own = and_(answer.estate_id == SurveyResponse.estate_id, answer.response_id == SurveyResponse.id)
        joined = joined.join(answer, and_(own, answer.position == item.position))
    here = (SurveyResponse.estate_id == estate, SurveyResponse.round_id == number)
    return joined.where(
        *here, SurveyResponse.state == ResponseState.ACTIVE.value, reader.scope(SurveyResponse.estate_id)
    ).group_by(SurveyResponse.round_id, first.number, second.number)


def settings_of(connection: Connection, estates: Collection[EstateId]) -> Callable[[EstateId, date], SurveySettings]:
    """Give a function for the survey settings of one of these estates on a day, read in one statement."""
    columns = select(Setting.estate_id, Setting.key, Setting.valid_from, Setting.value)
    places = [COMPANY, *estates]
    of_these = columns.where(Setting.key.in_(_SETTINGS), Setting.estate_id.in_(places))
    entries: defaultdict[int, list[SettingEntry]] = defaultdict(list)
    for row in connection.execute(of_these.order_by(Setting.id.desc())):
        entries[row.estate_id].append(SettingEntry(SettingKey(row.key), row.valid_from, row.value))

    def on(estate: EstateId, day: date) -> SurveySettings:
        return survey_settings_at(estate_entries=entries[estate], company_entries=entries[COMPANY], day=day)

    return on
