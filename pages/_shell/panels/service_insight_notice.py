"""The public summary, ready to print or to copy, and the complaint rate by estate (R-106, R-107)."""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.complaints.redaction import PublicLine, PublicSummary
from core.documents.service_notice import NoticeLine, ServiceNotice, notice_text, service_notice_docx
from core.kernel.identity import COMPANY
from core.kernel.money import percent
from core.surveys.privacy import GROUP_LEAST
from db.operations.exports import RecordExport, record_export
from db.operations.sign_in import identify_by
from db.queries.case_insight import days_of
from db.queries.case_rates import CaseRates, EstateRate, complaint_rates, public_case_summary
from db.unit_of_work import perform
from locales.labels import enum_label
from pages._shell import clock
from pages._shell.charts import Row
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    charted,
    count_column,
    first_of,
    heading,
    insight_wanted,
    percent_text,
    right_column,
    show_days,
    span_words,
    text_column,
)
from pages._shell.panels.service_insight_charts import shares_chart
from pages._shell.tables import Column, show_table

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show_notice(page: Page) -> None:
    """What may hang on the board, and how many complaints 100 households make."""
    wanted = insight_wanted(page)
    days = days_of(wanted, page.now)
    show_days(page, days)
    left, right = st.columns([1, 1])
    with left:
        _show_summary(page, page.read(public_case_summary, wanted), days)
    with right:
        _show_rates(page, page.read(complaint_rates, wanted))


# --- the notice


def _show_summary(page: Page, summary: PublicSummary, days: Comparison) -> None:
    t = page.t
    heading(
        t("Public summary"),
        t("Counts only. A category with fewer than %(least)s complaints is put together with others, so that nobody "
          "can be found out; with fewer in all there are no lines. Withdrawn, merged and unclassified complaints are "
          "left out.", least=GROUP_LEAST),
    )  # fmt: skip
    if not summary.cases:
        st.info(
            t("No classified complaint in these days: there is nothing to publish. Choose another month above."),
            icon=":material/inbox:",
        )
        return
    notice = public_notice(page, summary, days)
    _show_table(page, notice)
    st.caption(t("As a text to copy:"))
    st.code(notice_text(notice=notice), language=None, wrap_lines=True)
    if page.may(Permission.EXPORT_TABLES):
        st.download_button(
            t("Notice to print (Word)"), data=partial(_document, page, notice, summary),
            file_name=f"{t('public-summary')}-{page.filter.month}.docx", mime=_WORD, icon=":material/description:",
            key="notice.docx", on_click="ignore",
        )  # fmt: skip


def public_notice(page: Page, summary: PublicSummary, days: Comparison) -> ServiceNotice:
    """What the notice says, in the person's language."""
    t = page.t
    estate = page.filter.estate_id
    place = t("all estates") if estate is None else page.estate_name(estate)
    who = t("The property service company") if estate is None else t("%(place)s, property service centre", place=place)
    lines = tuple(_line(page, line) for line in summary.lines)
    together = t("Smaller categories are put together. Handled means: the customer was told the result.")
    few = t("There were too few complaints to tell categories apart.")
    return ServiceNotice(
        title=t("How complaints were handled"),
        opening=t("%(place)s, complaints registered from %(days)s:", place=place, days=span_words(page, days.this)),
        head=NoticeLine(t("Category"), t("received"), t("handled by now"), t("share handled")),
        lines=lines,
        total=_counted(page, t("Sum"), summary.cases, summary.handled),
        remarks=(
            together if lines else few,
            t("If you want to tell us something, please come to the front desk or call the service hotline."),
        ),
        signature=(who, page.words.date(page.today)),
        note=t("%(who)s · %(when)s", who=page.actor.name, when=page.words.instant(page.now)),
    )


def _line(page: Page, line: PublicLine) -> NoticeLine:
    name = page.t("Other categories together") if line.category is None else enum_label(page.words, line.category)
    return _counted(page, name, line.cases, line.handled)


def _counted(page: Page, name: str, cases: int, handled: int) -> NoticeLine:
    share = percent_text(page, percent(handled, cases))
    figures = (page.words.integer(cases), page.words.integer(handled), share)
    said = page.t(
        "%(name)s: %(cases)s received, %(handled)s handled (%(share)s)",
        name=name, cases=figures[0], handled=figures[1], share=share,
    )  # fmt: skip
    return NoticeLine(name, *figures, said)


def _show_table(page: Page, notice: ServiceNotice) -> None:
    head = notice.head
    columns: list[Column[NoticeLine]] = [
        text_column(head.name, lambda line: line.name),
        right_column(head.cases, lambda line: line.cases),
        right_column(head.handled, lambda line: line.handled),
        right_column(head.share, lambda line: line.share),
    ]
    show_table(page, (*notice.lines, notice.total), columns, key="insight.notice", empty="", counted=False)


def _document(page: Page, notice: ServiceNotice, summary: PublicSummary) -> bytes:
    """Note in the audit log that the notice is taken out, then write it."""
    page = replace(page, now=clock.now())
    estate = page.filter.estate_id or COMPANY
    said = f"month={page.filter.month}, cases={summary.cases}"
    command = RecordExport("service_notice", said, len(notice.lines) + 1, personal=False, form="docx", estate_id=estate)
    perform(page.database, record_export, command, identify=identify_by(page.token), now=page.now)
    return service_notice_docx(notice=notice, made_at=page.now)


# --- the rate


def _show_rates(page: Page, rates: CaseRates) -> None:
    t = page.t
    heading(
        t("Complaints per 100 households and month"),
        t("Complaints registered in these days ÷ households × 100, by estate; households are those of the estate's "
          "record, else its units in use. Of a running month it is the rate so far."),
    )  # fmt: skip
    known = [row for row in rates.rows if row.rate is not None]
    if not known:
        st.info(
            t("No estate has households on record, so there is no rate. Enter them on the estate's page."),
            icon=":material/inbox:",
        )
        return
    rows: list[Row] = [
        {"name": row.estate_name, "n": float(row.rate or 0), "label": _rate_text(page, row.rate)}
        for row in first_of(known)
    ]
    columns: list[Column[EstateRate]] = [
        text_column(t("Estate"), lambda row: row.estate_name or t("All together")),
        count_column(t("Number of households"), lambda row: row.households),
        count_column(t("Complaints"), lambda row: row.complaints),
        right_column(t("Rate"), lambda row: _rate_text(page, row.rate)),
        count_column(t("Count before"), lambda row: row.complaints_before),
        right_column(t("Rate before"), lambda row: _rate_text(page, row.rate_before)),
    ]
    lines = (*rates.rows, rates.together) if len(rates.rows) > 1 else rates.rows
    told = t(", ").join(f"{row['name']} {row['label']}" for row in rows)
    charted(page, shares_chart(len(rows)), rows, lines, columns, key="rates", alt_text=told)
    st.caption(
        t("All together: %(rate)s, in the days before %(before)s", rate=_rate_text(page, rates.together.rate),
          before=_rate_text(page, rates.together.rate_before)),
    )  # fmt: skip


def _rate_text(page: Page, rate: Decimal | None) -> str:
    return page.t("n/a") if rate is None else page.words.decimal(rate, places=2)
