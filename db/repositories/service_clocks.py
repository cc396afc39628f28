"""The clocks of complaints and requests as rows, from which the time kernel recomputes all else (R-083 to R-086).

Rows of clocks, pauses and sent escalations are the facts; what is derived from them – the next due instants – is
written with every change of a fact and whenever the calendar has changed, and only where it differs.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from core.admin.audit import instant_text
from core.kernel.clocks import ClockFacts, ClockKind, DatedLevels, Levels, Pause
from core.kernel.escalation import Ladder, LadderStep, next_due
from core.kernel.identity import EstateId
from core.kernel.limit_texts import levels_text, parse_levels
from core.kernel.signals import ClockAction, ClockSignal
from core.kernel.sla import Outcome, clock_state, closing_record
from core.kernel.worktime import ServiceCalendar
from db.models import Case, ServiceClock, ServiceEscalation, ServicePause, WorkOrder
from db.repositories.keyed import Key, keyed

APPROVED: Final = "approved"
"""The state of a pause that counts."""

_CHUNK: Final = 500
_BETWEEN: Final = ","


class Timing(Protocol):
    """The working time that limits are counted in, and the name of its present version."""

    @property
    def calendar(self) -> ServiceCalendar:
        """Hours and days."""

    @property
    def calendar_version(self) -> str:
        """What is kept with a stopped clock."""


@dataclass(frozen=True, slots=True)
class Dues:
    """The earliest of the running clocks: amber after ``due_target``, red after ``due_hard``.

    ``next_look`` is when they want attention next. Each is ``None`` when there is none.
    """

    due_target: datetime | None = None
    due_hard: datetime | None = None
    next_look: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClock:
    """One run of a clock. Minutes left and whether a limit was kept are there once it has stopped, for its limits.

    ``sent``: the steps of the ladder that were told already. The derived dues are those of the last refresh.
    """

    id: int
    run: int
    cancelled: bool
    facts: ClockFacts
    sent: tuple[LadderStep, ...]
    due_target: datetime | None
    due_hard: datetime | None
    target_minutes: int | None
    target_kept: bool | None
    hard_minutes: int | None
    hard_kept: bool | None
    calendar_version: str

    @property
    def runs(self) -> bool:
        """Say whether it waits still."""
        return self.facts.stopped_at is None


def apply_signals(
    session: Session,
    *,
    estate: EstateId,
    record_id: int,
    signals: Iterable[ClockSignal],
    levels_of: Callable[[ClockKind], Levels],
    terms: Timing,
    next_id: Callable[[], int],
) -> None:
    """Store what a step does to the clocks, in the order given.

    A start is a new run; a stop or cancellation ends the running one and does nothing where none runs (a record that
    was brought in from elsewhere). A stop settles how the clock ended; a cancelled run is neither in time nor late.
    ``refresh`` must follow. A start while the same clock runs is a bug and raises ``ValueError``.
    """
    rows = _rows_of(session, estate, record_id)
    for signal in signals:
        own = [row for row in rows if row.kind == signal.kind.value]
        running = next((row for row in own if row.stopped_at is None), None)
        if signal.action is not ClockAction.START:
            if running is not None:
                _end(session, running, signal, terms)
            continue
        if running is not None:
            raise ValueError(f"the {signal.kind.value} clock runs already")
        row = ServiceClock(estate_id=estate, id=next_id(), record_id=record_id, kind=signal.kind.value)
        row.run, row.started_at = max((one.run for one in own), default=0) + 1, signal.at
        row.levels, row.cancelled = _levels_text([(signal.at, levels_of(signal.kind))]), False
        row.calendar_version = terms.calendar_version
        rows.append(row)
        session.add(row)
    session.flush()


def change_levels(
    session: Session, *, estate: EstateId, record_id: int, levels_of: Callable[[ClockKind], Levels], since: datetime
) -> None:
    """Give the running clocks other limits from an instant on; earned pauses stay. ``refresh`` must follow.

    Of limits from the same instant the later hold; only the very same once more is not written. Limits that change
    nothing now are, because a change entered later for an earlier instant would.
    """
    for row in _rows_of(session, estate, record_id):
        dated, levels = _levels_of(row), levels_of(ClockKind(row.kind))
        known = [one.levels for one in dated if one.since == since]
        if row.stopped_at is None and known[-1:] != [levels]:
            row.levels = _levels_text([*((one.since, one.levels) for one in dated), (since, levels)])
    session.flush()


def settle_again(
    session: Session,
    *,
    estate: EstateId,
    record_id: int,
    kinds: Collection[ClockKind],
    since: datetime,
    terms: Timing,
) -> None:
    """Settle the clocks of some kinds anew that stopped after ``since``, for what was a pause from then on has changed.

    They are settled by the present calendar. A change of the calendar alone settles nothing anew.
    """
    pauses = _pauses_of(session, [(estate, record_id)])[estate, record_id]
    for row in _rows_of(session, estate, record_id):
        is_concerned = row.stopped_at is not None and row.stopped_at > since and ClockKind(row.kind) in kinds
        if is_concerned and not row.cancelled:
            _settle(row, _facts_of(row, pauses), terms)
    session.flush()


def refresh(
    session: Session, *, estate: EstateId, record_id: int, now: datetime, terms: Timing, ladder: Ladder
) -> Dues:
    """Recompute the dues of a record from its rows and write those of each running clock where they differ."""
    return refresh_all(session, estate=estate, ladders={record_id: ladder}, now=now, terms=terms)[record_id]


def refresh_all(
    session: Session, *, estate: EstateId, ladders: Mapping[int, Ladder], now: datetime, terms: Timing
) -> Mapping[int, Dues]:
    """The same for several records of an estate (each with its ladder) in three statements and the changes."""
    session.flush()
    found = clock_facts_of(session, estate, ladders)
    dues, changed = dict[int, Dues](), dict[int, Dues]()
    for record_id, ladder in ladders.items():
        each = {clock.id: clock for clock in found[record_id] if clock.runs}
        own = {number: _dues_of(clock, now, terms, ladder) for number, clock in each.items()}
        changed |= {number: due for number, due in own.items() if _differs(each[number], due, terms)}
        times = zip(*((due.due_target, due.due_hard, due.next_look) for due in own.values()), strict=True)
        dues[record_id] = Dues(*map(_earliest, times))
    _write_dues(session, estate, changed, terms)
    return dues


def store_dues(session: Session, *, estate: EstateId, record: Case | WorkOrder, dues: Dues) -> None:
    """Write dues to a case or request where they differ. The version stays, so that nobody's open form turns stale."""
    found = (record.due_target, record.due_hard, record.next_look)
    if found == (dues.due_target, dues.due_hard, dues.next_look):
        return
    table = type(record)
    values = {"due_target": dues.due_target, "due_hard": dues.due_hard, "next_look": dues.next_look}
    statement = update(table).where(table.estate_id == estate, table.id == record.id).values(values)
    session.execute(statement, execution_options={"synchronize_session": False})
    session.refresh(record, ["due_target", "due_hard", "next_look"])


