"""The best SQL we could write by hand for the screenfuls of complaints and requests; literals stand in it.

The same rows in the same order with the clocks that run for them, and all counts the page shows, for a person who sees
all (S6), with the indexes there are. Searches by words are measured against opening a record instead (S14).
"""

from typing import Any, Final

from bench.case_rows import SUPERVISOR
from bench.service_asked import Asked
from db.queries.cases import CasesShown, CasesWanted
from db.queries.work_orders import OrdersShown, OrdersWanted

_NOW: Final = "'2026-11-20 02:30:00.000000'"
_DAY: Final = ("'2026-11-19 16:00:00.000000'", "'2026-11-20 16:00:00.000000'")
_WEEK: Final = "'2026-11-14'"
_RED: Final = f"(due_hard IS NOT NULL AND due_hard < {_NOW})"
_AMBER: Final = f"(due_target IS NOT NULL AND due_target < {_NOW} AND (due_hard IS NULL OR due_hard >= {_NOW}))"
_DEADLINE: Final = (
    f"CASE WHEN due_hard < {_NOW} THEN due_hard WHEN due_target >= {_NOW} THEN due_target "
    "ELSE coalesce(due_hard, due_target) END"
)
_BY_DEADLINE: Final = (
    f"queue_rank, CASE WHEN {_RED} THEN 0 WHEN due_hard IS NULL AND due_target IS NULL THEN 2 ELSE 1 END, "
    f"{_DEADLINE}, estate_id, id"
)
_BY_END: Final = "ended_on DESC, ended_at DESC, id DESC"
_NEWEST: Final = "registered_at DESC, id DESC"

_CASE_VIEWS: Final[dict[CasesShown, str]] = {
    CasesShown.OPEN: "1 = 1",
    CasesShown.RED: _RED,
    CasesShown.AMBER: _AMBER,
    CasesShown.URGENT: "queue_rank = 0",
    CasesShown.MINE: "(handler_id = {staff} OR (estate_id, id) IN "
    "(SELECT estate_id, case_id FROM case_collaborators WHERE staff_id = {staff}))",
    CasesShown.RECEIVED: "received_by = {user}",
    CasesShown.UNASSIGNED: "handler_id IS NULL",
    CasesShown.CALL_BACK: "state = 'resolved'",
}
_VISITED: Final = (
    "EXISTS (SELECT 1 FROM work_appointments a WHERE a.estate_id = o.estate_id AND a.order_id = o.id "
    f"AND a.state IN ('offered', 'confirmed') AND a.start_at < {_DAY[1]} AND a.end_at > {_DAY[0]})"
)
_LATE: Final = (
    "EXISTS (SELECT 1 FROM service_clocks k WHERE k.estate_id = o.estate_id AND k.record_id = o.id "
    f"AND NOT k.cancelled AND CASE WHEN k.due_hard IS NOT NULL OR k.hard_kept IS NOT NULL "
    f"THEN k.due_hard < {_NOW} OR NOT k.hard_kept ELSE k.due_target < {_NOW} OR NOT k.target_kept END)"
)
_ORDER_VIEWS: Final[dict[OrdersShown, str]] = {
    OrdersShown.OPEN: "1 = 1",
    OrdersShown.RED: _RED,
    OrdersShown.AMBER: _AMBER,
    OrdersShown.MINE: "handler_id = {staff}",
    OrdersShown.UNASSIGNED: "handler_id IS NULL",
    OrdersShown.TODAY: f"(({_DEADLINE}) < {_DAY[1]} OR {_VISITED})",
    OrdersShown.VISITS: _VISITED,
    OrdersShown.REPORT: f"(reported_at IS NULL AND {_LATE})",
    OrdersShown.DONE: "state IN ('carried_out', 'reported_back')",
}


def by_hand(asked: Asked) -> tuple[str, ...] | None:
    """The statements for a view of a queue without filters, or ``None`` where we have written none."""
    wanted = asked.wanted
    if asked.actor is SUPERVISOR and isinstance(wanted, CasesWanted):
        plain = wanted == CasesWanted(wanted.estate_id, wanted.shown)
        return (_case_counts(wanted), _ended("cases", wanted), _lately(wanted), _cases(wanted)) if plain else None
    if asked.actor is SUPERVISOR and isinstance(wanted, OrdersWanted):
        plain = wanted == OrdersWanted(wanted.estate_id, wanted.shown)
        return (_order_counts(wanted), _ended("work_orders", wanted), _orders(wanted)) if plain else None
    return None


def _view(views: Any, shown: Any) -> str:
    view: str = views[shown]
    return view.format(staff=SUPERVISOR.staff, user=SUPERVISOR.user_id)


def _scope(wanted: Any) -> str:
    return "1 = 1" if wanted.estate_id is None else f"estate_id = {wanted.estate_id}"


