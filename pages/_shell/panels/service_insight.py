"""What the views of service insight share: the choice of view, days in words, figures with their change, tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, Literal, TypeVar, cast

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.comparison import Comparison
from core.complaints.insight import InTime
from core.documents import tables as documents
from core.kernel.identity import COMPANY, EstateId
from core.kernel.periods import Span
from db.operations.exports import RecordExport, record_export
from db.operations.sign_in import identify_by
from db.queries.case_insight import InsightWanted
from db.unit_of_work import perform
from pages._shell import clock, state
from pages._shell.charts import Row, show_chart
from pages._shell.page import Page
from pages._shell.panels.service_words import span_text
from pages._shell.tables import Column, show_table

T = TypeVar("T")
VIEW: Final = "view"
_DAY: Final = timedelta(days=1)
_CHART_FIRST: Final = 15
"""Bars of a chart that may have many; the table beside it has all."""


def choose_view(page: Page) -> str:
    """Let the person choose a view; it stands in the address, so that a link opens it."""
    t = page.t
    views = {
        "overview": t("At a glance"),
        "spots": t("Hot spots"),
        "repeats": t("Complaints that repeat"),
        "steps": t("Time and steps"),
        "requests": t("Requests in figures"),
        "people": t("Workload and accountability"),
        "notice": t("Public summary"),
    }
    first = next(iter(views))
    code, key = st.query_params.get(VIEW, first), f"{page.entry.key}.{VIEW}"
    state.set_picker(key, code if code in views else first)
    st.segmented_control(
        t("Show"), list(views), format_func=views.__getitem__, required=True, key=key,
        label_visibility="collapsed", wrap=True, on_change=_take_view, args=(key, first),
    )  # fmt: skip
    return str(st.session_state[key])


def _take_view(key: str, first: str) -> None:
    """Take what was picked over into the address (a callback: runs before the page)."""
    picked = st.session_state[key]
    if picked == first:
        st.query_params.pop(VIEW, None)
    else:
        st.query_params[VIEW] = picked


def insight_wanted(page: Page) -> InsightWanted:
    """The month and estate in the header."""
    return InsightWanted(page.filter.estate_id, page.filter.month.span)


def span_words(page: Page, span: Span) -> str:
    """The first and last day of some days."""
    if span.end <= span.start:
        return "–"
    return page.t("%(first)s to %(last)s", first=span.start, last=_last(span))


def _last(span: Span) -> date:
    return span.end - _DAY


def show_days(page: Page, days: Comparison) -> None:
    """Say which days are shown and which they are compared with."""
    said = page.t(
        "%(this)s, compared with %(before)s", this=span_words(page, days.this), before=span_words(page, days.before)
    )
    running = page.t("The month still runs: as many days of the month before are taken.") if days.running else ""
    st.caption(" · ".join(filter(None, (said, running))))


# --- figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One figure: its value, what exactly it means, its change, the last weeks, and what it stands on.

    ``good``: whether more is better, worse, or neither.
    """

    title: str
    value: str
    meaning: str
    delta: str | None = None
    good: Literal["normal", "inverse", "off"] = "off"
    weeks: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


def show_cards(page: Page, cards: Sequence[Card]) -> None:
    """The figures side by side; a click on the sign beside a title tells how it is counted."""
    for place, card in zip(st.columns(len(cards)), cards, strict=True):
        with place.container(border=True, height="stretch", gap="xsmall"):
            moved = any(sign in "123456789" for sign in card.delta or "")
            st.metric(
                card.title,
                card.value,
                card.delta,
                delta_color=card.good if moved else "off",
                delta_arrow="auto" if moved else "off",
                help=card.meaning,
                chart_data=list(card.weeks) or None,
                delta_description=page.t("vs before") if card.delta else None,
            )
            for note in card.notes:
                st.caption(note.replace(" %", "\u00a0%"))


def percent_text(page: Page, value: Decimal | None) -> str:
    """A percentage, or "n/a"."""
    return page.words.percent(value)


def points_text(page: Page, value: Decimal | None, before: Decimal | None) -> str | None:
    """The change of a percentage in points with its sign; nothing where one is missing."""
    if value is None or before is None:
        return None
    change = value - before
    number = page.words.decimal(change, places=1)
    return page.t("%(number)s points", number=f"+{number}" if change > 0 else number)


def signed_text(page: Page, change: int) -> str:
    """A change of a count with its sign."""
    return f"{'+' if change > 0 else ''}{page.words.integer(change)}"


def time_text(page: Page, span: timedelta | None) -> str:
    """How long something takes, or "n/a"."""
    return page.t("n/a") if span is None else span_text(page, span)


def time_change(page: Page, this: timedelta | None, before: timedelta | None) -> str | None:
    """How much longer (+) or shorter (−) something took than before."""
    if this is None or before is None:
        return None
    change = this - before
    return f"{'-' if change < timedelta() else '+'}{span_text(page, change)}"


