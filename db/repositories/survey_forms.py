"""Survey forms: stored many at once with their tallies and call-backs, loaded for change, and taken back (R-137…R-147).

A form, its tallies and its call-back are one thing: they are written here and nowhere else, in one transaction.
:class:`Work` is what a unit of work offers; it is named here because repositories lie below it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from core.admin.permissions import Actor
from core.customers.profiles import Relation
from core.kernel.identity import BuildingId, EstateId, FollowUpId, QuestionnaireId, ResponseId, RoundId, UnitId
from core.kernel.periods import local_day
from core.surveys.follow_ups import FollowUpProposal, FollowUpState, due_on, follow_up_for
from core.surveys.questionnaires import Item, ItemKind
from core.surveys.responses import CustomerGroup, ResponseState
from core.surveys.rounds import Channel
from db.models import (
    FollowUp,
    Occupancy,
    QuestionnaireItem,
    SurveyAnswer,
    SurveyCheck,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTag,
    SurveyTally,
)
from db.repositories.calendar import work_calendar
from db.repositories.fees import change_exactly, insert_or_add, table_of
from db.repositories.questionnaires import items_of
from db.repositories.settings import survey_settings_on

CHUNK: Final = 1_000
UNKNOWN_BUILDING: Final = BuildingId(0)
_PLAIN: Final[dict[str, Any]] = {"synchronize_session": False}
_ACTIVE: Final = ResponseState.ACTIVE.value
_CELL: Final = ("position", "value", "building_id", "channel", "customer_group")

Given: TypeAlias = Mapping[int, int | str]
"""Answers as ``checked_answers`` gives them: what was skipped is not in it."""

Cell: TypeAlias = tuple[int, int, int, str, str]
"""Key of a tally within a round: position, value, building, channel, customer group."""

FormPlace: TypeAlias = tuple[int, str, str]
"""Building (0: unknown), channel and customer group of a form."""

K = TypeVar("K")
N = TypeVar("N", bound=Hashable)

GROUPS: Final = {Relation.OWNER.value: CustomerGroup.OWNER, Relation.TENANT.value: CustomerGroup.TENANT}
"""Who answers for a unit, by relation; nobody else does (R-144)."""

_NEW_RESPONSE, _NEW_ANSWER = insert(table_of(SurveyResponse)), insert(table_of(SurveyAnswer))
_NEW_RESPONDENT, _NEW_CALL = insert(table_of(SurveyRespondent)), insert(table_of(FollowUp))
_rounds: Final = table_of(SurveyRound)
_TAKE_NUMBERS: Final = (
    update(_rounds)
    .where(_rounds.c.estate_id == bindparam("estate"), _rounds.c.id == bindparam("round_key"))
    .values(last_number=_rounds.c.last_number + bindparam("count"))
    .returning(_rounds.c.last_number)
)


class Work(Protocol):
    """What storing needs of a unit of work: its session, who acts and when, and fresh numbers of an estate."""

    session: Session
    now: datetime

    @property
    def actor(self) -> Actor:
        """Who acts."""
        ...

    def new_ids(self, estate: EstateId, count: int = 1) -> range:
        """Give fresh numbers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForm:
    """A form to store, judged before. ``request`` is what it was sent with (at most 64 characters).

    ``building_id`` is ``None`` where nobody knows it, ``unit_id`` for an anonymous form (R-147).
    """

    request: str
    channel: Channel
    building_id: BuildingId | None
    unit_id: UnitId | None
    customer_group: CustomerGroup
    collector: str
    collected_on: date
    answers: Given


@dataclass(frozen=True, slots=True)
class StoredForm:
    """A stored form. ``replayed``: the request had been stored before, and nothing was stored now."""

    request: str
    response_id: ResponseId
    number: int
    replayed: bool
    follow_up_id: FollowUpId | None = None
    """The call-back the form has, or was given, whatever became of it."""


