"""A matter as it is typed while somebody is on the phone: the facts so far, the command, and where a refusal stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

import streamlit as st

from core.complaints.case import CaseRecord
from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, SubCategory, category_of
from core.imports.unitcodes import unit_parts
from core.kernel.errors import BusinessError
from core.kernel.identity import CustomerId, EstateId
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.request import RequestRecord
from core.work_orders.slots import Slot
from db.operations.cases import RegisterCase
from db.operations.work_orders import SubmitRequest
from db.queries.case_intake import HouseholdHit, HouseholdSearch, IntakeWanted
from db.queries.request_intake import RequestWanted
from db.unit_of_work import Query
from locales.labels import enum_label
from pages._shell import state
from pages._shell.page import Page

F = TypeVar("F")
R = TypeVar("R")
NAME: Final = "intake"
FRESH_SECONDS: Final = 30
"""How long what was read for a call is shown again without asking the database: it lasts a call or less."""

WORDS_SECONDS: Final = 600
"""The same for what changes once in a while: names of departments, public places."""

_TAIL: Final = 4
_SHORTEST_PHONE: Final = 7


class Matter(StrEnum):
    """What somebody calls for: the record types of cases, and a service request."""

    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    INQUIRY = "inquiry"
    REQUEST = "request"

    @property
    def record_type(self) -> RecordType:
        """The record type of a case."""
        return RecordType(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is typed so far. ``happened_at``: ``None`` where no time is said yet; ``grade``: another than proposed."""

    matter: Matter
    channel: str
    estate_id: EstateId | None
    unit: HouseholdHit | None
    place: str
    customer: CustomerId | None
    caller_name: str
    caller_phone: str
    anonymous: bool
    content: str
    happened_at: datetime | None
    households: int = 1
    sub_category: SubCategory | None = None
    emotion: Emotion | None = None
    special: bool = False
    kind: WorkKind = WorkKind.REPAIR
    failure: PublicSystem | None = None
    people_at_risk: bool = False
    wanted: Slot | None = None
    grade: CaseGrade | None = None
    grade_reason: str = ""

    @property
    def is_request(self) -> bool:
        """Whether it is a service request, no case."""
        return self.matter is Matter.REQUEST

    @property
    def category(self) -> CaseCategory | None:
        """The category the sub-category belongs to."""
        return category_of(self.sub_category) if self.sub_category else None

    def case_wanted(self, estate: EstateId) -> IntakeWanted:
        """What to ask the rules of a case."""
        return IntakeWanted(
            estate_id=estate,
            record_type=self.matter.record_type,
            category=self.category,
            sub_category=self.sub_category,
            unit_id=self.unit.unit_id if self.unit else None,
            place=self.place,
            content=self.content,
            anonymous=self.anonymous,
            households=self.households,
            special=self.special,
            grade=self.grade,
        )

    def request_wanted(self, estate: EstateId) -> RequestWanted:
        """What to ask the rules of a request."""
        unit = self.unit.unit_id if self.unit else None
        return RequestWanted(estate_id=estate, kind=self.kind, failure=self.failure, unit_id=unit, place=self.place)

    def case_command(self, estate: EstateId, request: str) -> RegisterCase:
        """The command that registers it as a case."""
        record = CaseRecord(
            record_type=self.matter.record_type,
            category=self.category,
            sub_category=self.sub_category,
            channel=CaseChannel(self.channel),
            emotion=self.emotion,
            anonymous=self.anonymous,
            special=self.special,
            happened_at=self.happened_at,
            **self._shared(),
        )
        return RegisterCase(estate, record, request, self.grade, self.grade_reason)

    def request_command(self, estate: EstateId, request: str) -> SubmitRequest:
        """The command that submits it as a service request."""
        record = RequestRecord(
            kind=self.kind,
            failure=self.failure,
            people_at_risk=self.people_at_risk,
            channel=WorkChannel(self.channel),
            wanted=self.wanted,
            noticed_at=self.happened_at,
            **self._shared(),
        )
        return SubmitRequest(estate, record, request)

    def _shared(self) -> dict[str, Any]:
        return {
            "unit": self.unit.unit_id if self.unit else None,
            "place": self.place,
            "content": self.content,
            "customer": self.customer,
            "caller_name": self.caller_name,
            "caller_phone": self.caller_phone,
            "households": self.households,
        }


