"""Tidying up every night: what may not be kept any longer is forgotten, what is over is put away (R-102).

Everything is done in batches, each in a transaction of its own, so that nobody at the counter waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.admin.permissions import SYSTEM
from core.kernel.identity import EstateId
from db.engine import Database
from db.models import Estate
from db.operations.attempts import as_system
from db.operations.case_care import AnonymiseCases, ArchiveCases, anonymise_cases, archive_cases
from db.operations.survey_rounds import CutLinks, cut_links
from db.unit_of_work import Operation, UnitOfWork, perform

Do = Callable[[Operation[Any, Any], Any], Any]
"""How an operation is carried out: for good, or to see what it would do."""

_MOST_BATCHES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Tidied:
    """In how many estates what was done: links cut between people and forms, cases archived, records anonymised."""

    estates: int
    links: int
    archived: int
    anonymised: int


def tidy_up(database: Database, now: datetime) -> Tidied:
    """Tidy up all estates."""

    def do(act: Operation[Any, Any], command: Any) -> Any:
        return perform(database, act, command, identify=as_system, now=now)

    return tidied(_estates(database), do)


def rehearse(database: Database, now: datetime) -> Tidied:
    """Say what tidying up would do: it is done in one transaction, which is then taken back."""
    estates = _estates(database)
    with database.writing() as connection:
        transaction = connection.begin()
        try:

            def do(act: Operation[Any, Any], command: Any) -> Any:
                work = UnitOfWork(Session(connection, expire_on_commit=False), database.keys, SYSTEM, now)
                result = act(work, command)
                work.finish()
                return result

            return tidied(estates, do)
        finally:
            transaction.rollback()


def tidied(estates: tuple[EstateId, ...], do: Do) -> Tidied:
    """Tidy estates up by a way of carrying operations out, and say what was done."""
    links = sum(do(cut_links, CutLinks(estate)).links for estate in estates)
    archived = sum(_until_done(do, archive_cases, ArchiveCases(estate)) for estate in estates)
    anonymised = sum(_until_done(do, anonymise_cases, AnonymiseCases(estate)) for estate in estates)
    return Tidied(len(estates), links, archived, anonymised)


def _until_done(do: Do, act: Operation[Any, int], command: Any) -> int:
    """Carry out one batch after another until there is nothing left, and say how much it was."""
    total = 0
    for _ in range(_MOST_BATCHES):
        count = do(act, command)
        total += count
        if not count:
            break
    return total


def _estates(database: Database) -> tuple[EstateId, ...]:
    with database.reading() as connection:
        return tuple(EstateId(number) for number in connection.scalars(select(Estate.id).order_by(Estate.id)))
