"""The parts of the call-backs page: figures on top, the queue's words, a call-back with its outcome (R-145, R-152)."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

import streamlit as st

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.surveys.follow_ups import LONGEST_NOTE, FollowUpState
from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK
from db.operations.follow_ups import (
    SYSTEM_NOTES,
    NoteAttempt,
    SettleFollowUp,
    note_attempt,
    settle_follow_up,
)
from db.queries.customers import CustomerWanted, customer_card
from db.queries.follow_ups import (
    FollowUpCounts,
    FollowUpRow,
    FollowUpStep,
    FollowUpWanted,
    LowAnswer,
    Resident,
    follow_up_steps,
)
from locales.labels import enum_label
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.panels.customers import show_reveal_form
from pages._shell.tables import Column, show_table
from pages._shell.widgets import choose_panel, open_form, save_row, send_button, show_facts, warn_if_stale

LIST: Final = "call-backs"
_S: Final = FollowUpState
_LOW_SHOWN: Final = 2
_MARKS: Final = tuple(range(HIGHEST_MARK, LOWEST_MARK - 1, -1))


class Outcome(StrEnum):
    """What became of a call."""

    REACHED = "reached"
    IN_VAIN = "in_vain"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


_ENDS: Final = {
    Outcome.REACHED: FollowUpState.REACHED,
    Outcome.GIVEN_UP: FollowUpState.UNREACHABLE,
    Outcome.DROPPED: FollowUpState.DROPPED,
}


def show_counts(page: Page, counts: FollowUpCounts) -> None:
    """The four figures on top; what is wrong is said in words too, never in colour alone."""
    t, number = page.t, page.words.integer
    tiles = st.columns(4)
    late = t("⚠ past the day due") if counts.overdue else t("✓ none past the day due")
    tiles[0].metric(
        t("Overdue"), number(counts.overdue), late, "red" if counts.overdue else "green", delta_arrow="off",
        border=True, height="stretch",
    )  # fmt: skip
    soon = t("◔ call before the day ends") if counts.due_today else t("✓ nothing due today")
    tiles[1].metric(
        t("Due today"), number(counts.due_today), soon, "orange" if counts.due_today else "green", delta_arrow="off",
        border=True, height="stretch",
    )  # fmt: skip
    tiles[2].metric(t("Open call-backs"), number(counts.open), border=True, height="stretch")
    share = page.words.percent(counts.recovered_percent)
    good = t("%(good)s of %(reached)s reached are satisfied now", good=number(counts.recovered_this_quarter),
             reached=number(counts.reached_this_quarter))  # fmt: skip
    tiles[3].metric(
        t("Recovered this quarter"), share, good, "gray", delta_arrow="off", border=True, height="stretch",
        help=t("Customers who gave 4 or 5 in the call-back ÷ all customers reached, since the quarter began."),
    )  # fmt: skip


def queue_columns(page: Page, *, with_estate: bool, ended: bool, whole: bool = False) -> list[Column[FollowUpRow]]:
    """The columns of the queue; on the screen a line names two low marks, a ``whole`` one all of them."""
    t = page.t
    columns: list[Column[FollowUpRow]] = [
        Column(t("Unit"), lambda row: unit_text(page, row)),
        Column(t("Outcome") if ended else t("Time left"), lambda row: time_left(page, row)),
        Column(t("Lives there"), lambda row: people_text(page, row.people)),
        Column(t("Low marks"), lambda row: low_text(page, row, most=len(row.low) if whole else _LOW_SHOWN)),
        Column(t("Calls"), lambda row: row.attempts, ColumnKind.INTEGER),
        Column(t("Call by"), lambda row: row.due_on, ColumnKind.DATE),
        Column(t("Survey round"), lambda row: row.round_code),
    ]
    if ended:
        columns.insert(4, Column(t("New mark"), lambda row: row.new_mark, ColumnKind.INTEGER))
    return [Column(t("Estate"), lambda row: row.estate_name), *columns] if with_estate else columns


def time_left(page: Page, row: FollowUpRow) -> str:
    """How a call-back stands, as a sign and in words."""
    t = page.t
    if row.state is not _S.OPEN:
        return f"{'✓' if row.state is _S.REACHED else '✕'} {enum_label(page.words, row.state)}"
    if row.is_overdue:
        return "⚠ " + t("overdue since %(day)s", day=row.due_on + timedelta(days=1))
    if row.due_on == page.today:
        return "◔ " + t("due today")
    if not row.working_days_left:
        return "◔ " + t("no working day left")
    left = page.words.tn("%(count)s working day left", "%(count)s working days left", row.working_days_left)
    return f"○ {left}"


def unit_text(page: Page, row: FollowUpRow) -> str:
    """The unit's code; of a call-back that ended in a round that forgot whose form is whose, that nobody knows it."""
    return row.unit_code or page.t("no longer known")


