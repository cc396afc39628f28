"""What entering forms needs to know, in few statements, because somebody waits for each form (R-137…R-139, R-147).

The statements are built once: building them took longer than running them.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from core.kernel.identity import BuildingId, EstateId, FollowUpId, ResponseId, RoundId, UnitId
from core.surveys.questionnaires import Choice, Item
from core.surveys.responses import CustomerGroup, ResponseState
from db.models import (
    Building,
    FollowUp,
    Occupancy,
    QuestionnaireChoice,
    QuestionnaireItem,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    Unit,
)
from db.repositories.fees import table_of
from db.repositories.questionnaires import item_of
from db.repositories.survey_forms import GROUPS, StoredForm, clearer_group

_ROUND: Final = (
    select(SurveyRound, SurveyResponse.request, SurveyResponse.id, SurveyResponse.number, FollowUp.id.label("call"))
    .outerjoin(
        SurveyResponse,
        and_(
            SurveyResponse.estate_id == SurveyRound.estate_id,
            SurveyResponse.round_id == SurveyRound.id,
            SurveyResponse.request.in_(bindparam("requests", expanding=True)),
        ),
    )
    .outerjoin(
        FollowUp, and_(FollowUp.estate_id == SurveyResponse.estate_id, FollowUp.response_id == SurveyResponse.id)
    )
    .where(SurveyRound.estate_id == bindparam("estate"), SurveyRound.id == bindparam("round_id"))
)

_items, _choices = table_of(QuestionnaireItem), table_of(QuestionnaireChoice)
_ITEMS: Final = (
    select(_items, _choices.c.letter, _choices.c.text_zh.label("choice_zh"), _choices.c.text_en.label("choice_en"))
    .outerjoin(
        _choices,
        and_(_choices.c.questionnaire_id == _items.c.questionnaire_id, _choices.c.position == _items.c.position),
    )
    .where(_items.c.questionnaire_id == bindparam("questionnaire"))
    .order_by(_items.c.position, _choices.c.letter)
)

_units, _lives = table_of(Unit), table_of(Occupancy)
_whose, _forms = table_of(SurveyRespondent), table_of(SurveyResponse)
_HOMES: Final = (
    select(_units.c.id, _units.c.building_id, _lives.c.relation, _forms.c.number)
    .distinct()
    .outerjoin(
        _lives,
        and_(
            _lives.c.estate_id == _units.c.estate_id,
            _lives.c.unit_id == _units.c.id,
            _lives.c.relation.in_(tuple(GROUPS)),
            or_(_lives.c.start_date.is_(None), _lives.c.start_date <= bindparam("day")),
            or_(_lives.c.end_date.is_(None), _lives.c.end_date > bindparam("day")),
        ),
    )
    .outerjoin(
        _whose,
        and_(
            _whose.c.estate_id == _units.c.estate_id,
            _whose.c.round_id == bindparam("round_id"),
            _whose.c.unit_id == _units.c.id,
        ),
    )
    .outerjoin(
        _forms,
        and_(
            _forms.c.estate_id == _whose.c.estate_id,
            _forms.c.id == _whose.c.response_id,
            _forms.c.state == ResponseState.ACTIVE.value,
        ),
    )
    .where(_units.c.estate_id == bindparam("estate"), _units.c.id.in_(bindparam("units", expanding=True)))
)

_buildings = table_of(Building)
_BUILDINGS: Final = select(_buildings.c.id).where(
    _buildings.c.estate_id == bindparam("estate"), _buildings.c.id.in_(bindparam("buildings", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Home:
    """A unit: its building, who answers for it (R-144), and the numbers of its active forms of the round (R-147)."""

    building_id: BuildingId
    group: CustomerGroup
    numbers: tuple[int, ...]


def round_and_known(
    session: Session, estate: EstateId, round_id: RoundId, requests: Collection[str]
) -> tuple[SurveyRound | None, dict[str, StoredForm]]:
    """The row of a round, and its forms that were sent with one of these requests, whatever became of them."""
    wanted = {"estate": estate, "round_id": round_id, "requests": sorted(requests)}
    rows = session.execute(_ROUND, wanted).all()
    known = {
        request: StoredForm(request, ResponseId(form), number, True, None if call is None else FollowUpId(call))
        for _, request, form, number, call in rows
        if request is not None
    }
    return (rows[0][0] if rows else None), known


def asked_items(session: Session, round_: SurveyRound) -> tuple[Item, ...]:
    """What :func:`db.repositories.questionnaires.items_of` gives for the round's questionnaire, in one statement."""
    rows: dict[int, Any] = {}
    choices: defaultdict[int, list[Choice]] = defaultdict(list)
    for row in session.connection().execute(_ITEMS, {"questionnaire": round_.questionnaire_id}):
        rows[row.position] = row
        if row.letter is not None:
            choices[row.position].append(Choice(row.letter, row.choice_zh, row.choice_en))
    return tuple(item_of(row, tuple(choices[row.position])) for row in rows.values())


def homes_of(session: Session, round_: SurveyRound, units: Collection[UnitId], day: date) -> dict[UnitId, Home]:
    """What is known of units on a day; a unit the round's estate does not have is not in it."""
    if not units:
        return {}
    buildings: dict[UnitId, BuildingId] = {}
    groups: dict[UnitId, CustomerGroup] = {}
    numbers: defaultdict[UnitId, set[int]] = defaultdict(set)
    wanted = {"estate": round_.estate_id, "round_id": round_.id, "units": sorted(units), "day": day}
    for unit, building, relation, number in session.connection().execute(_HOMES, wanted):
        buildings[unit] = BuildingId(building)
        if relation is not None:
            groups[unit] = clearer_group(groups.get(unit), relation)
        if number is not None:
            numbers[unit].add(number)
    return {
        unit: Home(building, groups.get(unit, CustomerGroup.UNKNOWN), tuple(sorted(numbers[unit])))
        for unit, building in buildings.items()
    }


def buildings_known(session: Session, estate: EstateId, buildings: Collection[BuildingId]) -> frozenset[BuildingId]:
    """Which of the buildings the estate has."""
    if not buildings:
        return frozenset()
    wanted = {"estate": estate, "buildings": sorted(buildings)}
    return frozenset(BuildingId(number) for number in session.connection().execute(_BUILDINGS, wanted).scalars())
