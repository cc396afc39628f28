"""The queue of complaints: five figures, what runs out before the morning, filters in the address, the table."""

from typing import Final, Literal, TypeAlias

import streamlit as st

from core.admin.permissions import Permission
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType
from core.documents.tables import ColumnKind
from core.kernel.identity import StaffId
from db.queries.case_forecast import Forecast, HandlerForecast
from db.queries.case_people import HandlerOption
from db.queries.cases import CaseCounts, CaseRow, CasesShown, CasesWanted
from locales.labels import enum_label
from pages._shell import state
from pages._shell.links import choice, plain
from pages._shell.page import Page
from pages._shell.panels.case_words import weight_text, what_text
from pages._shell.panels.service_words import level_text, short_instant, shortened, text_width, time_left_text
from pages._shell.tables import Column
from pages._shell.widgets import list_key, round_of

Colour: TypeAlias = Literal["red", "orange", "green", "gray"]

LIST: Final = "cases"
BULK: Final = "cases.several"
AGES: Final = (1, 3, 7, 15, 30)
"""Cases at least so many days old may be asked for."""

_SEARCH: Final = "search"
_SCREENFUL: Final = "cases.screenful"
_WIDTH: Final = 32
"""So wide is what a case is about in the list; a case that is open shows all of it."""
_LEAST_ROOM: Final = 6

_NAMED: Final = 4
"""So many handlers are named in the line about what runs out."""

FILTERS: Final = ("show", "type", "category", "grade", "state", "handler", "channel", "age", _SEARCH)
"""The filters by their names in the address."""

_REST: Final = ("grade", "state", "handler", "channel", "age")


def show_counts(page: Page, counts: CaseCounts) -> None:
    """The figures on top, true under the filter; what is wrong is said by sign and words."""
    t, colour = page.t, _colour
    red = t("🔴 hard limit missed") if counts.red else t("✓ none past the hard limit")
    amber = t("🟠 target missed") if counts.amber else t("✓ none past the target")
    waits = t("◔ not called back yet") if counts.call_back else t("✓ no call-back waits")
    free = t("◔ nobody has it yet") if counts.unassigned else t("✓ all are assigned")
    of_person = (t("My cases"), counts.mine, t("you handle them or help"), _colour(0, "gray", "gray"))
    of_all = (t("Not assigned"), counts.unassigned, free, colour(counts.unassigned, "orange"))
    tiles = (
        (t("Open cases"), counts.open, "", colour(0, "gray", "gray")),
        (t("Past the hard limit"), counts.red, red, colour(counts.red, "red")),
        (t("Past the target"), counts.amber, amber, colour(counts.amber, "orange")),
        of_all if page.may(Permission.CASES_ALL) else of_person,
        (t("Waiting for a call-back"), counts.call_back, waits, colour(counts.call_back, "orange")),
    )
    for place, (title, count, said, shade) in zip(st.columns(len(tiles)), tiles, strict=True):
        number = page.words.integer(count)
        place.metric(title, number, said or None, shade, delta_arrow="off", border=True, height="stretch")


def _colour(count: int, some: Colour, none: Colour = "green") -> Colour:
    """The colour of a figure: one where there are some, another where there are none; its words say the same."""
    return some if count else none


def show_forecast(page: Page, forecast: Forecast) -> None:
    """One line: what runs out before the next working morning, and whose it is."""
    until = short_instant(page, forecast.until)
    if not forecast.handlers:
        st.caption(page.t("✓ Nothing runs out before the next working morning (%(until)s).", until=until))
        return
    named = " · ".join(_handler_words(page, one) for one in forecast.handlers[:_NAMED])
    rest = len(forecast.handlers) - _NAMED
    more = page.t("and %(count)s more people", count=rest) if rest > 0 else ""
    said = page.t("◔ Runs out before the next working morning (%(until)s): %(who)s", until=until, who=named)
    st.markdown(plain(f"{said} {more}".strip()))


def _handler_words(page: Page, one: HandlerForecast) -> str:
    """``Wu 🔴 1 🟠 2 (first MP-C261121-001)``."""
    name = one.name or page.t("nobody yet")
    counts = " ".join(f"{sign} {page.words.integer(n)}" for sign, n in (("🔴", one.red), ("🟠", one.amber)) if n)
    return page.t("%(who)s (first %(number)s)", who=f"{name} {counts}", number=one.first[0].number)


def case_filters(page: Page, handlers: tuple[HandlerOption, ...], *, assigns: bool, bulk: bool) -> CasesWanted:
    """The filters, all of which stand in the address; in the bulk mode only classified cases are shown.

    ``assigns``: the person may switch to the bulk mode, beside the filters.
    """
    t = page.t
    boxes = st.columns([2, 2, 2, 1.7, 2.8, 2], vertical_alignment="bottom")
    with boxes[0]:
        shown = CasesShown(choice(page, t("Show"), "show", _views(page)))
    with boxes[1]:
        record_type = choice(page, t("Kind of matter"), "type", _options(page, RecordType))
    with boxes[2]:
        category = choice(page, t("Category"), "category", _options(page, CaseCategory))
    with boxes[3]:
        chosen = sum(bool(state.record_in_address(name)) for name in _REST)
        label = t("More filters (%(count)s)", count=chosen) if chosen else t("More filters")
        rest = st.popover(label, icon=":material/filter_list:", width="stretch", key="cases.more")
    with boxes[4]:
        search = search_box(page, t("Search"), t("Number, room or words"))
    if assigns:
        boxes[5].toggle(
            t("Assign several"), key=BULK, help=t("Pick several classified cases and give them to one handler.")
        )
    with rest:
        grade, where, handler, channel, age = _rest(page, handlers)
    return CasesWanted(
        estate_id=page.filter.estate_id,
        shown=CasesShown.UNASSIGNED if bulk else shown,
        record_type=RecordType(record_type) if record_type else None,
        category=CaseCategory(category) if category else None,
        grade=CaseGrade(grade) if grade else None,
        state=CaseState.CLASSIFIED if bulk else CaseState(where) if where else None,
        handler=None if bulk or not handler else StaffId(int(handler)),
        channel=CaseChannel(channel) if channel else None,
        age_days=int(age) if age else None,
        search=search,
        progress=False,
    )