@dataclass(frozen=True, slots=True)
class CallForm:
    """The form of one call. ``request`` is its own number: sent twice it is registered once."""

    request: str

    def key(self, field: str) -> str:
        """The key of a box of this form."""
        return f"{NAME}.{self.request}.{field}"

    def value(self, field: str) -> Any:
        """What a box of this form holds, drawn or not."""
        return st.session_state.get(self.key(field))

    def forget(self) -> None:
        """Forget everything that was typed; the next call has a form of its own."""
        for key in [key for key in st.session_state if str(key).startswith(self.key(""))]:
            del st.session_state[key]
        state.keep(f"{NAME}.said", {})
        state.renew_intent(NAME)


def call_form() -> CallForm:
    """The form of the present call."""
    return CallForm(state.intent(NAME))


def remembered(page: Page, ask: Query[F, R], wanted: F, *, seconds: int = FRESH_SECONDS) -> R:
    """Answer a query, or give again what was answered to the same question a moment ago."""
    key = f"{NAME}.known.{ask.__name__}"
    asked, at, answer = st.session_state.get(key, (None, page.now, None))
    if asked != wanted or not 0 <= (page.now - at).total_seconds() < seconds:
        answer = page.read(ask, wanted)
        st.session_state[key] = (wanted, page.now, answer)
    found: R = answer
    return found


def forget_answers() -> None:
    """Ask the database anew: something was registered."""
    for key in [key for key in st.session_state if str(key).startswith(f"{NAME}.known.")]:
        del st.session_state[key]


def household_search(estate: EstateId | None, text: str) -> HouseholdSearch:
    """Read what was typed to find a household: a room in any of its spellings, else a name or number (I3).

    Four digits may be a room or the end of a phone number.
    """
    code = unit_parts(text).value
    if not isinstance(code, str) or not any(sign.isdecimal() for sign in code):
        return HouseholdSearch(estate, text)
    number_like = code.isdecimal() and (len(code) == _TAIL or len(code) >= _SHORTEST_PHONE)
    return HouseholdSearch(estate, text if number_like else code, people=number_like)


def matter_text(page: Page, matter: Matter) -> str:
    """What a matter is called."""
    return page.t("Service request") if matter is Matter.REQUEST else enum_label(page.words, matter.record_type)


_FIELD_OF_CODE: Final[Mapping[str, str]] = {
    "place_missing": "place",
    "giver_missing": "who",
    "anonymous_named": "who",
    "masked": "who",
    "unreadable": "who",
    "in_future": "when",
    "too_long_ago": "when",
    "households": "households",
    "grade_reason": "grade",
    "reason_missing": "grade",
    "not_graded": "grade",
    "retired": "place",
    "slot_past": "kind",
    "slot_far": "kind",
    "failure_slot": "kind",
    "failure_kind": "kind",
    "risk_without_failure": "kind",
}
_FIELD_OF_NAME: Final[Mapping[str, str]] = {
    "content": "content",
    "emotion": "emotion",
    "channel": "channel",
    "happened_at": "when",
    "noticed_at": "when",
    "kind": "kind",
    "place": "place",
    "name": "who",
    "phone": "who",
    "reason": "grade",
}


def field_of(error: BusinessError) -> str:
    """Name the part of the form a refusal is about; "" for none of them."""
    known = _FIELD_OF_CODE.get(error.code.rpartition(".")[2], "")
    return known or _FIELD_OF_NAME.get(str(error.fields.get("field", "")), "")
