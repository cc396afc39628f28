"""Records of both kinds with running clocks, straight into their tables: what hangs on them is tested by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from core.admin.permissions import SYSTEM, Actor
from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import RecordType
from core.kernel.clocks import ClockKind, Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.identity import EstateId
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from core.kernel.signals import ClockAction, ClockSignal
from core.work_orders.kinds import WorkKind
from db.models import Case, CaseCollaborator, WorkOrder
from db.repositories.service_clocks import StoredClock, apply_signals, clock_facts_of
from db.repositories.service_dues import refresh_record
from db.repositories.service_records import add_record
from db.repositories.service_terms import ServiceTerms, case_limits, service_terms, work_limits
from db.unit_of_work import UnitOfWork
from tests.db.service_setup import ServiceWorld

R = TypeVar("R")


def clock_hours(amount: int) -> Limit:
    return Limit(amount, LimitUnit.HOURS, LimitCalendar.ALWAYS)


def working_days(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORKING_DAYS, LimitCalendar.WORKING)


def a_day_or_two(_kind: ClockKind) -> Levels:
    """24 hours as target, the end of the second working day as hard limit."""
    return Levels(clock_hours(24), working_days(2))


@dataclass
class Parts:
    """Cases and requests of a world, and work done within one transaction."""

    world: ServiceWorld
    added: int = 0

    def do(self, work: Callable[[UnitOfWork], R], *, by: Actor = SYSTEM) -> R:
        """Do something inside a transaction, now."""
        return self.world.act(by, lambda unit, _command: work(unit), None)

    def case(self, *, estate: EstateId | None = None, helpers: Iterable[Actor] = (), **given: Any) -> int:
        """An assigned complaint with the clocks of a new one."""
        at = estate or self.world.estate
        return self.do(lambda work: self._case(work, at, tuple(helpers), given))

    def order(self, *, estate: EstateId | None = None, **given: Any) -> int:
        """An assigned request with the clocks of a new one."""
        at = estate or self.world.estate
        return self.do(lambda work: self._order(work, at, given))

    def signal(self, record: int, kind: ClockKind, action: ClockAction, at: datetime | None = None) -> None:
        """Start, stop or cancel a clock of a record, now or then."""
        signals = [ClockSignal(kind, action, at or self.world.now)]
        self.do(lambda work: self.clocked(work, record, signals))

    def clocked(
        self,
        work: UnitOfWork,
        record: int,
        signals: Iterable[ClockSignal],
        levels_of: Callable[[ClockKind], Levels] = a_day_or_two,
    ) -> None:
        estate = self.world.estate
        key: dict[str, Any] = {"estate": estate, "record_id": record, "terms": self.terms(work)}
        apply_signals(work.session, **key, signals=signals, levels_of=levels_of, next_id=lambda: work.new_id(estate))
        row: Any = work.session.get(Case, (estate, record)) or work.session.get(WorkOrder, (estate, record))
        refresh_record(work.session, record=row, now=work.now, terms=key["terms"])

    def clocks(self, record: int) -> tuple[StoredClock, ...]:
        with self.world.database.reading() as connection:
            return clock_facts_of(connection, self.world.estate, [record])[record]

    def terms(self, work: UnitOfWork, estate: EstateId | None = None) -> ServiceTerms:
        return service_terms(work.session, estate or self.world.estate, local_day(work.now))

    def row(self, record: int, model: type[Case] | type[WorkOrder] = Case) -> Any:
        (found,) = self.world.rows(model, id=record)
        return found

    def _head(self, work: UnitOfWork, estate: EstateId, kind: RecordKind) -> int:
        self.added += 1
        number, name = work.new_id(estate), f"{kind.value[0].upper()}-{self.added:03d}"
        fields: dict[str, Any] = {"kind": kind, "number": name, "request": "", "registered_at": work.now}
        add_record(work.session, estate=estate, record_id=number, **fields)
        return number

    def _case(self, work: UnitOfWork, estate: EstateId, helpers: tuple[Actor, ...], given: dict[str, Any]) -> int:
        number = self._head(work, estate, RecordKind.CASE)
        plain: dict[str, Any] = {
            "record_type": "complaint", "category": "order", "sub_category": "noise", "area": "1", "channel": "phone",
            "emotion": "calm", "content_sealed": b"sealed", "grade": "normal", "proposed_grade": "normal",
            "queue_rank": 1, "state": "assigned", "happened_at": work.now, "registered_at": work.now,
        }  # fmt: skip
        row = Case(estate_id=estate, id=number, **(plain | given))
        work.session.add(row)
        work.session.flush()
        for helper in helpers:
            work.session.add(CaseCollaborator(estate_id=estate, case_id=number, staff_id=helper.staff, part="协助"))
        limits = case_limits(
            self.terms(work, estate), record_type=RecordType(row.record_type), grade=CaseGrade(row.grade)
        )
        self._start(work, row, limits.levels_of)
        return number

    def _order(self, work: UnitOfWork, estate: EstateId, given: dict[str, Any]) -> int:
        number = self._head(work, estate, RecordKind.ORDER)
        plain: dict[str, Any] = {
            "kind": "repair", "area": "1", "channel": "phone", "content_sealed": b"sealed", "queue_rank": 1,
            "state": "assigned", "noticed_at": work.now, "registered_at": work.now,
        }  # fmt: skip
        row = WorkOrder(estate_id=estate, id=number, **(plain | given))
        work.session.add(row)
        work.session.flush()
        limits = work_limits(self.terms(work, estate), kind=WorkKind(row.kind), failure=None)
        self._start(work, row, limits.levels_of)
        return number

    def _start(self, work: UnitOfWork, row: Case | WorkOrder, levels_of: Callable[[ClockKind], Levels]) -> None:
        estate = EstateId(row.estate_id)
        kinds = (ClockKind.RESPONSE, ClockKind.RESOLVED)
        apply_signals(
            work.session,
            estate=estate,
            record_id=row.id,
            signals=[ClockSignal(kind, ClockAction.START, work.now) for kind in kinds],
            levels_of=levels_of,
            terms=self.terms(work, estate),
            next_id=lambda: work.new_id(estate),
        )
        refresh_record(work.session, record=row, now=work.now, terms=self.terms(work, estate))
