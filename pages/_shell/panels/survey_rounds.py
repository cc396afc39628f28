"""The parts of the survey rounds page: a round with its paper form, its ways on, the form of a round (R-136, R-143)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import streamlit as st

from core.admin.permissions import Permission
from core.documents.questionnaire_form import FormHeader, FormWords, Language, questionnaire_docx
from core.documents.tables import ColumnKind
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.surveys.precision import needed_sample
from core.surveys.questionnaires import QuestionnaireState
from core.surveys.rounds import (
    LONGEST_EVENT,
    LONGEST_NAME,
    MOST_FORMS,
    Channel,
    RoundKind,
    RoundPhase,
    RoundState,
    round_span,
)
from db.operations.survey_rounds import (
    CancelRound,
    ChangeRound,
    CloseRound,
    OpenRound,
    ReopenRound,
    cancel_round,
    change_round,
    close_round,
    open_round,
    reopen_round,
)
from db.queries.questionnaires import QuestionnairesWanted, QuestionnaireWanted, questionnaire_card, questionnaires
from db.queries.survey_rounds import RoundBasisWanted, RoundRow, RoundWanted, round_basis, survey_round
from db.unit_of_work import Operation
from locales.labels import enum_label, error_sentence
from locales.translator import Translator
from pages._shell.links import open_button, plain
from pages._shell.page import Page
from pages._shell.tables import Column
from pages._shell.widgets import (
    OpenForm,
    confirmed,
    leave_form,
    new_round,
    open_form,
    save_row,
    send_button,
    show_facts,
    warn_if_stale,
)

LIST: Final = "survey-rounds"
SIGNS: Final[Mapping[RoundPhase, str]] = {
    RoundPhase.PLANNED: "○",
    RoundPhase.RUNNING: "▶",
    RoundPhase.ENDED: "◔",
    RoundPhase.CLOSED: "✓",
    RoundPhase.CANCELLED: "✕",
}
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_USUAL_DAYS: Final = 29
_MARGIN_PERCENT: Final = 5
_MOST_PUBLISHED: Final = Slice(1, 500)

C = TypeVar("C")


def opened_code(name: str, picked: str | None, *, key: str, place: object = "") -> str | None:
    """The code of the record whose panel is open: the row picked in a list, else what the address names.

    A row let go in the same list (``key``) closes it, and so does another ``place``; after an action the list begins
    anew under another key, and what is open stays open.
    """
    kept = f"opened.{name}"
    before = st.session_state.get(kept)
    if picked is not None:
        st.query_params[name] = picked
    elif before is not None and (before[0] != place or (before[1] == key and before[2] is not None)):
        st.query_params.pop(name, None)
    st.session_state[kept] = (place, key, picked)
    return st.query_params.get(name)


def phase_text(page: Page, phase: RoundPhase) -> str:
    """A phase as a sign and in words."""
    return f"{SIGNS[phase]} {enum_label(page.words, phase)}"


def round_columns(page: Page, *, with_estate: bool) -> list[Column[RoundRow]]:
    """The columns of the list."""
    t, words = page.t, page.words
    columns: list[Column[RoundRow]] = [
        Column(t("Code"), lambda row: row.code),
        Column(t("Name"), lambda row: row.name),
        Column(t("Kind"), lambda row: enum_label(words, row.kind)),
        Column(t("Phase"), lambda row: phase_text(page, row.phase)),
        Column(t("First day"), lambda row: row.starts_on, ColumnKind.DATE),
        Column(t("Last day"), lambda row: row.last_day, ColumnKind.DATE),
        Column(t("Forms in / target / handed out"), lambda row: forms_text(page, row)),
        Column(t("Response rate"), lambda row: row.response_percent, ColumnKind.PERCENT),
        Column(t("Questionnaire"), lambda row: questionnaire_text(page, row)),
    ]
    return [columns[0], Column(t("Estate"), lambda row: row.estate_name), *columns[1:]] if with_estate else columns


def forms_text(page: Page, row: RoundRow) -> str:
    """How many forms are in, wanted and handed out; what nobody said is a dash."""
    said = (page.words.integer(number) if number else "–" for number in (row.target_sample, row.sent))
    return " / ".join([page.words.integer(row.forms), *said])


def questionnaire_text(page: Page, row: RoundRow) -> str:
    """The questionnaire a round asks, with its edition."""
    edition = page.t("edition %(number)s", number=row.edition)
    return f"{row.title(page.words.language)} · {edition}"


def round_panels(page: Page, row: RoundRow | None) -> dict[str, str]:
    """What may be shown: the chosen round, what its state allows, a new round."""
    t, panels = page.t, {} if row is None else {"card": page.t("Details")}
    if row is not None and page.actor.may_at(Permission.SURVEYS_MAKE, row.estate_id):
        if row.state is RoundState.OPEN:
            panels |= {"change": t("Change"), "close": t("Close"), "cancel": t("Call off")}
        elif row.state is RoundState.CLOSED and row.links_cut_on is None:
            panels["reopen"] = t("Open again")
    return panels | ({"new": t("New round")} if page.may(Permission.SURVEYS_MAKE) else {})


def named_round(page: Page, code: str | None, picked: RoundRow | None) -> RoundRow | None:
    """The round to show: the picked row itself, else the one with the code in the address."""
    if picked is not None or not code:
        return picked
    row = page.read(survey_round, RoundWanted(code=code))
    return row if page.filter.estate_id is None or row is None or row.estate_id == page.filter.estate_id else None


# --- one round


def show_round(page: Page, row: RoundRow) -> None:
    """A round with its figures, its paper form and the ways to entry and results."""
    t, words = page.t, page.words
    st.markdown(f"##### {plain(row.code)} · {plain(row.name)} · {phase_text(page, row.phase)}")
    facts: list[tuple[str, object]] = [
        (t("Estate"), row.estate_name),
        (t("Kind"), enum_label(words, row.kind)),
        (t("Event"), row.event_reference),
        (t("First day"), row.starts_on),
        (t("Last day"), row.last_day),
        (t("Closed on"), row.closed_on),
        (t("Channels"), t(", ").join(enum_label(words, channel) for channel in row.channels)),
        (t("Questionnaire"), questionnaire_text(page, row)),
        (t("Forms in"), row.forms),
        (t("Target sample"), row.target_sample or None),
        (t("Handed out"), row.sent or None),
        (t("Response rate (forms in ÷ handed out)"), words.percent(row.response_percent)),
        (t("Number of households"), row.population or None),
        (t("Coverage (forms in ÷ households)"), words.percent(row.coverage_percent)),
        (t("Typed a second time"), f"{row.check_percent} %"),
        (t("Made by"), row.made_by_name),
        (t("Made at"), row.made_at),
    ]
    show_facts(page, facts, columns=4)
    if row.links_cut_on is not None:
        cut = t("Since %(day)s nobody can tell any more whose form is whose.", day=row.links_cut_on)
        st.caption(cut)
    with st.container(horizontal=True):
        if row.phase in (RoundPhase.RUNNING, RoundPhase.ENDED):
            to_entry = t("Enter forms")
            open_button(page, to_entry, "surveys.entry", key="round.entry", estate=row.estate_id, round=row.code)
        to_results = t("Survey results")
        open_button(page, to_results, "surveys.results", key="round.results", estate=row.estate_id, round=row.code)
        open_button(page, t("Call-backs"), "surveys.call_backs", key="round.calls", estate=row.estate_id)
    if row.state is RoundState.OPEN:
        _offer_paper(page, row)


def _offer_paper(page: Page, row: RoundRow) -> None:
    """The form to print, in either language; it is written when somebody asks for it."""
    languages: tuple[tuple[Language, str], ...] = (
        ("zh_CN", page.t("Paper form in Chinese")),
        ("en", page.t("Paper form in English")),
    )
    with st.container(horizontal=True):
        for language, text in languages:
            st.download_button(
                text,
                data=partial(paper_form, page, row, language),
                file_name=f"{row.code}-{language}.docx",
                mime=_DOCX,
                key=f"round.paper.{language}",
                icon=":material/print:",
                on_click="ignore",
            )


def paper_form(page: Page, row: RoundRow, language: Language) -> bytes:
    """The A4 form of a round as a Word file, with the round's code in its corner (R-137)."""
    asked = page.read(questionnaire_card, QuestionnaireWanted(row.questionnaire_id)).asked
    basis, words = page.read(round_basis, RoundBasisWanted(row.estate_id)), Translator(language)
    header = FormHeader(
        company=basis.company,
        estate=basis.estate_name,
        round_name=row.name,
        round_code=row.code,
        period=words.t("%(first)s to %(last)s", first=row.starts_on, last=row.last_day),
        return_to=words.t("the property service desk, by %(day)s", day=row.last_day),
    )
    return questionnaire_docx(
        questionnaire=asked, language=language, header=header, words=form_words(words), made_at=page.now
    )


