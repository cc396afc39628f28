"""The parts of the improvement measures page: figures on top, the queue's words, one measure, its steps (R-155)."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.kernel.identity import EstateId, MeasureId
from core.kernel.money import Money, percent, round_half_up
from core.meetings.effects import Direction, Figure, Goal, Metric
from core.meetings.measures import LONGEST_NOTE, STAGES, Stage, Urgency
from core.surveys.questionnaires import in_language
from db.operations.measures import WORKED, MoveMeasure, NoteProgress, move_measure, note_progress
from db.queries.measures import MeasureCard, MeasureCounts, MeasureRow
from db.unit_of_work import Operation
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.tables import Column
from pages._shell.widgets import OpenForm, leave_form, new_round, open_form, show_facts, warn_if_stale

C = TypeVar("C")
R = TypeVar("R")
CYCLE: Final = (Stage.PLAN, Stage.DO, Stage.CHECK, Stage.ACT)
OPENED: Final = "measures.opened"
SEED: Final = ("source", "round", "item", "dimension", "metric", "case", "area", "category")
"""What another page may write into the address for a new measure."""

_PERCENT: Final = frozenset({Metric.SURVEY_CSI, Metric.SURVEY_TOP_SHARE, Metric.COLLECTION_RATE})
_SIGNS: Final[Mapping[Urgency, str]] = {Urgency.OVERDUE: "⚠", Urgency.DUE_SOON: "◔", Urgency.ON_TRACK: "○"}

_COLOURS: Final[Mapping[Urgency, Literal["red", "orange", "gray", "green"]]] = {
    Urgency.OVERDUE: "red",
    Urgency.DUE_SOON: "orange",
    Urgency.ON_TRACK: "gray",
    Urgency.DONE: "green",
}


def show_counts(page: Page, counts: MeasureCounts) -> None:
    """The four figures on top; what is wrong is said in words too, never in colour alone."""
    t, number = page.t, page.words.integer
    tiles = st.columns(4)
    tiles[0].metric(t("Open measures"), number(counts.open), border=True, height="stretch")
    late = t("⚠ past the deadline") if counts.overdue else t("✓ none past the deadline")
    _tile(tiles[1], t("Overdue"), number(counts.overdue), late, "red" if counts.overdue else "green")
    soon = t("◔ within 3 working days") if counts.due_soon else t("✓ nothing due soon")
    _tile(tiles[2], t("Due soon"), number(counts.due_soon), soon, "orange" if counts.due_soon else "green")
    share = percent(counts.reached_this_quarter, counts.closed_this_quarter)
    said = "" if share is None else page.words.percent(share)
    reached = t("%(share)s reached their goal", share=said) if said else t("○ none closed yet")
    _tile(tiles[3], t("Closed this quarter"), number(counts.closed_this_quarter), reached, "gray")


def _tile(
    place: DeltaGenerator, title: str, value: str, said: str, colour: Literal["red", "orange", "green", "gray"]
) -> None:
    place.metric(title, value, said, colour, delta_arrow="off", border=True, height="stretch")


def queue_columns(page: Page, *, with_estate: bool) -> list[Column[MeasureRow]]:
    """The columns of the queue."""
    t, words = page.t, page.words
    columns: list[Column[MeasureRow]] = [
        Column(t("Measure no."), lambda row: row.number),
        Column(t("Problem"), lambda row: row.problem),
        Column(t("Stage"), lambda row: enum_label(words, row.stage)),
        Column(t("Responsible"), lambda row: row.responsible_name),
        Column(t("Deadline"), lambda row: row.deadline, ColumnKind.DATE),
        Column(t("Time left"), lambda row: time_left(page, row)),
        Column(t("Before → goal → after"), lambda row: way(page, row)),
        Column(t("Source"), lambda row: enum_label(words, row.source)),
    ]
    return [Column(t("Estate"), lambda row: row.estate_name), *columns] if with_estate else columns


def time_left(page: Page, row: MeasureRow) -> str:
    """How the deadline stands, as a sign and in words."""
    if row.urgency is Urgency.DONE:
        return f"{'✓' if row.stage is Stage.CLOSED else '✕'} {enum_label(page.words, row.stage)}"
    return f"{_SIGNS[row.urgency]} {_time_words(page, row)}".strip()


def _time_words(page: Page, row: MeasureRow) -> str:
    if row.urgency is Urgency.OVERDUE:
        return page.t("overdue since %(day)s", day=row.deadline + timedelta(days=1))
    if row.deadline == page.today:
        return page.t("due today")
    if row.working_days_left is None:
        return page.t("more than 60 days left")
    if row.working_days_left == 0:
        return page.t("no working day left")
    return page.words.tn("%(count)s working day left", "%(count)s working days left", row.working_days_left)


def way(page: Page, row: MeasureRow) -> str:
    """Before → goal → after; what is not known yet is a dash."""
    before, after = (value_text(page, row.goal, figure) for figure in (row.before, row.after))
    return f"{before} → {target_text(page, row.goal)} → {after}"


def target_text(page: Page, goal: Goal) -> str:
    """The target with the sign of its direction."""
    return f"{'≥' if goal.better is Direction.UP else '≤'} {number_text(page, goal, goal.target)}"


def value_text(page: Page, goal: Goal, figure: Figure | None) -> str:
    """A figure in the goal's unit, a dash for none."""
    return "–" if figure is None else number_text(page, goal, figure.value)


