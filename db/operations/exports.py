"""Exports leave a trace: who took which table out, with which filter and how many rows (R-011, R-013)."""

from dataclasses import dataclass

from core.admin.exports import check_export
from core.admin.permissions import Permission
from core.kernel.identity import COMPANY, EstateId
from db.unit_of_work import UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class RecordExport:
    """An export about to be handed over. ``filter_text`` is the filter in plain text, without personal values."""

    table: str
    filter_text: str
    rows: int
    personal: bool
    form: str
    estate_id: EstateId = COMPANY


@operation(Permission.EXPORT_TABLES)
def record_export(work: UnitOfWork, command: RecordExport) -> int:
    """Write the audit entry of an export and give its row count; refuses one beyond the person's authority."""
    check_export(rows=command.rows, personal=command.personal)
    after = {"rows": command.rows, "filter": command.filter_text, "form": command.form}
    work.record("export", ("table", command.table), estate=command.estate_id, after=after)
    return command.rows
