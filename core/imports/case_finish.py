"""What a row of past complaints comes to: when it ended, what it is about, where, in which words (R-073 to R-077).

A row with a cancelling date or status was withdrawn, one with a closing date is closed, any other is still open: who
puts a list away in favour of the portal wants what is unfinished on it to go on. No date is ever made up.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final, cast

from core.complaints.case import LONGEST_CONTENT, LONGEST_PLACE
from core.complaints.taxonomy import HOME_DEPARTMENTS, CaseCategory, CaseChannel, RecordType, SubCategory, category_of
from core.imports.case_meanings import TOPIC_CODES, CaseStatus, CodeLabels, Satisfied
from core.imports.changes import digest_of
from core.imports.codes import Trouble
from core.imports.moments import DateOrder, MomentRules, ordered
from core.imports.specs import Finished, Values, said_field
from core.imports.text import Value, folded
from core.imports.unitcodes import joined_unit, place_part, unit_parts
from core.kernel.periods import CHINA, local_day

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=CHINA)
LATEST: Final = datetime(2100, 12, 31, tzinfo=CHINA)
LONGEST_HEADING: Final = 60
KEPT_WORDS: Final = ("more_content", "result")
KEPT_SAID: Final = ("category", "sub_category", "place", "department", "handler")
"""Texts that stay with the content, each under its heading: the words of the file, and who is not known here."""


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What past complaints are read by: an estate's units, departments and people, the present, and what is forgotten.

    ``staff``: numbers of members of staff by folded number and name, where that means one of them; ``retired`` get no
    work any more. What ended before ``kept_from`` is forgotten the next night (R-102).
    """

    units: Collection[str] = frozenset()
    departments: CodeLabels = ()
    staff: Mapping[str, str] = field(default_factory=dict)
    retired: Collection[str] = frozenset()
    now: datetime = LATEST
    kept_from: date = date.min

    @property
    def moments(self) -> MomentRules:
        """Which instants can be."""
        return MomentRules(EARLIEST, self.now)


class _NotACase(Exception):
    """Why a row is none."""

    def __init__(self, trouble: Trouble, at: str, limit: object = "") -> None:
        super().__init__(trouble)
        self.finished = Finished(trouble=trouble, at=at, limit=str(limit))


def case_finisher(terms: CaseTerms) -> Callable[[Values], Finished]:
    """Make what turns the values of a row into a past complaint.

    Its key is the number it bears; one without a number is known by all it says.
    """

    def finish(values: Values) -> Finished:
        try:
            full = _case_of(values, terms)
        except _NotACase as refused:
            return refused.finished
        number = values.get("case_number")
        return Finished(("number", folded(str(number))) if number else ("row", digest_of(full)), (), full)

    return finish


def _case_of(values: Values, terms: CaseTerms) -> Values:
    registered = cast(datetime, _instant(values, "registered_at", terms))  # a required column
    closed, cancelled = (_instant(values, name, terms) for name in ("closed_at", "cancelled_at"))
    status, ended = _ending(values, registered, closed, cancelled)
    record_type = RecordType(str(values.get("record_type") or RecordType.COMPLAINT.value))
    category, sub_category = _topic(values, record_type)
    asked = values.get("satisfaction")
    case = {
        "case_number": values.get("case_number"),
        "case_status": status.value,
        "registered_at": registered,
        "ended_at": ended,
        "record_type": record_type.value,
        "category": category.value if category else None,
        "sub_category": sub_category.value if sub_category else None,
        "channel": values.get("channel") or CaseChannel.OTHER.value,
        **_place(values, terms),
        **_people(values, terms, category, is_open=status is CaseStatus.OPEN),
        "satisfaction": None if asked == Satisfied.NOT_ASKED else asked,
        "content": values.get("content"),
        **{name: values.get(name) for name in (*KEPT_WORDS, "caller_name", "caller_phone")},
        **{said_field(name): values.get(said_field(name)) for name in ("category", "sub_category")},
    }
    _check_words(case)
    return case


def _instant(values: Values, name: str, terms: CaseTerms) -> datetime | None:
    """Give an instant of the row; a date that begins with day or month by the order said for the file."""
    value = values.get(name)
    if isinstance(value, str):
        order = values.get("date_order")
        reading = ordered(value, order=DateOrder(str(order)) if order else None, rules=terms.moments)
        if reading.trouble:
            raise _NotACase(reading.trouble, name, reading.limit)
        value = reading.value
    return value if isinstance(value, datetime) else None


