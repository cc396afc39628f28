"""The left side of a call: room, who speaks, what happened, how it came, in the order people tell it (R-073, R-111)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final, NoReturn

import streamlit as st

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.complaints.case import LONGEST_CONTENT, LONGEST_NAME, LONGEST_PHONE, LONGEST_PLACE, MOST_HOUSEHOLDS
from core.complaints.grading import CaseGrade, GradeProposal
from core.complaints.taxonomy import HOME_DEPARTMENTS, SUB_CATEGORIES, CaseChannel, Emotion, SubCategory, category_of
from core.imports.case_topics import likely_topics
from core.kernel.identity import COMPANY, CustomerId, EstateId
from core.kernel.periods import CHINA, local_day
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from core.work_orders.slots import Slot
from db.operations.customers import NoteContactSearch, note_contact_search
from db.queries.case_household import Resident
from db.queries.case_intake import HouseholdHit, IntakeAdvice, household_hits
from db.queries.codes import CodesWanted, codes_of
from db.queries.request_intake import PlacesWanted, RequestWanted, places_named, request_advice
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import plain
from pages._shell.page import Page
from pages._shell.panels.intake_draft import (
    NAME,
    WORDS_SECONDS,
    CallForm,
    Draft,
    Matter,
    household_search,
    matter_text,
    remembered,
)
from pages._shell.panels.intake_text import live_text
from pages._shell.widgets import is_news, list_key

MOST_PILLS: Final = 8
_MOST_PLACES: Final = 4
_ANOTHER, _ANONYMOUS, _MORE = "another", "anonymous", "more"
_NOW, _TODAY, _OTHER = "now", "today", "other"
_CHANNELS: Final = ("phone", "hotline", "wechat", "front_desk", "mini_program", "app")
"""The channels most calls come by; the others stand behind one further pill."""

_REFUSED: Final = f"{NAME}.refused"
_KEPT: Final[Mapping[str, Any]] = {"persist_state": "session"}
_PILLS: Final[Mapping[str, Any]] = {**_KEPT, "wrap": True}
_LATER: Final[Mapping[str, Any]] = {**_KEPT, "on_change": "ignore"}
"""What nothing else follows from waits in the browser for the next run: no waiting at all."""

"""What is typed stays while another page is looked at: a call is not told twice."""


@dataclass(slots=True)
class Refusal:
    """Why the form was refused when it was last sent, to be said right under the part it is about."""

    field: str = ""
    says: str = ""

    def under(self, name: str) -> None:
        """Say it here, if it is about the part that was just drawn."""
        if self.says and self.field == name:
            self.rest()

    def rest(self) -> None:
        """Say it here, if it was about no part that is there."""
        if self.says:
            st.error(self.says, icon=":material/block:")
        self.says = ""


def refuse(field: str, says: str) -> NoReturn:
    """Draw the form again with the reason at its field; everything typed stays."""
    state.keep(_REFUSED, {"field": field, "says": says})
    st.rerun()


def take_refusal() -> Refusal:
    """The refusal to say in this run, if there is one."""
    kept = state.kept(_REFUSED, {})
    state.keep(_REFUSED, {})
    return Refusal(**kept)


@dataclass(frozen=True, slots=True)
class _Giver:
    customer: CustomerId | None = None
    name: str = ""
    phone: str = ""
    anonymous: bool = False


def choose_matter(page: Page, form: CallForm) -> Matter:
    """What somebody calls for."""
    offered = [m for m in Matter if m is not Matter.REQUEST or page.may(Permission.ORDERS_REGISTER)]
    asked = state.record_in_address("matter")
    first = next((matter for matter in offered if matter.value == asked), Matter.COMPLAINT)
    chosen = st.segmented_control(
        page.t("What is it about?"), offered, default=first, required=True, label_visibility="collapsed",
        format_func=lambda matter: matter_text(page, matter), key=form.key("matter"), **_KEPT,
    )  # fmt: skip
    return Matter(chosen)


def fill_in(page: Page, form: CallForm, matter: Matter, refusal: Refusal) -> Draft:
    """The form in the order of a call, and what is typed in it so far."""
    unit, place, estate = _where(page, form, refusal)
    giver = _who(page, form, matter, unit, refusal)
    content = live_text(
        form=form.request, label=page.t("What happened, in the customer’s words"), longest=LONGEST_CONTENT,
        hint=page.t("for example: the lift of entrance 1 has stood still since this morning"),
    )  # fmt: skip
    refusal.under("content")
    if matter is Matter.REQUEST:
        facts = _request_facts(page, form, estate, refusal)
    else:
        facts = _case_facts(page, form, content, refusal)
    channel = _channel(page, form, matter, refusal)
    return Draft(
        matter=matter,
        channel=channel,
        estate_id=estate,
        unit=unit,
        place=place,
        customer=giver.customer,
        caller_name=giver.name,
        caller_phone=giver.phone,
        anonymous=giver.anonymous,
        content=content,
        grade=form.value("grade") if matter is Matter.COMPLAINT else None,
        **facts,
        **_circumstances(page, form, matter, estate, refusal),
    )


# --- where


def _where(page: Page, form: CallForm, refusal: Refusal) -> tuple[HouseholdHit | None, str, EstateId | None]:
    """The room, found from a part of its code, a name or a number; or a public place; and the estate of both."""
    t = page.t
    left, right = st.columns([5, 5], vertical_alignment="bottom")
    with left.container(key="intake_room"):
        typed = st.text_input(
            t("Room, name or phone"), key=form.key("room"), max_chars=100, placeholder="3-1-1202",
            help=t("A part of the room’s code finds it. A whole name, a phone number or its last four digits find "
                   "people; such a search is noted."), **_KEPT,
        )  # fmt: skip
    place = right.text_input(
        t("Public place, if it is not the room"), key=form.key("place"), max_chars=LONGEST_PLACE,
        placeholder=t("main gate, garage B1 …"), **_KEPT,
    )  # fmt: skip
    unit = _household(page, form, typed or "")
    estate = unit.estate_id if unit else _estate(page, form, place or "")
    if place and estate is not None:
        _offer_places(page, form, estate, place)
    refusal.under("place")
    return unit, place or "", estate


def _household(page: Page, form: CallForm, typed: str) -> HouseholdHit | None:
    """The one household meant; several are offered, the exact code is taken by itself."""
    t = page.t
    if not typed.strip():
        return None
    wanted = household_search(page.filter.estate_id, typed)
    if wanted.people and page.actor.may(Permission.CUSTOMERS_VIEW) and is_news(f"{NAME}.search", repr(wanted)):
        if not page.submit(note_contact_search, NoteContactSearch(wanted.text, wanted.estate_id or COMPANY)):
            return None
        st.rerun()
    hits = remembered(page, household_hits, wanted)
    exact = [hit for hit in hits if hit.code == wanted.text]
    if len(exact) == 1 or len(hits) == 1:
        hit = (exact or hits)[0]
        st.caption(plain(f"✓ {hit.code} · {hit.estate_name}"))
        return hit
    if not hits:
        st.warning(
            t("No room, name or number like this. Check it, or write the public place."), icon=":material/search_off:"
        )
        return None
    offered = {f"{hit.estate_id}.{hit.unit_id}": hit for hit in hits[:MOST_PILLS]}
    chosen = st.pills(
        t("Which household?"), list(offered), format_func=lambda code: _hit_text(page, offered[code], wanted.people),
        key=form.key(list_key("hit", wanted)), **_PILLS,
    )  # fmt: skip
    if len(hits) > MOST_PILLS:
        st.caption(t("There are more. Type more of the code."))
    return offered[chosen] if chosen else None


def _hit_text(page: Page, hit: HouseholdHit, people: bool) -> str:
    parts = [hit.code] if page.filter.estate_id else [hit.code, hit.estate_name]
    if people and hit.people:
        parts.append(page.t(", ").join(person.name for person in hit.people[:2]))
    return " · ".join(parts)


def _estate(page: Page, form: CallForm, place: str) -> EstateId | None:
    """The estate of a call without a room: the one chosen above, the only one, or the one asked for here."""
    if page.filter.estate_id is not None or len(page.estates) == 1:
        return page.filter.estate_id or page.estates[0].id
    if not place.strip():
        return None
    names = {option.id: option.name for option in page.estates}
    chosen: EstateId | None = st.selectbox(
        page.t("In which estate is this place?"), list(names), index=None, format_func=names.__getitem__,
        placeholder=page.t("Choose an estate"), key=form.key("estate"), **_KEPT,
    )  # fmt: skip
    return chosen


def _offer_places(page: Page, form: CallForm, estate: EstateId, place: str) -> None:
    """Public places named before that hold what was typed: the same words make repeats visible (R-097)."""
    known = remembered(page, places_named, PlacesWanted(estate), seconds=WORDS_SECONDS)
    said = place.strip().casefold()
    like = [one for one in known if said in one.casefold() and one != place][:_MOST_PLACES]
    if like and place not in known:
        st.pills(
            page.t("Named before"), like, key=form.key("place_known"), label_visibility="collapsed",
            on_change=_take_place, args=(form,),
        )  # fmt: skip


def _take_place(form: CallForm) -> None:
    if taken := form.value("place_known"):
        st.session_state[form.key("place")] = taken


# --- who


def _who(page: Page, form: CallForm, matter: Matter, unit: HouseholdHit | None, refusal: Refusal) -> _Giver:
    """Who speaks: somebody of the household, somebody else, or nobody named."""
    t = page.t
    people = {f"c{one.customer_id}": one for one in (unit.people if unit else ())}
    options = [*people, _ANOTHER, *([] if matter is Matter.REQUEST else [_ANONYMOUS])]
    names = {_ANOTHER: t("Another person"), _ANONYMOUS: t("Anonymous")} | {
        code: person_text(page, one) for code, one in people.items()
    }
    chosen = st.pills(t("Who speaks?"), options, format_func=names.__getitem__, key=form.key("who"), **_PILLS)
    giver = _Giver(anonymous=chosen == _ANONYMOUS)
    if chosen in people:
        giver = _Giver(people[chosen].customer_id)
    if chosen == _ANOTHER:
        name, phone = st.columns(2)
        giver = _Giver(
            name=name.text_input(t("Caller’s name"), max_chars=LONGEST_NAME, key=form.key("caller"), **_LATER) or "",
            phone=phone.text_input(t("Caller’s phone"), max_chars=LONGEST_PHONE, key=form.key("phone"), **_LATER) or "",
        )
    refusal.under("who")
    return giver


def person_text(page: Page, person: Resident) -> str:
    """Somebody of the household, masked."""
    return " ".join(filter(None, (person.name, enum_label(page.words, person.relation))))


# --- what


def _case_facts(page: Page, form: CallForm, content: str, refusal: Refusal) -> dict[str, Any]:
    """What it is about, and how the customer feels."""
    sub = _topic(page, form, content)
    names = {emotion: enum_label(page.words, emotion) for emotion in Emotion}
    emotion = st.pills(
        page.t("How does the customer feel?"), list(Emotion), format_func=names.__getitem__, key=form.key("emotion"),
        wrap=True, **_LATER,
    )  # fmt: skip
    refusal.under("emotion")
    return {"sub_category": sub, "emotion": emotion}


def _topic(page: Page, form: CallForm, content: str) -> SubCategory | None:
    """The sub-category: what the words speak for is one click, all others stand in the list (R-077)."""
    likely = list(likely_topics(text=content)) if content else []
    every = [sub for subs in SUB_CATEGORIES.values() for sub in subs]
    name = form.key("topic")
    if st.session_state.get(name) not in (None, *likely):
        likely.append(st.session_state[name])
    if likely:
        st.session_state[form.key("likely")] = st.session_state.get(name)
        st.pills(
            page.t("Probably about"), likely, format_func=lambda sub: topic_text(page, sub), key=form.key("likely"),
            on_change=_take_topic, args=(form,), wrap=True,
        )  # fmt: skip
    box, who = st.columns([6, 4], vertical_alignment="center")
    hint = page.t("All categories: type or choose")
    sub: SubCategory | None = box.selectbox(
        page.t("Category"), [None, *every], format_func=lambda one: topic_text(page, one) if one else hint, key=name,
        label_visibility="collapsed" if likely else "visible", **_KEPT,
    )  # fmt: skip
    if sub is not None:
        who.caption(page.t("→ handled by: %(department)s", department=_department(page, sub)))
    return sub


def _take_topic(form: CallForm) -> None:
    st.session_state[form.key("topic")] = form.value("likely")


def topic_text(page: Page, sub: SubCategory) -> str:
    """A sub-category with its category in front."""
    category, words = enum_label(page.words, category_of(sub)), enum_label(page.words, sub)
    return f"{category} · {words}"


def _department(page: Page, sub: SubCategory) -> str:
    """The name of the category's home department."""
    code = HOME_DEPARTMENTS[category_of(sub)]
    wanted = CodesWanted((CodeList.DEPARTMENT,), with_retired=True)
    rows = remembered(page, codes_of, wanted, seconds=WORDS_SECONDS)
    return next((row.label(page.words.language) for row in rows if row.code == code), code)


