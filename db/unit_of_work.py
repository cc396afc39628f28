"""One action, one transaction (convention 13): who acts, the locks taken, the numbers given, the audit written.

Writers of an estate take turns on its head row, so that a decision made on what was read stays true until it is
stored (ADR 0003; R5, R7). The company's head (number 0) is taken last or alone, so nobody waits in a circle.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, Executable, Row, Select, insert, select, true, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.exc import StaleDataError

from core.admin.audit import AuditFact, Json, canonical, chain_hash, instant_text
from core.admin.permissions import Actor, Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId
from db.engine import Database
from db.keys import KeyRing
from db.models import AuditEntry, EstateHead

__all__ = [
    "OPERATIONS",
    "QUERIES",
    "Busy",
    "Database",
    "EditConflict",
    "Identify",
    "NotFound",
    "Operation",
    "Query",
    "Reader",
    "UnitOfWork",
    "fetch",
    "operation",
    "perform",
    "permission_of",
    "query",
]
_RETRIES: Final = 5
_RETRY_STATES: Final = frozenset({"40001", "40P01"})
_BUSY_STATES: Final = frozenset({"55P03"})


class EditConflict(BusinessError):
    """Somebody else changed the record since the form was opened; nothing was saved (R-196)."""

    code: ClassVar[str] = "edit_conflict"


class Busy(BusinessError):
    """The database is in use by someone else for too long; nothing was saved (R17)."""

    code: ClassVar[str] = "busy"


class NotFound(BusinessError):
    """There is no such record, or it lies outside the person's estates."""

    code: ClassVar[str] = "not_found"


@dataclass(frozen=True, slots=True)
class _Note:
    """An audit fact before it has its place in a chain."""

    chain: EstateId
    action: str
    subject_type: str
    subject_id: str
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None
    reason: str


