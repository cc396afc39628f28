"""The worker that knows every kind of job."""

from collections.abc import Callable
from datetime import datetime
from types import ModuleType
from typing import Final

from db.engine import Database
from db.jobs import demo, imports
from db.jobs.runner import KINDS, Worker

MODULES: Final[tuple[ModuleType, ...]] = (demo, imports)
"""Importing a module registers its kinds."""


def new_worker(database: Database, clock: Callable[[], datetime]) -> Worker:
    """Make a worker for all kinds of jobs; :meth:`Worker.start` begins its thread."""
    if not all(any(run.__module__ == module.__name__ for run in KINDS.values()) for module in MODULES):
        raise LookupError("a module of jobs registers none")
    return Worker(database, clock)
