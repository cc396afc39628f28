"""Double entry: a second person types a sample of the paper again, and the two readings are compared (R-138)."""

import streamlit as st

from core.surveys.checks import is_sampled
from core.surveys.lines import LineProblem
from core.surveys.questionnaires import Questionnaire
from db.operations.survey_checks import CheckForm, SettleCheck, check_form, settle_check
from db.queries.survey_checks import CheckWanted, OpenCheck, check_figures, form_to_check, open_check
from db.queries.survey_entry import EntryRound, FormRow, FormsWanted
from pages._shell.page import Page
from pages._shell.panels.survey_entry import pattern_text, point, understand
from pages._shell.widgets import leave_form, open_form, send_button


def check_sample(page: Page, chosen: EntryRound, sheet: Questionnaire) -> None:
    """What the check found so far, then the form to settle or the next one to type again."""
    t, wanted = page.t, FormsWanted(chosen.estate_id, chosen.round_id)
    found = page.read(check_figures, wanted)
    if found.forms:
        share = found.differing * 100 / found.compared if found.compared else 0
        st.caption(
            t(
                "%(forms)s forms typed twice, %(compared)s answers compared, %(differing)s differed (%(share)s %%).",
                forms=found.forms, compared=found.compared, differing=found.differing, share=f"{share:.1f}",
            )
        )  # fmt: skip
    differing = page.read(open_check, wanted)
    if differing is not None:
        _settle(page, chosen, sheet, differing)
        return
    sampled = (n for n in range(1, chosen.last_number + 1))
    numbers = tuple(n for n in sampled if is_sampled(number=n, percent=chosen.check_percent, salt=chosen.round_id))
    form = page.read(form_to_check, CheckWanted(chosen.estate_id, chosen.round_id, numbers))
    if form is None:
        st.info(
            t("Nothing to check for you: %(percent)s %% of the forms that others typed are checked.",
              percent=chosen.check_percent),
            icon=":material/task_alt:",
        )  # fmt: skip
        return
    _type_again(page, chosen, sheet, form)


def _type_again(page: Page, chosen: EntryRound, sheet: Questionnaire, row: FormRow) -> None:
    t, form = page.t, open_form(f"surveys.check.{chosen.code}.{row.response_id}", row.version)
    st.markdown(f"##### {t('Take form no. %(number)s out of the pile and type it again', number=row.number)}")
    with st.form(form.key("form"), border=False):
        line = st.text_input(
            t("One form a line: %(pattern)s", pattern=pattern_text(page, sheet)), key=form.key("line"),
            help=t("The first reading is not shown, so that it cannot be copied."),
        )  # fmt: skip
        sent = send_button(page, form, t("Compare"))
    if not sent:
        return
    read = understand(page, chosen, sheet.items, "", [line])[0]
    if isinstance(read, LineProblem):
        point(page, line, read)
        return
    saved = page.submit(check_form, CheckForm(chosen.estate_id, row.response_id, read.answers))
    if saved:
        leave_form(form.name)
        same = not saved.value.differing
        page.done(t("Both readings agree.") if same else t("The readings differ: decide which one is right."))


def _settle(page: Page, chosen: EntryRound, sheet: Questionnaire, found: OpenCheck) -> None:
    """The answers that differ, side by side; looking at the paper decides."""
    t = page.t
    st.markdown(f"##### {t('Form no. %(number)s was read in two ways', number=found.number)}")
    for item in sheet.closed:
        if item.position in found.differing:
            first, second = (said.get(item.position, "-") for said in (found.first, found.second))
            text = f"{item.position}. {item.text(page.words.language)}"
            st.text(t("%(question)s: first %(first)s, second %(second)s", question=text, first=first, second=second))
    with st.container(horizontal=True):
        first_right = st.button(t("The first reading is right"), key="surveys.check.first")
        second_right = st.button(t("The second reading is right"), key="surveys.check.second", type="primary")
    if first_right or second_right:
        command = SettleCheck(chosen.estate_id, found.response_id, found.version, take_second=second_right)
        if page.submit(settle_check, command):
            page.done(t("Form no. %(number)s is settled.", number=found.number))