def _request_facts(page: Page, form: CallForm, estate: EstateId | None, refusal: Refusal) -> dict[str, Any]:
    """The kind, a failed public system with the people in danger, or the time the customer would like."""
    t = page.t
    kinds = {kind: enum_label(page.words, kind) for kind in WorkKind}
    left, right = st.columns([42, 58])
    with left:
        kind = st.pills(
            t("What is needed?"), list(WorkKind), default=WorkKind.REPAIR, required=True,
            format_func=kinds.__getitem__, key=form.key("kind"), **_PILLS,
        )  # fmt: skip
    failure = _failure(page, form, right) if kind is WorkKind.REPAIR else None
    at_risk = failure is not None and st.checkbox(t("⚠ People are trapped or in danger"), key=form.key("risk"), **_KEPT)
    wanted = None if failure or estate is None else _slot(page, form, RequestWanted(estate_id=estate, kind=kind))
    refusal.under("kind")
    return {"kind": kind, "failure": failure, "people_at_risk": at_risk, "wanted": wanted}


def _failure(page: Page, form: CallForm, place: Any) -> PublicSystem | None:
    names = {system: enum_label(page.words, system) for system in PublicSystem}
    failed: PublicSystem | None = place.pills(
        page.t("Has a public system failed?"), list(PublicSystem), format_func=names.__getitem__,
        key=form.key("failure"), **_PILLS,
    )  # fmt: skip
    return failed


