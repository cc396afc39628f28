"""Bill runs and why some units got no bill."""

from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.fees.billing import BillProblem
from core.kernel.identity import BillRunId, EstateId
from db.models import BillRun, BillRunProblem


def load_run(session: Session, estate: EstateId, run: BillRunId) -> BillRun | None:
    """The row, for a change."""
    return session.get(BillRun, (estate, run))


def store_problems(session: Session, run: BillRun, problems: Iterable[BillProblem]) -> None:
    """Keep the problems of a prepared run."""
    rows = [
        {
            "estate_id": run.estate_id,
            "run_id": run.id,
            "unit_id": problem.unit_id,
            "item": problem.item,
            "code": problem.code,
        }
        for problem in problems
    ]
    if rows:
        session.execute(insert(BillRunProblem), rows)
