"""How it is remembered: SQLAlchemy 2 on SQLite or PostgreSQL. Decides nothing."""