def running_targets(session: Session, estate: EstateId, record_id: int) -> Mapping[ClockKind, datetime | None]:
    """Until when each clock of a record that runs has its target; one statement."""
    own = (ServiceClock.estate_id == estate, ServiceClock.record_id == record_id, ServiceClock.stopped_at.is_(None))
    rows = session.execute(select(ServiceClock.kind, ServiceClock.due_target).where(*own))
    return {ClockKind(row.kind): row.due_target for row in rows}


def clock_facts_of(
    connection: Connection | Session, estate: EstateId, record_ids: Collection[int]
) -> Mapping[int, tuple[StoredClock, ...]]:
    """The clocks of some records of an estate in the order they were started, an empty tuple for one without any."""
    found = clock_facts_at(connection, [(estate, record_id) for record_id in record_ids])
    return {record_id: clocks for (_, record_id), clocks in found.items()}


def clock_facts_at(connection: Connection | Session, keys: Collection[Key]) -> Mapping[Key, tuple[StoredClock, ...]]:
    """The clocks of records of several estates; three statements for up to five hundred records."""
    found = dict[Key, tuple[StoredClock, ...]]()
    listed = sorted(set(keys))
    for start in range(0, len(listed), _CHUNK):
        chunk = listed[start : start + _CHUNK]
        rows = _clock_rows(connection, chunk)
        found.update(stored_clocks(chunk, rows, _pauses_of(connection, chunk), _sent_of(connection, chunk)))
    return found


def stored_clocks(
    keys: Iterable[Key],
    rows: Iterable[Any],
    pauses: Mapping[Key, tuple[Pause, ...]],
    sent: Mapping[Key, tuple[LadderStep, ...]],
) -> Mapping[Key, tuple[StoredClock, ...]]:
    """Join the rows of clocks with their records' pauses and, by the number of the clock, the steps that were sent."""
    found: dict[Key, tuple[StoredClock, ...]] = dict.fromkeys(keys, ())
    for row in rows:
        key = row.estate_id, row.record_id
        clock = _stored(row, pauses.get(key, ()), sent.get((row.estate_id, row.id), ()))
        found[key] = (*found.get(key, ()), clock)
    return found


def pause_of(row: Any) -> Pause:
    """The pause of a row."""
    kinds = frozenset(ClockKind(kind) for kind in row.clocks.split(_BETWEEN))
    return Pause(row.start_at, row.end_at, row.reason, row.state == APPROVED, kinds)


def clocks_text(kinds: Collection[ClockKind]) -> str:
    """The kinds of clocks a pause concerns as they are stored."""
    return _BETWEEN.join(kind.value for kind in ClockKind if kind in kinds)


def _dues_of(clock: StoredClock, now: datetime, terms: Timing, ladder: Ladder) -> Dues:
    state = clock_state(facts=clock.facts, now=now, calendar=terms.calendar)
    look = next_due(facts=clock.facts, now=now, calendar=terms.calendar, ladder=ladder, sent=clock.sent)
    return Dues(state.due_target, state.due_hard, look)


