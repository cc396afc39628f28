"""``manage.py demo``: the demonstration company from the command line."""

from datetime import datetime

from core.kernel.errors import Problem
from db.files import Places
from db.jobs.commands import Said, opened
from db.jobs.demo import issue_codes, load_demo
from db.jobs.demo_stage import Report
from db.operations.attempts import as_system


def load(places: Places, now: datetime, *, with_users: bool, report: Report, scale: int = 1) -> Said:
    """Load the company; ``with_users`` adds a one-time code of today for each of its people, shown this once."""
    lines: list[Problem] = []
    with opened(places) as database:
        loaded = load_demo(database, who=as_system, now=now, report=report, scale=scale)
        lines.append(Problem("demo.loaded", {"estates": loaded.estates, "units": loaded.units, "acts": loaded.acts}))
        if with_users:

            def show(name: str, code: str) -> None:
                lines.append(Problem("demo.user_code", {"user": name, "code": code}))

            issue_codes(database, loaded, who=as_system, now=now, show=show)
    return Said(tuple(lines))
