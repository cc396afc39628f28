"""Fee overview: five figures, the balance proved, trend, ageing, places compared, payment mix (R-045 to R-052)."""

import streamlit as st

from core.admin.codes import CodeList
from core.analytics.fees import RateKind, collection_trend, compare_estates, payment_mix
from core.fees.collection import HouseholdRate, movement
from core.kernel.identity import EstateId
from db.queries.fee_overview import collection_cells, fee_settings, household_counts, receipts_by_method
from db.queries.overdue import OpenWanted, open_amounts, overdue_places
from pages._shell.code_words import code_words
from pages._shell.links import open_button
from pages._shell.page import open_page
from pages._shell.panels.fee_figures import (
    PlaceFigures,
    ageing_chart,
    balance_line,
    mix_chart,
    overdue_card,
    places_compared,
    rate_card,
    rate_series,
    trend_chart,
)

page = open_page("fees.overview")
t, wanted = page.t, page.filter

settings = page.read(fee_settings, wanted)
cells = page.read(collection_cells, wanted)
if not cells.together:
    st.info(t("No bill has been posted here yet. Bills come from a bill run."), icon=":material/inbox:")
    open_button(page, t("Open bill runs"), "fees.bill_runs", key="open.runs")
    st.stop()
households = page.read(household_counts, wanted)
owed = page.read(open_amounts, OpenWanted(wanted.estate_id, wanted.month, settings.ageing_bounds))
late = {row.place: row for row in page.read(overdue_places, wanted)}

trend = collection_trend(cells=cells.together, last=wanted.month, months=13)
series = rate_series(page, trend, dict(households.by_month))
for column, each in zip(columns := st.columns(5), series, strict=False):
    with column:
        rate_card(page, each, settings.benchmark_mean_percent)
with columns[4]:
    overdue_card(page, owed.overdue, late.values())

balance_line(page, movement(cells=cells.together, month=wanted.month), owed.owed_at_end)

left, right = st.columns([3, 2])
with left:
    trend_chart(page, [rates.month for rates in trend], series, settings)
with right:
    ageing_chart(page, owed.buckets)

compared = compare_estates(
    cells=[(EstateId(place), cell) for place, cell in cells.by_place],
    month=wanted.month,
    kind=RateKind.COMBINED,
    benchmark=settings.benchmark_mean_percent,
    ambition=settings.benchmark_good_percent,
)
buildings = {number: t("Building %(code)s", code=code) for number, code in cells.names.items()}
names = buildings or {int(option.id): option.name for option in page.estates}
paid_up = dict(households.by_place)
figures = [
    PlaceFigures(
        place=each.estate_id,
        name=names.get(each.estate_id, str(each.estate_id)),
        rates=each.rates,
        households=paid_up.get(each.estate_id, HouseholdRate(0, 0)),
        late=late.get(each.estate_id),
    )
    for each in compared.estates
]
places_compared(page, figures)

mix = payment_mix(rows=page.read(receipts_by_method, wanted), first=wanted.month.shift(-11), last=wanted.month)
mix_chart(page, mix, code_words(page, CodeList.PAYMENT_METHOD))