def number_text(page: Page, goal: Goal, value: Decimal) -> str:
    """A value of the goal's metric as a person reads it."""
    if goal.metric in _PERCENT:
        return page.words.percent(value)
    if goal.metric is Metric.OVERDUE_AMOUNT:
        return page.words.money(Money(round_half_up(Fraction(value) * 100)))
    if goal.metric is Metric.OWN_FIGURE:
        return f"{page.words.decimal(value, places=_decimals(value))} {goal.unit}".strip()
    return page.words.decimal(value, places=1 if goal.metric is Metric.SURVEY_NPS else 2)


def metric_text(page: Page, card: MeasureCard) -> str:
    """What the goal is measured by, with the words of its item or dimension."""
    goal = card.row.goal
    words = in_language(page.words.language, card.reference_zh, card.reference_en)
    if goal.metric is Metric.OWN_FIGURE:
        return words
    metric = enum_label(page.words, goal.metric)
    return page.t("%(metric)s: %(reference)s", metric=metric, reference=words) if words else metric


def opened_measure(page: Page, picked: MeasureRow | None, key: str) -> tuple[EstateId, MeasureId] | None:
    """Which measure is open: the row picked in the list ``key``, else the one the address names.

    A row let go closes it; a list that begins anew (after a step, under another filter) does not.
    """
    before = state.kept(OPENED, {})
    if picked is not None:
        forget_seed()
        state.open_record(of=picked.estate_id, measure=picked.measure_id)
    elif before.get("key") == key and before.get("picked"):
        state.close_record("measure")
    state.keep(OPENED, {"key": key, "picked": picked is not None})
    of, number = state.number_in_address("of"), state.number_in_address("measure")
    if of is None or number is None or page.filter.estate_id not in (None, of):
        return None
    return EstateId(of), MeasureId(number)


def forget_seed() -> None:
    """Take what another page asked for out of the address."""
    state.close_record(*SEED)


def save_measure(
    page: Page, act: Operation[C, R], command: C, message: str, *, form: OpenForm, row: MeasureRow
) -> None:
    """Carry out a command on a measure; done, its panel stays open and the list begins anew with no row picked."""
    if page.submit(act, command):
        leave_form(form.name)
        new_round("measures")
        page.done(message, of=row.estate_id, measure=row.measure_id)


def measure_panels(page: Page, card: MeasureCard | None) -> dict[str, str]:
    """What the panel may show of the open measure; what one may not do is not offered."""
    if card is None:
        return {}
    t, row = page.t, card.row
    panels = {"card": t("Details"), "steps": t("Steps and notes"), "sheet": t("Failure analysis")}
    ended = STAGES.is_final(row.stage)
    if not ended and page.actor.may_at(Permission.MEASURES_WORK, row.estate_id):
        panels["figures"] = t("Figures before and after")
    if not ended and page.actor.may_at(Permission.MEASURES_MAKE, row.estate_id):
        panels["edit"] = t("Edit")
    return panels


def show_heading(page: Page, card: MeasureCard) -> None:
    """Number, problem, and where in the cycle the measure stands."""
    row = card.row
    st.markdown(f"##### {plain(row.number)} · {plain(row.estate_name)}")
    st.text(row.problem)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(stepper(page, row.stage), width="content")
        st.badge(time_left(page, row), color=_COLOURS[row.urgency])


def stepper(page: Page, stage: Stage) -> str:
    """Plan ▸ do ▸ check ▸ act in words, the present one marked."""
    if stage not in CYCLE:
        return f"{'✓' if stage is Stage.CLOSED else '✕'} **{enum_label(page.words, stage)}**"
    here, parts = CYCLE.index(stage), []
    for place, each in enumerate(CYCLE):
        word = enum_label(page.words, each)
        now = page.t("%(stage)s (now)", stage=word)
        parts.append(f"✓ {word}" if place < here else f"**● {now}**" if place == here else f"○ {word}")
    return " ▸ ".join(parts)


