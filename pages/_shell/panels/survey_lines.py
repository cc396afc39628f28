"""Fast entry: one form on one line, Enter, next; the last forms beneath, to mend or take back (R-138)."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from core.admin.permissions import Permission
from core.documents.tables import ColumnKind
from core.surveys.lines import LineProblem, line_of
from core.surveys.questionnaires import Questionnaire
from core.surveys.responses import ResponseState
from db.operations.survey_forms import EditForm, WithdrawForm, edit_form, restore_form, withdraw_form
from db.queries.survey_entry import EntryRound, FormRow, FormsWanted, RequestsWanted, known_requests, newest_forms
from locales.labels import enum_label, error_sentence
from pages._shell.line_entry import BoxWords, LineAnswer, SentLine, line_box, unanswered_lines
from pages._shell.page import Page, Saved
from pages._shell.panels.survey_entry import (
    Batch,
    Understood,
    example_line,
    pattern_text,
    place_text,
    point,
    problem_text,
    save_forms,
    saved_text,
    show_forms_in,
    understand,
)
from pages._shell.tables import Column, show_table
from pages._shell.widgets import list_key, open_form, save, send_button, warn_if_stale

LATEST = 8


@st.fragment
def type_lines(page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch) -> None:
    """The box for one line after another, and the last forms. It runs by itself, so that a line costs little."""
    page = page.again()
    store = f"{chosen.estate_id}.{chosen.round_id}.{page.actor.user_id}"
    sent = unanswered_lines("surveys.lines", store)
    answers = _answered(page, chosen, sheet, batch, sent) if sent else []
    line_box(key="surveys.lines", store=store, answers=answers, words=_words(page, sheet), mark=batch.mark)
    show_latest(page, chosen, sheet)


def _words(page: Page, sheet: Questionnaire) -> BoxWords:
    t = page.t
    return BoxWords(
        label=t("One form a line: %(pattern)s. A minus leaves a question out; a minus alone in front: anonymous.",
                pattern=pattern_text(page, sheet)),
        hint=t("for example %(line)s", line=example_line(sheet)),
        sending=t("{n} lines are being saved"),
        kept=t("{n} lines wait for the connection; they are kept"),
        mend=t("To mend: press Enter in the empty box, or click the line"),
    )  # fmt: skip


def _answered(
    page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch, sent: Sequence[SentLine]
) -> list[LineAnswer]:
    """Save the lines that can be read, all in one go, and answer each.

    A line typed under another header (room prefix, day, channel) is not saved unless it was before: nobody can tell
    which of the two was meant.
    """
    known = _known(page, chosen, [line.id for line in sent if line.mark != batch.mark])
    unsure = [line for line in sent if line.mark != batch.mark and line.id not in known]
    answers = [
        LineAnswer(line.id, True, page.t("No. %(number)s", number=number)) for line, number in _told(sent, known)
    ]
    said = page.t("The fields above were changed while this line was waiting. Check them, then press Enter again.")
    answers += [LineAnswer(line.id, False, said) for line in unsure]
    rest = [line for line in sent if line.mark == batch.mark]
    return answers + _saved(page, chosen, sheet, batch, rest) if rest else answers


def _known(page: Page, chosen: EntryRound, requests: list[str]) -> Mapping[str, int]:
    """The numbers of the forms that were stored for lines before."""
    wanted = RequestsWanted(chosen.estate_id, chosen.round_id, tuple(requests))
    return page.read(known_requests, wanted) if requests else {}


def _told(sent: Sequence[SentLine], known: Mapping[str, int]) -> list[tuple[SentLine, int]]:
    return [(line, known[line.id]) for line in sent if line.id in known]


def _saved(
    page: Page, chosen: EntryRound, sheet: Questionnaire, batch: Batch, sent: Sequence[SentLine]
) -> list[LineAnswer]:
    read = understand(page, chosen, sheet.items, batch.prefix, [line.text for line in sent])
    pairs = list(zip(sent, read, strict=True))
    good = [(line, each) for line, each in pairs if isinstance(each, Understood)]
    refused = [(line, each) for line, each in pairs if isinstance(each, LineProblem)]
    answers = [LineAnswer(line.id, False, problem_text(page, each), each.at, each.length) for line, each in refused]
    if not good:
        return answers
    result = save_forms(page, chosen, batch, [each.form(line.id) for line, each in good])
    if not isinstance(result, Saved):
        said = error_sentence(page.words, result)
        return answers + [LineAnswer(line.id, False, said) for line, _ in good]
    told = zip(good, result.value, strict=True)
    return answers + [LineAnswer(line.id, True, saved_text(page, sheet, each, form)) for (line, each), form in told]


def show_latest(page: Page, chosen: EntryRound, sheet: Questionnaire) -> None:
    """The last forms as they were understood; the newest can be taken back at once, any of them mended."""
    everybody = page.actor.may_at(Permission.SURVEYS_MAKE, chosen.estate_id)
    wanted = FormsWanted(chosen.estate_id, chosen.round_id, everybody=everybody, limit=LATEST)
    rows = page.read(newest_forms, wanted)
    show_forms_in(page, chosen)
    picked = show_table(
        page, rows, form_columns(page, sheet, everybody=everybody), key=list_key("surveys.latest", chosen.code),
        empty=page.t("No form yet. The first line you type appears here."), opens=True, counted=False,
    )  # fmt: skip
    if picked is not None:
        mend_form(page, chosen, sheet, picked)


def form_columns(page: Page, sheet: Questionnaire, *, everybody: bool) -> list[Column[FormRow]]:
    """A form in one row: number, place, every closed answer under its question's code, words, state."""
    t, closed = page.t, sheet.closed
    columns = [
        Column[FormRow](t("No."), lambda row: row.number, ColumnKind.INTEGER),
        Column[FormRow](t("Room"), lambda row: place_text(page, row.place)),
        Column[FormRow](t("Remarks"), lambda row: _remarks(page, row)),
    ]
    if len(closed) <= 16:
        columns += [Column[FormRow](item.code, partial(_mark, item.position)) for item in closed]
    else:
        columns.append(Column[FormRow](t("Answers"), lambda row: _marks(sheet, row)))
    columns.append(Column[FormRow](t("Words"), lambda row: _said(sheet, row)))
    if everybody:
        columns.append(Column[FormRow](t("By"), lambda row: row.entered_by_name))
    return columns


