"""Column types that refuse what the database would quietly accept (R20; security.md §3, money rule)."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator

from core.kernel.money import LARGEST_FEN

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: Final = MetaData(naming_convention=NAMING)

Fen = BigInteger
"""An amount in fen. Checked within ±10^13 by :func:`fen_bounds` on each money column."""

MonthNumber = Integer
"""A month as ``202611``."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. A naive value raises before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC (without zone on SQLite, which has none)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (interface)
        """Give the stored instant back as aware UTC."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class BoundedText(TypeDecorator[str]):
    """Text with a length that holds on SQLite too, where ``VARCHAR(5)`` is only a remark (F23)."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (interface)
        """Refuse text that is too long or holds a NUL."""
        if value is not None and (len(value) > self.length or "\x00" in value):
            raise ValueError(f"text of {len(value)} characters does not fit {self.length}, or holds a NUL")
        return value


def fen_bounds(column: str) -> str:
    """Give the SQL condition that keeps a money column within the largest amount."""
    return f"{column} BETWEEN -{LARGEST_FEN} AND {LARGEST_FEN}"