def low_text(page: Page, row: FollowUpRow, *, most: int) -> str:
    """The questions with low marks in one line, the lowest first, at most so many of them.

    The lowest mark alone once the round forgot whose form is whose.
    """
    lowest = sorted(row.low, key=lambda low: low.mark)
    said = [f"{low.text(page.words.language)}: {low.mark}" for low in lowest[:most]]
    if len(lowest) > most:
        said.append(page.t("%(count)s more", count=len(lowest) - most))
    return "; ".join(said) or page.t("lowest mark %(mark)s", mark=row.lowest_mark)


def people_text(page: Page, people: Sequence[Resident]) -> str:
    """Who has to do with the unit, masked."""
    said = (" ".join(filter(None, (p.name, enum_label(page.words, p.relation), p.phone))) for p in people)
    return "; ".join(said)


def note_text(page: Page, row: FollowUpRow) -> str:
    """The note; what the portal itself noted is said in words."""
    return page.label(row.note) if row.note in SYSTEM_NOTES else row.note


# --- one call-back


def show_call_back(page: Page, row: FollowUpRow) -> None:
    """A call-back: what was low, whom to call, the outcome, opening a number, what was done."""
    t = page.t
    with st.container(border=True):
        st.markdown(f"##### {plain(unit_text(page, row))} · {plain(row.estate_name)} · {plain(time_left(page, row))}")
        _show_facts(page, row)
        can_call = row.unit_id is not None and row.state in (_S.OPEN, _S.UNREACHABLE)
        panels = {"call": t("Call")} if can_call else {}
        if row.people and page.actor.may_at(Permission.CUSTOMERS_REVEAL, row.estate_id):
            panels["reveal"] = t("Show in full")
        panels["history"] = t("History")
        panel = choose_panel(page, f"call_back.{row.estate_id}.{row.follow_up_id}.{row.state.value}", panels)
        if panel == "call":
            _call(page, row)
        elif panel == "reveal":
            _reveal(page, row)
        else:
            _history(page, row)


def _show_facts(page: Page, row: FollowUpRow) -> None:
    t, words = page.t, page.words
    columns: list[Column[LowAnswer]] = [
        Column(t("Question"), lambda low: low.text(words.language)),
        Column(t("Mark"), lambda low: low.mark, ColumnKind.INTEGER),
    ]
    empty = t("Since the round forgot whose form is whose, only the lowest mark (%(mark)s) is known.",
              mark=row.lowest_mark)  # fmt: skip
    people: list[Column[Resident]] = [
        Column(t("Full name"), lambda one: one.name),
        Column(t("Relation"), lambda one: enum_label(words, one.relation)),
        Column(t("Phone"), lambda one: one.phone),
    ]
    nobody = t("Nobody is on record for this unit. Add people on the customers page.")
    left, right = st.columns(2, gap="medium")
    with left:
        show_table(page, row.low, columns, key="call_back.low", empty=empty)
        for said in row.words:
            st.text(f"“{said}”")
    with right:
        if row.unit_id is None:
            st.caption(t("The round forgot whose form is whose; whom this call-back was about is no longer known."))
        else:
            show_table(page, row.people, people, key="call_back.people", empty=nobody)
            open_button(page, t("Customers"), "households.customers", key="call_back.customers", estate=row.estate_id,
                        search=row.unit_code)  # fmt: skip
    facts: list[tuple[str, object]] = [
        (t("Survey round"), f"{row.round_code} {row.round_name}"),
        (t("Opened on"), row.opened_on),
        (t("Call by"), row.due_on),
        (t("Calls so far"), row.attempts),
        (t("Outcome"), enum_label(words, row.state)),
        (t("New mark"), row.new_mark),
        (t("Note"), note_text(page, row)),
        (t("Ended by"), row.settled_by_name),
        (t("Ended at"), row.settled_at),
    ]
    show_facts(page, facts, columns=4)


