"""Loading the demonstration company into an empty portal (product.md §5): a background job and a command.

Everything in it went through the operations people use, at moments of the past, by people of the right roles; so it
obeys every rule, and the self-check finds nothing wrong. Loading is one long story: it begins only in a portal
without estates, and a load that was cut off is not continued – the data folder is emptied and it is loaded again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from core.kernel.errors import BusinessError
from core.kernel.periods import Month, local_day
from db.engine import Database
from db.jobs.demo_history import play
from db.jobs.demo_plan import MONTHS, SEED, plan_company
from db.jobs.demo_stage import Report, Stage, found, has_estates
from db.jobs.progress import Progress
from db.jobs.runner import enqueue, job_kind
from db.operations.users import ChooseUser, issue_code
from db.unit_of_work import Identify, UnitOfWork, operation, perform

KIND: Final = "demo"


class PortalNotEmpty(BusinessError):
    """The demonstration company comes into a portal without estates only."""

    code: ClassVar[str] = "demo.portal_not_empty"


@dataclass(frozen=True, slots=True)
class StartDemo:
    """Load the demonstration company in the background."""


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """What was loaded: counts, and the numbers of its users by user name."""

    estates: int
    units: int
    acts: int
    users: tuple[tuple[str, int], ...]


@operation(Permission.SETTINGS_MAKE)
def start_demo(work: UnitOfWork, command: StartDemo) -> int:  # noqa: ARG001 (an operation takes a command)
    """Leave the loading to the worker, and give the job's number; only for who looks after the whole company."""
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    number = enqueue(work, KIND, {})
    work.record("demo.started", ("job", number))
    return number


@job_kind(KIND)
def run_demo(database: Database, params: dict[str, Any], progress: Progress, who: Identify) -> dict[str, Any]:
    """Load the company as a background job. ``params``: ``scale`` keeps every so-many-th unit (1: all)."""
    loaded = load_demo(
        database, who=who, now=progress.clock(), report=progress.report, scale=int(params.get("scale", 1))
    )
    return {"estates": loaded.estates, "units": loaded.units, "acts": loaded.acts}


def load_demo(
    database: Database, *, who: Identify, now: datetime, report: Report, scale: int = 1, seed: int = SEED
) -> DemoLoaded:
    """Load the company with its 18 months up to the month before ``now``; raises ``PortalNotEmpty``.

    ``who`` hires the people and must look after the whole company. Payments go on until ``now``; the month that runs
    is not billed yet, which leaves something to do.
    """
    if has_estates(database):
        raise PortalNotEmpty
    company = plan_company(last=Month.of(local_day(now)).shift(-1), seed=seed, scale=scale, months=MONTHS)
    stage = Stage(database, company, who, report)
    found(stage)
    acts = play(stage, now=now)
    users = tuple((name, actor.user_id or 0) for name, actor in stage.people.items())
    return DemoLoaded(len(stage.estates), sum(map(len, stage.units)), acts, users)


def issue_codes(
    database: Database, loaded: DemoLoaded, *, who: Identify, now: datetime, show: Callable[[str, str], None]
) -> None:
    """Give every user of the company a one-time code of today, and show each name with its code once."""
    for name, number in loaded.users:
        invited = perform(database, issue_code, ChooseUser(number, 1), identify=who, now=now)  # type: ignore[arg-type]
        show(name, invited.code)
