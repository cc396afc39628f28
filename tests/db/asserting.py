"""What the database tests ask again and again: who is refused, and that a refusal leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from core.admin.permissions import MATRIX, Actor, NotPermitted, Permission, Role
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId
from db.engine import Database
from db.models import AuditEntry, Base
from tests import builders
from tests.personas import person


def someone_with(permission: Permission, *estates: EstateId) -> Actor:
    """Somebody who may do it, but only in these estates."""
    role = next(role for role in Role if permission in MATRIX[role])
    return person(41, "limited", role, estates=frozenset(estates))


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of every table."""
    with database.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def refused(database: Database, error: type[BusinessError], **fields: object) -> Iterator[None]:
    """Expect a refusal with these fields, after which the database holds exactly what it held before."""
    before = contents(database)
    with pytest.raises(error) as refusal:
        yield
    assert {name: refusal.value.fields[name] for name in fields} == fields
    assert contents(database) == before


def pairs(*cases: tuple[Any, Any]) -> tuple[tuple[Any, Any], ...]:
    """Several operations or queries, each with what it is asked."""
    return cases


def check_rights(database: Database, operation: Any, command: Any, permission: Permission) -> None:
    """Every role without the permission is refused and changes nothing; no role with it is refused for that."""
    before = contents(database)
    for role in Role:
        if permission not in MATRIX[role]:
            with pytest.raises(NotPermitted) as refusal:
                builders.act(database, operation, command, by=person(40, "someone", role))
            assert refusal.value.fields == {"permission": permission.value}
    assert contents(database) == before


def check_reading_rights(database: Database, query: Any, wanted: Any, permission: Permission) -> None:
    """Every role without the permission is refused, every other is answered."""
    for role in Role:
        reader = person(40, "someone", role)
        if permission in MATRIX[role]:
            builders.ask(database, query, wanted, by=reader)
        else:
            with pytest.raises(NotPermitted):
                builders.ask(database, query, wanted, by=reader)


def last_entry(database: Database) -> Any:
    """The newest audit entry of all chains (the one with the highest number in the chain written last)."""
    with database.reading() as connection:
        rows = connection.execute(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.chain, AuditEntry.seq)).all()
    return rows[-1]


def entries(database: Database, action: str) -> list[Any]:
    """All audit entries of an action, in order."""
    statement = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.chain, AuditEntry.seq)
    with database.reading() as connection:
        return list(connection.execute(statement).all())