def outcomes(page: Page, state: FollowUpState) -> dict[str, str]:
    """What may become of a call; who could not be reached may still ring later."""
    t, reached = page.t, {Outcome.REACHED.value: page.t("Reached")}
    if state is _S.UNREACHABLE:
        return reached
    return {
        **reached,
        Outcome.IN_VAIN.value: t("Not reached, try again"),
        Outcome.GIVEN_UP.value: t("Not reached, give up"),
        Outcome.DROPPED.value: t("No call needed"),
    }


def _call(page: Page, row: FollowUpRow) -> None:
    """The form of a call's outcome; a mark is asked for only of those who were reached."""
    t, form = page.t, open_form(f"call_back.{row.estate_id}.{row.follow_up_id}", row.version)
    warn_if_stale(page, form)
    offered = outcomes(page, row.state)
    code = st.segmented_control(
        t("What came of the call?"), list(offered), default=next(iter(offered)), required=True,
        format_func=offered.__getitem__, key=form.key("outcome"), wrap=True,
    )  # fmt: skip
    outcome, mark = Outcome(code), None
    with st.form(form.key("form"), enter_to_submit=False):
        if outcome is Outcome.REACHED:
            asked = t("How satisfied is the customer now? (5 very satisfied … 1 very dissatisfied)")
            mark = st.segmented_control(asked, list(_MARKS), key=form.key("mark"))
        note = st.text_area(t("What was said, what happens next"), max_chars=LONGEST_NOTE, height=90,
                            key=form.key("note"))  # fmt: skip
        sent = send_button(page, form)
    if not sent:
        return
    if outcome is Outcome.IN_VAIN:
        attempt = NoteAttempt(row.estate_id, row.follow_up_id, form.version, note)
        save_row(page, LIST, note_attempt, attempt, t("The call is noted. The call-back stays open."), form=form)
    else:
        end = SettleFollowUp(row.estate_id, row.follow_up_id, form.version, _ENDS[outcome], mark, note)
        save_row(page, LIST, settle_follow_up, end, t("The call-back is settled."), form=form)


def _reveal(page: Page, row: FollowUpRow) -> None:
    """Open the name or number of somebody of the unit, with a reason and the password (R-195)."""
    names = {one.customer_id: f"{one.name} · {enum_label(page.words, one.relation)}" for one in row.people}
    chosen = st.selectbox(
        page.t("Whose?"), list(names), format_func=names.__getitem__,
        key=f"call_back.whose.{row.estate_id}.{row.follow_up_id}",
    )  # fmt: skip
    show_reveal_form(page, page.read(customer_card, CustomerWanted(row.estate_id, chosen)))


def _history(page: Page, row: FollowUpRow) -> None:
    """What was done about it and by whom, the latest first."""
    t, words = page.t, page.words
    columns: list[Column[FollowUpStep]] = [
        Column(t("When"), lambda step: step.at, ColumnKind.INSTANT),
        Column(t("Who"), lambda step: step.who),
        Column(t("Outcome"), lambda step: step_text(page, step)),
        Column(t("Calls so far"), lambda step: step.attempts, ColumnKind.INTEGER),
        Column(t("New mark"), lambda step: step.new_mark, ColumnKind.INTEGER),
    ]
    steps = page.read(follow_up_steps, FollowUpWanted(row.estate_id, row.follow_up_id))
    opened = t("Opened on %(day)s, due on %(due)s.", day=words.date(row.opened_on), due=words.date(row.due_on))
    show_table(page, steps, columns, key="call_back.history", empty=t("Nobody has called yet."))
    st.caption(opened)


def step_text(page: Page, step: FollowUpStep) -> str:
    """What a step led to."""
    return page.t("Not reached, try again") if step.state is _S.OPEN else enum_label(page.words, step.state)
