"""The worker that knows every kind of job, and its duties."""

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Final

from db.engine import Database
from db.jobs import demo, imports
from db.jobs.runner import KINDS, Duty, Worker
from db.jobs.service_clocks import tick

MODULES: Final[tuple[ModuleType, ...]] = (demo, imports)
"""Importing a module registers its kinds."""

DUTIES: Final[tuple[Duty, ...]] = (tick,)
"""What a worker does every minute: the clocks of complaints and requests."""


def new_worker(database: Database, clock: Callable[[], datetime]) -> Worker:
    """Make a worker for all kinds of jobs with all duties; :meth:`Worker.start` begins its thread."""
    if not all(any(run.__module__ == module.__name__ for run in KINDS.values()) for module in MODULES):
        raise LookupError("a module of jobs registers none")
    return Worker(database, clock, duties=DUTIES)
