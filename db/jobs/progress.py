"""How far a job is, and the sign of life of who runs it. Each is a short transaction of its own."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event, update
from sqlalchemy.exc import DBAPIError

from db.engine import WRITES, Database
from db.models import BackgroundJob
from db.queries.jobs import JobState

BETWEEN_REPORTS: Final = 0.5
"""Seconds between two stored reports; what comes faster is dropped, it is out of date anyway."""

_OPEN = threading.local()
_WATCHED: Final[WeakSet[Engine]] = WeakSet()


class ReportInsideTransaction(RuntimeError):
    """A job reported while its own transaction was open: on SQLite it would wait for itself. A bug in the job."""


class JobLost(RuntimeError):
    """The job was given up as dead and started again by somebody else; this run must end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job this worker may run. ``started_at`` tells this run from a later one of the same job."""

    job_id: int
    kind: str
    params: str
    made_by: int | None
    started_at: datetime


@dataclass(slots=True)
class Progress:
    """What a job gets to say how far it is."""

    database: Database
    claim: Claim
    clock: Callable[[], datetime]
    lost: threading.Event = field(default_factory=threading.Event)
    _last: float = -BETWEEN_REPORTS

    def __post_init__(self) -> None:
        _watch(self.database.engine)

    def report(self, step: str, done: int, total: int) -> None:
        """Show a step (a code with a label) and how much of it is done; stored at most twice a second.

        Call it between transactions, never inside one: ``ReportInsideTransaction`` is raised then, on either database.
        Raises ``JobLost`` when this run is no longer the job's. A database too busy to store it is no trouble.
        """
        if getattr(_OPEN, "connections", None):
            raise ReportInsideTransaction(step)
        if self.lost.is_set():
            raise JobLost(self.claim.job_id)
        if time.monotonic() - self._last < BETWEEN_REPORTS:
            return
        self._last = time.monotonic()
        self._store(step=step, done=done, total=total)
        if self.lost.is_set():
            raise JobLost(self.claim.job_id)

    def beat(self) -> None:
        """Say that the worker is alive."""
        self._store()

    def _store(self, **values: Any) -> None:
        """Write to the job's row as long as the run is ours; a run given up too early comes back to life."""
        with suppress(DBAPIError):
            alive = {"beat_at": self.clock(), "state": JobState.RUNNING, "result": "", "finished_at": None}
            if not write_to_run(self.database, self.claim, **alive, **values):
                self.lost.set()


def write_to_run(database: Database, claim: Claim, **values: Any) -> bool:
    """Change the row of a run in one short transaction; ``False`` when the job is no longer this run's."""
    statement = update(BackgroundJob).where(
        BackgroundJob.id == claim.job_id,
        BackgroundJob.started_at == claim.started_at,
        BackgroundJob.state.in_([JobState.RUNNING, JobState.FAILED]),
    )
    with database.writing() as connection, connection.begin():
        return bool(connection.execute(statement.values(**values)).rowcount)


@dataclass(slots=True)
class Heart:
    """Beats in a thread of its own while a job runs."""

    progress: Progress
    seconds: float
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._beat, name="job-heart", daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(self.seconds):
            self.progress.beat()


def _watch(engine: Engine) -> None:
    """Know of every thread whether it has a writing transaction open, by what the engine tells."""
    if engine in _WATCHED:
        return
    _WATCHED.add(engine)
    event.listen(engine, "begin", _began)
    event.listen(engine, "commit", _ended)
    event.listen(engine, "rollback", _ended)


def _connections() -> set[int]:
    if not hasattr(_OPEN, "connections"):
        _OPEN.connections = set()
    found: set[int] = _OPEN.connections
    return found


def _began(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        _connections().add(id(connection))


def _ended(connection: Connection) -> None:
    _connections().discard(id(connection))
