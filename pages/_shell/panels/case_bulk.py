"""Several classified cases picked in the queue and given to one handler; each case says what became of it (R-082)."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from core.admin.codes import CodeList
from core.complaints.taxonomy import HOME_DEPARTMENTS
from core.kernel.identity import EstateId
from db.operations.case_moves import AssignOutcome, BulkAssign, bulk_assign
from db.queries.cases import CaseList, CaseRow
from locales.labels import error_sentence
from pages._shell import state
from pages._shell.code_words import code_words
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.case_assign import people_for, person_picker
from pages._shell.tables import Column
from pages._shell.widgets import leave_form, new_round, open_form

FORM: Final = "cases.bulk"
SEVERAL: Final = 50
"""So many rows are shown to pick from."""

_SHOWN: Final = "cases.bulk.shown"
_REFUSED: Final = "cases.bulk.refused"


def pick_several(page: Page, found: CaseList, columns: Sequence[Column[CaseRow]], *, key: str) -> list[CaseRow]:
    """The queue with a box before each row, what is most pressing first; gives the rows picked.

    A click tells places in the list as it was shown; meanwhile somebody else may have changed it. So the rows are
    taken from the list shown last, with the versions they had there.
    """
    rows, before = found.rows, state.kept(_SHOWN, {})
    seen: Sequence[CaseRow] = before["rows"] if before.get("key") == key else rows
    state.keep(_SHOWN, {"key": key, "rows": rows})
    st.caption(page.t("Only classified cases that nobody has yet."))
    frame = pd.DataFrame({column.title: [str(column.value(row)) for row in rows] for column in columns})
    picked = st.dataframe(
        frame,
        hide_index=True,
        key=f"table.{key}.several",
        height="content",
        on_select="rerun",
        selection_mode="multi-row",
    )
    if found.total > len(rows):
        shown = page.t("The most pressing %(shown)s of %(total)s.", shown=len(rows), total=found.total)
        st.caption(shown)
    return [seen[place] for place in picked["selection"]["rows"] if place < len(seen)]


def show_bulk(page: Page, estate: EstateId, picked: Sequence[CaseRow]) -> None:
    """Whom the picked cases go to; people in the order of the proposal for what the cases have in common."""
    t, form = page.t, open_form(FORM)
    if not picked:
        st.caption(t("Pick the cases to assign in the list: the boxes on the left."))
        return
    people = people_for(page, estate, _home(picked))
    codes = code_words(page, CodeList.DEPARTMENT)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        title = page.words.tn("Handler for %(count)s case", "Handler for %(count)s cases", len(picked))
        handler = person_picker(page, title, people, codes, key=form.key(f"handler.{_home(picked)}"))
    if not right.button(t("Assign them"), type="primary", key=form.key("send"), width="stretch"):
        return
    if handler is None:
        st.error(t("Choose somebody first."), icon=":material/block:")
        return
    command = BulkAssign(estate, tuple((row.case_id, row.version) for row in picked), handler)
    saved = page.submit(bulk_assign, command)
    if saved:
        name = next(one.name for one in people if one.staff_id == handler)
        _tell(page, picked, saved.value, name)


def _home(picked: Sequence[CaseRow]) -> str:
    """The department that all of them go to, if it is one."""
    homes = {HOME_DEPARTMENTS[row.category] if row.category else "" for row in picked}
    return homes.pop() if len(homes) == 1 else ""


def _tell(page: Page, picked: Sequence[CaseRow], outcomes: Sequence[AssignOutcome], name: str) -> None:
    """Say of each case what became of it, and begin the list anew."""
    numbers = {row.case_id: row.number for row in picked}
    done = [numbers[one.case_id] for one in outcomes if one.problem is None]
    refused = [
        f"{numbers[one.case_id]}: {error_sentence(page.words, one.problem)}"
        for one in outcomes
        if one.problem is not None
    ]
    state.keep(_REFUSED, {"lines": refused})
    leave_form(FORM)
    new_round("cases")
    joined = page.t(", ").join(done) or "–"
    page.done(page.t("Assigned to %(name)s: %(numbers)s", name=plain(name), numbers=plain(joined)))


def show_refused(page: Page) -> None:
    """The cases that could not be assigned the last time, each with why; told once."""
    lines = state.kept(_REFUSED, {}).get("lines", ())
    state.keep(_REFUSED, {})
    if lines:
        st.warning(page.t("Not assigned:"), icon=":material/block:")
        for line in lines:
            st.text(line)