@dataclass(slots=True)
class UnitOfWork:
    """What an operation works with. It never commits; :func:`perform` does, once, with the audit entries."""

    session: Session
    keys: KeyRing
    actor: Actor
    now: datetime
    _notes: list[_Note] = field(default_factory=list)
    _held: dict[EstateId, Iterator[int]] = field(default_factory=dict)

    def lock(self, *estates: EstateId) -> None:
        """Take the head rows of estates in their order, the company's last; later writers there wait for this work."""
        statement = select(EstateHead.estate_id).where(EstateHead.estate_id.in_(estates))
        order = (EstateHead.estate_id == COMPANY, EstateHead.estate_id)
        self.session.execute(statement.order_by(*order).with_for_update()).all()

    def new_ids(self, estate: EstateId, count: int = 1) -> range:
        """Give ``count`` fresh numbers of an estate, in a row."""
        statement = update(EstateHead).where(EstateHead.estate_id == estate)
        end = self.session.scalars(
            statement.values(next_id=EstateHead.next_id + count).returning(EstateHead.next_id),
            execution_options={"synchronize_session": False},
        ).one()
        return range(end - count, end)

    def new_id(self, estate: EstateId) -> int:
        """Give one fresh number of an estate: one that is held, else the next."""
        held = next(self._held.get(estate, iter(())), None)
        return self.new_ids(estate)[0] if held is None else held

    def hold_ids(self, estate: EstateId, count: int) -> None:
        """Take numbers at once for the :meth:`new_id` calls to come; those never asked for stay unused."""
        self._held[estate] = iter(self.new_ids(estate, count))

    def record(
        self,
        action: str,
        subject: tuple[str, int | str],
        *,
        estate: EstateId = COMPANY,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """Note one audit fact; it is chained and stored with the work (R-011). Personal values go in as tokens."""
        self._notes.append(_Note(estate, action, subject[0], str(subject[1]), before, after, reason))

    def finish(self) -> None:
        """Flush the changes and append the audit facts to their chains, the company's last."""
        self.session.flush()
        for chain in sorted({note.chain for note in self._notes}, key=lambda c: (c == COMPANY, c)):
            self._append(chain, [note for note in self._notes if note.chain == chain])
        self.session.flush()

    def _append(self, chain: EstateId, notes: Sequence[_Note]) -> None:
        head = select(EstateHead.audit_count, EstateHead.audit_hash).where(EstateHead.estate_id == chain)
        count, last = self.session.execute(head.with_for_update()).one()
        rows = []
        for seq, note in enumerate(notes, start=count + 1):
            last = chain_hash(last, self._fact(seq, note))
            rows.append({**self._columns(note), "seq": seq, "hash": last})
        self.session.connection().execute(insert(AuditEntry), rows)
        self.session.execute(
            update(EstateHead)
            .where(EstateHead.estate_id == chain)
            .values(audit_count=count + len(rows), audit_hash=last)
            .execution_options(synchronize_session=False)
        )

    def _fact(self, seq: int, note: _Note) -> AuditFact:
        who, at = self.actor, instant_text(self.now)
        subject = (note.subject_type, note.subject_id)
        fact = AuditFact(note.chain, seq, at, who.user_id, who.name, note.action, *subject)
        return replace(fact, before=note.before, after=note.after, reason=note.reason)

    def _columns(self, note: _Note) -> dict[str, object]:
        return {
            "chain": note.chain,
            "at": self.now,
            "actor_id": self.actor.user_id,
            "actor_name": self.actor.name,
            "action": note.action,
            "subject_type": note.subject_type,
            "subject_id": note.subject_id,
            "before": _json(note.before),
            "after": _json(note.after),
            "reason": note.reason,
        }


def _json(value: Mapping[str, Json] | None) -> str | None:
    return None if value is None else canonical(value).decode("ascii")


@dataclass(frozen=True, slots=True)
class Reader:
    """What a query works with: one connection, the person's scope, the keys of sealed fields."""

    connection: Connection
    keys: KeyRing
    actor: Actor
    now: datetime

    def rows(self, statement: Executable) -> list[Row[Any]]:
        """Run a statement and give all its rows."""
        return list(self.connection.execute(statement).all())

    def scope(self, column: InstrumentedAttribute[int] | ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that keeps a query inside the person's estates. Every query uses it."""
        return true() if self.actor.estates is None else column.in_(self.actor.estates)

    def scalar(self, statement: Select[Any]) -> Any:
        """Run a statement and give its single value (``None`` when there is no row)."""
        return self.connection.execute(statement).scalar()


C = TypeVar("C")
F = TypeVar("F")
R = TypeVar("R")
Operation = Callable[[UnitOfWork, C], R]
Query = Callable[[Reader, F], R]
Identify = Callable[[Connection, datetime], Actor]

OPERATIONS: Final[dict[str, Permission]] = {}
"""Every operation by name with its permission, filled by :func:`operation`; a test walks it (R23)."""

QUERIES: Final[dict[str, Permission]] = {}
"""Every query by name with its permission, filled by :func:`query`."""


def operation(permission: Permission) -> Callable[[Operation[C, R]], Operation[C, R]]:
    """Guard an operation: check the permission in the command's estate, and take that estate's turn first.

    A command without ``estate_id`` concerns the company; one with ``estate_ids`` several estates at once.
    """

    def guard(act: Operation[C, R]) -> Operation[C, R]:
        OPERATIONS[f"{act.__module__}.{act.__name__}"] = permission

        @wraps(act)
        def guarded(work: UnitOfWork, command: C) -> R:
            own = EstateId(getattr(command, "estate_id", COMPANY))
            estates: tuple[EstateId, ...] = getattr(command, "estate_ids", (own,))
            for estate in estates or (COMPANY,):
                work.actor.require(permission, estate)
            work.lock(*estates)
            return act(work, command)

        return guarded

    return guard


def permission_of(act: Operation[C, R]) -> Permission:
    """The permission an operation asks for."""
    return OPERATIONS[f"{act.__module__}.{act.__name__}"]


def query(permission: Permission) -> Callable[[Query[F, R]], Query[F, R]]:
    """Guard a query: check the permission, in the filter's estate when it names one."""

    def guard(ask: Query[F, R]) -> Query[F, R]:
        QUERIES[f"{ask.__module__}.{ask.__name__}"] = permission

        @wraps(ask)
        def guarded(reader: Reader, wanted: F) -> R:
            reader.actor.require(permission, getattr(wanted, "estate_id", None) or COMPANY)
            return ask(reader, wanted)

        return guarded

    return guard


def perform(database: Database, act: Operation[C, R], command: C, *, identify: Identify, now: datetime) -> R:
    """Carry out an operation in one transaction, its audit entries included, and give its result.

    ``identify`` reads who acts inside the same transaction, so a revoked session or role counts at once. On
    PostgreSQL a transaction that lost a race is run again as a whole; a database that stays busy raises ``Busy``.
    """
    for attempt in range(1, _RETRIES + 1):
        try:
            return _once(database, act, command, identify, now)
        except StaleDataError as error:
            raise EditConflict from error
        except DBAPIError as error:
            if _is_busy(error):
                raise Busy from error
            if attempt == _RETRIES or getattr(error.orig, "sqlstate", None) not in _RETRY_STATES:
                raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)  # noqa: S311 (jitter, not a secret)
    raise AssertionError("unreachable")


def _once(database: Database, act: Operation[C, R], command: C, identify: Identify, now: datetime) -> R:
    with database.writing() as connection, connection.begin():
        session = Session(connection, expire_on_commit=False)
        work = UnitOfWork(session, database.keys, identify(connection, now), now)
        result = act(work, command)
        work.finish()
        return result


def _is_busy(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig) or getattr(error.orig, "sqlstate", None) in _BUSY_STATES


def fetch(database: Database, ask: Query[F, R], wanted: F, *, actor: Actor, now: datetime) -> R:
    """Answer a query for a person from one snapshot."""
    with database.reading() as connection:
        return ask(Reader(connection, database.keys, actor, now), wanted)
