"""Lengths of time in SQL, exact on both databases, for sums and means."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class MicrosecondsBetween(FunctionElement[int]):
    """The whole microseconds from the second instant to the first, exact on both databases; for sums and means."""

    name = "microseconds_between"
    type = BigInteger()
    inherit_cache = True


@compiles(MicrosecondsBetween, "sqlite")
def _on_sqlite(element: MicrosecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    """Instants are texts there with six decimals; its own arithmetic rounds to milliseconds."""
    end, start = (compiler.process(clause, **options) for clause in element.clauses)
    whole = [f"CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER)" for at in (end, start)]
    parts = [f"CAST(substr({at}, 21, 6) AS INTEGER)" for at in (end, start)]
    return f"(({whole[0]} - {whole[1]}) * 1000000 + {parts[0]} - {parts[1]})"


@compiles(MicrosecondsBetween, "postgresql")
def _on_postgresql(element: MicrosecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    end, start = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) * 1000000 AS BIGINT)"