def _slot(page: Page, form: CallForm, wanted: RequestWanted) -> Slot | None:
    """A time of the next working days; a wish, no appointment yet (R-118)."""
    slots = {slot.start.isoformat(): slot for slot in remembered(page, request_advice, wanted).slots}
    chosen = st.selectbox(
        page.t("When would the customer like it?"), list(slots), index=None, key=form.key("wanted"),
        format_func=lambda start: slot_text(page, slots[start]), placeholder=page.t("any time"), **_KEPT,
    )  # fmt: skip
    return slots.get(chosen) if chosen else None


def slot_text(page: Page, slot: Slot) -> str:
    """A time of a day, as ``today, 13:30–15:30``."""
    start, end = slot.start.astimezone(CHINA), slot.end.astimezone(CHINA)
    return page.t("%(day)s, %(start)s–%(end)s", day=_day_text(page, start), start=f"{start:%H:%M}", end=f"{end:%H:%M}")


def spoken_time(page: Page, at: datetime) -> str:
    """An instant as one says it on the phone: today and tomorrow by their names, other days by date and weekday."""
    local = at.astimezone(CHINA)
    return page.t("%(time)s %(day)s", time=f"{local:%H:%M}", day=_day_text(page, local))


def _day_text(page: Page, local: datetime) -> str:
    t, ahead = page.t, (local.date() - local_day(page.now)).days
    if ahead in (0, 1):
        return t("today") if ahead == 0 else t("tomorrow")
    days = (t("Monday"), t("Tuesday"), t("Wednesday"), t("Thursday"), t("Friday"), t("Saturday"), t("Sunday"))
    return t("%(weekday)s, %(day)s", weekday=days[local.weekday()], day=local.date())


