"""The timer of complaints and requests: whoever has to be told of a clock that runs out is told in time (R-086, R-115).

The worker does it every minute between its jobs, a timer of the office by ``manage.py tick``. Both at once do no harm:
each estate is looked at in its own turn, and a step of the ladder is told once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from db.engine import Database
from db.models import ServiceClock
from db.operations.attempts import as_system
from db.operations.case_care import BATCH, TickClocks, tick_clocks
from db.repositories.case_care import KINDS, estates_to_look_at
from db.repositories.service_terms import calendar_versions
from db.unit_of_work import perform

_MOST_BATCHES: Final = 500


@dataclass(frozen=True, slots=True)
class Ticked:
    """In how many estates how many records were looked at, and how many steps of the ladder were told."""

    estates: int = 0
    records: int = 0
    told: int = 0


def tick(database: Database, now: datetime, *, most: int = BATCH) -> Ticked:
    """Look at all clocks that want it, at most ``most`` records in a transaction.

    Where nothing is due nothing is written. An estate that fails does not keep the others waiting; its error is raised
    once they are done.
    """
    with database.reading() as connection:
        estates = _waiting(connection, now)
    done, failed = Ticked(), list[Exception]()
    for estate in estates:
        try:
            for records, told in _looks(database, estate, now, most):
                done = Ticked(done.estates, done.records + records, done.told + told)
            done = Ticked(done.estates + 1, done.records, done.told)
        except Exception as error:  # noqa: BLE001 (whatever it was, the other estates have clocks as well)
            failed.append(error)
    if failed:
        raise failed[0]
    return done


def _waiting(connection: Connection, now: datetime) -> tuple[EstateId, ...]:
    """Estates with something due, and those whose clocks were counted by another calendar than today's."""
    due, used = set(estates_to_look_at(connection, now)), _versions_in_use(connection)
    versions = calendar_versions(connection, {estate for estate, _ in used}, local_day(now))
    return tuple(sorted(due | {estate for estate, version in used if version != versions[estate]}))


def _versions_in_use(connection: Connection) -> set[tuple[EstateId, str]]:
    """By which calendars the running clocks of open records were counted."""
    found = set[tuple[EstateId, str]]()
    for table in KINDS:
        own = (ServiceClock.estate_id == table.estate_id) & (ServiceClock.record_id == table.id)
        columns = (ServiceClock.estate_id, ServiceClock.calendar_version)
        statement = select(*columns).distinct().select_from(table).join(ServiceClock, own)
        rows = connection.execute(statement.where(table.ended_on.is_(None), ServiceClock.stopped_at.is_(None)))
        found |= {(EstateId(estate), version) for estate, version in rows}
    return found


def _looks(database: Database, estate: EstateId, now: datetime, most: int) -> Iterator[tuple[int, int]]:
    """Look again and again, until nothing of the estate is left."""
    for _ in range(_MOST_BATCHES):
        looked = perform(database, tick_clocks, TickClocks(estate, most), identify=as_system, now=now)
        yield looked.records, looked.told
        if not looked.more:
            return