def _ending(
    values: Values, registered: datetime, closed: datetime | None, cancelled: datetime | None
) -> tuple[CaseStatus, datetime | None]:
    """Say how and when it ended (nothing for one that is open); what contradicts itself is refused."""
    said = values.get("case_status")
    if cancelled is not None or said == CaseStatus.WITHDRAWN:
        name = "closed_at" if cancelled is None else "cancelled_at"
        status, ended = CaseStatus.WITHDRAWN, cancelled or closed
        if ended is None:
            raise _NotACase(Trouble.NO_CANCELLING_DATE, "case_status")
    elif closed is None:
        if said == CaseStatus.CLOSED:
            raise _NotACase(Trouble.NO_CLOSING_DATE, "case_status")
        return CaseStatus.OPEN, None
    elif said == CaseStatus.OPEN:
        raise _NotACase(Trouble.OPEN_AND_CLOSED, "case_status")
    else:
        name, status, ended = "closed_at", CaseStatus.CLOSED, closed
    return status, _not_before(registered, ended, name)


def _not_before(registered: datetime, ended: datetime, name: str) -> datetime:
    """Give the end; a day alone, without the time, is never before the registration on that day."""
    if ended >= registered:
        return ended
    if ended.astimezone(CHINA).time() == time() and local_day(ended) == local_day(registered):
        return registered
    raise _NotACase(Trouble.CLOSED_TOO_EARLY, name, f"{registered:%Y-%m-%d %H:%M:%S}")


def _topic(values: Values, record_type: RecordType) -> tuple[CaseCategory | None, SubCategory | None]:
    """Say what it is about: by the sub-category, where there is none by the category. Praise need not say."""
    at = "sub_category" if values.get("sub_category") else "category"
    said = values.get(at)
    if said is None:
        if record_type is RecordType.PRAISE:
            return None, None
        raise _NotACase(Trouble.NO_TOPIC, at)
    if said not in TOPIC_CODES:
        raise _NotACase(Trouble.NO_MEANING, at)
    if said in list(CaseCategory):
        return CaseCategory(str(said)), None
    sub_category = SubCategory(str(said))
    return category_of(sub_category), sub_category


def _place(values: Values, terms: CaseTerms) -> dict[str, Value | None]:
    """Say where: in a unit of the estate, else at a place in words; a spot within the unit stays with the content.

    What looks like a room and is none of the estate is a place in words.
    """
    room = [str(values[name]) for name in ("building", "entrance", "unit") if values.get(name)]
    place = str(values.get("place") or "")
    named = _unit_in(terms, *(values.get(name) for name in ("building", "entrance", "unit")))
    unit = named or _unit_in(terms, None, None, place or None)
    if unit is not None:
        spot = place if named and place else None
        return {"unit": unit, "place": None, said_field("place"): spot, said_field("unit"): None}
    lost = " ".join(room) if values.get("unit") else None
    words = " ".join(filter(None, (*room, place))) or str(values.get("other_place") or "")
    if not words:
        raise _NotACase(Trouble.NO_PLACE, "place")
    if len(words) > LONGEST_PLACE:
        raise _NotACase(Trouble.TOO_LONG, "place", LONGEST_PLACE)
    return {"unit": None, "place": words, said_field("place"): None, said_field("unit"): lost}


def _unit_in(terms: CaseTerms, building: Value | None, entrance: Value | None, room: Value | None) -> str | None:
    """Give the code of the unit of the estate that is meant, if one is."""
    if room is None:
        return None
    parts = {
        name: place_part(str(said)).value for name, said in (("building", building), ("entrance", entrance)) if said
    }
    unit = unit_parts(str(room)).value
    if not isinstance(unit, str) or not all(isinstance(part, str) for part in parts.values()):
        return None
    code = joined_unit(building=_text(parts.get("building")), entrance=_text(parts.get("entrance")), unit=unit)
    return code if not isinstance(code, Trouble) and code in terms.units else None


def _text(value: Value | None) -> str | None:
    return value if isinstance(value, str) else None


def _people(
    values: Values, terms: CaseTerms, category: CaseCategory | None, *, is_open: bool
) -> dict[str, Value | None]:
    """Say which department had it and who dealt with it; what is not known here stays with the content.

    Without a known department it is the category's own (R-077). Nobody is given work who gets none any more.
    """
    codes = {code for code, _, _ in terms.departments}
    department, handler = values.get("department"), values.get("handler")
    unknown = department if department not in codes else None
    if department not in codes:
        department = HOME_DEPARTMENTS[category] if category else None
    known = terms.staff.get(folded(str(handler))) if handler else None
    if is_open and known in terms.retired:
        known = None
    return {
        "department": department,
        said_field("department"): unknown,
        "handler": known,
        said_field("handler"): None if known else handler,
    }


def _check_words(values: Values) -> None:
    """Refuse a row that says nothing, and one whose texts are longer than a complaint may be.

    What it is about, in the words of the file, will do for a content.
    """
    kept = [values.get(name) for name in (*KEPT_WORDS, *map(said_field, KEPT_SAID))]
    texts = [str(text) for text in kept if text]
    if not values.get("content") and not texts:
        raise _NotACase(Trouble.NO_WORDS, "content")
    if len(str(values.get("content") or "")) + sum(len(text) + LONGEST_HEADING + 3 for text in texts) > LONGEST_CONTENT:
        raise _NotACase(Trouble.TOO_LONG, "content", LONGEST_CONTENT)
