"""Rows by their two-part keys (ADR 0002)."""

from collections.abc import Collection
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, false, tuple_

Key: TypeAlias = tuple[int, int]
"""Estate and number."""


def keyed(estate: Any, number: Any, keys: Collection[Key]) -> ColumnElement[bool]:
    """The condition that a row is one of these. SQLite uses no index for a list of pairs: each half is named."""
    if not keys:
        return false()
    estates, numbers = (sorted(set(half)) for half in zip(*keys, strict=True))
    halves = and_(estate.in_(estates), number.in_(numbers))
    return halves if len(estates) == 1 else and_(halves, tuple_(estate, number).in_(sorted(keys)))
