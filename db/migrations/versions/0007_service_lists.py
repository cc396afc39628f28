"""Indexes for the lists of complaints and requests: what is open or ended is counted
and found without looking at the rows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN, ENDED = sa.text("ended_on IS NULL"), sa.text("ended_on IS NOT NULL")
DUES = ("estate_id", "queue_rank", "due_hard", "due_target", "id")
END = ("ended_on", "ended_at", "id", "estate_id")
OF_CASES = ("state", "handler_id", "received_by", "record_type", "category", "sub_category", "grade", "channel",
            "registered_at")
OF_ORDERS = ("state", "handler_id", "received_by", "kind", "failure", "registered_at", "reported_at")
INDEXES = (
    ("ix_cases_open_listed", "cases", (*DUES, *OF_CASES), OPEN),
    ("ix_cases_ended_listed", "cases", (*END, *OF_CASES), ENDED),
    ("ix_cases_newest", "cases", ("registered_at", "id"), None),
    ("ix_cases_merged", "cases", ("estate_id", "merged_into"), sa.text("merged_into IS NOT NULL")),
    ("ix_work_orders_open_listed", "work_orders", (*DUES, *OF_ORDERS), OPEN),
    ("ix_work_orders_ended_listed", "work_orders", (*END, *OF_ORDERS[:-1]), ENDED),
    ("ix_work_orders_newest", "work_orders", ("registered_at", "id"), None),
)


OF_ENDED = {"ended": ("estate_id", "ended_on"), "handler": ("handler_id", "ended_on")}
"""These find what has ended; with what is open in them, SQLite would look for that there too."""


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)
    for table in ("cases", "work_orders"):
        op.drop_index(f"ix_{table}_open", table)
        for name, columns in OF_ENDED.items():
            op.drop_index(f"ix_{table}_{name}", table)
            op.create_index(f"ix_{table}_{name}", table, list(columns), sqlite_where=ENDED, postgresql_where=ENDED)


def downgrade() -> None:
    for name, table, _columns, _where in INDEXES:
        op.drop_index(name, table)
    for table in ("cases", "work_orders"):
        for name, columns in OF_ENDED.items():
            op.drop_index(f"ix_{table}_{name}", table)
            op.create_index(f"ix_{table}_{name}", table, list(columns))
        op.create_index(f"ix_{table}_open", table, list(DUES), sqlite_where=OPEN, postgresql_where=OPEN)
