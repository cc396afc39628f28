"""The parts of the fee overview: cards that open, the balance proved, charts with a sentence beside each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.settings import FeeSettings
from core.analytics.fees import MethodShare, MonthMix
from core.documents.tables import ColumnKind
from core.fees.collection import Bucket, CollectionRates, HouseholdRate
from core.fees.ledger import BalanceLine
from core.kernel.identity import EstateId
from core.kernel.money import Money, total
from core.kernel.periods import Month
from db.queries.overdue import OverduePlace
from pages._shell.charts import bars, lines, show_chart, stacked
from pages._shell.code_words import CodeWords
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.tables import Column, show_table
from pages._shell.widgets import list_key

RULES_HEIGHT: Final = 260


@dataclass(frozen=True, slots=True)
class RateSeries:
    """One rate over the months, oldest first, and what it means. ``figure`` names the units behind it."""

    figure: str
    title: str
    meaning: str
    values: tuple[Decimal | None, ...]


def rate_series(
    page: Page, trend: Sequence[CollectionRates], households: Mapping[Month, HouseholdRate]
) -> tuple[RateSeries, ...]:
    """The four rates of the overview with their definitions."""
    t, none = page.t, HouseholdRate(0, 0)
    return (
        RateSeries(
            "combined",
            t("Combined rate"),
            t("Received this month ÷ what could be collected this month, current fees and arrears together."),
            tuple(rates.combined_rate for rates in trend),
        ),
        RateSeries(
            "current",
            t("Current rate"),
            t("Received up to the month's end for the month's own bills ÷ those bills less relief."),
            tuple(rates.current_rate for rates in trend),
        ),
        RateSeries(
            "prior",
            t("Prior rate"),
            t("Received this month for earlier months ÷ arrears of earlier months at the month's start."),
            tuple(rates.prior_rate for rates in trend),
        ),
        RateSeries(
            "households",
            t("Household rate"),
            t("Households that owe nothing of the month's bills today ÷ households billed for the month."),
            tuple(households.get(rates.month, none).percent for rates in trend),
        ),
    )


def rate_card(page: Page, series: RateSeries, benchmark: Decimal) -> None:
    """One rate with its change since the month before, its distance from the benchmark, and the way to its units."""
    before, now = series.values[-2:]
    known = [float(value) for value in series.values if value is not None]
    st.metric(
        series.title,
        page.words.percent(now),
        points(page, None if now is None or before is None else now - before),
        help=series.meaning,
        border=True,
        chart_data=known,
        delta_description=page.t("vs last month"),
    )
    gap = points(page, None if now is None else now - benchmark) or page.t("n/a")
    st.caption(page.t("Benchmark %(mean)s %%: %(gap)s points", mean=benchmark, gap=gap))
    open_button(page, page.t("Units behind it"), "fees.bills", key=f"open.{series.figure}", figure=series.figure)


def points(page: Page, value: Decimal | None) -> str | None:
    """A change in percentage points, with its sign; nothing where there is none to tell."""
    return None if value is None else f"{'+' if value > 0 else ''}{page.words.decimal(value, places=1)}"


def signed(page: Page, amount: Money) -> str:
    """A change of money with its sign in front, as the arrow beside it needs it."""
    return f"{'-' if amount.fen < 0 else '+'}{page.words.money(Money(abs(amount.fen)))}"


def overdue_card(page: Page, amount: Money, places: Iterable[OverduePlace]) -> None:
    """The overdue amount of today with its change since last week and last month, and the way to its bills."""
    known = tuple(places)
    week, month = total(p.since_week.amount for p in known), total(p.since_month.amount for p in known)
    st.metric(
        page.t("Overdue amount"),
        page.words.money(amount),
        signed(page, week),
        delta_color="inverse",
        help=page.t("Past its due date and unpaid on %(day)s, whatever month is chosen above.", day=page.today),
        border=True,
        chart_data=[float((amount - change).yuan) for change in (month, week, Money(0))],
        delta_description=page.t("vs last week"),
    )
    st.caption(page.t("Since last month: %(change)s", change=signed(page, month)))
    open_button(page, page.t("Bills behind it"), "fees.bills", key="open.overdue", state="overdue", when="all")


def balance_line(page: Page, line: BalanceLine, owed: Money) -> None:
    """Say opening + billed − received − relief = closing, and whether bills and ledger agree with it."""
    said = page.t(
        "Opening %(opening)s + billed %(billed)s − received %(received)s − relief %(relief)s = closing %(closing)s.",
        opening=line.opening,
        billed=line.billed,
        received=line.received,
        relief=line.relief,
        closing=line.closing,
    )
    if line.closing == owed:
        st.success(said + " " + page.t("It balances with bills and ledger."), icon=":material/balance:")
        return
    wrong = page.t("It does not balance: bills and ledger say %(owed)s. Tell the accountant.", owed=owed)
    st.error(said + " " + wrong, icon=":material/error:")


def trend_chart(page: Page, months: Sequence[Month], series: Sequence[RateSeries], settings: FeeSettings) -> None:
    """The three collection rates of thirteen months with the benchmark lines (R-049, R-050)."""
    rules = (settings.benchmark_mean_percent, settings.benchmark_good_percent)
    st.markdown(f"##### {page.t('Collection rates by month')}")
    rows = [
        {"month": str(month), "rate": float(value), "kind": each.title}
        for each in series[:3]
        for month, value in zip(months, each.values, strict=True)
        if value is not None
    ]
    spec = lines("month", "rate", "kind", y_title="%", rules=tuple(map(float, rules)), height=RULES_HEIGHT)
    latest = page.t(", ").join(f"{each.title} {page.words.percent(each.values[-1])}" for each in series[:3])
    show_chart(spec, rows, alt_text=latest, key="chart.trend")
    st.caption(page.t("Dashed lines: mean %(mean)s %%, good practice %(good)s %%.", mean=rules[0], good=rules[1]))


def bucket_name(page: Page, bucket: Bucket) -> str:
    """What an ageing bucket is called."""
    if bucket.first is None:
        return page.t("Not yet due")
    if bucket.last is None:
        return page.t("%(first)s days and more", first=bucket.first)
    return page.t("%(first)s–%(last)s days", first=bucket.first, last=bucket.last)


def ageing_chart(page: Page, buckets: Sequence[Bucket]) -> None:
    """Open amounts by days overdue, each bucket with the way to its bills (R-048)."""
    st.markdown(f"##### {page.t('Ageing of what is open')}")
    rows = [
        {"bucket": bucket_name(page, b), "yuan": float(b.amount.yuan), "label": page.words.money(b.amount)}
        for b in buckets
    ]
    said = page.t(", ").join(f"{row['bucket']} {row['label']}" for row in rows)
    spec = bars("bucket", "yuan", y_title=page.t("Yuan"), horizontal=True)
    show_chart(spec, rows, alt_text=said, key="chart.ageing")
    with st.container(horizontal=True):
        for bucket in buckets[1:]:
            address: dict[str, object] = {"state": "overdue", "when": "all", "from": bucket.first, "to": bucket.last}
            key = f"open.bucket.{bucket.first}"
            open_button(page, bucket_name(page, bucket), "fees.bills", key=key, estate=None, **address)


def mix_chart(page: Page, mix: Sequence[MonthMix], names: CodeWords) -> None:
    """What came in by method and month, and the way to the payments (R-052)."""
    st.markdown(f"##### {page.t('Payments by method')}")
    rows = [
        {
            "month": str(month.month),
            "yuan": float(share.amount.yuan),
            "method": names.say(CodeList.PAYMENT_METHOD, share.method),
        }
        for month in mix
        for share in month.shares
    ]
    said = page.t(", ").join(_share(page, share, names) for share in mix[-1].shares)
    show_chart(stacked("month", "yuan", "method", y_title=page.t("Yuan")), rows, alt_text=said, key="chart.mix")
    st.caption(page.t("%(month)s: %(shares)s", month=mix[-1].month, shares=said or page.t("nothing came in")))
    open_button(page, page.t("Payments behind it"), "fees.collections", key="open.mix")


def _share(page: Page, share: MethodShare, names: CodeWords) -> str:
    part = "" if share.percent is None else f" ({page.words.percent(share.percent)})"
    return f"{names.say(CodeList.PAYMENT_METHOD, share.method)} {page.words.money(share.amount)}{part}"


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """One estate or building with all its figures; without overdue bills there is nothing overdue to show."""

    place: int
    name: str
    rates: CollectionRates
    households: HouseholdRate
    late: OverduePlace | None

    @property
    def overdue(self) -> Money:
        """What is overdue today."""
        return self.late.now.amount if self.late else Money(0)

    @property
    def overdue_rate(self) -> Decimal | None:
        """Overdue ÷ all that had fallen due."""
        return self.late.now.percent if self.late else None


def places_compared(page: Page, places: Sequence[PlaceFigures]) -> None:
    """Estates, or the buildings of one, side by side, best first; a picked one opens (R-047, R-049)."""
    t, one_estate = page.t, page.filter.estate_id is not None
    percent, money = ColumnKind.PERCENT, ColumnKind.MONEY
    st.markdown(f"##### {t('Buildings compared') if one_estate else t('Estates compared')}")
    columns: list[Column[PlaceFigures]] = [
        Column(t("Building") if one_estate else t("Estate"), lambda row: row.name),
        Column(t("Combined"), lambda row: page.words.percent(row.rates.combined_rate), percent),
        Column(t("Current"), lambda row: page.words.percent(row.rates.current_rate), percent),
        Column(t("Prior arrears"), lambda row: page.words.percent(row.rates.prior_rate), percent),
        Column(t("Households paid up"), lambda row: page.words.percent(row.households.percent), percent),
        Column(t("Overdue amount"), lambda row: row.overdue, money),
        Column(t("Since last week"), lambda row: signed(page, row.late.since_week.amount) if row.late else None, money),
        Column(
            t("Since last month"), lambda row: signed(page, row.late.since_month.amount) if row.late else None, money
        ),
        Column(t("Overdue rate"), lambda row: page.words.percent(row.overdue_rate), percent),
    ]
    picked = show_table(
        page, places, columns, key=list_key("places", page.filter), empty=t("There is nothing to compare."), opens=True
    )
    if picked is None:
        st.caption(t("Pick a line to open it."))
    elif one_estate:
        where: dict[str, object] = {"figure": "combined", "building": picked.place}
        open_button(
            page, t("Units of %(name)s", name=plain(picked.name)), "fees.bills", key="open.place", estate=None, **where
        )
    else:
        estate = EstateId(picked.place)
        open_button(page, t("Open %(name)s", name=plain(picked.name)), "fees.overview", key="open.place", estate=estate)
