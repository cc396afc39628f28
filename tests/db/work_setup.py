"""Short ways through the life of a service request, on top of the service world."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from core.admin.permissions import Actor
from core.kernel.identity import EstateId, StaffId, WorkOrderId
from core.kernel.money import Money
from core.work_orders.facts import WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignee, WorkAssignment, WorkClassification
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.materials import MaterialLine
from core.work_orders.outcome_steps import (
    Cancellation,
    CancelReason,
    Execution,
    ReportBack,
    WorkCause,
    WorkClosing,
    WorkReopening,
    WorkResult,
)
from core.work_orders.request import RequestRecord
from core.work_orders.slots import Slot
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import AuditEntry, ServiceDraft, ServicePhoto, ServiceStep, WorkAppointment, WorkOrder
from db.operations.work_moves import MoveOrder, move_order
from db.operations.work_orders import SubmitRequest, Submitted, submit_request
from db.repositories.service_steps import StoredStep, steps_of
from tests.db.service_setup import People, ServiceWorld, a_service_world

CONTENT = "厨房水管漏水，请尽快来人"


@dataclass
class WorkWorld:
    """The service world with short ways; Maple Court's requests unless told otherwise."""

    world: ServiceWorld

    @property
    def people(self) -> People:
        return self.world.people

    @property
    def now(self) -> datetime:
        return self.world.now

    def later(self, **span: float) -> datetime:
        return self.world.later(**span)

    def act(self, who: Actor, operation: Any, command: Any) -> Any:
        return self.world.act(who, operation, command)

    def record(self, **given: Any) -> RequestRecord:
        """A repair by phone of the first unit's owner, noticed an hour ago."""
        plain = RequestRecord(
            kind=WorkKind.REPAIR,
            unit=self.world.maple.units[0],
            content=CONTENT,
            noticed_at=self.now - timedelta(hours=1),
            channel=WorkChannel.PHONE,
            customer=self.world.maple.owners[0],
        )
        return replace(plain, **given)

    def failure(self, **given: Any) -> RequestRecord:
        """The water of building 1 has failed; our own people found it."""
        values = {
            "unit": None,
            "place": "1号楼水泵房",
            "customer": None,
            "channel": WorkChannel.PATROL,
            "households": 60,
        }
        return self.record(**({"failure": PublicSystem.WATER} | values | given))

    def submit(self, record: RequestRecord | None = None, *, by: Actor | None = None, **given: Any) -> Submitted:
        values = {"estate_id": self.world.estate, "request": self.world.new_request()} | given
        command = SubmitRequest(record=record or self.record(), **values)
        submitted: Submitted = self.act(by or self.people.desk, submit_request, command)
        return submitted

    def row(self, order: WorkOrderId, estate: EstateId | None = None) -> Any:
        (found,) = self.world.rows(WorkOrder, estate, id=order)
        return found

    def move(self, order: WorkOrderId, target: WorkState, data: WorkStepData, by: Actor | None = None) -> None:
        version = self.row(order).version
        self.act(by or self.people.supervisor, move_order, MoveOrder(self.world.estate, order, version, target, data))

    def classified(self, record: RequestRecord | None = None, **given: Any) -> WorkOrderId:
        order = self.submit(record).order_id
        self.classify(order, **given)
        return order

    def classify(self, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
        row = self.row(order)
        failure = PublicSystem(row.failure) if row.failure else None
        values = {"kind": WorkKind(row.kind), "failure": failure, "people_at_risk": row.people_at_risk} | given
        self.move(order, WorkState.CLASSIFIED, WorkClassification(**values), by or self.people.desk)

    def assign(self, order: WorkOrderId, to: Actor | StaffId | None = None, by: Actor | None = None) -> None:
        data = WorkAssignment(handler=self.somebody(to or self.people.repair_handler))
        self.move(order, WorkState.ASSIGNED, data, by)

    def somebody(self, who: Actor | StaffId) -> WorkAssignee:
        """As a form names a person: only the number is to be believed."""
        staff = who.staff if isinstance(who, Actor) else who
        assert staff is not None
        return WorkAssignee(staff, "whoever", active=True)

    def assigned(self, record: RequestRecord | None = None, to: Actor | None = None) -> WorkOrderId:
        order = self.classified(record)
        self.assign(order, to)
        return order

    def answer(self, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
        values = {"plan": "下午三点上门检查", "channel": WorkChannel.PHONE, "at": self.now} | given
        self.move(order, WorkState.UNDER_WAY, HandlerAnswer(**values), by or self.people.repair_handler)

    def execution(self, **given: Any) -> Execution:
        """Work of half an hour that is just over, with a pipe and two seals."""
        plain = Execution(
            began_at=self.now - timedelta(minutes=30),
            at=self.now,
            cause=WorkCause.WEAR,
            result=WorkResult.DONE,
            description="更换漏水的水管和两个垫圈",
            materials=(
                MaterialLine(name="水管", quantity=Decimal("1.255"), measure="米", unit_price=Money.of("12.50")),
                MaterialLine(name="垫圈", quantity=Decimal(2), measure="个", unit_price=Money.of("0.35")),
            ),
        )
        return replace(plain, **given)

    def carry_out(self, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
        self.move(order, WorkState.CARRIED_OUT, self.execution(**given), by or self.people.repair_handler)

    def carried_out(self, record: RequestRecord | None = None) -> WorkOrderId:
        order = self.assigned(record)
        self.later(hours=1)
        self.carry_out(order)
        return order

    def report_back(self, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
        values = {"told": "水管已换好，请试用", "channel": WorkChannel.PHONE, "at": self.now} | given
        self.move(order, WorkState.REPORTED_BACK, ReportBack(**values), by or self.people.desk)

    def reported_back(self, record: RequestRecord | None = None) -> WorkOrderId:
        order = self.carried_out(record)
        self.later(hours=1)
        self.report_back(order)
        return order

    def close(self, order: WorkOrderId, by: Actor | None = None, **given: Any) -> None:
        self.move(order, WorkState.CLOSED, WorkClosing(**({"rating": 5} | given)), by or self.people.desk)

    def closed(self) -> WorkOrderId:
        order = self.reported_back()
        self.close(order)
        return order

    def reopen(self, order: WorkOrderId, by: Actor | None = None, reason: str = "又漏水了，需返工") -> None:
        self.move(order, WorkState.ASSIGNED, WorkReopening(reason=reason), by or self.people.desk)

    def cancel(self, order: WorkOrderId, by: Actor | None = None) -> None:
        data = Cancellation(why=CancelReason.WITHDRAWN, reason="业主自行修好了")
        self.move(order, WorkState.CANCELLED, data, by or self.people.desk)

    def steps(self, record: int) -> tuple[StoredStep, ...]:
        with self.world.database.reading() as connection:
            return steps_of(connection, self.world.database.keys, self.world.estate, record)

    def actions(self, record: int) -> list[str]:
        return [step.action for step in self.steps(record)]

    def drafts(self, order: int, kind: str | None = None) -> list[Any]:
        found = self.world.rows(ServiceDraft, record_id=order)
        return [draft for draft in found if kind in (None, draft.kind)]

    def notice(self, order: int) -> dict[str, Any]:
        """The facts of the newest notice."""
        found: dict[str, Any] = json.loads(self.drafts(order, "notice")[-1].facts)
        return found

    def appointments(self, order: int) -> list[Any]:
        return self.world.rows(WorkAppointment, order_id=order)

    def slot(self, hours: float = 24, length: float = 2) -> Slot:
        start = self.now + timedelta(hours=hours)
        return Slot(start, start + timedelta(hours=length))

    def audited(self, estate: EstateId | None = None) -> list[Any]:
        """The audit entries of an estate that tell of requests, drafts and pauses."""
        with self.world.database.reading() as connection:
            chain = AuditEntry.chain == (estate or self.world.estate)
            found = connection.execute(select(AuditEntry.__table__).where(chain).order_by(AuditEntry.seq)).all()
        return [entry for entry in found if entry.subject_type in ("order", "draft", "pause")]

    def photo(self, order: int, phase: str, digest: int) -> None:
        """A photo as a row; what is in it plays no part."""
        values = {"id": 900_000 + digest, "record_id": order, "phase": phase, "width": 1, "height": 1, "size": 1}
        row = {"estate_id": self.world.estate, "digest": bytes([digest]) * 32, "content_sealed": b"x", **values}
        with self.world.database.writing() as connection, connection.begin():
            connection.execute(insert(ServicePhoto), [row | {"added_at": self.now}])

    def step_count(self) -> int:
        return len(self.world.rows(ServiceStep))


def a_work_world(database: Database) -> WorkWorld:
    return WorkWorld(a_service_world(database))
