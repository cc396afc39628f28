"""Complaints and requests on the desk: what is late or runs out today, whose it is, and why it stands here."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from typing import Final

from core.complaints.taxonomy import RecordType, SubCategory
from core.kernel.identity import EstateId
from core.work_orders.kinds import PublicSystem, WorkKind
from db.queries.service_promises import ServicePromise, ServicePromiseRow
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.panels.desk import Waiting

_P: Final = ServicePromise
_RANKS: Final[Mapping[ServicePromise, int]] = {
    _P.CASE_RED: 0,
    _P.ORDER_RED: 0,
    _P.CASE_SOON: 1,
    _P.ORDER_SOON: 1,
    _P.CASE_TOLD: 1,
    _P.ORDER_TOLD: 1,
    _P.REPORT_DUE: 1,
    _P.PAUSE_ASKED: 1,
    _P.CASE_NEW: 2,
    _P.ORDER_NEW: 2,
    _P.CASE_AMBER: 3,
    _P.ORDER_AMBER: 3,
    _P.CASE_CALL: 3,
}
_OF_ORDERS: Final = frozenset({_P.ORDER_RED, _P.ORDER_TOLD, _P.REPORT_DUE, _P.ORDER_NEW, _P.ORDER_SOON, _P.ORDER_AMBER})
_WITHOUT_NAME: Final = frozenset({_P.PAUSE_ASKED, _P.CASE_NEW, _P.ORDER_NEW})
_ALL_SHOWN: Final[Mapping[ServicePromise, str]] = {
    _P.CASE_RED: "red",
    _P.ORDER_RED: "red",
    _P.CASE_AMBER: "amber",
    _P.ORDER_AMBER: "amber",
    _P.CASE_CALL: "call_back",
    _P.CASE_NEW: "unassigned",
    _P.ORDER_NEW: "unassigned",
}
"""The view of the queue that shows all records of a kind; the others stand in the open ones."""


def service_promises(page: Page, rows: Sequence[ServicePromiseRow]) -> Iterator[Waiting]:
    """The most pressing records of each kind, each named once with all its reasons, and how many more there are."""
    reasons = dict[tuple[bool, EstateId, int], list[ServicePromiseRow]]()
    for row in rows:
        reasons.setdefault((_is_order(row), row.estate_id, row.id), []).append(row)
    for kind, group in groupby(rows, key=lambda row: row.kind):
        listed = list(group)
        for row in listed:
            found = reasons.pop((_is_order(row), row.estate_id, row.id), None)
            if found:
                yield _line(page, found)
        more = listed[0].total - len(listed)
        if more > 0:
            yield _more(page, kind, more)


def _is_order(row: ServicePromiseRow) -> bool:
    return row.kind in _OF_ORDERS or (row.kind is _P.PAUSE_ASKED and row.topic == "order")


def _line(page: Page, rows: Sequence[ServicePromiseRow]) -> Waiting:
    """One record; its first row is the most pressing reason why it stands here."""
    row = rows[0]
    parts = (row.code, topic_words(page, row), _place_words(page, row), row.estate_name)
    what = " · ".join(part for part in parts if part)
    target, icon = ("service.requests", "build") if _is_order(row) else ("service.cases", "forum")
    address = {"of": row.estate_id, "order" if _is_order(row) else "case": row.id}
    return Waiting(_RANKS[row.kind], what, _why(page, rows), target, icon, row.estate_id, address)


def _place_words(page: Page, row: ServicePromiseRow) -> str:
    """The building or the public place; nothing for a pause, whose reason stands there."""
    if row.kind is _P.PAUSE_ASKED:
        return ""
    return page.t("Building %(code)s", code=row.place) if row.is_building else row.place


def topic_words(page: Page, row: ServicePromiseRow) -> str:
    """What a record is about, in words; nothing for a pause, whose reason says it."""
    for members in (SubCategory, RecordType, PublicSystem, WorkKind):
        if row.kind is not _P.PAUSE_ASKED and row.topic in set(members):
            return enum_label(page.words, members(row.topic))
    return ""


def _why(page: Page, rows: Sequence[ServicePromiseRow]) -> str:
    """All reasons, the most pressing first, and at the end who has it."""
    t, said = page.t, [_reason(page, row) for row in rows]
    if rows[0].kind not in _WITHOUT_NAME:
        who = rows[0].who
        said.append(t("handled by %(who)s", who=who) if who else t("nobody has it yet"))
    return reduce(lambda before, more: t("%(said)s; %(more)s", said=before, more=more), said)


def _reason(page: Page, row: ServicePromiseRow) -> str:
    t, at = page.t, page.words.instant(row.at)
    return {
        _P.CASE_RED: t("🔴 past the hard limit since %(at)s", at=at),
        _P.ORDER_RED: t("🔴 past the hard limit since %(at)s", at=at),
        _P.CASE_TOLD: t("escalated to you; the limit runs out at %(at)s", at=at),
        _P.ORDER_TOLD: t("escalated to you; the limit runs out at %(at)s", at=at),
        _P.REPORT_DUE: t("past its limit: report upward with the reason"),
        _P.PAUSE_ASKED: t("somebody asks to stop the clock: approve or refuse it"),
        _P.CASE_NEW: t("registered at %(at)s: classify and assign it", at=at),
        _P.ORDER_NEW: t("registered at %(at)s: classify and assign it", at=at),
        _P.CASE_SOON: t("◔ runs out today at %(at)s", at=at),
        _P.ORDER_SOON: t("◔ runs out today at %(at)s", at=at),
        _P.CASE_AMBER: t("🟠 past the target since %(at)s", at=at),
        _P.ORDER_AMBER: t("🟠 past the target since %(at)s", at=at),
        _P.CASE_CALL: t("handled at %(at)s: call back, by somebody else than the handler", at=at),
    }[row.kind]


def _more(page: Page, kind: ServicePromise, count: int) -> Waiting:
    """The rest of a kind in one line."""
    is_order = kind in _OF_ORDERS
    name = enum_label(page.words, kind)
    what = page.t("%(count)s more: %(kind)s", count=count, kind=name)
    target, icon = ("service.requests", "build") if is_order else ("service.cases", "forum")
    address = {"show": _ALL_SHOWN.get(kind, "open")}
    return Waiting(_RANKS[kind], what, page.t("the oldest stand above"), target, icon, page.filter.estate_id, address)