def _differs(clock: StoredClock, due: Dues, terms: Timing) -> bool:
    after = (due.due_target, due.due_hard, terms.calendar_version)
    return after != (clock.due_target, clock.due_hard, clock.calendar_version)


def _write_dues(session: Session, estate: EstateId, changed: Mapping[int, Dues], terms: Timing) -> None:
    """Write the dues of clocks, in two statements for up to five hundred."""
    numbers = sorted(changed)
    for start in range(0, len(numbers), _CHUNK):
        own = (ServiceClock.estate_id == estate, ServiceClock.id.in_(numbers[start : start + _CHUNK]))
        for row in session.scalars(select(ServiceClock).where(*own)):
            due = changed[row.id]
            row.due_target, row.due_hard, row.calendar_version = due.due_target, due.due_hard, terms.calendar_version
        session.flush()


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _end(session: Session, row: ServiceClock, signal: ClockSignal, terms: Timing) -> None:
    """Stop or cancel a running clock. A stop before the start (a clock set back) counts as the start."""
    row.stopped_at = max(signal.at, row.started_at)
    row.cancelled = signal.action is ClockAction.CANCEL
    row.due_target = row.due_hard = None
    if not row.cancelled:
        key = row.estate_id, row.record_id
        _settle(row, _facts_of(row, _pauses_of(session, [key])[key]), terms)


def _settle(row: ServiceClock, facts: ClockFacts, terms: Timing) -> None:
    closing = closing_record(facts=facts, calendar=terms.calendar, calendar_version=terms.calendar_version)
    row.target_minutes, row.target_kept = _outcome(closing.target)
    row.hard_minutes, row.hard_kept = _outcome(closing.hard)
    row.calendar_version = closing.calendar_version


def _outcome(outcome: Outcome | None) -> tuple[int | None, bool | None]:
    return (None, None) if outcome is None else (outcome.minutes_left, outcome.kept)


def _rows_of(session: Session, estate: EstateId, record_id: int) -> list[ServiceClock]:
    statement = select(ServiceClock).where(ServiceClock.estate_id == estate, ServiceClock.record_id == record_id)
    return list(session.scalars(statement.order_by(ServiceClock.id)))


def _clock_rows(connection: Connection | Session, keys: Collection[Key]) -> Iterable[Any]:
    columns = ServiceClock.__table__.c
    own = keyed(columns.estate_id, columns.record_id, keys)
    return connection.execute(select(*columns).where(own).order_by(columns.started_at, columns.id))


def _pauses_of(connection: Connection | Session, keys: Collection[Key]) -> defaultdict[Key, tuple[Pause, ...]]:
    columns = ServicePause.__table__.c
    own = keyed(columns.estate_id, columns.record_id, keys)
    statement = select(*columns).where(own, columns.state == APPROVED).order_by(columns.id)
    found: defaultdict[Key, tuple[Pause, ...]] = defaultdict(tuple)
    for row in connection.execute(statement):
        found[row.estate_id, row.record_id] += (pause_of(row),)
    return found


def _sent_of(connection: Connection | Session, keys: Collection[Key]) -> Mapping[Key, tuple[LadderStep, ...]]:
    """The steps that were told, by estate and clock."""
    columns = ServiceEscalation.__table__.c
    own = keyed(columns.estate_id, columns.record_id, keys)
    found: defaultdict[Key, tuple[LadderStep, ...]] = defaultdict(tuple)
    for row in connection.execute(select(*columns).where(own).order_by(columns.id)):
        found[row.estate_id, row.clock_id] += (LadderStep(row.percent, row.role),)
    return found


def _stored(row: Any, pauses: tuple[Pause, ...], sent: tuple[LadderStep, ...]) -> StoredClock:
    return StoredClock(
        id=row.id,
        run=row.run,
        cancelled=row.cancelled,
        facts=_facts_of(row, pauses),
        sent=sent,
        due_target=row.due_target,
        due_hard=row.due_hard,
        target_minutes=row.target_minutes,
        target_kept=row.target_kept,
        hard_minutes=row.hard_minutes,
        hard_kept=row.hard_kept,
        calendar_version=row.calendar_version,
    )


def _facts_of(row: Any, pauses: tuple[Pause, ...]) -> ClockFacts:
    return ClockFacts(
        kind=ClockKind(row.kind),
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        levels=_levels_of(row),
        pauses=pauses,
    )


def _levels_of(row: Any) -> tuple[DatedLevels, ...]:
    """The dated limits of a row: ``[["2026-11-21T01:00:00.000000Z", "24h/2wd"], …]``."""
    return tuple(
        DatedLevels(datetime.fromisoformat(since), parse_levels(levels)) for since, levels in json.loads(row.levels)
    )


def _levels_text(dated: Iterable[tuple[datetime, Levels]]) -> str:
    return json.dumps([[instant_text(since), levels_text(levels)] for since, levels in dated])
