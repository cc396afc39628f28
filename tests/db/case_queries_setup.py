"""Short ways to put cases where a query is to find them: columns written directly, pauses, statements counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from core.kernel.clocks import ClockKind
from core.kernel.identity import CaseId
from core.kernel.periods import local_day
from db.keys import KeyRing
from db.models import Base, Case, ServicePause
from db.repositories.service_clocks import refresh, store_dues
from db.repositories.service_terms import service_terms
from db.unit_of_work import UnitOfWork, perform
from tests.db.service_setup import ServiceWorld


def put(world: ServiceWorld, case: CaseId, **values: Any) -> None:
    """Write columns of a case past all rules."""
    change(world, Case, {"estate_id": world.estate, "id": case}, **values)


def change(world: ServiceWorld, model: type[Base], which: dict[str, Any], **values: Any) -> None:
    """Write columns of the rows of a table past all rules."""
    columns = model.__table__.c
    statement = update(model).where(*(columns[name] == value for name, value in which.items())).values(values)
    with world.database.writing() as connection, connection.begin():
        connection.execute(statement)


def add_rows(world: ServiceWorld, model: type[Base], *rows: dict[str, Any]) -> None:
    """Store rows of a table."""
    with world.database.writing() as connection, connection.begin():
        connection.execute(insert(model), list(rows))


def pause(world: ServiceWorld, case: CaseId, start: datetime, end: datetime | None = None) -> None:
    """An approved pause of all clocks of a case, after which what is due is recomputed."""
    kinds = ",".join(kind.value for kind in ClockKind)
    times = {"start_at": start, "end_at": end, "asked_at": start}
    row = {"estate_id": world.estate, "id": 900_000 + case, "record_id": case, "clocks": kinds, **times}
    add_rows(world, ServicePause, row | {"reason": "weather", "state": "approved", "decision_note": "", "version": 1})

    def recompute(work: UnitOfWork, record: CaseId) -> None:
        terms = service_terms(work.session, world.estate, local_day(work.now))
        row = work.session.get_one(Case, (world.estate, record))
        dues = refresh(
            work.session, estate=world.estate, record_id=record, now=work.now, terms=terms, ladder=terms.ladder
        )
        store_dues(work.session, estate=world.estate, record=row, dues=dues)

    perform(world.database, recompute, case, identify=lambda _c, _n: world.people.desk, now=world.now)


@contextmanager
def counted_openings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the places of all sealed values that are opened inside the block."""
    places: list[str] = []
    plain = KeyRing.open

    def noting(self: KeyRing, sealed: bytes, *, place: str) -> str:
        places.append(place)
        return plain(self, sealed, place=place)

    with monkeypatch.context() as patch:
        patch.setattr(KeyRing, "open", noting)
        yield places
