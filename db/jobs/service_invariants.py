"""What must always hold for complaints and requests (R-073, R-083, R-087 to R-089, R-111; R24).

Those of :data:`SERVICE_INVARIANTS` are statements like the ones in :mod:`db.jobs.invariants`. What follows from working
time or from the form of a number is recomputed here, in chunks, so that memory stays bounded.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from core.admin.audit import instant_text
from core.complaints.states import ENDED as CASES_ENDED
from core.complaints.states import CaseState
from core.complaints.states import running_clocks as case_clocks
from core.complaints.taxonomy import RecordType
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from core.kernel.sla import clock_state
from core.work_orders.states import ENDED as ORDERS_ENDED
from core.work_orders.states import WorkState
from core.work_orders.states import running_clocks as order_clocks
from db.models import Case, Estate, ServiceRecord, WorkOrder
from db.repositories.service_clocks import StoredClock, clock_facts_at
from db.repositories.service_terms import ServiceTerms, service_terms

_CHUNK: Final = 500
_NUMBER: Final = re.compile(r"-([CR])(\d{6})-(\d{3,})")
_LETTERS: Final = {"case": "C", "order": "R"}


class Broken(NamedTuple):
    """One thing that is wrong: in which estate, with which record, what should stand there and what does."""

    estate_id: int
    subject: str
    expected: str
    found: str


def _in(members: frozenset[CaseState] | frozenset[WorkState]) -> str:
    return ", ".join(f"'{member.value}'" for member in sorted(members))


_RECORDS: Final = """
    records AS (
        SELECT estate_id, id, 'case' AS kind, state, ended_on, anonymised_at, import_batch FROM cases
        UNION ALL
        SELECT estate_id, id, 'order', state, ended_on, anonymised_at, import_batch FROM work_orders
    )
"""
"""Cases and requests alike."""

SERVICE_INVARIANTS: Final[dict[str, str]] = {
    # Each header has its one case or request, as its kind says. (The other way round a foreign key holds it.)
    "service_records": "WITH "
    + _RECORDS
    + """
        SELECT h.estate_id, h.number AS subject, h.kind AS expected,
               CASE WHEN count(r.id) = 0 THEN 'nothing' WHEN count(r.id) > 1 THEN 'both' ELSE min(r.kind) END AS found
        FROM service_records h
        LEFT JOIN records r ON r.estate_id = h.estate_id AND r.id = h.id
        GROUP BY h.estate_id, h.id, h.number, h.kind
        HAVING count(r.id) <> 1 OR min(r.kind) <> h.kind
    """,
    # A record stands where its newest step has led, and has ended exactly in the states that end it.
    "service_progress": "WITH "
    + _RECORDS
    + f"""
        SELECT estate_id, subject, expected, found FROM (
            SELECT r.estate_id, r.id AS subject, s.state AS expected, r.state AS found
            FROM records r
            JOIN (
                SELECT estate_id, record_id, max(id) AS newest FROM service_steps GROUP BY estate_id, record_id
            ) last ON last.estate_id = r.estate_id AND last.record_id = r.id
            JOIN service_steps s ON s.estate_id = last.estate_id AND s.id = last.newest
            WHERE s.state <> r.state
            UNION ALL
            SELECT estate_id, id, CASE WHEN ended_on IS NULL THEN 'open' ELSE 'ended' END, state
            FROM records
            WHERE (ended_on IS NOT NULL) <> (
                (kind = 'case' AND state IN ({_in(CASES_ENDED)}))
                OR (kind = 'order' AND state IN ({_in(ORDERS_ENDED)}))
            )
        ) findings
    """,
    # Pending, in progress and handled add up to all cases: every case stands at a state that is one of them.
    "service_totals": f"""
        SELECT estate_id, estate_id AS subject, count(*) AS expected,
               sum(CASE WHEN state IN ({_in(frozenset(CaseState))}) THEN 1 ELSE 0 END) AS found
        FROM cases GROUP BY estate_id
        HAVING count(*) <> sum(CASE WHEN state IN ({_in(frozenset(CaseState))}) THEN 1 ELSE 0 END)
    """,
    # Whatever was entered here has clocks; those of an ended record have stopped. (An imported past has none.)
    "service_has_clocks": "WITH "
    + _RECORDS
    + """
        SELECT estate_id, subject, 'clocks, running while it is open' AS expected,
               CASE WHEN clocks = 0 THEN 'none' ELSE 'running ones' END AS found
        FROM (
            SELECT r.estate_id, r.id AS subject, r.ended_on, r.import_batch, count(c.id) AS clocks,
                   sum(CASE WHEN c.id IS NOT NULL AND c.stopped_at IS NULL THEN 1 ELSE 0 END) AS running
            FROM records r
            LEFT JOIN service_clocks c ON c.estate_id = r.estate_id AND c.record_id = r.id
            GROUP BY r.estate_id, r.id, r.ended_on, r.import_batch
        ) counted
        WHERE (clocks = 0 AND import_batch IS NULL) OR (ended_on IS NOT NULL AND running > 0)
    """,
    # A record is found by its words, as open or as ended, until it is forgotten.
    "service_search": "WITH "
    + _RECORDS
    + """
        SELECT estate_id, subject, expected, found FROM (
            SELECT r.estate_id, r.id AS subject,
                   CASE WHEN r.anonymised_at IS NOT NULL THEN 'nothing'
                        WHEN r.ended_on IS NULL THEN 'open ' || r.kind ELSE 'ended ' || r.kind END AS expected,
                   CASE WHEN w.record_id IS NULL THEN 'nothing'
                        WHEN ' ' || w.tokens || ' ' LIKE '% zopen %' THEN 'open ' ELSE 'ended ' END
                   || CASE WHEN w.record_id IS NULL THEN ''
                        WHEN ' ' || w.tokens || ' ' LIKE '% zkcase %' THEN 'case' ELSE 'order' END AS found
            FROM records r
            LEFT JOIN service_search w ON w.estate_id = r.estate_id AND w.record_id = r.id
        ) both_sides
        WHERE expected <> found
    """,
    # A number is given once in the whole company; each begins with the code of its estate.
    "service_number_once": """
        SELECT min(estate_id) AS estate_id, number AS subject, 1 AS expected, count(*) AS found
        FROM service_records GROUP BY number HAVING count(*) > 1
    """,
}


def bad_numbers(connection: Connection) -> Iterator[Broken]:
    """Numbers that are not formed from the estate's code, the letter of the kind and a day, with a sequence."""
    columns = (ServiceRecord.estate_id, ServiceRecord.kind, ServiceRecord.number, Estate.code)
    statement = select(*columns).join(Estate, Estate.id == ServiceRecord.estate_id)
    for row in connection.execution_options(yield_per=_CHUNK).execute(statement.order_by(ServiceRecord.number)):
        tail = _NUMBER.fullmatch(row.number.removeprefix(row.code))
        letter = _LETTERS[row.kind]
        if tail is None or tail[1] != letter or not _is_day(tail[2]) or int(tail[3]) < 1:
            yield Broken(row.estate_id, row.number, f"{row.code}-{letter}yymmdd-001", row.number)


