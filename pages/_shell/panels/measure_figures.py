"""The figures of a measure: worked out where the portal knows the metric, typed where it is one's own (R-156)."""

import unicodedata
from decimal import Decimal
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.imports.quantities import Measure, decimal_of
from core.kernel.identity import EstateId, RoundId
from core.kernel.periods import Month, months_between
from core.meetings.effects import LARGEST_FIGURE, LONGEST_FIGURE_NOTE, MOST_DECIMALS, Figure, Metric
from db.operations.measures import FigurePlace, SetFigure, Side, set_figure
from db.queries.measure_forms import FEE_METRICS, FigureWanted, RoundsWanted, figure_rounds, known_figure_of
from db.queries.measures import MeasureCard
from locales.labels import error_sentence
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.measures import figure_source, save_measure, value_text
from pages._shell.widgets import OpenForm, open_form, typed_figure, warn_if_stale

MONTHS_BACK: Final = 24
_ANY: Final = Measure(decimals=MOST_DECIMALS, largest=Decimal(LARGEST_FIGURE), units=frozenset())


def value_box(form: OpenForm, label: str, stored: Decimal | None) -> tuple[str, DeltaGenerator]:
    """A box for a figure, and the place below it for what is wrong with it."""
    start = "" if stored is None else f"{stored.normalize():f}"
    typed = st.text_input(label, start, max_chars=24, key=form.key("value"))
    return typed, st.empty()


def read_value(page: Page, typed: str, below: DeltaGenerator) -> Decimal | None:
    """Read a figure that may lie below 0; what cannot be read is said at the box."""
    text = unicodedata.normalize("NFKC", typed).strip().replace("−", "-")
    negative = text.startswith("-")
    reading = decimal_of(text.removeprefix("-"), measure=_ANY)
    if isinstance(reading.value, Decimal):
        return -reading.value if negative else reading.value
    below.error(page.t("Write a number, with at most six decimals."))
    return None


def show_figures(page: Page, card: MeasureCard) -> None:
    """The figures before and after: worked out where the portal knows the metric, typed where it is one's own."""
    row = card.row
    form = open_form(f"measure.figure.{row.estate_id}.{row.measure_id}", row.version)
    warn_if_stale(page, form)
    tiles, t = st.columns(2), page.t
    shown = ((t("Value before"), row.before), (t("Value after"), row.after))
    for tile, (title, figure) in zip(tiles, shown, strict=True):
        tile.metric(title, value_text(page, row.goal, figure))
        if figure is not None:
            tile.caption(plain(figure_source(page, figure)))
    if row.goal.metric is Metric.OWN_FIGURE:
        _own_figure(page, card, form)
    else:
        _known_figure(page, card, form)


def _own_figure(page: Page, card: MeasureCard, form: OpenForm) -> None:
    t = page.t
    with st.form(form.key("form"), enter_to_submit=False):
        places = st.columns([2, 2, 2, 5])
        with places[0]:
            typed, below = value_box(form, t("Value of the figure"), None)
        on = places[1].date_input(t("Of the day"), page.today, format="YYYY-MM-DD", key=form.key("on"))
        with places[2]:
            n = typed_figure(page, t("Number of answers, if any"), None, decimals=0, key=form.key("n"))
        note = places[3].text_input(t("Where it comes from"), max_chars=LONGEST_FIGURE_NOTE, key=form.key("note"))
        side = _side_buttons(page, form)
    if side is None:
        return
    value, (answers, readable) = read_value(page, typed, below), n()
    if value is not None and readable:
        _save_figure(page, card, form, side, Figure(value, answers, on or page.today, note))


def _known_figure(page: Page, card: MeasureCard, form: OpenForm) -> None:
    """Choose the round or month, look at the figure, take it as before or after."""
    row = card.row
    place = _month(page, form) if row.goal.metric in FEE_METRICS else _round(page, form, row.estate_id)
    if place is None:
        st.caption(page.t("There is no survey round yet to take a figure from."))
        return
    found = page.read(known_figure_of, FigureWanted(row.estate_id, row.goal, place))
    if found.figure is None:
        if found.refusal is not None:
            st.info(error_sentence(page.words, found.refusal), icon=":material/info:")
        return
    value, source = value_text(page, row.goal, found.figure), plain(figure_source(page, found.figure))
    st.markdown(page.t("The portal works out **%(value)s** (%(source)s).", value=plain(value), source=source))
    with st.form(form.key("form"), enter_to_submit=False, border=False):
        side = _side_buttons(page, form)
    if side is not None:
        _save_figure(page, card, form, side, place)


def _side_buttons(page: Page, form: OpenForm) -> Side | None:
    with st.container(horizontal=True):
        before = st.form_submit_button(page.t("Take as the value before"), key=form.key("send.before"))
        after = st.form_submit_button(page.t("Take as the value after"), key=form.key("send.after"))
    return Side.BEFORE if before else Side.AFTER if after else None


def _save_figure(page: Page, card: MeasureCard, form: OpenForm, side: Side, value: Figure | FigurePlace) -> None:
    row = card.row
    command = SetFigure(row.estate_id, row.measure_id, form.version, side, value)
    said = page.t("The value before is stored.") if side is Side.BEFORE else page.t("The value after is stored.")
    save_measure(page, set_figure, command, said, form=form, row=row)


def _round(page: Page, form: OpenForm, estate: EstateId) -> FigurePlace | None:
    rounds = {each.round_id: f"{each.name} · {each.code}" for each in page.read(figure_rounds, RoundsWanted(estate))}
    if not rounds:
        return None
    chosen = st.selectbox(
        page.t("Survey round"), list(rounds), format_func=lambda code: rounds[code], key=form.key("round")
    )
    return FigurePlace(round_id=RoundId(chosen))


def _month(page: Page, form: OpenForm) -> FigurePlace:
    this = Month.of(page.today)
    months = {str(month): month for month in reversed(months_between(this.shift(-MONTHS_BACK), this))}
    chosen = st.selectbox(
        page.t("Month"), list(months), format_func=lambda code: page.words.month(months[code]), key=form.key("month")
    )
    return FigurePlace(month=months[chosen])
