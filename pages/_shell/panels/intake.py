"""Taking a call: the form, what the portal knows, registering, and the calm page after it (R-073 to R-081, R-111)."""

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId
from db.operations.cases import Registered, register_case
from db.operations.work_orders import Submitted, submit_request
from db.queries.case_intake import IntakeAdvice, intake_advice
from db.queries.request_intake import RequestAdvice, request_advice
from locales.labels import error_sentence
from pages._shell import state
from pages._shell.links import open_button, plain
from pages._shell.page import Page, Saved
from pages._shell.panels.intake_draft import (
    NAME,
    CallForm,
    Draft,
    call_form,
    field_of,
    forget_answers,
    remembered,
)
from pages._shell.panels.intake_form import choose_matter, fill_in, keep_channel, refuse, take_refusal, with_grade
from pages._shell.panels.intake_known import (
    promise_text,
    request_text,
    show_duplicates,
    show_household,
    show_knowledge,
    show_same_requests,
    show_sentence,
    show_unknown_years,
)

_RESULT: Final = f"{NAME}.result"


def take_call(page: Page) -> None:
    """One call, after which comes the next."""
    result = state.kept(_RESULT, {})
    if result:
        _show_result(page, result)
        return
    form, refusal = call_form(), take_refusal()
    matter = choose_matter(page, form)
    left, right = st.columns([11, 9], gap="medium")
    with left:
        draft = fill_in(page, form, matter, refusal)
        advice = _advice(page, draft)
    with right:
        _show_promise(page, draft, advice)
        draft = with_grade(page, form, draft, advice if isinstance(advice, IntakeAdvice) else None, refusal)
        if _register_button(page, form):
            _register(page, form, draft)
        refusal.rest()
        _show_known(page, draft, advice)


def _advice(page: Page, draft: Draft) -> IntakeAdvice | RequestAdvice | None:
    """What the rules say of it; nothing without an estate."""
    if draft.estate_id is None:
        return None
    if draft.is_request:
        return remembered(page, request_advice, draft.request_wanted(draft.estate_id))
    return remembered(page, intake_advice, draft.case_wanted(draft.estate_id))


def _show_promise(page: Page, draft: Draft, advice: IntakeAdvice | RequestAdvice | None) -> None:
    """The sentence as it will be, its number still to come."""
    if advice is None:
        show_sentence(page, page.t("Type the room or choose an estate: then the times stand here."))
        return
    if isinstance(advice, IntakeAdvice):
        text = promise_text(page, advice.promise)
    else:
        text = request_text(page, draft, "", advice.respond_by, advice.finish_by)
    show_sentence(page, text, title=page.t("Say to the customer (the number comes with “Register”):"))
    if draft.people_at_risk:
        st.error(page.t("People are in danger: phone the engineer on duty and the rescue service first."),
                 icon=":material/emergency:")  # fmt: skip
    show_unknown_years(page, advice.unknown_years)


def _show_known(page: Page, draft: Draft, advice: IntakeAdvice | RequestAdvice | None) -> None:
    if advice is not None and draft.estate_id is not None:
        if isinstance(advice, IntakeAdvice):
            show_duplicates(page, draft.estate_id, advice)
        else:
            show_same_requests(page, draft.estate_id, advice, draft)
    show_household(page, draft)
    if isinstance(advice, IntakeAdvice):
        show_knowledge(advice.known)


# --- registering


def _register_button(page: Page, form: CallForm) -> bool:
    """The button; its key is heard by the browser's script, which knows the box it may be pressed in."""
    with st.container(key="intake_register"):
        return st.button(
            page.t("Register"), type="primary", icon=":material/call_end:", width="stretch", shortcut="Ctrl+Enter",
            key=form.key("register"),
        )  # fmt: skip


def _register(page: Page, form: CallForm, draft: Draft) -> None:
    """Register it once, whatever is clicked meanwhile; a refusal stands at its field and everything typed stays."""
    if draft.estate_id is None:
        refuse("place", page.t("Where is it? Type the room, or the public place and its estate."))
    done = _carried_out(page, form, draft, draft.estate_id)
    if isinstance(done, BusinessError):
        refuse(field_of(done), error_sentence(page.words, done))
    if done is not None:
        state.keep(_RESULT, {"estate": draft.estate_id, "at": page.now, **done})
        keep_channel()
        forget_answers()
        form.forget()  # the number of the form last: a click meanwhile sends the same one again (R4)
        st.rerun()


def _carried_out(page: Page, form: CallForm, draft: Draft, estate: EstateId) -> dict[str, Any] | BusinessError | None:
    """What is shown of it afterwards, or the refusal; nothing while the password is asked for again."""
    saved: Saved[Registered] | Saved[Submitted] | BusinessError | None
    if draft.is_request:
        saved = page.attempt(submit_request, draft.request_command(estate, form.request))
    else:
        saved = page.attempt(register_case, draft.case_command(estate, form.request))
    if not isinstance(saved, Saved):
        return saved
    answer = saved.value
    if isinstance(answer, Submitted):
        text = request_text(page, draft, answer.number, answer.respond_by, answer.finish_by)
        return {"number": answer.number, "text": text, "order": answer.order_id, "drafts": bool(answer.drafts)}
    text, repeats = promise_text(page, answer.promise), len(answer.repeated_of)
    return {"number": answer.number, "text": text, "case": answer.case_id, "repeats": repeats}


# --- after it


def _show_result(page: Page, result: Mapping[str, Any]) -> None:
    """The number and the sentence, large; the way to the record, and to the next call."""
    _, middle, _ = st.columns([1, 6, 1])
    with middle:
        at = page.words.instant(result["at"])
        st.success(page.t("Registered at %(at)s.", at=at), icon=":material/check_circle:")
        st.title(plain(result["number"]), anchor=False)
        show_sentence(page, result["text"])
        _show_what_follows(page, result)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                page.t("Next call"), type="primary", icon=":material/call:", shortcut="Alt+N", on_click=_next_call,
                key=f"{NAME}.next",
            )  # fmt: skip
            is_request = "order" in result
            text = page.t("Open the request") if is_request else page.t("Open the case")
            target, name = ("service.requests", "order") if is_request else ("service.cases", "case")
            address: dict[str, Any] = {"of": result["estate"], name: result[name]}
            open_button(page, text, target, key=f"{NAME}.open", estate=result["estate"], **address)


def _show_what_follows(page: Page, result: Mapping[str, Any]) -> None:
    """What is to be done about it beside the usual way."""
    if repeats := result.get("repeats"):
        said = page.words.tn(
            "It repeats %(count)s earlier complaint.", "It repeats %(count)s earlier complaints.", repeats
        )
        st.warning(said, icon=":material/repeat:")
    if result.get("drafts"):
        said = page.t("An event and a notice to the owners were drafted. Open the request to release them.")
        st.warning(said, icon=":material/campaign:")


def _next_call() -> None:
    """The form of the next call, empty but for the channel."""
    state.keep(_RESULT, {})
