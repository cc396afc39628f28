"""Who has how much to do, who answers for what was red, and what was decided about it (R-082, R-109)."""

from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade
from core.complaints.workload import AGE_STEP_DAYS, GRADE_POINTS, MOST_AGE_POINTS, AccountabilityAction
from core.kernel.texts import LONGEST_REASON
from core.work_orders.dispatch import FAILURE_POINTS, KIND_POINTS
from core.work_orders.kinds import WorkKind
from db.operations.accountability import RecordAccountability, record_accountability
from db.queries.case_accountability import (
    AccountableRow,
    ActionsWanted,
    RedCaseRow,
    RedCasesWanted,
    accountability,
    decided_actions,
    red_cases,
)
from db.queries.case_insight import days_of
from db.queries.case_workload import HandlerLoad, LoadsWanted, handler_loads
from locales.labels import enum_label
from pages._shell.charts import Row, show_chart
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    count_column,
    first_of,
    heading,
    insight_wanted,
    offer_figures,
    right_column,
    span_words,
    text_column,
)
from pages._shell.panels.service_insight_charts import loads_chart
from pages._shell.panels.service_words import span_text
from pages._shell.tables import Column, chosen_slice, show_table
from pages._shell.widgets import ROWS, leave_form, list_key, open_form, send_button

NOTES_SHOWN: Final = 20
"""Decided actions of a case that are listed."""


def show_people(page: Page) -> None:
    """The load of today, then the red cases of the month by who answers for them."""
    _show_loads(page, page.read(handler_loads, LoadsWanted(page.filter.estate_id)))
    st.divider()
    _show_accountable(page)


# --- load


def _show_loads(page: Page, loads: tuple[HandlerLoad, ...]) -> None:
    t = page.t
    heading(t("Workload now, weighted"), _points_words(page))
    if not loads:
        st.info(t("Nobody has anything to do: no case and no request is open."), icon=":material/check_circle:")
        return
    columns: list[Column[HandlerLoad]] = [
        text_column(t("Person in charge"), lambda load: _name(page, load.name)),
        text_column(t("Past limits"), lambda load: _late_words(page, load)),
        count_column(t("Open cases"), lambda load: load.cases),
        count_column(t("of which urgent"), lambda load: load.urgent),
        count_column(t("Points of cases"), lambda load: load.points),
        count_column(t("Requests"), lambda load: load.requests),
        count_column(t("Points of requests"), lambda load: load.order_points),
        count_column(t("Points in all"), lambda load: load.all_points),
        text_column(t("Oldest since"), lambda load: page.words.date(load.oldest_at) if load.oldest_at else "–"),
    ]
    shown = first_of(loads)
    names = (t("Points of cases"), t("Points of requests"))
    rows: list[Row] = [
        {"name": _name(page, load.name), "kind": name, "points": points, "place": place, "sum": load.all_points}
        for load in shown
        for place, (name, points) in enumerate(zip(names, (load.points, load.order_points), strict=True))
    ]
    told = t(", ").join(f"{_name(page, load.name)} {page.words.integer(load.all_points)}" for load in shown)
    left, right = st.columns([1, 2])
    with left:
        spec = loads_chart(len(shown), *names, x_title=t("Weighted points"))
        show_chart(spec, rows, alt_text=told, key="chart.loads")
    with right:
        compact = [columns[place] for place in (0, 1, 2, 3, 5, 7, 8)]
        show_table(page, loads, compact, key="insight.loads", empty="", counted=False)
        offer_figures(page, loads, columns, name="service_loads")
    st.caption(_points_words(page))


def _points_words(page: Page) -> str:
    """How the points come about."""
    grades, kinds = GRADE_POINTS, KIND_POINTS
    return page.t(
        "A case counts %(urgent)s points if urgent, %(major)s if major, %(normal)s if normal, and one more for every "
        "%(days)s full days it is open (%(most)s at most). A request counts %(failure)s for a failure of a public "
        "system, %(repair)s for a repair, %(other)s for anything else.",
        urgent=grades[CaseGrade.URGENT], major=grades[CaseGrade.MAJOR], normal=grades[CaseGrade.NORMAL],
        days=AGE_STEP_DAYS, most=MOST_AGE_POINTS, failure=FAILURE_POINTS, repair=kinds[WorkKind.REPAIR],
        other=kinds[WorkKind.OTHER],
    )  # fmt: skip


def _name(page: Page, name: str) -> str:
    return name or page.t("nobody has it yet")


def _late_words(page: Page, load: HandlerLoad) -> str:
    parts = [f"{sign} {page.words.integer(n)}" for sign, n in (("🔴", load.red), ("🟠", load.amber)) if n]
    return " ".join(parts) or page.t("✓ none late")


# --- accountability


