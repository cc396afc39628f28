"""Guard: the steps of a measure are only added."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQLITE = tuple(
    f"CREATE TRIGGER measure_steps_no_{kind} BEFORE {kind.upper()} ON measure_steps "
    "BEGIN SELECT RAISE(ABORT, 'measure_steps is append-only'); END"
    for kind in ("update", "delete")
)
POSTGRESQL = (
    "CREATE TRIGGER measure_steps_no_change BEFORE UPDATE OR DELETE ON measure_steps "
    "FOR EACH ROW EXECUTE FUNCTION guanjia_append_only()",
    "CREATE TRIGGER measure_steps_no_truncate BEFORE TRUNCATE ON measure_steps "
    "FOR EACH STATEMENT EXECUTE FUNCTION guanjia_append_only()",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was reported on a measure is never left without its guard")
