"""The forms of an improvement measure: a new one, perhaps begun by another page, and a change (R-145, R-155)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final, TypeAlias

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.kernel.identity import EstateId, RoundId, StaffId
from core.kernel.money import Money
from core.meetings.effects import (
    LONGEST_REFERENCE,
    LONGEST_UNIT,
    Direction,
    Goal,
    Metric,
)
from core.meetings.measures import (
    LONGEST_PROBLEM,
    LONGEST_SOURCE_REFERENCE,
    LONGEST_TEXT,
    MeasureRecord,
    MeasureSource,
)
from core.surveys.questionnaires import in_language
from db.operations.measures import (
    ChangeMeasure,
    FigurePlace,
    OpenMeasure,
    change_measure,
    open_measure,
)
from db.queries.measure_forms import (
    MeasurePerson,
    MeasureSeed,
    SeedWanted,
    goal_references,
    measure_seed,
)
from db.queries.measure_seeds import CaseSeed
from db.queries.measures import MeasureCard
from locales.labels import enum_label, error_sentence
from pages._shell import state
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.measure_complaints import (
    complaint_figure,
    complaint_problem,
    complaint_seed,
    complaint_words,
    link_to_case,
)
from pages._shell.panels.measure_figures import read_value, value_box
from pages._shell.panels.measures import SEED, figure_source, forget_seed, number_text, save_measure
from pages._shell.widgets import (
    OpenForm,
    leave_form,
    new_round,
    open_form,
    send_button,
    typed_figure,
    warn_if_stale,
)

People: TypeAlias = Sequence[MeasurePerson]
DAYS_GIVEN: Final = 30
"""A new measure is due in so many days unless something else is chosen."""

_WITH_REFERENCE: Final = frozenset(
    {Metric.SURVEY_ITEM, Metric.SURVEY_DIMENSION, Metric.SURVEY_TOP_SHARE, Metric.SURVEY_NPS}
)
_NEEDS_REFERENCE: Final = frozenset({Metric.SURVEY_ITEM, Metric.SURVEY_DIMENSION})


@dataclass(frozen=True, slots=True)
class _About:
    """What a goal is about, as chosen before the form."""

    metric: Metric
    reference: str
    better: Direction


@dataclass(frozen=True, slots=True)
class _Begun:
    """What another page begins a new measure with. ``about`` of a survey is settled, of complaints only proposed."""

    source: MeasureSource
    reference: str
    problem: str
    about: _About
    settled: bool


def show_new(page: Page, estate: EstateId | None, people: People) -> None:
    """The form of a new measure; it needs an estate."""
    if estate is None:
        st.caption(page.t("Choose an estate above to open a measure for it."))
        return
    seed = _seed(page, estate)
    complaint = complaint_seed(page, estate)
    form = open_form(f"measure.new.{estate}.{_seed_name()}")
    st.markdown(f"##### {page.t('New measure')}")
    begun = _begun(page, seed, complaint)
    record = _record_form(page, form, people, None, begun)
    if record is None:
        return
    place = FigurePlace(round_id=seed.round_id) if seed and seed.before.figure else None
    result = page.submit(open_measure, OpenMeasure(estate, record, seed.round_id if seed else None, place))
    if result:
        linked = link_to_case(page, estate, complaint, result.value)
        leave_form(form.name)
        new_round("measures")
        forget_seed()
        page.done(
            f"{page.t('The measure is open, at the stage plan.')} {linked}".strip(), of=estate, measure=result.value
        )


def _begun(page: Page, seed: MeasureSeed | None, complaint: CaseSeed | None) -> _Begun | None:
    """Say where the measure comes from, and give what its form begins with."""
    if seed is not None:
        st.caption(_seed_words(page, seed))
        about = _About(seed.metric, seed.reference, Direction.UP)
        return _Begun(MeasureSource.SURVEY, seed.round_code, _seed_problem(page, seed), about, settled=True)
    if complaint is None:
        return None
    st.caption(plain(complaint_words(page, complaint)))
    figure = _About(Metric.OWN_FIGURE, complaint_figure(page, complaint), Direction.DOWN)
    problem = complaint_problem(page, complaint)
    return _Begun(MeasureSource.COMPLAINT, complaint.number, problem, figure, settled=False)


def show_change(page: Page, card: MeasureCard, people: People) -> None:
    """The form that changes a measure."""
    row = card.row
    form = open_form(f"measure.edit.{row.estate_id}.{row.measure_id}", row.version)
    warn_if_stale(page, form)
    if row.before or row.after:
        st.caption(page.t("Another metric takes the figures before and after away, for they measure something else."))
    kept = MeasureRecord(
        source=row.source,
        source_reference=row.source_reference,
        problem=row.problem,
        cause=card.cause,
        action=card.action,
        responsible=row.responsible,
        deadline=row.deadline,
        budget=card.budget,
        goal=row.goal,
    )
    record = _record_form(page, form, people, kept, None)
    if record is not None:
        command = ChangeMeasure(row.estate_id, row.measure_id, form.version, record)
        save_measure(page, change_measure, command, page.t("The measure is changed."), form=form, row=row)


def _seed_name() -> str:
    return ".".join(str(state.record_in_address(name) or "") for name in SEED[1:])


def _seed(page: Page, estate: EstateId) -> MeasureSeed | None:
    """What another page asked for in the address, if it named a round."""
    number = state.number_in_address("round")
    if state.record_in_address("source") != MeasureSource.SURVEY or number is None:
        return None
    metric = state.record_in_address("metric") or ""
    wanted = SeedWanted(
        estate,
        RoundId(number),
        state.record_in_address("item") or "",
        state.record_in_address("dimension") or "",
        Metric(metric) if metric in set(Metric) else None,
    )
    return page.read(measure_seed, wanted)


def _seed_words(page: Page, seed: MeasureSeed) -> str:
    what, figure = plain(_seed_subject(page, seed)), seed.before.figure
    if figure is not None:
        goal = Goal(metric=seed.metric, target=Decimal(0))
        value, source = number_text(page, goal, figure.value), plain(figure_source(page, figure))
        return page.t(
            "From the survey: %(what)s, value before %(value)s (%(source)s).", what=what, value=value, source=source
        )
    why = error_sentence(page.words, seed.before.refusal) if seed.before.refusal else ""
    return page.t("From the survey: %(what)s. No value before: %(why)s", what=what, why=why)


def _seed_subject(page: Page, seed: MeasureSeed) -> str:
    words = in_language(page.words.language, seed.text_zh, seed.text_en)
    return words or enum_label(page.words, seed.metric)


def _seed_problem(page: Page, seed: MeasureSeed) -> str:
    figure, what = seed.before.figure, _seed_subject(page, seed)
    if figure is None:
        return page.t("%(what)s is rated low (%(round)s)", what=what, round=seed.round_name)[:LONGEST_PROBLEM]
    value = number_text(page, Goal(metric=seed.metric, target=Decimal(0)), figure.value)
    text = page.t("%(what)s: only %(value)s (%(round)s)", what=what, value=value, round=seed.round_name)
    return text[:LONGEST_PROBLEM]


def _record_form(
    page: Page, form: OpenForm, people: People, kept: MeasureRecord | None, begun: _Begun | None
) -> MeasureRecord | None:
    """The boxes of a measure; gives the record once it was sent and every number in it could be read."""
    goal = kept.goal if kept else None
    about = _about(page, form, goal, begun)
    with st.form(form.key("form"), enter_to_submit=False):
        target, below, unit = _target(page, form, about, goal)
        problem, cause, action = _texts(page, form, kept, begun)
        places = st.columns(3)
        with places[0]:
            responsible = _responsible(page, form, people, kept)
        due = kept.deadline if kept else page.today + timedelta(days=DAYS_GIVEN)
        deadline = places[1].date_input(page.t("Deadline"), due, format="YYYY-MM-DD", key=form.key("deadline"))
        with places[2]:
            fen = kept.budget.fen if kept and kept.budget is not None else None
            budget = typed_figure(page, page.t("Budget in yuan"), fen, decimals=2, key=form.key("budget"))
        source, reference = _source(page, form, kept, begun)
        if not send_button(page, form):
            return None
    value, (money, readable) = read_value(page, target, below), budget()
    if value is None or not readable:
        return None
    return MeasureRecord(
        source=source,
        source_reference=reference,
        problem=problem,
        cause=cause,
        action=action,
        responsible=responsible,
        deadline=deadline,
        budget=None if money is None else Money(money),
        goal=Goal(metric=about.metric, target=value, better=about.better, reference=about.reference, unit=unit),
    )


def _target(page: Page, form: OpenForm, about: _About, kept: Goal | None) -> tuple[str, DeltaGenerator, str]:
    left, right, _ = st.columns(3)
    with left:
        target, below = value_box(form, page.t("Goal: value to reach"), kept.target if kept else None)
    if about.metric is not Metric.OWN_FIGURE:
        return target, below, ""
    old = kept.unit if kept else ""
    unit = right.text_input(page.t("Unit of the figure"), old, max_chars=LONGEST_UNIT, key=form.key("unit"))
    return target, below, unit


def _texts(page: Page, form: OpenForm, kept: MeasureRecord | None, begun: _Begun | None) -> tuple[str, str, str]:
    """Problem, cause and action."""
    t = page.t
    old = kept.problem if kept else begun.problem if begun else ""
    problem = st.text_input(t("Problem"), old, max_chars=LONGEST_PROBLEM, key=form.key("problem"))
    left, right = st.columns(2)
    old = kept.cause if kept else ""
    cause = left.text_area(t("Cause"), old, max_chars=LONGEST_TEXT, height=100, key=form.key("cause"))
    old = kept.action if kept else ""
    action = right.text_area(t("Measure taken"), old, max_chars=LONGEST_TEXT, height=100, key=form.key("action"))
    return problem, cause, action


def _about(page: Page, form: OpenForm, kept: Goal | None, begun: _Begun | None) -> _About:
    """What the goal is measured by: given by another page, or chosen (before the form, for more boxes follow it)."""
    if begun is not None and begun.settled:
        return begun.about
    first = begun.about if begun else _About(Metric.OWN_FIGURE, "", Direction.UP)
    if kept is not None:
        first = _About(kept.metric, kept.reference, kept.better)
    left, right = st.columns(2)
    members = list(Metric)
    metric = Metric(
        left.selectbox(
            page.t("Measured by"),
            [member.value for member in members],
            index=members.index(first.metric),
            format_func=lambda code: enum_label(page.words, Metric(code)),
            key=form.key("metric"),
        )
    )
    same = first.metric is metric
    old = first.reference if same else ""
    if metric in _WITH_REFERENCE:
        return _About(metric, _reference(page, form, metric, old), Direction.UP)
    if metric is not Metric.OWN_FIGURE:
        return _About(metric, "", Direction.DOWN if metric is Metric.OVERDUE_AMOUNT else Direction.UP)
    name = right.text_input(page.t("Name of the figure"), old, max_chars=LONGEST_REFERENCE, key=form.key("reference"))
    ways = list(Direction)
    better = right.radio(
        page.t("Better is"),
        [way.value for way in ways],
        index=ways.index(first.better if same else Direction.UP),
        format_func=lambda code: enum_label(page.words, Direction(code)),
        horizontal=True,
        key=form.key("better"),
    )
    return _About(metric, name, Direction(better))


def _reference(page: Page, form: OpenForm, metric: Metric, old: str) -> str:
    names = {
        option.code: in_language(page.words.language, option.text_zh, option.text_en)
        for option in page.read(goal_references, None)
        if option.metric is metric
    }
    names |= {old: old} if old and old not in names else {}
    codes = [*names] if metric in _NEEDS_REFERENCE else ["", *names]
    chosen = st.selectbox(
        page.t("Item or dimension"),
        codes,
        index=codes.index(old) if old in codes else 0,
        format_func=lambda code: names.get(code, page.t("All of them")),
        key=form.key(f"reference.{metric.value}"),
    )
    return chosen or ""


def _responsible(page: Page, form: OpenForm, people: People, kept: MeasureRecord | None) -> StaffId | None:
    old = kept.responsible if kept else None
    names: Mapping[int, str] = {
        person.staff_id: f"{person.name} · {person.number}"
        for person in people
        if person.assignable or person.staff_id == old
    }
    codes = list(names)
    chosen = st.selectbox(
        page.t("Responsible"),
        codes,
        index=codes.index(old) if old in codes else None,
        format_func=lambda code: names.get(code, ""),
        placeholder=page.t("Choose somebody"),
        key=form.key("responsible"),
    )
    return None if chosen is None else StaffId(chosen)


def _source(page: Page, form: OpenForm, kept: MeasureRecord | None, begun: _Begun | None) -> tuple[MeasureSource, str]:
    named = state.record_in_address("source")
    members = list(MeasureSource)
    first = MeasureSource(named) if named in set(MeasureSource) else MeasureSource.OTHER
    first = kept.source if kept else begun.source if begun else first
    left, right = st.columns(2)
    source = left.selectbox(
        page.t("Source"),
        [member.value for member in members],
        index=members.index(first),
        format_func=lambda code: enum_label(page.words, MeasureSource(code)),
        key=form.key("source"),
        disabled=begun is not None,
    )
    reference = kept.source_reference if kept else begun.reference if begun else ""
    reference = right.text_input(
        page.t("Reference (number of the case, meeting, round)"),
        reference,
        max_chars=LONGEST_SOURCE_REFERENCE,
        key=form.key("source_reference"),
    )
    return MeasureSource(source), reference
