"""Background jobs as the people who started them see them (product.md §4: long work can be left and come back to)."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select, true

from core.admin.permissions import Permission, Role
from core.kernel.errors import Problem
from db.models import BackgroundJob, User
from db.unit_of_work import NotFound, Reader, query


class JobState(StrEnum):
    """How far a job is. Waiting → running → done, refused or failed; refused and failed may wait again."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


SEE_ALL: Final = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.MANAGER})
"""Who sees everybody's jobs; others see their own."""

_MOST: Final = 100
_OVER: Final = frozenset({JobState.DONE, JobState.REFUSED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class JobWanted:
    """One job by its number."""

    job_id: int


@dataclass(frozen=True, slots=True)
class RecentJobs:
    """The newest jobs, newest first; ``before`` (exclusive) is the number of the last one already shown."""

    limit: int = 20
    before: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job. ``problem`` says why it was refused or failed; ``result`` holds what it gave back when it is done.

    ``step`` is a code with a label; ``done`` of ``total`` (0: not known yet) counts within that step.
    """

    id: int
    kind: str
    state: JobState
    step: str
    done: int
    total: int
    problem: Problem | None
    result: dict[str, Any]
    made_by_id: int | None
    made_by: str
    made_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen by itself."""
        return self.state in _OVER

    @property
    def may_retry(self) -> bool:
        """Say whether the job may be put back to wait."""
        return self.state in {JobState.REFUSED, JobState.FAILED}


@query(Permission.DESK_VIEW)
def job(reader: Reader, wanted: JobWanted) -> JobRow:
    """Give one job; raises ``NotFound`` when there is none, or it is somebody else's."""
    rows = reader.rows(_jobs(reader).where(BackgroundJob.id == wanted.job_id))
    if not rows:
        raise NotFound(job=wanted.job_id)
    return _row(rows[0])


@query(Permission.DESK_VIEW)
def recent_jobs(reader: Reader, wanted: RecentJobs) -> tuple[JobRow, ...]:
    """Give the newest jobs the person may see, at most 100 at a time."""
    statement = _jobs(reader).order_by(BackgroundJob.id.desc()).limit(min(max(wanted.limit, 1), _MOST))
    if wanted.before is not None:
        statement = statement.where(BackgroundJob.id < wanted.before)
    if wanted.kind is not None:
        statement = statement.where(BackgroundJob.kind == wanted.kind)
    return tuple(_row(row) for row in reader.rows(statement))


def _jobs(reader: Reader) -> Select[*tuple[Any, ...]]:
    columns = (
        BackgroundJob.id,
        BackgroundJob.kind,
        BackgroundJob.state,
        BackgroundJob.step,
        BackgroundJob.done,
        BackgroundJob.total,
        BackgroundJob.result,
        BackgroundJob.made_by,
        BackgroundJob.made_at,
        BackgroundJob.started_at,
        BackgroundJob.finished_at,
        User.display_name,
    )
    return select(*columns).outerjoin(User, User.id == BackgroundJob.made_by).where(_visible(reader))


def _visible(reader: Reader) -> ColumnElement[bool]:
    if reader.actor.is_system or reader.actor.roles & SEE_ALL:
        return true()
    return BackgroundJob.made_by == reader.actor.user_id


def _row(row: Row[Any]) -> JobRow:
    state = JobState(row.state)
    stored = json.loads(row.result) if row.result else {}
    refused = state in {JobState.REFUSED, JobState.FAILED} and bool(stored)
    return JobRow(
        id=row.id,
        kind=row.kind,
        state=state,
        step=row.step,
        done=row.done,
        total=row.total,
        problem=Problem(stored["code"], stored["fields"]) if refused else None,
        result=stored if state is JobState.DONE else {},
        made_by_id=row.made_by,
        made_by=row.display_name or "",
        made_at=row.made_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
