"""What others measured or certified, beside our own figure (R-154): the list, recording one, withdrawing one."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId
from core.surveys.external import CERTIFICATE, CSI, LONGEST_BODY, LONGEST_NOTE
from core.surveys.scores import rounded
from db.operations.external_results import (
    RecordExternalResult,
    WithdrawExternalResult,
    record_external_result,
    withdraw_external_result,
)
from db.queries.external_results import ExternalResultsWanted, ExternalRow, external_results
from locales.labels import error_sentence
from pages._shell.code_words import CodeWords, code_words
from pages._shell.links import plain
from pages._shell.page import Page, Saved
from pages._shell.tables import Column, chosen_slice, show_table
from pages._shell.widgets import (
    ROWS,
    leave_form,
    list_key,
    open_form,
    round_of,
    save_row,
    send_button,
    typed_figure,
    warn_if_stale,
)

_LIST: Final = "external"
_DECIMALS: Final = 6
_FIELDS: Final = {
    "surveys.external.in_future": "measured_on",
    "surveys.external.subject": "subject",
    "surveys.external.score": "score",
    "surveys.external.score_missing": "score",
    "surveys.external.scale": "scale",
}
"""Beside which field a refusal is said; those of lines name their field themselves."""


def show_external(page: Page, estate_id: EstateId) -> None:
    """The results of others for an estate; who makes surveys may record and withdraw them."""
    t = page.t
    names = code_words(page, CodeList.SURVEY_DIMENSION)
    makes = page.actor.may_at(Permission.SURVEYS_MAKE, estate_id)
    key = list_key(_LIST, estate_id, round_of(_LIST))
    found = page.read(external_results, ExternalResultsWanted(estate_id, slice=chosen_slice(key, ROWS)))
    empty = t("Nobody else's result is recorded for this estate yet.")
    columns = _columns(page, names)
    picked = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=makes, size=ROWS)
    if found.rows:
        own = t("Our own result is that of the last regular survey begun by the day of measurement.")
        st.caption(own + " " + t("Percent is score ÷ best score × 100, for others as for us."))
    if makes:
        with st.container(border=True):
            if picked is None:
                _record(page, estate_id, names)
            else:
                _withdraw(page, estate_id, picked)


def subject_text(page: Page, names: CodeWords, subject: str) -> str:
    """What was measured, in words."""
    known = {CSI: page.t("Customer satisfaction index (CSI)"), CERTIFICATE: page.t("Certificate")}
    return known.get(subject) or names.say(CodeList.SURVEY_DIMENSION, subject)


def percent_text(page: Page, value: Fraction | None) -> str:
    """A percent to one decimal, a dash for none."""
    return "–" if value is None else page.words.percent(rounded(value, 1))


def score_text(page: Page, row: ExternalRow) -> str:
    """The score as it was given, with its scale; a dash for none."""
    if row.score is None or row.scale is None:
        return "–"
    return page.t("%(score)s of %(scale)s", score=_shortest(row.score), scale=_shortest(row.scale))


def own_text(page: Page, row: ExternalRow) -> str:
    """Our own figure with its round and sample, a dash for none."""
    if row.own is None:
        return "–"
    sample = page.t("n = %(n)s", n=page.words.integer(row.own.n))
    return f"{percent_text(page, row.own.percent)} ({row.own.round_code}, {sample})"


def _shortest(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _columns(page: Page, names: CodeWords) -> list[Column[ExternalRow]]:
    t = page.t
    return [
        Column(t("Evaluated by"), lambda row: row.body),
        Column(t("Measured on"), lambda row: row.measured_on, ColumnKind.DATE),
        Column(t("Subject"), lambda row: subject_text(page, names, row.subject)),
        Column(t("Their result"), lambda row: score_text(page, row)),
        Column(t("In percent"), lambda row: percent_text(page, row.percent), ColumnKind.PERCENT),
        Column(t("Our own result"), lambda row: own_text(page, row), ColumnKind.PERCENT),
        Column(t("Remark"), lambda row: row.note),
    ]


def _record(page: Page, estate: EstateId, names: CodeWords) -> None:
    """The form for a new result; what is wrong with it is said below the field."""
    t, form = page.t, open_form(f"external.{estate}")
    st.markdown(f"##### {t('Record the result of somebody else')}")
    with st.form(form.key("form"), enter_to_submit=False, border=False):
        below: dict[str, Any] = {}
        left, right = st.columns(2)
        with left:
            body = st.text_input(t("Evaluated by"), max_chars=LONGEST_BODY, key=form.key("body"))
            below["body"] = st.empty()
            subjects = [CSI, *names.options(CodeList.SURVEY_DIMENSION), CERTIFICATE]
            words = {code: subject_text(page, names, code) for code in subjects}
            subject = st.selectbox(t("Subject"), subjects, format_func=words.__getitem__, key=form.key("subject"))
            below["subject"] = st.empty()
            score = typed_figure(page, t("Score"), None, decimals=_DECIMALS, key=form.key("score"))
            below["score"] = st.empty()
        with right:
            day = st.date_input(t("Measured on"), page.today, format="YYYY-MM-DD", key=form.key("day"))
            below["measured_on"] = st.empty()
            note = st.text_input(t("Remark (of a certificate: its name)"), max_chars=LONGEST_NOTE, key=form.key("note"))
            below["note"] = st.empty()
            scale = typed_figure(page, t("Best possible score"), None, decimals=_DECIMALS, key=form.key("scale"))
            below["scale"] = st.empty()
        sent = send_button(page, form, t("Record the result"))
    if not sent:
        return
    (points, is_score), (most, is_scale) = score(), scale()
    if is_score and is_scale and isinstance(day, date):
        command = RecordExternalResult(estate, body, day, subject, _decimal(points), _decimal(most), note)
        result = page.attempt(record_external_result, command)
        if isinstance(result, Saved):
            leave_form(form.name)
            page.done(t("The result is recorded."))
        _say_at_field(page, result, below)


def _decimal(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro).scaleb(-_DECIMALS)


def _say_at_field(page: Page, error: BusinessError | None, below: dict[str, Any]) -> None:
    if error is not None:
        field = _FIELDS.get(str(error)) or str(error.fields.get("field", ""))
        below.get(field, st).error(error_sentence(page.words, error), icon=":material/block:")


def _withdraw(page: Page, estate: EstateId, row: ExternalRow) -> None:
    """Take a result back, with the reason; it stays in the books."""
    t = page.t
    form = open_form(f"external.withdraw.{estate}.{row.result_id}", row.version)
    warn_if_stale(page, form)
    recorded = t(
        "%(body)s, recorded %(when)s by %(who)s", body=row.body, when=page.words.instant(row.made_at),
        who=row.made_by_name or t("The portal"),
    )  # fmt: skip
    st.markdown(f"##### {plain(recorded)}")
    with st.form(form.key("form"), enter_to_submit=False, border=False):
        reason = st.text_input(t("Why is it withdrawn?"), max_chars=200, key=form.key("reason"))
        sent = send_button(page, form, t("Withdraw the result"))
    if sent:
        command = WithdrawExternalResult(estate, row.result_id, form.version, reason)
        save_row(page, _LIST, withdraw_external_result, command, t("The result is withdrawn."), form=form)
