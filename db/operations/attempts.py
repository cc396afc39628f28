"""Tries to prove who one is: counted before they are checked, so that many at once are still counted one by one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.admin.permissions import SYSTEM, Actor, Permission
from core.kernel.errors import BusinessError
from db.keys import KeyRing
from db.repositories import attempts
from db.unit_of_work import UnitOfWork, operation


class TooManyAttempts(BusinessError):
    """Too many wrong tries; the next one has to wait. Field: ``seconds``."""

    code: ClassVar[str] = "sign_in.wait"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries (the folded name, known or not) and from which network address."""

    username: str
    address: str


def as_system(_connection: Connection, _now: datetime) -> Actor:
    """Identify the system itself, for what happens before anybody is known."""
    return SYSTEM


@operation(Permission.SYSTEM_RUN)
def count_attempt(work: UnitOfWork, command: Attempt) -> None:
    """Let a try begin, counted as failed until it succeeds; raises ``TooManyAttempts`` when it has to wait."""
    counters = _counters(work.keys, command)
    seconds = attempts.seconds_to_wait(work.session, counters, work.now)
    if seconds:
        raise TooManyAttempts(seconds=seconds)
    attempts.count_failure(work.session, counters, work.now)


@operation(Permission.SYSTEM_RUN)
def note_refusal(work: UnitOfWork, command: Attempt) -> None:
    """Write a refused try into the audit log; the name stands there as a token, for it may be a password."""
    name = work.keys.token(command.username)
    work.record("sign_in.refused", ("sign_in", name), after={"address": command.address})


def forgive_attempt(session: Session, keys: KeyRing, attempt: Attempt) -> None:
    """Take the counted failure of a try back that was right after all; part of the operation that found it so."""
    attempts.forgive(session, *_counters(keys, attempt))


def _counters(keys: KeyRing, attempt: Attempt) -> tuple[attempts.Counter, attempts.Counter]:
    return attempts.user_counter(keys, attempt.username), attempts.address_counter(attempt.address)