def store_forms(
    work: Work,
    round_: SurveyRound,
    items: tuple[Item, ...],
    forms: Sequence[NewForm],
    *,
    known: Mapping[str, StoredForm] | None = None,
    import_batch: int | None = None,
    opens_follow_ups: bool = True,
) -> tuple[StoredForm, ...]:
    """Store forms with their answers, respondents, tallies and call-backs; give them in the order they came.

    A request the round knows already (or that stands twice among ``forms``) gives the form stored first. The caller
    holds the estate's turn and has judged round, dates and answers; what it has asked in this turn about the requests
    it hands over as ``known``. The count of statements does not grow with the forms; the round's version stays, for
    its edit form may be open.
    """
    if known is None:
        known = known_requests(work.session, round_, {form.request for form in forms})
    fresh: dict[str, NewForm] = {}
    for form in forms:
        if form.request not in known:
            fresh.setdefault(form.request, form)
    stored: Mapping[str, StoredForm] = {}
    if fresh:
        stored = _insert(work, round_, items, fresh, import_batch=import_batch, opens_follow_ups=opens_follow_ups)
        change_tallies(work.session, round_, _cells_of(items, fresh.values()))
    given: list[StoredForm] = []
    seen: set[str] = set()
    for form in forms:
        first = stored.get(form.request)
        if first is not None and form.request not in seen:
            given.append(first)
        else:
            given.append(replace(known.get(form.request) or stored[form.request], replayed=True))
        seen.add(form.request)
    return tuple(given)


def known_requests(session: Session, round_: SurveyRound, requests: Collection[str]) -> dict[str, StoredForm]:
    """The forms of a round that were sent with one of these requests, whatever became of them."""
    called = (FollowUp.estate_id == SurveyResponse.estate_id, FollowUp.response_id == SurveyResponse.id)
    columns = select(SurveyResponse.request, SurveyResponse.id, SurveyResponse.number, FollowUp.id.label("call"))
    found: dict[str, StoredForm] = {}
    for chunk in _chunks(sorted(requests)):
        own = columns.outerjoin(FollowUp, and_(*called)).where(*_in_round(round_), SurveyResponse.request.in_(chunk))
        for request, row, number, call in session.execute(own):
            follow_up = None if call is None else FollowUpId(call)
            found[request] = StoredForm(request, ResponseId(row), number, True, follow_up)
    return found


def _in_round(round_: SurveyRound) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SurveyResponse.estate_id == round_.estate_id, SurveyResponse.round_id == round_.id


def _insert(
    work: Work,
    round_: SurveyRound,
    items: tuple[Item, ...],
    fresh: Mapping[str, NewForm],
    *,
    import_batch: int | None,
    opens_follow_ups: bool,
) -> dict[str, StoredForm]:
    said = {request: (form.unit_id, form.answers) for request, form in fresh.items()} if opens_follow_ups else {}
    calls = _calls_for(work, EstateId(round_.estate_id), items, said)
    ids = work.new_ids(EstateId(round_.estate_id), len(fresh) + len(calls.low))
    first = _next_numbers(work.session, round_, len(fresh))
    kept: dict[str, Any] = {
        "estate_id": round_.estate_id,
        "round_id": round_.id,
        "state": _ACTIVE,
        "entered_by": work.actor.user_id,
        "entered_at": work.now,
        "import_batch": import_batch,
        "version": 1,
    }
    placed = list(zip(ids[: len(fresh)], range(first, first + len(fresh)), fresh.values(), strict=True))
    rows = [
        {
            **kept,
            "id": response,
            "number": number,
            "request": form.request,
            "channel": form.channel.value,
            "building_id": form.building_id or UNKNOWN_BUILDING,
            "customer_group": form.customer_group.value,
            "collector": form.collector,
            "collected_on": form.collected_on,
        }
        for response, number, form in placed
    ]
    work.session.connection().execute(_NEW_RESPONSE, rows)
    insert_answers(
        work.session, round_.estate_id, [(ResponseId(response), form.answers) for response, _, form in placed]
    )
    insert_respondents(work.session, round_, [(ResponseId(response), form.unit_id) for response, _, form in placed])
    responses = {form.request: ResponseId(response) for response, _, form in placed}
    called = _insert_calls(work, round_, calls, responses, ids[len(fresh) :])
    return {
        form.request: StoredForm(form.request, ResponseId(response), number, False, called.get(form.request))
        for response, number, form in placed
    }