def _views(page: Page) -> dict[str, str]:
    """The views; who sees only some cases lands on the own ones."""
    views = list(CasesShown)
    if not page.may(Permission.CASES_ALL):
        views = [CasesShown.MINE, *(one for one in views if one not in (CasesShown.MINE, CasesShown.UNASSIGNED))]
    return {one.value: enum_label(page.words, one) for one in views}


def _options(
    page: Page, members: type[RecordType | CaseCategory | CaseGrade | CaseState | CaseChannel]
) -> dict[str, str]:
    return {"": page.t("All"), **{one.value: enum_label(page.words, one) for one in members}}


def _rest(page: Page, handlers: tuple[HandlerOption, ...]) -> tuple[str, str, str, str, str]:
    """The filters used less."""
    t = page.t
    names = {str(one.staff_id): f"{one.name} ({page.words.integer(one.cases)})" for one in handlers}
    kept = state.record_in_address("handler")
    if kept and kept.isdecimal() and len(kept) < 10:
        names.setdefault(kept, t("No open case"))
    ages = {str(days): t("%(days)s days or more", days=days) for days in AGES}
    return (
        choice(page, t("Grade"), "grade", _options(page, CaseGrade)),
        choice(page, t("State of handling"), "state", _options(page, CaseState)),
        choice(page, t("Handled by"), "handler", {"": t("All"), **names}),
        choice(page, t("Came in by"), "channel", _options(page, CaseChannel)),
        choice(page, t("Age"), "age", {"": t("All"), **ages}),
    )


def search_box(page: Page, label: str, hint: str) -> str:
    """A search that stands in the address and stays there while a case is open."""
    key = f"{page.entry.key}.{_SEARCH}"
    state.set_picker(key, st.query_params.get(_SEARCH, ""))
    st.text_input(label, key=key, placeholder=hint, max_chars=100, on_change=_take_search, args=(key,))
    return str(st.session_state[key])


def _take_search(key: str) -> None:
    typed = str(st.session_state[key]).strip()
    if typed:
        st.query_params[_SEARCH] = typed
    else:
        st.query_params.pop(_SEARCH, None)


def queue_key(wanted: CasesWanted) -> str:
    """The name of the list under this filter; its screenful is kept for the way back from a case.

    Each opening begins a new round of it, in which no row is picked.
    """
    base = list_key(LIST, *((name, getattr(wanted, name)) for name in CasesWanted.__dataclass_fields__))
    key = f"{base}.{round_of(LIST)}"
    name, kept = f"table.{key}.page", state.kept(_SCREENFUL, {})
    if name in st.session_state:
        state.keep(_SCREENFUL, {"list": base, "page": st.session_state[name]})
    elif kept.get("list") == base:
        st.session_state[name] = kept["page"]
    return key


def queue_columns(page: Page, *, with_estate: bool, words: bool) -> list[Column[CaseRow]]:
    """The columns of the queue; ``words``: how the content begins, which no file takes out of the house."""
    t = page.t
    columns: list[Column[CaseRow]] = [
        Column(t("Status"), lambda row: level_text(page, row.level)),
        Column(t("Time left"), lambda row: time_left_text(page, row.level, row.remaining)),
        Column(t("Case no."), lambda row: row.number),
        Column(t("What about"), lambda row: _about(page, row, words=words)),
        Column(t("Where"), lambda row: row.place),
        Column(t("Grade"), lambda row: weight_text(page, row.grade, row.handling, escalated=row.escalated)),
        Column(t("State of handling"), lambda row: state_text(page, row)),
        Column(t("Handled by"), lambda row: row.handler_name or t("nobody yet")),
        Column(t("Deadline"), lambda row: _deadline(page, row)),
    ]
    if not words:
        columns += [
            Column(t("Came in by"), lambda row: enum_label(page.words, row.channel)),
            Column(t("Registered at"), lambda row: row.registered_at, ColumnKind.INSTANT),
            Column(t("Ended at"), lambda row: row.ended_at, ColumnKind.INSTANT),
        ]
    return [Column(t("Estate"), lambda row: row.estate_name), *columns] if with_estate else columns


def state_text(page: Page, row: CaseRow) -> str:
    """Where a case stands, and how often it was opened again."""
    name = enum_label(page.words, row.state)
    return page.t("%(state)s (opened again %(count)s×)", state=name, count=row.reopenings) if row.reopenings else name


def _about(page: Page, row: CaseRow, *, words: bool) -> str:
    what = what_text(page, row.record_type, row.category, row.sub_category)
    room = _WIDTH - text_width(what)
    return f"{what} · {shortened(row.content, room)}" if words and row.content and room > _LEAST_ROOM else what


def _deadline(page: Page, row: CaseRow) -> str:
    """When it runs out, and of what."""
    if row.deadline is None:
        return "–"
    waits = enum_label(page.words, row.clock) if row.clock else ""
    return f"{short_instant(page, row.deadline)} {waits}".strip()
