"""The improvement measures that may deal with a repeated complaint (R-104)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, MeasureId
from core.meetings.measures import MeasureSource, Stage
from db.models import Measure
from db.unit_of_work import Reader, query

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class CaseMeasuresWanted:
    """The measures of an estate."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class CaseMeasure:
    """A measure to choose from."""

    measure_id: MeasureId
    number: str
    problem: str
    stage: Stage


@query(Permission.CASES_ASSIGN)
def case_measures(reader: Reader, wanted: CaseMeasuresWanted) -> tuple[CaseMeasure, ...]:
    """Those that come from complaints and were not cancelled, the newest first, a hundred at most; one statement."""
    statement = (
        select(Measure.id, Measure.number, Measure.problem, Measure.stage)
        .where(Measure.estate_id == wanted.estate_id, reader.scope(Measure.estate_id))
        .where(Measure.source == MeasureSource.COMPLAINT.value, Measure.stage != Stage.CANCELLED.value)
        .order_by(Measure.id.desc())
        .limit(MOST)
    )
    rows = reader.rows(statement)
    return tuple(CaseMeasure(MeasureId(row.id), row.number, row.problem, Stage(row.stage)) for row in rows)
