"""What the pages of complaints and service requests ask the database for, with every view and filter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bench.case_rows import MANAGER, NOW, SUPERVISOR, handler_of
from bench.case_words import FREQUENT, FREQUENT_WORK, ONE, RARE, TWO, TWO_WORK
from core.admin.permissions import Actor
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.kernel.identity import CaseId, EstateId, StaffId, WorkOrderId
from core.kernel.periods import Month, Span, local_day
from core.work_orders.kinds import WorkKind
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import Case, ServiceRecord, WorkOrder
from db.queries.case_accountability import accountability
from db.queries.case_card import CaseWanted, case_card
from db.queries.case_figures import case_figures
from db.queries.case_forecast import ForecastWanted, case_forecast
from db.queries.case_hot_spots import HotSpotsWanted, hot_spots
from db.queries.case_insight import InsightWanted
from db.queries.case_people import HandlersWanted, case_handlers
from db.queries.case_rates import complaint_rates, public_case_summary
from db.queries.case_repeats import RepeatsWanted, repeats
from db.queries.case_times import process_times
from db.queries.case_trend import TrendWanted, case_trend
from db.queries.case_workload import LoadsWanted, handler_loads
from db.queries.cases import CasesShown, CasesWanted, cases
from db.queries.promises import PromisesWanted, late_promises
from db.queries.service_clocks_insight import kept_by_grade, pauses_by_person
from db.queries.service_details import RecordWanted, record_details
from db.queries.work_insight import work_insight
from db.queries.work_order_card import OrderWanted, order_card
from db.queries.work_orders import OrdersShown, OrdersWanted, work_orders
from db.queries.work_people import OrderHandlersWanted, order_handlers
from db.unit_of_work import Query, fetch

HERE = EstateId(1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query with its filter, and who asks."""

    name: str
    ask: Query[Any, Any]
    wanted: Any
    actor: Actor = SUPERVISOR

    def answer(self, database: Database) -> Any:
        """Ask it as a page does."""
        return fetch(database, self.ask, self.wanted, actor=self.actor, now=NOW)


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is there, to be opened."""

    estate: EstateId
    id: int
    number: str


def an_open_record(database: Database, table: type[Case] | type[WorkOrder]) -> Known:
    """An open record of the first estate that has come halfway, and its number."""
    state = CaseState.IN_PROGRESS.value if table is Case else WorkState.UNDER_WAY.value
    same = (ServiceRecord.estate_id == table.estate_id) & (ServiceRecord.id == table.id)
    statement = select(table.estate_id, table.id, ServiceRecord.number).join(ServiceRecord, same)
    with database.reading() as connection:
        row = connection.execute(statement.where(table.estate_id == HERE, table.state == state).limit(1)).one()
    return Known(EstateId(row.estate_id), row.id, row.number)


def case_lists(estate: EstateId | None, known: Known) -> Iterator[Asked]:
    """The queue of complaints in each view, and the open ones with each filter."""
    for shown in CasesShown:
        yield Asked(f"view {shown.value}", cases, CasesWanted(estate, shown))
    handler = StaffId(HERE * 10)
    filters: dict[str, Any] = {
        "record_type": RecordType.INQUIRY,
        "category": CaseCategory.FACILITY,
        "sub_category": SubCategory.LIFT,
        "grade": CaseGrade.URGENT,
        "state": CaseState.IN_PROGRESS,
        "handler": handler,
        "channel": CaseChannel.WECHAT,
        "age_days": 7,
    }
    for name, value in filters.items():
        yield Asked(f"filter {name}", cases, CasesWanted(estate, **{name: value}))
    yield Asked("filter room", cases, CasesWanted(estate, search="3-1-0012"))
    yield Asked("filter number", cases, CasesWanted(estate, search=known.number))
    yield Asked("filter word", cases, CasesWanted(estate, search=FREQUENT))
    yield Asked(
        "closed, filter category", cases, CasesWanted(estate, CasesShown.CLOSED, category=CaseCategory.FACILITY)
    )


def case_rest(known: Known) -> Iterator[Asked]:
    """What stands beside the queue, the handler's own queue, the card and its details, the desk."""
    one = handler_of(HERE)
    yield Asked("handlers to filter by", case_handlers, HandlersWanted())
    yield Asked("forecast", case_forecast, ForecastWanted())
    yield Asked("handler's queue", cases, CasesWanted(), one)
    yield Asked("handler's closed", cases, CasesWanted(shown=CasesShown.CLOSED), one)
    yield Asked("card", case_card, CaseWanted(known.estate, CaseId(known.id)))
    yield Asked("details", record_details, RecordWanted(known.estate, known.id))
    yield Asked("desk, supervisor", late_promises, PromisesWanted(None))
    yield Asked("desk, manager", late_promises, PromisesWanted(None), MANAGER)
    yield Asked("desk, handler", late_promises, PromisesWanted(None), one)