def _next_numbers(session: Session, round_: SurveyRound, count: int) -> int:
    """Take numbers of the round without touching its version, and give the first."""
    taken = {"estate": round_.estate_id, "round_key": round_.id, "count": count}
    return int(session.connection().execute(_TAKE_NUMBERS, taken).scalar_one()) - count + 1


def insert_answers(session: Session, estate: int, given: Iterable[tuple[ResponseId, Given]]) -> None:
    """Add the answers of forms that have none."""
    rows = [
        {
            "estate_id": estate,
            "response_id": response,
            "position": position,
            "number": answer if isinstance(answer, int) else None,
            "text": answer if isinstance(answer, str) else None,
        }
        for response, answers in given
        for position, answer in answers.items()
    ]
    if rows:
        session.connection().execute(_NEW_ANSWER, rows)


def insert_respondents(
    session: Session, round_: SurveyRound, given: Iterable[tuple[ResponseId, UnitId | None]]
) -> None:
    """Note whose forms they are; an anonymous one has nobody."""
    rows = [
        {"estate_id": round_.estate_id, "round_id": round_.id, "response_id": response, "unit_id": unit}
        for response, unit in given
        if unit is not None
    ]
    if rows:
        session.connection().execute(_NEW_RESPONDENT, rows)


# --- tallies ---


def cells_of(items: tuple[Item, ...], answers: Given, place: FormPlace) -> tuple[Cell, ...]:
    """The tallies a form counts in, as :class:`db.models.SurveyTally` says; words are not tallied."""
    kinds = {item.position: item.kind for item in items}
    values = [(0, 0)]
    for position, answer in answers.items():
        if isinstance(answer, int):
            values.append((position, answer))
        elif kinds.get(position) is ItemKind.CHOICE:
            values += [(position, 0), *((position, ord(letter) - ord("A") + 1) for letter in answer)]
    return tuple((position, value, *place) for position, value in values)


def _cells_of(items: tuple[Item, ...], forms: Iterable[NewForm]) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    for form in forms:
        place = (form.building_id or UNKNOWN_BUILDING, form.channel.value, form.customer_group.value)
        cells.update(cells_of(items, form.answers, place))
    return cells


def change_tallies(session: Session, round_: SurveyRound, moved: Mapping[Cell, int]) -> None:
    """Add to tallies of a round (take from them where negative); a tally that would fall below 0 raises.

    Tallies that reach 0 are removed, so that no filter offers what nobody answered.
    """
    key = {"estate_id": round_.estate_id, "round_id": round_.id}
    more = [{**key, **dict(zip(_CELL, cell, strict=True)), "forms": n} for cell, n in sorted(moved.items()) if n > 0]
    insert_or_add(session, SurveyTally, more, sums=("forms",))
    less = [
        {"e": round_.estate_id, "r": round_.id, "taken": -n}
        | {f"k_{name}": part for name, part in zip(_CELL, cell, strict=True)}
        for cell, n in sorted(moved.items())
        if n < 0
    ]
    if less:
        tallies = table_of(SurveyTally)
        of_round = (tallies.c.estate_id == bindparam("e"), tallies.c.round_id == bindparam("r"))
        cell_found = [tallies.c[name] == bindparam(f"k_{name}") for name in _CELL]
        enough = tallies.c.forms >= bindparam("taken")
        statement = update(tallies).where(*of_round, *cell_found, enough)
        change_exactly(session, statement.values(forms=tallies.c.forms - bindparam("taken")), less)
        own = (SurveyTally.estate_id == round_.estate_id, SurveyTally.round_id == round_.id, SurveyTally.forms == 0)
        session.execute(delete(SurveyTally).where(*own), execution_options=_PLAIN)


