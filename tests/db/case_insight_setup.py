"""Four hundred cases of two estates, drawn at random but always the same, as rows; and the facts they were drawn from.

What the queries add up in SQL is held against the functions of core over these facts.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from core.admin.audit import instant_text
from core.complaints.actions import CaseAction
from core.complaints.grading import CaseGrade, queue_rank
from core.complaints.repeats import place_key
from core.complaints.states import PROCESS_MAP, CaseState
from core.complaints.taxonomy import (
    SUB_CATEGORIES,
    CaseCategory,
    CaseChannel,
    CauseDetail,
    RecordType,
    RootCause,
    Solution,
)
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from db.engine import Database
from db.models import Base, Case, ServiceClock, ServiceRecord, ServiceStep
from tests.builders import NOW
from tests.db.service_setup import ServiceWorld, a_service_world

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACES = ("East gate", "Car park P1", "Pool", "Roof garden")
ALLOWED = {step.state: step.allowed for step in PROCESS_MAP}
PATH = (
    (CaseState.CLASSIFIED, CaseAction.CLASSIFICATION),
    (CaseState.ASSIGNED, CaseAction.ASSIGNMENT),
    (CaseState.RESPONDED, CaseAction.RESPONSE),
    (CaseState.IN_PROGRESS, CaseAction.PLAN),
    (CaseState.RESOLVED, CaseAction.RESOLUTION),
    (CaseState.CALLED_BACK, CaseAction.CALL_BACK),
    (CaseState.CLOSED, CaseAction.CLOSING),
)
LIMITS = {"response": (24, 48), "resolved": (72, 168)}
"""Hours from the start of a clock to its target and hard limit."""


@dataclass
class Made:
    """One case with its clocks and steps, as columns."""

    case: dict[str, Any]
    number: str
    clocks: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_complaint(self) -> bool:
        return bool(self.case["record_type"] == RecordType.COMPLAINT.value)

    @property
    def counts(self) -> bool:
        """A complaint that was neither withdrawn nor merged."""
        return self.is_complaint and self.case["state"] not in {"withdrawn", "merged"}


@dataclass
class BusyWorld:
    """The two estates with their cases."""

    world: ServiceWorld
    made: list[Made]

    @property
    def database(self) -> Database:
        return self.world.database

    def of(self, estate: int | None = None) -> list[Made]:
        """The cases of an estate, or of both."""
        return [one for one in self.made if estate is None or one.case["estate_id"] == estate]


class Drawing:
    """Draws cases one after the other."""

    def __init__(self, world: ServiceWorld, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.ids: Iterator[int] = iter(range(2_000_001, 9_000_000))
        people = world.people
        self.handlers = [who.staff for who in (people.service_handler, people.repair_handler, people.second_handler)]

    def moment(self, since: datetime, longest: timedelta) -> datetime:
        return since + timedelta(microseconds=self.random.randrange(max(longest // timedelta(microseconds=1), 1)))

    def case(self, place: int) -> Made:
        case = self._plain(place)
        made = Made(case, f"T-{case['estate_id']}-{case['id']}")
        self._registered(made)
        if case["record_type"] == RecordType.COMPLAINT.value:
            self._walk(made)
        else:
            self._answer(made)
        running = [clock for clock in made.clocks if clock["stopped_at"] is None]
        for due in ("due_target", "due_hard"):
            case[due] = min((clock[due] for clock in running), default=None)
        return made

    def _plain(self, place: int) -> dict[str, Any]:
        pick = self.random
        where = self.world.maple if pick.random() < 0.7 else self.world.lake
        kind = pick.choices(list(RecordType), (14, 2, 1, 3))[0]
        category = pick.choice(list(CaseCategory))
        sub = pick.choice(SUB_CATEGORIES[category][:2])
        unit = pick.choice(where.units) if pick.random() < 0.6 else None
        public = "" if unit else pick.choice(PLACES)
        grade = pick.choices(list(CaseGrade), (1, 2, 5))[0] if kind is RecordType.COMPLAINT else CaseGrade.NORMAL
        registered = NOW - 150 * DAY * pick.random() ** 2 - HOUR
        plain: dict[str, Any] = {
            "estate_id": where.estate,
            "id": next(self.ids),
            "record_type": kind.value,
            "category": category.value,
            "sub_category": sub.value,
            "unit_id": unit,
            "area": str(1 + where.units.index(unit) // 4) if unit else public,
            "place": public,
            "place_key": place_key(place=public),
            "happened_at": registered - HOUR,
            "registered_at": registered,
            "channel": pick.choice(list(CaseChannel)).value,
            "emotion": "calm",
            "content_sealed": b"sealed",
            "special": pick.random() < 0.1,
            "repeated": pick.random() < 0.2,
            "grade": grade.value,
            "proposed_grade": grade.value,
            "queue_rank": queue_rank(grade),
            "state": CaseState.REGISTERED.value,
            "handler_id": None,
            "reopenings": 0,
            "root_cause": "",
            "cause_detail": "",
            "solution": "",
            "households": 1 + place % 3,
        }
        names = ("responded_at", "resolved_at", "called_back_at", "reopened_at", "ended_at", "ended_on", "satisfied")
        return plain | dict.fromkeys((*names, "measure_id", "escalated_at", "due_target", "due_hard"))

    def _registered(self, made: Made) -> None:
        case, at = made.case, made.case["registered_at"]
        self._step(made, CaseAction.REGISTRATION, case["state"], at)
        for kind in LIMITS:
            self._start(made, kind, at)
        if self.random.random() < 0.05:
            case["category"] = case["sub_category"] = ""

    def _walk(self, made: Made) -> None:
        """Go on through the states until now, leave on the way, or be opened again by an unsatisfied customer."""
        at, path = made.case["registered_at"], list(PATH)
        while path:
            if self.random.random() < 0.02 and made.case["state"] in {"registered", "classified", "assigned"}:
                return self._leave(made, at)
            at = self.moment(at, ALLOWED[CaseState(made.case["state"])] * 3)
            if at >= NOW or not made.case["category"]:
                return None
            state, action = path.pop(0)
            if state is CaseState.CALLED_BACK and self.random.random() < 0.2:
                self._open_again(made, at)
                path = [*PATH[4:]]
                continue
            self._go(made, state, action, at)
        if self.random.random() < 0.3:
            made.case["state"] = CaseState.ARCHIVED.value
        return None

    def _go(self, made: Made, state: CaseState, action: CaseAction, at: datetime) -> None:
        case = made.case
        if self.random.random() < 0.1 and state is CaseState.RESPONDED:
            at = case["registered_at"] + timedelta(minutes=1)  # spoken to before anybody had it
        self._step(made, action, state.value, at)
        case["state"] = state.value
        if state is CaseState.ASSIGNED:
            case["handler_id"] = self.random.choice(self.handlers)
        if state is CaseState.RESPONDED:
            case["responded_at"] = at
            self._stop(made, "response", at)
        if state is CaseState.RESOLVED:
            case["resolved_at"] = at
            self._stop(made, "resolved", at)
            case["root_cause"] = self.random.choice(list(RootCause)).value
            case["cause_detail"] = self.random.choice(["", *(one.value for one in CauseDetail)])
            case["solution"] = self.random.choice(list(Solution)).value
        if state is CaseState.CALLED_BACK:
            case |= {"called_back_at": at, "satisfied": True}
        if state is CaseState.CLOSED:
            case |= {"ended_at": at, "ended_on": local_day(at)}

    def _open_again(self, made: Made, at: datetime) -> None:
        self._step(made, CaseAction.CALL_BACK, CaseState.IN_PROGRESS.value, at)
        made.case |= {"state": "in_progress", "called_back_at": at, "satisfied": False, "reopened_at": at}
        made.case["reopenings"] += 1
        self._start(made, "resolved", at)

    def _leave(self, made: Made, at: datetime) -> None:
        state = self.random.choice((CaseState.WITHDRAWN, CaseState.MERGED)).value
        self._step(made, CaseAction.WITHDRAWAL, state, at)
        made.case |= {"state": state, "ended_at": at, "ended_on": local_day(at)}
        for clock in made.clocks:
            clock |= {"stopped_at": at, "cancelled": True, "due_target": None, "due_hard": None}

    def _answer(self, made: Made) -> None:
        """A suggestion, praise or inquiry: closed after some days, or open still."""
        at = self.moment(made.case["registered_at"], 4 * DAY)
        if at < NOW:
            self._step(made, CaseAction.CLOSING, CaseState.CLOSED.value, at)
            made.case |= {"state": "closed", "ended_at": at, "ended_on": local_day(at)}
            for kind in LIMITS:
                self._stop(made, kind, at)

    def _step(self, made: Made, action: CaseAction, state: str, at: datetime) -> None:
        before = made.steps[-1] if made.steps else None
        entered = max(at, before["made_at"]) if before else at
        source = made.case["state"]
        step = {"estate_id": made.case["estate_id"], "id": next(self.ids), "record_id": made.case["id"]}
        more = {"action": action.value, "source": source, "state": state, "made_at": entered, "done_at": at}
        made.steps.append(step | more)

    def _start(self, made: Made, kind: str, at: datetime) -> None:
        target, hard = (at + hours * HOUR for hours in LIMITS[kind])
        run = 1 + sum(clock["kind"] == kind for clock in made.clocks)
        clock = {"estate_id": made.case["estate_id"], "id": next(self.ids), "record_id": made.case["id"], "kind": kind}
        clock |= {"run": run, "started_at": at, "stopped_at": None, "cancelled": False}
        clock |= {"levels": json.dumps([[instant_text(at), "24h/48h"]]), "due_target": target, "due_hard": hard}
        clock |= dict.fromkeys(("target_kept", "target_minutes", "hard_kept", "hard_minutes"))
        made.clocks.append(clock | {"calendar_version": ""})

    def _stop(self, made: Made, kind: str, at: datetime) -> None:
        clock = next(one for one in reversed(made.clocks) if one["kind"] == kind)
        for level in ("target", "hard"):
            due = clock[f"due_{level}"]
            clock |= {f"{level}_kept": at <= due, f"{level}_minutes": (due - at) // timedelta(minutes=1)}
            clock[f"due_{level}"] = None
        clock["stopped_at"] = at


def a_busy_world(database: Database, *, cases: int = 400, seed: int = 20261121) -> BusyWorld:
    """The world with its cases stored."""
    world = a_service_world(database)
    drawing = Drawing(world, seed)
    busy = BusyWorld(world, [drawing.case(place) for place in range(cases)])
    store(busy, busy.made)
    return busy


def store(busy: BusyWorld, made: list[Made]) -> None:
    """Insert cases with all that hangs on them."""
    headers = [
        {"kind": "case", "number": one.number, "request": None}
        | {name: one.case[name] for name in ("estate_id", "id", "registered_at")}
        for one in made
    ]
    rows: tuple[tuple[type[Base], list[dict[str, Any]]], ...] = (
        (ServiceRecord, headers),
        (Case, [one.case for one in made]),
        (ServiceClock, [clock for one in made for clock in one.clocks]),
        (ServiceStep, [step for one in made for step in one.steps]),
    )
    with busy.database.writing() as connection, connection.begin():
        for model, values in rows:
            if values:
                connection.execute(insert(model), values)


def a_measure(busy: BusyWorld, estate: EstateId, case: int) -> None:
    """Let a measure deal with a case."""
    measure = (
        "INSERT INTO measures (estate_id, id, number, source, source_reference, round_id, problem, cause, action,"
        " responsible_id, deadline, metric, metric_reference, better, unit, target_micro, before_note, after_note,"
        f" stage, made_at, version) SELECT {estate}, 77, 'M26-001', 'complaint', '', 0, 'p', '', '', min(id),"
        " '2026-12-01', 'own_figure', 'n', 'down', '', 1, '', '', 'plan', '2026-11-21 01:00:00.000000', 1"
        " FROM staff_members"
    )
    with busy.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(measure)
        connection.exec_driver_sql(f"UPDATE cases SET measure_id = 77 WHERE estate_id = {estate} AND id = {case}")


def due_of(clock: dict[str, Any], level: str) -> datetime:
    """When a limit of a clock ran or runs out, stopped or not."""
    hours = LIMITS[clock["kind"]][0 if level == "target" else 1]
    started: datetime = clock["started_at"]
    return started + hours * HOUR
