"""Words of complaints: what a case is about, how it weighs, where on its way it stands, what comes next."""

from collections.abc import Mapping
from typing import Final

from core.complaints.grading import CaseGrade, HandlingType
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, RecordType, SubCategory
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.registry import N_

_S: Final = CaseState
_QUESTION: Final = (_S.REGISTERED, _S.CLASSIFIED, _S.ASSIGNED, _S.RESPONDED, _S.CLOSED)
WAYS: Final[Mapping[RecordType, tuple[CaseState, ...]]] = {
    RecordType.COMPLAINT: (
        _S.REGISTERED, _S.CLASSIFIED, _S.ASSIGNED, _S.RESPONDED, _S.IN_PROGRESS, _S.RESOLVED, _S.CALLED_BACK, _S.CLOSED,
    ),
    RecordType.SUGGESTION: _QUESTION,
    RecordType.INQUIRY: _QUESTION,
    RecordType.PRAISE: (_S.REGISTERED, _S.CLOSED),
}  # fmt: skip
"""The way of each type from registration to closing, as it is shown."""

_NEXT: Final[Mapping[CaseState, str]] = {
    _S.REGISTERED: N_("Next: classify it."),
    _S.CLASSIFIED: N_("Next: assign it to a handler."),
    _S.ASSIGNED: N_("Next: the handler speaks to the customer and confirms the claim."),
    _S.RESPONDED: N_("Next: the handler makes a plan."),
    _S.IN_PROGRESS: N_("Next: carry it out, tell the customer, and note the result."),
    _S.RESOLVED: N_("Next: somebody else than the handler calls the customer back."),
    _S.CALLED_BACK: N_("Next: close it."),
    _S.CLOSED: N_("It is closed."),
    _S.WITHDRAWN: N_("Nothing more is done."),
    _S.MERGED: N_("It goes on in the other case."),
    _S.ARCHIVED: N_("It is archived."),
}


def what_text(
    page: Page, record_type: RecordType, category: CaseCategory | None, sub_category: SubCategory | None
) -> str:
    """The narrowest that is known of what a case is about; the type is named where it is no complaint."""
    about = sub_category or category
    words = [] if record_type is RecordType.COMPLAINT and about else [enum_label(page.words, record_type)]
    return " · ".join([*words, *([enum_label(page.words, about)] if about else [])])


def weight_text(page: Page, grade: CaseGrade, handling: tuple[HandlingType, ...], *, escalated: bool = False) -> str:
    """The grade with the flags that go with it: ``Urgent · repeated``."""
    flags = [kind for kind in handling if kind not in (HandlingType.URGENT, HandlingType.REGULAR)]
    parts = [enum_label(page.words, grade), *(enum_label(page.words, flag) for flag in flags)]
    return " · ".join([*parts, *([page.t("⚡ emergency")] if escalated else [])])


def stepper(page: Page, record_type: RecordType, state: CaseState) -> str:
    """The way of the case in words, the present place marked; a case that left it is said to be so."""
    way = WAYS[record_type]
    if state not in way:
        return f"✕ **{enum_label(page.words, state)}**" if state is not _S.ARCHIVED else (
            f"✓ **{enum_label(page.words, state)}**")  # fmt: skip
    here, parts = way.index(state), []
    for place, each in enumerate(way):
        word = enum_label(page.words, each)
        now = page.t("%(stage)s (now)", stage=word)
        parts.append(f"✓ {word}" if place < here else f"**● {now}**" if place == here else f"○ {word}")
    return " ▸ ".join(parts)


def next_text(page: Page, record_type: RecordType, state: CaseState) -> str:
    """What comes next from here, in one sentence."""
    if state is _S.REGISTERED and record_type is RecordType.PRAISE:
        return page.t("Next: thank the customer and close it.")
    if state is _S.RESPONDED and record_type is not RecordType.COMPLAINT:
        return page.t("Next: give the answer and close it.")
    return page.t(_NEXT[state])