def order_lists(estate: EstateId | None, known: Known) -> Iterator[Asked]:
    """The queue of requests in each view, and the open ones with each filter."""
    for shown in OrdersShown:
        yield Asked(f"view {shown.value}", work_orders, OrdersWanted(estate, shown))
    filters: dict[str, Any] = {
        "kind": WorkKind.CLEANING,
        "failure_only": True,
        "state": WorkState.UNDER_WAY,
        "handler": StaffId(HERE * 10 + 2),
        "age_days": 2,
    }
    for name, value in filters.items():
        yield Asked(f"filter {name}", work_orders, OrdersWanted(estate, **{name: value}))
    yield Asked("filter room", work_orders, OrdersWanted(estate, search="3-1-0012"))
    yield Asked("filter number", work_orders, OrdersWanted(estate, search=known.number))
    yield Asked("filter word", work_orders, OrdersWanted(estate, search=ONE))


def order_rest(known: Known) -> Iterator[Asked]:
    """What stands beside the queue, the handler's own queue, the card and its details."""
    yield Asked("handlers to filter by", order_handlers, OrderHandlersWanted())
    yield Asked("handler's queue", work_orders, OrdersWanted(), handler_of(HERE))
    yield Asked("handler's closed", work_orders, OrdersWanted(shown=OrdersShown.CLOSED), handler_of(HERE))
    yield Asked("card", order_card, OrderWanted(known.estate, WorkOrderId(known.id)))
    yield Asked("details", record_details, RecordWanted(known.estate, known.id))


def searches(table: type[Case] | type[WorkOrder]) -> Iterator[Asked]:
    """Searches by words, among what is open and among all."""
    frequent, two = (FREQUENT, TWO) if table is Case else (FREQUENT_WORK, TWO_WORK)
    words = {"rare word": RARE, "frequent word": frequent, "two words": two, "one character": ONE}
    for name, text in words.items():
        for shown in ("open", "all"):
            if table is Case:
                yield Asked(f"{name}, {shown}", cases, CasesWanted(shown=CasesShown(shown), search=text))
            else:
                yield Asked(f"{name}, {shown}", work_orders, OrdersWanted(shown=OrdersShown(shown), search=text))


def opening(known: Known, table: type[Case] | type[WorkOrder]) -> tuple[Asked, ...]:
    """Opening a record by its number: find it, its card, its details."""
    details = Asked("details", record_details, RecordWanted(known.estate, known.id))
    if table is Case:
        found = Asked("found", cases, CasesWanted(search=known.number))
        return found, Asked("card", case_card, CaseWanted(known.estate, CaseId(known.id))), details
    found = Asked("found", work_orders, OrdersWanted(search=known.number))
    return found, Asked("card", order_card, OrderWanted(known.estate, WorkOrderId(known.id))), details


SPANS = {
    "this month": Month.of(local_day(NOW)),
    "last month": Month.of(local_day(NOW)).shift(-1),
}


def span_of(month: Month) -> Span:
    """The days of a month."""
    return Span(month.first_day, month.shift(1).first_day)


def case_insights(estate: EstateId | None, span: Span) -> Iterator[Asked]:
    """What the page of figures asks about complaints."""
    wanted = InsightWanted(estate, span)
    yield Asked("figures", case_figures, wanted)
    yield Asked("trend", case_trend, TrendWanted(estate, span.end))
    yield Asked("limits kept by grade", kept_by_grade, wanted)
    yield Asked("time of each step", process_times, wanted)
    yield Asked("rate of each estate", complaint_rates, wanted)
    yield Asked("summary for everybody", public_case_summary, wanted)
    yield Asked("hot spots", hot_spots, HotSpotsWanted(estate))
    yield Asked("repeats", repeats, RepeatsWanted(estate))
    yield Asked("work of each handler", handler_loads, LoadsWanted(estate))
    yield Asked("who answers", accountability, wanted)
    yield Asked("pauses", pauses_by_person, wanted)


def order_insights(estate: EstateId | None, span: Span) -> Iterator[Asked]:
    """What it asks about requests."""
    yield Asked("requests", work_insight, InsightWanted(estate, span))