# --- how and when


def _channel(page: Page, form: CallForm, matter: Matter, refusal: Refusal) -> str:
    """How it came in; the last one stays for the next call."""
    members: Sequence[CaseChannel | WorkChannel]
    members = list(CaseChannel)
    if matter is Matter.REQUEST:
        members = [channel for channel in WorkChannel if channel is not WorkChannel.COMPLAINT]
    names = {member.value: enum_label(page.words, member) for member in members}
    kept = state.kept(f"{NAME}.channel", {}).get("code")
    usual = kept if kept in names else _CHANNELS[0]
    shown = [*_CHANNELS, *([usual] if usual not in _CHANNELS else []), _MORE]
    kind = "r" if matter is Matter.REQUEST else "c"
    code = st.pills(
        page.t("How did it come in?"), shown, default=usual, required=True, key=form.key(f"channel.{kind}.{usual}"),
        format_func=lambda one: page.t("more …") if one == _MORE else names[one], **_PILLS,
    )  # fmt: skip
    if code == _MORE:
        rest = [one for one in names if one not in shown]
        code = st.pills(
            page.t("Other ways"), rest, default=rest[0], required=True, label_visibility="collapsed",
            format_func=names.__getitem__, key=form.key(f"channel.{kind}.rest"), **_PILLS,
        )  # fmt: skip
    refusal.under("channel")
    st.session_state[f"{NAME}.channel.now"] = code
    return str(code)