def _show_accountable(page: Page) -> None:
    t, wanted = page.t, insight_wanted(page)
    heading(
        t("Accountability: red cases by who handles them"),
        t("Cases with a clock that stopped after its hard limit in these days, or runs past it. A case counts once, "
          "for whoever handles it now. What follows, a person decides; the portal proposes nothing."),
    )  # fmt: skip
    st.caption(span_words(page, days_of(wanted, page.now).this))
    lines = page.read(accountability, wanted)
    columns: list[Column[AccountableRow]] = [
        text_column(t("Person in charge"), lambda row: _name(page, row.name)),
        count_column(t("Red cases"), lambda row: row.count),
        text_column(t("still red"), lambda row: f"🔴 {page.words.integer(row.still)}" if row.still else t("✓ none")),
        right_column(t("Worst overrun"), lambda row: span_text(page, row.worst_overrun)),
        text_column(t("Worst case"), lambda row: row.worst_number),
        count_column(t("Actions decided"), lambda row: row.actions),
    ]
    key = list_key("insight.accountable", wanted)
    picked = show_table(
        page, lines, columns, key=key, empty=t("✓ No case missed its hard limit in these days."), opens=True,
        counted=False,
    )  # fmt: skip
    offer_figures(page, lines, columns, name="service_accountability")
    if picked is not None:
        with st.container(border=True):
            _show_reds(page, picked)
    elif lines:
        st.caption(t("Pick a person to see the red cases and to decide what follows."))


def _show_reds(page: Page, person: AccountableRow) -> None:
    t = page.t
    st.markdown(f"**{t('Red cases of %(name)s', name=plain(_name(page, person.name)))}**")
    wanted = insight_wanted(page)
    key = list_key("insight.reds", wanted, person.staff)
    found = page.read(red_cases, RedCasesWanted(wanted, person.staff, chosen_slice(key, ROWS)))
    columns: list[Column[RedCaseRow]] = [
        text_column(t("Case number"), lambda row: row.number),
        text_column(t("Estate"), lambda row: row.estate_name),
        text_column(t("Kind of matter"), lambda row: enum_label(page.words, row.record_type)),
        text_column(t("State"), lambda row: enum_label(page.words, row.state)),
        right_column(t("Over the limit by"), lambda row: span_text(page, row.overrun)),
        text_column(t("now"), lambda row: t("🔴 still runs") if row.running else t("✓ stopped")),
        count_column(t("Actions decided"), lambda row: row.actions),
    ]
    empty = t("There is nothing here any more.")
    case = show_table(page, found.rows, columns, key=key, total=found.total, empty=empty, opens=True, size=ROWS)
    if case is None:
        st.caption(t("Pick a case to see what was decided, and to decide."))
        return
    left, right = st.columns([1, 1])
    with left:
        _show_actions(page, case)
    with right:
        _show_form(page, person, case)


def _show_actions(page: Page, case: RedCaseRow) -> None:
    t = page.t
    text = t("Open %(name)s", name=plain(case.number))
    address: dict[str, object] = {"of": case.estate_id, "case": case.case_id}
    open_button(page, text, "service.cases", key="open.case", estate=case.estate_id, **address)
    actions = page.read(decided_actions, ActionsWanted(case.estate_id, case.case_id))
    if not actions:
        st.caption(t("Nothing was decided about this case yet."))
    for one in actions[:NOTES_SHOWN]:
        with st.container(border=True, gap=None):
            whom = _name(page, one.staff_name)
            st.markdown(f"**{enum_label(page.words, one.action)}** · {plain(whom)}")
            st.text(one.note)
            st.caption(plain(f"{one.made_by_name} · {page.words.instant(one.made_at)}"))


def _show_form(page: Page, person: AccountableRow, case: RedCaseRow) -> None:
    """The form for who assigns cases; what is decided is added for good."""
    t = page.t
    if not page.actor.may_at(Permission.CASES_ASSIGN, case.estate_id):
        return
    form = open_form(f"accountability.{case.estate_id}.{case.case_id}")
    actions = list(AccountabilityAction)
    with st.form(form.key("form"), enter_to_submit=False):
        st.markdown(f"**{t('Decide what follows for %(name)s', name=plain(_name(page, person.name)))}**")
        action = st.selectbox(
            t("What follows"), actions, format_func=lambda one: enum_label(page.words, one), key=form.key("action")
        )
        note = st.text_area(
            t("Why, and what is agreed (name no customer)"), max_chars=LONGEST_REASON, height=90, key=form.key("note")
        )
        sent = send_button(page, form, t("Record the decision"))
    if sent:
        command = RecordAccountability(case.estate_id, case.case_id, person.staff, action, note)
        if page.submit(record_accountability, command):
            leave_form(form.name)
            page.done(t("The decision about %(number)s is recorded.", number=case.number))
