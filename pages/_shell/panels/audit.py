"""The parts of the audit page: paging by place, one entry before and after, the check of the chains (R-011, R16)."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import streamlit as st

from core.kernel.identity import COMPANY, EstateId
from core.kernel.money import Money
from core.kernel.periods import CHINA
from db.jobs.chains import BadChain, bad_chains
from db.jobs.snapshot import snapshot
from db.queries.audit import AuditLine, AuditPage, AuditPlace, ChainRow
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import show_facts

FAMILIES = (
    "sign_in", "sign_out", "session", "user", "set_up", "estates", "buildings", "units", "customers", "occupancies",
    "staff", "tariff", "bill_run", "payment", "credit", "money_request", "settings", "codes", "calendar", "imports",
    "export", "jobs", "demo",
)  # fmt: skip
"""The families of actions, to begin with; any other can be typed."""

SCALES = {"area": 2, "floor_area": 2, "plot_area": 2, "greening": 2, "plot_ratio": 2, "reference_price": 6}
"""Facts kept as whole numbers of their last decimal."""

_PLACES = "audit.places"


def start_of(day: date) -> datetime:
    """The instant a day begins in China."""
    return datetime.combine(day, time(), CHINA)


def end_of(day: date) -> datetime:
    """The instant the day after begins."""
    return start_of(day + timedelta(days=1))


def place_shown(filter_key: str) -> AuditPlace | None:
    """Where the present screenful begins; another filter begins at the newest entry."""
    kept = st.session_state.get(_PLACES)
    if kept is None or kept[0] != filter_key:
        kept = st.session_state[_PLACES] = (filter_key, ())
    places: tuple[AuditPlace, ...] = kept[1]
    return places[-1] if places else None


def _older(place: AuditPlace) -> None:
    key, places = st.session_state[_PLACES]
    st.session_state[_PLACES] = (key, (*places, place))


def _newer() -> None:
    key, places = st.session_state[_PLACES]
    st.session_state[_PLACES] = (key, places[:-1])


def show_pager(page: Page, found: AuditPage) -> None:
    """Buttons to older and newer entries."""
    with st.container(horizontal=True):
        begun = bool(st.session_state[_PLACES][1])
        st.button(page.t("Newer"), on_click=_newer, disabled=not begun, key="audit.newer", icon=":material/arrow_back:")
        st.button(
            page.t("Older"), on_click=_older, args=(found.next,), disabled=found.next is None, key="audit.older",
            icon=":material/arrow_forward:",
        )  # fmt: skip


def chain_name(page: Page, chain: int) -> str:
    """What a chain of the log belongs to."""
    return page.t("Whole company") if chain == COMPANY else page.estate_name(EstateId(chain)) or str(chain)


def action_words(page: Page, action: str) -> str:
    """What an action, or a family of them, is called; one nobody named is shown as it is."""
    return _known(page, "audit.action", action)


def subject_words(page: Page, line: AuditLine) -> str:
    """What an entry concerns."""
    kind = _known(page, "audit.subject", line.subject_type)
    return f"{kind} {_known(page, 'enum.SettingKey', line.subject_id)}"


def _fact_name(page: Page, name: str) -> str:
    words = _known(page, "audit.fact", name)
    return words if words != name else _known(page, "field", name)


def _known(page: Page, family: str, code: str) -> str:
    words = page.label(f"{family}.{code}")
    return code if words == f"{family}.{code}" else words


def show_entry(page: Page, line: AuditLine) -> None:
    """Show one entry with what was before and after."""
    facts: list[tuple[str, object]] = [
        (page.t("When"), line.at),
        (page.t("Who"), line.actor_name),
        (page.t("Action"), action_words(page, line.action)),
        (page.t("Concerns"), subject_words(page, line)),
        (page.t("Chain"), f"{chain_name(page, line.chain)} · {line.seq}"),
        (page.t("Reason"), line.reason),
    ]
    show_facts(page, facts)
    before, after = _facts(page, line.facts_before), _facts(page, line.facts_after)
    names = sorted(before.keys() | after.keys())
    columns = [
        Column[str](page.t("Field"), lambda name: _fact_name(page, name)),
        Column[str](page.t("Before"), lambda name: before.get(name, "")),
        Column[str](page.t("After"), lambda name: after.get(name, "")),
    ]
    show_table(page, names, columns, key="audit.facts", empty=page.t("No values were written down with this action."))
    st.caption(page.t("Names, numbers and notes stand here as tokens, never in clear."))


def _facts(page: Page, stored: str | None) -> dict[str, str]:
    values = json.loads(stored) if stored else {}
    return {name: _value(page, name, value) for name, value in values.items()}


def _value(page: Page, name: str, value: object) -> str:
    """A fact as a person reads it: kept whole numbers in their own unit again."""
    if isinstance(value, list):
        return ", ".join(_value(page, "", part) for part in value)
    if type(value) is int and name.endswith("_fen"):
        return page.words.money(Money(value))
    if type(value) is int and name in SCALES:
        return f"{Decimal(value).scaleb(-SCALES[name]):f}"
    return "–" if value is None else str(value)


def check_chains(page: Page, chains: Sequence[ChainRow]) -> None:
    """Recompute every chain the person may see, and show the first bad row of each that does not hold."""
    with st.spinner(page.t("Reading every entry again …")), snapshot(page.database) as connection:
        seen = {row.chain for row in chains}
        bad = {
            found.chain: found for found in bad_chains(connection) if found.chain in seen or page.actor.estates is None
        }
    entries = page.words.integer(sum(row.count for row in chains))
    if not bad:
        says = page.t("All %(chains)s chains hold: %(rows)s entries are as written.", chains=len(chains), rows=entries)
        st.success(says, icon=":material/verified:")
    for found in bad.values():
        _show_bad(page, found)


def _show_bad(page: Page, found: BadChain) -> None:
    says = page.t(
        "%(chain)s: entry no. %(seq)s does not hold: %(why)s. Keep the database file as it is and tell the auditor.",
        chain=chain_name(page, found.chain),
        seq=found.bad.seq,
        why=enum_label(page.words, found.bad.why),
    )
    st.error(says, icon=":material/gpp_bad:")


def show_heads(page: Page, chains: Sequence[ChainRow]) -> None:
    """Show where each chain ends, to be written down where nobody can change it."""
    columns = [
        Column[ChainRow](page.t("Chain"), lambda c: c.estate_name or page.t("Whole company")),
        Column[ChainRow](page.t("Entries"), lambda c: c.count),
        Column[ChainRow](page.t("Last hash"), lambda c: c.hash_hex),
    ]
    st.caption(page.t("Print or copy these ends: a log cut off or rewritten as a whole shows only against them."))
    show_table(page, chains, columns, key="audit.heads", empty=page.t("No chain yet."))


def fact_columns(page: Page) -> list[Column[AuditLine]]:
    """What an exported log holds beside what the list shows."""
    return [
        Column(page.t("Before"), lambda a: a.facts_before or ""),
        Column(page.t("After"), lambda a: a.facts_after or ""),
        Column(page.t("Reason"), lambda a: a.reason),
    ]