def keep_channel() -> None:
    """Let the next call begin with the channel of this one."""
    state.keep(f"{NAME}.channel", {"code": st.session_state.get(f"{NAME}.channel.now")})


def _circumstances(
    page: Page, form: CallForm, matter: Matter, estate: EstateId | None, refusal: Refusal
) -> dict[str, Any]:
    """When it happened, how many are affected, and whether it is a special case."""
    t = page.t
    when, many = st.columns([6, 3], vertical_alignment="bottom")
    with when:
        happened = _when(page, form)
    households = many.number_input(
        t("Households affected"), min_value=1, max_value=MOST_HOUSEHOLDS, step=1, key=form.key("households"), **_KEPT
    )
    refusal.under("when")
    found: dict[str, Any] = {"happened_at": happened, "households": int(households or 1)}
    if matter is Matter.COMPLAINT and estate is not None and page.actor.may_at(Permission.CASES_ASSIGN, estate):
        help_text = t("A case the management follows: press, law, danger to people, an important date.")
        found["special"] = st.checkbox(t("Special case"), key=form.key("special"), help=help_text, **_KEPT)
    return found


def _when(page: Page, form: CallForm) -> datetime | None:
    """Just now, earlier today, or a date and time."""
    t = page.t
    names = {_NOW: t("Just now"), _TODAY: t("Earlier today"), _OTHER: t("Another day")}
    code = st.pills(
        t("When did it happen?"), list(names), default=_NOW, required=True, format_func=names.__getitem__,
        key=form.key("when"), **_PILLS,
    )  # fmt: skip
    if code == _NOW:
        return page.now
    if code == _TODAY:
        clock: time | None = st.time_input(
            t("At what time?"), value=None, step=timedelta(minutes=15), key=form.key("clock"), **_KEPT
        )
        return None if clock is None else datetime.combine(local_day(page.now), clock, tzinfo=CHINA)
    typed: datetime | None = st.datetime_input(
        t("On which day, at what time?"), value=None, format="YYYY-MM-DD", step=timedelta(minutes=15),
        key=form.key("moment"), **_KEPT,
    )  # fmt: skip
    return None if typed is None else typed.replace(tzinfo=CHINA)


# --- grade

_GRADE_SIGNS: Final = {CaseGrade.URGENT: "🔴", CaseGrade.MAJOR: "🟠", CaseGrade.NORMAL: "○"}


def grade_text(page: Page, grade: CaseGrade) -> str:
    """A grade with its sign."""
    return f"{_GRADE_SIGNS[grade]} {enum_label(page.words, grade)}"


def with_grade(page: Page, form: CallForm, draft: Draft, advice: IntakeAdvice | None, refusal: Refusal) -> Draft:
    """The proposed grade with its reasons; another one, with a reason, for whoever may classify (R-079)."""
    none = replace(draft, grade=None)
    if advice is None or draft.matter is not Matter.COMPLAINT or draft.estate_id is None:
        return none
    proposal = advice.grade
    left, right = st.columns([6, 4], vertical_alignment="center")
    left.text(_proposal_text(page, proposal))
    if not draft.sub_category or not page.actor.may_at(Permission.CASES_CLASSIFY, draft.estate_id):
        return none
    others = [one for one in CaseGrade if one is not proposal.grade]
    chosen = right.pills(
        page.t("Another grade"), others, format_func=lambda one: grade_text(page, one), label_visibility="collapsed",
        key=form.key("grade"), **_PILLS,
    )  # fmt: skip
    reason = ""
    if chosen is not None:
        reason = st.text_input(page.t("Why another grade?"), max_chars=500, key=form.key("why"), **_KEPT) or ""
    refusal.under("grade")
    return replace(draft, grade=chosen, grade_reason=reason)


def _proposal_text(page: Page, proposal: GradeProposal) -> str:
    grade = grade_text(page, proposal.grade)
    reasons = page.t(", ").join(enum_label(page.words, reason) for reason in proposal.reasons)
    if reasons:
        return page.t("Proposed grade: %(grade)s (%(reasons)s)", grade=grade, reasons=reasons)
    return page.t("Proposed grade: %(grade)s", grade=grade)
