"""The clocks of a complaint or request, and their pauses: asked for, approved, refused, ended (R-083 to R-086, R21)."""

from datetime import timedelta
from typing import Final

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.clocks import ClockKind
from core.kernel.pauses import PauseRequest, PauseState
from core.kernel.texts import LONGEST_REASON
from db.operations.service_pauses import AskPause, DecidePause, EndPause, ask_pause, decide_pause, end_pause
from db.queries.service_details import ClockRow, PauseRow, RecordDetails
from locales.labels import enum_label
from pages._shell.code_words import CodeWords
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.service_forms import saved_at
from pages._shell.panels.service_words import instant_box, level_text, remaining_text, span_text, typed_instant
from pages._shell.tables import Column, show_table
from pages._shell.widgets import open_form, send_button, warn_if_stale

MOMENT: Final = timedelta(microseconds=1)
"""A pause ends after its start, be it by so little."""

_STATE_SIGNS: Final = {PauseState.ASKED: "◔", PauseState.APPROVED: "✓", PauseState.REFUSED: "✕"}


def show_clocks(page: Page, details: RecordDetails, codes: CodeWords, *, adds: bool) -> None:
    """The clocks as they stand, their pauses, and what the person may do about them.

    ``adds``: the person works on the record and may ask for a pause. ``codes`` holds the reasons for pauses.
    """
    t = page.t
    columns: list[Column[ClockRow]] = [
        Column(t("Clock"), lambda row: clock_text(page, row)),
        Column(t("Status"), lambda row: _status(page, row)),
        Column(t("Started at"), lambda row: row.started_at),
        Column(t("Target"), lambda row: _limit(page, row, hard=False)),
        Column(t("Hard limit"), lambda row: _limit(page, row, hard=True)),
        Column(t("Used of the hard limit"), _used),
        Column(t("Told so far"), lambda row: _told(page, row)),
    ]
    empty, key = t("No clock ran for this record."), f"clocks.{details.estate_id}.{details.record_id}"
    show_table(page, details.clocks, columns, key=key, empty=empty, counted=False)
    if details.unknown_years:
        years = ", ".join(map(str, details.unknown_years))
        st.caption(t("The public holidays of %(years)s are not declared yet; Saturdays and Sundays count as free.",
                     years=years))  # fmt: skip
    for pause in details.pauses:
        _show_pause(page, details, pause, codes, adds=adds)
    running = [row.kind for row in details.clocks if row.stopped_at is None and not row.cancelled]
    if adds and running and not details.forgotten:
        _ask_form(page, details, running, codes)


def clock_text(page: Page, row: ClockRow) -> str:
    """Which clock, and which run of it where there is more than one."""
    name = enum_label(page.words, row.kind)
    return name if row.run == 1 else page.t("%(clock)s (run %(run)s)", clock=name, run=row.run)


def _status(page: Page, row: ClockRow) -> str:
    if row.level is None:
        return page.t("✕ given up")
    if row.stopped_at is None:
        return f"{level_text(page, row.level)} · {page.t('⏸ paused')}" if row.state.paused else level_text(
            page, row.level)  # fmt: skip
    return page.t("%(level)s, stopped at %(at)s", level=level_text(page, row.level), at=row.stopped_at)


def _limit(page: Page, row: ClockRow, *, hard: bool) -> str:
    """When a limit runs out and how long is left; of a stopped clock whether it was kept."""
    if row.cancelled:
        return "–"
    minutes, kept = (row.hard_minutes, row.hard_kept) if hard else (row.target_minutes, row.target_kept)
    if kept is not None:
        said = t_kept(page, kept=kept)
        return said if minutes is None else f"{said} · {remaining_text(page, timedelta(minutes=minutes))}"
    due = row.state.due_hard if hard else row.state.due_target
    left = row.state.remaining_hard if hard else row.state.remaining_target
    if due is None:
        return page.t("stands still, %(span)s left", span=span_text(page, left)) if left and row.state.paused else "–"
    return f"{page.words.instant(due)} · {remaining_text(page, due - page.now)}"


def t_kept(page: Page, *, kept: bool) -> str:
    """Whether a limit was kept."""
    return page.t("✓ kept") if kept else page.t("✕ missed")


def _used(row: ClockRow) -> str:
    used = row.state.used_percent
    return "–" if used is None or row.cancelled else f"{used} %"


def _told(page: Page, row: ClockRow) -> str:
    parts = (f"{told.percent} % {page.label(f'enum.Role.{told.role}')}" for told in row.told)
    return page.t(", ").join(parts) or "–"


