"""One fee standard with its ways on, and the form that proposes a new one (R-016)."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.fees.tariffs import Basis, TariffState
from core.kernel.identity import EstateId
from core.kernel.money import PRICE_SCALE, price_from_micro
from core.kernel.periods import Month
from db.operations.tariffs import (
    ApproveTariff,
    EndTariff,
    ProposeTariff,
    WithdrawTariff,
    approve_tariff,
    end_tariff,
    propose_tariff,
    withdraw_tariff,
)
from db.queries.tariffs import TariffRow
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.widgets import OpenForm, open_form, save_row, send_button, typed_figure, warn_if_stale

KEYS: Mapping[Basis, CodeList] = {
    Basis.AREA_GRADE: CodeList.UNIT_GRADE,
    Basis.USE: CodeList.USE,
    Basis.SERVICE_ITEMS: CodeList.SERVICE_ITEM,
}
"""Which list the keys of a basis' prices come from; the basis area has one price without a key."""


def price_text(page: Page, row: TariffRow, names: CodeWords) -> str:
    """The prices of a fee standard in one line."""
    lists = KEYS.get(row.basis)
    said = (f"{names.say(lists, key) if lists else ''} ¥{price.normalize():f}".strip() for key, price in row.prices)
    return page.t(", ").join(said)


def show_tariff(page: Page, row: TariffRow, names: CodeWords) -> None:
    """A fee standard and what the person may do with it: approve or withdraw a draft, end an approved one."""
    t, actor = page.t, page.actor
    with st.container(border=True):
        item = plain(names.say(CodeList.FEE_ITEM, row.item))
        st.markdown(f"##### {plain(row.estate_name)} · {item} · {enum_label(page.words, row.state)}")
        st.text(price_text(page, row, names))
        if row.approval_reference:
            st.caption(t("Reference: %(text)s", text=plain(row.approval_reference)))
        may_approve = actor.may_at(Permission.TARIFFS_APPROVE, row.estate_id)
        if row.state is TariffState.DRAFT:
            _draft(page, row, may_approve=may_approve)
        elif row.state is TariffState.APPROVED and may_approve:
            _end(page, row)


def _draft(page: Page, row: TariffRow, *, may_approve: bool) -> None:
    t, form = page.t, open_form(f"draft.{row.estate_id}.{row.tariff_id}", row.version)
    if row.made_by == page.actor.user_id:
        st.info(t("You proposed this yourself; somebody else approves it."), icon=":material/group:")
    elif may_approve and st.button(t("Approve"), type="primary", key="approve"):
        command = ApproveTariff(row.estate_id, row.tariff_id, form.version)
        said = t("Approved. It makes bills from its first day on.")
        save_row(page, "tariffs", approve_tariff, command, said, form=form)
    if page.actor.may_at(Permission.TARIFFS_MAKE, row.estate_id) and st.button(t("Withdraw"), key="withdraw"):
        withdraw = WithdrawTariff(row.estate_id, row.tariff_id, form.version)
        save_row(page, "tariffs", withdraw_tariff, withdraw, t("The proposal is withdrawn."), form=form)


def _end(page: Page, row: TariffRow) -> None:
    t, form = page.t, open_form(f"end.{row.estate_id}.{row.tariff_id}", row.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), enter_to_submit=False):
        last = Month.of(page.today).shift(1).first_day
        day = st.date_input(t("No bills for months from this day on"), last, format="YYYY-MM-DD", key=form.key("day"))
        sent = send_button(page, form, t("End it"))
    if sent:
        command = EndTariff(row.estate_id, row.tariff_id, day, form.version)
        save_row(page, "tariffs", end_tariff, command, t("The end is set."), form=form)


def propose(page: Page, estate: EstateId, names: CodeWords) -> None:
    """The form of a new fee standard; it makes no bills before somebody else approves it."""
    t, form = page.t, open_form(f"tariff.{estate}")
    st.markdown(f"##### {t('Propose a fee standard')}")
    bases = {basis.value: enum_label(page.words, basis) for basis in Basis}
    basis = Basis(st.selectbox(t("Basis"), list(bases), format_func=bases.__getitem__, key=form.key("basis")))
    uses = names.options(CodeList.USE)
    chosen = st.multiselect(
        t("Uses"), list(uses), format_func=uses.__getitem__, placeholder=t("All uses"), key=form.key("uses")
    )
    with st.form(form.key("form"), enter_to_submit=False):
        items = names.options(CodeList.FEE_ITEM)
        left, middle, right = st.columns(3)
        item = left.selectbox(t("Fee item"), list(items), format_func=items.__getitem__, key=form.key("item"))
        first = Month.of(page.today).shift(1).first_day
        start = middle.date_input(t("Valid from"), first, format="YYYY-MM-DD", key=form.key("from"))
        end = right.date_input(t("Up to, not including"), None, format="YYYY-MM-DD", key=form.key("to"))
        prices = _price_boxes(page, form, _price_keys(basis, names, tuple(chosen)))
        reference = st.text_input(t("Reference of the decision or contract"), max_chars=200, key=form.key("reference"))
        sent = send_button(page, form, t("Propose"))
    typed = {key: read() for key, read in prices.items()} if sent else {}
    if sent and all(readable for _, readable in typed.values()):
        known = tuple((key, price_from_micro(micro)) for key, (micro, _) in typed.items() if micro is not None)
        command = ProposeTariff(estate, item or "", basis, known, start, end, frozenset(chosen), reference)
        said = t("Proposed. It waits for somebody else to approve it.")
        save_row(page, "tariffs", propose_tariff, command, said, form=form)


def _price_keys(basis: Basis, names: CodeWords, uses: tuple[str, ...]) -> dict[str, str]:
    if basis is Basis.AREA:
        return {"": ""}
    known = names.options(KEYS[basis])
    return {use: known[use] for use in uses} if basis is Basis.USE and uses else known


def _price_boxes(
    page: Page, form: OpenForm, keys: Mapping[str, str]
) -> dict[str, Callable[[], tuple[int | None, bool]]]:
    places = st.columns(min(max(len(keys), 1), 4))
    boxes = {}
    for number, (key, word) in enumerate(keys.items()):
        with places[number % len(places)]:
            label = page.t("%(what)s: yuan a month", what=word) if word else page.t("Yuan a month and m²")
            boxes[key] = typed_figure(page, label, None, decimals=PRICE_SCALE, key=form.key(f"price.{key}"))
    return boxes
