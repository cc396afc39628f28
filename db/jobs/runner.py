"""Long work that goes on when its page is left: imports, bill runs, the demonstration company (R6).

An operation writes a row with :func:`enqueue` in its own transaction; a :class:`Worker` takes it from there. Several
processes may have a worker. A job is claimed by a guarded update, and runs under a lock that ends with its worker's
connection (PostgreSQL) or process (SQLite, which serves one process), so that it never runs twice at the same time.
Beside the jobs a worker has duties, such as looking at the clocks of complaints, which it does every minute.

Jobs must bear being run again after a crash: they do their work in operations that are all or nothing, and look at
what is already done. Operations that start a job live beside it in ``db.jobs``, above ``db.operations``.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.admin.permissions import SYSTEM, Actor, NotPermitted, Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from db.engine import Database
from db.jobs.progress import Claim, Heart, JobLost, Progress, write_to_run
from db.models import BackgroundJob, User
from db.queries.jobs import JobState
from db.repositories.sessions import actor_of
from db.repositories.users import ACTIVE
from db.unit_of_work import Identify, NotFound, UnitOfWork, operation

DEAD_AFTER: Final = timedelta(seconds=60)
"""A worker that has not been heard of for so long is taken for dead."""

DUTIES_EVERY: Final = timedelta(minutes=1)
"""What is done beside the jobs is done once a minute at most."""

_BEAT_EVERY: Final = 10.0
_LEARN_EVERY: Final = 3_600.0
_LOCK_SPACE: Final = 7_021
_LOOK_AT: Final = 20
_FINISH_TRIES: Final = 12
_HERE: Final[set[tuple[str, int]]] = set()
_HERE_LOCK: Final = threading.Lock()
_log: Final = logging.getLogger("guanjia.jobs")

Run = Callable[[Database, dict[str, Any], Progress, Identify], dict[str, Any]]
"""What a kind of job does: ``run(database, params, progress, who) -> result``; ``who`` goes into ``perform``."""

Duty = Callable[[Database, datetime], object]
"""Something that wants doing again and again, jobs or not: ``duty(database, now)``."""

KINDS: Final[dict[str, Run]] = {}
"""Every kind of job with its function, filled by :func:`job_kind`."""


class NotRetryable(BusinessError):
    """The job is waiting, running or done; only a refused or failed one can be tried again."""

    code: ClassVar[str] = "jobs.not_retryable"


def job_kind(kind: str) -> Callable[[Run], Run]:
    """Register the function that runs one kind of job."""

    def register(run: Run) -> Run:
        KINDS[kind] = run
        return run

    return register


def enqueue(work: UnitOfWork, kind: str, params: dict[str, Any]) -> int:
    """Leave a job for the worker, in the transaction of the operation, and give its number.

    ``params`` is stored as JSON; personal values stay out. The job runs as the person who acts now, with the rights
    he or she has *then*.
    """
    if kind not in KINDS:
        raise LookupError(f"nothing runs jobs of kind {kind}")
    row = BackgroundJob(
        kind=kind,
        params=json.dumps(params, ensure_ascii=False),
        state=JobState.WAITING,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row.id


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Try an own job again."""

    job_id: int


@operation(Permission.DESK_VIEW)
def retry_job(work: UnitOfWork, command: RetryJob) -> None:
    """Put a refused or failed job of one's own back to wait; raises ``NotRetryable`` for any other state."""
    row = work.session.get(BackgroundJob, command.job_id, with_for_update=True)
    if row is None or (row.made_by != work.actor.user_id and not work.actor.is_system):
        raise NotFound(job=command.job_id)
    again = (
        update(BackgroundJob)
        .where(BackgroundJob.id == row.id, BackgroundJob.state.in_([JobState.REFUSED, JobState.FAILED]))
        .values(state=JobState.WAITING, step="", done=0, total=0, result="")
        .values(started_at=None, beat_at=None, finished_at=None)
        .returning(BackgroundJob.id)
        .execution_options(synchronize_session=False)
    )
    if work.session.execute(again).first() is None:
        raise NotRetryable(job=command.job_id)
    work.record("jobs.retry", ("job", row.id), after={"kind": row.kind})


def identify_user(user_id: int | None) -> Identify:
    """Say who a job acts for, read afresh in every transaction: a person disabled meanwhile may do no more."""

    def identify(connection: Connection, _now: datetime) -> Actor:
        if user_id is None:
            return SYSTEM
        session = Session(connection)
        user = session.get(User, UserId(user_id))
        if user is None or user.state != ACTIVE:
            raise NotPermitted(permission=Permission.DESK_VIEW.value)
        return actor_of(session, user)

    return identify


