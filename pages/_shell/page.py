"""The page a script works with: who is there, what is chosen, how to read, submit and finish (convention 15)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, NoReturn, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.admin.permissions import NEEDS_PROOF, Actor, Permission, roles_with
from core.kernel.errors import BusinessError
from core.kernel.filters import EstateMonth
from core.kernel.identity import EstateId
from core.kernel.periods import Month, local_day, months_between
from db.operations.sign_in import ProofNeeded, identify_by, identify_proven_by, touch_session
from db.portal import portal_database
from db.queries.estates import EstateOption, estate_options
from db.queries.sessions import TOUCH_EVERY, LiveSession, live_session
from db.unit_of_work import Database, Operation, Query, fetch, perform, permission_of
from locales.labels import error_sentence, label
from locales.translator import Translator
from pages._shell import clock, proof, sign_in, state
from pages._shell.registry import PageEntry, page_entry

C = TypeVar("C")
F = TypeVar("F")
R = TypeVar("R")
_MONTHS_BACK = 36
_FRESH = "shell.fresh"
"""When the whole page ran and what was said last: its body in that very run knows that who is there was just read."""


@dataclass(frozen=True, slots=True)
class Saved(Generic[R]):
    """What a carried-out command gave back; a refused one gives ``None`` instead."""

    value: R


@dataclass(frozen=True, slots=True)
class Page:
    """One run of a page for one person."""

    entry: PageEntry
    database: Database
    session: LiveSession
    token: str
    now: datetime
    words: Translator
    filter: EstateMonth
    estates: tuple[EstateOption, ...] = ()

    @property
    def actor(self) -> Actor:
        """Who is there."""
        return self.session.actor

    @property
    def today(self) -> date:
        """The business day."""
        return local_day(self.now)

    @property
    def names_estates(self) -> bool:
        """Whether rows of several estates may stand on the page, so that each has to say whose it is."""
        return self.filter.estate_id is None and len(self.estates) > 1

    def t(self, msgid: str, **fields: object) -> str:
        """Say a text in the person's language."""
        return self.words.t(msgid, **fields)

    def label(self, code: str) -> str:
        """Say what a stored code means in the person's language."""
        return label(self.words, code)

    def may(self, permission: Permission) -> bool:
        """Say whether the person may do this in the chosen estate; what one may not do is not offered."""
        estate = self.filter.estate_id
        return self.actor.may(permission) if estate is None else self.actor.may_at(permission, estate)

    def read(self, ask: Query[F, R], wanted: F) -> R:
        """Answer a query; a refusal is shown and ends the run."""
        try:
            return fetch(self.database, ask, wanted, actor=self.actor, now=self.now)
        except BusinessError as error:
            self.refuse(error)

    def submit(self, act: Operation[C, R], command: C) -> Saved[R] | None:
        """Carry out a command; a refusal is said in one sentence, nothing is saved and what was typed stays."""
        result = self.attempt(act, command)
        if isinstance(result, Saved):
            return result
        st.error(error_sentence(self.words, result), icon=":material/block:")
        return None

    def attempt(self, act: Operation[C, R], command: C) -> Saved[R] | BusinessError:
        """Carry out a command; a refusal is given back, for a page that has its own place to say it."""
        identify = identify_proven_by if permission_of(act) in NEEDS_PROOF else identify_by
        try:
            return Saved(perform(self.database, act, command, identify=identify(self.token), now=self.now))
        except ProofNeeded:
            proof.ask()
        except BusinessError as error:
            return error

    def again(self) -> "Page":
        """The page as it is now, for a fragment that runs by itself: who is there, and what time it is.

        Nobody there any more who may open it ends the fragment; the whole page then says so.
        """
        now, session = clock.now(), present_session()
        if session is None or not session.actor.may(self.entry.permission):
            st.rerun()
        _touch(self.database, self.token, session, now)
        return replace(self, session=session, now=now)

    def done(self, message: str, *, renew: str = "", **record: int) -> NoReturn:
        """Keep a sentence to show (and a record to open), and run the page again with the new facts.

        ``renew`` names the form whose money command was carried out. Its number changes last: a click that comes
        between sends the same number again, and gets the same answer (R4).
        """
        state.put_outcome(message, **record)
        if renew:
            state.renew_intent(renew)
        st.rerun()

    def refuse(self, error: BusinessError) -> NoReturn:
        """Show why not, and end the run."""
        st.error(error_sentence(self.words, error), icon=":material/block:")
        st.stop()

    def need_estate(self) -> EstateId:
        """Give the chosen estate, or ask for one and end the run."""
        if self.filter.estate_id is None:
            st.info(self.t("Choose an estate above to go on."), icon=":material/location_city:")
            st.stop()
        return self.filter.estate_id

    def estate_name(self, estate: EstateId) -> str:
        """The name of one of the person's estates."""
        return next((option.name for option in self.estates if option.id == estate), "")