def show_card(page: Page, card: MeasureCard) -> None:
    """Facts and effect of a measure."""
    t, row = page.t, card.row
    facts: list[tuple[str, object]] = [
        (t("Responsible"), row.responsible_name),
        (t("Deadline"), f"{page.words.date(row.deadline)} · {time_left(page, row)}"),
        (t("Source"), _joined(page, enum_label(page.words, row.source), row.source_reference)),
        (t("Measured by"), metric_text(page, card)),
        (t("Budget"), card.budget),
        (t("Opened at"), _joined(page, page.words.instant(card.made_at), card.made_by_name)),
        (t("Ended at"), card.closed_at),
    ]
    show_facts(page, facts, columns=3)
    show_facts(page, [(t("Cause"), card.cause), (t("Measure taken"), card.action)])
    _show_effect(page, card)


def _joined(page: Page, *parts: str) -> str:
    return page.t(", ").join(part for part in parts if part)


def _show_effect(page: Page, card: MeasureCard) -> None:
    t, row = page.t, card.row
    tiles = st.columns(4)
    for tile, title, figure in ((tiles[0], t("Value before"), row.before), (tiles[2], t("Value after"), row.after)):
        tile.metric(title, value_text(page, row.goal, figure))
        if figure is not None:
            tile.caption(plain(figure_source(page, figure)))
    tiles[1].metric(t("Goal"), target_text(page, row.goal))
    with tiles[3]:
        if row.effect is None:
            st.caption(t("The effect is judged when both figures are there."))
            return
        st.metric(t("Effect"), enum_label(page.words, row.effect))
        st.caption(t("Degree of impact (reconstructed): %(impact)s", impact=page.words.percent(card.impact)))


def figure_source(page: Page, figure: Figure) -> str:
    """Of which day a figure is, on how many answers it rests, and where it comes from."""
    answers = "" if figure.n is None else page.t("%(count)s answers", count=page.words.integer(figure.n))
    return _joined(page, page.words.date(figure.on), answers, figure.note)


def show_steps(page: Page, card: MeasureCard) -> None:
    """The next steps for those who may take them, notes, and everything that happened, newest first."""
    _step_form(page, card)
    for step in card.steps:
        who = plain(step.made_by_name) or page.t("The portal")
        st.caption(f"{page.words.instant(step.made_at)} · {who} · {enum_label(page.words, step.stage)}")
        if step.note:
            st.text(step.note)


def _step_form(page: Page, card: MeasureCard) -> None:
    t, row = page.t, card.row
    if STAGES.is_final(row.stage) or not page.actor.may_at(Permission.MEASURES_WORK, row.estate_id):
        return
    makes = page.actor.may_at(Permission.MEASURES_MAKE, row.estate_id)
    targets = [stage for stage in STAGES.next_states(row.stage) if makes or stage in WORKED]
    form = open_form(f"measure.step.{row.estate_id}.{row.measure_id}", row.version)
    warn_if_stale(page, form)
    if Stage.ACT in targets and not (row.before and row.after):
        st.caption(t("Both figures, before and after, are needed to go on from the check."))
    with st.form(form.key("form"), enter_to_submit=False):
        note = st.text_area(t("Note"), max_chars=LONGEST_NOTE, height=80, key=form.key("note"))
        with st.container(horizontal=True):
            noted = st.form_submit_button(t("Add a note"), key=form.key("send.note"))
            pressed = [
                stage
                for stage in targets
                if st.form_submit_button(
                    step_text(page, row.stage, stage),
                    type="primary" if _goes_on(row.stage, stage) else "secondary",
                    key=form.key(f"send.{stage.value}"),
                )
            ]
    if noted:
        command = NoteProgress(row.estate_id, row.measure_id, note)
        save_measure(page, note_progress, command, t("The note is added."), form=form, row=row)
    for target in pressed:
        step = MoveMeasure(row.estate_id, row.measure_id, form.version, target, note)
        said = t("The measure is now at: %(stage)s.", stage=enum_label(page.words, target))
        save_measure(page, move_measure, step, said, form=form, row=row)


def _goes_on(stage: Stage, target: Stage) -> bool:
    """Whether a step leads on through the cycle, and not back or out of it."""
    order = (*CYCLE, Stage.CLOSED)
    return target in order and order.index(target) > order.index(stage)


def step_text(page: Page, stage: Stage, target: Stage) -> str:
    """What the button of a step says."""
    t = page.t
    texts = {
        Stage.PLAN: t("Begin a new cycle"),
        Stage.DO: t("Start carrying it out") if stage is Stage.PLAN else t("Back to carrying out"),
        Stage.CHECK: t("Go to the check of the effect"),
        Stage.ACT: t("Make it the rule"),
        Stage.CLOSED: t("Close the measure"),
        Stage.CANCELLED: t("Cancel the measure"),
    }
    return texts[target]


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