TALLIES: Final = """
    WITH letters (letter, value) AS (
        VALUES ('A', 1), ('B', 2), ('C', 3), ('D', 4), ('E', 5), ('F', 6), ('G', 7), ('H', 8), ('I', 9), ('J', 10),
               ('K', 11), ('L', 12), ('M', 13), ('N', 14), ('O', 15), ('P', 16), ('Q', 17), ('R', 18), ('S', 19),
               ('T', 20), ('U', 21), ('V', 22), ('W', 23), ('X', 24), ('Y', 25), ('Z', 26)
    ),
    counted AS (SELECT * FROM survey_responses WHERE state = 'active'),
    answered AS (
        SELECT r.estate_id, r.round_id, r.building_id, r.channel, r.customer_group, a.position, a.number, a.text, i.kind
        FROM counted r
        JOIN survey_answers a ON a.estate_id = r.estate_id AND a.response_id = r.id
        JOIN survey_rounds s ON s.estate_id = r.estate_id AND s.id = r.round_id
        JOIN questionnaire_items i ON i.questionnaire_id = s.questionnaire_id AND i.position = a.position
    )
    SELECT estate_id,
           'round ' || CAST(round_id AS VARCHAR) || ' item ' || CAST(position AS VARCHAR) || ' value '
           || CAST(value AS VARCHAR) || ' building ' || CAST(building_id AS VARCHAR) || ' ' || channel || ' '
           || customer_group AS subject,
           sum(facts) AS expected, sum(kept) AS found
    FROM (
        SELECT estate_id, round_id, position, value, building_id, channel, customer_group, forms AS kept, 0 AS facts
        FROM survey_tallies
        UNION ALL
        SELECT estate_id, round_id, 0, 0, building_id, channel, customer_group, 0, 1 FROM counted
        UNION ALL
        SELECT estate_id, round_id, position, number, building_id, channel, customer_group, 0, 1
        FROM answered WHERE number IS NOT NULL
        UNION ALL
        SELECT estate_id, round_id, position, 0, building_id, channel, customer_group, 0, 1
        FROM answered WHERE kind = 'choice'
        UNION ALL
        SELECT estate_id, round_id, position, value, building_id, channel, customer_group, 0, 1
        FROM answered JOIN letters ON replace(text, letter, '') <> text
        WHERE kind = 'choice'
    ) both_sides
    GROUP BY estate_id, round_id, position, value, building_id, channel, customer_group
    HAVING sum(kept) <> sum(facts)
"""
"""Tallies that are not what the active forms say, in the shape of the other invariants of the books."""


def tally_differences(connection: Connection | Session) -> list[Row[Any]]:
    """The tallies that differ from a recount: rows of ``estate_id``, ``subject``, ``expected`` and ``found``."""
    return list(connection.execute(text(TALLIES)).all())


# --- call-backs ---


@dataclass(frozen=True, slots=True)
class _Calls(Generic[N]):
    """Call-backs to open: when they are due, and by form (as its caller knows it) the unit and the low marks."""

    due_on: date
    low: Mapping[N, tuple[UnitId, FollowUpProposal]]


def open_follow_ups(
    work: Work,
    round_: SurveyRound,
    items: tuple[Item, ...],
    forms: Mapping[ResponseId, tuple[UnitId | None, Given]],
) -> dict[ResponseId, FollowUpId]:
    """Open the call-backs that low marks ask for, due after the estate's working days from today; give those opened."""
    estate = EstateId(round_.estate_id)
    calls = _calls_for(work, estate, items, forms)
    ids = work.new_ids(estate, len(calls.low)) if calls.low else range(0)
    return _insert_calls(work, round_, calls, {response: response for response in calls.low}, ids)


def _calls_for(
    work: Work, estate: EstateId, items: tuple[Item, ...], forms: Mapping[N, tuple[UnitId | None, Given]]
) -> _Calls[N]:
    """Judge which forms ask for a call-back; where nobody could be called, nothing is read."""
    today = local_day(work.now)
    named = {form: (unit, answers) for form, (unit, answers) in forms.items() if unit is not None}
    if not named:
        return _Calls(today, {})
    settings = survey_settings_on(work.session, estate, today)
    low: dict[N, tuple[UnitId, FollowUpProposal]] = {}
    for form, (unit, answers) in named.items():
        found = follow_up_for(items=items, answers=answers, low_mark=settings.low_mark, unit_known=True)
        if found is not None:
            low[form] = unit, found
    if not low:
        return _Calls(today, {})
    calendar = work_calendar(work.session, since=today)
    return _Calls(due_on(day=today, working_days=settings.follow_up_days, calendar=calendar).value, low)


