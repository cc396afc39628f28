"""One complaint or request of the benchmark from its registration to where it stands, as rows of all tables."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bench.case_rows import DAYS, DESK, NOW, TODAY, Rows
from bench.case_words import Said, said_of_case, said_of_order, tokens_of
from core.admin.audit import instant_text
from core.complaints.grading import CaseGrade, proposed_grade
from core.complaints.grading import queue_rank as case_rank
from core.complaints.states import CaseState
from core.complaints.states import running_clocks as case_clocks
from core.complaints.taxonomy import HOME_DEPARTMENTS, RecordType, SubCategory, category_of
from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels, Pause
from core.kernel.escalation import escalations_due, next_due
from core.kernel.limit_texts import levels_text
from core.kernel.periods import local_day
from core.kernel.sla import clock_state
from core.work_orders.kinds import SKILLS, PublicSystem, WorkKind
from core.work_orders.limits import queue_rank as order_rank
from core.work_orders.states import WorkState
from core.work_orders.states import running_clocks as order_clocks
from db.models import (
    Case,
    CaseCollaborator,
    ServiceClock,
    ServiceEscalation,
    ServicePause,
    ServiceRecord,
    ServiceSearch,
    ServiceStep,
    ServiceStepText,
    WorkAppointment,
    WorkMaterial,
    WorkOrder,
)
from db.repositories.cases import case_place
from db.repositories.service_steps import words_place as step_place
from db.repositories.service_terms import case_limits, work_limits
from db.repositories.work_orders import words_place as order_place

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_CHANNELS: Final = ("phone",) * 5 + ("wechat",) * 3 + ("front_desk",) * 2 + ("app", "hotline", "home_visit")
_MOODS: Final = ("angry", "dissatisfied", "dissatisfied", "calm", "unknown")


@dataclass(frozen=True, slots=True)
class _Way:
    """How records of a kind go: states in order with the action that leads there and about when, in hours."""

    states: tuple[str, ...]
    actions: tuple[str, ...]
    hours: tuple[float, ...]
    spoken: tuple[str, ...]
    """The actions at which somebody typed words."""
    open: tuple[tuple[int, int, int], ...]
    """Places of the states of open records: how often, and about how old in hours."""
    closed: int
    """The place of the state that ends it."""
    stops: dict[ClockKind, int]
    """The place of the state that stops each clock."""


CASES: Final = _Way(
    tuple(state.value for state in CaseState)[:9],
    ("registration", "classification", "assignment", "response", "plan", "resolution", "call_back", "closing",
     "archiving"),
    (0, 0.5, 2, 8, 14, 50, 80, 84, 84 + 31 * 24),
    ("response", "plan", "resolution", "call_back", "closing"),
    ((0, 8, 6), (1, 8, 10), (2, 16, 20), (3, 13, 40), (4, 40, 90), (5, 15, 110)),
    7,
    {ClockKind.RESPONSE: 3, ClockKind.RESOLVED: 5, ClockKind.CALLED_BACK: 6},
)  # fmt: skip
INQUIRIES: Final = _Way(
    ("registered", "classified", "assigned", "responded", "closed", "archived"),
    ("registration", "classification", "assignment", "response", "closing", "archiving"),
    (0, 0.5, 2, 8, 30, 30 + 31 * 24),
    ("response", "closing"),
    ((0, 10, 6), (1, 10, 10), (2, 30, 20), (3, 50, 40)),
    4,
    {ClockKind.RESPONSE: 3, ClockKind.RESOLVED: 4},
)
ORDERS: Final = _Way(
    tuple(state.value for state in WorkState)[:7],
    ("submission", "classification", "assignment", "answer", "execution", "report_back", "closing"),
    (0, 0.2, 0.6, 2.5, 14, 20, 24),
    ("execution", "closing"),
    ((0, 8, 2), (1, 10, 4), (2, 26, 14), (3, 36, 26), (4, 12, 40), (5, 8, 60)),
    6,
    {ClockKind.RESPONSE: 3, ClockKind.RESOLVED: 4},
)
_KEPT: Final = {
    ClockKind.RESPONSE: (1_440, 2_880), ClockKind.RESOLVED: (4_320, 14_400), ClockKind.CALLED_BACK: (4_320, None),
}  # fmt: skip
"""Minutes that clocks which have stopped are held against, round the clock: near enough for sums."""


@dataclass(slots=True)
class _Record:
    """A record: what it says, how far it has come, when it reached each state, and what its clocks give."""

    rows: Rows
    kind: str
    way: _Way
    said: Said
    ended: bool
    id: int
    reached: int = 0
    times: list[datetime] = field(default_factory=list)
    dues: list[tuple[datetime | None, ...]] = field(default_factory=list)
    pauses: tuple[Pause, ...] = ()

    @property
    def state(self) -> str:
        return self.way.states[self.reached]

    def at(self, place: int) -> datetime | None:
        """When it reached a state; ``None`` when it has not."""
        return self.times[place] if self.reached >= place else None


def tell_case(rows: Rows, *, ended: bool) -> None:
    """Add a complaint or inquiry with all that belongs to it."""
    unit, area, customer = rows.chance.choice(rows.places)
    said = said_of_case(rows.chance, area)
    record_type, sub_category = RecordType(said.kind), SubCategory(said.topic)
    way = CASES if record_type is RecordType.COMPLAINT else INQUIRIES
    record = _begun(rows, "case", "C", way, said, ended=ended)
    repeated = record_type is RecordType.COMPLAINT and rows.chance.random() < 0.06
    proposal = proposed_grade(
        record_type=record_type, sub_category=sub_category, repeated=repeated, special=False, households=1
    ).grade
    lowered = proposal is CaseGrade.URGENT and rows.chance.random() < 0.7
    grade = CaseGrade.NORMAL if lowered else proposal
    running = case_clocks(record_type=record_type, state=CaseState(record.state))
    limits = case_limits(rows.terms, record_type=record_type, grade=grade)
    _clocks(record, limits, running, emergency=grade is CaseGrade.URGENT)
    handler = rows.estate * 10 + rows.chance.randrange(2)
    category = category_of(sub_category)
    row = _common(record, (unit, area, customer), case_place) | {
        "record_type": record_type.value,
        "category": category.value,
        "sub_category": sub_category.value,
        "happened_at": record.times[0] - _HOUR,
        "emotion": rows.chance.choice(_MOODS),
        "claim_sealed": rows.seal(said.wish, case_place("claim", rows.estate, record.id)) if said.wish else None,
        "repeated": repeated,
        "grade": grade.value,
        "proposed_grade": proposal.value,
        "queue_rank": case_rank(grade),
        "department": HOME_DEPARTMENTS[category],
        "handler_id": handler if record.reached >= 2 else None,
    }
    rows.put(Case, row | _outcome(record))
    if record.reached >= 2 and rows.chance.random() < 0.04:
        rows.add(CaseCollaborator, record.id, rows.estate * 10 + rows.chance.randrange(2, 6), "")
    _steps(record, handler)


def _outcome(record: _Record) -> dict[str, Any]:
    """What a case holds beside, the further it has come."""
    chance, is_complaint = record.rows.chance, record.way is CASES
    row: dict[str, Any] = {"responded_at": record.at(3), **_ending(record)}
    if is_complaint:
        row |= {"resolved_at": record.at(5), "called_back_at": record.at(6)}
    if is_complaint and record.reached >= 5:
        row |= {"root_cause": chance.choice(("equipment", "staff", "management", "misunderstanding")),
                "solution": chance.choice(("repair", "explanation", "compensation"))}  # fmt: skip
    if is_complaint and record.reached >= 6:
        row["satisfied"] = chance.random() < 0.86
    return row


def tell_order(rows: Rows, *, ended: bool) -> None:
    """Add a request with all that belongs to it."""
    unit, area, customer = rows.chance.choice(rows.places)
    said = said_of_order(rows.chance, area)
    kind, failure = WorkKind(said.kind), PublicSystem(said.topic) if said.topic else None
    record = _begun(rows, "order", "R", ORDERS, said, ended=ended)
    running = order_clocks(WorkState(record.state))
    _clocks(record, work_limits(rows.terms, kind=kind, failure=failure), running, emergency=failure is not None)
    handler = rows.estate * 10 + rows.chance.randrange(2, 6)
    row = _common(record, (unit, area, customer), order_place) | {
        "kind": kind.value,
        "failure": said.topic,
        "noticed_at": record.times[0] - _HOUR,
        "queue_rank": order_rank(failure=failure),
        "department": SKILLS[kind].department,
        "handler_id": handler if record.reached >= 2 else None,
        "answered_at": record.at(3),
        "carried_out_at": record.at(4),
        "fed_back_at": record.at(5),
        **_ending(record),
    }
    if record.reached >= 4:
        row |= {"cause": "wear", "result": "done" if rows.chance.random() < 0.95 else "not_possible"}
    if record.reached >= 6:
        row["rating"] = rows.chance.choice((5, 5, 5, 4, 4, 3, 1))
    rows.put(WorkOrder, row)
    _visit(record, handler)
    _steps(record, handler)


def _begun(rows: Rows, kind: str, letter: str, way: _Way, said: Said, *, ended: bool) -> _Record:
    """A record with its header, its words to find, and the times it takes."""
    record = _Record(rows, kind, way, said, ended, rows.number())
    chance = rows.chance
    if ended:
        begin = NOW - timedelta(days=4 + chance.random() * DAYS)
        longest = (NOW - begin) / (way.hours[way.closed] * _HOUR) * 0.95
        pace = min(chance.lognormvariate(-0.3, 0.7), longest)
        record.reached = way.closed
    else:
        places, weights, typical = zip(*way.open, strict=True)
        chosen = chance.choices(range(len(places)), weights)[0]
        record.reached = places[chosen]
        age = min(chance.expovariate(1 / typical[chosen]) + 0.1, 500.0)
        begin, pace = NOW - age * _HOUR, min(1.0, age * 0.9 / max(way.hours[record.reached], 0.01))
    begin = begin.replace(microsecond=0)
    record.times = [begin + _MINUTE * round(hours * pace * 60) for hours in way.hours]
    if ended and kind == "case":
        record.times[-1] = record.times[way.closed] + timedelta(days=31)
        record.reached += local_day(record.times[-1]) <= TODAY
    day = local_day(begin)
    rows.taken[letter, day] += 1
    number = f"E{rows.estate:04}-{letter}{day:%y%m%d}-{rows.taken[letter, day]:03}"
    rows.add(ServiceRecord, record.id, kind, number, begin)
    tokens = tokens_of(rows.database.keys, said, estate=rows.estate, kind=kind, ended=ended)
    rows.add(ServiceSearch, record.id, tokens)
    return record


def _common(record: _Record, home: tuple[int, str, int], place: Any) -> dict[str, Any]:
    """The columns that complaints and requests share."""
    rows, chance = record.rows, record.rows.chance
    earliest = (min((due for due in dues if due is not None), default=None) for dues in zip(*record.dues, strict=True))
    return {
        "id": record.id,
        "unit_id": home[0],
        "area": home[1],
        "customer_id": home[2],
        "registered_at": record.times[0],
        "channel": chance.choice(_CHANNELS),
        "content_sealed": rows.seal(record.said.content, place("content", rows.estate, record.id)),
        "source_reference": record.said.reference,
        "state": record.state,
        "received_by": DESK.user_id if chance.random() < 0.6 else rows.estate * 10,
        **dict(zip(("due_target", "due_hard", "next_look"), earliest, strict=False)),
    }


def _ending(record: _Record) -> dict[str, Any]:
    if not record.ended:
        return {}
    at = record.times[record.way.closed]
    return {"ended_at": at, "ended_on": local_day(at)}


def _clocks(record: _Record, limits: Any, running: frozenset[ClockKind], *, emergency: bool) -> None:
    """The clocks that have stopped and those that run."""
    _pause(record, running)
    for kind, stop in record.way.stops.items():
        levels, begin = limits.levels_of(kind), record.times[5 if kind is ClockKind.CALLED_BACK else 0]
        if kind in running:
            _running(record, kind, levels, begin, emergency=emergency)
        elif record.reached >= stop and levels != Levels():
            _stopped(record, kind, levels, begin, record.times[stop])


def _stopped(record: _Record, kind: ClockKind, levels: Levels, begin: datetime, end: datetime) -> None:
    spent, (target, hard) = (end - begin) // _MINUTE, _KEPT[kind]
    left = [(None, None) if limit is None else (limit - spent, limit >= spent) for limit in (target, hard)]
    rows = record.rows
    text, version = _levels(levels, begin), rows.terms.calendar_version
    key = (rows.number(), record.id, kind.value, 1, begin, end, False, text, None, None)
    rows.add(ServiceClock, *key, *left[0], *left[1], version)


def _running(record: _Record, kind: ClockKind, levels: Levels, begin: datetime, *, emergency: bool) -> None:
    """A clock that runs with what the kernel makes of it; the ladder was told as far as it was due."""
    rows, number = record.rows, record.rows.number()
    calendar, ladder = rows.terms.calendar, rows.terms.emergency_ladder if emergency else rows.terms.ladder
    facts = ClockFacts(kind=kind, started_at=begin, levels=(DatedLevels(begin, levels),), pauses=record.pauses)
    state = clock_state(facts=facts, now=NOW, calendar=calendar)
    told = escalations_due(facts=facts, now=NOW, calendar=calendar, ladder=ladder)
    look = next_due(facts=facts, now=NOW, calendar=calendar, ladder=ladder, sent=[one.step for one in told])
    dues = (state.due_target, state.due_hard)
    record.dues.append((*dues, look))
    row = (number, record.id, kind.value, 1, begin, None, False, _levels(levels, begin), *dues)
    rows.add(ServiceClock, *row, None, None, None, None, rows.terms.calendar_version)
    for one in told:
        step = (record.id, number, one.step.percent, one.step.role, one.reached_at, one.at)
        rows.add(ServiceEscalation, rows.number(), *step)


def _pause(record: _Record, running: frozenset[ClockKind]) -> None:
    """For one of thirty that are worked at: a pause, over or without an end, or one that was only asked for."""
    rows, chance = record.rows, record.rows.chance
    if record.reached < 3 or (not record.ended and ClockKind.RESOLVED not in running) or chance.random() > 0.03:
        return
    begin = record.times[3] + _HOUR
    state = "asked" if not record.ended and chance.random() < 0.3 else "approved"
    end = record.times[4] + 2 * _HOUR if record.ended else None
    row = (ClockKind.RESOLVED.value, "waiting_parts", begin, end, state, rows.estate * 10, begin, "", 1)
    rows.add(ServicePause, rows.number(), record.id, *row)
    if not record.ended:
        record.pauses = (Pause(begin, end, "waiting_parts", state == "approved", frozenset({ClockKind.RESOLVED})),)


def _levels(levels: Levels, since: datetime) -> str:
    return json.dumps([[instant_text(since), levels_text(levels)]])


def _steps(record: _Record, handler: int) -> None:
    """The timeline; what somebody typed is sealed beside it."""
    rows, way = record.rows, record.way
    for place, at in enumerate(record.times[: record.reached + 1]):
        number, action = rows.number(), way.actions[place]
        facts = json.dumps({"handler": handler} if action == "assignment" else {"channel": "phone"})
        source = way.states[max(place - 1, 0)]
        by = None if action == "archiving" else DESK.user_id if place < 2 else handler
        rows.add(ServiceStep, number, record.id, action, source, way.states[place], facts, by, at, at)
        if action in way.spoken:
            words = json.dumps({"note": record.said.content[:30]}, ensure_ascii=False)
            rows.add(ServiceStepText, number, rows.seal(words, step_place(rows.estate, number)))


def _visit(record: _Record, handler: int) -> None:
    """An appointment for half of the requests that somebody has, and material for a third of those done."""
    rows, chance = record.rows, record.rows.chance
    if record.reached >= 2 and chance.random() < 0.5:
        over, since = record.reached >= 4, record.times[2]
        begin = record.times[3] if over else NOW + timedelta(hours=chance.randrange(-1, 72))
        slot = (begin, begin + 2 * _HOUR)
        state = "kept" if over else "confirmed"
        rows.add(WorkAppointment, rows.number(), record.id, handler, *slot, state, handler, since, "", 1)
    if record.reached >= 4 and chance.random() < 0.33:
        rows.add(WorkMaterial, record.id, 1, 1, "O-ring", 2_000, "piece", 300, 600)