def _remarks(page: Page, row: FormRow) -> str:
    """What is worth a look: taken back, another form of the unit, a call-back to make."""
    if row.state is ResponseState.WITHDRAWN:
        return enum_label(page.words, row.state)
    twice = "⚠ " + page.t("repeated") if row.is_repeated else ""
    return " ".join(filter(None, (twice, "☎ " + page.t("call-back") if row.is_called_back else "")))


def _mark(position: int, row: FormRow) -> str:
    return str(row.answers.get(position, "-"))


def _marks(sheet: Questionnaire, row: FormRow) -> str:
    return " ".join(str(row.answers.get(i.position, "-")) for i in sheet.closed)


def _said(sheet: Questionnaire, row: FormRow) -> str:
    return " / ".join(str(row.answers[i.position]) for i in sheet.open if i.position in row.answers)


def mend_form(page: Page, chosen: EntryRound, sheet: Questionnaire, row: FormRow) -> None:
    """Type a form's line anew, take the form back, or bring it in again."""
    t, form = page.t, open_form(f"surveys.mend.{chosen.code}.{row.response_id}", row.version)
    with st.container(border=True):
        warn_if_stale(page, form)
        with st.form(form.key("form"), border=False):
            line = st.text_input(
                t("Form no. %(number)s as a line", number=row.number), key=form.key("line"),
                value=line_of(items=sheet.items, place=row.place, answers=row.answers),
            )  # fmt: skip
            sent = send_button(page, form, t("Save the change"))
        taken = row.state is ResponseState.WITHDRAWN
        label = t("Bring it in again") if taken else t("Take this form back")
        if st.button(label, key=form.key("undo"), icon=":material/undo:"):
            back = WithdrawForm(chosen.estate_id, row.response_id, form.version)
            done = t("The form counts again.") if taken else t("The form was taken back; it no longer counts.")
            save(page, restore_form if taken else withdraw_form, back, done, form=form)
    if sent:
        read = understand(page, chosen, sheet.items, "", [line])[0]
        if isinstance(read, LineProblem):
            point(page, line, read)
            return
        change = EditForm(
            chosen.estate_id, row.response_id, form.version, read.unit_id, read.building_id, row.channel,
            row.collected_on, read.answers,
        )  # fmt: skip
        save(page, edit_form, change, t("Form no. %(number)s is changed.", number=row.number), form=form)
