"""R-011, R-013: an export leaves a trace, and nobody takes out more than one person may."""

import pytest
from sqlalchemy import select

from core.admin.exports import ExportTooLarge
from core.admin.permissions import Actor, NotPermitted
from core.kernel.identity import COMPANY
from db.engine import Database
from db.models import AuditEntry
from db.operations.exports import RecordExport, record_export
from tests.builders import act
from tests.personas import CASHIER, FRONT_DESK, SUPERVISOR

CUSTOMERS = RecordExport("customers", "relation=owner", 250, True, "xlsx")


def test_who_took_what_out_stands_in_the_audit_log(database: Database) -> None:
    assert act(database, record_export, CUSTOMERS, by=SUPERVISOR) == 250
    with database.reading() as connection:
        entry = connection.execute(select(AuditEntry.__table__)).one()
    assert (entry.chain, entry.actor_name, entry.action, entry.subject_id) == (
        COMPANY,
        SUPERVISOR.name,
        "export",
        "customers",
    )
    assert entry.after == '{"filter":"relation=owner","form":"xlsx","rows":250}'


def test_one_row_too_many_is_refused_and_nothing_is_written(database: Database) -> None:
    with pytest.raises(ExportTooLarge):
        act(database, record_export, RecordExport("customers", "", 251, True, "csv"), by=SUPERVISOR)
    assert entries(database) == 0


@pytest.mark.parametrize("who", [CASHIER, FRONT_DESK])
def test_those_without_the_right_export_nothing(database: Database, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        act(database, record_export, CUSTOMERS, by=who)
    assert entries(database) == 0


def entries(database: Database) -> int:
    with database.reading() as connection:
        return len(connection.execute(select(AuditEntry.seq)).all())