def form_words(words: Translator) -> FormWords:
    """The words of the form itself, in the form's own language."""
    t = words.t
    return FormWords(
        room=t("Room"),
        room_hint=t("As in 3-1-1202 (building-unit-room); leave it empty to stay anonymous"),
        tick_one=t("Tick one box in each row; leave out what you cannot judge"),
        marks=(
            t("Very satisfied"),
            t("Rather satisfied"),
            t("Neutral"),
            t("Rather dissatisfied"),
            t("Very dissatisfied"),
        ),
        choose_one=t("(one)"),
        choose_up_to=t("(up to %(most)s)"),
        number_between=t("(a whole number from %(least)s to %(most)s)"),
        nps_low=t("Not at all likely"),
        nps_high=t("Extremely likely"),
        return_to=t("Please return to:") + " ",
        privacy=t(
            "We use your answers only to improve our service. Your room number is kept apart from them, and the link "
            "is removed 30 days after the survey closes; from then on nobody can tell whose form it was. Only results "
            "of five or more people are shown."
        ),
    )


# --- its ways on


def show_close(page: Page, row: RoundRow) -> None:
    """Ask, then take no more forms."""
    says = page.t("No more forms can be entered. 30 days later nobody can tell any more whose form is whose.")
    _move(
        page,
        row,
        close_round,
        CloseRound,
        name="close",
        said=(says, page.t("Close the round"), page.t("The round is closed.")),
    )


