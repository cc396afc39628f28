"""What was promised to customers and colleagues and is late or due: complaints, requests, call-backs, measures."""

from collections.abc import Iterator
from itertools import groupby

from db.queries.follow_ups import FollowUpsShown
from db.queries.measures import MeasuresShown
from db.queries.promises import Promise, PromiseRow, PromisesWanted, late_promises
from pages._shell.page import Page
from pages._shell.panels.desk import Waiting
from pages._shell.panels.desk_service import service_promises


def promises(page: Page) -> Iterator[Waiting]:
    """The oldest promises of each kind, and how many more there are."""
    found = page.read(late_promises, PromisesWanted(page.filter.estate_id))
    yield from service_promises(page, found.service)
    for kind, group in groupby(found.others, key=lambda row: row.kind):
        listed = list(group)
        yield from (_SAID[kind](page, row) for row in listed)
        more = listed[0].total - len(listed)
        if more > 0:
            yield _more(page, kind, more)


def _late_call(page: Page, row: PromiseRow) -> Waiting:
    what = page.t("Call back %(unit)s: mark %(mark)s", unit=row.code, mark=row.mark)
    why = page.t("a customer waits for a call; it was due on %(day)s", day=row.day)
    address = {"show": FollowUpsShown.OVERDUE.value, "unit": row.code}
    return Waiting(
        1, f"{what} · {row.estate_name}", why, "surveys.call_backs", "phone_callback", row.estate_id, address
    )


def _call_today(page: Page, row: PromiseRow) -> Waiting:
    what = page.t("Call back %(unit)s: mark %(mark)s", unit=row.code, mark=row.mark)
    address = {"show": FollowUpsShown.DUE_TODAY.value, "unit": row.code}
    why = page.t("due today")
    return Waiting(
        3, f"{what} · {row.estate_name}", why, "surveys.call_backs", "phone_callback", row.estate_id, address
    )


def _late_measure(page: Page, row: PromiseRow) -> Waiting:
    what = page.t("Measure %(number)s: %(problem)s", number=row.code, problem=row.text)
    why = page.t("%(who)s promised it for %(day)s", who=row.who, day=row.day)
    address = {"of": row.estate_id, "measure": row.id}
    return Waiting(2, f"{what} · {row.estate_name}", why, "improvement.measures", "trending_up", row.estate_id, address)


def _ended_round(page: Page, row: PromiseRow) -> Waiting:
    what = page.t("Survey round %(code)s has ended", code=row.code)
    why = page.t("enter the forms that are left, then close it")
    return Waiting(
        4, f"{what} · {row.estate_name}", why, "surveys.rounds", "event_repeat", row.estate_id, {"round": row.code}
    )


_SAID = {
    Promise.CALL_LATE: _late_call,
    Promise.CALL_TODAY: _call_today,
    Promise.MEASURE_LATE: _late_measure,
    Promise.ROUND_ENDED: _ended_round,
}


def _more(page: Page, kind: Promise, count: int) -> Waiting:
    """The rest of a kind in one line."""
    place = page.filter.estate_id
    if kind is Promise.MEASURE_LATE:
        what, address = page.t("%(count)s more measures overdue", count=count), {"show": MeasuresShown.OVERDUE.value}
        return Waiting(2, what, page.t("the oldest stand above"), "improvement.measures", "trending_up", place, address)
    if kind is Promise.ROUND_ENDED:
        what = page.t("%(count)s more survey rounds have ended", count=count)
        return Waiting(4, what, page.t("the oldest stand above"), "surveys.rounds", "event_repeat", place)
    late = kind is Promise.CALL_LATE
    said = page.t("%(count)s more call-backs overdue", count=count)
    what = said if late else page.t("%(count)s more call-backs due today", count=count)
    shown = FollowUpsShown.OVERDUE if late else FollowUpsShown.DUE_TODAY
    address = {"show": shown.value}
    why = page.t("the oldest stand above")
    return Waiting(1 if late else 3, what, why, "surveys.call_backs", "phone_callback", place, address)
