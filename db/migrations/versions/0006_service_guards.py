"""Guards and text index: steps and accountability are only added; words of records are found by the database."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("service_steps", "accountability_actions")
SQLITE = tuple(
    f"CREATE TRIGGER {table}_no_{kind} BEFORE {kind.upper()} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in TABLES
    for kind in ("update", "delete")
) + (
    "CREATE VIRTUAL TABLE service_search_words USING fts5("
    "tokens, content='service_search', content_rowid='id', tokenize='ascii', columnsize=0)",
    "CREATE TRIGGER service_search_added AFTER INSERT ON service_search BEGIN "
    "INSERT INTO service_search_words(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER service_search_removed AFTER DELETE ON service_search BEGIN "
    "INSERT INTO service_search_words(service_search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER service_search_changed AFTER UPDATE ON service_search BEGIN "
    "INSERT INTO service_search_words(service_search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO service_search_words(rowid, tokens) VALUES (new.id, new.tokens); END",
)
POSTGRESQL = tuple(
    statement
    for table in TABLES
    for statement in (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION guanjia_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION guanjia_append_only()",
    )
) + (
    "CREATE INDEX ix_service_search_tokens ON service_search USING gin (to_tsvector('simple', tokens))",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("what was done with a complaint is never left without its guard")