def open_page(key: str) -> Page:
    """Begin a page: sign-in, permission, title, filter, what was said last. Every script calls it or ``live_page``."""
    page = _begun(key)
    _say_last(state.take_outcome(key))
    return page


def live_page(key: str, body: Callable[[Page], None]) -> None:
    """A page whose body runs by itself, so that a filter, another screenful or a row opened costs little (S1).

    ``body`` draws everything under title and filter bar. A change of those, a save and a sign-out run the whole page.
    """
    page = _begun(key)
    st.session_state[_FRESH] = (page.now, state.take_outcome(key))
    _live(page, body)


@st.fragment
def _live(page: Page, body: Callable[[Page], None]) -> None:
    at, said = st.session_state.pop(_FRESH, (None, None))
    if at != page.now:  # a run of the body alone, perhaps after a run of the page that a click broke off
        page = page.again()
    _say_last(said)
    body(page)


def _say_last(said: str | None) -> None:
    if said:
        st.success(said, icon=":material/check_circle:")


def _begun(key: str) -> Page:
    entry, now, token = page_entry(key), clock.now(), sign_in.current_token()
    database = portal_database()
    session = state.take_handed(token) or present_session()
    if session is None:
        signed_out()
    state.keep_for(str(session.session_id))
    _touch(database, token, session, now)
    nothing_chosen = EstateMonth(None, Month.of(local_day(now)))
    page = Page(entry, database, session, token, now, Translator(session.actor.language), nothing_chosen)
    _check_permission(page)
    page = _with_filter(page)
    proof.show_form(database, token, page.words, now)
    return page


def _touch(database: Database, token: str, session: LiveSession, now: datetime) -> None:
    """Note that the person is still at work, at most once in a while."""
    if now - session.last_seen_at >= TOUCH_EVERY:
        touch_session(database, token, now)


def present_session() -> LiveSession | None:
    """Read who is signed in at this connection, from the database, anew on every rerun."""
    with portal_database().reading() as connection:
        return live_session(connection, sign_in.current_token(), clock.now())


def signed_out() -> NoReturn:
    """Say in both languages that nobody is signed in, with the way back, and end the run."""
    st.session_state.clear()
    for language in ("zh_CN", "en"):
        st.warning(Translator(language).t("You are signed out. Please sign in again."), icon=":material/lock:")
    st.link_button("登录 / Sign in", "/session/sign-in")
    st.stop()


def _check_permission(page: Page) -> None:
    if page.actor.may(page.entry.permission):
        return
    roles = page.t(", ").join(page.label(f"enum.Role.{role.value}") for role in roles_with(page.entry.permission))
    st.warning(page.t("You may not open this page. It is open to: %(roles)s.", roles=roles), icon=":material/lock:")
    st.stop()


def _with_filter(page: Page) -> Page:
    """Draw title and filter bar, and give the page with what was chosen."""
    estates = page.read(estate_options, None)
    chosen = state.chosen_filter()
    this_month = Month.of(page.today)
    code = chosen.estate_code if any(option.code == chosen.estate_code for option in estates) else None
    month = chosen.month or this_month
    title, where, when = st.columns([5, 4, 2], vertical_alignment="bottom")
    title.markdown(f"### {page.t(page.entry.title)}")
    if page.entry.has_estate:
        _choose_estate(page, where, estates, code)
    if page.entry.has_period:
        _choose_month(page, when, this_month, month)
    state.keep_filter(code, chosen.month)
    seen = code if page.entry.has_estate else None  # a filter nobody sees must not narrow anything
    estate = next((option.id for option in estates if option.code == seen), None)
    month = month if page.entry.has_period else this_month
    return replace(page, estates=estates, filter=EstateMonth(estate, month))


def _choose_estate(page: Page, place: DeltaGenerator, estates: tuple[EstateOption, ...], code: str | None) -> None:
    names = {option.code: f"{option.name} · {option.code}" for option in estates}
    state.set_picker(state.ESTATE_PICKER, code)
    place.selectbox(
        page.t("Estate"),
        [None, *names],
        key=state.ESTATE_PICKER,
        format_func=lambda c: names.get(c, page.t("All my estates")),
        on_change=state.take_picked,
    )


def _choose_month(page: Page, place: DeltaGenerator, this_month: Month, month: Month) -> None:
    months = [str(m) for m in reversed(months_between(this_month.shift(-_MONTHS_BACK), this_month.shift(1)))]
    if str(month) not in months:
        months.append(str(month))
    state.set_picker(state.MONTH_PICKER, str(month))
    place.selectbox(page.t("Month"), months, key=state.MONTH_PICKER, on_change=state.take_picked)