def show_cancel(page: Page, row: RoundRow) -> None:
    """Ask, then call the round off."""
    says = page.t("A round that was called off cannot be opened again, and its forms count nowhere any more.")
    done = page.t("The round is called off.")
    _move(page, row, cancel_round, CancelRound, name="cancel", said=(says, page.t("Call the round off"), done))


def show_reopen(page: Page, row: RoundRow) -> None:
    """Ask, then take forms again."""
    says = page.t("Forms can be entered and corrected again until the round is closed anew.")
    done = page.t("The round is open again.")
    _move(page, row, reopen_round, ReopenRound, name="reopen", said=(says, page.t("Open the round again"), done))


def _move(
    page: Page, row: RoundRow, act: Operation[C, None], command: type[C], *, name: str, said: tuple[str, str, str]
) -> None:
    """Ask with ``said``: what it means, the button; and the sentence when it is done."""
    form = open_form(f"round.{row.estate_id}.{row.round_id}.{name}", row.version)
    warn_if_stale(page, form)
    means, button, done = said
    if confirmed(page, form, says=means, button=button):
        moved: Any = command
        save_row(page, LIST, act, moved(row.estate_id, row.round_id, form.version), done, form=form)


# --- the form of a round


def show_new_round(page: Page) -> None:
    """The form of a new round of the chosen estate."""
    t, estate = page.t, page.filter.estate_id
    if estate is None:
        st.info(t("Choose an estate above to open a round for it."), icon=":material/location_city:")
        return
    published = page.read(questionnaires, QuestionnairesWanted(QuestionnaireState.PUBLISHED, _MOST_PUBLISHED)).rows
    if not published:
        st.info(t("A round asks a published questionnaire, and there is none yet."), icon=":material/quiz:")
        open_button(page, t("Questionnaires"), "surveys.questionnaires", key="round.questionnaires")
        return
    households = page.read(round_basis, RoundBasisWanted(estate)).households
    last = page.today + timedelta(_USUAL_DAYS)
    start = _Start(first=page.today, last=last, target_sample=_needed(households), population=households)
    form = open_form(f"round.new.{estate}")
    names = {
        row.questionnaire_id: f"{row.title(page.words.language)} · {t('edition %(number)s', number=row.edition)}"
        for row in published
    }
    kind = _kind_picker(page, form, RoundKind.REGULAR)
    with st.form(form.key("form"), enter_to_submit=False):
        asked = st.selectbox(t("Questionnaire"), list(names), format_func=names.__getitem__, key=form.key("asked"))
        typed = _typed(page, form, kind, start)
        sent = send_button(page, form, t("Open the round"))
    typed = _with_days(page, typed) if sent else {}
    opened = page.submit(open_round, OpenRound(estate, asked, kind=kind, **typed)) if typed else None
    if opened:
        leave_form(form.name)
        new_round(LIST)
        row = page.read(survey_round, RoundWanted(number=(estate, opened.value)))
        code = row.code if row else ""
        st.query_params["round"] = code
        page.done(t("The round %(code)s is open.", code=plain(code)))


