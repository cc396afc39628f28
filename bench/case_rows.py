"""The rows of one estate of the benchmark's service records, by table, and who works there."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any, Final

from core.admin.permissions import Actor, Role
from core.kernel.identity import EstateId, StaffId, UserId
from db.engine import Database
from db.models import (
    Base,
    Building,
    Case,
    CaseCollaborator,
    Customer,
    Occupancy,
    ServiceClock,
    ServiceEscalation,
    ServicePause,
    ServiceRecord,
    ServiceSearch,
    ServiceStep,
    ServiceStepText,
    Unit,
    WorkAppointment,
    WorkMaterial,
    WorkOrder,
)
from db.repositories.service_terms import ServiceTerms

NOW: Final = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
"""Half past ten on a Friday in China."""
TODAY: Final = date(2026, 11, 20)
DAYS: Final = 1_080
"""What has ended came in over so many days."""

DESK = Actor(UserId(1), "desk", frozenset({Role.FRONT_DESK}), None, staff=StaffId(1))
SUPERVISOR = Actor(UserId(2), "supervisor", frozenset({Role.SUPERVISOR}), None, staff=StaffId(2))
MANAGER = Actor(UserId(3), "manager", frozenset({Role.MANAGER}), None, staff=StaffId(3))
HANDLERS: Final = 6
"""So many of each estate; they are the staff (and users) from ``estate * 10`` on, the first two handle cases."""


def handler_of(estate: int) -> Actor:
    """The first handler of an estate, who sees the own cases only."""
    number, places = estate * 10, frozenset({EstateId(estate)})
    return Actor(UserId(number), f"handler {number}", frozenset({Role.HANDLER}), places, staff=StaffId(number))


COLUMNS: Final[dict[type[Base], tuple[str, ...]]] = {
    Building: ("estate_id", "id", "code", "sort_key"),
    Unit: ("estate_id", "id", "building_id", "code", "sort_key", "entrance", "floor", "area", "use", "state",
           "version"),
    Customer: ("estate_id", "id", "name_sealed", "name_index", "phone_sealed", "phone_index", "note", "state",
               "version"),
    Occupancy: ("estate_id", "id", "unit_id", "customer_id", "relation", "start_date", "version"),
    ServiceRecord: ("estate_id", "id", "kind", "number", "registered_at"),
    Case: (
        "estate_id", "id", "record_type", "category", "sub_category", "unit_id", "area", "place", "place_key",
        "happened_at", "registered_at", "channel", "emotion", "anonymous", "customer_id", "content_sealed",
        "claim_sealed", "source_reference", "households", "special", "repeated", "grade", "proposed_grade",
        "queue_rank", "state", "received_by", "department", "handler_id", "responded_at", "resolved_at",
        "called_back_at", "ended_at", "ended_on", "reopenings", "root_cause", "cause_detail", "solution", "satisfied",
        "no_call_back", "on_hold", "due_target", "due_hard", "next_look", "version",
    ),
    WorkOrder: (
        "estate_id", "id", "kind", "failure", "people_at_risk", "unit_id", "area", "place", "noticed_at",
        "registered_at", "channel", "customer_id", "content_sealed", "contactable", "source_reference", "source_case",
        "households", "queue_rank", "state", "received_by", "department", "handler_id", "answered_at",
        "carried_out_at", "fed_back_at", "ended_at", "ended_on", "reopenings", "cause", "result", "rating",
        "no_rating", "cancel_reason", "on_hold", "due_target", "due_hard", "next_look", "version",
    ),
    CaseCollaborator: ("estate_id", "case_id", "staff_id", "part"),
    WorkAppointment: ("estate_id", "id", "order_id", "handler_id", "start_at", "end_at", "state", "made_by", "made_at",
                      "reason", "version"),
    WorkMaterial: ("estate_id", "order_id", "run", "place", "name", "quantity_milli", "measure", "price_fen",
                   "amount_fen"),
    ServiceClock: ("estate_id", "id", "record_id", "kind", "run", "started_at", "stopped_at", "cancelled", "levels",
                   "due_target", "due_hard", "target_minutes", "target_kept", "hard_minutes", "hard_kept",
                   "calendar_version"),
    ServicePause: ("estate_id", "id", "record_id", "clocks", "reason", "start_at", "end_at", "state", "asked_by",
                   "asked_at", "decision_note", "version"),
    ServiceEscalation: ("estate_id", "id", "record_id", "clock_id", "percent", "role", "reached_at", "told_at"),
    ServiceStep: ("estate_id", "id", "record_id", "action", "source", "state", "facts", "made_by", "made_at",
                  "done_at"),
    ServiceStepText: ("estate_id", "step_id", "words_sealed"),
    ServiceSearch: ("estate_id", "record_id", "tokens"),
}  # fmt: skip
"""The columns written, in the order the tables must be filled."""

_DEFAULTS: Final[dict[type[Base], dict[str, Any]]] = {
    Case: {
        "place": "", "place_key": "", "anonymous": False, "source_reference": "", "households": 1, "special": False,
        "reopenings": 0, "root_cause": "", "cause_detail": "", "solution": "", "no_call_back": "", "on_hold": False,
        "version": 1,
    },
    WorkOrder: {
        "failure": "", "people_at_risk": False, "place": "", "contactable": True, "source_reference": "",
        "households": 1, "reopenings": 0, "cause": "", "result": "", "no_rating": "", "cancel_reason": "",
        "on_hold": False, "version": 1,
    },
}  # fmt: skip


@dataclass(slots=True)
class Rows:
    """The rows of one estate by table, and what each of them is made from."""

    database: Database
    estate: int
    terms: ServiceTerms
    chance: Random
    by_model: defaultdict[type[Base], list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    places: list[tuple[int, str, int]] = field(default_factory=list)
    """Units: number, building, the customer who owns it."""
    taken: defaultdict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))
    next_id: int = 1

    def number(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def add(self, model: type[Base], *values: Any) -> None:
        self.by_model[model].append((self.estate, *values))

    def put(self, model: type[Base], values: Mapping[str, Any]) -> None:
        """Add a row of many columns by their names."""
        plain = _DEFAULTS[model]
        row = (values.get(name, plain.get(name)) for name in COLUMNS[model][1:])
        self.by_model[model].append((self.estate, *row))

    def seal(self, text: str, place: str) -> bytes:
        return self.database.keys.seal(text, place=place)
