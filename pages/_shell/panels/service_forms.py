"""What the forms at a complaint or request share: done, the record stays open and the page says what happened."""

from typing import NoReturn, TypeVar

import streamlit as st

from core.kernel.identity import EstateId
from core.kernel.records import RecordKind
from db.queries.service_details import RecordDetails
from db.unit_of_work import Operation
from pages._shell import state
from pages._shell.page import Page
from pages._shell.widgets import OpenForm, leave_form

C = TypeVar("C")
R = TypeVar("R")


def stay_open(kind: RecordKind, estate: EstateId, record_id: int, message: str) -> NoReturn:
    """Say what happened and run the page again with the record open: ``?of=1&case=12`` or ``?of=1&order=12``."""
    record: dict[str, int] = {"of": estate, kind.value: record_id}
    state.put_outcome(message, **record)
    st.rerun()


def saved_at(
    page: Page, details: RecordDetails, act: Operation[C, R], command: C, message: str, *, form: OpenForm
) -> None:
    """Carry out a form's command at a record. Done: the form is forgotten; refused: everything typed stays."""
    if page.submit(act, command):
        leave_form(form.name)
        stay_open(details.kind, details.estate_id, details.record_id, message)
