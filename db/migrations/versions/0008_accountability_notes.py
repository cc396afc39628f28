"""A decision about somebody is kept for good, but its note may be taken away when its case is anonymised (R-102)."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "accountability_actions"
KEPT = ("estate_id", "id", "record_id", "staff_id", "action", "made_by", "made_at")
SQLITE = (
    f"DROP TRIGGER {TABLE}_no_update",
    f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} WHEN NEW.note <> '' OR "
    + " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in KEPT)
    + f" BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END",
)
POSTGRESQL = (
    f"DROP TRIGGER {TABLE}_no_change ON {TABLE}",
    f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (NEW.note <> '' OR "
    + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in KEPT)
    + ") EXECUTE FUNCTION guanjia_append_only()",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION guanjia_append_only()",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was done with a complaint is never left without its guard")