def show_change(page: Page, row: RoundRow) -> None:
    """The form of an open round; its questionnaire and code stay."""
    t, form = page.t, open_form(f"round.{row.estate_id}.{row.round_id}.change", row.version)
    warn_if_stale(page, form)
    kind = _kind_picker(page, form, row.kind)
    with st.form(form.key("form"), enter_to_submit=False):
        typed = _typed(page, form, kind, _start_of(row))
        sent = send_button(page, form)
    typed = _with_days(page, typed) if sent else {}
    if typed:
        command = ChangeRound(row.estate_id, row.round_id, form.version, kind=kind, **typed)
        save_row(page, LIST, change_round, command, t("The round is saved."), form=form)


def _kind_picker(page: Page, form: OpenForm, kept: RoundKind) -> RoundKind:
    """Outside the form, because an event is asked for only after one."""
    kinds, place = list(RoundKind), st.columns([1, 2])[0]
    return place.selectbox(
        page.t("Kind"), kinds, kinds.index(kept), format_func=lambda kind: enum_label(page.words, kind),
        key=form.key("kind"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """What stands in the boxes of a round's form at the beginning; the last day is included."""

    name: str = ""
    event: str = ""
    first: date
    last: date
    channels: tuple[Channel, ...] = (Channel.PAPER,)
    target_sample: int
    sent: int = 0
    population: int
    check_percent: int = 0


def _start_of(row: RoundRow) -> _Start:
    return _Start(
        name=row.name,
        event=row.event_reference,
        first=row.starts_on,
        last=row.last_day,
        channels=row.channels,
        target_sample=row.target_sample,
        sent=row.sent,
        population=row.population,
        check_percent=row.check_percent,
    )


def _needed(households: int) -> int:
    return needed_sample(population=households or None, margin=_MARGIN_PERCENT / 100)


def _typed(page: Page, form: OpenForm, kind: RoundKind, start: _Start) -> dict[str, Any]:
    """The fields that a new and a changed round share; the days as they are asked for, both included."""
    t, key = page.t, form.key
    name = st.text_input(
        t("Name"), start.name, max_chars=LONGEST_NAME, key=key("name"),
        placeholder=t("for instance: 2026 Q4 satisfaction survey"),
    )  # fmt: skip
    event = ""
    if kind is RoundKind.AFTER_EVENT:
        event = st.text_input(
            t("Event it asks about"), start.event, max_chars=LONGEST_EVENT, key=key("event"),
            placeholder=t("for instance: lift repaired in building 3, 18 November"),
        )  # fmt: skip
    left, middle, right = st.columns([1, 1, 2])
    first = left.date_input(t("First day"), start.first, format="YYYY-MM-DD", key=key("first"))
    last = middle.date_input(t("Last day (included)"), start.last, format="YYYY-MM-DD", key=key("last"))
    with right:
        channels = st.pills(
            t("Channels"), list(Channel), selection_mode="multi", key=key("channels"), default=list(start.channels),
            format_func=lambda channel: enum_label(page.words, channel),
        )  # fmt: skip
    counts = _counts(page, form, start)
    days = {"first": first, "last": last}
    return {"name": name, "event_reference": event, "channels": tuple(channels), **counts, **days}


def _counts(page: Page, form: OpenForm, start: _Start) -> dict[str, int]:
    """The numbers of a round, and how large the sample should be."""
    t = page.t
    numbers = {
        "target_sample": (t("Target sample"), start.target_sample, MOST_FORMS),
        "sent": (t("Questionnaires handed out"), start.sent, MOST_FORMS),
        "population": (t("Households that could answer"), start.population, MOST_FORMS),
        "check_percent": (t("Typed a second time (%)"), start.check_percent, 100),
    }
    counts = {
        field: int(box.number_input(title, 0, most, value, 1, key=form.key(field)))
        for box, (field, (title, value, most)) in zip(st.columns(4), numbers.items(), strict=True)
    }
    known = page.words.integer(start.population) if start.population else t("an unknown number of")
    needed = page.words.integer(_needed(start.population))
    hint = t("For ± %(margin)s percentage points, %(needed)s of %(households)s households must answer. 0: not said.",
             margin=_MARGIN_PERCENT, needed=needed, households=known)  # fmt: skip
    st.caption(hint)
    return counts


def _with_days(page: Page, typed: dict[str, Any]) -> dict[str, Any]:
    """The fields with the round's days as they are stored, the end exclusive; nothing when the days do not fit."""
    fields = {name: value for name, value in typed.items() if name not in ("first", "last")}
    try:
        span = round_span(first_day=typed["first"], last_day=typed["last"])
    except BusinessError as error:
        st.error(error_sentence(page.words, error), icon=":material/block:")
        return {}
    return {**fields, "starts_on": span.start, "ends_on": span.end}