def hours_of(span: timedelta | None) -> float:
    """A length of time in hours, for charts."""
    return 0.0 if span is None else round(span / timedelta(hours=1), 2)


def kept_text(page: Page, kept: InTime) -> str:
    """``94.1 % (32 of 34)``; what is not due yet is told behind."""
    due = kept.in_time + kept.late
    if not due:
        return page.t("n/a")
    share = page.words.percent(kept.percent)
    return page.t("%(share)s (%(kept)s of %(due)s)", share=share, kept=kept.in_time, due=due)


def place_text(page: Page, area: str, *, is_building: bool, estate: str = "") -> str:
    """An area as people call it; of several estates with the estate's name."""
    name = page.t("Building %(code)s", code=area) if is_building else area or page.t("no place named")
    return f"{estate} · {name}" if estate else name


def estate_text(page: Page, name: str) -> str:
    """The name of an estate where several are shown, else nothing."""
    return name if page.filter.estate_id is None else ""


# --- charts with their figures


def heading(title: str, meaning: str = "") -> None:
    """The title over a chart or table; ``meaning``: how it is counted."""
    st.markdown(f"##### {title}", help=meaning or None)


def charted(
    page: Page,
    spec: dict[str, Any],
    shown: Sequence[Row],
    rows: Sequence[T],
    columns: Sequence[Column[T]],
    *,
    key: str,
    alt_text: str,
) -> None:
    """A chart, and behind a button the same figures as a table to read and to take along."""
    show_chart(spec, shown, alt_text=alt_text, key=f"chart.{key}")
    with st.popover(
        page.t("Figures of the chart"), icon=":material/table_rows:", type="tertiary", key=f"figures.{key}"
    ):
        show_figures(page, rows, columns, key=key, empty=page.t("There are no figures yet."))


def show_figures(page: Page, rows: Sequence[T], columns: Sequence[Column[T]], *, key: str, empty: str) -> None:
    """A table of figures with its export."""
    show_table(page, rows, columns, key=f"insight.{key}", empty=empty, counted=False)
    offer_figures(page, rows, columns, name=f"service_{key}")


def first_of(rows: Sequence[T]) -> Sequence[T]:
    """As many as a chart has room for."""
    return rows[:_CHART_FIRST]


def offer_figures(page: Page, rows: Sequence[T], columns: Sequence[Column[T]], *, name: str) -> None:
    """Offer a table of figures as a spreadsheet. It names no customer, so it asks for no password; it is audited."""
    if not rows or not page.may(Permission.EXPORT_TABLES):
        return
    st.download_button(
        page.t("Export (XLSX)"), data=partial(_workbook, page, tuple(rows), tuple(columns), name),
        file_name=f"{name}-{page.filter.month}.xlsx", key=f"export.{name}", icon=":material/download:",
        type="tertiary", on_click="ignore",
    )  # fmt: skip


def _workbook(page: Page, rows: Sequence[Any], columns: Sequence[Column[Any]], name: str) -> bytes:
    """Note in the audit log that the figures are taken out, then write them."""
    page = replace(page, now=clock.now())
    estate = page.filter.estate_id or COMPANY
    said = f"month={page.filter.month}"
    command = RecordExport(name, said, len(rows), personal=False, form="xlsx", estate_id=estate)
    perform(page.database, record_export, command, identify=identify_by(page.token), now=page.now)
    headings = [documents.Column(column.title, column.kind) for column in columns]
    values = [[_cell(page, column.value(row)) for column in columns] for row in rows]
    note = page.t(
        "%(who)s · %(when)s · %(rows)s rows", who=page.actor.name, when=page.words.instant(page.now), rows=len(rows)
    )
    return documents.to_xlsx(headings, values, title=name, note=note, made_at=page.now)


def _cell(page: Page, value: object) -> documents.Cell:
    """Numbers and days stay what they are, everything else is written in words."""
    plain = value is None or isinstance(value, str | Decimal | date) or type(value) is int
    return cast(documents.Cell, value) if plain else page.words.value(value)


def text_column(title: str, value: Callable[[T], object]) -> Column[T]:
    """A column of words."""
    return Column(title, value)


def count_column(title: str, value: Callable[[T], int]) -> Column[T]:
    """A column of counts."""
    return Column(title, value, documents.ColumnKind.INTEGER)


def share_column(title: str, value: Callable[[T], Decimal | None]) -> Column[T]:
    """A column of percentages."""
    return Column(title, value, documents.ColumnKind.PERCENT)


def right_column(title: str, value: Callable[[T], str]) -> Column[T]:
    """A column of finished figures, at the right edge."""
    return Column(title, value, documents.ColumnKind.PERCENT)


def estate_of(page: Page, estate: EstateId | None) -> EstateId | None:
    """The estate of a row, for a link that opens another page there."""
    return estate if estate is not None else page.filter.estate_id