class Worker:
    """A thread that runs waiting jobs one after the other, and does its duties between them.

    Started and stopped with the server.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        *,
        poll: float = 1.0,
        beat: float = _BEAT_EVERY,
        duties: Iterable[Duty] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._duties = tuple(duties)
        self._duties_done: datetime | None = None
        self._poll = poll
        self._beat = beat
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look for jobs; does nothing when it already does."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._loop, name="job-worker", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Take no further job and wait a little for the present one; left alone, it is marked failed by the next."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)
            self._thread = None

    def run_next(self) -> bool:
        """Mark dead runs, then run one waiting job to its end; ``False`` when there is none to run."""
        mark_dead(self._database, self._clock())
        for job_id in _waiting(self._database):
            with _alone(self._database, job_id) as alone:
                claim = _claim(self._database, job_id, self._clock()) if alone else None
                if claim is not None:
                    self._run(claim)
                    return True
        return False

    def do_duties(self) -> bool:
        """Do every duty, unless that was less than a minute ago; ``False`` when it was.

        A duty that stumbles is logged and tried again next time; the others and the jobs do not wait for it. A clock
        that was set back does not stop them.
        """
        now = self._clock()
        if self._duties_done is not None and timedelta(0) <= now - self._duties_done < DUTIES_EVERY:
            return False
        self._duties_done = now
        for duty in self._duties:
            try:
                duty(self._database, now)
            except Exception:  # noqa: BLE001 (whatever it was, everything else must still be done)
                _log.exception("a duty of the worker stumbled")
        return True

    def _loop(self) -> None:
        learned, worked = 0.0, True
        while not self._stop.is_set():
            try:
                if worked or time.monotonic() - learned > _LEARN_EVERY:
                    self._database.learn_sizes()
                    learned = time.monotonic()
                self.do_duties()
                worked = self.run_next()
            except Exception:  # noqa: BLE001 (whatever it was, the next job must still be looked for)
                _log.exception("the job worker stumbled")
                worked = False
            if not worked:
                self._stop.wait(self._poll)

    def _run(self, claim: Claim) -> None:
        progress = Progress(self._database, claim, self._clock)
        with Heart(progress, self._beat):
            state, result = _outcome(self._database, claim, progress)
        if state is not None:
            self._finish(claim, state, result)

    def _finish(self, claim: Claim, state: JobState, result: str) -> None:
        """Store how a run ended, patiently: the work itself is committed already."""
        for attempt in range(1, _FINISH_TRIES + 1):
            try:
                write_to_run(self._database, claim, state=state, result=result, finished_at=self._clock())
            except DBAPIError:
                if attempt == _FINISH_TRIES:
                    raise
                threading.Event().wait(self._poll)
            else:
                return


def _outcome(database: Database, claim: Claim, progress: Progress) -> tuple[JobState | None, str]:
    """Run a job and say how it ended; no state when the run is no longer ours to speak of."""
    try:
        result = KINDS[claim.kind](database, json.loads(claim.params), progress, identify_user(claim.made_by))
        return JobState.DONE, json.dumps(result, ensure_ascii=False)
    except BusinessError as refusal:
        fields = {name: value if isinstance(value, int | str) else str(value) for name, value in refusal.fields.items()}
        return JobState.REFUSED, _problem(refusal.code, fields)
    except JobLost:
        return None, ""
    except Exception:  # noqa: BLE001 (the last resort: log it under a number the person sees)
        reference = secrets.token_hex(4).upper()
        _log.exception("job %s (%s) failed, reference %s", claim.job_id, claim.kind, reference)
        return JobState.FAILED, _problem("jobs.failed", {"reference": reference})


def _problem(code: str, fields: dict[str, Any]) -> str:
    return json.dumps({"code": code, "fields": fields}, ensure_ascii=False)


def mark_dead(database: Database, now: datetime) -> int:
    """Mark runs failed whose worker has not been heard of for a minute, and say how many."""
    dead = (BackgroundJob.state == JobState.RUNNING, BackgroundJob.beat_at < now - DEAD_AFTER)
    with database.reading() as connection:
        found = connection.execute(select(BackgroundJob.id).where(*dead)).scalars().all()
    gone = [job_id for job_id in found if _here(database, job_id) not in _HERE]
    if not gone:
        return 0
    values = {"state": JobState.FAILED, "result": _problem("jobs.worker_died", {}), "finished_at": now}
    with database.writing() as connection, connection.begin():
        statement = update(BackgroundJob).where(BackgroundJob.id.in_(gone), *dead).values(**values)
        return connection.execute(statement).rowcount


def _waiting(database: Database) -> list[int]:
    statement = select(BackgroundJob.id).where(BackgroundJob.state == JobState.WAITING)
    with database.reading() as connection:
        return list(connection.execute(statement.order_by(BackgroundJob.id).limit(_LOOK_AT)).scalars())


def _claim(database: Database, job_id: int, now: datetime) -> Claim | None:
    """Take a waiting job; ``None`` when somebody else was quicker."""
    still = (BackgroundJob.id == job_id, BackgroundJob.state == JobState.WAITING)
    with database.writing() as connection, connection.begin():
        wanted = select(BackgroundJob.kind, BackgroundJob.params, BackgroundJob.made_by).where(*still)
        row = connection.execute(wanted.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        taken = update(BackgroundJob).where(*still).values(state=JobState.RUNNING, started_at=now, beat_at=now)
        if connection.execute(taken).rowcount != 1:
            return None
        return Claim(job_id, row.kind, row.params, row.made_by, now)


def _here(database: Database, job_id: int) -> tuple[str, int]:
    return str(database.engine.url), job_id


@contextmanager
def _alone(database: Database, job_id: int) -> Iterator[bool]:
    """Say whether nobody else runs this job, and keep it so for the length of the block.

    A run given up as dead may still go on somewhere; a second one waits until it has really ended.
    """
    mine = _here(database, job_id)
    with _HERE_LOCK:
        is_first = mine not in _HERE
        _HERE.add(mine)
    if not is_first:
        yield False
        return
    try:
        if database.is_sqlite:
            yield True
        else:
            with _advisory_lock(database, job_id) as taken:
                yield taken
    finally:
        with _HERE_LOCK:
            _HERE.discard(mine)


@contextmanager
def _advisory_lock(database: Database, job_id: int) -> Iterator[bool]:
    numbers = {"space": _LOCK_SPACE, "job": job_id}
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        taken = bool(connection.execute(text("SELECT pg_try_advisory_lock(:space, :job)"), numbers).scalar())
        try:
            yield taken
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(:space, :job)"), numbers)
