"""A join whose order is ours: from the few rows of the first table to those of the second that belong to them."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Join

from db.models.base import Base


class LedJoin(Join):
    """A join that SQLite carries out in the order it is written; PostgreSQL, whose statistics tell, as it likes.

    SQLite takes the lines of the first entry (a whole bill run) for the usual number of lines an entry has, and then
    reads the ledger from its other end.
    """

    inherit_cache = True


def led_join(first: type[Base], then: type[Base], on: ColumnElement[bool]) -> LedJoin:
    """Join the tables of two models, the first one leading."""
    return LedJoin(first.__table__, then.__table__, on)


@compiles(LedJoin, "sqlite")
def _in_this_order(join: LedJoin, compiler: SQLCompiler, **options: Any) -> str:
    """``CROSS JOIN`` is SQLite's word for it. Both sides are plain tables, so the first ``JOIN`` is this one."""
    text: str = compiler.visit_join(join, **options)  # type: ignore[no-untyped-call]
    return text.replace(" JOIN ", " CROSS JOIN ", 1)
