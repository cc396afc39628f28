"""Guards: append-only tables, vouchers that balance, the company's head row."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "allocations",
    "audit_entries",
    "intents",
    "journal_entries",
    "journal_lines",
    "payments",
    "reversals",
    "settings",
)

SQLITE = (
    """
    CREATE TRIGGER journal_entries_balance BEFORE INSERT ON journal_entries
    WHEN (
        SELECT count(*) < 2 OR coalesce(sum(amount_fen), 1) <> 0
        FROM journal_lines WHERE estate_id = NEW.estate_id AND entry_id = NEW.id
    )
    BEGIN SELECT RAISE(ABORT, 'journal entry does not balance'); END
    """,
    """
    CREATE TRIGGER journal_lines_before_entry BEFORE INSERT ON journal_lines
    WHEN EXISTS (SELECT 1 FROM journal_entries WHERE estate_id = NEW.estate_id AND id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'journal entry is closed'); END
    """,
)

POSTGRESQL = (
    """
    CREATE FUNCTION guanjia_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE FUNCTION guanjia_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE wrong boolean;
    BEGIN
        SELECT count(*) < 2 OR coalesce(sum(amount_fen), 1) <> 0 INTO wrong
        FROM journal_lines WHERE estate_id = NEW.estate_id AND entry_id = NEW.id;
        IF wrong THEN
            RAISE EXCEPTION 'journal entry does not balance' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION guanjia_line_before_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM journal_entries WHERE estate_id = NEW.estate_id AND id = NEW.entry_id) THEN
            RAISE EXCEPTION 'journal entry is closed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER journal_entries_balance BEFORE INSERT ON journal_entries
    FOR EACH ROW EXECUTE FUNCTION guanjia_entry_balances()
    """,
    """
    CREATE TRIGGER journal_lines_before_entry BEFORE INSERT ON journal_lines
    FOR EACH ROW EXECUTE FUNCTION guanjia_line_before_entry()
    """,
)


def append_only(table: str, dialect: str) -> tuple[str, ...]:
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{kind} BEFORE {kind.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for kind in ("update", "delete")
        )
    return (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION guanjia_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION guanjia_append_only()",
    )


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in SQLITE if dialect == "sqlite" else POSTGRESQL:
        op.execute(statement)
    for table in APPEND_ONLY:
        for statement in append_only(table, dialect):
            op.execute(statement)
    zeros = "zeroblob(32)" if dialect == "sqlite" else "decode(repeat('00', 32), 'hex')"
    op.execute(
        "INSERT INTO estate_heads (estate_id, next_id, last_receipt, audit_count, audit_hash) "
        f"VALUES (0, 1, 0, 0, {zeros})"
    )


def downgrade() -> None:
    raise RuntimeError("the books are never left without their guards")