def _show_pause(page: Page, details: RecordDetails, pause: PauseRow, codes: CodeWords, *, adds: bool) -> None:
    with st.container(border=True, gap="xsmall"):
        state = f"{_STATE_SIGNS[pause.state]} {enum_label(page.words, pause.state)}"
        lasts = f" · {page.t('⏸ lasts now')}" if pause.lasts else ""
        reason = codes.say(CodeList.PAUSE_REASON, pause.reason)
        title = page.t("%(title)s: %(text)s", title=page.t("Pause"), text=reason)
        st.markdown(f"**{plain(title)}** · {plain(state)}{lasts}")
        st.caption(plain(_pause_facts(page, pause)))
        st.text(pause.evidence)
        if pause.note:
            st.text(page.t("%(title)s: %(text)s", title=pause.decided_by_name, text=pause.note))
        asked = pause.state is PauseState.ASKED
        decides = page.actor.may_at(Permission.PAUSES_DECIDE, details.estate_id)
        if asked and decides and pause.asked_by != page.actor.user_id:
            _decide_form(page, details, pause)
        elif asked and pause.asked_by == page.actor.user_id:
            st.caption(page.t("You asked for it; somebody else decides."))
        if adds and pause.state is not PauseState.REFUSED and (pause.end is None or pause.end > page.now):
            _end_form(page, details, pause)


def _pause_facts(page: Page, pause: PauseRow) -> str:
    kinds = page.t(", ").join(enum_label(page.words, kind) for kind in ClockKind if kind in pause.clocks)
    end = page.words.instant(pause.end) if pause.end else page.t("nobody knows yet")
    span = f"{page.words.instant(pause.start)} – {end}"
    asked = page.t("asked for by %(who)s at %(at)s", who=pause.asked_by_name, at=pause.asked_at)
    return " · ".join((kinds, span, asked))


def _decide_form(page: Page, details: RecordDetails, pause: PauseRow) -> None:
    t, form = page.t, open_form(f"pause.{details.estate_id}.{pause.pause_id}", pause.version)
    warn_if_stale(page, form)
    with st.form(form.key("form"), border=False, enter_to_submit=False):
        note = st.text_input(
            t("Note (a refusal needs a reason)"), max_chars=LONGEST_REASON, key=form.key("note")
        )  # fmt: skip
        with st.container(horizontal=True):
            yes = st.form_submit_button(t("Approve the pause"), type="primary", key=form.key("yes"))
            no = st.form_submit_button(t("Refuse the pause"), key=form.key("no"))
    if yes or no:
        command = DecidePause(details.estate_id, pause.pause_id, form.version, yes, note)
        said = t("The pause is approved; the clock stood still for it.") if yes else t("The pause is refused.")
        saved_at(page, details, decide_pause, command, said, form=form)


def _end_form(page: Page, details: RecordDetails, pause: PauseRow) -> None:
    t, form = page.t, open_form(f"pause.end.{details.estate_id}.{pause.pause_id}", pause.version)
    with st.expander(t("End this pause")), st.form(form.key("form"), border=False, enter_to_submit=False):
        end = instant_box(page, form, t("The clock goes on from"), "end")
        if send_button(page, form, t("End the pause")):
            at = typed_instant(end, earliest=pause.start + MOMENT) or page.now
            command = EndPause(details.estate_id, pause.pause_id, form.version, at)
            saved_at(page, details, end_pause, command, t("The pause is over; the clock runs on."), form=form)


def _ask_form(page: Page, details: RecordDetails, running: list[ClockKind], codes: CodeWords) -> None:
    t, form = page.t, open_form(f"pause.ask.{details.estate_id}.{details.record_id}")
    with st.expander(t("Ask for a pause")), st.form(form.key("form"), border=False, enter_to_submit=False):
        left, right = st.columns(2)
        with left:
            kinds = st.pills(
                t("Clocks that shall stand still"),
                running,
                selection_mode="multi",
                default=running,
                format_func=lambda kind: enum_label(page.words, kind),
                key=form.key("clocks"),
            )
            reasons = codes.options(CodeList.PAUSE_REASON)
            reason = st.selectbox(
                t("Reason for the pause"),
                list(reasons),
                index=None,
                format_func=lambda code: reasons.get(code, code),
                placeholder=t("Choose a reason"),
                key=form.key("reason"),
            )
        with right:
            start = instant_box(page, form, t("Pause begins"), "start")
            end = instant_box(page, form, t("Pause ends (empty: nobody knows yet)"), "end", empty=True)
        evidence = st.text_area(
            t("What shows it: an order number, an agreed time, a name"),
            max_chars=LONGEST_REASON,
            height=80,
            key=form.key("evidence"),
        )
        sent = send_button(page, form, t("Ask for the pause"))
    if sent:
        request = PauseRequest(
            clocks=frozenset(kinds or ()),
            reason=reason or "",
            evidence=evidence,
            start=typed_instant(start, earliest=details.registered_at) or page.now,
            end=typed_instant(end),
        )
        command = AskPause(details.estate_id, details.record_id, request)
        said = t("The pause is asked for. It counts once somebody else approves it; some reasons count at once.")
        saved_at(page, details, ask_pause, command, said, form=form)