def _insert_calls(
    work: Work, round_: SurveyRound, calls: _Calls[N], responses: Mapping[N, ResponseId], ids: range
) -> dict[N, FollowUpId]:
    rows = [
        {
            "estate_id": round_.estate_id,
            "id": number,
            "round_id": round_.id,
            "response_id": responses[form],
            "unit_id": unit,
            "positions": positions_text(low.positions),
            "lowest_mark": low.lowest_mark,
            "opened_on": local_day(work.now),
            "due_on": calls.due_on,
            "state": FollowUpState.OPEN.value,
            "attempts": 0,
            "note": "",
            "version": 1,
        }
        for number, (form, (unit, low)) in zip(ids, calls.low.items(), strict=True)
    ]
    if rows:
        work.session.connection().execute(_NEW_CALL, rows)
    return {form: FollowUpId(number) for number, form in zip(ids, calls.low, strict=True)}


def positions_text(positions: Iterable[int]) -> str:
    """Positions as they are stored, comma between."""
    return ",".join(map(str, positions))


def positions_of(stored: str) -> tuple[int, ...]:
    """Stored positions as numbers."""
    return tuple(int(part) for part in stored.split(",") if part)


def load_follow_up(session: Session, estate: EstateId, follow_up: FollowUpId) -> FollowUp | None:
    """The row of a call-back, for a change."""
    return session.get(FollowUp, (estate, follow_up))


def follow_ups_of_round(session: Session, estate: EstateId, round_id: RoundId) -> Sequence[FollowUp]:
    """The call-backs of a round that are still to be made."""
    of_round = (FollowUp.estate_id == estate, FollowUp.round_id == round_id)
    waiting = select(FollowUp).where(*of_round, FollowUp.state == FollowUpState.OPEN.value)
    return session.scalars(waiting.order_by(FollowUp.id)).all()


def follow_up_of(session: Session, estate: EstateId, response: ResponseId) -> FollowUp | None:
    """The call-back of a form, for a change."""
    own = (FollowUp.estate_id == estate, FollowUp.response_id == response)
    return session.scalars(select(FollowUp).where(*own)).one_or_none()


# --- loaded for change ---


def load_form(session: Session, estate: EstateId, response: ResponseId) -> SurveyResponse | None:
    """The row of a form."""
    return session.get(SurveyResponse, (estate, response))


def load_respondent(session: Session, estate: EstateId, response: ResponseId) -> SurveyRespondent | None:
    """Whose form it is, if that is known (still)."""
    return session.get(SurveyRespondent, (estate, response))


def set_respondent(session: Session, round_: SurveyRound, response: ResponseId, unit: UnitId | None) -> None:
    """Say whose form it is instead of who it was, or that nobody knows."""
    own = (SurveyRespondent.estate_id == round_.estate_id, SurveyRespondent.response_id == response)
    session.execute(delete(SurveyRespondent).where(*own), execution_options={"synchronize_session": "fetch"})
    insert_respondents(session, round_, [(response, unit)])


def answers_of(session: Session, estate: EstateId, responses: Collection[int]) -> dict[int, dict[int, int | str]]:
    """The answers of forms, by form and position; every form asked for is in it."""
    found: dict[int, dict[int, int | str]] = {response: {} for response in responses}
    columns = select(SurveyAnswer.response_id, SurveyAnswer.position, SurveyAnswer.number, SurveyAnswer.text)
    own = columns.where(SurveyAnswer.estate_id == estate)
    for chunk in _chunks(sorted(responses)):
        rows = session.execute(own.where(SurveyAnswer.response_id.in_(chunk)).order_by(SurveyAnswer.position))
        for response, position, number, words in rows:
            found[response][position] = number if number is not None else words or ""
    return found