def _sums(views: Any) -> str:
    return ", ".join(f"sum(CASE WHEN {_view(views, each)} THEN 1 ELSE 0 END)" for each in views)


def _case_counts(wanted: CasesWanted) -> str:
    return f"SELECT state, {_sums(_CASE_VIEWS)} FROM cases WHERE ended_on IS NULL AND {_scope(wanted)} GROUP BY state"


def _order_counts(wanted: OrdersWanted) -> str:
    return f"SELECT {_sums(_ORDER_VIEWS)} FROM work_orders o WHERE ended_on IS NULL AND {_scope(wanted)}"


def _ended(table: str, wanted: Any) -> str:
    return f"SELECT count(*) FROM {table} WHERE ended_on IS NOT NULL AND {_scope(wanted)}"


def _lately(wanted: CasesWanted) -> str:
    return f"SELECT count(*) FROM cases WHERE ended_on >= {_WEEK} AND {_scope(wanted)}"


def _first(table: str, views: Any, wanted: Any) -> str:
    """The keys of the first screenful."""
    name, scope = wanted.shown.value, _scope(wanted)
    if name == "all":
        return f"SELECT estate_id, id FROM {table} o WHERE {scope} ORDER BY {_NEWEST} LIMIT 50"
    if name == "closed":
        return f"SELECT estate_id, id FROM {table} o WHERE ended_on IS NOT NULL AND {scope} ORDER BY {_BY_END} LIMIT 50"
    where = f"ended_on IS NULL AND {_view(views, wanted.shown)} AND {scope}"
    return f"SELECT estate_id, id FROM {table} o WHERE {where} ORDER BY {_BY_DEADLINE} LIMIT 50"


_NAMES: Final = """
    LEFT JOIN service_records n ON n.estate_id = f.estate_id AND n.id = f.id
    LEFT JOIN estates e ON e.id = f.estate_id
    LEFT JOIN units u ON u.estate_id = r.estate_id AND u.id = r.unit_id
    LEFT JOIN staff_members s ON s.id = r.handler_id
    LEFT JOIN users p ON p.id = r.received_by
"""
_PAUSED: Final = f"""EXISTS (SELECT 1 FROM service_pauses w WHERE w.estate_id = r.estate_id AND w.record_id = r.id
    AND w.state = 'approved' AND w.start_at <= {_NOW} AND (w.end_at IS NULL OR w.end_at > {_NOW}))"""


def _cases(wanted: CasesWanted) -> str:
    return f"""
        SELECT f.estate_id, f.id, r.record_type, r.category, r.sub_category, r.grade, r.state, r.area, r.unit_id,
               r.place, r.content_sealed, r.handler_id, r.channel, r.registered_at, r.ended_on, r.ended_at,
               r.due_target, r.due_hard, r.reopenings, r.repeated, r.special, r.escalated_at, r.anonymised_at,
               r.version, n.number, e.name, u.code, s.name, p.display_name, {_PAUSED}, k.kind, k.due_target, k.due_hard
        FROM ({_first("cases", _CASE_VIEWS, wanted)}) f
        LEFT JOIN cases r ON r.estate_id = f.estate_id AND r.id = f.id {_NAMES}
        LEFT JOIN service_clocks k ON k.estate_id = f.estate_id AND k.record_id = f.id
             AND k.kind IN ('response', 'resolved', 'called_back') AND k.stopped_at IS NULL AND NOT k.cancelled"""


def _orders(wanted: OrdersWanted) -> str:
    return f"""
        SELECT f.estate_id, f.id, r.kind, r.failure, r.people_at_risk, r.unit_id, r.area, r.place, r.content_sealed,
               r.state, r.department, r.handler_id, r.registered_at, r.ended_at, r.due_target, r.due_hard, r.rating,
               r.source_case, r.reopenings, r.reported_at, r.version, n.number, e.name, u.code, s.name, p.display_name,
               {_PAUSED}, m.handler_id, m.start_at, m.end_at, m.state, c.number,
               k.kind, k.stopped_at, k.due_target, k.due_hard, k.target_kept, k.hard_kept
        FROM ({_first("work_orders", _ORDER_VIEWS, wanted)}) f
        LEFT JOIN work_orders r ON r.estate_id = f.estate_id AND r.id = f.id {_NAMES}
        LEFT JOIN service_records c ON c.estate_id = r.estate_id AND c.id = r.source_case
        LEFT JOIN work_appointments m ON m.estate_id = f.estate_id AND m.order_id = f.id
             AND m.state IN ('offered', 'confirmed')
        LEFT JOIN service_clocks k ON k.estate_id = f.estate_id AND k.record_id = f.id AND NOT k.cancelled"""