def _is_day(digits: str) -> bool:
    try:
        datetime.strptime(digits, "%y%m%d")  # noqa: DTZ007 (a day, not an instant)
    except ValueError:
        return False
    return True


def bad_clocks(connection: Connection, now: datetime) -> Iterator[tuple[str, Broken]]:
    """Open records whose clocks do not run as their state says, or whose dues are not what the clocks say.

    Dues counted by another calendar than today's are the timer's to mend and are left out.
    """
    terms = dict[int, ServiceTerms]()
    records = _open_records(connection)
    for start in range(0, len(records), _CHUNK):
        rows = records[start : start + _CHUNK]
        found = clock_facts_at(connection, [(row.estate_id, row.id) for row in rows])
        for row in rows:
            if row.estate_id not in terms:
                terms[row.estate_id] = service_terms(connection, EstateId(row.estate_id), local_day(now))
            yield from _of_record(row, found[row.estate_id, row.id], terms[row.estate_id], now)


class _Open(NamedTuple):
    """What of an open record the check needs."""

    estate_id: int
    id: int
    record_type: str
    state: str
    due_target: datetime | None
    due_hard: datetime | None
    imported: bool


def _open_records(connection: Connection) -> list[_Open]:
    """All open records; there are never many."""
    cases = (Case.estate_id, Case.id, Case.record_type, Case.state, Case.due_target, Case.due_hard, Case.import_batch)
    orders = (WorkOrder.estate_id, WorkOrder.id, WorkOrder.kind, WorkOrder.state, WorkOrder.due_target,
              WorkOrder.due_hard, WorkOrder.import_batch)  # fmt: skip
    open_cases = connection.execute(select(*cases).where(Case.ended_on.is_(None)).order_by(Case.estate_id, Case.id))
    open_orders = connection.execute(
        select(*orders).where(WorkOrder.ended_on.is_(None)).order_by(WorkOrder.estate_id, WorkOrder.id)
    )
    return [
        *(_Open(*row[:6], imported=row[6] is not None) for row in open_cases),
        *(_Open(row[0], row[1], "", *row[3:6], imported=row[6] is not None) for row in open_orders),
    ]


def _of_record(
    row: _Open, clocks: tuple[StoredClock, ...], terms: ServiceTerms, now: datetime
) -> Iterator[tuple[str, Broken]]:
    running = [clock for clock in clocks if clock.runs]
    expected = _expected_clocks(row)
    if not row.imported and {clock.facts.kind.value for clock in running} != expected:
        yield "service_clocks", Broken(row.estate_id, str(row.id), str(len(expected)), str(len(running)))
    if any(clock.calendar_version != terms.calendar_version for clock in running):
        return
    states = [clock_state(facts=clock.facts, now=now, calendar=terms.calendar) for clock in running]
    wanted = [(state.due_target, state.due_hard) for state in states]
    kept = [(clock.due_target, clock.due_hard) for clock in running]
    earliest = tuple(_earliest(*times) for times in zip(*wanted, strict=True)) or (None, None)
    pairs = [*zip(wanted, kept, strict=True), (earliest, (row.due_target, row.due_hard))]
    for right, there in pairs:
        if right != there:
            yield "service_dues", Broken(row.estate_id, str(row.id), _text(right), _text(there))
            return


def _expected_clocks(row: _Open) -> set[str]:
    if row.record_type:
        kinds = case_clocks(record_type=RecordType(row.record_type), state=CaseState(row.state))
    else:
        kinds = order_clocks(WorkState(row.state))
    return {kind.value for kind in kinds}


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _text(dues: tuple[datetime | None, ...]) -> str:
    return " / ".join("-" if due is None else instant_text(due) for due in dues)