def replace_answers(session: Session, estate: EstateId, response: ResponseId, answers: Given) -> None:
    """Give a form these answers instead of those it had."""
    own = (SurveyAnswer.estate_id == estate, SurveyAnswer.response_id == response)
    session.execute(delete(SurveyAnswer).where(*own), execution_options=_PLAIN)
    insert_answers(session, estate, [(response, answers)])


def groups_of_units(
    session: Session, estate: EstateId, units: Collection[UnitId], day: date
) -> dict[UnitId, CustomerGroup]:
    """Who lives in units on a day (R-144): a let unit is its tenants', for they live there; any other its owner's.

    A unit where nobody of both is known is not in it.
    """
    holds = (
        or_(Occupancy.start_date.is_(None), Occupancy.start_date <= day),
        or_(Occupancy.end_date.is_(None), Occupancy.end_date > day),
    )
    columns = select(Occupancy.unit_id, Occupancy.relation).where(Occupancy.estate_id == estate, *holds)
    known = columns.where(Occupancy.relation.in_(tuple(GROUPS))).distinct()
    found: dict[UnitId, CustomerGroup] = {}
    for chunk in _chunks(sorted(units)):
        for unit, relation in session.execute(known.where(Occupancy.unit_id.in_(chunk))):
            found[UnitId(unit)] = clearer_group(found.get(UnitId(unit)), relation)
    return found


def clearer_group(found: CustomerGroup | None, relation: str) -> CustomerGroup:
    """What a further person of a unit makes of its group: where a tenant lives, the tenant answers."""
    return CustomerGroup.TENANT if found is CustomerGroup.TENANT else GROUPS[relation]


# --- tags of open answers ---

OpenAnswer: TypeAlias = tuple[ResponseId, int]
"""Form and position."""


def open_answers(session: Session, round_: SurveyRound, responses: Collection[ResponseId]) -> frozenset[OpenAnswer]:
    """The answers in words that active forms of a round gave (of the forms asked for)."""
    joined = (SurveyAnswer.estate_id == SurveyResponse.estate_id, SurveyAnswer.response_id == SurveyResponse.id)
    asked = select(QuestionnaireItem.position).where(
        QuestionnaireItem.questionnaire_id == round_.questionnaire_id, QuestionnaireItem.kind == ItemKind.OPEN.value
    )
    columns = select(SurveyAnswer.response_id, SurveyAnswer.position).join(SurveyResponse, joined[0] & joined[1])
    active = columns.where(*_in_round(round_), SurveyResponse.state == _ACTIVE, SurveyAnswer.position.in_(asked))
    found: set[OpenAnswer] = set()
    for chunk in _chunks(sorted(responses)):
        rows = session.execute(active.where(SurveyAnswer.response_id.in_(chunk)))
        found |= {(ResponseId(response), position) for response, position in rows}
    return frozenset(found)


def tags_of(
    session: Session, round_: SurveyRound, responses: Collection[ResponseId]
) -> dict[OpenAnswer, frozenset[str]]:
    """The tags answers have; an answer without any is not in it."""
    found: defaultdict[OpenAnswer, set[str]] = defaultdict(set)
    columns = select(SurveyTag.response_id, SurveyTag.position, SurveyTag.tag)
    own = columns.where(SurveyTag.estate_id == round_.estate_id, SurveyTag.round_id == round_.id)
    for chunk in _chunks(sorted(responses)):
        for response, position, tag in session.execute(own.where(SurveyTag.response_id.in_(chunk))):
            found[ResponseId(response), position].add(tag)
    return {answer: frozenset(tags) for answer, tags in found.items()}


def replace_tags(session: Session, round_: SurveyRound, tags: Mapping[OpenAnswer, Iterable[str]]) -> None:
    """Give answers these tags instead of those they had."""
    table, estate = table_of(SurveyTag), round_.estate_id
    key = (
        table.c.estate_id == bindparam("e"),
        table.c.response_id == bindparam("r"),
        table.c.position == bindparam("p"),
    )
    if tags:
        session.execute(delete(table).where(*key), [{"e": estate, "r": form, "p": at} for form, at in sorted(tags)])
    rows = [
        {"estate_id": estate, "response_id": response, "position": position, "tag": tag, "round_id": round_.id}
        for (response, position), chosen in tags.items()
        for tag in chosen
    ]
    if rows:
        session.connection().execute(insert(SurveyTag), rows)


