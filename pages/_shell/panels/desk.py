"""What waits for a person, gathered from what the queries give, the most urgent first (product.md §1, §5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from core.admin.permissions import Permission
from core.fees.approvals import RequestKind, RunState
from core.fees.tariffs import TariffState
from core.kernel.filters import Slice
from core.kernel.identity import EstateId
from db.jobs.demo import KIND, StartDemo, start_demo
from db.queries.bill_runs import RunRow, RunsWanted, bill_runs
from db.queries.bills import BillState, BillsWanted, bills
from db.queries.calendar import calendar_year
from db.queries.estates import EstatesWanted, estates
from db.queries.jobs import JobRow, JobState, RecentJobs, recent_jobs
from db.queries.money_requests import RequestRow, RequestsWanted, money_requests
from db.queries.tariffs import TariffRow, TariffsWanted, tariffs
from db.queries.users import UserRow, WantedUsers, users
from pages._shell.jobs import show_job
from pages._shell.links import open_button
from pages._shell.page import Page

MOST = Slice(1, 100)
SHOWN = 12
WORST = Slice(1, 10)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: how urgent (0 first), what, why it stands here, and the page that does it."""

    rank: int
    what: str
    why: str
    target: str
    icon: str
    estate: EstateId | None = None
    address: Mapping[str, object] = field(default_factory=dict)


def gathered(page: Page, found: Sequence[Waiting] = ()) -> list[Waiting]:
    """Everything that waits for this person, with what was found before, ranked."""
    found = list(found)
    if page.may(Permission.FEES_VIEW):
        place = page.filter.estate_id
        requests = page.read(money_requests, RequestsWanted(place, slice=MOST)).rows
        found += [item for row in requests if (item := _request(page, row)) is not None]
        if page.may(Permission.PAYMENTS_TAKE):
            found += _overdue(page)
        else:
            runs = page.read(bill_runs, RunsWanted(place, slice=MOST)).rows
            found += [item for row in runs if (item := _run(page, row)) is not None]
            drafts = page.read(tariffs, TariffsWanted(place, slice=MOST)).rows
            found += [item for row in drafts if (item := _tariff(page, row)) is not None]
    return sorted(found, key=lambda item: item.rank)


def _request(page: Page, row: RequestRow) -> Waiting | None:
    is_refund = row.kind is RequestKind.REFUND
    needed = Permission.REFUNDS_APPROVE if is_refund else Permission.REVERSALS_APPROVE
    what = page.t("Refund of %(amount)s", amount=row.amount) if is_refund else _reversal(page, row)
    what = f"{what} · {row.estate_name} {row.unit_code}"
    own = row.asked_by == page.actor.user_id
    asked = page.t("asked by %(who)s on %(day)s", who=_plain(row.asked_by_name), day=row.asked_at)
    if page.may(needed) and not own:
        why = page.t("%(asked)s: approve or refuse it", asked=asked)
        return Waiting(0, what, why, "fees.requests", "undo", row.estate_id)
    if own:
        return Waiting(5, what, page.t("you asked; a supervisor decides"), "fees.requests", "undo", row.estate_id)
    return None


def _reversal(page: Page, row: RequestRow) -> str:
    return page.t("Reversal of receipt no. %(number)s, %(amount)s", number=row.receipt_no, amount=row.amount)


def _run(page: Page, row: RunRow) -> Waiting | None:
    if row.state is not RunState.PREPARED:
        return None
    what = page.t(
        "Bill run %(month)s: %(count)s bills, %(amount)s", month=row.month, count=row.bills, amount=row.amount
    )
    what = f"{what} · {row.estate_name}"
    if page.may(Permission.BILLS_POST) and row.made_by != page.actor.user_id:
        why = page.t(
            "prepared by %(who)s on %(day)s: look it through and post it", who=_plain(row.made_by_name), day=row.made_at
        )
        return Waiting(1, what, why, "fees.bill_runs", "playlist_add_check", row.estate_id)
    if page.may(Permission.BILLS_MAKE):
        why = page.t("prepared; a supervisor posts it")
        return Waiting(6, what, why, "fees.bill_runs", "playlist_add_check", row.estate_id)
    return None


def _tariff(page: Page, row: TariffRow) -> Waiting | None:
    if row.state is not TariffState.DRAFT:
        return None
    what = page.t("Fee standard from %(day)s", day=row.valid_from) + f" · {row.estate_name}"
    if page.may(Permission.TARIFFS_APPROVE) and row.made_by != page.actor.user_id:
        why = page.t("made by %(who)s: approve it before it is billed", who=_plain(row.made_by_name))
        return Waiting(2, what, why, "fees.tariffs", "sell", row.estate_id)
    if page.may(Permission.TARIFFS_MAKE):
        return Waiting(7, what, page.t("draft; a supervisor approves it"), "fees.tariffs", "sell", row.estate_id)
    return None


