"""R6: long work goes on without its page, is run once at a time, and always ends in a state that says what happened."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.admin.permissions import SYSTEM, Actor, Permission, Role
from core.kernel.errors import BusinessError, Problem
from core.kernel.identity import UserId
from core.kernel.money import Money
from db.engine import Database, open_database
from db.jobs import runner
from db.jobs.progress import BETWEEN_REPORTS, Claim, JobLost, Progress, ReportInsideTransaction
from db.jobs.runner import KINDS, NotRetryable, RetryJob, Worker, enqueue, job_kind, mark_dead, retry_job
from db.keys import KeyRing
from db.models import BackgroundJob, User, UserRole
from db.queries.jobs import JobRow, JobState, JobWanted, RecentJobs, job, recent_jobs
from db.unit_of_work import Identify, NotFound, UnitOfWork, fetch, operation, perform

NOW = datetime(2026, 3, 15, 4, 5, 6, 789012, tzinfo=UTC)
WANG = Actor(UserId(7), "王芳", frozenset({Role.ACCOUNTANT}), None)
LI = Actor(UserId(8), "李雷", frozenset({Role.FRONT_DESK}), None)
CHIEF = Actor(UserId(9), "主管", frozenset({Role.SUPERVISOR}), None)


class Full(BusinessError):
    code = "test.full"


@operation(Permission.DESK_VIEW)
def start(work: UnitOfWork, command: tuple[str, dict[str, Any]]) -> int:
    return enqueue(work, *command)


@operation(Permission.BILLS_MAKE)
def write_bills(work: UnitOfWork, command: int) -> None:
    work.record("test.write", ("test", command))


@pytest.fixture
def people(database: Database) -> Database:
    with database.writing() as connection, connection.begin():
        for actor in (WANG, LI, CHIEF):
            user = {"id": actor.user_id, "username": actor.name, "display_name": actor.name, "created_at": NOW}
            connection.execute(insert(User), {**user, "state": "active", "all_estates": True})
            connection.execute(insert(UserRole), {"user_id": actor.user_id, "role": min(actor.roles)})
    return database


@pytest.fixture
def kinds() -> Iterator[None]:
    before = dict(KINDS)
    yield
    KINDS.clear()
    KINDS.update(before)


def begin(database: Database, kind: str, params: dict[str, Any] | None = None, actor: Actor = WANG) -> int:
    return perform(database, start, (kind, params or {}), identify=lambda _c, _n: actor, now=NOW)


def look(database: Database, job_id: int, actor: Actor = WANG) -> JobRow:
    return fetch(database, job, JobWanted(job_id), actor=actor, now=NOW)


def worker(database: Database, clock: datetime = NOW, **options: Any) -> Worker:
    return Worker(database, lambda: clock, **options)


def claim_of(database: Database, job_id: int) -> Claim:
    found = runner._claim(database, job_id, NOW)
    assert found is not None
    return found


pytestmark = pytest.mark.usefixtures("kinds")


def test_a_job_runs_with_its_params_and_keeps_its_result(people: Database) -> None:
    @job_kind("bills")
    def run(database: Database, params: dict[str, Any], progress: Progress, who: Identify) -> dict[str, Any]:
        progress.report("bills.price", 0, 3)
        perform(database, write_bills, params["month"], identify=who, now=NOW)
        return {"bills": 3, "name": "翠湖"}

    job_id = begin(people, "bills", {"month": 202603})
    assert look(people, job_id).state is JobState.WAITING
    assert worker(people).run_next() is True
    assert look(people, job_id) == JobRow(
        id=job_id,
        kind="bills",
        state=JobState.DONE,
        step="bills.price",
        done=0,
        total=3,
        problem=None,
        result={"bills": 3, "name": "翠湖"},
        made_by_id=7,
        made_by="王芳",
        made_at=NOW,
        started_at=NOW,
        finished_at=NOW,
    )
    assert worker(people).run_next() is False


def test_a_job_that_nothing_runs_cannot_be_left(people: Database) -> None:
    with pytest.raises(LookupError):
        begin(people, "unheard of")
    assert fetch(people, recent_jobs, RecentJobs(), actor=SYSTEM, now=NOW) == ()


def test_a_job_is_not_left_when_its_operation_fails(people: Database) -> None:
    @operation(Permission.DESK_VIEW)
    def start_and_fail(work: UnitOfWork, _command: None) -> None:
        enqueue(work, "any", {})
        raise Full

    job_kind("any")(lambda *_: {})
    with pytest.raises(Full):
        perform(people, start_and_fail, None, identify=lambda _c, _n: WANG, now=NOW)
    assert fetch(people, recent_jobs, RecentJobs(), actor=SYSTEM, now=NOW) == ()


def test_jobs_run_in_the_order_they_came(people: Database) -> None:
    seen: list[int] = []

    def note(_d: Database, params: dict[str, Any], _p: Progress, _w: Identify) -> dict[str, Any]:
        seen.append(params["n"])
        return {}

    job_kind("note")(note)
    for n in range(3):
        begin(people, "note", {"n": n})
    one = worker(people)
    while one.run_next():
        pass
    assert seen == [0, 1, 2]


def test_a_refusal_is_kept_with_its_code_and_fields(people: Database) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise Full(line=7, amount=Money(5), name="东区")

    job_kind("refuse")(refuse)
    job_id = begin(people, "refuse")
    worker(people).run_next()
    row = look(people, job_id)
    assert (row.state, row.problem, row.result) == (
        JobState.REFUSED,
        Problem("test.full", {"line": 7, "amount": "Money(fen=5)", "name": "东区"}),
        {},
    )


def test_a_bug_is_logged_under_the_number_the_person_sees(people: Database, caplog: pytest.LogCaptureFixture) -> None:
    def stumble(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    job_kind("stumble")(stumble)
    job_id = begin(people, "stumble")
    with caplog.at_level(logging.ERROR, logger="guanjia.jobs"):
        worker(people).run_next()
    row = look(people, job_id)
    assert row.state is JobState.FAILED
    assert row.problem is not None
    assert row.problem.code == "jobs.failed"
    reference = row.problem.fields["reference"]
    assert isinstance(reference, str) and len(reference) == 8
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_result_that_cannot_be_kept_is_a_bug_not_a_silence(people: Database) -> None:
    job_kind("odd")(lambda *_: {"amount": Money(5)})
    job_id = begin(people, "odd")
    worker(people).run_next()
    assert look(people, job_id).state is JobState.FAILED


def test_a_job_has_the_rights_its_person_has_when_it_runs(people: Database) -> None:
    job_kind("bills")(lambda d, _p, _r, who: perform(d, write_bills, 1, identify=who, now=NOW) or {})
    disabled, demoted, system = begin(people, "bills"), begin(people, "bills"), begin(people, "bills", actor=SYSTEM)
    with people.writing() as connection, connection.begin():
        connection.execute(update(User).where(User.id == 7).values(state="disabled"))
    one = worker(people)
    one.run_next()
    with people.writing() as connection, connection.begin():
        connection.execute(update(User).where(User.id == 7).values(state="active"))
        connection.execute(update(UserRole).where(UserRole.user_id == 7).values(role="patrol"))
    one.run_next()
    one.run_next()
    problems = [look(people, job_id, SYSTEM).problem for job_id in (disabled, demoted, system)]
    assert [problem and problem.code for problem in problems] == ["not_permitted", "not_permitted", None]


def test_reports_are_stored_at_most_twice_a_second(people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("db.jobs.progress.time", SimpleNamespace(monotonic=lambda: clock[0]))
    job_kind("any")(lambda *_: {})
    claim = claim_of(people, begin(people, "any"))
    progress = Progress(people, claim, lambda: NOW)
    seen = []
    for step in range(21):
        progress.report("rows", step, 20)
        seen.append(look(people, claim.job_id).done)
        clock[0] += 0.125
    assert sorted(set(seen)) == [0, 4, 8, 12, 16, 20]
    assert BETWEEN_REPORTS == 0.5


def test_a_report_inside_the_jobs_own_transaction_is_refused(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    progress = Progress(people, claim_of(people, begin(people, "any")), lambda: NOW)

    @operation(Permission.DESK_VIEW)
    def work_and_report(work: UnitOfWork, _command: None) -> None:
        work.record("test", ("test", 1))
        progress.report("inside", 1, 2)

    with pytest.raises(ReportInsideTransaction):
        perform(people, work_and_report, None, identify=lambda _c, _n: WANG, now=NOW)
    progress.report("outside", 1, 2)
    with people.reading() as connection:
        connection.execute(select(User.id)).all()
        progress._last = -1.0
        progress.report("while reading", 2, 2)
    assert look(people, progress.claim.job_id).step == "while reading"


def test_a_transaction_of_another_thread_is_no_hindrance(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    progress = Progress(people, claim_of(people, begin(people, "any")), lambda: NOW)
    opened, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with people.writing() as connection, connection.begin():
            connection.execute(select(User.id)).all()
            opened.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    opened.wait(5)
    threading.Timer(0.3, leave.set).start()
    progress.report("beside", 1, 2)
    holder.join()
    assert look(people, progress.claim.job_id).step == "beside"


def test_a_run_not_heard_of_for_a_minute_is_marked_failed_and_may_be_tried_again(people: Database) -> None:
    job_kind("any")(lambda *_: {"ok": 1})
    job_id = begin(people, "any")
    claim_of(people, job_id)
    assert mark_dead(people, NOW + timedelta(seconds=60)) == 0
    assert look(people, job_id).state is JobState.RUNNING
    assert mark_dead(people, NOW + timedelta(seconds=60, microseconds=1)) == 1
    row = look(people, job_id)
    assert (row.state, row.problem, row.may_retry) == (JobState.FAILED, Problem("jobs.worker_died", {}), True)
    perform(people, retry_job, RetryJob(job_id), identify=lambda _c, _n: WANG, now=NOW)
    again = look(people, job_id)
    assert (again.state, again.problem, again.started_at, again.finished_at) == (JobState.WAITING, None, None, None)
    worker(people, NOW + timedelta(minutes=5)).run_next()
    assert look(people, job_id).result == {"ok": 1}


def test_the_next_worker_finds_the_dead_run_by_itself(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    job_id = begin(people, "any")
    claim_of(people, job_id)
    assert worker(people, NOW + timedelta(minutes=2)).run_next() is False
    assert look(people, job_id).state is JobState.FAILED


def test_only_a_refused_or_failed_job_of_ones_own_is_tried_again(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    job_id = begin(people, "any")

    def retry(actor: Actor) -> None:
        perform(people, retry_job, RetryJob(job_id), identify=lambda _c, _n: actor, now=NOW)

    with pytest.raises(NotRetryable):
        retry(WANG)
    worker(people).run_next()
    with pytest.raises(NotRetryable):
        retry(WANG)
    with pytest.raises(NotFound):
        retry(LI)
    with pytest.raises(NotFound):
        retry(CHIEF)
    assert look(people, job_id).state is JobState.DONE


def test_a_run_taken_for_dead_that_lives_comes_back_to_life(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    claim = claim_of(people, begin(people, "any"))
    progress = Progress(people, claim, lambda: NOW + timedelta(minutes=3))
    mark_dead(people, NOW + timedelta(minutes=2))
    progress.beat()
    row = look(people, claim.job_id)
    assert (row.state, row.problem, row.finished_at) == (JobState.RUNNING, None, None)


def test_a_run_that_was_replaced_ends_at_its_next_report_and_stores_nothing(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    job_id = begin(people, "any")
    progress = Progress(people, claim_of(people, job_id), lambda: NOW)
    mark_dead(people, NOW + timedelta(minutes=2))
    perform(people, retry_job, RetryJob(job_id), identify=lambda _c, _n: WANG, now=NOW)
    with pytest.raises(JobLost):
        progress.report("late", 1, 2)
    with pytest.raises(JobLost):
        progress.report("later", 1, 2)
    assert (look(people, job_id).state, look(people, job_id).step) == (JobState.WAITING, "")
    KINDS["any"] = lambda *_: (_ for _ in ()).throw(JobLost())
    worker(people).run_next()
    assert look(people, job_id).state is JobState.RUNNING, "whoever runs it now says how it ends"


def test_many_workers_run_each_job_once(people: Database, database_url: str, keys: KeyRing) -> None:
    ran: list[int] = []
    at_work: set[int] = set()
    doubled: list[int] = []

    def run(_d: Database, params: dict[str, Any], _p: Progress, _w: Identify) -> dict[str, Any]:
        n = params["n"]
        if n in at_work:
            doubled.append(n)
        at_work.add(n)
        time.sleep(0.01)
        ran.append(n)
        at_work.discard(n)
        return {}

    job_kind("count")(run)
    for n in range(24):
        begin(people, "count", {"n": n})
    databases = [open_database(database_url, keys) for _ in range(4)]
    workers = [Worker(database, lambda: datetime.now(UTC), poll=0.01) for database in databases]
    for one in workers:
        one.start()
        one.start()
    deadline = time.monotonic() + 30
    while len(ran) < 24 and time.monotonic() < deadline:
        time.sleep(0.02)
    for one in workers:
        one.stop()
    assert sorted(ran) == list(range(24))
    assert doubled == []
    rows = fetch(people, recent_jobs, RecentJobs(limit=50), actor=SYSTEM, now=NOW)
    assert {row.state for row in rows} == {JobState.DONE}
    for database in databases:
        database.engine.dispose()


def test_a_second_run_waits_until_the_first_has_really_ended(
    people: Database, database_url: str, keys: KeyRing
) -> None:
    """A worker taken for dead may still be at work; the retried job must not begin beside it."""
    entered, leave = threading.Event(), threading.Event()
    runs: list[int] = []

    def run(*_: Any) -> dict[str, Any]:
        runs.append(1)
        entered.set()
        leave.wait(20)
        return {}

    job_kind("slow")(run)
    job_id = begin(people, "slow")
    first = threading.Thread(target=worker(people, beat=99.0).run_next)
    first.start()
    assert entered.wait(10)
    with people.writing() as connection, connection.begin():
        values = {"state": JobState.WAITING, "started_at": None, "beat_at": None}
        connection.execute(update(BackgroundJob).where(BackgroundJob.id == job_id).values(**values))
    other = open_database(database_url, keys)
    if not people.is_sqlite:  # another process: only the database's own lock stands between the two
        runner._HERE.clear()
    assert worker(other, NOW + timedelta(seconds=1)).run_next() is False
    assert runs == [1]
    leave.set()
    first.join()
    assert worker(other, NOW + timedelta(seconds=1)).run_next() is True
    assert runs == [1, 1]
    other.engine.dispose()


def test_the_heart_beats_while_a_job_is_busy(people: Database) -> None:
    beats: set[datetime | None] = set()

    def run(database: Database, *_: Any) -> dict[str, Any]:
        until = time.monotonic() + 10
        while len(beats) < 3 and time.monotonic() < until:
            with database.reading() as connection:
                beats.add(connection.execute(select(BackgroundJob.beat_at)).scalar_one())
            time.sleep(0.01)
        return {}

    job_kind("busy")(run)
    begin(people, "busy")
    Worker(people, lambda: datetime.now(UTC), beat=0.03).run_next()
    assert len(beats) >= 3


def test_a_worker_outlives_a_database_that_is_away(people: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    real = runner.mark_dead

    def away_at_first(database: Database, now: datetime) -> int:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError
        return real(database, now)

    monkeypatch.setattr(runner, "mark_dead", away_at_first)
    job_kind("any")(lambda *_: {})
    job_id = begin(people, "any")
    one = Worker(people, lambda: NOW, poll=0.01)
    one.start()
    deadline = time.monotonic() + 10
    while not look(people, job_id).is_over and time.monotonic() < deadline:
        time.sleep(0.02)
    one.stop()
    assert look(people, job_id).state is JobState.DONE


def test_people_see_their_own_jobs_and_supervisors_all(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    mine, other = begin(people, "any", actor=WANG), begin(people, "any", actor=LI)
    by_system = begin(people, "any", actor=SYSTEM)

    def ids(actor: Actor, **wanted: Any) -> list[int]:
        return [row.id for row in fetch(people, recent_jobs, RecentJobs(**wanted), actor=actor, now=NOW)]

    assert (ids(WANG), ids(LI), ids(CHIEF)) == ([mine], [other], [by_system, other, mine])
    assert ids(CHIEF, limit=1) == [by_system]
    assert ids(CHIEF, before=by_system, limit=1) == [other]
    assert (ids(CHIEF, kind="none"), ids(CHIEF, kind="any", limit=0)) == ([], [by_system])
    with pytest.raises(NotFound):
        look(people, mine, LI)
    assert look(people, mine, CHIEF).made_by == "王芳"
    assert look(people, by_system, CHIEF).made_by == ""


def test_params_are_plain_json(people: Database) -> None:
    job_kind("any")(lambda *_: {})
    with pytest.raises(TypeError):
        begin(people, "any", {"amount": Money(1)})
    job_id = begin(people, "any", {"文件": "客户.xlsx"})
    with people.reading() as connection:
        stored = connection.execute(select(BackgroundJob.params).where(BackgroundJob.id == job_id)).scalar_one()
    assert json.loads(stored) == {"文件": "客户.xlsx"}