def remove_tags(session: Session, estate: EstateId, response: ResponseId, *, keep: Collection[int] = ()) -> None:
    """Take the tags of a form away, but for those of the answers to keep."""
    own = (SurveyTag.estate_id == estate, SurveyTag.response_id == response, SurveyTag.position.not_in(keep))
    session.execute(delete(SurveyTag).where(*own), execution_options=_PLAIN)


# --- second entries ---


def load_check(session: Session, estate: EstateId, response: ResponseId) -> SurveyCheck | None:
    """The second entry of a form."""
    return session.get(SurveyCheck, (estate, response))


# --- taken back ---


def remove_forms(work: Work, round_: SurveyRound, responses: Collection[ResponseId]) -> int:
    """Delete forms with all that belongs to them, take their tallies back, and give how many could not be.

    A form that was changed or withdrawn since it was stored, or whose call-back somebody worked on, is missed and
    stays; so is one that is gone. The caller rolls the work back if that is too many.
    """
    session, estate = work.session, EstateId(round_.estate_id)
    untouched = _first_versions(session, round_, responses)
    items = items_of(session, QuestionnaireId(round_.questionnaire_id))
    answers = answers_of(session, estate, [row.id for row in untouched])
    taken: Counter[Cell] = Counter()
    for row in untouched:
        taken.subtract(cells_of(items, answers[row.id], (row.building_id, row.channel, row.customer_group)))
    for chunk in _chunks([row.id for row in untouched]):
        for model in (SurveyTag, SurveyCheck, FollowUp, SurveyRespondent, SurveyAnswer):
            rows = table_of(model)
            session.execute(delete(rows).where(rows.c.estate_id == estate, rows.c.response_id.in_(chunk)))
        forms = table_of(SurveyResponse)
        session.execute(delete(forms).where(forms.c.estate_id == estate, forms.c.id.in_(chunk)))
    change_tallies(session, round_, taken)
    return len(set(responses)) - len(untouched)


def _first_versions(session: Session, round_: SurveyRound, responses: Collection[ResponseId]) -> list[Row[Any]]:
    worked_on = select(FollowUp.response_id).where(FollowUp.estate_id == round_.estate_id, FollowUp.version > 1)
    columns = select(
        SurveyResponse.id, SurveyResponse.building_id, SurveyResponse.channel, SurveyResponse.customer_group
    )
    first = columns.where(*_in_round(round_), SurveyResponse.version == 1, SurveyResponse.state == _ACTIVE)
    untouched = first.where(SurveyResponse.id.not_in(worked_on))
    found: list[Row[Any]] = []
    for chunk in _chunks(sorted(set(responses))):
        found += session.execute(untouched.where(SurveyResponse.id.in_(chunk)))
    return found


def cut_links(session: Session, estate: EstateId, rounds: Collection[RoundId]) -> int:
    """Forget whose the forms of rounds were, and give how many links that cut.

    Call-backs of these and of earlier such rounds lose their unit too, as soon as they have ended.
    """
    own = (SurveyRespondent.estate_id == estate, SurveyRespondent.round_id.in_(rounds))
    forgotten: Any = session.execute(delete(SurveyRespondent).where(*own), execution_options=_PLAIN)
    cut_before = select(SurveyRound.id).where(SurveyRound.estate_id == estate, SurveyRound.links_cut_on.is_not(None))
    ended = (FollowUp.estate_id == estate, FollowUp.state != FollowUpState.OPEN.value, FollowUp.unit_id.is_not(None))
    of_these = or_(FollowUp.round_id.in_(rounds), FollowUp.round_id.in_(cut_before))
    without_unit = update(FollowUp).where(*ended, of_these).values(unit_id=None, version=FollowUp.version + 1)
    called: Any = session.execute(without_unit, execution_options=_PLAIN)
    return int(forgotten.rowcount) + int(called.rowcount)


def _chunks(values: Sequence[K]) -> Iterable[Sequence[K]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