def _overdue(page: Page) -> Iterator[Waiting]:
    """The bills overdue the longest; a cashier calls, or takes the payment."""
    listed = page.read(bills, BillsWanted(page.filter.estate_id, state=BillState.OVERDUE, slice=WORST))
    if listed.total:
        what = page.t("%(count)s bills overdue, %(amount)s in all", count=listed.total, amount=listed.outstanding)
        why, address = page.t("the oldest stand below"), {"state": BillState.OVERDUE.value}
        yield Waiting(3, what, why, "fees.bills", "request_quote", page.filter.estate_id, address)
    for row in listed.rows:
        what = page.t("%(unit)s owes %(amount)s for %(month)s", unit=row.unit_code, amount=row.outstanding,
                      month=row.service_month)  # fmt: skip
        what = f"{what} · {page.estate_name(row.estate_id)}"
        why = page.t("%(count)s days overdue", count=row.days_overdue)
        yield Waiting(4, what, why, "fees.payments", "payments", row.estate_id, {"unit": row.unit_code})


def administration(page: Page) -> list[Waiting]:
    """Show what the portal holds, and give what an administrator should see to."""
    active = page.read(estates, EstatesWanted(slice=Slice(1, 1000)))
    people = page.read(users, WantedUsers(slice=MOST))
    counts = (
        (page.t("Estates"), active.total),
        (page.t("Units in use"), sum(row.units for row in active.rows)),
        (page.t("Users"), people.total),
    )
    for place, (title, count) in zip(st.columns(len(counts)), counts, strict=True):
        place.metric(title, page.words.integer(count), border=True)
    return [*_calendar(page), *(item for user in people.rows if (item := _user(page, user)) is not None)]


def _calendar(page: Page) -> Iterator[Waiting]:
    """From November on the next year's holidays are due."""
    year = page.today.year + (page.today.month > 10)
    if not page.read(calendar_year, year).is_known:
        what = page.t("The holidays of %(year)s are not known", year=str(year))
        why = page.t("deadlines in working days may be wrong until its days are declared")
        yield Waiting(1, what, why, "admin.calendar", "calendar_month", address={"year": year})


def _user(page: Page, user: UserRow) -> Waiting | None:
    if user.state == "disabled" or user.estates is None or user.estates:
        return None
    what = page.t("%(name)s has no estate in care", name=user.display_name)
    why, address = page.t("sees nothing until one is given"), {"user": user.user_id}
    return Waiting(3, what, why, "admin.users", "manage_accounts", address=address)


def show_waiting(page: Page, found: Sequence[Waiting]) -> None:
    """Show the ranked list: what, why, and the way to do it."""
    with st.container(border=True, gap="xsmall"):
        for number, item in enumerate(found[:SHOWN]):
            text, way = st.columns([7, 1], vertical_alignment="center")
            with text.container(gap=None):
                st.text(item.what)
                st.caption(item.why)
            with way:
                open_button(page, page.t("Open"), item.target, key=f"desk.{number}", estate=item.estate, **item.address)
    if len(found) > SHOWN:
        st.caption(page.t("and %(count)s more", count=len(found) - SHOWN))


def _plain(text: str) -> str:
    """Keep names people typed from being read as Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-!|<>~$:" else sign for sign in text)


def first_run(page: Page) -> bool:
    """Offer the beginning of an empty portal, or show how far the loading is; ``False`` when the portal is in use."""
    job = next(iter(page.read(recent_jobs, RecentJobs(limit=1, kind=KIND))), None)
    if job is not None and not job.is_over:
        _show_loading(page, job)
    elif page.estates:
        if job is not None and job.state is JobState.FAILED:
            st.error(
                page.t("The demonstration company broke off half way. Begin again with an empty data folder."),
                icon=":material/error:",
            )
        return False
    elif job is not None and job.state is not JobState.DONE:
        _show_loading(page, job)
    else:
        _show_choice(page)
    return True


def _show_loading(page: Page, job: JobRow) -> None:
    st.markdown(f"#### {page.t('Loading the demonstration company')}")
    st.caption(page.t("Three estates, 18 months of bills and payments. This takes some minutes."))
    show_job(page, job.id)


def _show_choice(page: Page) -> None:
    st.markdown(f"#### {page.t('The portal is empty. How do you want to begin?')}")
    demo, own = st.columns(2, gap="medium")
    with demo.container(border=True):
        st.markdown(f"**{page.t('Look around first')}**")
        st.caption(
            page.t("A made-up company: three estates, about 2,400 units, 18 months of bills, payments and arrears.")
        )
        st.caption(page.t("It fills this portal. For real work later, begin again with an empty data folder."))
        load = page.t("Load the demonstration company")
        if st.button(load, type="primary", icon=":material/theater_comedy:", key="desk.demo"):
            started = page.submit(start_demo, StartDemo())
            if started:
                st.rerun()
    with own.container(border=True):
        st.markdown(f"**{page.t('Start empty with your own data')}**")
        st.caption(page.t("Bring in, in this order: estates, then units, then customers. Excel or CSV files do."))
        st.caption(page.t("Every file is looked through before anything is saved, and can be taken back."))
        open_button(page, page.t("Start empty: import guide"), "admin.imports", key="desk.imports")
        open_button(page, page.t("Or add the first estate by hand"), "households.estates", key="desk.estates")
