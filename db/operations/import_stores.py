"""The one table of what the operations know about each kind of import: a new kind is entered here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.imports.changes import ExistingRecord, ImportPlan, Key
from core.imports.rows import Assessment
from core.imports.specs import ImportKind
from core.kernel.identity import EstateId
from db.models import ImportBatch
from db.operations import import_cases, import_customers, import_estates, import_survey, import_units
from db.repositories.import_undo import take_back
from db.repositories.imports import WrittenRow
from db.unit_of_work import UnitOfWork

OnFile = tuple[dict[Key, ExistingRecord], dict[str, Any]]
"""What is on file by key, and whatever the kind needs again when it writes."""


def _any_target(_work: UnitOfWork, _estate: EstateId, _target: int | None) -> None:
    """Check nothing: the kind belongs to no target."""


def _rows_back(work: UnitOfWork, _batch: ImportBatch, rows: Sequence[WrittenRow]) -> int:
    return take_back(work.session, rows)


@dataclass(frozen=True, slots=True)
class ImportStore:
    """How a kind is stored: what is on file, how a plan is written, how it is taken back.

    ``take_back`` gives how many rows could not be taken back. ``check_target`` raises when nothing may be brought to
    the target now.
    """

    records_on_file: Callable[[UnitOfWork, ImportBatch, Assessment], OnFile]
    write_plan: Callable[[UnitOfWork, ImportBatch, ImportPlan, dict[str, Any]], list[WrittenRow]]
    take_back: Callable[[UnitOfWork, ImportBatch, Sequence[WrittenRow]], int] = _rows_back
    check_target: Callable[[UnitOfWork, EstateId, int | None], object] = _any_target


STORES: Final[Mapping[ImportKind, ImportStore]] = {
    ImportKind.ESTATES: ImportStore(import_estates.records_on_file, import_estates.write_plan),
    ImportKind.UNITS: ImportStore(import_units.records_on_file, import_units.write_plan),
    ImportKind.CUSTOMERS: ImportStore(import_customers.records_on_file, import_customers.write_plan),
    ImportKind.SURVEY_RESPONSES: ImportStore(
        import_survey.records_on_file, import_survey.write_plan, import_survey.take_back, import_survey.open_round
    ),
    ImportKind.CASES: ImportStore(
        import_cases.records_on_file, import_cases.write_plan, import_cases.take_back, import_cases.open_estate
    ),
}
